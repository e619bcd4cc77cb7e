"""Answers placed on files given as text, and what became of them: for tests of the engine."""

from __future__ import annotations

from collections.abc import Mapping

from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import EditFormat, FileImage, RefusalCode
from spark_tui.core.edits.span import target_of
from spark_tui.core.edits.text import image_of


def placed(
    answer: str,
    files: Mapping[str, str],
    *,
    known: tuple[str, ...] = (),
    complete: bool = True,
    overwrite: bool = False,
    edit_format: EditFormat = EditFormat.AUTO,
) -> ProposalResult:
    """The answer on these files."""

    def read(path: str) -> FileImage:
        return image_of(path, files[path].encode() if path in files else None)

    return propose(answer, read, edit_format, known, complete, overwrite=overwrite)


def after(result: ProposalResult) -> dict[str, str | None]:
    """What changes, by path: the new text, None for a file that goes."""
    return {c.path: c.after.data.decode() if c.after.exists else None for c in result.changes}


def codes(result: ProposalResult) -> list[RefusalCode]:
    """Why hunks are refused."""
    return [h.refusal.code for h in result.refused if h.refusal]


def said(result: ProposalResult) -> str:
    """All reasons for which nothing is changed, as one text."""
    reasons = [h.refusal.message for h in result.refused if h.refusal]
    return " | ".join([*reasons, *(p.message for p in result.problems)])


def span_placed(
    answer: str, text: str, first: int, last: int, path: str = "d.py"
) -> ProposalResult:
    """An answer that rewrites lines `first` to `last` of a file."""
    image = image_of(path, text.encode())
    target = target_of(image, first, last)
    return propose(answer, lambda _: image, EditFormat.SPAN, (path,), span=target)

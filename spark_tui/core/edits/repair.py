"""What to ask the model when hunks found no place: only those, with the text that is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from spark_tui.core.edits.index import Level, LineIndex
from spark_tui.core.edits.model import FileImage, Hunk, RefusalCode
from spark_tui.core.edits.near_miss import first_difference
from spark_tui.core.edits.text import bare

_AROUND = 15
_MOST_LINES = 80

_ADVICE = {
    RefusalCode.AMBIGUOUS: "Give more unchanged lines around it, so that only one place fits.",
    RefusalCode.ALREADY_APPLIED: "Leave it out if the file already is as you want it.",
    RefusalCode.ELIDED: "Write every line out; nothing may stand for omitted code.",
    RefusalCode.SHRUNK: "Write the whole file, or delete it.",
    RefusalCode.EXCERPT: "Write the whole file, or an edit of only the changed lines.",
    RefusalCode.INDENT: "Copy the indentation of the file exactly.",
    RefusalCode.OVERLAP: "Merge it with the other edit of these lines.",
    RefusalCode.MISSING_FILE: "Name the file as it is called in the repository.",
    RefusalCode.FILE_EXISTS: "Edit the existing file instead of creating it.",
}


def repair_request(
    refused: Sequence[Hunk], images: Mapping[str, FileImage], placed: Sequence[Hunk] = ()
) -> str:
    """The instruction for one repair round.

    It says which hunks fit (`placed`, not to be repeated), and for each refused one the reason,
    the first diverging line, the edit as it was written, and the current text where it most
    likely belongs. `images` are current file images by path.
    """
    parts = ["Some edits of your last answer could not be placed."]
    if placed:
        parts.append(f"These fit and must not be repeated: {_names(placed)}.")
    parts.append("Write only the following edits again, in the same format.")
    for hunk in refused:
        parts += _one(hunk, images.get(hunk.path))
    return "\n\n".join(parts) + "\n"


def _names(hunks: Iterable[Hunk]) -> str:
    return ", ".join(
        f"{hunk.path}:{hunk.line}" if hunk.line and hunk.raw else hunk.path for hunk in hunks
    )


def _one(hunk: Hunk, image: FileImage | None) -> Iterable[str]:
    refusal = hunk.refusal
    reason = refusal.message if refusal else "it has no place"
    advice = _ADVICE.get(refusal.code, "") if refusal else ""
    yield f"{hunk.path}: {reason}. {advice}".rstrip()
    if refusal and refusal.line and (refusal.expected or refusal.found):
        yield (
            f"First difference at line {refusal.line}:\n"
            f"expected: {refusal.expected}\nfound:    {refusal.found}"
        )
    if hunk.raw and hunk.raw.lines:
        lines = [line.tag + line.text for line in hunk.raw.lines[:_MOST_LINES]]
        yield "The edit was:\n" + _fenced(lines)
    for start, texts in _regions(hunk, image):
        yield f"Lines {start + 1} to {start + len(texts)} of {hunk.path} are:\n" + _fenced(texts)


def _regions(hunk: Hunk, image: FileImage | None) -> Iterable[tuple[int, list[str]]]:
    """(0-based first line, texts) of the places the hunk may mean; nothing for absent files."""
    if image is None or not image.lines or hunk.raw is None:
        return
    length = len(hunk.raw.old())
    for center in _centers(hunk, image)[:3]:
        start = max(0, center - _AROUND)
        end = min(len(image.lines), center + min(length, _MOST_LINES) + _AROUND)
        yield start, [bare(line) for line in image.lines[start:end]]


def _centers(hunk: Hunk, image: FileImage) -> list[int]:
    refusal = hunk.refusal
    if refusal and refusal.candidates:
        return [candidate.line - 1 for candidate in refusal.candidates]
    if refusal and refusal.line:
        return [refusal.line - 1]
    if hunk.raw is None:
        return []
    index = LineIndex(image)
    found = first_difference(hunk.raw.old(), index)
    if found:
        return [found[0]]
    return next((p[:1] for a in hunk.raw.anchors if (p := index.find(Level.STRIP, (a,)))), [0])


def _fenced(lines: Sequence[str]) -> str:
    longest = max((len(m) for line in lines for m in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence, *lines, fence])

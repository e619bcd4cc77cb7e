"""A refused hunk in words for a shell, where there is no hunk to look at."""

from __future__ import annotations

from spark_tui.core.edits.hunk_factory import is_excerpt
from spark_tui.core.edits.model import Hunk


def reason(hunk: Hunk, text: str) -> str:
    """Why it is refused, with its 1-based line in `text` ("edit", "answer for a.py")."""
    why = hunk.refusal.message if hunk.refusal else hunk.state.value
    line = hunk.raw.source_line if hunk.raw is not None else 0
    return f"line {line} of the {text}: {why}" if line else why


def places(hunk: Hunk) -> tuple[str, ...]:
    """Lines about where it may belong: the candidates, or the nearest place and what differs."""
    refusal = hunk.refusal
    if refusal is None or is_excerpt(hunk):
        return ()
    if refusal.line is not None and (refusal.expected or refusal.found):
        return (
            f"{hunk.path}:{refusal.line} nearest",
            f"  expected  {refusal.expected}",
            f"  found     {refusal.found}",
        )
    return tuple(
        f"line {place.line}{f' in {place.where}' if place.where else ''}"
        for place in refusal.candidates
    )

"""How new lines end: as the lines they replace do, else as their neighbours.

A file may mix line endings, and may lack the last one. Lines that an edit does not change keep
theirs, whatever the edit was written with.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.diff import opcodes
from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import bare, ending


def ended(
    image: FileImage, old: Sequence[str], new: Sequence[str], above: str, below: str
) -> list[str]:
    """Bare texts `new` as lines that take the place of the file's lines `old`.

    A text that equals the old line's is that line. `above` and `below` are the file's lines next
    to them, "" where there is none: added lines take their ending from there.
    """
    out: list[str] = []
    at_hand = ending(above) or ending(below) or image.eol
    for op in opcodes([bare(line) for line in old], new):
        if op.equal:
            out += old[op.a1 : op.a2]
        else:
            ends = [ending(line) for line in old[op.a1 : op.a2]]
            for number, text in enumerate(new[op.b1 : op.b2]):
                if number < len(ends) and ends[number]:
                    at_hand = ends[number]
                out.append(text + at_hand)
        if out:
            at_hand = ending(out[-1]) or at_hand
    return out


def last_ended(
    image: FileImage, end: int, new: list[str], *, final_newline: bool | None
) -> list[str]:
    """`new` in place of lines up to `end`, with each line ended but perhaps the file's last.

    `final_newline` is what the edit says of it; None leaves it as the file has it.
    """
    for number, line in enumerate(new[:-1]):
        if not ending(line):
            before = ending(new[number - 1]) if number else ""
            new[number] = line + (before or image.eol)
    if not new or end < len(image.lines):
        return new
    if final_newline is None:
        final_newline = not image.lines or bool(ending(image.lines[-1]))
    last = bare(new[-1])
    if final_newline:
        new[-1] = new[-1] if ending(new[-1]) else last + image.eol
    else:
        new[-1] = last
    return new

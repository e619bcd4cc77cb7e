"""A range of lines as an image of its own, so that an edit can touch nothing outside of it."""

from __future__ import annotations

from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import ending, with_lines


def part_of(image: FileImage, lines: tuple[int, int]) -> FileImage:
    """Lines `lines` (1-based, inclusive, within the file) in the file's own encoding."""
    return with_lines(image, image.lines[lines[0] - 1 : lines[1]])


def with_part(image: FileImage, lines: tuple[int, int], after: FileImage) -> FileImage:
    """`image` with its range `lines` replaced by all of `after`, an edited `part_of` it."""
    first, last = lines
    new, rest = list(after.lines), image.lines[last:]
    if new and rest and not ending(new[-1]):
        new[-1] += ending(image.lines[last - 1]) or image.eol
    return with_lines(image, [*image.lines[: first - 1], *new, *rest])

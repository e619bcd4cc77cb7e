"""The lines by which edit formats are told: where one stands in a file, it is text of that file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spark_tui.core.regex import regex

SEARCH = regex(r"^(\s*)(<{5,12}) SEARCH>?\s*$")
REPLACE = regex(r"^\s*(>{5,12}) REPLACE\s*$")
BEGIN_PATCH = regex(r"^\s*(?:(?:apply_patch|applypatch)\s+)?[\"'(]*\*\*\* Begin Patch\s*$")
PATCH_FILE = regex(r"^\s*\*\*\* (Add|Update|Delete) File: ")
END_PATCH = "*** End Patch"
GIT_HEADER = regex(r"^diff --git (.+)$")


def is_mark(line: str) -> bool:
    """Whether this line belongs to an edit and to no ordinary text."""
    if "SEARCH" in line or "REPLACE" in line:
        return bool(SEARCH.match(line) or REPLACE.match(line))
    if "***" not in line:
        return False
    bare = line.strip()
    return bare == END_PATCH or bool(BEGIN_PATCH.match(line) or PATCH_FILE.match(line))


def first_new(new: Sequence[str], old: Sequence[str]) -> str:
    """The first mark that `new` has more often than `old`; "" for none."""
    found = [line for line in new if is_mark(line)]
    if not found:
        return ""
    left = Counter(line.rstrip() for line in old if is_mark(line))
    for line in found:
        left[line.rstrip()] -= 1
        if left[line.rstrip()] < 0:
            return line
    return ""

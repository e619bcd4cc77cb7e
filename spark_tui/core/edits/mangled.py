"""Signs that a text was changed on its way from the model: it must not get into a file so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from spark_tui.core.edits.guard import is_prose

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39|#x27|apos);")
_PLAIN = {
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
    "&quot;": '"',
    "&#39;": "'",
    "&#x27;": "'",
    "&apos;": "'",
}
_MARKUP = (
    ".htm",
    ".html",
    ".xhtml",
    ".xml",
    ".xsl",
    ".svg",
    ".rss",
    ".plist",
    ".xaml",
    ".csproj",
    ".resx",
    ".vue",
    ".svelte",
)
_QUOTED = re.compile(r"[=(\[{]\s*[“”‘’]|[”“’‘]\s*[)\]}:;]\s*$")
_TYPOGRAPHIC = frozenset("“”‘’")
_COMMENT = ("#", "//", "/*", "*", "--", ";", "%", "<!--", '"""', "'''")
_NUMBERED = re.compile(r"^\s*(\d+)\s*[|:│\t]\s?")
_LEAST_NUMBERED = 3
_DAMAGED = "\ufffd"


def mangled(new: Sequence[str], old: Sequence[str], path: str) -> str:
    """What was done to the lines `new` of a file that says `old` now; "" for nothing."""
    if all(map(str.isascii, new)):
        return _entities(new, old, path)
    if _has(new, _DAMAGED) and not _has(old, _DAMAGED):
        return "it holds a damaged character"
    return _entities(new, old, path) or _quotes(new, old, path)


def numbered(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether the lines of a whole text carry line numbers that the file has not."""
    return _run_of_numbers(new) and not _run_of_numbers(old)


def _has(lines: Sequence[str], char: str) -> bool:
    return any(char in line for line in lines)


def _entities(new: Sequence[str], old: Sequence[str], path: str) -> str:
    """Characters written as HTML writes them, where nothing else in the lines is markup."""
    found = {entity for line in new if "&" in line for entity in _ENTITY.findall(line)}
    if not found or is_prose(path) or path.casefold().endswith(_MARKUP):
        return ""
    for entity in found:
        plain = _PLAIN[entity]
        rest = (_ENTITY.sub("", line) for line in new)
        if not _has(old, entity) and not any(plain in line for line in rest):
            return f"it writes {entity} for {plain}"
    return ""


def _quotes(new: Sequence[str], old: Sequence[str], path: str) -> str:
    """Typographic quotes where code has its own, in a file that has none of them."""
    if is_prose(path) or any(char in line for line in old for char in _TYPOGRAPHIC):
        return ""
    for line in new:
        if not _TYPOGRAPHIC.isdisjoint(line) and not line.lstrip().startswith(_COMMENT):
            plain = any(char in line for char in "\"'`")
            if not plain and _QUOTED.search(line):
                return "it writes typographic quotes for code's own"
    return ""


def _run_of_numbers(lines: Sequence[str]) -> bool:
    numbers = []
    for line in lines:
        match = _NUMBERED.match(line)
        if match is None:
            if line.strip():
                return False
            continue
        numbers.append(int(match.group(1)[:9]))
    steps = [b - a for a, b in pairwise(numbers)]
    return len(numbers) >= _LEAST_NUMBERED and all(0 < step <= _LEAST_NUMBERED for step in steps)

"""Signs that a text was changed on its way from the model: it must not get into a file so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from spark_tui.core.edits.diff import opcodes
from spark_tui.core.edits.guard import is_prose
from spark_tui.core.edits.index import indent_of
from spark_tui.core.edits.languages import BlockStyle, Inside, insides, language_of
from spark_tui.core.regex import regex

_ENTITY = regex(r"&(?:lt|gt|amp|quot|#39|#x27|apos);")
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
_QUOTED = regex(
    r"[=(\[{:,]\s*[“”‘’]|[”“’‘]\s*[)\]}:;,]\s*$|[“”].*[“”]\s*$|[‘’].*[‘’]\s*$"
    r"|(?:^|\s)(?:”[^“”\s][^“”]*”|’[^‘’\s][^‘’]*’)"
)
_HARD_BLANKS = regex(r"^[ \t]*[\u00a0\u2007\u202f\u2000-\u200a\u205f]")
_TYPOGRAPHIC = frozenset("“”‘’")
_COMMENT = ("//", "/*", "*", "--", ";", "%", "<!--", '"""', "'''")
_NUMBERED = regex(r"^\s*(\d+)\s*[|:│\t]\s?")
_LEAST_NUMBERED = 3
_DAMAGED = "\ufffd"


def mangled(
    new: Sequence[str],
    old: Sequence[str],
    path: str,
    expected: Sequence[str] = (),
    *,
    whole: bool = False,
) -> str:
    """What was done to the lines `new` of a file that says `old` now; "" for nothing.

    `expected` is what the edit takes the file to say where it changes it. `whole`: the lines are
    all that the file shall say.
    """
    if all(map(str.isascii, new)):
        return _entities(new, old, path, whole=whole)
    if _has(new, _DAMAGED) and not _has(old, _DAMAGED):
        return "it holds a damaged character"
    if any(map(_HARD_BLANKS.match, new)) and not any(map(_HARD_BLANKS.match, old)):
        return "it indents with hard blanks"
    return _entities(new, old, path, whole=whole) or _quotes(new, old, path, expected)


def is_typographic(line: str) -> bool:
    """Whether it has quotes as books have them."""
    return not line.isascii() and not _TYPOGRAPHIC.isdisjoint(line)


def with_tabs(new: Sequence[str], old: Sequence[str], path: str) -> list[str] | None:
    """A whole text with the tabs that the old one is indented with, where it has lost them all.

    Lines that stand as they stood get theirs back; others of code are left, as `blanks` knows how
    they begin. None where that is not clear: in prose, and in what code holds as text.
    """
    tabbed = [text.startswith("\t") for text in old]
    if not any(tabbed) or any(text.startswith("\t") for text in new):
        return list(new)
    ops = opcodes([text.strip() for text in old], [text.strip() for text in new])
    same = [
        (i, j)
        for op in ops
        if op.equal
        for i, j in zip(range(op.a1, op.a2), range(op.b1, op.b2), strict=True)
        if tabbed[i] and new[j].startswith(" ")
    ]
    unit = _blanks_a_tab([(indent_of(old[i]), indent_of(new[j])) for i, j in same])
    out, unclear = list(new), set[int]()
    for i, j in same:
        if len(indent_of(old[i]).expandtabs(unit)) == len(indent_of(new[j])):
            out[j] = old[i]
        else:
            unclear.add(j)
    language = language_of(path)
    lost = bool(same) and language is None  # so it may have been anywhere
    for op in ops:
        if not op.equal and (lost or any(tabbed[max(0, op.a1 - 1) : op.a2 + 1])):
            unclear |= {j for j in range(op.b1, op.b2) if new[j].startswith(" ")}
    if language is None:
        return None if unclear else out
    kinds = insides(out, language) if unclear else ()
    if any(j in unclear and kind is Inside.DATA for j, kind in enumerate(kinds)):
        return None
    return out


def _blanks_a_tab(pairs: Sequence[tuple[str, str]]) -> int:
    """How many blanks most lines have in `new` for each tab in `old`; 1 where none tells."""
    counted = Counter(
        len(blanks) // len(tabs)
        for tabs, blanks in pairs
        if not tabs.strip("\t") and len(blanks) % len(tabs) == 0
    )
    return counted.most_common(1)[0][0] if counted else 1


def numbered(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether the lines of a whole text carry line numbers that the file has not."""
    return _run_of_numbers(new) and not _run_of_numbers(old)


def _has(lines: Sequence[str], char: str) -> bool:
    return any(char in line for line in lines)


def _entities(new: Sequence[str], old: Sequence[str], path: str, *, whole: bool) -> str:
    """Characters written as HTML writes them, where nothing else in the lines is markup."""
    found = {entity for line in new if "&" in line for entity in _ENTITY.findall(line)}
    if not found or is_prose(path) or path.casefold().endswith(_MARKUP):
        return ""
    for entity in found:
        plain = _PLAIN[entity]
        rest = (_ENTITY.sub("", line) for line in new)
        known = _has(old, entity) and not (whole and _has(old, plain))
        known = known and not _stood_plain(new, old)
        if not known and not any(plain in line for line in rest):
            return f"it writes {entity} for {plain}"
    return ""


def _stood_plain(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether a line with such characters stands in the file, but written plainly."""
    stand = {line.strip() for line in old}
    written = (line.strip() for line in new if "&" in line)
    return any(
        line not in stand and _ENTITY.sub(lambda found: _PLAIN[found[0]], line) in stand
        for line in written
    )


def _quotes(new: Sequence[str], old: Sequence[str], path: str, expected: Sequence[str]) -> str:
    """Typographic quotes where code has its own, in a file that has none of them."""
    if any(char in line for line in old for char in _TYPOGRAPHIC):
        return ""
    if any(map(is_typographic, expected)):
        # it takes the file's plain ones for such: so were the new ones meant
        changed = any(map(is_typographic, new))
        return "it writes typographic quotes for plain ones" if changed else ""
    language = language_of(path)
    if language is None:
        return ""
    # what begins so in C and Rust is no comment
    comment = _COMMENT if language.blocks is BlockStyle.BRACE else ("#", *_COMMENT)
    for line in new:
        if is_typographic(line) and not line.lstrip().startswith(comment):
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

"""Re-indentation: what matched lines teach about the indentation of added ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spark_tui.core.edits.index import indent_of

Mapping = Callable[[str], str | None]
"""An added line's indentation as the file writes it; None where nothing was learned about it."""


def learn(pairs: Sequence[tuple[str, str]]) -> Mapping | None:
    """The map from written to real indentation, from matched (written, real) lines.

    Tried in order: equal, a constant prefix missing, a constant prefix too much, spaces for tabs,
    tabs for spaces. None where the matched lines contradict every one of them.
    """
    seen = {
        (indent_of(written), indent_of(real))
        for written, real in pairs
        if written.strip() and real.strip()
    }
    if all(written == real for written, real in seen):
        return lambda indent: indent
    return _prefix(seen) or _surplus(seen) or _units(seen, " ", "\t") or _units(seen, "\t", " ")


def _prefix(seen: set[tuple[str, str]]) -> Mapping | None:
    prefixes = {
        real[: len(real) - len(written)] if real.endswith(written) else None
        for written, real in seen
    }
    if len(prefixes) != 1:
        return None
    prefix = prefixes.pop()
    if prefix is None:
        return None
    return lambda indent: prefix + indent


def _surplus(seen: set[tuple[str, str]]) -> Mapping | None:
    prefixes = {
        written[: len(written) - len(real)] if written.endswith(real) else None
        for written, real in seen
    }
    if len(prefixes) != 1:
        return None
    prefix = prefixes.pop()
    if not prefix:
        return None
    return lambda indent: indent.removeprefix(prefix) if indent.startswith(prefix) else None


def _units(seen: set[tuple[str, str]], written_char: str, real_char: str) -> Mapping | None:
    """`width` spaces stand for a tab, or the other way round; the same everywhere."""
    widths: set[int] = set()
    for written, real in seen:
        if set(written) - {written_char} or set(real) - {real_char}:
            return None
        if not written and not real:
            continue
        wide, narrow = (written, real) if written_char == " " else (real, written)
        if not narrow or not wide or len(wide) % len(narrow):
            return None
        widths.add(len(wide) // len(narrow))
    if len(widths) != 1:
        return None
    width = widths.pop()

    def convert(indent: str) -> str | None:
        if set(indent) - {written_char}:
            return None
        if written_char == " ":
            return "\t" * (len(indent) // width) if len(indent) % width == 0 else None
        return " " * (len(indent) * width)

    return convert


def reindent(text: str, mapping: Mapping) -> str | None:
    """An added line with its indentation mapped. None where nothing is known.

    Blank lines stay, but for tabs where the file has blanks, or blanks where it has tabs.
    """
    if not text.strip():
        other = mapping(text) if text else None
        return other if other and not set(other) & set(text) else text
    indent = indent_of(text)
    mapped = mapping(indent)
    return None if mapped is None else mapped + text[len(indent) :]

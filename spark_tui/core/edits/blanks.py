"""Leading blanks of new lines as the file writes them: tabs or blanks, never the other kind.

What the lines around an edit are indented with decides, then the project's settings, then the
rest of the file, then the language. The unit must be clear from where the new lines stand between
their neighbours; where it is not there is no answer, rather than code in another block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import islice
from math import gcd

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.index import LineIndex, indent_of
from spark_tui.core.edits.languages import (
    BlockStyle,
    Inside,
    Language,
    closes,
    goes_on,
    insides,
    is_comment,
    is_directive,
    is_rule,
    language_of,
    opens,
)

_NEAR = 60
_ENOUGH = 8
_UNITS = (4, 2, 8, 3)

Placed = tuple[str, bool]
"""A line's text and whether the edit adds it."""


def suited(index: LineIndex, start: int, end: int, lines: Sequence[Placed]) -> list[str] | None:
    """The texts of `lines`, which take the place of base lines `[start, end)`.

    Added ones begin as the file's lines do. None where it is not clear how that would be.
    """
    texts = [text for text, _ in lines]
    language = language_of(index.image.path)
    if language is None or not any(added and text[:1] in ("\t", " ") for text, added in lines):
        return texts
    if language.make:
        return _recipes(index, start, lines)
    char = _char_at(index, start, end, lines, language)
    if not char:
        return texts
    wanted = [added and _is_other(text, char, language) for text, added in lines]
    if not any(wanted):
        return texts
    kinds = list(islice(insides((*index.texts[:start], *texts), language), start, None))
    known = set(index.texts)
    wanted = [
        w and kind is not Inside.DATA and text not in known
        for text, w, kind in zip(texts, wanted, kinds, strict=True)
    ]
    if not any(wanted):
        return texts
    view = _View(index, start, end, texts, wanted, kinds, language, char)
    return view.tabbed() if char == "\t" else view.blanked()


def suited_new(path: str, texts: Sequence[str], indent: str, width: int) -> list[str]:
    """A new file's lines; left as they are where it is not clear what else they would be."""
    language = language_of(path)
    if language is None:
        return list(texts)
    if language.make:
        return _recipe_lines([(text, True) for text in texts], "")
    if indent != "\t" and (indent or not language.tabs):
        return list(texts)
    kinds = list(insides(texts, language))
    wanted = [
        _is_other(text, "\t", language) and kind is not Inside.DATA
        for text, kind in zip(texts, kinds, strict=True)
    ]
    if not any(wanted):
        return list(texts)
    unit = width if width in _UNITS else 0
    view = _View(None, 0, 0, list(texts), wanted, kinds, language, "\t", unit)
    return view.tabbed() or list(texts)


# ------------------------------------------------------------------- what the file is written with


def _kind_of(text: str) -> str:
    """A tab, a blank, or "" where the line's beginning tells neither."""
    if text.startswith("\t"):
        return "\t" if text.strip() else ""
    return " " if text.startswith("  ") and text.strip() and "\t" not in indent_of(text) else ""


def _is_other(text: str, char: str, language: Language) -> bool:
    indent = indent_of(text)
    if len(indent) == len(text) or not indent:
        return False
    if char == " ":
        return "\t" in indent
    blanks = len(indent) - len(indent.lstrip("\t"))
    rest = indent[blanks:]
    return len(rest) > 1 and (not blanks or language.blocks is BlockStyle.COLON)


def _char_at(
    index: LineIndex, start: int, end: int, lines: Sequence[Placed], language: Language
) -> str:
    """What lines here are indented with, "" where both are used or nothing is known."""
    own = [*index.texts[start:end], *(text for text, added in lines if not added)]
    for group in (own, _around(index.texts, start, end)):
        kinds = {kind for text in group if (kind := _kind_of(text))}
        if kinds:
            return kinds.pop() if len(kinds) == 1 else ""
    habits = index.image.habits
    if habits.indent:
        return habits.indent
    kinds = {kind for text in index.texts if (kind := _kind_of(text))}
    if kinds:
        return kinds.pop() if len(kinds) == 1 else ""
    return "\t" if language.tabs else " " if language.blanks else ""


def _around(texts: Sequence[str], start: int, end: int) -> Iterator[str]:
    """The indented lines next to a place, the nearest first."""
    above = (texts[i] for i in range(start - 1, max(-1, start - 1 - _NEAR), -1))
    below = (texts[i] for i in range(end, min(len(texts), end + _NEAR)))
    for side in (above, below):
        yield from islice((text for text in side if _kind_of(text)), _ENOUGH)


# ------------------------------------------------------------------- tabs and blanks


@dataclass(frozen=True, slots=True)
class _View:
    """New lines between their neighbours; `wanted` are those to be indented anew."""

    index: LineIndex | None
    start: int
    end: int
    texts: list[str]
    wanted: list[bool]
    kinds: list[Inside]
    language: Language
    char: str
    unit: int = 0

    def tabbed(self) -> list[str] | None:
        """With tabs: the unit that puts the lines where they belong among their neighbours."""
        if not any(w and k is Inside.CODE for w, k in zip(self.wanted, self.kinds, strict=True)):
            return self._words_only()
        said = self.unit or (self.index.image.habits.width if self.index else 0)
        units = dict.fromkeys(u for u in (said, *_UNITS) if u > 1)
        found = {u: lines for u in units if (lines := self._in_tabs(u)) is not None}
        return self._settled(found, said)

    def _settled(self, found: dict[int, list[str]], said: int) -> list[str] | None:
        good = {u: lines for u, lines in found.items() if self._fits(lines, strict=True)}
        if said in good:
            return good[said]
        at_home = {u: lines for u, lines in good.items() if self._is_beside(lines)}
        for some in (at_home, good):
            distinct = {tuple(lines) for lines in some.values()}
            if len(distinct) == 1:
                return list(distinct.pop())
            if distinct and self.language.blocks is not BlockStyle.BRACE:
                return None
            if distinct:
                return next(iter(some.values()))  # nothing but looks depends on it
        if self.language.blocks is BlockStyle.COLON:
            return None
        loose = {tuple(lines) for lines in found.values() if self._fits(lines, strict=False)}
        return list(loose.pop()) if len(loose) == 1 else None

    def _words_only(self) -> list[str]:
        """Comments and docstrings: as deep as the code above them, the rest stays."""
        return self._in_tabs(self.unit or 4) or self.texts

    def _in_tabs(self, unit: int) -> list[str] | None:
        out: list[str] = []
        for number, text in enumerate(self.texts):
            if not self.wanted[number]:
                out.append(text)
                continue
            indent = indent_of(text)
            tabs = len(indent) - len(indent.lstrip("\t"))
            deeper, rest = divmod(len(indent) - tabs, unit)
            body = text[len(indent) :]
            if rest and self.kinds[number] is Inside.WORDS:
                star = rest == 1 and body.startswith("*")
                out.append("\t" * (tabs + deeper) + " " + body if star else text)
                continue
            if rest:
                before = self._before(out)
                if before is None or not goes_on(before):
                    return None
                base = _depth(before)
                if len(indent) - tabs < base * unit:
                    return None
                out.append("\t" * base + " " * (len(indent) - tabs - base * unit) + body)
                continue
            out.append("\t" * (tabs + deeper) + body)
        return out

    def _before(self, out: Sequence[str]) -> str | None:
        """The last line of code above what is made so far."""
        above = self.index.texts[: self.start] if self.index else ()
        for number in range(len(out) - 1, -1, -1):
            if out[number].strip() and self.kinds[number] is Inside.CODE:
                return out[number]
        return next((text for text in reversed(above) if text.strip()), None)

    def _pairs(self, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Lines of code that follow each other, one of them indented anew."""
        before, anew = self._before(()), False
        for number, text in enumerate(lines):
            if not text.strip() or self.kinds[number] is not Inside.CODE or is_comment(text):
                continue
            if anew or self.wanted[number]:
                yield before or "", text
            before, anew = text, self.wanted[number]
        after = self._after()
        if anew and after is not None and before is not None:
            yield before, after

    def _after(self) -> str | None:
        below = self.index.texts[self.end : self.end + _NEAR] if self.index else ()
        return next((text for text in below if text.strip() and not is_comment(text)), None)

    def _fits(self, lines: Sequence[str], *, strict: bool) -> bool:
        return all(self._follows(one, two, strict=strict) for one, two in self._pairs(lines))

    def _follows(self, one: str, two: str, *, strict: bool) -> bool:
        """Whether line `two` can stand behind `one` as deep as it is."""
        step = _depth(two) - _depth(one)
        if goes_on(one) and not opens(one, self.language):
            return step <= 3
        if not strict or self.language.blocks is BlockStyle.OTHER:
            return step <= 1
        if opens(one, self.language):
            if self.language.blocks is BlockStyle.COLON:
                return step == 1
            return step == 1 or (step <= 0 and (closes(two) or one.rstrip().endswith(":")))
        return step <= 0

    def _is_beside(self, lines: Sequence[str]) -> bool:
        """Whether the first new line is as deep as its neighbours let expect."""
        pairs = list(self._pairs(lines))
        if not pairs:
            return True
        (one, two), (_, after) = pairs[0], pairs[-1]
        return _depth(two) in (_depth(one) + opens(one, self.language), _depth(after))

    def blanked(self) -> list[str] | None:
        """With blanks: as many for a tab as one step of the file has."""
        unit = self._step()
        if not unit:
            return None
        out = []
        for text, wanted in zip(self.texts, self.wanted, strict=True):
            indent = indent_of(text)
            if wanted and "\t" in indent.lstrip("\t"):
                return None
            tabs = len(indent) - len(indent.lstrip("\t"))
            out.append(" " * unit * tabs + text[tabs:] if wanted else text)
        if self.language.blocks is not BlockStyle.COLON:
            return out
        for one, two in self._pairs(out):
            step = len(indent_of(two)) - len(indent_of(one))
            if goes_on(one) and not opens(one, self.language):
                continue
            if step != unit if opens(one, self.language) else step > 0:
                return None
        return out

    def _step(self) -> int:
        """Columns of one step in this file, 0 where that is not clear."""
        if self.index is None:
            return 0
        said = self.index.image.habits
        if said.indent == " " and said.width:
            return said.width
        near = _around(self.index.texts, self.start, self.end)
        for group in (near, self.index.texts):
            widths = {len(indent_of(text)) for text in group if _kind_of(text) == " "}
            shared = reduce(gcd, widths, 0)
            if 1 < shared <= 8 and shared in widths:
                return shared
        return 0


def _depth(text: str) -> int:
    indent = indent_of(text)
    return len(indent) - len(indent.lstrip("\t"))


# ------------------------------------------------------------------- make


def _recipes(index: LineIndex, start: int, lines: Sequence[Placed]) -> list[str]:
    if any(text.startswith(".RECIPEPREFIX") for text in index.texts):
        return [text for text, _ in lines]
    above = next((text for text in reversed(index.texts[:start]) if _counts(text)), "")
    return _recipe_lines(lines, above)


def _recipe_lines(lines: Sequence[Placed], above: str) -> list[str]:
    """Added lines below a rule or in a recipe begin with the tab that makes them a part of it."""
    out: list[str] = []
    base = 0
    for text, added in lines:
        line = text
        recipe = above.startswith("\t") or is_rule(above)
        if added and recipe and text.startswith(" ") and text.strip() and not is_directive(text):
            width = len(indent_of(text))
            base = width if not above.startswith("\t") else base or width
            further = max(0, width - base) if above.rstrip().endswith("\\") else 0
            line = "\t" + " " * further + text.lstrip(" \t")
        out.append(line)
        if _counts(line):
            above = line
    return out


def _counts(text: str) -> bool:
    return bool(text.strip()) and not text.startswith("#")

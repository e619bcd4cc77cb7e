"""Carries out one look: reads what the listing has, through the guarded reader, and frames it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spark_tui.core import line_patterns
from spark_tui.core.context import Excerpt, FileNames
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.path_patterns import matches
from spark_tui.core.errors import SparkError
from spark_tui.core.line_patterns import LinePattern, UnreadablePatternError
from spark_tui.core.looks import (
    NOT_HERE,
    FindText,
    ListFolder,
    LookOutcome,
    LookRefusedError,
    ReadFile,
    Wish,
    cut,
    found,
    halves,
    in_folder,
    listed,
    named,
    refused,
    tree_of,
    wish_of,
)
from spark_tui.core.prompts import block
from spark_tui.core.retrieve.matches import MatchPlace, places_of, ranked
from spark_tui.core.retrieve.secrets import withheld, withheld_path
from spark_tui.core.tokens import estimate, short
from spark_tui.pair.ports import Clock, Worktree

MOST_FILES = 300
MOST_BYTES = 12_000_000
LONGEST_NS = 1_500_000_000
"""A search reads so many files, so much of them, and for so long."""

_MORE_PLACES = 24
_PLACED = 40
"""Files whose places are looked at more closely: the likeliest ones."""


def look(
    name: str, arguments: str, worktree: Worktree, names: FileNames, room: int, clock: Clock
) -> LookOutcome:
    """What a call comes to, at most about `room` tokens of it; blocks, so call it in a thread.

    Never raises for anything that a model asks or a repository holds: that is a refusal in words.
    """
    what = named(name, arguments)
    try:
        wish = wish_of(name, arguments, str(worktree.root))
        what = wish.words()
        return _Looker(worktree, names, room, clock).look(wish)
    except LookRefusedError as error:
        return refused(name, what, str(error))
    except SparkError as error:
        return refused(name, what, error.what)


@dataclass(slots=True)
class _Looker:
    worktree: Worktree
    names: FileNames
    room: int
    clock: Clock

    def look(self, wish: Wish) -> LookOutcome:
        match wish:
            case ReadFile():
                return self._read(wish)
            case FindText():
                return self._find(wish)
            case ListFolder():
                return self._list(wish)

    # ------------------------------------------------------------------ a file

    def _read(self, wish: ReadFile) -> LookOutcome:
        path = listed(wish.path, self.names)
        if withheld_path(path):
            return self._secret(wish, path)
        image = self.worktree.read(path)
        if not image.exists:
            raise LookRefusedError(NOT_HERE)
        total = len(image.lines)
        if wish.first > max(1, total):
            raise LookRefusedError(f"has {total} lines")
        last = min(wish.last or total, total)
        lines = image.lines[wish.first - 1 : last]
        if withheld(path, "".join(lines)):
            return self._secret(wish, path)
        head, tail = halves(lines, self.room - 40)
        if head + tail == 0 and lines:
            # One line is more than there is room for.
            text = cut("".join(lines), self.room - 60)
            pieces = [Excerpt(path, text, (wish.first, last), total)]
        else:
            pieces = [_excerpt(image, wish.first, wish.first + head - 1)] if head or total else []
            if tail:
                pieces.append(_excerpt(image, last - tail + 1, last))
        text = "\n".join(map(block, pieces)) if pieces else f"File: {path}\nIt is empty.\n"
        if tail and head + tail < len(lines):
            gone = estimate("".join(lines[head : len(lines) - tail]))
            text = f"\n…{gone:,} tokens truncated…\n\n".join(map(block, pieces))
        seen = f"{wish.first}-{last}" if (wish.first, last) != (1, total) else ""
        told = found(wish, text, f"{short(estimate(text))} tokens")
        where = f"{shown(path)}:{seen}" if seen else shown(path)
        return LookOutcome(told.text, told.done, where, told.outcome, told.tokens)

    def _secret(self, wish: Wish, path: str) -> LookOutcome:
        text = f"Not shown: {path} may hold secrets, the programmer keeps it back.\n"
        return found(wish, text, "not shown", (f"{shown(path)} (secret)",))

    # ------------------------------------------------------------------ a folder

    def _list(self, wish: ListFolder) -> LookOutcome:
        text, count, total = tree_of(wish, self.names)
        left = f"({total} entries, {count} of them from {wish.first} on)\n" if count < total else ""
        text = f"Folder: {wish.folder or '.'}/\n{cut(text, self.room - 40)}\n{left}"
        return found(wish, text, f"{total} entries" if total != 1 else "1 entry")

    # ------------------------------------------------------------------ a text

    def _find(self, wish: FindText) -> LookOutcome:
        chosen = frozenset(in_folder(wish.folder, self.names))
        readings = _readings(wish.pattern)
        hits, left, kept_back = self._hits(readings, False, wish, chosen)
        if not hits:
            hits, left, more = self._hits(readings, True, wish, chosen)
            kept_back += [path for path in more if path not in kept_back]
        secret = tuple(f"{shown(path)} (secret)" for path in kept_back)
        if not hits:
            text = f"Nothing found for {wish.pattern!r}.\n"
            return found(wish, text, "nothing found", secret)
        places = sum(len(hit.lines) for hit in hits)
        files = len(hits) + left
        outcome = (
            f"{places}{'+' if left else ''} place{'s' if places > 1 else ''}"
            f" in {files} file{'s' if files > 1 else ''}"
        )
        return found(wish, self._shown(wish, hits, outcome), outcome, secret)

    def _hits(
        self,
        readings: Sequence[LinePattern],
        fold: bool,
        wish: FindText,
        chosen: frozenset[str],
    ) -> tuple[list[_Hit], int, list[str]]:
        """(files with their places, files that were not read any more, files kept back).

        The places are those of the first reading that has any.
        """
        having = self.worktree.search(readings[-1].keys, fold=fold)
        paths = [path for path in having if path in chosen and _included(wish.include, path)]
        hits: list[list[_Hit]] = [[] for _ in readings]
        kept_back: list[str] = []
        until, size, left = self.clock() + LONGEST_NS, 0, 0
        for number, path in enumerate(ranked(paths, wish.pattern)):
            if number >= MOST_FILES or size > MOST_BYTES or self.clock() > until:
                left = len(paths) - number
                break
            if withheld_path(path):
                kept_back.append(path)
                continue
            try:
                image = self.worktree.read(path)
            except SparkError:
                continue
            size += len(image.data)
            lines = [one.lines(image.lines, fold=fold) for one in readings]
            if not any(lines):
                continue
            if withheld(path, "".join(image.lines)):
                kept_back.append(path)
                continue
            for found_lines, fitting in zip(lines, hits, strict=True):
                if found_lines:
                    fitting.append(_Hit(image, tuple(found_lines)))
        return next((one for one in hits if one), []), left, kept_back

    def _shown(self, wish: FindText, hits: Sequence[_Hit], outcome: str) -> str:
        """The best places with the lines round them, then where the others are."""
        out = [f"{outcome}:\n"]
        left = self.room - 60 - estimate(out[0])
        blocks = 0
        beyond: list[str] = []
        for hit, place in _in_turn(hits[:_PLACED], wish.pattern):
            piece = block(_excerpt(hit.image, place.first, place.last))
            size = estimate(piece)
            if blocks < wish.limit and size <= left:
                out.append(piece)
                left -= size
                blocks += 1
            elif len(beyond) < _MORE_PLACES:
                beyond.append(f"{hit.image.path}:{place.lines[0]}")
        more = hits[_PLACED : _PLACED + _MORE_PLACES - len(beyond)]
        beyond += [f"{hit.image.path}:{hit.lines[0]}" for hit in more]
        if beyond:
            out.append(cut("Also at " + ", ".join(beyond), max(60, left)))
        return "\n".join(out)


@dataclass(frozen=True, slots=True)
class _Hit:
    image: FileImage
    lines: tuple[int, ...]


def _readings(pattern: str) -> list[LinePattern]:
    """Ways to read a pattern, the strictest first; each finds what the one before it finds.

    LookRefusedError where there is none.
    """
    readings: list[LinePattern] = []
    why = ""
    for way in (line_patterns.plain, line_patterns.read):
        try:
            readings.append(way(pattern))
        except UnreadablePatternError as error:
            why = str(error)
    if not readings:
        raise LookRefusedError(f"the pattern {why}")
    return list(dict.fromkeys(readings))


def _included(include: str, path: str) -> bool:
    return not include or matches(include, path, braces=True)


def _in_turn(hits: Sequence[_Hit], pattern: str) -> Iterator[tuple[_Hit, MatchPlace]]:
    """The best place of every file, then the second best of each, and so on."""
    ways = [(hit, places_of(hit.image.path, hit.image.lines, hit.lines, pattern)) for hit in hits]
    ways.sort(key=lambda way: -way[1][0].worth)
    for number in range(max((len(places) for _, places in ways), default=0)):
        for hit, places in ways:
            if number < len(places):
                yield hit, places[number]


def _excerpt(image: FileImage, first: int, last: int) -> Excerpt:
    total = len(image.lines)
    text = "".join(line.rstrip("\r\n") + "\n" for line in image.lines[first - 1 : last])
    return Excerpt(image.path, text, None if (first, last) == (1, total) else (first, last), total)

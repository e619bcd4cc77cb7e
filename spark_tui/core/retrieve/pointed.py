"""What an instruction points at in its own words is taken before anything is guessed.

Files and lines as people and tools write them, tests, folders, patterns, and symbols behind an `@`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spark_tui.core.context import FileNames
from spark_tui.core.regex import regex
from spark_tui.core.retrieve.blocks import Block
from spark_tui.core.retrieve.corpus import SHIFT, Corpus, IndexEntry, folded, path_terms
from spark_tui.core.retrieve.pack import Packer
from spark_tui.core.retrieve.places import Place, base_names, places, symbols
from spark_tui.core.retrieve.priors import priors
from spark_tui.core.retrieve.score import ORDINAL, RARELY_DEFINED, Ranking
from spark_tui.core.retrieve.terms import said_names

FRAMES = 0.4
"""The share of what is left of a budget that lines in tracebacks, and symbols, get."""

WHOLE = 0.6
"""… that files get which are named without an `@`, so that something is left to guess …"""

FOLDERS = 0.7
"""… and that folders and patterns get."""

DEFINED = 0.3
"""… and that definitions get of symbols whose names are words of the text."""

LIKELY = 0.7
"""What a file must be worth to the text to define what a plain word names."""

MOST_DEFINING = 40
"""Blocks that define a name that are looked at: a name of more points nowhere."""

MOST_CANDIDATES = 400
"""Files below a folder that are looked at."""

_WORDS = regex(r"[^\s,;:()\[\]{}'\"`]+")
_LITERAL = regex(r"\w+")


def take_pointed(packer: Packer, ranking: Ranking, query: str, root: str, limit: int) -> None:
    """Take what `query` points at, within shares of what is left of `limit`.

    Of a file that is too long, and of a folder, the blocks that fit the words best.
    """
    room = limit - packer.used
    start = packer.used

    def upto(share: float) -> int:
        return start + int(room * share)

    for place in _mentioned(packer.corpus, query):
        entry = _entry(packer.corpus, place.path)
        if entry is not None:
            packer.take(entry, place.first, place.last, "named", limit=upto(FRAMES))
    entries = {entry.path: entry for entry in _candidates(packer.corpus, query)}
    if not entries and "*" not in query:
        return
    entries |= {entry.path: entry for entry in ranking.entries.values()}
    groups: dict[str, list[IndexEntry]] = {}
    for place in places(query, FileNames(entries, root)):
        entry = entries[place.path]
        if place.why in {"folder", "pattern"}:
            groups.setdefault(place.why, []).append(entry)
        elif place.why.startswith("test "):
            _take_test(packer, entry, place.why, upto(WHOLE))
        elif place.first:
            if place.first <= entry.lines:
                last = min(entry.lines, place.last)
                share = FRAMES if place.why == "frame" else WHOLE
                packer.take(entry, place.first, last, place.why, limit=upto(share))
        elif not packer.take(entry, 1, max(1, entry.lines), "named", limit=upto(WHOLE)):
            _take_best(packer, ranking, [entry], "named", upto(FRAMES))
    for why, those in groups.items():
        limit_of_group = upto(FOLDERS)
        if packer.used + sum(sum(entry.tokens) for entry in those) <= limit_of_group:
            for entry in those:
                packer.take(entry, 1, max(1, entry.lines), why, limit=limit_of_group)
        else:
            _take_best(packer, ranking, those, why, limit_of_group)


def take_defined(packer: Packer, ranking: Ranking, query: str, limit: int) -> None:
    """Take the definitions of symbols that words of `query` name exactly, where few define them.

    Within a share of what is left of `limit`; names that are written as such come first.
    """
    names = said_names(query)
    corpus = packer.corpus
    found = corpus.defined(tuple({folded(name) for name in names})) if names else {}
    found = {name: units for name, units in found.items() if len(units) <= MOST_DEFINING}
    files = {unit >> SHIFT for units in found.values() for unit in units}
    entries = dict(ranking.entries) | dict(corpus.entries(tuple(files - ranking.entries.keys())))
    worth = priors(query)
    most = packer.used + int((limit - packer.used) * DEFINED)
    for name in sorted(names, key=lambda one: not names[one]):
        defining = [
            (entry, entry.blocks[unit & ORDINAL])
            for unit in found.get(folded(name), ())
            if (entry := entries.get(unit >> SHIFT)) is not None
        ]
        likely = [one for one in defining if worth[one[0].sort] >= LIKELY]
        for entry, block in _spelled(name, likely or (defining if names[name] else [])):
            packer.take(entry, block.first, block.last, "defined", limit=most)


def _spelled(
    name: str, defining: Sequence[tuple[IndexEntry, Block]]
) -> Sequence[tuple[IndexEntry, Block]]:
    """Those that are spelled as `name`, inside what stands before its dot or else outermost.

    None where more than `RARELY_DEFINED` do.
    """
    outer, _, own = name.rpartition(".")
    exact = [one for one in defining if one[1].kind != "section" and _is_spelled(one[1], own)]
    within = [one for one in exact if outer and _own_name(one[1].enclosing) == _own_name(outer)]
    chosen = within or [one for one in exact if not one[1].enclosing] or exact
    several = {(entry.path, block.enclosing) for entry, block in chosen}
    return chosen if len(several) <= RARELY_DEFINED else ()


def _is_spelled(block: Block, name: str) -> bool:
    """Whether a block that defines `name`, but for case and underscores, spells it so.

    What it defines besides its own symbol is constants.
    """
    if folded(block.symbol) == folded(name):
        return _own_name(block.symbol) == name
    return name.isupper()


def _own_name(symbol: str) -> str:
    return symbol.rpartition(".")[2].rpartition("::")[2]


def _entry(corpus: Corpus, path: str) -> IndexEntry | None:
    numbers = corpus.numbers([path])
    return next(iter(corpus.entries(tuple(numbers.values())).values()), None)


def _mentioned(corpus: Corpus, query: str) -> list[Place]:
    """The blocks of symbols that are mentioned with `@`, where few define them."""
    out: list[Place] = []
    wanted = {name: (folded(name), folded(name.rpartition(".")[0])) for name in symbols(query)}
    every = tuple({name for both in wanted.values() for name in both if name})
    defined = corpus.defined(every) if every else {}
    for name, within in wanted.values():
        units = defined.get(name) or defined.get(within) or ()
        entries = corpus.entries(tuple({unit >> SHIFT for unit in units}))
        found = [
            (entry, entry.blocks[unit & ORDINAL])
            for unit in units
            if (entry := entries.get(unit >> SHIFT)) is not None
        ]
        inside = [one for one in found if within and folded(one[1].enclosing) == within]
        chosen = inside or _spelled(name, found) or found
        if len(chosen) <= RARELY_DEFINED:
            out += [Place(entry.path, block.first, block.last) for entry, block in chosen]
    return out


def _candidates(corpus: Corpus, query: str) -> Iterable[IndexEntry]:
    """Files that words of the query may name: those with all the words of a name in their path."""
    wanted = [tuple(path_terms(base)) for base in base_names(query)]
    for word in _WORDS.findall(query[:MOST_TEXT]):
        bare = word.rstrip(".!")
        if len(bare) <= LONGEST and (bare.endswith("/") or "*" in bare):
            wanted.append(tuple(path_terms(" ".join(_LITERAL.findall(bare)) + "/")))
    wanted = [terms for terms in dict.fromkeys(wanted) if terms]
    if not wanted:
        return ()
    holding = corpus.in_paths(sorted({term for terms in wanted for term in terms}))
    files: dict[int, None] = {}
    for terms in wanted:
        if all(term in holding for term in terms):
            both = set.intersection(*(set(holding[term]) for term in terms))
            files |= dict.fromkeys(sorted(both)[:MOST_CANDIDATES])
    return corpus.entries(tuple(files)).values()


LONGEST = 200
"""Characters of a folder or a pattern."""

MOST_TEXT = 20_000
"""Characters in which folders and patterns are looked for: nobody types more, and logs have many
slashes.
"""


def _take_test(packer: Packer, entry: IndexEntry, why: str, limit: int) -> None:
    """The test of that name; the whole file where it is not found."""
    name = why.removeprefix("test ").partition("[")[0]
    for block in entry.blocks:
        if block.symbol == name:
            packer.take(entry, block.first, block.last, why, limit=limit)
            return
    packer.take(entry, 1, max(1, entry.lines), why, limit=limit)


def _take_best(
    packer: Packer, ranking: Ranking, files: Sequence[IndexEntry], why: str, limit: int
) -> None:
    """The blocks of these files that fit best, then the first ones of those without any."""
    numbers = {entry.file: entry for entry in files}
    taken: set[int] = set()
    for one in ranking.blocks:
        entry = numbers.get(one.unit >> SHIFT)
        if entry is not None:
            block = entry.blocks[one.unit & ORDINAL]
            if packer.take(entry, block.first, block.last, why, limit=limit):
                taken.add(entry.file)
    for number, entry in numbers.items():
        if number not in taken and entry.blocks:
            block = entry.blocks[0]
            packer.take(entry, block.first, block.last, why, limit=limit)

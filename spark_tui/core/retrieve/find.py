"""What goes along with an instruction that points at nothing."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.retrieve.corpus import SHIFT, Corpus, IndexEntry
from spark_tui.core.retrieve.history import History
from spark_tui.core.retrieve.pack import (
    SHAPE,
    Bundle,
    Found,
    Outline,
    Packer,
    Shape,
    deep,
    is_pointed,
    outline,
)
from spark_tui.core.retrieve.places import Place
from spark_tui.core.retrieve.pointed import take_defined, take_pointed
from spark_tui.core.retrieve.score import Ranking, Weights, rank

BUDGET = 8_000
"""Tokens that go along unless the person or a low confidence says otherwise."""

PARTLY_SHOWN = 4
"""Files shown in part, the best ones, that are outlined before the next ones are."""

LEAST_OUTLINE = 60
"""Tokens below which an outline says too little."""


def find(
    query: str,
    corpus: Corpus,
    *,
    budget: int = BUDGET,
    named: Sequence[Place] = (),
    changed: Sequence[str] = (),
    recent: Sequence[str] = (),
    history: History | None = None,
    root: str = "",
    weights: Weights | None = None,
    shape: Shape = SHAPE,
) -> Bundle:
    """The blocks an instruction is about, within `budget` tokens.

    `named` goes first and whole, whatever it costs; it is never replaced. `changed` (the working
    tree's, open and just edited files) and `recent` (what the last answers touched) are a tier of
    their own before what is only guessed. Lines that the text itself points at (a traceback, a
    compiler's message) come next (`root` is the worktree's absolute path as it stands in them),
    then the definitions of symbols that words of it name exactly.
    """
    packer = Packer(corpus, budget, shape)
    ranking = rank(query, corpus, history=history, weights=weights)
    _named(packer, named)
    first = packer.used
    limit = max(first, budget)
    wide = int((limit - first) * shape.wide)
    take_pointed(packer, ranking, query, root, limit - wide)
    take_defined(packer, ranking, query, limit - wide)
    _tier(packer, ranking, (*changed, *recent), first + int((limit - first) * 0.3))
    deep(packer, ranking, limit - wide)
    outlines = _outlines(packer, ranking, limit)
    blocks = tuple(_found(packer, ranking))
    tokens = packer.used + sum(one.tokens for one in outlines)
    return Bundle(blocks, outlines, tokens, _confidence(ranking))


def _named(packer: Packer, named: Sequence[Place]) -> None:
    numbers = packer.corpus.numbers([place.path for place in named])
    entries = packer.corpus.entries(tuple(numbers.values()))
    for place in named:
        number = numbers.get(place.path)
        entry = entries.get(number) if number is not None else None
        if entry is not None and entry.lines:
            last = min(entry.lines, place.last or entry.lines)
            packer.take(entry, max(1, min(place.first or 1, last)), last, "named", limit=1 << 40)


def _tier(packer: Packer, ranking: Ranking, paths: Sequence[str], limit: int) -> None:
    """The best blocks of files that are being worked on."""
    numbers = packer.corpus.numbers(tuple(dict.fromkeys(paths)))
    entries = packer.corpus.entries(tuple(numbers.values()))
    scores = {one.unit: one.score for one in ranking.blocks}
    for path in dict.fromkeys(paths):
        entry = entries.get(numbers.get(path, -1))
        if entry is None or not entry.blocks:
            continue
        if sum(entry.tokens) <= packer.budget // 10:
            packer.take(entry, 1, entry.lines, "in work", limit=limit)
            continue
        order = sorted(
            range(len(entry.blocks)),
            key=lambda at, number=entry.file: -scores.get(number << SHIFT | at, 0.0),  # type: ignore[misc]
        )
        for at in order[:2]:
            block = entry.blocks[at]
            packer.take(entry, block.first, block.last, "in work", limit=limit)


def _outlines(packer: Packer, ranking: Ranking, limit: int) -> tuple[Outline, ...]:
    """Outlines of the best files that were packed in part, and of the next ones."""
    shown: list[IndexEntry] = []
    more: list[IndexEntry] = []
    for file, _ in ranking.files:
        entry = ranking.entries[file]
        spans = packer.spans.get(entry.path)
        if spans is None:
            more.append(entry)
        elif spans[0][:2] != (1, entry.lines):
            shown.append(entry)
    wanted = shown[:PARTLY_SHOWN] + more[: packer.shape.outlines]
    out: list[Outline] = []
    left = limit - packer.used
    for at, entry in enumerate(wanted):
        if left < LEAST_OUTLINE:
            break
        share = max(LEAST_OUTLINE, 2 * left // (len(wanted) - at))
        one = outline(packer.corpus, entry, min(left, share))
        if one is not None:
            out.append(one)
            left -= one.tokens
    return tuple(out)


def _found(packer: Packer, ranking: Ranking) -> list[Found]:
    order = {ranking.entries[file].path: at for at, (file, _) in enumerate(ranking.files)}
    taken = {path: at for at, path in enumerate(packer.spans)}

    def key(path: str) -> tuple[int, int, str]:
        """What is pointed at first, in the order in which that helps; then what is defined."""
        if any(is_pointed(span[2]) for span in packer.spans[path]):
            return 0, taken[path], path
        defines = any(span[2] == "defined" for span in packer.spans[path])
        return 1 if defines else 2, order.get(path, len(order)), path

    paths = sorted(packer.spans, key=key)
    out: list[Found] = []
    for path in paths:
        entry = packer.entries[path]
        for span in sorted(packer.spans[path], key=_first_of_file):
            tokens = packer.cost(entry, [span])
            symbol = _defined_in(entry, span[0], span[1])
            out.append(Found(path, span[0], span[1], tokens, span[2], symbol))
    return out


def _first_of_file(span: tuple[int, int, str]) -> tuple[bool, bool, tuple[int, int, str]]:
    return not is_pointed(span[2]), span[2] != "defined", span


def _defined_in(entry: IndexEntry, first: int, last: int) -> str:
    """The one symbol that lines of a file define, "" for several or none.

    Methods count as their class where most of it is there.
    """
    within = [b for b in entry.blocks if b.symbol and first <= b.first and b.last <= last]
    outer = [b for b in within if not any(b.enclosing.endswith(o.symbol) for o in within)]
    return outer[0].symbol if len({b.symbol for b in outer}) == 1 else ""


def _confidence(ranking: Ranking) -> float:
    if not ranking.blocks:
        return 0.0
    scores = [one.score for one in ranking.blocks[:20]]
    margin = 1 - scores[-1] / scores[0] if len(scores) > 1 else 1.0
    return round(ranking.known * (0.4 + 0.6 * margin), 3)

"""Which lines of the ranked blocks go along within a budget of tokens."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from heapq import heapify, heappop, heapreplace
from itertools import accumulate

from spark_tui.core.dataclass import dataclass
from spark_tui.core.retrieve.blocks import Block
from spark_tui.core.retrieve.corpus import SHIFT, Corpus, IndexEntry
from spark_tui.core.retrieve.score import ORDINAL, Ranking, Scored
from spark_tui.core.tokens import weight

FRAME = 12
"""Tokens that the heading and fence of an excerpt cost."""


@dataclass(frozen=True, slots=True)
class Found:
    """Lines of a file that go along; 1-based, inclusive. `tokens` is guessed.

    `symbol` is what the lines define, "" where that is several things or none.
    """

    path: str
    first: int
    last: int
    tokens: int
    why: str
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """The definitions of a file: line numbers and their text, not shown in full."""

    path: str
    lines: tuple[tuple[int, str], ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes along with an instruction. `confidence` is between 0 and 1."""

    blocks: tuple[Found, ...] = ()
    outlines: tuple[Outline, ...] = ()
    tokens: int = 0
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How a budget is spent.

    A share of `wide` goes to outlines, of at most `outlines` files besides those that are shown in
    part. A block's value is divided by its tokens to the `power`; the first of a file counts
    `new_file` times. No file gets more than a `share` of the budget, no folder more than
    `folder_share`. Spans fewer than `gap` lines apart are made one.
    """

    wide: float = 0.06
    power: float = 0.9
    new_file: float = 4.0
    share: float = 0.5
    folder_share: float = 0.9
    gap: int = 4
    outlines: int = 12


SHAPE = Shape()


class Packer:
    """Takes spans until the budget is spent; spans of a file are merged where they meet."""

    def __init__(self, corpus: Corpus, budget: int, shape: Shape = SHAPE) -> None:
        self.corpus = corpus
        self.budget = budget
        self.shape = shape
        self.used = 0
        self.entries: dict[str, IndexEntry] = {}
        self.spans: dict[str, list[tuple[int, int, str]]] = {}
        self._costs: dict[str, int] = {}
        self._sums: dict[str, tuple[list[int], list[int]]] = {}
        self._folders: Counter[str] = Counter()

    def cost(self, entry: IndexEntry, spans: Sequence[tuple[int, int, str]]) -> int:
        """Tokens of spans of a file, guessed from its blocks."""
        blocks = entry.blocks
        known = self._sums.get(entry.path)
        if known is None:
            firsts = [block.first for block in blocks]
            known = self._sums[entry.path] = firsts, [0, *accumulate(entry.tokens)]
        firsts, sums = known
        total = FRAME * len(spans)
        for first, last, _ in spans:
            low = max(0, bisect_right(firsts, first) - 1)
            high = bisect_right(firsts, last) - 1
            for at in {low, high} if low <= high else ():
                total += _share(blocks[at], entry.tokens[at], first, last)
            if high - low > 1:
                total += sums[high] - sums[low + 1]
        return total

    def take(self, entry: IndexEntry, first: int, last: int, why: str, *, limit: int) -> bool:
        """Take lines of a file; False where they don't fit `limit` tokens in all."""
        spans = merged([*self.spans.get(entry.path, ()), (first, last, why)], self.shape.gap)
        cost = self.cost(entry, spans)
        more = cost - self._costs.get(entry.path, 0)
        if self.used + more > limit:
            return False
        self.used += more
        self._costs[entry.path] = cost
        self._folders[folder(entry.path)] += more
        self.spans[entry.path] = spans
        self.entries[entry.path] = entry
        return True

    def file_tokens(self, path: str) -> int:
        """What was taken of a file."""
        return self._costs.get(path, 0)

    def folder_tokens(self, path: str) -> int:
        """What was taken of a file's folder."""
        return self._folders[folder(path)]


def _share(block: Block, tokens: int, first: int, last: int) -> int:
    """Tokens of those lines of a block that are between `first` and `last`."""
    lines = min(last, block.last) - max(first, block.first) + 1
    return -(-tokens * lines // (block.last - block.first + 1)) if lines > 0 else 0


REASONS = ("named", "frame", "defined", "in work", "symbol", "words", "near")
"""Why lines go along, the strongest reason first."""


def _strength(why: str) -> int:
    return REASONS.index(why) if why in REASONS else 1


def folder(path: str) -> str:
    """The folder of a path."""
    return path.rpartition("/")[0]


def is_pointed(why: str) -> bool:
    """Whether lines go along for this reason because the instruction points at them."""
    return why in {"named", "frame", "folder", "pattern"} or why.startswith("test ")


def merged(spans: Sequence[tuple[int, int, str]], gap: int) -> list[tuple[int, int, str]]:
    """Spans in order, those nearer than `gap` lines made one.

    What is pointed at stays apart from what is guessed, which begins and ends beside it.
    """
    pointed = _joined([span for span in spans if is_pointed(span[2])], gap)
    if not pointed:
        return _joined(spans, gap)
    guesses = [span for span in spans if not is_pointed(span[2])]
    edges = [0, *(edge for first, last, _ in pointed for edge in (first, last)), 1 << 40]
    out = list(pointed)
    for after, before in zip(edges[::2], edges[1::2], strict=True):
        between = [
            (max(first, after + 1), min(last, before - 1), why)
            for first, last, why in guesses
            if last > after and first < before
        ]
        out += _joined([span for span in between if span[0] <= span[1]], gap)
    return sorted(out)


def _joined(spans: Sequence[tuple[int, int, str]], gap: int) -> list[tuple[int, int, str]]:
    out: list[tuple[int, int, str]] = []
    for first, last, why in sorted(spans):
        if out and first - out[-1][1] <= gap:
            before = out[-1]
            out[-1] = (before[0], max(last, before[1]), min(before[2], why, key=_strength))
        else:
            out.append((first, last, why))
    return out


def deep(packer: Packer, ranking: Ranking, limit: int) -> None:
    """Take the blocks that promise most for their tokens, a file's first one more than its next.

    A block's value only falls while others are taken, so the best of a heap is looked at again
    before it is taken.
    """
    shape = packer.shape
    taken: Counter[int] = Counter()

    def value(one: Scored) -> float:
        entry = ranking.entries[one.unit >> SHIFT]
        tokens = entry.tokens[one.unit & ORDINAL] + FRAME
        worth = one.score * (1.0 if taken[one.unit >> SHIFT] else shape.new_file)
        return worth / math.pow(tokens, shape.power)

    heap = [(-value(one), at) for at, one in enumerate(ranking.blocks)]
    heapify(heap)
    while heap and limit - packer.used > FRAME:
        at = heap[0][1]
        one = ranking.blocks[at]
        now = -value(one)
        if now > heap[0][0]:
            heapreplace(heap, (now, at))
            continue
        heappop(heap)
        file = one.unit >> SHIFT
        entry = ranking.entries[file]
        if (
            packer.file_tokens(entry.path) > shape.share * packer.budget
            or packer.folder_tokens(entry.path) > shape.folder_share * packer.budget
        ):
            continue
        block = entry.blocks[one.unit & ORDINAL]
        if packer.take(entry, block.first, block.last, one.why, limit=limit):
            taken[file] += 1


def outline(corpus: Corpus, entry: IndexEntry, most: int) -> Outline | None:
    """A file's outline within `most` tokens: evenly thinned where it is long."""
    lines = corpus.lines(entry.path)
    if lines is None or not entry.outline:
        return None
    numbers = entry.outline
    rows = [(n, lines[n - 1].rstrip()[:120]) for n in numbers if n <= len(lines)]
    sizes = [weight(text) + 2 for _, text in rows]
    total = sum(sizes) + FRAME
    if total > most:
        outer = min((len(text) - len(text.lstrip()) for _, text in rows), default=0)
        rows = [row for row in rows if len(row[1]) - len(row[1].lstrip()) <= outer]
        kept: list[tuple[int, str]] = []
        total = float(FRAME)
        for row in rows:
            total += weight(row[1]) + 2
            if total > most:
                break
            kept.append(row)
        rows = kept
        total = FRAME + sum(weight(text) + 2 for _, text in rows)
    return Outline(entry.path, tuple(rows), round(total)) if rows else None

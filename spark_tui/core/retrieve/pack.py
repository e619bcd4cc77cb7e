"""Which lines of the ranked blocks go along within a budget of tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spark_tui.core.retrieve.corpus import SHIFT, Corpus, Entry
from spark_tui.core.retrieve.score import Ranking
from spark_tui.core.tokens import weight

FRAME = 12
"""Tokens that the heading and fence of an excerpt cost."""


@dataclass(frozen=True, slots=True)
class Found:
    """Lines of a file that go along; 1-based, inclusive. `tokens` is guessed."""

    path: str
    first: int
    last: int
    tokens: int
    why: str


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
    """How a budget is spent."""

    deep: float = 0.8
    wide: float = 0.2
    power: float = 0.6
    first_pass: int = 2
    share: float = 0.5
    folder_share: float = 0.9
    gap: int = 8
    pad: int = 3
    outlines: int = 12
    fade: float = 0.7


SHAPE = Shape()


class Packer:
    """Takes spans until the budget is spent; spans of a file are merged where they meet."""

    def __init__(self, corpus: Corpus, budget: int, shape: Shape = SHAPE) -> None:
        self.corpus = corpus
        self.budget = budget
        self.shape = shape
        self.used = 0
        self.entries: dict[str, Entry] = {}
        self.spans: dict[str, list[tuple[int, int, str]]] = {}
        self._costs: dict[str, int] = {}
        self._folders: Counter[str] = Counter()

    def cost(self, entry: Entry, spans: Sequence[tuple[int, int, str]]) -> int:
        """Tokens of spans of a file, guessed from its blocks."""
        total = FRAME * len(spans)
        for first, last, _ in spans:
            for block, tokens in zip(entry.blocks, entry.tokens, strict=True):
                low, high = max(first, block.first), min(last, block.last)
                if low <= high:
                    total += -(-tokens * (high - low + 1) // (block.last - block.first + 1))
        return total

    def take(self, entry: Entry, first: int, last: int, why: str, *, limit: int) -> bool:
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


def folder(path: str) -> str:
    """The folder of a path."""
    return path.rpartition("/")[0]


def merged(spans: Sequence[tuple[int, int, str]], gap: int) -> list[tuple[int, int, str]]:
    """Spans in order, those nearer than `gap` lines made one."""
    out: list[tuple[int, int, str]] = []
    for first, last, why in sorted(spans):
        if out and first - out[-1][1] <= gap:
            before = out[-1]
            out[-1] = (before[0], max(last, before[1]), before[2] or why)
        else:
            out.append((first, last, why))
    return out


def deep(packer: Packer, ranking: Ranking, limit: int) -> None:
    """Take the blocks that say most for their tokens, every term's gain fading with its use."""
    shape = packer.shape
    left = {one.unit: one for one in ranking.blocks[:400] if one.unit >> SHIFT in ranking.entries}
    covered = [0] * len(ranking.terms)
    taken: Counter[int] = Counter()
    blocked: set[int] = set()
    for allowed in (shape.first_pass, 1_000):
        while True:
            best, best_gain = None, 0.0
            for unit, one in left.items():
                file = unit >> SHIFT
                if unit in blocked or taken[file] >= allowed:
                    continue
                entry = ranking.entries[file]
                tokens = entry.tokens[unit & ((1 << SHIFT) - 1)] + FRAME
                gain = one.score * _fresh(one.terms, covered, ranking.worth, shape.fade)
                gain *= 0.85 ** taken[file]
                gain /= float(tokens) ** shape.power
                if gain > best_gain:
                    best, best_gain = one, gain
            if best is None:
                break
            unit = best.unit
            del left[unit]
            entry = ranking.entries[unit >> SHIFT]
            block = entry.blocks[unit & ((1 << SHIFT) - 1)]
            over = (
                packer.file_tokens(entry.path) > shape.share * packer.budget
                or packer.folder_tokens(entry.path) > shape.folder_share * packer.budget
            )
            why = best.why or "words"
            if over or not packer.take(entry, block.first, block.last, why, limit=limit):
                blocked.add(unit)
                continue
            taken[unit >> SHIFT] += 1
            for at in range(len(covered)):
                if best.terms >> at & 1:
                    covered[at] += 1


def _fresh(mask: int, covered: Sequence[int], worth: Sequence[float], fade: float) -> float:
    """The share of a block's terms that the packed blocks don't have yet, between `fade` and 1."""
    total = fresh = 0.0
    for at, value in enumerate(worth):
        if mask >> at & 1:
            total += value
            fresh += value / (1 + covered[at])
    return fade + (1 - fade) * (fresh / total if total else 1.0)


def outline(corpus: Corpus, entry: Entry, most: int) -> Outline | None:
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

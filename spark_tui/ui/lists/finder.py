"""Finding paths by letters in order, fast enough for every key over 100,000 paths. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

Candidates = list[int]
"""Index of a path and where the search for the next letter starts, as one number: a hundred
thousand tuples would make the garbage collector look at each of them."""

_BITS = 16
_MASK = (1 << _BITS) - 1
LONGEST = _MASK
"""Characters of a path that are searched."""


class PathFinder:
    """Leftmost subsequence search whose every further letter costs one `str.find` a candidate.

    Results come in tiers: file name starts with the query, file name holds it, path holds it,
    letters in order; inside a tier short file names first. Case is ignored.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = sorted(paths, key=lambda p: (len(p) - p.rfind("/"), len(p), p))
        self._low = [p.lower()[-LONGEST:] for p in self.paths]
        self._base = [p[p.rfind("/") + 1 :] for p in self._low]
        self._steps: list[tuple[str, Candidates | None]] = [("", None)]

    def query(self, text: str, top: int = 50) -> Sequence[str]:
        """At most `top` paths that match `text`, best first; all of them for an empty query."""
        wanted = text.lower()
        found = self._candidates(wanted)
        if found is None:
            return self.paths[:top]
        low, base = self._low, self._base
        tiers = (
            (i for i in _indices(found) if base[i].startswith(wanted)),
            (i for i in _indices(found) if wanted in base[i]),
            (i for i in _indices(found) if wanted in low[i]),
            _indices(found),
        )
        hits: dict[int, None] = {}
        for tier in tiers:
            fresh = (i for i in tier if i not in hits)
            hits.update(dict.fromkeys(islice(fresh, top - len(hits))))
            if len(hits) >= top:
                break
        return [self.paths[i] for i in hits]

    def _candidates(self, wanted: str) -> Candidates | None:
        steps, low = self._steps, self._low
        while not wanted.startswith(steps[-1][0]):
            steps.pop()
        for n in range(len(steps[-1][0]), len(wanted)):
            letter, found = wanted[n], steps[-1][1]
            if found is None:
                step = [
                    (i << _BITS) + k + 1 for i, p in enumerate(low) if (k := p.find(letter)) >= 0
                ]
            else:
                step = [
                    (at | _MASK) - _MASK + k + 1
                    for at in found
                    if (k := low[at >> _BITS].find(letter, at & _MASK)) >= 0
                ]
            steps.append((wanted[: n + 1], step))
        return steps[-1][1]


def _indices(found: Candidates) -> Iterator[int]:
    return (at >> _BITS for at in found)


def matches(query: str, text: str) -> bool:
    """True when the letters of `query` occur in `text` in this order, case ignored."""
    at = 0
    low = text.lower()
    for letter in query.lower():
        at = low.find(letter, at) + 1
        if not at:
            return False
    return True


def rank(query: str, text: str) -> int | None:
    """How well `text` matches, 0 best: a word starts with the query, it is inside, letters only."""
    wanted, low = query.lower(), text.lower()
    if any(word.startswith(wanted) for word in low.split()):
        return 0
    if wanted in low:
        return 1
    return 2 if matches(query, text) else None

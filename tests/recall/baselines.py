"""What anybody would build first: BM25 over whole files, and over plain windows of 40 lines."""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from functools import lru_cache
from typing import Protocol

from spark_tui.core import tokens
from spark_tui.core.retrieve.history import History
from tests.recall.history import made
from tests.recall.judge import Answer, Span

WINDOW = 40
_K1, _B = 1.2, 0.75
_IDENTIFIER = re.compile(r"[A-Za-z_]\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Retriever(Protocol):
    """A corpus that is told of every file and asked for what fits a query."""

    name: str

    def put(self, path: str, blob: str, text: str) -> None:
        """This file has this text now."""

    def remove(self, path: str) -> None:
        """This file is gone."""

    def past(self, history: History) -> None:
        """This happened until now, and nothing later."""

    def find(self, query: str, budget: int) -> Answer:
        """What would go along with `query` in at most `budget` tokens."""


@lru_cache(maxsize=100_000)
def _terms_of(name: str) -> tuple[str, ...]:
    parts = [part.lower() for part in _PART.findall(name) if len(part) > 1]
    return (name.lower(), *parts) if len(parts) > 1 else (name.lower(),)


def terms(text: str) -> Counter[str]:
    """Identifiers in lower case, whole and in parts, and how often."""
    found: Counter[str] = Counter()
    for name, count in Counter(_IDENTIFIER.findall(text)).items():
        for term in _terms_of(name):
            found[term] += count
    return found


class Windows:
    """BM25 over pieces of `size` lines, whole files if None; the best that fit, in their order.

    The text alone counts, not the path. A whole file that does not fit is cut where the budget
    ends. Made files (locked, generated, vendored, translations) are left out.
    """

    def __init__(self, size: int | None) -> None:
        self.name = "plain windows" if size else "whole files"
        self._size = size
        self._lines: dict[str, list[str]] = {}
        self._lengths: dict[str, list[int]] = {}
        self._terms: dict[str, dict[str, list[tuple[int, int]]]] = {}
        self._postings: dict[str, dict[str, list[tuple[int, int]]]] = {}
        self._count = 0
        self._length = 0

    def put(self, path: str, blob: str, text: str) -> None:
        """This file has this text now."""
        self.remove(path)
        if made(path):
            return
        lines = text.splitlines()
        size = self._size or max(1, len(lines))
        places: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        for number, start in enumerate(range(0, len(lines), size)):
            counts = terms("\n".join(lines[start : start + size]))
            lengths.append(counts.total())
            for term, count in counts.items():
                places.setdefault(term, []).append((number, count))
        for term, found in places.items():
            self._postings.setdefault(term, {})[path] = found
        self._lines[path], self._lengths[path], self._terms[path] = lines, lengths, places
        self._count += len(lengths)
        self._length += sum(lengths)

    def remove(self, path: str) -> None:
        """This file is gone."""
        for term in self._terms.pop(path, ()):
            del self._postings[term][path]
        self._lines.pop(path, None)
        lengths = self._lengths.pop(path, [])
        self._count -= len(lengths)
        self._length -= sum(lengths)

    def past(self, history: History) -> None:
        """The words of the text alone count."""

    def find(self, query: str, budget: int) -> Answer:
        """What would go along with `query` in at most `budget` tokens."""
        scores: dict[tuple[str, int], float] = {}
        mean = self._length / max(1, self._count)
        for term in sorted(terms(query)):
            postings = self._postings.get(term, {})
            many = sum(map(len, postings.values()))
            rarity = math.log(1 + (self._count - many + 0.5) / (many + 0.5))
            for path, places in postings.items():
                lengths = self._lengths[path]
                for number, count in places:
                    norm = _K1 * (1 - _B + _B * lengths[number] / mean)
                    gain = rarity * count * (_K1 + 1) / (count + norm)
                    scores[path, number] = scores.get((path, number), 0.0) + gain
        spans: list[Span] = []
        room = float(budget)
        ranked = heapq.nsmallest(400, ((-score, *key) for key, score in scores.items()))
        for _, path, number in ranked:
            size = self._size or len(self._lines[path])
            first = last = number * size
            left = room - tokens.weight(f"{path}:{first + 1}-{first + size}\n")
            piece = self._lines[path][first : first + size]
            for line in piece:
                left -= tokens.weight(line + "\n")
                if left < 0:
                    break
                last += 1
            if last - first == len(piece):
                room = left
            elif self._size or last == first:
                continue
            spans.append(Span(path, first + 1, last))
            if last - first < len(piece):
                return Answer(spans, budget)
        return Answer(spans, round(budget - room))

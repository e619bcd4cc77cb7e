"""One context line off: mistyped, missing from the hunk, or written though the file has it not.

Places are found from exact seeds (the hunk's rarest lines), walked outwards in both directions;
no file position is compared with more than a few lines unless a seed line stands there.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.index import Level, LineIndex, normalised
from spark_tui.core.edits.model import RawHunk

_SIMILAR = 0.6
_LEAST_TEXT = 16
_LONGEST_LINE = 2_000
_MOST_SEEDS = 200
At = tuple[int | None, ...]


def search(raw: RawHunk, index: LineIndex, level: Level) -> list[At]:
    """All places where the hunk fits but for one context line; ascending, each once.

    The slipped line must be context, a missing one must lie between two context lines with no
    added line between them. A mistyped line has to be at least 60 % alike.
    """
    tags = [line.tag for line in raw.lines]
    old_tags = [tag for tag in tags if tag != "+"]
    pattern = normalised(level, raw.old())
    n = len(pattern)
    if n < 2 or sum(len(text.strip()) for text in pattern) < _LEAST_TEXT:
        return []
    gaps = _quiet_gaps(tags)
    keys, at = index.keys(level), index.positions(level)
    seeds = _seeds(pattern, at)
    found: dict[At, None] = {}
    for i, places in seeds:
        for p in places:
            for hit in _grow(pattern, old_tags, gaps, keys, (i, p)):
                if not _meant_elsewhere(pattern, hit, keys, at):
                    found[hit] = None
    return sorted(found, key=lambda hit: [-1 if x is None else x for x in hit])


def meant_at(raw: RawHunk, index: LineIndex) -> bool:
    """Whether the context fits exactly somewhere, saying enough, and only removed lines differ."""
    old = [line for line in raw.lines if line.tag != "+"]
    context = [(i, line.text.rstrip()) for i, line in enumerate(old) if line.tag == " "]
    if len(context) == len(old) or sum(len(text.strip()) for _, text in context) < _LEAST_TEXT:
        return False
    keys, at = index.keys(Level.RSTRIP), index.positions(Level.RSTRIP)
    first, rarest = min(
        context, key=lambda line: len(at.get(line[1], ())) if line[1] else len(keys) + 1
    )
    places = at.get(rarest, ())
    if len(places) > _MOST_SEEDS:
        return False
    last = len(keys) - len(old)
    return any(
        0 <= p - first <= last and all(keys[p - first + i] == text for i, text in context)
        for p in places
    )


def _meant_elsewhere(
    pattern: Sequence[str], hit: At, keys: Sequence[str], at: dict[str, list[int]]
) -> bool:
    """Whether the slipped line stands somewhere else in the file: then it is no slip."""
    for wanted, line in zip(pattern, hit, strict=True):
        if (line is None or keys[line] != wanted) and len(wanted.strip()) > 3:
            return wanted in at
    return False


def _quiet_gaps(tags: Sequence[str]) -> set[int]:
    """Old-side indexes k such that lines k-1 and k are context and nothing is added between."""
    out: set[int] = set()
    k = 0
    previous = ""
    for tag in tags:
        if tag != "+":
            if tag == " " and previous == " ":
                out.add(k)
            k += 1
        previous = tag
    return out


def _seeds(pattern: Sequence[str], at: dict[str, list[int]]) -> list[tuple[int, list[int]]]:
    """The two rarest lines of the pattern: at most one line slips, so one of them is right."""
    known = sorted((len(at[key]), i) for i, key in enumerate(pattern) if key in at and key.strip())
    missing = sum(key not in at for key in pattern)
    if missing > 1 or not known or known[0][0] > _MOST_SEEDS:
        return []
    chosen = [i for size, i in known[:2] if size <= _MOST_SEEDS]
    return [(i, at[pattern[i]]) for i in chosen]


def _grow(
    pattern: Sequence[str],
    tags: Sequence[str],
    gaps: set[int],
    keys: Sequence[str],
    seed: tuple[int, int],
) -> list[At]:
    """Places that have pattern line seed[0] at file line seed[1], with one slip on one side."""
    i, p = seed
    n, size = len(pattern), len(keys)
    up = 0
    while i - up - 1 >= 0 and p - up - 1 >= 0 and pattern[i - up - 1] == keys[p - up - 1]:
        up += 1
    down = 0
    while i + down + 1 < n and p + down + 1 < size and pattern[i + down + 1] == keys[p + down + 1]:
        down += 1
    whole_up, whole_down = up == i, down == n - 1 - i
    if whole_up and whole_down:
        return []  # fits as it is: the levels above judged that already
    if not whole_up and not whole_down:
        return []
    out: list[At] = []
    if whole_up:
        k, q = i + down + 1, p + down + 1  # first pattern and file line that differ
        head = tuple(range(p - i, q))
        if tags[k] == " " and _alike(pattern[k], keys, q) and _same(pattern, k + 1, keys, q + 1):
            out.append((*head, q, *range(q + 1, q + n - k)))
        if k in gaps and _same(pattern, k, keys, q + 1):
            out.append((*head, *range(q + 1, q + 1 + n - k)))
        if k in gaps and k + 1 in gaps and k + 1 < n and _same(pattern, k + 1, keys, q):
            out.append((*head, None, *range(q, q + n - k - 1)))
        return out
    k, q = i - up - 1, p - up - 1  # last pattern and file line above that differ
    rest = tuple(range(q + 1, q + 1 + n - k - 1))
    if tags[k] == " " and q >= 0 and _alike(pattern[k], keys, q) and _same_up(pattern, k, keys, q):
        out.append((*range(q - k, q), q, *rest))
    if k + 1 in gaps and q >= 0 and _same_up(pattern, k + 1, keys, q):
        out.append((*range(q - k - 1, q), *rest))
    if k in gaps and k + 1 in gaps and _same_up(pattern, k, keys, q + 1):
        out.append((*range(q + 1 - k, q + 1), None, *rest))
    return out


def _same(pattern: Sequence[str], k: int, keys: Sequence[str], q: int) -> bool:
    """pattern[k:] stands at file line q."""
    rest = len(pattern) - k
    return q + rest <= len(keys) and list(keys[q : q + rest]) == list(pattern[k:])


def _same_up(pattern: Sequence[str], k: int, keys: Sequence[str], q: int) -> bool:
    """pattern[:k] ends just above file line q."""
    return q - k >= 0 and list(keys[q - k : q]) == list(pattern[:k])


def _alike(wanted: str, keys: Sequence[str], at: int) -> bool:
    if at >= len(keys) or max(len(wanted), len(keys[at])) > _LONGEST_LINE:
        return False
    if not wanted.strip() or not keys[at].strip():
        return False
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity(wanted.strip(), keys[at].strip()) >= _SIMILAR

"""Which blocks an instruction is about: BM25F over blocks, with what names and paths say."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from spark_tui.core.retrieve.corpus import SHIFT, Corpus, Entry, folded
from spark_tui.core.retrieve.history import History
from spark_tui.core.retrieve.priors import priors
from spark_tui.core.retrieve.terms import MOST, Term, query_terms


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal counts. Tuned on histories (`python -m tests.recall`), not on examples."""

    k1: float = 1.2
    b: float = 0.75
    symbol: float = 3.0
    enclosing: float = 1.5
    path: float = 1.0
    stem: float = 1.0
    common: float = 0.25
    defined: float = 0.75
    defined_code: float = 1.5
    coherence: float = 0.4
    churn: float = 0.1
    message: float = 0.3
    files: int = 60


WEIGHTS = Weights()

RARELY_DEFINED = 3
"""A symbol that more blocks than this define points nowhere."""

MOST_BLOCKS = 1_000
"""Blocks of a ranking, at most."""

MOST_POSTINGS = 60_000
"""Postings that are read for one instruction; the rarest terms come first."""


@dataclass(slots=True)
class Scored:
    """A block and how well it fits; `terms` has a bit for each term that stands in it."""

    unit: int
    score: float
    terms: int = 0
    why: str = ""


@dataclass(slots=True)
class Ranking:
    """Blocks and files of an instruction, best first.

    `known` is the share of the instruction's terms, by weight, that stand anywhere.
    """

    terms: tuple[Term, ...] = ()
    worth: tuple[float, ...] = ()
    blocks: list[Scored] = field(default_factory=list)
    files: list[tuple[int, float]] = field(default_factory=list)
    entries: Mapping[int, Entry] = field(default_factory=dict)
    known: float = 0.0


def rank(
    query: str,
    corpus: Corpus,
    *,
    history: History | None = None,
    weights: Weights = WEIGHTS,
) -> Ranking:
    """Rank the blocks of `corpus` for an instruction."""
    every = query_terms(query)[:200]
    total, average = corpus.size()
    if not every or not total:
        return Ranking()
    frequency = corpus.frequencies([term.text for term in every])
    idf = {
        text: math.log(1 + (total - many + 0.5) / (many + 0.5)) for text, many in frequency.items()
    }
    in_paths = corpus.in_paths([term.text for term in every])
    terms = _chosen(every, idf, frequency, total, weights)
    worth = tuple(term.weight * idf[term.text] for term in terms)
    scores, masks = _body(terms, worth, corpus, average, weights)
    why: dict[int, str] = {}
    _definitions(every, corpus, scores, why, weights)

    best, sums = _of_files(scores)
    file_idf = _path_worth(every, in_paths, total)
    for text, files in in_paths.items():
        more = weights.path * file_idf[text]
        for file in files if len(files) <= 50 else best.keys() & files:
            best[file] = best.get(file, 0.0) + more
    top_files = heapq.nlargest(weights.files * 4, best, key=best.__getitem__)
    entries = corpus.entries(top_files)
    most = max(scores.values(), default=0.0)
    most_sum = max((sums.get(file, 0.0) for file in entries), default=0.0) or 1.0
    worths = priors(query)
    past = _past(every, history) if history is not None else {}
    most_past = max(past.values(), default=0.0) or 1.0
    churn = history.churn if history is not None else {}
    most_churn = max((churn.get(e.path, 0.0) for e in entries.values()), default=0.0) or 1.0

    lift = dict.fromkeys(entries, 0.0)
    for text, files in in_paths.items():
        for file in entries.keys() & files:
            lift[file] += weights.path * file_idf[text]
    prior: dict[int, float] = {}
    for file, known in entries.items():
        lift[file] += weights.coherence * most * sums.get(file, 0.0) / most_sum
        lift[file] += weights.message * most * past.get(known.path, 0.0) / most_past
        lift[file] += weights.churn * most * churn.get(known.path, 0.0) / most_churn
        prior[file] = worths[known.sort]

    valued: list[tuple[float, int]] = []
    for unit, score in scores.items():
        file = unit >> SHIFT
        if file in lift:
            value = (score + lift[file]) * prior[file]
            if value > 0:
                valued.append((-value, unit))
    valued.sort()
    ranked = [
        Scored(unit, -value, masks(unit), why.get(unit, "")) for value, unit in valued[:MOST_BLOCKS]
    ]
    of_files: dict[int, float] = {}
    for value, unit in valued:
        of_files.setdefault(unit >> SHIFT, -value)
    for file, bonus in lift.items():
        if file not in of_files and bonus * prior[file] > 0:
            of_files[file] = bonus * prior[file]
    ordered = sorted(of_files.items(), key=lambda item: (-item[1], item[0]))
    said = sum(term.weight for term in every)
    found = sum(term.weight for term in every if term.text in frequency)
    return Ranking(terms, worth, ranked, ordered, entries, found / said)


def _chosen(
    every: Sequence[Term],
    idf: Mapping[str, float],
    frequency: Mapping[str, int],
    total: int,
    weights: Weights,
) -> tuple[Term, ...]:
    """The terms to look up: the most telling ones, without those that stand everywhere."""
    known = [term for term in every if term.text in idf]
    known.sort(key=lambda term: -term.weight * idf[term.text])
    chosen: list[Term] = []
    postings = 0
    for term in known:
        many = frequency[term.text]
        if len(chosen) >= 3 and many > weights.common * total:
            continue
        if chosen and postings + many > MOST_POSTINGS:
            continue
        postings += many
        chosen.append(term)
        if len(chosen) == MOST:
            break
    return tuple(chosen)


def _body(
    terms: Sequence[Term],
    worth: Sequence[float],
    corpus: Corpus,
    average: float,
    weights: Weights,
) -> tuple[dict[int, float], Callable[[int], int]]:
    """BM25F over body, symbol and enclosing symbol; and which terms stand in a block, as bits."""
    found = corpus.postings([term.text for term in terms])
    gains = _Gains(average, weights)
    scores: dict[int, float] = {}
    places: list[dict[int, float]] = []
    for term, value in zip(terms, worth, strict=True):
        posting = found.get(term.text)
        if posting is None:
            places.append({})
            continue
        kinds = zip(posting.counts, posting.names, posting.lengths, strict=True)
        here = dict(zip(posting.units, map(gains.__getitem__, kinds), strict=True))
        places.append(here)
        for unit, gain in here.items():
            scores[unit] = scores.get(unit, 0.0) + value * gain

    def mask(unit: int) -> int:
        return sum(1 << at for at, here in enumerate(places) if unit in here)

    return scores, mask


class _Gains(dict[tuple[int, int, int], float]):
    """What a term is worth in a block by count, names and length: the same again and again."""

    def __init__(self, average: float, weights: Weights) -> None:
        super().__init__()
        self._average = average
        self._weights = weights
        both = weights.symbol + weights.enclosing
        self._added = (0.0, weights.symbol, weights.enclosing, both)

    def __missing__(self, kind: tuple[int, int, int]) -> float:
        count, name, length = kind
        k1, b = self._weights.k1, self._weights.b
        often = count / (1 - b + b * length / self._average) + self._added[name]
        gain = self[kind] = often * (k1 + 1) / (k1 + often)
        return gain


def _of_files(scores: Mapping[int, float]) -> tuple[dict[int, float], dict[int, float]]:
    """The best block's score and the sum of all of them, of every file."""
    best: dict[int, float] = {}
    sums: dict[int, float] = {}
    for unit, score in scores.items():
        file = unit >> SHIFT
        if file in sums:
            sums[file] += score
            best[file] = max(best[file], score)
        else:
            sums[file] = best[file] = score
    return best, sums


def _definitions(
    every: Sequence[Term],
    corpus: Corpus,
    scores: dict[int, float],
    why: dict[int, str],
    weights: Weights,
) -> None:
    """Lift blocks that define a symbol the text names, where few do."""
    most = max(scores.values(), default=1.0)
    names = {folded(term.text): term for term in every if term.whole or term.weight >= 1.0}
    for name, units in corpus.defined(tuple(names)).items():
        if len(units) > RARELY_DEFINED:
            continue
        term = names[name]
        strong = term.kind == "code" or term.whole
        for unit in units:
            lift = weights.defined_code if strong else weights.defined * 0.5
            scores[unit] = scores.get(unit, 0.0) + lift * most
            why[unit] = f"defines {term.text}"


def _path_worth(
    every: Sequence[Term], in_paths: Mapping[str, Sequence[int]], total: int
) -> dict[str, float]:
    weights = {term.text: term.weight for term in every}
    return {
        text: weights[text] * math.log(1 + total / (1 + 8 * len(files)))
        for text, files in in_paths.items()
    }


def _past(every: Sequence[Term], history: History) -> dict[str, float]:
    """How well the messages of each file's commits fit."""
    out: dict[str, float] = {}
    many = max(1, len(history.commits))
    for term in every:
        commits = history.words.get(term.text, ())
        if not commits or len(commits) > many * 0.2:
            continue
        value = term.weight * math.log(1 + many / len(commits))
        once: dict[str, float] = {}
        for at in commits:
            files = history.commits[at].files
            for path in files:
                once[path] = once.get(path, 0.0) + 1 / len(files)
        for path, count in once.items():
            out[path] = out.get(path, 0.0) + value * count / (count + 1)
    return out

"""Which blocks an instruction is about: BM25F over blocks, weighed with what the file says.

Two steps. Words find blocks and files. Then the blocks of the best files are judged by a few
signals, each between 0 and about 1, whose weighted sum is read as a chance: a block of a file that
fits well may be meant without holding one of the words. The weights are those of a regression over
the commits of histories, one where the past is known and one where it is not.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from itertools import compress
from operator import itemgetter

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.regex import regex
from spark_tui.core.retrieve.corpus import SHIFT, Corpus, IndexEntry, folded
from spark_tui.core.retrieve.history import History
from spark_tui.core.retrieve.priors import priors
from spark_tui.core.retrieve.terms import MOST, Term, name_terms, query_terms

_PARTS = regex(r"[./:\\-]+")

ORDINAL = (1 << SHIFT) - 1
"""The bits of a unit that number the block in its file."""

RARELY_DEFINED = 3
"""A symbol that more blocks than this define points nowhere."""

MOST_POSTINGS = 40_000
"""Postings that are read for one instruction; the most telling terms come first."""

LEAST_TOKENS = 4
"""A block with fewer is blank lines or a bracket, and meant only where it is spoken of."""

NEIGHBOURS = 4
"""The best files, whose neighbours count: what they import, and what was changed with them."""

SAID = 200
"""Terms of an instruction that are looked at: more is a pasted log."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal counts. Fitted to histories (`python -m tests.recall`), not to examples.

    `k1` and `b` are BM25's, `symbol` and `enclosing` what a word in a name counts in it. A term in
    more than a share of `common` of all blocks is left out where rarer ones remain. The blocks of
    `files` files are judged, `blocks` of them are kept. `order` has the weights of choosing these
    files; the rest belongs to one signal each (`SIGNALS`).
    """

    k1: float = 1.2
    b: float = 0.75
    symbol: float = 3.0
    enclosing: float = 1.5
    common: float = 0.25
    files: int = 120
    blocks: int = 1_500
    order: tuple[float, float, float, float, float] = (1.0, 0.4, 0.5, 0.4, 0.15)
    intercept: float = -8.28
    fit: float = 2.83
    share: float = 1.1
    own: float = 0.24
    near: float = 0.52
    size: float = 1.91
    loose: float = 0.01
    defined: float = 2.02
    file_sum: float = -0.51
    file_best: float = -0.11
    file_share: float = 0.26
    path: float = 0.08
    stem: float = 0.56
    file_rank: float = 1.45
    block_rank: float = 0.45
    message: float = 0.5
    churn: float = -0.27
    fresh: float = 1.67
    prior: float = 6.55
    many: float = -0.55
    imports: float = 0.6
    together: float = 0.52
    linked: float = 0.75


WEIGHTS = Weights()
"""Fitted where commits were known."""

BARE = Weights(
    intercept=-7.67,
    fit=2.58,
    share=1.48,
    own=0.05,
    near=0.36,
    size=1.65,
    loose=-0.17,
    defined=1.52,
    file_sum=-0.17,
    file_best=-0.24,
    file_share=0.32,
    path=-0.18,
    stem=0.67,
    file_rank=1.92,
    block_rank=0.55,
    prior=6.17,
    many=-0.4,
    imports=0.69,
    linked=0.82,
    message=0.0,
    churn=0.0,
    fresh=0.0,
    together=0.0,
)
"""Fitted without them: the words say the more."""

SIGNALS = (
    "fit", "share", "own", "near", "size", "loose", "defined", "file_sum", "file_best",
    "file_share", "path", "stem", "file_rank", "block_rank", "message", "churn", "fresh", "prior",
    "many", "imports", "together", "linked",
)  # fmt: skip
"""The names of what is judged, in the order of `Scored.signals`."""


OFTEN = 20
"""The files changed most of late are judged whatever the words: "fix a typo" names no place."""

OWN = 1
"""Of a posting's names: the term stands in the block's own symbol."""

WHOLLY = 30
"""Of so many files blocks are judged in which, and beside which, no word was found."""


@dataclass(slots=True)
class Scored:
    """A block and how well it fits; `why` says what speaks for it most."""

    unit: int
    score: float
    why: str = ""
    signals: tuple[float, ...] = ()


@dataclass(slots=True)
class Ranking:
    """Blocks and files of an instruction, best first.

    `known` is the share of the instruction's terms, by weight, that stand anywhere.
    """

    terms: tuple[Term, ...] = ()
    blocks: list[Scored] = field(default_factory=list)
    files: list[tuple[int, float]] = field(default_factory=list)
    entries: Mapping[int, IndexEntry] = field(default_factory=dict)
    known: float = 0.0


Judged = tuple[float, int, str, tuple[float, ...]]
"""How well a block fits as a negative number, its unit, what speaks for it, and its signals."""


def _chance(unlikely: float) -> float:
    return 1 / (1 + math.exp(unlikely))


class _Words:
    """What the words of an instruction find: blocks and, by them, files."""

    def __init__(
        self, terms: Sequence[Term], worth: Sequence[float], corpus: Corpus, weights: Weights
    ) -> None:
        average = corpus.size()[1]
        found = corpus.postings([term.text for term in terms])
        gains = _Gains(average, weights)
        self.score: dict[int, float] = {}
        self.share: dict[int, float] = {}
        self.own: dict[int, float] = {}
        self.file_share: dict[int, float] = {}
        score, share, file_share = self.score, self.share, self.file_share
        for term, value in zip(terms, worth, strict=True):
            posting = found.get(term.text)
            if posting is None:
                continue
            kinds = zip(posting.counts, posting.names, posting.lengths, strict=True)
            for unit, gain in zip(posting.units, map(gains.__getitem__, kinds), strict=True):
                if unit in score:
                    score[unit] += value * gain
                    share[unit] += value
                else:
                    score[unit] = value * gain
                    share[unit] = value
            for unit, name in compress(
                zip(posting.units, posting.names, strict=True), posting.names
            ):
                if name & OWN:
                    self.own[unit] = self.own.get(unit, 0.0) + value
            for file in {unit >> SHIFT for unit in posting.units}:
                file_share[file] = file_share.get(file, 0.0) + value
        self.best: dict[int, float] = {}
        self.sums: dict[int, float] = {}
        best, sums = self.best, self.sums
        for unit, one in score.items():
            file = unit >> SHIFT
            if file in sums:
                sums[file] += one
                best[file] = max(best[file], one)
            else:
                sums[file] = best[file] = one
        self.top = max(score.values(), default=0.0) or 1.0
        self.top_sum = max(sums.values(), default=0.0) or 1.0


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


def rank(
    query: str,
    corpus: Corpus,
    *,
    history: History | None = None,
    weights: Weights | None = None,
    signals: bool = False,
) -> Ranking:
    """Rank the blocks of `corpus` for an instruction. `signals` keeps what was judged."""
    if weights is None:
        weights = WEIGHTS if history is not None and history.commits else BARE
    every = query_terms(query)[:SAID]
    total = corpus.size()[0]
    if not every or not total:
        return Ranking()
    texts = [term.text for term in every]
    frequency = corpus.frequencies(texts)
    idf = {
        text: math.log(1 + (total - many + 0.5) / (many + 0.5)) for text, many in frequency.items()
    }
    terms = _chosen(every, idf, frequency, total, weights)
    worth = tuple(term.weight * idf[term.text] for term in terms)
    words = _Words(terms, worth, corpus, weights)
    paths = _paths(every, corpus.in_paths(texts), total)
    past = _past(every, history) if history is not None else {}
    files, entries = _files(words, paths, past, corpus, history, priors(query), weights)
    judge = _Judge(every, worth, words, paths, past, corpus, history, weights)
    judge.neighbours([entries[file] for file in files[:NEIGHBOURS]], history)
    worths = priors(query)
    judged: list[Judged] = []
    for place, file in enumerate(files):
        judged += judge.file(entries[file], place, worths[entries[file].sort], keep=signals)
    judged.sort(key=itemgetter(0, 1))
    of_files: dict[int, float] = {}
    for value, unit, _, _ in judged:
        of_files.setdefault(unit >> SHIFT, _chance(value))
    ranked = [
        Scored(unit, _chance(value), why, kept)
        for value, unit, why, kept in judged[: weights.blocks]
    ]
    own = [term for term in every if term.kind not in {"related", "joined"}]
    said = sum(term.weight for term in own) or 1.0
    known = sum(term.weight for term in own if term.text in frequency)
    return Ranking(
        terms,
        ranked,
        sorted(of_files.items(), key=lambda item: (-item[1], item[0])),
        {file: entries[file] for file in files},
        known / said,
    )


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


def _paths(
    every: Sequence[Term], in_paths: Mapping[str, Sequence[int]], total: int
) -> dict[int, float]:
    """What the words in its path are worth for each file; 1 is what a few rare words give."""
    weights = {term.text: term.weight for term in every}
    worth = {
        text: weights[text] * math.log(1 + total / (1 + 8 * len(files)))
        for text, files in in_paths.items()
    }
    most = sum(sorted(worth.values())[-6:]) or 1.0
    out: dict[int, float] = {}
    for text, files in in_paths.items():
        value = worth[text] / most
        for file in files:
            out[file] = out.get(file, 0.0) + value
    return out


def _files(
    words: _Words,
    paths: Mapping[int, float],
    past: Mapping[str, float],
    corpus: Corpus,
    history: History | None,
    worths: Mapping[str, float],
    weights: Weights,
) -> tuple[list[int], Mapping[int, IndexEntry]]:
    """The files whose blocks are judged, best first."""
    best, total, path, message, churn = weights.order
    lexical = {
        file: best * words.best[file] / words.top + total * words.sums[file] / words.top_sum
        for file in words.best
    }
    for file, value in paths.items():
        lexical[file] = lexical.get(file, 0.0) + path * value
    changed = history.churn if history is not None else {}
    told = sorted(past, key=past.__getitem__, reverse=True)[:40]
    often = heapq.nlargest(OFTEN, changed, key=changed.__getitem__)
    for file in corpus.numbers([*told, *often]).values():
        lexical.setdefault(file, 0.0)
    nearest = heapq.nlargest(weights.files * 3, lexical, key=lexical.__getitem__)
    entries = corpus.entries(nearest)
    most = max((changed.get(entry.path, 0.0) for entry in entries.values()), default=0.0) or 1.0
    scores = {
        file: worths[entry.sort]
        * (
            lexical[file]
            + message * past.get(entry.path, 0.0)
            + churn * changed.get(entry.path, 0.0) / most
        )
        for file, entry in entries.items()
    }
    files = [file for file in scores if scores[file] > 0]
    files.sort(key=lambda file: (-scores[file], file))
    return files[: weights.files], entries


class _Judge:
    """Weighs the signals of blocks."""

    def __init__(
        self,
        every: Sequence[Term],
        worth: Sequence[float],
        words: _Words,
        paths: Mapping[int, float],
        past: Mapping[str, float],
        corpus: Corpus,
        history: History | None,
        weights: Weights,
    ) -> None:
        self._words = words
        self._paths = paths
        self._past = past
        self._weights = weights
        self._all = sum(worth) or 1.0
        self._sizes = _Sizes()
        self._said = frozenset(term.text for term in every)
        self._defined = _definitions(every, corpus)
        self._churn = history.churn if history is not None else {}
        self._most_churn = max(self._churn.values(), default=0.0) or 1.0
        self._of_file = history.of_file if history is not None else {}
        self._together: dict[str, float] = {}
        self._imported: frozenset[str] = frozenset()
        self._stems: frozenset[str] = frozenset()

    def neighbours(self, top: Sequence[IndexEntry], history: History | None) -> None:
        """Note what goes with the best files: changed in the same commits, imported, imports."""
        imported: set[str] = set()
        for entry in top:
            for name in entry.imports:
                imported.update(_PARTS.split(name)[-2:])
            touched = len(self._of_file.get(entry.path, ()))
            if history is not None and touched >= 3:
                for path, times in history.together(entry.path).items():
                    if times >= 2:
                        share = times / (touched + 2)
                        self._together[path] = max(share, self._together.get(path, 0.0))
        self._imported = frozenset(imported) - {""}
        self._stems = frozenset(_stem(entry.path) for entry in top)

    def file(self, entry: IndexEntry, place: int, prior: float, *, keep: bool) -> list[Judged]:
        """The blocks of a file that is at `place` among the files."""
        words, weights, every = self._words, self._weights, self._all
        file, path = entry.file, entry.path
        name = path.rpartition("/")[2]
        stem = name_terms(name.rpartition(".")[0] or name)
        touched = self._of_file.get(path)
        of_file = (
            words.sums.get(file, 0.0) / words.top_sum,
            words.best.get(file, 0.0) / words.top,
            words.file_share.get(file, 0.0) / every,
            self._paths.get(file, 0.0),
            sum(1 for term in stem if term in self._said) / max(1, len(stem)),
            1 / (1 + place),
        )
        past = (
            self._past.get(path, 0.0),
            self._churn.get(path, 0.0) / self._most_churn,
            1 / (1 + touched[0] / 20) if touched else 0.0,
            math.log(prior) if prior else -9.0,
            math.log(len(entry.blocks) + 1),
        )
        here = _stem(path)
        linked = (
            here in self._stems
            or here in self._imported
            or any(_PARTS.split(one)[-1] in self._stems for one in entry.imports)
        )
        beside = (self._together.get(path, 0.0), 1.0 if linked else 0.0)
        base = (
            weights.intercept
            + weights.file_sum * of_file[0]
            + weights.file_best * of_file[1]
            + weights.file_share * of_file[2]
            + weights.path * of_file[3]
            + weights.stem * of_file[4]
            + weights.file_rank * of_file[5]
            + weights.message * past[0]
            + weights.churn * past[1]
            + weights.fresh * past[2]
            + weights.prior * past[3]
            + weights.many * past[4]
            + weights.together * beside[0]
            + weights.linked * beside[1]
        )
        first = file << SHIFT
        many = len(entry.blocks)
        found, top = words.score, words.top
        scores = [found.get(first + at, 0.0) / top for at in range(many)]
        order = sorted(range(many), key=scores.__getitem__, reverse=True)
        ranks = [0.0] * many
        for at, ordinal in enumerate(order):
            ranks[ordinal] = 1 / (1 + at)
        some = place < WHOLLY
        sizes, owns, shares, known = self._sizes, words.own, words.share, self._defined
        tokens, after = entry.tokens, [*scores[1:], 0.0]
        fit, share_, own_ = weights.fit, weights.share / every, weights.own / every
        near_, rank_ = weights.near, weights.block_rank
        before = 0.0
        out: list[Judged] = []
        for at, block in enumerate(entry.blocks):
            unit, score = first + at, scores[at]
            near = max(before, after[at])
            before = score
            defined = known.get(unit, 0.0) if known else 0.0
            if not score and (tokens[at] < LEAST_TOKENS or not (some or near or defined)):
                continue
            own = owns.get(unit, 0.0)
            share = shares.get(unit, 0.0)
            kind = block.kind
            value = (
                base
                + fit * score
                + share_ * share
                + own_ * own
                + near_ * near
                + weights.size * sizes[tokens[at]]
                + weights.defined * defined
                + rank_ * ranks[at]
            )
            if kind == "lines":
                value += weights.loose
            elif kind == "imports":
                value += weights.imports
            why = "symbol" if defined or own else "words" if share else "near"
            signals: tuple[float, ...] = ()
            if keep:
                loose, imports = float(kind == "lines"), float(kind == "imports")
                size = sizes[tokens[at]]
                head = (score, share / every, own / every, near, size, loose, defined)
                signals = (*head, *of_file, ranks[at], *past, imports, *beside)
            out.append((-value, unit, why, signals))
        return out


class _Sizes(dict[int, float]):
    """How much the size of a block in tokens says."""

    def __missing__(self, tokens: int) -> float:
        size = self[tokens] = math.log(tokens + 1) / 5
        return size


def _stem(path: str) -> str:
    """What a file is imported as: its name without endings, or its folder's."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] if stem in {"__init__", "index", "mod"} and folder else stem


def _definitions(every: Sequence[Term], corpus: Corpus) -> dict[int, float]:
    """Blocks that define a symbol the text names, where few do: 1 for one written as code."""
    names = {folded(term.text): term for term in every if term.whole or term.weight >= 1.0}
    out: dict[int, float] = {}
    for name, units in corpus.defined(tuple(names)).items():
        if len(units) > RARELY_DEFINED:
            continue
        term = names[name]
        value = (1.0 if term.kind == "code" or term.whole else 0.4) / len(units)
        for unit in units:
            out[unit] = max(value, out.get(unit, 0.0))
    return out


def _past(every: Sequence[Term], history: History) -> dict[str, float]:
    """How well the messages of each file's commits fit; 1 is the best of them."""
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
    most = max(out.values(), default=0.0) or 1.0
    return {path: value / most for path, value in out.items()}

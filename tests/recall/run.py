"""Walks histories: every retriever sees the tree of each case's parent, and is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.recall.baselines import Retriever
from tests.recall.history import Case, Repository
from tests.recall.judge import Answer, judge, slices


@dataclass(frozen=True)
class Result:
    """One answer, judged."""

    case: Case
    system: str
    budget: int
    measures: dict[str, float]
    slices: list[str]
    answer: Answer
    seconds: float


def walk(
    repository: Repository,
    cases: Sequence[Case],
    retrievers: Sequence[Retriever],
    budgets: Sequence[int],
) -> Iterator[Result]:
    """Ask every retriever at every case, in the tree of the case's parent and nothing later."""
    there: dict[str, str] = {}
    for case in cases:
        tree = repository.tree(case.parent)
        for path in there.keys() - tree.keys():
            for retriever in retrievers:
                retriever.remove(path)
        for path, blob in sorted(tree.items() - there.items()):
            text = repository.text(blob)
            for retriever in retrievers:
                if text is None:
                    retriever.remove(path)
                else:
                    retriever.put(path, blob, text)
        there = tree
        past = repository.past(case.parent)
        kinds = slices(case, {path: repository.text(tree[path]) or "" for path in case.gold})
        for retriever in retrievers:
            retriever.past(past)
            for budget in budgets:
                before = perf_counter()
                answer = retriever.find(case.query, budget)
                spent = perf_counter() - before
                found = judge(case, answer, budget)
                yield Result(case, retriever.name, budget, found, kinds, answer, spent)


def git_directory(place: str) -> Path:
    """The directory git reads: the place itself, or `.git` in it."""
    path = Path(place)
    return path / ".git" if (path / ".git").is_dir() else path

"""The judge judged: what a perfect, an empty and a plain retriever score on a small history."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from spark_tui.core.retrieve.history import History
from tests.recall.baselines import Retriever, Windows
from tests.recall.history import Case, Repository, instruction, source
from tests.recall.judge import Answer, Span, judge, slices
from tests.recall.product import Product
from tests.recall.report import misses, tables
from tests.recall.repositories import HELD, TUNE, in_half, name_of
from tests.recall.run import walk
from tests.recall.significance import clustered, mcnemar

LONG = "The pump keeps running when the tank is full, which empties the well. " * 6


def body(word: str, many: int = 30) -> str:
    return "".join(f"def {word}_{n}():\n    return {n}\n\n" for n in range(many))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("history")
    clean = {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
        "PATH": os.environ["PATH"], "GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000",
    }  # fmt: skip

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=root, check=True, env=clean, capture_output=True)

    def commit(message: str, files: dict[str, str]) -> None:
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        git("add", "-A")
        git("commit", "-qm", message)

    git("init", "-q", "-b", "main")
    pump, tank = body("pump"), body("tank")
    commit("Start", {"src/pump.py": pump, "src/tank.py": tank, "README.md": "# Pumps\n"})
    pump = pump.replace("return 7\n", "return 70\n")
    commit("Let pump_7 run tenfold", {"src/pump.py": pump, "README.md": "# More\n"})
    tank = tank.replace("def tank_3():\n", "def tank_3():\n    check()\n")
    commit(f"Check tank_3 before filling (#12)\n\n{LONG}", {"src/tank.py": tank})
    commit("Add a valve in the future", {"src/valve.py": body("valve")})
    commit("Bump version to 2.0", {"src/pump.py": pump + "VERSION = 2\n"})
    commit('Revert "Let pump_7 run tenfold"', {"src/pump.py": pump})
    git("mv", "src/tank.py", "src/vessel.py")
    commit("Call the tank a vessel", {"src/vessel.py": tank.replace("return 9\n", "return 90\n")})
    commit("Test the pump harder now", {"tests/test_pump.py": "def test():\n    pass\n"})
    commit("Fix typo", {"src/pump.py": pump.replace("return 2\n", "return 22\n")})
    return root / ".git"


class Perfect:
    """Knows the answers, and what it was told of the tree."""

    name = "perfect"

    def __init__(self, cases: list[Case]) -> None:
        self._answers = {case.query: case.gold for case in cases}
        self.tree: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.told: list[list[str]] = []

    def put(self, path: str, blob: str, text: str) -> None:
        self.tree[path] = blob

    def remove(self, path: str) -> None:
        self.tree.pop(path, None)

    def past(self, history: History) -> None:
        self.told.append([commit.subject for commit in history.commits])

    def find(self, query: str, budget: int) -> Answer:
        self.asked.append(dict(self.tree))
        gold = self._answers[query]
        return Answer([Span(path, line, line) for path in gold for line in sorted(gold[path])], 10)


class Empty(Perfect):
    name = "empty"

    def find(self, query: str, budget: int) -> Answer:
        return Answer([], 0)


def test_cases_are_instructions_with_the_lines_they_change(place: Path) -> None:
    with Repository(place, "pumps") as repository:
        cases = repository.cases(["subject", "body"], 10, 1)
        assert repository.cases(["subject", "body"], 10, 1) == cases, "drawn by the seed"
    assert [(case.kind, case.query.splitlines()[0]) for case in cases] == [
        ("subject", "Let pump_7 run tenfold"),
        ("body", "Check tank_3 before filling"),
        ("subject", "Check tank_3 before filling"),
        ("subject", "Call the tank a vessel"),
    ]
    assert [case.gold for case in cases] == [
        {"src/pump.py": {23}},
        {"src/tank.py": {10, 11}},  # an insertion is at the two lines round it
        {"src/tank.py": {10, 11}},
        {"src/tank.py": {30}},  # by its name before
    ]


def test_a_retriever_sees_the_parents_tree_and_nothing_later(place: Path) -> None:
    with Repository(place, "pumps") as repository:
        cases = repository.cases(["subject", "body"], 10, 1)
        perfect = Perfect(cases)
        list(walk(repository, cases, [perfect], [1000]))
        assert perfect.asked == [repository.tree(case.parent) for case in cases]
        for case, told in zip(cases, perfect.told, strict=True):
            assert told[-1] == "Start"
            assert not any(case.query.startswith(subject) for subject in told)
        for case, seen in zip(cases, perfect.asked, strict=True):
            changed = {path for path, blob in repository.tree(case.commit).items()
                       if seen.get(path) != blob}  # fmt: skip
            assert changed, "the commit's own text is in the corpus"
            assert seen.keys() >= case.gold.keys()


def test_perfect_scores_all_empty_nothing_and_the_same_again(place: Path) -> None:
    with Repository(place, "pumps") as repository:
        cases = repository.cases(["subject"], 10, 1)
        systems: list[Retriever] = [
            Perfect(cases),
            Empty(cases),
            Windows(40),
            Windows(None),
            Product(),
        ]
        results = list(walk(repository, cases, systems, [200, 1000]))
    shares = {one.system: one.measures for one in results if one.budget == 1000}
    full = ["all_files", "any_file", "lines", "all_lines", "look", "at1", "mrr", "precision"]
    assert [shares["perfect"][name] for name in full] == [1.0] * len(full)
    assert not any(shares["empty"].values())
    for one in results:
        assert one.measures["over"] == 0, f"{one.system} spent {one.answer.tokens}"
        if one.system not in ("empty", "plain windows") and one.budget == 1000:
            assert one.measures["any_file"] == 1.0
    told = list(tables(results, 1000, 1)), list(misses(results, "empty", 1000, 9))
    assert any("McNemar" in line for line in told[0])
    assert any(line == "  missed 0/1 src/pump.py:23-23" for line in told[1])


def test_judging_by_hand() -> None:
    gold = {"a.py": frozenset({5, 6, 40}), "b.py": frozenset({1})}
    case = Case("r", "c", "p", "subject", "Let `take_it` go on", gold)
    got = judge(case, Answer([Span("x.py", 1, 6), Span("a.py", 5, 8)], 900, ["b.py"]), 800)
    assert got["all_files"] == 0
    assert got["any_file"] == 1
    assert got["lines"] == 0.5
    assert got["look"] == 1.0
    assert got["look_shown"] == 0.75
    assert (got["at1"], got["at5"], got["mrr"]) == (0, 1, 0.5)
    assert got["precision"] == 0.2
    assert got["over"] == 1
    assert slices(case, {"a.py": "def take_it(): ..."}) == [
        "names a symbol", "many files", "≤ 6 words", "python",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        ("Handle empty bodies in retry (fixes #12)", "Handle empty bodies in retry"),
        ("Bump werkzeug to 3.0", None),
        ("Merge branch 'main' into next", None),
        ("Fix typo", None),
        ("See https://example.org/x for the retry rule", "See for the retry rule"),
    ],
)
def test_instructions(subject: str, left: str | None) -> None:
    assert instruction(subject, "") == (left, None)
    told = instruction(subject, f"{LONG}\n\nSigned-off-by: A <a@b>")[1]
    assert (told is None) == (left is None)
    assert told is None or "Signed-off" not in told


def test_sources() -> None:
    assert [path for path in (
        "src/a.py", "tests/a.py", "a_test.go", "docs/conf.py", "README.md", "go.sum", "x/a.spec.ts",
        "vendor/a.go", "lib/a.min.js", "src/FooTest.java", "src/Foo.java", "package-lock.json",
    ) if source(path)] == ["src/a.py", "src/Foo.java"]  # fmt: skip


def test_significance() -> None:
    assert mcnemar([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]) == (5, 0, 0.0625)
    assert mcnemar([1, 0], [1, 0]) == (0, 0, 1.0)
    same = clustered([("a", 0.5), ("a", 0.5), ("b", 0.5)], 1)
    assert same == (0.5, 0.5, 0.5)
    mean, low, high = clustered([("a", 1.0), ("b", 0.0), ("c", 0.5)], 1)
    assert low < mean == 0.5 < high


def test_halves_are_fixed_by_name() -> None:
    assert not set(TUNE) & set(HELD)
    assert name_of("clones/google+gson/repo") == name_of("/x/gson.git") == "gson"
    assert in_half("click", "tune")
    assert in_half("gson", "held")
    assert in_half("never-heard-of", "held")

"""The tasks themselves: wrong as they are given, right with a right answer, and never told."""

from __future__ import annotations

from pathlib import Path

import pytest

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.errors import UsageError
from spark_tui.prove.judge import verdict
from spark_tui.prove.tasks import Task, chosen, load
from spark_tui.services.processes import run_untrusted
from tests.prove.solutions import SOLUTIONS

TASKS = load()


def laid_out(task: Task, folder: Path, answer: str = "") -> Path:
    """The task's tree, after an answer."""
    root = folder / "tree"
    tree = {path: text.encode() for path, text in task.files.items()}
    found = propose(
        answer, lambda path: image_of(path, tree[path]) if path in tree else absent(path)
    )
    assert (found.refused, found.problems) == ((), ())
    for change in found.changes:
        tree[change.path] = change.after.data
    for path, data in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def test_there_are_thirty_in_many_languages_and_of_every_kind() -> None:
    assert len(TASKS) == len({task.id for task in TASKS}) == 30
    assert {task.kind for task in TASKS} == {
        "rename", "bug", "feature", "refactor", "docs", "config",
    }  # fmt: skip
    assert len({task.language for task in TASKS}) >= 10
    assert set(SOLUTIONS) == {task.id for task in TASKS}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_a_right_answer_is_right_and_nothing_done_is_wrong(task: Task, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    assert verdict(task, laid_out(task, before)) != ""
    assert verdict(task, laid_out(task, after, SOLUTIONS[task.id])) == ""


def test_a_right_edit_beside_a_stray_one_is_wrong(tmp_path: Path) -> None:
    task = next(one for one in TASKS if one.id == "feature-flag")
    root = laid_out(task, tmp_path, SOLUTIONS[task.id])
    (root / "notes.txt").write_text("stray")
    assert verdict(task, root) == "notes.txt is a file nobody asked for"
    (root / "notes.txt").unlink()
    (root / "text.py").write_text("def shout(words):\n    return words.upper() or ''\n")
    assert verdict(task, root) == "text.py was changed, which nobody asked for"


def test_what_a_model_wrote_runs_bounded_and_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    monkeypatch.setattr("spark_tui.prove.judge.SECONDS", 1.0)
    import sys

    code = "import os; print(sorted(os.environ))"
    done = run_untrusted([sys.executable, "-I", "-c", code], cwd=tmp_path, timeout=10, cap=4096)
    assert b"KEY" not in done.out
    assert b"proxy" not in done.out
    task = next(one for one in TASKS if one.id == "docs-docstring")
    root = laid_out(task, tmp_path)
    (root / "retry.py").write_text("while True:\n    pass\n")
    assert "did not finish in time" in verdict(task, root)


def test_tasks_are_chosen_by_id_kind_or_language() -> None:
    assert [one.id for one in chosen(TASKS, ["bug-median"])] == ["bug-median"]
    assert {one.language for one in chosen(TASKS, ["go"])} == {"go"}
    assert len(chosen(TASKS, ["rename", "sql"])) == 5
    with pytest.raises(UsageError, match="no task is called 'bug-medain'"):
        chosen(TASKS, ["bug-medain"])

"""`spark-tui undo` of single hunks, as a shell sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui.cli import main

TEXT = "".join(f"line {number}\n" for number in range(1, 41))
PATCH = """*** Begin Patch
*** Update File: a.txt
@@
-line 5
+five
@@
-line 35
+thirty-five
*** End Patch
"""


@pytest.fixture
def root(repository: Callable[[dict[str, str]], Path], capsys: pytest.CaptureFixture[str]) -> Path:
    made = repository({"a.txt": TEXT})
    (made.parent / "answer").write_text(PATCH)
    assert main(["apply", "--from", "../answer"]) == 0
    capsys.readouterr()
    return made


def test_a_dry_run_shows_the_numbered_hunks(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["undo", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("#1 would be undone in a.txt\n\nhunk 1   a.txt:5  +1 -1\n")
    assert "    35 - line 35\n    35 + thirty-five\n" in said
    assert main(["undo", "1", "--hunk", "2", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("hunk 2 of #1 would be undone in a.txt\n\nhunk 2 ")
    assert "five\n" not in said.replace("thirty-five", "")
    assert (root / "a.txt").read_text().count("five") == 2


def test_one_hunk_is_taken_back_and_had_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["undo", "1", "--hunk", "2"]) == 0
    assert capsys.readouterr().out.startswith("hunk 2 of #1 undone in ")
    assert (root / "a.txt").read_text() == TEXT.replace("line 5\n", "five\n")
    assert main(["log", "--json"]) == 0
    newest, oldest = map(json.loads, capsys.readouterr().out.splitlines())
    assert (newest["undoes"], newest["hunks"]) == (1, [2])
    assert oldest["taken"] == [2]
    assert main(["log"]) == 0
    said = capsys.readouterr().out
    assert "undoes hunk 2 of #1" in said
    assert "(hunk 2 undone)" in said
    assert main(["redo"]) == 0
    assert "thirty-five" in (root / "a.txt").read_text()


def test_undo_and_redo_are_called_so_everywhere(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*args: str, status: int = 0) -> str:
        capsys.readouterr()
        assert main(list(args)) == status
        shown = capsys.readouterr()
        return shown.err if status else shown.out

    assert said("undo").startswith("#1 undone in ")
    assert said("undo", "1", status=1) == (
        "spark-tui: #1 is already undone by #2 · spark-tui redo 1\n"
    )
    assert said("redo", "1").startswith("#1 redone in ")
    assert "thirty-five" in (root / "a.txt").read_text()
    redone, undone, first = said("log").splitlines()
    assert redone.endswith("  redoes #1")
    assert undone.endswith("  undoes #1 (redone by #3)")
    assert first.endswith("  spark-tui apply")
    assert said("redo", "1", status=1).startswith("spark-tui: #1 is not undone")
    assert said("undo", "2", status=1).startswith("spark-tui: #2 is already redone by #3")
    assert said("undo", "1", "--hunk", "2").startswith("hunk 2 of #1 undone in ")
    assert said("redo").startswith("hunk 2 of #1 redone in ")
    assert said("log", "-n", "1").endswith("  redoes hunk 2 of #1\n")


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (["--hunk", "1"], 2, "--hunk needs the entry it is of · spark-tui log lists them"),
        (["1", "--hunk", "3"], 1, "#1 has 2 hunks, no hunk 3 · spark-tui undo 1 --dry-run"),
    ],
)
def test_a_hunk_that_is_not_there_is_told(
    root: Path, capsys: pytest.CaptureFixture[str], args: list[str], status: int, told: str
) -> None:
    assert main(["undo", *args]) == status
    assert told in capsys.readouterr().err
    assert "five" in (root / "a.txt").read_text()


def test_what_is_in_the_way_is_told_and_shown(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (root / "a.txt").read_text()
    (root / "a.txt").write_text(text.replace("five\n", "mine\n", 1))
    assert main(["undo"]) == 1
    said = capsys.readouterr()
    assert said.err == (
        "spark-tui: #1 not undone: you changed line 5 since"
        " · spark-tui undo 1 --dry-run shows both\n"
    )
    assert main(["undo", "1", "--dry-run"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("#1 not undone: you changed line 5 since\n\nhunk 1   a.txt:5")
    assert "     5 yours  mine\n" in said.out
    assert main(["undo", "1", "--hunk", "2"]) == 0
    assert (root / "a.txt").read_text() == TEXT.replace("line 5\n", "mine\n")


def test_undo_works_with_a_config_that_does_not(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config" / "spark-tui").mkdir(parents=True)
    (tmp_path / "config" / "spark-tui" / "config.toml").write_text("nonsense = ")
    assert main(["undo"]) == 0
    assert (root / "a.txt").read_text() == TEXT


def test_every_later_entry_is_taken_back_at_once_and_had_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = root / "a.txt"
    now = file.read_bytes()
    assert main(["undo", "--to", "0", "--dry-run"]) == 0
    assert "would be undone in a.txt" in capsys.readouterr().out
    assert file.read_bytes() == now
    assert main(["undo", "--to", "0"]) == 0
    assert file.read_bytes() != now
    assert main(["redo"]) == 0
    assert file.read_bytes() == now
    assert main(["undo", "--to", "99"]) == 1
    assert main(["undo", "1", "--to", "0"]) == 2
    assert main(["undo", "--through"]) == 2

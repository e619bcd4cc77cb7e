"""The kept sessions of a worktree from the shell: listed, exported, applied elsewhere."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui.cli import main
from spark_tui.core.context import ContextItem
from spark_tui.core.edits.model import Change, FileOp, Hunk, HunkId, HunkState, RawHunk, TaggedLine
from spark_tui.core.edits.text import image_of
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import EndpointLabel
from spark_tui.core.journal import EntryNote
from spark_tui.core.latency.meter import Reading
from spark_tui.core.saved_session import ACTS, kept_acts, kept_turn, turn_key
from spark_tui.core.session import Session, Turn
from spark_tui.services import places
from spark_tui.services.sessions import Sessions
from spark_tui.services.worktree.git_worktree import open_worktree

Make = Callable[[dict[str, str]], Path]
TEXT = "call it `plus`\ndiff --git is no patch here"
BEFORE = "def add(a, b):\n    return a + b\n"
AFTER = BEFORE.replace("add", "plus")


def hunk(number: int, state: HunkState) -> Hunk:
    raw = RawHunk((TaggedLine("-", "def add(a, b):"), TaggedLine("+", "def plus(a, b): # ````")))
    spans = ("def add(a, b):\n",), ("def plus(a, b): # ````\n",)
    ident = HunkId(1, number, "1")
    return Hunk(ident, f"f{number}.py", FileOp.UPDATE, state, raw, (0, 1), *spans)


@pytest.fixture
def kept(repository: Make) -> Path:
    """A worktree with one session: one hunk applied as an entry, one left open."""
    root = repository({"f1.py": BEFORE, "f2.py": BEFORE})
    worktree = open_worktree(root, places.state_dir())
    before = worktree.read("f1.py")
    after = image_of("f1.py", AFTER.encode())
    entry = worktree.flush([Change(before, after)], EntryNote(TEXT, "sim", 1))
    worktree.close()
    applied, opened = hunk(1, HunkState.APPLIED), hunk(2, HunkState.OPEN)
    turn = Turn(
        1,
        TEXT,
        (ContextItem("f1.py", (1, 2), 9),),
        9,
        EndpointLabel("simulated", "", "built in", simulated=True),
        0,
        (applied, opened),
        Reading(ttft_ns=87_000_000, output=31),
        Ending.COMPLETE,
        entries=((applied.id, entry.id),),
    )
    values = {turn_key(1): kept_turn(turn), ACTS: kept_acts(Session())}
    Sessions(places.state_dir(), root).writer("one").keep(values)
    return root


@pytest.mark.usefixtures("kept")
def test_sessions_are_listed_with_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions"]) == 0
    printed = capsys.readouterr().out
    assert "1 turn, 1 left open  call it `plus` diff" in printed
    assert "spark-tui resume N" in printed


def test_nothing_kept_says_so(repository: Make, capsys: pytest.CaptureFixture[str]) -> None:
    repository({"a.py": ""})
    assert main(["sessions"]) == 0
    assert "no session is kept here yet" in capsys.readouterr().out
    assert main(["export"]) == 2
    assert "no session is kept here yet · spark-tui starts one" in capsys.readouterr().err


@pytest.mark.usefixtures("kept")
def test_a_session_as_markdown(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["export"]) == 0
    printed = capfd.readouterr().out
    assert "## 1. call it \\`plus\\`\n" in printed
    assert "`@f1.py:1-2` · simulated endpoint · ttft 87 ms · about 31 tokens · complete" in printed
    assert "### `f1.py:1` · applied · #1\n" in printed
    assert "### `f2.py:1` · left open\n" in printed
    assert "`````diff\n-def add(a, b):\n+def plus(a, b): # ````\n`````\n" in printed


def test_patches_apply_where_the_session_did_not_happen(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "1", "--patches", str(tmp_path / "series")]) == 0
    (patch,) = (tmp_path / "series").iterdir()
    assert patch.name == "0001-call-it-plus.patch"
    assert str(patch) in capsys.readouterr().out
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(kept), str(other)], check=True)
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", "am", "-q", str(patch)],
        cwd=other,
        check=True,
    )
    assert (other / "f1.py").read_text() == AFTER
    log = subprocess.run(
        ["git", "log", "-1", "--format=%B%an"],
        cwd=other,
        capture_output=True,
        text=True,
        check=True,
    )
    assert log.stdout.startswith("call it `plus`\n")
    assert "diff --git is no patch here" in log.stdout


def test_no_file_is_written_over(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--patches", str(tmp_path)]) == 0
    assert main(["export", "--patches", str(tmp_path)]) == 2
    assert "exists · name a new folder" in capsys.readouterr().err


@pytest.mark.usefixtures("kept")
def test_what_was_taken_back_is_in_no_series(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["undo"]) == 0
    assert main(["export", "--patches", str(tmp_path / "series")]) == 1
    assert "nothing of this session stands on disk" in capsys.readouterr().err


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("wanted", ["2", "0", "../one"])
def test_an_unknown_session_is_one_line(wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", wanted]) == 2
    assert "spark-tui sessions lists them" in capsys.readouterr().err

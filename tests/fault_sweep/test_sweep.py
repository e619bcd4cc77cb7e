"""A sample of the sweep, in this process: the whole of it is `python -m tests.fault_sweep`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui import cli
from tests.fault_sweep.conditions import CONDITIONS, commit, prepared
from tests.fault_sweep.invocations import INVOCATIONS, PATCH, SOURCE

BACK = (
    PATCH.replace(b"def add", b"def new").replace(b"def plus", b"def add").replace(b"new", b"plus")
)


def broken_stream(kind: str) -> io.TextIOWrapper:
    """A stdout that takes nothing: a full disk, a closed one, one whose reader has gone."""
    if kind == "gone":
        reading, writing = os.pipe()
        os.close(reading)
        return open(writing, "w")
    return open("/dev/full", "w") if kind == "full" else open(os.open(os.devnull, os.O_RDONLY), "w")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return commit(tmp_path_factory.mktemp("sweep") / "code", {"calc.py": SOURCE})


@pytest.fixture
def call(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in the tree: its status, stdout and stderr."""
    monkeypatch.chdir(tree)
    for name in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))

    def run(
        line: str, feed: bytes = b"", encoding: str = "utf-8", broken: str = ""
    ) -> tuple[int, str, str]:
        raw = io.BytesIO()
        written = broken_stream(broken) if broken else io.TextIOWrapper(raw, encoding)
        said = io.TextIOWrapper(io.BytesIO(), encoding)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(feed)))
        monkeypatch.setattr(sys, "stdout", written)
        monkeypatch.setattr(sys, "stderr", said)
        status = cli.main(line.split())
        said.flush()
        out = "" if broken else raw.getvalue().decode(encoding)
        if broken:
            written.close()
        return status, out, said.buffer.getvalue().decode(encoding)

    return run


def test_every_command_is_swept() -> None:
    swept = {call.args[0] for call in INVOCATIONS if call.args}
    assert set(cli._COMMANDS) <= swept


def test_the_sweep_runs_a_command_under_each_kind_of_condition(tmp_path: Path) -> None:
    assert len({one.name for one in CONDITIONS}) == len(CONDITIONS)
    wanted = next(one for one in CONDITIONS if one.folder == "a\nb")
    with prepared(wanted, tmp_path / "x") as made:
        assert made.cwd.name == "a\nb"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "shift_jis"])
def test_no_letter_that_an_encoding_lacks_ends_a_command(
    encoding: str, call: Callable[..., tuple[int, str, str]], tree: Path
) -> None:
    status, out, _ = call("apply", PATCH, encoding)
    assert (status, out[:9]) == (0, "+ calc.py")
    assert b"plus" in (tree / "calc.py").read_bytes()
    for line in ("log", "undo --dry-run", "--help", "where", "keys --list", "undo"):
        assert call(line, b"", encoding)[0] == 0, line
    assert (tree / "calc.py").read_bytes() == SOURCE


def test_a_name_that_an_encoding_lacks_is_spelt_out(
    call: Callable[..., tuple[int, str, str]],
) -> None:
    assert call("no-such-漢", b"", "ascii") == (
        2,
        "",
        "spark-tui: no-such-<U+6F22> is neither a command nor a path - spark-tui --help\n",
    )


@pytest.mark.parametrize("broken", ["full", "closed", "gone"])
def test_output_that_fails_ends_no_deed(
    broken: str, call: Callable[..., tuple[int, str, str]], tree: Path
) -> None:
    for line, feed in (("apply", PATCH), ("undo", b""), ("redo", b""), ("apply --json", BACK)):
        status, _, said = call(line, feed, broken=broken)
        assert status == 0, line
        assert ("done, but the output can't be written" in said) is (broken != "gone")
    assert (tree / "calc.py").read_bytes() == SOURCE
    for line, feed in (("log", b""), ("log --json", b""), ("where", b""), ("--help", b"")):
        status, _, said = call(line, feed, broken=broken)
        assert status == (141 if broken == "gone" else 1), line
        assert said.startswith("spark-tui: the output can't be written: ") or not said
    assert call("apply --patch -", PATCH, broken=broken)[0] in (1, 141)


def test_arguments_and_names_reach_no_terminal_as_they_are(
    call: Callable[..., tuple[int, str, str]],
) -> None:
    for line in (
        "\x1b]0;x\x07",
        "--\x1b[2J",
        "undo \x9b31m",
        "where \u202ex",
        "trust --\x1bc",
        "x" * 5_000,
    ):
        status, out, said = call(line)
        assert (status, out) == (2, "")
        assert said.count("\n") == 1
        assert said.rstrip("\n").isprintable()


def test_a_folder_that_is_gone_is_named(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for line in ("log", "undo", "apply --check", "sessions", "find -m add", "review", "green"):
        status, _, said = call(line, PATCH)
        assert (status, "the folder this runs in is gone" in said) == (1, True), (line, said)
    assert call("where")[0] == 0


def test_a_fault_of_our_own_is_told_in_words(
    call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def breaks(_: object) -> int:
        raise ZeroDivisionError("the key is 12345")

    monkeypatch.setitem(cli._COMMANDS, "where", breaks)
    status, _, said = call("where")
    assert status == 70
    assert "this program broke (ZeroDivisionError)" in said
    assert "12345" not in said
    (note,) = (tmp_path / "STATE" / "spark-tui" / "crashes").iterdir()
    assert str(note) in said
    assert "12345" not in note.read_text()

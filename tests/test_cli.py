import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spark_tui import __version__
from spark_tui.cli import HELP, main


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"spark-tui {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    from spark_tui.cli import _COMMANDS

    assert main(["--help"]) == 0
    assert capsys.readouterr().out == HELP
    for name in _COMMANDS:
        assert f"\n  {name} " in HELP


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--wrong"], "unknown flag --wrong"),
        (["--endpoint"], "--endpoint needs a value"),
        (["no-such-thing"], "no-such-thing is neither a command nor a path"),
        (["undo", "x"], "argument id: 'x' is no entry, nor green:N"),
        (["where", "x"], "where takes no arguments"),
        (["demo", "x"], "demo takes no path"),
        (["apply", "--format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_a_wrong_argument_is_one_line_and_status_2(
    args: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err
    assert printed.err.count("\n") == 1


def test_a_session_without_a_terminal_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert (
        "the session needs a terminal · in a pipe: spark-tui apply, or --plain"
        in capsys.readouterr().err
    )


def test_a_reader_that_has_gone_ends_a_command_quietly() -> None:
    command = [sys.executable, "-m", "spark_tui", "--help"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert done.stderr == b""
    assert done.returncode == 128 + signal.SIGPIPE


def test_nothing_is_imported_from_the_folder_it_is_started_in(tmp_path: Path) -> None:
    for name in ("signal", "argparse", "pathlib", "json", "unicodedata"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)\n")
    command = [sys.executable, "-m", "spark_tui", "where"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr

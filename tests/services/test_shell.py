from __future__ import annotations

from pathlib import Path

import pytest

from spark_tui.core.errors import WorktreeError
from spark_tui.services import processes, shell


def test_status_and_both_outputs_come_back(tmp_path: Path) -> None:
    assert shell.run_line(tmp_path, "echo out; echo err >&2; pwd; exit 3") == (
        3,
        f"out\n{tmp_path}\nerr\n",
    )


def test_no_key_reaches_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-hidden-1")
    monkeypatch.setenv("MY_SECRET", "sk-hidden-2")
    monkeypatch.setenv("SHELL", "/bin/sh")
    _, printed = shell.run_line(tmp_path, "env", ["MY_SECRET"])
    assert "PATH=" in printed
    assert "sk-hidden" not in printed


def test_it_gets_no_input(tmp_path: Path) -> None:
    assert shell.run_line(tmp_path, "cat; echo done") == (0, "done\n")


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "SECONDS", 0.1)
    with pytest.raises(processes.TooSlowError):
        shell.run_line(tmp_path, "sleep 30")


def test_a_shell_that_is_not_there_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/nowhere/fish")
    assert shell.run_line(tmp_path, "echo hi") == (0, "hi\n")
    assert issubclass(processes.TooMuchOutputError, WorktreeError)

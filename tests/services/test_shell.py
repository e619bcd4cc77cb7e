from __future__ import annotations

import os
import signal
import threading
from collections.abc import Collection
from pathlib import Path

import pytest

from spark_tui.services import shell
from spark_tui.services.processes import user


def run(root: Path, line: str, names: Collection[str] = ()) -> tuple[int, str]:
    """Exit status and all that was printed."""
    printed: list[str] = []
    status = shell.run_line(root, line, printed.append, threading.Event(), names)
    return status, "".join(printed)


def test_status_and_both_outputs_come_back_in_order(tmp_path: Path) -> None:
    assert run(tmp_path, "echo out; echo err >&2; pwd; exit 3") == (3, f"out\nerr\n{tmp_path}\n")


def test_no_key_reaches_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-hidden-1")
    monkeypatch.setenv("MY_SECRET", "sk-hidden-2")
    monkeypatch.setenv("SHELL", "/bin/sh")
    _, printed = run(tmp_path, "env", ["MY_SECRET"])
    assert "PATH=" in printed
    assert "sk-hidden" not in printed


def test_it_gets_no_input(tmp_path: Path) -> None:
    assert run(tmp_path, "cat; echo done") == (0, "done\n")


def test_what_it_prints_is_told_as_it_comes_and_stopping_interrupts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user, "GOES_S", 60)
    stop = threading.Event()
    printed: list[str] = []

    def told(text: str) -> None:
        printed.append(text)
        if "begun" in text:
            stop.set()

    line = "trap 'echo interrupted; exit 7' INT; echo begun; while :; do sleep 0.01; done"
    assert shell.run_line(tmp_path, line, told, stop) == 7
    assert "".join(printed) == "begun\ninterrupted\n"


def test_what_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user, "GOES_S", 0.05)
    stop = threading.Event()
    line = "trap '' INT; echo begun; exec >/dev/null 2>&1; while :; do sleep 0.01; done"
    assert shell.run_line(tmp_path, line, lambda _: stop.set(), stop) == -9


def test_what_is_left_running_holds_nothing_up(tmp_path: Path) -> None:
    status, printed = run(tmp_path, "sleep 60 & echo $!")
    assert status == 0
    os.kill(int(printed), signal.SIGKILL)


def test_a_shell_that_is_not_there_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/nowhere/fish")
    assert run(tmp_path, "echo hi") == (0, "hi\n")

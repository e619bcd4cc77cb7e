from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from spark_tui.core.errors import WorktreeError
from spark_tui.services import processes
from spark_tui.services.processes import (
    TooMuchOutputError,
    TooSlowError,
    attach_user,
    git_environment,
    run_git,
    run_user,
    spawn_self,
    user_environment,
)

PRINT_ENVIRONMENT = "import os; print('\\n'.join(sorted(os.environ)))"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition: object, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if callable(condition) and condition():
            return True
        time.sleep(0.01)
    return False


def test_the_environment_of_git_is_built_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("LD_PRELOAD", "/evil.so")
    monkeypatch.setenv("PATH", "relative:/usr/bin:.:/bin")
    environment = git_environment()
    assert environment["PATH"] == "/usr/bin:/bin"
    assert environment["GIT_CONFIG_GLOBAL"] == "/dev/null"
    inherited = set(environment) & {"OPENAI_API_KEY", "GIT_DIR", "LD_PRELOAD"}
    assert not inherited


def test_git_runs_and_its_status_is_handed_on(tmp_path: Path) -> None:
    done = run_git(["version"])
    assert (done.status, done.out[:12]) == (0, b"git version ")
    failed = run_git(["rev-parse", "--show-toplevel"], cwd=tmp_path)
    assert failed.status == 128
    assert failed.complaint.startswith("not a git repository")


def test_git_reads_more_than_a_pipe_holds_and_answers_meanwhile(tmp_path: Path) -> None:
    big = os.urandom(3_000_000)
    done = run_git(["hash-object", "--stdin"], feed=big)
    assert done.status == 0
    assert len(done.out) == 41


def test_a_git_that_is_a_relative_name_is_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    processes.git_program.cache_clear()
    try:
        assert processes.git_program().startswith("/")
    finally:
        processes.git_program.cache_clear()


def test_the_users_programs_see_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = ("OPENAI_API_KEY", "SOME_api_key", "OPENAI_BASE_URL", "GIT_DIR", "MY_OWN_TOKEN")
    for name in hidden:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("EDITOR_THEME", "kept")
    done = run_user(python(PRINT_ENVIRONMENT), cwd=tmp_path, secret_names=["MY_OWN_TOKEN"])
    names = done.out.decode().split()
    assert "EDITOR_THEME" in names
    assert not set(hidden) & set(names)
    assert "MY_OWN_TOKEN" in user_environment()


def test_a_slow_program_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    note = tmp_path / "child"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    started = time.monotonic()
    with pytest.raises(TooSlowError, match="did not finish in time"):
        run_user(python(code), cwd=tmp_path, timeout=1.5)
    assert time.monotonic() - started < 10
    assert until(lambda: not alive(int(note.read_text())))


def test_endless_output_is_stopped_at_the_cap(tmp_path: Path) -> None:
    with pytest.raises(TooMuchOutputError, match="wrote more than 1 MB"):
        run_user(python("while True: print('x' * 9999)"), cwd=tmp_path, cap=1 << 20)


def test_a_program_that_does_not_read_its_input_is_no_fault(tmp_path: Path) -> None:
    done = run_user(python("pass"), cwd=tmp_path, feed=b"x" * 1_000_000)
    assert done.status == 0


def test_a_missing_program_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(WorktreeError, match="cannot start ruffian: no such file"):
        run_user(["/nowhere/ruffian"], cwd=tmp_path)


def test_a_program_that_gets_the_terminal_hands_back_its_status(tmp_path: Path) -> None:
    assert attach_user(python("raise SystemExit(3)"), cwd=tmp_path) == 3


def test_a_complaint_has_no_control_characters() -> None:
    done = processes.Completed(1, b"", b"fatal: bad \x1b[31mname\x9b\nmore")
    assert done.complaint == "bad \ufffd[31mname\ufffd"


def test_our_second_process_hands_over_its_port_and_ends_with_the_pipe() -> None:
    simulator = spawn_self(["sim"])
    try:
        port = simulator.read_port()
        assert 1024 <= port <= 65535
        assert not simulator.ended()
    finally:
        simulator.stop()
    assert simulator.ended()
    assert not alive(simulator.pid)
    simulator.stop()

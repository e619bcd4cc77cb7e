"""`edit --keep` in an editor's filter: whatever ends it, the text is there as it was."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spark_tui.cli import main

CODE = b"def add(a, b):\r\n    return a + b\n\n# caf\xe9 \xff\xfe\x0c no line end"

WRONG = [
    ("--flag-that-is-none",),
    ("--help",),
    ("-m", "x", "--name"),  # vim's % in a buffer without a file
    ("--name", "-m", "x"),
    ("-m",),
    ("-m", " "),
    (),
    ("-m", "x", "calc.py"),
    ("-m", "x", "calc.py", "second.py"),
    ("-m", "x", "calc.py", "--apply"),
    ("-m", "x", "--apply"),
    ("-m", "x", "--apply", "--patch"),
    ("-m", "x", "--name", "a\x1bb", "--endpoint", "sim"),
    ("-m", "x", "--endpoint", "smi"),
    ("-m", "x"),  # no endpoint is configured
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    state, config = tmp_path / "state", tmp_path / "config"
    return kept | {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(state),
        "XDG_CONFIG_HOME": str(config),
    }


def start(environment: dict[str, str], folder: Path, *args: str) -> subprocess.Popen[bytes]:
    """`edit --keep …`, as vim runs a filter: stderr goes where stdout goes."""
    # A run under nohup ignores SIGHUP, and so would all that it starts.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "spark_tui", "edit", *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
        )
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_wrong_arguments_give_the_text_back_and_print_nothing_else(
    args: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "SPARK_TUI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CODE)))
    assert main(["edit", "--keep", *args]) == 2
    printed = capfdbinary.readouterr()
    assert (printed.out, printed.err) == (CODE, b"")
    assert main(["log"]) == 0  # outside any worktree: the reasons are all there is
    assert b"not edited" in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("config", "status"),
    [("endpoints = 3\n", 1), ("[[[\n", 1), (b"\xff", 1), ('[endpoints.x]\nbase_ulr = "http"', 1)],
)
def test_a_wrong_configuration_gives_the_text_back(
    config: str | bytes, status: int, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "config/spark-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_bytes(config.encode() if isinstance(config, str) else config)
    process = start(environment, tmp_path, "--keep", "-m", "x")
    assert process.communicate(CODE, timeout=60)[0] == CODE
    assert process.returncode == status


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that takes requests and never answers; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def waiting(process: subprocess.Popen[bytes]) -> None:
    """Return when the process has a connection open: the request is on its way."""
    folder = Path(f"/proc/{process.pid}/fd")
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        links = []
        for fd in folder.iterdir():
            try:
                links.append(os.readlink(fd))
            except OSError:
                continue
        if any(link.startswith("socket:") for link in links):
            return
        time.sleep(0.01)
    raise AssertionError("no request was begun")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_the_model_is_waited_for_gives_the_text_back(
    number: signal.Signals, environment: dict[str, str], tmp_path: Path, silent: str
) -> None:
    environment |= {"OPENAI_BASE_URL": silent, "SPARK_TUI_MODEL": "m"}
    process = start(environment, tmp_path, "--keep", "-m", "x")
    assert process.stdin is not None
    process.stdin.write(CODE)
    process.stdin.close()
    process.stdin = None
    waiting(process)
    process.send_signal(number)
    process.send_signal(number)
    assert process.communicate(timeout=60)[0] == CODE
    assert process.returncode == 128 + number


SIGNALLED_ELSEWHERE = """
import os, signal, sys, threading, time
from spark_tui.commands.keep_input import give_back

def work(data):
    asleep = 0  # the other thread waits: seen so often in a row, it is not for the interpreter
    while asleep < 10:
        time.sleep(0.001)
        state = open(f"/proc/{os.getpid()}/stat").read().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if state == "S" else 0
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    threading.Event().wait()

sys.exit(give_back(work, lambda why: None))
"""


def test_a_signal_that_another_thread_is_given_ends_it_too(environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", SIGNALLED_ELSEWHERE]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    out = process.communicate(CODE, timeout=60)[0]
    assert (out, process.returncode) == (CODE, 128 + signal.SIGTERM)


def test_a_signal_while_the_text_still_comes_waits_for_the_rest_of_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    process = start(environment, tmp_path, "--keep", "-m", "x")
    assert process.stdin is not None
    process.stdin.write(CODE[:10])
    process.stdin.flush()
    handled = Path(f"/proc/{process.pid}/status")
    until = time.monotonic() + 60
    while not _catches(handled.read_text(), signal.SIGTERM):
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(CODE[10:], timeout=60)[0] == CODE
    assert process.returncode == 128 + signal.SIGTERM


def _catches(status: str, number: int) -> bool:
    line = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)

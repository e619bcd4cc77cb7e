"""However it ends, the terminal is given back and nothing keeps running."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start, Terminal

pytestmark = [
    pytest.mark.pty,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc"),
]


def simulators(term: Terminal) -> list[int]:
    """Processes of the program's session that serve the simulated endpoint."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        marked = f"HOME={term.home}\0".encode() in environ + b"\0"
        if marked and b"--parent-fd" in command:
            found.append(int(entry.name))
    return found


def started(terminal: Start) -> tuple[Terminal, list[int]]:
    term = terminal("demo")
    term.wait_for("simulated · built in")
    deadline = time.monotonic() + 10
    while not simulators(term) and time.monotonic() < deadline:
        time.sleep(0.02)
    serving = simulators(term)
    assert serving
    return term, serving


def all_gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        alive = []
        for pid in pids:
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state != "Z":
                alive.append(pid)
        if not alive:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_give_the_terminal_back(terminal: Start, number: signal.Signals) -> None:
    term, serving = started(terminal)
    os.kill(term.process.pid, number)
    term.wait_exit()
    term.assert_restored()
    assert all_gone(serving)


def test_the_simulated_endpoint_ends_with_a_killed_parent(terminal: Start) -> None:
    term, serving = started(terminal)
    os.kill(term.process.pid, signal.SIGKILL)
    assert all_gone(serving)

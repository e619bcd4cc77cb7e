"""`python -m tests.scoreboard.signal_time`: how long a session takes to end by SIGTERM."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import tempfile
from statistics import median
from time import monotonic

ROUNDS = 5


def once() -> tuple[float, float, bool]:
    """Milliseconds from the signal to the screen given back and to the end; whether it was."""
    with tempfile.TemporaryDirectory(prefix="signal-") as home:
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(HOME=home, TERM="xterm-256color", LC_ALL="C.UTF-8", COLUMNS="120")
            os.execv(sys.executable, [sys.executable, "-m", "spark_tui", "demo"])
        seen = _read(terminal, until=b"\x1b[?1049h", seconds=60.0)
        seen += _read(terminal, until=b"httpkit", seconds=60.0)
        _read(terminal, until=b"\x00", seconds=2.0)
        began = monotonic()
        os.kill(child, signal.SIGTERM)
        out = _read(terminal, until=b"\x1b[?1049l", seconds=10.0)
        back = (monotonic() - began) * 1000
        _read(terminal, until=b"\x00", seconds=10.0)
        os.waitpid(child, 0)
        took = (monotonic() - began) * 1000
        os.close(terminal)
    return back, took, b"\x1b[?1049l" in out


def _read(terminal: int, *, until: bytes, seconds: float) -> bytes:
    """What comes before the end, the wanted bytes or the time."""
    data, ends = b"", monotonic() + seconds
    while until not in data and monotonic() < ends:
        ready, _, _ = select.select([terminal], [], [], 0.05)
        if ready:
            try:
                more = os.read(terminal, 65_536)
            except OSError:
                break
            if not more:
                break
            data += more
    return data


def main() -> int:
    """Measure a few rounds."""
    rounds = [once() for _ in range(ROUNDS)]
    back, took = median(one[0] for one in rounds), median(one[1] for one in rounds)
    restored = sum(one[2] for one in rounds)
    print(f"{back:.0f} ms to the screen, {took:.0f} to the end, {restored} of {ROUNDS} restored")
    return 0 if back < 200 and restored == ROUNDS else 1


if __name__ == "__main__":
    sys.exit(main())

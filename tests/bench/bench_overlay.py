"""What the open overlay costs: `python tests/bench/bench_overlay.py [RATE]`.

CPU seconds of the program from Enter to the end of an answer at 1,000 tok/s, at a pty of 120x40,
with the overlay closed, as one line and full, in turn. Medians; fails above `MOST` of closed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from spark_tui.simulator.sample import write_sample
from tests.bench.bench_screen import Program, endpoint, environment, last_record_while

MOST = 1.15
RUNS = 5
SECONDS = 4.0
F2 = b"\x1bOQ"
FORMS = (("closed", b""), ("line", F2), ("full", F2 * 2))


def cpu_s(pid: int) -> float:
    """User and system time of a process so far, s (proc(5), fields 14 and 15 of `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path, url: str, log: Path, rate: float, keys: bytes) -> float:
    """CPU milliseconds a token of one answer."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "spark_tui"]
    program = Program(argv, folder / "repository", environment(home, url))
    turns = len(log.read_text().splitlines()) if log.exists() else 0
    try:
        program.until(b"say what to change")
        program.quiet(1.0)
        for number, count in enumerate((20, int(rate * SECONDS / 2)), start=1):
            program.send(f"write {count} words".encode())
            program.quiet(0.3)
            if number == 2 and keys:
                program.send(keys)
                program.quiet(0.5)
            before = cpu_s(program.process.pid)
            program.send(b"\r")
            record = last_record_while(program, log, turns + number)
            program.quiet(0.5)
        writes = record["writes"]
        assert isinstance(writes, list)
        tokens = sum(int(sent) for _, sent in writes)
        return (cpu_s(program.process.pid) - before) * 1000 / tokens
    finally:
        program.end()


def main(rate: float = 1000.0) -> int:
    """Measure and print; 1 when the full overlay costs too much."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        repository = folder / "repository"
        write_sample(repository)
        for command in (("init", "-q"), ("add", "-A")):
            subprocess.run(["git", *command], cwd=repository, check=True)
        log = folder / "log"
        found: dict[str, list[float]] = {name: [] for name, _ in FORMS}
        with endpoint(log, rate) as url:
            for _ in range(RUNS):
                for name, keys in FORMS:
                    found[name].append(measure(folder, url, log, rate, keys))
                    shutil.rmtree(folder / "home" / "state", ignore_errors=True)
    closed = median(found["closed"])
    print(f"CPU at {rate:g} tok/s, ms a token, {RUNS} runs each")
    for name, values in found.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"  overlay {name:8} {median(values):6.2f}   {spread}   {_ratio(values, closed)}")
    return int(median(found["full"]) > MOST * closed)


def _ratio(values: Sequence[float], closed: float) -> str:
    return f"{median(values) / closed:.2f} of closed"


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1000.0))

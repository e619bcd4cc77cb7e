"""Keys a person waits for, at a pty of 120x40: `python tests/bench/bench_keys.py [RATE]`.

Key to paint: letters typed into the prompt, idle and while RATE tok/s (3000) stream in. Decision to
repaint: `n` on hunk after hunk of an answer of 200 hunks, until the mark of the dropped one is
written. Median and 95th percentile, ms.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bench_screen import READY, Program, endpoint, environment

HUNKS = 200
LETTERS = 60
DECISIONS = 60
DROPPED = "✗".encode()


def source(hunks: int) -> str:
    """A file in which renaming `wait` makes so many hunks, far from each other."""
    part = "def step_{n}(x):\n    first = x + {n}\n    return wait(first)\n" + "\n# ...\n" * 6
    return "def wait(x):\n    return x\n\n\n" + "\n".join(
        part.format(n=n) for n in range(hunks - 1)
    )


def told(name: str, times: Sequence[float]) -> str:
    """One line of the report."""
    return f"{name:44} p50 {median(times):6.1f}   p95 {quantiles(times, n=20)[18]:6.1f}"


def echoes(program: Program, count: int) -> list[float]:
    """From letters to their bytes, ms."""
    out = []
    for number in range(count):
        letter = b"qzxjk"[number % 5 :][:1]
        start = len(program.chunks)
        pressed = program.send(letter)
        out.append((program.until(letter, 5.0, start) - pressed) / 1e6)
        for _ in range(5):
            program.read(0.004)
    return out


def decisions(program: Program, count: int) -> list[float]:
    """From `n` to the mark of the dropped hunk, ms."""
    out = []
    for _ in range(count):
        start = len(program.chunks)
        pressed = program.send(b"n")
        out.append((program.until(DROPPED, 5.0, start) - pressed) / 1e6)
        program.quiet(0.03)
    return out


def say(program: Program, text: str) -> None:
    """Send an instruction in place of what is in the prompt."""
    program.send(b"\x15")
    program.quiet(0.3)
    program.send(f"{text}\r".encode())


def run(rate: float, folder: Path) -> list[str]:
    """One session."""
    repository = folder / "repository"
    repository.mkdir()
    (repository / "steps.py").write_text(source(HUNKS))
    for command in (("init", "-q"), ("add", "-A")):
        subprocess.run(["git", *command], cwd=repository, check=True)
    home = folder / "home"
    home.mkdir()
    with endpoint(folder / "log", rate) as url:
        program = Program([sys.executable, "-m", "spark_tui"], repository, environment(home, url))
        try:
            program.until(READY)
            program.quiet(1.0)
            lines = [told("key to paint, idle", echoes(program, LETTERS))]
            say(program, "write 60000 words")
            program.until(b"word9", 20.0)
            lines.append(told(f"key to paint, {rate:g} tok/s", echoes(program, LETTERS)))
            program.send(b"\x1b")
            program.quiet(1.0)
            say(program, "rename wait to pause in steps.py")
            program.quiet(3.0)
            lines.append(told(f"n to repaint, {HUNKS} hunks", decisions(program, DECISIONS)))
        finally:
            program.end()
    return lines


def main(rate: float = 3000.0) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as made:
        print("\n".join(run(rate, Path(made))))


if __name__ == "__main__":
    main(*(float(rate) for rate in sys.argv[1:2]))

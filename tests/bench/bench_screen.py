"""What a person feels, and what it costs, measured at a pty of 120x40:

    python tests/bench/bench_screen.py [RATE …] [--json]

spark-tui and the floor (`floor.py`) answer the same sentences from the same simulated endpoint;
its log has the times of the other end on the same clock. Bytes are stamped as they come out of
the pty and replayed through a screen afterwards, so that nothing is parsed while a program runs.
Medians of several runs, and from the lowest to the highest of them; no word counts as visible
before its frame is complete. `--json` prints one object a line and rate instead of the table.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles

import pyte

from spark_tui.simulator import tokens
from spark_tui.simulator.sample import write_sample

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COLUMNS, ROWS = 120, 40
RUNS = 3
OLD = 5
"""Words of the first turn, which stay on the screen: those of the second count from here on."""

READY = b"say what to change"
_REPLIES = (
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b[0c", b"\x1b[?62;22c"),
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?u", b"\x1b[?0u"),
    (b"\x1b[6n", b"\x1b[1;1R"),
)
_STRINGS = re.compile(rb"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)")
_UNUSED = re.compile(
    rb"\x1b\[[0-9;:]*m|\x1b\[[<=>][0-9;:]*[ -/]*[@-~]|\x1b\[\?[0-9;]*[ -/]+[@-~]"
    rb"|\x1b\[[0-9;]*[ !\"'$*]+[@-~]|\x1b\[\?[0-9;]*[unc]|\x1b\[[0-9;]*[nct]|\x1b[=>]"
)
_PARTIAL = re.compile(rb"\x1b(?:\[[0-9;:<=>? -/]*|[\]PX^_][^\x07\x1b]*\x1b?)?$")
_WORD = re.compile(r"\bword(\d+)")


class Program:
    """A program on a pty: what it wrote, and when."""

    def __init__(self, argv: Sequence[str], cwd: Path, environment: dict[str, str]) -> None:
        self.chunks: list[tuple[int, bytes]] = []
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = time.monotonic_ns()
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(slave)
        self._master = master

    def read(self, seconds: float) -> bytes:
        """What comes next within `seconds`, b"" for nothing."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return b""
        self.chunks.append((time.monotonic_ns(), data))
        for query, reply in _REPLIES:
            for _ in range(data.count(query)):
                os.write(self._master, reply)
        return data

    def until(self, wanted: bytes, seconds: float = 20.0, start: int = 0) -> int:
        """Read until `wanted` was written after chunk `start`; returns when."""
        deadline = time.monotonic() + seconds
        at, tail = start, b""
        while time.monotonic() < deadline:
            for when, data in self.chunks[at:]:
                at += 1
                if wanted in tail + data:
                    return when
                tail = (tail + data)[-len(wanted) :]
            self.read(0.05)
        raise TimeoutError(f"{wanted!r} was not written in {seconds} s")

    def quiet(self, seconds: float = 0.4) -> None:
        """Read until nothing came for `seconds`."""
        while self.read(seconds):
            pass

    def send(self, data: bytes) -> int:
        """Write keys; returns when."""
        now = time.monotonic_ns()
        os.write(self._master, data)
        return now

    def cpu_s(self) -> float:
        """Seconds of CPU so far, its ended children's included."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Kill it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self._master)


def visible(chunks: Sequence[tuple[int, bytes]]) -> list[tuple[int, int]]:
    """(time, highest word on screen so far), one entry each time it grows."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    steps: list[tuple[int, int]] = []
    best, carry, frame_open = OLD, b"", False
    for at, chunk in chunks:
        data = carry + chunk
        partial = _PARTIAL.search(data)
        carry = partial.group() if partial else b""
        whole = data[: len(data) - len(carry)]
        begins, ends = whole.rfind(b"\x1b[?2026h"), whole.rfind(b"\x1b[?2026l")
        if begins != ends:
            frame_open = begins > ends
        stream.feed(_UNUSED.sub(b"", _STRINGS.sub(b"", whole)))
        if frame_open or not screen.dirty:
            continue
        dirty = [
            "".join(screen.buffer[row][column].data for column in range(COLUMNS))
            for row in sorted(screen.dirty)
            if row < ROWS
        ]
        screen.dirty.clear()
        found = [int(word) for row in dirty for word in _WORD.findall(row)]
        if found and max(found) > best:
            best = max(found)
            steps.append((at, best))
    return steps


def sent_times(count: int, writes: Sequence[tuple[int, int]]) -> list[int]:
    """When the last token of each word was written, from the endpoint's log."""
    words = (f"word{k}" + ("\n" if k % 10 == 0 else " ") for k in range(1, count + 1))
    text = "".join(words)[:-1]
    ends = list(accumulate(map(len, tokens.split(text))))
    times = [at for at, sent in writes for _ in range(sent)]
    return [times[bisect_left(ends, word.end())] for word in _WORD.finditer(text)]


def environment(home: Path, url: str) -> dict[str, str]:
    """A fresh login that points at the simulated endpoint."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "OPENAI_BASE_URL": url,
    }


@contextmanager
def endpoint(log: Path, rate: float) -> Iterator[str]:
    """The simulated endpoint at `rate` tok/s; gives its URL."""
    command = [sys.executable, "-m", "spark_tui.simulator", "--rate", str(rate), "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def last_record(log: Path, count: int) -> dict[str, object]:
    """The log's last record, once there are `count`."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = log.read_text().splitlines() if log.exists() else []
        if len(lines) >= count:
            record: dict[str, object] = json.loads(lines[-1])
            return record
        time.sleep(0.01)
    raise TimeoutError("the endpoint logged no turn")


def measure(
    argv: Sequence[str], folder: Path, url: str, log: Path, rate: float
) -> dict[str, float]:
    """One run: start, echo of letters, two turns; all figures in ms."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    program = Program(argv, folder / "repository", environment(home, url))
    figures: dict[str, float] = {}
    turns = len(log.read_text().splitlines()) if log.exists() else 0
    try:
        figures["start, prompt painted"] = (program.until(READY) - program.started) / 1e6
        program.quiet(1.0)
        echoes = []
        for letter in b"qzxj":
            start = len(program.chunks)
            pressed = program.send(bytes([letter]))
            echoes.append((program.until(bytes([letter]), 5.0, start) - pressed) / 1e6)
            program.quiet(0.05)
        program.send(b"\x7f" * 4)
        figures["key echo, idle"] = median(echoes)
        for turn in (1, 2):
            count = int(rate * 0.7) if turn == 2 else OLD
            text = f"write {count} words"
            program.send(text.encode())
            program.quiet(0.3)
            start, used = len(program.chunks), program.cpu_s()
            pressed = program.send(b"\r")
            program.until(f"word{count}".encode()[-3:], 30.0, start)
            record = last_record_while(program, log, turns + turn)
            program.quiet(0.5)
            read_ns = record["t_request_read"]
            assert isinstance(read_ns, int)
            figures[f"Enter to request, turn {turn}"] = (read_ns - pressed) / 1e6
            if turn == 2:
                figures.update(_lags(program.chunks[start:], record, count))
                tokens_read = sum(n for _, n in _writes(record))
                figures["CPU per 10k tokens"] = (program.cpu_s() - used) * 1e7 / tokens_read
    finally:
        program.end()
    return figures


def last_record_while(program: Program, log: Path, count: int) -> dict[str, object]:
    """The record, reading the program's output meanwhile so that it never blocks."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        program.read(0.05)
        if log.exists() and len(log.read_text().splitlines()) >= count:
            return last_record(log, count)
    raise TimeoutError("the endpoint logged no turn")


def _writes(record: dict[str, object]) -> list[tuple[int, int]]:
    writes = record["writes"]
    assert isinstance(writes, list)
    return writes


def _lags(
    chunks: Sequence[tuple[int, bytes]], record: dict[str, object], count: int
) -> dict[str, float]:
    writes = _writes(record)
    steps = visible(chunks)
    sent = sent_times(count, writes)
    lags, at = [], 0
    for word, when in enumerate(sent[OLD:], start=OLD + 1):
        while at < len(steps) and steps[at][1] < word:
            at += 1
        if at == len(steps):
            raise ValueError(f"word{word} was never on the screen")
        lags.append((steps[at][0] - when) / 1e6)
    ranked = quantiles(lags, n=20)
    size = sum(len(data) for _, data in chunks)
    return {
        "first words to screen": lags[0],
        "lag, median": median(lags),
        "lag, p95": ranked[18],
        "last delta to screen": lags[-1],
        "bytes per token": size / sum(n for _, n in writes),
    }


def compared(
    ours: list[dict[str, float]], floor: list[dict[str, float]]
) -> dict[str, dict[str, float | None]]:
    """Of each figure: both medians, their ratio, and our lowest and highest run."""
    out: dict[str, dict[str, float | None]] = {}
    for name in ours[0]:
        runs = [run[name] for run in ours]
        mine, least = median(runs), median(run[name] for run in floor)
        out[name] = {
            "ours": mine,
            "floor": least,
            "ratio": mine / least if least > 0 else None,
            "least": min(runs),
            "most": max(runs),
        }
    return out


def table(rate: float, figures: dict[str, dict[str, float | None]]) -> str:
    """Medians side by side."""
    title = f"at {rate:g} tok/s, ms"
    lines = [f"{title:28} {'spark-tui':>10} {'floor':>8} {'ratio':>7} {'of the runs':>17}"]
    for name, one in figures.items():
        ratio = f"{one['ratio']:6.1f}x" if one["ratio"] is not None else ""
        spread = f"{one['least']:.1f} to {one['most']:.1f}"
        lines.append(f"{name:28} {one['ours']:10.1f} {one['floor']:8.1f} {ratio:>7} {spread:>17}")
    return "\n".join(lines)


def main(rates: Sequence[float] = (1000.0,), *, as_json: bool = False) -> None:
    """Measure and print."""
    for rate in rates:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            repository = folder / "repository"
            write_sample(repository)
            for command in (("init", "-q"), ("add", "-A")):
                subprocess.run(["git", *command], cwd=repository, check=True)
            log = folder / "log"
            with endpoint(log, rate) as url:
                port = url.split(":")[-1].split("/")[0]
                ours_argv = [sys.executable, "-m", "spark_tui"]
                floor_argv = [sys.executable, "-I", "-S", str(HERE / "floor.py"), port]
                ours, floor = [], []
                for _ in range(RUNS):
                    floor.append(measure(floor_argv, folder, url, log, rate))
                    ours.append(measure(ours_argv, folder, url, log, rate))
                    shutil.rmtree(folder / "home" / "state", ignore_errors=True)
            figures = compared(ours, floor)
            said = json.dumps({"rate": rate, "figures": figures})
            print(said if as_json else table(rate, figures), flush=True)


if __name__ == "__main__":
    given = [one for one in sys.argv[1:] if not one.startswith("--")]
    main([float(rate) for rate in given] or (1000.0,), as_json="--json" in sys.argv)

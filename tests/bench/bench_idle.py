"""Cold against warm: from the call to the first token, and what a long pause costs.

Run: python -m tests.bench.bench_idle [IDLE_SECONDS]

Against the simulated endpoint in a process of its own (first token after 30 ms), each wire is
asked eight times on a connection of its own (cold) and eight times on one that is open (warm). The
median of each is shown, as well as the time the connection itself took. Then nothing happens for
IDLE_SECONDS (60 unless told), and each wire is asked once more: on the same connection, or this
exits with 1.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Connected,
    Delta,
    Ended,
    EndpointProfile,
    ModelRequest,
    WireEvent,
)
from spark_tui.services.endpoint import ModelEndpoint, Network

TURNS = 8
TTFT_MS = 30
WIRES = ("responses", "chat", "websocket")


@dataclass(frozen=True)
class Turn:
    """ms from the call to the first token; the connection's own ms, None for an open one."""

    first_ms: float
    connecting_ms: float | None


def ask(endpoint: ModelEndpoint) -> Turn:
    """One short answer."""
    events: list[WireEvent] = []
    over = threading.Event()

    def sink(batch: Sequence[WireEvent]) -> None:
        events.extend(batch)
        if isinstance(batch[-1], Ended):
            over.set()

    request = ModelRequest("", (ChatMessage("user", "Instruction:\nwrite 8 words"),), 1000)
    began = time.monotonic_ns()
    endpoint.call(request, sink)
    if not over.wait(30):
        raise SystemExit("no answer")
    first = next((one for one in events if isinstance(one, Delta)), None)
    connected = next((one for one in events if isinstance(one, Connected)), None)
    if first is None or connected is None:
        raise SystemExit(f"no answer: {events[-1]}")
    took = None if connected.reused else (connected.at - began) / 1e6
    return Turn((first.at - began) / 1e6, took)


def measure(network: Network, url: str, wire: str) -> ModelEndpoint:
    """Print cold and warm of one wire; the endpoint, its connection open."""
    profile = EndpointProfile("sim", url, "simulated", wire, dialect="simulated")
    first = ModelEndpoint(profile, network)
    ask(first)
    first.close()
    cold: list[Turn] = []
    for _ in range(TURNS):
        endpoint = ModelEndpoint(profile, network)
        cold.append(ask(endpoint))
        endpoint.close()
    endpoint = ModelEndpoint(profile, network)
    ask(endpoint)
    warm = [ask(endpoint) for _ in range(TURNS)]
    if any(turn.connecting_ms is not None for turn in warm):
        raise SystemExit(f"{wire}: a warm turn opened a connection")
    connecting = statistics.median(turn.connecting_ms or 0.0 for turn in cold)
    print(
        f"{wire:10} cold {statistics.median(t.first_ms for t in cold):6.1f} ms"
        f" (client and connection {connecting:.1f} ms)"
        f"   warm {statistics.median(t.first_ms for t in warm):6.1f} ms"
    )
    return endpoint


def main() -> None:
    """Print the table, wait, and ask once more."""
    idle = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    command = [sys.executable, "-m", "spark_tui.simulator", "--ttft", str(TTFT_MS)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    network = Network()
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        endpoints = {wire: measure(network, url, wire) for wire in WIRES}
        print(f"idle for {idle:g} s ...", flush=True)
        time.sleep(idle)
        cold = []
        for wire, endpoint in endpoints.items():
            turn = ask(endpoint)
            state = "same connection" if turn.connecting_ms is None else "NEW CONNECTION"
            print(f"{wire:10} {state}, first token after {turn.first_ms:.1f} ms")
            cold += [wire] if turn.connecting_ms is not None else []
            endpoint.close()
        if cold:
            raise SystemExit(1)
    finally:
        network.close()
        server.terminate()
        server.wait(5)


if __name__ == "__main__":
    main()

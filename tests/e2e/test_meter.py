"""The figures of a turn agree with the endpoint's own log, over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.meter import Meter, Reading
from spark_tui.core.wire import Ended, Ending, EndpointProfile, Message, ModelRequest, WireEvent
from spark_tui.services.endpoint import ModelEndpoint, Network

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim


@dataclass(frozen=True)
class Compared:
    """What the client's meter read and what the endpoint wrote down."""

    reading: Reading
    ending: Ending
    server_ttft_ns: int
    server_rate: float
    server_tokens: int


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


def ask(network: Network, url: str, wire: str, words: int) -> tuple[Meter, Ending]:
    profile = EndpointProfile("sim", url, "simulated", wire, simulated=True)
    endpoint = ModelEndpoint(profile, network)
    meter = Meter()
    over = threading.Event()
    endings: list[Ending] = []

    def sink(events: Sequence[WireEvent]) -> None:
        meter.feed(events)
        endings.extend(event.ending for event in events if isinstance(event, Ended))
        if endings:
            over.set()

    text = f"Instruction:\nwrite {words} words"
    endpoint.call(ModelRequest("", (Message("user", text),), 100_000), sink)
    assert over.wait(30)
    endpoint.close()
    return meter, endings[0]


def compare(network: Network, sim: Sim, wire: str, words: int, turn: int) -> Compared:
    meter, ending = ask(network, sim.url, wire, words)
    record: dict[str, Any] = sim.records(turn)[turn - 1]
    writes = record["writes"]
    window = (writes[-1][0] - writes[0][0]) / 1e9
    sent = sum(count for _, count in writes)
    return Compared(
        meter.reading(),
        ending,
        writes[0][0] - record["t_request_read"],
        (sent - writes[0][1]) / window if window > 0 else 0.0,
        sent,
    )


@pytest.mark.parametrize(
    ("wire", "rate", "words"),
    [
        ("responses", 1000, 100),
        ("chat", 3000, 600),
        ("websocket", 5000, 1000),
    ],
)
def test_first_token_and_rate_are_the_endpoints(
    network: Network, sim: Callable[..., Sim], wire: str, rate: int, words: int
) -> None:
    served = sim("--rate", str(rate), "--ttft", "60")
    off: list[tuple[float, float]] = []
    for number in range(1, 8):
        turn = compare(network, served, wire, words, number)
        assert turn.ending is Ending.COMPLETE
        assert turn.reading.output == turn.server_tokens
        assert turn.reading.ttft_ns is not None
        assert turn.reading.ttft_ns >= turn.server_ttft_ns
        assert turn.reading.decode_tps is not None
        late = (turn.reading.ttft_ns - turn.server_ttft_ns) / 1e6
        off.append((late, abs(turn.reading.decode_tps / turn.server_rate - 1)))
        # What a busy machine adds to one turn is real; a calm turn must agree.
        if min(late for late, _ in off) < 5 and min(share for _, share in off) < 0.02:
            return
    pytest.fail(f"(ms late, share off) of each turn: {off}")


def test_a_short_answer_has_no_rate(network: Network, sim: Callable[..., Sim]) -> None:
    meter, ending = ask(network, sim("--rate", "1000").url, "responses", 5)
    assert ending is Ending.COMPLETE
    assert meter.reading().decode_tps is None
    assert meter.reading().ttft_ns is not None

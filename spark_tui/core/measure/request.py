"""One request, measured: stamps and counts in, the figures benchmark tools report out."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import (
    Connected,
    Delta,
    Ended,
    Ending,
    FaultKind,
    RequestSent,
    Retrying,
    WireEvent,
)
from spark_tui.core.latency.meter import Exactness, Meter

WHOLE = frozenset({Ending.COMPLETE, Ending.LENGTH})
"""Endings of a request that counts: with a bound on the output, LENGTH is the usual one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of one request; stamps are ns of the monotonic clock, 0 where there is none.

    `size` is the wanted input in tokens, `input` what the provider counted. `started` is just
    before the first byte of the request was written: connecting is not in it. `first` and `last`
    are the reads of the first and the last output. `first_tokens` came with the first read.
    `gaps` lie between reads that held output, ns. `fault` is "" for a request that counts, else
    its kind; `told` says it in words.
    """

    size: int
    started: int = 0
    first: int = 0
    last: int = 0
    output: float = 0.0
    first_tokens: float = 0.0
    input: int | None = None
    cached: int | None = None
    reasoning: int = 0
    exact: bool = False
    reused: bool = True
    retries: int = 0
    gaps: tuple[int, ...] = ()
    fault: str = ""
    told: str = ""

    @property
    def good(self) -> bool:
        """Whether it has an output to measure."""
        return not self.fault and bool(self.started and self.first)

    @property
    def ttft_ns(self) -> float | None:
        """Request written to the first output."""
        return self.first - self.started if self.good else None

    @property
    def latency_ns(self) -> float | None:
        """Request written to the last output; what follows it (usage) does not count."""
        return self.last - self.started if self.good else None

    @property
    def itl_ns(self) -> float | None:
        """Time for each token after those of the first read; None where one read held them all."""
        return self._per_token(self.output - self.first_tokens)

    @property
    def tpot_ns(self) -> float | None:
        """vLLM's: the same time for each token but one."""
        return self._per_token(self.output - 1)

    @property
    def output_tps(self) -> float | None:
        """Tokens a second after the first read."""
        itl = self.itl_ns
        return 1e9 / itl if itl else None

    @property
    def e2e_tps(self) -> float | None:
        """All tokens over the whole latency, a second."""
        latency = self.latency_ns
        return self.output * 1e9 / latency if latency and self.output else None

    @property
    def prefill_tps(self) -> float | None:
        """Input tokens over the time to first token, a second."""
        ttft = self.ttft_ns
        return self.input * 1e9 / ttft if ttft and self.input else None

    def _per_token(self, tokens: float) -> float | None:
        if not self.good or tokens <= 0 or self.last <= self.first:
            return None
        return (self.last - self.first) / tokens


class RequestRecorder:
    """Gathers one request's events, in the network thread; `measured` once `Ended` came."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._meter = Meter()
        self._started = self._first = self._last = 0
        self._gaps: list[int] = []
        self._reused = True
        self._retries = 0
        self._ended: Ended | None = None

    def feed(self, batch: Sequence[WireEvent]) -> bool:
        """Take one read's events; True when the request has ended."""
        self._meter.feed(batch)
        for event in batch:
            if type(event) is Delta:
                self._output(event.at)
            else:
                self._other(event)
        return self._ended is not None

    def _output(self, at: int) -> None:
        if not self._first:
            self._first = at
        elif at != self._last:
            self._gaps.append(at - self._last)
        self._last = at

    def _other(self, event: WireEvent) -> None:
        match event:
            case RequestSent(started=started):
                self._started = started
            case Connected(reused=reused):
                self._reused = reused
            case Retrying():
                self._retries += 1
            case Ended():
                self._ended = event
            case _:
                pass

    def measured(self) -> Measured:
        """The request as measured so far."""
        total, first, exactness = self._meter.tokens()
        reading = self._meter.reading()
        return Measured(
            size=self._size,
            started=self._started,
            first=self._first,
            last=self._last,
            output=total,
            first_tokens=first,
            input=reading.input,
            cached=reading.cached,
            reasoning=reading.reasoning,
            exact=exactness is not Exactness.ESTIMATED,
            reused=self._reused,
            retries=self._retries,
            gaps=tuple(self._gaps),
            fault=_fault(self._ended, bool(self._first)),
            told=self._ended.message.removesuffix(", draft kept") if self._ended else "",
        )


def _fault(ended: Ended | None, any_output: bool) -> str:
    if ended is None:
        return "unfinished"
    if ended.ending in WHOLE:
        return "" if any_output else "no output"
    kind = ended.fault or (FaultKind.SERVER if ended.ending is Ending.FAILED else None)
    return kind.value if kind is not None else ended.ending.value

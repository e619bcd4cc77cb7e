"""Stamps in, figures out. Core only subtracts: every stamp was taken where bytes were read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import StrEnum

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.endpoint.wire import (
    Channel,
    Connected,
    Delta,
    FirstEvent,
    RequestSent,
    Usage,
    WireEvent,
)
from spark_tui.core.latency.gaps import Gaps
from spark_tui.core.tokens import weight


class Exactness(StrEnum):
    """Where a token count comes from: counted live by the provider, its final usage, a guess."""

    LIVE = "live"
    FINAL = "final"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of one turn at one moment. None means not measurable, never zero.

    ttft_ns: request written to first output. ttfe_ns: to first event of any kind.
    decode_tps: (tokens - tokens of the first read) / (last output - first output), tok/s; only with
    at least 2 reads, 50 ms and 16 tokens. e2e_tps: tokens / (last output - request written).
    live_tps: the same over the last half second, for the running display.
    output: tokens so far. elapsed_ns: from the Enter key to the last read.
    gaps_ns: (p50, p95, max) between reads; gap_after: tokens before the longest; gap_course: the
    longest gap of each equal share of the reads. history: up to 24 recent live rates, oldest first.
    decode_ns: first output to last output. ttfo_ns: request written to first output that is no
    reasoning. hidden: reasoning tokens that were counted and never sent. received: bytes of text.
    cost: US dollars, for a turn that is over, whose tokens were counted and whose price is known.
    """

    ttft_ns: int | None = None
    ttfe_ns: int | None = None
    decode_tps: float | None = None
    e2e_tps: float | None = None
    live_tps: float | None = None
    output: int = 0
    exactness: Exactness = Exactness.ESTIMATED
    input: int | None = None
    cached: int | None = None
    reasoning: int = 0
    elapsed_ns: int = 0
    client_ns: int | None = None
    gaps_ns: tuple[int, int, int] | None = None
    gap_after: int = 0
    gap_course: tuple[int, ...] = ()
    reads: int = 0
    history: tuple[float, ...] = ()
    decode_ns: int | None = None
    ttfo_ns: int | None = None
    hidden: int = 0
    received: int = 0
    cost: float | None = None

    @property
    def guess(self) -> str:
        """`~` where the tokens are estimated: it goes before every count and rate of them."""
        return "~" if self.exactness is Exactness.ESTIMATED else ""


MIN_READS = 2
MIN_WINDOW_NS = 50_000_000
MIN_TOKENS = 16
LIVE_WINDOW_NS = 500_000_000
HISTORY_STEP_NS = 250_000_000
HISTORY = 24
_EVEN = 1.3
"""Deltas of k tokens each vary in length by less than this over the root of k; uneven ones more."""


class Meter:
    """One turn's figures: feed it wire events in order, ask for a `Reading` at any time.

    `asked_at` is the Enter key's stamp, 0 where there was none. `factor` corrects estimates for
    the model (see `tokens`); `learned` is the factor after the turn's exact usage.
    Tokens after the first read are what decoding took time for: with an exact total, the share of
    the first read is its share of the deltas where those hold equally many, else of the text.
    """

    def __init__(self, asked_at: int = 0, factor: float = 1.0) -> None:
        self.learned = factor
        self._asked = asked_at
        self._connecting = 0
        self._started = 0
        self._first_event = 0
        self._first = 0
        self._last = 0
        self._seen = 0
        self._painted = 0
        self._reads = 0
        self._deltas = 0
        self._deltas_first = 0
        self._weight = 0.0
        self._weight_squares = 0.0
        self._weight_first = 0.0
        self._reasoning_weight = 0.0
        self._live = True
        self._live_total = 0
        self._live_first = 0
        self._usage: Usage | None = None
        self._before: Usage | None = None
        self._continued = False
        self._resumes = False
        self._began = 0
        self._waited = 0
        self._window: deque[tuple[int, float]] = deque()
        self._gaps = Gaps()
        self._first_text = 0
        self._received = 0
        self._history: deque[float] = deque(maxlen=HISTORY)
        self._sampled = 0

    def feed(self, events: Iterable[WireEvent]) -> None:
        """Fold events in; a `RequestSent` after a failed attempt starts the figures again."""
        for event in events:
            if type(event) is Delta:
                self._delta(event)
            else:
                self._other(event)

    def goes_on(self) -> None:
        """A second request continues the answer: its tokens count, the time up to them does not."""
        self._before, self._usage = self._usage, None
        self._continued = self._resumes = True

    def was_thought(self) -> None:
        """All the text so far turned out to be reasoning."""
        self._reasoning_weight = self._weight
        self._first_text = 0

    def painted(self, at: int) -> None:
        """The first output was painted at `at`: the last part of what the client added."""
        if not self._painted:
            self._painted = at

    def reading(self) -> Reading:
        """The figures so far."""
        total, first, exactness = self.tokens()
        span = self._last - self._first - self._waited
        rate = None
        if self._reads >= MIN_READS and span >= MIN_WINDOW_NS and total >= MIN_TOKENS:
            rate = (total - first) * 1e9 / span if total > first else None
        whole = self._last - self._started - self._waited
        usage = self._usage
        measured = bool(self._started and self._first)
        return Reading(
            ttft_ns=self._first - self._started if measured else None,
            ttfe_ns=self._first_event - self._started
            if self._started and self._first_event
            else None,
            decode_tps=rate,
            e2e_tps=total * 1e9 / whole if measured and rate is not None and whole > 0 else None,
            live_tps=self._live_rate(total),
            output=usage.output if usage and usage.output else round(total),
            exactness=exactness,
            input=usage.input or None if usage else None,
            cached=usage.cached if usage else None,
            reasoning=usage.reasoning if usage else round(self._reasoning_weight * self.learned),
            elapsed_ns=max(0, self._seen - (self._asked or self._started or self._seen)),
            client_ns=self._client(),
            gaps_ns=self._gaps.figures(),
            gap_after=round(self._gaps.most_after * self._scale(total)),
            gap_course=self._gaps.course(),
            reads=self._reads,
            history=tuple(rate * self._scale(total) for rate in self._history),
            decode_ns=span if measured else None,
            ttfo_ns=self._first_text - self._started
            if self._started and self._first_text
            else None,
            hidden=usage.reasoning if usage and not self._reasoning_weight else 0,
            received=self._received,
        )

    def _other(self, event: WireEvent) -> None:
        self._seen = max(self._seen, event.at)
        if self._continued and not isinstance(event, Usage):
            return
        match event:
            case Connected(dns_ns=dns, tcp_ns=tcp, tls_ns=tls):
                self._connecting += (dns or 0) + (tcp or 0) + (tls or 0)
            case RequestSent(started=started):
                self._started = started
                self._first_event = 0
            case FirstEvent(at=at):
                self._first_event = at
            case Usage():
                self._usage = _sum(self._before, event) if self._before else event
                self._learn(self._usage)
            case _:
                pass

    def _delta(self, delta: Delta) -> None:
        at = delta.at
        self._seen = at
        if not self._first:
            self._first = self._last = at
            self._reads = 1
            self._began = at
        elif self._resumes:
            # What decoding took is counted from here again, without this read.
            self._waited += at - self._last
            self._began = self._last = at
            self._reads += 1
            self._window.clear()
            self._sampled = 0
        elif at != self._last:
            self._gaps.add(at - self._last, int(self._weight))
            self._last = at
            self._reads += 1
        self._resumes = False
        size = weight(delta.text)
        text = delta.text
        self._received += len(text) if text.isascii() else len(text.encode())
        self._weight += size
        self._weight_squares += size * size
        self._deltas += 1
        if delta.channel is Channel.REASONING:
            self._reasoning_weight += size
        elif not self._first_text:
            self._first_text = at
        if delta.tokens is None:
            self._live = False
        else:
            self._live_total += delta.tokens
        if at == self._began:
            self._weight_first += size
            self._deltas_first += 1
            self._live_first += delta.tokens or 0
        self._sample(at)

    def tokens(self) -> tuple[float, float, Exactness]:
        """(tokens seen, tokens of the first read, where they come from)."""
        usage = self._usage
        final = Exactness.FINAL if usage is not None and usage.exact else Exactness.ESTIMATED
        if not self._weight:
            known = usage is not None and usage.output > 0
            return 0.0, 0.0, final if known else Exactness.ESTIMATED
        if self._live and self._live_total:
            exactness = Exactness.LIVE if usage is None else final
            return float(self._live_total), float(self._live_first), exactness
        if usage is not None and usage.output > 0:
            total = float(self._visible(usage))
            return total, total * self._first_share(total), final
        factor = self.learned
        return self._weight * factor, self._weight_first * factor, Exactness.ESTIMATED

    def _first_share(self, total: float) -> float:
        """The first read's share of `total` tokens."""
        deltas = self._deltas
        mean = self._weight / deltas
        spread = max(0.0, self._weight_squares / deltas - mean * mean)
        if spread * total <= (_EVEN * mean) ** 2 * deltas:
            return self._deltas_first / deltas
        return self._weight_first / self._weight

    def _visible(self, usage: Usage) -> int:
        """Output tokens that came as deltas: hidden reasoning is counted, but never seen."""
        sent = usage.output - usage.unsent
        return max(1, sent if self._reasoning_weight else sent - usage.reasoning)

    def _learn(self, usage: Usage) -> None:
        if usage.exact and usage.output > 0 and self._weight >= MIN_TOKENS:
            self.learned = min(4.0, max(0.25, self._visible(usage) / self._weight))

    def _sample(self, at: int) -> None:
        """Keep the last half second of (stamp, weight), and a rate every quarter of one."""
        window = self._window
        if window and window[-1][0] == at:
            window[-1] = (at, self._weight)
        else:
            window.append((at, self._weight))
        while len(window) > 2 and at - window[1][0] >= LIVE_WINDOW_NS:
            window.popleft()
        if not self._sampled:
            self._sampled = at
        elif at - self._sampled >= HISTORY_STEP_NS:
            rate = self._window_rate()
            if rate is not None:
                self._history.append(rate)
            self._sampled = at

    def _window_rate(self) -> float | None:
        """Weight per second over the window, None while it is too short to say."""
        if len(self._window) < MIN_READS:
            return None
        (begin, low), (end, high) = self._window[0], self._window[-1]
        return (high - low) * 1e9 / (end - begin) if end - begin >= MIN_WINDOW_NS else None

    def _live_rate(self, total: float) -> float | None:
        rate = self._window_rate()
        if rate is None or total < MIN_TOKENS:
            return None
        return rate * self._scale(total)

    def _scale(self, total: float) -> float:
        """Tokens per unit of weight."""
        return total / self._weight if self._weight else self.learned

    def _client(self) -> int | None:
        """What the client added: key to request without connecting, first output to paint."""
        if not self._asked or not self._started:
            return None
        before = max(0, self._started - self._asked - self._connecting)
        after = max(0, self._painted - self._first) if self._painted and self._first else 0
        return before + after


def _sum(one: Usage, two: Usage) -> Usage:
    """Both counts together; exact only if both are."""
    return replace(
        two,
        input=one.input + two.input,
        output=one.output + two.output,
        cached=one.cached + two.cached,
        reasoning=one.reasoning + two.reasoning,
        unsent=one.unsent + two.unsent,
        exact=one.exact and two.exact,
    )

"""A session's turns as figures: percentiles per endpoint, cold against warm, goodput, cost.

A percentile is nearest-rank. TTFT is request written to first output; *felt* TTFT adds the time
to connect. Goodput, as AIPerf and vLLM use the word: the turns that met every objective.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spark_tui.core.config.instrument import InstrumentSettings
from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import Ending, FaultKind
from spark_tui.core.events import EndpointLabel
from spark_tui.core.latency.meter import Exactness, Reading
from spark_tui.core.latency.track import Track, connect_ns
from spark_tui.core.latency.waterfall import percentile

REFERENCE_TPS = 1000.0
"""The rate this program is made for, tok/s: the reference line of every rate."""

SIZES = ((1_000, "to 1k"), (4_000, "1k-4k"), (16_000, "4k-16k"), (None, "over 16k"))
"""Classes of input tokens: (below this many, its name)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One finished turn. Times in ns, rates in tok/s, None where not measurable.

    `hunk_ns` is Enter to the first hunk on the screen. `cold` None: nothing was connected.
    `rate` is of counted tokens only; `guessed` says that its tokens, as `output`
    has them, are estimated. `limited` counts the answers "too
    many requests". `exact` says that the provider counted the input.
    """

    endpoint: str
    model: str = ""
    ttft_ns: int | None = None
    connect_ns: int = 0
    cold: bool | None = None
    rate: float | None = None
    hunk_ns: int | None = None
    input: int | None = None
    cached: int = 0
    output: int = 0
    exact: bool = False
    limited: int = 0
    retries: int = 0
    ending: str = Ending.COMPLETE
    fault: str = ""
    guessed: bool = False
    cost: float | None = None

    @property
    def failed(self) -> bool:
        """Whether it ended in an error."""
        return self.ending in (Ending.FAILED, Ending.CUT, Ending.FILTERED)

    @property
    def felt_ns(self) -> int | None:
        """Time to connect and to the first token."""
        return None if self.ttft_ns is None else self.ttft_ns + self.connect_ns


def sample(label: EndpointLabel, track: Track, reading: Reading) -> Sample:
    """The figures of a turn that is over."""
    made = track.connected
    limited = sum(one.fault is FaultKind.RATE_LIMIT for one in track.retries)
    hunk = None if track.painted_at is None else track.painted_at - track.asked_at
    estimated = reading.exactness is Exactness.ESTIMATED
    return Sample(
        endpoint=label.name,
        model=label.model,
        ttft_ns=reading.ttft_ns,
        connect_ns=connect_ns(track),
        cold=None if made is None else not made.reused,
        rate=None if estimated else reading.decode_tps,
        guessed=estimated and reading.output > 0,
        hunk_ns=hunk,
        input=reading.input,
        cached=reading.cached or 0,
        output=reading.output,
        exact=reading.input is not None,
        limited=limited + (track.fault is FaultKind.RATE_LIMIT),
        retries=len(track.retries),
        ending=track.ending or Ending.CUT,
        fault=track.fault or "",
        cost=reading.cost,
    )


@dataclass(frozen=True, slots=True)
class Percentiles:
    """p50, p90 and p99 of `n` values; None without values."""

    n: int
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One endpoint. Times in ms, rates in tok/s, `cost` in US dollars (None without a price).

    `cold` and `warm` are of felt TTFT; `sizes` maps a class of input sizes to its TTFT. `good` of
    `judged` turns met the objectives; interrupted turns are not judged. `cached` is the share of
    input tokens that came from the cache, None where no input was counted. `guessed` turns have
    estimated tokens: those are in `output`, and in no rate.
    """

    endpoint: str
    n: int
    ttft: Percentiles
    rate: Percentiles
    cold: Percentiles
    warm: Percentiles
    sizes: Mapping[str, Percentiles]
    cached: float | None
    errors: int
    limited: int
    input: int
    output: int
    cost: float | None
    good: int
    judged: int
    guessed: int


def summaries(samples: Iterable[Sample], settings: InstrumentSettings) -> tuple[Summary, ...]:
    """One summary per endpoint, in the order of their first turns."""
    by_name: dict[str, list[Sample]] = {}
    for one in samples:
        by_name.setdefault(one.endpoint, []).append(one)
    return tuple(_summary(name, found, settings) for name, found in by_name.items())


def _summary(name: str, found: Sequence[Sample], settings: InstrumentSettings) -> Summary:
    counted = [one for one in found if one.input]
    given = sum(one.input or 0 for one in counted)
    costs = [cost for one in found if (cost := cost_of(one, settings)) is not None]
    judged = [one for one in found if one.ending != Ending.STOPPED]
    return Summary(
        endpoint=name,
        n=len(found),
        ttft=_in_ms(one.ttft_ns for one in found),
        rate=_percentiles([one.rate for one in found if one.rate is not None]),
        cold=_in_ms(one.felt_ns for one in found if one.cold is True),
        warm=_in_ms(one.felt_ns for one in found if one.cold is False),
        sizes=_by_size(counted),
        cached=sum(one.cached for one in counted) / given if given else None,
        errors=sum(one.failed for one in found),
        limited=sum(one.limited for one in found),
        input=given,
        output=sum(one.output for one in found),
        cost=sum(costs) if costs else None,
        good=sum(meets(one, settings) for one in judged),
        judged=len(judged),
        guessed=sum(one.guessed for one in found),
    )


def cost_of(one: Sample, settings: InstrumentSettings) -> float | None:
    """US dollars of a turn: as it was priced then, else by the person's own table of today."""
    if one.cost is not None or not one.exact:
        return one.cost
    price = settings.price(one.endpoint, one.model)
    return None if price is None else price.of(one.input or 0, one.cached, one.output)


def meets(one: Sample, settings: InstrumentSettings) -> bool:
    """Whether a turn met the objectives; one without a hunk is judged by its first token."""
    if one.failed or one.ttft_ns is None:
        return False
    slo = settings.slo
    hunk = 0 if one.hunk_ns is None else one.hunk_ns
    return one.ttft_ns <= slo.ttft_ms * 1e6 and hunk <= slo.hunk_ms * 1e6


def _by_size(counted: Sequence[Sample]) -> dict[str, Percentiles]:
    out: dict[str, Percentiles] = {}
    low = 0
    for below, name in SIZES:
        inside = [
            one.ttft_ns
            for one in counted
            if low <= (one.input or 0) and (below is None or (one.input or 0) < below)
        ]
        figures = _in_ms(inside)
        if figures.n:
            out[name] = figures
        low = below or low
    return out


def _in_ms(values: Iterable[int | None]) -> Percentiles:
    return _percentiles([value / 1e6 for value in values if value is not None])


def _percentiles(values: Sequence[float]) -> Percentiles:
    return Percentiles(
        len(values), percentile(values, 0.5), percentile(values, 0.9), percentile(values, 0.99)
    )


def compared_with(found: Sequence[Summary], against: str) -> Summary | None:
    """The endpoint others are compared with: the named one, else the one with most other turns."""
    if len(found) < 2:
        return None
    named = next((one for one in found if one.endpoint == against), None)
    return named or max(found[:-1], key=lambda one: one.n)


def against(one: Summary, other: Summary) -> str:
    """`TTFT −52 % · rate +1,240 % against mainstream`; "" where nothing is comparable."""
    parts = []
    if one.ttft.p50 and other.ttft.p50:
        parts.append(f"TTFT {_percent(one.ttft.p50 / other.ttft.p50)}")
    if one.rate.p50 and other.rate.p50:
        parts.append(f"rate {_percent(one.rate.p50 / other.rate.p50)}")
    return f"{' · '.join(parts)} against {other.endpoint}" if parts else ""


def _percent(ratio: float) -> str:
    change = round((ratio - 1) * 100)
    sign = "−" if change < 0 else "+"
    return f"{sign}{abs(change):,} %"

"""What an answer costs: tokens at a price, in US dollars."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens.

    `cached` None: cached input costs what input does; `cache_write` None: so does what is written
    to the cache. `tiers` are multipliers by service tier. A request of more than `long_over` input
    tokens costs `long_input` times as much for its input and `long_output` times for its output, 0
    for no such bound. `checked` is the day (ISO) it was looked up, "" for the person's own.
    """

    input: float = 0.0
    output: float = 0.0
    cached: float | None = None
    cache_write: float | None = None
    tiers: tuple[tuple[str, float], ...] = ()
    long_over: int = 0
    long_input: float = 1.0
    long_output: float = 1.0
    checked: str = ""

    def of(
        self, given: int, cached: int, output: int, *, written: int = 0, tier: str = ""
    ) -> float:
        """US dollars for `given` input tokens and `output`, in the service tier that served.

        `cached` of the input were read from the cache, `written` were written to it.
        """
        from_cache = self.input if self.cached is None else self.cached
        into_cache = self.input if self.cache_write is None else self.cache_write
        fresh = max(given - cached - written, 0)
        into = fresh * self.input + cached * from_cache + written * into_cache
        out = output * self.output
        if self.long_over and given > self.long_over:
            into, out = into * self.long_input, out * self.long_output
        return (into + out) * dict(self.tiers).get(tier, 1.0) / 1e6


def dollars(cost: float) -> str:
    """`$0.016`: two figures that count, cents from ten cents on."""
    if cost >= 0.1:
        return f"${cost:,.2f}"
    return f"${cost:.4f}" if cost < 0.01 else f"${cost:.3f}"

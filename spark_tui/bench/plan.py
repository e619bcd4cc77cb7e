"""What a run measures: endpoints, sizes, counts, goals."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import EndpointProfile


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """`sizes` and `output` in tokens; `requests` for each size, after `warmup` that do not count.

    `goals` are (name, most ms), see `core.measure.metrics.GOALS`. With any warm-up every lane gets
    at least one such request, so that its connection is open.
    """

    profiles: tuple[EndpointProfile, ...]
    sizes: tuple[int, ...] = (512, 2_000, 8_000)
    requests: int = 10
    warmup: int = 2
    concurrency: int = 1
    output: int = 256
    goals: tuple[tuple[str, float], ...] = ()

    @property
    def warmups(self) -> int:
        """Requests before those that count, for each size."""
        return max(self.warmup, self.concurrency) if self.warmup else 0

    @property
    def total(self) -> int:
        """Requests of the whole run, warm-up included."""
        return len(self.profiles) * len(self.sizes) * (self.requests + self.warmups)

    def costs(self) -> tuple[int, int]:
        """(input tokens by estimate, most output tokens) that the whole run sends and gets."""
        each = len(self.profiles) * (self.requests + self.warmups)
        return each * sum(self.sizes), self.total * self.output

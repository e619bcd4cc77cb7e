"""Runs a plan: each lane has an endpoint of its own, so that no connection is waited for."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from spark_tui.bench.plan import BenchPlan
from spark_tui.bench.prompts import request_of
from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.endpoint.wire import EndpointProfile, WireEvent
from spark_tui.core.measure.request import Measured, RequestRecorder
from spark_tui.services.endpoint import ModelEndpoint, Network
from spark_tui.services.endpoint.simulated import started_server

GIVE_UP = 3
"""Requests that fail in a row before one succeeded, after which an endpoint is given up."""

TICK_S = 0.5
"""How often the progress is shown while nothing finishes, s."""


@dataclass(slots=True)
class MeasuredBlock:
    """All requests of one size to one endpoint. Times are ns of the monotonic clock.

    `model` and `wire` as far as they are known by now. `given_up` says that nothing but failures
    came, and that no more was sent.
    """

    endpoint: str
    size: int
    simulated: bool = False
    model: str = ""
    wire: str = ""
    warmed: int = 0
    requests: list[Measured] = field(default_factory=list)
    given_up: bool = False


Progress = Callable[[MeasuredBlock], None]


class Run:
    """One run of a plan; `blocks` hold what there is at any moment, also after an interrupt."""

    def __init__(self, plan: BenchPlan, progress: Progress = lambda _: None) -> None:
        self.plan = plan
        self.blocks: list[MeasuredBlock] = []
        self._progress = progress

    def measure(self) -> None:
        """Everything in the plan, in order. An interrupt ends calls under way and comes through.

        Raises SparkError, before anything is measured, where the built-in server does not start.
        """
        with _networked() as network, ExitStack() as servers:
            there = [servers.enter_context(_reachable(p)) for p in self.plan.profiles]
            for profile in there:
                self._endpoint(profile, network)

    def _endpoint(self, profile: EndpointProfile, network: Network) -> None:
        lanes = [ModelEndpoint(profile, network) for _ in range(self.plan.concurrency)]
        try:
            for size in self.plan.sizes:
                block = MeasuredBlock(profile.name, size, profile.simulated)
                self.blocks.append(block)
                _Wave(self.plan, block, lanes, self._progress).run()
                if block.given_up:
                    break
        finally:
            for lane in lanes:
                lane.close()


class _Wave:
    """One block: as many requests under way as there are lanes, until all have ended."""

    def __init__(
        self,
        plan: BenchPlan,
        block: MeasuredBlock,
        lanes: Sequence[ModelEndpoint],
        progress: Progress,
    ) -> None:
        self._plan = plan
        self._block = block
        self._lanes = lanes
        self._progress = progress
        self._done: queue.SimpleQueue[tuple[int, RequestRecorder]] = queue.SimpleQueue()
        self._failed: list[Measured] = []
        self._answered = False

    def run(self) -> None:
        self._take(self._plan.warmups, warm=True)
        if not self._block.given_up:
            self._take(self._plan.requests, warm=False)
        elif not self._block.requests:
            self._block.requests = self._failed
            self._block.warmed = 0

    def _take(self, count: int, *, warm: bool) -> None:
        """`count` requests; those an interrupt leaves under way end when their lanes are closed."""
        running = min(len(self._lanes), count)
        left = count - running
        for number in range(running):
            self._start(number)
        while running:
            self._progress(self._block)
            try:
                number, probe = self._done.get(timeout=TICK_S)
            except queue.Empty:
                continue
            self._note(number, probe, warm=warm)
            if left and not self._block.given_up:
                self._start(number)
                left -= 1
            else:
                running -= 1
        self._progress(self._block)

    def _start(self, number: int) -> None:
        probe = RequestRecorder(self._block.size)

        def sink(batch: Sequence[WireEvent]) -> None:
            if probe.feed(batch):
                self._done.put((number, probe))

        self._lanes[number].call(request_of(self._block.size, self._plan.output), sink)

    def _note(self, number: int, probe: RequestRecorder, *, warm: bool) -> None:
        block, lane = self._block, self._lanes[number]
        block.model, block.wire = lane.model, lane.wire
        request = probe.measured()
        if warm:
            block.warmed += 1
        else:
            block.requests.append(request)
        self._answered = self._answered or request.good
        if not request.good:
            self._failed.append(request)
        block.given_up = not self._answered and len(self._failed) >= GIVE_UP


@contextmanager
def _networked() -> Iterator[Network]:
    network = Network()
    try:
        yield network
    finally:
        network.close()


@contextmanager
def _reachable(profile: EndpointProfile) -> Iterator[EndpointProfile]:
    """The profile with an address: the built-in server is started for the simulated one."""
    if not profile.simulated or profile.base_url:
        yield profile
        return
    server = started_server(profile)
    try:
        yield replace(profile, base_url=f"http://127.0.0.1:{server.read_port()}/v1")
    finally:
        server.stop()

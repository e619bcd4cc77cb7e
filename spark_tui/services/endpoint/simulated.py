"""The built-in endpoint as an `Endpoint`: starts its server process when it is first needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.wire import (
    Ended,
    Ending,
    EndpointProfile,
    EndpointState,
    FaultKind,
    ModelRequest,
)
from spark_tui.core.errors import SparkError
from spark_tui.core.remedy import Remedy
from spark_tui.services import processes
from spark_tui.services.endpoint.endpoint import ModelEndpoint
from spark_tui.services.endpoint.wires.call import Cancellable, Sink, WireCall


class WaitingCall:
    """A call made before the server is up; becomes a real one, or ends."""

    def __init__(
        self, request: ModelRequest, sink: Sink, instead_of: Cancellable | None = None
    ) -> None:
        self._request = request
        self._instead_of = instead_of
        self._sink = sink
        self._lock = threading.Lock()
        self._real: WireCall | None = None
        self._over = False

    def start(self, endpoint: ModelEndpoint) -> None:
        """The server is up: send the request."""
        with self._lock:
            if not self._over:
                old = self._instead_of
                old = old._real or old if isinstance(old, WaitingCall) else old
                self._real = endpoint.call(self._request, self._sink, old)

    def end(self, ended: Ended) -> None:
        """Nothing more will happen."""
        with self._lock:
            if self._over or self._real is not None:
                return
            self._over = True
        self._sink((ended,))

    def cancel(self, closed: Callable[[int], None] | None = None) -> None:
        """See `Call.cancel`."""
        with self._lock:
            real = self._real
        if real is not None:
            real.cancel(closed)
        else:
            self.end(Ended(time.monotonic_ns(), Ending.STOPPED))


def started_server(profile: EndpointProfile) -> processes.OwnProcess:
    """The built-in server's process, with the profile's options as flags. Raises SparkError."""
    flags = [item for name, value in profile.options for item in (f"--{name}", value)]
    return processes.spawn_self(["sim", *flags])


class SimulatedEndpoint:
    """Fits `Endpoint`. `profile.options` become the server's flags (`rate`, `ttft`, …)."""

    def __init__(self, profile: EndpointProfile) -> None:
        self.profile = profile
        self._lock = threading.Lock()
        self._starter: threading.Thread | None = None
        self._server: processes.OwnProcess | None = None
        self._endpoint: ModelEndpoint | None = None
        self._waiting: list[WaitingCall] = []
        self._closed = False
        self._told: Callable[[EndpointState], None] | None = None
        self._opening: ModelRequest | None = None

    def call(
        self, request: ModelRequest, sink: Sink, instead_of: Cancellable | None = None
    ) -> WaitingCall:
        """See `Endpoint.call`."""
        call = WaitingCall(request, sink, instead_of)
        with self._lock:
            endpoint = self._endpoint
            if endpoint is None:
                self._waiting.append(call)
        if endpoint is not None:
            call.start(endpoint)
        else:
            self.warm()
        return call

    def watch(self, told: Callable[[EndpointState], None]) -> None:
        """See `Endpoint.watch`."""
        self._told = told

    def warm(self, opening: ModelRequest | None = None) -> None:
        """See `Endpoint.warm`: starts the server too."""
        with self._lock:
            self._opening = opening or self._opening
            if self._starter is not None or self._closed:
                return
            self._starter = threading.Thread(target=self._start, name="simulator", daemon=True)
            self._starter.start()

    def _start(self) -> None:
        try:
            server = started_server(self.profile)
            port = server.read_port()
        except SparkError as error:
            self._give_up(error)
            return
        profile = replace(self.profile, base_url=f"http://127.0.0.1:{port}/v1")
        endpoint = ModelEndpoint(profile)
        if self._told is not None:
            endpoint.watch(self._told)
        with self._lock:
            self._server = server
            closed = self._closed
            if not closed:
                self._endpoint = endpoint
            waiting, self._waiting = self._waiting, []
        if closed:
            endpoint.close()
            server.stop()
            return
        endpoint.warm(self._opening)
        for call in waiting:
            call.start(endpoint)

    def _give_up(self, error: SparkError) -> None:
        with self._lock:
            self._starter = None
            waiting, self._waiting = self._waiting, []
        for call in waiting:
            call.end(
                Ended(
                    time.monotonic_ns(),
                    Ending.FAILED,
                    FaultKind.CONNECT,
                    f"the simulated endpoint did not start: {error.what}",
                    (Remedy.RETRY, Remedy.OTHER_ENDPOINT),
                )
            )

    def close(self) -> None:
        """See `Endpoint.close`: ends the server too."""
        with self._lock:
            self._closed = True
            endpoint, server = self._endpoint, self._server
            waiting, self._waiting = self._waiting, []
        for call in waiting:
            call.cancel()
        if endpoint is not None:
            endpoint.close()
        if server is not None:
            server.stop()

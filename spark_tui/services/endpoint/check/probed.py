"""A model endpoint whose steps can be taken one by one, to look at each."""

from __future__ import annotations

from spark_tui.core.endpoint.wire import FaultKind, ModelRequest
from spark_tui.services.endpoint.endpoint import ModelEndpoint
from spark_tui.services.endpoint.faults.faults import FaultError
from spark_tui.services.endpoint.transport.timings import CURRENT, Tap


class ProbedEndpoint(ModelEndpoint):
    """Everything that is added here runs in the network thread."""

    def load(self) -> None:
        """Import what a call needs, so that it is not timed. Raises FaultError."""
        self._open()
        self._prepare("chat", ModelRequest("", (), 0), self._peer())

    async def list_models(self) -> tuple[int, list[str]]:
        """(ns the answer took, the ids it lists). Raises FaultError."""
        tap = Tap()
        token = CURRENT.set(tap)
        try:
            listed = await self._models()
        finally:
            CURRENT.reset(token)
        return max(0, tap.read_at - tap.started), listed

    async def open_socket(self) -> None:
        """Open the WebSocket the next turn would use. Raises FaultError."""
        client = self._open()
        if client.proxied:
            raise FaultError(FaultKind.CONNECT, "not used through a proxy", code="upgrade")
        await self._socket_wire(client).warm(self._peer())

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        await self._shut_down()

"""Steering: a running answer is told something and is followed by another one.

Source: the public guide to the WebSocket mode of the Responses API, 2026. `response.steer` is
accepted or not; if it is, the running response ends early and the next `response.created` on the
connection begins the one that follows. What still arrives of the old one belongs to nobody.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import FaultKind
from spark_tui.services.endpoint.faults.faults import NOT_STEERED, FaultError, Peer
from spark_tui.services.endpoint.transport.websocket_connection import Link
from spark_tui.services.endpoint.wires.reader import decode, text_of

_ENDS = {"response.completed", "response.incomplete", "response.failed"}
_REFUSALS = {"response.steer.failed", "response.steer.pending", "error"}


@dataclass(frozen=True, slots=True)
class Steered:
    """A running answer that is given up for the one that goes on from it."""

    link: Link
    response_id: str

    def frame(self, text: str) -> dict[str, Any]:
        """What is sent: `text` as the person's words."""
        return {
            "type": "response.steer",
            "previous_response_id": self.response_id,
            "input": text,
        }


class Handover:
    """Reads the messages between the old answer and the new one."""

    def __init__(self, old: str, peer: Peer) -> None:
        self.over = False
        self._old = old
        self._peer = peer
        self._begun = False

    def mine(self, message: bytes) -> bool:
        """Whether the message is the new answer's.

        Raises FaultError(retry="resend") where there will be none: the old answer was over
        (`over`), waits for something, or, with NOT_STEERED, the server steers nothing.
        """
        if self._begun:
            return True
        event = decode(message, self._peer)
        kind = text_of(event.get("type"))
        if kind in _REFUSALS:
            error = event.get("error")
            code = text_of(error.get("code")) if isinstance(error, dict) else ""
            never = kind == "error" or code == "steering_not_supported"
            raise FaultError(
                FaultKind.BAD_REQUEST,
                f"{self._peer.who} did not take the new instruction",
                retry="resend",
                code=NOT_STEERED if never else "",
            )
        response = event.get("response")
        name = text_of(response.get("id")) if isinstance(response, dict) else ""
        if kind == "response.created" and name != self._old:
            self._begun = True
            return True
        self.over = self.over or kind in _ENDS
        return False

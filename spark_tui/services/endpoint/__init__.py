"""Model endpoints: HTTP and WebSocket wires, read and stamped in a thread of their own.

`open_endpoint` is the way in; nothing heavy is imported before the first call or `warm`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.services.endpoint.capabilities import Memory
from spark_tui.services.endpoint.endpoint import ModelEndpoint
from spark_tui.services.endpoint.limits import Bounds, Retries, Timeouts
from spark_tui.services.endpoint.network import Network
from spark_tui.services.endpoint.simulated import SimulatedEndpoint

__all__ = [
    "Bounds",
    "Memory",
    "ModelEndpoint",
    "Network",
    "Retries",
    "SimulatedEndpoint",
    "Timeouts",
    "connect",
    "open_endpoint",
    "remembered",
]


def open_endpoint(profile: EndpointProfile, network: Network | None = None) -> ModelEndpoint:
    """The endpoint of `profile`. Endpoints that share a `network` share its thread."""
    return ModelEndpoint(profile, network)


def connect(
    profile: EndpointProfile,
    memory: Memory | None = None,
    fresh_key: Callable[[], str] | None = None,
) -> ModelEndpoint | SimulatedEndpoint:
    """The endpoint of a profile: the built-in server's where it is simulated.

    `memory` is what earlier ones learnt of addresses, `fresh_key` the key as of now where one signs
    in instead of setting one.
    """
    if profile.simulated:
        return SimulatedEndpoint(profile)
    return ModelEndpoint(profile, memory=memory, fresh_key=fresh_key if profile.sign_in else None)


def remembered(folder: Path) -> Memory:
    """What was learnt of addresses on this machine, kept in `folder`."""
    return Memory(folder / "learnt.json", int(time.time() // 86_400))

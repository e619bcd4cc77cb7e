"""Model endpoints: HTTP and WebSocket wires, read and stamped in a thread of their own.

`open_endpoint` is the way in; nothing heavy is imported before the first call or `warm`.
"""

from __future__ import annotations

from spark_tui.core.wire import EndpointProfile
from spark_tui.services.endpoint.endpoint import ModelEndpoint
from spark_tui.services.endpoint.limits import Bounds, Retries, Timeouts
from spark_tui.services.endpoint.network import Network
from spark_tui.services.endpoint.simulated import SimulatedEndpoint

__all__ = [
    "Bounds",
    "ModelEndpoint",
    "Network",
    "Retries",
    "SimulatedEndpoint",
    "Timeouts",
    "connect",
    "open_endpoint",
]


def open_endpoint(profile: EndpointProfile, network: Network | None = None) -> ModelEndpoint:
    """The endpoint of `profile`. Endpoints that share a `network` share its thread."""
    return ModelEndpoint(profile, network)


def connect(profile: EndpointProfile) -> ModelEndpoint | SimulatedEndpoint:
    """The endpoint of a profile: the built-in server's where it is simulated."""
    return SimulatedEndpoint(profile) if profile.simulated else ModelEndpoint(profile)

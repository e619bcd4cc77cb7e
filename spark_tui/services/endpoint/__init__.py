"""Model endpoints: HTTP and WebSocket wires, read and stamped in a thread of their own.

check/        An endpoint looked at step by step, for `spark-tui doctor` and the set-up form
faults/       What went wrong at an endpoint: from statuses and error bodies to one line
transport/    Connections below the wires: addresses, sockets, TLS, proxies, each stamped
wires/        How requests are written and answers read: Responses, Chat Completions, WebSocket
capabilities  What a server turned out not to take: learnt from its refusals, kept for its address
endpoint      A model endpoint: picks wire and model, sends, retries where that is safe (429 …)
limits        Timeouts, retries, back-off, keep-alive and byte bounds; injectable for tests
network       The one thread that talks to the network, with an event loop of its own
providers     Providers as data: which host takes which fields, limits and wires
simulated     The built-in endpoint as an `Endpoint`: starts its server when first needed

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

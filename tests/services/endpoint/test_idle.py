"""A person reads for a minute: the next turn still finds its connection.

The clocks that decide are moved ahead instead of waited for. `python -m tests.bench.bench_idle`
does wait.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpcore2._async.http11 as pool
import pytest

from spark_tui.core.endpoint.wire import Connected, Ending
from spark_tui.services.endpoint.transport import websocket_connection
from spark_tui.services.endpoint.wires import websocket
from spark_tui.simulator.settings import SimSettings
from tests.e2e.farm import Farm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.endpoint.conftest import Kit
else:
    Kit = Any


class Ahead:
    """A monotonic clock that can be moved ahead, for the modules that use it."""

    def __init__(self) -> None:
        self.by = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.by


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    clock = Ahead()
    shown = SimpleNamespace(monotonic=clock.monotonic, monotonic_ns=time.monotonic_ns)
    for module in (pool, websocket, websocket_connection):
        monkeypatch.setattr(module, "time", shown)
    return clock


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    farm = Farm()
    _, port = farm.start(SimSettings(rate=0.0, ttft_ms=1.0))
    yield f"http://127.0.0.1:{port}/v1"
    farm.stop()


def connection(kit: Kit, endpoint: Any) -> Connected:
    got = kit.collector()
    endpoint.call(kit.request, got)
    assert got.ended().ending is Ending.COMPLETE
    kit.until(lambda: not any("_drain" in repr(one) for one in kit.network._tasks))
    return next(one for one in got.events if isinstance(one, Connected))


@pytest.mark.parametrize(
    ("wire", "kept_s", "dropped_s"),
    [("responses", 60, 301), ("chat", 60, 301), ("websocket", 54 * 60, 56 * 60)],
)
def test_a_pause_opens_no_new_connection_until_it_is_too_long(
    kit: Kit, url: str, ahead: Ahead, wire: str, kept_s: int, dropped_s: int
) -> None:
    endpoint = kit.endpoint(url, wire, dialect="simulated")
    assert not connection(kit, endpoint).reused
    assert connection(kit, endpoint).reused
    ahead.by += 60
    assert connection(kit, endpoint).reused
    if wire == "websocket":
        # The servers of this wire close after an hour: the next one is opened before, not in it.
        ahead.by = kept_s
        assert connection(kit, endpoint).reused
        ahead.by = dropped_s
    else:
        ahead.by += dropped_s
    assert not connection(kit, endpoint).reused
    assert connection(kit, endpoint).reused

"""What the conductor hands to the recorder of traces, and what the screen tells it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from spark_tui.core.events import Away, Displayed, Event, Painted, TurnEnded
from tests.pair.conftest import Rig


class Kept:
    """A recorder that only remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = False

    def handle(self, events: Sequence[Event]) -> None:
        assert not self.closed
        self.events += events

    def place(self, turn: int) -> str:
        return f"trace of {turn}"

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def recorder() -> Kept:
    return Kept()


async def test_the_recorder_gets_every_event_in_order(
    rig: Callable[..., Rig], recorder: Kept
) -> None:
    r = rig({"calc.py": "a\n"}, recorder=recorder)
    assert r.pair.trace() == ""
    call = await r.ask("hello")
    call.say("some words")
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    assert recorder.events == r.events
    assert r.pair.trace() == "trace of 1"
    await r.pair.close()
    assert recorder.closed


async def test_only_the_first_painted_hunk_of_a_turn_is_told(rig: Callable[..., Any]) -> None:
    r = rig({"calc.py": "a\n"})
    await r.ask("hello")
    r.pair.painted(1, 100)
    r.pair.painted(1, 200)
    await r.ask("again")
    r.pair.painted(2, 300)
    r.pair.painted(1, 400)
    await r.until(lambda: Painted(300, 2) in r.events)
    assert [e for e in r.events if isinstance(e, Painted)] == [Painted(100, 1), Painted(300, 2)]


async def test_every_time_something_of_a_turn_is_on_the_screen_is_told(
    rig: Callable[..., Any],
) -> None:
    r = rig({"calc.py": "a\n"})
    await r.ask("hello")
    r.pair.displayed(1, 100)
    r.pair.displayed(1, 200)
    r.pair.away(1, 300, 400)
    await r.until(lambda: Away(400, 1, 300) in r.events)
    assert Displayed(200, 1) in r.events
    assert Displayed(100, 1) in r.events

"""The same answer over every wire and in every shape comes out as the same events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pytest

from spark_tui.core.edits.model import FileOpened, HunkClosed, Problem
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    ModelRequest,
    ServerTimings,
    Usage,
    WireEvent,
)
from spark_tui.services.endpoint import ModelEndpoint, Network
from spark_tui.simulator.dialects import ImitatedProvider
from spark_tui.simulator.parts import Reply
from spark_tui.simulator.settings import SimSettings
from tests.e2e.farm import Farm

WIRES = ("responses", "websocket", "chat")

FILES = """File: calc.py
```
def add(a, b):
    return a + b


def twice(a):
    return add(a, a)
```
File: main.py
```
from calc import add

print(add(1, 2))
```
"""
RENAME = f"{FILES}\nInstruction:\nrename add to plus"
CREATE = f"{FILES}\nInstruction:\ncreate notes.md with remember the milk"
DELETE = f"{FILES}\nInstruction:\ndelete the file main.py"
SHORT = "Instruction:\nwrite 3 words"


@dataclass(frozen=True)
class Kind:
    """A shape of answer: what the simulator is told, what it is asked."""

    name: str
    settings: SimSettings
    text: str = RENAME
    edits: int = 2


KINDS = (
    Kind("text", SimSettings(0.0, 1.0)),
    Kind("tool", SimSettings(0.0, 1.0, reply=Reply.TOOL)),
    Kind("hosted", SimSettings(0.0, 1.0, reply=Reply.HOSTED)),
    Kind("reasoning", SimSettings(0.0, 1.0, reasoning=24, dialect=ImitatedProvider.VLLM)),
    Kind("reasoning, tool", SimSettings(0.0, 1.0, reasoning=24, dialect=ImitatedProvider.VLLM,
                                        reply=Reply.TOOL)),
    Kind("hidden reasoning", SimSettings(0.0, 1.0, reasoning=24)),
    Kind("bundled", SimSettings(0.0, 1.0, bundle=16)),
    Kind("bundled, hosted", SimSettings(0.0, 1.0, bundle=16, reply=Reply.HOSTED)),
    Kind("one event", SimSettings(0.0, 1.0, bundle=10_000)),
    Kind("create, hosted", SimSettings(0.0, 1.0, reply=Reply.HOSTED), CREATE, 1),
    Kind("delete, hosted", SimSettings(0.0, 1.0, reply=Reply.HOSTED), DELETE, 1),
    Kind("short", SimSettings(0.0, 1.0), SHORT, 0),
    Kind("short, tool", SimSettings(0.0, 1.0, reply=Reply.TOOL), SHORT, 0),
)  # fmt: skip


@dataclass(frozen=True)
class Folded:
    """An answer without its stamps and without how it was cut into pieces."""

    runs: tuple[tuple[str, str], ...]
    usage: tuple[int, int, int, int]
    timed: bool
    ending: Ending
    edits: tuple[object, ...]


def edits_of(text: str) -> tuple[object, ...]:
    stream = EditStream()
    events = [*stream.feed(text), *stream.finish(True)]
    kept: list[object] = []
    for event in events:
        assert not isinstance(event, Problem), event
        if isinstance(event, FileOpened):
            kept.append((event.op, event.path))
        elif isinstance(event, HunkClosed):
            lines = [(line.tag, line.text) for line in event.raw.lines]
            kept.append((event.raw.anchors, tuple(lines)))
    return tuple(kept)


def folded(events: Sequence[WireEvent]) -> Folded:
    deltas = [one for one in events if isinstance(one, Delta)]
    runs = tuple(
        (str(channel), "".join(one.text for one in run))
        for channel, run in groupby(deltas, key=lambda one: one.channel)
    )
    usage = next(one for one in events if isinstance(one, Usage))
    ended = events[-1]
    assert isinstance(ended, Ended)
    visible = "".join(text for channel, text in runs if channel != "reasoning")
    return Folded(
        runs,
        (usage.input, usage.output, usage.cached, usage.reasoning),
        any(isinstance(one, ServerTimings) for one in events),
        ended.ending,
        edits_of(visible),
    )


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    made = Farm()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


async def ask(network: Network, url: str, wire: str, text: str) -> list[WireEvent]:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    events: list[WireEvent] = []

    def sink(batch: Sequence[WireEvent]) -> None:
        events.extend(batch)
        if isinstance(batch[-1], Ended):
            loop.call_soon_threadsafe(over.set)

    profile = EndpointProfile("sim", url, "simulated", wire, dialect="vllm")
    endpoint = ModelEndpoint(profile, network)
    rules = "*** Begin Patch"
    endpoint.call(ModelRequest(rules, (ChatMessage("user", text),), 9999, patch_tool=True), sink)
    async with asyncio.timeout(10):
        await over.wait()
    await asyncio.to_thread(endpoint.close)
    return events


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_every_wire_gives_the_same_events(farm: Farm, network: Network, kind: Kind) -> None:
    _, port = await asyncio.to_thread(farm.start, kind.settings)
    url = f"http://127.0.0.1:{port}/v1"
    answers = [folded(await ask(network, url, wire, kind.text)) for wire in WIRES]
    first = answers[0]
    assert first.ending is Ending.COMPLETE
    assert answers == [first] * len(WIRES)
    channels = {channel for channel, _ in first.runs}
    assert ("reasoning" in channels) == (kind.settings.dialect is ImitatedProvider.VLLM)
    assert ("tool" in channels) == (kind.settings.reply is not Reply.TEXT and kind.edits > 0)
    assert first.usage[3] == kind.settings.reasoning
    assert len([one for one in first.edits if isinstance(one[0], str)]) == kind.edits  # type: ignore[index]


async def test_an_edit_is_the_same_however_it_is_delivered(farm: Farm, network: Network) -> None:
    seen = set()
    for reply in Reply:
        settings = SimSettings(0.0, 1.0, reply=reply)
        _, port = await asyncio.to_thread(farm.start, settings)
        for wire in WIRES:
            url = f"http://127.0.0.1:{port}/v1"
            seen.add(folded(await ask(network, url, wire, RENAME)).edits)
    assert len(seen) == 1
    assert len(seen.pop()) > 3

"""A model that looks, over real sockets: on every wire, and in words where tools are refused."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core.cost.pricing import Price
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.events import Event, Flushed, LooksWanted, RoundBegan
from spark_tui.core.looks import LookSetting
from spark_tui.core.mode import Mode
from spark_tui.core.session import Turn
from spark_tui.pair.conductor import Pair
from spark_tui.services.endpoint import ModelEndpoint
from spark_tui.services.worktree import open_worktree
from spark_tui.simulator.faults import Fault, FaultName
from spark_tui.simulator.sample import write_sample
from spark_tui.simulator.settings import SimSettings
from tests.e2e.farm import Farm

MEANT = "look into net, then rename backoff to pause"
ROWS = [
    (1, "listed", "net/", "3 entries"),
    (2, "looked", "net/__init__.py"),
    (2, "looked", "net/client.py"),
    (2, "looked", "net/retry.py"),
]


@pytest.fixture
def farm() -> Iterator[Farm]:
    made = Farm()
    yield made
    made.stop()


class Rig:
    """A session in a real worktree of more files than go along by themselves."""

    def __init__(self, folder: Path, farm: Farm) -> None:
        self.root = folder / "repo"
        self.root.mkdir()
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=self.root, check=True)
        write_sample(self.root)
        for number in range(30):
            (self.root / f"page_{number}.txt").write_text(f"page {number}\n")
        self.state = folder / "state"
        self.farm = farm
        self.bodies: list[Mapping[str, Any]] = []
        self.events: list[Event] = []
        self._heard = asyncio.Condition()
        self._open: list[tuple[Pair, asyncio.Task[None]]] = []

    async def start(
        self,
        wire: str,
        setting: LookSetting = LookSetting.ON,
        *faults: FaultName,
        mode: Mode = Mode.ASK,
        trusted: bool = False,
        rate: float = 0.0,
    ) -> Pair:
        settings = SimSettings(rate=rate, ttft_ms=1.0, faults=tuple(Fault(one) for one in faults))
        sim, port = await asyncio.to_thread(self.farm.start, settings)
        begin = sim.begin

        def noted(body: Mapping[str, Any], *rest: Any) -> Any:
            self.bodies.append(body)
            return begin(body, *rest)

        monkey: Any = sim
        monkey.begin = noted
        profile = EndpointProfile(
            "sim",
            f"http://127.0.0.1:{port}/v1",
            "simulated-x",
            wire,
            dialect="simulated",
            price=Price(1.0, 1.0),
        )
        worktree = open_worktree(self.root, self.state)
        pair = Pair(
            worktree,
            [profile],
            ModelEndpoint,
            time.monotonic_ns,
            mode,
            looks=setting,
            trusted=trusted,
        )
        self._open.append((pair, asyncio.create_task(self._listen(pair))))
        return pair

    async def _listen(self, pair: Pair) -> None:
        async for batch in pair.events():
            async with self._heard:
                self.events += batch
                self._heard.notify_all()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60), self._heard:
            await self._heard.wait_for(lambda: bool(condition()))

    async def asked(self, pair: Pair, text: str) -> Turn:
        """A turn to its end."""
        turns = len(pair.session.turns)
        pair.ask(text, time.monotonic_ns())
        await self.until(lambda: pair.session.turns[turns:] and not pair.session.turns[-1].running)
        return pair.session.turns[-1]

    async def close(self) -> None:
        for pair, task in self._open:
            await pair.close()
            await task


@pytest.fixture
async def rig(tmp_path: Path, farm: Farm) -> Any:
    made = Rig(tmp_path, farm)
    yield made
    await made.close()


def rows(turn: Turn) -> list[tuple[object, ...]]:
    return [
        (one.round, one.done, one.what, one.outcome)[: 4 if one.done == "listed" else 3]
        for one in turn.looks
    ]


WAYS = [
    ("responses", ()),
    ("websocket", ()),
    ("chat", ()),
    ("responses", (FaultName.NO_TOOLS,)),
    ("websocket", (FaultName.NO_TOOLS,)),
    ("chat", (FaultName.NO_TOOLS,)),
]


@pytest.mark.parametrize(("wire", "faults"), WAYS)
async def test_a_model_lists_reads_and_then_edits(
    rig: Rig, wire: str, faults: tuple[FaultName, ...]
) -> None:
    pair = await rig.start(wire, LookSetting.ON, *faults)
    turn = await rig.asked(pair, MEANT)
    assert (turn.ending, turn.detail) == (Ending.COMPLETE, "")
    assert rows(turn) == ROWS
    assert {hunk.path for hunk in turn.hunks} == {"net/retry.py", "net/client.py"}
    assert all(hunk.state is HunkState.OPEN for hunk in turn.hunks)
    requests = rig.bodies[len(faults) :]
    assert len(requests) == 3 or wire == "websocket"
    began = [event for event in rig.events if isinstance(event, RoundBegan)]
    assert [event.round for event in began] == [1, 2]
    # What three requests cost is summed; what was waited for is that of the first.
    reading = turn.reading
    assert reading.input is not None
    assert reading.input > 3 * 300
    assert reading.cost == pytest.approx((reading.input + reading.output) / 1e6)
    pair.decide([h.id for h in turn.hunks], HunkState.KEPT, time.monotonic_ns())
    await rig.until(lambda: any(isinstance(event, Flushed) for event in rig.events))
    assert "def pause(attempt):" in (rig.root / "net/retry.py").read_text()


async def test_what_goes_over_the_wire(rig: Rig) -> None:
    """All calls of a round, then all outputs; the tools stay; the last round has to answer."""
    pair = await rig.start("responses")
    await rig.asked(pair, MEANT)
    first, second, third = rig.bodies
    assert [tool["name"] for tool in first["tools"]] == [
        "apply_patch",
        "read_file",
        "grep_files",
        "list_dir",
    ]
    assert second["tools"] == first["tools"] == third["tools"]
    assert second["instructions"] == first["instructions"]
    assert all("tool_choice" not in body for body in rig.bodies)
    kinds = [item["type"] for item in third["input"]]
    assert kinds == [
        "message",
        "function_call",
        "function_call_output",
        *["function_call"] * 3,
        *["function_call_output"] * 3,
    ]
    told = third["input"][-1]["output"]
    assert "File: net/retry.py\n```\n" in told
    assert told.endswith(" tokens of results.]")
    assert "[Looks left: 1 more round, about " in told
    calls = [item["call_id"] for item in third["input"] if item["type"] == "function_call"]
    outputs = [item["call_id"] for item in third["input"] if item["type"].endswith("_output")]
    assert calls == outputs


async def test_a_websocket_is_told_only_what_was_shown(rig: Rig) -> None:
    """A link that a loaded machine let go silent is told everything once more: that may be."""
    pair = await rig.start("websocket")
    turn = await rig.asked(pair, MEANT)
    assert rows(turn) == ROWS
    bodies = [body for body in rig.bodies if body.get("generate") is not False]
    for body in bodies:
        kinds = [item["type"] for item in body["input"]]
        if body.get("previous_response_id") and kinds[0] != "message":
            assert set(kinds) == {"function_call_output"}
    if len(bodies) == 3 and all(body.get("previous_response_id") for body in bodies):
        assert [len(body["input"]) for body in bodies] == [1, 1, 3]


async def test_chat_gets_calls_and_tool_messages(rig: Rig) -> None:
    pair = await rig.start("chat")
    await rig.asked(pair, MEANT)
    roles = [message["role"] for message in rig.bodies[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool", "tool", "tool"]
    assert rig.bodies[-1]["messages"][4]["content"] is None


async def test_who_refuses_tools_is_asked_in_words_from_then_on(rig: Rig) -> None:
    pair = await rig.start("chat", LookSetting.ON, FaultName.NO_TOOLS)
    await rig.asked(pair, MEANT)
    refused, *said = rig.bodies
    assert "tools" in refused
    assert all("tools" not in body for body in said)
    assert "\nlook: path/of/file.py" in said[0]["messages"][0]["content"]
    assert said[-1]["messages"][-2]["content"] == (
        "look: net/__init__.py\nlook: net/client.py\nlook: net/retry.py"
    )
    assert said[-1]["messages"][-1]["content"].startswith("What you asked to see:\n\nFile: net/")
    before = len(rig.bodies)
    await rig.asked(pair, "look for percentile")
    assert all("tools" not in body for body in rig.bodies[before:])


async def test_a_question_is_answered_from_what_was_found(rig: Rig) -> None:
    pair = await rig.start("responses")
    turn = await rig.asked(pair, "look for `def percentile`")
    assert [(one.done, one.what, one.outcome) for one in turn.looks] == [
        ("searched", '"def percentile"', "1 place in 1 file")
    ]
    assert not turn.hunks


async def test_the_person_is_asked_first_where_that_is_set(rig: Rig) -> None:
    pair = await rig.start("responses", LookSetting.ASK)
    pair.ask(MEANT, time.monotonic_ns())
    await rig.until(lambda: any(isinstance(event, LooksWanted) for event in rig.events))
    assert pair.session.turns[-1].wants == ("net/",)
    assert not pair.session.turns[-1].looks
    pair.allow_looks(1, True)
    await rig.until(lambda: pair.session.turns[-1].wants[1:])
    assert [one.outcome for one in pair.session.turns[-1].looks] == ["3 entries"]
    pair.allow_looks(1, False)
    await rig.until(lambda: not pair.session.turns[-1].running)
    turn = pair.session.turns[-1]
    assert [one.outcome for one in turn.looks[1:]] == ["not allowed"] * 3
    assert rig.bodies[-1]["tool_choice"] == "none"
    assert "Not shown: not allowed." in str(rig.bodies[-1]["input"])


async def test_nobody_looks_where_it_is_off_or_where_nobody_reads(rig: Rig) -> None:
    off = await rig.start("responses", LookSetting.OFF)
    await rig.asked(off, MEANT)
    assert "tools" not in rig.bodies[-1] or len(rig.bodies[-1]["tools"]) == 1
    assert len(rig.bodies) == 1
    auto = await rig.start("responses", mode=Mode.AUTO)
    await rig.asked(auto, MEANT)
    assert len(rig.bodies) == 2
    trusted = await rig.start("responses", mode=Mode.AUTO, trusted=True)
    turn = await rig.asked(trusted, MEANT)
    assert len(turn.looks) == 4


async def test_esc_stops_between_two_rounds(rig: Rig) -> None:
    pair = await rig.start("responses", LookSetting.ASK)
    pair.ask(MEANT, time.monotonic_ns())
    await rig.until(lambda: any(isinstance(event, LooksWanted) for event in rig.events))
    pair.stop()
    await rig.until(lambda: not pair.session.turns[-1].running)
    turn = pair.session.turns[-1]
    assert (turn.ending, turn.wants, turn.looks) == (Ending.STOPPED, (), ())
    assert len(rig.bodies) == 1
    # The next instruction starts afresh: nothing is owed to anybody.
    turn = await rig.asked(pair, "rename add to plus in @calc.py")
    assert turn.ending is Ending.COMPLETE
    assert turn.hunks


async def test_what_no_file_name_says_is_searched_and_then_edited(rig: Rig) -> None:
    pair = await rig.start("responses")
    turn = await rig.asked(pair, "add retries to the client")
    assert [one.done for one in turn.looks] == ["searched"]
    assert [hunk.path for hunk in turn.hunks] == ["net/retry.py"]
    assert "MAX_ATTEMPTS = 6\n" in "".join(turn.hunks[0].new)

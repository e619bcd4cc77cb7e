from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from spark_tui.core.endpoint.choices import EndpointDraft
from spark_tui.core.endpoint.probe import Check, ProbeReport, ProbeStep, StepOutcome
from spark_tui.core.endpoint.wire import EndpointProfile, EndpointState, Need, Served, Source
from spark_tui.core.errors import SettingsError
from spark_tui.core.events import EndpointSet, EndpointSetUp, EndpointTested, Notice, OnWire
from spark_tui.core.remedy import Remedy
from spark_tui.pair.conductor import Pair
from spark_tui.pair.endpoints import Endpoints
from tests.pair.conftest import MemoryWorktree, ScriptedEndpoint

KEY = "sk-0123456789"
MINE = EndpointProfile("mine", "http://mine/v1", "m", "chat")
SPARK = EndpointProfile(
    "spark", "https://api/v1", "s", "websocket", need=Need.KEY, source=Source.SHIPPED
)
OTHER = EndpointProfile(
    "openai", "https://api/v1", "o", "websocket", need=Need.KEY, source=Source.SHIPPED
)
SIM = EndpointProfile("sim", "", simulated=True, source=Source.BUILT_IN)

GOOD = ProbeReport(
    (
        Check(ProbeStep.CONNECT, StepOutcome.OK, 4_000_000),
        Check(ProbeStep.FIRST, StepOutcome.OK, 187_000_000),
    )
)
BAD = ProbeReport(
    (Check(ProbeStep.KEY, StepOutcome.FAILED, None, "openai refused the key", ("set X",)),)
)
GONE = ProbeReport(
    (Check(ProbeStep.NAME, StepOutcome.FAILED, None, "no such name", ("check it",)),)
)


class ScriptedSetup:
    """Tells the checks of `report`; `held` keeps a look from ending."""

    def __init__(self, report: ProbeReport) -> None:
        self.report = report
        self.saved: list[tuple[str, str, bool]] = []
        self.looked: list[EndpointProfile] = []
        self.held = threading.Event()
        self.held.set()
        self.began = threading.Event()
        self.stopped = threading.Event()
        self.refuse = ""

    def look(self, profile: EndpointProfile, told: Callable[[Check], None]) -> ProbeReport:
        self.looked.append(profile)
        self.began.set()
        for check in self.report.checks:
            told(check)
        self.held.wait(10)
        return self.report

    def stop(self) -> None:
        self.held.set()
        self.stopped.set()

    def sign_in(self) -> str:
        self.began.set()
        self.held.wait(60)
        if self.refuse:
            raise SettingsError(self.refuse)
        return "ada@example.com"

    def save(self, profile: EndpointProfile, key: str, *, table: bool) -> str:
        if self.refuse:
            raise SettingsError(self.refuse)
        self.saved.append((profile.name, key, table))
        return "~/keys.toml"


class Bench:
    """`Endpoints` with everything around it scripted."""

    def __init__(self, report: ProbeReport, *profiles: EndpointProfile) -> None:
        self.setup = ScriptedSetup(report)
        self.made: list[ScriptedEndpoint] = []
        self.events: list[Any] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.endpoints = Endpoints(
            profiles or (MINE, SIM, SPARK, OTHER),
            self._connect,
            self.setup,
            lambda: 1,
            lambda *events: self.events.extend(events),
            self._spawn,
        )
        self.endpoints.start()

    def _connect(self, profile: EndpointProfile) -> ScriptedEndpoint:
        self.made.append(ScriptedEndpoint(profile))
        return self.made[-1]

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        self.tasks.append(asyncio.get_running_loop().create_task(work))
        return self.tasks[-1]

    async def set_up(self, draft: EndpointDraft) -> EndpointSetUp:
        self.endpoints.set_up(draft)
        await self.tasks[-1]
        [outcome] = [e for e in self.events if isinstance(e, EndpointSetUp)]
        return outcome


async def test_what_works_is_saved_used_and_its_key_serves_the_origin() -> None:
    bench = Bench(GOOD)
    outcome = await bench.set_up(EndpointDraft("spark", key=KEY))
    assert outcome.saved == "~/keys.toml"
    assert bench.setup.saved == [("spark", KEY, False)]
    assert bench.endpoints.profile.name == "spark"
    assert bench.made[-1].profile.key == KEY
    told = [e.check.step for e in bench.events if isinstance(e, EndpointTested)]
    assert told == [ProbeStep.CONNECT, ProbeStep.FIRST]
    by_name = {c.name: c for c in bench.endpoints.choices()}
    assert by_name["openai"].ready
    assert by_name["mine"].previous
    assert by_name["spark"].in_use
    bench.endpoints.use("openai")
    assert bench.made[-1].profile.key == KEY


async def test_what_does_not_work_saves_nothing_and_changes_nothing() -> None:
    bench = Bench(BAD)
    outcome = await bench.set_up(EndpointDraft("spark", key=KEY))
    assert (outcome.saved, outcome.problem) == ("", "key: openai refused the key")
    assert outcome.remedies == ()
    assert bench.setup.saved == []
    assert bench.endpoints.profile is MINE
    assert not {c.name: c for c in bench.endpoints.choices()}["spark"].ready
    assert KEY not in repr(bench.events)


async def test_a_new_address_and_a_new_model_are_kept_as_a_table() -> None:
    bench = Bench(GOOD)
    await bench.set_up(EndpointDraft(address="gpu:8000"))
    assert bench.setup.saved == [("gpu", "", True)]
    bench.events.clear()
    await bench.set_up(EndpointDraft("spark", model="next", key=KEY))
    assert bench.setup.saved[-1] == ("spark", KEY, True)
    assert [c.name for c in bench.endpoints.choices()][:3] == ["sim", "mine", "gpu"]


async def test_a_failure_comes_with_its_way_out() -> None:
    outcome = await Bench(GONE).set_up(EndpointDraft("spark", key=KEY))
    assert (outcome.problem, outcome.remedies) == ("name: no such name", ("check it",))


@pytest.mark.parametrize("draft", [EndpointDraft(), EndpointDraft("spark", key="no key")])
async def test_what_can_not_be_tested_is_told(draft: EndpointDraft) -> None:
    bench = Bench(GOOD)
    assert (await bench.set_up(draft)).problem
    assert bench.setup.looked == []


async def test_a_disk_that_refuses_is_told_and_nothing_changes() -> None:
    bench = Bench(GOOD)
    bench.setup.refuse = "disk full"
    assert (await bench.set_up(EndpointDraft("spark", key=KEY))).problem == "disk full"
    assert bench.endpoints.profile is MINE


async def test_stopping_ends_the_test_and_tells_nothing_more() -> None:
    bench = Bench(GOOD)
    bench.setup.held.clear()
    bench.endpoints.set_up(EndpointDraft("spark", key=KEY))
    assert await asyncio.to_thread(bench.setup.began.wait, 10)
    bench.endpoints.stop_set_up()
    with pytest.raises(asyncio.CancelledError):
        await bench.tasks[-1]
    assert bench.setup.stopped.is_set()
    assert not any(isinstance(e, EndpointSetUp) for e in bench.events)
    assert bench.setup.saved == []


async def test_switching_lets_the_answer_under_way_come() -> None:
    bench = Bench(GOOD)
    call = bench.made[0].call(None, lambda _: None)  # type: ignore[arg-type]
    bench.endpoints.use("simulated")
    assert not call.cancelled.is_set()
    bench.endpoints.settle()
    assert call.cancelled.is_set()


async def test_nothing_is_sent_to_an_endpoint_without_its_key() -> None:
    made: list[ScriptedEndpoint] = []

    def connect(profile: EndpointProfile) -> ScriptedEndpoint:
        made.append(ScriptedEndpoint(profile))
        return made[-1]

    pair = Pair(MemoryWorktree({"a.py": "x = 1\n"}), [SPARK, SIM], connect, time.monotonic_ns)
    events = pair.events()
    await anext(events)
    pair.ask("go", 1)
    told: list[Any] = []
    while not any(isinstance(e, Notice) for e in told):
        told += await anext(events)
    [notice] = [e for e in told if isinstance(e, Notice)]
    assert (notice.text, notice.remedies) == (
        "spark needs a key",
        (Remedy.DRAFT_KEPT, Remedy.SET_ENDPOINT, Remedy.SEND),
    )
    assert made[0].calls == []
    assert pair.session.turns == ()
    await pair.close()


async def test_a_lane_that_was_not_given_is_told_once() -> None:
    bench = Bench(GOOD)
    for tier in ("default", "default", "priority"):
        bench.endpoints.handle((OnWire(1, 1, Served(1, tier, "fast")),))
    [notice] = [e for e in bench.events if isinstance(e, Notice)]
    assert notice.text == "asked mine for fast, served default"


async def test_the_label_follows_the_endpoint_in_use_and_no_other() -> None:
    bench = Bench(GOOD)
    old = bench.made[0]
    old.told(EndpointState("m", "chat", warm=True))
    await asyncio.sleep(0)
    assert bench.events[-1].endpoint.warm
    assert bench.events[-1].endpoint.wire == "chat"
    bench.endpoints.use("simulated")
    count = len(bench.events)
    old.told(EndpointState("m", "chat", warm=False))
    await asyncio.sleep(0)
    assert len(bench.events) == count
    assert isinstance(bench.events[-1], EndpointSet)


async def test_what_lacks_its_key_is_not_connected_and_says_so() -> None:
    bench = Bench(GOOD, SPARK, SIM)
    assert bench.endpoints.missing() == "spark needs a key"
    assert bench.made[0].warmed == 0
    bench.endpoints.use("simulated")
    assert bench.endpoints.missing() == ""
    assert bench.made[1].warmed == 1


PLAN = EndpointProfile(
    "chatgpt",
    "https://api.openai.com/v1",
    "m",
    sign_in="chatgpt",
    need=Need.SIGN_IN,
    source=Source.SHIPPED,
)


async def test_who_signed_in_uses_the_endpoint_and_nobody_elses_key_changes() -> None:
    bench = Bench(GOOD, MINE, PLAN, SPARK)
    bench.endpoints.sign_in("chatgpt")
    await bench.tasks[-1]
    assert bench.endpoints.profile.name == "chatgpt"
    assert bench.endpoints.missing() == ""
    told = [e.text for e in bench.events if isinstance(e, Notice)]
    assert told == ["sign in in the browser", "signed in as ada@example.com"]
    assert not bench.setup.saved
    [spark] = [one for one in bench.endpoints.choices() if one.name == "spark"]
    assert not spark.ready


async def test_a_sign_in_that_is_refused_or_given_up_changes_nothing() -> None:
    bench = Bench(GOOD, MINE, PLAN)
    bench.setup.refuse = "the browser did not come back"
    bench.endpoints.sign_in("chatgpt")
    await bench.tasks[-1]
    assert bench.endpoints.profile.name == MINE.name
    told = [e.text for e in bench.events if isinstance(e, Notice)]
    assert told[-1] == "the browser did not come back"
    bench.setup.held.clear()
    bench.endpoints.sign_in("chatgpt")
    await asyncio.to_thread(bench.setup.began.wait, 60)
    bench.endpoints.stop_set_up()
    await asyncio.to_thread(bench.setup.stopped.wait, 60)
    assert bench.endpoints.profile.name == MINE.name

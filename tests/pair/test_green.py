"""The green loop driven by keys and answers: a scripted endpoint, a check that reads the files."""

import shlex
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from spark_tui.core.checks import CheckResult, CheckRule, FinishedCheck, FixLevel
from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.events import Checked, CheckSaid, Flushed, GreenSet, HunksGuarded
from spark_tui.core.green.limits import GreenLimits
from spark_tui.core.green.loop import GreenEnding, GreenPhase
from spark_tui.core.mode import Mode
from tests import loops

FILES = {name: text for name, text in loops.PROJECT.items() if name != "check.py"}
WANTED = {
    "test_add": "def add(a, b):\n    return a + b\n",
    "test_sub": "def sub(a, b):\n    return a - b\n",
    "test_mul": "def mul(a, b):\n    return a * b\n",
}


class ReadingCheck:
    """A check that looks whether the functions stand as they should; tests may hold it."""

    def __init__(self, rule: CheckRule) -> None:
        self.rules = (rule,)
        self.files: dict[str, bytes] = {}
        self.free = threading.Event()
        self.free.set()
        self.runs = 0
        self.stopped = 0
        self.after: list[str] = []
        self.fails = False

    def run(
        self, rule: CheckRule, paths: Sequence[str], stop: threading.Event
    ) -> CheckResult | None:
        self.after += paths
        if not self.fails:
            return CheckResult(rule.name, True, 1)
        done = self.look(rule, paths)
        return CheckResult(
            rule.name, False, 1, 1, "", shlex.join(done.argv), done.output, done.status
        )

    def run_whole(
        self,
        rule: CheckRule,
        paths: Sequence[str],
        stop: threading.Event,
        *,
        quick: bool = False,
        seconds: float | None = None,
        told: Callable[[str], None] = lambda _text: None,
    ) -> FinishedCheck | None:
        self.runs += 1
        told("collecting\n")
        while not self.free.wait(0.005):
            if stop.is_set():
                self.stopped += 1
                return None
        done = self.look(rule, paths)
        told(done.output)
        return done

    def look(self, rule: CheckRule, paths: Sequence[str]) -> FinishedCheck:
        code = self.files["calc.py"].decode()
        failed = [name for name, good in WANTED.items() if good not in code]
        said = loops.printed(failed, len(WANTED))
        return FinishedCheck(tuple(rule.argv(paths)), 1 if failed else 0, 1_000_000, said)


class Loop:
    """A rig with a red check."""

    def __init__(self, rig: Any, mode: Mode, limits: GreenLimits | None = None) -> None:
        self.rule = CheckRule("pytest", limits=limits or GreenLimits())
        self.check = ReadingCheck(self.rule)
        self.r = rig(FILES, mode, checks=self.check)
        self.check.files = self.r.worktree.files

    async def began(self, words: str = "") -> None:
        await self.r.pair.listed()
        self.r.pair.fix(self.rule, time.monotonic_ns(), words)

    async def asked(self, calls: int) -> Any:
        """The newest call, once there are so many."""
        await self.r.until(lambda: sum(len(one.calls) for one in self.r.made) >= calls)
        return self.r.made[0].calls[-1]

    async def answers(self, text: str, calls: int) -> None:
        call = await self.asked(calls)
        call.say(text)
        call.end()

    async def phase(self, phase: GreenPhase) -> None:
        await self.r.until(lambda: self.view.loop.phase is phase)

    async def over(self) -> GreenEnding | None:
        await self.r.until(lambda: self.view.loop.over)
        ending: GreenEnding | None = self.view.loop.ending
        return ending

    async def verified(self) -> None:
        """The second run of the baseline is over."""
        await self.r.until(lambda: self.check.runs == 2 and not self.view.loop.verifying)

    async def ran(self, runs: int) -> None:
        """So many runs of the check have begun: each says so."""
        await self.r.until(lambda: self.check.runs >= runs)

    @property
    def view(self) -> Any:
        return self.r.pair.session.green

    def decide(self, state: HunkState) -> None:
        ids: list[HunkId] = [h.id for h in self.r.hunks()]
        self.r.pair.decide(ids, state, time.monotonic_ns())

    @property
    def code(self) -> str:
        return str(self.r.text("calc.py"))


async def test_in_ask_it_waits_for_the_key_and_then_runs_the_check(rig: Any) -> None:
    loop = Loop(rig, Mode.ASK)
    await loop.began()
    await loop.answers(loops.FIX, 1)
    await loop.phase(GreenPhase.DECIDING)
    assert (loop.code, loop.check.runs) == (loops.CALC, 1)
    loop.decide(HunkState.KEPT)
    assert await loop.over() is GreenEnding.GREEN
    assert loop.code == loops.with_change(loops.CALC, [loops.ADD, loops.MUL])
    assert loop.view.group == 1
    assert loop.check.after == []  # the loop's own check is enough
    said = "".join(e.text for e in loop.r.events if isinstance(e, CheckSaid))
    assert "2 failed, 1 passed" in said
    last = [e for e in loop.r.events if isinstance(e, Checked)][-1]
    assert [(one.name, one.ok) for one in last.results] == [("pytest", True)]


async def test_what_is_sent_says_what_failed_where_and_what_may_change(rig: Any) -> None:
    loop = Loop(rig, Mode.ASK)
    await loop.began("mend the arithmetic")
    call = await loop.asked(1)
    sent = call.request.messages[-1].text
    assert "tests_of_calc.py::test_add" in sent
    assert "File: calc.py" in sent
    assert "no test, no setting of tests" in sent
    assert "stuck: why" in sent
    assert loop.r.pair.session.turns[0].text == "mend the arithmetic"
    loop.r.pair.ask("don't touch sub", time.monotonic_ns())
    call.say(loops.HALF)
    call.end()
    await loop.phase(GreenPhase.DECIDING)
    loop.decide(HunkState.KEPT)
    call = await loop.asked(2)
    sent = call.request.messages[-1].text
    assert "don't touch sub" in sent
    assert "Your last edit stays: it fixed tests_of_calc.py::test_add." in sent
    loop.r.pair.stop()
    assert await loop.over() is GreenEnding.STOPPED
    assert loop.code == loops.with_change(loops.CALC, [loops.ADD])  # what a person kept is theirs


async def test_in_ask_worse_is_taken_back_and_a_no_is_an_attempt(rig: Any) -> None:
    loop = Loop(rig, Mode.ASK)
    await loop.began()
    await loop.answers(loops.WORSEN, 1)
    await loop.phase(GreenPhase.DECIDING)
    loop.decide(HunkState.KEPT)
    call = await loop.asked(2)
    assert loop.code == loops.CALC
    sent = call.request.messages[-1].text
    assert "Your last edit was taken back: it made tests_of_calc.py::test_sub fail." in sent
    assert {h.state for h in loop.r.pair.session.turns[0].hunks} == {HunkState.DROPPED}
    call.say(loops.FIX)
    call.end()
    await loop.phase(GreenPhase.DECIDING)
    loop.decide(HunkState.DROPPED)
    await loop.asked(3)
    loop.r.pair.stop_checks()
    assert await loop.over() is GreenEnding.STOPPED


async def test_it_runs_by_itself_in_auto_apply_and_is_one_group(rig: Any) -> None:
    loop = Loop(rig, Mode.AUTO)
    await loop.began()
    await loop.answers(loops.HALF, 1)
    await loop.answers(
        loops.WORSEN.replace("a - b\n+    return a + b", "a + b\n+    return a + b + 0"), 2
    )
    await loop.answers(loops.REST, 3)
    assert await loop.over() is GreenEnding.GREEN
    notes = [(entry.note.group, entry.note.part) for entry, _, _ in loop.r.worktree.log]
    assert notes[0] == (0, 1)
    assert {group for group, _ in notes[1:]} == {1}
    rows = loop.view.loop.attempts
    assert [row.stands != 0 for row in rows] == [True, False, True]
    assert [turn for turn, _ in loop.view.entries] == [1, 2, 3]
    # nothing of it is a decision of the person's: `u` takes the last entry back
    assert [act.kind for act in loop.r.pair.session.acts] == ["entry", "entry"]


async def test_what_judges_the_code_waits_for_a_key(rig: Any) -> None:
    loop = Loop(rig, Mode.AUTO)
    await loop.began()
    await loop.answers(loops.CHEAT_AND_FIX, 1)
    await loop.answers(loops.HALF, 2)
    assert await loop.over() is GreenEnding.GREEN
    guarded = [e for e in loop.r.events if isinstance(e, HunksGuarded)]
    assert [why for e in guarded for _, why in e.why] == ["a test"]
    first = loop.r.pair.session.turns[0]
    assert [h.state for h in first.hunks] == [HunkState.OPEN, HunkState.APPLIED]
    assert loop.r.text("tests_of_calc.py") == loops.TESTS


async def test_a_save_meanwhile_ends_it_and_nothing_is_taken_back(rig: Any) -> None:
    loop = Loop(rig, Mode.AUTO)
    await loop.began()
    call = await loop.asked(1)
    await loop.verified()
    loop.check.free.clear()
    call.say(loops.WORSEN)
    call.end()
    await loop.ran(3)
    mine = loop.code + "\n\nMINE = 1\n"
    loop.r.worktree.files["calc.py"] = mine.encode()
    await loop.r.worktree.changed.put(frozenset({"calc.py"}))
    assert await loop.over() is GreenEnding.EDITED
    assert (loop.code, loop.view.loop.reason) == (mine, "calc.py")
    loop.check.free.set()


async def test_a_stop_ends_the_check_and_takes_back_what_it_did_not_prove(rig: Any) -> None:
    loop = Loop(rig, Mode.AUTO)
    await loop.began()
    call = await loop.asked(1)
    await loop.verified()
    loop.check.free.clear()
    call.say(loops.FIX)
    call.end()
    await loop.ran(3)
    loop.r.pair.stop()
    assert await loop.over() is GreenEnding.STOPPED
    assert (loop.check.stopped, loop.code) == (1, loops.CALC)
    assert {h.state for h in loop.r.hunks()} == {HunkState.OPEN}  # still there to be read


async def test_an_undo_by_key_ends_it(rig: Any) -> None:
    loop = Loop(rig, Mode.AUTO)
    await loop.began()
    await loop.answers(loops.HALF, 1)
    await loop.asked(2)
    loop.r.pair.take_back(time.monotonic_ns())
    assert await loop.over() is GreenEnding.EDITED
    assert (loop.code, loop.view.loop.reason) == (loops.CALC, "#1 was taken back")


async def test_the_time_is_over_while_the_model_thinks(rig: Any) -> None:
    loop = Loop(rig, Mode.AUTO, GreenLimits(seconds=0.2))
    await loop.began()
    call = await loop.asked(1)
    assert await loop.over() is GreenEnding.BUDGET
    await loop.r.until(call.cancelled.is_set)


async def test_several_answers_side_by_side_the_best_of_them_stands(rig: Any) -> None:
    loop = Loop(rig, Mode.AUTO, GreenLimits(candidates=3))
    await loop.began()
    await loop.asked(3)
    one, two, three = (endpoint.calls[-1] for endpoint in loop.r.made)
    assert "Other answers" in two.request.messages[-1].text
    assert "Other answers" not in one.request.messages[-1].text
    two.say(loops.HALF)
    two.end()
    three.say(loops.USELESS)
    three.end()
    one.say(loops.WORSEN)
    one.end()
    await loop.r.until(lambda: loop.view.loop.attempt == 2)
    assert loop.code == loops.with_change(loops.CALC, [loops.ADD])
    assert loop.view.loop.attempts[0].stands == 2
    await loop.asked(6)
    fresh = [endpoint.calls[-1] for endpoint in (loop.r.made[0], *loop.r.made[-2:])]
    fresh[1].say(loops.REST)
    fresh[1].end()
    assert await loop.over() is GreenEnding.GREEN
    assert all(call.cancelled.is_set() for call in (fresh[0], fresh[2]))
    entries = [e.entry for e in loop.r.events if isinstance(e, Flushed)]
    assert len(entries) == len(set(entries))


async def test_read_only_starts_nothing(rig: Any) -> None:
    loop = Loop(rig, Mode.READ_ONLY)
    await loop.began()
    await loop.r.until(lambda: any(one.startswith("read-only") for one in loop.r.notices()))
    assert not any(isinstance(e, GreenSet) for e in loop.r.events)


async def test_a_failed_check_is_fixed_unasked_only_where_all_of_that_is_wanted(rig: Any) -> None:
    rule = CheckRule("pytest", fix=FixLevel.GREEN)
    for trusted in (False, True):
        check = ReadingCheck(rule)
        check.fails = True
        r = rig(FILES, Mode.AUTO, checks=check, trusted=trusted)
        check.files = r.worktree.files
        call = await r.ask("mend it in @calc.py")
        call.say(loops.HALF)
        call.end()
        await r.until(lambda r=r: [e for e in r.events if isinstance(e, Checked) and e.results])
        if not trusted:
            assert r.pair.session.green is None
            continue
        await r.until(lambda r=r: len(r.made[0].calls) == 2)
        r.made[0].calls[-1].say(loops.REST)
        r.made[0].calls[-1].end()
        await r.until(lambda r=r: r.pair.session.green.loop.over)
        assert r.pair.session.green.loop.ending is GreenEnding.GREEN


async def test_what_the_check_just_said_of_these_bytes_is_the_baseline(rig: Any) -> None:
    loop = Loop(rig, Mode.ASK)
    loop.check.fails = True
    call = await loop.r.ask("mend it in @calc.py")
    call.say(loops.HALF)
    call.end()
    await loop.r.until(lambda: loop.r.states() == ["open"])
    loop.decide(HunkState.KEPT)
    await loop.r.until(lambda: loop.r.pair.session.checks)
    await loop.began()
    call = await loop.asked(2)
    assert (loop.check.runs, len(loop.view.loop.baseline.report.failing)) == (0, 1)
    call.say(loops.REST)
    call.end()
    await loop.phase(GreenPhase.DECIDING)
    loop.decide(HunkState.KEPT)
    assert await loop.over() is GreenEnding.GREEN
    # what somebody saved since is not what the check spoke of
    loop.r.worktree.files["calc.py"] = loops.CALC.encode()
    changes, before = loop.r.pair._changes, loop.check.runs
    await loop.r.worktree.changed.put(frozenset({"calc.py"}))
    await loop.r.until(lambda: loop.r.pair._changes > changes)
    await loop.began()
    await loop.r.until(lambda: loop.check.runs > before)

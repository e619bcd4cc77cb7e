"""A whole answer tried before the person decides: a check that reads the files, keys, saves."""

import time
from typing import Any

from spark_tui.core.checks import CheckRule
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import HunksGuarded
from spark_tui.core.green.loop import GreenEnding
from spark_tui.core.green.trying import Try, TryPhase
from spark_tui.core.mode import Mode
from tests import loops
from tests.pair.test_green import FILES, ReadingCheck


class Trial:
    """A rig whose check tries every answer."""

    def __init__(self, rig: Any, mode: Mode = Mode.ASK) -> None:
        self.rule = CheckRule("pytest", tries=True)
        self.check = ReadingCheck(self.rule)
        self.r = rig(FILES, mode, checks=self.check)
        self.check.files = self.r.worktree.files

    async def answered(self, answer: str) -> None:
        call = await self.r.ask("mend it in @calc.py")
        call.say(answer)
        call.end()

    async def reaches(self, phase: TryPhase) -> Try:
        await self.r.until(lambda: any(t.phase is phase for t in self.r.pair.session.tries))
        return self.tried

    @property
    def tried(self) -> Try:
        found: Try = self.r.pair.session.tries[-1]
        return found

    @property
    def code(self) -> str:
        return str(self.r.text("calc.py"))


async def test_an_answer_is_offered_with_its_verdict_and_y_keeps_it(rig: Any) -> None:
    trial = Trial(rig)
    await trial.answered(loops.HALF)
    tried = await trial.reaches(TryPhase.OFFERED)
    assert trial.code == loops.with_change(loops.CALC, [loops.ADD])
    assert tried.judgement is not None
    assert tried.judgement.fixed == ("tests_of_calc.py::test_add",)
    assert (tried.proven, tried.provisional) == (True, True)
    entry = trial.r.worktree.log[0][0]
    assert (entry.note.provisional, trial.r.worktree.kept) == (True, [])
    assert trial.r.pair.decide_try(tried.turn, keep=True)
    await trial.r.until(lambda: trial.r.worktree.kept == [1])
    assert trial.tried.phase is TryPhase.KEPT
    assert not trial.r.pair.decide_try(tried.turn, keep=False)


async def test_n_takes_it_back_and_its_hunks_are_proposed_again(rig: Any) -> None:
    trial = Trial(rig)
    await trial.answered(loops.WORSEN)
    tried = await trial.reaches(TryPhase.OFFERED)
    assert tried.judgement is not None
    assert tried.judgement.new == ("tests_of_calc.py::test_sub",)
    trial.r.pair.decide_try(tried.turn, keep=False)
    await trial.reaches(TryPhase.BACK)
    assert trial.code == loops.CALC
    assert trial.r.states() == ["open", "open"]
    trial.r.pair.decide([trial.r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await trial.r.until(lambda: trial.r.states() == ["applied", "open"])
    assert not trial.r.worktree.log[-1][0].note.provisional


async def test_what_judges_the_code_is_not_tried(rig: Any) -> None:
    trial = Trial(rig)
    await trial.answered(loops.CHEAT_AND_FIX)
    tried = await trial.reaches(TryPhase.OFFERED)
    assert [hunk_id.file for hunk_id in tried.ids] == [2]
    assert trial.r.states() == ["open", "applied"]
    assert any(isinstance(e, HunksGuarded) for e in trial.r.events)


async def test_a_save_meanwhile_ends_it_and_theirs_stays(rig: Any) -> None:
    trial = Trial(rig)
    await trial.answered(loops.HALF)
    await trial.reaches(TryPhase.OFFERED)
    mine = trial.code + "\nMINE = 1\n"
    trial.r.worktree.files["calc.py"] = mine.encode()
    await trial.r.worktree.changed.put(frozenset({"calc.py"}))
    tried = await trial.reaches(TryPhase.ENDED)
    assert (tried.reason, trial.code) == ("calc.py", mine)


async def test_a_person_who_is_faster_decides_and_nothing_is_tried(rig: Any) -> None:
    trial = Trial(rig)
    trial.check.free.clear()
    await trial.answered(loops.HALF)
    await trial.r.until(lambda: trial.r.states() == ["open"])
    trial.r.pair.decide([trial.r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await trial.r.until(lambda: trial.r.states() == ["applied"])
    trial.check.free.set()
    await trial.r.pair.settled()
    assert trial.r.pair.session.tries == ()
    assert not trial.r.worktree.log[0][0].note.provisional


async def test_an_undecided_try_is_taken_back_when_the_session_ends(rig: Any) -> None:
    trial = Trial(rig)
    await trial.answered(loops.HALF)
    await trial.reaches(TryPhase.OFFERED)
    await trial.r.close()
    assert trial.code == loops.CALC


async def test_a_loop_shows_each_proof_before_its_key(rig: Any) -> None:
    trial = Trial(rig)
    await trial.r.pair.listed()
    trial.r.pair.fix(trial.rule, time.monotonic_ns())
    await trial.r.until(lambda: trial.r.made[0].calls)
    call = trial.r.made[0].calls[-1]
    call.say(loops.FIX)
    call.end()
    tried = await trial.reaches(TryPhase.OFFERED)
    assert tried.proven
    assert trial.r.pair.session.green.running
    assert trial.r.pair.decide_try(tried.turn, keep=True)
    await trial.r.until(lambda: trial.r.pair.session.green.loop.over)
    assert trial.r.pair.session.green.loop.ending is GreenEnding.GREEN
    assert trial.r.worktree.kept == [1]


async def test_nothing_is_tried_in_auto_apply(rig: Any) -> None:
    trial = Trial(rig, Mode.AUTO)
    await trial.answered(loops.HALF)
    await trial.r.until(lambda: trial.r.states() == ["applied"])
    await trial.r.pair.settled()
    assert trial.r.pair.session.tries == ()
    assert not trial.r.worktree.log[0][0].note.provisional

"""The green loop as a machine: what it does step by step, and what holds whatever happens."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.check_output.report import CheckOutcome
from spark_tui.core.dataclass import replace
from spark_tui.core.green.compare import CheckRun, RunVerdict
from spark_tui.core.green.limits import GreenLimits
from spark_tui.core.green.loop import (
    AnswerLost,
    AnswerReady,
    AskModel,
    CancelAnswers,
    CheckRan,
    DeadlinePassed,
    GreenEnding,
    GreenGate,
    GreenLoop,
    GreenPhase,
    LoopAction,
    LoopBegan,
    LoopEvent,
    LoopStopped,
    OutsideSave,
    Propose,
    RunCheck,
    StopCheck,
    TakeBack,
    Trial,
    TrialRefused,
    TrialTakenBack,
    TrialWritten,
    Unusable,
    WriteTrial,
    step_loop,
)
from tests.core.green.reports import run

SECOND = 1_000_000_000


class World:
    """Does what the machine says, by a script; `disk` are the turns whose changes are on disk."""

    def __init__(self, loop: GreenLoop, baseline: CheckRun | None = None) -> None:
        self.loop = loop
        self.now = 0
        self.disk: list[int] = []
        self.actions: list[LoopAction] = []
        self.trials: dict[int, Trial] = {}
        self.tell(LoopBegan(0, baseline))

    def tell(self, event: LoopEvent) -> None:
        self.loop, actions = step_loop(self.loop, event)
        self.actions += actions

    def ran(self, *failing: str, took_ms: int = 500, quick: bool = False, tests: int = 10) -> None:
        assert self.actions.pop(0) == RunCheck(quick)
        self.now += took_ms * 1_000_000
        self.tell(CheckRan(self.now, run(*failing, took_ms=took_ms, quick=quick, tests=tests)))

    def asked(self, attempt: int, candidates: int = 1) -> None:
        assert self.actions.pop(0) == AskModel(attempt, candidates)

    def answered(self, turn: int, image: str = "", tokens: int = 1_000) -> None:
        self.now += SECOND // 3
        trial = Trial(turn, image or f"image {turn}", 1, 2, 1, tokens, 0.01, SECOND // 3)
        self.trials[turn] = trial
        self.tell(AnswerReady(self.now, trial))

    def wrote(self, turn: int) -> None:
        assert self.actions.pop(0) in (WriteTrial(turn), Propose(turn))
        self.disk.append(turn)
        self.tell(TrialWritten(self.now, self.trials[turn]))

    def took_back(self, turn: int, *, whole: bool = True) -> None:
        assert self.actions.pop(0) == TakeBack(turn)
        if whole:
            self.disk.remove(turn)
        self.tell(TrialTakenBack(self.now, turn, whole))

    def attempt(self, turn: int, *failing: str, image: str = "") -> None:
        """Ask, answer, write, and the check says this."""
        assert isinstance(self.actions.pop(0), AskModel)
        self.answered(turn, image)
        self.wrote(turn)
        self.ran(*failing)

    def ended(self) -> GreenEnding | None:
        return self.loop.ending


def began(
    *failing: str,
    gate: GreenGate = GreenGate.AUTO,
    limits: GreenLimits | None = None,
    verified: bool = True,
    quick: bool = False,
) -> World:
    """A loop whose baseline failed so, and did the second time where that is asked for."""
    world = World(GreenLoop(gate, limits or GreenLimits(), quick))
    world.ran(*failing)
    if gate is not GreenGate.ASK and verified:
        world.ran(*failing)
    return world


def test_a_fix_is_green_after_two_runs() -> None:
    world = began("a", "b")
    world.attempt(1)
    assert (world.loop.phase, world.ended()) == (GreenPhase.CONFIRMING, None)
    world.ran()
    assert (world.ended(), world.disk, world.actions) == (GreenEnding.GREEN, [1], [])
    assert world.loop.stands == (1,)
    assert world.loop.took_ns == world.now


def test_half_a_fix_stays_and_the_next_attempt_goes_on_from_it() -> None:
    world = began("a", "b")
    world.attempt(1, "b")
    shown = world.loop.attempts[0].shown
    assert shown is not None
    assert shown.judgement is not None
    assert shown.judgement.fixed == ("a",)
    world.attempt(2)
    world.ran()
    assert (world.ended(), world.disk) == (GreenEnding.GREEN, [1, 2])


def test_worse_is_taken_back_at_once_and_twice_ends_it() -> None:
    world = began("a")
    world.attempt(1, "a", "c")
    world.took_back(1)
    world.attempt(2, "d")
    world.took_back(2)
    assert (world.ended(), world.disk) == (GreenEnding.WORSE, [])


def test_the_same_failures_again_end_it_and_nothing_unproven_stays() -> None:
    world = began("a", "b")
    world.attempt(1, "a", "b")
    assert world.ended() is GreenEnding.STUCK
    assert world.loop.reason == "the same 2 failures twice"
    world.took_back(1)
    assert (world.loop.over, world.disk) == (True, [])


def test_what_was_better_stays_when_the_next_is_stuck() -> None:
    world = began("a", "b")
    world.attempt(1, "b")
    world.attempt(2, "b")
    world.took_back(2)
    assert (world.ended(), world.disk, world.loop.stands) == (GreenEnding.STUCK, [1], (1,))


def test_the_same_edit_again_ends_it() -> None:
    world = began("a", "b")
    world.attempt(1, "a", "c", image="same")
    world.took_back(1)
    world.asked(2)
    world.answered(2, image="same")
    assert (world.ended(), world.loop.reason) == (GreenEnding.STUCK, "the same edit again")


def test_attempts_tokens_and_money_are_bounded() -> None:
    world = began("a", "b", "c", "d", limits=GreenLimits(attempts=2))
    world.attempt(1, "b", "c", "d")
    world.attempt(2, "c", "d")
    assert (world.ended(), world.loop.reason) == (GreenEnding.BUDGET, "2 attempts")
    assert world.disk == [1, 2]
    world = began("a", "b", limits=GreenLimits(tokens=1_500))
    world.attempt(1, "b")
    assert (world.ended(), world.loop.reason) == (GreenEnding.BUDGET, "tokens")
    world = began("a", "b", limits=GreenLimits(usd=0.01))
    world.attempt(1, "b")
    assert (world.ended(), world.loop.reason) == (GreenEnding.BUDGET, "money")


def test_the_time_is_over_while_a_check_runs_and_what_it_did_not_prove_goes() -> None:
    world = began("a", limits=GreenLimits(seconds=5))
    world.asked(1)
    world.answered(1)
    world.wrote(1)
    assert world.actions.pop(0) == RunCheck()
    assert world.loop.deadline == 5 * SECOND
    world.tell(DeadlinePassed(4 * SECOND))
    assert world.ended() is None
    world.tell(DeadlinePassed(5 * SECOND))
    assert world.actions.pop(0) == StopCheck()
    world.took_back(1)
    assert (world.ended(), world.loop.reason, world.disk) == (GreenEnding.BUDGET, "time", [])


def test_a_long_check_has_longer_and_is_not_run_twice() -> None:
    world = World(GreenLoop(), run("a", took_ms=100_000))
    assert world.loop.deadline == 500 * SECOND
    assert world.actions == [AskModel(1, 1)]


def test_flaky_tests_are_named_and_left_out() -> None:
    world = began("a", "shaky", verified=False)
    world.ran("a")
    assert world.loop.flaky == {"shaky"}
    world.attempt(1, "shaky")
    assert (world.ended(), world.loop.reason, world.disk) == (GreenEnding.FLAKY, "shaky", [1])


def test_a_baseline_that_passes_the_second_time_is_flaky() -> None:
    world = began("shaky", verified=False)
    world.ran()
    assert (world.ended(), world.loop.reason) == (GreenEnding.FLAKY, "shaky")
    assert CancelAnswers() in world.actions


def test_a_green_that_fails_the_second_time_is_not_green() -> None:
    world = began("a")
    world.attempt(1)
    world.ran("b")
    assert (world.ended(), world.loop.reason, world.disk) == (GreenEnding.FLAKY, "b", [1])


def test_an_answer_waits_for_the_second_run_of_the_baseline() -> None:
    world = began("a", verified=False)
    assert world.actions == [RunCheck(), AskModel(1, 1)]
    del world.actions[1]
    world.answered(1)
    assert world.actions == [RunCheck()]
    world.ran("a")
    world.wrote(1)


def test_green_already_and_a_check_that_does_not_run() -> None:
    assert began(verified=False).ended() is GreenEnding.GREEN
    world = World(GreenLoop())
    broken = replace(run().report, outcome=CheckOutcome.DID_NOT_RUN, exit_code=127)
    world.tell(CheckRan(1, CheckRun(broken)))
    assert (world.ended(), world.loop.reason) == (GreenEnding.CHECK_BROKE, "did not run")


def test_fewer_tests_are_a_doubt() -> None:
    world = began("a")
    world.asked(1)
    world.answered(1)
    world.wrote(1)
    world.ran(tests=9)
    world.ran(tests=9)
    assert (world.ended(), world.loop.reason) == (GreenEnding.DOUBTFUL, "9 tests, 10 before")


def test_a_protected_file_kept_by_a_key_is_a_doubt() -> None:
    world = began("a", gate=GreenGate.ASK)
    world.asked(1)
    world.answered(1)
    world.trials[1] = replace(world.trials[1], guarded=True)
    world.wrote(1)
    world.ran()
    world.ran()
    assert world.ended() is GreenEnding.DOUBTFUL


@pytest.mark.parametrize("why", [Unusable.EMPTY, Unusable.UNFIT, Unusable.GUARDED])
def test_two_answers_without_an_edit_end_it(why: Unusable) -> None:
    world = began("a")
    for attempt in (1, 2):
        world.asked(attempt)
        world.tell(AnswerLost(world.now, why))
    assert (world.ended(), world.loop.reason) == (GreenEnding.NO_EDIT, str(why))


def test_a_model_may_give_up_and_an_endpoint_fail() -> None:
    world = began("a")
    world.asked(1)
    world.tell(AnswerLost(world.now, Unusable.GAVE_UP, "the tests contradict each other"))
    assert world.ended() is GreenEnding.GAVE_UP
    assert world.loop.reason == "the tests contradict each other"
    world = began("a")
    world.asked(1)
    world.tell(AnswerLost(world.now, Unusable.FAILED, "limit reached"))
    assert (world.ended(), world.loop.reason) == (GreenEnding.FAILED, "limit reached")


def test_in_ask_the_person_decides_and_their_time_does_not_count() -> None:
    world = began("a", gate=GreenGate.ASK, limits=GreenLimits(seconds=10))
    world.asked(1)
    world.answered(1)
    assert (world.loop.phase, world.loop.deadline) == (GreenPhase.DECIDING, None)
    world.now += 60 * SECOND
    world.wrote(1)
    assert world.loop.deadline == 70 * SECOND
    world.ran("a")
    # what a person kept is theirs, though nothing got better by it
    assert (world.ended(), world.disk) == (GreenEnding.STUCK, [1])
    assert world.loop.took_ns < 10 * SECOND


def test_in_ask_worse_is_taken_back_all_the_same() -> None:
    world = began("a", gate=GreenGate.ASK)
    world.attempt(1, "a", "b")
    world.took_back(1)
    world.asked(2)
    world.answered(2)
    assert world.actions.pop(0) == Propose(2)
    world.tell(TrialRefused(world.now, 2))
    assert world.disk == []


def test_a_try_is_judged_before_the_person_decides() -> None:
    world = began("a", "b", gate=GreenGate.TRY)
    world.attempt(1, "b")
    assert world.actions == [Propose(1)]
    world.actions.clear()
    world.tell(TrialWritten(world.now, world.trials[1]))
    world.attempt(2)
    world.ran()
    assert world.actions.pop(0) == Propose(2)
    assert world.ended() is None
    world.tell(TrialWritten(world.now, world.trials[2]))
    assert world.ended() is GreenEnding.GREEN
    assert world.loop.stands == (1, 2)


def test_a_try_that_is_turned_down_is_tried_no_more() -> None:
    world = began("a", gate=GreenGate.TRY)
    world.attempt(1)
    world.ran()
    assert world.actions.pop(0) == Propose(1)
    world.disk.remove(1)
    world.tell(TrialRefused(world.now, 1))
    world.asked(2)


def test_an_outside_save_ends_it_and_takes_nothing_back() -> None:
    world = began("a", "b")
    world.attempt(1, "b")
    world.asked(2)
    world.tell(OutsideSave(world.now, "calc.py"))
    assert (world.ended(), world.loop.reason, world.disk) == (GreenEnding.EDITED, "calc.py", [1])
    assert world.actions == [CancelAnswers()]
    world = began("a")
    world.attempt(1, "c")
    world.took_back(1, whole=False)
    assert (world.ended(), world.disk) == (GreenEnding.EDITED, [1])


def test_a_stop_takes_back_what_nobody_proved() -> None:
    world = began("a", "b")
    world.attempt(1, "b")
    world.asked(2)
    world.answered(2)
    world.wrote(2)
    assert world.actions.pop(0) == RunCheck()
    world.tell(LoopStopped(world.now))
    assert world.actions.pop(0) == StopCheck()
    world.took_back(2)
    assert (world.ended(), world.disk, world.loop.stands) == (GreenEnding.STOPPED, [1], (1,))


def test_a_quick_command_says_no_early_and_only_the_whole_one_says_green() -> None:
    world = began("a", "b", quick=True)
    world.asked(1)
    world.answered(1)
    world.wrote(1)
    world.ran("new", quick=True)
    world.took_back(1)
    world.asked(2)
    world.answered(2)
    world.wrote(2)
    world.ran(quick=True)
    assert world.ended() is None
    world.ran()
    world.ran()
    assert world.ended() is GreenEnding.GREEN


def test_the_best_of_several_candidates_stands() -> None:
    world = began("a", "b", "c", limits=GreenLimits(candidates=3))
    world.asked(1, 3)
    world.answered(1)
    world.answered(2)
    world.wrote(1)
    world.ran("c")
    world.took_back(1)
    world.wrote(2)
    world.ran("b", "c")
    world.took_back(2)
    world.answered(3)
    world.wrote(3)
    world.ran("d")
    world.took_back(3)
    world.wrote(1)
    assert world.loop.attempts[0].stands == 1
    assert len(world.loop.attempts[0].trials) == 3
    world.asked(2, 3)
    assert world.disk == [1]


def test_the_last_candidate_gives_way_to_a_better_one() -> None:
    world = began("a", "b", limits=GreenLimits(candidates=2))
    world.asked(1, 2)
    world.answered(1)
    world.answered(2)
    world.wrote(1)
    world.ran("b")
    world.took_back(1)
    world.wrote(2)
    world.ran("a", "b")
    world.took_back(2)
    world.wrote(1)
    assert world.disk == [1]


def test_a_green_candidate_cancels_the_others() -> None:
    world = began("a", limits=GreenLimits(candidates=3))
    world.asked(1, 3)
    world.answered(1)
    world.wrote(1)
    world.ran()
    assert world.actions.pop(0) == CancelAnswers()
    world.answered(2)  # too late
    world.ran()
    assert (world.ended(), world.disk) == (GreenEnding.GREEN, [1])


IDS = ("a", "b", "c", "d")


class Dice:
    """Drives one loop to its end by chance; every promise is checked on the way."""

    def __init__(self, seed: int, gate: GreenGate, limits: GreenLimits, *, quick: bool) -> None:
        self.dice = random.Random(seed)
        self.limits = limits
        self.loop = GreenLoop(gate, limits, quick)
        self.queue: list[LoopAction] = []
        self.coming = 0
        self.disk: list[int] = []
        self.now = self.turn = self.asks = self.checks = 0
        self.last_whole: CheckRun | None = None
        self.edited = False
        self.trials: dict[int, Trial] = {}
        self.worse: set[int] = set()
        self.tell(LoopBegan(0))

    def tell(self, event: LoopEvent) -> None:
        self.loop, actions = step_loop(self.loop, event)
        self.queue += actions
        tried = (*self.loop.tried, *(one for row in self.loop.attempts for one in row.trials))
        self.worse |= {
            one.turn
            for one in tried
            if one.judgement is not None and one.judgement.verdict is RunVerdict.WORSE
        }

    def play(self) -> None:
        for _ in range(400):
            if self.loop.over:
                return
            self.now += self.dice.randrange(SECOND)
            if self.loop.deadline is not None and self.now >= self.loop.deadline:
                self.tell(DeadlinePassed(self.now))
            elif self.dice.random() < 0.02:
                self.interrupt()
            elif self.coming and (not self.queue or self.dice.random() < 0.4):
                self.answer()
            elif self.queue:
                self.act(self.queue.pop(0))
            else:
                raise AssertionError(f"waits for nothing: {self.loop}")
        raise AssertionError("it goes on and on")

    def interrupt(self) -> None:
        if self.dice.random() < 0.5:
            self.tell(LoopStopped(self.now))
        else:
            self.edited = True
            self.tell(OutsideSave(self.now, "calc.py"))

    def answer(self) -> None:
        self.coming -= 1
        self.turn += 1
        if self.dice.random() < 0.75:
            image, tokens = str(self.dice.randrange(30)), self.dice.randrange(3_000)
            self.trials[self.turn] = Trial(self.turn, image, tokens=tokens)
            self.tell(AnswerReady(self.now, self.trials[self.turn]))
        else:
            self.tell(AnswerLost(self.now, self.dice.choice(list(Unusable)), "so", 100))

    def act(self, action: Any) -> None:
        dice = self.dice
        match action:
            case RunCheck(quick):
                self.checks += 1
                failing = dice.sample(IDS, dice.choice([0, 0, 1, 2, 3]))
                tests, took = dice.choice([10, 10, 10, 9]), dice.choice([10, 20_000])
                done = run(*failing, took_ms=took, quick=quick, tests=tests)
                self.last_whole = self.last_whole if quick else done
                self.tell(CheckRan(self.now, done))
            case AskModel(_, many):
                self.asks += 1
                self.coming = many
            case WriteTrial(turn) | Propose(turn):
                self.write(turn)
            case TakeBack(turn):
                whole = dice.random() > 0.05
                self.edited = self.edited or not whole
                if whole and turn in self.disk:
                    self.disk.remove(turn)
                self.tell(TrialTakenBack(self.now, turn, whole))
            case StopCheck():
                self.queue = [one for one in self.queue if not isinstance(one, RunCheck)]
            case CancelAnswers():
                self.coming = 0

    def write(self, turn: int) -> None:
        if self.dice.random() < 0.1:
            raced = self.dice.random() < 0.2
            self.edited = self.edited or raced
            if turn in self.disk:
                self.disk.remove(turn)
            self.tell(TrialRefused(self.now, turn, raced))
            return
        if turn not in self.disk:
            self.disk.append(turn)
        self.tell(TrialWritten(self.now, self.trials[turn]))

    def check(self) -> None:
        loop = self.loop
        assert loop.ending is not None
        assert self.asks <= self.limits.attempts
        assert self.checks <= 2 + self.limits.attempts * self.limits.candidates * 3
        # what is written is what is said to stand, and nothing of it made anything worse
        if not self.edited:
            assert sorted(self.disk) == sorted(loop.stands)
            assert not self.worse & set(self.disk)
        if loop.ending in (GreenEnding.GREEN, GreenEnding.DOUBTFUL):
            assert self.last_whole is not None
            assert self.last_whole.report.exit_code == 0
            if loop.ending is GreenEnding.GREEN and loop.attempts:
                assert loop.baseline is not None
                before = loop.baseline.report.counts.collected or 0
                assert (self.last_whole.report.counts.collected or 0) >= before


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    gate=st.sampled_from(GreenGate),
    candidates=st.integers(1, 3),
    attempts=st.integers(1, 4),
    quick=st.booleans(),
)
def test_whatever_happens_it_ends_within_its_budget_and_keeps_nothing_worse(
    seed: int, gate: GreenGate, candidates: int, attempts: int, quick: bool
) -> None:
    dice = Dice(seed, gate, GreenLimits(attempts, 60, 12_000, candidates), quick=quick)
    dice.play()
    dice.check()


@pytest.mark.long
def test_fifty_thousand_random_loops() -> None:
    draw = random.Random(7)
    for _ in range(50_000):
        limits = GreenLimits(draw.randint(1, 4), 60, 12_000, draw.randint(1, 3))
        gate, quick = draw.choice(list(GreenGate)), draw.random() < 0.5
        dice = Dice(draw.randrange(2**32), gate, limits, quick=quick)
        dice.play()
        dice.check()

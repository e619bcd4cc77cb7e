"""A try as a machine: every way through it, and where its hunks stand meanwhile."""

import random

import pytest

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState
from spark_tui.core.green.compare import RunVerdict
from spark_tui.core.green.trying import (
    HunkStanding,
    Try,
    TryAction,
    TryBegan,
    TryDecided,
    TryEvent,
    TryPhase,
    TryRan,
    TrySaved,
    TryUndone,
    TryWritten,
    standing,
    step_try,
)
from tests.core.green.reports import run

ID = HunkId(1, 1, "1")
HUNK = Hunk(ID, "calc.py", FileOp.UPDATE, HunkState.OPEN)


def through(*events: TryEvent) -> tuple[Try, list[TryAction]]:
    tried = Try(1, "pytest", (ID,))
    done: list[TryAction] = []
    for event in events:
        tried, actions = step_try(tried, event)
        done += actions
    return tried, done


def test_a_try_is_written_checked_and_offered_with_what_is_new() -> None:
    tried, done = through(TryBegan(run("a")), TryWritten(12), TryRan(run("a", "b")))
    assert done == [TryAction.WRITE, TryAction.CHECK]
    assert (tried.phase, tried.provisional, tried.proven) == (TryPhase.OFFERED, True, False)
    assert tried.judgement is not None
    assert (tried.judgement.verdict, tried.judgement.new) == (RunVerdict.WORSE, ("b",))
    kept, last = step_try(tried, TryDecided(keep=True))
    assert (kept.phase, last) == (TryPhase.KEPT, (TryAction.KEEP,))


def test_without_a_run_before_one_is_asked_for_first() -> None:
    tried, done = through(TryBegan(), TryRan(run("a")), TryWritten(12), TryRan(run()))
    assert done == [TryAction.CHECK, TryAction.WRITE, TryAction.CHECK]
    assert tried.proven
    tried, _ = through(TryBegan(), TryRan(None), TryWritten(12), TryRan(run("a")))
    assert tried.judgement is not None
    assert tried.judgement.new == ()  # what fails may have failed before


def test_a_key_may_come_before_the_verdict() -> None:
    tried, done = through(TryBegan(run()), TryWritten(12), TryDecided(keep=True))
    assert (tried.phase, tried.proven) == (TryPhase.KEPT, False)
    assert done[-2:] == [TryAction.STOP, TryAction.KEEP]
    tried, done = through(TryBegan(run()), TryWritten(12), TryDecided(keep=False))
    assert (tried.phase, done[-2:]) == (
        TryPhase.TAKING_BACK,
        [TryAction.STOP, TryAction.TAKE_BACK],
    )
    tried, _ = step_try(tried, TryUndone())
    assert tried.phase is TryPhase.BACK


def test_a_save_of_somebody_else_ends_it_and_their_file_stays() -> None:
    tried, done = through(TryBegan(run()), TryWritten(12), TrySaved("calc.py"))
    assert (tried.phase, tried.reason) == (TryPhase.ENDED, "calc.py")
    assert TryAction.TAKE_BACK not in done
    assert done[-2:] == [TryAction.STOP, TryAction.KEEP]


def test_where_a_hunk_stands() -> None:
    on_disk = replace(HUNK, state=HunkState.APPLIED)
    offered, _ = through(TryBegan(run("a")), TryWritten(12), TryRan(run()))
    kept, _ = step_try(offered, TryDecided(keep=True))
    assert standing(HUNK) is HunkStanding.PROPOSED
    assert standing(on_disk) is HunkStanding.ON_DISK
    assert standing(on_disk, offered) is HunkStanding.PROVISIONAL
    assert standing(on_disk, kept) is HunkStanding.PROVEN
    assert standing(replace(HUNK, state=HunkState.DROPPED), kept) is HunkStanding.OFF
    other = replace(on_disk, id=HunkId(1, 1, "2"))
    assert standing(other, kept) is HunkStanding.ON_DISK


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_it_is_kept_or_taken_back_once(seed: int) -> None:
    dice = random.Random(seed)
    tried = Try(1, "pytest", (ID,))
    done: list[TryAction] = []
    for _ in range(60):
        events: list[TryEvent] = [
            TryBegan(dice.choice([None, run("a")])),
            TryRan(dice.choice([None, run(), run("b")])),
            TryWritten(dice.choice([0, 12])),
            TryDecided(dice.random() < 0.5),
            TrySaved("calc.py"),
            TryUndone(dice.random() < 0.7),
        ]
        event, before = dice.choice(events), tried
        tried, actions = step_try(tried, event)
        done += actions
        if before.over and tried != before:
            assert isinstance(event, TryUndone)
    assert done.count(TryAction.KEEP) <= 1 + done.count(TryAction.TAKE_BACK)
    assert done.count(TryAction.WRITE) <= 1

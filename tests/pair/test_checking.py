"""Checks after an apply: off the loop, the newest text only, gone after an undo."""

import threading
import time
from collections.abc import Sequence
from typing import Any

from spark_tui.core.checks import CheckResult, CheckRule
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import Checked
from tests.pair.test_follow_ups import CALC, FIRST_LINE, LAST_LINE, answered, keep_all


class ScriptedChecks:
    """Every run waits for the test."""

    def __init__(self) -> None:
        self.rules = (CheckRule("ruff check {file}", ("*.py",)), CheckRule("spell", ("*.md",)))
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.go = threading.Semaphore(0)

    def run(
        self, rule: CheckRule, paths: Sequence[str], stop: threading.Event
    ) -> CheckResult | None:
        self.asked.append((rule.name, tuple(paths)))
        while not self.go.acquire(timeout=0.005):
            if stop.is_set():
                return None
        return CheckResult(rule.name, False, 1, 2, paths[0])


def checked(r: Any) -> list[Checked]:
    return [e for e in r.events if isinstance(e, Checked)]


async def test_what_is_applied_is_checked_by_the_rules_for_its_files(rig: Any) -> None:
    checks = ScriptedChecks()
    r = rig({"calc.py": CALC}, checks=checks)
    await answered(r, "rename in @calc.py", FIRST_LINE)
    await keep_all(r)
    await r.until(lambda: checked(r))
    assert (checked(r)[0].results, checked(r)[0].running) == ((), ("ruff",))
    checks.go.release()
    await r.until(lambda: r.pair.session.checks)
    assert checks.asked == [("ruff", ("calc.py",))]
    assert r.pair.session.checks == (CheckResult("ruff", False, 1, 2, "calc.py"),)
    assert r.pair.session.checking == ()


async def test_a_newer_apply_stops_the_check_of_the_older_one(rig: Any) -> None:
    checks = ScriptedChecks()
    r = rig({"calc.py": CALC}, checks=checks)
    both = FIRST_LINE.replace("*** End Patch\n", LAST_LINE.partition("calc.py\n")[2])
    await answered(r, "rename in @calc.py", both)
    await r.until(lambda: len(r.hunks()) == 2)
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: checked(r))
    r.pair.decide([r.hunks()[1].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: len(checked(r)) == 2)
    checks.go.release()
    await r.until(lambda: r.pair.session.checks)
    assert len(checked(r)) == 3


async def test_an_undo_takes_the_result_back(rig: Any) -> None:
    checks = ScriptedChecks()
    r = rig({"calc.py": CALC}, checks=checks)
    await answered(r, "rename in @calc.py", FIRST_LINE)
    await keep_all(r)
    checks.go.release()
    await r.until(lambda: r.pair.session.checks)
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: not r.pair.session.checks)


async def test_what_runs_is_stopped_by_the_person(rig: Any) -> None:
    r = rig({"calc.py": CALC}, checks=ScriptedChecks())
    await answered(r, "rename in @calc.py", FIRST_LINE)
    await keep_all(r)
    await r.until(lambda: r.pair.session.checking)
    r.pair.stop_checks()
    await r.until(lambda: not r.pair.session.checking)
    assert r.pair.session.checks == ()


async def test_without_checks_nothing_is_said(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "rename in @calc.py", FIRST_LINE)
    await keep_all(r)
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states() == ["open"])
    assert checked(r) == []

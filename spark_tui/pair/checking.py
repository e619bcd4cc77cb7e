"""Runs the person's checks after an apply, one after the other, never in the way of anything."""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Protocol

from spark_tui.core.checks import CheckResult, CheckRule, DeclaredCheck, FinishedCheck, due
from spark_tui.core.events import Checked
from spark_tui.pair.emit import Emit
from spark_tui.pair.ports import Clock, WholeChecks


class Checks(WholeChecks, Protocol):
    """The person's checks. `run` blocks: call it in a thread."""

    rules: tuple[CheckRule, ...]

    def run(
        self, rule: CheckRule, paths: Sequence[str], stop: threading.Event
    ) -> CheckResult | None:
        """Run one check on these files; None when `stop` was set meanwhile. Never raises."""

    def declared(self) -> tuple[DeclaredCheck, ...]:
        """What the project declares. Blocks, never raises."""

    def choose(self, check: DeclaredCheck) -> CheckRule:
        """Have this check from here on. Blocks. Raises OSError where it can't be remembered."""


class NoChecks:
    """Nothing is configured."""

    rules: tuple[CheckRule, ...] = ()

    def run(
        self, rule: CheckRule, paths: Sequence[str], stop: threading.Event
    ) -> CheckResult | None:
        """Nothing ran."""
        del rule, paths, stop
        return None

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
        """Nothing ran."""
        del rule, paths, stop, quick, seconds, told
        return None

    def declared(self) -> tuple[DeclaredCheck, ...]:
        """Nothing is declared."""
        return ()

    def choose(self, check: DeclaredCheck) -> CheckRule:
        """It is not remembered."""
        return CheckRule(shlex.join(check.argv))


class Checking:
    """A newer apply stops the checks of an older one: only the newest text counts.

    `failed` hears of each check that failed, with the files it was for, once all have run.
    """

    def __init__(
        self,
        checks: Checks,
        clock: Clock,
        emit: Emit,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        failed: Callable[[CheckRule, Sequence[str]], None] = lambda _rule, _paths: None,
    ) -> None:
        self._failed = failed
        self._checks = checks
        self._clock = clock
        self._emit = emit
        self._spawn = spawn
        self._paths: dict[str, None] = {}
        self._stop = threading.Event()
        self._running = False

    def applied(self, paths: Iterable[str]) -> None:
        """These files were written."""
        if not self._checks.rules:
            return
        self._paths.update(dict.fromkeys(paths))
        self._stop.set()
        if not self._running:
            self._running = True
            self._spawn(self._work())

    def stop(self) -> None:
        """Stop what runs, and forget what was found: not all of it was looked for."""
        self._paths.clear()
        self._stop.set()
        if self._checks.rules:
            self._emit(Checked(self._clock(), ()))

    def close(self) -> None:
        """Stop what runs."""
        self._paths.clear()
        self._stop.set()

    async def _work(self) -> None:
        try:
            while self._paths:
                wanted = due(self._checks.rules, tuple(self._paths))
                self._paths.clear()
                self._stop = threading.Event()
                await self._run_all(wanted, self._stop)
        finally:
            self._running = False

    async def _run_all(
        self, wanted: Sequence[tuple[CheckRule, list[str]]], stop: threading.Event
    ) -> None:
        results: list[CheckResult] = []
        for number, (rule, paths) in enumerate(wanted):
            waiting = tuple(rule.name for rule, _ in wanted[number:])
            self._emit(Checked(self._clock(), tuple(results), waiting))
            result = await asyncio.to_thread(self._checks.run, rule, paths, stop)
            if result is None or stop.is_set():
                return
            results.append(result)
        if wanted:
            self._emit(Checked(self._clock(), tuple(results)))
        for (rule, paths), result in zip(wanted, results, strict=True):
            if not result.ok:
                self._failed(rule, paths)

"""Runs a person's check for somebody who compares runs: its output read, whoever asks for it."""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Callable, Sequence
from hashlib import sha256

from spark_tui.core.check_output.read import read_check
from spark_tui.core.check_output.report import masked_message
from spark_tui.core.checks import CheckResult, CheckRule, FinishedCheck
from spark_tui.core.context import FileNames
from spark_tui.core.events import CheckSaid
from spark_tui.core.green.compare import CheckRun
from spark_tui.pair.emit import Emit
from spark_tui.pair.inbox import Inbox
from spark_tui.pair.ports import Clock, WholeChecks

_DIGESTED = 40_000
_SAID = 4_000
_NOT_STARTED = 127


class CheckRunner:
    """Runs checks and reads what they print; `names` are the files there are."""

    def __init__(
        self,
        checks: WholeChecks,
        clock: Clock,
        emit: Emit,
        names: Callable[[], FileNames],
        broke: Callable[[Exception], None],
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._emit = emit
        self._names = names
        self._broke = broke

    def start(
        self,
        rule: CheckRule,
        paths: Sequence[str],
        stop: threading.Event,
        *,
        quick: bool = False,
        seconds: float | None = None,
    ) -> asyncio.Future[FinishedCheck | None]:
        """Run it; what it prints is told as it comes. None where `stop` was set meanwhile."""
        said: Inbox[str] = Inbox(
            lambda texts: self._emit(CheckSaid(self._clock(), rule.name, "".join(texts)[-_SAID:])),
            self._broke,
        )
        return asyncio.ensure_future(
            asyncio.to_thread(
                self._checks.run_whole,
                rule,
                paths,
                stop,
                quick=quick,
                seconds=seconds,
                told=said.put,
            )
        )

    def known(self, result: CheckResult) -> FinishedCheck | None:
        """What ran after an apply as a run to compare with; None where it did not end by itself."""
        if result.status is None:
            return None
        argv = tuple(shlex.split(result.command))
        return FinishedCheck(argv, result.status, result.took_ns, result.output)

    async def read(self, done: FinishedCheck, *, quick: bool = False) -> CheckRun:
        """What a run says."""
        return await asyncio.to_thread(self._read, done, quick=quick)

    def _read(self, done: FinishedCheck, *, quick: bool) -> CheckRun:
        output = done.output or done.problem
        report = read_check(
            output,
            done.status if done.started else _NOT_STARTED,
            argv=done.argv,
            junit_text=done.junit,
            resolve=self._names().resolve,
            duration_ms=done.took_ns // 1_000_000,
        )
        digest = sha256(masked_message(output[-_DIGESTED:]).encode()).hexdigest()
        return CheckRun(report, done.took_ns, digest, quick)

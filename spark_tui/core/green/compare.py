"""Two runs of a check compared by what failed, never by how many: better, same or worse."""

from __future__ import annotations

from enum import StrEnum

from spark_tui.core.check_output.report import CheckOutcome, CheckReport, compare
from spark_tui.core.dataclass import dataclass


class RunVerdict(StrEnum):
    """What a change did to a check. `WORSE` where anything fails that did not, or less ran."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One run of a whole check, or of its `quick` command.

    `took_ns` is wall time; `digest` stands for the output where the report knows no failure.
    `changed` are protected files that it wrote itself.
    """

    report: CheckReport
    took_ns: int = 0
    digest: str = ""
    quick: bool = False
    changed: tuple[str, ...] = ()

    @property
    def signature(self) -> tuple[str, ...]:
        """What is equal when two runs failed in the same way."""
        known = self.report.signature
        return known if self.report.failures else (*known, self.digest)

    @property
    def usable(self) -> bool:
        """Whether it says anything of the code: it ran, or what kept it from running is known."""
        return self.report.green or self.report.mendable or _ran(self.report)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`verdict` with the identities that went, came and stayed; flaky ones are in none of them."""

    verdict: RunVerdict
    fixed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    old: tuple[str, ...] = ()


def judge(before: CheckReport, now: CheckReport, flaky: frozenset[str] = frozenset()) -> Judgement:
    """How `now` compares with `before`, both of the same command."""
    change = compare(before.failing - flaky, now.failing - flaky)
    new = change.new
    if now.green:
        verdict = RunVerdict.BETTER
    elif _ran(before) and not _ran(now):
        verdict = RunVerdict.WORSE
    elif _ran(now) and not _ran(before):
        verdict = RunVerdict.BETTER  # it got further: what shows now was not seen to pass
    elif not _ran(now):
        verdict = _of_broken(bool(change.gone), bool(new), bool(before.failures))
    elif _regressions(before, now, change.gone, new):
        verdict = RunVerdict.WORSE
    elif change.gone:
        verdict = RunVerdict.BETTER
    else:
        verdict = RunVerdict.SAME
    return Judgement(verdict, change.gone, new, change.old)


def _of_broken(gone: bool, new: bool, known: bool) -> RunVerdict:
    """Neither ran: one error less is better, one more is worse, another one is undecided."""
    if gone and not new:
        return RunVerdict.BETTER
    if new and not gone and known:
        return RunVerdict.WORSE
    return RunVerdict.SAME


def _ran(report: CheckReport) -> bool:
    return report.outcome in (CheckOutcome.PASSED, CheckOutcome.FAILED)


def _shorter(before: CheckReport, now: CheckReport) -> bool:
    """Whether a run stopped at an earlier test than the one before it."""
    was, passed = before.counts.passed, now.counts.passed
    return was is not None and passed is not None and passed < was


def _regressions(
    before: CheckReport, now: CheckReport, gone: tuple[str, ...], new: tuple[str, ...]
) -> tuple[str, ...]:
    """Those of `new` that may have passed before.

    What an error kept from running (a module that could not be imported) was not seen to pass, nor
    what came after the failures at which a run stopped, if this one came as far.
    """
    if before.partial and not _shorter(before, now):
        return tuple(one for one in new if one in before.tests)
    was = dict(zip(before.identities, before.failures, strict=True))
    mended = {was[one].path for one in gone if was[one].kind == "error"}
    at = dict(zip(now.identities, now.failures, strict=True))
    hidden = {one for one in new if "" in mended or at[one].path in mended}
    return tuple(one for one in new if one not in hidden or one in before.tests)

"""A try: a whole answer put on disk and checked before the person decides about it. Pure.

    before → writing → checking → offered → kept · taken back
                                     a save of somebody else's ends it anywhere: theirs stays

Its entry in the journal is provisional until a key keeps it: what a crash leaves of a try is named
at the next start.
"""

from __future__ import annotations

from enum import StrEnum

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.green.compare import CheckRun, Judgement, judge


class TryPhase(StrEnum):
    """Where a try is. `ENDED`: what it wrote stays under what somebody saved since, or nothing."""

    BEFORE = "before"
    WRITING = "writing"
    CHECKING = "checking"
    OFFERED = "offered"
    TAKING_BACK = "taking back"
    KEPT = "kept"
    BACK = "taken back"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Try:
    """A try of these hunks of a turn by a check. `before` is a run without them, `run` one with.

    `entry` is its entry in the journal, 0 before it is written. `judgement` is None where the check
    did not come to its end; `reason` says why it ended.
    """

    turn: int
    check: str
    ids: tuple[HunkId, ...]
    phase: TryPhase = TryPhase.BEFORE
    before: CheckRun | None = None
    run: CheckRun | None = None
    entry: int = 0
    judgement: Judgement | None = None
    reason: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself or by a key on it."""
        return self.phase in (TryPhase.KEPT, TryPhase.BACK, TryPhase.ENDED)

    @property
    def provisional(self) -> bool:
        """Whether it is on disk and nobody decided about it."""
        return bool(self.entry) and not self.over

    @property
    def proven(self) -> bool:
        """Whether the check passed with it, or nothing failed that did not before."""
        found = self.judgement
        return found is not None and not found.new and (self.run is not None and self.run.usable)


class HunkStanding(StrEnum):
    """Where a hunk stands, as marks show it."""

    PROPOSED = "proposed"
    PROVISIONAL = "provisional"
    ON_DISK = "on disk"
    PROVEN = "proven"
    OFF = "off"


def standing(hunk: Hunk, tried: Try | None = None) -> HunkStanding:
    """Where a hunk stands: its own state, and the try it is of."""
    mine = tried if tried is not None and hunk.id in tried.ids else None
    if hunk.state is HunkState.APPLIED:
        if mine is not None and mine.provisional:
            return HunkStanding.PROVISIONAL
        proven = mine is not None and mine.phase is TryPhase.KEPT and mine.proven
        return HunkStanding.PROVEN if proven else HunkStanding.ON_DISK
    if hunk.state in (HunkState.DROPPED, HunkState.REPLACED):
        return HunkStanding.OFF
    return HunkStanding.PROPOSED


# ------------------------------------------------------------------- what happens


@dataclass(frozen=True, slots=True)
class TryBegan:
    """The answer is whole. `before` is a run of the check on the bytes that are there."""

    before: CheckRun | None = None


@dataclass(frozen=True, slots=True)
class TryRan:
    """The check ran; None: it was stopped or could not start."""

    run: CheckRun | None


@dataclass(frozen=True, slots=True)
class TryWritten:
    """Its hunks are on disk as this entry, 0: they could not be written."""

    entry: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TryDecided:
    """The person keeps it, or takes it back."""

    keep: bool


@dataclass(frozen=True, slots=True)
class TrySaved:
    """Somebody else saved a file of it."""

    path: str


@dataclass(frozen=True, slots=True)
class TryUndone:
    """Its entry is taken back; `whole` is False where that could not be."""

    whole: bool = True
    reason: str = ""


TryEvent = TryBegan | TryRan | TryWritten | TryDecided | TrySaved | TryUndone


class TryAction(StrEnum):
    """What to do now."""

    CHECK = "check"
    WRITE = "write"
    STOP = "stop"
    KEEP = "keep"
    TAKE_BACK = "take back"


TryStep = tuple[Try, tuple[TryAction, ...]]


def step_try(tried: Try, event: TryEvent) -> TryStep:
    """The try after `event`, and what to do. What is not waited for changes nothing."""
    phase = tried.phase
    if tried.over and not isinstance(event, TryUndone):
        return tried, ()
    match event:
        case TryBegan(before=None):
            return tried, (TryAction.CHECK,)
        case TryBegan(before=run) | TryRan(run=run) if phase is TryPhase.BEFORE:
            # Without a run before, what fails with it can't be told from what failed already.
            return replace(tried, phase=TryPhase.WRITING, before=run), (TryAction.WRITE,)
        case TryWritten(entry=0, reason=reason) if phase is TryPhase.WRITING:
            return replace(tried, phase=TryPhase.ENDED, reason=reason), ()
        case TryWritten(entry=entry) if phase is TryPhase.WRITING:
            return replace(tried, phase=TryPhase.CHECKING, entry=entry), (TryAction.CHECK,)
        case TryRan(run=run) if phase is TryPhase.CHECKING:
            return _offered(tried, run), ()
        case TryDecided(keep=keep):
            return _decided(tried, keep=keep)
        case TrySaved(path=path):
            stops = (TryAction.STOP,) if phase in (TryPhase.BEFORE, TryPhase.CHECKING) else ()
            keeps = (TryAction.KEEP,) if tried.entry else ()
            return replace(tried, phase=TryPhase.ENDED, reason=path), (*stops, *keeps)
        case TryUndone(whole=whole, reason=reason) if tried.entry:
            if not whole:
                if phase is not TryPhase.TAKING_BACK:
                    return tried, ()
                return replace(tried, phase=TryPhase.OFFERED, reason=reason), ()
            stops = (TryAction.STOP,) if phase is TryPhase.CHECKING else ()
            return replace(tried, phase=TryPhase.BACK), stops
        case _:
            return tried, ()


def _offered(tried: Try, run: CheckRun | None) -> Try:
    if run is None or not run.usable:
        reason = run.report.outcome.value if run is not None else "did not run"
        return replace(tried, phase=TryPhase.OFFERED, run=run, reason=reason)
    known = tried.before is not None and tried.before.usable
    before = tried.before.report if tried.before is not None and known else run.report
    return replace(tried, phase=TryPhase.OFFERED, run=run, judgement=judge(before, run.report))


def _decided(tried: Try, *, keep: bool) -> TryStep:
    """A key on it. Before it is on disk there is nothing to keep: its hunks are as they were."""
    stops = tried.phase in (TryPhase.BEFORE, TryPhase.CHECKING)
    first = (TryAction.STOP,) if stops else ()
    if tried.phase is TryPhase.BEFORE:
        return replace(tried, phase=TryPhase.ENDED, reason="decided"), first
    if tried.phase not in (TryPhase.CHECKING, TryPhase.OFFERED):
        return tried, ()
    if keep:
        return replace(tried, phase=TryPhase.KEPT), (*first, TryAction.KEEP)
    return replace(tried, phase=TryPhase.TAKING_BACK), (*first, TryAction.TAKE_BACK)

"""The green loop as a pure state machine: what happened goes in, what to do next comes out.

    baseline → fixing n → checking n → better · same · worse → fixing n+1 … → over

It asks, writes, checks and takes back only through its actions. It ends: attempts, time, tokens
and money are bounded, and every attempt asks for a bounded number of runs. What made anything
worse is always taken back first, and only the whole command's exit 0 is green.
"""

from __future__ import annotations

from enum import StrEnum

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.green.compare import CheckRun, Judgement, RunVerdict, judge
from spark_tui.core.green.counts import compare_counts
from spark_tui.core.green.limits import GreenLimits

SHORT_NS = 10_000_000_000
"""A check up to so long is run again to find out what is flaky."""

_TWICE = 2


class GreenGate(StrEnum):
    """Who lets a change stand: nobody (`AUTO`), a person before the check, or a person after it."""

    AUTO = "auto"
    ASK = "ask"
    TRY = "try"


class GreenPhase(StrEnum):
    """What a loop waits for."""

    BASELINE = "baseline"
    FIXING = "fixing"
    DECIDING = "deciding"
    WRITING = "writing"
    CHECKING = "checking"
    CONFIRMING = "confirming"
    TAKING_BACK = "taking back"
    OVER = "over"


class GreenEnding(StrEnum):
    """How a loop ended. `DOUBTFUL` passed, but with fewer tests or other tests than before."""

    GREEN = "green"
    DOUBTFUL = "green?"
    STUCK = "stuck"
    WORSE = "worse"
    BUDGET = "budget"
    FLAKY = "flaky"
    CHECK_BROKE = "check broke"
    GAVE_UP = "gave up"
    NO_EDIT = "no edit"
    FAILED = "failed"
    STOPPED = "you stopped"
    EDITED = "you edited"


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer that can be tried: `turn` is whose, `image` what its files would be, as a digest.

    `kept` of its `hunks` are tried; `guarded` says that a person's key kept one that a loop does
    not keep by itself. Times in ns; `usd` None where the price is not known.
    """

    turn: int
    image: str
    hunks: int = 0
    added: int = 0
    removed: int = 0
    tokens: int = 0
    usd: float | None = None
    model_ns: int = 0
    guarded: bool = False
    run: CheckRun | None = None
    judgement: Judgement | None = None

    @property
    def green(self) -> bool:
        """Whether the whole check passed with it."""
        return self.run is not None and not self.run.quick and self.run.report.green

    @property
    def rank(self) -> tuple[bool, int, int]:
        """What the best trial has most of."""
        if self.judgement is None:
            return (False, -1, 0)
        order = (RunVerdict.WORSE, RunVerdict.SAME, RunVerdict.BETTER)
        return (self.green, order.index(self.judgement.verdict), len(self.judgement.fixed))


@dataclass(frozen=True, slots=True)
class GreenAttempt:
    """One round: what was tried, which of it `stands` (0: nothing), and what it took.

    `said` is why there was nothing to try.
    """

    number: int
    trials: tuple[Trial, ...] = ()
    stands: int = 0
    said: str = ""
    tokens: int = 0
    usd: float | None = None
    model_ns: int = 0
    check_ns: int = 0

    @property
    def shown(self) -> Trial | None:
        """The trial that stands, else the last one."""
        standing = (trial for trial in self.trials if trial.turn == self.stands)
        return next(standing, self.trials[-1] if self.trials else None)


# ------------------------------------------------------------------- what happens


@dataclass(frozen=True, slots=True)
class LoopBegan:
    """The loop starts; `baseline` is a run on the very bytes that are there, if there is one."""

    at: int
    baseline: CheckRun | None = None


@dataclass(frozen=True, slots=True)
class CheckRan:
    """A run that was asked for has ended."""

    at: int
    run: CheckRun


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """An answer can be tried."""

    at: int
    trial: Trial


class Unusable(StrEnum):
    """Why an answer can't be tried."""

    EMPTY = "no edit"
    UNFIT = "an edit without a place"
    GUARDED = "only edits that need a key"
    GAVE_UP = "gave up"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """An answer can't be tried: `said` is the model's reason, or the endpoint's fault."""

    at: int
    why: Unusable
    said: str = ""
    tokens: int = 0
    usd: float | None = None
    model_ns: int = 0


@dataclass(frozen=True, slots=True)
class TrialWritten:
    """A trial is on disk: written, or kept by the person. `trial` says what of it."""

    at: int
    trial: Trial


@dataclass(frozen=True, slots=True)
class TrialRefused:
    """A trial is not on disk: the person turned it down, or (`raced`) saved its files meanwhile."""

    at: int
    turn: int
    raced: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class TrialTakenBack:
    """A trial is off the disk again; `whole` is False where somebody else's bytes were there."""

    at: int
    turn: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class LoopStopped:
    """The person stopped the loop."""

    at: int


@dataclass(frozen=True, slots=True)
class OutsideSave:
    """Somebody else saved a file of the loop."""

    at: int
    path: str


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The loop's time is over."""

    at: int


LoopEvent = (
    LoopBegan
    | CheckRan
    | AnswerReady
    | AnswerLost
    | TrialWritten
    | TrialRefused
    | TrialTakenBack
    | LoopStopped
    | OutsideSave
    | DeadlinePassed
)


# ------------------------------------------------------------------- what to do


@dataclass(frozen=True, slots=True)
class RunCheck:
    """Run the whole command, or the quick one; CheckRan follows."""

    quick: bool = False


@dataclass(frozen=True, slots=True)
class AskModel:
    """Ask for so many answers beside each other; AnswerReady or AnswerLost follow for each."""

    attempt: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Propose:
    """Wait for the person's keys on this trial; TrialWritten or TrialRefused follows."""

    turn: int


@dataclass(frozen=True, slots=True)
class WriteTrial:
    """Write this trial; TrialWritten or TrialRefused follows."""

    turn: int


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take this trial off the disk; TrialTakenBack follows."""

    turn: int


@dataclass(frozen=True, slots=True)
class CancelAnswers:
    """Stop the answers that still decode; nothing follows."""


@dataclass(frozen=True, slots=True)
class StopCheck:
    """Stop the check that runs; nothing follows."""


LoopAction = RunCheck | AskModel | Propose | WriteTrial | TakeBack | CancelAnswers | StopCheck


# ------------------------------------------------------------------- the state


@dataclass(frozen=True, slots=True)
class GreenLoop:
    """Where a loop is. `best` is the last run whose change stands, or the baseline.

    `waiting` are answers to try, `coming` those that still decode, `tried` those of this attempt
    that were tried; `trial` is the one that is decided, on disk, or taken back. `unproven` are
    turns that stand though nothing got better by them. `idle_ns` is the person's time, in no
    budget. `verifying` says that the baseline runs a second time beside the model, `flipped` what
    failed when that which was green ran again.
    """

    gate: GreenGate = GreenGate.AUTO
    limits: GreenLimits = field(default_factory=GreenLimits)
    has_quick: bool = False
    phase: GreenPhase = GreenPhase.BASELINE
    began_at: int = 0
    since: int = 0
    idle_ns: int = 0
    attempt: int = 0
    baseline: CheckRun | None = None
    best: CheckRun | None = None
    flaky: frozenset[str] = frozenset()
    signatures: frozenset[tuple[str, ...]] = frozenset()
    images: frozenset[str] = frozenset()
    attempts: tuple[GreenAttempt, ...] = ()
    waiting: tuple[Trial, ...] = ()
    coming: int = 0
    tried: tuple[Trial, ...] = ()
    trial: Trial | None = None
    lost: tuple[AnswerLost, ...] = ()
    unproven: tuple[int, ...] = ()
    verifying: bool = False
    flipped: str = ""
    repeated: bool = False
    empties: int = 0
    worses: int = 0
    guarded: bool = False
    tokens: int = 0
    usd: float | None = None
    model_ns: int = 0
    check_ns: int = 0
    largest: int = 0
    ending: GreenEnding | None = None
    reason: str = ""
    took_ns: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self.phase is GreenPhase.OVER

    @property
    def deadline(self) -> int | None:
        """When its time is over (ns); None while a person decides, or nothing limits it yet."""
        if self.over or self.phase is GreenPhase.DECIDING:
            return None
        usual = self.baseline.took_ns if self.baseline is not None else 0
        seconds = self.limits.seconds_for(usual / 1e9)
        return self.began_at + self.idle_ns + int(seconds * 1e9)

    @property
    def stands(self) -> tuple[int, ...]:
        """The turns whose changes are on disk, oldest first."""
        return tuple(one.stands for one in self.attempts if one.stands)


_Step = tuple[GreenLoop, tuple[LoopAction, ...]]


def step_loop(loop: GreenLoop, event: LoopEvent) -> _Step:
    """The loop after `event`, and what to do now. What is not waited for changes nothing."""
    if loop.over:
        return loop, ()
    match event:
        case LoopBegan(at, baseline):
            begun = replace(loop, began_at=at, since=at)
            return (begun, (RunCheck(),)) if baseline is None else _based(begun, at, baseline)
        case CheckRan(at, run):
            return _ran(replace(loop, check_ns=loop.check_ns + run.took_ns), at, run)
        case AnswerReady(at, trial):
            return _ready(_paid(loop, trial.tokens, trial.usd, trial.model_ns), at, trial)
        case AnswerLost(at, _, _, tokens, usd, model_ns):
            return _lost(_paid(loop, tokens, usd, model_ns), at, event)
        case TrialWritten(at, trial):
            return _written(loop, at, trial)
        case TrialRefused(at, turn, raced, said):
            return _refused(loop, at, turn, said, raced=raced)
        case TrialTakenBack(at, turn, whole):
            return _taken_back(loop, at, turn, whole=whole)
        case LoopStopped(at):
            return _end(loop, at, GreenEnding.STOPPED)
        case OutsideSave(at, path):
            return _end(loop, at, GreenEnding.EDITED, path)
        case DeadlinePassed(at):
            if loop.deadline is None or at < loop.deadline:
                return loop, ()
            return _end(loop, at, GreenEnding.BUDGET, "time")


# ------------------------------------------------------------------- the baseline


def _based(loop: GreenLoop, at: int, run: CheckRun) -> _Step:
    """What the check says before anything is changed."""
    loop = replace(
        loop,
        phase=GreenPhase.FIXING,
        baseline=run,
        best=run,
        signatures=frozenset((run.signature,)),
    )
    if run.report.green:
        return _end(loop, at, GreenEnding.GREEN)
    if not run.usable:
        return _end(loop, at, GreenEnding.CHECK_BROKE, run.report.outcome.value)
    asked, actions = _ask(loop, at)
    # In *ask* the person's key writes at once: no run may stand on the files meanwhile.
    beside = loop.gate is not GreenGate.ASK
    if beside and asked.ending is None and run.took_ns <= SHORT_NS and run.report.failures:
        return replace(asked, verifying=True), (RunCheck(), *actions)
    return asked, actions


def _verified(loop: GreenLoop, at: int, run: CheckRun) -> _Step:
    """The baseline ran a second time: what flipped is flaky."""
    loop = replace(loop, verifying=False)
    assert loop.baseline is not None
    first, second = loop.baseline.report, run.report
    if run.usable:
        flaky = first.failing ^ second.failing
        loop = replace(loop, flaky=flaky)
        if not first.failing - flaky:
            named = ", ".join(sorted(flaky)[:3])
            return _end(loop, at, GreenEnding.FLAKY, named)
    return _next_trial(loop, at) if loop.phase is GreenPhase.FIXING else (loop, ())


# ------------------------------------------------------------------- answers


def _ask(loop: GreenLoop, at: int) -> _Step:
    """Begin the next attempt, if there may be one."""
    limits = loop.limits
    if loop.attempt >= limits.attempts:
        many = limits.attempts
        return _end(loop, at, GreenEnding.BUDGET, f"{many} attempt{'s' * (many != 1)}")
    if loop.deadline is not None and at >= loop.deadline:
        return _end(loop, at, GreenEnding.BUDGET, "time")
    candidates = max(1, limits.candidates)
    if loop.tokens + candidates * loop.largest > limits.tokens:
        # What one more answer takes is not known before: as much as the largest so far.
        room = (limits.tokens - loop.tokens) // max(1, loop.largest)
        candidates = min(candidates, room)
        if candidates < 1:
            return _end(loop, at, GreenEnding.BUDGET, "tokens")
    if limits.usd is not None and loop.usd is not None and loop.usd >= limits.usd:
        return _end(loop, at, GreenEnding.BUDGET, "money")
    number = loop.attempt + 1
    loop = replace(
        loop,
        phase=GreenPhase.FIXING,
        since=at,
        attempt=number,
        attempts=(*loop.attempts, GreenAttempt(number)),
        coming=candidates,
        waiting=(),
        tried=(),
        lost=(),
        trial=None,
        repeated=False,
    )
    return loop, (AskModel(number, candidates),)


def _paid(loop: GreenLoop, tokens: int, usd: float | None, model_ns: int) -> GreenLoop:
    """With what one answer took."""
    spent = loop.usd if usd is None else (loop.usd or 0.0) + usd
    loop = replace(
        loop,
        tokens=loop.tokens + tokens,
        usd=spent,
        largest=max(loop.largest, tokens),
    )
    row = loop.attempts[-1] if loop.attempts else None
    if row is None:
        return loop
    cost = row.usd if usd is None else (row.usd or 0.0) + usd
    # They decode beside each other: the slowest is what is waited for.
    longest = max(row.model_ns, model_ns)
    loop = replace(loop, model_ns=loop.model_ns + longest - row.model_ns)
    return _row(loop, replace(row, tokens=row.tokens + tokens, usd=cost, model_ns=longest))


def _row(loop: GreenLoop, row: GreenAttempt) -> GreenLoop:
    return replace(loop, attempts=(*loop.attempts[:-1], row))


def _ready(loop: GreenLoop, at: int, trial: Trial) -> _Step:
    if not loop.coming:
        return loop, ()
    loop = replace(loop, coming=loop.coming - 1)
    if trial.image in loop.images:
        same = {one.image for one in (*loop.waiting, *loop.tried)}
        loop = replace(loop, repeated=loop.repeated or trial.image not in same)
    else:
        images = loop.images | {trial.image}
        loop = replace(loop, images=images, waiting=(*loop.waiting, trial))
    return _next_trial(loop, at) if loop.phase is GreenPhase.FIXING else (loop, ())


def _lost(loop: GreenLoop, at: int, lost: AnswerLost) -> _Step:
    if not loop.coming:
        return loop, ()
    loop = replace(loop, coming=loop.coming - 1, lost=(*loop.lost, lost))
    return _next_trial(loop, at) if loop.phase is GreenPhase.FIXING else (loop, ())


def _next_trial(loop: GreenLoop, at: int) -> _Step:
    """Try what is here, wait for what is coming, or draw the sum of the attempt."""
    loop = replace(loop, phase=GreenPhase.FIXING, since=at, trial=None)
    if loop.verifying:
        return loop, ()  # the second run of the baseline needs the files as they are
    if loop.waiting:
        first, *rest = loop.waiting
        loop = replace(loop, waiting=tuple(rest), trial=first)
        if loop.gate is GreenGate.ASK:
            return replace(loop, phase=GreenPhase.DECIDING), (Propose(first.turn),)
        return replace(loop, phase=GreenPhase.WRITING), (WriteTrial(first.turn),)
    if loop.coming:
        return loop, ()
    return _conclude(loop, at)


# ------------------------------------------------------------------- on disk


def _written(loop: GreenLoop, at: int, trial: Trial) -> _Step:
    known = loop.trial
    if known is None or known.turn != trial.turn:
        return loop, ()
    if loop.phase is GreenPhase.DECIDING:
        loop = replace(loop, idle_ns=loop.idle_ns + at - loop.since)
    elif loop.phase is not GreenPhase.WRITING:
        return loop, ()
    if known.run is not None:  # tried before: it was put back as the best, or kept after its check
        return _settle(loop, at, replace(known, guarded=known.guarded or trial.guarded))
    loop = replace(loop, trial=trial, phase=GreenPhase.CHECKING, since=at)
    return loop, (RunCheck(loop.has_quick),)


def _refused(loop: GreenLoop, at: int, turn: int, said: str, *, raced: bool) -> _Step:
    if loop.trial is None or loop.trial.turn != turn:
        return loop, ()
    if loop.phase not in (GreenPhase.DECIDING, GreenPhase.WRITING):
        return loop, ()
    if raced:
        return _end(loop, at, GreenEnding.EDITED, said)
    if loop.phase is GreenPhase.DECIDING:
        left = tuple(one for one in loop.tried if one.turn != turn)
        loop = replace(loop, tried=left, idle_ns=loop.idle_ns + at - loop.since)
        return _next_trial(replace(loop, lost=(*loop.lost, _turned_down(at))), at)
    return _end(loop, at, GreenEnding.FAILED, said)


def _turned_down(at: int) -> AnswerLost:
    return AnswerLost(at, Unusable.EMPTY, "turned down")


def _ran(loop: GreenLoop, at: int, run: CheckRun) -> _Step:
    if loop.attempts and not loop.verifying:
        row = loop.attempts[-1]
        loop = _row(loop, replace(row, check_ns=row.check_ns + run.took_ns))
    if loop.phase is GreenPhase.BASELINE:
        return _based(loop, at, run)
    if loop.verifying:
        return _verified(loop, at, run)
    if loop.phase is GreenPhase.CHECKING:
        return _checked(loop, at, run)
    if loop.phase is GreenPhase.CONFIRMING:
        return _confirmed(loop, at, run)
    return loop, ()


def _checked(loop: GreenLoop, at: int, run: CheckRun) -> _Step:
    assert loop.trial is not None
    assert loop.best is not None
    if run.quick and run.report.green:
        return replace(loop, since=at), (RunCheck(),)
    found = judge(loop.best.report, run.report, loop.flaky)
    if run.quick and found.verdict is not RunVerdict.WORSE:
        if loop.attempt >= loop.limits.attempts or loop.coming or loop.waiting:
            return replace(loop, since=at), (RunCheck(),)
        # It runs less than the whole: what it does not name is not known to be mended.
        found = Judgement(RunVerdict.SAME, (), (), found.old)
    loop = replace(loop, trial=replace(loop.trial, run=run, judgement=found))
    if run.report.green:
        cancel = (CancelAnswers(),) if loop.coming else ()
        loop = replace(loop, coming=0, waiting=())
        if run.took_ns <= SHORT_NS:
            return replace(loop, phase=GreenPhase.CONFIRMING, since=at), (*cancel, RunCheck())
        stepped, actions = _judged(loop, at)
        return stepped, (*cancel, *actions)
    return _judged(loop, at)


def _confirmed(loop: GreenLoop, at: int, run: CheckRun) -> _Step:
    """What was green ran a second time."""
    if not run.report.green:
        failing = run.report.failing
        named = ", ".join(sorted(failing)[:3]) or run.report.outcome.value
        loop = replace(loop, flaky=loop.flaky | failing, flipped=named)
    elif loop.trial is not None and loop.trial.run is not None and loop.baseline is not None:
        first = loop.trial.run
        fewer = compare_counts(loop.baseline.report, run.report)
        report = run.report if fewer else first.report  # the run that proves less counts
        changed = tuple(dict.fromkeys((*first.changed, *run.changed)))
        loop = replace(
            loop, trial=replace(loop.trial, run=replace(first, report=report, changed=changed))
        )
    return _judged(loop, at)


def _judged(loop: GreenLoop, at: int) -> _Step:
    """The trial on disk has its verdict."""
    trial = loop.trial
    assert trial is not None
    assert trial.judgement is not None
    loop = replace(loop, tried=(*loop.tried, trial))
    others = bool(loop.coming or loop.waiting)
    if trial.judgement.verdict is RunVerdict.WORSE or (others and not trial.green):
        return replace(loop, phase=GreenPhase.TAKING_BACK, since=at), (TakeBack(trial.turn),)
    return _conclude(loop, at)


def _taken_back(loop: GreenLoop, at: int, turn: int, *, whole: bool) -> _Step:
    if loop.phase is not GreenPhase.TAKING_BACK:
        return loop, ()
    if not whole and loop.ending is None:
        return _end(replace(loop, trial=None), at, GreenEnding.EDITED)
    if loop.ending is not None:
        rows = tuple(replace(r, stands=0) if r.stands == turn else r for r in loop.attempts)
        loop = replace(loop, attempts=rows, unproven=tuple(t for t in loop.unproven if t != turn))
        if not whole:  # somebody saved meanwhile: the rest stays as well
            return _over(replace(loop, ending=GreenEnding.EDITED)), ()
        return _wind_up(loop, at)
    return _next_trial(loop, at)


# ------------------------------------------------------------------- the sum of an attempt


def _conclude(loop: GreenLoop, at: int) -> _Step:
    """Everything of the attempt was tried: the best of it stands."""
    best = max(loop.tried, key=lambda trial: trial.rank, default=None)
    if best is None or best.judgement is None:
        return _nothing_tried(loop, at)
    if best.judgement.verdict is RunVerdict.WORSE:
        loop = replace(_closed(loop, 0), trial=None, worses=loop.worses + 1)
        if loop.worses >= _TWICE:
            return _end(loop, at, GreenEnding.WORSE)
        return _ask(_seen(loop), at)
    if loop.trial is not None and loop.trial.turn != best.turn:
        return replace(loop, phase=GreenPhase.TAKING_BACK, since=at), (TakeBack(loop.trial.turn),)
    if loop.trial is None:
        loop = replace(loop, trial=best, phase=GreenPhase.WRITING, since=at)
        return loop, (WriteTrial(best.turn),)
    if loop.gate is GreenGate.TRY and loop.phase is not GreenPhase.DECIDING:
        return replace(loop, phase=GreenPhase.DECIDING, since=at), (Propose(best.turn),)
    return _settle(loop, at, best)


def _settle(loop: GreenLoop, at: int, best: Trial) -> _Step:
    """The attempt's best trial is on disk and stays for now."""
    assert best.judgement is not None
    assert best.run is not None
    if loop.gate is GreenGate.TRY and loop.phase is GreenPhase.WRITING:
        return replace(loop, phase=GreenPhase.DECIDING, since=at), (Propose(best.turn),)
    tried = tuple(best if one.turn == best.turn else one for one in loop.tried)
    before = loop.signatures
    loop = _closed(replace(loop, tried=tried), best.turn)
    loop = _seen(replace(loop, guarded=loop.guarded or best.guarded))
    loop = replace(loop, trial=None, phase=GreenPhase.FIXING)
    if best.run.report.green:
        loop = replace(loop, best=best.run, unproven=())
        if loop.flipped:
            return _end(loop, at, GreenEnding.FLAKY, loop.flipped)
        return _green(loop, at, best.run)
    if best.judgement.verdict is RunVerdict.BETTER:
        loop = replace(loop, best=best.run, unproven=())
        if loop.flaky and not best.run.report.failing - loop.flaky and best.run.report.failing:
            named = ", ".join(sorted(best.run.report.failing)[:3])
            return _end(loop, at, GreenEnding.FLAKY, named)
        return _ask(loop, at)
    loop = replace(loop, unproven=(*loop.unproven, best.turn))
    if best.run.signature in before:
        many = len(best.run.report.failing)
        said = f"the same {many} failure{'s' * (many != 1)} twice" if many else "the same twice"
        return _end(loop, at, GreenEnding.STUCK, said)
    return _ask(loop, at)


def _green(loop: GreenLoop, at: int, run: CheckRun) -> _Step:
    assert loop.baseline is not None
    fewer = compare_counts(loop.baseline.report, run.report)
    said = [fewer] if fewer else []
    if run.changed:
        said.append(f"the check changed {', '.join(run.changed[:2])}")
    if loop.guarded:
        said.append("what checks it was changed too")
    if said:
        return _end(loop, at, GreenEnding.DOUBTFUL, " · ".join(said))
    return _end(loop, at, GreenEnding.GREEN)


def _nothing_tried(loop: GreenLoop, at: int) -> _Step:
    told = next((one for one in loop.lost if one.why is Unusable.GAVE_UP), None)
    broken = next((one for one in loop.lost if one.why is Unusable.FAILED), None)
    last = loop.lost[-1] if loop.lost else None
    said = (told or broken or last).said if last is not None else ""
    why = str(last.why) if last is not None else "the same edit again"
    loop = _closed(loop, 0, said or why)
    if told is not None:
        return _end(loop, at, GreenEnding.GAVE_UP, told.said)
    if broken is not None:
        return _end(loop, at, GreenEnding.FAILED, broken.said)
    if loop.repeated:
        return _end(loop, at, GreenEnding.STUCK, "the same edit again")
    loop = replace(loop, empties=loop.empties + 1)
    if loop.empties >= _TWICE:
        return _end(loop, at, GreenEnding.NO_EDIT, said or why)
    return _ask(loop, at)


def _closed(loop: GreenLoop, stands: int, said: str = "") -> GreenLoop:
    """With the attempt's row complete."""
    row = loop.attempts[-1]
    return _row(loop, replace(row, trials=loop.tried, stands=stands, said=said))


def _seen(loop: GreenLoop) -> GreenLoop:
    """With what this attempt's runs looked like."""
    runs = {trial.run.signature for trial in loop.tried if trial.run is not None}
    return replace(loop, signatures=loop.signatures | runs)


# ------------------------------------------------------------------- the end


_KEEPS = (GreenEnding.EDITED,)
"""Endings after which nothing is taken back: somebody else wrote meanwhile."""


def _end(loop: GreenLoop, at: int, ending: GreenEnding, reason: str = "") -> _Step:
    """Stop what runs, take back what must not stay, then it is over."""
    if loop.ending is not None:
        # It winds up already; a save meanwhile still keeps everything where it is.
        if ending in _KEEPS:
            return _over(replace(loop, ending=ending, reason=reason)), ()
        return loop, ()
    if loop.phase is GreenPhase.DECIDING:
        loop = replace(loop, idle_ns=loop.idle_ns + at - loop.since)
    checks = (GreenPhase.BASELINE, GreenPhase.CHECKING, GreenPhase.CONFIRMING)
    stops: list[LoopAction] = [CancelAnswers()] if loop.coming else []
    if loop.verifying or loop.phase in checks:
        stops.append(StopCheck())
    took = at - loop.began_at - loop.idle_ns
    loop = replace(
        loop, ending=ending, reason=reason, took_ns=took, coming=0, waiting=(), verifying=False
    )
    if ending in _KEEPS:
        return _over(loop), tuple(stops)
    if loop.phase is GreenPhase.TAKING_BACK:  # what is under way is waited for
        kept = () if loop.gate is GreenGate.ASK else loop.unproven
        return replace(loop, unproven=kept), tuple(stops)
    loop = _pending(loop)
    wound, actions = _wind_up(loop, at)
    return wound, (*stops, *actions)


def _pending(loop: GreenLoop) -> GreenLoop:
    """What is on disk without a verdict that lets it stay, in `unproven`.

    What a person kept in *ask* is theirs; what is just being written is nobody's yet.
    """
    asked = loop.gate is GreenGate.ASK
    unproven = () if asked else loop.unproven
    phases = (GreenPhase.WRITING, GreenPhase.CHECKING, GreenPhase.CONFIRMING)
    trial = loop.trial
    offered = loop.phase is GreenPhase.DECIDING and not asked
    if trial is not None and (loop.phase in phases or offered):
        if not asked or loop.phase is GreenPhase.WRITING:
            unproven = (*unproven, trial.turn)
        others = tuple(one for one in loop.tried if one.turn != trial.turn)
        loop = _closed(replace(loop, tried=(*others, trial)), trial.turn)
    return replace(loop, unproven=unproven)


def _wind_up(loop: GreenLoop, at: int) -> _Step:
    if loop.unproven:
        return replace(loop, phase=GreenPhase.TAKING_BACK, since=at), (TakeBack(loop.unproven[-1]),)
    return _over(loop), ()


def _over(loop: GreenLoop) -> GreenLoop:
    return replace(loop, phase=GreenPhase.OVER, trial=None, coming=0, waiting=())

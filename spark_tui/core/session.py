"""The session as one value, and the pure fold that makes it from events."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from spark_tui.core.checks import CheckResult
from spark_tui.core.comments import CommentRequest
from spark_tui.core.context import ContextItem
from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Answered,
    Asked,
    Checked,
    CommentsWaiting,
    Decided,
    EndpointKnown,
    EndpointLabel,
    EndpointSet,
    Event,
    Flushed,
    FlushRefused,
    GreenSet,
    HunksGone,
    HunksGuarded,
    HunksSet,
    HunkStarted,
    LookDone,
    LookResult,
    LooksAllowed,
    LooksWanted,
    Metered,
    ModeSet,
    RaceSet,
    TopicBegan,
    TreeChanged,
    TrySet,
    TurnEnded,
    Undone,
)
from spark_tui.core.green.trying import Try
from spark_tui.core.green.view import GreenView
from spark_tui.core.latency.meter import Reading
from spark_tui.core.mode import Mode
from spark_tui.core.race import Race
from spark_tui.core.tree import Tree


@dataclass(frozen=True, slots=True)
class Turn:
    """One instruction and its answer. `ending` is None while it runs.

    `hunks` are in answer order; `entries` maps an applied hunk to its journal entry. `answer` is
    what one without an edit said. `looks` are those of the model, `wants` those that the person is
    asked about. `guarded` are hunks that no loop keeps without a key, with why.
    """

    id: int
    text: str
    context: tuple[ContextItem, ...]
    tokens: int
    endpoint: EndpointLabel
    asked_at: int
    hunks: tuple[Hunk, ...] = ()
    reading: Reading = field(default_factory=Reading)
    ending: Ending | None = None
    detail: str = ""
    entries: tuple[tuple[HunkId, int], ...] = ()
    answer: str = ""
    looks: tuple[LookResult, ...] = ()
    wants: tuple[str, ...] = ()
    guarded: tuple[tuple[HunkId, str], ...] = ()

    @property
    def running(self) -> bool:
        """True until the answer is over."""
        return self.ending is None

    def hunk(self, hunk_id: HunkId) -> Hunk | None:
        """The hunk with this id, or None."""
        return next((h for h in self.hunks if h.id == hunk_id), None)

    def entry_of(self, hunk_id: HunkId) -> int | None:
        """The journal entry that holds an applied hunk."""
        return next((entry for known, entry in self.entries if known == hunk_id), None)


class ActKind(StrEnum):
    """What one `u` takes back."""

    DECISION = "decision"
    ENTRY = "entry"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Act:
    """What `u` takes back, the last one first: a decision not yet on disk, an entry, a split.

    `ids` are the hunks it is about: those decided or written, or the parts of the hunk `whole`.
    What one key (stamped `at`) decided is one act, whatever turns it is of.
    """

    kind: ActKind
    ids: tuple[HunkId, ...]
    entry: int = 0
    whole: HunkId | None = None
    at: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """All that screens are painted from, growing text aside.

    `checks` are what the person's checks found in what was applied last, `checking` those that
    still run. `comments` are those in files that ask for an edit and were not run yet. `race` is
    one that is armed or whose two turns are the newest. `topic` are the turns that the next one
    knows of: those after this id. `green` is the newest green loop, `tries` are
    those of turns, one each, the newest last.
    """

    tree: Tree = field(default_factory=lambda: Tree("", ""))
    endpoint: EndpointLabel = field(default_factory=lambda: EndpointLabel("", "", ""))
    mode: Mode = Mode.ASK
    turns: tuple[Turn, ...] = ()
    acts: tuple[Act, ...] = ()
    outside: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    checking: tuple[str, ...] = ()
    comments: tuple[CommentRequest, ...] = ()
    race: Race | None = None
    topic: int = 0
    green: GreenView | None = None
    tries: tuple[Try, ...] = ()

    @property
    def turn(self) -> Turn | None:
        """The newest turn."""
        return self.turns[-1] if self.turns else None

    def try_of(self, turn: int) -> Try | None:
        """The try of a turn."""
        return next((one for one in self.tries if one.turn == turn), None)

    def entry_of(self, hunk_id: HunkId) -> int | None:
        """The journal entry that holds an applied hunk of any turn, or held it last."""
        turn = next((t for t in self.turns if t.id == hunk_id.turn), None)
        return turn.entry_of(hunk_id) if turn else None

    def find(self, hunk_id: HunkId) -> Hunk | None:
        """The hunk with this id in any turn, or None."""
        turn = next((t for t in self.turns if t.id == hunk_id.turn), None)
        return turn.hunk(hunk_id) if turn else None


def step(session: Session, event: Event) -> Session:
    """The session after `event`. Unknown turns and hunks are ignored, never an error."""
    match event:
        case Asked(at, turn, text, context, tokens, endpoint):
            new = Turn(turn, text, context, tokens, endpoint, at)
            return replace(session, turns=(*session.turns, new))
        case HunkStarted(turn=turn, id=hunk_id, path=path, op=op):
            hunk = Hunk(hunk_id, path, op, HunkState.WRITING)
            return _on_turn(session, turn, lambda t: _with_hunks(t, (hunk,), None))
        case HunksSet(turn=turn, hunks=hunks, after=after):
            changed = _on_turn(session, turn, lambda t: _with_hunks(t, hunks, after))
            return _reshaped(changed, event) if event.gone else changed
        case HunksGone(turn=turn, ids=ids):
            changed = _on_turn(session, turn, lambda t: _without_hunks(t, ids))
            return replace(changed, acts=_without(changed.acts, ids))
        case LookDone(turn=turn, look=look):
            return _on_turn(session, turn, lambda t: replace(t, looks=(*t.looks, look)))
        case LooksWanted(turn=turn, looks=wanted):
            return _on_turn(session, turn, lambda t: replace(t, wants=wanted))
        case LooksAllowed(turn=turn):
            return _on_turn(session, turn, lambda t: replace(t, wants=()))
        case Metered(turn=turn, reading=reading):
            return _on_turn(session, turn, lambda t: replace(t, reading=reading))
        case TurnEnded(turn=turn, ending=ending, reading=reading, detail=detail):
            return _on_turn(
                session,
                turn,
                lambda t: replace(t, ending=ending, reading=reading, detail=detail),
            )
        case Answered(turn=turn, text=text):
            return _on_turn(session, turn, lambda t: replace(t, answer=text))
        case TopicBegan(after=topic):
            return replace(session, topic=topic)
        case HunksGuarded(turn=turn, why=why):
            return _on_turn(session, turn, lambda t: replace(t, guarded=why))
        case TrySet(turn=turn, tried=tried):
            others = tuple(one for one in session.tries if one.turn != turn)
            return replace(session, tries=(*others, tried))
        case GreenSet(green=green):
            return replace(session, green=green)
        case Decided(at=at, turn=turn, ids=ids, state=state, unasked=unasked):
            changed = _on_turn(session, turn, lambda t: _with_state(t, ids, state))
            if state is HunkState.OPEN:
                return replace(changed, acts=_without(changed.acts, ids))
            if session.race is not None and session.race.lost.issuperset(ids):
                return changed  # no decision of its own: it comes back with its twin
            if unasked:
                return changed
            act = Act(ActKind.DECISION, ids, at=at)
            return replace(changed, acts=_joined(changed.acts, act))
        case Flushed(turn=turn, ids=ids, entry=entry):
            changed = _on_turn(
                session,
                turn,
                lambda t: replace(
                    _with_state(t, ids, HunkState.APPLIED),
                    entries=(
                        *(e for e in t.entries if e[0] not in ids),
                        *((i, entry) for i in ids),
                    ),
                ),
            )
            act = Act(ActKind.ENTRY, ids, entry)
            return replace(changed, acts=_joined(_without(changed.acts, ids), act))
        case FlushRefused(turn=turn, ids=ids):
            changed = _on_turn(session, turn, lambda t: _with_state(t, ids, HunkState.OPEN))
            return replace(changed, acts=_without(changed.acts, ids))
        case Undone(undoes=undoes, ids=ids, hunks=numbers, back=back):
            changed = session
            for turn in sorted({i.turn for i in ids}):
                changed = _on_turn(changed, turn, lambda t: _with_state(t, ids, HunkState.OPEN))
            if numbers and not ids:
                return changed
            gone = ids if numbers else ()
            acts = changed.acts
            for entry in back or (undoes,):
                acts = _without_entry(acts, entry, gone)
            return replace(changed, acts=acts)
        case TreeChanged(tree=tree, outside=outside):
            seen = (*session.outside, *(p for p in outside if p not in session.outside))
            return replace(session, tree=tree, outside=seen)
        case Checked(results=results, running=running):
            return replace(session, checks=results, checking=running)
        case CommentsWaiting(requests=requests):
            return replace(session, comments=requests)
        case ModeSet(mode=mode):
            return replace(session, mode=mode)
        case EndpointSet(endpoint=endpoint):
            changed = replace(session, endpoint=endpoint)
            newest = session.turn
            if newest is None or not newest.running or _racing(session, newest):
                return changed
            return _on_turn(changed, newest.id, lambda t: replace(t, endpoint=endpoint))
        case EndpointKnown(turn=turn, endpoint=endpoint):
            return _on_turn(session, turn, lambda t: replace(t, endpoint=endpoint))
        case RaceSet(race=race):
            return replace(session, race=race)
        case _:
            return session


def seen_from(session: Session, turn_id: int) -> Session:
    """The session with this turn as its newest, and its endpoint as the one in use."""
    turn = next((t for t in session.turns if t.id == turn_id), None)
    if turn is None:
        return session
    turns = (*(t for t in session.turns if t is not turn), turn)
    return replace(session, turns=turns, endpoint=turn.endpoint)


def _racing(session: Session, turn: Turn) -> bool:
    return session.race is not None and turn.id in session.race.turns


def _on_turn(session: Session, turn_id: int, change: Callable[[Turn], Turn]) -> Session:
    turns = tuple(change(t) if t.id == turn_id else t for t in session.turns)
    return replace(session, turns=turns)


def _with_hunks(turn: Turn, hunks: tuple[Hunk, ...], after: HunkId | None) -> Turn:
    known = {h.id: h for h in hunks}
    out = [known.pop(h.id, h) for h in turn.hunks]
    fresh = [h for h in hunks if h.id in known]
    at = next((n + 1 for n, h in enumerate(out) if h.id == after), len(out))
    return replace(turn, hunks=(*out[:at], *fresh, *out[at:]))


def _reshaped(session: Session, event: HunksSet) -> Session:
    """The session without the hunks that others stand for; a split can be taken back."""
    gone = event.gone
    changed = _on_turn(session, event.turn, lambda t: _without_hunks(t, gone))
    acts = tuple(a for a in changed.acts if a.kind is not ActKind.SPLIT or a.ids[0] not in gone)
    if len(event.hunks) > 1:
        acts += (Act(ActKind.SPLIT, tuple(h.id for h in event.hunks), whole=gone[0]),)
    return replace(changed, acts=acts)


def _without_hunks(turn: Turn, ids: tuple[HunkId, ...]) -> Turn:
    return replace(turn, hunks=tuple(h for h in turn.hunks if h.id not in ids))


def _with_state(turn: Turn, ids: tuple[HunkId, ...], state: HunkState) -> Turn:
    wanted = set(ids)
    return replace(
        turn, hunks=tuple(replace(h, state=state) if h.id in wanted else h for h in turn.hunks)
    )


def _joined(acts: tuple[Act, ...], act: Act) -> tuple[Act, ...]:
    """The acts with one more; what belongs to the last one is a part of it."""
    last = acts[-1] if acts else None
    if last is not None and last.kind is act.kind:
        same = act.entry == last.entry if act.kind is ActKind.ENTRY else act.at == last.at != 0
        if same:
            return (*acts[:-1], replace(last, ids=(*last.ids, *act.ids)))
    return (*acts, act)


def _without(acts: tuple[Act, ...], ids: tuple[HunkId, ...]) -> tuple[Act, ...]:
    """Acts with decisions about `ids` taken out; an act left empty goes."""
    gone = set(ids)
    out = []
    for act in acts:
        if act.kind is ActKind.DECISION:
            rest = tuple(i for i in act.ids if i not in gone)
            if not rest:
                continue
            out.append(replace(act, ids=rest))
        else:
            out.append(act)
    return tuple(out)


def _without_entry(acts: tuple[Act, ...], entry: int, ids: tuple[HunkId, ...]) -> tuple[Act, ...]:
    """Acts without this entry, or (where only `ids` of it were taken back) with what is left."""
    out = []
    for act in acts:
        if act.kind is ActKind.ENTRY and act.entry == entry:
            rest = tuple(i for i in act.ids if i not in ids)
            if not ids or not rest:
                continue
            out.append(replace(act, ids=rest))
        else:
            out.append(act)
    return tuple(out)

"""Everything that happens in a session, as small frozen stamped values.

`at` is nanoseconds of `time.monotonic_ns`. `core.session.step` folds these into a `Session`; the
UI paints from both. Growing text travels in events only (`HunkGrew`, `Said`): the session keeps
what is finished.
"""

from __future__ import annotations

from enum import StrEnum

from spark_tui.core.checks import CheckResult, DeclaredCheck
from spark_tui.core.comments import CommentRequest
from spark_tui.core.commit import CommitPlan
from spark_tui.core.context import ContextItem
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import FileImage, FileOp, Hunk, HunkId, HunkState, Tag, TaggedLine
from spark_tui.core.endpoint.probe import Check
from spark_tui.core.endpoint.wire import Ending, WireEvent
from spark_tui.core.green.trying import Try
from spark_tui.core.green.view import GreenView
from spark_tui.core.journal import EntryView
from spark_tui.core.latency.meter import Reading
from spark_tui.core.mode import Mode
from spark_tui.core.race import Race
from spark_tui.core.remedy import Ways
from spark_tui.core.tree import Tree


class Severity(StrEnum):
    """How long a notice stays: INFO 4 s or until a key, ERROR until a key."""

    INFO = "info"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class EndpointLabel:
    """What screens say about the endpoint: `name · model · provider · wire ● warm`.

    A simulated one under an address of its own keeps its name; only ours is `built_in`. `window` is
    how many tokens the model reads at once, 0 where that is not known.
    """

    name: str
    model: str
    provider: str
    wire: str = ""
    warm: bool = False
    simulated: bool = False
    window: int = 0

    @property
    def built_in(self) -> bool:
        """Whether it is the one that comes with this program, which nothing leaves."""
        return self.simulated and self.provider == "built in"


# ------------------------------------------------------------------- a turn


@dataclass(frozen=True, slots=True)
class Asked:
    """The person pressed Enter at `at` (the key's own stamp, t0).

    `tokens` is the estimated input, `reserve` what providers count against their token limit: the
    input and the longest answer allowed. `again` is the hunk that this asks for again.
    """

    at: int
    turn: int
    text: str
    context: tuple[ContextItem, ...]
    tokens: int
    endpoint: EndpointLabel
    reserve: int = 0
    again: HunkId | None = None


@dataclass(frozen=True, slots=True)
class OnWire:
    """Something other than text happened at the endpoint (deltas stay inside `pair`)."""

    at: int
    turn: int
    event: WireEvent


@dataclass(frozen=True, slots=True)
class Said:
    """Prose of the answer, in arrival order; may end inside a line."""

    at: int
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class LookResult:
    """One look of the model, done or refused.

    `done` says what was done ("looked", "searched", "listed"), `what` at what, `outcome` what came
    of it. `round` counts from 1, `tokens` what the model was shown, estimated. `withheld` are files
    that were kept back, as words. It took from `began` for `took_ns`.
    """

    round: int
    done: str
    what: str
    outcome: str
    tokens: int
    began: int
    took_ns: int
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookDone:
    """The model looked; it is told at the end of its round."""

    at: int
    turn: int
    look: LookResult


@dataclass(frozen=True, slots=True)
class LooksWanted:
    """The model wants to look at these (as words), and the person is asked."""

    at: int
    turn: int
    looks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LooksAllowed:
    """The person let the model look, or not; `yes` is False too where the turn ended before."""

    at: int
    turn: int
    yes: bool


@dataclass(frozen=True, slots=True)
class RoundBegan:
    """What the model looked at is sent to it: a request of the same turn, `round` of them before.

    `tokens` is the estimated input, as in `Asked`.
    """

    at: int
    turn: int
    round: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Thought:
    """What the model thinks, in arrival order; may end inside a line. No part of the answer."""

    at: int
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What was said so far, and the hunks of it, turned out to be thought."""

    at: int
    turn: int


@dataclass(frozen=True, slots=True)
class FileTouched:
    """The answer turned to a file."""

    at: int
    turn: int
    file: int
    op: FileOp
    path: str


@dataclass(frozen=True, slots=True)
class FileRead:
    """The base image all hunks of this file are located on; views take context lines from it."""

    at: int
    turn: int
    file: int
    image: FileImage


@dataclass(frozen=True, slots=True)
class HunkStarted:
    """A hunk began to arrive."""

    at: int
    turn: int
    id: HunkId
    path: str
    op: FileOp


@dataclass(frozen=True, slots=True)
class HunkGrew:
    """Lines were added to a hunk that still decodes; `tail` replaces the previous tail."""

    at: int
    turn: int
    id: HunkId
    lines: tuple[TaggedLine, ...]
    tail: str
    tail_tag: Tag


@dataclass(frozen=True, slots=True)
class HunksSet:
    """Hunks in full: just closed and located, re-located, split, replaced or gone stale.

    A hunk with a known id replaces it in place; a new one goes behind `after` or to the end.
    `successors` are (a hunk that is no more what is decided, the one that stands for it now): of a
    split hunk its first part, of joined parts the whole, of a hunk whose lines a newer answer
    changes that answer's hunk. One of this turn that is not among `hunks` is gone.
    """

    at: int
    turn: int
    hunks: tuple[Hunk, ...]
    after: HunkId | None = None
    successors: tuple[tuple[HunkId, HunkId], ...] = ()

    @property
    def gone(self) -> tuple[HunkId, ...]:
        """The hunks that others stand for and that are no more."""
        kept = {hunk.id for hunk in self.hunks}
        return tuple(i for i, _ in self.successors if i.turn == self.turn and i not in kept)


@dataclass(frozen=True, slots=True)
class HunksGone:
    """Unfinished hunks that will never close (interrupted, cut off)."""

    at: int
    turn: int
    ids: tuple[HunkId, ...]


@dataclass(frozen=True, slots=True)
class Metered:
    """New figures for the status bar."""

    at: int
    turn: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class Painted:
    """The first hunk of the turn that can be decided is on the screen."""

    at: int
    turn: int


@dataclass(frozen=True, slots=True)
class Displayed:
    """What the turn last did is on the screen: the end of its answer, or what was written."""

    at: int
    turn: int


@dataclass(frozen=True, slots=True)
class Away:
    """The interface was suspended from `since` to `at`: that time is the person's, not ours."""

    at: int
    turn: int
    since: int


@dataclass(frozen=True, slots=True)
class Handled:
    """Our own work on one read of the answer: parsed in the network thread, then located.

    Said of the read that closed the first hunk and of the last one. `read_at` is the socket's
    stamp, `parsed_at` the network thread's when it had parsed, `at` the app's when every closed
    hunk of it was located. `lag_ns` is the longest that any read so far waited for the app's loop.
    """

    at: int
    turn: int
    read_at: int
    parsed_at: int
    lag_ns: int
    last: bool


@dataclass(frozen=True, slots=True)
class SocketClosed:
    """The connection of an interrupted answer is closed, `at` as the network thread saw it."""

    at: int
    turn: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The answer is over; `detail` is a line for a person when it did not end well."""

    at: int
    turn: int
    ending: Ending
    reading: Reading
    detail: str = ""
    remedies: Ways = ()


class RepairStage(StrEnum):
    """How far the one automatic repair round of an answer is."""

    ASKING = "asking"
    PLACED = "placed"
    UNFIT = "unfit"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Repairing:
    """Hunks without a place are asked for again, once, or that has ended.

    `numbers` are those of the hunks within their turn, from 1. `tokens` were sent for it, or came
    of it (PLACED). One of them could go in `places` places.
    """

    at: int
    turn: int
    ids: tuple[HunkId, ...]
    numbers: tuple[int, ...]
    step: RepairStage
    tokens: int = 0
    places: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer without an edit said; later turns of the topic know it."""

    at: int
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class TopicBegan:
    """What comes next knows nothing of turn `after` and of those before it."""

    at: int
    after: int


# ------------------------------------------------------------------- decisions and the disk


@dataclass(frozen=True, slots=True)
class Decided:
    """The person (or the mode) set hunks to a state: kept, dropped, or open again.

    What was `unasked` is no decision of the person's: `u` does not take it back.
    """

    at: int
    turn: int
    ids: tuple[HunkId, ...]
    state: HunkState
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class Flushed:
    """Kept hunks of a turn are on disk as journal entry `entry`.

    `took_ns` from decision to durable. In the entry are `files`, and `hunks` of all turns.
    """

    at: int
    turn: int
    ids: tuple[HunkId, ...]
    entry: int
    files: int
    took_ns: int
    hunks: int = 0


@dataclass(frozen=True, slots=True)
class FlushRefused:
    """Nothing was written; `message` says why, `remedies` what to do. The hunks are open again."""

    at: int
    turn: int
    ids: tuple[HunkId, ...]
    message: str
    remedies: Ways = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """Entry `undoes` was taken back by the new entry `entry`; `ids` are open again.

    `merged` says that later edits were kept by a three-way merge, `stays` who wrote those (see
    `core.edits.writers`). `hunks` are the entry's hunks
    that were taken back, none for the whole entry; `back` are all entries that were, where these
    are several (`undoes` is the oldest).
    """

    at: int
    entry: int
    undoes: int
    ids: tuple[HunkId, ...]
    took_ns: int
    merged: bool = False
    hunks: tuple[int, ...] = ()
    back: tuple[int, ...] = ()
    stays: str = ""


@dataclass(frozen=True, slots=True)
class EntryOpened:
    """An entry of the journal was read, to be looked at."""

    at: int
    view: EntryView


@dataclass(frozen=True, slots=True)
class CommitPlanned:
    """What a commit of the edits on disk would hold was found out, to be offered."""

    at: int
    plan: CommitPlan


# ------------------------------------------------------------------- around it


@dataclass(frozen=True, slots=True)
class TreeChanged:
    """The worktree changed, by us or by somebody else (`outside` paths).

    `moved` is set where another branch is checked out now: how many undecided hunks were placed
    again, and how many found no place there.
    """

    at: int
    tree: Tree
    outside: tuple[str, ...] = ()
    moved: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the person's checks found in what was applied last; `running` are still to come."""

    at: int
    results: tuple[CheckResult, ...]
    running: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckSaid:
    """A check that runs for a loop printed more; may begin and end inside a line."""

    at: int
    check: str
    text: str


@dataclass(frozen=True, slots=True)
class HunksGuarded:
    """Hunks that no loop keeps without a key, each with why, in a few words."""

    at: int
    turn: int
    why: tuple[tuple[HunkId, str], ...]


@dataclass(frozen=True, slots=True)
class TrySet:
    """The try of a turn is another than before: it began, has a verdict, was decided."""

    at: int
    turn: int
    tried: Try


@dataclass(frozen=True, slots=True)
class GreenSet:
    """The green loop is another than before: it began, went on, or is over."""

    at: int
    green: GreenView


@dataclass(frozen=True, slots=True)
class CommentsWaiting:
    """Comments the person wrote in an editor that ask for an edit, oldest first."""

    at: int
    requests: tuple[CommentRequest, ...]


@dataclass(frozen=True, slots=True)
class ModeSet:
    """The mode for the next answers."""

    at: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """The endpoint in use, or what became known of it (model, wire, warmth)."""

    at: int
    endpoint: EndpointLabel


@dataclass(frozen=True, slots=True)
class EndpointKnown:
    """What became known of the endpoint of one turn of a race (model, warmth)."""

    at: int
    turn: int
    endpoint: EndpointLabel


@dataclass(frozen=True, slots=True)
class RaceSet:
    """A race was armed, began, has a winner or another twin; None: there is none any more."""

    at: int
    race: Race | None


@dataclass(frozen=True, slots=True)
class EndpointTested:
    """One step of the test of an endpoint that is being set up."""

    at: int
    check: Check


@dataclass(frozen=True, slots=True)
class EndpointSetUp:
    """Setting up an endpoint ended: `saved` says where it is kept, "" where it did not work.

    `name` is the endpoint; `problem` says what stopped it before or after the test,
    `remedies` what to do.
    """

    at: int
    name: str
    saved: str = ""
    problem: str = ""
    remedies: Ways = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the person: what, then what helps.

    `place` is the file and 1-based line it is about, `entry` the journal's entry; else None and 0.
    `together` are the entries that can be taken back with it where it alone can't.
    """

    at: int
    text: str
    remedies: Ways = ()
    severity: Severity = Severity.INFO
    place: tuple[str, int] | None = None
    entry: int = 0
    together: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file to look at was read; `image` is None, with the reason, where it can't be."""

    at: int
    path: str
    image: FileImage | None
    reason: str = ""
    remedies: Ways = ()


@dataclass(frozen=True, slots=True)
class ChecksDeclared:
    """The checks that the project declares, best first, to choose one from."""

    at: int
    checks: tuple[DeclaredCheck, ...]


@dataclass(frozen=True, slots=True)
class DiffShown:
    """What differs from the last commit was read, as a unified diff; "" for nothing."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class ContextRead:
    """More is known about files and their sizes: what a draft would send can be shown again."""

    at: int


Event = (
    Asked
    | OnWire
    | Said
    | LookDone
    | LooksWanted
    | LooksAllowed
    | RoundBegan
    | Thought
    | Unsaid
    | FileTouched
    | FileRead
    | HunkStarted
    | HunkGrew
    | HunksSet
    | HunksGone
    | Metered
    | Painted
    | Displayed
    | Away
    | Handled
    | SocketClosed
    | Answered
    | TopicBegan
    | TurnEnded
    | Repairing
    | Decided
    | Flushed
    | FlushRefused
    | Undone
    | EntryOpened
    | CommitPlanned
    | TreeChanged
    | Checked
    | CheckSaid
    | HunksGuarded
    | GreenSet
    | TrySet
    | CommentsWaiting
    | ModeSet
    | EndpointSet
    | EndpointKnown
    | RaceSet
    | EndpointTested
    | EndpointSetUp
    | Notice
    | FileShown
    | ChecksDeclared
    | DiffShown
    | ContextRead
)

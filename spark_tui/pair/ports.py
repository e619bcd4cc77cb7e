"""What `pair` needs from the outside world. Services fit these; tests hand in scripts."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from spark_tui.core.checks import CheckRule, DeclaredCheck, FinishedCheck
from spark_tui.core.commit import CommitPlan
from spark_tui.core.context import NOTHING_OMITTED, ContextItem, LineRange, Omitted
from spark_tui.core.cost.spending import Over
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import Change, FileImage, Hunk, HunkId, HunkState
from spark_tui.core.endpoint.choices import EndpointChoice, EndpointDraft
from spark_tui.core.endpoint.probe import Check, ProbeReport
from spark_tui.core.endpoint.wire import EndpointProfile, EndpointState, ModelRequest, WireEvent
from spark_tui.core.errors import SparkError
from spark_tui.core.events import EndpointLabel, Event
from spark_tui.core.journal import CheckWrites, Entry, EntryNote, EntryView, UndoResult
from spark_tui.core.mode import Mode
from spark_tui.core.remedy import Ways
from spark_tui.core.session import Session
from spark_tui.core.tree import Tree

if TYPE_CHECKING:
    from spark_tui.core.retrieve.answer import Answer

__all__ = [
    "Call",
    "Clock",
    "Conductor",
    "ContextPreview",
    "Endpoint",
    "Entry",
    "EntryNote",
    "Recorder",
    "SessionStore",
    "UndoResult",
    "Worktree",
]

Clock = Callable[[], int]
"""Nanoseconds of a monotonic clock."""


class Call(Protocol):
    """One request under way."""

    def cancel(self, closed: Callable[[int], None] | None = None) -> None:
        """Stop it now: the socket is closed or idle within 100 ms. Safe from any thread, twice.

        `closed` is called in the network thread with the stamp of when the socket was closed; not
        where the call was over before.
        """


class Endpoint(Protocol):
    """A model endpoint. One object per profile; keeps its connections between requests."""

    profile: EndpointProfile

    def call(
        self,
        request: ModelRequest,
        sink: Callable[[Sequence[WireEvent]], None],
        instead_of: Call | None = None,
    ) -> Call:
        """Send `request`. `sink` gets every batch of events **in the network thread**, in order.

        One batch is what one socket read held. The last batch ends with `Ended`; nothing follows
        it. Never raises for anything the network does: that is `Ended(FAILED, fault=…)`.

        `instead_of` is a running call whose place this one takes: it ends as STOPPED. Where the
        wire can, its answer is told `request.steer` and goes on as this one, on its connection.
        """

    def watch(self, told: Callable[[EndpointState], None]) -> None:
        """Call `told` **in the network thread** when model, wire or warmth turn out or change."""

    def warm(self, opening: ModelRequest | None = None) -> None:
        """Import, resolve and connect in the background, so that the next call starts at once.

        Where the wire can, the endpoint reads `opening` ahead: a request without messages, for
        what all turns begin with. Nothing is generated.
        """

    def close(self) -> None:
        """Close connections; calls under way end as STOPPED."""


class EndpointSetup(Protocol):
    """Tests and keeps an endpoint. Both methods block: call them in a thread."""

    def look(self, profile: EndpointProfile, told: Callable[[Check], None]) -> ProbeReport:
        """Try it step by step; `told` is called in another thread. Raises SparkError."""

    def stop(self) -> None:
        """End a `look` that runs, from any thread."""

    def sign_in(self) -> str:
        """Sign in with the person's browser; says who did. `stop` ends it. Raises SparkError."""

    def save(self, profile: EndpointProfile, key: str, *, table: bool) -> str:
        """Keep it to start with, and its key; says where. Raises SettingsError.

        With `table` its address and model are kept too.
        """


class Recovery(Protocol):
    """What recovering found: `clean` when there was nothing to do."""

    @property
    def clean(self) -> bool:
        """Whether there was nothing to recover."""

    def lines(self) -> tuple[str, ...]:
        """The report for a person, one fact a line."""


class Worktree(Protocol):
    """The user's files. Every method may block: call it in a thread. Errors are SparkErrors.

    Many methods: one for each thing done to a worktree.
    """

    root: Path

    def tree(self) -> Tree:
        """Branch and changed files, read through hardened git."""

    def paths(self) -> tuple[str, ...]:
        """Tracked and untracked, not ignored, files; relative POSIX paths in sorted order."""

    def stop_reading(self, *, for_good: bool = False) -> None:
        """End the listing and comparing of files that runs now: it raises WorktreeError.

        With `for_good` that goes for all to come. Never blocks.
        """

    def diff(self) -> str:
        """What differs from HEAD, new files included, as a unified diff; "" for nothing."""

    def read(self, path: str) -> FileImage:
        """The file's bytes now, `exists=False` where there is none.

        Raises FileRefusedError for links, directories, special files, unreadable or outside paths.
        """

    def search(self, texts: Sequence[str], *, fold: bool = False) -> tuple[str, ...]:
        """Text files of `paths` that hold any of these texts, case aside with `fold`, in no order.

        A text is part of one line. Names may be among them that `paths` has not. Raises
        WorktreeError, also where it takes too long.
        """

    def committed(self, path: str) -> str:
        """The file's text in HEAD, "" where it is not there."""

    def prepare(self, image: FileImage) -> None:
        """Store the pre-image in the journal ahead of a flush. Cheap to repeat."""

    def flush(self, changes: Sequence[Change], note: EntryNote) -> Entry:
        """Write all changes or none, journalled and durable.

        Raises ConflictError when a file is no longer its `before`, FileRefusedError, JournalError.
        """

    def undo(self, entry: int | None = None, hunks: Sequence[int] = ()) -> UndoResult:
        """Take back an entry (default: the newest that is not undone) by appending a new one.

        With `hunks` only those of it, as `view` numbers them. Raises ConflictError (nothing
        changed) or JournalError("nothing to take back").
        """

    def undo_to(self, entry: int) -> UndoResult:
        """Take back every entry later than this one (0: all) by one new entry, likewise."""

    def undo_through(self, entry: int) -> UndoResult:
        """Take back an entry with every later one of the same files, likewise."""

    def undo_group(self, group: int) -> UndoResult:
        """Take back all entries of a group that stand by one new entry, likewise."""

    def redo(self, entry: int | None = None) -> UndoResult:
        """Take back an undo, likewise."""

    def keep(self, entry: int) -> None:
        """A provisional entry is kept: it is one like any other."""

    def begin_check(self, *, anew: bool = False) -> None:
        """A check is about to run; `anew` where nothing is known of the runs before it."""

    def end_check(self, note: EntryNote) -> CheckWrites:
        """It has run: tracked files that it wrote are journalled as they were before."""

    def git_holds(self, sha: str) -> bool:
        """Whether the repository has a blob with this id: git may have written the file then."""

    def entries(self, limit: int = 100) -> tuple[Entry, ...]:
        """Newest first."""

    def view(self, entry: int) -> EntryView:
        """An entry opened: its hunks and what is in the way of taking them back."""

    def plan_commit(self, session: Collection[int] = ()) -> CommitPlan:
        """What a commit of our edits would hold, those of these entries in any case."""

    def recover(self) -> Recovery:
        """Finish or roll back what an earlier process left half done. Before the first flush."""

    def close(self) -> None:
        """Wait for what still happens behind the last flush. Safe to call twice."""

    def watch(
        self, warn: Callable[[SparkError], None] | None = None
    ) -> AsyncIterator[frozenset[str]]:
        """Sets of relative paths changed by others, coalesced; ends when the iterator is closed.

        `warn` is told where only a part of the tree can be watched.
        """


class WholeChecks(Protocol):
    """Runs the command of a check. Blocks: call it in a thread."""

    def run_whole(
        self,
        rule: CheckRule,
        paths: Sequence[str],
        stop: threading.Event,
        *,
        quick: bool = False,
        seconds: float | None = None,
        told: Callable[[str], None] = ...,
    ) -> FinishedCheck | None:
        """Run it to its end, or until `stop` is set: then None. Never raises.

        `told` is called in the same thread with what it prints.
        """


class Finder(Protocol):
    """Finds the code an instruction is about. Every method but `start` blocks: call it in a thread.

    Nothing is raised for what the disk does: an answer says how much was known.
    """

    def start(self, told: Callable[[], None]) -> None:
        """Bring the index up to date beside us; `told` is called in another thread when it is."""

    def read_history(self) -> None:
        """Read what changed lately and why."""

    def find(
        self,
        text: str,
        *,
        budget: int,
        changed: Sequence[str] = (),
        recent: Sequence[str] = (),
    ) -> Answer:
        """The lines that `text` is about within `budget` tokens, as they are on the disk now.

        Files that are `changed`, and those `recent` answers touched, are preferred.
        """

    def update(self, paths: Sequence[str]) -> bool:
        """Take in files that changed; False where they are too many: `start` does it then."""

    def close(self) -> None:
        """End what runs beside us."""


class Recorder(Protocol):
    """Keeps latency traces: what happened when, turn by turn."""

    def handle(self, events: Sequence[Event]) -> None:
        """Take events in order. Never blocks and never raises for what the disk does."""

    def place(self, turn: int) -> str:
        """Where the trace of the turn is, "" where there is none."""

    def close(self) -> None:
        """Write what is left. Blocks for a moment; safe to call twice."""


class SessionStore(Protocol):
    """Where a session is kept while it goes on."""

    def keep(self, values: Mapping[str, object]) -> None:
        """Append values (see `core.saved_session`). Blocks; never raises for what the disk does."""


@dataclass(frozen=True, slots=True)
class ContextPreview:
    """What would be sent with the text in the prompt: shown before sending.

    `tokens` is the estimate for the whole request. `around` counts the lines sent round a
    selection. `again` are the files that go along only because they did before, and `remembered`
    the decided turns whose notes do. `problem` says why nothing could be sent, and `remedies` what
    helps; `reading` that this is how it was before files
    changed, or nothing, while they are read; `over` the spend limit that sending it would pass.
    `outlines` counts the files whose outlines go along with what was found, `took_ms` is how long
    that took; `finding` says that
    this was found for fewer words than are typed by now. It is what Enter sends all the same.
    `may_look` says that the model may look at more, `remembered_tokens` estimates the notes.
    `left_out` are files that hunks are about and that have no room among what goes along again.
    """

    items: tuple[ContextItem, ...] = ()
    tokens: int = 0
    around: int = 0
    problem: str = ""
    again: tuple[str, ...] = ()
    reading: bool = False
    over: Over | None = None
    remedies: Ways = ()
    remembered: tuple[int, ...] = ()
    outlines: int = 0
    finding: bool = False
    took_ms: float = 0.0
    may_look: bool = False
    remembered_tokens: int = 0
    left_out: tuple[str, ...] = ()


class Conductor(Protocol):
    """What the UI sees of `pair`. Everything that happens comes out of `events`, in order.

    No method waits for the network or the disk before it returns to the caller's loop; `key_at` is
    the stamp of the key that caused the call (monotonic ns).

    Many methods: one for each thing a key may ask, all behind one port.
    """

    session: Session

    @property
    def waits_for_git(self) -> int:
        """When the newest instruction began to wait for git (ns), 0 where none does."""

    def events(self) -> AsyncIterator[Sequence[Event]]:
        """Batches of events, in order, until `close`."""

    def paced_by(self, due: Callable[[], int]) -> Callable[[], int]:
        """`due` tells, in any thread, from when what happens would be painted at once (ns).

        What comes back tells when something was handed over last, 0 before anything was.
        """

    def ask(self, text: str, key_at: int, omitted: Omitted = NOTHING_OMITTED) -> None:
        """Start a turn; `@path`, `@path:10-40`, `@diff` and `@clipboard` name its context, of which
        what is `omitted` stays here.

        While a turn runs it steers: the running answer is stopped, its finished hunks stay. What
        refines an edit of selected lines is about the same lines.
        """

    def ask_span(self, span: LineRange, text: str, key_at: int) -> None:
        """Start a turn about selected lines; what `text` mentions goes along to be read."""

    def show_diff(self) -> None:
        """Read what differs from the last commit; it comes as `DiffShown`."""

    def show_file(self, path: str) -> None:
        """Read a file to look at; it comes as `FileShown`."""

    def allow_looks(self, turn: int, yes: bool) -> None:
        """Let the model look at what it wants to see (`Turn.wants`), or not."""

    def stop(self) -> None:
        """Interrupt the running answer (Esc), both of a race; finished hunks stay.

        Nothing running: no effect.
        """

    async def settled(self) -> None:
        """Wait until no turn runs and nothing that was decided is still written."""

    def toggle_race(self) -> None:
        """The next instruction goes to two endpoints, or no more; a notice where that can't be."""

    def select_side(self, turn: int) -> None:
        """The person looks at this turn of a race: without a winner the next one goes on here."""

    def decide(
        self, ids: Sequence[HunkId], state: HunkState, key_at: int, seen: Sequence[Hunk] = ()
    ) -> tuple[HunkId, ...]:
        """KEPT, DROPPED or OPEN for these hunks; keeps are flushed once the answer is complete.

        A hunk that is not as it was `seen` any more is left as it is. The hunks that were decided:
        `Decided` events with the key's stamp tell of them.
        """

    def place(self, hunk_id: HunkId, candidate: int, key_at: int) -> bool:
        """Put an ambiguous hunk at its candidate with this 0-based index.

        Like `split` and `edited` it says whether it was done: then a `HunksSet` with the key's
        stamp tells of it.
        """

    def split(self, hunk_id: HunkId, key_at: int) -> bool:
        """Cut an open hunk into its separate changes; a notice where it is only one."""

    def edited(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """Take the person's text as the new side of an open hunk; a notice where that fails."""

    def to_merge(self, hunk_id: HunkId) -> str | None:
        """A hunk without a place and the nearest lines of its file as one text; None without."""

    def merged(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """Take the person's text for those lines: the hunk has a place; a notice where not."""

    def ask_again(self, hunk_id: HunkId, key_at: int) -> None:
        """Ask the model again for a hunk that has no place or went stale."""

    def let_go(self) -> None:
        """What earlier turns sent or asked goes along no more; their open hunks stay open."""

    def take_comment(self) -> str:
        """The instruction of the comment that waits longest; it waits no more. "" without any."""

    def take_back(self, key_at: int) -> None:
        """`u`: what was done last, a decision not yet on disk, a split or an entry."""

    def redo(self, key_at: int) -> None:
        """Take back the last undo."""

    def entries(self) -> Sequence[Entry]:
        """The journal, newest first, as far as it is read by now; of earlier sessions too."""

    def show_entry(self, entry: int) -> None:
        """Open an entry of the journal to look at: EntryOpened follows."""

    def undo_entry(self, entry: int, key_at: int, hunks: Sequence[int] = ()) -> None:
        """Take back any entry of the journal, or these hunks of it; later edits stay, or nothing
        changes.
        """

    def undo_to(self, entry: int, key_at: int) -> None:
        """Take back every entry of the journal later than this one (0: all), as one new entry."""

    def undo_through(self, entry: int, key_at: int) -> None:
        """Take back an entry of the journal with every later one of the same files, likewise."""

    def undo_group(self, group: int, key_at: int) -> None:
        """Take back every entry of a green loop that stands, as one new entry."""

    def checks(self) -> Sequence[CheckRule]:
        """The person's checks."""

    def offer_checks(self) -> None:
        """Find out which checks the project declares; they come as `ChecksDeclared`."""

    def choose_check(self, check: DeclaredCheck) -> None:
        """Have this check run after each apply, in later sessions here too."""

    def fix(self, check: CheckRule, key_at: int, words: str = "", *, guarded: bool = False) -> None:
        """Begin a green loop about this check; `guarded` lets it keep protected files.

        In *ask* it stops at each proposal, whose hunks are decided as any; in auto-apply it runs by
        itself. `GreenSet` tells how it goes. `ask` with words gives them to its next attempt;
        `stop`, `stop_checks` and `stop_fix` end it.
        """

    def decide_try(self, turn: int, *, keep: bool) -> bool:
        """Keep what is tried of this turn (`Session.tries`), or take it back: `TrySet` tells.

        False where nothing of it is tried.
        """

    def stop_fix(self) -> None:
        """Stop the green loop that runs; what it did not prove is taken back, its hunks open."""

    def plan_commit(self) -> None:
        """Find out what there is to commit: CommitPlanned follows, or a notice."""

    def set_mode(self, mode: Mode) -> None:
        """From the next answer on."""

    def use_endpoint(self, name: str) -> None:
        """Switch to a configured endpoint from the next turn on."""

    def endpoints(self) -> Sequence[EndpointLabel]:
        """The endpoints that can be used, the one in use first."""

    def endpoint_choices(self) -> Sequence[EndpointChoice]:
        """Every endpoint in a lasting order, those that need setting up too."""

    def set_up_endpoint(self, draft: EndpointDraft) -> None:
        """Test an endpoint; save and use it if it works. Steps and outcome come as events."""

    def sign_in(self, name: str) -> None:
        """Sign in for this endpoint in the browser, then use it; notices say how it goes."""

    def stop_set_up(self) -> None:
        """End a test that runs; nothing is saved."""

    def stop_checks(self) -> None:
        """Stop the person's checks that run; what they found is forgotten."""

    def paths(self) -> Sequence[str]:
        """Known files, for completion; may be empty until listed."""

    def preview(
        self,
        text: str,
        span: LineRange | None = None,
        omitted: Omitted = NOTHING_OMITTED,
    ) -> ContextPreview:
        """What sending `text` (about `span`) would send; from cache, never blocks.

        What is not known yet is read, and `ContextRead` comes then.
        """

    def painted(self, turn: int, at: int) -> None:
        """A hunk of the turn is on the screen, at `at`; only the first of a turn counts."""

    def away(self, turn: int, since: int, until: int) -> None:
        """The interface was suspended, while the turn was the newest."""

    def displayed(self, turn: int, at: int) -> None:
        """The end of the turn's answer, or what was written of it, is on the screen since `at`."""

    def trace(self) -> str:
        """Where the latency trace of the newest turn is, "" where there is none."""

    def broke(self, error: Exception) -> None:
        """Showing what happens failed: what runs ends with words, finished hunks stay."""

    async def close(self) -> None:
        """Stop everything; `events` ends."""

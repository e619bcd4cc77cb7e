"""The row of keys that mean something here, and the place where messages are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.strip import Strip

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.hunk_factory import is_excerpt
from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.session import Session
from spark_tui.ui.input.commands import Column, Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.lists.popup import ListKey, PopupModel
from spark_tui.ui.messages.message import Message, Sayable, key_names, message
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.painted import PaintedWidget, RoleText
from spark_tui.ui.undecided import tried, undecided


@dataclass(frozen=True, slots=True)
class Hint:
    """One key and what it does here; `words` overrides the command's own hint.

    Where the row is too narrow, hints with the highest `rank` go first; `narrow` is the rank under
    100 columns.
    """

    command: str
    words: str = ""
    rank: int = 1
    narrow: int | None = None


RARE = 4
"""Hints of this rank are never shown under 80 columns."""

SEND = (
    Hint("send"),
    Hint("new-line", rank=3),
    Hint("mention", "file"),
    Hint("find-file", "browse", rank=2),
    Hint("endpoint", rank=2),
    Hint("palette", rank=4),
)
TYPED = (
    Hint("send"),
    Hint("queue", "what goes along", rank=1),
    Hint("mention", "add"),
    Hint("new-line", rank=3),
    Hint("endpoint", rank=2),
    Hint("palette", rank=4),
)
"""Where an instruction is typed and nothing runs or waits."""

TAKE_BACK = Hint("undo", "takes back", rank=1)
ONE_MORE = (Hint("delete-or-quit", "closes", rank=0), Hint("send", "sends what you type"))
"""One edit that closes on the last decision, where the answer left nothing to decide."""

LET_GO = Hint("kill-to-start", "forgets what was before", rank=2)
SHELL = (
    Hint("send", "runs it in your shell", rank=0),
    Hint("new-line", rank=3),
    Hint("palette", rank=4),
)
COMMAND = (Hint("send", "does it"), Hint("popup-move", "chooses"), Hint("escape", "closes"))
HELP = (Hint("popup-move", "scrolls"), Hint("escape", "closes"))
NOT_RUN = Hint("bang", "at its start runs it", rank=0)
"""A `!` that was pasted or recalled is text until it is typed."""
RUNNING = (
    Hint("send", "steers"),
    Hint("queue", "queues it for after"),
    Hint("escape", "stops"),
    Hint("switch", "review", rank=2),
)
RUNNING_EMPTY = (Hint("escape", "stops"), Hint("queue", "reviews"), Hint("palette", rank=2))
UNDECIDED = (
    Hint("send", "refines the open hunks"),
    Hint("queue", "queues it for after"),
    Hint("switch", "review"),
)
UNDECIDED_EMPTY = (
    Hint("queue", "reviews", rank=0),
    Hint("send", "with text refines the open hunks"),
    Hint("palette", rank=2),
)
REVIEW = (
    Hint("keep", rank=0),
    Hint("drop", rank=0),
    Hint("keep-file", rank=4),
    Hint("drop-file", rank=4),
    Hint("keep-all", rank=1),
    Hint("split", rank=5),
    Hint("edit", rank=5),
    Hint("comment", rank=6),
    Hint("undo", rank=1),
)
QUESTION = (
    Hint("keep", "show it", rank=0),
    Hint("drop", "no", rank=0),
    Hint("escape", "stops", rank=1),
)
NOTHING_YET = (Hint("nothing", "no hunk yet: keys act as soon as one is shown", rank=0),)
BELOW_REVIEW = (
    Hint("next-open", "next", rank=1),
    Hint("unfold", "more lines", rank=3),
    Hint("undo-list", rank=2),
    Hint("mode", "ask or auto-apply", rank=5),
    Hint("palette", rank=4),
)
SIDES = (Hint("race-left", "left", rank=1), Hint("race-right", "right", rank=1))
NEEDS_YOU = (
    Hint("ask-again", rank=0),
    Hint("drop", rank=0),
    Hint("edit", "by hand", rank=1),
    Hint("comment", rank=3),
    Hint("open", "open at line", rank=3),
    Hint("next-open", rank=1),
    Hint("undo", rank=1),
)
AMBIGUOUS = (
    Hint("place", "place it", rank=0),
    *(hint for hint in NEEDS_YOU if hint.command != "edit"),
)
LIST = (Hint("popup-move", "chooses"), Hint("popup-enter", "takes it"), Hint("escape", "closes"))
FORM = (
    Hint("popup-enter", "goes on, then tests it", rank=0),
    Hint("next-field", "next line", rank=2),
    Hint("escape", "closes", rank=1),
)
FORM_RUNS = (Hint("escape", "stops the test", rank=0),)
FORM_DONE = (Hint("popup-enter", "closes", rank=0),)
READING = (Hint("popup-move", "scrolls"), Hint("escape", "closes"))
DECIDED = (
    Hint("type", "says the next one", rank=0),
    Hint("undo", rank=0),
    Hint("again", "same again"),
    Hint("next-any", "look through", rank=2),
)


def list_hints(model: PopupModel) -> Sequence[Hint]:
    """What the keys do while a popup has the keyboard."""
    if model.form is not None:
        return FORM_RUNS if model.form.running else FORM_DONE if model.form.done else FORM
    if not model.choose:
        return READING
    does = next((n.does for n in model.note if isinstance(n, ListKey) and n.name == "Enter"), "")
    move, enter, leave = LIST
    return (move, replace(enter, words=does), leave) if does else LIST


def list_help(model: PopupModel) -> Column | None:
    """The column whose key shows a list's own keys: `?` is a letter where a filter is typed."""
    if not model.has_help:
        return None
    return Column.ANY if model.filterable else Column.LIST


def review_hints(session: Session, current: HunkId | None, together: int = 0) -> Sequence[Hint]:
    """What the keys do while review has the keyboard; `together` hunks are decided as one."""
    turn = session.turn
    hunk = session.find(current) if current is not None else None
    if hunk is None and any(one.wants for one in session.turns):
        return QUESTION
    if hunk is not None and hunk.state in {HunkState.REFUSED, HunkState.STALE}:
        several = not is_excerpt(hunk) and hunk.refusal is not None and hunk.refusal.candidates
        return AMBIGUOUS if several else NEEDS_YOU
    if together:
        return _together_hints(together)
    if turn is not None and turn.running:
        return REVIEW if turn.hunks or undecided(session) else NOTHING_YET
    if not undecided(session) and tried(session) is not None:
        return TRIED
    return REVIEW if undecided(session) else DECIDED


def below_review(
    session: Session, draft: str, together: int = 0, *, one_shot: bool
) -> Sequence[Hint]:
    """What else the keys do there, below those on hunks; `draft` is typed and not sent."""
    turn = session.turn
    types = Hint("type", "refines" if one_shot else "types", rank=0)
    if draft:
        types = Hint("type", f"goes on with: {cut_end(safe(' '.join(draft.split())), 40)}", rank=0)
    hints = (types, *(BELOW_REVIEW[:2] if one_shot else BELOW_REVIEW))
    if together:
        hints = tuple(hint for hint in hints if hint.command != "unfold")
    stops = turn is not None and turn.running
    return (Hint("escape", "stops", rank=0), *hints) if stops else hints


def _together_hints(hunks: int) -> Sequence[Hint]:
    """What the keys do on hunks that are decided as one."""
    these = f"these {hunks}" if hunks > 1 else ""
    return (
        Hint("keep", f"keep {these}".rstrip(), rank=0),
        Hint("drop", f"drop {these}".rstrip(), rank=0),
        Hint("unfold", "opens them", rank=1),
        Hint("keep-all", rank=2),
        Hint("comment", rank=6),
        Hint("undo", rank=1),
    )


TRIED = (
    Hint("keep", "keeps it", rank=0),
    Hint("drop", "takes it back", rank=0),
    Hint("next-any", "next", rank=2),
    Hint("open", "open at line", rank=3),
)
"""An answer is on disk to be tried: keys decide about all of it."""

LEAVE = Hint("interrupt", "twice quits", rank=1)
CODE = (
    Hint("select-lines", rank=0),
    Hint("say", rank=0),
    Hint("copy-hunk", "copy", rank=4),
    Hint("open", "editor", rank=3),
    Hint("find-in-file", rank=2),
    Hint("to-prompt", rank=5),
    Hint("back", rank=1),
)
SAY_BOX = (
    Hint("send", rank=0),
    Hint("new-line", rank=2),
    Hint("escape", "back to the lines", rank=1),
)
SAY_STEERS = (Hint("send", "stops the running answer, sends", rank=0), *SAY_BOX[1:])
FIND = (Hint("popup-enter", "finds it"), Hint("escape", "gives up"))


def code_hints(word: str, last: str, *, running: bool) -> Sequence[Hint]:
    """What the keys do in the code view; `word` is the rule's, `last` what `.` would say again."""
    if word == "say":
        return SAY_STEERS if running else SAY_BOX
    if word != "code":
        return FIND
    if not last:
        return CODE
    said = cut_end(" ".join(last.split()), 28)
    return (*CODE[:2], Hint("again", f'again: "{said}"', rank=1), *CODE[2:])


def one_shot_hints(session: Session, together: int = 0) -> Sequence[Hint]:
    """What the keys do in the review of one edit that closes on the last decision.

    `together` hunks are decided as one.
    """
    asking = undecided(session)
    left = len(asking)
    running = session.turn is not None and session.turn.running
    if running and not left:
        return (Hint("escape", "stops"),)
    if not left:
        return (Hint("type", "says it again", rank=0), Hint("drop-all", "closes", rank=0))
    closes = " and close" if left == max(together, 1) and not running else ""
    these = f" these {together}" if together > 1 else ""
    hints = [
        Hint("keep", f"keep{these}{closes}", rank=0),
        Hint("drop", f"drop{these}{closes}", rank=0),
    ]
    if together:
        hints.append(Hint("unfold", "opens them", rank=1))
    if left > max(together, 1):
        hints.append(Hint("keep-all", rank=1))
    if any(h.state is not HunkState.OPEN for h in asking):
        hints.append(Hint("ask-again", rank=2))
    if not together:
        hints += [Hint("edit", rank=3), Hint("split", rank=3)]
    if running:
        hints.append(Hint("escape", "stop", rank=1))
    return hints


def prompt_hints(
    session: Session,
    *,
    typed: bool,
    offer: bool = False,
    sticks: Callable[[], bool] = lambda: False,
) -> Sequence[Hint]:
    """What the keys do while the prompt has the keyboard.

    With `offer` the rule says what Enter does on an empty prompt; `sticks` says whether files go
    along only because they did before, and is asked only where it matters.
    """
    turn = session.turn
    running = turn is not None and turn.running
    if typed:
        return RUNNING if running else UNDECIDED if undecided(session) else TYPED
    hints: Sequence[Hint] = (*SEND, TAKE_BACK) if session.acts else SEND
    if running or undecided(session):
        hints = RUNNING_EMPTY if running else UNDECIDED_EMPTY
    elif sticks():
        hints = (*SEND[:1], LET_GO, *SEND[1:])
    return tuple(hint for hint in hints if hint.command != "send") if offer else hints


def replay_hints(session: Session, *, review: bool) -> Sequence[Hint]:
    """What the keys do while a recorded turn is shown."""
    turn = session.turn
    running = turn is None or turn.running
    look = Hint("next-any", "next", rank=2) if review else Hint("switch", "review", rank=2)
    rest = (Hint("latency", "shows where the time went", rank=0), look)
    return (Hint("escape", "plays the rest at once", rank=0), *rest) if running else (*rest, LEAVE)


def hint_parts(
    hints: Sequence[Hint],
    keymap: Keymap,
    column: Column,
    width: int,
    *,
    more: Column | None,
    lead: str = "",
) -> list[RoleText]:
    """The row in the given order; what does not fit is left out, `? more` never.

    `more` is the column whose key for help is named, None for none; `lead` stands before all.
    """
    named, tail, gap = _fitting(hints, keymap, column, width, more, lead)
    out: list[RoleText] = [("focus", lead), ("text", " ")]
    for key, text, _ in named:
        out += [("focus", key), ("muted", f"{' ' if key else ''}{text}{gap}")]
    return [*out, *tail]


def command_at(
    hints: Sequence[Hint],
    keymap: Keymap,
    column: Column,
    width: int,
    x: int,
    *,
    more: Column | None,
    lead: str = "",
) -> str | None:
    """The command whose key or words stand on cell `x` of such a row; None beside them."""
    named, tail, gap = _fitting(hints, keymap, column, width, more, lead)
    start = cells(lead) + 1
    for key, text, hint in named:
        end = start + cells(f"{key}{' ' if key else ''}{text}")
        if start <= x < end:
            several = hint.command in _FIXED or hint.command in _NAMED
            return _PRESSED.get(hint.command) if several else hint.command
        start = end + cells(gap)
    over = start + sum(cells(text) for _, text in tail)
    return "help" if tail and start <= x < over else None


def _fitting(
    hints: Sequence[Hint],
    keymap: Keymap,
    column: Column,
    width: int,
    more: Column | None,
    lead: str,
) -> tuple[list[tuple[str, str, Hint]], list[RoleText], str]:
    """Key, words and hint of what the row shows; what ends it; what stands between."""
    gap = "   " if width >= 80 else "  "
    tail: list[RoleText] = []
    if more is not None:
        said = " help" if more is Column.ANY else " more"
        tail = [("focus", keymap.key_of("help", more)), ("muted", said)]
    room = width - 1 - cells(lead) - sum(cells(text) for _, text in tail)
    small = width < 80
    ranks = {h: h.rank if h.narrow is None or width >= 100 else h.narrow for h in hints}
    fitting = [hint for hint in hints if not small or ranks[hint] < RARE]
    named = [(*_said(hint, keymap, column, small=small), hint) for hint in fitting]
    while named and sum(cells(f"{key} {text}{gap}") for key, text, _ in named) > room:
        worst = max(ranks[hint] for *_, hint in named)
        last = max(n for n, (*_, hint) in enumerate(named) if ranks[hint] == worst)
        del named[last]
    return named, tail, gap


_PRESSED = {"type": "type"}
"""Commands of several named keys that do the same, whichever is pressed."""

_FIXED = {
    "nothing": "",
    "mention": "@",
    "bang": "!",
    "popup-move": "Up Down",
    "popup-enter": "Enter",
    "next-field": "Tab",
}


_NAMED = {"type": 1, "place": 2}
"""Commands of which so many keys are named, whatever the first of them is."""


def _said(hint: Hint, keymap: Keymap, column: Column, *, small: bool) -> tuple[str, str]:
    if hint.command in _FIXED:
        return _FIXED[hint.command], hint.words
    if hint.command in _NAMED:
        return key_names(hint.command, Where.REVIEW, keymap, _NAMED[hint.command])[1], hint.words
    command = keymap.command(hint.command)
    said = hint.words or (command.short if small and command.short else command.hint)
    return keymap.key_of(hint.command, column), said


def review_parts(
    hints: Sequence[Hint], keymap: Keymap, width: int, *, lead: str = ""
) -> list[RoleText]:
    """The prompt's row while review has the keyboard: its keys.

    `lead` says whose row it is where no colour does.
    """
    head = f" {lead}  " if lead else ""
    review = Column.REVIEW
    keys = hint_parts(hints, keymap, review, width, more=review, lead=head)
    return [("review.key" if role == "focus" else "review", text) for role, text in keys]


def review_command_at(
    hints: Sequence[Hint], keymap: Keymap, width: int, x: int, *, lead: str = ""
) -> str | None:
    """The command whose key stands on cell `x` of that row."""
    head, review = (f" {lead}  " if lead else ""), Column.REVIEW
    return command_at(hints, keymap, review, width, x, more=review, lead=head)


class KeysRow(PaintedWidget):
    """Shows hints, or one message until it is cleared.

    A message names its keys as who has the keyboard (`where`) has them, also when that changes.
    """

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(id="keys")
        self.keymap = keymap
        self.where = Where.PROMPT
        self.message = Message("")
        self._hints: Sequence[Hint] = SEND
        self._column = Column.PROMPT
        self._more: Column | None = None

    def show(self, hints: Sequence[Hint], column: Column) -> None:
        """Take the hints of the context; paints only when they differ."""
        self._show(hints, column, column if column in (Column.LIST, Column.TREE) else None)

    def show_list(self, model: PopupModel) -> None:
        """Take those of an open list."""
        self._show(list_hints(model), Column.LIST, list_help(model))

    def _show(self, hints: Sequence[Hint], column: Column, more: Column | None) -> None:
        if (hints, column, more) != (self._hints, self._column, self._more):
            self._hints, self._column, self._more = hints, column, more
            self.repaint()

    @property
    def column(self) -> Column:
        """Whose keys it names."""
        return self._column

    def command_at(self, x: int) -> str | None:
        """The command whose key is named on cell `x`; None beside them, and for a message."""
        if self.message:
            return None
        width = self.size.width
        return command_at(self._hints, self.keymap, self._column, width, x, more=self._more)

    def belongs_to(self, where: Where) -> None:
        """Letters go there from here on."""
        if where is not self.where:
            self.where = where
            self.repaint()

    @property
    def error(self) -> bool:
        """Whether what is said is an error."""
        return self.message.error

    def say(self, said: Sayable, *, error: bool = False) -> None:
        """Show a message in place of the hints; "" brings them back."""
        wanted = message(said, error=error)
        if wanted != self.message:
            self.message = wanted
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        if self.message:
            role = "refuse" if self.error else "text"
            said = safe(self.message.text(self.where, self.keymap))
            return [self.line((role, " " + cut_middle(said, width - 2)))]
        shown = hint_parts(self._hints, self.keymap, self._column, width, more=self._more)
        return [self.line(*shown)]

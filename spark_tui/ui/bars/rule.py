"""The rule above the prompt: its first word says where letters go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.strip import Strip

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import HunkState
from spark_tui.core.session import Session
from spark_tui.core.sizing import against
from spark_tui.pair.ports import ContextPreview
from spark_tui.ui.bars.status import endpoint_name
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message, key
from spark_tui.ui.messages.remedies import on_screen
from spark_tui.ui.style.cells import cells, cut_end
from spark_tui.ui.style.painted import PaintedWidget, RoleText
from spark_tui.ui.undecided import tried

RUNNING = frozenset({"writing", "waiting"})
"""What goes first where the rule is too short: the status line shows it too."""

NEEDS_YOU = (HunkState.REFUSED, HunkState.STALE)


@dataclass(frozen=True, slots=True)
class RuleState:
    """What the rule says. `popup` is the word while a popup has the keyboard.

    `below` hunks wait further down; with `newest_only` earlier turns are left out. `does` is what
    leads back to the prompt. `offer` is what Enter takes on an empty prompt, never left out.
    """

    where: Where = Where.PROMPT
    popup: str = ""
    right: str = ""
    below: int = 0
    newest_only: bool = False
    does: str = "i types"
    offer: str = ""


def counts(session: Session) -> str:
    """`1 open · 1 needs you · writing`, "" when nothing is undecided in any turn."""
    turn = session.turn
    if turn is None:
        return ""
    states = [h.state for t in session.turns for h in t.hunks if h.asks]
    asks = any(one.wants for one in session.turns)
    parts = [words.WANTS_TO_LOOK] if asks else []
    if opened := states.count(HunkState.OPEN):
        parts.append(f"{opened} open")
    if needs := sum(s in NEEDS_YOU for s in states):
        parts.append(f"{needs} needs you" if needs == 1 else f"{needs} need you")
    if tried(session) is not None:
        parts.append("on disk to try")
    if turn.running and not asks:
        figures = turn.reading
        writes = turn.hunks or figures.output or figures.ttft_ns is not None
        parts.append("writing" if writes else "waiting")
    return " · ".join(parts)


def right_text(
    session: Session,
    where: Where,
    look: Callable[[], ContextPreview],
    keymap: Keymap,
    *,
    typed: bool,
) -> str:
    """The right side: what is undecided, else how to change what is sent, else what is."""
    state = counts(session)
    if state and where is Where.PROMPT:
        undecided = [s for s in state.split(" · ") if s not in RUNNING]
        reviews = key("switch" if typed else "queue", "reviews").text(where, keymap)
        return f"{state} · {reviews}" if undecided else state
    if state:
        return state
    if where is Where.REVIEW:
        return ""
    if typed:
        return words.ALONG.text(where, keymap)
    preview = look()
    if preview.items or preview.remembered:
        return said(session, preview)
    return words.NO_CONTEXT


def problem(preview: ContextPreview) -> Message:
    """Why nothing can be sent, and what helps."""
    return on_screen(preview.problem, preview.remedies, error=True)


def said(session: Session, preview: ContextPreview) -> str:
    """What would be sent, how large it is, and where to."""
    endpoint = session.endpoint
    size = against(preview.tokens, endpoint.window)
    turns = len(preview.remembered)
    return words.context(preview.items, size, endpoint_name(endpoint), preview.again, turns)


def rule_parts(state: RuleState, width: int) -> list[RoleText]:
    """The row as parts; the first word is never dropped."""
    if state.popup:
        word, rest = state.popup, ""
    elif state.where is Where.REVIEW:
        word, rest = "review", f" · {state.does}"
    else:
        word, rest = "type", ""
    left = 3 + cells(word) + cells(rest) + 1
    below = f"▼ {state.below} more" if state.below else ""
    scope = words.NEWEST_ONLY if state.newest_only else ""
    room = width - left - 6
    counted = [part for part in state.right.split(" · ") if part not in RUNNING]
    ways = [state.right, _join(*counted)]
    if state.offer:
        ways += [_join(*counted[:1]), ""]
    fitting = (_join(scope, way, below, state.offer) for way in ways)
    least = state.offer or _join(scope, *counted, below)
    right = next((said for said in fitting if cells(said) <= room), least)
    right = cut_end(right, room) if right else ""
    tail = 4 + cells(right) if right else 0
    line = "─" * max(width - left - tail, 0)
    parts: list[RoleText] = [
        ("rule", "── "),
        ("focus", word),
        ("muted", rest),
        ("rule", f" {line}"),
    ]
    if right:
        parts += [("muted", f" {right} "), ("rule", "──")]
    return parts


def _join(*said: str) -> str:
    return " · ".join(part for part in said if part)


class Rule(PaintedWidget):
    """Paints `rule_parts`."""

    def __init__(self) -> None:
        super().__init__(id="rule")
        self.state = RuleState()

    def show(self, state: RuleState) -> None:
        """Take a new state; paints only when it differs."""
        if state != self.state:
            self.state = state
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        return [self.line(*rule_parts(self.state, width))]

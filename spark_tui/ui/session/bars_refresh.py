"""What the bars show now: from session, keyboard, draft and lists to each bar's state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import cache

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import Event, HunkGrew, Metered, Said, Thought
from spark_tui.core.session import Session
from spark_tui.pair.ports import ContextPreview
from spark_tui.ui.actions.prompt import HELP
from spark_tui.ui.bars import key_hints
from spark_tui.ui.bars.changes_panel import FEW, Changes, listed
from spark_tui.ui.bars.changes_panel import WIDTH as PANEL_WIDTH
from spark_tui.ui.bars.context_row import ContextRow, context_shown
from spark_tui.ui.bars.header import Header
from spark_tui.ui.bars.key_hints import (
    Hint,
    code_hints,
    one_shot_hints,
    prompt_hints,
    review_hints,
)
from spark_tui.ui.bars.queue_row import QueueRow
from spark_tui.ui.bars.rule import Rule, RuleState, counts, right_text
from spark_tui.ui.bars.status import Status, check_part
from spark_tui.ui.input.commands import Column
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.prompt.draft import SLASH
from spark_tui.ui.prompt.history import runs
from spark_tui.ui.prompt.offer import Offer, offer_of
from spark_tui.ui.session.context import ScreenContext
from spark_tui.ui.session.race import RaceView
from spark_tui.ui.session.reduced_motion import without_running_figures
from spark_tui.ui.undecided import undecided

GROWTH = frozenset({HunkGrew, Said, Thought, Metered})
"""What makes an answer longer and changes nothing but figures."""

PERIOD_NS = 100_000_000
"""How long bars may wait while an answer only grows: nobody reads figures faster."""

PANEL_FROM = 100
"""Columns from which there is room for the panel of changes."""


def only_grows(events: Sequence[Event], before: Session) -> bool:
    """Whether these make an answer longer and nothing else, after its first output."""
    if any(type(event) not in GROWTH for event in events):
        return False
    known = {turn.id for turn in before.turns if turn.reading.ttft_ns is not None}
    return all(event.turn in known for event in events if isinstance(event, Metered))


class BarsRefresh:
    """Shows in every bar of the screen what is true now; each repaints only what differs."""

    def __init__(
        self,
        screen: ScreenContext,
        race: RaceView,
        header: Header,
        changes: Changes,
        queue_row: QueueRow,
        context_row: ContextRow,
        rule: Rule,
        status: Status,
    ) -> None:
        self._screen = screen
        self._race = race
        self._header = header
        self._changes = changes
        self._queue_row = queue_row
        self._context_row = context_row
        self._rule = rule
        self._status = status
        self._long_lines = 0
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0

    def refresh_soon(self) -> None:
        """Like `refresh`, within `PERIOD_NS`: no more often than figures are read."""
        if self._timer is None:
            wait = self._due - time.monotonic_ns()
            if wait > 0:
                self._timer = asyncio.get_running_loop().call_later(wait / 1e9, self.refresh)
            else:
                self.refresh()

    def close(self) -> None:
        """Refresh nothing that was put off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def refresh(self) -> None:
        """Repaint header, panel, rule, prompt, keys and status where they differ."""
        self.close()
        self._due = time.monotonic_ns() + PERIOD_NS
        screen = self._screen
        session, where, popup = screen.session, screen.keyboard.where, screen.popup.model
        self._refresh_around(session, where)
        word = popup.word if popup is not None and not screen.completing else ""
        offer = None
        if where is Where.PROMPT and not screen.prompt.draft.text and popup is None:
            held = screen.queue if screen.queue.held else ()
            offer = offer_of(session, held, screen.keys.review.conflict)
        screen.offered.show(offer, time.monotonic_ns())
        if screen.code.shown:
            self._context_row.show(None)
            self._refresh_code_bars(word)
            return

        @cache
        def look() -> ContextPreview:  # asked for only when shown
            prompt = screen.prompt
            return screen.conductor.preview(prompt.draft.expanded(), omitted=prompt.omitted)

        if not screen.completing:  # half a name is no wrong name yet
            self._show_context(look)
        self._rule.show(self._rule_state(word, offer, look))
        if word and popup is not None:
            screen.keys_row.show_list(popup)
        else:
            keys, column = self._keys(offer, look)
            screen.keys_row.show(keys, column)

    def _refresh_around(self, session: Session, where: Where) -> None:
        """Everything but rule and keys."""
        screen, one_shot = self._screen, self._screen.one_shot
        self._header.show(session, one_shot.title if one_shot else "")
        begun = one_shot is None or session.turn is not None
        shown = begun or where is Where.PROMPT or not screen.prompt.empty
        if screen.prompt.display != shown:  # saying it again would lay everything out again
            screen.prompt.display = shown
        screen.keys_row.belongs_to(where)
        self._changes.show(session)
        self.fit_panel()
        self._race.show(session)
        turn = without_running_figures(session.turn) if screen.reduced_motion else session.turn
        ours = screen.instrument.ours_ns
        self._status.show(session.endpoint, turn, ours, check_part(session), session.green)
        self._queue_row.show(screen.queue, held=screen.queue.held)
        screen.prompt.show(where, lent=bool(screen.popup.model) and not screen.completing)
        screen.body.review_focus = where is Where.REVIEW and screen.popup.model is None

    @property
    def _shell(self) -> bool:
        """True while what is typed is a command for the person's shell."""
        screen = self._screen
        return screen.prompt.draft.runs and screen.keyboard.where is Where.PROMPT

    def _show_context(self, look: Callable[[], ContextPreview]) -> None:
        """What the draft would send, while an instruction is typed."""
        screen, draft, row = self._screen, self._screen.prompt.draft, self._context_row
        asks = screen.keyboard.where is Where.PROMPT and bool(draft.text.strip())
        if not asks or draft.runs or draft.text == HELP or draft.command is not None:
            row.show(None)
        elif (shown := context_shown(look(), screen.session, screen.keymap)) is not None:
            row.show(shown)

    def _rule_state(
        self, word: str, offer: Offer | None, look: Callable[[], ContextPreview]
    ) -> RuleState:
        """What the rule says: who has the keyboard, what would be sent, what Enter takes."""
        screen, keymap = self._screen, self._screen.keymap
        session, scope, where = screen.session, screen.scope, screen.keyboard.where
        typed = bool(screen.prompt.draft.text)
        right = words.SHELL_LOCAL if self._shell else ""
        if not self._shell and not screen.completing:
            asks = where is Where.PROMPT
            right = self._race.budget(session, lambda: look().tokens) if asks else ""
            right = right or right_text(scope, where, look, keymap, typed=typed)
        vim = screen.prompt.vim
        mode = "normal" if vim is not None and not vim.insert and where is Where.PROMPT else ""
        return RuleState(
            where,
            word or mode,
            right,
            screen.body.hidden_below(),
            scope is not session and not self._race.on,
            f"{keymap.key_of('type', Column.REVIEW)} {'refines' if screen.one_shot else 'types'}",
            offer.words.text(where, keymap) if offer is not None else "",
        )

    def _keys(
        self, offer: Offer | None, look: Callable[[], ContextPreview]
    ) -> tuple[Sequence[Hint], Column]:
        """The keys that mean something now, and the column they are of."""
        screen, one_shot = self._screen, self._screen.one_shot
        session, scope, where = screen.session, screen.scope, screen.keyboard.where
        turn, draft = session.turn, screen.prompt.draft.text
        if not screen.instrument.stamps and not draft:
            review = where is Where.REVIEW
            there = Column.REVIEW if review else Column.PROMPT
            return key_hints.replay_hints(session, review=review), there
        if where is Where.REVIEW:
            current, together = screen.body.current, self._together()
            hints = review_hints(scope, current, together)
            keys = one_shot_hints(session, together) if one_shot else hints
            if self._race.on:
                keys = (*keys, *key_hints.SIDES)
            screen.prompt.review(keys, screen.keymap)
            below = key_hints.below_review(session, draft, together, one_shot=one_shot is not None)
            return below, Column.REVIEW
        if self._shell:
            return key_hints.SHELL, Column.PROMPT
        if screen.completing and draft[:1] in {HELP, SLASH}:
            return key_hints.COMMAND if draft[:1] == SLASH else key_hints.HELP, Column.PROMPT
        keys = prompt_hints(
            scope,
            typed=bool(draft),
            offer=offer is not None,
            sticks=lambda: bool(look().again or look().remembered),
        )
        over = turn is not None and not turn.running and not undecided(scope)
        if one_shot is not None and over and not draft:
            keys = key_hints.ONE_MORE
        if runs(draft):
            keys = (*keys, key_hints.NOT_RUN)
        return keys, Column.PROMPT

    def fit_panel(self) -> None:
        """The panel stands where there is room for it beside one transcript."""
        room = (
            self._screen.size.width >= PANEL_FROM
            and self._screen.one_shot is None
            and not self._race.on
        )
        shown = room and not self._panel_gives_way()
        if self._changes.display != shown:
            self._changes.display = shown

    def _panel_gives_way(self) -> bool:
        """For the rest of a turn with changed lines that would not fit beside its few files."""
        turn = self._screen.session.turn
        if turn is None or listed(self._screen.session) > FEW:
            return False
        width = self._screen.size.width - PANEL_WIDTH
        if self._long_lines != turn.id and self._screen.transcript.would_cut(turn.id, width):
            self._long_lines = turn.id
        return self._long_lines == turn.id

    def _together(self) -> int:
        """How many open hunks are decided as one by the next key, 0 for the current one alone."""
        current = self._screen.body.current
        members = () if current is None else self._screen.body.together(current)
        hunks = (self._screen.session.find(i) for i in members)
        return sum(h is not None and h.state is HunkState.OPEN for h in hunks)

    def _refresh_code_bars(self, word: str) -> None:
        """Rule and keys while the code view has the keyboard; `word` is an open list's."""
        code = self._screen.code
        right = counts(self._screen.session) or code.saying.would_send
        self._rule.show(RuleState(self._screen.keyboard.where, word or code.word, right))
        self._screen.code_pane.show_foot(code.finding, code.saying.presets)
        turn = self._screen.session.turn
        running = turn is not None and turn.running
        hints = code_hints(code.word, code.saying.last, running=running)
        if word and self._screen.popup.model is not None:
            self._screen.keys_row.show_list(self._screen.popup.model)
            return
        self._screen.keys_row.show(hints, Column.PROMPT if code.word == "say" else Column.LIST)

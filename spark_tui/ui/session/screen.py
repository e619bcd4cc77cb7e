"""The session screen: composes the widgets and folds frames into them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click, Resize
from textual.geometry import Offset, Size
from textual.screen import Screen
from textual.timer import Timer

from spark_tui.core.config.instrument import InstrumentSettings
from spark_tui.core.edits.guard import protected
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Retrying
from spark_tui.core.events import (
    Asked,
    ChecksDeclared,
    CommitPlanned,
    DiffShown,
    EntryOpened,
    Event,
    FlushRefused,
    GreenSet,
    Notice,
    OnWire,
    Repairing,
    TurnEnded,
)
from spark_tui.core.mode import Mode
from spark_tui.core.session import Session
from spark_tui.pair.ports import Conductor
from spark_tui.ui.actions.clicks import clicked
from spark_tui.ui.actions.code import CodeActions
from spark_tui.ui.actions.router import KeyRouter
from spark_tui.ui.actions.send_guard import Sending
from spark_tui.ui.bars.changes_panel import Changes
from spark_tui.ui.bars.context_row import ContextRow
from spark_tui.ui.bars.header import Header
from spark_tui.ui.bars.key_hints import (
    KeysRow,
)
from spark_tui.ui.bars.queue_row import QueueRow
from spark_tui.ui.bars.rule import Rule
from spark_tui.ui.bars.status import Status
from spark_tui.ui.code_view.widget import CodePane, CodeView
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Keyboard, Where
from spark_tui.ui.latency.instrument import Instrument
from spark_tui.ui.latency.overlay import Overlay, OverlayForm
from spark_tui.ui.lists.file_index import FileIndex
from spark_tui.ui.lists.popup import Popup, PopupModel
from spark_tui.ui.messages import green as green_words
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message, Sayable, message
from spark_tui.ui.messages.of_events import message_for
from spark_tui.ui.prompt.instruction_queue import InstructionQueue
from spark_tui.ui.prompt.offer import Offered
from spark_tui.ui.prompt.offered_comment import OfferedComment
from spark_tui.ui.prompt.widget import Prompt
from spark_tui.ui.session.bars_refresh import BarsRefresh, only_grows
from spark_tui.ui.session.context import ScreenApp
from spark_tui.ui.session.one_shot import OneShotRun
from spark_tui.ui.session.race import RaceView
from spark_tui.ui.session.reduced_motion import ReducedMotion
from spark_tui.ui.session.stopping import Stopping
from spark_tui.ui.session.waiting import SilenceWatch
from spark_tui.ui.style.contained import FaultBoundary
from spark_tui.ui.style.painted import PaintedWidget
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.terminal.clipboard import Clipboard
from spark_tui.ui.transcript.widget import Transcript
from spark_tui.ui.undecided import newest, tried, undecided

MESSAGE_SECONDS = 4.0
SMALLEST = (60, 16)
TIDY_S = 1.0
"""Seconds after an answer until old objects are gone through, unless the next one is running."""


PAINT_AFTER_S = 0.02
"""How long what Enter changed may wait to be painted while its request is made."""


class SessionScreen(FaultBoundary, Screen[None]):
    """One screen for the whole session. No widget has Textual's focus: keys come to `keys`.

    Many methods: it is the `ScreenContext` of all its parts, and hands on what they ask for.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        app: ScreenApp,
        keymap: Keymap,
        palette: Palette,
        presets: Sequence[tuple[str, str]] = (),
        *,
        ascii_only: bool = False,
        copy_native: Callable[[str], bool] | None = None,
        settings: InstrumentSettings | None = None,
    ) -> None:
        super().__init__()
        self.spark: ScreenApp = app
        self.keymap = keymap
        self.keyboard = Keyboard()
        self.queue = InstructionQueue()
        self.comments = OfferedComment()
        self.offered = Offered()
        self.conductor: Conductor
        self.attached = False
        self._waits_to_paint = False
        self._unpainted = ExitStack()
        self.header = Header()
        self.ascii_only = ascii_only
        self.changes = Changes()
        self.instrument = Instrument(settings)
        self.overlay = Overlay(self.instrument, keymap)
        self.queue_row = QueueRow(keymap)
        self.context_row = ContextRow()
        self.rule = Rule()
        self.prompt = Prompt(keymap)
        self.keys_row = KeysRow(keymap)
        self.status = Status(items=self.instrument.settings.items)
        self.popup = Popup()
        self.files = FileIndex(self.run_worker, self._files_known)
        self.code_pane = CodePane(palette, ascii_only=ascii_only)
        self.sending = Sending(self)
        self.code = CodeActions(self, self.code_pane, presets, self.sending)
        self.race = RaceView(self)
        self.bars = BarsRefresh(
            self,
            self.race,
            self.header,
            self.changes,
            self.queue_row,
            self.context_row,
            self.rule,
            self.status,
        )
        self.keys = KeyRouter(self, self.code, self.sending, self.race.commands)
        self.silence = SilenceWatch(self)
        self.clipboard = Clipboard(app, copy_native)
        self.stopping = Stopping(self)
        self.reduced_motion: ReducedMotion | None = None
        self.one_shot: OneShotRun | None = None
        self._session = Session()
        self._message_timer: Timer | None = None
        self._painted = False

    # ----------------------------------------------------------------- parts

    @property
    def session(self) -> Session:
        """The session as last painted."""
        return self._session

    @property
    def scope(self) -> Session:
        """What the review is about: the session, or its newest turn only."""
        one_turn = self._body.newest_only or self.race.on
        return newest(self._session) if one_turn else self._session

    @property
    def running(self) -> bool:
        """True while an answer comes, either one of a race."""
        turn = self._session.turn
        return self.race.running or (turn is not None and turn.running)

    @property
    def transcript(self) -> Transcript:
        """The transcript; in a race its left column."""
        return self._body

    @property
    def body(self) -> Transcript:
        """The transcript, or the column of a race that keys act on."""
        return self.race.body

    def compose(self) -> ComposeResult:
        """Header, body and panel, then everything that never moves."""
        self._body = Transcript(
            self.spark.palette, ascii_only=self.ascii_only, keymap=self.keymap, id="body"
        )
        self._body.can_focus = False
        yield self.header
        yield self.race.row
        yield Horizontal(self._body, self.code_pane, self.changes, id="main")
        yield Vertical(
            self.overlay,
            self.queue_row,
            self.context_row,
            self.rule,
            self.prompt,
            self.keys_row,
            self.status,
            id="foot",
        )
        yield self.popup

    def attach(self, conductor: Conductor) -> None:
        """Take the conductor; its events reach `handle` through the app's pump."""
        self.conductor = conductor
        self.attached = True
        self.files.update(conductor.paths())
        self._session = conductor.session
        if self.one_shot is not None:
            self.one_shot.start()
        elif self._session.turns:
            self.body.restore(self._session)
        else:
            self.keys.endpoints.greet()
        if self.one_shot is None and self.prompt.draft.text and self.spark.options.draft:
            self.say(words.DRAFT_BACK)
        self.keys.replay()

    # ----------------------------------------------------------------- frames

    def handle(self, events: Sequence[Event], session: Session) -> None:
        """One frame: everything that happened since the last one."""
        if session.tree.unborn and not self._session.tree.name:
            self.say(words.UNBORN)
        now = self.silence.last_event_at = time.monotonic_ns()
        contained = self.spark.faults.contained
        if any(isinstance(event, _SENT_OR_NOT) for event in events):
            with contained():
                self._paint_now()
        with contained(lambda: self.race.start_over(session)):
            self.race.handle(
                self.reduced_motion.still(events) if self.reduced_motion else events, session
            )
        grows = only_grows(events, self._session)
        self._session = session = self.race.selected_side(session)
        with contained():
            self.keys.review.handle(events)
            self.files.update(self.conductor.paths())
        for look in (self.code, self.keys.endpoints):
            with contained():
                look.handle(events)
        for event in events:
            with contained():
                self._show_event(event, session)
        with contained():
            if self.comments.offer(session.comments):
                self._offer_comment()
        with contained():
            self.instrument.handle(events, session, self.conductor.session)
            for body in self.race.bodies:
                written = body.take_written()
                if written is not None:
                    self.spark.shown(written, whole=False)
        with contained():
            self.overlay.handle(events)
        with contained():
            if grows:
                self.bars.refresh_soon()
            else:
                self.refresh_bars()
        with contained():
            self.sending.go_on()
            self.keys.along.follow()
            self.keys.prompts.send_queued(now)
            self.follow(now)
            if self.one_shot is not None:
                self.one_shot.close_when_done(session)
        with contained():
            self.keys.go_on()

    def _show_event(self, event: Event, session: Session) -> None:
        """What an event starts, stops and says."""
        self.queue.handle((event,), session)
        if isinstance(event, Asked | Notice):
            self.keyboard.sent = False
        if isinstance(event, EntryOpened):
            self.keys.actions.opened(event.view)
        elif isinstance(event, DiffShown):
            self.keys.actions.diff_read(event.text)
        elif isinstance(event, ChecksDeclared):
            self.keys.outside.declared(event.checks)
        elif isinstance(event, CommitPlanned):
            self.spark.commit(event.plan)
        elif isinstance(event, Asked):
            self.silence.start()
        elif isinstance(event, TurnEnded):
            if not self.race.running:
                self.silence.stop()
            self.set_timer(TIDY_S, self.spark.tidy)
            self.stopping.ended(event)
        elif isinstance(event, OnWire) and isinstance(event.event, Retrying):
            self.silence.retrying(event.event.why, event.at, event.event.wait_s)
        said = message_for(event)
        if self.race.takes_twins(event, session):
            self.say(words.TWIN_DROPPED)
            return
        if said is not None and not self._says_enough(said):
            self.say(said)
            if isinstance(event, Notice | FlushRefused | Repairing) and session.turns:
                self.body.note(0, said.lasting(self.keymap))
            elif isinstance(event, GreenSet):
                rows = green_words.attempts(event.green)
                self.body.note(0, "\n".join((*rows, said.lasting(self.keymap))))

    def on_unmount(self) -> None:
        """Nothing is left to show."""
        self.bars.close()
        self._unpainted.close()

    def take_back_waiting(self) -> bool:
        """What Enter sent and whose files are still being read is not sent; False: nothing is."""
        return self.sending.take_back()

    def paint_after_sending(self) -> None:
        """Let the request out first: laying out and painting take longer than making it."""
        if not self._waits_to_paint:
            self._waits_to_paint = True
            self._unpainted.enter_context(self.app.batch_update())
            self.set_timer(PAINT_AFTER_S, self._paint_now)

    def _paint_now(self) -> None:
        if self._waits_to_paint:
            self._waits_to_paint = False
            with self._unpainted:
                self.refresh_bars()

    def stop_run(self, at: int, *, quietly: bool = False) -> None:
        """The person's key stops the running answer; finished hunks stay, which is said."""
        self.stopping.stop(at, quietly=quietly)

    def show_selected_side(self) -> None:
        """Look at the session from the chosen column of a race."""
        self._session = self.race.selected_side(self._session)
        self.instrument.select_side(self._session)
        self.refresh_bars()

    def _offer_comment(self) -> None:
        """A comment in a file asks for an edit: say so; run it only where that is set."""
        found = self.comments.offered
        if found is None:
            return
        self.say(words.comment_trigger(found.path, found.line, found.text))
        if self.spark.options.run_comments:
            self.keys.outside.run_comment(time.monotonic_ns())

    def follow(self, at: int) -> None:
        """Something happened at `at` (ns): with nothing left to review the prompt has the keyboard.

        A decision counts as soon as its key was pressed.
        """
        review, keyboard = self.keys.review, self.keyboard
        about = self._session if self.race.on else self.scope
        left = any(hunk.id not in review.decided for hunk in undecided(about))
        left = left or tried(self._session) is not None
        green = self._session.green
        goes_on = self.running or keyboard.sent or (bool(self.queue) and not self.queue.held)
        goes_on = goes_on or (green is not None and green.running)
        if keyboard.follow(at, busy=left or goes_on):
            self.refresh_bars()

    def to_review(self) -> None:
        """The person's key or click gives review the keyboard; before the first hunk too."""
        if self._session.turn is None and not self.keyboard.sent:
            self.say(words.NOTHING_TO_REVIEW)
        else:
            self.give_keyboard(Where.REVIEW)

    def on_transcript_hunk_painted(self, message: Transcript.HunkPainted) -> None:
        """A hunk that can be decided is on the screen."""
        self.conductor.painted(message.id.turn, message.at_ns)
        hunk = self.session.find(message.id)
        decides_itself = message.state is HunkState.OPEN and not (hunk and protected(hunk))
        if self.session.mode is Mode.AUTO and decides_itself:
            return
        free = self.prompt.empty and self.popup.model is None
        if self.keyboard.hunk_painted(message.at_ns, prompt_empty=free):
            self.refresh_bars()

    def _says_enough(self, said: Message) -> bool:
        """True for a message that would hide the keys of the hunk that is next."""
        return said == words.DROPPED and self.body.current is not None

    def on_transcript_current_changed(self) -> None:
        """Other keys may mean something on the new hunk."""
        if self._says_enough(self.keys_row.message):
            self.say("")
        self.refresh_bars()

    def refresh_bars(self) -> None:
        """Repaint header, panel, rule, prompt, keys and status where they differ."""
        if not self.attached:
            return
        if self.keyboard.sent or self.sending.waiting is not None:
            self.silence.begin()
        if not self._waits_to_paint:
            self.bars.refresh()

    def _files_known(self) -> None:
        """The list of files is ready: an open search shows what it finds now."""
        if self.popup.model is not None and self.popup.model.search is not None:
            self.popup.refill(self.popup.model)

    def on_click(self, event: Click) -> None:
        """A click that no widget took itself."""
        widget, _ = self.get_widget_at(*event.screen_offset)
        clicked(self.keys, event, widget)

    def on_code_view_clicked(self, message: CodeView.Clicked) -> None:
        """The mouse chose a line of the code view."""
        self.code.to_line(message.line)

    def tick(self) -> None:
        """Time passes while an answer is waited for; a replay has its own."""
        if self.instrument.stamps:
            self.status.tick()
            self.overlay.tick()

    def stamped(self) -> None:
        """The end of something is on the screen: how long that took can be said now."""
        self.refresh_bars()
        self.overlay.tick()

    def _screen_resized(self, size: Size) -> None:
        """Lay out, unless it is laid out for this: a start tells its size three times."""
        if size != self._size:
            super()._screen_resized(size)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """Laying out paints: a wish to paint everything goes along, instead of coming after it."""
        if self._repaint_required:
            self._repaint_required = False
            self._dirty_widgets.add(self)
        super()._refresh_layout(size, scroll)

    def _compositor_refresh(self) -> None:
        first, self._painted = not self._painted, True
        if first and self._layout_required:
            return  # the sizes found just now are laid out at once, and that paints
        began = time.monotonic_ns()
        super()._compositor_refresh()
        self.instrument.painting(time.monotonic_ns() - began)

    def say(self, said: Sayable, *, error: bool = False) -> None:
        """Show a message for 4 s or until a key; an error until a key."""
        if self._message_timer is not None:
            self._message_timer.stop()
            self._message_timer = None
        self.keys_row.say(said, error=error)
        if self.keys_row.message and not self.keys_row.error:
            self._message_timer = self.set_timer(MESSAGE_SECONDS, lambda: self.keys_row.say(""))

    def give_keyboard(self, where: Where) -> None:
        """Letters go there from here on."""
        self.keyboard.give(where)
        self.prompt.hold("")
        if where not in {Where.CODE, Where.SAY}:
            self.code.put_away()  # keys never act on a hunk that it covers
        self.refresh_bars()

    # ----------------------------------------------------------------- popups

    @property
    def completing(self) -> bool:
        """True while the list is a completion: letters still go to the prompt."""
        return self.popup.model is not None and self.popup.model.keeps_prompt

    def open_popup(self, model: PopupModel) -> None:
        """Show a list; it takes the keyboard until it closes."""
        self.popup.open(model)
        if self.overlay.form is not OverlayForm.OFF:
            self.overlay.step_aside(True)
            self.call_after_refresh(self.popup.fit)
        self.refresh_bars()

    def close_popup(self) -> None:
        """Close the list; the keyboard returns to where it was."""
        model = self.popup.model
        self.popup.close()
        self.overlay.step_aside(False)
        if model is not None and model.cancelled is not None:
            model.cancelled()
        if self.one_shot is not None:
            self.one_shot.popup_closed()
        self.refresh_bars()

    # ----------------------------------------------------------------- the rest

    @property
    def caret(self) -> Offset:
        """The cell where what is typed goes: input methods and magnifiers look there."""
        owner: Popup | CodeView | PaintedWidget = self.prompt
        if self.popup.model is not None and not self.completing:
            owner = self.popup
        elif self.code.shown:
            owner = self.code_pane.caret_owner(self.code.finding)
        place = owner.caret
        return owner.region.offset + place if place is not None else owner.region.offset

    def selected_text(self) -> str:
        """What the mouse selected, "" for nothing."""
        return self.get_selected_text() or ""

    def copy(self, text: str) -> None:
        """Put text on the clipboard, and say whether it is known to be there."""
        self.clipboard.copy(text)

    def run_line(self, text: str) -> None:
        """Run `!line` in the person's shell; its output stays here."""
        self.keys.shell.run(text)

    def edit_file(self, path: str, line: int) -> None:
        """Open the person's editor at the line."""
        self.spark.edit_file(path, line)

    def edit_text(self, text: str, name: str) -> str | None:
        """Let the person edit a text in their editor; None to leave it as it was."""
        return self.spark.edit_text(text, name)

    def quit(self) -> None:
        """Leave the program."""
        self.spark.leave(self.one_shot.end() if self.one_shot is not None else 0)

    def on_resize(self, event: Resize) -> None:
        """Panel from 100 columns on; below the smallest size one line says so."""
        width, height = event.size
        self.bars.fit_panel()
        small = width < SMALLEST[0] or height < SMALLEST[1]
        self.set_class(small, "small")
        self.overlay.fit()
        if self.popup.model is not None:
            self.call_after_refresh(self.popup.fit)
        if self.attached:
            if small:
                self.say(words.TOO_SMALL)
            elif self.keys_row.message == message(words.TOO_SMALL):
                self.say("")
            self.call_after_refresh(self.refresh_bars)


_SENT_OR_NOT = (OnWire, Notice, TurnEnded)
"""After these an instruction's request is out, or will not go."""

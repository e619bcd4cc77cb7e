"""The Textual application: palette, pump, terminal, and the way in and out."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar, cast

from rich.segment import Segment, Segments
from textual.app import App, ScreenStackError
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, Key, Paste, Resize
from textual.geometry import Offset
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, WorkerFailed

from spark_tui.core.commit import CommitPlan
from spark_tui.core.config.theme import ThemeSpec
from spark_tui.core.errors import SparkError
from spark_tui.core.events import TreeChanged
from spark_tui.core.session import Session
from spark_tui.pair.ports import Conductor
from spark_tui.ui.frame import FramePump, frames_per_second, writer_backlog
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.lists.contents import session_list
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Sayable
from spark_tui.ui.messages.remedies import on_screen
from spark_tui.ui.options import ConductorFactory, ShellOptions, TreeReviewSetup
from spark_tui.ui.prompt.autosave import DraftAutosave
from spark_tui.ui.prompt.vim import Vim
from spark_tui.ui.session.one_shot import OneShotRun
from spark_tui.ui.session.receipt import receipt
from spark_tui.ui.session.reduced_motion import ReducedMotion
from spark_tui.ui.session.screen import SessionScreen
from spark_tui.ui.style.cells import safe
from spark_tui.ui.style.contained import FaultBoundary
from spark_tui.ui.style.painted import plain
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.screen_faults import ScreenFaults
from spark_tui.ui.style.theming import Theming
from spark_tui.ui.terminal.restore import TerminalGuard
from spark_tui.ui.terminal.suspend import SuspendTimer
from spark_tui.ui.tree_review.screen import TreeReviewScreen

RESIZED_SECONDS = 0.1

_T = TypeVar("_T")


GC_THRESHOLD = (20_000, 20, 10_000)
"""Old objects are gone through after an answer, not while one streams: at 3,000 tok/s that held up
frames by 60 to 110 ms.
"""


class SparkApp(FaultBoundary, App[int]):
    """Owns what outlives a frame; the session screen does the rest.

    Many methods: Textual's own hooks, and what only who owns the terminal can do (`ScreenApp`).
    """

    CSS_PATH = "spark.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    TITLE = "spark-tui"

    def __init__(
        self,
        conductor_factory: ConductorFactory,
        options: ShellOptions | None = None,
        *,
        driver_class: type[Driver] | None = None,
    ) -> None:
        self.options = options or ShellOptions()
        self.theming = Theming(self, self.options.themes, self.options.theme)
        first = self.theming.first(self.options.theme, os.environ.get("COLORFGBG", ""))
        self.palette = Palette(first, no_color=bool(os.environ.get("NO_COLOR")))
        super().__init__(driver_class=driver_class)
        self.animation_level = "none"
        # Nothing here has either, and a widget for each would be laid out and painted.
        self._disable_tooltips = self._disable_notifications = True
        self.terminal_attributes: list[Any] | None = None
        self.guard: TerminalGuard | None = None
        self.started_ns = time.monotonic_ns()
        self.conductor: Conductor | None = None
        self.reviewing: TreeReviewScreen | None = None
        self.pump: FramePump | None = None
        self.ascii_only = not _speaks_utf8()
        self.desk = SessionScreen(
            self,
            Keymap(self.options.keys),
            self.palette,
            self.options.presets,
            ascii_only=self.ascii_only,
            copy_native=self.options.copy_native,
            settings=self.options.instrument,
        )
        self.desk.prompt.history.entries = list(self.options.history)
        self.desk.prompt.remember = self.options.remember
        self.desk.prompt.draft.set(self.options.draft)
        if self.options.reduced_motion:
            self.desk.reduced_motion = ReducedMotion()
        self.desk.keyboard.auto = self.options.review == "auto"
        if self.options.vim:
            self.desk.prompt.vim = Vim(self.desk.prompt.draft)
        if self.options.one_shot is not None:
            self.desk.one_shot = OneShotRun(self.desk, self.options.one_shot)
        self.suspension = SuspendTimer(lambda: self._loop, self._was_suspended)
        self.faults = ScreenFaults(self._newest_turn)
        self.crash = ""
        if self.options.reviewing is not None:
            self.reviewing = self._review_of(self.options.reviewing)
        self._quiet: Timer | None = None
        self.drafts = DraftAutosave(self.options.keep_draft, self.desk.prompt.draft.expanded)
        self._conductor_factory = conductor_factory
        self._mouse_on = True
        self.theming.register(first)
        self.theme = first.name

    @property
    def cursor_position(self) -> Offset:
        """Where the terminal's own cursor is left, hidden as it is, after every paint."""
        desk = getattr(self, "desk", None)
        reviewing = getattr(self, "reviewing", None)
        if reviewing is not None and reviewing.is_mounted:
            caret: Offset = reviewing.caret
            return caret
        return desk.caret if desk is not None and desk.is_mounted else Offset(0, 0)

    @cursor_position.setter
    def cursor_position(self, place: Offset) -> None:
        """It follows what is typed: nobody else has a say."""

    def get_default_screen(self) -> Screen[Any]:
        """The session screen is the only one."""
        return self.desk

    def on_mount(self) -> None:
        """Everything that is not needed for the first frame comes after it."""
        if self.reviewing is not None:
            self.push_screen(self.reviewing)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        gc.enable()
        if self.guard is not None:
            self.guard.wake(asyncio.get_running_loop())
        conductor = self._conductor_factory()
        self.conductor = conductor
        self.faults.tell = conductor.broke
        asyncio.get_running_loop().set_exception_handler(self._loop_failed)
        self.pump = FramePump(
            self._frame,
            conductor.session,
            fps=frames_per_second(),
            backlog=lambda: writer_backlog(cast("App[object]", self)),
            measured=self.desk.instrument.frame,
            failed=self.faults.heard,
        )
        pump = self.pump
        pump.handed_over = conductor.paced_by(lambda: pump.due)
        self.desk.instrument.stamps = not self.options.recorded
        self.desk.prompt.instead = self.options.recorded
        self.desk.attach(conductor)
        self._listener: Worker[None] = self.run_worker(self._listen, exit_on_error=True)
        changes = self.options.theme_changes
        if changes is not None:
            self.run_worker(self.theming.follow(changes), exit_on_error=True)

    def leave(self, code: int) -> None:
        """End with this exit status."""
        self.exit(return_code=code)

    def say(self, message: Sayable, *, error: bool = False) -> None:
        """Show a message in the keys row."""
        (self.reviewing or self.desk).say(message, error=error)

    def paint_in(self, spec: ThemeSpec) -> None:
        """Paint everything in another theme."""
        self.theming.register(spec)
        self.palette = Palette(spec, no_color=self.palette.no_color)
        self.desk.code_pane.view.palette = self.palette
        for body in self.desk.race.bodies:
            body.palette = self.palette
        self.theme = spec.name
        if self.reviewing is not None:
            self.reviewing.paint_in(self.palette)
        self.desk.query("*").refresh()
        self.desk.refresh(layout=True)

    def _was_suspended(self, since: int, until: int) -> None:
        instrument = self.desk.instrument
        instrument.away()
        if self.conductor is not None and instrument.track.turn:
            self.conductor.away(instrument.track.turn, since, until)

    def tidy(self) -> None:
        """Look for cycles while nobody waits; what is left is not gone through again."""
        turn = self.desk.session.turn
        if turn is None or not turn.running:
            gc.collect()
            gc.freeze()

    async def _listen(self) -> None:
        if self.conductor is None or self.pump is None:
            return
        async for batch in self.conductor.events():
            with self.faults.contained():
                self.pump.handle(batch)

    def _frame(self, batch: Sequence[Any], session: Session) -> None:
        with self._context():
            self.desk.handle(batch, session)
            if self.reviewing is not None:
                for event in batch:
                    if isinstance(event, TreeChanged):
                        self.reviewing.tree_changed(event.outside)

    def _newest_turn(self) -> int:
        turn = self.desk.session.turn
        return turn.id if turn is not None else 0

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback nobody waits for broke."""
        if not self.faults.in_loop(context):
            loop.default_exception_handler(context)

    def post_display_hook(self) -> None:
        """Textual has handed what it painted to the terminal."""
        self.shown(time.monotonic_ns())

    def shown(self, at: int, *, whole: bool = True) -> None:
        """Something was handed to the terminal at `at` (ns): all that changed, or the body's."""
        instrument = self.desk.instrument
        if instrument.displayed(at, whole=whole):
            self.call_later(self.desk.stamped)
            if self.conductor is not None:
                self.conductor.displayed(instrument.track.turn, at)

    async def on_event(self, event: Event) -> None:
        """Keys and pastes go to the screen in the same step; the rest is Textual's."""
        if isinstance(event, Key) and not event.is_forwarded:
            with self.faults.contained():
                (self.reviewing or self.desk.keys).press(event)
        elif isinstance(event, Paste) and not event.is_forwarded:
            with self.faults.contained():
                (self.reviewing or self.desk.keys).paste(event)
        else:
            if isinstance(event, Resize) and self.desk.attached:
                self._resized()
            await super().on_event(event)

    def _resized(self) -> None:
        """Paint every cell once the window is quiet.

        A size that was there and gone before we looked is none to Textual, but the terminal has
        cut cells off.
        """
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(RESIZED_SECONDS, self._paint_all)

    def _paint_all(self) -> None:
        with contextlib.suppress(ScreenStackError):  # the program has ended meanwhile
            self.screen.refresh(layout=True)

    # ----------------------------------------------------------------- reviewing changes

    def review_tree(self, path: str = "") -> None:
        """Review what differs from the last commit, from `path` on."""
        if self.options.review_source is not None:
            self._review(TreeReviewSetup(self.options.review_source, start_at=path))

    def _review(self, setup: TreeReviewSetup) -> None:
        if self.reviewing is None:
            self.reviewing = self._review_of(setup)
            self.push_screen(self.reviewing)

    def _review_of(self, setup: TreeReviewSetup) -> TreeReviewScreen:
        return TreeReviewScreen(
            self,
            setup,
            self.desk.keymap,
            ascii_only=self.ascii_only,
            can_send=not self.options.recorded,
            copy_native=self.options.copy_native,
        )

    def close_tree_review(self) -> None:
        """Back to the session; out, where nothing but the review was asked for."""
        turns = self.desk.session.turns
        if self.options.reviewing is not None and not turns:
            self.leave(0)
            return
        self._end_review()

    def _end_review(self) -> None:
        review, self.reviewing = self.reviewing, None
        self.pop_screen()
        if review is not None:
            self.run_worker(self._review_over(review), exit_on_error=True)

    async def _review_over(self, review: TreeReviewScreen) -> None:
        for late in await review.review.close():
            self.say(on_screen(late.what, late.remedies, error=True), error=True)

    def send_remarks(self, instruction: str) -> None:
        """Ask for what a reviewer says, in the session."""
        if self.conductor is None:
            return
        self._end_review()
        now = time.monotonic_ns()
        self.desk.keyboard.entered(now)
        self.conductor.ask(instruction, now)
        self.desk.refresh_bars()

    # ----------------------------------------------------------------- what the screen asks for

    def show_sessions(self) -> None:
        """The sessions kept here; choosing one ends this one and goes on with it."""
        self._lister: Worker[None] = self.run_worker(self._show_sessions)

    async def _show_sessions(self) -> None:
        kept = await asyncio.to_thread(self.options.sessions) if self.options.sessions else ()
        self.desk.open_popup(session_list(kept, self._reopen))

    def _reopen(self, ident: str) -> None:
        if self.options.reopen is not None:
            self.options.reopen(ident)
            self.exit(return_code=0)

    def remember_copied(self, text: str) -> None:
        """What was copied last, for the framework's own pasting."""
        self._clipboard = text

    def write_terminal(self, sequence: str) -> None:
        """A control sequence of ours for the terminal itself."""
        if self._driver is not None:
            self._driver.write(sequence)

    def ground_is(self, *, light: bool) -> None:
        """The terminal told its ground. Called by the loop, outside any widget."""
        with self._context():
            self.theming.ground_is(light=light)

    def paste_cut(self) -> None:
        """More was pasted than is taken. Called by the loop, outside any widget."""
        with self._context():
            self.desk.say(words.PASTE_CUT, error=True)

    def redraw(self) -> None:
        """Clear the terminal and paint every cell again."""
        if self._driver is not None:
            self._driver.write("\x1b[2J")
        self.screen.refresh(layout=True)

    def toggle_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back."""
        driver = self._driver
        switch = "_disable_mouse_support" if self._mouse_on else "_enable_mouse_support"
        action = getattr(driver, switch, None)
        if action is not None:
            action()
            self._mouse_on = not self._mouse_on
            self.say(words.mouse(on=self._mouse_on))

    def edit_file(self, path: str, line: int) -> None:
        """Suspend, run the person's editor, come back."""
        edit = self.options.edit_file
        if edit is None:
            self.say(words.NO_EDITOR)
            return
        self._away(lambda: edit(path, line))

    def show_output(self, path: str) -> None:
        """Suspend, show all that a check printed in the person's editor, come back."""
        show = self.options.show_output
        if show is None:
            self.say(words.NO_EDITOR)
            return
        self._away(lambda: show(path))

    def edit_text(self, text: str, name: str) -> str | None:
        """Suspend, let the person edit a text, come back; None to leave it as it was."""
        edit = self.options.edit_text
        if edit is None:
            self.say(words.NO_EDITOR)
            return None
        return self._away(lambda: edit(text, name))

    def commit(self, plan: CommitPlan) -> None:
        """Suspend, let the person finish the commit with git, come back and tell."""
        run_git = self.options.commit
        if run_git is None:
            return
        made = self._away(lambda: run_git(plan))
        if made is not None:
            told = words.committed(made, len(plan.paths)) if made else words.NOT_COMMITTED
            self.desk.say(told, error=not made)

    def edit_prompt(self) -> None:
        """Let the person write the instruction in the editor."""
        text = self.edit_text(self.desk.prompt.draft.expanded(), "instruction.md")
        if text is not None:
            self.desk.prompt.replace(text.rstrip("\n"))
        self.desk.give_keyboard(Where.PROMPT)

    def _away(self, work: Callable[[], _T]) -> _T | None:
        """Do something that owns the terminal meanwhile; None where it failed, which is told."""
        can_suspend = self._driver is not None and self._driver.can_suspend
        self.suspension.left()
        with self.suspend() if can_suspend else contextlib.nullcontext():
            try:
                return work()
            except SparkError as error:
                failed = on_screen(error.what, error.remedies, error=True)
            finally:
                if not can_suspend:
                    self.suspension.back()
        self.say(failed)
        return None

    # ----------------------------------------------------------------- endings

    def terminal_gone(self) -> None:
        """The terminal was closed: end as after SIGHUP. Called by the loop, outside any widget."""
        self._exit_now(128 + signal.SIGHUP)

    def end_by_signal(self, number: int) -> None:
        """Called in the signal handler: stop painting, then end in order."""
        driver = self._driver
        if driver is not None and hasattr(driver, "muted"):
            driver.muted = True
        self.keep_draft()
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._exit_now, 128 + number)

    def keep_draft(self) -> None:
        """Hand out what is typed and not sent, for the next session."""
        self.drafts.keep_now()

    def _exit_now(self, code: int) -> None:
        with self._context():
            self.exit(return_code=code)

    async def on_unmount(self) -> None:
        """Stop the conductor, and what the person's shell runs, before the loop goes."""
        self.desk.keys.shell.stop()
        if self.pump is not None:
            self.pump.close()
        if self.reviewing is not None:
            await self.reviewing.review.close()
        if self.conductor is not None:
            await self.conductor.close()

    def _handle_exception(self, error: Exception) -> None:
        """What breaks outside of our own messages is told, and the session goes on."""
        broke = error.error if isinstance(error, WorkerFailed) else error
        if (
            self.is_running
            and isinstance(broke, Exception)
            and self.faults.outlived(broke, time.monotonic())
        ):
            return
        if self.options.crash_note is not None:
            self.options.crash_note(broke)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """A crash report without local variables: they may hold keys and file contents."""
        self.crash = traceback.format_exc(limit=-12)
        text = "\n".join(safe(line) for line in self.crash.splitlines())
        self._exit_renderables.append(Segments([Segment(f"{text}\n")]))
        self._close_messages_no_wait()


def run(conductor_factory: ConductorFactory, options: ShellOptions | None = None) -> int:
    """Run the interface until it ends; the exit status (0, 1 after a crash, 128+n by a signal).

    Prints the receipt to the normal screen. `conductor_factory` is called in the app's loop after
    the first frame.
    """
    from spark_tui.ui.terminal.driver import SparkDriver

    options = options or ShellOptions()
    # Who serves the session to a browser names a driver of its own, and reads all of stdout.
    served = "TEXTUAL_DRIVER" in os.environ
    app = SparkApp(conductor_factory, options, driver_class=None if served else SparkDriver)
    app.terminal_attributes = options.skeleton.hand_over() if options.skeleton else None
    guard = TerminalGuard(app.terminal_attributes)
    guard.install(app.end_by_signal)
    app.guard = guard
    try:
        app.run(mouse=options.mouse)
    finally:
        app.keep_draft()
        guard.restore() if guard.received is not None else guard.restore_attributes()
        guard.uninstall()
    gc.freeze()  # what is left goes with the process: no last look for cycles in all of it
    code = app.return_code or 0
    if guard.received is not None:
        return 128 + guard.received
    minutes = round((time.monotonic_ns() - app.started_ns) / 60e9)
    told = options.receipt and not served
    if code != 128 + signal.SIGHUP and app.pump is not None and told:
        lines = receipt(app.pump.session, minutes, options.resume)
        text = "".join(f"{line}\n" for line in lines)
        sys.stdout.write(plain(text) if app.ascii_only else text)
        sys.stdout.flush()
    return code


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"

"""Commands that work anywhere: switch, lists, mode, overlay. What Esc does: `escape`."""

from __future__ import annotations

import time
from collections.abc import Callable

from spark_tui.core.context import written
from spark_tui.core.journal import EntryView
from spark_tui.core.mode import Mode
from spark_tui.ui.actions.code import CodeActions
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.escape import escape, interrupt
from spark_tui.ui.actions.handlers import Handler
from spark_tui.ui.actions.review import ReviewActions
from spark_tui.ui.actions.shell import ShellActions
from spark_tui.ui.input.commands import Column, column_of
from spark_tui.ui.input.focus import Where
from spark_tui.ui.latency.report import Budgets, report
from spark_tui.ui.lists import contents
from spark_tui.ui.lists.entry import ALL, BEFORE, HERE, THROUGH, entry_list
from spark_tui.ui.messages import words
from spark_tui.ui.transcript.row_view import SIDEWAYS
from spark_tui.ui.undecided import undecided

MODES = (Mode.ASK, Mode.AUTO, Mode.READ_ONLY)


class AppActions:
    """Commands of the `anywhere` and Ctrl+X columns.

    `run_command` does a command chosen from a list, `typed` is called when the draft was changed.
    """

    def __init__(
        self,
        screen: ActionContext,
        code: CodeActions,
        review: ReviewActions,
        shell: ShellActions,
        run_command: Callable[[str], None],
        typed: Callable[[], None],
    ) -> None:
        self.screen = screen
        self._code = code
        self._review = review
        self._shell = shell
        self._run_command = run_command
        self._typed = typed
        self.commands: dict[str, Handler] = {
            "escape": lambda at: escape(screen, shell, at),
            "interrupt": lambda at: interrupt(screen, shell, at),
            "switch": self._switch,
            "type": lambda _: screen.give_keyboard(Where.PROMPT),
            "help": self._help,
            "palette": self._palette,
            "theme": self._theme,
            "sessions": lambda _: screen.spark.show_sessions(),
            "undo-list": self._undo_list,
            "commit": lambda _: screen.conductor.plan_commit(),
            "changes": self._changes,
            "diff": lambda _: screen.conductor.show_diff(),
            "clear": self._clear,
            "find-file": self._find_file,
            "history-search": self._history,
            "editor": lambda _: screen.spark.edit_prompt(),
            "stats": self._stats,
            "latency": lambda _: screen.overlay.cycle(),
            "trace": self._trace,
            "mode": self._mode,
            "side-by-side": self._side_by_side,
            "scope": self._scope,
            "redraw": lambda _: screen.spark.redraw(),
            "suspend": lambda _: screen.spark.action_suspend_process(),
            "attach": lambda _: shell.attach(),
            "mouse": lambda _: screen.spark.toggle_mouse(),
            "page-up": lambda _: screen.body.page(-1),
            "page-down": lambda _: screen.body.page(1),
            "space-down": lambda _: screen.body.page(1),
            "half-page-up": lambda _: screen.body.scroll_by(-(screen.body.size.height // 2)),
            "half-page-down": lambda _: screen.body.scroll_by(screen.body.size.height // 2),
            "code-left": lambda _: screen.body.scroll_code(-SIDEWAYS),
            "code-right": lambda _: screen.body.scroll_code(SIDEWAYS),
            "body-up": lambda _: screen.body.scroll_by(-1),
            "body-down": lambda _: screen.body.scroll_by(1),
            "blanks": lambda _: screen.say(words.IN_A_REVIEW),
            "quit": lambda _: screen.quit(),
        }

    def type_with(self, text: str, _at: int) -> None:
        """To the prompt, with this character."""
        self.screen.give_keyboard(Where.PROMPT)
        self.screen.prompt.type(text)
        self._typed()

    def _switch(self, _at: int) -> None:
        screen = self.screen
        if screen.keyboard.where is Where.REVIEW:
            screen.give_keyboard(Where.PROMPT)
        else:
            screen.to_review()

    def _help(self, _at: int) -> None:
        self.screen.open_popup(contents.help_list(self.screen.keymap, self._column()))

    def _palette(self, _at: int) -> None:
        screen = self.screen
        column = self._column()
        screen.open_popup(contents.palette_list(screen.keymap, self._run_command, column))

    def _column(self) -> Column:
        return column_of(self.screen.keyboard.where)

    def show_conflict(self, _at: int) -> None:
        """What could not be taken back, with what is in its way; else nothing."""
        in_the_way, self._review.conflict = self._review.conflict, None
        if in_the_way is not None:
            self.screen.conductor.show_entry(in_the_way.entry)

    def take_conflict(self, at: int) -> None:
        """What is in the way is taken back with it, where it can be; else both are shown."""
        in_the_way = self._review.conflict
        if in_the_way is None or not in_the_way.together:
            self.show_conflict(at)
            return
        self._review.conflict = None
        self.screen.conductor.undo_through(in_the_way.entry, at)

    def _undo_list(self, at: int) -> None:
        conductor = self.screen.conductor
        in_the_way = self._review.conflict
        if in_the_way is not None and in_the_way.entry:
            self.show_conflict(at)
            return
        self.screen.open_popup(
            contents.undo_list(
                conductor.entries(), lambda chosen: conductor.show_entry(int(chosen))
            )
        )

    def opened(self, view: EntryView) -> None:
        """An entry was read: show it, to take all of it or a hunk of it back."""
        screen = self.screen
        if screen.popup.model is not None and not screen.completing:
            return

        def take_back(chosen: str) -> None:
            conductor, entry, at = screen.conductor, view.entry.id, time.monotonic_ns()
            if chosen == THROUGH:
                conductor.undo_through(entry, at)
            elif chosen == HERE:
                conductor.undo_to(entry, at)
            elif chosen == BEFORE:
                conductor.undo_to(view.first - 1, at)
            else:
                conductor.undo_entry(entry, at, () if chosen == ALL else (int(chosen),))

        screen.open_popup(entry_list(view, take_back))

    def _stats(self, _at: int) -> None:
        screen = self.screen
        known = screen.instrument
        budgets = Budgets(known.limits, known.track.reserve, time.monotonic_ns())
        width = screen.size.width
        lines = report(known.samples(), known.settings, budgets, width)
        screen.open_popup(contents.stats_list([(line.text, line.heading) for line in lines]))

    def _theme(self, _at: int) -> None:
        spark = self.screen.spark
        theming = spark.theming
        names = sorted(theming.themes)
        current = spark.palette.spec.name
        self.screen.open_popup(contents.theme_list(names, current, theming.use, theming.preview))

    def _changes(self, _at: int) -> None:
        """Whoever made them: one of them begins the review of all."""
        screen = self.screen
        reviews = screen.spark.review_tree if screen.spark.options.review_source else None
        screen.open_popup(contents.changes_list(screen.session, self._open_changed, reviews))

    def _open_changed(self, path: str) -> None:
        if self.screen.popup.model is not None:
            self.screen.close_popup()
        self._code.open(path)

    def diff_read(self, text: str) -> None:
        """What differs from the last commit was read: show it by file."""
        screen = self.screen
        if screen.popup.model is None or screen.completing:
            screen.open_popup(contents.diff_list(text, self._code.open))

    def _clear(self, _at: int) -> None:
        """Start afresh; what was said and done stays above, open hunks too."""
        screen = self.screen
        if screen.running:
            screen.say(words.CLEAR_LATER)
            return
        screen.conductor.let_go()
        screen.body.clear()
        screen.give_keyboard(Where.PROMPT)
        screen.say(words.cleared(len(undecided(screen.session))))

    def _find_file(self, _at: int) -> None:
        screen = self.screen
        name = self._mention if screen.one_shot is None else None
        screen.open_popup(contents.file_list(screen.files.query, self._code.open, name))

    def _mention(self, path: str) -> None:
        self.screen.give_keyboard(Where.PROMPT)
        self.screen.prompt.type(f"{written(path)} ")
        self.screen.refresh_bars()

    def _history(self, _at: int) -> None:
        entries = self.screen.prompt.history.entries
        self.screen.open_popup(contents.history_list(entries, self.screen.prompt.replace))

    def _scope(self, _at: int) -> None:
        screen = self.screen
        screen.body.newest_only = not screen.body.newest_only
        screen.say(words.scope(newest_only=screen.body.newest_only))

    def _side_by_side(self, _at: int) -> None:
        screen = self.screen
        if not screen.body.toggle_split():
            screen.say(words.NO_ROOM_FOR_TWO)
        else:
            screen.say(words.layout(split=screen.body.split))

    def _trace(self, _at: int) -> None:
        screen = self.screen
        place = screen.conductor.trace()
        if screen.session.turn is None:
            screen.say(words.NO_TURN_YET)
        else:
            screen.say(words.traced(place, screen.size.width - 2) if place else words.NO_TRACE)

    def _mode(self, _at: int) -> None:
        mode = self.screen.session.mode
        self.screen.conductor.set_mode(MODES[(MODES.index(mode) + 1) % len(MODES)])

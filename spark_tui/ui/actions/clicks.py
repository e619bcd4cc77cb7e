"""What a click does: it goes where it points, or presses the key it stands on. It decides nothing
by itself: `y` on the keys row is `y`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Click, Key

from spark_tui.core.edits.model import HunkId
from spark_tui.ui.bars.changes_panel import Changes
from spark_tui.ui.bars.key_hints import KeysRow
from spark_tui.ui.bars.rule import Rule
from spark_tui.ui.input.commands import Column
from spark_tui.ui.input.focus import Where
from spark_tui.ui.input.key_names import LEADER
from spark_tui.ui.prompt.widget import Prompt
from spark_tui.ui.transcript.widget import Transcript
from spark_tui.ui.undecided import undecided

if TYPE_CHECKING:
    from textual.widget import Widget

    from spark_tui.ui.actions.router import KeyRouter


def clicked(keys: KeyRouter, event: Click, widget: Widget | None) -> None:
    """A click on `widget`. One that ends a selection is none."""
    screen = keys.screen
    if not screen.attached or event.button > 1 or screen.selected_text():
        return
    if isinstance(widget, KeysRow) and screen.keys_row.message:
        screen.say("")
    elif isinstance(widget, KeysRow):
        _press(keys, widget.command_at(event.x), widget.column)
    elif screen.popup.model is not None and not screen.completing:
        return  # an open list has the keyboard
    elif isinstance(widget, Transcript):
        _to_hunk(keys, widget, widget.hunk_at(event.y))
    elif isinstance(widget, Changes):
        _to_file(keys, widget.path_at(event.y))
    elif isinstance(widget, Prompt):
        command = widget.command_at(event.x, event.y)
        if command is not None:
            _press(keys, command, Column.REVIEW)
        else:
            screen.give_keyboard(Where.PROMPT)
            widget.put_cursor(event.x, event.y)
    elif isinstance(widget, Rule):
        if screen.keyboard.where is Where.PROMPT and undecided(screen.scope):
            screen.to_review()
        else:
            screen.give_keyboard(Where.PROMPT)


def _to_hunk(keys: KeyRouter, transcript: Transcript, hunk_id: HunkId | None) -> None:
    if hunk_id is None or keys.code.shown or transcript is not keys.screen.body:
        return
    transcript.set_current(hunk_id)
    keys.screen.to_review()


def _to_file(keys: KeyRouter, path: str) -> None:
    """The file's first hunk that asks, else its first one, else the file itself."""
    if not path:
        return
    screen = keys.screen
    turn = screen.session.turn
    hunks = [h for h in turn.hunks if h.path == path] if turn is not None else []
    chosen = next((h for h in hunks if h.asks), hunks[0] if hunks else None)
    if chosen is None:
        keys.code.open(path)
        return
    screen.body.set_current(chosen.id)
    screen.body.reveal(chosen.id)
    screen.to_review()


def _press(keys: KeyRouter, command: str | None, column: Column) -> None:
    """As if the key of the command was pressed that is named there."""
    if command is None:
        return
    known = keys.screen.keymap.command(command)
    for where in (column, Column.ANY, Column.STRIP):
        names = known.keys_in(where)
        if names:
            for key in ([LEADER] if where is Column.STRIP else []) + [names[0]]:
                keys.press(Key(key, key if len(key) == 1 else None))
            return

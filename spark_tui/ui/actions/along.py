"""The list of what goes along with the draft: opened, changed, kept up to date."""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.context import LAST
from spark_tui.core.dataclass import replace
from spark_tui.ui.actions.code import CodeActions
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.handlers import Handler
from spark_tui.ui.input.focus import Where
from spark_tui.ui.lists.along import (
    ADDS,
    OUTLINES,
    TURNS,
    WORD,
    AlongKeys,
    along_list,
    of_ident,
)
from spark_tui.ui.lists.popup import PopupModel
from spark_tui.ui.messages import words


class AlongActions:
    """What is taken out of it stays with the draft; `typed` is called when the draft changed."""

    def __init__(self, screen: ActionContext, code: CodeActions, typed: Callable[[], None]) -> None:
        self.screen = screen
        self._code = code
        self._typed = typed
        self.commands: dict[str, Handler] = {
            "along": self.open,
            "same-in-rest": self._same_in_rest,
        }

    def open(self, _at: int) -> None:
        """Show it."""
        if self.screen.keyboard.where is Where.REVIEW:
            self.screen.give_keyboard(Where.PROMPT)
        self.screen.open_popup(self._model())

    def _same_in_rest(self, at: int) -> None:
        """Ask for what the person did last by hand, and show the places that it may be about."""
        prompt = self.screen.prompt
        text = prompt.draft.expanded().rstrip()
        prompt.replace(f"{text or words.SAME_IN_REST} @{LAST} ", prompt.omitted)
        self._typed()
        self.open(at)

    def follow(self) -> None:
        """More is known, or it was changed: an open list shows it."""
        popup = self.screen.popup
        if popup.model is not None and popup.model.word == WORD:
            model = self._model()
            if (model.items, model.title) != (popup.model.items, popup.model.title):
                popup.refill(model)

    def _model(self) -> PopupModel:
        screen = self.screen
        prompt, session = screen.prompt, screen.session
        preview = screen.conductor.preview(prompt.draft.expanded(), omitted=prompt.omitted)
        turns = words.remembered(preview.remembered, preview.remembered_tokens, session.turns)
        keys = AlongKeys(self._remove, self._open_code, self._add)
        return along_list(preview, prompt.omitted, session.endpoint.window, turns, keys)

    def _remove(self, chosen: str) -> None:
        """Take it out, or put it back."""
        prompt = self.screen.prompt
        omitted = prompt.omitted
        if chosen == ADDS:
            return
        if chosen == TURNS:
            prompt.omitted = replace(omitted, turns=not omitted.turns)
        elif chosen == OUTLINES:
            prompt.omitted = replace(omitted, outlines=not omitted.outlines)
        else:
            prompt.omitted = omitted.toggled(*of_ident(chosen))
        self.follow()
        self.screen.refresh_bars()

    def _open_code(self, chosen: str) -> None:
        """Show the code of a row; the prompt again for what is none."""
        if chosen == ADDS:
            self._add(chosen)
        elif chosen not in {TURNS, OUTLINES}:
            self._code.open(*of_ident(chosen))

    def _add(self, _chosen: str) -> None:
        """Begin a mention at the end of the draft."""
        screen = self.screen
        if screen.popup.model is not None:
            screen.close_popup()
        text = screen.prompt.draft.text
        screen.prompt.edit("line-end")
        screen.prompt.type("@" if not text or text[-1:].isspace() else " @")
        self._typed()

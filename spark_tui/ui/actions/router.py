"""From a key to what it does: popup, Ctrl+X strip, then the column that has the keyboard."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping

from textual.events import Key, Paste
from textual.timer import Timer

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.keyfile import looks_like_key
from spark_tui.ui.actions.along import AlongActions
from spark_tui.ui.actions.app import AppActions
from spark_tui.ui.actions.code import CodeActions
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.endpoints import EndpointActions
from spark_tui.ui.actions.handlers import Handler, KeyHandler, followed, merged
from spark_tui.ui.actions.outside import OutsideActions
from spark_tui.ui.actions.prompt import PromptActions
from spark_tui.ui.actions.review import ReviewActions
from spark_tui.ui.actions.send_guard import Sending
from spark_tui.ui.actions.shell import ShellActions
from spark_tui.ui.input.commands import Column, column_of, normal
from spark_tui.ui.input.focus import ALONE_NS, Where
from spark_tui.ui.input.key_names import LEADER
from spark_tui.ui.input.typed import typed_text
from spark_tui.ui.lists import contents
from spark_tui.ui.lists.popup import Item, PopupForm, PopupModel
from spark_tui.ui.messages import words
from spark_tui.ui.prompt.offer import OfferKind
from spark_tui.ui.undecided import undecided

STRIP_SECONDS = 0.4
"""After this long the keys of the Ctrl+X strip are shown."""


HELD_SECONDS = 1.0
"""Keys wait at most this long for the hunk before them to show what a key did to it."""

ON_HUNKS = frozenset(
    {"keep", "drop", "keep-file", "drop-file", "keep-all", "drop-all", "split", "edit", "comment"}
    | {"open", "undo", "ask-again", "next-open", "previous-open", "unfold", "place", "again"}
    | {"copy-hunk"}
)
"""Commands that wait for the first hunk of an answer."""

MOVES = frozenset({"up", "down", "ctrl+n", "pageup", "pagedown"})
"""Keys that go to a list while the prompt has the others."""

CLOSES = frozenset({"interrupt", "help", "palette", "endpoint"})
"""Commands whose keys close a popup, as Esc does."""


class KeyRouter:
    """Every key and paste of the screen comes here, in order.

    `handlers` do the commands, whoever has the keyboard; those of `code` go first where the code
    view has it. `key_handlers` do those whose keys each mean something. `more` are the commands
    of the screen itself.
    """

    def __init__(
        self,
        screen: ActionContext,
        code: CodeActions,
        sending: Sending,
        more: Mapping[str, Handler],
    ) -> None:
        self.screen = screen
        self.code = code
        self.review = ReviewActions(screen)
        self.outside = OutsideActions(screen)
        self.shell = ShellActions(screen, self.typed)
        self.endpoints = EndpointActions(screen)
        self.actions = AppActions(
            screen, code, self.review, self.shell, self.run_command, self.typed
        )
        offers = {
            OfferKind.CONFLICT: self.actions.take_conflict,
            OfferKind.COMMENT: self.outside.run_comment,
        }
        self.along = AlongActions(screen, code, self.typed)
        self.prompts = PromptActions(screen, sending, offers, self.run_command, self.along.open)
        own: dict[str, Handler] = {
            "endpoint": self.endpoints.open,
            "strip": lambda _: self.arm_strip(),
        }
        anywhere = merged(self.actions.commands, self.along.commands, more, own)
        self.handlers = merged(
            self.review.commands,
            followed(anywhere, screen.refresh_bars),
            followed(merged(self.outside.commands, self.prompts.commands), self.typed),
        )
        self.key_handlers: dict[str, KeyHandler] = {
            "place": lambda key, at: self.review.place(int(key), at),
            "type-mention": self.actions.type_with,
        }
        self._strip = False
        self._early: list[Key | Paste] = []
        self._held: deque[Key | Paste] = deque()
        self._patience: Timer | None = None

    def press(self, event: Key) -> None:
        """One key."""
        screen = self.screen
        if not screen.attached:
            self._press_early(event)
            return
        if self._waits(normal(event.key, event.character)):
            self._hold(event)
        else:
            self._press(event)

    def _press(self, event: Key) -> None:
        screen = self.screen
        at = int(event.time * 1e9)
        screen.instrument.pressed(at)
        if screen.keys_row.message:
            screen.say("")
        key = normal(event.key, event.character)
        if self._strip:
            self._end_strip()
            if key not in {"escape", LEADER}:
                self.run(screen.keymap.find(Column.STRIP, key), at, key)
            return
        if screen.popup.model is not None and self._popup_key(screen.popup.model, event, key, at):
            return
        if self.code.press(event, key, at):
            return
        if screen.keyboard.where is Where.PROMPT and self._vim_key(event, key, at):
            return
        command = screen.keymap.find(column_of(screen.keyboard.where), key)
        if command is None:
            self._text(event, key, at)
        else:
            if screen.keyboard.where is Where.PROMPT:
                screen.keyboard.pressed(at)
                screen.prompt.hold("")
            self.run(command, at, key)

    def go_on(self) -> None:
        """The screen shows what the last key did: those that waited for it are done, in order."""
        waited = len(self._held)
        while self._held and not self._behind:
            event = self._held.popleft()
            if isinstance(event, Key):
                self._press(event)
            else:
                self._paste(event)
        if len(self._held) != waited:
            self._wait_anew()
        if self._held and self.screen.body.behind:
            self.screen.body.when_painted(self.go_on)

    @property
    def held(self) -> bool:
        """True while keys wait for what the one before them did."""
        return bool(self._held)

    @property
    def _behind(self) -> bool:
        return self.screen.keyboard.where is Where.REVIEW and self.review.unsettled

    def _waits(self, key: str) -> bool:
        """True for a key that must see first what the one before it did; Esc never waits."""
        if self.screen.keymap.find(Column.ANY, key) in {"escape", "interrupt"}:
            self._held.clear()
            return False
        return bool(self._held) or self._behind

    def _hold(self, event: Key | Paste) -> None:
        if not self._held and self.screen.body.behind:
            self.screen.body.when_painted(self.go_on)
        self._held.append(event)
        if self._patience is None:
            self._wait_anew()

    def _wait_anew(self) -> None:
        """Each key that waits has all the time there is."""
        if self._patience is not None:
            self._patience.stop()
        later = self.screen.set_timer(HELD_SECONDS, self._held_too_long) if self._held else None
        self._patience = later

    def _held_too_long(self) -> None:
        self.review.give_up_waiting()
        self.go_on()

    def _vim_key(self, event: Key, key: str, at: int) -> bool:
        """The vim flavour's own keys; True when this was one of them."""
        prompt, vim = self.screen.prompt, self.screen.prompt.vim
        if vim is None:
            return False
        typed = typed_text(event.key.removeprefix("alt+"), event.character)
        both = event.key.startswith("alt+") and not self.screen.keymap.find(Column.PROMPT, key)
        if key == "escape":
            taken = vim.escape()
        elif not typed or (vim.insert and not both):
            return False
        elif typed in ":/?" and not vim.pending:
            self.run("help" if typed == "?" else "palette", at)
            return True
        else:
            if both:  # Esc and a letter in one breath look like Alt and the letter
                vim.escape()
            taken = vim.key(typed)
            if not taken:
                self.screen.say(words.VIM_NORMAL)
        if taken:
            self.screen.keyboard.pressed(at)
            prompt.changed()
            self.typed()
        return taken or key != "escape"

    def paste(self, event: Paste) -> None:
        """Pasted text is never keys: it goes to the prompt, or to what is open and takes it.

        A line that is looked for takes one line.
        """
        if not self.screen.attached:
            self._early.append(event)
        elif self._held or self._behind:
            self._hold(event)
        else:
            self._paste(event)

    def _paste(self, event: Paste) -> None:
        screen = self.screen
        if self._strip:
            self._end_strip()
        model = screen.popup.model
        if model is not None and model.form is not None:
            model.form.paste(event.text)
            return
        if model is not None and model.paste is not None:
            chosen = screen.popup.chosen()
            model.paste(chosen.id if chosen is not None else "", event.text)
            return
        if looks_like_key(event.text):
            screen.say(words.KEY_ELSEWHERE, error=True)
            return
        line = event.text.strip()
        if "\n" not in line and screen.popup.paste(line):
            return
        if screen.popup.model is not None and not screen.completing:
            screen.close_popup()
        if screen.keyboard.where is Where.REVIEW:
            screen.give_keyboard(Where.PROMPT)
        if self.code.paste(event.text):
            return
        before = screen.keyboard.pasted(int(event.time * 1e9))
        screen.prompt.hold("")
        if before:
            screen.prompt.type(before)
        screen.prompt.paste(event.text)
        self.typed()

    def replay(self) -> None:
        """There is a conductor: what waited for it is done, in order."""
        self.typed()
        early, self._early = self._early, []
        for event in early:
            if isinstance(event, Key):
                self.press(event)
            else:
                self.paste(event)

    def run_command(self, command: str) -> None:
        """Do a command chosen from a list."""
        self.run(command, time.monotonic_ns())

    def typed(self) -> None:
        """The draft changed: follow with completion and the rest."""
        screen = self.screen
        completion = self.prompts.completion()
        if completion is not None:
            if screen.completing:
                screen.popup.refill(completion)
            elif screen.popup.model is None:
                screen.popup.open(completion)
        elif screen.completing:
            screen.popup.close()
        screen.spark.drafts.touched()
        screen.refresh_bars()

    def arm_strip(self) -> None:
        """The next key is looked up in the Ctrl+X column."""
        self._strip = True
        self.screen.set_timer(STRIP_SECONDS, self._show_strip)

    def _show_strip(self) -> None:
        if self._strip and self.screen.popup.model is None:
            model = contents.strip_list(self.screen.keymap, self.screen.size.width)
            self.screen.open_popup(model)

    def _end_strip(self) -> None:
        self._strip = False
        model = self.screen.popup.model
        if model is not None and model.word == self.screen.keymap.leader:
            self.screen.close_popup()
        self.screen.refresh_bars()

    def _press_early(self, event: Key) -> None:
        """Before there is a conductor: typing is shown at once, all else waits, in order."""
        prompt = self.screen.prompt
        command = self.screen.keymap.find(Column.PROMPT, normal(event.key, event.character))
        typed = typed_text(event.key, event.character)
        if self._early or (not command and not typed):
            self._early.append(event)
        elif command is None and (typed not in "?/@" or not prompt.empty):
            prompt.type(typed)
        elif command is None or not prompt.edit(command):
            self._early.append(event)

    def run(self, command: str | None, at: int, key: str = "") -> None:
        """Do a command, which `key` named; None is a key that means nothing here."""
        one_shot = self.screen.one_shot
        if one_shot is not None and one_shot.press(command):
            return
        if command is None:
            self.screen.say(words.UNKNOWN_KEY)
        elif self._too_early(command):
            self.screen.say(words.NOT_YET)
        elif command in self.key_handlers:
            self.key_handlers[command](key, at)
        elif self.code.shown and command in self.code.commands:
            self.code.commands[command](at)
            self.screen.refresh_bars()
        else:
            self.handlers[command](at)

    def _too_early(self, command: str) -> bool:
        """True for a key that acts on hunks, in a review that has none yet."""
        screen = self.screen
        if screen.keyboard.where is not Where.REVIEW or command not in ON_HUNKS:
            return False
        return self.review.early and not undecided(screen.scope)

    def _text(self, event: Key, key: str, at: int) -> None:
        screen = self.screen
        character = typed_text(event.key, event.character)
        if not character:
            return
        if screen.keyboard.where is Where.REVIEW:
            screen.say(words.TYPING)
            return
        acts = character.isalnum() or character == "."
        review_key = acts and screen.keymap.find(Column.REVIEW, key) is not None
        text = screen.keyboard.typed(character, at, review_key=review_key)
        screen.prompt.hold("" if text else character)
        if text:
            screen.prompt.type(text)
            self.typed()
        else:
            screen.set_timer(ALONE_NS / 1e9, lambda: screen.prompt.hold(""))

    def _popup_key(self, model: PopupModel, event: Key, key: str, at: int) -> bool:
        """True when the popup took the key."""
        screen, popup = self.screen, self.screen.popup
        if model.form is not None:
            self._form_key(model.form, event, key)
            return True
        chosen = popup.chosen()
        if key in model.keys and chosen is not None:
            model.keys[key](chosen.id)
            return True
        if key == "escape":
            screen.close_popup()
            return True
        if key == "backspace" and model.filterable and not popup.filter:
            screen.close_popup()
            return True
        if key == "enter" and not self._sure(model, chosen):
            screen.close_popup()
            return False  # what is typed is text
        if key == "enter" or (key == "tab" and model.keeps_prompt):
            self._choose(model, at)
            return True
        if key == "tab" and model.tab is not None:
            self._choose(replace(model, choose=model.tab), at)
            return True
        if model.keeps_prompt:
            return key in MOVES and popup.key(key, None)
        if popup.key(key, event.character):
            return True
        command = screen.keymap.find(Column.ANY if model.filterable else Column.LIST, key)
        if command == "help" and model.has_help:
            self._list_help(model)
        elif command in CLOSES or (not model.filterable and key == "q"):
            screen.close_popup()
        return True

    def _sure(self, model: PopupModel, chosen: Item | None) -> bool:
        """Whether Enter means the chosen item: the person went to it, or it begins as typed."""
        if model.sure is None or chosen is None or self.screen.popup.moved:
            return True
        return model.sure(chosen.id)

    def _list_help(self, model: PopupModel) -> None:
        """Show the keys of an open list; closing them leads back to it as it was."""
        screen, place = self.screen, self.screen.popup.at()

        def back() -> None:
            screen.open_popup(model)
            screen.popup.reopen(model, place)

        screen.open_popup(contents.list_help(model, back))

    def _form_key(self, form: PopupForm, event: Key, key: str) -> None:
        screen = self.screen
        stops = screen.keymap.find(Column.ANY, key) == "interrupt"
        if key == "escape" or stops:
            if form.escape():
                screen.close_popup()
        elif key == "enter":
            if form.enter():
                screen.close_popup()
        else:
            form.key(event.key, event.character)

    def _choose(self, model: PopupModel, at: int) -> None:
        item = self.screen.popup.chosen()
        if item is None and model.choose is not None:
            return
        self.screen.close_popup()
        if item is not None and model.choose is not None:
            model.choose(item.id)
        if model.keeps_prompt:
            self.screen.keyboard.pressed(at)
            self.typed()

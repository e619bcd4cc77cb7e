"""What the prompt keys do beyond editing: send, queue, complete, quit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from spark_tui.core.context import CLIPBOARD, DIFF
from spark_tui.ui.actions.context import Stage
from spark_tui.ui.actions.send_guard import Sending
from spark_tui.ui.input.commands import SLASH, Column
from spark_tui.ui.lists.contents import help_list, slash_list
from spark_tui.ui.lists.popup import Item, PopupModel
from spark_tui.ui.messages import words
from spark_tui.ui.prompt.history import runs, said
from spark_tui.ui.prompt.offer import Kind
from spark_tui.ui.undecided import undecided

COMPLETIONS = 8

HELP = "?"
"""Alone in the prompt it shows the keys."""

MARKS = frozenset("?/!")
"""What is no instruction by itself."""

EXTRAS = {DIFF: "your changes since the last commit", CLIPBOARD: "the text you copied"}
"""What a mention can name besides files."""


class PromptActions:
    """Commands of the prompt column."""

    def __init__(
        self,
        stage: Stage,
        offers: Mapping[Kind, Callable[[int], None]],
        run_command: Callable[[str], None],
    ) -> None:
        """`offers` do what Enter takes on an empty prompt and is not of the prompt itself,
        `run_command` a command that is named.
        """
        self.stage = stage
        self._offers = {Kind.CUT: self._ask_anew, Kind.QUEUED: self._send_next, **offers}
        self.sending = Sending(stage)
        self.run_command = run_command
        self._table: dict[str, Callable[[int], None]] = {
            "send": self._send,
            "queue": self._tab,
            "delete-or-quit": self._delete_or_quit,
            "history-up": self._up,
            "history-down": self._down,
            "again": self._again,
            "new-topic": lambda _: self.let_go(),
        }

    def run(self, command: str, at: int) -> bool:
        """Do a command; False when it is none of the prompt."""
        action = self._table.get(command)
        if action is not None:
            action(at)
            return True
        if command == "kill-to-start" and self.stage.prompt.empty:
            self.let_go()  # there is nothing to kill but what goes along unasked
            return True
        return self.stage.prompt.edit(command)

    def send_queued(self, at: int) -> None:
        """Send the next queued instruction when the answer is complete and all is decided."""
        stage = self.stage
        if not stage.queue or stage.queue.held or undecided(stage.scope) or stage.running:
            return
        stage.keyboard.asked()
        stage.conductor.ask(stage.queue.take(), at)
        stage.chrome()

    def let_go(self) -> None:
        """What earlier turns sent or asked goes along no more."""
        stage = self.stage
        sticks = stage.conductor.preview("").again
        stage.conductor.let_go()
        stage.say(words.let_go(sticks) if sticks else words.NOTHING_STICKS)

    def completion(self) -> PopupModel | None:
        """The list for what is typed: a `?`, a command's name, a mention; None for none."""
        draft = self.stage.prompt.draft
        if draft.text == HELP:
            return self._help()
        if draft.command is not None:
            return slash_list(self.stage.keymap, draft.command, self._command)
        typed = self.stage.prompt.mention()
        if typed is None:
            return None
        extras = [name for name in EXTRAS if typed and name.startswith(typed)]
        found = [*extras, *self.stage.files.query(typed, COMPLETIONS - len(extras))]
        if not found or found[0] == typed:
            return None
        items = tuple(Item(path, path, right=EXTRAS.get(path, "")) for path in found)
        return PopupModel(
            "type",
            f"@{typed}",
            items,
            choose=self.stage.prompt.complete,
            note="Tab takes it · Esc closes",
            keeps_prompt=True,
        )

    def _help(self) -> PopupModel:
        """The keys, while nothing but a `?` is typed: what follows is a sentence."""
        prompt = self.stage.prompt

        def done() -> None:
            if prompt.draft.text == HELP:
                prompt.draft.clear()
                prompt.changed()

        model = help_list(self.stage.keymap, Column.PROMPT)
        return replace(model, keeps_prompt=True, cancelled=done, note=words.HELP_NOTE)

    def _command(self, ident: str) -> None:
        """A command was named: its name was no instruction."""
        prompt = self.stage.prompt
        prompt.draft.clear()
        prompt.changed()
        self.run_command(ident)

    def _send(self, at: int) -> None:
        stage = self.stage
        named = SLASH.get((stage.prompt.draft.command or "").lower())
        if named is not None:
            self._command(named)
            return
        if stage.prompt.draft.expanded().strip() in MARKS:
            return
        if not stage.prompt.draft.text.strip():
            offer = stage.offered.taken(at) if stage.prompt.empty else None
            if offer is not None:
                self._offers[offer.kind](at)
            return
        shell = stage.prompt.draft.runs
        text = stage.prompt.take()
        if shell:
            stage.run_line(text)
            return
        self.sending.send(text, at)

    def _ask_anew(self, at: int) -> None:
        turn = self.stage.session.turn
        if turn is not None:
            self.sending.send(turn.text, at)

    def _send_next(self, at: int) -> None:
        stage = self.stage
        if stage.queue:
            stage.keyboard.entered(at)
            stage.conductor.ask(stage.queue.take(), at)

    def _tab(self, _at: int) -> None:
        stage = self.stage
        busy = bool(undecided(stage.scope)) or stage.running
        if busy and stage.prompt.draft.runs:
            stage.say(words.NOT_QUEUED)
            return
        if not stage.prompt.draft.text.strip():
            stage.to_review()
        elif busy:
            stage.queue.add(stage.prompt.take())
        else:
            stage.say(words.NOTHING_RUNS)
        stage.chrome()

    def _delete_or_quit(self, at: int) -> None:
        stage = self.stage
        if not stage.prompt.empty:
            stage.prompt.edit("delete")
        elif stage.running and not stage.keyboard.quit_pressed(at):
            stage.say(words.QUIT_RUNNING)
        else:
            stage.quit()

    def _up(self, _at: int) -> None:
        stage = self.stage
        if stage.prompt.empty and stage.queue:
            stage.prompt.replace(stage.queue.pop())
            stage.chrome()
        else:
            stage.prompt.edit("history-up")

    def _down(self, _at: int) -> None:
        stage = self.stage
        if stage.prompt.empty and not stage.prompt.browsing:
            stage.to_review()
        else:
            stage.prompt.edit("history-down")

    def _again(self, at: int) -> None:
        stage = self.stage
        asked = [text for text in stage.prompt.history.entries if not runs(text)]
        if not asked:
            stage.say(words.NO_HISTORY)
            return
        stage.keyboard.entered(at)
        stage.conductor.ask(said(asked[-1]), at)

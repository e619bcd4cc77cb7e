"""What the prompt keys do beyond editing: send, queue, complete, quit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from spark_tui.core.context import CLIPBOARD, DIFF, LAST
from spark_tui.core.dataclass import replace
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.handlers import Handler
from spark_tui.ui.actions.send_guard import Sending
from spark_tui.ui.input.commands import SLASH, Column
from spark_tui.ui.lists.contents import help_list, slash_list
from spark_tui.ui.lists.popup import CLOSES, Item, ListKey, PopupModel
from spark_tui.ui.messages import words
from spark_tui.ui.prompt.history import runs, said
from spark_tui.ui.prompt.offer import OfferKind
from spark_tui.ui.undecided import undecided

COMPLETIONS = 8
FOLDERS = 2
"""So many of them are folders, where some begin as typed: a folder stands for its files."""

MOST_LOOKED = 40
"""Paths whose folders are looked at."""


HELP = "?"
"""Alone in the prompt it shows the keys."""

MARKS = frozenset("?/!")
"""What is no instruction by itself."""

EXTRAS = {
    DIFF: "your changes since the last commit",
    LAST: "what you saved last in your editor",
    CLIPBOARD: "the text you copied",
}
"""What a mention can name besides files."""


class PromptActions:
    """Commands of the prompt column."""

    def __init__(
        self,
        screen: ActionContext,
        sending: Sending,
        offers: Mapping[OfferKind, Handler],
        run_command: Callable[[str], None],
        along: Handler,
    ) -> None:
        """`offers` do what Enter takes on an empty prompt and is not of the prompt itself,
        `run_command` a command that is named, `along` shows what goes along.
        """
        self.screen = screen
        self._offers = {OfferKind.CUT: self._ask_anew, OfferKind.QUEUED: self._send_next, **offers}
        self.sending = sending
        self.run_command = run_command
        self._along = along
        self.commands: dict[str, Handler] = {
            **{command: self._edit(command) for command in screen.prompt.edits},
            "kill-to-start": self._kill_to_start,
            "send": self._send,
            "queue": self._tab,
            "delete-or-quit": self._delete_or_quit,
            "history-up": self._up,
            "history-down": self._down,
            "again": self._again,
            "new-topic": lambda _: self.let_go(),
        }

    def _edit(self, command: str) -> Handler:
        return lambda _at: self.screen.prompt.edit(command)

    def _kill_to_start(self, _at: int) -> None:
        """In an empty prompt there is nothing to kill but what goes along unasked."""
        if self.screen.prompt.empty:
            self.let_go()
        else:
            self.screen.prompt.edit("kill-to-start")

    def send_queued(self, at: int) -> None:
        """Send the next queued instruction when the answer is complete and all is decided."""
        screen = self.screen
        if not screen.queue or screen.queue.held or undecided(screen.scope) or screen.running:
            return
        screen.keyboard.asked()
        self._ask_next(at)
        screen.refresh_bars()

    def _ask_next(self, at: int) -> None:
        text = self.screen.queue.take()
        self.screen.conductor.ask(text, at, self.screen.queue.omitted(text))

    def let_go(self) -> None:
        """What earlier turns sent or asked goes along no more."""
        screen = self.screen
        before = screen.conductor.preview("")
        screen.conductor.let_go()
        turns = len(before.remembered)
        sticks = before.again or turns
        screen.say(words.let_go(before.again, turns) if sticks else words.NOTHING_STICKS)

    def completion(self) -> PopupModel | None:
        """The list for what is typed: a `?`, a command's name, a mention; None for none."""
        draft = self.screen.prompt.draft
        if draft.text == HELP:
            return self._help()
        if draft.command is not None:
            return slash_list(self.screen.keymap, draft.command, self._command)
        typed = self.screen.prompt.mention()
        if typed is None:
            return None
        extras = [name for name in EXTRAS if typed and name.startswith(typed)]
        likely = self.screen.files.query(typed, MOST_LOOKED)
        folders = _folders(typed.lower(), likely)[:FOLDERS] if typed else []
        found = [*extras, *likely[: COMPLETIONS - len(extras) - len(folders)], *folders]
        if not found or found[0] == typed:
            return None
        items = tuple(Item(path, path, right=_told(path)) for path in found)
        return PopupModel(
            "type",
            f"@{typed}",
            items,
            choose=self.screen.prompt.complete,
            note=(ListKey("Tab", "takes it"), CLOSES),
            keeps_prompt=True,
            sure=partial(_begins, typed.lower()),
        )

    def _help(self) -> PopupModel:
        """The keys, while nothing but a `?` is typed: what follows is a sentence."""
        prompt = self.screen.prompt

        def done() -> None:
            if prompt.draft.text == HELP:
                prompt.draft.clear()
                prompt.changed()

        model = help_list(self.screen.keymap, Column.PROMPT)
        return replace(model, keeps_prompt=True, cancelled=done, note=(words.HELP_NOTE, CLOSES))

    def _command(self, ident: str) -> None:
        """A command was named: its name was no instruction."""
        prompt = self.screen.prompt
        prompt.draft.clear()
        prompt.changed()
        self.run_command(ident)

    def _send(self, at: int) -> None:
        screen = self.screen
        named = SLASH.get((screen.prompt.draft.command or "").lower())
        if named is not None:
            self._command(named)
            return
        if screen.prompt.draft.expanded().strip() in MARKS:
            return
        if not screen.prompt.draft.text.strip():
            offer = screen.offered.taken(at) if screen.prompt.empty else None
            if offer is not None:
                self._offers[offer.kind](at)
            return
        shell, omitted = screen.prompt.draft.runs, screen.prompt.omitted
        text = screen.prompt.take()
        if shell:
            screen.run_line(text)
            return
        self.sending.send(text, at, omitted)

    def _ask_anew(self, at: int) -> None:
        turn = self.screen.session.turn
        if turn is not None:
            self.sending.send(turn.text, at)

    def _send_next(self, at: int) -> None:
        screen = self.screen
        if screen.queue:
            screen.keyboard.entered(at)
            self._ask_next(at)

    def _tab(self, at: int) -> None:
        screen = self.screen
        busy = bool(undecided(screen.scope)) or screen.running
        if busy and screen.prompt.draft.runs:
            screen.say(words.NOT_QUEUED)
            return
        if not screen.prompt.draft.text.strip():
            screen.to_review()
        elif busy:
            omitted = screen.prompt.omitted
            screen.queue.add(screen.prompt.take(), omitted)
        elif screen.prompt.draft.runs:
            screen.say(words.NOTHING_RUNS)
        else:
            self._along(at)
        screen.refresh_bars()

    def _delete_or_quit(self, at: int) -> None:
        screen = self.screen
        if not screen.prompt.empty:
            screen.prompt.edit("delete")
        elif screen.running and not screen.keyboard.quit_pressed(at):
            screen.say(words.QUIT_RUNNING)
        else:
            screen.quit()

    def _up(self, _at: int) -> None:
        screen = self.screen
        if screen.prompt.empty and screen.queue:
            text = screen.queue.pop()
            screen.prompt.replace(text, screen.queue.omitted(text))
            screen.refresh_bars()
        else:
            screen.prompt.edit("history-up")

    def _down(self, _at: int) -> None:
        screen = self.screen
        if screen.prompt.empty and not screen.prompt.browsing:
            screen.to_review()
        else:
            screen.prompt.edit("history-down")

    def _again(self, at: int) -> None:
        screen = self.screen
        asked = [text for text in screen.prompt.history.entries if not runs(text)]
        if not asked:
            screen.say(words.NO_HISTORY)
            return
        screen.keyboard.entered(at)
        screen.conductor.ask(said(asked[-1]), at)


def _begins(typed: str, path: str) -> bool:
    """Whether a path, or a name in it, begins with what is typed."""
    return bool(typed) and any(
        path[at:].lower().startswith(typed)
        for at in (0, *(n + 1 for n, letter in enumerate(path) if letter == "/"))
    )


def _folders(typed: str, paths: Sequence[str]) -> list[str]:
    """Folders of these paths, those first that begin as typed."""
    out: dict[str, None] = {}
    for path in paths:
        at = path.find("/")
        while at >= 0:
            folder = path[: at + 1]
            name = folder[:-1].rpartition("/")[2].lower()
            if name.startswith(typed.rstrip("/")) or folder.lower().startswith(typed):
                out[folder] = None
            at = path.find("/", at + 1)
    return list(out)


def _told(path: str) -> str:
    """What a mention stands for where it is no file."""
    return "folder" if path.endswith("/") else EXTRAS.get(path, "")

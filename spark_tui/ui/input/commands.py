"""The one command table: key bindings, palette, help and keys row are all made from it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.errors import SettingsError, together
from spark_tui.ui.input.focus import Where
from spark_tui.ui.input.key_names import LEADER, NEVER_BOUND, normal, parse_key, shown

__all__ = [
    "NEVER_BOUND",
    "TABLE",
    "Column",
    "Command",
    "Keymap",
    "column_of",
    "normal",
    "shown",
]


class Column(StrEnum):
    """Where a key means something. A key means one thing per column."""

    PROMPT = "prompt"
    REVIEW = "review"
    LIST = "list"
    TREE = "review of changes"
    ANY = "anywhere"
    STRIP = "Ctrl+X then"


def column_of(where: Where) -> Column:
    """The column that has the keys of who has the keyboard."""
    columns = {Where.REVIEW: Column.REVIEW, Where.CODE: Column.LIST, Where.TREE: Column.TREE}
    return columns.get(where, Column.PROMPT)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    `keys` are Textual key names per column; `title` is the palette and help line; `hint` the words
    after the key in the keys row, "" for never there; `short` the same at 60 columns.
    """

    id: str
    title: str
    keys: tuple[tuple[Column, tuple[str, ...]], ...]
    hint: str = ""
    short: str = ""
    palette: bool = True

    def keys_in(self, column: Column) -> tuple[str, ...]:
        """The keys in `column`, the shown one first."""
        return next((keys for where, keys in self.keys if where is column), ())


P, R, L, A, X = Column.PROMPT, Column.REVIEW, Column.LIST, Column.ANY, Column.STRIP
T = Column.TREE


def _c(
    ident: str,
    title: str,
    *keys: tuple[Column, str],
    hint: str = "",
    short: str = "",
    palette: bool = True,
) -> Command:
    split = tuple((column, tuple(names.split())) for column, names in keys)
    return Command(ident, title, split, hint, short, palette)


TABLE: tuple[Command, ...] = (
    # review of anyone's changes
    _c("seen", "this hunk is seen", (T, "y"), hint="seen", short="seen", palette=False),
    _c("seen-file", "all hunks of the file are seen", (T, "a"), hint="file seen", palette=False),
    _c("seen-all", "all hunks are seen", (T, "A"), hint="all seen", palette=False),
    _c(
        "discard",
        "discard this hunk: taken out of the tree, undoable",
        (T, "d"),
        hint="discard",
        short="discard",
        palette=False,
    ),
    _c("remark", "a remark about this hunk", (T, "c"), hint="remark", palette=False),
    _c("send-remarks", "send the remarks", (T, "enter"), hint="send", palette=False),
    _c("copy-remarks", "copy the remarks, else the hunk", (T, "Y"), hint="copy", palette=False),
    _c("close-review", "close the review", (T, "q"), hint="close", short="close", palette=False),
    _c(
        "blanks",
        "in a review of changes: fold hunks that change only blanks",
        (X, "b"),
        hint="only blanks",
        palette=False,
    ),
    # review
    _c("keep", "keep this hunk", (R, "y"), hint="keep", short="keep"),
    _c("drop", "drop this hunk", (R, "n"), hint="drop", short="drop"),
    _c("keep-file", "keep this and later hunks of the file", (R, "a"), hint="keep file"),
    _c("drop-file", "drop this and later hunks of the file", (R, "d"), hint="drop file"),
    _c("keep-all", "keep every hunk that has arrived", (R, "A"), hint="keep all", short="all"),
    _c("drop-all", "drop all open hunks and end the review", (R, "q")),
    _c("split", "split this hunk into its separate changes", (R, "s"), (T, "s"), hint="split"),
    _c("edit", "edit this hunk by hand in your editor", (R, "e"), hint="edit"),
    _c("comment", "say something about this hunk", (R, "c"), hint="comment"),
    _c("open", "open the file at this line in your editor", (R, "o"), (T, "e o"), (L, "o")),
    _c(
        "undo",
        "take back the last decision",
        (R, "u"),
        (T, "u"),
        (L, "u"),
        (X, "u"),
        hint="undo",
        short="undo",
    ),
    _c("undo-list", "undo list", (R, "U"), (T, "U"), (L, "U"), (X, "U"), hint="undo list"),
    _c("ask-again", "ask again for this hunk", (R, "r"), hint="ask again"),
    _c("next-open", "next open hunk", (R, "j"), (T, "j"), hint="next", short="next"),
    _c("previous-open", "previous open hunk", (R, "k"), (T, "k")),
    _c("next-any", "next hunk", (R, "J"), (T, "J")),
    _c("previous-any", "previous hunk", (R, "K"), (T, "K")),
    _c("unfold", "unfold, then more lines around", (R, "x"), (T, "x")),
    _c("race-left", "race: the left column", (R, "h"), hint="left", short="left"),
    _c("race-right", "race: the right column", (R, "l"), hint="right", short="right"),
    _c("place", "place an ambiguous hunk", (R, "1 2 3 4 5 6 7 8 9"), palette=False),
    _c("again", "the last instruction again", (R, "."), (L, "."), (X, ".")),
    _c("type", "type an instruction", (R, "i enter tab"), hint="types", palette=False),
    _c("type-mention", "type, starting with this character", (R, "@ / !"), palette=False),
    _c("copy-hunk", "copy the selection, else this hunk, without line numbers", (R, "Y"), (L, "Y")),
    _c("body-up", "scroll up", (R, "up"), (T, "up"), palette=False),
    _c("body-down", "scroll down", (R, "down"), (T, "down"), palette=False),
    _c(
        "code-left",
        "long lines back to the left",
        (R, "left"),
        (T, "left"),
        (L, "left"),
        palette=False,
    ),
    _c(
        "code-right",
        "long lines further to the right",
        (R, "right"),
        (T, "right"),
        (L, "right"),
        palette=False,
    ),
    _c(
        "half-page-down",
        "half a page down",
        (R, "ctrl+d"),
        (T, "ctrl+d"),
        (L, "ctrl+d"),
        palette=False,
    ),
    _c(
        "half-page-up", "half a page up", (R, "ctrl+u"), (T, "ctrl+u"), (L, "ctrl+u"), palette=False
    ),
    _c("space-down", "a page down", (R, "space"), (T, "space"), (L, "space"), palette=False),
    # prompt
    _c(
        "send",
        "send, steer or refine; empty: what is offered",
        (P, "enter"),
        hint="send",
        short="send",
        palette=False,
    ),
    _c("new-line", "new line", (P, "ctrl+j"), hint="new line", palette=False),
    _c(
        "queue",
        "accept, queue, else what goes along; empty: review",
        (P, "tab"),
        hint="queue",
        palette=False,
    ),
    _c("delete-or-quit", "delete; empty and nothing runs: quit", (P, "ctrl+d"), palette=False),
    _c("history-up", "row up, at the edge older instruction", (P, "up"), palette=False),
    _c("history-down", "row down, newer instruction; empty: review", (P, "down"), palette=False),
    _c("history-search", "search the history", (P, "ctrl+r")),
    _c(
        "editor",
        "write the instruction in your editor",
        (P, "ctrl+g"),
        (X, "e ctrl+e"),
        hint="editor",
    ),
    _c("left", "left", (P, "left ctrl+b"), palette=False),
    _c("right", "right", (P, "right ctrl+f"), palette=False),
    _c("word-left", "word left", (P, "alt+b alt+left ctrl+left"), palette=False),
    _c("word-right", "word right", (P, "alt+f alt+right ctrl+right"), palette=False),
    _c("line-start", "start of line", (P, "ctrl+a home"), palette=False),
    _c("line-end", "end of line", (P, "ctrl+e end"), palette=False),
    _c("backspace", "delete before", (P, "backspace ctrl+h"), palette=False),
    _c("delete", "delete", (P, "delete"), palette=False),
    _c("kill-word-back", "kill word before", (P, "ctrl+w"), palette=False),
    _c("kill-small-word-back", "kill word before", (P, "alt+backspace"), palette=False),
    _c("kill-word", "kill word", (P, "alt+d"), palette=False),
    _c("kill-to-start", "kill to start of line", (P, "ctrl+u"), palette=False),
    _c("kill-to-end", "kill to end of line", (P, "ctrl+k"), palette=False),
    _c("yank", "put back what was killed", (P, "ctrl+y"), palette=False),
    _c("undo-typing", "undo in the prompt", (P, "ctrl+underscore"), palette=False),
    # code view
    _c("say", "say what to change about the lines", (L, "enter e"), hint="say", short="say"),
    _c("select-lines", "select lines", (L, "v"), hint="select", short="select"),
    _c("line-down", "line down", (L, "j down"), palette=False),
    _c("line-up", "line up", (L, "k up"), palette=False),
    _c("first-line", "first line of the file", (L, "g home"), palette=False),
    _c("last-line", "last line of the file", (L, "G end"), palette=False),
    _c("find-in-file", "find in the file", (L, "/"), (X, "/"), hint="find"),
    _c("find-next", "next place that was found", (L, "n"), palette=False),
    _c("find-previous", "previous place that was found", (L, "N"), palette=False),
    _c("preset", "say a preset instruction", (L, "1 2 3 4 5 6 7 8 9"), palette=False),
    _c("to-prompt", "to the prompt, naming the lines", (L, "tab"), hint="prompt", palette=False),
    _c("back", "back to where you were", (L, "q"), hint="back", short="back", palette=False),
    # anywhere
    _c("escape", "close, else stop the run, else review", (A, "escape"), hint="stop"),
    _c("interrupt", "stop now; idle: draft to history; twice quits", (A, "ctrl+c")),
    _c("page-up", "a page up", (A, "pageup"), palette=False),
    _c("page-down", "a page down", (A, "pagedown"), palette=False),
    _c(
        "help",
        "help for where you are",
        (R, "?"),
        (T, "?"),
        (L, "?"),
        (A, "f1"),
        hint="more",
        short="more",
    ),
    _c("palette", "everything", (A, "ctrl+p"), hint="everything", palette=False),
    _c("switch", "prompt, or review", (A, "ctrl+o"), hint="review"),
    _c("latency", "latency: line, full, off", (A, "f2"), (X, "l"), hint="latency"),
    _c("endpoint", "endpoint list", (A, "f3"), (X, "m"), hint="endpoint"),
    _c("race", "race: the next instruction to two endpoints", (A, "f4")),
    _c("mode", "ask, auto-apply, read-only", (A, "shift+tab")),
    _c("redraw", "redraw the screen", (A, "ctrl+l")),
    _c("suspend", "suspend to the shell", (A, "ctrl+z")),
    _c("strip", "more keys", (A, "ctrl+x"), palette=False),
    _c("mouse", "mouse off, on", (A, "f5")),
    # Ctrl+X strip
    _c("find-file", "find a file", (X, "f"), hint="find file"),
    _c(
        "new-topic",
        "new topic: what earlier turns sent goes along no more",
        (X, "n"),
        hint="new topic",
    ),
    _c("along", "what goes along with the instruction", (X, "i"), hint="what goes along"),
    _c(
        "same-in-rest",
        "do the same in the rest: what you saved last in your editor",
        (X, "="),
        hint="same in the rest",
    ),
    _c("clear", "start afresh: an empty screen, nothing of before goes along"),
    _c("diff", "what differs from the last commit"),
    _c("redo", "redo the last undo", (X, "r"), hint="redo"),
    _c("scope", "review the whole session, or the last turn", (X, "d"), hint="scope"),
    _c("run-comment", "run the AI! comment", (X, "a"), hint="run the AI!"),
    _c("green", "green loop: fix until the check passes", (X, "g"), hint="green loop"),
    _c("check-output", "all that the check printed", (X, "K"), hint="check's output"),
    _c("say-check", "put the failed check into the prompt", (X, "k"), hint="check result"),
    _c("side-by-side", "unified, or side by side", (X, "v"), hint="side by side"),
    _c("commit", "commit the edits on disk, with a message to edit", (X, "c"), hint="commit"),
    _c("changes", "review changes, whoever made them", (X, "w"), hint="changes"),
    _c("copy", "copy this hunk", (X, "y"), hint="copy", palette=False),
    _c("trace", "where the latency trace of this turn is", (X, "t"), hint="trace"),
    _c("stats", "figures of this session, by endpoint", (X, "s"), hint="session figures"),
    _c("sessions", "sessions here: go on with an earlier one", (X, "o"), hint="sessions"),
    _c("theme", "choose a theme", (X, "p"), hint="theme"),
    _c("attach", "attach what the last !command printed", (X, "!"), hint="attach"),
    _c("quit", "quit"),
)


SLASH = {
    "help": "help",
    "model": "endpoint",
    "endpoint": "endpoint",
    "clear": "clear",
    "new": "clear",
    "undo": "undo",
    "diff": "diff",
    "theme": "theme",
    "quit": "quit",
    "exit": "quit",
    "files": "find-file",
    "changes": "changes",
    "commit": "commit",
    "copy": "copy",
    "editor": "editor",
    "history": "history-search",
    "race": "race",
    "mode": "mode",
    "sessions": "sessions",
    "stats": "stats",
    "redo": "redo",
    "green": "green",
}
"""Names typed behind a `/`, as other tools have them, and the commands they are."""


class Keymap:
    """The table after remaps, as a lookup. Built once at start."""

    def __init__(self, remaps: Mapping[str, str] | None = None) -> None:
        """Raises SettingsError with all that is wrong; it names both commands of a clash."""
        self._wrong: list[SettingsError] = []
        self._remapped = frozenset(remaps or ())
        self.table = _remapped(remaps or {}, self._wrong)
        self._by_id = {command.id: command for command in self.table}
        self._lookup: dict[tuple[Column, str], str] = {}
        for command in self.table:
            for column, keys in command.keys:
                for key in keys:
                    self._claim(column, key, command.id)
        if self._wrong:
            raise together(self._wrong)

    def find(self, column: Column, key: str) -> str | None:
        """The command id of `key` in `column`, else in the `anywhere` column."""
        return self._lookup.get((column, key)) or (
            self._lookup.get((Column.ANY, key)) if column is not Column.STRIP else None
        )

    def command(self, ident: str) -> Command:
        """The command with this id."""
        return self._by_id[ident]

    def key_of(self, ident: str, *columns: Column) -> str:
        """The key to show for a command: its first one in the first column that has one."""
        command = self._by_id[ident]
        for column in (*columns, Column.ANY, Column.STRIP):
            keys = command.keys_in(column)
            if keys:
                prefix = f"{self.leader} " if column is Column.STRIP else ""
                return prefix + shown(keys[0])
        return ""

    @property
    def leader(self) -> str:
        """The key that stands before those of the strip."""
        return shown(self._by_id["strip"].keys_in(Column.ANY)[0])

    def _claim(self, column: Column, key: str, ident: str) -> None:
        shared = (
            list(Column)
            if column is Column.ANY
            else [column, Column.ANY]
            if column is not Column.STRIP
            else [column]
        )
        for where in shared:
            if column is Column.ANY and where is Column.STRIP:
                continue
            other = self._lookup.get((where, key))
            if other is not None and other != ident:
                what = f"keys: {shown(key)} is both {other} and {ident} in {column.value}"
                moved = ident if ident in self._remapped else other
                hint = "give one of them another key"
                self._wrong.append(SettingsError(what, hint, key=f"keys.{moved}"))
                return
        self._lookup[(column, key)] = ident


def _remapped(remaps: Mapping[str, str], wrong: list[SettingsError]) -> tuple[Command, ...]:
    known = {command.id: command for command in TABLE}
    chosen: dict[str, tuple[Column | None, str]] = {}
    for ident, text in remaps.items():
        at = f"keys.{ident}"
        if ident not in known:
            near = _nearest(ident, set(known))
            hint = f"nearest: {near}" if near else "spark-tui keys --list names them"
            wrong.append(SettingsError(f"keys: there is no command {ident}", hint, key=at))
            continue
        column, key = _parsed(text)
        if not key:
            hint = "spark-tui keys says what yours are called"
            wrong.append(SettingsError(f"keys: {ident}: {text!r} is no key", hint, key=at))
        elif key in NEVER_BOUND and not any(key in keys for _, keys in known[ident].keys):
            what = f"keys: {ident} can't be {shown(key)}, which is {NEVER_BOUND[key]}"
            wrong.append(SettingsError(what, "take another key", key=at))
        else:
            chosen[ident] = (column, key)
    return tuple(_with_key(c, *chosen[c.id]) if c.id in chosen else c for c in TABLE)


def _parsed(text: str) -> tuple[Column | None, str]:
    """The key of a remap ("" for none), and its column where the leader stands before it."""
    first, _, rest = text.strip().partition(" ")
    strip = bool(rest) and parse_key(first) == LEADER
    return (Column.STRIP if strip else None), parse_key(rest if strip else text)


def _with_key(command: Command, column: Column | None, key: str) -> Command:
    """The command with its keys in `column` (None: the first it has) replaced by `key`."""
    where = column or (command.keys[0][0] if command.keys else Column.ANY)
    rest = tuple(pair for pair in command.keys if pair[0] is not where)
    return replace(command, keys=((where, (key,)), *rest))


def _nearest(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.5)), "")

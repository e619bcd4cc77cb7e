"""What helps, in the words of each surface: the screen, the plain mode, a shell. Pure.

One row for each `Remedy`; "" where a surface has no such thing. The screen's words are a command,
named by its key; plain mode names what can be typed there; a shell has neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from spark_tui.core.errors import SettingsError, SparkError
from spark_tui.core.remedy import Remedy, Way
from spark_tui.ui.messages.message import BETWEEN, Key, Message, joined, key
from spark_tui.ui.messages.message import WayOut as ScreenWay


class Words(NamedTuple):
    """One remedy. `joint` stands before it behind another; a `fact` belongs to what happened."""

    screen: Key | str
    plain: str = ""
    shell: str = ""
    joint: str = BETWEEN
    fact: bool = False


TABLE: dict[Remedy, Words] = {
    # about one hunk
    Remedy.ASK_AGAIN: Words(
        key("ask-again", "asks again"), "r and its number asks again", "try again"
    ),
    Remedy.ASK_ON_IT: Words(
        key("ask-again", "asks on it"), "r and its number asks on it", "try again on that text"
    ),
    Remedy.BY_HAND: Words(key("edit", "by hand")),
    Remedy.EDIT_IT: Words(key("edit", "edits it")),
    Remedy.EDIT_AGAIN: Words(key("edit", "again")),
    Remedy.DROP: Words(
        key("drop", "drops"), "n and its number drops it", "take it out of the edit"
    ),
    Remedy.KEEP_ONE: Words(key("keep", "keeps one"), "y and its number keeps one"),
    Remedy.KEEP_OTHERS: Words(key("keep", "keeps the others"), "A keeps the others"),
    Remedy.KEEP_AGAIN: Words(
        key("keep", "again", joint=", "), "y and its number again", "try again", ", "
    ),
    Remedy.KEEP_FIRST: Words(key("keep", "writes it"), "y and its number writes it"),
    # about what was decided
    Remedy.TAKE_BACK: Words(key("undo", "takes back"), "u takes back"),
    Remedy.TAKE_DECISION_BACK: Words(
        key("undo", "takes a decision back"), "u takes a decision back"
    ),
    Remedy.REDO: Words(key("redo", "redoes", joint=", ")),
    Remedy.OPEN_IT: Words(key("open", "opens it")),
    Remedy.SHOW_BOTH: Words(key("undo-list", "shows both")),
    Remedy.HUNKS_STAY: Words("hunks stay open", "its hunks stay open", joint=", ", fact=True),
    # about an answer
    Remedy.RETRY: Words(key("history-up send", "tries again"), "send it again", "try again"),
    Remedy.SEND: Words(key("history-up send", "sends", joint=", "), "send it again", joint=", "),
    Remedy.DRAFT_KEPT: Words("draft kept", joint=", ", fact=True),
    Remedy.STOP: Words(key("escape", "stops"), "/stop stops it"),
    Remedy.STOP_BOTH: Words(key("escape", "stops both"), "/stop stops both"),
    Remedy.DECIDE_RACE: Words("a first keep decides it", "a first keep decides it"),
    Remedy.CHANGE_MODE: Words(key("mode", "changes that"), "/mode ask changes that"),
    Remedy.FIND_FILE: Words(key("find-file", "finds a file")),
    # about an endpoint
    Remedy.OTHER_ENDPOINT: Words(key("endpoint", "another"), "/endpoint names others"),
    Remedy.SET_KEY: Words(
        key("endpoint", "sets one", joint=", or "), "", "set one up in spark-tui", ", or "
    ),
    Remedy.NEW_KEY: Words(key("endpoint", "sets a new one"), "set a new one", "set a new one"),
    Remedy.SET_MODEL: Words(
        key("endpoint", "sets the model"), "set model in config.toml", "set SPARK_TUI_MODEL"
    ),
    Remedy.SET_ENDPOINT: Words(key("endpoint", "sets it"), "set it in config.toml"),
    Remedy.ADD_ENDPOINT: Words(
        key("endpoint", "sets one up"), "set one up in config.toml", "set one up in spark-tui"
    ),
    Remedy.SHOW_ADDRESS: Words(
        key("endpoint", "shows the address"),
        "check base_url in config.toml",
        "check base_url and model",
    ),
    Remedy.SIGN_IN: Words(key("endpoint", "signs in"), "spark-tui login", "spark-tui login"),
    Remedy.STOP_WAITING: Words(key("endpoint", "again stops waiting")),
    # about a recorded turn
    Remedy.SHOW_TIMES: Words(key("latency", "shows where the time went")),
    Remedy.PLAY_REST: Words(key("escape", "plays the rest at once")),
    Remedy.QUIT: Words(key("interrupt", "twice quits"), "/quit ends"),
}


def on_screen(
    what: str,
    remedies: Iterable[Way],
    *,
    error: bool = False,
    instead: Mapping[Remedy, Key] = MappingProxyType({}),
) -> Message:
    """The message for the screen; `instead` are other keys for some of the remedies."""
    ways: list[ScreenWay] = []
    for way in remedies:
        if not isinstance(way, Remedy):
            ways.append(way)
            continue
        words = TABLE[way]
        if way in instead:
            ways.append(instead[way])
        elif words.fact:
            what = f"{what}{words.joint}{words.screen}"
        elif words.screen:
            ways.append(words.screen)
    return Message(what, tuple(ways), error)


def in_plain(what: str, remedies: Iterable[Way] = ()) -> str:
    """The line for plain mode, which has neither keys nor a draft."""
    return _line(what, remedies, "plain")


def in_shell(what: str, remedies: Iterable[Way] = ()) -> str:
    """The line for a shell, where nothing waits for a key."""
    return _line(what, remedies, "shell")


def shell_line(error: SparkError) -> str:
    """An error as the one line a shell shows, or a JSON object holds."""
    line = in_shell(error.what, error.remedies)
    others = error.others if isinstance(error, SettingsError) else ()
    return f"{line} · {len(others)} more" if others else line


def shell_lines(error: SparkError) -> tuple[str, ...]:
    """An error as a shell shows it: a line for each thing that is wrong."""
    others = error.others if isinstance(error, SettingsError) else ()
    return (in_shell(error.what, error.remedies), *map(shell_line, others))


def _line(what: str, remedies: Iterable[Way], surface: str) -> str:
    ways: list[tuple[str, str]] = []
    for way in remedies:
        words = TABLE[way] if isinstance(way, Remedy) else Words("", way, way)
        text: str = getattr(words, surface)
        if text and words.fact:
            what = f"{what}{words.joint}{text}"
        elif text:
            ways.append((words.joint, text))
    return joined(what, ways)

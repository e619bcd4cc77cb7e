"""A message of the screen: what happened, then what helps, each with the command that does it.

Its keys get their names only when it is painted: as they are in the person's keymap, for who has
the keyboard then. Where letters are text `u` is `Ctrl+X u`, and what only the review has is named
with the key that leads there. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from spark_tui.core.dataclass import dataclass
from spark_tui.ui.input.commands import Column, Keymap, column_of, shown
from spark_tui.ui.input.focus import Where

BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Key:
    """A way out that is a key: `u takes it back`.

    `commands` are pressed one after the other. `does` is what they do, "" for what needs no word.
    Of a command with several keys the first `count` are named. `review` does it in the review,
    where that is another command. `joint` stands before it, behind another way out.
    """

    commands: tuple[str, ...]
    does: str = ""
    count: int = 1
    review: Key | None = None
    joint: str = BETWEEN

    def text(self, where: Where, keymap: Keymap) -> str:
        """The key as `where` has it, and what it does."""
        if self.review is not None and where is Where.REVIEW:
            return self.review.text(where, keymap)
        names: list[str] = []
        led = ""
        for command in self.commands:
            lead, name = key_names(command, where, keymap, self.count)
            names += [name] if lead == led else [lead, name]
            led = lead
        return " ".join(part for part in (*names, self.does) if part)

    def depends(self, keymap: Keymap) -> bool:
        """Whether its name depends on who has the keyboard."""
        if self.review is not None:
            return True
        return any(
            keymap.command(command).keys_in(column)
            for command in self.commands
            for column in (Column.PROMPT, Column.REVIEW, Column.LIST)
        )


WayOut = Key | str


@dataclass(frozen=True, slots=True)
class Message:
    """One line: `what`, then `ways`; an `error` stays until a key."""

    what: str
    ways: tuple[WayOut, ...] = ()
    error: bool = False

    def __bool__(self) -> bool:
        """False where nothing is said."""
        return bool(self.what or self.ways)

    def text(self, where: Where, keymap: Keymap) -> str:
        """The line as it is painted while `where` has the keyboard."""
        return joined(
            self.what,
            (
                (way.joint, way.text(where, keymap)) if isinstance(way, Key) else (BETWEEN, way)
                for way in self.ways
            ),
        )

    def lasting(self, keymap: Keymap) -> str:
        """The line for where it stays: without keys that depend on who has the keyboard."""
        ways = [w for w in self.ways if isinstance(w, str) or not w.depends(keymap)]
        return Message(self.what, tuple(ways)).text(Where.PROMPT, keymap)


Sayable = Message | str
"""What is said: a text names no key."""


def message(said: Sayable, *, error: bool = False) -> Message:
    """What is said as a message."""
    if isinstance(said, str):
        return Message(said, (), error)
    return said if said.error or not error else Message(said.what, said.ways, error)


def joined(what: str, ways: Iterable[tuple[str, str]]) -> str:
    """`what · way, way`: a way's own joint stands behind another way, one of blanks anywhere."""
    line = what
    for number, (joint, text) in enumerate(ways):
        between = joint if number or joint.isspace() else BETWEEN
        line += f"{between}{text}" if line else text
    return line


def key(
    commands: str, does: str = "", *, count: int = 1, joint: str = BETWEEN, review: str = ""
) -> Key:
    """The way out by `commands`, blanks between them; `review` as `command does`."""
    other, _, deed = review.partition(" ")
    there = Key((other,), deed or does) if other else None
    return Key(tuple(commands.split()), does, count, there, joint)


def key_names(command: str, where: Where, keymap: Keymap, count: int = 1) -> tuple[str, str]:
    """What leads to where `command` has a key ("" where it has one here), and that key's name."""
    entry = keymap.command(command)
    column = column_of(where)
    for place in (column, Column.ANY):
        if keys := entry.keys_in(place):
            return "", _named(command, keys, count)
    if entry.keys_in(Column.STRIP):
        return "", keymap.key_of(command, Column.STRIP)
    if keys := entry.keys_in(Column.REVIEW):
        return keymap.key_of("switch"), _named(command, keys, count)
    if keys := entry.keys_in(Column.PROMPT):
        lead = keymap.key_of("type", Column.REVIEW) if where is Where.REVIEW else ""
        return lead, _named(command, keys, count)
    return "", keymap.key_of(command, Column.LIST)


def _named(command: str, keys: tuple[str, ...], count: int) -> str:
    if command == "type" and "enter" in keys:
        return shown("enter")
    return " ".join(shown(one) for one in keys[:count])

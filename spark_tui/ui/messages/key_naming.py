"""Keys in messages, named as who has the keyboard has them. Pure.

Messages are written with the keys of the review, as `what · u takes it back`. Where letters are
text `u` is `Ctrl+X u`, and what only the review has is named with the key that leads there.
"""

from __future__ import annotations

import re

from spark_tui.ui.input.commands import Column, Keymap, column_of, shown
from spark_tui.ui.input.focus import Where

_LETTER = re.compile(r"[A-Zb-z.](?= )")
_PLACES = re.compile(r"[1-9](?: [1-9])*(?= (?:place|or [a-z] ))")
_PROMPT = re.compile(r"Up(?= )")
_BETWEEN = re.compile(r"( · |, )")

_SAME_IN_REVIEW = {
    "Enter asks again": ". asks again",
    "Enter shows both": "U shows both",
    "Enter on an empty prompt runs it": "Ctrl+X a runs it",
}
"""What Enter takes on an empty prompt, as the review has it."""

_DEFAULTS = Keymap()


def named(text: str, where: Where, keymap: Keymap) -> str:
    """`text` with its keys as `where` has them; what is said first names none."""
    what, *rest = _BETWEEN.split(text)
    return "".join([what, *(_clause(part, where, keymap) for part in rest)])


def lasting(text: str) -> str:
    """`text` for where it stays: without clauses whose keys depend on who has the keyboard."""
    what, *ways = text.split(" · ")
    return " · ".join([what, *(way for way in ways if not _depends(way))])


def _clause(text: str, where: Where, keymap: Keymap) -> str:
    if where is Where.REVIEW:
        text = _SAME_IN_REVIEW.get(text, text)
        if _PROMPT.match(text):
            return f"{keymap.key_of('type', Column.REVIEW)} {text}"
    if _PLACES.match(text):
        return text if where is Where.REVIEW else f"{_way_there(keymap)} {text}"
    letter = _LETTER.match(text)
    if letter is None:
        return text
    command = _DEFAULTS.find(Column.REVIEW, letter.group())
    if command is None or command == "type":
        return text
    return f"{_key(command, where, keymap)}{text[letter.end() :]}"


def _depends(text: str) -> bool:
    parts = _BETWEEN.split(text)
    if any(part in _SAME_IN_REVIEW or _PROMPT.match(part) or _PLACES.match(part) for part in parts):
        return True
    letters = (found.group() for part in parts if (found := _LETTER.match(part)))
    return any(_DEFAULTS.find(Column.REVIEW, letter) for letter in letters)


def _key(command: str, where: Where, keymap: Keymap) -> str:
    column = column_of(where)
    if column is Column.REVIEW or keymap.command(command).keys_in(column):
        return keymap.key_of(command, column)
    if keymap.command(command).keys_in(Column.STRIP):
        return keymap.key_of(command, Column.STRIP)
    first = keymap.command(command).keys_in(Column.REVIEW)
    return f"{_way_there(keymap)} {shown(first[0])}" if first else keymap.key_of(command)


def _way_there(keymap: Keymap) -> str:
    return keymap.key_of("switch")

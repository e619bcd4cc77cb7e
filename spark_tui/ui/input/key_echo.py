"""What the terminal really sends for a key, what that is called, and what it would do here."""

from __future__ import annotations

import os
import select
import termios
import tty
from collections.abc import Callable, Iterator, Sequence

from textual import constants, events
from textual._xterm_parser import XTermParser

from spark_tui.core.printable import safe
from spark_tui.ui.input.commands import Column, Keymap
from spark_tui.ui.input.key_names import normal

_ON = "\x1b[?2004h\x1b[>1u"
_OFF = "\x1b[<u\x1b[?2004l"
"""Bracketed paste and the kitty keyboard protocol, level 1: what the session turns on itself."""

_READ = 4096

HOW = "press keys · Ctrl+C twice ends"
"""How the echo is used; its keys are fixed."""


def echo(keymap: Keymap, out: Callable[[str], None], head: Sequence[str] = (), fd: int = 0) -> None:
    """Print a line for each key until Ctrl+C is pressed twice in a row; `fd` is a terminal.

    `out` takes lines without their ends: only what is read is raw, what is written is not. `head`
    is printed as soon as the terminal itself shows no key.
    """
    before = termios.tcgetattr(fd)
    os.write(1, _ON.encode())
    try:
        tty.setraw(fd, termios.TCSANOW)
        raw = termios.tcgetattr(fd)
        raw[tty.OFLAG] = before[tty.OFLAG]
        termios.tcsetattr(fd, termios.TCSANOW, raw)
        for line in head:
            out(line)
        last = ""
        for data, names in _presses(fd):
            for line in describe(keymap, data, names):
                out(line)
            if names == ["ctrl+c"] == [last]:
                return
            last = names[-1] if names else ""
    finally:
        os.write(1, _OFF.encode())
        termios.tcsetattr(fd, termios.TCSANOW, before)


def describe(keymap: Keymap, data: bytes, names: list[str]) -> list[str]:
    """The line (or lines) about one read: bytes, the key's name, what it does where."""
    shown = data[:24].hex(" ") + (" …" if len(data) > 24 else "")
    if not names:
        return [f"  {shown:<26} {'no key':<20} {safe(repr(data)[1:])}"]
    return [
        f"  {shown if n == 0 else '':<26} {safe(name):<20} {meaning(keymap, name)}"
        for n, name in enumerate(names)
    ]


def meaning(keymap: Keymap, name: str) -> str:
    """The commands of a key by column, those of anywhere once."""
    anywhere = keymap.find(Column.ANY, name)
    found = [
        f"{column.value}: {command}"
        for column in Column
        if column is not Column.ANY
        and (command := keymap.find(column, name))
        and command != anywhere
    ]
    if anywhere:
        found.insert(0, f"anywhere: {anywhere}")
    return " · ".join(found) or ("types itself in the prompt" if len(name) == 1 else "–")


def _presses(fd: int) -> Iterator[tuple[bytes, list[str]]]:
    """Bytes as they were read, and the names of the keys they mean."""
    parser = XTermParser()
    held = b""
    while True:
        pending = parser._timeout_time is not None
        ready, _, _ = select.select([fd], [], [], constants.ESCAPE_DELAY if pending else None)
        found: list[str] = []
        if ready:
            data = os.read(fd, _READ)
            if not data:
                return
            held += data
            found += _names(parser.feed(data.decode("utf-8", "replace")))
        found += _names(parser.tick())
        if found or parser._timeout_time is None:
            yield held, found
            held = b""


def _names(messages: object) -> list[str]:
    assert hasattr(messages, "__iter__")
    out = []
    for message in messages:
        if isinstance(message, events.Key):
            out.append(normal(message.key, message.character))
        elif isinstance(message, events.Paste):
            out.append("a paste")
    return out

"""Copying: through the terminal always, through the desktop where there is one, told honestly."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from typing import Protocol

from spark_tui.core.printable import text_only
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Sayable

LARGEST = 100_000
"""Terminals drop longer OSC 52 sequences: xterm's limit, in bytes as base64 has them."""


def osc52(text: str, environment: Mapping[str, str]) -> str:
    """The sequence that asks the terminal to take `text`; through tmux and screen where in one.

    Formats: xterm's control sequences, OSC 52; tmux(1), passthrough (`ESC P tmux;`, every ESC
    doubled); screen(1), DCS passthrough. tmux's own OSC 52 comes first: passthrough is often off.
    """
    data = base64.b64encode(text.encode("utf-8", "replace")).decode()
    plain = f"\x1b]52;c;{data}\x07"
    if environment.get("TMUX"):
        return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environment.get("TERM", "").startswith("screen"):
        chunks = [plain[at : at + 250] for at in range(0, len(plain), 250)]
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return plain


class CopyingApp(Protocol):
    """The application, as far as copying goes."""

    def say(self, message: Sayable, *, error: bool = False) -> None:
        """Show a message."""

    def remember_copied(self, text: str) -> None:
        """What was copied last, for the framework's own pasting."""

    def write_terminal(self, sequence: str) -> None:
        """A control sequence for the terminal itself."""


class Clipboard:
    """`native` puts text on the desktop's clipboard (blocking) and says whether it is there."""

    def __init__(self, app: CopyingApp, native: Callable[[str], bool] | None) -> None:
        self._app = app
        self._native = native
        self._copying: asyncio.Task[None] | None = None

    def copy(self, text: str) -> None:
        """Copy, and say what is known of it.

        Controls stay here: whoever pastes it elsewhere would run what they are there.
        """
        text = text_only(text)
        if not text:
            return
        self._app.remember_copied(text)
        sequence = osc52(text, os.environ)
        fits = len(sequence) <= LARGEST * (2 if os.environ.get("TMUX") else 1)
        if fits:
            self._app.write_terminal(sequence)
        if self._native is not None:
            self._copying = asyncio.get_running_loop().create_task(self._copy(text, fits=fits))
        else:
            self._say(text, confirmed=False, fits=fits)

    async def _copy(self, text: str, *, fits: bool) -> None:
        confirmed = False
        if self._native is not None:
            confirmed = await asyncio.to_thread(self._native, text)
        self._say(text, confirmed=confirmed, fits=fits)

    def _say(self, text: str, *, confirmed: bool, fits: bool) -> None:
        lines = text.rstrip("\n").count("\n") + 1
        if not confirmed and not fits:
            self._app.say(words.not_copied(lines), error=True)
        else:
            self._app.say(words.copied(lines, confirmed=confirmed))

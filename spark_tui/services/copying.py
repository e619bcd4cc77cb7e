"""Text onto the person's clipboard, through the program their desktop has for it, and looked at.

Wayland (`wl-copy`), X11 (`xclip`, `xsel`), macOS (`pbcopy`), Windows under WSL (`clip.exe`). Over
SSH these would fill the wrong machine's clipboard: then only the terminal's own way is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from spark_tui.core.errors import SparkError
from spark_tui.services import processes
from spark_tui.services.clipboard import read_clipboard

_SECONDS = 3.0


def copy_text(text: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the text is on the clipboard, as reading it back says. Blocks; raises nothing."""
    given = os.environ if environment is None else environment
    if given.get("SSH_CONNECTION") or given.get("SSH_TTY"):
        return False
    for argv in _commands(given):
        program = processes.find_program(argv[0])
        if program is None:
            continue
        try:
            status = processes.feed_user(
                [program, *argv[1:]], feed=text.encode("utf-8", "replace"), timeout=_SECONDS
            )
            if status == 0:
                return read_clipboard(given).rstrip("\n") == text.rstrip("\n")
        except SparkError:
            continue
    return False


def _commands(environment: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    if environment.get("WAYLAND_DISPLAY"):
        yield ("wl-copy", "--type", "text/plain;charset=utf-8")
    if environment.get("DISPLAY"):
        yield ("xclip", "-selection", "clipboard", "-in")
        yield ("xsel", "--clipboard", "--input")
    if os.uname().sysname == "Darwin":
        yield ("pbcopy",)
    if environment.get("WSL_DISTRO_NAME"):
        yield ("clip.exe",)

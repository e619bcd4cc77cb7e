"""The text on the person's clipboard, through the program their desktop has for it.

Tried in order: Wayland (`wl-paste`), X11 (`xclip`, `xsel`), macOS (`pbpaste`), Windows under WSL
(`powershell.exe`), the paste buffer of tmux. A terminal's own answer to OSC 52 is not asked for:
few give it, and none says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from spark_tui.core.errors import FileRefusedError, WorktreeError
from spark_tui.services import processes

NAME = "clipboard"
LARGEST = 4 * 1024 * 1024
"""Bytes read at most."""

_SECONDS = 3.0


def read_clipboard(environment: Mapping[str, str] | None = None) -> str:
    """The clipboard's text; blocks up to three seconds.

    Raises FileRefusedError where there is no program for it, it is too large, or holds no text.
    """
    wanted = False
    for argv in _commands(os.environ if environment is None else environment):
        program = processes.find_program(argv[0])
        if program is None:
            wanted = True
            continue
        try:
            done = processes.run_user(
                [program, *argv[1:]], cwd=Path("/"), timeout=_SECONDS, cap=LARGEST
            )
        except processes.TooMuchOutputError:
            raise FileRefusedError(NAME, "the clipboard holds too much", "nothing sent") from None
        except WorktreeError as error:
            raise FileRefusedError(NAME, error.what, "paste it instead") from None
        if done.status == 0:
            return _text(done.out)
        wanted = False
    way_out = "install wl-clipboard or xclip, or paste it" if wanted else "paste it instead"
    raise FileRefusedError(NAME, "the clipboard can't be read here", way_out)


def _commands(environment: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    if environment.get("WAYLAND_DISPLAY"):
        yield ("wl-paste", "--no-newline", "--type", "text")
    if environment.get("DISPLAY"):
        yield ("xclip", "-selection", "clipboard", "-out")
        yield ("xsel", "--clipboard", "--output")
    if os.uname().sysname == "Darwin":
        yield ("pbpaste",)
    if environment.get("WSL_DISTRO_NAME"):
        yield ("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard")
    if environment.get("TMUX"):
        yield ("tmux", "show-buffer")


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise FileRefusedError(NAME, "the clipboard holds no text", "nothing sent")
    return text.replace("\r\n", "\n")

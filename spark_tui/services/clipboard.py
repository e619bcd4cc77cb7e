"""The person's clipboard, read and written through the program their desktop has for it.

Read, tried in order: Wayland (`wl-paste`), X11 (`xclip`, `xsel`), macOS (`pbpaste`), Windows under
WSL (`powershell.exe`), the paste buffer of tmux. A terminal's own answer to OSC 52 is not asked
for: few give it, and none says so.

Written: `wl-copy`, `xclip` or `xsel`, `pbcopy`, `clip.exe`, and read back. Over SSH these would
fill the wrong machine's clipboard: then only the terminal's own way is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from spark_tui.core.errors import FileRefusedError, SparkError, WorktreeError
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
    for argv in _readers(os.environ if environment is None else environment):
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


def _readers(environment: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
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


def copy_text(text: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the text is on the clipboard, as reading it back says. Blocks; raises nothing."""
    given = os.environ if environment is None else environment
    if given.get("SSH_CONNECTION") or given.get("SSH_TTY"):
        return False
    for argv in _writers(given):
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


def _writers(environment: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    if environment.get("WAYLAND_DISPLAY"):
        yield ("wl-copy", "--type", "text/plain;charset=utf-8")
    if environment.get("DISPLAY"):
        yield ("xclip", "-selection", "clipboard", "-in")
        yield ("xsel", "--clipboard", "--input")
    if os.uname().sysname == "Darwin":
        yield ("pbcopy",)
    if environment.get("WSL_DISTRO_NAME"):
        yield ("clip.exe",)

"""The person's own editor in the terminal: a file at a line, or a text that comes back.

`$VISUAL`, then `$EDITOR`, else `vi` or `nano`. How a line is named differs: `+LINE FILE` (vi and
its kin, nano, emacs, micro, kakoune), `FILE:LINE` (helix, zed, sublime), `-g FILE:LINE` (code and
its kin); an editor we don't know gets the file alone.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from spark_tui.core.edits.guard import check_known, shown
from spark_tui.core.errors import FileRefusedError, SettingsError, WorktreeError
from spark_tui.core.remedy import Remedy
from spark_tui.services import processes
from spark_tui.services.plain_files import is_there

_PLUS = frozenset(
    ["vi", "vim", "nvim", "view", "gvim", "nano", "pico", "emacs", "emacsclient", "micro", "kak"]
)
_COLON = frozenset(["hx", "helix", "zed", "subl"])
_GOTO = frozenset(["code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"])
_RETURNS_AT_ONCE = _GOTO | {"zed", "subl", "gvim"}
_LARGEST = 16 * 1024 * 1024


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """The editor as argv, its program as an absolute path. Raises SettingsError without one."""
    for variable in ("VISUAL", "EDITOR"):
        written = environment.get(variable, "").strip()
        if not written:
            continue
        try:
            name, *rest = shlex.split(written)
        except ValueError:
            raise SettingsError(f"${variable} is not a command", "correct its quotes") from None
        program = processes.find_program(name)
        if program is None:
            raise SettingsError(f"${variable} is {shown(name)}, not found", "set another editor")
        return [program, *rest]
    for name in ("vi", "nano"):
        program = processes.find_program(name)
        if program is not None:
            return [program]
    raise SettingsError("no editor is set", "set EDITOR")


def at_line(command: Sequence[str], path: str, line: int) -> list[str]:
    """The argv that opens `path` at a 1-based `line`."""
    name = Path(command[0]).name
    if name in _PLUS:
        return [*command, f"+{line}", path]
    if name in _COLON:
        return [*command, f"{path}:{line}"]
    if name in _GOTO:
        return [*command, "-g", f"{path}:{line}"]
    return [*command, path]


def edit_file(root: Path, path: str, line: int) -> None:
    """Open a file of the worktree; blocks until the editor ends.

    Raises FileRefusedError for a path outside or not there, WorktreeError, SettingsError.
    """
    refusal = check_known(path)
    if refusal is not None:
        raise FileRefusedError(path, refusal.message)
    full = root / path
    if not (is_there(full) and full.is_file()):
        raise FileRefusedError(path, f"{shown(path)} is not on disk yet", Remedy.KEEP_FIRST)
    command = editor_command(os.environ)
    _run(at_line(command, str(full), line), root)


def show_output(root: Path, path: str) -> None:
    """Open a file of ours, the output of a check, by its absolute path; blocks likewise.

    Raises FileRefusedError where it is gone, WorktreeError, SettingsError.
    """
    if not is_there(Path(path)):
        raise FileRefusedError(path, f"{shown(path)} is gone")
    _run(at_line(editor_command(os.environ), path, 1), root)


def edit_text(root: Path, text: str, name: str) -> str:
    """`text` as it comes back from the editor.

    `name` is what the private copy is called, so that the editor knows the language. Raises
    WorktreeError where it was given up or can't be read back, SettingsError without an editor.
    """
    command = editor_command(os.environ)
    program = Path(command[0]).name
    if program in _RETURNS_AT_ONCE and not {"--wait", "-w", "-f"} & set(command):
        command.append("-f" if program == "gvim" else "--wait")
    base = name.rsplit("/", 1)[-1].lstrip("-") or "text"
    with tempfile.TemporaryDirectory(prefix="spark-tui-") as folder:
        file = Path(folder) / base
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        _run([*command, str(file)], root)
        try:
            with file.open("rb") as written:
                data = written.read(_LARGEST + 1)
            after = data.decode()
        except (OSError, UnicodeDecodeError):
            raise WorktreeError("what the editor left can't be read", "nothing changed") from None
    if len(data) > _LARGEST:
        raise WorktreeError("what the editor left is too large", "nothing changed")
    return after


def _run(argv: Sequence[str], root: Path) -> None:
    status = processes.attach_user(argv, cwd=root)
    if status != 0:
        raise WorktreeError(f"{Path(argv[0]).name} ended with {status}", "nothing was taken over")

"""`spark-tui edit`: an instruction about a file, or a filter from code to code, for editors."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands import keep_input
from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, raw
from spark_tui.core.errors import FileRefusedError, SparkError, UsageError
from spark_tui.core.regex import regex

if TYPE_CHECKING:
    from argparse import Namespace

    from spark_tui.core.edits.model import FileImage
    from spark_tui.services.worktree.git_worktree import GitWorktree
    from spark_tui.ui.options import OneShot

MAX_BYTES = 4 * 1024 * 1024
"""More code than this is no single request."""

_NAME = "stdin.txt"
_RANGE = regex(r"(?P<file>.+):(?P<first>\d+)(?:-(?P<last>\d+))?")


def edit(args: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused or failed and nothing written, 2 usage.

    On a terminal it is a screen that closes on the last decision, 0 even if all was dropped. Else
    only code, or the diff that was asked for, is ever printed on stdout.
    """
    if keep_input.wanted(args):
        return _keep(args)
    given = _given(args)
    terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    if terminal and not (given.apply or given.patch):
        return _on_screen(given)
    _check_instruction(given)
    if given.file is None:
        return _filter(given)
    if not (given.apply or given.patch):
        raise UsageError("--apply writes the file, --patch prints the diff", "say which")
    _check_keep(given)
    return _edit_file(given)


def _given(args: Sequence[str], *, helps: bool = True) -> Namespace:
    """The arguments; without `helps` nothing is ever printed. Raises UsageError."""
    parser = Arguments(
        add_help=helps,
        prog="spark-tui edit",
        description="Have a model edit FILE, some of its lines, or the code on stdin. On a "
        "terminal you see the hunks and decide; without FILE you find one first.",
    )
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE[:A-B]", help="without it: code in, code out")
    add("-m", dest="instruction", metavar="TEXT", default="", help="what to change")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--apply", action="store_true", help="write FILE, journalled")
    how.add_argument("--patch", action="store_true", help="print a unified diff, write nothing")
    add("--keep", action="store_true", help="a filter that fails gives its input back")
    add("--name", default=_NAME, help="what the code on stdin is called")
    add("--theme", default="", metavar="NAME", help="of the screen on a terminal")
    add("--endpoint", default="", metavar="NAME", help="of config.toml; sim is built in")
    return parser.parse_args(list(args))


def _check_instruction(given: Namespace) -> None:
    if not given.instruction.strip():
        form = "FILE -m 'what to change' --patch" if given.file else "-m 'what to change' < FILE"
        raise UsageError("-m needs a text", f"spark-tui edit {form}")


def _check_keep(given: Namespace) -> None:
    if given.keep:
        raise UsageError("--keep is for code on stdin", "leave FILE or --keep out")


# ------------------------------------------------------------------- on a screen


def _on_screen(given: Namespace) -> int:
    """The edit as a screen of its own: it closes on the last decision."""
    from spark_tui.commands.session import one_shot

    _check_keep(given)
    options = {"--endpoint": given.endpoint, "--theme": given.theme}
    status, parting = one_shot({k: v for k, v in options.items() if v}, lambda: _wanted(given))
    if parting:
        err(parting)
    return status


def _wanted(given: Namespace) -> tuple[Path, OneShot]:
    """A folder of the worktree, and what to do in it. Raises UsageError, FileRefusedError."""
    from spark_tui.commands.worktree import open_here
    from spark_tui.ui.options import OneShot

    wanted = OneShot(text=given.instruction.strip())
    if given.file is None:
        return Path(), wanted
    file, lines = _place(given.file)
    image = _image(open_here(file.parent), file)
    _check_lines(image, lines)
    wanted.path, wanted.lines = image.path, lines
    return file.parent, wanted


# ------------------------------------------------------------------- a file


def _edit_file(given: Namespace) -> int:
    from spark_tui.commands.headless_edit import chosen_endpoint, edited
    from spark_tui.commands.worktree import open_here
    from spark_tui.core.edits.diff import unified
    from spark_tui.core.edits.entry import hunks_of_changes
    from spark_tui.core.edits.model import Change
    from spark_tui.core.journal import EntryNote

    file, lines = _place(given.file)
    worktree = open_here(file.parent)
    image = _image(worktree, file)
    _check_lines(image, lines)
    profile = chosen_endpoint(worktree.root, given.endpoint)
    after, result = edited(profile, given.instruction, image, lines)
    change = Change(image, after)
    if given.patch:
        raw(unified([change]))
        return 0
    hunks = tuple(f"{hunk.id} {hunk.path}" for hunk in result.hunks)
    worktree.recover()
    entry = worktree.flush([change], EntryNote(given.instruction, profile.name, 1, hunks))
    worktree.close()
    many = len(hunks_of_changes([change]))
    count = f"{many} hunk{'s' * (many != 1)}"
    err(f"applied {count} in {image.path} · #{entry.id} · take back: spark-tui undo {entry.id}")
    return 0


def _check_lines(image: FileImage, lines: tuple[int, int] | None) -> None:
    from spark_tui.core.edits.guard import shown

    if lines is not None and lines[1] > len(image.lines):
        raise UsageError(f"{shown(image.path)} has {len(image.lines)} lines, not {lines[1]}")


def _place(written: str) -> tuple[Path, tuple[int, int] | None]:
    """The file and the range that FILE[:A-B] means; a file of that very name comes first."""
    from spark_tui.services.plain_files import is_there

    ranged = None if is_there(Path(written)) else _RANGE.fullmatch(written)
    if ranged is None:
        return Path(written), None
    first = int(ranged["first"])
    last = int(ranged["last"] or first)
    if not 1 <= first <= last:
        raise UsageError(f"{first}-{last} is no range of lines", "FILE:10-40, counted from 1")
    return Path(ranged["file"]), (first, last)


def _image(worktree: GitWorktree, file: Path) -> FileImage:
    """The file as it is on disk. Raises FileRefusedError where it is not there or not ours."""
    from spark_tui.core.edits.guard import shown

    place = file.parent.resolve() / file.name
    if not place.is_relative_to(worktree.root):
        raise FileRefusedError(str(file), f"{shown(str(file))} is outside this repository")
    path = place.relative_to(worktree.root).as_posix()
    image = worktree.read(path)
    if not image.exists:
        raise FileRefusedError(path, f"{shown(path)} is not here", "name a file that exists")
    return image


# ------------------------------------------------------------------- a filter


def _filter(given: Namespace) -> int:
    """Code in, code out: whole code on stdout, or nothing."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("no FILE and no code on stdin", "spark-tui edit FILE -m TEXT --patch")
    _check_filter(given)
    done = _filtered(given, sys.stdin.buffer.read())
    raw(done.decode("utf-8", "surrogateescape"))
    return 0


def _check_filter(given: Namespace) -> None:
    if given.apply or given.patch:
        raise UsageError("--apply and --patch need FILE", "without FILE: code in, code out")


def _keep(args: Sequence[str]) -> int:
    """The same, but whatever goes wrong, with the arguments too, the code comes back."""
    instruction = ""

    def work(data: bytes) -> bytes:
        nonlocal instruction
        given = _given(args, helps=False)
        instruction = given.instruction
        _check_instruction(given)
        if given.file is not None:
            _check_keep(given)
        _check_filter(given)
        return _filtered(given, data)

    return keep_input.give_back(work, lambda why: _note(why, instruction))


def _note(why: str, instruction: str) -> None:
    from spark_tui.services import places, refusals
    from spark_tui.services.worktree.repo import find_repository

    try:
        root = str(find_repository(Path()).root)
    except SparkError:
        root = ""
    refusals.note(places.state_dir(), why, instruction, root)


def _filtered(given: Namespace, data: bytes) -> bytes:
    from spark_tui.commands.headless_edit import chosen_endpoint, edited
    from spark_tui.core.edits.guard import check_path, shown
    from spark_tui.core.edits.text import BinaryFileError, image_of

    if len(data) > MAX_BYTES:
        raise UsageError(f"the code on stdin is longer than {MAX_BYTES // 2**20} MB")
    wanted = given.name or _NAME
    name = Path(wanted).name if check_path(wanted) is not None else wanted
    if check_path(name) is not None:
        raise UsageError(f"{shown(given.name)!r} is no file name", "--name calc.py")
    profile = chosen_endpoint(None, given.endpoint)
    try:
        image = image_of(name, data)
    except BinaryFileError:
        raise FileRefusedError(name, "the code on stdin is no text", "nothing sent") from None
    after, _ = edited(profile, given.instruction, image)
    return after.data

"""An answer that is complete text already, for pipes: everything fits, or nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.assembler import Assembler
from spark_tui.core.edits.compose import changes_for
from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.hunk_factory import is_excerpt
from spark_tui.core.edits.model import (
    Change,
    EditFormat,
    FileImage,
    Hunk,
    HunkState,
    Problem,
    Refusal,
    RefusalCode,
)
from spark_tui.core.edits.span import SpanTarget
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.text import BinaryFileError
from spark_tui.core.edits.thoughts import Thoughts
from spark_tui.core.errors import FileRefusedError


@dataclass(frozen=True, slots=True)
class ProposalResult:
    """What became of an edit text. `changes` is empty as soon as anything is refused or broken.

    `said` is the text without the thoughts in it.
    """

    hunks: tuple[Hunk, ...]
    images: dict[str, FileImage]
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    refused: tuple[Hunk, ...]
    said: str = ""


def propose(
    text: str,
    read: Callable[[str], FileImage],
    edit_format: EditFormat = EditFormat.AUTO,
    known_paths: Sequence[str] = (),
    complete: bool = True,
    *,
    certain: bool = True,
    span: SpanTarget | None = None,
    overwrite: bool = False,
    root: str = "",
) -> ProposalResult:
    """Parse and place `text` on the files `read` gives; all hunks become changes, or none.

    `complete` and `certain` say how sure it is that the text is whole (see `EditStream.finish`).
    `read` may raise FileRefusedError or BinaryFileError: the file's hunks are then refused.
    `overwrite`: what the answer writes out whole replaces what is there, whatever that has more.
    `root` is the folder that absolute paths of the answer are in.
    """
    thoughts = Thoughts(EditStream(edit_format, known_paths=known_paths, span=span))
    assembler = Assembler(paths=known_paths, overwrite=overwrite, root=root)
    said: list[str] = []
    for fed in (thoughts.feed(text), thoughts.finish(complete, certain=certain)):
        assembler.feed(fed.edits)
        said += [piece for piece, thought in fed.pieces if not thought]
    while wanted := {path: None for _, path in assembler.awaited}:
        for path in wanted:
            assembler.provide(path, image_or_refusal(path, read))
    if overwrite:
        for hunk in filter(is_excerpt, assembler.hunks):
            assembler.edit(hunk.id.file).choose(hunk.id, 0)
    else:
        _leave_out_asides(assembler)
    hunks = assembler.hunks
    refused = tuple(h for h in hunks if h.state is not HunkState.OPEN)
    problems = tuple(assembler.problems)
    changes: tuple[Change, ...] = ()
    if not refused and not problems:
        try:
            changes = changes_for(hunks, assembler.images)
        except ValueError as error:
            # each edit fits, but not with the others: one moves a file onto one that is made
            problems = (Problem(f"the edits do not go together: {error}", 1),)
    return ProposalResult(hunks, assembler.images, problems, changes, refused, "".join(said))


def _leave_out_asides(assembler: Assembler) -> None:
    """Refuse new files that only stand in a fence, where the answer's edits have another form.

    Such a fence may as well show how the edited code is used; nobody is here to tell.
    """
    for hunk in assembler.asides:
        refusal = Refusal(RefusalCode.MISSING_FILE, f"{shown(hunk.path)} is not here")
        assembler.edit(hunk.id.file).refuse(hunk.id.ordinal, refusal, raw=hunk.raw)


def image_or_refusal(path: str, read: Callable[[str], FileImage]) -> FileImage | Refusal:
    """The file's image, or why there is none, as the assembler takes either."""
    try:
        return read(path)
    except BinaryFileError:
        return Refusal(RefusalCode.BINARY, "it is a binary file")
    except FileRefusedError as error:
        return Refusal(RefusalCode.UNREADABLE, error.what)

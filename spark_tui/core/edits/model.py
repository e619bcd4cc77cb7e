"""Values of the edit engine: file images, parser events, hunks, refusals, rows."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Literal, NamedTuple

from spark_tui.core.dataclass import dataclass

Tag = Literal[" ", "-", "+"]
"""How a hunk line relates to the file: context, removed, added."""


class EditFormat(StrEnum):
    """The ways an edit can be written down by a model."""

    AUTO = "auto"
    V4A = "v4a"
    SEARCH_REPLACE = "search-replace"
    UNIFIED = "unified"
    WHOLE = "whole"
    SPAN = "span"


class FileOp(StrEnum):
    """What an edit does to its file."""

    UPDATE = "update"
    CREATE = "create"
    DELETE = "delete"
    RENAME = "rename"
    MODE = "mode"


class HunkState(StrEnum):
    """Where a hunk stands between arriving and being on disk.

    WRITING is still decoding; OPEN is located and undecided; KEPT is decided, maybe not on disk;
    APPLIED is on disk and journalled; DROPPED was turned down by the person; REFUSED has no
    place; STALE fitted until the file changed; REPLACED was superseded by a newer answer.
    """

    WRITING = "writing"
    OPEN = "open"
    KEPT = "kept"
    APPLIED = "applied"
    DROPPED = "dropped"
    REFUSED = "refused"
    STALE = "stale"
    REPLACED = "replaced"


class HunkId(NamedTuple):
    """(turn, file in the answer, ordinal in the file): stable through streaming and re-location.

    A split hunk `3` becomes `3.1`, `3.2`, ….
    """

    turn: int
    file: int
    ordinal: str

    def __str__(self) -> str:
        return f"{self.turn}/{self.file}/{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Habits:
    r"""What the project's own files say about how a file is written; "" and 0 for nothing.

    `indent` is `\t` or a blank, `width` the columns of one step of it. `eol` and `charset` (the
    name of an encoding, with or without a byte order mark `bom`) go for new files.
    """

    indent: str = ""
    width: int = 0
    eol: str = ""
    charset: str = ""
    bom: bytes = b""


NO_HABITS = Habits()
"""The project says nothing."""


@dataclass(frozen=True, slots=True)
class FileImage:
    r"""One file's bytes as they were read at one moment.

    `lines` keep their own endings (`\n`, `\r\n` or `\r`; nothing else ends a line); the BOM is in
    `bom`, not in the first line. `sha` is git's SHA-1 blob id of `data`, `""` where the file is
    absent. `mode` is 0o100644 or 0o100755, 0 where absent. `eol` is the file's dominant ending.
    Where the encoding is not `sure` only ASCII may be added.
    """

    path: str
    data: bytes
    sha: str
    mode: int
    encoding: str
    eol: str
    bom: bytes
    lines: tuple[str, ...]
    exists: bool = True
    sure: bool = True
    habits: Habits = NO_HABITS


def blob_id(data: bytes) -> str:
    """Git's SHA-1 object id of `data` stored as a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class TaggedLine(NamedTuple):
    """One hunk line as the model wrote it: tag and text, without the line ending."""

    tag: Tag
    text: str


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a fenced text may also have ended, as it holds fences of its own.

    `shorter` are the numbers of its lines after which it may have been over; `after` are the first
    lines behind the end that was taken; `sure` says that how the fences stand leaves no doubt.
    """

    sure: bool
    shorter: tuple[int, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawHunk:
    """A complete hunk as parsed, not yet located.

    `anchors` are the stacked `@@` texts, outermost first; `line_hint` is a 1-based line of the old
    side when the model gave one (never trusted alone); `at_end` is V4A's End of File mark;
    `elided` marks SEARCH/REPLACE blocks that contain `...` lines on both sides; `source_line` is
    the 1-based line of the answer on which the hunk began. `prefixed` says that tags stood in the
    text as prefixes (a lost one may have eaten a space); `whole` that the added lines are the
    whole new file; `supposed` that nothing but its text says which file it is for. `final_newline`
    is whether the new side ends with a line ending, None where the edit says nothing of it: the
    file then keeps its way. `extent` says how sure the end of a fenced text is; `readings` are the
    other ways to read a block that holds more than one divider. `spelled` says that the added
    lines are ours or a person's, and stand as they are to be written.
    """

    lines: tuple[TaggedLine, ...]
    anchors: tuple[str, ...] = ()
    line_hint: int | None = None
    at_end: bool = False
    elided: bool = False
    source_line: int = 0
    prefixed: bool = True
    whole: bool = False
    supposed: bool = False
    final_newline: bool | None = None
    extent: Extent | None = None
    readings: tuple[RawHunk, ...] = ()
    spelled: bool = False

    def old(self) -> tuple[str, ...]:
        """Texts of the old side: context and removed lines."""
        return tuple(line.text for line in self.lines if line.tag != "+")

    def new(self) -> tuple[str, ...]:
        """Texts of the new side: context and added lines."""
        return tuple(line.text for line in self.lines if line.tag != "-")


# ------------------------------------------------------------------- parser events


@dataclass(frozen=True, slots=True)
class Prose:
    """Text of the answer that is no edit."""

    text: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came before turned out to be no part of the answer: its files and problems are void."""


@dataclass(frozen=True, slots=True)
class FileOpened:
    """The answer turns to a file. `file` counts from 1 in the answer; `path` is as written."""

    file: int
    op: FileOp
    path: str


@dataclass(frozen=True, slots=True)
class FileMoved:
    """The open file is also renamed to `to`."""

    file: int
    to: str


@dataclass(frozen=True, slots=True)
class FileModeSet:
    """The open file's mode is set (0o100644 or 0o100755)."""

    file: int
    mode: int


@dataclass(frozen=True, slots=True)
class HunkOpened:
    """A hunk of the open file begins; `ordinal` counts from 1 in the file."""

    file: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class HunkLine:
    """One complete line of the open hunk, for the live view."""

    file: int
    ordinal: int
    tag: Tag
    text: str


@dataclass(frozen=True, slots=True)
class HunkClosed:
    """The hunk is complete: `raw` is all of it, authoritative over the lines shown before."""

    file: int
    ordinal: int
    raw: RawHunk


@dataclass(frozen=True, slots=True)
class FileClosed:
    """Nothing more comes for this file."""

    file: int


@dataclass(frozen=True, slots=True)
class Problem:
    """The answer breaks its format's rules; `line` is 1-based in the answer.

    With `file` the problem voids that file, without it the whole answer.
    """

    message: str
    line: int
    file: int | None = None


EditEvent = (
    Prose
    | TakenBack
    | FileOpened
    | FileMoved
    | FileModeSet
    | HunkOpened
    | HunkLine
    | HunkClosed
    | FileClosed
    | Problem
)


@dataclass(frozen=True, slots=True)
class Tail:
    """The unfinished last line of the stream, for the live view only.

    `file` and `ordinal` are 0 while it is prose or not yet known what it is.
    """

    file: int
    ordinal: int
    tag: Tag
    text: str


# ------------------------------------------------------------------- located hunks


class RefusalCode(StrEnum):
    """Why a hunk has no place, for tests and for choosing the words."""

    NOT_FOUND = "not-found"
    AMBIGUOUS = "ambiguous"
    ALREADY_APPLIED = "already-applied"
    OVERLAP = "overlap"
    INDENT = "indent"
    ELIDED = "elided"
    SHRUNK = "shrunk"
    EXCERPT = "excerpt"
    MALFORMED = "malformed"
    EMPTY = "empty"
    MISSING_FILE = "missing-file"
    FILE_EXISTS = "file-exists"
    PATH = "path"
    UNREADABLE = "unreadable"
    BINARY = "binary"
    STALE = "stale"


class Candidate(NamedTuple):
    """A place an ambiguous hunk could go: 1-based line and the definition around it, or `""`.

    The one candidate of an EXCERPT is the whole file.
    """

    line: int
    where: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a hunk is not placed, in words for a person.

    `line` is the 1-based file line where text diverged, with what was `expected` and `found`; `by`
    is who wrote what is found, of a stale hunk (see `writers`).
    """

    code: RefusalCode
    message: str
    line: int | None = None
    expected: str = ""
    found: str = ""
    candidates: tuple[Candidate, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Hunk:
    """The smallest decidable part of an edit.

    `base_span` is the half-open range of 0-based base lines that `old` covers and `new` replaces;
    it is trimmed to what changes (context belongs to the view). `old` and `new` carry line
    endings. A create, delete, rename or mode change is one hunk whose span is None for RENAME and
    MODE, the whole file for DELETE, and (0, 0) for CREATE. `moved_from` is the 1-based line where
    it was before the file changed under it. `added` and `removed` count changed lines as a diff
    shows them (from the model's text while the hunk has no place).
    """

    id: HunkId
    path: str
    op: FileOp
    state: HunkState
    raw: RawHunk | None = None
    base_span: tuple[int, int] | None = None
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    move_to: str | None = None
    mode: int | None = None
    depends_on: HunkId | None = None
    refusal: Refusal | None = None
    moved_from: int | None = None
    added: int = 0
    removed: int = 0

    @property
    def line(self) -> int | None:
        """1-based first changed line in the base, None where it has no place."""
        return None if self.base_span is None else self.base_span[0] + 1

    @property
    def asks(self) -> bool:
        """Whether it waits for a decision; what the file says already needs none."""
        if self.state is HunkState.REFUSED and self.refusal is not None:
            return self.refusal.code is not RefusalCode.ALREADY_APPLIED
        return self.state in (HunkState.OPEN, HunkState.REFUSED, HunkState.STALE)


class Row(NamedTuple):
    """One line of a diff view.

    `old_no` and `new_no` are 1-based and None where that side has no such line. `emphasis` are
    half-open character ranges that differ within a changed line; an empty one is where the other
    side has more. `text` has no line ending; `ending` names it where that is worth a word.
    `unseen` says in words what differs from a line of the other side that looks the same: the
    characters of `emphasis` must be told apart then. With `there` it is the file's own line where
    the edit expects the next one.
    """

    tag: Tag
    old_no: int | None
    new_no: int | None
    text: str
    emphasis: tuple[tuple[int, int], ...] = ()
    ending: str = ""
    unseen: tuple[str, ...] = ()
    there: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What one file is before and after a flush; a rename is a pair of these.

    `before` is what must be on disk now (checked by hash), `after` what will be; an absent file
    is an image with `exists=False`. `source` is where a moved file comes from, "" for no move.
    """

    before: FileImage
    after: FileImage
    source: str = ""

    @property
    def path(self) -> str:
        """Relative POSIX path of the file."""
        return self.before.path

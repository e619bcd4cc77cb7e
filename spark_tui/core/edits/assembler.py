"""Parser events of a whole answer plus file images in, hunks out: for sessions and pipes alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits import guard
from spark_tui.core.edits.excerpt import stands_in
from spark_tui.core.edits.fileops import rewritten, with_stray_bytes
from spark_tui.core.edits.model import (
    EditEvent,
    FileClosed,
    FileImage,
    FileModeSet,
    FileMoved,
    FileOp,
    FileOpened,
    Hunk,
    HunkClosed,
    HunkId,
    HunkOpened,
    HunkState,
    Problem,
    Prose,
    RawHunk,
    Refusal,
    RefusalCode,
    TakenBack,
)
from spark_tui.core.edits.naming import may_be_new
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.supposed import alike
from spark_tui.core.edits.text import absent

_MOST_NAMES = 20_000
_MOST_WRITTEN = 50
_MOST_MISSING = 20
_TWICE = Refusal(RefusalCode.OVERLAP, "the answer creates the file twice")
_DELETED = Refusal(RefusalCode.OVERLAP, "the answer deletes the file")
_MOVED = Refusal(RefusalCode.OVERLAP, "the answer moves the file twice")
_TWO_ONTO = Refusal(RefusalCode.OVERLAP, "the answer puts two files there")
_BESIDE = Refusal(RefusalCode.OVERLAP, "the answer has other edits of the file it writes out")


@dataclass(slots=True)
class _File:
    """One file of the answer while its events arrive."""

    number: int
    op: FileOp
    path: str
    edit: FileEdit
    waiting: deque[EditEvent] = field(default_factory=deque)
    ready: bool = False
    refusal: Refusal | None = None
    mode: int | None = None
    deletions: list[RawHunk] = field(default_factory=list)
    seen: bool = False
    unfinished: bool = False
    written: RawHunk | None = None
    before: _File | None = None
    after: int = 0

    def shows(self, text: Sequence[str], most: int) -> bool:
        """Whether it has hunks, of a text written out that only shows this one.

        A part of it has at most so many lines.
        """
        shown, hunks = self.written, self.edit.hunks
        if shown is None or not hunks:
            return False
        same = all(h.refusal and h.refusal.code is RefusalCode.ALREADY_APPLIED for h in hunks)
        return same or (len(shown.lines) <= most and stands_in(shown.new(), text))


@dataclass(slots=True)
class _Path:
    """All the answer says of one path: its files, those of them that are written out."""

    files: list[_File] = field(default_factory=list)
    written: list[_File] = field(default_factory=list)
    created: RawHunk | None = None
    deleted: HunkId | None = None
    moved: bool = False
    comes_from: str = ""

    def contradiction(self) -> Refusal | None:
        """Why the file can't be moved or changed further on in the answer."""
        if self.deleted is not None:
            return _DELETED
        return _MOVED if self.moved else None


class Assembler:
    """Turns one answer's events into hunks, file by file.

    Events of a file wait until its image is `provide`d; `awaited` says which are missing. `paths`
    are known files, for naming the nearest one to a path that is not there. With `overwrite` a file
    that is created though it is there is written anew; else that is refused. An image may have
    another path than it was asked for: that is the file's own spelling, and counts. `root` is the
    worktree's folder, for absolute paths.
    """

    def __init__(
        self, turn: int = 1, *, paths: Sequence[str] = (), overwrite: bool = False, root: str = ""
    ) -> None:
        self.turn = turn
        self._root = root
        self._spelt: dict[str, str] = {}
        self._overwrite = overwrite
        self.problems: list[Problem] = []
        self._paths = paths
        self._files: dict[int, _File] = {}
        self._same: dict[str, _Path] = {}
        self._absent: dict[str, Refusal] = {}
        self._held: dict[int, _File] = {}
        self._movers: dict[str, list[_File]] = {}
        self._images: dict[str, FileImage | Refusal] = {}
        self._gone: list[HunkId] = []

    # ------------------------------------------------------------- results

    @property
    def awaited(self) -> tuple[tuple[int, str], ...]:
        """(file, path) pairs whose images are missing."""
        out = []
        for file in self._held.values():
            for path in self._needed(file):
                if path not in self._images:
                    out.append((file.number, path))
        return tuple(out)

    @property
    def edits(self) -> tuple[FileEdit, ...]:
        """The file edits so far, in answer order."""
        return tuple(file.edit for file in self._files.values() if file.ready)

    def edit(self, file: int) -> FileEdit:
        """The edit of the answer's file with this number. Raises KeyError for an unknown one."""
        return self._files[file].edit

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """All hunks so far, in answer order."""
        return tuple(hunk for edit in self.edits for hunk in edit.hunks)

    @property
    def images(self) -> dict[str, FileImage]:
        """The base images by path, absent files included."""
        images = (image for image in self._images.values() if isinstance(image, FileImage))
        return {image.path: image for image in images}

    def path_of(self, written: str) -> str:
        """The path of a file that the answer names so."""
        path = guard.normal_path(written, self._root)
        return self._spelt.get(path, path)

    @property
    def asides(self) -> tuple[Hunk, ...]:
        """New files that stand in a fence, in an answer that edits others in another form."""
        files = [file for file in self._files.values() if file.edit.hunks]
        if all(file.written for file in files):
            return ()
        return tuple(
            hunk
            for file in files
            if file.written
            for hunk in file.edit.hunks
            if hunk.op is FileOp.CREATE
        )

    def take_gone(self) -> tuple[HunkId, ...]:
        """Hunks since the last call that turned out to be no edits."""
        gone, self._gone = tuple(self._gone), []
        return gone

    # ------------------------------------------------------------- input

    def feed(self, events: Iterable[EditEvent]) -> list[Hunk]:
        """Take parser events; the hunks that are new or changed."""
        out: list[Hunk] = []
        for event in events:
            if isinstance(event, Prose):
                continue
            if isinstance(event, TakenBack):
                out.clear()
                self._forget()
                continue
            if isinstance(event, FileOpened):
                self._open(event)
                out += self._advance(self._files[event.file])
            elif isinstance(event, Problem) and event.file is None:
                self.problems.append(event)
            elif event.file in self._files:
                file = self._files[event.file]
                if isinstance(event, Problem):
                    self.problems.append(event)
                file.waiting.append(event)
                out += self._advance(file)
        return out

    def _forget(self) -> None:
        """Nothing so far was meant; the images stay."""
        self.problems.clear()
        for held in (self._files, self._same, self._held, self._movers):
            held.clear()

    def provide(self, path: str, image: FileImage | Refusal) -> list[Hunk]:
        """The image of `path` (or why it can't be read); the hunks this made or changed."""
        if isinstance(image, FileImage) and not image.exists:
            image = replace(image, path=guard.composed(image.path))
        self._images[path] = image
        if isinstance(image, FileImage) and image.path != path:
            path = self._respell(path, image)
        same = self._same.get(path)
        waiting = [*(same.files if same else ()), *self._movers.pop(path, ())]
        return [hunk for file in waiting for hunk in self._advance(file)]

    def _respell(self, path: str, image: FileImage) -> str:
        """The disk spells it otherwise: what was said of `path` is about that file."""
        self._spelt[path] = image.path
        self._images.setdefault(image.path, image)
        self._movers.setdefault(image.path, []).extend(self._movers.pop(path, []))
        moved = self._same.pop(path, _Path()).files
        if moved:
            same = self._same.setdefault(image.path, _Path())
            for file in moved:
                file.path = image.path
            same.files = sorted((*same.files, *moved), key=lambda file: file.number)
            for one, two in pairwise(same.files):
                one.after, two.before = two.number, one
        return image.path

    # ------------------------------------------------------------- one file

    def _open(self, event: FileOpened) -> None:
        path = self.path_of(event.path)
        refusal = guard.check_known(path)
        image = absent(path)
        file = _File(
            event.file,
            event.op,
            path,
            FileEdit(self.turn, event.file, event.op, image),
            refusal=refusal,
        )
        self._files[event.file] = self._held[event.file] = file
        same = self._same.setdefault(path, _Path())
        if same.files:
            file.before = same.files[-1]
            file.before.after = file.number
        same.files.append(file)

    def _needed(self, file: _File) -> list[str]:
        needed = [] if guard.check_known(file.path) else [file.path]
        for event in file.waiting:
            if isinstance(event, FileMoved):
                to = self.path_of(event.to)
                if not guard.check_path(to):
                    needed.append(to)
        return needed

    def _advance(self, file: _File) -> list[Hunk]:
        """Go on with a file as far as images are here, and with those of its path that wait."""
        out: list[Hunk] = []
        step: _File | None = file
        while step is not None:
            out += self._go_on(step)
            if not step.ready or step.waiting:
                self._held[step.number] = step
                break
            self._held.pop(step.number, None)
            step = self._held.get(step.after)
        return out

    def _go_on(self, file: _File) -> list[Hunk]:
        if not file.ready and not self._begin(file):
            return []
        out: list[Hunk] = []
        while file.waiting:
            event = file.waiting[0]
            if isinstance(event, FileMoved):
                to = self.path_of(event.to)
                if not guard.check_path(to) and to not in self._images:
                    self._movers.setdefault(to, []).append(file)
                    break
            file.waiting.popleft()
            out += self._take(file, event)
        return out

    def _begin(self, file: _File) -> bool:
        """Give the file its image; False while that is missing, or an earlier edit of it is."""
        if not file.refusal:
            image = self._images.get(file.path)
            if image is None:
                return False
            before = self._before(file)
            if before is not None and (not before.ready or before.waiting):
                return False
            if isinstance(image, Refusal):
                file.refusal = image
            else:
                earlier = () if before is None else (before.edit,)
                file.edit = FileEdit(self.turn, file.number, file.op, image, earlier=earlier)
                file.refusal = self._absence(file, image)
        file.ready = True
        return True

    def _before(self, file: _File) -> _File | None:
        """The last edit of the same path before this one that is not refused as a whole."""
        found = file.before
        while found is not None and found.refusal and not _is_absent(found.refusal):
            found = found.before
        file.before = found
        return found

    def _absence(self, file: _File, image: FileImage) -> Refusal | None:
        if image.exists:
            return None
        odd = guard.check_path(image.path)
        return odd if odd or file.op is FileOp.CREATE else self._missing(file.path)

    def _missing(self, path: str) -> Refusal:
        if path not in self._absent:
            # beyond that looking for near names costs more than it tells
            known = self._paths if len(self._absent) < _MOST_MISSING else ()
            self._absent[path] = Refusal(RefusalCode.MISSING_FILE, missing_words(path, known))
        return self._absent[path]

    def _path_of(self, file: _File) -> _Path:
        return self._same[file.path]

    def _take(self, file: _File, event: EditEvent) -> list[Hunk]:
        match event:
            case HunkOpened():
                file.unfinished = True
                return []
            case HunkClosed(ordinal=ordinal, raw=raw):
                file.seen, file.unfinished = True, False
                return self._hunk(file, ordinal, raw)
            case FileMoved(to=to):
                file.seen = True
                return [self._rename(file, guard.normal_path(to, self._root))]
            case FileModeSet(mode=mode):
                file.seen = True
                return self._mode(file, mode)
            case Problem(message=message):
                return self._problem(file, message)
            case FileClosed():
                return self._close(file)
            case _:
                return []

    def _hunk(self, file: _File, ordinal: int, raw: RawHunk) -> list[Hunk]:
        edit = file.edit
        if raw.supposed and not _is_rewritten(raw, file):
            return []
        if raw.whole and (not file.refusal or _is_absent(file.refusal)):
            return self._whole(file, ordinal, raw)
        if file.refusal:
            return [edit.refuse(ordinal, file.refusal, op=file.op, raw=raw)]
        if file.op is FileOp.CREATE:
            return self._create(file, ordinal, raw)
        if file.op is FileOp.DELETE:
            file.deletions.append(raw)
            return []
        return self._place(file, ordinal, raw)

    def _create(self, file: _File, ordinal: int, raw: RawHunk) -> list[Hunk]:
        """A new file; a word that stands above a text sample is no name for one."""
        path = self._path_of(file)
        named = raw.prefixed or may_be_new(file.path, raw.new())
        if not file.edit.image.exists and not named and (raw.whole or "/" not in file.path):
            return [file.edit.refuse(ordinal, self._missing(file.path), raw=raw)]
        if path.comes_from:
            return [file.edit.refuse(ordinal, _TWO_ONTO, op=FileOp.CREATE, raw=raw)]
        if path.created is not None:
            if path.created.lines == raw.lines:
                return self._no_edit(file, ordinal)
            return [file.edit.refuse(ordinal, _TWICE, op=FileOp.CREATE, raw=raw)]
        if path.deleted is None and self._overwrite and file.edit.image.data:
            return self._rewrite(file, ordinal, raw)
        file.written = raw if raw.whole else None
        created = file.edit.create(raw, ordinal, after=path.deleted)
        if created.state is HunkState.OPEN:
            path.created = raw
        return [file.edit.update(replace(created, mode=file.mode))]

    def _no_edit(self, file: _File, ordinal: int) -> list[Hunk]:
        self._gone.append(HunkId(self.turn, file.number, str(ordinal)))
        return []

    def _whole(self, file: _File, ordinal: int, raw: RawHunk) -> list[Hunk]:
        if file.edit.image.exists:
            return self._rewrite(file, ordinal, raw)
        return self._create(file, ordinal, raw)

    def _rewrite(self, file: _File, ordinal: int, raw: RawHunk) -> list[Hunk]:
        """The file written out, which may only show how it is, or will be by the other edits."""
        edit, path = file.edit, self._path_of(file)
        if path.deleted is not None:
            return [edit.refuse(ordinal, _DELETED, raw=raw)]
        raw = with_stray_bytes(raw, edit.index)
        self._withdraw_shown(path, edit, rewritten=True)
        if not any(other.hunks for other in edit.earlier):
            file.written = raw
            path.written.append(file)
            return list(edit.rewrite(raw))
        if len(edit.earlier) < _MOST_WRITTEN:
            for text in (edit.index.texts, edit.text_after):
                if stands_in(raw.new(), text):
                    return self._no_edit(file, ordinal)
        return [edit.refuse(ordinal, _BESIDE, raw=raw)]

    def _place(self, file: _File, ordinal: int, raw: RawHunk) -> list[Hunk]:
        """A hunk of a file; what showed the file before it, or will be by it, was no edit."""
        edit, path = file.edit, self._path_of(file)
        if path.deleted is not None:
            return [edit.refuse(ordinal, _DELETED, raw=raw)]
        self._withdraw_shown(path, edit)
        if any(h.state is HunkState.OPEN for f in path.written for h in f.edit.hunks):
            return [edit.refuse(ordinal, _BESIDE, raw=raw)]
        placed = edit.place(raw, ordinal)
        if placed.id.file != file.number or placed.id.ordinal != str(ordinal):
            return self._no_edit(file, ordinal)
        if path.written and len(edit.earlier) < _MOST_WRITTEN:
            after = edit.text_after
            for other in path.written:
                if other.shows(after, len(after)):
                    self._gone += other.edit.withdraw()
        return [placed]

    def _withdraw_shown(self, path: _Path, edit: FileEdit, *, rewritten: bool = False) -> None:
        """Earlier texts of this file in the answer that only show what is there are no edits.

        Where one is `rewritten` behind it, a text that has most of the file may be meant for it.
        """
        texts = edit.index.texts
        for file in path.written:
            most = len(texts) // 2 if rewritten else len(texts)
            if file.shows(texts, most):
                self._gone += file.edit.withdraw()

    def _rename(self, file: _File, to: str) -> Hunk:
        path, target = self._path_of(file), self._same.get(to)
        refusal = file.refusal or guard.check_path(to) or path.contradiction()
        if target is not None and (target.created or target.comes_from):
            refusal = refusal or _TWO_ONTO
        there = self._images.get(to)
        if isinstance(there, Refusal):
            refusal = refusal or there
            there = None
        elif there is not None and to != there.path == file.path:
            there = None  # the file itself: only its letters are composed otherwise
        hunk = file.edit.rename(to, there, refusal)
        if hunk.state is HunkState.OPEN:
            path.moved = True
            self._same.setdefault(to, _Path()).comes_from = file.path
        return hunk

    def _mode(self, file: _File, mode: int) -> list[Hunk]:
        if file.op is FileOp.CREATE:
            file.mode = mode
            return []
        if file.refusal:
            return [file.edit.refuse("m", file.refusal, op=FileOp.MODE)]
        return [file.edit.set_mode(mode)]

    def _problem(self, file: _File, message: str) -> list[Hunk]:
        file.refusal = Refusal(RefusalCode.MALFORMED, message)
        return list(file.edit.void(file.refusal))

    def _close(self, file: _File) -> list[Hunk]:
        edit = file.edit
        if file.op is FileOp.DELETE:
            if file.refusal:
                raw = file.deletions[0] if file.deletions else None
                return [edit.refuse(1, file.refusal, op=FileOp.DELETE, raw=raw)]
            deleted = edit.delete(file.deletions)
            if deleted.state is HunkState.OPEN:
                self._path_of(file).deleted = deleted.id
            return [deleted]
        if file.unfinished and not file.seen and not file.refusal:
            return []  # the answer broke off inside its first hunk, which is said as a problem
        if not file.seen:
            name = guard.shown(file.path)
            empty = Refusal(RefusalCode.EMPTY, f"the edit of {name} is empty")
            return [edit.refuse(1, file.refusal or empty, op=file.op)]
        return list(edit.close())


def _is_rewritten(raw: RawHunk, file: _File) -> bool:
    """Whether a text that names no file can be the file, rewritten; else it shows something."""
    index = file.edit.index
    if file.refusal or not alike(raw.new(), index.texts):
        return False
    return not isinstance(rewritten(raw, index), Refusal)


def _is_absent(refusal: Refusal) -> bool:
    return refusal.code is RefusalCode.MISSING_FILE


def missing_words(path: str, known: Sequence[str]) -> str:
    """`net/retries.py is not here · nearest: net/retry.py`."""
    words = f"{guard.shown(path)} is not here"
    near = nearest_path(path, known)
    return f"{words} · nearest: {guard.shown(near)}" if near else words


def nearest_path(path: str, known: Sequence[str]) -> str:
    """The known path most like `path`: the same name elsewhere, else at least 60 % alike."""
    name = path.rpartition("/")[2]
    same = [p for p in known if p.rpartition("/")[2] == name]
    if len(same) == 1:
        return same[0]
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    found = process.extractOne(
        path,
        same or known[:_MOST_NAMES],
        scorer=Indel.normalized_similarity,
        score_cutoff=0.6 if not same else None,
    )
    return str(found[0]) if found else ""

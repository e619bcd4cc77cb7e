"""Parser events of a whole answer plus file images in, hunks out: for sessions and pipes alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from spark_tui.core.edits import guard
from spark_tui.core.edits.excerpt import stands_in
from spark_tui.core.edits.fileops import rewritten
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
_TWICE = Refusal(RefusalCode.OVERLAP, "the answer creates the file twice")
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

    def shows(self, text: Sequence[str]) -> bool:
        """Whether it has hunks, of a text written out that only shows this one."""
        shown = self.written
        return bool(shown and self.edit.hunks) and stands_in(shown.new() if shown else (), text)


class Assembler:
    """Turns one answer's events into hunks, file by file.

    Events of a file wait until its image is `provide`d; `awaited` says which are missing. `paths`
    are known files, for naming the nearest one to a path that is not there. With `overwrite` a file
    that is created though it is there is written anew; else that is refused.
    """

    def __init__(
        self, turn: int = 1, *, paths: Sequence[str] = (), overwrite: bool = False
    ) -> None:
        self.turn = turn
        self._overwrite = overwrite
        self.problems: list[Problem] = []
        self._paths = paths
        self._files: dict[int, _File] = {}
        self._same: dict[str, list[_File]] = {}
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
        return {p: image for p, image in self._images.items() if isinstance(image, FileImage)}

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
        self._images[path] = image
        waiting = [*self._same.get(path, ()), *self._movers.pop(path, ())]
        return [hunk for file in waiting for hunk in self._advance(file)]

    # ------------------------------------------------------------- one file

    def _open(self, event: FileOpened) -> None:
        path = guard.normal_path(event.path)
        refusal = guard.check_path(path)
        image = absent(path)
        file = _File(
            event.file,
            event.op,
            path,
            FileEdit(self.turn, event.file, event.op, image),
            refusal=refusal,
        )
        self._files[event.file] = self._held[event.file] = file
        self._same.setdefault(path, []).append(file)

    def _needed(self, file: _File) -> list[str]:
        needed = [] if guard.check_path(file.path) else [file.path]
        for event in file.waiting:
            if isinstance(event, FileMoved):
                to = guard.normal_path(event.to)
                if not guard.check_path(to):
                    needed.append(to)
        return needed

    def _advance(self, file: _File) -> list[Hunk]:
        out = self._go_on(file)
        if file.ready and not file.waiting:
            self._held.pop(file.number, None)
        else:
            self._held[file.number] = file
        return out

    def _go_on(self, file: _File) -> list[Hunk]:
        if not file.ready and not self._begin(file):
            return []
        out: list[Hunk] = []
        while file.waiting:
            event = file.waiting[0]
            if isinstance(event, FileMoved):
                to = guard.normal_path(event.to)
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
            earlier = [f for f in self._same[file.path] if f.number < file.number]
            same = [f for f in earlier if not f.refusal or _is_absent(f.refusal)]
            if any(not f.ready or f.waiting for f in same):
                return False
            if isinstance(image, Refusal):
                file.refusal = image
            else:
                file.edit = FileEdit(
                    self.turn, file.number, file.op, image, earlier=[f.edit for f in same]
                )
                file.refusal = self._absence(file, image)
        file.ready = True
        return True

    def _absence(self, file: _File, image: FileImage) -> Refusal | None:
        if image.exists or file.op is FileOp.CREATE:
            return None
        return Refusal(RefusalCode.MISSING_FILE, missing_words(file.path, self._paths))

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
                return [self._rename(file, guard.normal_path(to))]
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
        named = raw.prefixed or may_be_new(file.path, raw.new())
        if not file.edit.image.exists and not named and (raw.whole or "/" not in file.path):
            absence = Refusal(RefusalCode.MISSING_FILE, missing_words(file.path, self._paths))
            return [file.edit.refuse(ordinal, absence, raw=raw)]
        for other in (*file.edit.earlier, file.edit):
            for hunk in other.hunks:
                if hunk.op is FileOp.CREATE and hunk.raw is not None:
                    if hunk.raw.lines == raw.lines:
                        return self._no_edit(file, ordinal)
                    return [file.edit.refuse(ordinal, _TWICE, op=FileOp.CREATE, raw=raw)]
        file.written = raw if raw.whole else None
        after = self._deletion(file)
        if after is None and self._overwrite and file.edit.image.data:
            return self._rewrite(file, ordinal, raw)
        created = file.edit.create(raw, ordinal, after=after)
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
        edit = file.edit
        self._withdraw_shown(edit)
        others = [e for e in edit.earlier if e.hunks]
        if not others:
            file.written = raw
            return list(edit.rewrite(raw))
        if len(edit.earlier) < _MOST_WRITTEN:
            for text in (edit.index.texts, edit.text_after):
                if stands_in(raw.new(), text):
                    return self._no_edit(file, ordinal)
        return [edit.refuse(ordinal, _BESIDE, raw=raw)]

    def _place(self, file: _File, ordinal: int, raw: RawHunk) -> list[Hunk]:
        """A hunk of a file; what showed the file before it, or will be by it, was no edit."""
        edit = file.edit
        written = [f for f in self._same[file.path] if f.number < file.number and f.written]
        if not written:
            return [edit.place(raw, ordinal)]
        self._withdraw_shown(edit)
        if any(h.state is HunkState.OPEN for f in written for h in f.edit.hunks):
            return [edit.refuse(ordinal, _BESIDE, raw=raw)]
        placed = edit.place(raw, ordinal)
        for other in written:
            few = len(edit.earlier) < _MOST_WRITTEN
            if few and other.shows(edit.text_after):
                self._gone += other.edit.withdraw()
        return [placed]

    def _withdraw_shown(self, edit: FileEdit) -> None:
        """Earlier texts of this file in the answer that only show what is there are no edits."""
        for file in self._same[edit.image.path]:
            if file.edit is not edit and file.shows(edit.index.texts):
                self._gone += file.edit.withdraw()

    def _deletion(self, file: _File) -> HunkId | None:
        """The open deletion of the same path earlier in the answer."""
        for other in (*file.edit.earlier, file.edit):
            for hunk in other.hunks:
                if hunk.op is FileOp.DELETE and hunk.state is HunkState.OPEN:
                    return hunk.id
        return None

    def _rename(self, file: _File, to: str) -> Hunk:
        refusal = file.refusal or guard.check_path(to)
        there = self._images.get(to)
        if isinstance(there, Refusal):
            refusal = refusal or there
            there = None
        return file.edit.rename(to, there, refusal)

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
            return [edit.delete(file.deletions)]
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

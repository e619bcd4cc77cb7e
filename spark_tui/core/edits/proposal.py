"""The hunks of one file of an answer: placed as they close, settled when the file is complete."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits import compose, fileops
from spark_tui.core.edits.compose import (
    IndentError,
    Replacement,
    changes_for,
    joined,
    post_image,
)
from spark_tui.core.edits.dependent_hunks import stacked
from spark_tui.core.edits.diff import opcodes
from spark_tui.core.edits.disambiguation import Settling
from spark_tui.core.edits.hunk_factory import (
    INDENTED_OTHERWISE,
    content_refusal,
    is_excerpt,
    opened,
    overlapping,
    refused_hunk,
    spelled_out,
    unmarked,
)
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.line_claims import Occupied
from spark_tui.core.edits.locate import MOST_CHOICES, Located, Match, locate
from spark_tui.core.edits.mangled import is_typographic
from spark_tui.core.edits.model import (
    FileImage,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
)
from spark_tui.core.edits.readings import read_block
from spark_tui.core.edits.relocate import Mover
from spark_tui.core.edits.text import bare

__all__ = ["FileEdit", "changes_for", "post_image"]

_ROUNDS = 5
_MOST_STACKED = 64
_NOT_ON_BASE = (RefusalCode.NOT_FOUND, RefusalCode.ALREADY_APPLIED)


class _Path:
    """What the edits of one path in one answer share.

    `occupied` is what the first `upto` of them take up, None where that is to be found out anew;
    `odd` is a line with typographic quotes that one of them expects.
    """

    def __init__(self) -> None:
        self.edits: list[FileEdit] = []
        self.occupied: Occupied | None = None
        self.upto = 0
        self.stacked = 0
        self.odd = ""

    def join(self, edit: FileEdit) -> int:
        """One more; its number. It takes up nothing yet."""
        self.edits.append(edit)
        if self.upto == len(self.edits) - 1:
            self.upto += 1
        return len(self.edits)


class FileEdit:
    """One file's hunks on one base image.

    `place` and the other makers add hunks in answer order; `close` settles what only the whole
    file tells. Hunks that are on disk or dropped are `retire`d: they no longer take up room.
    """

    def __init__(
        self,
        turn: int,
        file: int,
        op: FileOp,
        image: FileImage,
        *,
        earlier: Sequence[FileEdit] = (),
    ) -> None:
        self.turn = turn
        self.file = file
        self.op = op
        self._path: _Path = earlier[-1]._path if earlier else _Path()
        self._number = self._path.join(self)
        self.index: LineIndex = earlier[0].index if earlier else LineIndex(image)
        self._hunks: dict[HunkId, Hunk] = {}
        self._choices: dict[HunkId, tuple[Match, ...]] = {}
        self._matches: dict[HunkId, Match] = {}
        self._wholes: dict[HunkId, tuple[Hunk, Match | None]] = {}
        self._retired: set[HunkId] = set()

    @property
    def earlier(self) -> Sequence[FileEdit]:
        """The edits of this path before it in the answer."""
        return self._path.edits[: self._number - 1]

    @property
    def image(self) -> FileImage:
        """The base image all hunks are located on."""
        return self.index.image

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """All hunks in answer order."""
        return tuple(self._hunks.values())

    def _id(self, ordinal: int | str) -> HunkId:
        return HunkId(self.turn, self.file, str(ordinal))

    def _set(self, hunk: Hunk) -> Hunk:
        known = hunk.id in self._hunks
        self._hunks[hunk.id] = hunk
        if known:
            self._path.occupied = None
        elif self._path.occupied is not None and self._is_live(hunk):
            if self._path.upto == self._number:
                self._path.occupied.add(hunk)
            else:
                self._path.occupied = None
        return hunk

    def update(self, hunk: Hunk) -> Hunk:
        """Replace the hunk with this id."""
        return self._set(hunk)

    def refuse(
        self,
        ordinal: int | str,
        refusal: Refusal,
        *,
        op: FileOp = FileOp.UPDATE,
        raw: RawHunk | None = None,
    ) -> Hunk:
        """A hunk that has no place, with its reason."""
        hunk_id = self._id(ordinal)
        return self._set(refused_hunk(hunk_id, self.image.path, op, refusal, raw))

    def void(self, refusal: Refusal) -> tuple[Hunk, ...]:
        """Refuse everything: the file's part of the answer is malformed."""
        out = []
        for hunk in self.hunks:
            if hunk.state is not HunkState.REFUSED:
                raw = hunk.raw
                out.append(self._set(refused_hunk(hunk.id, hunk.path, hunk.op, refusal, raw)))
        return tuple(out)

    # ------------------------------------------------------------- update hunks

    def place(self, raw: RawHunk, ordinal: int | str) -> Hunk:
        """Locate a closed hunk: OPEN at its one place, or REFUSED with the reason.

        The earlier hunk, where one of the answer makes the very same change.
        """
        hunk_id = self._id(ordinal)
        if raw.readings:
            meant = read_block(raw, self.index)
            if isinstance(meant, Refusal):
                return self._set(refused_hunk(hunk_id, self.image.path, FileOp.UPDATE, meant, raw))
            raw = meant
        raw = unmarked(raw, self.index)
        self._path.odd = next((t for t in raw.old() if is_typographic(t)), self._path.odd)
        refusal = content_refusal(raw, self.index, (self._path.odd,))
        if refusal:
            return self._set(refused_hunk(hunk_id, self.image.path, FileOp.UPDATE, refusal, raw))
        located = locate(raw, self.index)
        if located.refusal and located.refusal.code in _NOT_ON_BASE:
            hunk = self._on_top(hunk_id, raw)
            if hunk:
                return self._set(hunk)
        hunk = self._settle(hunk_id, raw, located, once=True)
        return self._set(hunk) if hunk.id == hunk_id else hunk

    def _settle(
        self, hunk_id: HunkId, raw: RawHunk, located: Located, *, once: bool = False
    ) -> Hunk:
        """The hunk for a search result; overlapping an earlier one it is tried on top of that.

        With `once` it is the earlier one, where that makes the same change.
        """
        path = self.image.path
        if located.refusal:
            if located.choices:
                self._choices[hunk_id] = located.choices
            return refused_hunk(hunk_id, path, FileOp.UPDATE, located.refusal, raw)
        try:
            if located.match:
                change = compose.replacement(located.match, self.index)
                self._matches[hunk_id] = located.match
            else:
                change = compose.inserted(raw, located.insert_at or 0, self.index)
        except IndentError:
            refusal = Refusal(
                RefusalCode.INDENT,
                INDENTED_OTHERWISE,
                line=located.match.start + 1 if located.match else None,
            )
            return refused_hunk(hunk_id, path, FileOp.UPDATE, refusal, raw)
        if change.old == change.new:
            refusal = Refusal(RefusalCode.ALREADY_APPLIED, "the edit is already in the file")
            return refused_hunk(hunk_id, path, FileOp.UPDATE, refusal, raw)
        hunk = opened(hunk_id, path, raw, change)
        same = self._taken().maker(hunk) if once else None
        if same is not None:
            return same
        other = self._other_of(raw)
        if other is not None:
            return overlapping(hunk_id, path, raw, other)
        clash = self._taken().clash(change.start, change.end)
        if clash is not None:
            return self._on_top(hunk_id, raw) or overlapping(hunk_id, path, raw, clash)
        return hunk

    def _other_of(self, raw: RawHunk) -> Hunk | None:
        """The hunk that puts other lines beside the very lines beside which this one puts some.

        Within one patch of the file both are meant; else the answer may name two ways to do it.
        """
        if any(line.tag == "-" for line in raw.lines):
            return None
        other = self._taken().beside(raw.old())
        return None if other is None or (raw.prefixed and other.id.file == self.file) else other

    def _taken(self) -> Occupied:
        """What the path's live hunks occupy; kept while hunks are only added."""
        path = self._path
        if path.occupied is None or path.upto != self._number:
            path.occupied, path.upto = Occupied(self._live()), self._number
        return path.occupied

    def _live(self) -> list[Hunk]:
        return [h for edit in self._path.edits[: self._number] for h in edit._own_live()]

    def _own_live(self) -> list[Hunk]:
        return [h for h in self._hunks.values() if self._is_live(h)]

    def _is_live(self, hunk: Hunk) -> bool:
        return (
            hunk.base_span is not None
            and hunk.op is FileOp.UPDATE
            and hunk.state is HunkState.OPEN
            and hunk.id not in self._retired
        )

    def _on_top(self, hunk_id: HunkId, raw: RawHunk) -> Hunk | None:
        """The hunk placed on the text after the earlier ones, None where it does not fit there."""
        if self._path.stacked >= _MOST_STACKED or not self._taken().wrote(raw.old()):
            return None
        self._path.stacked += 1
        return stacked(hunk_id, raw, self.image, self._live())

    # ------------------------------------------------------------- whole file, and file operations

    def rewrite(self, raw: RawHunk, *, vouched: bool = False) -> tuple[Hunk, ...]:
        """A whole-file answer as hunks, one per changed run of lines; or one refused hunk.

        `vouched`: the person says that it is the whole file, whatever it lacks of the old one.
        """
        raw = unmarked(raw, self.index)
        found = fileops.rewritten(raw, self.index, vouched=vouched)
        if isinstance(found, Refusal):
            return (self.refuse(1, found, raw=raw),)
        return tuple(
            self._set(spelled_out(self._id(number), change, self.index))
            for number, change in enumerate(found, 1)
        )

    def withdraw(self) -> tuple[HunkId, ...]:
        """None of its hunks is an edit: they show what is there, or comes in another form."""
        ids = tuple(self._hunks)
        self._hunks.clear()
        self._choices.clear()
        self._matches.clear()
        self._path.occupied = None
        return ids

    @property
    def text_after(self) -> tuple[str, ...]:
        """The file's lines, without endings, with the live hunks of this and earlier edits."""
        return tuple(bare(line) for line in post_image(self.image, self._live()).lines)

    def create(self, raw: RawHunk, ordinal: int | str, *, after: HunkId | None = None) -> Hunk:
        """The whole new file; `after` is the deletion in the same answer that makes room."""
        raw = unmarked(raw, self.index)
        return self._set(fileops.created(self._id(ordinal), raw, self.index, after))

    def delete(self, raws: Sequence[RawHunk], ordinal: int | str = 1) -> Hunk:
        """The file goes; where the answer spells out its lines they must be all the file has."""
        return self._set(fileops.deleted(self._id(ordinal), raws, self.index))

    def rename(self, to: str, destination: FileImage | None, refusal: Refusal | None) -> Hunk:
        """The file moves to `to`; refused where that path is bad or taken."""
        path = self.image.path
        return self._set(fileops.renamed(self._id("r"), path, to, destination, refusal))

    def set_mode(self, mode: int) -> Hunk:
        """The file's mode changes (0o100644, 0o100755)."""
        return self._set(
            Hunk(self._id("m"), self.image.path, FileOp.MODE, HunkState.OPEN, mode=mode)
        )

    # ------------------------------------------------------------- what the whole file tells

    def close(self) -> tuple[Hunk, ...]:
        """Settle ambiguous hunks by the places of the others; the hunks that changed."""
        changed: dict[HunkId, Hunk] = {}
        for _ in range(_ROUNDS):
            before = len(changed)
            view = Settling(
                self.index, list(self._hunks), self._own_live(), self._matches, self._taken()
            )
            for hunk_id, choices in list(self._choices.items()):
                if len(choices) >= MOST_CHOICES:
                    continue  # there may be places that are not listed
                left = view.narrow(hunk_id, choices)
                if len(left) != 1:
                    continue
                hunk = self._take(hunk_id, left[0])
                if hunk.state is HunkState.OPEN:
                    changed[hunk_id] = hunk
            if len(changed) == before:
                break
        return tuple(changed.values())

    def _take(self, hunk_id: HunkId, match: Match) -> Hunk:
        raw = self._hunks[hunk_id].raw or match.raw
        hunk = self._settle(hunk_id, raw, Located(match=match))
        if hunk.state is HunkState.OPEN:
            self._choices.pop(hunk_id, None)
            self._set(hunk)
        return hunk

    # ------------------------------------------------------------- decisions about places

    def choose(self, hunk_id: HunkId, candidate: int) -> tuple[Hunk, ...]:
        """Put an ambiguous hunk at its candidate (0-based index).

        That of an excerpt is the whole file, which may come to several hunks. Raises LookupError
        where the hunk has no such candidate.
        """
        part = self._hunks.get(hunk_id)
        raw = part.raw if part is not None and is_excerpt(part) else None
        if raw is not None and candidate == 0:
            return self.rewrite(raw, vouched=True)
        choices = self._choices.get(hunk_id, ())
        if not 0 <= candidate < len(choices):
            raise LookupError(f"hunk {hunk_id} has no candidate {candidate + 1}")
        hunk = self._take(hunk_id, choices[candidate])
        return (self._hunks[hunk_id] if hunk.state is HunkState.REFUSED else hunk,)

    def retire(self, ids: Collection[HunkId]) -> None:
        """These hunks are on disk or dropped: they take up no room and are not located again."""
        self._retired |= set(ids)
        self._path.occupied = None

    def split(self, hunk_id: HunkId) -> tuple[Hunk, ...]:
        """The hunk as its separate runs of changes, `3.1`, `3.2`, …; alone if it has only one.

        Raises LookupError for an unknown hunk.
        """
        hunk = self._hunks[hunk_id]
        if hunk.op is not FileOp.UPDATE or hunk.base_span is None or hunk.depends_on:
            return (hunk,)
        runs = [op for op in opcodes(hunk.old, hunk.new) if not op.equal]
        if len(runs) < 2 or any(h.depends_on == hunk_id for h in self.hunks):
            return (hunk,)
        start = hunk.base_span[0]
        parts = tuple(
            spelled_out(
                HunkId(hunk_id.turn, hunk_id.file, f"{hunk_id.ordinal}.{number}"),
                Replacement(
                    start + op.a1,
                    start + op.a2,
                    hunk.old[op.a1 : op.a2],
                    hunk.new[op.b1 : op.b2],
                ),
                self.index,
            )
            for number, op in enumerate(runs, 1)
        )
        self._wholes[hunk_id] = (hunk, self._matches.pop(hunk_id, None))
        self._exchange((hunk_id,), parts)
        return parts

    def join(self, whole: HunkId, ids: Sequence[HunkId]) -> Hunk | None:
        """The parts of a split hunk as one again, with what was changed in them since.

        None, and no change, where they are not one place any more: one is gone, retired or without
        a place, or another hunk stands between them.
        """
        parts = [self._hunks[i] for i in ids if i in self._hunks and i not in self._retired]
        if len(parts) < len(ids) or any(h.depends_on in ids for h in self.hunks):
            return None
        change = joined(parts, self.image)
        others = Occupied([h for h in self._live() if h.id not in ids])
        if change is None or others.clash(change.start, change.end):
            return None
        hunk, match = self._wholes.pop(whole, (None, None))
        was = None if hunk is None else (hunk.base_span, hunk.old, hunk.new)
        if hunk is None or was != ((change.start, change.end), change.old, change.new):
            hunk, match = spelled_out(whole, change, self.index), None
        self._exchange(ids, (hunk,))
        if match is not None:
            self._matches[whole] = match
        return hunk

    def _exchange(self, gone: Collection[HunkId], hunks: Sequence[Hunk]) -> None:
        """Put `hunks` where the first of `gone` was, and take those out."""
        rebuilt: dict[HunkId, Hunk] = {}
        for key, value in self._hunks.items():
            if key not in gone:
                rebuilt[key] = value
            else:
                rebuilt.update({h.id: h for h in hunks})
        self._hunks = rebuilt
        self._path.occupied = None

    # ------------------------------------------------------------- a file that changed

    def relocate(
        self, image: FileImage, *, reopened: Collection[HunkId] = (), by: str = ""
    ) -> tuple[Hunk, ...]:
        """Take `image`, which `by` wrote (see `writers`), as the new base; the hunks that changed.

        Each open hunk goes where its lines went (`moved_from` is where it was), or turns STALE,
        naming the changed line. Stale and refused hunks are tried again. `reopened` are retired
        hunks that were taken back from disk.
        """
        mover = Mover(self.image, image, by)
        self._retired -= set(reopened)
        self.index = LineIndex(image)
        before = self._hunks
        self._hunks = {}
        self._choices.clear()
        self._matches.clear()
        self._path.occupied = None
        out = []
        for hunk in before.values():
            if hunk.id in self._retired:
                self._hunks[hunk.id] = hunk
                continue
            moved = self._set(self._relocated(hunk, mover, again=hunk.id in set(reopened)))
            if moved != hunk:
                out.append(moved)
        return tuple(out)

    def _relocated(self, hunk: Hunk, mover: Mover, *, again: bool) -> Hunk:
        if hunk.op is not FileOp.UPDATE:
            return mover.file_operation(hunk)
        if hunk.state is HunkState.OPEN and not again:
            moved = mover.follow(hunk)
            if moved:
                return moved
        if hunk.raw is None or hunk.raw.whole or hunk.depends_on:
            return mover.stale(hunk)
        placed = self._settle(hunk.id, hunk.raw, locate(hunk.raw, self.index))
        if placed.state is HunkState.OPEN:
            was = hunk.line
            if was is not None and placed.line != was:
                placed = replace(placed, moved_from=was)
            return placed
        if hunk.state is HunkState.REFUSED:
            return placed
        return mover.stale(hunk)

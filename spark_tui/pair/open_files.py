"""The files that open hunks belong to: their base images and what of them is already applied.

Every hunk of a file is located on one base image. What is on disk is `base + applied hunks`; a
flush takes it to `base + applied + kept`. When the disk says otherwise, somebody else wrote: the
base becomes what is on disk and every undecided hunk is located again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits.compose import MisfitError
from spark_tui.core.edits.model import Change, FileImage, Hunk, HunkId, HunkState
from spark_tui.core.edits.proposal import FileEdit, changes_for
from spark_tui.core.errors import ConflictError
from spark_tui.core.remedy import Remedy


@dataclass(slots=True)
class OpenFile:
    """One path: its base image, the edits located on it, and the hunks applied since."""

    base: FileImage
    edits: list[FileEdit] = field(default_factory=list)
    applied: dict[HunkId, Hunk] = field(default_factory=dict)


class OpenFiles:
    """Open files by path."""

    def __init__(self) -> None:
        self._files: dict[str, OpenFile] = {}

    def paths(self) -> tuple[str, ...]:
        """Every path that has an edit."""
        return tuple(self._files)

    def base(self, path: str) -> FileImage | None:
        """The image the hunks of `path` are located on."""
        held = self._files.get(path)
        return held.base if held else None

    def add(self, edit: FileEdit) -> None:
        """An answer edits this file. `begin` was called with the same image before."""
        held = self._files.setdefault(edit.image.path, OpenFile(edit.image))
        held.edits.append(edit)

    def forget(self, turn: int) -> None:
        """Nothing of this turn's answer was meant."""
        for held in self._files.values():
            held.edits = [edit for edit in held.edits if edit.turn != turn]

    def answers(self, path: str) -> tuple[tuple[int, int], ...]:
        """(turn, file of its answer) of every edit of `path`."""
        held = self._files.get(path)
        return tuple((edit.turn, edit.file) for edit in held.edits) if held else ()

    def edit_of(self, hunk_id: HunkId) -> FileEdit | None:
        """The edit a hunk belongs to."""
        for held in self._files.values():
            for edit in held.edits:
                if (edit.turn, edit.file) == (hunk_id.turn, hunk_id.file):
                    return edit
        return None

    def changes(self, hunks: Iterable[Hunk]) -> tuple[Change, ...]:
        """What a flush of `hunks` changes: from what is on disk to what will be.

        Raises ConflictError where one of them changes lines that an applied one changed.
        """
        wanted = list(hunks)
        paths = dict.fromkeys(h.path for h in wanted)
        bases = {path: self._files[path].base for path in paths}
        applied = [h for path in paths for h in self._files[path].applied.values()]
        try:
            return tuple(_between(bases, applied, [*applied, *wanted]))
        except MisfitError as error:
            raise ConflictError(
                f"another hunk changed these lines of {error.path} first",
                Remedy.ASK_AGAIN,
                Remedy.DROP,
            ) from None

    def mark_applied(self, hunks: Iterable[Hunk]) -> None:
        """These hunks are on disk."""
        for hunk in hunks:
            self._files[hunk.path].applied[hunk.id] = hunk

    def mark_taken_back(self, ids: Iterable[HunkId]) -> None:
        """These hunks are off the disk again."""
        for held in self._files.values():
            for hunk_id in ids:
                held.applied.pop(hunk_id, None)

    def on_disk(self, path: str) -> FileImage | None:
        """What we believe `path` holds: its base with the applied hunks; None if not open."""
        held = self._files.get(path)
        if held is None:
            return None
        return _state({path: held.base}, list(held.applied.values())).get(path, held.base)

    def behind(self, image: FileImage) -> bool:
        """Whether somebody else changed the file to `image`: we believe something else is there."""
        believed = self.on_disk(image.path)
        return believed is not None and not _same(believed, image)

    def applied(self, path: str) -> tuple[HunkId, ...]:
        """The hunks of `path` that are on disk and no part of its base."""
        held = self._files.get(path)
        return tuple(held.applied) if held else ()

    def moved(
        self,
        image: FileImage,
        live: Sequence[Hunk],
        reopened: Collection[HunkId] = (),
        by: str = "",
    ) -> tuple[Hunk, ...]:
        """Somebody (`by`, see `writers`) changed the file to `image`: locate `live` hunks on it.

        Returns those that changed (moved, or stale with the reason). No change when `image` is
        what we believe is on disk. `live` are the undecided and kept hunks of this path,
        `reopened` those of them that were taken back from disk just now.
        """
        held = self._files.get(image.path)
        if held is None or not self.behind(image):
            return ()
        return self._rebase(held, image, live, reopened, by)

    def begin(self, image: FileImage, live: Sequence[Hunk], by: str = "") -> tuple[Hunk, ...]:
        """An answer is about to be located on `image`, what is on disk now.

        What we applied since the base is part of it: from here on it is the base of all hunks of
        this file. Returns the `live` ones that changed, as `moved` does.
        """
        held = self._files.get(image.path)
        if held is None or _same(held.base, image):
            return ()
        return self._rebase(held, image, live, (), by)

    def _rebase(
        self,
        held: OpenFile,
        image: FileImage,
        live: Sequence[Hunk],
        reopened: Collection[HunkId],
        by: str,
    ) -> tuple[Hunk, ...]:
        settled = {i for i in held.applied if i not in reopened}
        held.base = image
        held.applied.clear()
        wanted = {h.id: h for h in live}
        out = []
        for edit in held.edits:
            edit.retire([h.id for h in edit.hunks if h.id in settled or h.id not in wanted])
            for hunk in edit.relocate(image, reopened=reopened, by=by):
                before = wanted.get(hunk.id)
                if before is not None:
                    out.append(_keeping_decision(before, hunk))
        return tuple(out)


def _keeping_decision(before: Hunk, after: Hunk) -> Hunk:
    if before.state is HunkState.KEPT and after.state is HunkState.OPEN:
        return replace(after, state=HunkState.KEPT)
    return after


def _same(one: FileImage, two: FileImage) -> bool:
    return one.exists == two.exists and one.data == two.data and one.mode == two.mode


def _state(bases: Mapping[str, FileImage], hunks: Sequence[Hunk]) -> dict[str, FileImage]:
    """Images by path after `hunks`; empty where nothing is applied."""
    return {c.path: c.after for c in changes_for(hunks, bases)}


def _between(
    bases: Mapping[str, FileImage], old: Sequence[Hunk], new: Sequence[Hunk]
) -> list[Change]:
    """Changes from `bases + old` to `bases + new`, path by path."""
    first = {c.path: c for c in changes_for(old, bases)}
    last = {c.path: c for c in changes_for(new, bases)}
    out = []
    for path in (*last, *(p for p in first if p not in last)):
        origin = (last.get(path) or first[path]).before
        before = first[path].after if path in first else origin
        after = last[path].after if path in last else origin
        if not _same(before, after):
            source = last[path].source if path in last and not before.exists else ""
            out.append(Change(before, after, source))
    return out

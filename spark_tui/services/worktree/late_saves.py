"""What becomes of the file a swap displaced: an editor may hold it open, and save into it late.

While it is beside its target it is looked at again; bytes that were saved into it are newer than
everything we wrote since, so they win. Where somebody saved over ours since, they are kept aside.
"""

from __future__ import annotations

from spark_tui.core.errors import FileRefusedError
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.files import Folders, OnDisk
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Step, StoredSide
from spark_tui.services.worktree.rollback import Restored, StepPlace, unfinished


def settle_displaced(journal: Journal, folders: Folders, record: Record, step: Step) -> Restored:
    """Decide about a displaced file of a *marked* record that is still beside its target.

    Bytes the journal holds are removed. Bytes that were saved into it after the swap go back to
    the path, and what was there takes their place beside it: call again later, somebody may hold
    that one open by now. Raises OSError.
    """
    try:
        folder, name = folders.of(step.path)
    except (FileNotFoundError, FileRefusedError):
        return Restored()
    place = StepPlace(journal, record, step, folder, name)
    aside = place.look(step.temp)
    if not aside.exists:
        return Restored()
    nothing_new = unfinished(aside) or place.is_before(aside) or place.is_after(aside)
    if nothing_new or aside.sha in _known(journal, step.path):
        disk.remove(folder, step.temp)
        return Restored()
    ours, here = _last_of_ours(journal, record, step), place.look(name)
    if ours is not None and not ours.exists and not here.exists:
        return place.move_back(aside)
    if ours is None or here.sha != ours.sha or not disk.swap(folder, step.temp, name):
        return place.leave(here, aside)
    return _swapped(place, here, aside)


def _swapped(place: StepPlace, ours: OnDisk, theirs: OnDisk) -> Restored:
    out = place.look(place.step.temp)
    if out.sha != ours.sha:
        # Somebody saved over ours between the look and the swap: theirs is the newest.
        disk.swap(place.folder, place.step.temp, place.name)
        return place.leave(out, theirs)
    return Restored(left=(place.step.path,))


def _known(journal: Journal, path: str) -> set[str]:
    """Every content of a file that the journal can give back."""
    return {
        side.sha
        for record in journal.records()
        for step in record.steps
        if step.path == path
        for side in (step.before, step.after)
    }


def _last_of_ours(journal: Journal, record: Record, step: Step) -> StoredSide | None:
    """What we left last at the path, if nobody else saved there since this step; else None."""
    side = step.after
    for later in journal.records():
        for other in later.steps if later.id > record.id else ():
            if other.path == step.path:
                if other.before.sha != side.sha:
                    return None
                side = other.after
    return side

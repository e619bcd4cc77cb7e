"""Bringing an index up to date with the disk: what must be read is read, the rest stays."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.retrieve.corpus import Indexed, path_terms
from spark_tui.core.retrieve.priors import sort_of
from spark_tui.core.retrieve.secrets import withheld_path
from spark_tui.services.index.listing import FileReader, ListedFile, indexed
from spark_tui.services.index.store import Batch, Held, Stamp, Store

SOON_S = 1.0
"""The first files of a build can be found after so long at work, the next ones after ten times
that; later ones when a segment is full.
"""

_SORTS = {"source": 0, "barrel": 0, "types": 1, "settings": 1, "test": 2, "docs": 2}


WHOLE, SEEN_NS = "whole", "seen"
"""Noted of an index: what git's own index was when everything was in, and when that was."""


def noted(store: Store, mark: bytes) -> None:
    """Everything that is listed is in the index; within `writing`."""
    store.note(WHOLE, mark or b"-")
    store.note(SEEN_NS, str(time.time_ns()).encode())


class TooLongError(Exception):
    """A file took longer than it may."""


@contextlib.contextmanager
def unbounded(_path: str) -> Iterator[None]:
    """Nobody looks at the clock: for a few files at a time."""
    yield


@dataclass(slots=True)
class Due:
    """What a listing says must change: files to read, in order, and those that are as they were.

    `gone` are no more, `back` are here from an earlier time, `same` only have another stamp.
    """

    read: list[str] = field(default_factory=list)
    gone: list[tuple[int, int]] = field(default_factory=list)
    back: list[tuple[int, int]] = field(default_factory=list)
    same: list[tuple[Held, Stamp]] = field(default_factory=list)


def due(
    store: Store, listing: Mapping[str, bytes], reader: FileReader, recent: Iterable[str] = ()
) -> Due:
    """Compare the index with a listing: see `listing.listing`; `recent` are read first."""
    found, left = Due(), dict(listing)
    doubtful: dict[str, Held] = {}
    empty = True
    for path, held in store.all_files():
        empty = False
        wanted = listing.get(path)
        stamp = held.stamp
        if wanted is None:
            found.gone.append((held.segment, held.number))
        elif wanted and wanted == stamp.listed:
            left.pop(path, None)
        elif wanted and wanted == stamp.blob:
            found.same.append((held, Stamp(wanted, wanted)))
            left.pop(path, None)
        elif not wanted:
            doubtful[path] = held
    unsure = [path for path, wanted in left.items() if not wanted]
    stamps = {path: (size, mtime_ns) for path, size, mtime_ns in reader.stamps(unsure)}
    for path in unsure:
        known = doubtful.get(path)
        if path not in stamps:  # listed, and not there
            found.gone += [(known.segment, known.number)] if known is not None else []
            del left[path]
        elif known is not None and (known.stamp.size, known.stamp.mtime_ns) == stamps[path]:
            del left[path]
    if not empty:
        _revive(store, left, found)
    order = {path: at for at, path in enumerate(recent)}
    last = len(order)
    found.read = sorted(
        left,
        key=lambda path: (
            bool(left[path]),
            order.get(path, last),
            _SORTS.get(sort_of(path), 3),
            path,
        ),
    )
    return found


def _revive(store: Store, left: dict[str, bytes], found: Due) -> None:
    """Files that are again as they were once need not be read."""
    for path, wanted in [*left.items()]:
        states = store.of_path(path) if wanted else []
        old = next((h for h in states if wanted in (h.stamp.listed, h.stamp.blob)), None)
        if old is None:
            continue
        found.gone += [(held.segment, held.number) for held in states if held is not old]
        found.back.append((old.segment, old.number))
        if old.stamp.listed != wanted:
            found.same.append((old, replace(old.stamp, listed=wanted)))
        del left[path]


class Builder:
    """Writes what is due. `bounded` is entered for every file and may raise TooLongError."""

    def __init__(
        self,
        store: Store,
        reader: FileReader,
        bounded: Callable[[str], contextlib.AbstractContextManager[None]] = unbounded,
    ) -> None:
        self._store = store
        self._reader = reader
        self._bounded = bounded
        self._batch = Batch()
        self._began = time.process_time()
        self._soon = SOON_S

    def settle(self, due: Due) -> None:
        """Write down what needs no reading."""
        if due.gone or due.back or due.same:
            with self._store.writing():
                self._store.bury(due.gone)
                self._store.revive(due.back)
                for held, stamp in due.same:
                    self._store.restamp(held, stamp)

    def add(self, path: str, listed: bytes) -> None:
        """Read a file and take it in; `listed` is git's id of it, b"" where git knows none."""
        disk = self._reader.read(path)
        if disk is None:
            self._batch.add(path, Stamp(b"", listed), None, ())
        else:
            self.take(path, disk, listed)
        if self._batch.full or time.process_time() - self._began > self._soon:
            self.flush()
            self._soon *= 10

    def take(self, path: str, disk: ListedFile, listed: bytes) -> None:
        """Take in a file that was read."""
        kept = self._kept(path, disk)
        stamp = Stamp(disk.blob, listed, disk.size, disk.mtime_ns)
        self._batch.add(path, stamp, kept, path_terms(path) if kept is not None else ())

    def skip(self, path: str, listed: bytes) -> None:
        """Take a file in without a look at it."""
        disk = next(self._reader.stamps((path,)), (path, -1, -1))
        self._batch.add(path, Stamp(b"", listed, disk[1], disk[2]), None, ())

    def _kept(self, path: str, disk: ListedFile) -> Indexed | None:
        if disk.data is None:
            return None
        try:
            with self._bounded(path):
                kept = indexed(path, disk.data)
        except (TooLongError, RecursionError, MemoryError, ValueError):
            return None  # it costs that file
        if kept is not None and sort_of(path) == "dropped":
            return replace(kept, terms={}, names={})  # it can be named, never found
        return kept

    def flush(self) -> None:
        """Write what was added."""
        if self._batch.files:
            with self._store.writing():
                self._store.write(self._batch)
            self._batch = Batch()
        self._began = time.process_time()

    def clean(self) -> None:
        """Write small and dead segments as one."""
        while chosen := self._store.to_merge():
            with self._store.writing():
                self._store.merge(chosen)
        self._store.shrink()


def quick(store: Store, paths: Iterable[str], reader: FileReader) -> list[str]:
    """Those of `paths`, and of the files git did not vouch for, that are not as they were."""
    known = dict(store.doubtful())
    stamps = {path: (size, time_ns) for path, size, time_ns in reader.stamps({*known, *paths})}
    changed = []
    for path in {*known, *paths}:
        held = known.get(path)
        then = (held.stamp.size, held.stamp.mtime_ns) if held is not None else None
        if path not in stamps or stamps[path] != then:
            changed.append(path)
    return sorted(changed)


def update(store: Store, reader: FileReader, paths: Iterable[str]) -> None:
    """Take in these files as they are now: a few, at once."""
    builder = Builder(store, reader)
    gone: list[tuple[int, int]] = []
    for path in dict.fromkeys(paths):
        if withheld_path(path):
            continue
        states = store.of_path(path)
        disk = reader.read(path)
        if disk is None:
            gone += [(held.segment, held.number) for held in states]
            continue
        builder.take(path, disk, b"")
    builder.settle(Due(gone=gone))
    builder.flush()

"""The database of one index: what is in its tables, and how it is opened, filled and cleaned.

Files come in *segments* that are never changed but for the list of their dead files: a file that
changes dies in its old segment and is written into a new one. A transaction at a time is written,
so whatever ends the program leaves an index that can be used. A file is known by its path and its
blob id: going back to an earlier branch revives what is still here.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import sqlite3
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from spark_tui.core import retrieve
from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.retrieve.corpus import Indexed
from spark_tui.services.index import packing
from spark_tui.services.index.packing import (
    Lists,
    chunks,
    lists,
    mark,
    pack,
    pack_file,
    pack_many,
    unpack,
    unpack_many,
    unpack_marks,
)

FORMAT = 2
"""Of the tables."""


@cache
def version() -> int:
    """Of the tables and of how files become words and blocks; another one is written anew."""
    folder = Path(retrieve.__file__).parent
    made_by = [folder / f"{name}.py" for name in ("blocks", "corpus", "secrets", "terms")]
    sources = (path.read_bytes() for path in (*made_by, Path(packing.__file__)))
    return zlib.crc32(b"".join(sources), FORMAT) & 0x7FFF_FFFF


MOST_BLOCKS = 60_000
"""Blocks of a segment, at most."""

MOST_POSTINGS = 1_500_000
"""… and pairs of a term and a block: about 40 MB while a segment is made."""

PATH, NAME = "/", "="
"""What stands before a term of a path, before a symbol's whole name."""

PAGE = 16_384
"""Bytes of a page: a row of short lists fits in a quarter of one, so nothing overflows."""

BUSY_S = 5.0
"""So long another process's transaction is waited for, s."""

_TABLES = """
create table about (name text primary key, value blob) without rowid;
create table segment (
    id integer primary key, files integer, blocks integer, words integer,
    file_of blob, lengths blob, dead blob);
create table folder (id integer primary key, parent integer, name text, unique (parent, name));
create table file (
    segment integer, number integer, folder integer, name text, blob blob, listed blob,
    size integer, mtime integer, blocks blob,
    primary key (segment, number)) without rowid;
create index file_place on file (folder, name);
create index file_doubtful on file (segment, number) where mtime is not null;
create table posting (
    segment integer, first text, size integer, data blob,
    primary key (segment, first)) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a file is told from another state of it: `blob` is the id of its bytes on disk.

    `listed` is the id git has for it. Where git does not vouch for the disk (untracked or changed)
    it is empty, and size and time say whether the file must be read again.
    """

    blob: bytes
    listed: bytes = b""
    size: int = -1
    mtime_ns: int = -1


@dataclass(frozen=True, slots=True)
class Held:
    """A file in the index: where, and of which state."""

    segment: int
    number: int
    stamp: Stamp


@dataclass(slots=True)
class Batch:
    """Files on their way into one segment."""

    files: list[tuple[str, Stamp, bytes]] = field(default_factory=list)
    file_of: array[int] = field(default_factory=lambda: array("H"))
    lengths: array[int] = field(default_factory=lambda: array("H"))
    terms: dict[str, tuple[array[int], bytearray]] = field(default_factory=dict)
    postings: int = 0

    def add(self, path: str, stamp: Stamp, kept: Indexed | None, in_path: Iterable[str]) -> None:
        """Take one file; `kept` is None where it is known and nothing of it is indexed."""
        number, base = len(self.files), len(self.file_of)
        self.files.append((path, stamp, pack_file(kept) if kept is not None else b""))
        if kept is None:
            return
        self.file_of.extend([number] * len(kept.blocks))
        self.lengths.extend(kept.lengths)
        for term, places in kept.terms.items():
            found = self.terms.get(term)
            if found is None:
                found = self.terms[term] = array("H"), bytearray()
            for ordinal, count, names in places:
                found[0].append(base + ordinal)
                found[1].append(mark(count, names))
            self.postings += len(places)
        for name, ordinals in kept.names.items():
            self._note(NAME + name, (base + ordinal for ordinal in ordinals))
        for term in in_path:
            self._note(PATH + term, (number,))

    def _note(self, term: str, numbers: Iterable[int]) -> None:
        found = self.terms.get(term)
        if found is None:
            found = self.terms[term] = array("H"), bytearray()
        before = len(found[0])
        found[0].extend(numbers)
        found[1].extend(b"\1" * (len(found[0]) - before))
        self.postings += len(found[0]) - before

    @property
    def full(self) -> bool:
        """Whether it is time to write it."""
        return (
            len(self.file_of) >= MOST_BLOCKS
            or len(self.files) >= MOST_BLOCKS
            or self.postings >= MOST_POSTINGS
        )


class Store:
    """One open index. Used by one thread at a time. Raises sqlite3.Error where the file is bad.

    Many methods: one for each question to the database, so that all SQL stands here.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        self._rows: dict[tuple[int, str], Lists] = {}
        self._folders: dict[int, str] = {}
        if write:
            _make(path)
        mode = "rw" if write else "ro"
        self._db = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._db.execute("pragma cache_size = -2000")
            self._db.execute("pragma trusted_schema = off")
            if write:
                self._db.execute(f"pragma page_size = {PAGE}")  # of a new file
                self._db.execute("pragma journal_mode = wal")
                self._db.execute("pragma synchronous = normal")
                self._db.execute("pragma temp_store = memory")
                self._prepare()
            elif self._version() != version():
                raise sqlite3.DatabaseError("not an index of this version")
        except BaseException:  # whatever it was: raised again
            self._db.close()
            raise

    def close(self) -> None:
        """Safe to call twice."""
        self._db.close()

    def _version(self) -> int:
        return int(self._db.execute("pragma user_version").fetchone()[0])

    def _prepare(self) -> None:
        with self.writing():
            if self._version() == version():
                return
            tables = self._db.execute("select name from sqlite_master where type = 'table'")
            for (name,) in tables.fetchall():
                self._db.execute(f'drop table "{name}"')
            for statement in _TABLES.split(";"):
                self._db.execute(statement)
            self._db.execute(f"pragma user_version = {version()}")

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it, or nothing."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:  # whatever it was: raised again
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """What is read in here is of one moment."""
        self._db.execute("begin")
        try:
            yield
        finally:
            self._db.execute("rollback")

    def changes(self) -> int:
        """A number that is another one after another process wrote."""
        return int(self._db.execute("pragma data_version").fetchone()[0])

    # ------------------------------------------------------------------ what is there

    def segments(self) -> list[tuple[int, int, int, bytes, bytes, bytes]]:
        """Id, files, words, block → file, lengths and dead files of every segment."""
        return self._db.execute(
            "select id, files, words, file_of, lengths, dead from segment order by id"
        ).fetchall()

    def lists(
        self, segments: Sequence[int], terms: Sequence[str]
    ) -> Iterator[tuple[int, str, int, bytes, bytes]]:
        """Segment, term, size, packed places and marks of what is there of these."""
        for segment in segments:
            for term in terms:
                found = self._row(segment, term, data=True).get(term)
                if found is not None:
                    yield segment, term, *found

    def sizes(self, segments: Sequence[int], terms: Sequence[str]) -> dict[str, int]:
        """How long the lists of terms are, together."""
        total: dict[str, int] = {}
        for segment in segments:
            for term in terms:
                found = self._row(segment, term, data=False).get(term)
                if found is not None:
                    total[term] = total.get(term, 0) + found[0]
        return total

    def _row(self, segment: int, term: str, *, data: bool) -> Lists:
        """The lists of the row in which a term would be, kept for a while; long ones are not."""
        row = self._db.execute(
            "select first, size from posting where segment = ? and first <= ?"
            " order by first desc limit 1",
            (segment, term),
        ).fetchone()
        if row is None or (row[1] and (row[0] != term or not data)):
            return {row[0]: (row[1], b"", b"")} if row else {}
        place = segment, row[0]
        known = self._rows.get(place)
        if known is None:
            known = lists(
                self._db.execute(
                    "select data from posting where segment = ? and first = ?", place
                ).fetchone()[0]
            )
            if not row[1]:
                if len(self._rows) >= ROWS_KEPT:
                    self._rows.clear()
                self._rows[place] = known
        return known

    def files(self, wanted: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, str, bytes]]:
        """Segment, number, path and packed blocks of files."""
        for segment, number in wanted:
            row = self._db.execute(
                "select folder, name, blocks from file where segment = ? and number = ?",
                (segment, number),
            ).fetchone()
            if row is not None:
                yield segment, number, _joined(self._path_of(row[0]), row[1]), row[2]

    def of_path(self, path: str) -> list[Held]:
        """Every state of a file that is here, dead ones too."""
        folder, _, name = path.rpartition("/")
        at = self._folder(folder)
        rows = self._db.execute(
            "select segment, number, blob, listed, size, mtime from file"
            " where folder = ? and name = ?",
            (at, name),
        )
        return [Held(row[0], row[1], _stamp(row[2:])) for row in rows]

    def all_files(self) -> Iterator[tuple[str, Held]]:
        """Every file that lives."""
        dead = self.dead()
        folders: dict[int, str] = {0: ""}
        tree = self._db.execute("select id, parent, name from folder order by id")
        for number, parent, name in tree:  # a folder is older than those in it
            folders[number] = _joined(folders[parent], name)
        rows = self._db.execute(
            "select segment, number, blob, listed, size, mtime, folder, name from file"
        )
        for row in rows:
            if row[1] not in dead.get(row[0], ()):
                yield _joined(folders[row[6]], row[7]), Held(row[0], row[1], _stamp(row[2:6]))

    def doubtful(self) -> Iterator[tuple[str, Held]]:
        """Files that live and for which git did not vouch."""
        dead = self.dead()
        rows = self._db.execute(
            "select segment, number, blob, listed, size, mtime, folder, name from file"
            " where mtime is not null"
        ).fetchall()
        for row in rows:
            if row[1] not in dead.get(row[0], ()):
                yield _joined(self._path_of(row[6]), row[7]), Held(row[0], row[1], _stamp(row[2:6]))

    def about(self, name: str) -> bytes:
        """What was noted under a name, b"" for nothing."""
        row = self._db.execute("select value from about where name = ?", (name,)).fetchone()
        return bytes(row[0]) if row is not None else b""

    def note(self, name: str, value: bytes) -> None:
        """Note it, within `writing`."""
        self._db.execute("insert or replace into about values (?, ?)", (name, value))

    def dead(self) -> dict[int, set[int]]:
        """The dead files of segments that have some."""
        rows = self._db.execute("select id, dead from segment where length(dead) > 0")
        return {segment: set(unpack(data)) for segment, data in rows}

    def count(self) -> int:
        """How many files live."""
        total = int(self._db.execute("select coalesce(sum(files), 0) from segment").fetchone()[0])
        return total - sum(map(len, self.dead().values()))

    # ------------------------------------------------------------------ writing, within `writing`

    def write(self, batch: Batch) -> None:
        """A new segment; what was here of these paths is dead then."""
        gone: list[tuple[int, int]] = []
        folders: dict[str, int] = {}
        segment = int(
            self._db.execute("select coalesce(max(id), 0) + 1 from segment").fetchone()[0]
        )
        rows = []
        for number, (path, stamp, blocks) in enumerate(batch.files):
            folder, _, name = path.rpartition("/")
            at = folders.get(folder)
            if at is None:
                at = folders[folder] = self._folder(folder, make=True)
            gone += self._db.execute(
                "select segment, number from file where folder = ? and name = ?", (at, name)
            ).fetchall()
            changed = stamp.listed != stamp.blob
            rows.append(
                (
                    segment,
                    number,
                    at,
                    name,
                    stamp.blob,
                    stamp.listed if changed else None,
                    stamp.size if changed else None,
                    stamp.mtime_ns if changed else None,
                    blocks,
                )
            )
        self._db.execute(
            "insert into segment values (?, ?, ?, ?, ?, ?, ?)",
            (
                segment,
                len(batch.files),
                len(batch.file_of),
                sum(batch.lengths),
                pack_many(batch.file_of),
                pack_many(batch.lengths),
                b"",
            ),
        )
        self._db.executemany("insert into file values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        ordered = ((term, *batch.terms[term]) for term in sorted(batch.terms, key=_bytewise))
        self._db.executemany(
            "insert into posting values (?, ?, ?, ?)", ((segment, *row) for row in chunks(ordered))
        )
        self.bury(gone)

    def _folder(self, path: str, *, make: bool = False) -> int:
        """The number of a folder, -1 where it is not here; the worktree's own is 0."""
        at = 0
        for name in path.split("/") if path else ():
            row = self._db.execute(
                "select id from folder where parent = ? and name = ?", (at, name)
            ).fetchone()
            if row is None and not make:
                return -1
            at = row[0] if row is not None else self._made(at, name)
        return at

    def _made(self, parent: int, name: str) -> int:
        done = self._db.execute("insert into folder (parent, name) values (?, ?)", (parent, name))
        return done.lastrowid or 0

    def _path_of(self, folder: int) -> str:
        known = self._folders.get(folder)
        if known is None:
            if len(self._folders) >= FOLDERS_KEPT:
                self._folders.clear()
            if not folder:
                return ""
            parent, name = self._db.execute(
                "select parent, name from folder where id = ?", (folder,)
            ).fetchone()
            known = self._folders[folder] = _joined(self._path_of(parent), name)
        return known

    def bury(self, files: Iterable[tuple[int, int]]) -> None:
        """These files are dead: no query finds them."""
        self._change_dead(files, set.update)

    def revive(self, files: Iterable[tuple[int, int]]) -> None:
        """These files live again."""
        self._change_dead(files, set.difference_update)

    def _change_dead(
        self, files: Iterable[tuple[int, int]], change: Callable[[set[int], Iterable[int]], None]
    ) -> None:
        by_segment: dict[int, list[int]] = {}
        for segment, number in files:
            by_segment.setdefault(segment, []).append(number)
        if not by_segment:
            return
        dead = self.dead()
        for segment, numbers in by_segment.items():
            now = dead.get(segment, set())
            change(now, numbers)
            data = pack(array("H", sorted(now))) if now else b""
            self._db.execute("update segment set dead = ? where id = ?", (data, segment))

    def restamp(self, held: Held, stamp: Stamp) -> None:
        """The same bytes, told apart in another way: committed, or touched."""
        changed = stamp.listed != stamp.blob
        self._db.execute(
            "update file set listed = ?, size = ?, mtime = ? where segment = ? and number = ?",
            (
                stamp.listed if changed else None,
                stamp.size if changed else None,
                stamp.mtime_ns if changed else None,
                held.segment,
                held.number,
            ),
        )

    # ------------------------------------------------------------------ cleaning

    def to_merge(self) -> list[int]:
        """Segments to write as one: many small ones, or those of which most is dead."""
        dead = self.dead()
        rows = self._db.execute("select id, files, blocks from segment order by id").fetchall()
        stale = [s for s, files, _ in rows if 2 * len(dead.get(s, ())) > files]
        small = [s for s, _, blocks in rows if blocks < MOST_BLOCKS // 8]
        if len(small) < MANY_SMALL and not stale:
            return []
        chosen, blocks_together = [], 0
        for segment, _, blocks in rows:
            if segment in stale or (segment in small and len(small) >= MANY_SMALL):
                blocks_together += blocks
                if blocks_together > MOST_BLOCKS:
                    break
                chosen.append(segment)
        return chosen

    def merge(self, segments: Sequence[int]) -> None:
        """Write what lives in these as one new segment, and drop them; within `writing`."""
        dead = self.dead()
        new = int(self._db.execute("select max(id) + 1 from segment").fetchone()[0])
        file_of, lengths, words = array("H"), array("H"), 0
        blocks_now: dict[int, dict[int, int]] = {}
        files_now: dict[int, dict[int, int]] = {}
        count = 0
        for segment, files, _, packed, sizes, _ in self.segments():
            if segment not in segments:
                continue
            gone = dead.get(segment, set())
            living = [number for number in range(files) if number not in gone]
            files_now[segment] = {old: count + at for at, old in enumerate(living)}
            count += len(living)
            blocks = blocks_now[segment] = {}
            all_lengths = unpack_many(sizes)
            for old, number in enumerate(unpack_many(packed)):
                if number not in gone:
                    blocks[old] = len(file_of)
                    file_of.append(files_now[segment][number])
                    lengths.append(all_lengths[old])
                    words += all_lengths[old]
        for segment, numbers in files_now.items():
            rows = self._db.execute(
                "select number, folder, name, blob, listed, size, mtime, blocks from file"
                " where segment = ? order by number",
                (segment,),
            ).fetchall()
            self._db.execute("delete from file where segment = ?", (segment,))
            self._db.executemany(
                "insert into file values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(new, numbers[row[0]], *row[1:]) for row in rows if row[0] in numbers],
            )
        merged = chunks(self._merged(segments, blocks_now, files_now))
        self._db.executemany(
            "insert into posting values (?, ?, ?, ?)", ((new, *row) for row in merged)
        )
        for segment in segments:
            self._db.execute("delete from posting where segment = ?", (segment,))
            self._db.execute("delete from segment where id = ?", (segment,))
        if count:
            self._db.execute(
                "insert into segment values (?, ?, ?, ?, ?, ?, ?)",
                (
                    new,
                    count,
                    len(file_of),
                    words,
                    pack_many(file_of),
                    pack_many(lengths),
                    b"",
                ),
            )

    def _merged(
        self,
        segments: Sequence[int],
        blocks_now: Mapping[int, Mapping[int, int]],
        files_now: Mapping[int, Mapping[int, int]],
    ) -> Iterator[tuple[str, array[int], bytearray]]:
        streams = [self._all_lists(segment) for segment in sorted(segments)]
        together = heapq.merge(*streams, key=lambda one: (_bytewise(one[0]), one[1]))
        for term, same in groupby(together, key=lambda one: one[0]):
            places, kinds = array("H"), bytearray()
            now = files_now if term.startswith(PATH) else blocks_now
            for _, segment, size, packed, packed_marks in same:
                counts, names = unpack_marks(packed_marks, size)
                for old, count, name in zip(unpack(packed), counts, names, strict=True):
                    place = now[segment].get(old)
                    if place is not None:
                        places.append(place)
                        kinds.append(mark(count, name))
            if places:
                yield term, places, kinds

    def _all_lists(self, segment: int) -> Iterator[tuple[str, int, int, bytes, bytes]]:
        firsts = self._db.execute(
            "select first from posting where segment = ? order by first", (segment,)
        ).fetchall()
        for (first,) in firsts:
            row = self._db.execute(
                "select data from posting where segment = ? and first = ?", (segment, first)
            ).fetchone()
            for term, (size, numbers, marks) in lists(row[0]).items():
                yield term, segment, size, numbers, marks

    def shrink(self) -> None:
        """Give the disk back what a build no longer needs."""
        self._db.execute("pragma wal_checkpoint(truncate)")


FOLDERS_KEPT = 4_000

ROWS_KEPT = 150
"""So many rows of short lists are kept unpacked: about 15 kB each."""

MANY_SMALL = 12
"""So many small segments are written as one."""


def _stamp(row: Sequence[object]) -> Stamp:
    blob, listed, size, mtime = row
    assert isinstance(blob, bytes)
    if not isinstance(size, int) or not isinstance(mtime, int):
        return Stamp(blob, blob)
    return Stamp(blob, listed if isinstance(listed, bytes) else b"", size, mtime)


def _bytewise(term: str) -> bytes:
    """As SQLite puts them in order."""
    return term.encode("utf-8", "surrogatepass")


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def _make(path: Path) -> None:
    """The file, readable by its owner only; SQLite makes those beside it likewise."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove an index that can't be read; the next one is made anew. Raises OSError."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)

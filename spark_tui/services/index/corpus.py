"""What ranking asks of the database. Built for many questions: lists of the segments are kept."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.edits.text import split_lines
from spark_tui.core.retrieve.corpus import SHIFT, IndexEntry, Posting, entry
from spark_tui.services.index.listing import FileReader
from spark_tui.services.index.packing import unpack, unpack_file, unpack_many, unpack_marks
from spark_tui.services.index.store import NAME, PATH, Store

FILES = 16
"""Bits of a file's number that count within its segment."""

KEPT = 600
"""So many files' blocks are kept unpacked: about 1 kB each."""

_LOW = (1 << FILES) - 1


@dataclass(frozen=True, slots=True)
class _Segment:
    """The unit and the length of every block; `living` has a byte for each where some are dead."""

    id: int
    units: array[int]
    lengths: array[int]
    words: int
    dead: frozenset[int]
    living: bytes


@dataclass(slots=True)
class StoreCorpus:
    """The index as it is in `store`; fits `core.retrieve.corpus.Corpus`. For one thread at a time.

    Raises sqlite3.Error, ValueError, zlib.error where the database is bad.
    """

    store: Store
    reader: FileReader
    _changes: int = -1
    _segments: dict[int, _Segment] = field(default_factory=dict)
    _entries: OrderedDict[int, IndexEntry] = field(default_factory=OrderedDict)
    _size: tuple[int, float] = (0, 1.0)
    _files: int = 0

    def refresh(self) -> None:
        """Take in what was written since, within `store.reading`; a look-up where nothing was."""
        changes = self.store.changes()
        if changes == self._changes:
            return
        rows = self.store.segments()
        before, self._segments = self._segments, {}
        for number, _, words, file_of, lengths, dead in rows:
            gone = frozenset(unpack(dead)) if dead else frozenset[int]()
            old = before.get(number)
            if old is not None and old.dead == gone:
                self._segments[number] = old
            else:
                self._segments[number] = _segment(number, file_of, lengths, words, gone)
        blocks = sum(len(s.units) - s.living.count(0) for s in self._segments.values())
        every = sum(len(s.units) for s in self._segments.values())
        words = sum(s.words for s in self._segments.values())
        self._size = blocks, max(1.0, words / max(1, every))
        self._files = sum(row[1] for row in rows) - sum(map(len, self._dead()))
        kept = self._segments
        for file in [f for f in self._entries if f >> FILES not in kept or self._gone(f)]:
            del self._entries[file]
        self._changes = changes

    def _dead(self) -> Iterable[frozenset[int]]:
        return (segment.dead for segment in self._segments.values())

    def _gone(self, file: int) -> bool:
        segment = self._segments.get(file >> FILES)
        return segment is None or file & _LOW in segment.dead

    @property
    def files(self) -> int:
        """How many files there are."""
        return self._files

    # ------------------------------------------------------------------ see `Corpus`

    def size(self) -> tuple[int, float]:
        """Blocks, and words of a block on average."""
        return self._size

    def frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many blocks each term stands, those of dead files too."""
        return self.store.sizes([*self._segments], terms)

    def postings(self, terms: Sequence[str]) -> Mapping[str, Posting]:
        """The places of terms."""
        found: dict[str, tuple[array[int], bytearray, bytearray, array[int]]] = {}
        for number, term, size, places, marks in self.store.lists([*self._segments], terms):
            segment = self._segments[number]
            at: Sequence[int] = unpack(places)
            counts: Iterable[int]
            names: Iterable[int]
            counts, names = unpack_marks(marks, size)
            if segment.living:
                kept = bytes(map(segment.living.__getitem__, at))
                at = [*compress(at, kept)]
                counts, names = compress(counts, kept), compress(names, kept)
            into = found.get(term)
            if into is None:
                into = found[term] = array("Q"), bytearray(), bytearray(), array("H")
            into[0].extend(map(segment.units.__getitem__, at))
            into[1].extend(counts)
            into[2].extend(names)
            into[3].extend(map(segment.lengths.__getitem__, at))
        return {term: Posting(*lists) for term, lists in found.items()}

    def in_paths(self, terms: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Files with a term in their path."""
        found: dict[str, list[int]] = {}
        for number, term, _, places, _ in self.store.lists(
            [*self._segments], [PATH + term for term in terms]
        ):
            dead, base = self._segments[number].dead, number << FILES
            there: Iterable[int] = unpack(places)
            if dead:
                there = (place for place in there if place not in dead)
            found.setdefault(term[1:], []).extend([base | place for place in there])
        return found

    def defined(self, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Units that define a symbol."""
        found: dict[str, list[int]] = {}
        for number, term, _, places, _ in self.store.lists(
            [*self._segments], [NAME + name for name in names]
        ):
            segment = self._segments[number]
            found.setdefault(term[1:], []).extend(
                segment.units[place]
                for place in unpack(places)
                if not segment.living or segment.living[place]
            )
        return found

    def entries(self, files: Sequence[int]) -> Mapping[int, IndexEntry]:
        """What is known of files."""
        found: dict[int, IndexEntry] = {}
        missing = []
        for file in files:
            kept = self._entries.get(file)
            if kept is None:
                missing.append((file >> FILES, file & _LOW))
            else:
                self._entries.move_to_end(file)
                found[file] = kept
        for segment, number, path, blocks in self.store.files(missing):
            file = segment << FILES | number
            if blocks and not self._gone(file):
                found[file] = self._entries[file] = entry(file, path, unpack_file(blocks))
        while len(self._entries) > KEPT:
            self._entries.popitem(last=False)
        return found

    def numbers(self, paths: Sequence[str]) -> Mapping[str, int]:
        """The files of paths."""
        found: dict[str, int] = {}
        for path in paths:
            for held in self.store.of_path(path):
                file = held.segment << FILES | held.number
                if not self._gone(file):
                    found[path] = file
        return found

    def lines(self, path: str) -> Sequence[str] | None:
        """A file's lines, None when it has changed since or can't be read."""
        disk = self.reader.read(path)
        if disk is None or disk.data is None or not self.holds(path, disk.blob):
            return None
        text = disk.data.decode("utf-8", "replace")
        return text.split("\n") if "\r" not in text else split_lines(text)

    def holds(self, path: str, blob: bytes) -> bool:
        """Whether the file is in the index with this content."""
        for held in self.store.of_path(path):
            file = held.segment << FILES | held.number
            if not self._gone(file):
                return held.stamp.blob == blob
        return False


def _segment(
    number: int, file_of: bytes, lengths: bytes, words: int, dead: frozenset[int]
) -> _Segment:
    base = number << FILES
    units = array("Q")
    before, ordinal = -1, 0
    for file in unpack_many(file_of):
        ordinal = ordinal + 1 if file == before else 0
        units.append((base | file) << SHIFT | ordinal)
        before = file
    living = b""
    if dead:
        living = bytes((unit >> SHIFT & _LOW) not in dead for unit in units)
    return _Segment(number, units, unpack_many(lengths), words, dead, living)

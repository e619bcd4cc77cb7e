"""Two indexes as one: what is in the database, and what was read just now."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.retrieve.corpus import Corpus, IndexEntry, Posting
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.services.index.corpus import StoreCorpus


@dataclass(frozen=True, slots=True)
class Joined:
    """A `Corpus` of two, whose files are not the same. Numbers of `memory` are the small ones."""

    stored: StoreCorpus
    memory: MemoryIndex

    @property
    def _both(self) -> tuple[Corpus, Corpus]:
        return self.stored, self.memory

    def size(self) -> tuple[int, float]:
        """Blocks, and words of a block on average."""
        (some, long), (more, short) = self.stored.size(), self.memory.size()
        blocks = some + more
        return blocks, max(1.0, (some * long + more * short) / max(1, blocks))

    def frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many blocks each term stands."""
        found = dict(self.stored.frequencies(terms))
        for term, many in self.memory.frequencies(terms).items():
            found[term] = found.get(term, 0) + many
        return found

    def postings(self, terms: Sequence[str]) -> Mapping[str, Posting]:
        """The places of terms."""
        found = dict(self.stored.postings(terms))
        for term, new in self.memory.postings(terms).items():
            old = found.get(term)
            found[term] = new if old is None else _together(old, new)
        return found

    def in_paths(self, terms: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Files with a term in their path."""
        return _lists(one.in_paths(terms) for one in self._both)

    def defined(self, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Units that define a symbol."""
        return _lists(one.defined(names) for one in self._both)

    def entries(self, files: Sequence[int]) -> Mapping[int, IndexEntry]:
        """What is known of files."""
        return {**self.stored.entries(files), **self.memory.entries(files)}

    def numbers(self, paths: Sequence[str]) -> Mapping[str, int]:
        """The files of paths."""
        return {**self.stored.numbers(paths), **self.memory.numbers(paths)}

    def lines(self, path: str) -> Sequence[str] | None:
        """A file's lines."""
        found = self.memory.lines(path)
        return self.stored.lines(path) if found is None else found


def _together(one: Posting, other: Posting) -> Posting:
    return Posting(
        array("Q", [*one.units, *other.units]),
        [*one.counts, *other.counts],
        [*one.names, *other.names],
        [*one.lengths, *other.lengths],
    )


def _lists(answers: Iterable[Mapping[str, Sequence[int]]]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = {}
    for answer in answers:
        for name, numbers in answer.items():
            found.setdefault(name, []).extend(numbers)
    return found

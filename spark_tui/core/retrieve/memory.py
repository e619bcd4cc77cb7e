"""An index in memory: for small repositories, the harness and the tests."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from spark_tui.core.edits.text import split_lines
from spark_tui.core.retrieve.corpus import (
    LARGEST,
    SHIFT,
    Indexed,
    IndexEntry,
    Posting,
    entry,
    index_file,
    path_terms,
)
from spark_tui.core.retrieve.secrets import withheld


class MemoryIndex:
    """Files by path, their blocks by content: an unchanged blob is never read twice."""

    def __init__(self) -> None:
        self._kept: dict[str, Indexed] = {}
        self._uses: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._blobs: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._terms: dict[str, dict[int, Sequence[tuple[int, int, int]]]] = {}
        self._frequency: dict[str, int] = {}
        self._in_paths: dict[str, dict[int, None]] = {}
        self._names: dict[str, dict[int, Sequence[int]]] = {}
        self._next = 0
        self._blocks = 0
        self._words = 0

    def put(self, path: str, blob_id: str, text: str) -> bool:
        """Add a file or its new content; False where it is withheld."""
        number = self._numbers.get(path)
        if number is not None and self._blobs[number] == blob_id:
            return True
        self.remove(path)
        kept = self._kept.get(blob_id)
        if kept is None:
            if withheld(path, text):
                return False
            kept = self._kept[blob_id] = index_file(path, text)
            self._texts[blob_id] = text
        self._uses[blob_id] = self._uses.get(blob_id, 0) + 1
        number = self._next
        self._next += 1
        self._numbers[path] = number
        self._paths[number] = path
        self._blobs[number] = blob_id
        self._blocks += len(kept.blocks)
        self._words += sum(kept.lengths)
        for term, places in kept.terms.items():
            self._terms.setdefault(term, {})[number] = places
            self._frequency[term] = self._frequency.get(term, 0) + len(places)
        for name, ordinals in kept.names.items():
            self._names.setdefault(name, {})[number] = ordinals
        for term in path_terms(path):
            self._in_paths.setdefault(term, {})[number] = None
        return True

    def remove(self, path: str) -> None:
        """Take a file out; nothing where it is not there."""
        number = self._numbers.pop(path, None)
        if number is None:
            return
        del self._paths[number]
        blob = self._blobs.pop(number)
        kept = self._kept[blob]
        self._blocks -= len(kept.blocks)
        self._words -= sum(kept.lengths)
        for term, places in kept.terms.items():
            files = self._terms[term]
            del files[number]
            self._frequency[term] -= len(places)
            if not files:
                del self._terms[term], self._frequency[term]
        for name in kept.names:
            del self._names[name][number]
        for term in path_terms(path):
            del self._in_paths[term][number]
        self._uses[blob] -= 1
        if not self._uses[blob]:
            del self._uses[blob], self._kept[blob], self._texts[blob]

    def has(self, path: str, blob_id: str) -> bool:
        """Whether that content is indexed under that path."""
        number = self._numbers.get(path)
        return number is not None and self._blobs[number] == blob_id

    def paths(self) -> tuple[str, ...]:
        """Every path that is indexed."""
        return tuple(self._numbers)

    def size(self) -> tuple[int, float]:
        """Blocks, and words of a block on average."""
        return self._blocks, max(1.0, self._words / max(1, self._blocks))

    def frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many blocks each term stands."""
        return {term: self._frequency[term] for term in terms if term in self._frequency}

    def postings(self, terms: Sequence[str]) -> Mapping[str, Posting]:
        """The places of terms."""
        return {term: self._posting(term) for term in terms if term in self._terms}

    def _posting(self, term: str) -> Posting:
        units, counts, names, lengths = array("Q"), array("H"), array("B"), array("H")
        for number, places in self._terms[term].items():
            sizes = self._kept[self._blobs[number]].lengths
            base = number << SHIFT
            for ordinal, count, name in places:
                units.append(base | ordinal)
                counts.append(count)
                names.append(name)
                lengths.append(sizes[ordinal])
        return Posting(units, counts, names, lengths)

    def in_paths(self, terms: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Files with a term in their path."""
        return {term: tuple(self._in_paths[term]) for term in terms if self._in_paths.get(term)}

    def defined(self, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Units that define a symbol."""
        return {
            name: tuple(
                file << SHIFT | ordinal
                for file, ordinals in self._names[name].items()
                for ordinal in ordinals
            )
            for name in names
            if self._names.get(name)
        }

    def entries(self, files: Sequence[int]) -> Mapping[int, IndexEntry]:
        """What is known of files."""
        return {
            file: entry(file, self._paths[file], self._kept[self._blobs[file]])
            for file in files
            if file in self._paths
        }

    def numbers(self, paths: Sequence[str]) -> Mapping[str, int]:
        """The files of paths."""
        return {path: self._numbers[path] for path in paths if path in self._numbers}

    def lines(self, path: str) -> Sequence[str] | None:
        """A file's lines."""
        number = self._numbers.get(path)
        if number is None:
            return None
        return split_lines(self._texts[self._blobs[number]][:LARGEST])

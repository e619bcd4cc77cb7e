"""What can be found before there is an index: by the files' names, and by git's search."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Sequence

from spark_tui.core.errors import SparkError
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.core.retrieve.priors import priors, sort_of
from spark_tui.core.retrieve.secrets import withheld_path
from spark_tui.core.retrieve.terms import Term, query_terms
from spark_tui.services.index.listing import FileReader, listing
from spark_tui.services.worktree.repo import Repository
from spark_tui.services.worktree.searching import files_with

WORDS = 3
"""Words that are searched for: those that look rarest."""

SEARCH_S = 0.8
"""So long git may search, s."""

READ = 60
"""Files that are read, at most, …"""

READ_S = 0.25
"""… and so long, s, …"""

LEAST_READ = 12
"""… but so many at least."""

_LISTED_S = 5.0


class Unindexed:
    """A small index in memory of the files that a text seems to be about."""

    def __init__(self, repo: Repository, reader: FileReader) -> None:
        self._repo = repo
        self._reader = reader
        self._memory = MemoryIndex()
        self._paths: dict[str, bytes] = {}
        self._listed = -_LISTED_S
        self._asked: tuple[str, ...] = ()
        self._found: tuple[str, ...] = ()
        self._searching = threading.Lock()

    def corpus(
        self, text: str, working: Sequence[str], known: Callable[[str], bool]
    ) -> MemoryIndex:
        """Read the likeliest files that are not `known` otherwise, the `working` ones first."""
        memory = MemoryIndex()
        terms = query_terms(text)
        searching = threading.Thread(target=self.search, args=(text,), daemon=True)
        searching.start()  # git lists and searches at once
        try:
            paths = self.listing()
        except SparkError:
            self._memory = memory
            return memory
        searching.join()
        until = time.monotonic() + READ_S
        size = 0
        for path in _ranked(text, terms, paths, frozenset(self._found), working):
            if size >= READ or (size >= LEAST_READ and time.monotonic() > until):
                break
            if known(path) or withheld_path(path):
                continue
            disk = self._reader.read(path)
            if disk is not None and disk.data is not None:
                memory.put(path, disk.blob.hex(), disk.data.decode("utf-8", "replace"))
                size += 1
        self._memory = memory
        return memory

    def holds(self, path: str, blob: bytes) -> bool:
        """Whether the file was read, and with this content."""
        return self._memory.has(path, blob.hex())

    def listing(self) -> dict[str, bytes]:
        """The files there are, as they were listed a moment ago. Raises WorktreeError."""
        now = time.monotonic()
        if now - self._listed > _LISTED_S:
            self._paths, self._listed = listing(self._repo, secrets=True), now
        return self._paths

    def search(self, text: str) -> None:
        """Look for files with one of the words that look rarest: names, then the longest."""
        with self._searching:
            self._search(query_terms(text))

    def _search(self, terms: Sequence[Term]) -> None:
        rare = sorted(terms, key=lambda term: (-term.weight, -len(term.text)))
        words = tuple(sorted(term.text for term in rare[:WORDS] if len(term.text) > 2))
        if words != self._asked:
            self._asked, self._found = words, ()
            with contextlib.suppress(SparkError):  # it took too long: the names are left
                self._found = files_with(self._repo, words, fold=True, timeout=SEARCH_S)


def _ranked(
    text: str,
    terms: Sequence[Term],
    paths: dict[str, bytes],
    having: frozenset[str],
    working: Sequence[str],
) -> list[str]:
    """Paths that may be meant, the likeliest first."""
    worth = priors(text)
    words = [(term.text, term.weight) for term in terms]
    any_word = re.compile("|".join(re.escape(word) for word, _ in words) or r"(?!)")
    first = {path: -at for at, path in enumerate(reversed(working))}
    scored = []
    for path in paths:
        low = path.lower()
        if not (any_word.search(low) or path in having or path in first):
            continue
        named = sum(weight for word, weight in words if word in low)
        value = (named + (1.5 if path in having else 0.0)) * worth[sort_of(path)]
        scored.append((path not in first, first.get(path, 0), -value, path))
    return [path for *_, path in sorted(scored)]

"""What ranking asks of an index, however it keeps its answers: in memory or in a database.

A *unit* is a block of a file as one number: `file << SHIFT | ordinal`, so that the file of a
posting is known without a look-up. A *file* is a number of the index's own, one for a path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.edits.text import split_lines
from spark_tui.core.regex import regex
from spark_tui.core.retrieve.blocks import Block, split_up
from spark_tui.core.retrieve.priors import sort_of
from spark_tui.core.retrieve.terms import body_terms, name_terms
from spark_tui.core.tokens import weight

SHIFT = 10
"""Bits of a unit that number the block within its file."""

MOST_BLOCKS = 1 << SHIFT
"""Blocks of a file that are indexed; what comes behind belongs to the last one."""

LARGEST = 1_000_000
"""Characters of the longest file that is indexed."""

LONG_LINES = 3_000
"""A file with a line this long was made by a machine: its words are not indexed."""


_CONSTANT = regex(
    r"(?m)^[ \t]{0,8}(?:[\w<>\[\]()&'*]{1,60}[ \t]{1,4}){0,5}([A-Z][A-Z\d_]{2,60})"
    r"[ \t]{0,20}(?::[^=\n]{0,80})?=(?![=>])"
)
"""A name in capitals that a line outside functions gives a value."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A term's places, one block at each index of all the sequences.

    `counts` is how often it stands in the block's body, `names` 1 where it is of the symbol's own
    name, 2 where of the enclosing one's, 3 for both; `lengths` the block's number of words.
    """

    units: Sequence[int]
    counts: Sequence[int]
    names: Sequence[int]
    lengths: Sequence[int]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A file in an index.

    `tokens` has one number for a block; `outline` the numbers of the definitions' lines; `imports`
    what it imports, as written there.
    """

    file: int
    path: str
    sort: str
    lines: int
    blocks: tuple[Block, ...]
    tokens: tuple[int, ...]
    header: tuple[int, int] | None
    outline: tuple[int, ...]
    imports: tuple[str, ...] = ()


class Corpus(Protocol):
    """An index of a repository's blocks. Every method answers for many at once."""

    def size(self) -> tuple[int, float]:
        """How many blocks there are, and how many words a block has on average (at least 1)."""

    def frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many blocks each term stands; terms that stand in none are left out."""

    def postings(self, terms: Sequence[str]) -> Mapping[str, Posting]:
        """The places of terms; the caller has chosen few and rare ones."""

    def in_paths(self, terms: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Files with a term in their path."""

    def defined(self, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Units that define a symbol or a constant of that name: lower case, no underscores."""

    def entries(self, files: Sequence[int]) -> Mapping[int, IndexEntry]:
        """What is known of files; those that went meanwhile are left out."""

    def numbers(self, paths: Sequence[str]) -> Mapping[str, int]:
        """The files of paths; those that are not indexed are left out."""

    def lines(self, path: str) -> Sequence[str] | None:
        """A file's lines as they were indexed, None when it has changed or can't be read."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What an index keeps of one file's text: everything but the text.

    `terms` maps a term to its blocks: ordinal, count, names (see `Posting`). `lengths` has the
    number of words of every block, `names` the folded symbol of every block that has one, and the
    constants that stand in it.
    """

    lines: int
    blocks: tuple[Block, ...]
    tokens: tuple[int, ...]
    lengths: tuple[int, ...]
    header: tuple[int, int] | None
    outline: tuple[int, ...]
    imports: tuple[str, ...]
    terms: Mapping[str, Sequence[tuple[int, int, int]]] = field(default_factory=dict)
    names: Mapping[str, Sequence[int]] = field(default_factory=dict)


def folded(name: str) -> str:
    """A symbol's name as it is looked up: its last part, lower case, no underscores."""
    return name.rpartition(".")[2].rpartition("::")[2].replace("_", "").lower()


def index_file(path: str, text: str) -> Indexed:
    """Everything an index keeps of a file. The caller asks `secrets.withheld` first."""
    lines = split_lines(text[:LARGEST])
    parts = split_up(path, lines)
    blocks = parts.blocks
    if len(blocks) > MOST_BLOCKS:
        head, tail = blocks[: MOST_BLOCKS - 1], blocks[MOST_BLOCKS - 1 :]
        blocks = (*head, Block(tail[0].first, tail[-1].last, "lines", "", ""))
    made = any(len(line) > LONG_LINES for line in lines)
    found: dict[str, list[tuple[int, int, int]]] = {}
    names: dict[str, list[int]] = {}
    tokens, lengths = [], []
    for ordinal, block in enumerate(blocks):
        body = "".join(lines[block.first - 1 : block.last])
        tokens.append(min(65_535, max(1, round(weight(body)))))
        counts = Counter[str]() if made else body_terms(body)
        lengths.append(min(65_535, counts.total()))
        own = dict.fromkeys(name_terms(block.symbol), 1) if block.symbol else {}
        if block.enclosing:
            for term in name_terms(block.enclosing):
                own[term] = own.get(term, 0) | 2
        for term, count in counts.items():
            place = (ordinal, count if count < 256 else 255, own.pop(term, 0) if own else 0)
            if term in found:
                found[term].append(place)
            else:
                found[term] = [place]
        for term, name in own.items():
            found.setdefault(term, []).append((ordinal, 0, name))
        symbol = folded(block.symbol)
        if symbol:
            names.setdefault(symbol, []).append(ordinal)
        if block.kind != "function" and not made:
            for constant in dict.fromkeys(map(folded, _CONSTANT.findall(body))):
                if constant != symbol:
                    names.setdefault(constant, []).append(ordinal)
    return Indexed(
        parts.lines,
        blocks,
        tuple(tokens),
        tuple(lengths),
        parts.header,
        tuple(line.number for line in parts.outline),
        parts.imports,
        found,
        names,
    )


def entry(file: int, path: str, kept: Indexed) -> IndexEntry:
    """The file as ranking wants it."""
    return IndexEntry(
        file,
        path,
        sort_of(path),
        kept.lines,
        kept.blocks,
        kept.tokens,
        kept.header,
        kept.outline,
        kept.imports,
    )


def path_terms(path: str) -> Iterable[str]:
    """The terms of a path, its ending left out."""
    folder, _, name = path.rpartition("/")
    stem = name[1:] if name.startswith(".") else name
    stem = stem.rpartition(".")[0] or stem
    return name_terms(f"{folder}/{stem}")

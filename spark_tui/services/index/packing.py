"""How lists of numbers and a file's blocks are written into the database, and read again."""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import sub

import orjson

from spark_tui.core.retrieve.blocks import Block
from spark_tui.core.retrieve.corpus import Indexed
from spark_tui.core.retrieve.secrets import key_shaped
from spark_tui.core.retrieve.terms import LONGEST

_WIDE, _NARROW = 0, 1
_COUNTS = bytes(byte & 63 for byte in range(256))
_NAMES = bytes(byte >> 6 for byte in range(256))
_PLAIN = 1  # once, and of no name: so are most

_CHUNK = 4_000  # bytes of small lists that are kept as one row
_TERMS = 100
_SWAPPED = sys.byteorder == "big"


# ---------------------------------------------------------------------- lists of numbers


def pack(numbers: array[int]) -> bytes:
    """Rising numbers below 65,536 as bytes: the steps between them."""
    steps = array("H", numbers[:1])
    steps.extend(map(sub, numbers[1:], numbers))
    if not steps or max(steps) < 256:
        return bytes((_NARROW, *steps))
    if _SWAPPED:
        steps.byteswap()
    return bytes((_WIDE,)) + steps.tobytes()


def unpack(data: bytes) -> array[int]:
    """The numbers. Raises ValueError for what `pack` never wrote."""
    steps: Iterable[int] = data[1:]
    if data[0] == _WIDE:
        wide = array("H")
        wide.frombytes(data[1:])
        if _SWAPPED:
            wide.byteswap()
        steps = wide
    return array("H", accumulate(steps))


def pack_many(numbers: array[int]) -> bytes:
    """Any numbers below 65,536, many of them."""
    if _SWAPPED:
        numbers = array("H", numbers)
        numbers.byteswap()
    return zlib.compress(numbers.tobytes(), 6)


def unpack_many(data: bytes) -> array[int]:
    """The numbers. Raises ValueError, zlib.error for what `pack_many` never wrote."""
    numbers = array("H")
    numbers.frombytes(zlib.decompress(data))
    if _SWAPPED:
        numbers.byteswap()
    return numbers


def mark(count: int, names: int) -> int:
    """How often a term stands in a block and of which names it is, as one byte."""
    return min(count, 63) | names << 6


def pack_marks(marks: bytearray) -> bytes:
    """What stands beside the numbers of a list, one byte each."""
    return b"" if marks.count(_PLAIN) == len(marks) else bytes(marks)


def unpack_marks(data: bytes, size: int) -> tuple[bytes, bytes]:
    """Counts and names of a list of `size`."""
    if not data:
        return bytes((_PLAIN,)) * size, bytes(size)
    return data.translate(_COUNTS), data.translate(_NAMES)


# ---------------------------------------------------------------------- lists by term

Lists = Mapping[str, tuple[int, bytes, bytes]]
"""Size, packed numbers and packed marks of terms."""


def chunks(
    terms: Iterable[tuple[str, array[int], bytearray]],
) -> Iterator[tuple[str, int, bytes]]:
    """Rows for lists in the order of their terms: first term, size, data.

    A long list is a row of its own; `size` is 0 where a row has several.
    """
    some: list[tuple[str, int, bytes, bytes]] = []
    total = 0
    for term, numbers, marks in terms:
        one = (term, len(numbers), pack(numbers), pack_marks(marks))
        size = len(one[2]) + len(one[3])
        if some and (total + size > _CHUNK or len(some) == _TERMS):
            yield _row(some)
            some, total = [], 0
        some.append(one)
        total += size
    if some:
        yield _row(some)


def _row(some: Sequence[tuple[str, int, bytes, bytes]]) -> tuple[str, int, bytes]:
    heading = orjson.dumps([(term, size, len(a), len(b)) for term, size, a, b in some])
    body = b"".join(data for one in some for data in one[2:])
    data = len(heading).to_bytes(4, "little") + heading + body
    return some[0][0], some[0][1] if len(some) == 1 else 0, zlib.compress(data, 6)


def lists(data: bytes) -> Lists:
    """The lists of a row. Raises ValueError, zlib.error for what `chunks` never wrote."""
    plain = zlib.decompress(data)
    at = 4 + int.from_bytes(plain[:4], "little")
    found: dict[str, tuple[int, bytes, bytes]] = {}
    for term, size, numbers, marks in orjson.loads(plain[4:at]):
        middle = at + numbers
        found[term] = size, plain[at:middle], plain[middle : middle + marks]
        at = middle + marks
    return found


# ---------------------------------------------------------------------- a file's blocks


def pack_file(kept: Indexed) -> bytes:
    """Where a file's blocks are and what they define: no line of its text.

    A name that looks like a key, or is a sentence (tests have such), is left out.
    """
    names = {"": 0}
    numbers = [kept.lines, len(kept.blocks)]
    after = 1
    for block, tokens in zip(kept.blocks, kept.tokens, strict=True):
        numbers += (block.first - after, block.last - block.first, tokens)
        numbers.append(_KINDS.index(block.kind))
        after = block.last + 1
        for name in (block.symbol, block.enclosing):
            numbers.append(names.setdefault(_plain(name), len(names)))
    numbers += kept.header or (0, 0)
    numbers.append(len(kept.outline))
    numbers += map(sub, kept.outline, (0, *kept.outline))
    said = [name for name in kept.imports if len(name) <= 3 * LONGEST and not key_shaped(name)]
    text = "\n".join((*[*names][1:], "", *said)) if len(names) > 1 or said else ""
    data = _varints(numbers) + text.encode("utf-8", "replace")
    small = zlib.compress(data, 6)
    return b"z" + small if len(small) < len(data) else b"p" + data


def unpack_file(data: bytes) -> Indexed:
    """What `pack_file` wrote, without terms. Raises ValueError, IndexError, zlib.error."""
    plain = zlib.decompress(data[1:]) if data[:1] == b"z" else data[1:]
    read = _Varints(plain)
    lines, many = read.next(), read.next()
    raw = [[read.next() for _ in range(6)] for _ in range(many)]
    first, last = read.next(), read.next()
    outline = tuple(accumulate(read.next() for _ in range(read.next())))
    head, _, tail = plain[read.at :].decode("utf-8").partition("\n\n")
    if plain[read.at : read.at + 1] == b"\n":
        head, tail = "", plain[read.at + 1 :].decode("utf-8")
    names = ["", *head.split("\n")]
    blocks = []
    start = 1
    for gap, more, _, kind, symbol, enclosing in raw:
        start += gap
        blocks.append(Block(start, start + more, _KINDS[kind], names[symbol], names[enclosing]))
        start += more + 1
    return Indexed(
        lines,
        tuple(blocks),
        tuple(one[2] for one in raw),
        (),
        (first, last) if last else None,
        outline,
        tuple(tail.split("\n")) if tail else (),
    )


_KINDS = ("lines", "function", "class", "section", "imports")


def _plain(name: str) -> str:
    short = len(name) <= 2 * LONGEST and not any(map(str.isspace, name))
    return name if short and not key_shaped(name) else ""


def _varints(numbers: Iterable[int]) -> bytes:
    out = bytearray()
    for number in numbers:
        left = number
        while left > 127:
            out.append(left & 127 | 128)
            left >>= 7
        out.append(left)
    return bytes(out)


class _Varints:
    """Reads numbers one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def next(self) -> int:
        """The next one."""
        value = shift = 0
        while True:
            byte = self._data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

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

_WIDE, _NARROW, _MARKED = 0, 1, 2
_COUNTS = bytes(byte & 63 for byte in range(256))
_NAMES = bytes(byte >> 6 for byte in range(256))
_PLAIN = 1  # once, and of no name: so are most

_CHUNK = 4_000  # bytes of small lists that are kept as one row
_TERMS = 60
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
    heading = orjson.dumps(([one[0] for one in some], [one[1] for one in some]))
    parts = [len(heading).to_bytes(4, "little"), heading]
    for _, _, numbers, marks in some:
        parts += (bytes((numbers[0] | _MARKED * bool(marks),)), numbers[1:], marks)
    return some[0][0], some[0][1] if len(some) == 1 else 0, zlib.compress(b"".join(parts), 6)


def lists(data: bytes) -> Lists:
    """The lists of a row. Raises ValueError, zlib.error for what `chunks` never wrote."""
    plain = zlib.decompress(data)
    at = 4 + int.from_bytes(plain[:4], "little")
    found: dict[str, tuple[int, bytes, bytes]] = {}
    for term, size in zip(*orjson.loads(plain[4:at]), strict=True):
        kind = plain[at]
        middle = at + 1 + (size if kind & _NARROW else 2 * size)
        end = middle + size * bool(kind & _MARKED)
        found[term] = size, bytes((kind & _NARROW,)) + plain[at + 1 : middle], plain[middle:end]
        at = end
    return found


# ---------------------------------------------------------------------- a file's blocks


def pack_file(kept: Indexed) -> bytes:
    """Where a file's blocks are and what they define: no line of its text.

    A name that looks like a key, or is a sentence (tests have such), is left out.
    """
    names = {"": 0}
    gaps, sizes, kinds, symbols, enclosing = [], [], [], [], []
    after = 1
    for block in kept.blocks:
        gaps.append(block.first - after)
        sizes.append(block.last - block.first)
        kinds.append(_KINDS.index(block.kind))
        symbols.append(names.setdefault(_plain(block.symbol), len(names)))
        enclosing.append(names.setdefault(_plain(block.enclosing), len(names)))
        after = block.last + 1
    steps = map(sub, kept.outline, (0, *kept.outline))
    numbers = [kept.lines, *(kept.header or (0, 0)), *gaps, *sizes, *kinds, *symbols, *enclosing]
    numbers += steps
    said = [name for name in kept.imports if len(name) <= 3 * LONGEST and not key_shaped(name)]
    text = "\n".join((*[*names][1:], "", *said)) if len(names) > 1 or said else ""
    widths = bytes((_width(numbers), _width(kept.tokens)))
    data = b"".join(
        (
            widths,
            len(kept.blocks).to_bytes(2, "little"),
            len(kept.outline).to_bytes(2, "little"),
            _column(numbers, widths[0]),
            _column(kept.tokens, widths[1]),
            text.encode("utf-8", "replace"),
        )
    )
    small = zlib.compress(data, 6)
    return b"z" + small if len(small) < len(data) else b"p" + data


def unpack_file(data: bytes) -> Indexed:
    """What `pack_file` wrote, without terms. Raises ValueError, IndexError, zlib.error."""
    plain = zlib.decompress(data[1:]) if data[:1] == b"z" else data[1:]
    many = int.from_bytes(plain[2:4], "little")
    outlined = int.from_bytes(plain[4:6], "little")
    at = 6 + (3 + 5 * many + outlined) * _SIZES[plain[0]]
    numbers = _numbers(plain[6:at], plain[0])
    end = at + many * _SIZES[plain[1]]
    tokens = _numbers(plain[at:end], plain[1])
    text = plain[end:].decode("utf-8")
    if text.startswith("\n"):
        head, tail = "", text[1:]
    else:
        head, _, tail = text.partition("\n\n")
    names = ["", *head.split("\n")]
    columns = [numbers[3 + n * many : 3 + (n + 1) * many] for n in range(5)]
    start = 1
    blocks = []
    for gap, size, kind, symbol, enclosing in zip(*columns, strict=True):
        start += gap
        end = start + size
        blocks.append(Block(start, end, _KINDS[kind], names[symbol], names[enclosing]))
        start = end + 1
    return Indexed(
        numbers[0],
        tuple(blocks),
        tuple(tokens),
        (),
        (numbers[1], numbers[2]) if numbers[2] else None,
        tuple(accumulate(numbers[3 + 5 * many :])),
        tuple(tail.split("\n")) if tail else (),
    )


_KINDS = ("lines", "function", "class", "section", "imports")


def _plain(name: str) -> str:
    short = len(name) <= 2 * LONGEST and not any(map(str.isspace, name))
    return name if short and not key_shaped(name) else ""


_SIZES = {1: 1, 2: 2, 4: 4}
_CODES = {1: "B", 2: "H", 4: "I"}


def _width(numbers: Iterable[int]) -> int:
    most = max(numbers, default=0)
    return 1 if most < 1 << 8 else 2 if most < 1 << 16 else 4


def _column(numbers: Iterable[int], width: int) -> bytes:
    column = array(_CODES[width], numbers)
    if _SWAPPED:
        column.byteswap()
    return column.tobytes()


def _numbers(data: bytes, width: int) -> list[int]:
    if width == 1:
        return list(data)
    column = array(_CODES[width])
    column.frombytes(data)
    if _SWAPPED:
        column.byteswap()
    return column.tolist()

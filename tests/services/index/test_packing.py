"""What is written into the database comes out again as it was."""

from __future__ import annotations

from array import array
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.retrieve.corpus import index_file
from spark_tui.services.index.packing import (
    chunks,
    lists,
    mark,
    pack,
    pack_file,
    pack_many,
    pack_marks,
    unpack,
    unpack_file,
    unpack_many,
    unpack_marks,
)

RISING = st.sets(st.integers(0, 65_535), max_size=300).map(sorted)
OWN = sorted(Path(__file__).parents[3].glob("spark_tui/core/*.py"))


@given(RISING)
def test_numbers(numbers: list[int]) -> None:
    assert unpack(pack(array("H", numbers))).tolist() == numbers
    assert unpack_many(pack_many(array("H", numbers))).tolist() == numbers


@given(st.dictionaries(st.text(min_size=1, max_size=12), RISING.filter(bool), max_size=250))
@settings(max_examples=30)
def test_lists_by_term(wanted: dict[str, list[int]]) -> None:
    rows = list(
        chunks(
            (term, array("H", wanted[term]), bytearray(mark(n % 80, n % 4) for n in wanted[term]))
            for term in sorted(wanted)
        )
    )
    found = {term: one for _, _, data in rows for term, one in lists(data).items()}
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert list(found) == sorted(wanted)
    for term, (size, numbers, marks) in found.items():
        assert unpack(numbers).tolist() == wanted[term]
        counts, names = unpack_marks(marks, size)
        assert list(counts) == [min(63, n % 80) for n in wanted[term]]
        assert list(names) == [n % 4 for n in wanted[term]]


def test_marks_that_say_nothing_take_no_room() -> None:
    assert pack_marks(bytearray([mark(1, 0)] * 5)) == b""
    assert unpack_marks(b"", 5) == (b"\1" * 5, bytes(5))


def test_a_file_s_blocks() -> None:
    assert OWN
    for path in [*OWN, Path(__file__)]:
        kept = index_file(path.name, path.read_text())
        again = unpack_file(pack_file(kept))
        assert (again.lines, again.blocks, again.tokens) == (kept.lines, kept.blocks, kept.tokens)
        assert (again.header, again.outline, again.imports) == (
            kept.header,
            kept.outline,
            kept.imports,
        )


def test_no_sentence_and_no_key_is_kept_as_a_name() -> None:
    text = "describe('logs in with hunter2', () => {\n  it('q7Xz9q7Xz9q7Xz9q7Xz9', f)\n})\n"
    data = pack_file(index_file("a.test.js", text))
    blocks = unpack_file(data).blocks
    assert {block.symbol for block in blocks} <= {""}
    assert b"hunter2" not in data

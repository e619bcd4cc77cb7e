import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.part import part_of, with_part
from spark_tui.core.edits.span import _common_indent
from spark_tui.core.edits.text import image_of, with_lines

TEXTS = st.lists(
    st.tuples(st.text("ab \té", max_size=4), st.sampled_from(["\n", "\r\n", "\r"])), min_size=1
).map(lambda lines: "".join(map("".join, lines)))


@given(TEXTS, st.booleans(), st.data())
def test_a_part_put_back_unchanged_is_the_same_file(
    text: str, marked: bool, data: st.DataObject
) -> None:
    image = image_of("a.txt", (b"\xef\xbb\xbf" if marked else b"") + text.encode())
    first = data.draw(st.integers(1, len(image.lines)))
    last = data.draw(st.integers(first, len(image.lines)))
    part = part_of(image, (first, last))
    assert part.lines == image.lines[first - 1 : last]
    assert with_part(image, (first, last), part) == image


def test_an_edited_part_changes_its_lines_only() -> None:
    image = image_of("a.txt", b"1\r\n2\r\n3\r\n")
    after = with_lines(part_of(image, (2, 2)), ("two\r\n", "and"))
    assert with_part(image, (2, 2), after).data == b"1\r\ntwo\r\nand\r\n3\r\n"


def test_an_emptied_part_is_gone() -> None:
    image = image_of("a.txt", b"1\n2\n3")
    assert with_part(image, (3, 3), with_lines(part_of(image, (3, 3)), ())).data == b"1\n2\n"


def test_a_character_the_file_cannot_hold_is_an_error() -> None:
    image = image_of("a.txt", b"1\n\xff\n")
    with pytest.raises(UnicodeEncodeError):
        with_lines(part_of(image, (1, 1)), ("☃\n",))


def test_lines_that_begin_with_different_blanks_share_no_indent() -> None:
    assert _common_indent(["\tone", "    two"]) == ""
    assert _common_indent(["\t\tone", "\n", "\t  two"]) == "\t"
    assert _common_indent(["one", "\ttwo"]) == ""

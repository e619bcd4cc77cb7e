"""What matched lines teach about indentation, whatever they are."""

from hypothesis import example, given
from hypothesis import strategies as st

from spark_tui.core.edits.indent import learn

INDENTS = st.text("\t ", max_size=6)


@given(st.lists(st.tuples(INDENTS, INDENTS), max_size=5), st.lists(INDENTS, max_size=5))
@example([("", "\t"), ("", "\t\t")], [""])
@example([("\t", ""), ("\t\t", "")], ["\t"])
def test_no_pair_of_indentations_breaks_it(seen: list[tuple[str, str]], asked: list[str]) -> None:
    mapping = learn([(f"{written}x", f"{real}x") for written, real in seen])
    if mapping is not None:
        for indent in asked:
            mapped = mapping(indent)
            assert mapped is None or not mapped.strip(" \t")
        for written, real in seen:
            assert mapping(written) in (real, None)

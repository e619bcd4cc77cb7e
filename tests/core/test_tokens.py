from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.tokens import estimate, weight

CODE = '''def retry(call: Callable[[], T], tries: int = 3) -> T:
    """Run `call` until it works."""
    for attempt in range(tries):
        try:
            return call()
        except OSError:
            if attempt == tries - 1:
                raise
    raise AssertionError
'''


def test_code_is_near_four_characters_a_token() -> None:
    assert 0.15 * len(CODE) < estimate(CODE) < 0.3 * len(CODE)


def test_indentation_is_cheap_and_ideographs_are_not() -> None:
    assert estimate(" " * 140) <= 11
    assert estimate("編集者" * 20) >= 50


@settings(max_examples=150)
@given(st.text(alphabet="ab é文 \n(.", min_size=1, max_size=300), st.integers(1, 9))
def test_cutting_a_text_into_pieces_hardly_changes_its_count(text: str, size: int) -> None:
    pieces = sum(weight(text[start : start + size]) for start in range(0, len(text), size))
    assert abs(estimate(text) - round(pieces)) <= 1 + text.count("  ")

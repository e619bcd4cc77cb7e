"""Comments that ask for an edit: which lines are some, and which are new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.comments import CommentRequest, fresh, requests


def found(line: str, marker: str = "AI!") -> list[str]:
    return [r.text for r in requests("a.py", ["", line], marker)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("# use a set AI!", "use a set"),
        ("    ## use a set AI!  ", "use a set"),
        ("x = 1  # two, not one AI!", "two, not one"),
        ("// use a set AI!", "use a set"),
        ("int x; /* make it long AI! */", "make it long"),
        (" * explain this AI!", "explain this"),
        ("-- index it AI!", "index it"),
        ("<!-- shorter AI! -->", "shorter"),
        ("; faster AI!", "faster"),
        ("# use a set,AI!", "use a set,"),
    ],
)
def test_a_comment_that_ends_in_the_marker_asks(line: str, text: str) -> None:
    assert found(line) == [text]
    assert requests("a.py", ["", line], "AI!")[0].line == 2


@pytest.mark.parametrize(
    "line",
    [
        "# AI! is what we use",
        "# use a set AI",
        'print("# use a set AI!")',
        "use a set AI!",
        "a = b#c AI!",
        "# AI!",
        "# ai!",
        "# " + "x" * 3000 + " AI!",
    ],
)
def test_other_lines_ask_for_nothing(line: str) -> None:
    assert found(line) == []


def test_the_marker_can_be_another_one_or_none() -> None:
    assert found("# use a set please?", "please?") == ["use a set"]
    assert found("# use a set AI!", "") == []


def request(raw: str, line: int = 1) -> CommentRequest:
    return CommentRequest("a.py", line, raw, raw)


def test_a_comment_that_only_moved_is_not_new() -> None:
    before = [request("one AI!", 3), request("two AI!", 4)]
    after = [request("zero AI!", 1), request("one AI!", 9), request("two AI!", 2)]
    assert fresh(before, after) == (request("zero AI!", 1),)
    assert fresh(before, [*before, request("one AI!", 7)]) == (request("one AI!", 7),)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_new_ones_are_what_is_there_more_often_than_before(a: list[str], b: list[str]) -> None:
    got = [r.raw for r in fresh([request(x) for x in a], [request(x) for x in b])]
    assert sorted(got) == sorted(x for x in "abc" for _ in range(max(0, b.count(x) - a.count(x))))

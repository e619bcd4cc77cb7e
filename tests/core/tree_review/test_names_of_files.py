"""Line endings, renames and the order of a review."""

from __future__ import annotations

import pytest

from spark_tui.core.tree_review.line_ends import (
    LineEnds,
    base_form,
    checked_out,
    committed_form,
    line_ends,
)
from spark_tui.core.tree_review.order import rank
from spark_tui.core.tree_review.renames import Content, renames

AUTO = {"core.autocrlf": "true"}


@pytest.mark.parametrize(
    ("attributes", "config", "wanted"),
    [
        ({}, {}, LineEnds()),
        ({}, AUTO, LineEnds(True, True, False)),
        ({}, {"core.autocrlf": "input"}, LineEnds(True, False, False)),
        ({"text": "unset"}, AUTO, LineEnds()),
        ({"eol": "crlf"}, {}, LineEnds(True, True, True)),
        ({"text": "auto"}, {"core.eol": "crlf"}, LineEnds(True, True, False)),
        ({"text": "set", "eol": "lf"}, AUTO, LineEnds(True, False, True)),
    ],
)
def test_attributes_and_settings_together(
    attributes: dict[str, str], config: dict[str, str], wanted: LineEnds
) -> None:
    assert line_ends(attributes, config) == wanted


def test_what_git_takes_for_the_same_is_no_change() -> None:
    ends = LineEnds(True, True, False)
    assert checked_out(b"a\nb\n", ends) == b"a\r\nb\r\n"
    assert committed_form(b"a\r\nb\n", ends, b"a\nb\n") == b"a\nb\n"
    assert committed_form(b"a\r\n", ends, b"a\r\n") == b"a\r\n"  # committed so: git leaves it
    assert base_form(b"a\nb\nc", b"a\r\nB\r\nc", ends) == b"a\r\nb\r\nc"
    assert base_form(b"a\nb", b"a\r\nb\r\n", ends) == b"a\r\nb"
    assert base_form(b"a\nb\n", b"a\r\nb", ends) == b"a\r\nb\r\n"
    assert checked_out(b"\0\n", ends) == b"\0\n"


def test_files_that_moved_are_found_by_what_they_hold() -> None:
    text = b"one line\ntwo lines\nthree lines\n"
    gone = {"a.py": Content("1", text), "b.py": Content("2", b"else\n" * 9), "e": Content("0", b"")}
    came = {
        "n/a.py": Content("1", text),
        "n/b.py": Content("9", b"else\n" * 8 + b"more\n"),
        "n/e": Content("0", b""),
        "new.py": Content("8", b"nothing alike\n"),
    }
    assert renames(gone, came) == {"n/a.py": "a.py", "n/b.py": "b.py"}


def test_what_a_program_wrote_comes_last() -> None:
    paths = ["web/uv.lock", "z.py", "dist/x.js", "a/b.py", "a.py", "api_pb2.py"]
    ordered = sorted(paths, key=rank)
    assert ordered[:3] == ["a/b.py", "a.py", "z.py"]
    assert sorted(["made.py", "z.py"], key=lambda p: rank(p, marked=p == "made.py"))[1] == "made.py"

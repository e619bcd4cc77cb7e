"""Which hunks make the same replacement, and that nothing else hides among them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.alike import (
    FEWEST,
    LONGEST_CHANGE,
    Swap,
    alike,
    named,
    places,
    replacement,
)
from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState

ADD = (Swap("add", "plus"),)


def hunk(old: str, new: str, ordinal: str = "1", path: str = "a.py", start: int = 4) -> Hunk:
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return Hunk(
        HunkId(1, 1, ordinal),
        path,
        FileOp.UPDATE,
        HunkState.OPEN,
        base_span=(start, start + len(before)),
        old=tuple(before),
        new=tuple(after),
        added=len(after),
        removed=len(before),
    )


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("x = add(1)\n", "x = plus(1)\n", ADD),
        ("\tadd(add(1, 2))\r\n", "\tplus(plus(1, 2))\r\n", ADD),
        ("add(1)\nkeep\nadd(2)\n", "plus(1)\nkeep\nplus(2)\n", ADD),
        ("return add", "return plus", ADD),
        ("# 日本 add\n", "# 日本 plus\n", ADD),
        ("f(x, y)\n", "f(y, x)\n", (Swap("x", "y", 1), Swap("y", "x", 1))),
        ("self.a.b()\n", "self.c()\n", (Swap("a.b", "c"),)),
    ],
)
def test_a_replacement_of_words_is_found(old: str, new: str, found: tuple[Swap, ...]) -> None:
    assert replacement(hunk(old, new)) == found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = add(1)\n", "x  = plus(1)\n"),
        ("add(1)\n", " plus(1)\n"),
        ("add(1)\n", "plus(1) \n"),
        ("add(1)\n", "plus(1)\r\n"),
        ("add(1)\n", "plus(1)"),
        ("add(1)\n", "plus(1)\n\n"),
        ("add(1)\nx\n", "plus(1)\n"),
        ("add(1)\n", "plus(1, 2)\n"),
        ("add(1, 2)\n", "plus(1)\n"),
        ("f(1)\n", "f(1)  # plus\n"),
        ("add(a, a)\n", "plus(b, plus)\n"),
        ("a(b)\n", "c(c)\n"),
        ("c(c)\n", "a(b)\n"),
        ("add(1)\n", "аdd(1)\n"),
        ("add(1)\n", "a\u200bdd(1)\n"),
        ("addé(1)\n", "plusé(1)\n"),
        ("add(1)\n", "add\u00a0(1)\n"),
        ("add" + "x" * 40 + "\n", "plus" + "x" * 40 + "\n"),
        (
            "add(1)" + " " * LONGEST_CHANGE + "add(2)\n",
            "plus(1)" + " " * LONGEST_CHANGE + "plus(2)\n",
        ),
        ("add(\t1, add)\n", "plus(\t1, plus)\n"),
        ("add(1)\n", "add(1)\n"),
        ("a == 1\n", "a != 1\n"),
        ("a b c d e f\n", "aa bb cc dd ee ff\n"),
    ],
)
def test_what_is_more_or_less_than_words_is_no_replacement(old: str, new: str) -> None:
    assert replacement(hunk(old, new)) is None


def test_only_located_edits_that_build_on_no_other_are_replacements() -> None:
    one = hunk("add(1)\n", "plus(1)\n")
    for other in (
        Hunk(one.id, one.path, FileOp.CREATE, one.state, base_span=(0, 0), new=one.new),
        Hunk(one.id, one.path, one.op, one.state, old=one.old, new=one.new),
        Hunk(
            one.id,
            one.path,
            one.op,
            one.state,
            base_span=one.base_span,
            old=one.old,
            new=one.new,
            depends_on=HunkId(1, 1, "9"),
        ),
    ):
        assert replacement(other) is None


def test_places_name_the_line_and_what_is_new_on_it() -> None:
    one = hunk("add(1)\nkeep\n  add(add)\n", "plus(1)\nkeep\n  plus(plus)\n")
    assert [(p.line, p.text, p.marks) for p in places(one)] == [
        (5, "plus(1)", ((0, 4),)),
        (7, "  plus(plus)", ((2, 6), (7, 11))),
    ]


def test_enough_that_are_alike_make_a_group_without_protected_ones() -> None:
    many = [hunk("add(1)\n", "plus(1)\n", str(n), path=f"{n}.py") for n in range(FEWEST)]
    others = [
        hunk("add(1)\n", "minus(1)\n", "7"),
        hunk("add(1)\n", "plus(1)\n", "8", path=".github/workflows/ci.yml"),
        Hunk(HunkId(1, 1, "9"), "b.py", FileOp.UPDATE, HunkState.REFUSED),
    ]
    assert alike([*others, *many]) == {ADD: many}
    assert alike([*others, *many[1:]]) == {}
    assert named(ADD) == "add → plus"


WORDS = st.text("abcxyz_09", min_size=1, max_size=6)
PIECES = st.lists(
    st.one_of(WORDS, st.sampled_from([" ", "  ", "(", ")", ".", ", ", "\t", "日", "'", " = "])),
    min_size=1,
    max_size=12,
)


@st.composite
def two_lines(draw: st.DrawFn) -> tuple[str, str]:
    """A line, and the same with words replaced, and now and then something else done to it."""
    before = draw(PIECES)
    words = [piece for piece in before if piece.isalnum()]
    swaps = draw(st.dictionaries(st.sampled_from(words or ["a"]), WORDS, min_size=1, max_size=2))
    after = [swaps.get(piece, piece) for piece in before]
    if draw(st.integers(0, 3)) == 0:
        after.insert(draw(st.integers(0, len(after))), draw(st.one_of(WORDS, st.just(" "))))
    return "".join(before), "".join(after)


@settings(max_examples=150, deadline=None)
@given(two_lines(), st.sampled_from(["\n", "\r\n", ""]))
def test_the_new_line_and_the_words_tell_the_old_line(lines: tuple[str, str], eol: str) -> None:
    """Whatever two lines are: where they count as a replacement, nothing of it is hidden."""
    one = hunk(lines[0] + eol, lines[1] + eol)
    swaps = replacement(one)
    if swaps is None:
        return
    back = {swap.new: swap.old for swap in swaps}
    assert len(back) == len(swaps)
    for place, old in zip(places(one), one.old, strict=True):
        text, told = place.text, ""
        at = 0
        for start, end in place.marks:
            assert re.fullmatch("[!-~]+", text[start:end])
            told += text[at:start] + back[text[start:end]]
            at = end
        assert told + text[at:] + eol == old
        assert place.marks[-1][1] - place.marks[0][0] <= LONGEST_CHANGE

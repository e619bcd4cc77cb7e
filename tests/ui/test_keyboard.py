"""Who has the keyboard, as a pure state."""

from __future__ import annotations

import pytest

from spark_tui.ui.input.focus import (
    ALONE_NS,
    BACK_NS,
    DEAF_NS,
    QUIET_NS,
    TWICE_NS,
    Keyboard,
    Where,
)

MS = 1_000_000


def sent(at: int = 1000, *, auto: bool = False) -> Keyboard:
    k = Keyboard(auto=auto)
    k.entered(at)
    return k


def decided(at: int = 10_000 * MS) -> Keyboard:
    """The last decision was made at `at`: the prompt has the keyboard."""
    k = sent()
    k.give(Where.REVIEW)
    assert k.follow(at, busy=False)
    return k


def typed(k: Keyboard, *keys: tuple[str, int]) -> str:
    """What review letters at these times (ms) leave in the prompt."""
    return "".join(k.typed(char, at * MS, review_key=char in "ynadAqu.oesc") for char, at in keys)


def test_a_hunk_that_is_painted_takes_no_keyboard() -> None:
    k = sent()
    assert not k.hunk_painted(2000, prompt_empty=True)
    assert k.where is Where.PROMPT


def test_with_auto_the_first_hunk_takes_it_from_an_empty_idle_prompt() -> None:
    k = sent(auto=True)
    assert k.hunk_painted(2000, prompt_empty=True)
    assert k.where is Where.REVIEW
    assert not sent(auto=True).hunk_painted(2000, prompt_empty=False)
    k = sent(auto=True)
    k.typed("a", 1500, review_key=True)
    assert not k.hunk_painted(1500 + QUIET_NS - 1, prompt_empty=True)
    assert not k.hunk_painted(1500 + 2 * QUIET_NS, prompt_empty=True)
    k.entered(10**10)
    assert k.hunk_painted(10**10 + 1, prompt_empty=True)


def test_it_comes_back_once_nothing_is_left_to_review() -> None:
    k = sent()
    k.give(Where.REVIEW)
    assert not k.follow(2000, busy=True)
    assert k.where is Where.REVIEW
    assert k.follow(3000, busy=False)
    assert (k.where, k.back_at) == (Where.PROMPT, 3000)


def test_where_nothing_was_left_nothing_comes_back() -> None:
    k = decided()
    k.give(Where.REVIEW)
    assert not k.follow(20_000 * MS, busy=False)
    assert k.where is Where.REVIEW


@pytest.mark.parametrize("first", "ynadAqu.oesc")
def test_the_first_letter_of_a_word_is_text(first: str) -> None:
    assert typed(decided(), (first, 10_100), ("x", 10_250), ("y", 10_400)) == f"{first}xy"
    slow = 10_100 + ALONE_NS // MS
    assert typed(decided(), (first, 10_100), ("x", slow)) == f"{first}x"


def test_a_letter_alone_is_swallowed() -> None:
    k = decided()
    assert typed(k, ("y", 10_080)) == ""
    assert typed(k, ("n", 10_081 + ALONE_NS // MS), ("o", 11_500)) == "no"
    k = decided()
    assert typed(k, ("y", 10_080)) == ""
    k.pressed(10_200 * MS)  # Enter: nothing is sent
    assert typed(k, ("o", 10_300), ("k", 10_400)) == "ok"


def test_one_letter_at_most_and_not_for_long() -> None:
    assert typed(decided(), ("y", 10_080), ("y", 10_160), ("y", 10_240)) == "yyy"
    late = 10_001 + BACK_NS // MS
    assert typed(decided(), ("y", late)) == "y"
    assert typed(decided(), ("w", 10_080), ("y", 10_160)) == "wy"


def test_a_letter_of_a_key_that_was_read_late_counts_by_its_own_time() -> None:
    assert typed(decided(), ("u", 9_990), ("p", 10_080)) == "up"


def test_a_paste_behind_a_letter_takes_it_along_or_not() -> None:
    k = decided()
    typed(k, ("a", 10_080))
    assert k.pasted(10_300 * MS) == "a"
    typed(k := decided(), ("y", 10_080))
    assert k.pasted((10_081 * MS) + ALONE_NS) == ""


def test_escape_is_deaf_after_an_interrupt() -> None:
    k = Keyboard()
    k.interrupted(1000)
    assert k.deaf(1000 + DEAF_NS - 1)
    assert not k.deaf(1000 + DEAF_NS)


def test_two_interrupts_in_a_second_quit() -> None:
    k = Keyboard()
    assert not k.quit_pressed(1000)
    assert k.quit_pressed(1000 + TWICE_NS)
    assert not k.quit_pressed(1000 + 3 * TWICE_NS)

"""Who has the keyboard, as a pure state."""

from __future__ import annotations

from spark_tui.ui.keyboard import DEAF_NS, QUIET_NS, TWICE_NS, Keyboard, Where


def sent(at: int = 1000) -> Keyboard:
    k = Keyboard()
    k.entered(at)
    return k


def test_first_hunk_takes_the_keyboard_from_an_empty_idle_prompt() -> None:
    k = sent()
    assert k.hunk_painted(2000, prompt_empty=True)
    assert k.where is Where.REVIEW


def test_typed_text_keeps_the_keyboard() -> None:
    k = sent()
    assert not k.hunk_painted(2000, prompt_empty=False)
    assert k.where is Where.PROMPT


def test_a_key_since_enter_keeps_it_for_half_a_second() -> None:
    k = sent()
    k.key(1500)
    assert not k.hunk_painted(1500 + QUIET_NS - 1, prompt_empty=True)
    k = sent()
    k.key(1500)
    assert k.hunk_painted(1500 + QUIET_NS, prompt_empty=True)


def test_only_the_first_hunk_since_enter_counts() -> None:
    k = sent()
    k.key(1500)
    k.hunk_painted(1600, prompt_empty=True)
    assert not k.hunk_painted(1600 + 2 * QUIET_NS, prompt_empty=True)
    k.entered(10**10)
    assert k.hunk_painted(10**10 + 1, prompt_empty=True)


def test_without_enter_nothing_moves() -> None:
    assert not Keyboard().hunk_painted(10**10, prompt_empty=True)


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

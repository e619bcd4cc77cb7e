"""The terminal's answer about its ground is never taken for keys, however it arrives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spark_tui.ui.terminal.background_color import BackgroundAnswers

ANSWER = b"\x1b]11;rgb:fbfb/fafa/f7f7\x1b\\"


def told(pieces: list[bytes]) -> tuple[bytes, list[bool]]:
    answers = BackgroundAnswers()
    keys, lights = b"", []
    for piece in pieces:
        rest, light = answers.take(piece)
        keys += rest
        lights += [] if light is None else [light]
    return keys, lights


def test_keys_round_an_answer_go_on() -> None:
    assert told([b"a" + ANSWER + b"\x1b[A"]) == (b"a\x1b[A", [True])
    assert told([b"\x1b]11;rgb:0000/0000/0000\x07b"]) == (b"b", [False])


@given(st.integers(min_value=5, max_value=len(ANSWER)))
def test_an_answer_in_two_pieces_is_one(cut: int) -> None:
    assert told([b"x" + ANSWER[:cut], ANSWER[cut:] + b"y"]) == (b"xy", [True])


@given(st.binary(max_size=40).filter(lambda data: b"\x1b]11;" not in data))
def test_other_input_is_left_as_it_is(data: bytes) -> None:
    assert told([data]) == (data, [])


def test_what_never_ends_is_not_held_for_ever() -> None:
    keys, lights = told([b"\x1b]11;" + b"z" * 200, b"a"])
    assert keys.endswith(b"a")
    assert lights == []

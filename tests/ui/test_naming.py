"""Keys in messages are those of who has the keyboard."""

from __future__ import annotations

import re

import pytest

from spark_tui.ui.input.commands import Column, Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.key_naming import lasting, named

DROPPED = "dropped · u takes it back"
SEVERAL = "fits in 2 places, so it is not placed · 1 2 place it · r asks again"
DISK = "disk full, nothing written, hunks stay open · free space, y again"


@pytest.mark.parametrize(
    ("said", "where", "shown"),
    [
        (DROPPED, Where.REVIEW, DROPPED),
        (DROPPED, Where.PROMPT, "dropped · Ctrl+X u takes it back"),
        (DROPPED, Where.CODE, DROPPED),
        (DROPPED, Where.SAY, "dropped · Ctrl+X u takes it back"),
        (SEVERAL, Where.REVIEW, SEVERAL),
        (
            SEVERAL,
            Where.PROMPT,
            "fits in 2 places, so it is not placed · Ctrl+O 1 2 place it · Ctrl+O r asks again",
        ),
        (DISK, Where.PROMPT, DISK.replace(", y", ", Ctrl+O y")),
        ("#14 not undone · o opens it · U shows both", Where.PROMPT,
         "#14 not undone · Ctrl+O o opens it · Ctrl+X U shows both"),
        (words.CUT_OFF, Where.PROMPT, words.CUT_OFF),
        (words.CUT_OFF, Where.REVIEW, words.CUT_OFF.replace("Enter", ".")),
        ("not sent · Up Enter tries again · F3 another", Where.PROMPT,
         "not sent · Up Enter tries again · F3 another"),
        ("not sent · Up Enter tries again · F3 another", Where.REVIEW,
         "not sent · i Up Enter tries again · F3 another"),
        ("race: a against b · 2 requests", Where.PROMPT, "race: a against b · 2 requests"),
        ("u is not here · nearest: y", Where.PROMPT, "u is not here · nearest: y"),
        (words.VIM_NORMAL, Where.PROMPT, words.VIM_NORMAL),
    ],
)  # fmt: skip
def test_a_key_is_named_as_its_owner_has_it(said: str, where: Where, shown: str) -> None:
    assert named(said, where, Keymap()) == shown


def test_a_key_that_was_given_another_place_is_named_there() -> None:
    keymap = Keymap({"undo": "f", "drop": "ctrl+x z"})
    assert named(DROPPED, Where.REVIEW, keymap) == "dropped · f takes it back"
    assert named("stale · n drops", Where.PROMPT, keymap) == "stale · Ctrl+X z drops"


def test_what_stays_in_the_transcript_names_no_key_of_one_owner() -> None:
    assert lasting(SEVERAL) == "fits in 2 places, so it is not placed"
    assert lasting(DISK) == "disk full, nothing written, hunks stay open"
    assert lasting("openai refused the key · F3 sets a new one") == (
        "openai refused the key · F3 sets a new one"
    )


def constants() -> dict[str, str]:
    return {
        name: text for name, text in vars(words).items() if name.isupper() and isinstance(text, str)
    }


OWN = {"NOT_TYPING", "NOTHING_TO_FIND", "VIM_NORMAL", "BOX_KEYS"}
"""Messages of the code view and of vim's normal mode, which name their own keys."""


@pytest.mark.parametrize("name", sorted(constants().keys() - OWN))
def test_every_message_without_figures_names_keys_that_work_in_the_prompt(name: str) -> None:
    said = named(constants()[name], Where.PROMPT, Keymap())
    keymap = Keymap()
    for clause in re.split(r" · |, ", said)[1:]:
        letter = re.match(r"([a-zA-Z.]) [a-z]", clause)
        assert (
            letter is None
            or keymap.find(Column.PROMPT, letter[1]) is not None
            or (letter[1] == "a")
        ), said

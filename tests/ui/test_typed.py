"""Letters of every keyboard and input method are typed; what is no letter is not."""

from __future__ import annotations

import pytest
from textual.events import Key

from spark_tui.ui.input.typed import shown_as_typed, typed_text
from spark_tui.ui.prompt.draft import Draft
from tests.ui.scripted import Drive

WORDS = (
    "赤\u3000青",
    "می\u200cخواهم",
    "क्\u200dष",
    "👩\u200d💻",
    "סוף\u200f!",
    "Schiff\u00adfahrt",
    "\ue0b0\U000f0001\U0010ff12",
    "한글",
    "é",
    "e\u0301",
    "\u202aok\u202c",
)


@pytest.mark.parametrize("word", WORDS)
def test_every_character_of_a_word_is_typed(word: str) -> None:
    assert "".join(typed_text(c, c) for c in word) == word


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2007"])
def test_blanks_that_do_not_break_are_plain_ones(blank: str) -> None:
    assert typed_text("no_break_space", blank) == " "


@pytest.mark.parametrize(
    ("key", "character"),
    [
        ("escape", "\x1b"),
        ("f1", None),
        ("ctrl+a", "a"),
        ("alt+d", "d"),
        ("alt+shift+d", "D"),
        ("x", "\x9b"),
        ("x", "\ud800"),
        ("x", "\ufdd0"),
        ("x", "\u2028"),
    ],
)
def test_what_is_no_letter_types_nothing(key: str, character: str | None) -> None:
    assert typed_text(key, character) == ""


def test_a_plus_is_typed() -> None:
    assert typed_text("plus", "+") == "+"


@pytest.mark.parametrize("word", WORDS)
def test_what_is_typed_takes_the_cells_it_is_shown_in(word: str) -> None:
    draft = Draft()
    draft.insert(word)
    assert draft.expanded() == word
    assert draft.cells(word) == draft.cells(draft.shown(word))


def test_a_joiner_is_spelling_between_letters_and_named_elsewhere() -> None:
    assert shown_as_typed("می\u200cخواهم") == "می\u200cخواهم"
    assert shown_as_typed("pass\u200cword") == "pass<U+200C>word"


async def type_into(drive: Drive, text: str) -> None:
    for character in text:
        drive.app.post_message(Key(character, character))
    await drive.painted()


@pytest.mark.parametrize("field", ["prompt", "finder", "find", "say", "form"])
async def test_every_field_takes_them(drive: Drive, field: str) -> None:
    desk = drive.app.desk
    if field in {"find", "say"}:
        desk.code.open("net/retry.py")
        await drive.settled()
        await drive.until(lambda: desk.code.shown)
    keys = {"finder": ("ctrl+x", "f"), "find": ("/",), "say": ("enter",)}
    await drive.press(*keys.get(field, ()))
    if field == "form":
        await drive.press("f3", "end", "enter")
    text = "赤\u3000青می\u200cخ"
    await type_into(drive, text)
    box = desk.code_pane.block.box if desk.code_pane.block is not None else None
    form = desk.popup.model.form if desk.popup.model is not None else None
    held = {
        "prompt": desk.prompt.draft.expanded(),
        "finder": desk.popup.filter,
        "find": desk.code.finding.text,
        "say": box.expanded() if box is not None else "",
        "form": getattr(form, "fields", [Draft()])[0].text,
    }
    assert held[field] == text


async def test_alt_and_a_letter_is_its_command_and_never_the_letter(drive: Drive) -> None:
    await drive.press(*"one two", "ctrl+a")
    drive.app.post_message(Key("alt+d", "d"))
    drive.app.post_message(Key("alt+y", "y"))
    await drive.painted()
    assert drive.app.desk.prompt.draft.text == " two"

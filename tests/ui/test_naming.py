"""Keys in messages are those of who has the keyboard, in the person's own keymap."""

from __future__ import annotations

import re

import pytest

from spark_tui.core.remedy import Remedy
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Key, Message, key
from spark_tui.ui.messages.remedies import TABLE, on_screen
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import FakeConductor, driven

SEVERAL = Message(
    "fits in 2 places", (key("place", "place it", count=2), key("ask-again", "asks again"))
)
DISK = on_screen("disk full, nothing written", (Remedy.HUNKS_STAY, "free space", Remedy.KEEP_AGAIN))
CONFLICT = on_screen("#14 not undone", (Remedy.OPEN_IT, Remedy.SHOW_BOTH))
OFFLINE = on_screen("cannot reach it", (Remedy.DRAFT_KEPT, Remedy.RETRY, Remedy.OTHER_ENDPOINT))


@pytest.mark.parametrize(
    ("said", "where", "shown"),
    [
        (words.DROPPED, Where.REVIEW, "dropped · u takes it back"),
        (words.DROPPED, Where.PROMPT, "dropped · Ctrl+X u takes it back"),
        (words.DROPPED, Where.CODE, "dropped · u takes it back"),
        (words.DROPPED, Where.SAY, "dropped · Ctrl+X u takes it back"),
        (SEVERAL, Where.REVIEW, "fits in 2 places · 1 2 place it · r asks again"),
        (SEVERAL, Where.PROMPT, "fits in 2 places · Ctrl+O 1 2 place it · Ctrl+O r asks again"),
        (DISK, Where.REVIEW, "disk full, nothing written, hunks stay open · free space, y again"),
        (DISK, Where.PROMPT,
         "disk full, nothing written, hunks stay open · free space, Ctrl+O y again"),
        (CONFLICT, Where.PROMPT, "#14 not undone · Ctrl+O o opens it · Ctrl+X U shows both"),
        (words.CUT_OFF, Where.PROMPT,
         "the answer broke off, nothing written · Enter asks again"),
        (words.CUT_OFF, Where.REVIEW, "the answer broke off, nothing written · . asks again"),
        (OFFLINE, Where.PROMPT,
         "cannot reach it, draft kept · Up Enter tries again · F3 another"),
        (OFFLINE, Where.REVIEW,
         "cannot reach it, draft kept · i Up Enter tries again · F3 another"),
        (words.VIM_NORMAL, Where.PROMPT, "normal mode · i types · Enter sends"),
        (words.TYPING, Where.REVIEW, "typing? Enter types"),
    ],
)  # fmt: skip
def test_a_key_is_named_as_its_owner_has_it(said: Message, where: Where, shown: str) -> None:
    assert said.text(where, Keymap()) == shown


def test_a_key_that_was_given_another_place_is_named_there() -> None:
    keymap = Keymap({"undo": "f", "drop": "ctrl+x z", "endpoint": "f9", "ask-again": "t"})
    assert words.DROPPED.text(Where.REVIEW, keymap) == "dropped · f takes it back"
    stale = on_screen("stale", (Remedy.DROP, Remedy.ASK_AGAIN, Remedy.OTHER_ENDPOINT))
    assert (
        stale.text(Where.PROMPT, keymap)
        == "stale · Ctrl+X z drops · Ctrl+O t asks again · F9 another"
    )


def test_what_stays_in_the_transcript_names_no_key_of_one_owner() -> None:
    keymap = Keymap()
    assert SEVERAL.lasting(keymap) == "fits in 2 places"
    assert DISK.lasting(keymap) == "disk full, nothing written, hunks stay open · free space"
    refused = on_screen("openai refused the key", (Remedy.NEW_KEY,))
    assert refused.lasting(keymap) == "openai refused the key · F3 sets a new one"


def test_text_from_outside_is_never_taken_for_a_key() -> None:
    said = on_screen("u is not here · n drops", ("nearest: y, r asks",))
    for where in Where:
        assert said.text(where, Keymap()) == "u is not here · n drops · nearest: y, r asks"


def constants() -> dict[str, Message]:
    return {name: said for name, said in vars(words).items() if isinstance(said, Message)}


@pytest.mark.parametrize("where", list(Where))
def test_every_message_and_remedy_names_keys_that_there_are(where: Where) -> None:
    said = [way for message in constants().values() for way in message.ways]
    for way in (*said, *(row.screen for row in TABLE.values())):
        if isinstance(way, Key):
            assert way.text(where, Keymap()).split()[0]


@pytest.mark.parametrize("remedy", list(Remedy))
def test_every_remedy_has_its_words(remedy: Remedy) -> None:
    row = TABLE[remedy]
    assert row.screen
    if isinstance(row.screen, Key):
        assert all(Keymap().command(command) for command in row.screen.commands)
    for said in (row.plain, row.shell):
        assert not set(said.split()) & {"Esc", "Enter", "Tab", "Up", "F2", "F3"}


REMAPPED = {
    "undo": "t",
    "ask-again": "b",
    "drop": "z",
    "endpoint": "f9",
    "find-file": "ctrl+x z",
    "keep": "p",
    "type": "w",
    "latency": "f7",
    "strip": "ctrl+t",
    "trace": "ctrl+x e",
    "editor": "ctrl+x h",
    "mode": "f8",
}


async def test_remapped_keys_are_named_by_everything_on_the_screen(fake: FakeConductor) -> None:
    """The keys of the defaults, which do nothing or something else now, are named nowhere."""
    async with driven(fake, options=ShellOptions(keys=REMAPPED)) as drive:
        assert "Ctrl+T z finds a file" in drive.screen
        await drive.ask("cap it")
        await drive.first()
        await drive.later()
        await drive.complete()
        assert "Ctrl+O:   1 line 57 in send()" in drive.screen
        await drive.review()
        for said in ("b ask again   z drop", "p keep", "review · w types"):
            assert said in drive.screen
        await drive.press("f7")
        await drive.press("f7")
        assert "F7 closes · Ctrl+T e names the trace" in drive.screen
        await drive.press("f7")
        await drive.press("z")
        await drive.until(lambda: "w types" in drive.screen)
        await drive.press("Y", "p", "z", "j")
        await drive.until(lambda: "dropped" in drive.screen)
        assert not re.search(
            r"F3|Ctrl\\+X|\b[uyinr] (?:takes|keep|drop|ask|types|undo)", drive.screen
        )

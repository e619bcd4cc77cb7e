"""What is pasted is text, whatever it holds and however it arrives."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from textual.events import Key, Paste
from textual.message import Message

from spark_tui.core.printable import text_only
from spark_tui.ui.input.focus import Where
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.terminal.bracketed_paste import (
    BEHIND_S,
    END,
    LARGEST,
    QUIET_S,
    START,
    Pasted,
    PasteSplitter,
)
from spark_tui.ui.terminal.driver import ReaderRun
from tests.ui.scripted import Drive, FakeConductor, driven, prints

SEED = 20_261_129

JUNK = (
    b"\x1b", b"\x1b[", b"\x1b[31m", b"\x1b[A", b"\x1b[1;5C", b"\x1b]8;;http://x\x07", b"\x1b]",
    b"\x1b]0;title\x1b\\", b"\x1bP+q\x1b\\", b"\x1b(B", b"\x1bOP", b"\x1by", b"\x1b[<0;3;4M",
    b"\x1b[13u", b"\x1b[57414;5u", b"\x1b[27;5;13~", b"\x1b[I", b"\x1b[?2026;2$y",
    b"\x1b[48;9;9;9;9t", b"\r", b"\n", b"\r\n",
    b"\x00", b"\x03", b"\x04", b"\x15", b"\x18", b"\x1a", b"\x7f", b"\t",
    b"\x9b", b"\xc2\x9b31m", b"\xc2\x9d", b"\xc2\x85", b"\xff", b"\xe3\x80", b"\xf0\x9f\x91",
    b"!touch x\r", b"\x15!touch x\r", b"/quit\r", b"y", b"A", b"q", b"?", b"@", b"\x1b[200",
    b"\x1b[20", b"\x1b]11;rgb:ffff/ffff/ffff\x07", START, END, END + b"\r",
    END + b"!touch x\r", START + END,
)  # fmt: skip


def body(dice: random.Random, words: int) -> bytes:
    """Pasted bytes: numbered lines, so that order can be checked, with anything between them."""
    out = bytearray()
    for number in range(words):
        for _ in range(dice.randrange(4)):
            if dice.random() < 0.3:
                out += dice.randbytes(dice.randrange(1, 8))
            else:
                out += dice.choice(JUNK)
        out += b"\nword %d\n" % number
    return bytes(out)


def pieces(dice: random.Random, data: bytes) -> Iterator[bytes]:
    """`data` cut anywhere."""
    while data:
        cut = dice.choice((1, 2, 3, 7, 50, len(data)))
        yield data[:cut]
        data = data[cut:]


def order(text: str) -> list[int]:
    """The numbers of the words of `body`, as they stand in the text."""
    return [int(found) for found in re.findall(r"word (\d+)", text)]


def run(dice: random.Random) -> None:
    words = dice.randrange(1, 6)
    data = START + body(dice, words) + END
    messages: list[Message] = []
    told: list[str] = []
    reading = ReaderRun(messages.append, told.append)
    for piece in pieces(dice, data):
        reading.read(piece)
    assert not [m for m in messages if not isinstance(m, Paste)], data
    assert not told, data
    text = "".join(m.text for m in messages if isinstance(m, Paste))
    assert order(text) == list(range(words)), data
    assert text_only(text) == text
    assert "\r" not in text


def test_random_pastes_press_no_key_and_keep_their_order() -> None:
    dice = random.Random(SEED)
    for _ in range(300):
        run(dice)


@pytest.mark.long
def test_ten_thousand_random_pastes_press_no_key_and_keep_their_order() -> None:
    dice = random.Random(SEED + 1)
    for _ in range(10_000):
        run(dice)


def keys_and_pastes(splitter: PasteSplitter, *reads: bytes, now: float = 0.0) -> list[object]:
    out: list[object] = []
    for read in reads:
        out += splitter.feed(read, now)
    return out


def test_keys_round_a_paste_stay_keys_in_order() -> None:
    splitter = PasteSplitter()
    assert keys_and_pastes(splitter, b"ab" + START + b"c\rd" + END + b"\r") == [
        b"ab",
        Pasted("c\nd"),
    ]
    assert splitter.expire(BEHIND_S / 2) == []
    assert splitter.expire(BEHIND_S) == [b"\r"]
    assert splitter.feed(b"\x1b[A", 1.0) == [b"\x1b[A"]


def test_an_escape_alone_is_the_key_after_its_delay() -> None:
    splitter = PasteSplitter(0.025)
    assert splitter.feed(b"\x1b", 0.0) == []
    assert splitter.expire(0.02) == []
    assert splitter.expire(0.025) == [b"\x1b"]
    assert splitter.deadline is None


def test_a_mark_in_pieces_is_a_mark() -> None:
    splitter = PasteSplitter()
    data = START + b"y" + END
    parts = [data[at : at + 1] for at in range(len(data))]
    assert keys_and_pastes(splitter, *parts) == [Pasted("y")]


@pytest.mark.parametrize(
    "behind", [b"\x15!touch x\r", b"\r" + START + b"more", b"y" * 40, END + b"q", START + START]
)
def test_a_closing_mark_in_the_paste_itself_opens_no_door(behind: bytes) -> None:
    splitter = PasteSplitter()
    found = keys_and_pastes(splitter, START + b"hello" + END + behind + b"last" + END)
    assert all(isinstance(part, Pasted) for part in found)
    text = "".join(part.text for part in found if isinstance(part, Pasted))
    assert text.startswith("hello")
    assert text.endswith("last")
    assert splitter.expire(9.0) == []


def test_more_than_a_person_can_type_behind_a_paste_is_text() -> None:
    splitter = PasteSplitter()
    found = keys_and_pastes(splitter, START + b"a" + END + b"rm -rf x\r" * 60)
    assert found == [Pasted("a")]
    assert splitter.expire(9.0) == [Pasted("rm -rf x\n" * 60)]


def test_a_paste_without_an_end_is_shown_and_a_lone_key_ends_it() -> None:
    splitter = PasteSplitter()
    assert splitter.feed(START + b"half a\rword", 0.0) == []
    assert splitter.expire(QUIET_S) == [Pasted("half a\nword")]
    assert splitter.deadline is None
    assert splitter.feed(b"more y\r text", 5.0) == []
    assert splitter.expire(5.0 + BEHIND_S) == [Pasted("more y\n text")]
    assert splitter.feed(b"y", 6.0) == []
    assert splitter.expire(6.0 + BEHIND_S) == [Pasted("y")]
    assert splitter.feed(b"\r", 7.0) == []
    assert splitter.expire(7.0 + BEHIND_S) == [b"\r"]
    assert splitter.feed(b"y", 8.0) == [b"y"]


def test_a_paste_that_stalled_goes_on_as_text_to_its_end() -> None:
    splitter = PasteSplitter()
    splitter.feed(START + b"one ", 0.0)
    assert splitter.expire(QUIET_S) == [Pasted("one ")]
    found = keys_and_pastes(splitter, b"\r!two", b" three" + END, now=3.0)
    assert found == [Pasted("\n!two three")]


def test_a_paste_keeps_so_much_and_lets_the_rest_go() -> None:
    splitter = PasteSplitter()
    found = keys_and_pastes(splitter, START, *[b"y" * 500_000] * 9, END)
    assert found == [Pasted("y" * LARGEST, cut=True)]
    assert splitter.expire(9.0) == []


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("test: \x1b[31mFAILED\x1b[0m end", "test: FAILED end"),
        ("a \x1b]8;;http://x\x07name\x1b]8;;\x1b\\ b", "a name b"),
        ("hello \x1b] \x15!command\r", "hello ] !command\r"),
        ("note \x1by lone", "note y lone"),
        ("\x1b]0;never ended\nnext", "]0;never ended\nnext"),
        ("c1 \x9b1mbold\x9b0m \x85end", "c1 bold end"),
        ("\x1b\x1b[31m[32mx", "[32mx"),
        ("tab\tline\n\x00\x07\x7fbell", "tab\tline\nbell"),
        (
            "赤\u3000青 \u200c\u200d\u00ad\ue0b0 \u202e",
            "赤\u3000青 \u200c\u200d\u00ad\ue0b0 \u202e",
        ),
    ],
)
def test_sequences_and_controls_are_taken_out_and_text_stays(raw: str, text: str) -> None:
    assert text_only(raw) == text
    assert text_only(text) == text


def test_an_escape_before_a_paste_is_pressed_before_it() -> None:
    messages: list[Message] = []
    told: list[str] = []
    reading = ReaderRun(messages.append, told.append)
    reading.read(b"\x1b" + START + b"x" + END)
    kinds = [m.key if isinstance(m, Key) else type(m).__name__ for m in messages]
    assert kinds == ["escape", "Paste"]


# ----------------------------------------------------------------- in every focus state

STATES: dict[str, tuple[str, ...]] = {
    "prompt": (),
    "prompt with words": tuple("fix"),
    "review": ("ctrl+o",),
    "palette": ("ctrl+p",),
    "help": ("f1",),
    "undo list": ("ctrl+x", "U"),
    "finder": ("ctrl+x", "f"),
    "completion": ("@", "n"),
    "strip": ("ctrl+x",),
    "form": ("f3", "down", "down", "down", "enter"),
    "endpoint list": ("f3",),
    "code": (),
    "say box": ("enter",),
    "find": ("/",),
}  # fmt: skip


async def put_into(drive: Drive, state: str) -> None:
    """From wherever the last one ended, with an open hunk, into a focus state."""
    desk = drive.app.desk
    block = desk.code_pane.block
    if block is not None and block.box is not None:
        block.box.clear()
    while desk.popup.model is not None or desk.code.shown:
        await drive.press("escape")
    desk.give_keyboard(Where.PROMPT)
    desk.prompt.draft.clear()
    if state in {"code", "say box", "find"}:
        desk.code.open("net/retry.py")
        await drive.settled()
        await drive.until(lambda: desk.code.shown)
    await drive.press(*STATES[state])


def fields(drive: Drive) -> str:
    """What every field holds."""
    desk = drive.app.desk
    box = desk.code_pane.block.box if desk.code_pane.block is not None else None
    held = [desk.prompt.draft.expanded(), desk.popup.filter, desk.code.finding.text]
    return "\n".join([*held, box.expanded() if box is not None else ""])


def shell() -> tuple[ShellOptions, list[str]]:
    """Options with a shell, and what it ran."""
    ran: list[str] = []

    return ShellOptions(run_line=prints("", ran=ran)), ran


async def paste_everywhere(drive: Drive, ran: list[str], dice: random.Random, times: int) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    before = list(drive.fake.calls)
    for number in range(times):
        state = list(STATES)[number % len(STATES)]
        await put_into(drive, state)
        words = dice.randrange(1, 6)
        reading = ReaderRun(cast("Any", drive.app.post_message), lambda _: None)
        data = START + body(dice, words) + END
        for piece in pieces(dice, data):
            reading.read(piece)
        await drive.painted()
        new = [c for c in drive.fake.calls[len(before) :] if c[0] not in {"show_file", "painted"}]
        assert not new, (state, data, new)
        assert not ran, (state, data)
        assert drive.app.is_running
        if state not in {"form", "endpoint list"}:
            found, wanted = order(fields(drive)), list(range(words))
            if state in {"palette", "finder", "find"}:
                # A line that is looked for takes a paste of one line, until there is more.
                found, wanted = sorted(found), wanted[-len(found) :]
            assert found == wanted, (state, data)


async def test_random_pastes_are_text_in_every_focus_state() -> None:
    options, ran = shell()
    async with driven(FakeConductor(), options=options) as drive:
        await paste_everywhere(drive, ran, random.Random(SEED + 2), len(STATES))


@pytest.mark.long
async def test_ten_thousand_random_pastes_are_text_in_every_focus_state() -> None:
    options, ran = shell()
    async with driven(FakeConductor(), options=options) as drive:
        await paste_everywhere(drive, ran, random.Random(SEED + 3), 10_000)

"""What goes along with a draft: named above the rule, and changed in a list before it is sent."""

from __future__ import annotations

from spark_tui.core.context import ContextItem, Omitted
from spark_tui.ui.input.focus import Where
from tests.ui.scripted import Drive

SEND = ContextItem("net/client.py", (88, 131), 900, guess=True, symbol="send")
BACKOFF = ContextItem("net/retry.py", (2, 3), 40, guess=True, symbol="backoff")
POOL = ContextItem("net/pool.py", None, 300, guess=True)


async def test_what_is_taken_out_of_the_list_stays_here_with_this_draft(drive: Drive) -> None:
    drive.fake.guesses = (SEND, POOL)
    await drive.press(*"cap it")
    assert drive.along == "? net/client.py:88-131 send   net/pool.py whole · 1,200 tokens"
    await drive.press("tab")
    listed = [(i.left, i.middle, i.right) for i in drive.app.desk.popup.items]
    assert listed[:2] == [
        ("? net/client.py:88-131", "send", "900 tokens"),
        ("? net/pool.py whole", "", "300 tokens"),
    ]
    assert "x removes, puts back · Esc closes" in drive.screen
    await drive.press("x")
    assert drive.along == "? net/pool.py whole · 300 tokens"
    assert "✗ net/client.py:88-131" in drive.screen
    await drive.press("down", "x", "escape")
    assert drive.where is Where.PROMPT
    assert drive.app.desk.prompt.draft.text == "cap it"
    assert drive.along == "? net/pool.py whole   net/client.py:88-131 send · 1,200 tokens"
    await drive.press("ctrl+x", "i", "x", "escape", "enter")
    assert drive.fake.named("ask")[0][0] == "cap it"
    assert drive.fake.omitted == Omitted((("net/client.py", (88, 131)),))
    await drive.press(*"next", "ctrl+x", "i", "down", "x", "escape", "tab")
    assert list(drive.app.desk.queue) == ["next"]
    await drive.press("up")
    assert drive.along == "? net/client.py:88-131 send · 900 tokens"
    await drive.press(*["backspace"] * 4, *"other")
    assert "net/pool.py whole" in drive.along


async def test_the_list_opens_code_and_adds_by_name(drive: Drive) -> None:
    drive.fake.guesses = (BACKOFF,)
    await drive.press(*"cap it", "tab", "@")
    assert drive.app.desk.prompt.draft.text == "cap it @"
    assert drive.along == "? net/retry.py:2-3 backoff · 40 tokens", "half a name changes nothing"
    await drive.press("escape", *["backspace"] * 8, "ctrl+x", "=")
    assert drive.app.desk.prompt.draft.text == "do the same in the rest: @last "
    assert drive.row("along")
    await drive.press("escape", "tab", "enter")
    await drive.until(lambda: drive.where is Where.CODE)
    assert drive.app.desk.code.saying.span is not None
    assert drive.app.desk.code.saying.span.first == 2

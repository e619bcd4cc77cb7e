"""The vim flavour of the prompt: keys as vim has them, and the way between its modes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.ui.input.focus import Where
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.prompt.draft import Draft
from spark_tui.ui.prompt.vim import Vim
from tests.ui.scripted import FakeConductor, driven

TEXT = "fix the |pool, now\nand test it\nlast"


def normal(text: str) -> Vim:
    at = text.index("|")
    return Vim(Draft(text.replace("|", ""), at), insert=False)


def shown(vim: Vim) -> str:
    draft = vim.draft
    return f"{draft.text[: draft.cursor]}|{draft.text[draft.cursor :]}"


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ("h", "fix the| pool, now\nand test it\nlast"),
        ("3l", "fix the poo|l, now\nand test it\nlast"),
        ("j", "fix the pool, now\nand test| it\nlast"),
        ("jj", "fix the pool, now\nand test it\nlas|t"),
        ("jkk", TEXT),
        ("w", "fix the pool|, now\nand test it\nlast"),
        ("2w", "fix the pool, |now\nand test it\nlast"),
        ("b", "fix |the pool, now\nand test it\nlast"),
        ("e", "fix the poo|l, now\nand test it\nlast"),
        ("0", "|fix the pool, now\nand test it\nlast"),
        ("$", "fix the pool, no|w\nand test it\nlast"),
        ("99l", "fix the pool, no|w\nand test it\nlast"),
        ("x", "fix the |ool, now\nand test it\nlast"),
        ("4x", "fix the |, now\nand test it\nlast"),
        ("X", "fix the|pool, now\nand test it\nlast"),
        ("dw", "fix the |, now\nand test it\nlast"),
        ("d2w", "fix the |now\nand test it\nlast"),
        ("de", "fix the |, now\nand test it\nlast"),
        ("db", "fix |pool, now\nand test it\nlast"),
        ("d0", "|pool, now\nand test it\nlast"),
        ("D", "fix the| \nand test it\nlast"),
        ("dd", "|and test it\nlast"),
        ("jjdd", "fix the pool, now\n|and test it"),
        ("2dd", "|last"),
        ("ddp", "and test it\n|fix the pool, now\nlast"),
        ("ddjP", "and test it\n|fix the pool, now\nlast"),
        ("yyp", "fix the pool, now\n|fix the pool, now\nand test it\nlast"),
        ("xp", "fix the o|pol, now\nand test it\nlast"),
        ("xu", TEXT),
        ("dwxu", "fix the |, now\nand test it\nlast"),
        ("dz", TEXT),
    ],
)
def test_normal_mode_does_what_vim_does(keys: str, after: str) -> None:
    vim = normal(TEXT)
    for key in keys:
        vim.key(key)
    assert shown(vim) == after
    assert not vim.insert


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ("i", TEXT),
        ("a", "fix the p|ool, now\nand test it\nlast"),
        ("I", "|fix the pool, now\nand test it\nlast"),
        ("A", "fix the pool, now|\nand test it\nlast"),
        ("o", "fix the pool, now\n|\nand test it\nlast"),
        ("O", "|\nfix the pool, now\nand test it\nlast"),
        ("cw", "fix the |, now\nand test it\nlast"),
        ("cc", "|\nand test it\nlast"),
        ("C", "fix the |\nand test it\nlast"),
    ],
)
def test_keys_that_go_to_insert_mode(keys: str, after: str) -> None:
    vim = normal(TEXT)
    for key in keys:
        vim.key(key)
    assert shown(vim) == after
    assert vim.insert


@given(
    st.text("ab .\n\U000f0000\u00e9", max_size=20),
    st.text("hjklwbe0$xXdcyDCiaIAoOpPu23z", max_size=12),
)
def test_the_cursor_stays_inside_whatever_is_pressed(text: str, keys: str) -> None:
    vim = Vim(Draft(text, len(text)), insert=False)
    for key in keys:
        if vim.insert:
            vim.escape()
        vim.key(key)
        assert 0 <= vim.draft.cursor <= len(vim.draft.text)


async def test_escape_leaves_insert_mode_first_then_does_what_it_always_does() -> None:
    fake = FakeConductor()
    async with driven(fake, options=ShellOptions(vim=True)) as drive:
        await drive.press(*"cap it", "escape")
        assert "── normal" in drive.screen
        await drive.press("0", "d", "w", "i", *"put ", "escape")
        assert drive.app.desk.prompt.draft.text == "put it"
        await drive.press("u", "u")
        assert drive.app.desk.prompt.draft.text == "cap it"
        await drive.press("enter")
        await drive.settled()
        assert [call[0] for call in fake.named("ask")] == ["cap it"]
        assert "── type" in drive.screen
        await drive.press("a", "escape")
        assert not fake.named("stop")
        await drive.press("escape")
        assert len(fake.named("stop")) == 1


async def test_colon_and_slash_open_the_commands_in_normal_mode() -> None:
    async with driven(FakeConductor(), options=ShellOptions(vim=True)) as drive:
        await drive.press("a", "escape", ":")
        assert drive.app.desk.popup.model is not None
        await drive.press("escape", "z")
        assert "normal mode · i types" in drive.screen
        assert drive.where is Where.PROMPT


async def test_without_the_flavour_escape_changes_nothing() -> None:
    async with driven(FakeConductor()) as drive:
        await drive.press("a", "escape", "b")
        assert drive.app.desk.prompt.draft.text == "ab"


def test_changing_a_word_leaves_the_blank_behind_it() -> None:
    vim = normal("fix |the pool")
    for key in "cw":
        vim.key(key)
    assert shown(vim) == "fix | pool"

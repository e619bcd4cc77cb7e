"""The prompt in the running app: typing, growing, completing, pasting, remembering."""

from __future__ import annotations

import contextlib

import pytest
from textual.events import Paste

from spark_tui.core.errors import SettingsError
from spark_tui.core.pasted_blocks import blocks_of
from spark_tui.ui.messages import words
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.prompt.widget import ROWS
from tests.ui.scripted import FINISHED, Drive, FakeConductor, driven


async def test_letters_and_readline_keys_edit_the_draft(drive: Drive) -> None:
    await drive.press(*"fix it", "ctrl+a", "alt+f", "ctrl+k", "ctrl+e", "!", "ctrl+y")
    assert drive.app.desk.prompt.draft.text == "fix! it"
    assert " › fix! it" in drive.screen


async def test_ctrl_j_grows_the_prompt_upwards_to_its_limit(drive: Drive) -> None:
    before = drive.text.index(drive.row("type"))
    await drive.press("a", "ctrl+j", "b", "ctrl+j", "c")
    assert drive.text.index(drive.row("type")) == before - 2
    await drive.press(*["ctrl+j"] * 20)
    assert drive.app.desk.prompt.size.height == ROWS
    await drive.press("enter")
    await drive.settled()
    assert drive.app.desk.prompt.size.height == 1


async def test_enter_with_only_blanks_sends_nothing(drive: Drive) -> None:
    await drive.press("space", "ctrl+j", "enter")
    assert not drive.fake.named("ask")


async def test_mention_completes_by_letters_in_order(drive: Drive) -> None:
    await drive.press(*"fix @rtr")
    popup = drive.app.desk.popup
    assert [item.left for item in popup.items] == ["net/retry.py", "tests/test_retry.py"]
    await drive.press("down", "up", "tab")
    assert drive.app.desk.prompt.draft.text == "fix @net/retry.py "
    assert popup.model is None
    assert drive.along == "@net/retry.py · 900 tokens"


async def test_a_mention_completes_folders_too(drive: Drive) -> None:
    await drive.press(*"all of @ne")
    popup = drive.app.desk.popup
    assert ("net/", "folder") in [(item.left, item.right) for item in popup.items]
    await drive.press(*["down"] * (len(popup.items) - 1), "tab")
    assert drive.app.desk.prompt.draft.text == "all of @net/ "


async def test_typed_path_needs_no_extra_key_to_send(drive: Drive) -> None:
    await drive.press(*"fix @net/retry.py", "enter")
    assert [call[0] for call in drive.fake.named("ask")] == ["fix @net/retry.py"]


async def test_enter_takes_no_file_that_only_has_the_letters_somewhere(drive: Drive) -> None:
    await drive.press(*"make it a @rtr", "enter")
    assert [call[0] for call in drive.fake.named("ask")] == ["make it a @rtr"]


@pytest.mark.parametrize(
    ("keys", "path"), [("@test_r", "tests/test_retry.py"), ("@ne", "net/retry.py")]
)
async def test_enter_takes_a_file_that_begins_as_typed(keys: str, path: str, drive: Drive) -> None:
    await drive.press(*keys, "enter")
    assert drive.app.desk.prompt.draft.text == f"@{path} "


async def test_enter_takes_any_file_that_one_went_to(drive: Drive) -> None:
    await drive.press(*"@rtr", "down", "enter")
    assert drive.app.desk.prompt.draft.text == "@tests/test_retry.py "


async def test_escape_closes_the_completion_and_keeps_the_text(drive: Drive) -> None:
    await drive.press(*"@net", "escape")
    assert drive.app.desk.popup.model is None
    assert drive.app.desk.prompt.draft.text == "@net"


async def test_large_paste_is_collapsed_and_sent_in_full(drive: Drive) -> None:
    text = "\n".join(str(n) for n in range(120))
    drive.app.post_message(Paste(text))
    await drive.until(lambda: not drive.app.desk.prompt.empty)
    await drive.painted()
    assert "[pasted 120 lines]" in drive.screen
    await drive.press("enter")
    assert drive.fake.named("ask")[0][0] == text


async def test_pasted_escape_sequences_do_not_reach_the_screen(drive: Drive) -> None:
    drive.app.post_message(Paste("a\x1b]52;c;ZXZpbA==\x07\u202eb"))
    await drive.until(lambda: not drive.app.desk.prompt.empty)
    await drive.painted()
    assert "\x1b" not in drive.screen
    assert "\u202e" not in drive.screen
    assert "<U+202E>" in drive.screen


async def test_history_at_the_edges_and_back_to_the_draft(fake: FakeConductor) -> None:
    async with driven(fake, options=ShellOptions(history=("one", "two"))) as drive:
        await drive.press(*"new", "up", "up")
        assert drive.app.desk.prompt.draft.text == "one"
        await drive.press("down", "down")
        assert drive.app.desk.prompt.draft.text == "new"


LOG = "".join(f"E   line {n}\n" for n in range(28))


async def test_pastes_stay_folded_in_the_history_and_one_up_passes_them(
    fake: FakeConductor,
) -> None:
    kept: list[str] = []
    options = ShellOptions(history=("older",), remember=kept.append)
    async with driven(fake, options=options) as drive:
        desk = drive.app.desk
        await drive.press(*"why does", "ctrl+j", *"this fail? ")
        drive.app.post_message(Paste(LOG))
        await drive.painted()
        await drive.press("enter")
        await drive.settled()
        assert "[pasted 28 lines]" in drive.screen
        assert "line 12" not in drive.screen
        await drive.press(*"half", "up")
        assert desk.prompt.draft.expanded() == f"why does\nthis fail? {LOG}"
        assert "this fail? [pasted 28 lines]" in drive.text[-3]
        await drive.press("up")
        assert desk.prompt.draft.text == "older"
        await drive.press("down", "down")
        assert desk.prompt.draft.text == "half"
        await drive.press("ctrl+u", "ctrl+r", "enter", "enter")
        await drive.settled()
        assert fake.named("ask")[-1][0] == f"why does\nthis fail? {LOG}"
        assert [blocks_of(text) for text in kept] == [((20, 20 + len(LOG)),)] * 2


async def test_a_draft_with_pastes_comes_back_from_the_history_whole(fake: FakeConductor) -> None:
    async with driven(fake, options=ShellOptions(history=("older",))) as drive:
        await drive.press("!")
        drive.app.post_message(Paste(LOG))
        await drive.painted()
        await drive.press("up", "down")
        assert drive.app.desk.prompt.draft.expanded() == f"!{LOG}"
        assert drive.app.desk.prompt.draft.runs


async def test_what_was_queued_comes_back_folded(drive: Drive) -> None:
    await drive.ask("cap it")
    drive.app.post_message(Paste(LOG))
    await drive.painted()
    await drive.press("tab")
    assert len(drive.app.desk.queue) == 1
    await drive.press("up")
    assert "[pasted 28 lines]" in drive.screen
    assert drive.app.desk.prompt.draft.expanded() == LOG


async def test_history_search_puts_the_choice_into_the_prompt(fake: FakeConductor) -> None:
    async with driven(fake, options=ShellOptions(history=("rename a", "cap it"))) as drive:
        await drive.press("ctrl+r", *"ren", "enter")
        assert drive.app.desk.prompt.draft.text == "rename a"


async def test_sent_instructions_are_handed_on_to_be_remembered(fake: FakeConductor) -> None:
    kept: list[str] = []
    async with driven(fake, options=ShellOptions(remember=kept.append)) as drive:
        await drive.ask("cap it")
    assert kept == ["cap it"]


async def test_question_mark_shows_help_and_a_letter_makes_it_a_sentence(drive: Drive) -> None:
    await drive.press("?")
    assert "in prompt" in drive.screen
    assert drive.row("type")
    await drive.press(*" what")
    assert drive.app.desk.popup.model is None
    await drive.press(*" does it?", "enter")
    assert drive.fake.named("ask")[0][0] == "? what does it?"


@pytest.mark.parametrize("key", ["escape", "enter", "tab", "backspace"])
async def test_help_closes_and_leaves_nothing_typed(drive: Drive, key: str) -> None:
    await drive.press("?", "down", key)
    assert drive.app.desk.popup.model is None
    assert drive.app.desk.prompt.empty
    assert not drive.fake.named("ask")


async def test_question_mark_behind_words_is_one(drive: Drive) -> None:
    await drive.press("a", "?")
    assert drive.app.desk.popup.model is None
    assert drive.app.desk.prompt.draft.text == "a?"


async def test_slash_names_a_command(drive: Drive) -> None:
    await drive.press("/", *"the")
    assert "/theme" in drive.screen
    await drive.press("enter")
    model = drive.app.desk.popup.model
    assert model is not None
    assert model.word == "theme"
    assert drive.app.desk.prompt.empty
    await drive.press("escape", "/", *"MODEL", "escape", "enter")
    model = drive.app.desk.popup.model
    assert model is not None
    assert model.word == "endpoint"


DIFF = """diff --git a/net/retry.py b/net/retry.py
index 1..2 100644
--- a/net/retry.py
+++ b/net/retry.py
@@ -1,2 +1,2 @@
-old line
+new line
diff --git "a/\\303\\274.py" "b/\\303\\274.py"
new file mode 100644
--- /dev/null
+++ "b/\\303\\274.py"
@@ -0,0 +1 @@
+x\x1b[31m
"""


async def test_slash_diff_shows_what_differs_by_file(drive: Drive) -> None:
    drive.fake.diff = DIFF
    await drive.press(*"/diff", "enter")
    await drive.until(lambda: drive.app.desk.popup.model is not None)
    await drive.painted()
    assert "+new line" in drive.screen
    assert "ü.py" in drive.screen
    assert "+x␛[31m" in drive.screen
    await drive.press("enter")
    await drive.until(lambda: drive.app.desk.code.shown)
    assert drive.app.desk.code_pane.path == "net/retry.py"


async def test_slash_diff_says_when_nothing_differs(drive: Drive) -> None:
    await drive.press(*"/diff", "enter")
    await drive.until(lambda: "nothing differs from the last commit" in drive.screen)


@pytest.mark.parametrize("name", ["clear", "new"])
async def test_slash_clear_and_new_start_afresh(drive: Drive, name: str) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    drive.fake.finish(FINISHED)
    await drive.press("tab", "n", "n")
    await drive.settled()
    await drive.press(*f"/{name}", "enter")
    await drive.painted()
    assert drive.fake.named("let_go") == [()]
    assert drive.shown(words.cleared(0)) in drive.screen
    body = [line.split("│")[0].strip() for line in drive.text[1:30]]
    assert not any(body)
    await drive.ask("test it")
    assert "test it" in drive.text[3]
    await drive.press("pageup")
    assert "› cap it" in drive.screen


async def test_what_is_open_stays_open_when_the_screen_is_cleared(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.press(*"/clear", "enter")
    assert drive.shown(words.CLEAR_LATER) in drive.screen
    await drive.complete()
    await drive.press(*"/clear", "enter")
    await drive.painted()
    assert "cleared, 2 hunks still open above" in drive.screen
    await drive.press("tab", "y")
    assert drive.shown(words.NOT_SEEN) in drive.screen
    await drive.press("y")
    await drive.settled()
    assert len(drive.fake.named("decide")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "/api/users should return 404",
        "// comments in calc.py: remove them",
        "/etc",
        "/help me",
    ],
)
async def test_slash_that_names_no_command_begins_a_sentence(drive: Drive, text: str) -> None:
    await drive.press(*text)
    await drive.press("enter")
    assert [call[0] for call in drive.fake.named("ask")] == [text]


async def test_a_pasted_or_recalled_command_is_text(fake: FakeConductor) -> None:
    async with driven(fake, options=ShellOptions(history=("/quit",))) as drive:
        drive.app.post_message(Paste("/quit"))
        await drive.until(lambda: not drive.app.desk.prompt.empty)
        await drive.press("enter")
        await drive.settled()
        await drive.press("up", "up", "enter")
        await drive.settled()
        assert [call[0] for call in fake.named("ask")] == ["/quit", "/quit"]
        assert drive.app.is_running


async def test_find_file_names_it_in_the_prompt(drive: Drive) -> None:
    await drive.press("ctrl+x", "f", *"conf", "tab")
    assert drive.app.desk.prompt.draft.text == "@docs/conf.py "


async def test_endpoint_list_says_what_is_simulated_and_switches(drive: Drive) -> None:
    await drive.press("f3")
    assert "nothing leaves this machine" in drive.screen
    await drive.press("down", "enter")
    await drive.settled()
    assert drive.fake.named("use_endpoint") == [("simulated",)]
    assert "simulated · built in" in drive.text[0]


async def test_editor_is_offered_the_draft_in_full(fake: FakeConductor) -> None:
    asked: list[str] = []

    def edit(text: str, _name: str) -> str:
        asked.append(text)
        return "rewritten\n"

    async with driven(fake, options=ShellOptions(edit_text=edit)) as drive:
        drive.app.suspend = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        await drive.press(*"draft", "ctrl+g")
        assert asked == ["draft"]
        assert drive.app.desk.prompt.draft.text == "rewritten"


async def test_a_draft_of_last_time_is_there_and_what_is_left_is_handed_on(
    fake: FakeConductor,
) -> None:
    kept: list[str] = []
    options = ShellOptions(draft="half a", keep_draft=kept.append)
    async with driven(fake, options=options) as drive:
        assert "half a" in drive.screen
        await drive.press(*"lf")
        drive.app.end_by_signal(15)
        assert kept == ["half alf"]


async def test_interrupting_an_idle_prompt_remembers_the_draft(fake: FakeConductor) -> None:
    kept: list[str] = []
    async with driven(fake, options=ShellOptions(remember=kept.append)) as drive:
        await drive.press(*"cap it", "ctrl+c")
        assert drive.app.desk.prompt.empty
        await drive.press("up")
        assert drive.app.desk.prompt.draft.text == "cap it"
    assert kept == ["cap it"]


async def test_an_editor_that_fails_is_told_and_the_draft_stays(fake: FakeConductor) -> None:
    def edit(_text: str, _name: str) -> str | None:
        raise SettingsError("no editor is set", "set EDITOR")

    async with driven(fake, options=ShellOptions(edit_text=edit)) as drive:
        await drive.press(*"draft", "ctrl+g")
        assert "no editor is set · set EDITOR" in drive.screen
        assert drive.app.desk.prompt.draft.text == "draft"


async def test_the_diff_and_the_clipboard_complete_like_files(drive: Drive) -> None:
    await drive.press(*"fix @di")
    popup = drive.app.desk.popup
    assert popup.items[0].left == "diff"
    assert "your changes since the last commit" in drive.screen
    await drive.press("tab", *"and @clipboard")
    assert popup.model is None  # written out in full: Enter sends
    await drive.press("enter")
    assert drive.fake.named("ask")[0][0] == "fix @diff and @clipboard"


def reversed_cells(drive: Drive) -> int:
    """Cells of the prompt that are painted as a cursor."""
    strips = drive.app.desk.prompt.rows(120, 1)
    return sum(len(s.text) for strip in strips for s in strip if s.style and s.style.reverse)


async def test_there_is_one_cursor_and_it_is_where_letters_go(drive: Drive) -> None:
    assert reversed_cells(drive) == 1
    await drive.press("ctrl+p")
    assert reversed_cells(drive) == 0
    await drive.press("escape", *"@net")
    assert drive.app.desk.completing
    assert reversed_cells(drive) == 1


async def test_what_was_typed_or_killed_is_undone(drive: Drive) -> None:
    await drive.press(*"cap it now", "ctrl+u", "ctrl+underscore")
    assert drive.app.desk.prompt.draft.text == "cap it now"
    await drive.press("ctrl+underscore")
    assert drive.app.desk.prompt.draft.text == "cap it"

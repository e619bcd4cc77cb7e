"""Find a file, look at it, choose lines, say what to change: by keys, as a person does it."""

import pytest

from spark_tui.core.context import LineRange
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import ContextRead, HunksSet, TreeChanged
from spark_tui.ui.code_view.line_selection import LineSelection
from spark_tui.ui.input.focus import Where
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import (
    FINISHED,
    TREE,
    Drive,
    FakeConductor,
    driven,
    first_hunk,
    last_events,
)


async def look(drive: Drive, path: str = "net/retry.py") -> None:
    """Ctrl+X f, letters, Enter."""
    await drive.press("ctrl+x", "f", *path, "enter")
    await drive.until(lambda: drive.where is Where.CODE)
    await drive.painted()


async def rested(drive: Drive) -> None:
    """What the lines would send is known."""
    await drive.until(lambda: bool(drive.app.desk.code.saying.would_send))
    await drive.painted()


async def test_the_finder_opens_a_file_with_its_first_line_chosen(drive: Drive) -> None:
    await look(drive)
    assert drive.text[1].startswith("── net/retry.py ─")
    assert "line 1 of 46 ──" in drive.text[1]
    assert drive.text[2].startswith("▐    1   from .clock import now")
    assert drive.row("code")
    assert "v select   Enter say" in drive.screen
    assert "1 docstring   2 types   3 simplify   4 guard None" in drive.screen


async def test_moving_and_selecting_says_which_lines(drive: Drive) -> None:
    await look(drive)
    await drive.press("G", "k")
    assert "line 45 of 46" in drive.text[1]
    await drive.press("g", *"jj", "v", "down", "j")
    assert "lines 3-5 ──" in drive.text[1]
    assert [line[0] for line in drive.text[2:8]] == [" ", " ", "▐", "▐", "▐", " "]
    await drive.press("escape")
    assert "line 5 of 46" in drive.text[1]
    assert drive.where is Where.CODE


@pytest.mark.parametrize(("key", "line"), [("space", 28), ("pagedown", 28), ("ctrl+d", 14)])
async def test_paging_moves_the_cursor_and_keeps_it_in_sight(
    drive: Drive, key: str, line: int
) -> None:
    await look(drive)
    await drive.press(key)
    assert f"line {line} of 46" in drive.text[1]
    assert any(row.startswith(f"▐   {line}") for row in drive.text)
    await drive.press({"ctrl+d": "ctrl+u"}.get(key, "pageup"))
    assert "line 1 of 46" in drive.text[1]


async def test_enter_hangs_the_box_on_the_lines_and_states_what_will_be_sent(drive: Drive) -> None:
    await look(drive)
    await drive.press("/", *"def backoff", "enter", "v", "j", "enter", *"cap it at 8 seconds")
    assert drive.where is Where.SAY
    rows = drive.text
    at = next(n for n, row in enumerate(rows) if "╰ › cap it at 8 seconds" in row)
    assert rows[at - 1].startswith("▐   42       return 0.5 * 2 ** attempt")
    assert "2 lines + 61 around · 609 tokens · to spark    Enter send · Esc" in rows[at + 1]
    assert rows[at + 2].lstrip().startswith("43")
    assert drive.row("say")
    await drive.press("enter")
    ((span, text, _),) = drive.fake.named("ask_span")
    assert (span, text) == (LineRange("net/retry.py", 41, 42), "cap it at 8 seconds")
    assert drive.app.desk.prompt.history.entries[-1] == "cap it at 8 seconds"


async def test_e_is_the_alias_of_enter_and_without_a_selection_it_is_the_current_line(
    drive: Drive,
) -> None:
    await look(drive)
    await drive.press(*"jje", *"x", "enter")
    assert drive.fake.named("ask_span")[0][0] == LineRange("net/retry.py", 3, 3)


async def test_what_was_typed_in_the_box_survives_esc_and_another_file(drive: Drive) -> None:
    await look(drive)
    await drive.press("enter", *"half a thou", "escape", "escape")
    await look(drive, "test_retry")
    await drive.press("enter")
    assert "╰ › half a thou" in drive.screen
    await drive.press(*"ght", "enter")
    assert drive.fake.named("ask_span")[0][1] == "half a thought"
    await drive.settled()
    await look(drive)
    await drive.press("enter")
    assert "half" not in drive.screen.split("╰ ›")[1].split("\n")[0]


async def test_the_box_is_edited_like_the_prompt(drive: Drive) -> None:
    await look(drive)
    await drive.press("enter", *"ab cd", "ctrl+w", *"ef", "ctrl+j", *"gh", "ctrl+a", *"x")
    assert "╰ › ab ef" in drive.screen
    assert "    xgh" in drive.screen
    await drive.press("enter")
    assert drive.fake.named("ask_span")[0][1] == "ab ef\nxgh"


async def test_a_paste_is_an_instruction_and_never_keys(drive: Drive) -> None:
    from textual.events import Paste

    await look(drive)
    drive.app.post_message(Paste("quit now\n"))
    await drive.until(lambda: drive.where is Where.SAY)
    assert not drive.fake.named("ask_span")
    await drive.press("enter")
    assert drive.fake.named("ask_span")[0][1] == "quit now\n"


async def test_select_say_and_keep_the_first_hunk_while_the_third_streams(drive: Drive) -> None:
    await look(drive)
    await drive.press("v", "G", "enter", *"honour Retry-After", "enter")
    assert drive.fake.named("ask_span")[0][0] == LineRange("net/retry.py", 1, 46)
    await drive.settled()
    await drive.first()
    await drive.review()
    await drive.later()
    await drive.press("y")
    await drive.settled()
    assert "◐ net/retry.py" in drive.screen
    assert "kept, written at the end" in drive.screen
    assert "writing" in drive.screen
    await drive.complete()
    assert drive.fake.live.turns[-1].hunks[0].state is HunkState.APPLIED
    assert "✓ net/retry.py" in drive.screen


async def test_the_hunk_comes_up_among_the_lines_where_it_was_said() -> None:
    async with driven(FakeConductor(), (120, 36)) as drive:
        await look(drive)
        await drive.press("/", *"def backoff", "enter", "v", "j")
        row = next(n for n, text in enumerate(drive.text) if text.startswith("▐   41"))
        await drive.press("enter", *"x", "enter")
        await drive.settled()
        await drive.first()
        await drive.review()
        await drive.painted()
        rows = drive.text
        shown = next(n for n, text in enumerate(rows) if "41 - def backoff" in text)
        header = next(n for n, text in enumerate(rows) if text.startswith("▌○ net/retry.py:41"))
        assert header + 4 < shown <= row  # with more above it than the usual three lines
        assert any(text.startswith("▌   48   def should_retry") for text in rows)


async def test_a_draft_in_the_prompt_gets_no_letter_of_the_review(drive: Drive) -> None:
    await drive.press(*"later: ")
    await look(drive)
    await drive.press("enter", *"x", "enter")
    await drive.settled()
    assert drive.where is Where.REVIEW
    await drive.press("y")
    assert drive.app.desk.prompt.draft.text == "later: "


async def test_presets_and_the_last_instruction_are_one_key() -> None:
    options = ShellOptions(presets=(("log", "log it"), ("types", "add type hints")))
    async with driven(FakeConductor(), options=options) as drive:
        await look(drive)
        assert "1 log   2 types" in drive.screen
        await drive.press("3")
        assert "1 to 2 are presets" in drive.screen
        await drive.press(".")
        assert "no instruction to repeat yet" in drive.screen
        await drive.press("2")
        await drive.settled()
        await look(drive)
        assert '. again: "add type hints"' in drive.screen
        await drive.press("j", "v", "j", ".")
        said = [(span, text) for span, text, _ in drive.fake.named("ask_span")]
        assert said == [
            (LineRange("net/retry.py", 1, 1), "add type hints"),
            (LineRange("net/retry.py", 2, 3), "add type hints"),
        ]


async def test_what_lines_would_send_is_told_before_a_preset_is_pressed(drive: Drive) -> None:
    await look(drive)
    await drive.press("v", "j")
    await rested(drive)
    assert "2 lines + 61 around · 605 tokens · to spark" in drive.row("code")


async def test_esc_and_q_go_back_to_where_the_keyboard_was(drive: Drive) -> None:
    await drive.ask("go")
    await drive.first()
    await drive.complete()
    await drive.review()
    for key in ("escape", "q"):
        await look(drive)
        assert "net/retry.py:41" not in drive.screen
        await drive.press("enter", *"half", "escape")
        assert drive.row("code")
        await drive.press(key)
        assert drive.row("review")
        assert "net/retry.py:41" in drive.screen


async def test_ctrl_o_shows_the_hunk_that_keys_act_on(drive: Drive) -> None:
    await drive.ask("go")
    await drive.first()
    await drive.complete()
    await look(drive)
    await drive.press("ctrl+o")
    assert drive.where is Where.REVIEW
    assert "net/retry.py:41" in drive.screen
    assert not drive.app.desk.code_pane.display


async def test_the_box_says_that_a_running_answer_would_be_stopped() -> None:
    async with driven(FakeConductor(), (60, 16)) as drive:
        await drive.ask("go")
        await drive.first()
        await look(drive)
        await drive.press("enter")
        assert "Enter stops the running answer, sends" in drive.screen


async def test_tab_goes_to_the_prompt_and_names_the_lines(drive: Drive) -> None:
    await look(drive)
    await drive.press("v", "j", "tab")
    assert drive.where is Where.PROMPT
    assert drive.app.desk.prompt.draft.text == "@net/retry.py:1-2 "


async def test_a_file_opens_again_where_it_was_left_lines_that_grew_included(drive: Drive) -> None:
    await look(drive)
    await drive.press("/", *"def backoff", "enter", "v", "j", "enter", *"x", "enter")
    await drive.settled()
    await drive.first()
    drive.fake.push(*last_events(1, drive.at)[:0], HunksSet(9, 1, (first_hunk(1),)))
    drive.fake.finish(FINISHED)
    await drive.settled()
    await drive.press("y")
    await drive.settled()
    await look(drive)
    assert "lines 41-45 ──" in drive.text[1]  # two lines became five


async def test_an_edit_from_outside_is_shown_at_the_same_place(drive: Drive) -> None:
    await look(drive)
    await drive.press(*"jj")
    drive.fake.files["net/retry.py"] = "one\ntwo\nthree\nfour\n"
    drive.fake.push(TreeChanged(5, TREE, ("net/retry.py",)))
    await drive.until(lambda: "three" in drive.screen)
    assert "line 3 of 4" in drive.text[1]


async def test_a_file_that_cannot_be_read_says_so_and_changes_nothing(drive: Drive) -> None:
    await drive.press("ctrl+x", "f", *"README", "enter")
    await drive.until(lambda: "README.md is not here" in drive.screen)
    assert drive.where is Where.PROMPT


async def test_the_changed_files_list_opens_the_file(drive: Drive) -> None:
    drive.fake.files["README.md"] = "# httpkit\n"
    await drive.press("ctrl+x", "w", "enter")
    await drive.until(lambda: drive.where is Where.CODE)
    await drive.painted()
    assert "# httpkit" in drive.screen


async def test_copy_is_the_text_without_numbers(drive: Drive) -> None:
    await look(drive)
    await drive.press("/", *"def backoff", "enter", "v", "j", "Y")
    assert drive.app.clipboard == "def backoff(attempt):\n    return 0.5 * 2 ** attempt"


async def test_find_goes_on_round_the_end_and_says_when_there_is_none(drive: Drive) -> None:
    await look(drive)
    await drive.press("/", *"DEF", "enter")
    assert "is not in this file" in drive.screen
    await drive.press("/", *"def", "enter")
    first = drive.text[1]
    await drive.press("n")
    assert drive.text[1] != first
    await drive.press("n")
    assert drive.text[1] == first
    await drive.press("N", "/", *"zzz", "enter")
    assert '"zzz" is not in this file' in drive.screen


async def test_long_lines_move_sideways_and_say_so_until_another_file(drive: Drive) -> None:
    drive.fake.files["net/client.py"] = f"x = 1\ny = '{'0123456789' * 20}'\n"
    await look(drive, "net/client.py")
    await drive.press("right", "right")
    assert drive.text[2].startswith("▐    1   «")
    assert drive.text[3].startswith("     2   «23456789")
    drive.fake.push(TreeChanged(0, TREE))
    await drive.settled()
    assert "«" in drive.text[3]
    await drive.press(*["right"] * 40)
    assert "«" in drive.text[3]
    assert "'" in drive.text[3]
    await drive.press("q")
    await look(drive)
    assert "«" not in drive.screen


async def test_letters_that_mean_nothing_here_say_what_does(drive: Drive) -> None:
    await look(drive)
    await drive.press("z")
    assert "Enter says what to change here" in drive.screen
    assert drive.app.desk.prompt.empty


async def test_help_lists_the_keys_of_the_code_view(drive: Drive) -> None:
    await look(drive)
    await drive.press("?")
    assert "say what to change about the lines" in drive.screen


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_lines_box_and_presets_fit(size: tuple[int, int]) -> None:
    async with driven(FakeConductor(), size) as drive:
        await look(drive)
        await drive.press("G", "v", "k", "enter", *"say it")
        rows = drive.text
        assert all(len(row) <= size[0] for row in rows)
        at = next(n for n, row in enumerate(rows) if "╰ › say it" in row)
        assert "2 lines + 61 around" in rows[at + 1]
        assert at + 1 < size[1] - 5
        assert "1 docstring" in drive.screen
        await drive.press("escape", "escape")
        assert rows[0] == drive.text[0]


async def test_hostile_files_are_shown_harmless(drive: Drive) -> None:
    drive.fake.files["net/retry.py"] = "x = 1\x1b]0;owned\x07\u202e\n\tif\ty\n" + "long" * 9000
    await look(drive)
    assert "\x1b" not in drive.screen
    assert "\u202e" not in drive.screen


async def test_a_long_list_is_indexed_off_the_loop(drive: Drive) -> None:
    drive.fake.known = tuple(f"src/part{n % 97}/module_{n}.py" for n in range(5_000))
    drive.app.desk.files.update(drive.fake.known)
    await drive.until(lambda: len(drive.app.desk.files.query("module_4242", 5)) == 1)
    await drive.press("ctrl+x", "f", *"m4242")
    assert "src/part71/module_4242.py" in drive.screen


def test_a_selection_stays_within_the_file() -> None:
    lines = LineSelection(3)
    lines.move(-4)
    assert (lines.first, lines.last) == (0, 0)
    lines.toggle()
    lines.move(9)
    assert (lines.first, lines.last, 2 in lines, 3 in lines) == (0, 2, True, False)
    lines.resize(2)
    assert (lines.first, lines.last) == (0, 1)
    lines.toggle()
    assert (lines.first, lines.last) == (1, 1)


async def test_files_that_are_listed_late_show_up_in_an_open_search() -> None:
    fake = FakeConductor()
    fake.known = ()
    async with driven(fake) as drive:
        await drive.press("ctrl+x", "f", *"conf")
        assert "nothing matches" in drive.screen
        fake.known = ("docs/conf.py", "net/retry.py")
        fake.push(ContextRead(1))
        await drive.until(lambda: "▸ docs/conf.py" in drive.screen)
        assert "net/retry.py" not in drive.screen


def test_a_given_selection_goes_when_one_moves_and_v_makes_it_ones_own() -> None:
    lines = LineSelection(30)
    lines.choose(4, 9)
    assert (lines.first, lines.last) == (4, 9)
    lines.move(1)
    assert (lines.first, lines.last) == (10, 10)
    lines.choose(4, 9)
    lines.toggle()
    lines.move(1)
    assert (lines.first, lines.last) == (4, 10)
    lines.choose(4, 4)
    lines.move(1)
    assert (lines.first, lines.last, lines.selecting) == (5, 5, False)

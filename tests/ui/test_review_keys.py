"""What the review keys call, hunk by hunk."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.errors import SparkError
from spark_tui.core.events import FlushRefused, HunksSet, Notice, Severity
from spark_tui.core.latency.meter import Reading
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.transcript.blocks import WordsBlock
from tests.ui.scripted import Drive, FakeConductor, driven, first_hunk, third_hunk

ONE, TWO, THREE = (HunkId(1, n, "1") for n in (1, 2, 3))


def second_of_the_file() -> Hunk:
    """Another hunk of net/retry.py."""
    return replace(first_hunk(1), id=HunkId(1, 1, "2"), base_span=(45, 46))


@pytest.fixture
async def review(drive: Drive) -> Drive:
    """Two hunks arrived, one refused, the third is being written; review has the keyboard."""
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.review()
    return drive


async def test_keep_and_drop_act_on_the_current_hunk_with_the_key_stamp(review: Drive) -> None:
    await review.press("y")
    ids, state, at = review.fake.named("decide")[0]
    assert (ids, state) == ((ONE,), HunkState.KEPT)
    assert isinstance(at, int)
    assert at > review.at


async def test_keys_faster_than_frames_go_to_the_next_hunk(review: Drive) -> None:
    await review.complete()
    review.send("y", "n", "y")
    await review.until(lambda: len(review.fake.named("decide")) == 3)
    decided = [(call[0], call[1]) for call in review.fake.named("decide")]
    assert decided[0] == ((ONE,), HunkState.KEPT)
    assert decided[1] == ((TWO,), HunkState.DROPPED)
    assert decided[2] == ((THREE,), HunkState.KEPT)


async def test_keep_on_a_refused_hunk_explains_and_does_nothing(review: Drive) -> None:
    await review.press("j", "y")
    assert not review.fake.named("decide")
    assert "hunk 2 has no place yet · 1 2 place it · r asks again" in review.screen


async def test_digit_places_an_ambiguous_hunk(review: Drive) -> None:
    await review.press("j", "2")
    assert review.fake.named("place")[0][:2] == (TWO, 1)
    await review.settled()
    hunk = review.fake.live.find(TWO)
    assert hunk is not None
    assert hunk.state is HunkState.OPEN


async def test_digit_beyond_the_places_does_nothing(review: Drive) -> None:
    await review.press("j", "3")
    assert not review.fake.named("place")


async def test_ask_again_is_for_hunks_that_need_it(review: Drive) -> None:
    await review.press("r")
    assert not review.fake.named("ask_again")
    await review.press("j", "r")
    assert review.fake.named("ask_again")[0][0] == TWO


async def test_keep_on_a_hunk_being_written_waits(review: Drive) -> None:
    await review.press("J", "J", "y")
    assert not review.fake.named("decide")
    assert review.shown(words.keep_writing(3)) in review.screen


async def test_keep_all_takes_what_has_arrived_and_has_a_place(review: Drive) -> None:
    await review.press("A")
    assert [call[:2] for call in review.fake.named("decide")] == [((ONE,), HunkState.KEPT)]


async def test_drop_file_also_drops_hunks_that_come_later(review: Drive) -> None:
    await review.press("d")
    review.fake.push(HunksSet(review.at, 1, (second_of_the_file(),)))
    await review.until(lambda: len(review.fake.named("decide")) == 2)
    assert review.fake.named("decide")[1][:2] == ((HunkId(1, 1, "2"),), HunkState.DROPPED)


async def test_keep_file_never_keeps_hunks_still_to_come(review: Drive) -> None:
    await review.press("a")
    review.fake.push(HunksSet(review.at, 1, (second_of_the_file(),)))
    await review.settled()
    assert [call[0] for call in review.fake.named("decide")] == [(ONE,)]


async def test_drop_all_stops_the_run_and_ends_the_review(review: Drive) -> None:
    await review.press("q")
    assert review.fake.named("stop") == [()]
    assert review.fake.named("decide")[0][:2] == ((ONE, TWO), HunkState.DROPPED)
    assert review.where is Where.PROMPT


async def test_drop_all_with_nothing_open_says_how_to_quit(review: Drive) -> None:
    review.fake.push(HunksSet(review.at, 1, (third_hunk(1),)))
    review.fake.finish(Reading())
    await review.settled()
    await review.press("q")
    await review.settled()
    await review.press("ctrl+o", "q")
    assert review.shown(words.QUIT_TWICE) in review.screen


async def test_undo_reopens_the_hunk_and_makes_it_current(review: Drive) -> None:
    await review.complete()
    await review.press("y")
    await review.settled()
    assert review.app.desk.body.current == TWO
    await review.press("u")
    await review.settled()
    assert review.app.desk.body.current == ONE
    assert review.fake.named("take_back")


async def test_kept_while_streaming_can_be_taken_back(review: Drive) -> None:
    await review.press("y")
    await review.settled()
    assert "kept, written at the end" in review.screen
    await review.press("u")
    await review.settled()
    hunk = review.fake.live.find(ONE)
    assert hunk is not None
    assert hunk.state is HunkState.OPEN


async def test_next_and_previous_wrap_over_open_hunks(review: Drive) -> None:
    desk = review.app.desk
    seen = [desk.body.current]
    for key in ("j", "j", "k"):
        await review.press(key)
        seen.append(desk.body.current)
    assert seen == [ONE, TWO, ONE, TWO]


async def test_comment_names_the_place_in_the_prompt(review: Drive) -> None:
    await review.press("c")
    assert review.where is Where.PROMPT
    assert review.app.desk.prompt.draft.text == "@net/retry.py:41 "


async def test_copy_takes_code_without_numbers_and_admits_doubt(review: Drive) -> None:
    await review.press("Y")
    assert "wait = retry_after(reply)" in review.app.clipboard
    assert "41" not in review.app.clipboard
    assert "the terminal did not confirm it" in review.screen


async def test_selection_made_with_the_mouse_is_copied_without_gutter(review: Drive) -> None:
    row = next(n for n, line in enumerate(review.text) if "wait = retry_after" in line)
    left = review.text[row].index("wait")
    pilot = review.pilot
    await pilot.mouse_down(offset=(left, row))
    await pilot.hover(offset=(left + 4, row + 1))
    await pilot.mouse_up(offset=(left + 4, row + 1))
    await review.press("ctrl+x", "y")
    assert review.app.clipboard.startswith("wait = retry_after(reply)\n")
    assert "42" not in review.app.clipboard


async def test_open_without_an_editor_says_so(review: Drive) -> None:
    await review.press("o")
    assert review.shown(words.NO_EDITOR) in review.screen


async def test_the_last_instruction_can_be_sent_again(review: Drive) -> None:
    await review.complete()
    await review.press(".")
    assert [call[0] for call in review.fake.named("ask")] == ["cap it", "cap it"]


async def test_mode_cycles_and_is_loud_in_auto(review: Drive) -> None:
    await review.press("shift+tab")
    await review.settled()
    assert "AUTO-APPLY" in review.text[0]
    await review.press("shift+tab")
    await review.settled()
    assert "read-only" in review.text[0]


async def test_cut_answer_leaves_a_way_out(review: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    review.fake.finish(Reading(), Ending.CUT)
    await review.settled()
    assert "the answer broke off, nothing written · . asks again" in review.screen
    await review.press("i")
    assert "Enter asks again" in review.row("type")
    await review.press("enter")
    assert len(review.fake.named("ask")) == 1
    monkeypatch.setattr("spark_tui.ui.prompt.offer.READ_NS", 0)
    await review.press("enter")
    assert [text for text, _ in review.fake.named("ask")] == ["cap it", "cap it"]


async def test_latency_overlay_cycles_and_takes_no_focus(review: Drive) -> None:
    await review.complete()
    await review.press("f2")
    assert "prefill+queue 81 · decode" in review.screen
    await review.press("f2")
    await review.painted()
    assert review.row("latency").startswith("── latency · turn 1 · spark")
    assert "queue + prefill" in review.screen
    assert "socket, not separable" in review.screen
    assert review.where is Where.REVIEW
    await review.press("f2")
    await review.painted()
    assert "latency" not in review.screen


async def test_split_makes_the_first_part_current(review: Drive) -> None:
    await review.press("s")
    assert review.fake.named("split")[0][0] == ONE
    await review.settled()
    assert review.app.desk.body.current == HunkId(1, 1, "1.1")
    assert "hunk 2/4" in review.screen


async def test_edit_hands_the_new_lines_to_the_editor_and_takes_them_back(
    fake: FakeConductor,
) -> None:
    asked: list[tuple[str, str]] = []

    def edit(text: str, name: str) -> str:
        asked.append((text, name))
        return "def backoff(attempt):\n    return 8.0\n"

    async with driven(fake, options=ShellOptions(edit_text=edit)) as drive:
        await drive.ask("cap it")
        await drive.first()
        await drive.review()
        await drive.press("e")
        assert asked == [("".join(first_hunk(1).new), "net/retry.py")]
        wrote = fake.named("edited")[0]
        assert wrote[:2] == (ONE, "def backoff(attempt):\n    return 8.0\n")
        await drive.until(lambda: "hunk 1 is what you wrote · y keeps it" in drive.screen)


async def test_the_time_in_an_editor_is_told_of_the_turn_and_is_not_ours(
    fake: FakeConductor,
) -> None:
    inside: list[int] = []

    def edit(path: str, line: int) -> None:
        inside.append(time.monotonic_ns())
        raise SparkError("the editor failed", "another")

    async with driven(fake, options=ShellOptions(edit_file=edit)) as drive:
        await drive.ask("cap it")
        await drive.first()
        await drive.review()
        await drive.press("o")
        await drive.until(lambda: bool(drive.app.desk.instrument.track.away))
        ((since, until),) = drive.app.desk.instrument.track.away
        assert since <= inside[0] <= until
        assert fake.named("away") == [(1, since, until)]


async def test_edit_on_a_refused_hunk_opens_its_file(fake: FakeConductor) -> None:
    opened: list[tuple[str, int]] = []

    def edit(path: str, line: int) -> None:
        opened.append((path, line))

    async with driven(fake, options=ShellOptions(edit_file=edit)) as drive:
        await drive.ask("cap it")
        await drive.first()
        await drive.later()
        await drive.review()
        await drive.press("o", "j", "e")
    assert opened == [("net/retry.py", 41), ("net/client.py", 57)]


async def test_what_is_being_written_or_decided_is_not_split(review: Drive) -> None:
    await review.press("J", "J", "s")
    assert not review.fake.named("split")
    assert review.shown(words.keep_writing(3)) in review.screen


def guarded() -> Hunk:
    """A located hunk in a file that arms something."""
    return replace(third_hunk(1), path=".github/workflows/ci.yml")


async def test_a_protected_file_is_named_and_only_kept_by_its_own_key(review: Drive) -> None:
    review.fake.push(HunksSet(review.at, 1, (guarded(),)))
    await review.settled()
    assert "protected file" in review.screen
    await review.press("A")
    assert [call[0] for call in review.fake.named("decide")] == [(ONE,)]
    assert review.shown(words.protected(1)) in review.screen
    await review.settled()
    await review.press("j", "a")
    assert len(review.fake.named("decide")) == 1
    await review.press("y")
    assert [call[0] for call in review.fake.named("decide")] == [(ONE,), (THREE,)]


async def test_a_protected_file_takes_the_keyboard_even_in_auto_apply(drive: Drive) -> None:
    await drive.press("shift+tab")
    await drive.ask("cap it")
    await drive.first()
    assert drive.where is Where.PROMPT
    drive.fake.push(HunksSet(drive.at, 1, (guarded(),)))
    await drive.review()


async def test_comment_on_selected_lines_names_their_range(review: Drive) -> None:
    rows = [n for n, line in enumerate(review.text) if "def backoff" in line or "2 ** att" in line]
    await review.pilot.mouse_down(offset=(20, rows[0]))
    await review.pilot.hover(offset=(24, rows[1]))
    await review.pilot.mouse_up(offset=(24, rows[1]))
    await review.press("c")
    assert review.app.desk.prompt.draft.text == "@net/retry.py:41-42 "


async def test_comment_goes_behind_what_is_typed_already(review: Drive) -> None:
    await review.press("i", *"shorter", "ctrl+o", "c")
    assert review.app.desk.prompt.draft.text == "shorter @net/retry.py:41 "


async def test_what_went_wrong_stands_in_the_transcript_once(review: Drive) -> None:
    what, ways = "disk full, nothing written", ("hunks stay open",)
    for _ in range(2):
        review.fake.push(
            FlushRefused(review.at, 1, (ONE,), what, ways),
            Notice(review.at, what, ways, Severity.ERROR),
        )
    review.fake.push(Notice(review.at, "that was all"))

    def notes() -> str:
        blocks = review.app.desk.body.document.blocks
        return "\n".join(line for b in blocks if isinstance(b, WordsBlock) for line in b.lines)

    await review.until(lambda: "that was all" in notes())
    assert notes().count("disk full, nothing written") == 1

"""Header, rule, status, panel and keys row: what they say, and what they drop when it is narrow."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from spark_tui.core.context import ContextItem
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import EndpointLabel, Metered, Notice, Said
from spark_tui.core.latency.meter import Exactness, Reading
from spark_tui.core.mode import Mode
from spark_tui.core.session import Session, step
from spark_tui.core.tokens import short
from spark_tui.core.tree import ChangedFile, Tree
from spark_tui.pair.ports import ContextPreview
from spark_tui.ui.app import GC_THRESHOLD
from spark_tui.ui.bars import key_hints
from spark_tui.ui.bars.changes_panel import Changes, panel_rows
from spark_tui.ui.bars.context_row import context_parts, context_shown, keeping_order
from spark_tui.ui.bars.header import Header, header_parts
from spark_tui.ui.bars.key_hints import hint_parts
from spark_tui.ui.bars.rule import Rule, RuleState, counts, right_text, rule_parts
from spark_tui.ui.bars.status import (
    endpoint_name,
    rate_text,
    sparkline,
    status_parts,
)
from spark_tui.ui.input.commands import Column, Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.session.bars_refresh import BarsRefresh
from spark_tui.ui.style.painted import changed_cells
from tests.ui.scripted import (
    FINISHED,
    MS,
    RUNNING,
    SIMULATED,
    SPARK,
    TREE,
    Drive,
    FakeConductor,
    first_events,
    later_events,
)

WIDTHS = (60, 66, 80, 96, 100, 120, 200)


def text(parts: Sequence[tuple[str, str]]) -> str:
    return "".join(piece for _, piece in parts)


def status(reading: Reading, width: int, *, running: bool = False, asked: bool = True) -> str:
    return text(status_parts(SPARK, reading, width, asked=asked, running=running, ours_ns=6 * MS))


# ---------------------------------------------------------------- status


def test_status_while_an_answer_runs() -> None:
    said = status(RUNNING, 120, running=True)
    assert said == (
        "  spark   ttft 87 ms   ▂▅▇▇▇ ~1,039 t/s   out ~228    in 2.1k (71% cached)"
        "    you 6 ms    ▸ 0.31 s"
    )


def test_status_when_the_provider_has_counted() -> None:
    said = status(FINISHED, 80)
    assert said == "  spark   ttft 87 ms   ▂▅▇▇▇ 1,043 t/s   out 388    in 2.1k   you 6 ms   0.47 s"


def test_status_before_the_first_turn_is_dashes() -> None:
    assert status(Reading(), 120, asked=False) == "  spark   ttft – ms    – t/s"


@pytest.mark.parametrize("width", WIDTHS)
def test_status_never_drops_endpoint_ttft_and_rate_and_always_fits(width: int) -> None:
    for reading in (Reading(), RUNNING, replace(FINISHED, output=123_456, input=3_000_000)):
        said = status(reading, width, running=True)
        assert cell_len(said) <= width
        assert "spark" in said
        assert "ttft " in said
        assert " ms" in said
        assert " t/s" in said


def test_status_drops_in_the_agreed_order() -> None:
    seen = [
        {w for w in ("▇", "cached", "you", "in ", "out", "s") if w in status(FINISHED, width)}
        for width in range(120, 59, -1)
    ]
    for wider, narrower in itertools.pairwise(seen):
        assert narrower <= wider or "▇" in narrower
    assert "0.47 s" in status(FINISHED, 60)


def test_status_items_keep_their_columns_while_figures_grow() -> None:
    readings = [
        Reading(),
        Reading(ttft_ns=87 * MS, elapsed_ns=90 * MS),
        RUNNING,
        replace(RUNNING, ttft_ns=412 * MS, cached=None, input=None, history=()),
        replace(FINISHED, output=12_345, elapsed_ns=12_340 * MS),
    ]
    for width in (80, 100, 120):
        rows = [status(one, width, running=True) for one in readings]
        for name in ("ttft ", "out ", "in ", "you ", "▸ "):
            assert len({row.index(name) for row in rows if name in row}) == 1, rows
        numbers = [
            row.index(rate_text(one, running=True)) for row, one in zip(rows, readings, strict=True)
        ]
        assert len(set(numbers)) == 1, rows


def test_status_shows_the_items_asked_for_and_always_the_endpoint() -> None:
    parts = status_parts(
        SPARK, FINISHED, 120, asked=True, running=False, names=("time", "rate", "ttft")
    )
    assert text(parts).split() == ["spark", "0.47", "s", "1,043", "t/s", "ttft", "87", "ms"]


def test_input_is_an_estimate_until_it_is_counted() -> None:
    parts = status_parts(SPARK, Reading(), 120, asked=True, running=True, tokens=2140)
    assert "in ~2.1k" in text(parts)
    assert "out –" in text(parts)


def test_simulated_endpoint_is_named_at_every_width() -> None:
    for width in WIDTHS:
        parts = status_parts(SIMULATED, FINISHED, width, asked=True, running=False)
        assert "simulated" in text(parts)
        assert "simulated" in text(header_parts(TREE, Mode.ASK, SIMULATED, width))


def test_rate_is_marked_as_estimated_or_unknown() -> None:
    assert rate_text(Reading(), running=True) == "– t/s"
    assert rate_text(RUNNING, running=True) == "~1,039 t/s"
    live = replace(RUNNING, exactness=Exactness.LIVE)
    assert rate_text(live, running=True) == "1,039 t/s"
    assert rate_text(live, running=False) == "1,043 t/s"


def test_short_counts_and_bars() -> None:
    assert [short(n) for n in (0, 999, 2140, 31_400)] == ["0", "999", "2.1k", "31k"]
    assert sparkline(()) == ""
    assert sparkline((0.0, 0.0)) == ""
    assert sparkline((1.0, 7.0))[-1] == "▇"
    assert len(sparkline([float(n) for n in range(1, 30)])) == 5


# ---------------------------------------------------------------- header


def test_header_shortens_the_endpoint_with_the_width() -> None:
    wide = text(header_parts(TREE, Mode.ASK, SPARK, 120))
    assert wide.startswith(" httpkit ⎇ main  ±2")
    assert wide.endswith("ask    gpt-5.3-codex-spark · openai · ws ● warm ")
    assert text(header_parts(TREE, Mode.ASK, SPARK, 80)).endswith("ask    spark · ws ● warm ")
    assert text(header_parts(TREE, Mode.ASK, SPARK, 60)).endswith("ask  spark ● ")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_model_or_host_is_cut_and_the_repository_stays(width: int) -> None:
    label = EndpointLabel(
        "my-gateway.internal.example.com",
        "/home/me/models/with/a/long/path/SmolLM2-135M-Instruct.Q4_1.gguf",
        "my-gateway.internal.example.com",
        "sse",
        warm=True,
    )
    said = text(header_parts(TREE, Mode.ASK, label, width))
    assert said.startswith(" httpkit")
    assert "●" in said
    assert cell_len(endpoint_name(label)) <= 24


@pytest.mark.parametrize("width", WIDTHS)
def test_header_fits_whatever_it_is_given(width: int) -> None:
    tree = Tree("a" * 300, "feature/\x1b[31m漢字" * 20, (ChangedFile("x", 1, 0),))
    said = text(header_parts(tree, Mode.AUTO, SPARK, width))
    assert cell_len(said) == width
    assert "\x1b" not in said
    assert "AUTO-APPLY" in said


# ---------------------------------------------------------------- rule


def after(*stages: str) -> Session:
    fake = FakeConductor()
    session = fake.session
    fake.ask("cap it", 10)
    events = [*first_events(1, 10), *later_events(1, 10)] if "later" in stages else []
    session = fake.live
    for event in events:
        session = step(session, event)
    return session


def test_rule_counts_what_waits() -> None:
    assert counts(Session()) == ""
    assert counts(after()) == "waiting"
    prose = step(after(), Metered(310 * MS, 1, RUNNING))
    assert counts(prose) == "writing"
    assert counts(after("later")) == "1 open · 1 needs you · writing"


def right(session: Session, preview: ContextPreview, *, typed: bool) -> str:
    return right_text(session, Where.PROMPT, lambda: preview, Keymap(), typed=typed)


def test_rule_right_side_says_what_waits_and_what_goes_along_unasked() -> None:
    idle = Session(endpoint=SPARK)
    assert right(idle, ContextPreview(), typed=False).startswith("no context yet")
    assert right(idle, ContextPreview(), typed=True) == "Tab shows and changes what goes along"
    known = ContextPreview((), 300, remembered=(1, 2))
    assert right(idle, known, typed=False) == "again: 2 turns · 300 tokens · to spark"
    counted = "1 open · 1 needs you · writing"
    assert right(after("later"), known, typed=True) == f"{counted} · Ctrl+O reviews"
    assert right(after("later"), known, typed=False) == f"{counted} · Tab reviews"


def row(preview: ContextPreview, width: int, session: Session | None = None) -> str:
    """The context row as it is painted."""
    shown = context_shown(preview, session or Session(endpoint=SPARK), Keymap())
    assert shown is not None
    parts = context_parts(shown, width)
    painted = "".join(text for _, text in parts)
    assert cell_len(painted) <= width
    return painted.strip()


FOUND = (
    ContextItem("net/client.py", (88, 131), 900, guess=True, symbol="send"),
    ContextItem("net/retry.py", None, 500, guess=True),
    ContextItem("net/errors.py", (12, 30), 300, guess=True, symbol="Timeout"),
)


def test_context_row_names_what_goes_along_with_as_many_places_as_fit() -> None:
    spark = Session(endpoint=replace(SPARK, window=128_000))
    preview = ContextPreview(FOUND, 5_100, outlines=9, took_ms=3.2)
    assert row(preview, 120, spark) == (
        "? net/client.py:88-131 send   net/retry.py whole   net/errors.py:12-30 Timeout"
        "   + 9 outlines · 5.1k of 128k · 3 ms"
    )
    assert row(preview, 80, spark) == (
        "? net/client.py:88-131 send   + 2 more   + 9 outlines · 5.1k of 128k · 3 ms"
    )
    assert row(preview, 60, spark) == "3 places   + 9 outlines · 5.1k of 128k · 3 ms"
    assert row(preview, 24, spark) == "3 places · 5.1k of 128k"
    deep = ContextItem("src/main/java/org/acme/shop/Basket.java", (88, 131), 900, guess=True)
    assert row(ContextPreview((deep,), 5_100), 60) == (
        "? src/main/j…acme/shop/Basket.java:88-131 · 5,100 tokens"
    )


def test_context_row_puts_the_named_first_and_says_what_is_remembered() -> None:
    named = ContextItem("net/retry.py", None, 500)
    preview = ContextPreview((named, FOUND[0]), 1_400)
    assert row(preview, 120) == "@net/retry.py   ? net/client.py:88-131 send · 1,400 tokens"
    session = after("later")
    again = ContextPreview((named,), 900, again=("net/retry.py",), remembered=(1,))
    again = replace(again, remembered_tokens=600)
    assert row(again, 120, session) == ('again: turn 1 "cap it" · 600 + @net/retry.py · 900 tokens')
    less = replace(again, left_out=("net/client.py", "shop/basket.py"))
    said = row(less, 120, session)
    assert said.endswith("+ @net/retry.py   left out: net/client.py + 1 more · 900 tokens")
    assert "left out" not in row(less, 40, session)
    assert row(ContextPreview((), 900, remembered=(1, 2)), 120, session).startswith("again: turn 1")


def test_context_row_says_what_is_wrong_or_that_nothing_is_found() -> None:
    missing = ContextPreview(problem="net/retries.py is not here", remedies=("nearest: net/x.py",))
    assert row(missing, 120) == "net/retries.py is not here · nearest: net/x.py"
    nothing = "nothing found for these words · @ names a file"
    assert row(ContextPreview(tokens=343), 120) == nothing
    assert row(ContextPreview(tokens=343, may_look=True), 120) == f"{nothing} · the model may look"
    assert row(ContextPreview(finding=True), 120) == "looking for the code"
    assert context_shown(ContextPreview(), Session(endpoint=SPARK), Keymap()) is None


def test_context_row_keeps_its_order_and_says_what_makes_it_too_large() -> None:
    spark = Session(endpoint=replace(SPARK, window=128_000))
    first = context_shown(ContextPreview(FOUND, 9), spark, Keymap())
    newer = (ContextItem("net/new.py", None, 9, guess=True), *reversed(FOUND))
    later = context_shown(ContextPreview(newer, 9), spark, Keymap())
    assert first is not None
    assert later is not None
    kept = [item.path for item in keeping_order(later, first).guesses]
    assert kept == ["net/client.py", "net/retry.py", "net/errors.py", "net/new.py"]
    big = ContextPreview(
        (ContextItem("net/big.py", None, 96_000), FOUND[0]), 140_000, problem="beyond"
    )
    said = "140k of 128k, not sent · Tab then x removes net/big.py (96k)"
    assert row(big, 120, spark) == said
    running = replace(after("later"), endpoint=spark.endpoint)
    assert row(big, 120, running) == said.replace("Tab", "Ctrl+X i")


OFFER = "Enter runs AI! a/long/path…_a_name.py:12345"


@pytest.mark.parametrize("width", WIDTHS)
def test_rule_fills_the_width_and_keeps_its_word(width: int) -> None:
    for state in (
        RuleState(Where.REVIEW, "", "12 open · 3 need you · writing", 7),
        RuleState(Where.PROMPT, "", "x" * 300),
        RuleState(Where.PROMPT, "endpoint"),
        RuleState(Where.PROMPT, "", "12 open · 3 need you · Tab reviews", 7, offer=OFFER),
    ):
        said = text(rule_parts(state, width))
        assert cell_len(said) == width
        word = state.popup or ("review" if state.where is Where.REVIEW else "type")
        assert said.startswith(f"── {word}")
        assert state.offer in said


# ---------------------------------------------------------------- panel


def test_panel_marks_each_file_of_the_turn_and_the_ones_outside() -> None:
    rows = [text(parts) for parts in panel_rows(after("later"), 26)]
    assert rows == [
        "this turn",
        "○ net/retry.py       +5 -2",
        "! net/client.py      +1 -1",
        "… tests/test_retry.py     ",
        "",
        "outside",
        "✎ README.md            you",
        "✎ docs/conf.py         you",
    ]


def test_panel_counts_what_is_not_dropped() -> None:
    session = after("later")
    one, *rest = session.turns[0].hunks
    gone = replace(one, state=HunkState.DROPPED)
    more = replace(one, id=one.id._replace(ordinal="2"), added=2, removed=0)
    turn = replace(session.turns[0], hunks=(gone, more, *rest))
    rows = [text(parts) for parts in panel_rows(replace(session, turns=(turn,)), 26)]
    assert rows[1] == "○ net/retry.py          +2"
    turn = replace(turn, hunks=(gone, *rest))
    rows = [text(parts) for parts in panel_rows(replace(session, turns=(turn,)), 26)]
    assert rows[1].split() == ["✗", "net/retry.py"]


def test_panel_before_the_first_turn_shows_the_worktree() -> None:
    rows = [text(parts) for parts in panel_rows(Session(tree=TREE), 26)]
    assert rows[:2] == ["worktree", "✎ README.md          +4 -0"]
    assert "no changes" in text(panel_rows(Session(), 26)[1])


def test_files_we_changed_earlier_are_not_called_yours() -> None:
    session = after("later")
    done = tuple(replace(h, state=HunkState.APPLIED) for h in session.turns[0].hunks)
    first = replace(session.turns[0], hunks=done)
    second = replace(session.turns[0], id=2, hunks=())
    tree = Tree("x", "main", (ChangedFile("net/retry.py", 5, 2), ChangedFile("me.py", 1, 0)))
    said = [text(p) for p in panel_rows(Session(tree=tree, turns=(first, second)), 26)]
    assert said[0] == "earlier turns"
    assert said[1].startswith("✓ net/retry.py")
    assert said[3] == "outside"


# ---------------------------------------------------------------- keys row


@pytest.mark.parametrize("width", WIDTHS)
def test_keys_row_fits_and_keeps_help_in_review(width: int) -> None:
    for hints in (key_hints.REVIEW, key_hints.AMBIGUOUS, key_hints.DECIDED):
        said = text(hint_parts(hints, Keymap(), Column.REVIEW, width, more=Column.REVIEW))
        assert cell_len(said) <= width
        assert said.endswith("? more")
        assert said.count("   ") or width < 80


def test_the_review_row_of_the_smallest_screen_shows_five() -> None:
    said = text(hint_parts(key_hints.REVIEW, Keymap(), Column.REVIEW, 60, more=Column.REVIEW))
    assert said == " y keep  n drop  A all  u undo  ? more"


def test_keys_row_follows_remaps() -> None:
    keymap = Keymap({"keep": "f"})
    said = text(hint_parts(key_hints.REVIEW, keymap, Column.REVIEW, 120, more=Column.REVIEW))
    assert said.startswith(" f keep")


def test_empty_endpoint_is_not_a_blank() -> None:
    label = EndpointLabel("", "", "")
    parts = status_parts(label, Reading(), 80, asked=False, running=False)
    assert "no endpoint" in text(parts)


async def test_old_objects_are_gone_through_between_answers_only(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: done.append(1))
    assert gc.get_threshold() == GC_THRESHOLD
    await drive.ask("cap it")
    await drive.first()
    drive.app.tidy()
    assert not done, "an answer is running"
    monkeypatch.setattr("spark_tui.ui.session.screen.TIDY_S", 0.01)
    await drive.complete()
    await drive.until(lambda: bool(done))


async def test_while_an_answer_only_grows_no_bar_is_looked_at(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame that only makes text longer touches the transcript; the bars come along later."""
    looked: list[str] = []
    visit = BarsRefresh._refresh_around

    def visited(self: BarsRefresh, *state: Any) -> None:
        looked.append("bars")
        visit(self, *state)

    monkeypatch.setattr("spark_tui.ui.session.bars_refresh.PERIOD_NS", 3_600 * 10**9)
    monkeypatch.setattr(BarsRefresh, "_refresh_around", visited)
    for widget in (Header, Changes, Rule):
        monkeypatch.setattr(widget, "show", lambda *_: looked.append("widget"))
    await drive.ask("cap it")
    await drive.first()
    turn = drive.turn
    grown = (Said(0, turn, "more words\n"), Metered(0, turn, Reading(ttft_ns=5, output=30)))
    drive.fake.push(*grown)
    await drive.until(lambda: "more words" in drive.screen)
    assert looked.count("bars") > 0, "its first output is shown at once"
    looked.clear()
    pump = drive.app.pump
    assert pump is not None
    for number in range(30):
        drive.fake.push(*grown, Said(0, turn, f"line {number}\n"))
        shown = pump.flushes + 1
        await drive.until(lambda flushes=shown: pump.flushes >= flushes)  # type: ignore[misc]
    assert not looked
    drive.fake.push(Notice(0, "something else"))
    await drive.until(lambda: "something else" in drive.screen)
    assert "bars" in looked


def test_a_row_is_painted_again_only_where_its_cells_differ() -> None:
    ground, bold = Style(bgcolor="#000001"), Style(bgcolor="#000001", bold=True)

    def row(*parts: tuple[str, Style]) -> Strip:
        return Strip([Segment(text, style) for text, style in parts])

    old = row(("out ", ground), ("1.9k", ground), ("      ", ground), ("4.53 s", ground))
    new = row(("out 2.0k", ground), ("      4.54 s", ground))
    assert changed_cells(old, new) == [(4, 7), (17, 18)]
    assert changed_cells(old, row(("out ", bold), *[("1.9k      4.53 s", ground)])) == [(0, 4)]
    wide = row(("ab漢字", ground), ("z", ground))
    assert changed_cells(wide, row(("ab漢字", ground), ("y", ground))) == [(6, 7)]
    assert changed_cells(wide, row(("ab漢宇", ground), ("z", ground))) == [(0, 6)]
    assert changed_cells(old, old) == []

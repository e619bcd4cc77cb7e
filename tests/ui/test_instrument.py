"""The overlay and the session view on a real screen: what they show while a turn runs and after."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from spark_tui.core.endpoint.wire import Allowance, RateLimits
from spark_tui.core.events import EndpointLabel, EndpointSet, Handled, OnWire, SocketClosed
from spark_tui.core.latency.client_cost import Client
from spark_tui.core.latency.meter import Exactness
from spark_tui.core.latency.stats import Sample
from spark_tui.core.latency.track import Track
from spark_tui.core.latency.waterfall import Owner, SpanKind, TimingSpan
from spark_tui.core.session import Session
from spark_tui.ui.input.focus import Where
from spark_tui.ui.latency.instrument import Instrument
from spark_tui.ui.latency.overlay import OverlayForm
from spark_tui.ui.latency.overlay_rows import (
    bar,
    client_text,
    extent,
    fitting,
    gaps_text,
    session_text,
)
from spark_tui.ui.style.painted import plain
from tests.ui.scripted import FINISHED, MS, SPARK, TREE, Drive, FakeConductor, driven


async def asked(drive: Drive) -> int:
    await drive.ask("cap it")
    await drive.first()
    turn = drive.app.desk.session.turn
    assert turn is not None
    return turn.asked_at


def line(drive: Drive, words: str) -> str:
    """The first row with these words."""
    return next((row for row in drive.text if words in row), "")


async def test_overlay_is_live_while_the_answer_streams(drive: Drive) -> None:
    await drive.press("f2", "f2")
    assert drive.app.desk.overlay.form is OverlayForm.FULL
    at = await asked(drive)
    await drive.until(lambda: "queue + prefill" in drive.screen)
    await drive.until(lambda: line(drive, "connect, TLS").rstrip().endswith("socket"))
    await drive.later()
    drive.fake.push(Handled(at + 475 * MS, 1, at + 470 * MS, at + 471 * MS, MS, True))
    drive.fake.finish(FINISHED)
    await drive.until(lambda: "parse, locate" in drive.screen)
    await drive.until(lambda: drive.app.desk.instrument.track.drawn_at is not None)
    await drive.until(lambda: "paint   " in drive.screen)
    for name in ("gaps", "client", "session"):
        assert line(drive, f"  {name} ")
    assert "F2 closes · Ctrl+X t names the trace" in drive.row("latency")


@pytest.mark.parametrize("width", [80, 90, 100, 120, 200])
def test_what_is_said_of_gaps_is_never_cut(width: int) -> None:
    gaps = (1_234_567_890, 2_345_678_901, 3_456_789_012)
    for reads, guess in ((0, Exactness.FINAL), (313, Exactness.ESTIMATED)):
        reading = replace(
            FINISHED, gaps_ns=gaps, gap_course=(5,) * 40, reads=reads, exactness=guess
        )
        said = gaps_text(reading, width)
        assert cell_len(said) <= width - 12
        assert said.rstrip().endswith(("ms", "t/read", "tokens a read", "names it)"))


async def test_the_title_keeps_the_way_out_beside_a_long_name(fake: FakeConductor) -> None:
    fake.session = fake.live = Session(tree=TREE, endpoint=replace(SPARK, name="host-" * 9 + "end"))
    async with driven(fake, (80, 24)) as drive:
        await drive.press("f2", "f2")
        await asked(drive)
        await drive.until(lambda: "latency ·" in drive.screen)
        title = line(drive, "latency ·")
        assert title.endswith("F2 closes ──")
        assert "end" in title


async def test_overlay_never_takes_the_keyboard(drive: Drive) -> None:
    await asked(drive)
    await drive.later()
    await drive.review()
    for form in (OverlayForm.LINE, OverlayForm.FULL, OverlayForm.OFF):
        await drive.press("f2")
        assert drive.app.desk.overlay.form is form
        assert drive.where is Where.REVIEW


async def test_figures_of_one_endpoint_are_not_shown_as_anothers(drive: Drive) -> None:
    await asked(drive)
    drive.fake.finish(FINISHED)
    await drive.until(lambda: "ttft 87 ms" in drive.text[-1])
    drive.fake.push(EndpointSet(9, EndpointLabel("mainstream", "big", "openai")))
    await drive.until(lambda: drive.text[-1].startswith("  mainstream   ttft – ms"))


async def test_esc_to_closed_socket_is_measured(drive: Drive) -> None:
    await drive.press("f2", "f2")
    await asked(drive)
    await drive.press("escape")
    pressed = drive.app.desk.instrument._esc_at
    assert pressed is not None
    drive.fake.push(SocketClosed(pressed + 18 * MS, 1))
    await drive.until(lambda: drive.app.desk.instrument.client.esc_ns == 18 * MS)
    await drive.until(lambda: "Esc to closed socket 18 ms" in drive.screen)


async def test_session_view_opens_by_key_and_palette(drive: Drive) -> None:
    await drive.press("ctrl+x", "s")
    assert "no answer yet" in drive.screen
    await drive.press("escape")
    at = await asked(drive)
    limits = RateLimits(at, Allowance(30_000, 28_800, 2_400 * MS))
    drive.fake.push(OnWire(at, 1, limits))
    drive.fake.finish(FINISHED)
    await drive.until(lambda: len(drive.app.desk.instrument.samples()) == 1)
    await drive.press("ctrl+x", "s")
    assert "1 turn" in line(drive, "spark   ")
    assert "goodput  1 of 1 turns" in drive.screen
    assert "of 30k tokens left" in line(drive, "  limits")
    await drive.press("escape", "ctrl+p", *"figures of")
    assert line(drive, "figures of this session")


async def test_overlay_leaves_a_small_screen_to_a_list(drive: Drive) -> None:
    await asked(drive)
    await drive.press("f2", "f2")
    assert drive.row("latency")
    await drive.press("f1")
    await drive.until(lambda: "latency ·" not in drive.screen)
    await drive.press("escape")
    await drive.until(lambda: "latency ·" in drive.screen)


def test_a_key_that_changes_nothing_is_no_sample() -> None:
    known = Instrument()
    known.pressed(0)
    known.displayed(2_000 * MS)
    assert known.client.key_ns is None
    known.pressed(3_000 * MS)
    known.displayed(3_002 * MS, whole=False)
    known.displayed(3_004 * MS)
    assert known.client.key_ns == 4 * MS


def test_the_person_is_not_on_the_scale_of_the_bars() -> None:
    rows = [
        TimingSpan(Owner.SERVER, "decode", 0, 400),
        TimingSpan(Owner.YOU, "look, then y", None, 9_000),
    ]
    assert extent(rows) == 400
    assert extent([]) == 0


def test_a_short_screen_keeps_prefill_and_decode() -> None:
    kinds = [SpanKind.BEFORE, SpanKind.WIRE, SpanKind.PREFILL, SpanKind.DECODE, SpanKind.AFTER]
    rows = [TimingSpan(Owner.OURS, kind, 0, n * MS, kind=kind) for n, kind in enumerate(kinds)]
    assert [span.kind for span in fitting(rows, 3)] == [
        SpanKind.PREFILL,
        SpanKind.DECODE,
        SpanKind.AFTER,
    ]
    assert [span.kind for span in fitting(rows, 1)] == [SpanKind.PREFILL, SpanKind.DECODE]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_client_figures_fit_their_row(width: int) -> None:
    for client in (Client(), Client(123 * MS, 45 * MS, 6 * MS, 78_901, 1_234 * MS)):
        assert cell_len(client_text(client, width)) <= width - 12


def test_plain_bars_keep_their_heights() -> None:
    assert plain("▁▃▇ " + chr(0x2800) + "⡠") == "_-#  ."


def test_frames_hold_folding_and_painting() -> None:
    known = Instrument()
    known.painting(900 * MS)  # no frame waits for it: a key's echo, the first screen
    known.frame(1 * MS, None)
    seen = [known.client]
    known.painting(2 * MS)
    seen.append(known.client)
    known.frame(4 * MS, 5 * MS)
    known.frame(4 * MS, None)
    seen.append(known.client)
    assert [one.frame_ns for one in seen] == [None, 3 * MS, 4 * MS]
    assert seen[-1].lag_ns == 5 * MS
    assert known.track == Track()


def test_the_session_rate_tells_how_many_turns_were_counted() -> None:
    whole, guess = Sample("spark", rate=1000.0), Sample("spark", guessed=True)
    assert "1,000 t/s of 1 counted   cold" in session_text([whole, guess], 120)
    assert "1,000 t/s of 1  cold" in session_text([whole, guess], 80)
    assert "1,000 t/s   cold" in session_text([whole], 120)


@given(
    start=st.integers(0, 10**10),
    length=st.integers(0, 10**10),
    total=st.integers(0, 10**10),
    width=st.integers(1, 200),
)
def test_bars_never_leave_their_width(start: int, length: int, total: int, width: int) -> None:
    drawn = bar(TimingSpan(Owner.OURS, "x", start, length), total, width)
    assert len(drawn) <= width
    assert bool(drawn) == (total > 0 and length > 0)

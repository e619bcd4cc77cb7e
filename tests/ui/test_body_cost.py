"""How much is done per token, counted: no layouts, few frames, few strips, little lexing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from spark_tui.core.edits.model import FileOp, HunkId, TaggedLine
from spark_tui.core.events import Asked, EndpointLabel, Event, HunkGrew, HunkStarted, Said
from spark_tui.core.session import Session
from spark_tui.ui.style.highlight import LiveColours
from spark_tui.ui.transcript.widget import Transcript

TOKENS = 2000
PER_FRAME = 17
HUNK = HunkId(1, 1, "1")


class Stage(App[None]):
    CSS = "Static { height: 1; } Transcript { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield Static("head", markup=False)
        yield Transcript()
        yield Static("foot", markup=False)


def replay() -> Iterator[Event]:
    """2,000 tokens: a third prose, the rest a new Python file."""
    yield Asked(0, 1, "go", (), 1, EndpointLabel("sim", "", ""))
    for n in range(TOKENS // 3):
        yield Said(0, 1, f"word{n % 7} ")
    yield HunkStarted(0, 1, HUNK, "a.py", FileOp.CREATE)
    tokens = ["def ", "name", "(x", "): ", "return ", "x ", "+ ", "1  ", "# note"]
    tail = ""
    for n in range(TOKENS - TOKENS // 3):
        tail += tokens[n % 9]
        if n % 9 == 8:
            yield HunkGrew(0, 1, HUNK, (TaggedLine("+", tail),), "", "+")
            tail = ""
        else:
            yield HunkGrew(0, 1, HUNK, (), tail, "+")


async def painted(pilot: Pilot[None], body: Transcript) -> None:
    deadline = time.monotonic() + 5
    while body._direct.waiting:
        assert time.monotonic() < deadline
        await pilot.pause()


async def test_a_replay_of_2000_tokens_lays_nothing_out_and_builds_few_strips(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = 0
    whole = Compositor.render_full_update

    def counted(self: Compositor, simplify: bool = False) -> object:
        nonlocal full
        full += 1
        return whole(self, simplify)

    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        body = app.query_one(Transcript)
        body._colourist.warm(["a.py"])
        while body._colourist.loading:
            await pilot.pause()
        await painted(pilot, body)
        monkeypatch.setattr(Compositor, "render_full_update", counted)
        events = list(replay())
        frames = lines = 0
        built = body.document.built
        for start in range(0, len(events), PER_FRAME):
            batch = events[start : start + PER_FRAME]
            lines += sum(isinstance(e, HunkGrew) and bool(e.lines) for e in batch)
            body.handle(batch, Session())
            frames += 1
            await painted(pilot, body)
        assert full == 0
        assert frames <= 125
        # Each frame may rebuild the growing row, the header with its counts, and two rows that
        # are lexed again; each line is built once more when it is complete.
        assert body.document.built - built <= 2 * lines + 4 * frames + 40
        colours = body.document.hunks[HUNK]._colours
        assert isinstance(colours, LiveColours)
        received = sum(len(e.tail) for e in events if isinstance(e, HunkGrew) and not e.lines)
        text = sum(
            len(line.text) + 1 for e in events if isinstance(e, HunkGrew) for line in e.lines
        )
        assert received > text
        assert colours.lexed <= 10 * text


async def test_a_frame_with_nothing_new_asks_for_no_repaint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        body = app.query_one(Transcript)
        body.handle(list(replay()), Session())
        while not body.settled:
            await pilot.pause()
        await painted(pilot, body)
        asked: list[object] = []
        monkeypatch.setattr(body, "refresh", lambda *regions, **_: asked.append(regions))
        body.handle([], Session())
        assert asked == []


async def test_only_changed_rows_are_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        body = app.query_one(Transcript)
        body.handle([next(replay()), Said(0, 1, "one ")], Session())
        await painted(pilot, body)
        asked: list[tuple[object, ...]] = []
        monkeypatch.setattr(body, "refresh", lambda *regions, **_: asked.append(regions))
        body.handle([Said(0, 1, "two")], Session())
        assert len(asked) == 1
        assert len(asked[0]) == 1
        region = asked[0][0]
        assert (region.height, region.x, region.width) == (1, 7, 3)  # type: ignore[attr-defined]

"""What breaks while a turn is shown ends that turn with words; the next turn works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.message_pump import MessagePump

from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import HunksSet, Said
from spark_tui.ui import frame
from spark_tui.ui.actions.router import KeyRouter
from spark_tui.ui.app import SparkApp
from spark_tui.ui.bars.rule import Rule
from spark_tui.ui.bars.status import Status
from spark_tui.ui.code_view.widget import CodePane
from spark_tui.ui.input.focus import Where
from spark_tui.ui.latency.instrument import Instrument
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.session.screen import SessionScreen
from spark_tui.ui.style.screen_faults import ScreenFaults
from spark_tui.ui.transcript import document, row_view
from spark_tui.ui.transcript.row_view import RowScreen
from spark_tui.ui.transcript.widget import Transcript
from tests.ui.scripted import Drive, FakeConductor, driven

pytestmark = pytest.mark.faulty

TOLD = "a fault in spark-tui ended the answer: BrokenError"


class BrokenError(Exception):
    """What a bug raises."""


def broken_once(
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    when: Callable[..., bool] = lambda *_, **__: True,
) -> list[bool]:
    real = getattr(owner, name)
    done: list[bool] = []

    def call(*args: Any, **named: Any) -> Any:
        if not done and when(*args, **named):
            done.append(True)
            raise BrokenError
        return real(*args, **named)

    monkeypatch.setattr(owner, name, call)
    return done


def a_hunk(*args: Any) -> bool:
    return isinstance(args[1], HunksSet)


@pytest.mark.parametrize(
    ("owner", "name", "when"),
    [
        (frame, "step", lambda _, event: isinstance(event, Said)),
        (document.Document, "apply", a_hunk),
        (document.Document, "strip", None),
        (Transcript, "rows_presented", None),
        (row_view.RowScreen, "_row", None),
        (Status, "rows", None),
        (Rule, "rows", None),
        (Instrument, "handle", None),
        (KeyRouter, "send_queued", None),
    ],
    ids=lambda value: getattr(value, "__name__", value) if not isinstance(value, str) else value,
)
async def test_a_fault_in_showing_a_turn_ends_it_with_words(
    drive: Drive, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Any
) -> None:
    if owner is KeyRouter:
        owner = type(drive.app.desk.keys.prompts)
    await drive.ask("change it")
    done = broken_once(monkeypatch, owner, name, *([when] if when else []))
    await drive.first()
    await drive.until(lambda: bool(done))
    await drive.until(lambda: drive.fake.live.turns[0].ending is Ending.FAILED)
    await drive.settled()
    assert TOLD in drive.screen
    assert "def backoff(attempt, reply=None):" in drive.screen
    assert len(drive.fake.named("broke")) == 1
    drive.app.desk.give_keyboard(Where.PROMPT)
    await drive.ask("again")
    await drive.first()
    assert drive.fake.live.turns[1].ending is None
    assert len(drive.fake.named("broke")) == 1


async def test_a_screen_that_always_breaks_tells_it_once_a_turn(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise BrokenError

    await drive.ask("change it")
    monkeypatch.setattr(document.Document, "apply", never)
    await drive.first()
    await drive.until(lambda: drive.fake.live.turns[0].ending is Ending.FAILED)
    await drive.settled()
    drive.fake.push(Said(drive.at, 1, "more\n"))
    await drive.settled()
    assert len(drive.fake.named("broke")) <= 2  # once in the frame, once in mending it
    assert TOLD in drive.screen


async def test_a_key_that_breaks_is_told_and_the_next_one_works(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_once(monkeypatch, KeyRouter, "press")
    await drive.press("x")
    await drive.until(lambda: bool(drive.fake.named("broke")))
    await drive.press("y")
    assert drive.app.desk.prompt.draft.text == "y"


async def test_a_callback_that_nobody_waits_for_is_heard(drive: Drive) -> None:
    def call() -> None:
        raise BrokenError

    asyncio.get_running_loop().call_soon(call)
    await drive.until(lambda: bool(drive.fake.named("broke")))


class OddMessage(Message):
    """What a part of the screen is told of."""

    bubble = False


def in_a_message(part: Callable[[SparkApp], MessagePump]) -> Callable[[SparkApp], None]:
    def post(app: SparkApp) -> None:
        part(app).post_message(OddMessage())

    return post


def resized() -> Resize:
    size = Size(90, 30)
    return Resize(size, size)


def shows_again(app: SparkApp) -> None:
    app.desk.refresh(layout=True)


@pytest.mark.parametrize(
    ("owner", "name", "happens"),
    [
        (SparkApp, "_on_message", in_a_message(lambda app: app)),
        (SessionScreen, "_on_message", in_a_message(lambda app: app.desk)),
        (Transcript, "_on_message", in_a_message(lambda app: app.desk.transcript)),
        (Rule, "_on_message", in_a_message(lambda app: app.desk.rule)),
        (CodePane, "_on_message", in_a_message(lambda app: app.desk.code_pane)),
        (RowScreen, "on_resize", lambda app: app.desk.transcript.post_message(resized())),
        (SessionScreen, "stamped", lambda app: app.call_later(app.desk.stamped)),
        (SessionScreen, "stamped", lambda app: app.call_after_refresh(app.desk.stamped)),
        (SessionScreen, "stamped", lambda app: app.set_timer(0.01, app.desk.stamped)),
        (SparkApp, "tidy", lambda app: app.desk.set_timer(0.01, app.tidy)),
        (SparkApp, "shown", shows_again),
        (Compositor, "reflow", shows_again),
        (Compositor, "render_update", shows_again),
    ],
    ids=lambda value: getattr(value, "__name__", value) if not isinstance(value, str) else value,
)
async def test_a_fault_in_a_loop_of_the_framework_ends_the_turn_and_not_the_session(
    drive: Drive,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    happens: Callable[[SparkApp], None],
) -> None:
    await drive.ask("change it")
    await drive.first()
    done = broken_once(monkeypatch, owner, name)
    happens(drive.app)
    await drive.until(lambda: bool(done))
    await drive.until(lambda: drive.fake.live.turns[0].ending is Ending.FAILED)
    monkeypatch.undo()
    await drive.settled()
    assert TOLD in drive.screen
    assert "def backoff(attempt, reply=None):" in drive.screen
    assert drive.app.return_code is None
    drive.app.desk.give_keyboard(Where.PROMPT)
    await drive.ask("again")
    await drive.first()
    assert drive.fake.live.turns[1].ending is None


async def test_a_worker_that_breaks_is_told_of(drive: Drive) -> None:
    async def work() -> None:
        raise BrokenError

    drive.app.run_worker(work())
    await drive.until(lambda: bool(drive.fake.named("broke")))
    await drive.press("y")
    assert drive.app.desk.prompt.draft.text == "y"


async def test_what_breaks_again_and_again_ends_the_program_with_a_note(
    fake: FakeConductor,
) -> None:
    noted: list[BaseException] = []

    def note(error: BaseException) -> str:
        noted.append(error)
        return ""

    async def work() -> None:
        raise BrokenError

    async with driven(fake, options=ShellOptions(crash_note=note)) as drive:
        for _ in range(3):
            drive.app.run_worker(work())
        await drive.until(lambda: bool(noted))
        assert drive.app.return_code == 1
        drive.app._exception = None  # what the test's own driver would raise
    assert [type(error) for error in noted] == [BrokenError]


def test_faults_that_come_seldom_are_all_outlived() -> None:
    faults = ScreenFaults(lambda: 0)
    assert not faults.outlived(BrokenError(), 0.0)
    faults.tell = lambda _: None
    assert all(faults.outlived(BrokenError(), at) for at in (0.0, 0.1, 2.2, 2.3, 4.4))
    assert faults.outlived(BrokenError(), 4.5)
    assert not faults.outlived(BrokenError(), 4.6)


def test_before_there_is_anybody_to_tell_it_is_raised() -> None:
    with pytest.raises(BrokenError):
        ScreenFaults(lambda: 0).heard(BrokenError())


def test_the_fake_is_told_like_the_real_one(fake: FakeConductor) -> None:
    fake.broke(BrokenError())
    assert fake.named("broke")

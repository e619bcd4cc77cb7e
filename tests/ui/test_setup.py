"""F3: the endpoint list and the form that sets one up; a key is never where it does not belong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from textual.events import Paste

from spark_tui.core.endpoint.choices import EndpointChoice, EndpointDraft
from spark_tui.core.endpoint.probe import Check, ProbeStep, StepOutcome
from spark_tui.core.endpoint.wire import Ended, Ending, FaultKind, Need
from spark_tui.core.events import (
    EndpointLabel,
    EndpointSet,
    EndpointSetUp,
    EndpointTested,
    OnWire,
)
from spark_tui.core.remedy import Remedy
from spark_tui.ui.lists.endpoint_form import SetupForm
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.style.painted import plain
from tests.ui.scripted import Drive, FakeConductor, driven

KEY = "sk-proj-abcdefghijklmnop3f9a"
OPENAI = "https://api.openai.com/v1"
SIM = EndpointChoice("sim", EndpointLabel("simulated", "", "built in", simulated=True))
SPARK = EndpointChoice(
    "spark",
    EndpointLabel("spark", "gpt-5.3-codex-spark", "openai", "ws"),
    OPENAI,
    need=Need.KEY,
    ready=False,
)
MINE = EndpointChoice(
    "mine", EndpointLabel("mine", "m", "gpu", "chat"), "http://gpu:8000/v1", key_from="X_KEY"
)
LOCAL = EndpointChoice(
    "ollama", EndpointLabel("ollama", "", "127.0.0.1"), "http://127.0.0.1:11434/v1", ready=False
)


def use(fake: FakeConductor, used: str, previous: str = "") -> None:
    fake.choices = tuple(
        replace(one, in_use=one.name == used, previous=one.name == previous)
        for one in (SIM, MINE, SPARK, LOCAL)
    )


@pytest.fixture
async def kept() -> list[str]:
    return []


@pytest.fixture
async def drive(fake: FakeConductor, kept: list[str]) -> AsyncIterator[Drive]:
    use(fake, "sim")
    options = ShellOptions(remember=kept.append, keep_draft=kept.append)
    async with driven(fake, options=options) as running:
        yield running


async def paste(drive: Drive, text: str) -> None:
    drive.app.post_message(Paste(text))
    await drive.pilot.pause()


async def shows(drive: Drive, text: str) -> None:
    await drive.until(lambda: text in drive.screen)


def nowhere(drive: Drive, kept: list[str], key: str = KEY) -> None:
    """The key is on no screen, in no draft, history or file of drafts."""
    drive.app.keep_draft()
    assert key not in drive.screen
    assert key not in drive.app.desk.prompt.draft.expanded()
    assert not any(key in one for one in drive.app.desk.prompt.history.entries)
    assert not any(key in one for one in kept)


async def test_a_key_is_pasted_as_dots_tested_with_ticks_and_saved(
    drive: Drive, kept: list[str]
) -> None:
    await drive.press("f3")
    assert "▸ mine" in drive.screen
    await drive.press("down")
    assert "needs a key" in drive.screen
    await drive.press("enter")
    await paste(drive, f"{KEY}\n")
    assert "•" * 24 + "3f9a" in drive.screen
    assert "goes only to https://api.openai.com · Enter tests it" in drive.screen
    nowhere(drive, kept)
    await drive.press("enter")
    assert drive.fake.named("set_up_endpoint") == [(EndpointDraft("spark", key=KEY),)]
    assert "testing, Esc stops" in drive.screen
    for step, ns in (
        (ProbeStep.NAME, 4),
        (ProbeStep.CONNECT, 11),
        (ProbeStep.TLS, 23),
        (ProbeStep.KEY, None),
    ):
        took = None if ns is None else ns * 1_000_000
        drive.fake.push(EndpointTested(0, Check(step, StepOutcome.OK, took)))
    drive.fake.push(EndpointTested(0, Check(ProbeStep.PROXY, StepOutcome.SKIPPED)))
    drive.fake.push(EndpointTested(0, Check(ProbeStep.FIRST, StepOutcome.OK, 187_000_000)))
    drive.fake.push(EndpointSetUp(0, "spark", "~/.config/spark-tui/keys.toml"))
    await shows(drive, "saved, readable by you only: ~/.config/spark-tui/keys.toml")
    assert "✓ name 4   ✓ connect 11   ✓ TLS 23   ✓ key   ✓ first token 187 ms" in drive.screen
    nowhere(drive, kept)
    await drive.press("enter")
    assert drive.app.desk.popup.model is None


async def test_a_row_of_the_configuration_says_where_the_rest_of_it_is_changed(
    fake: FakeConductor,
) -> None:
    use(fake, "mine")
    fake.choices = tuple(replace(one, fixed=one.name == "mine") for one in fake.choices)
    async with driven(fake, (80, 24)) as drive:
        await drive.press("f3")
        assert "Enter uses it · e sets it up · Esc closes" in drive.screen
        await drive.press("up", "up", "up", "down", "e")
        assert "address and model: base_url and model of [endpoints.mine], config.toml" in (
            " ".join(drive.screen.split())
        )
        await drive.press("escape", "f3", "down", "e")
        assert "config.toml" not in drive.screen


async def test_a_refusal_saves_nothing_and_the_key_can_be_pasted_again(drive: Drive) -> None:
    await drive.press("f3", "down", "enter", *"sk-wrong", "enter")
    drive.fake.push(EndpointTested(0, Check(ProbeStep.KEY, StepOutcome.FAILED, None, "no", ("x",))))
    drive.fake.push(EndpointSetUp(0, "spark", "", "key: openai refused the key"))
    await shows(drive, "nothing is saved")
    assert "✗ key" in drive.screen
    assert "key: openai refused the key" in drive.screen
    await paste(drive, KEY)
    await drive.press("enter")
    assert drive.fake.named("set_up_endpoint")[-1] == (EndpointDraft("spark", key=KEY),)


async def test_esc_stops_a_test_then_closes(drive: Drive) -> None:
    await drive.press("f3", "down", "enter", *"sk-1", "enter", "escape")
    assert drive.fake.named("stop_set_up") == [()]
    assert "stopped, nothing is saved" in drive.screen
    await drive.press("escape")
    assert drive.app.desk.popup.model is None
    assert drive.app.desk.prompt.empty


async def test_f3_closes_no_form_and_its_letters_are_no_commands(drive: Drive) -> None:
    await drive.press("f3", "down", "enter", *"jkqe/?@")
    assert drive.app.desk.popup.model is not None
    await drive.press("backspace", "backspace", "enter")
    assert drive.fake.named("set_up_endpoint") == [(EndpointDraft("spark", key="jkqe/"),)]


async def test_a_paste_on_the_list_is_a_key_not_an_instruction(
    drive: Drive, kept: list[str]
) -> None:
    await drive.press("f3", "down")
    await paste(drive, KEY)
    assert "3f9a" in drive.screen
    nowhere(drive, kept)
    await drive.press("escape")
    assert drive.app.desk.prompt.empty
    nowhere(drive, kept)


async def test_a_key_pasted_into_the_prompt_goes_nowhere(drive: Drive, kept: list[str]) -> None:
    await paste(drive, KEY)
    assert "F3 takes it" in drive.screen
    assert drive.app.desk.prompt.empty
    nowhere(drive, kept)
    await paste(drive, "use sk-proj-abcdefghijklmnop3f9a as the example")
    assert "as the example" in drive.app.desk.prompt.draft.expanded()


async def test_other_asks_for_an_address(drive: Drive) -> None:
    await drive.press("f3", "end", "enter", *"gpu:9000")
    assert "goes only to http://gpu:9000, unencrypted · Enter" in drive.screen
    await drive.press("enter", *"tiny", "tab", *"k-1", "enter")
    draft = EndpointDraft("", "gpu:9000", "tiny", "k-1")
    assert drive.fake.named("set_up_endpoint") == [(draft,)]


async def test_f3_enter_goes_back_to_the_previous_one(drive: Drive) -> None:
    use(drive.fake, "sim", previous="mine")
    await drive.press("f3", "enter")
    assert drive.fake.named("use_endpoint") == [("mine",)]


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        (FaultKind.AUTH, "key"),
        (FaultKind.NOT_FOUND, "model"),
        (FaultKind.NOT_A_STREAM, "address"),
    ],
)
async def test_after_a_refusal_f3_enter_sets_a_new_one(
    fault: FaultKind, field: str, drive: Drive
) -> None:
    use(drive.fake, "mine", previous="sim")
    drive.fake.choices = tuple(replace(one, movable=True) for one in drive.fake.choices)
    drive.fake.push(OnWire(0, 1, Ended(0, Ending.FAILED, fault, "refused", (Remedy.NEW_KEY,))))
    await drive.until(lambda: drive.app.desk.keys.endpoints._fault is fault)
    await drive.press("f3")
    assert "▸ mine" in drive.screen
    assert "in use · refused" in drive.screen
    await drive.press("enter")
    form = drive.app.desk.popup.model.form if drive.app.desk.popup.model else None
    assert isinstance(form, SetupForm)
    assert form.fields[form._at].name == field


async def test_e_changes_the_model_and_an_empty_key_keeps_the_known_one(drive: Drive) -> None:
    await drive.press("f3", "e")
    assert "empty: the one from X_KEY" in drive.screen
    assert "address http://gpu:8000/v1" in drive.screen
    await drive.press("up", "ctrl+u", *"next", "enter", "enter")
    assert drive.fake.named("set_up_endpoint") == [(EndpointDraft("mine", "", "next", ""),)]


async def test_an_endpoint_nobody_tried_is_tested_before_it_is_used(drive: Drive) -> None:
    await drive.press("f3", "end", "up")
    assert "▸ ollama" in drive.screen
    assert "Enter tries it" in drive.screen
    await drive.press("enter", "enter")
    assert drive.fake.named("use_endpoint") == []
    assert drive.fake.named("set_up_endpoint") == [(EndpointDraft("ollama"),)]


async def test_a_simulated_start_is_not_put_down_to_a_missing_key_where_there_is_one(
    fake: FakeConductor,
) -> None:
    use(fake, "sim")
    fake.session = replace(fake.session, endpoint=SIM.label)
    async with driven(fake) as drive:
        assert "The endpoint is simulated: it can rename" in drive.screen
        assert "No key is set" not in drive.screen


async def test_a_simulated_endpoint_of_ones_own_keeps_its_name(fake: FakeConductor) -> None:
    own = EndpointLabel("127.0.0.1:8123", "", "127.0.0.1")
    use(fake, "sim")
    fake.session = replace(fake.session, endpoint=own)
    async with driven(fake) as drive:
        assert "is simulated" not in drive.screen
        fake.push(EndpointSet(0, replace(own, model="simulated", simulated=True)))
        await drive.until(lambda: "The endpoint 127.0.0.1:8123 is simulated" in drive.screen)
        assert drive.text[0].rstrip().endswith("simulated · 127.0.0.1:8123")
        assert "built in" not in drive.screen
        assert "Nothing leaves this machine" not in drive.screen


async def test_the_greeting_follows_the_endpoint(fake: FakeConductor) -> None:
    use(fake, "sim")
    fake.session = replace(fake.session, endpoint=SIM.label)
    async with driven(fake) as drive:
        assert "The endpoint is simulated" in drive.screen
        await drive.press("f3", "enter")
        await drive.settled()
        assert "The endpoint is simulated" not in drive.screen
        assert "Point at code" in drive.screen


async def test_what_lacks_its_key_says_so_at_the_start(fake: FakeConductor) -> None:
    use(fake, "spark")
    async with driven(fake) as drive:
        assert "spark needs a key: F3 sets it. Nothing is sent before." in drive.screen
        await drive.press("f3")
        assert "in use · needs a key" in drive.screen
        await drive.press("enter", *"sk-1", "enter")
        assert fake.named("set_up_endpoint") == [(EndpointDraft("spark", key="sk-1"),)]


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_the_outcome_is_on_the_screen_at_every_size(
    size: tuple[int, int], fake: FakeConductor
) -> None:
    fake.choices = tuple(
        replace(SPARK, name=f"one{n}", label=replace(SPARK.label, name=f"one{n}"))
        for n in range(20)
    )
    async with driven(fake, size) as drive:
        await drive.press("f3", "enter", *"sk-1", "enter")
        fake.push(
            EndpointTested(0, Check(ProbeStep.NAME, StepOutcome.FAILED, 2_000_000, "x", ("y",)))
        )
        fake.push(EndpointSetUp(0, "one0", "", "name: no such name " * 4, ("check it " * 9,)))
        await shows(drive, "nothing is saved")
        assert "▸ one0" in drive.screen


def test_a_short_key_shows_nothing_of_itself_and_dots_have_a_stand_in() -> None:
    form = SetupForm(SPARK, lambda _: None, lambda: None, lambda: None)
    form.paste("sk-12345")
    assert form.fields[0].shown == "•" * 8
    assert plain(form.fields[0].shown) == "*" * 8
    assert "sk-12345" not in repr(form.fields)


def test_a_name_of_hostile_text_is_made_harmless() -> None:
    form = SetupForm(None, lambda _: None, lambda: None, lambda: None)
    form.paste("http://x\x1b[31m:1")
    form.running = True
    form.ended(EndpointSetUp(0, "x", "", "bad \x1b]0;t\x07", ("way \x1b[2J",)))
    assert "\x1b" not in "".join(text for row in form.rows(60) for _, text in row)

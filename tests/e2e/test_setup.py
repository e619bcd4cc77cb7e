"""An endpoint set up in a real terminal: the key is on disk for its owner, and nowhere else."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start

pytestmark = pytest.mark.pty

KEY = "sk-test-0123456789abcdef3f9a"


def test_a_key_is_tested_saved_and_used_at_the_next_start(
    terminal: Start, sim: Callable[..., Sim], home: Path
) -> None:
    server = sim("--key", KEY)
    address = server.url.removeprefix("http://")
    term = terminal("demo", "--dir", str(home / "demo"))
    term.wait_for("simulated · built in")
    term.wait_for("say what to change")
    term.send("\x1bOR")  # F3
    term.wait_for("any OpenAI-compatible address")
    term.send("\x1b[F\r")  # End, Enter
    term.wait_for("empty: none is sent")
    term.type(address)
    term.press("enter")
    term.press("enter")
    term.send(f"\x1b[200~{KEY}\x1b[201~")
    term.wait_for("••3f9a")
    term.press("enter")
    term.wait_for("saved, readable by you only")
    term.press("enter")
    term.wait_gone("any OpenAI-compatible address")
    term.type("hello")
    term.wait_for("hello")
    term.press("enter")
    term.wait_for("only a few sentences that I follow exactly")
    assert KEY.encode() not in term.raw
    term.press("ctrl+c")
    term.press("ctrl+c")
    assert term.wait_exit() == 0
    holding = [p for p in home.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]
    assert [p.name for p in holding] == ["keys.toml"]
    assert stat.S_IMODE(holding[0].stat().st_mode) == 0o600
    again = terminal("doctor")
    again.wait_for("works")
    assert "from keys.toml" in again.screen()
    assert KEY.encode() not in again.raw
    assert again.wait_exit() == 0

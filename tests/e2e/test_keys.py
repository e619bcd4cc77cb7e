"""`spark-tui keys` in a real terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = pytest.mark.pty


def test_keys_are_echoed_with_their_bytes_and_the_terminal_given_back(
    terminal: Start, home: Path
) -> None:
    config = home / "config" / "spark-tui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('[keys]\nkeep = "f9"\n')
    term = terminal("keys")
    term.wait_for("press keys · Ctrl+C twice ends")
    term.press("up")
    term.wait_for_match(r"(?m)^  bytes +key +does\n  1b 5b 41 +up +.*history-up")
    term.send("\x1b[20~")
    term.wait_for_match(r"(?m)^  1b 5b 32 30 7e +f9 +review: keep$")
    term.press("esc")
    term.wait_for_match(r"(?m)^  1b +escape +anywhere: escape$")
    term.press("ctrl+c")
    term.wait_for_match(r"(?m)^  03 +ctrl\+c +anywhere: interrupt$")
    term.press("ctrl+c")
    assert term.wait_exit() == 0
    term.assert_restored()

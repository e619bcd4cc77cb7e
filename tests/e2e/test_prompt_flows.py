"""The prompt in a real terminal: the person's shell, editor and clipboard, and vim's keys."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = pytest.mark.pty


def test_mouse_shell_editor_and_clipboard_are_the_persons_own(
    terminal: Start, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "rename add to plus in @calc.py" > "$1"\n')
    editor.chmod(0o755)
    given = {"EDITOR": str(editor), "SOME_API_KEY": "sk-secret", "SHELL": "/bin/sh"}
    term = terminal("demo", "--vim", env=given)
    term.wait_for("simulated · built in")
    seen = [term.modes[1000]]
    for said in ("mouse is off: the terminal selects · F5 turns it on", "mouse is on"):
        term.press("f5")
        term.wait_for(said)
        seen.append(term.modes[1000])
    assert seen == [True, False, True]

    term.type("!echo key=$SOME_API_KEY in $(basename $PWD)\r")
    term.wait_for("  key= in httpkit")
    term.wait_for("ended, 1 line, sent nowhere")

    term.type("rough")
    term.press("esc")
    term.wait_for("── normal")
    term.press("ctrl+x")
    term.press("ctrl+e")
    term.wait_for("› rename add to plus in @calc.py")
    term.press("enter")
    term.wait_for("tokens in")
    term.review()
    term.press("Y")
    term.wait_for("copied")
    copied = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", term.raw)
    assert "def plus(a, b):" in base64.b64decode(copied[-1]).decode()
    assert b"sk-secret" not in term.raw

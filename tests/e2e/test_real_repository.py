"""The main job on code nobody wrote for it: a real package as a git repository."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import idna
import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start

pytestmark = pytest.mark.pty


def git(root: Path, *args: str) -> str:
    done = subprocess.run(
        ["git", *args], cwd=root, capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout


def test_one_function_is_renamed_reviewed_and_taken_back(
    terminal: Start, sim: Callable[..., Sim], repository: Callable[..., Path]
) -> None:
    root = repository(Path(idna.__file__).parent, "idna")
    file = root / "core.py"
    before = file.read_bytes()
    assert b"def check_nfc(" in before
    notes = root / "notes.txt"
    notes.write_text("mine\n")
    state = (
        git(root, "rev-parse", "HEAD") + git(root, "stash", "list") + git(root, "diff", "--cached")
    )

    term = terminal(cwd=root, env={"OPENAI_BASE_URL": sim("--rate", "1000").url})
    term.wait_for("say what to change")
    term.wait_for("idna ⎇ main")
    text = "rename check_nfc to check_normal_form in @core.py"
    term.type(text)
    term.wait_for(text)
    term.press("enter")
    term.review()
    term.wait_for("check_nfc → check_normal_form")
    term.press("A")
    term.wait_for_match(r"applied (\d+ hunks )?in")
    after = file.read_text()
    assert after == re.sub(r"\bcheck_nfc\b", "check_normal_form", before.decode())
    ast.parse(after)
    assert git(root, "status", "--porcelain") == " M core.py\n?? notes.txt\n"
    term.press("ctrl+x", "u")
    term.wait_for("undone in")
    assert file.read_bytes() == before
    assert notes.read_text() == "mine\n"
    assert state == git(root, "rev-parse", "HEAD") + git(root, "stash", "list") + git(
        root, "diff", "--cached"
    )
    term.press("ctrl+d")
    assert term.wait_exit() == 0
    term.assert_restored()

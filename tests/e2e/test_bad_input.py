"""Every wrong turn is one clear line with the way out, and nothing is written."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start, Terminal

pytestmark = pytest.mark.pty

CODE = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def root(tmp_path: Path, repository: Callable[..., Path]) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "calc.py").write_text(CODE)
    return repository(source, "code")


def ask(term: Terminal, text: str) -> None:
    term.wait_for("say what to change")
    term.wait_for("⎇ main")
    term.type(text)
    term.wait_for(text)
    term.press("enter")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (("init", "-q", "--bare", "."), "this repository has no files to edit"),
        ((), "is not in a git worktree · cd into one, or: spark-tui demo"),
    ],
)
def test_without_a_worktree_the_terminal_is_given_back_with_one_line(
    make: tuple[str, ...], told: str, tmp_path: Path, terminal: Start
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    if make:
        subprocess.run(["git", *make], cwd=place, check=True, timeout=20)
    term = terminal(cwd=place)
    assert term.wait_exit() == 1
    # Where the terminal wraps depends on the length of the path.
    assert "".join(told.split()) in "".join(term.screen().split())
    term.assert_restored()


def test_a_repository_without_commits_is_edited_and_undone(tmp_path: Path, terminal: Start) -> None:
    place = tmp_path / "fresh"
    place.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", "."], cwd=place, check=True, timeout=20)
    (place / "calc.py").write_text(CODE)
    term = terminal("--endpoint", "sim", cwd=place)
    ask(term, "rename add to plus in @calc.py")
    term.review()
    term.press("A")
    term.wait_for("applied")
    assert "def plus" in (place / "calc.py").read_text()
    term.press("ctrl+x", "u")
    term.wait_for("undone in")
    assert (place / "calc.py").read_text() == CODE


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--key", "right"), "wants a key, none was sent · set OPENAI_API_KEY, or F3"),
        (("--fault", "html"), "sent a web page, not a stream · F3 shows the address"),
        (("--fault", "path-escape"), "is outside this repository, never written"),
        (("--fault", "missing-file"), "is not here"),
    ],
)
def test_what_an_endpoint_does_wrong_is_told_and_nothing_is_written(
    flags: tuple[str, ...],
    told: str,
    root: Path,
    terminal: Start,
    sim: Callable[..., Sim],
) -> None:
    term = terminal(cwd=root, env={"OPENAI_BASE_URL": sim(*flags).url})
    ask(term, "rename add to plus in @calc.py")
    term.wait_until(lambda screen: told in " ".join(screen.split()), told)
    assert (
        subprocess.run(
            ["git", "status", "--porcelain"], cwd=root, capture_output=True, check=True, timeout=20
        ).stdout
        == b""
    )


def test_an_address_where_nobody_listens_keeps_the_draft(root: Path, terminal: Start) -> None:
    term = terminal(cwd=root, env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    ask(term, "rename add to plus in @calc.py")
    term.wait_until(lambda screen: "cannot reach 127.0.0.1" in screen, "the cause")
    term.press("up")
    term.wait_until(lambda screen: "› rename add to plus in @calc.py" in screen, "the draft")


def test_an_answer_in_prose_says_how_to_name_a_file(root: Path, terminal: Start) -> None:
    term = terminal("--endpoint", "sim", cwd=root)
    ask(term, "sing me a song")
    term.wait_for("no edit in the answer · name the file")


def test_a_file_that_cannot_be_read_sends_nothing(
    root: Path, terminal: Start, sim: Callable[..., Sim]
) -> None:
    server = sim()
    (root / "pipe.py").symlink_to(root / "calc.py")
    term = terminal(cwd=root, env={"OPENAI_BASE_URL": server.url})
    ask(term, "rename add to plus in @pipe.py")
    term.wait_for("nothing sent")
    assert server.records(0) == []

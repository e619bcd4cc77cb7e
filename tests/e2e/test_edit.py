"""`spark-tui edit` in a real terminal, and as a filter of a real vim."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start

pytestmark = pytest.mark.pty

CODE = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a + b\n"
VIM = shutil.which("vim") or shutil.which("vi")


def documented(language: str) -> str:
    """The first block of this language in the page on editors."""
    page = Path(__file__).parents[2] / "spark_tui" / "docs" / "editors.md"
    return page.read_text().split(f"```{language}\n", 1)[1].split("```", 1)[0]


@pytest.fixture
def root(tmp_path: Path, repository: Callable[..., Path]) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "calc.py").write_text(CODE)
    return repository(source, "code")


def test_an_edit_is_seen_kept_and_taken_back(
    root: Path, terminal: Start, sim: Callable[..., Sim]
) -> None:
    there = {"OPENAI_BASE_URL": sim("--rate", "0").url}
    asked = ("edit", "calc.py:6", "-m", "replace + with -")
    term = terminal(*asked, cwd=root, env=there, size=(80, 24))
    term.wait_for("calc.py:6 ")
    term.wait_for("y keep and close")
    assert "    6 +     return a - b" in term.screen().replace("▌", " ").replace("\xa0", " ")
    term.press("y")
    assert term.wait_exit() == 0
    term.assert_restored()
    assert "applied 1 hunk in calc.py · #1 · take back: spark-tui undo 1" in term.screen()
    assert (root / "calc.py").read_text() == CODE[: CODE.rindex("+")] + "- b\n"
    undo = terminal("undo", cwd=root)
    assert undo.wait_exit() == 0
    assert (root / "calc.py").read_text() == CODE


def test_say_keep_the_first_hunk_while_a_later_one_streams(
    root: Path, terminal: Start, sim: Callable[..., Sim]
) -> None:
    middle = "".join(f"CONSTANT_NUMBER_{n} = {n}\n" for n in range(90))
    code = "".join(f"def part_{n}():\n    return old\n\n\n{middle}" for n in range(3))
    (root / "calc.py").write_text(code)
    slow = sim("--rate", "80")
    term = terminal("edit", cwd=root, env={"OPENAI_BASE_URL": slow.url})
    term.wait_for("find a file")
    term.type("calc")
    term.wait_for("▸ calc.py")
    term.press("enter")
    term.wait_for("line 1 of")
    term.press("v")
    term.type("G")
    term.wait_for("lines 1-282")
    term.press("enter")
    term.wait_for("╰ ›")
    term.type("replace old with new")
    term.wait_for("282 lines + 0 around")
    term.press("enter")
    term.wait_for_match(r"○ calc.py:2 .*hunk 1/\d…")
    term.press("y")
    term.wait_for("kept, written at the end")
    assert "writing" in term.screen()
    assert (root / "calc.py").read_text() == code
    term.wait_for("applied in")
    assert (root / "calc.py").read_text() == code.replace("old", "new", 1)
    term.wait_for("A keep all")
    term.type("A")
    assert term.wait_exit() == 0
    assert (root / "calc.py").read_text() == code.replace("old", "new")


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (("nope.py", "--endpoint", "sim"), 1, "nope.py is not here"),
        (("calc.py:9-40", "--endpoint", "sim"), 2, "calc.py has 6 lines, not 40"),
        (("calc.py",), 2, "no endpoint is configured"),
    ],
)
def test_what_cannot_begin_is_one_line(
    args: tuple[str, ...], status: int, told: str, root: Path, terminal: Start
) -> None:
    term = terminal("edit", *args, cwd=root)
    assert term.wait_exit() == status
    term.assert_restored()
    assert told in term.screen()


@pytest.mark.skipif(VIM is None, reason="vim is not installed")
@pytest.mark.parametrize(("fault", "ends"), [((), "a - b\n"), (("--fault", "cut"), "a + b\n")])
def test_vim_filters_the_buffer_and_loses_nothing(
    fault: tuple[str, ...],
    ends: str,
    root: Path,
    terminal: Start,
    sim: Callable[..., Sim],
    environment: dict[str, str],
) -> None:
    # The plainest terminal: vim asks others for what the reader of the screen can't parse.
    there = {"OPENAI_BASE_URL": sim("--rate", "0", *fault).url, "TERM": "vt100"}
    assert VIM is not None
    version = subprocess.run([VIM, "--version"], capture_output=True, check=True).stdout
    commands = root.parent / "commands.vim"
    commands.write_text(documented("vim"))
    said = b"+eval" in version  # a tiny vim knows no commands of one's own
    run = ("-N", "-u", str(commands) if said else "NONE", "-i", "NONE", "-n", "calc.py")
    term = terminal(*run, cwd=root, env=there, program=(VIM,))
    term.wait_for("def sub")
    plain = "!spark-tui edit --keep --name %:t -m 'replace + with -'"
    term.type(f":5,${'Spark replace + with -' if said else plain}\r")
    if fault:
        term.wait_for("shell returned 1")
        term.press("enter")
    else:
        term.wait_for(ends.strip())
    term.type(":wq\r")
    assert term.wait_exit() == 0
    assert (root / "calc.py").read_text() == CODE[: CODE.rindex("a")] + ends
    told = subprocess.run(
        ["spark-tui", "log"], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert ("the answer broke off" in told.stdout) is bool(fault)

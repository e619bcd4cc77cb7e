"""`spark-tui green` as a shell runs it: a real repository, real checks, the simulated endpoint."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spark_tui.cli import main
from tests import loops
from tests.commands.conftest import git

Make = Callable[[dict[str, str]], Path]
Green = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def server() -> Iterator[loops.ScriptedServer]:
    with loops.ScriptedServer().served() as served:
        yield served


@pytest.fixture
def project(
    repository: Make, server: loops.ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("OPENAI_BASE_URL", server.address)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return repository(loops.PROJECT)


@pytest.fixture
def green(project: Path, capsys: pytest.CaptureFixture[str]) -> Green:
    """Runs the loop over the project's check; its exit status and JSON lines."""

    def run(*args: str, command: tuple[str, ...] = loops.COMMAND) -> tuple[int, list[Any]]:
        status = main(["green", "--json", *args, *(("--", *command) if command else ())])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_a_red_check_becomes_green(project: Path, server: Any, green: Green) -> None:
    server.says(loops.FIX)
    status, (attempt, end) = green()
    assert status == 0
    assert (attempt["attempt"], attempt["green"], attempt["stands"]) == (1, True, True)
    fixed = ["tests_of_calc.py::test_add", "tests_of_calc.py::test_mul"]
    assert attempt["fixed"] == fixed
    assert (end["ending"], end["failing_before"], end["failing"]) == ("green", fixed, [])
    assert (end["tests"], end["group"], end["attempts"]) == (3, attempt["entry"], 1)
    assert attempt["tokens"] > 0
    whole = Path(end["output"])
    assert (whole.stat().st_mode & 0o777, "3 passed" in whole.read_text()) == (0o600, True)
    assert main(["undo", f"green:{end['group']}"]) == 0
    assert (project / "calc.py").read_text() == loops.CALC
    assert git(project, "status", "--porcelain") == ""


def test_half_a_fix_then_worse_then_the_rest(project: Path, server: Any, green: Green) -> None:
    server.says(loops.HALF, loops.patch("calc.py", loops.SUB_BROKEN), loops.REST)
    status, (one, two, three, end) = green("-m", "mend the arithmetic")
    assert [row["verdict"] for row in (one, two, three)] == ["better", "worse", "better"]
    assert [row["stands"] for row in (one, two, three)] == [True, False, True]
    assert two["new"] == ["tests_of_calc.py::test_sub"]
    assert (status, end["ending"]) == (0, "green")
    fixed = loops.with_change(loops.CALC, [loops.ADD, loops.MUL])
    assert (project / "calc.py").read_text() == fixed
    assert main(["undo", f"green:{end['group']}"]) == 0
    assert (project / "calc.py").read_text() == loops.CALC


def test_what_the_check_writes_is_taken_back_with_the_loop(
    project: Path, server: Any, green: Green
) -> None:
    (project / "runs.txt").write_bytes(b"one\r\n")
    git(project, "add", "runs.txt")
    git(project, "commit", "-q", "-m", "count runs")
    noisy = "open('runs.txt', 'ab').write(b'again'); open('junk.log', 'a'); import check"
    server.says(loops.FIX)
    status, rows = green(command=(loops.COMMAND[0], "-c", noisy))
    end = rows[-1]
    assert (status, end["ending"]) == (0, "green")
    assert (end["check_wrote"], end["beyond"]) == (["runs.txt"], ["junk.log"])
    assert (project / "runs.txt").read_bytes() == b"one\r\n" + b"again" * 4
    assert main(["undo", f"green:{end['group']}"]) == 0
    assert (project / "runs.txt").read_bytes() == b"one\r\n"
    assert git(project, "status", "--porcelain") == "?? junk.log\n"


def test_tests_change_only_where_that_is_said_and_are_a_doubt_then(
    project: Path, server: Any, green: Green
) -> None:
    server.says(loops.CHEAT_AND_FIX)
    status, rows = green("--allow-tests", "--attempts", "1")
    assert (status, rows[-1]["ending"]) == (4, "green?")
    assert (project / "tests_of_calc.py").read_text() != loops.TESTS


def test_a_model_that_gives_up_is_heard(project: Path, server: Any, green: Green) -> None:
    server.says(loops.GIVES_UP)
    status, (row, end) = green()
    assert (status, end["ending"], end["reason"]) == (
        1,
        "gave up",
        "the tests contradict one another",
    )
    assert row["said"] == end["reason"]
    assert (project / "calc.py").read_text() == loops.CALC


def test_green_already_and_a_check_that_does_not_run(green: Green, project: Path) -> None:
    (project / "calc.py").write_text(loops.with_change(loops.CALC, [loops.ADD, loops.MUL]))
    assert green()[0] == 0
    status, (end,) = green(command=("no-such-program-here",))
    assert (status, end["ending"]) == (3, "check broke")


def test_the_projects_own_check_needs_a_yes(project: Path, green: Green) -> None:
    (project / ".spark.toml").write_text('[[checks]]\nrun = "true"\n')
    assert green(command=())[0] == 2
    assert green("--trust", command=())[0] == 0
    assert green("--trust", "--check", "nothing", command=())[0] == 2


def test_wrong_arguments_are_said_in_one_line(
    project: Path, green: Green, capsys: pytest.CaptureFixture[str]
) -> None:
    assert green(command=())[0] == 2
    assert main(["green", "--"]) == 2
    assert main(["green", "--attempts", "0", "--", "true"]) == 2
    assert main(["green", "--check", "x", "--", "true"]) == 2
    assert "attempts" in capsys.readouterr().err


def test_a_check_sees_no_keys_and_ends_at_the_limit(
    project: Path, green: Green, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    saw = "import os, sys; print(sorted(os.environ)); sys.exit(1)"
    server.says(loops.GIVES_UP)
    _, rows = green(command=(loops.COMMAND[0], "-c", saw))
    assert "OPENAI_API_KEY" not in Path(rows[-1]["output"]).read_text()
    monkeypatch.delenv("GIT_DIR")
    slow = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    status, (end,) = green("--seconds", "0.5", command=(loops.COMMAND[0], "-c", slow))
    assert (status, end["ending"]) == (1, "budget")
    with pytest.raises(ProcessLookupError):
        os.kill(int((project / "pid").read_text()), 0)

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from spark_tui.cli import main
from spark_tui.services.processes import spawn_self
from tests.commands.conftest import git
from tests.replying import Replying

Make = Callable[[dict[str, str]], Path]
Serve = Callable[..., None]
Run = Callable[..., tuple[int, bytes, str]]

CALC = "def add(a, b):\n    return a + b\n"
PLUS = """*** Begin Patch
*** Update File: calc.py
@@
-    return a + b
+    return b + a
*** End Patch
"""
RENAME = ("-m", "rename add to plus", "--name", "calc.py")


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[..., str]]:
    """Addresses of simulated endpoints by their flags, each started once."""
    running: dict[tuple[str, ...], str] = {}
    with ExitStack() as stack:

        def address(*flags: str) -> str:
            if flags not in running:
                server = spawn_self(["sim", "--rate", "0", "--ttft", "0", *flags])
                stack.callback(server.stop)
                running[flags] = f"http://127.0.0.1:{server.read_port()}/v1"
            return running[flags]

        yield address


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration and no endpoint but those a test sets."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "SPARK_TUI_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve(alone: None, servers: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Serve:
    """The endpoint of the environment is a simulated one with these flags."""

    def use(*flags: str) -> None:
        monkeypatch.setenv("OPENAI_BASE_URL", servers(*flags))

    return use


@pytest.fixture
def replies(alone: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """The endpoint of the environment answers with this text, whatever it is asked."""
    server = Replying()
    monkeypatch.setenv("OPENAI_BASE_URL", server.address)
    monkeypatch.setenv("SPARK_TUI_MODEL", "m")
    yield lambda text: setattr(server, "text", text)
    server.close()


@pytest.fixture
def edit(
    alone: None, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Runs `edit` on code from stdin: exit status, stdout's bytes, stderr."""

    def run(*args: str, code: str | bytes = "") -> tuple[int, bytes, str]:
        data = code.encode() if isinstance(code, str) else code
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        status = main(["edit", *args])
        printed = capfdbinary.readouterr()
        return status, printed.out, printed.err.decode()

    return run


@pytest.mark.parametrize("written", ["v4a", "search-replace"])
def test_a_filter_turns_code_into_code_and_prints_nothing_else(
    written: str, serve: Serve, edit: Run
) -> None:
    serve("--format", written)
    assert edit(*RENAME, code=CALC) == (0, CALC.replace("add", "plus").encode(), "")


@pytest.mark.parametrize(
    "code",
    [
        b"\xef\xbb\xbfdef add():\r\n    pass  # \xc3\xa9\r\n",
        b"def add():\n    return 1  # \xe9",
        b"def add():\n\treturn '\x0c\x1b'\n\n\n",
    ],
)
def test_a_filter_keeps_every_byte_it_does_not_edit(code: bytes, serve: Serve, edit: Run) -> None:
    serve()
    assert edit(*RENAME, code=code) == (0, code.replace(b"add", b"plus"), "")


@pytest.mark.parametrize(
    ("answer", "status", "out"),
    [
        ("Sure.\n\n```python\n{plus}```\nDone.\n", 0, "{plus}"),
        ("```\n{plus}```\n", 0, "{plus}"),
        ("Swapping.\n<<<<<<< SEARCH\n{calc}=======\n{plus}>>>>>>> REPLACE\n", 0, "{plus}"),
        ("```\n{plus}```\nor\n```\n{calc}```\n", 1, "{calc}"),
        ("Run it:\n```bash\npytest\n```\n", 1, "{calc}"),
        ("```python\n{plus}", 1, "{calc}"),
    ],
)
def test_what_names_no_file_is_for_the_code_on_stdin(
    answer: str, status: int, out: str, edit: Run, replies: Callable[[str], None]
) -> None:
    texts = {"calc": CALC, "plus": CALC.replace("add", "plus")}
    replies(answer.format(**texts))
    assert edit(*RENAME, "--keep", code=CALC) == (status, out.format(**texts).encode(), "")


def test_code_without_a_file_name_is_code(serve: Serve, edit: Run) -> None:
    serve()
    rename = ("-m", "rename add to plus")
    for name in ((), ("--name", "")):
        assert edit(*rename, *name, code=CALC) == (0, CALC.replace("add", "plus").encode(), "")
    one_line = "    total = add(1, 2)\n"
    assert edit(*rename, code=one_line) == (0, one_line.replace("add", "plus").encode(), "")


def test_code_from_nothing_is_a_new_file(serve: Serve, edit: Run) -> None:
    serve()
    status, out, _ = edit("-m", "create stdin.txt with remember the milk")
    assert (status, out) == (0, b"remember the milk\n")


BAD = [
    (("--fault", "cut"), "the answer broke off, nothing written"),
    (("--fault", "eof"), "the answer broke off, nothing written"),
    (("--fault", "incomplete"), "nothing written"),
    (("--fault", "prose"), 'no edit in the answer: "It depends: both ways'),
    (("--fault", "missing-file"), "the edit is for no/such/file.py, not for calc.py"),
    (("--fault", "path-escape"), "the edit is for ../outside.txt, not for calc.py"),
    (("--fault", "ambiguous-hunk"), "fits in 2 places"),
    (("--fault", "html"), "sent a web page, not a stream"),
    (("--key", "right"), "set OPENAI_API_KEY"),
]


@pytest.mark.parametrize(("flags", "told"), BAD)
def test_what_goes_wrong_is_one_line_and_keep_gives_the_input_back(
    flags: tuple[str, ...], told: str, serve: Serve, edit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(*flags)
    if flags[0] == "--key":
        monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-secret-value")
    code = (CALC + "    return a + b\r\n").encode() + b"# \xff"
    status, out, err = edit(*RENAME, code=code)
    assert (status, out) == (1, b"")
    assert told in err
    assert err.startswith("spark-tui: ")
    assert err.count("\n") == 1
    assert "secret" not in err
    assert "F3" not in err
    assert edit(*RENAME, "--keep", code=code) == (1, code, "")


def test_why_a_filter_gave_its_input_back_is_in_the_log(
    serve: Serve, edit: Run, repository: Make, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    repository({"calc.py": CALC})
    serve("--fault", "cut")
    assert edit(*RENAME, "--keep", code=CALC) == (1, CALC.encode(), "")
    assert main(["log"]) == 0
    told = capfdbinary.readouterr().out.decode()
    assert told.startswith("not edited  ")
    assert "the answer broke off, nothing written" in told
    assert "(rename add to plus)" in told


def test_the_log_is_one_list_newest_first_with_refusals_where_they_belong(
    serve: Serve, edit: Run, repository: Make, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def logged(*args: str) -> list[str]:
        capfdbinary.readouterr()
        assert main(["log", *args]) == 0
        return capfdbinary.readouterr().out.decode().splitlines()

    root = repository({"calc.py": CALC})
    (root.parent / "answer").write_text(PLUS)
    serve("--fault", "cut")
    assert edit(*RENAME, "--keep", code=CALC)[0] == 1
    assert main(["apply", "--from", "../answer"]) == 0
    assert main(["undo"]) == 0
    assert [line.split()[0] for line in logged()] == ["#2", "#1", "not"]
    assert [line.split()[0] for line in logged("-n", "2")] == ["#2", "#1"]

    other = root.parent / "other"
    git(root.parent, "init", "-q", str(other))
    os.chdir(other)
    assert logged() == ["nothing is written yet"]

    os.chdir(root.parent)
    assert main(["log"]) == 1
    assert b"not in a git worktree" in capfdbinary.readouterr().err
    assert edit(*RENAME, "--keep", code=CALC)[0] == 1
    heading, line = logged()
    assert heading.startswith("outside any git worktree")
    assert line.startswith("not edited  ")


def test_an_endpoint_that_is_not_there_is_told(
    edit: Run, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{unused_tcp_port}/v1")
    status, out, err = edit(*RENAME, code=CALC)
    assert (status, out) == (1, b"")
    assert "cannot reach 127.0.0.1" in err
    assert "draft" not in err


def test_without_an_endpoint_nothing_is_simulated(edit: Run) -> None:
    status, out, err = edit(*RENAME, code=CALC)
    assert (status, out) == (2, b"")
    assert "no endpoint is configured · set OPENAI_API_KEY or OPENAI_BASE_URL" in err
    assert edit(*RENAME, "--keep", code=CALC)[:2] == (2, CALC.encode())


@pytest.mark.parametrize(
    "args",
    [
        ("--name", "calc.py"),
        ("-m", " "),
        ("-m", "x", "--apply"),
        ("-m", "x", "--patch"),
        ("-m", "x", "calc.py"),
        ("-m", "x", "calc.py", "--apply", "--patch"),
        ("-m", "x", "calc.py:9-3", "--patch", "--endpoint", "sim"),
        ("-m", "x", "calc.py:1-40", "--patch", "--endpoint", "sim"),
        ("-m", "x", "calc.py", "--patch", "--endpoint", "smi"),
        ("-m", "x", "--name", "a\x1bb", "--endpoint", "sim"),
    ],
)
def test_arguments_that_mean_nothing_are_usage_errors(
    args: tuple[str, ...], edit: Run, repository: Make
) -> None:
    root = repository({"calc.py": CALC})
    status, out, err = edit(*args, code=CALC)
    assert (status, out) == (2, b"")
    assert "\x1b" not in err
    assert (root / "calc.py").read_text() == CALC


def test_a_pipe_without_an_instruction_is_told_the_form_of_a_filter(
    edit: Run, repository: Make
) -> None:
    repository({"calc.py": CALC})
    told = "spark-tui: -m needs a text · spark-tui edit -m 'what to change' < FILE\n"
    assert edit(code=CALC) == (2, b"", told)
    assert "edit FILE -m 'what to change' --patch" in edit("calc.py", code=CALC)[2]


def test_an_edit_that_fits_nowhere_names_its_line_and_what_is_there(
    serve: Serve, edit: Run, repository: Make
) -> None:
    repository({"calc.py": CALC + "    return a + b\n"})
    serve("--fault", "ambiguous-hunk")
    status, out, err = edit("calc.py", "-m", "rename add to plus", "--apply")
    assert (status, out) == (1, b"")
    assert err.count("\n") == 1
    assert "1 of 1 hunks refused: line" in err
    assert " of the answer for calc.py: " in err
    assert "nothing written" in err


def test_apply_writes_the_file_through_the_journal(
    serve: Serve, edit: Run, repository: Make
) -> None:
    root = repository({"sub/calc.py": CALC})
    serve()
    status, out, err = edit("sub/calc.py", "-m", "rename add to plus", "--apply")
    assert (status, out) == (0, b"")
    assert err == "applied 1 hunk in sub/calc.py · #1 · take back: spark-tui undo 1\n"
    assert (root / "sub/calc.py").read_text() == CALC.replace("add", "plus")
    assert main(["undo"]) == 0
    assert (root / "sub/calc.py").read_text() == CALC


def test_patch_prints_a_diff_that_git_takes_and_writes_nothing(
    serve: Serve, edit: Run, repository: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"sub/calc.py": CALC})
    serve()
    monkeypatch.chdir(root / "sub")
    status, out, _ = edit("calc.py", "-m", "rename add to plus", "--patch")
    assert status == 0
    assert (root / "sub/calc.py").read_text() == CALC
    subprocess.run(["git", "apply"], cwd=root, input=out, check=True)
    assert (root / "sub/calc.py").read_text() == CALC.replace("add", "plus")


def test_a_range_is_all_that_changes_even_where_lines_repeat(
    serve: Serve, edit: Run, repository: Make
) -> None:
    root = repository({"a.txt": "x = 1\nx = 1\nx = 1\nx = 1\n"})
    serve()
    assert edit("a.txt:2-3", "-m", "replace 1 with 2", "--apply")[0] == 0
    assert (root / "a.txt").read_text() == "x = 1\nx = 2\nx = 2\nx = 1\n"
    assert edit("a.txt:4", "-m", "replace 1 with 3", "--apply")[0] == 0
    assert (root / "a.txt").read_text() == "x = 1\nx = 2\nx = 2\nx = 3\n"


@pytest.mark.parametrize("flags", [("--fault", "cut"), ("--fault", "missing-file")])
def test_a_file_stays_as_it_is_when_the_answer_is_no_good(
    flags: tuple[str, ...], serve: Serve, edit: Run, repository: Make
) -> None:
    root = repository({"calc.py": CALC})
    serve(*flags)
    for how in ("--apply", "--patch"):
        assert edit("calc.py", "-m", "rename add to plus", how)[:2] == (1, b"")
    assert (root / "calc.py").read_text() == CALC


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("nope.py", "nope.py is not here"),
        ("link.py", "is a link"),
        (".git/config", "no files to edit"),
    ],
)
def test_what_is_no_file_of_the_worktree_is_refused(
    file: str, told: str, serve: Serve, edit: Run, repository: Make
) -> None:
    root = repository({"calc.py": CALC})
    (root / "link.py").symlink_to("calc.py")
    serve()
    status, out, err = edit(file, "-m", "rename add to plus", "--apply")
    assert (status, out) == (1, b"")
    assert told in err


def test_through_a_real_pipe(servers: Callable[..., str], tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(tmp_path),
        "OPENAI_BASE_URL": servers(),
        "PROGRAM": f"{sys.executable} -m spark_tui",
    }
    done = subprocess.run(
        ["sh", "-c", "cat | $PROGRAM edit --keep --name calc.py -m 'rename add to plus' | cat"],
        input=CALC.encode(),
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (CALC.replace("add", "plus").encode(), b"")

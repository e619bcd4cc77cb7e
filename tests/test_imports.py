"""What loading a part costs: a static graph can't see deferred imports, `sys.modules` can."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("openai", "git", "pygments", "pydantic", "watchfiles", "aiohttp", "textual", "rapidfuzz")

CODE = """
import contextlib, io, sys
with contextlib.redirect_stdout(io.StringIO()):
    {statement}
print(*sorted(name for name in {heavy!r} if name in sys.modules))
"""


def loaded(statement: str) -> set[str]:
    code = CODE.format(statement=statement, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_version_and_help_load_nothing_heavy(flag: str) -> None:
    assert loaded(f"from spark_tui.cli import main; assert main([{flag!r}]) == 0") == set()


def test_the_conductor_loads_no_textual_and_no_sdk() -> None:
    assert loaded("import spark_tui.pair.conductor, spark_tui.commands.green") == set()


def test_finding_and_reviewing_load_no_textual_and_no_sdk(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "new.py").write_text("new\n")
    called = "main(['find', '-m', 'retry']) + main(['review', '--json'])"
    state = f"import os; os.chdir({str(tmp_path)!r}); os.environ['XDG_STATE_HOME'] = '../state'"
    assert loaded(f"{state}; from spark_tui.cli import main; assert {called} == 0") == set()


def test_the_app_loads_no_service_and_no_sdk() -> None:
    assert loaded("import spark_tui.ui.app") <= {"textual", "pygments"}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import spark_tui.ui.app, sys;"
            "bad = ('pygments.lexers', 'spark_tui.services');"
            "print(any(m.startswith(bad) for m in sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"

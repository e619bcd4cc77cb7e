import subprocess
import sys
from pathlib import Path

import pytest

from spark_tui.simulator.instructions import carry_out
from spark_tui.simulator.prompt import SourceFile
from spark_tui.simulator.sample import FILES, write_sample

SHOWN = tuple(
    SourceFile(path, tuple(text.removesuffix("\n").split("\n"))) for path, text in FILES.items()
)


def run_tests(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "."],
        check=False,
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(folder),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def test_the_sample_is_code_that_works(tmp_path: Path) -> None:
    assert write_sample(tmp_path) == list(FILES)
    assert "8 passed" in run_tests(tmp_path)


def test_a_renamed_sample_still_works(tmp_path: Path) -> None:
    write_sample(tmp_path)
    edits = carry_out("rename add to plus", SHOWN).edits
    assert {e.path for e in edits} == {"README.md", "calc.py", "report.py", "tests/test_calc.py"}
    for edit in edits:
        assert edit.after is not None
        (tmp_path / edit.path).write_text("\n".join(edit.after) + "\n")
    assert "def plus(a, b):" in (tmp_path / "calc.py").read_text()
    assert "8 passed" in run_tests(tmp_path)


def test_nothing_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "calc.py").write_text("mine")
    with pytest.raises(FileExistsError):
        write_sample(tmp_path)
    assert (tmp_path / "calc.py").read_text() == "mine"


def test_the_first_sentence_of_the_start_screen_works() -> None:
    (edit,) = carry_out("add a docstring to backoff in @net/retry.py", SHOWN).edits
    assert edit.after is not None
    assert '    """Return 0.5 * 2 ** attempt."""' in edit.after

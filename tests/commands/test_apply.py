import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui.cli import main
from spark_tui.services.worktree import GitWorktree
from spark_tui.services.worktree.writer import raced

Make = Callable[[dict[str, str]], Path]

CALC = "def add(a, b):\n    return a + b\n"
PATCH = """Here you are:

*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
*** End Patch
"""
UNIFIED = """--- a/calc.py
+++ b/calc.py
@@ -1,2 +1,2 @@
-def add(a, b):
+def plus(a, b):
     return a + b
"""
BLOCK = """calc.py
```
<<<<<<< SEARCH
def add(a, b):
=======
def plus(a, b):
>>>>>>> REPLACE
```
"""


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], None]:
    def give(text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


@pytest.mark.parametrize("text", [PATCH, UNIFIED, BLOCK])
def test_an_edit_text_in_any_format_is_applied(
    text: str,
    repository: Make,
    say: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = repository({"calc.py": CALC})
    say(text)
    assert main(["apply"]) == 0
    assert (root / "calc.py").read_text() == CALC.replace("add", "plus")
    assert "applied 1 hunk in 1 file · #1 · take back: spark-tui undo 1" in capsys.readouterr().out


def test_undo_and_redo_bring_the_bytes_back_and_the_log_tells_it(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"calc.py": CALC})
    say(PATCH)
    assert main(["apply"]) == 0
    assert main(["undo"]) == 0
    assert (root / "calc.py").read_text() == CALC
    assert main(["redo"]) == 0
    assert "def plus" in (root / "calc.py").read_text()
    capsys.readouterr()
    assert main(["log", "--json"]) == 0
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [e["id"] for e in entries] == [3, 2, 1]
    assert entries[1]["undoes"] == 1
    assert main(["log", "-p"]) == 0
    assert "+def plus(a, b):" in capsys.readouterr().out


def test_a_save_into_the_file_being_replaced_is_told_at_the_end(
    repository: Callable[[dict[str, str]], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    repository({"a.py": "x = 1\n"})
    monkeypatch.setattr(GitWorktree, "late_saves", lambda _: (raced("a.py", "you"),))
    Path("../answer").write_text(
        "*** Begin Patch\n*** Update File: a.py\n@@\n-x = 1\n+x = 2\n*** End Patch\n"
    )
    assert main(["apply", "--from", "../answer"]) == 1
    said = capsys.readouterr().err
    assert "you saved a.py meanwhile, yours is kept · try again on that text" in said


def test_one_hunk_that_does_not_fit_writes_nothing(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"calc.py": CALC, "other.py": "x = 1\n"})
    wrong = "*** Update File: other.py\n@@\n-y = 1\n+y = 2\n*** End Patch\n"
    say(PATCH.replace("*** End Patch\n", wrong))
    assert main(["apply"]) == 1
    assert (root / "calc.py").read_text() == CALC
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "1 of 2 hunks refused, nothing written" in printed.err
    assert "other.py" in printed.err


def test_the_hunks_counted_are_those_that_undo_numbers(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"line {n}\n" for n in range(1, 31)]
    repository({"a.txt": "".join(lines)})
    edit = "".join(
        f"-{line}+{line.upper()}" if n in {3, 20} else f" {line}" for n, line in enumerate(lines)
    )
    patch = f"*** Begin Patch\n*** Update File: a.txt\n@@\n{edit}*** End Patch\n"
    say(patch)
    assert main(["apply", "--check"]) == 0
    assert capsys.readouterr().err == "would apply 2 hunks in 1 file\n"
    say(patch)
    assert main(["apply"]) == 0
    assert "applied 2 hunks in 1 file · #1" in capsys.readouterr().out
    assert main(["undo", "1", "--hunk", "2"]) == 0


def test_what_fits_nowhere_is_told_with_its_line_and_the_nearest_place(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository({"calc.py": CALC, "other.py": "x = 1\ny = 2\n"})
    say(
        "*** Begin Patch\n*** Update File: calc.py\n@@\n-nothing like it\n+x\n"
        "*** Update File: other.py\n@@\n x = 1\n-y = 3\n+y = 4\n*** End Patch\n"
    )
    assert main(["apply", "--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "spark-tui: 2 of 2 hunks refused, nothing written",
        "  ! calc.py  line 3 of the edit: the lines it wants to change are not in the file",
        "  ! other.py  line 7 of the edit: line 2 is not what the edit expects",
        "      other.py:2 nearest",
        "        expected  y = 3",
        "        found     y = 2",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nothing to see here", "no edit in the text"),
        (PATCH.replace("calc.py", "../calc.py"), "is outside this repository, never written"),
        (PATCH.replace("calc.py", "clac.py"), "clac.py is not here"),
        (PATCH[:70], "the answer broke off inside a patch"),
    ],
)
def test_what_cannot_be_applied_is_told(
    text: str,
    told: str,
    repository: Make,
    say: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = repository({"calc.py": CALC})
    say(text)
    assert main(["apply"]) == 1
    assert (root / "calc.py").read_text() == CALC
    assert told in capsys.readouterr().err


def test_check_prints_a_patch_and_writes_nothing(
    repository: Make, say: Callable[[str], None], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    root = repository({"calc.py": CALC})
    say(PATCH)
    assert main(["apply", "--check"]) == 0
    assert (root / "calc.py").read_text() == CALC
    assert b"-def add(a, b):\n+def plus(a, b):\n" in capfdbinary.readouterr().out


def test_json_names_files_hunks_and_reasons(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository({"calc.py": CALC + CALC})
    say(PATCH)
    assert main(["apply", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["applied"]
    assert report["hunks"][0]["code"] == "ambiguous"
    assert report["hunks"][0]["candidates"] == [1, 3]


def test_text_that_is_not_utf8_is_refused_with_its_line(
    repository: Make, say: Callable[[bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository({"calc.py": CALC})
    say(b"one\ntwo \xff\n")
    assert main(["apply"]) == 2
    assert "not UTF-8 on line 2" in capsys.readouterr().err


def test_outside_of_a_worktree_the_way_out_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    say: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    say(PATCH)
    assert main(["apply"]) == 1
    assert "is not in a git worktree · cd into one, or: spark-tui demo" in capsys.readouterr().err


def test_a_hostile_path_cannot_reach_the_terminal(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository({"calc.py": CALC})
    say(PATCH.replace("calc.py", "a\x1b]52;c;eA==\x07.py"))
    assert main(["apply"]) == 1
    printed = capsys.readouterr()
    assert "\x1b" not in printed.err + printed.out


def test_a_protected_file_is_only_written_when_allowed(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({".github/workflows/ci.yml": CALC, "a.py": CALC})
    both = PATCH.replace("calc.py", ".github/workflows/ci.yml")
    both += PATCH.replace("calc.py", "a.py").removeprefix("Here you are:\n")
    say(both)
    assert main(["apply"]) == 1
    told = capsys.readouterr().err
    assert ".github/workflows/ci.yml is protected, nothing written · --allow-protected" in told
    assert (root / "a.py").read_text() == CALC
    say(both)
    assert main(["apply", "--allow-protected"]) == 0
    assert (root / ".github/workflows/ci.yml").read_text() == CALC.replace("add", "plus")


def test_what_is_written_out_whole_replaces_a_file_only_when_asked(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    old = CALC + "\n\ndef sub(a, b):\n    return a - b\n"
    new = "def add(a, b):\n    return b + a\n"
    root = repository({"calc.py": old})
    added = "".join(f"+{line}\n" for line in new.splitlines())
    part = f"Only add changes.\n\n**calc.py**\n\n```python\n{new}```\n\nThe rest stays.\n"
    patch = f"*** Begin Patch\n*** Add File: calc.py\n{added}*** End Patch\n"
    for text, why in ((part, "an excerpt: it lacks sub"), (patch, "so it is not created")):
        say(text)
        assert main(["apply", str(root)]) == 1
        assert (root / "calc.py").read_text() == old
        told = capsys.readouterr().err
        assert why in told
        assert "--overwrite takes it" in told
    for text in (patch, part):
        (root / "calc.py").write_text(old)
        say(text)
        assert main(["apply", "--overwrite", str(root)]) == 0
        assert (root / "calc.py").read_text() == new


def test_what_happened_to_a_file_is_said_as_it_is(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"gone.txt": "bye\n", "old.txt": "a\n"})
    say(
        "*** Begin Patch\n*** Delete File: gone.txt\n*** Add File: new.txt\n+x\n"
        "*** Update File: old.txt\n*** Move to: moved.txt\n@@\n-a\n+b\n*** End Patch\n"
    )
    assert main(["apply", str(root)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["✓ deleted gone.txt", "✓ new new.txt", "✓ moved old.txt to moved.txt"]


LINK = PATCH.replace("calc.py", "link.py")


def test_a_refused_file_names_no_key_of_the_screen(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"calc.py": CALC})
    (root / "link.py").symlink_to("calc.py")
    say(LINK)
    assert main(["apply"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "  ! link.py  line 5 of the edit: link.py is a link, never written"
    say(LINK)
    assert main(["apply", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [h["reason"] for h in report["hunks"]] == ["link.py is a link, never written"]
    assert report["reason"] == "1 of 1 hunks refused, nothing written"

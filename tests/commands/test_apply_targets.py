import hashlib
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui.cli import main

Make = Callable[[dict[str, str]], Path]

CALC = "def add(a, b):\n    return a + b\n"
PATCH = """*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
*** End Patch
"""
DIFF = """\
diff --git a/calc.py b/calc.py
--- a/calc.py
+++ b/calc.py
@@ -1,2 +1,2 @@
-def add(a, b):
+def plus(a, b):
     return a + b
"""


def git(root: Path, *args: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *args],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def files_of(root: Path) -> dict[str, tuple[str, int]]:
    """Every file outside of .git, by content and time of change."""
    return {
        str(p.relative_to(root)): (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns)
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".git" not in p.parts
    }


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return give


def test_index_stages_exactly_the_edit_and_leaves_everything_else_alone(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"calc.py": CALC, "other.py": "x = 1\n"})
    (root / "other.py").write_text("x = 2\n")
    git(root, "stash")
    (root / "calc.py").write_text("# mine, not staged\n" + CALC)
    (root / "new.txt").write_text("untracked\n")
    before, head = files_of(root), git(root, "rev-parse", "HEAD")
    stashed = git(root, "stash", "list")
    say(PATCH)
    assert main(["apply", "--index"]) == 0
    assert "staged 1 hunk in 1 file" in capsys.readouterr().out
    shown = git(root, "diff", "--cached", "--no-color")
    assert [line for line in shown.splitlines() if not line.startswith("index ")] == (
        DIFF.splitlines()
    )
    assert files_of(root) == before
    assert git(root, "rev-parse", "HEAD") == head
    assert git(root, "stash", "list") == stashed
    assert main(["log"]) == 0
    assert capsys.readouterr().out == "nothing is written yet\n"


def test_index_places_the_edit_on_what_is_staged_not_on_the_file(
    repository: Make, say: Callable[[str], None]
) -> None:
    root = repository({"calc.py": "old = 1\n"})
    (root / "calc.py").write_text(CALC)
    git(root, "add", "calc.py")
    (root / "calc.py").write_text("something else\n")
    say(PATCH)
    assert main(["apply", "--index"]) == 0
    assert git(root, "show", ":calc.py") == CALC.replace("add", "plus")
    assert (root / "calc.py").read_text() == "something else\n"


def test_index_is_all_or_nothing(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"calc.py": CALC, "other.py": "x = 1\n"})
    wrong = "*** Update File: other.py\n@@\n-y = 1\n+y = 2\n*** End Patch\n"
    say(PATCH.replace("*** End Patch\n", wrong))
    assert main(["apply", "--index"]) == 1
    assert git(root, "diff", "--cached") == ""
    assert "1 of 2 hunks refused, nothing written" in capsys.readouterr().err


def test_a_locked_index_is_told_and_not_changed(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"calc.py": CALC})
    lock = root / ".git" / "index.lock"
    lock.touch()
    say(PATCH)
    assert main(["apply", "--index"]) == 1
    assert "nothing staged: " in capsys.readouterr().err
    lock.unlink()
    assert git(root, "diff", "--cached") == ""


def test_index_creates_and_deletes_in_the_index_only(
    repository: Make, say: Callable[[str], None]
) -> None:
    root = repository({"calc.py": CALC, "sub/gone.py": "x\n"})
    say(
        "*** Begin Patch\n*** Add File: sub/née.py\n+y = 1\n"
        "*** Delete File: sub/gone.py\n*** End Patch\n"
    )
    assert main(["apply", "--index"]) == 0
    staged = git(root, "-c", "core.quotePath=false", "diff", "--cached", "--name-status")
    assert sorted(staged.split("\n")) == ["", "A\tsub/née.py", "D\tsub/gone.py"]
    assert (root / "sub/gone.py").exists()
    assert not (root / "sub/née.py").exists()


@pytest.mark.parametrize("text", ["a\r\nb\r\n", "b\na", "caf\u00e9\r\nb\n\n\n", "\ufeffa\nb\n"])
def test_index_keeps_endings_and_encodings_byte_for_byte(
    text: str, repository: Make, say: Callable[[str], None]
) -> None:
    root = repository({"calc.py": ""})
    (root / "calc.py").write_bytes(text.encode())
    git(root, "-c", "core.autocrlf=false", "add", "calc.py")
    say("*** Begin Patch\n*** Update File: calc.py\n@@\n-b\n+c\n*** End Patch\n")
    assert main(["apply", "--index"]) == 0
    staged = subprocess.run(
        ["git", "cat-file", "blob", ":calc.py"], cwd=root, capture_output=True, check=True
    ).stdout
    assert staged == text.replace("b", "c").encode()


def test_a_file_with_a_merge_conflict_or_a_link_is_not_staged(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository({"calc.py": CALC})
    (root / "link.py").symlink_to("calc.py")
    git(root, "add", "link.py")
    say(PATCH.replace("calc.py", "link.py"))
    assert main(["apply", "--index"]) == 1
    assert "link.py is a link" in capsys.readouterr().err
    oid = git(root, "rev-parse", ":calc.py").strip()
    entries = "".join(f"100644 {oid} {n}\tcalc.py\n" for n in (1, 2, 3))
    subprocess.run(
        ["git", "update-index", "--index-info"],
        cwd=root,
        input=f"0 {'0' * 40}\tcalc.py\n{entries}".encode(),
        check=True,
    )
    say(PATCH)
    assert main(["apply", "--index"]) == 1
    assert "calc.py has a merge conflict" in capsys.readouterr().err


@pytest.mark.parametrize("where", ["file", "-"])
def test_patch_is_what_git_apply_takes_and_writes_no_file(
    where: str,
    repository: Make,
    say: Callable[[str], None],
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    root = repository({"calc.py": CALC})
    before = files_of(root)
    target = tmp_path / "out.patch"
    say(PATCH)
    assert main(["apply", "--patch", "-" if where == "-" else str(target)]) == 0
    printed = capfdbinary.readouterr().out
    assert files_of(root) == before
    assert (printed if where == "-" else target.read_bytes()) == DIFF.encode()
    target.write_bytes(DIFF.encode())
    git(root, "apply", str(target))
    assert "def plus" in (root / "calc.py").read_text()


def test_a_patch_that_cannot_be_written_is_told(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository({"calc.py": CALC})
    say(PATCH)
    assert main(["apply", "--patch", "no/such/folder/x.patch"]) == 1
    assert "cannot write no/such/folder/x.patch: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags", [["--index", "--patch", "x"], ["--json", "--patch", "-"], ["--patch"]]
)
def test_targets_that_do_not_fit_together_are_usage_errors(
    flags: list[str], repository: Make, say: Callable[[str], None]
) -> None:
    repository({"calc.py": CALC})
    say(PATCH)
    assert main(["apply", *flags]) == 2


def test_json_names_the_target(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository({"calc.py": CALC})
    say(PATCH)
    assert main(["apply", "--index", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["applied"], report["target"], report["entry"]) == (True, "index", None)


BARE = (
    "calc.py\n```\n<<<<<<< SEARCH\ndef add(a, b):\n=======\ndef plus(a, b):\n>>>>>>> REPLACE\n```\n"
)


@pytest.mark.parametrize("flags", [[], ["--index"]])
def test_a_bare_name_finds_the_one_file_of_that_name(
    flags: list[str], repository: Make, say: Callable[[str], None]
) -> None:
    root = repository({"src/calc.py": CALC, "other.py": "x = 1\n"})
    say(BARE)
    assert main(["apply", *flags]) == 0
    staged = git(root, "show", ":src/calc.py")
    assert ("def plus" in (root / "src/calc.py").read_text(), "def plus" in staged) == (
        not flags,
        bool(flags),
    )


def test_a_mistyped_name_is_told_with_the_nearest(
    repository: Make, say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository({"src/calc.py": CALC, "other.py": "x = 1\n"})
    say(PATCH.replace("calc.py", "src/calk.py"))
    assert main(["apply"]) == 1
    assert "nearest: src/calc.py" in capsys.readouterr().err


def test_staging_in_a_hostile_repository_runs_nothing(
    repository: Make, say: Callable[[str], None], tmp_path: Path
) -> None:
    root = repository({"calc.py": CALC})
    canary, program = tmp_path / "fired", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-index-change").symlink_to(program)
    (root / ".gitattributes").write_text("* filter=x diff=x\n")
    git(root, "add", ".gitattributes")
    with (root / ".git/config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {program}\n\thooksPath = {hooks}\n"
            f'[filter "x"]\n\tclean = {program}\n\tsmudge = {program}\n\trequired = true\n'
            f'[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n'
            "[apply]\n\twhitespace = fix\n\tignoreWhitespace = change\n"
        )
    os.utime(root / "calc.py", (1, 1))
    say(PATCH.replace("+def plus(a, b):", "+def plus(a, b):  "))
    assert main(["apply", "--index"]) == 0
    assert not canary.exists()
    assert git(root, "cat-file", "blob", ":calc.py") == CALC.replace("add(a, b):", "plus(a, b):  ")
    subprocess.run(["git", "add", "-A"], cwd=root, check=False, capture_output=True)
    assert canary.exists()

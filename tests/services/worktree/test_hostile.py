from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.services.worktree import GitWorktree

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

PACKAGE = Path(__file__).parents[3]
LINES = b"".join(b"%d\n" % number for number in range(30))


def use_everything(rig: Rig, tree: GitWorktree) -> None:
    tree.tree()
    tree.paths()
    rig.put(tree, {"a.py": b"2\n" + LINES, "b.txt": b"new\n"})
    rig.save("a.py", b"2\n" + LINES + b"more\n")
    assert tree.undo().merged
    tree.redo()
    tree.recover()
    tree.log_patch()
    tree.tree()
    tree.close()


def hostile(rig: Rig, kind: str) -> Path:
    """Arm one way of running a program, which would leave the returned file."""
    canary = rig.folder / "fired"
    program = rig.folder / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    program.chmod(0o755)
    lines = {
        "fsmonitor": f"[core]\n\tfsmonitor = {program}\n",
        "hooks": f"[core]\n\thooksPath = {rig.folder}/hooks\n",
        "filter": f'[filter "x"]\n\tclean = {program}\n\tsmudge = {program}\n\trequired = true\n',
        "process": f'[filter "x"]\n\tprocess = {program}\n',
        "odd filter": f'[filter "x=y"]\n\tclean = {program}\n\tsmudge = {program}\n',
        "textconv": f'[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n',
        "external": f"[diff]\n\texternal = {program}\n",
        "merge": f'[merge "x"]\n\tdriver = {program}\n',
        "pager": f"[core]\n\tpager = {program}\n\teditor = {program}\n[log]\n\tshowSignature=true\n"
        f"[gpg]\n\tprogram = {program}\n",
        "included": f"[include]\n\tpath = {rig.folder}/more\n",
        "alternate refs": f"[core]\n\talternateRefsCommand = {program}\n\tsshCommand = {program}\n",
    }
    (rig.folder / "more").write_text(lines["fsmonitor"] + lines["filter"])
    folder = rig.folder / "hooks"
    folder.mkdir()
    for hook in ("post-index-change", "reference-transaction", "pre-commit", "post-checkout"):
        (folder / hook).symlink_to(program)
    driver = "x=y" if kind == "odd filter" else "x"
    rig.save(".gitattributes", f"* filter={driver} diff={driver} merge={driver}\n".encode())
    with (rig.root / ".git/config").open("a") as config:
        config.write(lines[kind])
    return canary


KINDS = (
    "fsmonitor",
    "hooks",
    "filter",
    "process",
    "odd filter",
    "textconv",
    "external",
    "merge",
    "pager",
    "included",
    "alternate refs",
)

NEED_MORE = ("merge", "pager", "alternate refs")
"""Kinds that plain git runs only in a merge, on a terminal, or with alternates."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_repository_runs_nothing(rig: Rig, kind: str) -> None:
    rig.save("a.py", LINES)
    rig.save("b.txt", b"b\n")
    rig.commit_all()
    canary = hostile(rig, kind)
    rig.save("b.txt", b"b, edited\n")
    use_everything(rig, rig.tree())
    assert not canary.exists()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NEED_MORE])
def test_the_canary_does_fire_in_plain_git(rig: Rig, kind: str) -> None:
    rig.save("a.py", b"1\n")
    rig.commit_all()
    canary = hostile(rig, kind)
    rig.save("a.py", b"longer\n")
    for command in (["status"], ["diff"], ["add", "-A"], ["commit", "-m", "x"]):
        rig.git(*command, check=False)
    assert canary.exists()


def test_git_sees_no_key_and_no_git_variable_of_ours(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.save("a.py", b"1\n")
    rig.commit_all()
    other = rig.folder / "elsewhere"
    monkeypatch.setenv("GIT_DIR", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    tree = rig.tree()
    assert tree.root == rig.root
    assert tree.paths() == ("a.py",)
    rig.put(tree, {"a.py": b"2\n"})
    tree.close()
    assert not other.exists()
    assert all(record.commit for record in tree.journal.records())


WATCHED = """
import sys
spawned = []
def hook(event, args):
    if event in ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork",
                 "os.forkpty", "pty.spawn"):
        frame, files = sys._getframe(1), []
        while frame:
            files.append(frame.f_code.co_filename)
            frame = frame.f_back
        spawned.append((event, args, files))
sys.addaudithook(hook)
from pathlib import Path
from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import image_of
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import open_worktree
from spark_tui.services.worktree.gitpython import GitPythonCommands
tree = open_worktree(Path(sys.argv[1]), Path(sys.argv[2]), None, GitPythonCommands)
tree.tree(), tree.paths()
image = tree.read("a.py")
tree.flush([Change(image, image_of("a.py", b"2\\n" + image.data))], EntryNote("x", "y", 1))
(Path(sys.argv[1]) / "a.py").write_bytes((Path(sys.argv[1]) / "a.py").read_bytes() + b"z\\n")
assert tree.undo().merged
tree.close()
assert tree.log_patch()
ours = [s for s in spawned if any("services/processes/" in f for f in s[2])]
assert "git" in sys.modules
import git
try:
    git.Git(sys.argv[1]).version()
except git.GitCommandNotFound:
    pass
else:
    raise AssertionError("GitPython runs git by itself")
others = [s[:2] for s in spawned if s not in ours]
assert len(ours) > 5, spawned
assert not others, others
assert all(s[1][0].startswith("/") for s in ours if s[0] == "subprocess.Popen")
environments = [s[1][3] for s in ours if s[0] == "subprocess.Popen"]
assert not any("SECRET" in str(environment) for environment in environments)
"""


def test_nothing_is_spawned_outside_the_one_module(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.commit_all()
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(rig.root), str(rig.state)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE), "MY_API_KEY": "SECRET"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

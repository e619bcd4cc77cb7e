"""How a repository wants its files to be written, read without trusting it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import Habits
from spark_tui.core.journal import EntryNote

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

NOTE = EntryNote("x", "simulated", 1, ())
CREATES = "*** Begin Patch\n*** Add File: {}\n+def f():\n+    return 'é'\n*** End Patch\n"


def test_new_files_are_written_as_the_repository_says(rig: Rig) -> None:
    rig.save(".editorconfig", b"root = true\n[*.py]\nindent_style = tab\nindent_size = 4\n")
    rig.save("win/.editorconfig", b"[*]\nend_of_line = crlf\ncharset = utf-8-bom\n")
    rig.save(".gitattributes", b"*.bat eol=crlf working-tree-encoding=cp1252\n")
    tree = rig.tree()
    for path in ("a.py", "win/a.py", "x/run.bat"):
        tree.flush(propose(CREATES.format(path), tree.read).changes, NOTE)
    assert (rig.root / "a.py").read_bytes() == "def f():\n\treturn 'é'\n".encode()
    win = "\ufeffdef f():\r\n\treturn 'é'\r\n".encode()
    assert (rig.root / "win/a.py").read_bytes() == win
    bat = "def f():\r\n    return 'é'\r\n".encode("cp1252")
    assert (rig.root / "x/run.bat").read_bytes() == bat


def test_a_file_that_is_there_keeps_its_own_ways(rig: Rig) -> None:
    rig.save(".editorconfig", b"[*]\nend_of_line = crlf\nindent_style = tab\ncharset = latin1\n")
    rig.save("a.py", "def f():\n    return 'é'\n".encode())
    tree = rig.tree()
    text = "*** Begin Patch\n*** Update File: a.py\n@@\n def f():\n+    x = 'ü'\n*** End Patch\n"
    tree.flush(propose(text, tree.read).changes, NOTE)
    assert (rig.root / "a.py").read_bytes() == "def f():\n    x = 'ü'\n    return 'é'\n".encode()


def test_what_they_say_is_read_again_when_they_change(rig: Rig) -> None:
    tree = rig.tree()
    assert tree.read("a.c").habits == Habits()
    rig.save(".editorconfig", b"[*]\nindent_style = tab\n")
    assert tree.read("a.c").habits.indent == "\t"
    rig.save(".editorconfig", b"[*]\nindent_style = space\n")
    assert tree.read("a.c").habits.indent == " "


@pytest.mark.parametrize("name", [".editorconfig", ".gitattributes"])
@pytest.mark.parametrize("kind", ["fifo", "link to a device", "link outside", "folder", "huge"])
def test_one_that_is_no_plain_small_file_says_nothing(rig: Rig, name: str, kind: str) -> None:
    place = rig.root / name
    said = b"[*]\nindent_style = tab\nend_of_line = crlf\n* eol=crlf\n"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "link to a device":
        place.symlink_to("/dev/zero")
    elif kind == "link outside":
        (rig.folder / "said").write_bytes(said)
        place.symlink_to(rig.folder / "said")
    elif kind == "folder":
        place.mkdir()
    else:
        place.write_bytes(said + b"#" * 70_000)
    assert rig.tree().read("a.c").habits == Habits()

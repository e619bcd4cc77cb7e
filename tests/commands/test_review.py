"""`spark-tui review` for scripts: lists, marks, takes out, refuses."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spark_tui.cli import main

Make = Callable[[dict[str, str]], Path]
TEN = "".join(f"line {n}\n" for n in range(10))


def hunks(capsys: pytest.CaptureFixture[str], *args: str) -> list[dict[str, Any]]:
    assert main(["review", "--json", *args]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["hunks"]
    return found


def test_list_mark_take_out_and_take_back(
    repository: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"net/a.py": TEN, "b.py": TEN})
    changed = TEN.replace("line 1\n", "one\n").replace("line 8", "eight")
    (root / "net/a.py").write_text(changed)
    (root / "b.py").write_text(changed)
    monkeypatch.chdir(root / "net")
    found = hunks(capsys, "a.py")
    keys = {"id", "path", "old_start", "new_start", "added", "removed", "seen"}
    assert [set(hunk) for hunk in found] == [keys, keys]
    assert [(h["path"], h["old_start"], h["seen"]) for h in found] == [
        ("net/a.py", 2, False),
        ("net/a.py", 9, False),
    ]
    assert main(["review", "--seen", found[1]["id"]]) == 0
    assert main(["review", "--drop", found[0]["id"], "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["dropped"] == [found[0]["id"]]
    assert (root / "net/a.py").read_text() == TEN.replace("line 8", "eight")
    assert [hunk["seen"] for hunk in hunks(capsys, "a.py")] == [True]
    assert main(["review", "--drop", found[0]["id"]]) == 2
    assert "no hunk" in capsys.readouterr().err
    assert main(["undo"]) == 0
    capsys.readouterr()
    assert (root / "net/a.py").read_text() == changed
    assert len(hunks(capsys, "--since", "HEAD")) == 4
    assert hunks(capsys, "--staged") == hunks(capsys, "--between", "HEAD", "HEAD") == []
    assert main(["review", ".."]) == 0
    assert main(["review", "../.."]) == 2


def test_a_patch_is_looked_at_and_nothing_of_it_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = b"--- a/x\x1b]0;t\x07\n+++ b/x\x1b]0;t\x07\n@@ -1 +1 @@\n-a\n+\x1b[2Jb\n"

    def feed() -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(patch)))

    feed()
    assert main(["review", "-"]) == 0
    assert not set("\x1b\x07") & set(capsys.readouterr().out)
    feed()
    assert hunks(capsys, "-")[0]["removed"] == 1
    assert main(["review", "-", "--drop", "x"]) == 2

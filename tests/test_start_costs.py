"""What a start costs, in counts that no busy machine changes: modules, processes, compiled code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PATCH = """*** Begin Patch
*** Update File: a.py
@@
-one = 1
+one = 2
*** End Patch
"""

COMMANDS = """
import contextlib, io, json, sys
started = 0
def hook(event, args):
    global started
    started += event in ("subprocess.Popen", "os.posix_spawn", "os.fork")
sys.addaudithook(hook)
from spark_tui.cli import main
told = {}
for name, args, feed in json.loads(sys.argv[1]):
    started, was = 0, set(sys.modules)
    sys.stdin = io.TextIOWrapper(io.BytesIO(feed.encode()))
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        status = main(args)
    told[name] = [status, started, sorted(sys.modules)]
print(json.dumps(told))
"""

NEVER = ("openai", "pydantic", "textual", "rich", "git", "aiohttp", "pygments", "watchfiles")


def run(code: str, *args: str, at: Path) -> Any:
    """What it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        cwd=at,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "XDG_STATE_HOME": str(at / ".git" / "state"),
            "XDG_CONFIG_HOME": str(at / ".git" / "config"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_shell_command_loads_and_starts_no_more_than_it_needs(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one = 1\n")
    name = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    for step in (["init", "-q"], ["add", "-A"], [*name, "commit", "-qm", "start"]):
        subprocess.run(["git", *step], cwd=tmp_path, check=True)
    # One process for all, lightest first: what one loads is there for the next.
    todo = [
        ("version", ["--version"], ""),
        ("log", ["log"], ""),
        ("where", ["where"], ""),
        ("apply", ["apply"], PATCH),
        ("undo", ["undo"], ""),
        ("find", ["find", "-m", "one", "--budget", "100"], ""),
    ]
    told = run(COMMANDS, json.dumps(todo), at=tmp_path)
    assert {name: status for name, (status, *_) in told.items()} == dict.fromkeys(told, 0)
    loaded = {name: set(modules) for name, (_, _, modules) in told.items()}
    for name, modules in loaded.items():
        assert modules.isdisjoint(NEVER), name
        assert modules.isdisjoint({"asyncio", "ssl", "spark_tui.core.events"}), name
    assert "dataclasses" not in loaded["log"]
    own = {name: sum(m.startswith("spark_tui") for m in loaded[name]) for name in loaded}
    limits = {"version": 10, "log": 100, "where": 105, "apply": 140, "undo": 140, "find": 180}
    assert {name: own[name] for name in own if own[name] > limits[name]} == {}
    processes = {name: started for name, (_, started, _) in told.items()}
    most = {
        "version": 0,
        "log": 1,
        "where": 1,
        "apply": 12,
        "undo": 10,
        "find": 14,
    }  # git looks until the index stands
    assert {name: processes[name] for name in most if processes[name] > most[name]} == {}


SESSION = """
import dataclasses, json, sys
import re._compiler as compiler
made, compiled = [], []
def counted(real, into):
    def call(*args, **options):
        frame = sys._getframe(1)
        while frame.f_globals.get("__name__", "") in ("dataclasses", "re", "functools"):
            frame = frame.f_back
        into.append(frame.f_globals.get("__name__", ""))
        return real(*args, **options)
    return call
dataclasses._process_class = counted(dataclasses._process_class, made)
compiler.compile = counted(compiler.compile, compiled)
import spark_tui.ui.app, spark_tui.commands.session, spark_tui.pair.conductor
import spark_tui.services.endpoint.wires.http, spark_tui.services.worktree
ours = [[one for one in names if one.startswith("spark_tui")] for names in (made, compiled)]
print(json.dumps([*ours, sum(m.startswith("spark_tui") for m in sys.modules)]))
"""


def test_a_start_makes_no_heavy_classes_and_compiles_no_patterns(tmp_path: Path) -> None:
    heavy_classes, patterns, modules = run(SESSION, at=tmp_path)
    assert heavy_classes == []
    assert patterns == []
    assert modules < 420

"""Plays one case through `spark-tui green --json`: a real repository, real checks, a real undo."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spark_tui.cli import main
from tests.green_bugs.cases import Case
from tests.loops import ScriptedServer

_BUILT = frozenset({".git", "build", "__pycache__", ".pytest_cache"})
_STATUS = {"green": 0, "green?": 4, "check broke": 3}


@dataclass(frozen=True)
class Result:
    """How a case ended: `wrong` are complaints; times in ms."""

    case: Case
    ending: str
    wrong: tuple[str, ...]
    kept: bool = False
    called_green: bool = False
    undone: bool | None = None
    attempts: int = 0
    ours_ms: int = 0
    check_ms: int = 0
    ms: int = 0
    would_pass: bool | None = None


def tree(root: Path) -> dict[str, bytes]:
    """Every file, without what git and builds keep for themselves."""
    found = (path for path in root.rglob("*") if path.is_file())
    named = ((path.relative_to(root), path) for path in found)
    return {str(name): path.read_bytes() for name, path in named if _BUILT.isdisjoint(name.parts)}


def write(root: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@contextmanager
def _stand(root: Path, state: Path, address: str) -> Iterator[None]:
    """Be in the repository, with state of its own and the scripted endpoint."""
    was, env = Path.cwd(), dict(os.environ)
    os.environ.update(
        OPENAI_BASE_URL=address,
        XDG_STATE_HOME=str(state / "state"),
        XDG_CONFIG_HOME=str(state / "config"),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",  # what is installed beside costs seconds a run
    )
    for name in ("OPENAI_API_KEY", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    os.chdir(root)
    try:
        yield
    finally:
        os.chdir(was)
        os.environ.clear()
        os.environ.update(env)


def _call(*args: str) -> tuple[int, str, str]:
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        status = main(list(args))
    return status, said.getvalue(), told.getvalue()


def play(case: Case, top: Path, server: ScriptedServer, *, control: bool = False) -> Result:
    """Run the loop of a case below an empty folder, and judge it."""
    root = top / "code"
    before = case.bytes_of(case.files)
    write(root, before)
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@localhost", "-C", str(root))
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "start")):
        subprocess.run([*git, *words], check=True, capture_output=True)
    server.says(*case.answers)
    with _stand(root, top, server.address):
        status, said, told = _call("green", "--json", *case.args, "--", *case.command)
        rows: list[dict[str, Any]] = [json.loads(line) for line in said.splitlines()]
        if not rows:
            return Result(case, "", (f"status {status}, said nothing: {told.strip()[-200:]}",))
        end = rows[-1]
        ending = str(end["ending"])
        stood = tree(root)
        undone: bool | None = None
        if end["group"]:
            undo = _call("undo", f"green:{end['group']}") if end["kept"] else (0, "", "")
            undone = undo[0] == 0 and tree(root) == before
    wrong = []
    if ending not in case.endings:
        wrong.append(f"ended {ending} ({end['reason']}), not {' or '.join(case.endings)}")
    if status != _STATUS.get(ending, 1):
        wrong.append(f"exit status {status} with {ending}")
    wanted = case.bytes_of(case.after)
    wrong += [
        f"{path} is not as it must be"
        for path in sorted({*stood, *wanted})
        if stood.get(path) != wanted.get(path)
    ]
    if undone is False:
        wrong.append("undo did not bring every byte back")
    judged = case.cheat is not None
    return Result(
        case,
        ending,
        tuple(wrong),
        kept=judged and stood != wanted,
        called_green=judged and ending.startswith("green") and stood != wanted,
        undone=undone,
        attempts=int(end["attempts"]),
        ours_ms=int(end["ours_ms"]),
        check_ms=int(end["check_ms"]),
        ms=int(end["ms"]),
        would_pass=_would_pass(case, top / "control") if judged and control else None,
    )


def _would_pass(case: Case, root: Path) -> bool:
    """Whether the check passes with the cheat in place: then only the guards stand against it."""
    assert case.cheat is not None
    write(root, case.bytes_of(case.cheat))
    try:
        done = subprocess.run(case.command, cwd=root, capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0

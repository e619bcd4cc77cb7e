"""What an edited tree is worth: files that must not change, then the task's judge in a process.

The judge runs what a model wrote: in the throw-away tree, in its own process group, with a built
environment that holds no keys and no proxies, off the network where the system lets it, for a few
seconds and within a bound of memory.
"""

from __future__ import annotations

import sys
from pathlib import Path

from spark_tui.core.errors import WorktreeError
from spark_tui.prove.tasks import Task
from spark_tui.services import processes

SECONDS = 10.0
_CAP = 256 * 1024

_PRELUDE = """
import importlib.util, pathlib, sys
sys.dont_write_bytecode = True

def read(path):
    return pathlib.Path(path).read_text("utf-8")

def flat(text):
    return " ".join(text.split())

def load(path):
    sys.path.insert(0, ".")
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

"""


def verdict(task: Task, root: Path) -> str:
    """What is wrong with the edited tree in a few words, "" for a right edit. Blocks."""
    for path, text in task.files.items():
        place = root / path
        if path not in task.may and (not place.is_file() or place.read_text("utf-8") != text):
            return f"{path} was changed, which nobody asked for"
    allowed = {*task.files, *task.may}
    stray = sorted(
        str(found.relative_to(root))
        for found in root.rglob("*")
        if found.is_file() and ".git" not in found.relative_to(root).parts
    )
    extra = next((path for path in stray if path not in allowed), "")
    if extra:
        return f"{extra} is a file nobody asked for"
    script = root.parent / "judge.py"
    script.write_text(_PRELUDE + task.judge, encoding="utf-8")
    try:
        done = processes.run_untrusted(
            [sys.executable, "-I", "-B", str(script)], cwd=root, timeout=SECONDS, cap=_CAP
        )
    except WorktreeError as error:
        return error.what
    if done.status == 0:
        return ""
    lines = done.err.decode("utf-8", "replace").strip().splitlines()
    last = lines[-1] if lines else f"status {done.status}"
    return "".join(c if c.isprintable() else "�" for c in last)[:200]

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def git(root: Path, *args: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *args],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], Path]:
    """Makes a committed repository, stands in it, and keeps all state in `tmp_path`."""

    def make(files: dict[str, str]) -> Path:
        root = tmp_path / "code"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(tmp_path, "init", "-q", "--initial-branch=main", str(root))
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "start")
        monkeypatch.chdir(root)
        return root

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return make

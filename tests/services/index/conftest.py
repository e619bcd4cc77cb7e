"""A real repository with some code, and a state folder beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from spark_tui.services.index.finder import RepositoryIndex
from spark_tui.services.worktree.repo import find_repository

FILES = {
    "net/retry.py": (
        "import random\n\n\ndef backoff(attempt):\n    return 0.5 * 2 ** attempt\n\n\n"
        "def should_retry(reply):\n    return reply.status in (429, 503)\n"
    ),
    "net/client.py": (
        "from net.retry import backoff\n\n\nclass Client:\n    def send(self, request):\n"
        "        '''Send it, again after a pause.'''\n        return self.pool.acquire(request)\n"
    ),
    "shop/basket.py": "class Basket:\n    def total(self):\n        return sum(self.prices)\n",
    "tests/test_retry.py": "def test_backoff_grows():\n    assert backoff(1) == 1.0\n",
    "README.md": "# shop\n\nA shop with a basket.\n",
}


class Rig:
    """A repository, the person's side of it, and the index."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "code"
        self.state = folder / "state"
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write(FILES)
        self.commit()
        self.repo = find_repository(self.root)
        self._open: list[RepositoryIndex] = []

    def git(self, *args: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        done = subprocess.run(
            ["git", *who, *args], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "state")

    def index(self) -> RepositoryIndex:
        made = RepositoryIndex(self.repo, self.state)
        self._open.append(made)
        return made

    def close(self) -> None:
        for one in self._open:
            one.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def places(index: RepositoryIndex, text: str) -> list[str]:
    """The paths of what is found, the best first."""
    return list(dict.fromkeys(one.path for one in index.find(text).bundle.blocks))

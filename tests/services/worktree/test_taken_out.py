"""Any subset of a tree's hunks can be taken out of it, exactly, and taken back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.services.worktree.random_trees import make
from tests.services.worktree.taken_out import check


@pytest.mark.parametrize("seed", range(2))
def test_what_is_left_is_what_git_would_leave(tmp_path: Path, seed: int) -> None:
    make(tmp_path / "work", seed)
    hunks, subsets, _ = check(tmp_path / "work", tmp_path / "state", random.Random(seed), 4)
    assert hunks
    assert subsets == 4


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 300))
def test_a_great_many_trees(tmp_path: Path, seed: int) -> None:
    make(tmp_path / "work", seed)
    check(tmp_path / "work", tmp_path / "state", random.Random(seed), 40)

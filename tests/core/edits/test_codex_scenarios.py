"""The scenarios of Codex' apply-patch, byte for byte, where their folder is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import absent, image_of


def _corpus() -> Path | None:
    given = os.environ.get("SPARK_TUI_SHARED")
    if given:
        found = Path(given) / "corpus" / "codex_apply_patch"
        return found if found.is_dir() else None
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared" / "corpus" / "codex_apply_patch"
        if found.is_dir():
            return found
    return None


_ROOT = _corpus()
_SCENARIOS = sorted(p.name for p in _ROOT.iterdir() if p.is_dir()) if _ROOT else []

# scenario -> why ours leaves the files as they were
_DIFFERENT = {
    "010_move_overwrites_existing_destination": "a move over an existing file would lose it",
    "011_add_overwrites_existing_file": "an added file that exists would be overwritten unseen",
    "015_failure_after_partial_success_leaves_changes": "all of an answer is written, or nothing",
}


def _tree(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _applied(before: dict[str, bytes], patch: str) -> dict[str, bytes]:
    def read(path: str) -> FileImage:
        if path not in before:
            return absent(path)
        return image_of(path, before[path])

    after = dict(before)
    for change in propose(patch, read).changes:
        if change.after.exists:
            after[change.path] = change.after.data
        else:
            del after[change.path]
    return after


@pytest.mark.skipif(_ROOT is None, reason="no shared/corpus above; set SPARK_TUI_SHARED")
def test_all_25_scenarios_are_there() -> None:
    assert len(_SCENARIOS) == 25
    assert set(_DIFFERENT) <= set(_SCENARIOS)


@pytest.mark.parametrize("name", _SCENARIOS)
def test_scenario_gives_the_expected_bytes(name: str) -> None:
    assert _ROOT is not None
    before = _tree(_ROOT / name / "input")
    expected = _tree(_ROOT / name / "expected")
    got = _applied(before, (_ROOT / name / "patch.txt").read_bytes().decode())
    if name in _DIFFERENT:
        assert got == before != expected, _DIFFERENT[name]
    else:
        assert got == expected

"""The scenarios of Codex' apply-patch, byte for byte (`scenarios/README.md` says where from)."""

from __future__ import annotations

from pathlib import Path

import pytest

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import absent, image_of

_ROOT = Path(__file__).parent / "scenarios"
_SCENARIOS = sorted(p.name for p in _ROOT.iterdir() if p.is_dir())

# scenario -> why ours leaves the files as they were
_DIFFERENT = {
    "010_move_overwrites_existing_destination": "a move over an existing file would lose it",
    "011_add_overwrites_existing_file": "an added file that exists would be overwritten unseen",
    "015_failure_after_partial_success_leaves_changes": "all of an answer is written, or nothing",
}

# scenario -> what ours writes instead, and why
_OTHER_BYTES = {
    # a new line ends as the one it replaces did, not as most of the file does
    "024_preserves_mixed_line_endings": {"lines.txt": b"one\r\ntwo\rTHREE\nfour\r\n"},
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


def test_all_25_scenarios_are_there() -> None:
    assert len(_SCENARIOS) == 25
    assert set(_DIFFERENT) <= set(_SCENARIOS)


@pytest.mark.parametrize("name", _SCENARIOS)
def test_scenario_gives_the_expected_bytes(name: str) -> None:
    before = _tree(_ROOT / name / "input")
    expected = _tree(_ROOT / name / "expected")
    got = _applied(before, (_ROOT / name / "patch.txt").read_bytes().decode())
    if name in _DIFFERENT:
        assert got == before != expected, _DIFFERENT[name]
    elif name in _OTHER_BYTES:
        assert got == _OTHER_BYTES[name] != expected
    else:
        assert got == expected

import stat
from pathlib import Path

from spark_tui.services.crashes import KEPT, crash_note


def broken(key: str) -> None:
    held = {"Authorization": key}
    try:
        raise KeyError(held["Authorization"])
    except KeyError as error:
        raise ValueError(f"file says {key}") from error


def note_of(state: Path) -> Path:
    try:
        broken("sk-secret")
    except ValueError as error:
        return Path(crash_note(state, error))
    raise AssertionError


def test_a_note_says_where_it_broke_and_nothing_it_held(tmp_path: Path) -> None:
    note = note_of(tmp_path)
    text = note.read_text()
    assert "builtins.ValueError" in text
    assert "because of builtins.KeyError" in text
    assert "test_crashes.py:" in text
    assert " broken" in text
    assert "sk-secret" not in text
    assert str(Path(__file__).parent) not in text
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert stat.S_IMODE(note.parent.stat().st_mode) == 0o700


def test_only_the_newest_notes_are_kept(tmp_path: Path) -> None:
    notes = [note_of(tmp_path) for _ in range(KEPT + 3)]
    assert len(list((tmp_path / "crashes").iterdir())) == KEPT
    assert notes[-1].exists()


def test_a_folder_that_can_not_be_made_costs_the_note_only(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    assert crash_note(tmp_path / "state", ValueError()) == ""

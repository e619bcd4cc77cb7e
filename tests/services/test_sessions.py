from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from spark_tui.core.errors import JournalError
from spark_tui.services import file_lock, sessions
from spark_tui.services.sessions import Sessions
from tests.services.held import ends, held_elsewhere


def here(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "state", Path("/a"))


def test_the_newest_value_of_a_key_counts(tmp_path: Path) -> None:
    file = here(tmp_path).writer("one")
    file.keep({"turn:1": {"text": "cap it"}, "acts": []})
    file.keep({"turn:1": {"text": "cap it at 8"}})
    assert here(tmp_path).read("one") == {"turn:1": {"text": "cap it at 8"}, "acts": []}


def test_sessions_are_listed_newest_first_for_their_own_worktree_only(tmp_path: Path) -> None:
    kept = here(tmp_path)
    for number, name in enumerate(("one", "two")):
        kept.writer(name).keep({"acts": []})
        (path,) = tmp_path.rglob(f"{name}.jsonl")
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    assert [held.id for held in kept.held()] == ["two", "one"]
    assert Sessions(tmp_path / "state", Path("/b")).held() == ()


def test_a_session_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    here(tmp_path).writer().keep({"acts": []})
    (file,) = (p for p in tmp_path.rglob("*") if p.is_file())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_session_that_another_process_keeps_locked_is_kept_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_lock, "WAIT_S", 0.05)
    file = here(tmp_path).writer("one")
    file.keep({"turn:1": 1})
    (path,) = tmp_path.rglob("one.jsonl")
    with held_elsewhere(path):
        assert ends(lambda: file.keep({"turn:2": 2}))
    assert here(tmp_path).read("one") == {"turn:1": 1, "turn:2": 2}


def test_a_line_a_crash_cut_short_costs_itself_only(tmp_path: Path) -> None:
    here(tmp_path).writer("one").keep({"turn:1": 1})
    (file,) = tmp_path.rglob("one.jsonl")
    with file.open("ab") as raw:
        raw.write(b'{"key": "turn:2", "val')
    here(tmp_path).writer("one").keep({"turn:3": 3})
    assert here(tmp_path).read("one") == {"turn:1": 1, "turn:3": 3}


def test_a_large_file_is_cut_to_the_newest_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LARGEST", 10_000)
    file = here(tmp_path).writer("one")
    for number in range(50):
        file.keep({f"turn:{number % 10}": f"{number} " + "x" * 400, "acts": number})
    (path,) = tmp_path.rglob("one.jsonl")
    assert path.stat().st_size <= 10_000 + 1_000
    values = here(tmp_path).read("one")
    assert str(values["turn:9"]).startswith("49 ")
    assert values["acts"] == 49


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "KEPT", 2)
    for name in "abc":
        here(tmp_path).writer(name).keep({"acts": []})
        (path,) = tmp_path.rglob(f"{name}.jsonl")
        os.utime(path, (1_700_000_000 + ord(name),) * 2)
    here(tmp_path).writer("d").keep({"acts": []})
    assert [held.id for held in here(tmp_path).held()] == ["d", "c"]


def test_a_link_is_neither_read_nor_written(tmp_path: Path) -> None:
    here(tmp_path).writer("one").keep({"acts": []})
    (file,) = tmp_path.rglob("one.jsonl")
    other = tmp_path / "other"
    other.write_text('{"key": "a", "value": 1}\n')
    file.unlink()
    file.symlink_to(other)
    here(tmp_path).writer("one").keep({"acts": []})
    assert other.read_text() == '{"key": "a", "value": 1}\n'
    with pytest.raises(JournalError):
        here(tmp_path).read("one")


def test_a_name_never_leaves_the_folder(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "x.jsonl").write_text("{}")
    with pytest.raises(JournalError):
        here(tmp_path).read("../../x")

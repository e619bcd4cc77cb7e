from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from pathlib import Path

import pytest

from spark_tui.core.pasted_blocks import Folded, blocks_of
from spark_tui.services import file_lock, history
from spark_tui.services.history import TypedText
from tests.services.held import ends, held_elsewhere


def test_a_lock_that_another_process_keeps_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_lock, "WAIT_S", 3600.0)
    typed, other = (TypedText(tmp_path, Path("/a")) for _ in range(2))
    typed.remember("before")
    typed.close()
    with held_elsewhere(tmp_path / "history.jsonl.lock"):
        assert ends(lambda: other.remember("while it is held"))
        assert ends(lambda: other.keep_draft("half a thought"))
        assert ends(other.close)
        assert list(typed.earlier()) == ["before", "while it is held"]


def test_a_lock_that_is_let_go_in_time_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LARGEST", 10_000)
    typed = TypedText(tmp_path, Path("/a"))
    file = tmp_path / "history.jsonl"
    file.write_text('{"tree": "/a", "text": "old"}\n' * (history.KEPT + 5))
    with held_elsewhere(tmp_path / "history.jsonl.lock"):
        typed.remember("new")
    while '"new"' not in file.read_text():
        time.sleep(0.002)
    typed.close()
    assert len(file.read_text().splitlines()) == history.KEPT


def test_instructions_come_back_for_their_own_worktree_only(tmp_path: Path) -> None:
    here, there = (TypedText(tmp_path / "state", Path(p)) for p in ("/a", "/b"))
    here.remember("cap it\nat 8 s")
    here.remember("test it")
    there.remember("rename pool")
    here.close()
    there.close()
    assert list(TypedText(tmp_path / "state", Path("/a")).earlier()) == [
        "cap it\nat 8 s",
        "test it",
    ]


def test_pasted_blocks_come_back_as_such(tmp_path: Path) -> None:
    typed = TypedText(tmp_path, Path("/a"))
    typed.remember(Folded("why? " + "x\n" * 9 + " now", [(5, 23)]))
    typed.remember("plain")
    typed.close()
    with (tmp_path / "history.jsonl").open("ab") as file:
        file.write(
            b'{"tree": "/a", "text": "short", "pastes": [[0, 99], "x", [1], [3, 2], [0, 2]]}\n'
        )
    folded, plain, damaged = TypedText(tmp_path, Path("/a")).earlier()
    assert folded.blocks == ((5, 23),)
    assert plain.blocks == ()
    assert damaged.blocks == ((0, 2),)


def test_what_was_typed_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "state"
    typed = TypedText(state, Path("/a"))
    typed.remember("cap it")
    typed.close()
    typed.keep_draft("and then")
    files = [p for p in state.rglob("*") if p.is_file()]
    assert len(files) == 3
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_damaged_lines_are_skipped(tmp_path: Path) -> None:
    typed = TypedText(tmp_path, Path("/a"))
    typed.remember("one")
    typed.close()
    with (tmp_path / "history.jsonl").open("ab") as file:
        file.write(b'{"tree": "/a"\n\xff\xfe\n[1]\n{"tree": "/a", "text": 3}\n')
    typed.remember("two")
    typed.close()
    assert list(typed.earlier()) == ["one", "two"]


def test_the_file_is_cut_to_its_newest_lines(tmp_path: Path) -> None:
    typed = TypedText(tmp_path, Path("/a"))
    file = tmp_path / "history.jsonl"
    line = json.dumps({"tree": "/a", "text": "x" * 4_000}) + "\n"
    file.write_text(line * (history.LARGEST // len(line) + 1))
    typed.remember("last")
    typed.remember("after the cut")
    typed.close()
    assert file.stat().st_size < history.LARGEST // 2 + 100_000
    assert list(typed.earlier())[-2:] == ["last", "after the cut"]


def test_pasted_data_is_not_kept(tmp_path: Path) -> None:
    typed = TypedText(tmp_path, Path("/a"))
    typed.remember("x" * (history.LONGEST + 1))
    typed.close()
    assert list(typed.earlier()) == []


def test_a_draft_comes_back_once_and_only_here(tmp_path: Path) -> None:
    TypedText(tmp_path, Path("/a")).keep_draft("half a thought\nin two lines")
    TypedText(tmp_path, Path("/a")).keep_draft("")
    assert TypedText(tmp_path, Path("/b")).take_draft() == ""
    again = TypedText(tmp_path, Path("/a"))
    assert again.take_draft() == "half a thought\nin two lines"
    assert again.take_draft() == ""


def test_a_draft_of_a_session_that_still_runs_stays_its_own(tmp_path: Path) -> None:
    typed = TypedText(tmp_path, Path("/a"))
    typed.keep_draft("from here")
    (here,) = (tmp_path / "drafts").iterdir()
    name = here.name.rpartition("-")[0]
    running = here.rename(here.with_name(f"{name}-{os.getppid()}"))
    assert typed.take_draft() == ""
    ended = subprocess.Popen(["true"])
    ended.wait()
    running.rename(here.with_name(f"{name}-{ended.pid}"))
    assert typed.take_draft() == "from here"


def test_a_draft_that_was_sent_is_forgotten(tmp_path: Path) -> None:
    typed = TypedText(tmp_path, Path("/a"))
    typed.keep_draft("half a thought")
    typed.keep_draft("")
    assert TypedText(tmp_path, Path("/a")).take_draft() == ""


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine\n")
    state = tmp_path / "state"
    state.mkdir()
    (state / "history.jsonl").symlink_to(elsewhere)
    typed = TypedText(state, Path("/a"))
    typed.remember("cap it")
    typed.close()
    assert elsewhere.read_text() == "mine\n"
    assert list(typed.earlier()) == []


def test_a_draft_keeps_its_pasted_blocks_folded(tmp_path: Path) -> None:
    pasted = Folded("fix this:\nline\nline\nplease", [(10, 20)])
    TypedText(tmp_path, Path("/a")).keep_draft(pasted)
    back = TypedText(tmp_path, Path("/a")).take_draft()
    assert (back, blocks_of(back)) == (str(pasted), blocks_of(pasted))


def test_a_damaged_draft_is_none(tmp_path: Path) -> None:
    typed = TypedText(tmp_path, Path("/a"))
    typed.keep_draft(Folded("a\nb\nc", [(0, 3)]))
    (file,) = (tmp_path / "drafts").iterdir()
    file.write_bytes(file.read_bytes()[:9])
    assert TypedText(tmp_path, Path("/a")).take_draft() == ""

"""Finding code through the index: what is on the disk now, and nothing that must not be there."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from spark_tui.core.retrieve.answer import IndexState
from spark_tui.core.retrieve.find import find
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.services import processes
from spark_tui.services.index import builder_process
from spark_tui.services.index.build import Builder, TooLongError, due
from spark_tui.services.index.finder import RepositoryIndex, place
from spark_tui.services.index.listing import FileReader, listing
from spark_tui.services.index.store import Store
from tests.services.index.conftest import FILES, Rig, places

ASKED = "wait longer between two attempts of the backoff"


def segments(rig: Rig) -> int:
    store = Store(place(rig.state, rig.root), write=False)
    try:
        return len(store.segments())
    finally:
        store.close()


def test_the_stored_index_finds_what_the_one_in_memory_finds(rig: Rig) -> None:
    index = rig.index()
    assert index.refresh()
    memory = MemoryIndex()
    for path, text in FILES.items():
        memory.put(path, path, text)
    for text in (ASKED, "the basket's total", "`should_retry`", "send() in client", "test backoff"):
        answer = index.find(text)
        assert answer.bundle == find(text, memory)
        assert (answer.state, answer.files) == (IndexState.READY, len(FILES))
    assert places(index, ASKED)[0] == "net/retry.py"


def test_lines_that_a_traceback_points_at_by_absolute_paths_come_first(rig: Rig) -> None:
    rig.write({"shop/till.py": "".join(f"x{n} = {n}\n" for n in range(200))})
    rig.commit()
    index = rig.index()
    index.refresh()
    text = f'Traceback:\n  File "{rig.root}/shop/till.py", line 120, in <module>\nZeroDivisionError'
    [block, *_] = index.find(text).bundle.blocks
    assert block.path == "shop/till.py"
    assert block.first <= 120 <= block.last


def test_a_change_is_found_once_it_is_told_of_and_never_shown_as_it_was(rig: Rig) -> None:
    index = rig.index()
    index.refresh()
    rig.write({"shop/basket.py": "class Basket:\n    def discount(self):\n        return 5\n"})
    assert places(index, "the discount") == []
    assert index.update(["shop/basket.py"])
    assert places(index, "the discount") == ["shop/basket.py"]
    longer = "\n\n\nclass Basket:\n    def discount(self):\n        pass\n"
    rig.write({"shop/basket.py": longer})
    [block] = index.find("the discount").bundle.blocks  # nobody told: it is read again
    assert (block.first, block.last) == (4, 6)
    (rig.root / "shop/basket.py").unlink()
    assert places(index, "the discount") == []


def test_a_later_start_reads_what_changed_meanwhile(rig: Rig) -> None:
    rig.index().refresh()
    rig.write({"shop/new.py": "def voucher():\n    pass\n", "net/retry.py": "def jitter(): ...\n"})
    (rig.root / "net/client.py").unlink()
    index = rig.index()
    index.refresh()
    assert index.find("voucher").files == len(FILES)  # one is new, one is gone
    assert places(index, "voucher") == ["shop/new.py"]
    assert places(index, "jitter") == ["net/retry.py"]
    assert places(index, "acquire from the pool") == []
    rig.git("checkout", "-q", "--", "net")
    index = rig.index()
    index.refresh()
    assert places(index, "jitter") == []
    assert places(index, "acquire from the pool") == ["net/client.py"]


def test_a_file_that_is_listed_and_gone_is_not_asked_for_again(rig: Rig) -> None:
    (rig.root / "net/client.py").unlink()
    rig.index().refresh()
    store = Store(place(rig.state, rig.root), write=True)
    with FileReader(rig.root) as reader:
        assert due(store, listing(rig.repo), reader).read == []
    assert store.count() == len(FILES) - 1
    store.close()


def test_going_back_to_a_branch_reads_nothing_again(rig: Rig) -> None:
    rig.index().refresh()
    rig.git("checkout", "-q", "-b", "other")
    rig.write({"net/retry.py": "def jitter(): ...\n"})
    rig.commit()
    rig.index().refresh()
    rig.git("checkout", "-q", "main")
    store = Store(place(rig.state, rig.root), write=True)
    with FileReader(rig.root) as reader:
        work = due(store, listing(rig.repo), reader)
        assert work.read == []
        Builder(store, reader).settle(work)
    store.close()
    index = rig.index()
    assert places(index, ASKED)[0] == "net/retry.py"
    assert places(index, "jitter") == []


def test_many_small_changes_are_written_together(rig: Rig) -> None:
    index = rig.index()
    index.refresh()
    for number in range(20):
        rig.write({"shop/basket.py": f"def {chr(97 + number) * 6}(): ...\n"})
        index.update(["shop/basket.py"])
    before = index.find(ASKED).bundle
    store = Store(place(rig.state, rig.root), write=True)
    with FileReader(rig.root) as reader:
        Builder(store, reader).clean()
    store.close()
    assert segments(rig) == 1
    assert index.find(ASKED).bundle.blocks == before.blocks
    assert places(index, "tttttt") == ["shop/basket.py"]
    assert places(index, "ssssss") == []


# ------------------------------------------------------------------ what must not get in


def test_only_plain_files_of_the_repository_get_in(rig: Rig, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("def zebra_outside(): ...\n")
    rig.write({".gitignore": "ignored/\n", "ignored/a.py": "def zebra_ignored(): ...\n"})
    (rig.root / "link.py").symlink_to(outside)
    (rig.root / "folder").symlink_to(tmp_path)
    (rig.root / "binary.py").write_bytes(b"def zebra_binary(): ...\n\0\0")
    (rig.root / "huge.py").write_text("def zebra_huge(): ...\n" * 60_000)
    inner = rig.root / "inner"
    inner.mkdir()
    rig.git("init", "-q", str(inner))
    (inner / "a.py").write_text("def zebra_inner(): ...\n")
    rig.git("add", "link.py", "folder", "binary.py", "huge.py")
    index = rig.index()
    index.refresh()
    index.update(["link.py", "folder/outside.py", "inner/a.py", "../outside.py"])
    assert index.find("zebra").bundle.blocks == ()


def test_no_secret_gets_in(rig: Rig) -> None:
    key = "sk-proj-" + "aB3" * 12
    rig.write(
        {
            ".env": "PASSWORD=tangerine-horse\n",
            "certs/server.pem": "-----BEGIN PRIVATE KEY-----\nabcdef\n",
            "settings.py": f"def configure():\n    api_key = '{key}'\n",
            "data.py": f"def lookup():\n    return '{'q7Xz9' * 10}'\n",
        }
    )
    rig.commit()
    index = rig.index()
    index.refresh()
    assert places(index, "configure lookup tangerine PASSWORD server pem") == ["data.py"]
    written = b"".join(p.read_bytes() for p in (rig.state / "index").iterdir()).lower()
    for secret in (key, "tangerine", "abcdef", "q7xz9"):
        assert secret.lower().encode() not in written


def test_the_files_are_their_owner_s(rig: Rig) -> None:
    index = rig.index()
    index.start()
    index.wait()
    index.find(ASKED)
    folder = rig.state / "index"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


# ------------------------------------------------------------------ when things go wrong


def test_without_an_index_the_files_are_searched(rig: Rig) -> None:
    answer = rig.index().find(ASKED)
    assert answer.state is IndexState.NONE
    assert answer.bundle.blocks[0].path == "net/retry.py"


def test_a_state_folder_that_cannot_be_used_is_told_of(rig: Rig) -> None:
    rig.state.write_text("in the way")
    index = rig.index()
    assert not index.refresh()
    index.start()
    index.wait()
    answer = index.find(ASKED)
    assert answer.note
    assert answer.bundle.blocks[0].path == "net/retry.py"


@pytest.mark.parametrize("damage", [b"no database" * 100, b""], ids=["other", "empty"])
def test_a_damaged_index_is_made_anew(rig: Rig, damage: bytes) -> None:
    index = rig.index()
    index.refresh()
    path = place(rig.state, rig.root)
    path.write_bytes(damage)
    again = rig.index()
    assert again.find(ASKED).bundle.blocks[0].path == "net/retry.py"
    again.start()
    again.wait()
    answer = again.find(ASKED)
    assert (answer.state, answer.files) == (IndexState.READY, len(FILES))


def test_a_page_in_the_middle_that_is_damaged_breaks_nothing(rig: Rig) -> None:
    rig.index().refresh()
    path = place(rig.state, rig.root)
    data = bytearray(path.read_bytes())
    data[16_384:] = bytes(len(data) - 16_384)
    path.write_bytes(data)
    index = rig.index()
    assert index.find(ASKED).bundle.blocks[0].path == "net/retry.py"


def killed(index: RepositoryIndex, after_s: float) -> None:
    index.start()
    deadline = time.monotonic() + 10
    while not index.builder and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(after_s)
    if index.builder:
        os.kill(index.builder, signal.SIGKILL)
    index.close()


def test_a_build_that_is_killed_leaves_what_can_be_used(rig: Rig) -> None:
    rig.write({f"gen/m{n}.py": f"def made_{n}():\n    return {n}\n" * 5 for n in range(400)})
    rig.commit()
    for after in (0.05, 0.25):
        killed(rig.index(), after)
        assert "net/retry.py" in places(rig.index(), ASKED)
    index = rig.index()
    index.start()
    index.wait()
    answer = index.find("made_77")
    assert (answer.state, answer.files) == (IndexState.READY, len(FILES) + 400)
    assert answer.bundle.blocks[0].path == "gen/m77.py"


def test_a_file_that_ended_the_builder_twice_is_left_out(rig: Rig) -> None:
    (rig.state / "index").mkdir(parents=True)
    path = place(rig.state, rig.root)
    path.with_suffix(".at").write_text("2 shop/basket.py\n")
    index = rig.index()
    index.start()
    index.wait()
    answer = index.find("the basket's total")
    assert answer.state is IndexState.READY
    assert "shop/basket.py" not in [one.path for one in answer.bundle.blocks]
    assert not path.with_suffix(".at").exists()


def test_a_file_that_takes_too_long_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder_process, "FILE_S", 0.02)
    watch = builder_process._Watch(tmp_path / "x.at")
    before = signal.getsignal(signal.SIGALRM)
    try:
        with pytest.raises(TooLongError), watch.bounded("slow.py"):
            time.sleep(10)
        assert (tmp_path / "x.at").read_text() == "1 slow.py\n"
    finally:
        watch.over()
        signal.signal(signal.SIGALRM, before if callable(before) else signal.SIG_DFL)


def test_another_program_s_lock_is_waited_for(rig: Rig) -> None:
    index = rig.index()
    index.refresh()
    other = sqlite3.connect(place(rig.state, rig.root), isolation_level=None)
    other.execute("begin immediate")
    assert places(index, ASKED)[0] == "net/retry.py"  # reading waits for nobody
    other.execute("rollback")
    other.close()


def test_while_another_process_builds_it_is_waited_for_and_no_second_one_starts(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Sequence[str]] = []

    def spawn(args: Sequence[str]) -> processes.OwnProcess:
        started.append(args)
        return processes.spawn_self(args)

    monkeypatch.setattr("spark_tui.services.index.finder.spawn_self", spawn)
    index, ready = rig.index(), threading.Event()
    with builder_process.alone(place(rig.state, rig.root)) as ours:
        assert ours
        index.start(ready.set)
        assert not ready.wait(0.2)
        assert started == []
    index.wait()
    assert len(started) == 1
    assert index.find(ASKED).state is IndexState.READY


def test_closing_ends_the_builder_and_the_thread_that_listens(rig: Rig) -> None:
    rig.write({f"gen/m{n}.py": f"def made_{n}(): ...\n" * 9 for n in range(400)})
    index = rig.index()
    index.start()
    index.started()
    pid = index.builder
    index.close()
    index.wait()
    assert not pid or not Path(f"/proc/{pid}").exists()

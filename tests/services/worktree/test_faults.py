from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.errors import ConflictError, JournalError, SparkError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree, disk, finalize, writer
from spark_tui.services.worktree.finalize import Settler, tidy
from spark_tui.services.worktree.writer import Written
from spark_tui.ui.messages.remedies import shell_line

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

NOTE = EntryNote("x", "simulated", 1)
CALLS = ("fsync", "rename", "link", "unlink", "mkdir", "rmdir", "fchmod", "write")


class Fault:
    """Raises an error at the `at`-th changing call, and at every later one if `lasting`.

    For EMFILE every call counts that opens something.
    """

    def __init__(self, patch: pytest.MonkeyPatch, code: int, at: int, *, lasting: bool) -> None:
        self.code, self.at, self.lasting, self.count = code, at, lasting, 0
        self.off = False
        for name in CALLS:
            patch.setattr(os, name, self._wrapped(getattr(os, name)))
        patch.setattr(disk, "_renameat2", self._wrapped(disk._renameat2))
        os_open = os.open

        def opened(path: Any, flags: int, *args: Any, **named: Any) -> int:
            if flags & os.O_CREAT or code == errno.EMFILE:
                self._step()
            return os_open(path, flags, *args, **named)

        patch.setattr(os, "open", opened)

    def _wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **named: Any) -> Any:
            self._step()
            return call(*args, **named)

        return counted

    def _step(self) -> None:
        if self.off:
            return
        self.count += 1
        if self.count == self.at or (self.lasting and self.count > self.at):
            raise OSError(self.code, os.strerror(self.code))


def changes(tree: GitWorktree) -> list[Change]:
    a, b = tree.read("a.py"), tree.read("lib/b.py")
    return [
        Change(a, image_of("a.py", b"new a\n" * 500, a.mode)),
        Change(b, absent("lib/b.py")),
        Change(absent("new/n.py"), image_of("new/n.py", b"n\n")),
    ]


def prepared(rig: Rig) -> GitWorktree:
    rig.save("a.py", b"a\n" * 100, 0o640)
    rig.save("lib/b.py", b"b\n", 0o600)
    rig.save("lib/stays.py", b"s\n")
    tree = rig.tree()
    with tree._locked():
        pass  # where the worktree is has been noted: faults of that are lost, and count nothing
    return tree


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is committed behind a flush: faults are counted in one thread."""

    def submit(settler: Settler, written: Written) -> None:
        with contextlib.suppress(OSError, SparkError):
            tidy(settler._journal, written)

    monkeypatch.setattr(Settler, "submit", submit)
    monkeypatch.setattr(Settler, "submit_left_over", lambda _: None)


@pytest.mark.usefixtures("unsettled")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk full, nothing written · free space, try again"),
        (errno.EDQUOT, "disk quota reached, nothing written"),
        (errno.EROFS, "the disk is read-only, nothing written"),
        (errno.EACCES, "permission denied"),
        (errno.EMFILE, "too many open files, nothing written"),
        (errno.EIO, "the disk reports an error, nothing written"),
    ],
)
def test_a_fault_is_said_in_one_line(rig: Rig, code: int, words: str) -> None:
    tree = prepared(rig)
    before = rig.seen()
    with pytest.MonkeyPatch.context() as patch:
        Fault(patch, code, 12, lasting=False)
        with pytest.raises(JournalError) as caught:
            tree.flush(changes(tree), NOTE)
    assert shell_line(caught.value).startswith(words)
    assert rig.seen() == before


@pytest.mark.usefixtures("unsettled")
@pytest.mark.parametrize(
    ("code", "lasting"),
    [
        (errno.ENOSPC, False),
        (errno.ENOSPC, True),
        (errno.EIO, False),
        (errno.EACCES, False),
        (errno.EROFS, True),
        (errno.EMFILE, False),
    ],
)
def test_a_fault_at_any_call_leaves_the_tree_as_it_was(
    rig: Rig, code: int, *, lasting: bool
) -> None:
    tree = prepared(rig)
    tree.journal.create()
    before = rig.seen()
    failed = 0
    for at in range(1, 200):
        with pytest.MonkeyPatch.context() as patch:
            fault = Fault(patch, code, at, lasting=lasting)
            try:
                tree.flush(changes(tree), NOTE)
            except SparkError as error:
                failed += 1
                message = shell_line(error)
            else:
                message = ""
            fault.off = True
        assert "\n" not in message
        if not message:
            # The fault came after the mark, or not at all: written.
            tree.undo()
        if lasting or not message:
            rig.tree().recover()
        assert rig.seen() == before, (at, message)
        assert not tree.journal.intents(), (at, message)
        if fault.count < at:
            break
    assert failed > 20
    tree.flush(changes(tree), NOTE)
    tree.undo()
    assert rig.seen() == before


@pytest.mark.usefixtures("unsettled")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO, errno.EMFILE])
def test_a_fault_at_any_call_of_undo_leaves_the_tree_as_it_was(rig: Rig, code: int) -> None:
    tree = prepared(rig)
    before = rig.seen()
    tree.flush(changes(tree), NOTE)
    after = rig.seen()
    failed = 0
    for at in range(1, 200):
        with pytest.MonkeyPatch.context() as patch:
            fault = Fault(patch, code, at, lasting=False)
            try:
                tree.undo()
            except SparkError as error:
                failed += 1
                message = shell_line(error)
            else:
                message = ""
            fault.off = True
        assert rig.seen() == (after if message else before), (at, message)
        assert ", y again" not in message
        rig.tree().recover()
        assert rig.seen() == (after if message else before), (at, message)
        if not message:
            tree.redo()
        if fault.count < at:
            break
    assert failed > 10
    assert not tree.journal.intents()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.usefixtures("unsettled")
def test_a_folder_that_may_not_be_written_leaves_all_files_alone(rig: Rig) -> None:
    tree = prepared(rig)
    wanted = changes(tree)
    before = rig.seen()
    (rig.root / "lib").chmod(0o555)
    with pytest.raises(JournalError, match="permission denied for lib/"):
        tree.flush(wanted, NOTE)
    (rig.root / "lib").chmod(0o755)
    assert rig.seen() == before


def test_a_save_between_look_and_swap_is_kept(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = prepared(rig)
    wanted = changes(tree)
    real = disk.swap

    def saved_first(folder: int, one: str, other: str) -> bool:
        rig.save("a.py", b"saved in the gap\n", 0o640)
        return real(folder, one, other)

    monkeypatch.setattr(disk, "swap", saved_first)
    with pytest.raises(ConflictError, match=r"you saved a\.py meanwhile, yours is kept"):
        tree.flush(wanted, NOTE)
    assert (rig.root / "a.py").read_bytes() == b"saved in the gap\n"
    assert sorted(rig.seen()) == ["a.py", "lib/b.py", "lib/stays.py"]


def test_a_file_emptied_between_look_and_swap_stays_empty(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = prepared(rig)
    wanted = changes(tree)
    real = disk.swap

    def emptied_first(folder: int, one: str, other: str) -> bool:
        rig.save("a.py", b"", 0o640)
        return real(folder, one, other)

    monkeypatch.setattr(disk, "swap", emptied_first)
    with pytest.raises(ConflictError, match=r"you saved a\.py meanwhile, yours is kept"):
        tree.flush(wanted, NOTE)
    assert rig.seen()["a.py"] == (0o100640, b"")
    assert sorted(rig.seen()) == ["a.py", "lib/b.py", "lib/stays.py"]


def test_a_file_created_meanwhile_is_not_overwritten(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = prepared(rig)
    real = disk.move_new

    def created_first(folder: int, source: str, target: str) -> None:
        if target == "n.py":
            rig.save("new/n.py", b"theirs\n")
        real(folder, source, target)

    monkeypatch.setattr(disk, "move_new", created_first)
    with pytest.raises(ConflictError, match=r"new/n\.py"):
        tree.flush(changes(tree), NOTE)
    assert rig.seen()["new/n.py"][1] == b"theirs\n"
    assert rig.seen()["lib/b.py"][1] == b"b\n"
    assert rig.seen()["a.py"][1] == b"a\n" * 100


def test_a_writer_that_still_holds_the_old_file_is_waited_for(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = prepared(rig)
    wanted = changes(tree)
    editor = (rig.root / "a.py").open("r+b", buffering=0)
    real = disk.has_writer
    polls = 0

    def has_writer(fd: int) -> bool | None:
        nonlocal polls
        held = real(fd)
        if held:
            polls += 1
        if polls == 3 and not editor.closed:
            editor.write(b"late save")
            editor.close()
        return held

    monkeypatch.setattr(disk, "has_writer", has_writer)
    with contextlib.closing(editor):
        if real(os.open(rig.root / "lib" / "stays.py", os.O_RDONLY)) is None:
            pytest.skip("this system has no leases")
        with pytest.raises(ConflictError, match=r"you saved a\.py meanwhile"):
            tree.flush(wanted, NOTE)
    assert polls >= 3
    assert (rig.root / "a.py").read_bytes().startswith(b"late save")


def test_a_late_save_into_the_displaced_file_comes_back_without_leases(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.save("a.py", b"a\n" * 100)
    tree = rig.tree()
    monkeypatch.setattr(disk, "has_writer", lambda fd: None)
    monkeypatch.setattr(finalize, "LINGER_SECONDS", 0.3)
    with (rig.root / "a.py").open("r+b", buffering=0) as editor:
        rig.put(tree, {"a.py": b"ours\n"})
        assert (rig.root / "a.py").read_bytes() == b"ours\n"
        editor.write(b"late save\n")
    tree.close()
    assert (rig.root / "a.py").read_bytes().startswith(b"late save\n")
    assert sorted(rig.seen()) == ["a.py"]


@pytest.mark.usefixtures("unsettled")
def test_without_exchange_the_same_promises_hold(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_renameat2", lambda *_: False)
    tree = prepared(rig)
    before = rig.seen()
    tree.flush(changes(tree), NOTE)
    assert sorted(rig.seen()) == ["a.py", "lib/stays.py", "new/n.py"]
    tree.undo()
    assert rig.seen() == before
    for at in range(1, 60):
        with pytest.MonkeyPatch.context() as patch:
            fault = Fault(patch, errno.EIO, at, lasting=False)
            patch.setattr(disk, "_renameat2", lambda *_: False)
            try:
                tree.flush(changes(tree), NOTE)
            except SparkError:
                fault.off = True
            else:
                fault.off = True
                tree.undo()
        rig.tree().recover()
        assert rig.seen() == before, at


def test_two_saves_in_the_gap_are_both_kept(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = prepared(rig)
    wanted = changes(tree)[:1]
    real = disk.swap

    def saved_twice(folder: int, one: str, other: str) -> bool:
        rig.save("a.py", b"first save\n", 0o640)
        done = real(folder, one, other)
        rig.save("a.py", b"second save\n", 0o640)
        return done

    monkeypatch.setattr(disk, "swap", saved_twice)
    with pytest.raises(ConflictError, match=r"a\.py changed twice meanwhile") as caught:
        tree.flush(wanted, NOTE)
    assert (rig.root / "a.py").read_bytes() == b"second save\n"
    kept = caught.value.remedies[0].removeprefix("the older one is in ")
    assert Path(kept).read_bytes() == b"first save\n"
    assert sorted(rig.seen()) == ["a.py", "lib/b.py", "lib/stays.py"]


def test_what_was_in_a_folder_that_is_gone_is_rescued_on_recovery(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = prepared(rig)
    wanted = changes(tree)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "_take_back", lambda *_: None)  # as if killed
        patch.setattr(writer, "_sync_folders", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tree.flush(wanted, NOTE)
    (rig.root / "lib").rename(rig.folder / "elsewhere")
    report = rig.tree().recover()
    assert report.restored == ("new/n.py", "a.py")
    assert report.left == ("lib/b.py",)
    assert [Path(kept).read_bytes() for kept in report.rescued] == [b"b\n"]
    assert (rig.root / "a.py").read_bytes() == b"a\n" * 100
    assert any("kept in" in line for line in report.lines())


def test_a_torn_intent_is_forgotten(rig: Rig) -> None:
    tree = prepared(rig)
    tree.journal.create()
    (tree.journal.folder / "entries" / "000001.intent").write_bytes(b'{"format":1,"id":1,"wh')
    report = rig.tree().recover()
    assert report.rolled_back == 1
    assert rig.tree().recover().clean


def test_a_damaged_blob_is_noticed_before_anything_is_written(rig: Rig) -> None:
    rig.save("a.py", b"a\n" * 100)
    tree = rig.tree()
    rig.put(tree, {"a.py": b"b\n"})
    tree.close()
    (record,) = tree.journal.records()
    path = tree.journal.store._path(record.steps[0].before.sha)
    path.chmod(0o600)
    path.write_bytes(b"rubbish")
    with pytest.raises(JournalError, match="#1 is damaged"):
        rig.tree().undo()
    assert (rig.root / "a.py").read_bytes() == b"b\n"

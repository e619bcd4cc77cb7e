from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.errors import ConflictError, FileRefusedError, JournalError
from spark_tui.core.journal import EntryNote
from spark_tui.ui.messages.remedies import shell_line

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

NOTE = EntryNote("use 8", "simulated", 3, ("3/1/1 a.py",), ("3/2/1 b.py",))
LINES = b"".join(b"line %d\n" % number for number in range(1, 61))

ODD_FILES = {
    "crlf.txt": (b"one\r\ntwo\r\nthree\r\n", 0o644),
    "bom.txt": (b"\xef\xbb\xbfone\ntwo\n", 0o600),
    "latin.txt": (b"caf\xe9\nna\xefve\n", 0o640),
    "mixed.txt": (b"one\r\ntwo\nthree\rfour", 0o644),
    "no_newline.sh": (b"#!/bin/sh\necho hi", 0o755),
    "utf16.txt": ("\ufeffone\ntwo\n".encode("utf-16-le"), 0o644),
    "sub/deep/empty.txt": (b"", 0o640),
    "na\u00efve name.txt": (b"x\n", 0o664),
}


def test_undo_gives_back_every_byte_and_every_mode(rig: Rig) -> None:
    for path, (data, mode) in ODD_FILES.items():
        rig.save(path, data, mode)
    before = rig.seen()
    tree = rig.tree()
    rig.put(
        tree,
        {
            path: data + "m\n".encode("utf-16-le" if path == "utf16.txt" else "ascii")
            for path, (data, _) in ODD_FILES.items()
        },
    )
    for path, (data, mode) in ODD_FILES.items():
        assert (rig.root / path).read_bytes().startswith(data + b"m")
        assert (rig.root / path).stat().st_mode & 0o7777 == mode
    done = tree.undo()
    assert rig.seen() == before
    assert (done.entry, done.undoes, done.merged) == (2, 1, False)


def test_create_delete_rename_and_mode_change_are_taken_back_together(rig: Rig) -> None:
    rig.save("old.py", LINES, 0o640)
    rig.save("gone.py", b"x = 1\n", 0o600)
    rig.save("tool.sh", b"echo\n", 0o644)
    before = rig.seen()
    tree = rig.tree()
    tool, old = tree.read("tool.sh"), tree.read("old.py")
    changes = [
        Change(tree.read("gone.py"), absent("gone.py")),
        Change(old, absent("old.py")),
        Change(absent("new/place/moved.py"), image_of("new/place/moved.py", LINES, old.mode)),
        Change(tool, image_of("tool.sh", tool.data, 0o100755)),
    ]
    tree.flush(changes, NOTE)
    assert sorted(rig.seen()) == ["new/place/moved.py", "tool.sh"]
    assert (rig.root / "tool.sh").stat().st_mode & 0o777 == 0o755
    after = rig.seen()
    tree.undo()
    assert rig.seen() == before
    tree.redo()
    assert rig.seen() == after


def test_a_new_folder_stays_on_undo_when_somebody_else_put_a_file_into_it(rig: Rig) -> None:
    tree = rig.tree()
    rig.put(tree, {"pkg/one.py": b"1\n"})
    rig.save("pkg/two.py", b"2\n")
    tree.undo()
    assert sorted(rig.seen()) == ["pkg/two.py"]


def test_the_users_git_is_byte_for_byte_the_same(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.save("b.py", LINES)
    rig.save(".gitignore", b"*.log\n")
    rig.commit_all()
    rig.save("a.py", LINES + b"stashed\n")
    rig.git("stash")
    rig.save("a.py", LINES + b"staged\n")
    rig.git("add", "a.py")
    rig.save("a.py", LINES + b"staged\nnot staged\n")
    rig.save("untracked.txt", b"mine\n")
    rig.save("ignored.log", b"log\n")
    rig.git("status")
    before = rig.seen(git=True)
    tree = rig.tree()
    tree.tree()
    tree.paths()
    rig.put(tree, {"a.py": b"new\n", "b.py": None, "c/d.py": b"d\n"})
    tree.undo()
    tree.redo()
    tree.undo()
    tree.close()
    tree.log_patch()
    tree.tree()
    assert rig.seen(git=True) == before


def test_undo_works_after_the_users_repository_was_garbage_collected(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.commit_all()
    rig.save("a.py", LINES + b"never committed\n")
    tree = rig.tree()
    rig.put(tree, {"a.py": b"gone\n"})
    tree.close()
    rig.git("reflog", "expire", "--expire=now", "--all")
    rig.git("gc", "-q", "--prune=now")
    rig.tree().undo()
    assert (rig.root / "a.py").read_bytes() == LINES + b"never committed\n"


def test_undo_keeps_a_later_edit_elsewhere_in_the_file(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    rig.put(tree, {"a.py": LINES.replace(b"line 10\n", b"LINE 10\n")})
    rig.save("a.py", (rig.root / "a.py").read_bytes().replace(b"line 50\n", b"mine\n"))
    done = tree.undo()
    assert done.merged
    assert (rig.root / "a.py").read_bytes() == LINES.replace(b"line 50\n", b"mine\n")


def test_undo_over_a_later_edit_of_the_same_line_names_it_and_changes_nothing(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.save("b.py", LINES)
    tree = rig.tree()
    rig.put(tree, {"a.py": LINES.replace(b"line 42\n", b"LINE 42\n"), "b.py": b"b\n"})
    rig.save("a.py", LINES.replace(b"line 42\n", b"yours\n"))
    before = rig.seen()
    with pytest.raises(ConflictError) as caught:
        tree.undo()
    assert caught.value.what == "#1 not undone: you changed line 42 of a.py since"
    assert (caught.value.line, caught.value.paths) == (42, ("a.py",))
    assert rig.seen() == before
    assert len(tree.entries()) == 1


@pytest.mark.parametrize("kind", ["created file edited", "deleted file is back"])
def test_undo_refuses_where_a_file_came_or_went_since(rig: Rig, kind: str) -> None:
    tree = rig.tree()
    if kind == "created file edited":
        rig.put(tree, {"n.py": b"1\n"})
        rig.save("n.py", b"2\n")
    else:
        rig.save("n.py", b"1\n")
        rig.put(tree, {"n.py": None})
        rig.save("n.py", b"2\n")
    with pytest.raises(ConflictError, match=r"#1 not undone: you changed n\.py since"):
        tree.undo()
    assert (rig.root / "n.py").read_bytes() == b"2\n"


def test_a_file_changed_since_it_was_read_is_not_written(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.save("b.py", LINES)
    tree = rig.tree()
    changes = [
        Change(tree.read("b.py"), image_of("b.py", b"new b\n")),
        Change(tree.read("a.py"), image_of("a.py", b"new a\n")),
    ]
    rig.save("a.py", b"yours\n")
    before = rig.seen()
    with pytest.raises(ConflictError) as caught:
        tree.flush(changes, NOTE)
    assert (
        shell_line(caught.value)
        == "you saved a.py meanwhile, yours is kept · try again on that text"
    )
    assert rig.seen() == before
    assert tree.entries() == ()


def test_the_second_file_failing_leaves_the_first_unwritten(rig: Rig) -> None:
    rig.save("a.py", LINES)
    (rig.root / "blocked").write_text("a file where a folder should be")
    before = rig.seen()
    tree = rig.tree()
    changes = [
        Change(tree.read("a.py"), image_of("a.py", b"new\n")),
        Change(absent("blocked/b.py"), image_of("blocked/b.py", b"new\n")),
    ]
    with pytest.raises(FileRefusedError, match="blocked is no folder"):
        tree.flush(changes, NOTE)
    assert rig.seen() == before


def test_entries_tell_what_was_undone_by_what(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    rig.put(tree, {"a.py": b"1\n"}, NOTE)
    rig.put(tree, {"a.py": b"2\n"})
    tree.undo()
    tree.undo()
    assert (rig.root / "a.py").read_bytes() == LINES
    with pytest.raises(JournalError, match="nothing to take back"):
        tree.undo()
    assert tree.redo().undoes == 4
    assert (rig.root / "a.py").read_bytes() == b"1\n"
    listed = [(e.id, e.undoes, e.undone_by) for e in tree.entries()]
    assert listed == [(5, 4, None), (4, 1, 5), (3, 2, None), (2, None, 3), (1, None, None)]
    assert tree.entries()[-1].note == NOTE
    assert tree.entries()[-1].files == ("a.py",)
    assert tree.redo().undoes == 3
    with pytest.raises(JournalError, match="nothing to redo"):
        tree.redo()


def test_an_older_entry_is_undone_under_a_newer_one(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    rig.put(tree, {"a.py": LINES.replace(b"line 5\n", b"FIVE\n")})
    rig.put(tree, {"a.py": (rig.root / "a.py").read_bytes().replace(b"line 55\n", b"55\n")})
    done = tree.undo(1)
    assert done.merged
    assert (rig.root / "a.py").read_bytes() == LINES.replace(b"line 55\n", b"55\n")
    with pytest.raises(JournalError, match="#1 is already undone by #3"):
        tree.undo(1)
    with pytest.raises(JournalError, match="there is no entry #9"):
        tree.undo(9)


def test_a_dry_run_says_what_would_be_written(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    rig.put(tree, {"a.py": b"1\n"})
    before = rig.seen()
    done = tree.undo(dry_run=True)
    assert (done.entry, done.undoes, done.files) == (0, 1, ("a.py",))
    assert rig.seen() == before
    assert len(tree.entries()) == 1


def test_the_journal_survives_the_process_and_reads_as_git_log(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    rig.put(tree, {"a.py": LINES.replace(b"line 7\n", b"seven\n")}, NOTE)
    rig.save("a.py", LINES + b"outside\n")
    rig.put(tree, {"a.py": LINES + b"outside\nours\n", 'odd "name".txt': b"caf\xe9"})
    tree.close()
    again = rig.tree()
    assert [entry.id for entry in again.entries()] == [2, 1]
    log = again.log_patch()
    assert "#1 use 8" in log
    assert "Refused: 3/2/1 b.py" in log
    assert "-line 7\n+seven\n" in log
    assert "+ours" in log
    assert "+outside" not in log
    assert all(record.commit and not record.flag for record in again.journal.records())
    again.undo(1)
    told = again.log_patch()
    assert "#3 undo of #1: use 8\n" in told
    assert told.endswith("\n")
    assert not told.endswith("\n\n")


def test_only_the_user_can_read_the_journal(rig: Rig) -> None:
    rig.save("a.py", b"secret\n", 0o600)
    tree = rig.tree()
    rig.put(tree, {"a.py": b"other\n"})
    tree.undo()
    tree.close()
    for place, folders, names in os.walk(tree.journal.folder):
        for name in [*folders, *names]:
            mode = os.lstat(os.path.join(place, name)).st_mode & 0o777
            assert mode & 0o077 == 0, (place, name, oct(mode))
    assert tree.journal.folder.stat().st_mode & 0o777 == 0o700


def test_extended_attributes_stay(rig: Rig) -> None:
    rig.save("a.py", LINES)
    try:
        os.setxattr(rig.root / "a.py", "user.note", b"keep me")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    tree = rig.tree()
    rig.put(tree, {"a.py": b"1\n"})
    assert os.getxattr(rig.root / "a.py", "user.note") == b"keep me"


def test_nothing_to_write_is_said(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    with pytest.raises(JournalError, match="nothing to write"):
        rig.put(tree, {"a.py": LINES})


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../x", "is outside this repository"),
        (".git/config", "belongs to git"),
        ("a/../../x", "is outside this repository"),
        ("/etc/passwd", "is outside this repository"),
    ],
)
def test_paths_that_are_never_written(rig: Rig, path: str, words: str) -> None:
    before = rig.seen(git=True)
    with pytest.raises(FileRefusedError, match=words):
        rig.tree().flush([Change(absent(path), image_of(path, b"x"))], NOTE)
    assert rig.seen(git=True) == before


def test_links_hard_links_and_nested_repositories_are_refused(rig: Rig) -> None:
    outside = rig.folder / "outside"
    outside.mkdir()
    (outside / "f.py").write_bytes(LINES)
    (rig.root / "link.py").symlink_to(outside / "f.py")
    (rig.root / "linked").symlink_to(outside)
    os.link(outside / "f.py", rig.root / "hard.py")
    (rig.root / "inner").mkdir()
    rig.git("init", "-q", cwd=rig.root / "inner")
    os.mkfifo(rig.root / "pipe")
    tree = rig.tree()
    words = {
        "link.py": "link.py is a link, never written",
        "linked/f.py": "linked is a link, never written through",
        "linked/new.py": "linked is a link, never written through",
        "inner/new.py": "inner/new.py belongs to the repository in inner",
        "pipe": "pipe is no regular file",
    }
    for path, what in words.items():
        with pytest.raises(FileRefusedError, match=what):
            tree.read(path)
        with pytest.raises(FileRefusedError, match=what):
            tree.flush([Change(absent(path), image_of(path, b"x"))], NOTE)
    with pytest.raises(FileRefusedError, match=r"hard\.py is hard-linked"):
        rig.put(tree, {"hard.py": b"x"})
    assert (outside / "f.py").read_bytes() == LINES
    assert sorted(os.listdir(outside)) == ["f.py"]


def test_a_new_name_that_differs_only_in_case_is_refused(rig: Rig) -> None:
    rig.save("README.md", b"x\n")
    with pytest.raises(FileRefusedError, match=r"differs from README\.md only in case"):
        rig.put(rig.tree(), {"Readme.md": b"y\n"})


def test_a_first_edit_may_be_kept_while_its_file_is_still_being_prepared(rig: Rig) -> None:
    rig.save("a.py", LINES)
    for round_ in range(8):
        rig.state = rig.folder / f"state-{round_}"
        tree = rig.tree()
        image = tree.read("a.py")
        start = threading.Barrier(4)

        def prepare(tree: Any = tree, image: Any = image, start: Any = start) -> None:
            start.wait()
            tree.prepare(image)

        with ThreadPoolExecutor(3) as threads:
            work = [threads.submit(prepare) for _ in range(3)]
            start.wait()
            rig.put(tree, {"a.py": b"%d\n" % round_})
            for done in work:
                done.result()
        tree.close()

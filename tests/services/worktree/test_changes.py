from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any


def test_the_diff_holds_staged_unstaged_new_and_deleted_files(rig: Rig) -> None:
    rig.save("a.py", b"one\ntwo\n")
    rig.save("gone.py", b"was\n")
    rig.save("staged.py", b"older\n")
    rig.commit_all()
    rig.save("a.py", b"one\n2\n")
    rig.save("staged.py", b"new\n")
    rig.git("add", "staged.py")
    (rig.root / "gone.py").unlink()
    rig.save("fresh.py", b"hello\n")
    rig.save("image.png", b"\x89PNG\0\0")
    text = rig.tree().diff()
    for line in ("-two", "+2", "-was", "-older", "+new", "+hello"):
        assert f"\n{line}\n" in text
    assert "new file image.png, not shown: no text" in text


def test_nothing_changed_is_no_diff_and_no_commits_show_every_file_as_new(rig: Rig) -> None:
    rig.save("a.py", b"one\n")
    assert "+one" in rig.tree().diff()
    rig.commit_all()
    assert rig.tree().diff() == ""


def test_a_diff_runs_nothing_of_the_repository(rig: Rig) -> None:
    canary = rig.folder / "fired"
    rig.save(".gitattributes", b"*.py diff=evil filter=evil\n")
    rig.save("a.py", b"one\n")
    rig.commit_all()
    for key in ("diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "diff.external"):
        rig.git("config", key, f"sh -c 'touch {canary}; cat' #")
    rig.save("a.py", b"two, three\n")
    assert "+two, three" in rig.tree().diff()
    assert not canary.exists()

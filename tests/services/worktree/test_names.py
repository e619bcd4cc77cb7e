"""Names as the disk writes them: what is there is edited, new names are guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.edits.span import target_of
from spark_tui.core.errors import FileRefusedError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

NOTE = EntryNote("x", "simulated", 1, ())
NFD = "U\u0308berblick.md"
NFC = "\u00dcberblick.md"


def proposed(tree: GitWorktree, text: str) -> ProposalResult:
    return propose(text, tree.read, root=str(tree.root))


def patch(path: str, old: str = "old", new: str = "new") -> str:
    return f"*** Begin Patch\n*** Update File: {path}\n@@\n a\n-{old}\n+{new}\n*** End Patch\n"


def added(path: str) -> str:
    return f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch\n"


def words(result: ProposalResult) -> str:
    assert not result.changes
    (hunk,) = result.refused
    assert hunk.refusal is not None
    return hunk.refusal.message


@pytest.mark.parametrize(
    "name",
    [
        NFD,
        "aux.c",
        "con/x.py",
        "nul.ts",
        "~__root.tsx",
        "Foo::Bar.pm",
        "-flag.md",
        " lead.py",
        "trail .py ",
        "a\\b.txt",
        "\U0001f469\u200d\U0001f4bb.md",
        "x:y",
        "d/-e/~f",
        "a\nb.py",
    ],
)
def test_a_tracked_file_is_edited_whatever_its_name(rig: Rig, name: str) -> None:
    rig.save(name, b"a\nold\n")
    rig.commit_all()
    tree = rig.tree()
    image = tree.read(name)
    assert image.path == name
    if name == name.strip() and "\n" not in name:
        result = proposed(tree, patch(name))
    else:  # no heading can name it, but what is selected on the screen can
        target = target_of(image, 1, 2)
        answer = "```\na\nnew\n```\n"
        result = propose(answer, tree.read, EditFormat.SPAN, (name,), span=target)
    assert [h.path for h in result.hunks] == [name]
    entry = tree.flush(result.changes, NOTE)
    assert (rig.root / name).read_bytes() == b"a\nnew\n"
    assert tree.undo(entry.id).files == (name,)
    assert (rig.root / name).read_bytes() == b"a\nold\n"
    rig.put(tree, {name: None})
    assert not (rig.root / name).exists()
    tree.undo()
    assert (rig.root / name).read_bytes() == b"a\nold\n"


@pytest.mark.parametrize(("there", "written"), [(NFD, NFC), (NFC, NFD)])
@pytest.mark.parametrize("folder", ["", "Ubersicht/", "U\u0308/"])
def test_a_name_means_the_file_that_looks_like_it(
    rig: Rig, there: str, written: str, folder: str
) -> None:
    rig.save(folder + there, b"a\nold\n")
    tree = rig.tree()
    asked = ("\u00dc/" if folder.startswith("U\u0308") else folder) + written
    result = proposed(tree, patch(asked))
    assert [h.path for h in result.hunks] == [folder + there]
    tree.flush(result.changes, NOTE)
    assert (rig.root / folder / there).read_bytes() == b"a\nnew\n"
    assert list(rig.seen()) == [folder + there]


def test_where_both_are_there_each_is_itself(rig: Rig) -> None:
    rig.save(NFD, b"a\nold\n")
    rig.save(NFC, b"a\nold\n")
    tree = rig.tree()
    tree.flush(proposed(tree, patch(NFD)).changes, NOTE)
    assert (rig.root / NFD).read_bytes() == b"a\nnew\n"
    assert (rig.root / NFC).read_bytes() == b"a\nold\n"


def test_two_spellings_of_a_file_in_one_answer_are_one_file(rig: Rig) -> None:
    rig.save(NFD, b"a\nold\nb\nc\nd\ne\n")
    tree = rig.tree()
    text = patch(NFC).replace("*** End Patch\n", "") + (
        f"*** Update File: {NFD}\n@@\n d\n-e\n+E\n"
        f"*** Update File: {tree.root}/{NFD}\n@@\n b\n-c\n+C\n*** End Patch\n"
    )
    tree.flush(proposed(tree, text).changes, NOTE)
    assert (rig.root / NFD).read_bytes() == b"a\nnew\nb\nC\nd\nE\n"


def test_an_absolute_path_below_the_worktree_is_in_it(rig: Rig) -> None:
    rig.save("net/a.py", b"a\nold\n")
    tree = rig.tree()
    assert tree.read(f"{rig.root}/net/a.py").path == "net/a.py"
    result = proposed(tree, patch(f"{rig.root}/net/a.py"))
    assert [h.path for h in result.hunks] == ["net/a.py"]
    new = proposed(tree, added(f"{rig.root}/net/b.py"))
    assert [c.path for c in new.changes] == ["net/b.py"]
    for outside in (f"{rig.root}x/a.py", f"{rig.root}/../x", "/etc/passwd", f"{rig.root}/.git/x"):
        assert "never written" in words(proposed(tree, patch(outside)))
        with pytest.raises(FileRefusedError):
            tree.read(outside)


@pytest.mark.parametrize("name", ["aux.c", "Foo::Bar.pm", "-flag.md", "~x", "nul", "a.", "a\\b"])
def test_new_names_stay_guarded(rig: Rig, name: str) -> None:
    tree = rig.tree()
    assert "never written" in words(proposed(tree, added(name)))
    moved = f"*** Begin Patch\n*** Update File: a.py\n*** Move to: {name}\n@@\n a\n-old\n+new\n"
    rig.save("a.py", b"a\nold\n")
    assert proposed(tree, moved + "*** End Patch\n").changes == ()
    with pytest.raises(FileRefusedError):
        rig.put(tree, {name: b"x\n"})


@pytest.mark.parametrize(
    ("there", "new", "how"),
    [
        ("Foo.py", "foo.py", "case"),
        ("src/Foo.py", "src/FOO.py", "case"),
        ("src/a.py", "Src/b.py", "case"),
        ("stra\u00dfe.py", "STRASSE.py", "case"),
    ],
)
def test_a_new_name_is_no_look_alike(rig: Rig, there: str, new: str, how: str) -> None:
    rig.save(there, b"x\n")
    tree = rig.tree()
    result = proposed(tree, added(new))
    with pytest.raises(FileRefusedError, match=f"only in {how}"):
        tree.flush(result.changes, NOTE)
    assert set(rig.seen()) == {there}


def test_a_look_alike_by_composed_letters_is_the_file_itself(rig: Rig) -> None:
    rig.save(NFD, b"y\n")
    tree = rig.tree()
    assert "exists" in words(proposed(tree, added(NFC)))
    assert tree.read(NFC).path == NFD


MOVES = {
    "v4a": (
        "*** Begin Patch\n*** Update File: Foo.py\n*** Move to: foo.py\n@@\n a\n-old\n+new\n"
        "*** End Patch\n",
        b"a\nnew\n",
    ),
    "git": (
        "diff --git a/Foo.py b/foo.py\nsimilarity index 100%\nrename from Foo.py\n"
        "rename to foo.py\n",
        b"a\nold\n",
    ),
    "two": (
        "*** Begin Patch\n*** Delete File: Foo.py\n*** Add File: foo.py\n+a\n+new\n*** End Patch\n",
        b"a\nnew\n",
    ),
}


@pytest.mark.parametrize("kind", MOVES)
def test_a_rename_may_change_the_case_only(rig: Rig, kind: str) -> None:
    text, wanted = MOVES[kind]
    rig.save("Foo.py", b"a\nold\n")
    tree = rig.tree()
    entry = tree.flush(proposed(tree, text).changes, NOTE)
    assert rig.seen() == {"foo.py": (0o100644, wanted)}
    tree.undo(entry.id)
    assert rig.seen() == {"Foo.py": (0o100644, b"a\nold\n")}
    tree.redo()
    assert list(rig.seen()) == ["foo.py"]


def test_a_rename_may_change_how_letters_are_composed(rig: Rig) -> None:
    rig.save(NFD, b"a\nold\n")
    tree = rig.tree()
    text = patch(NFD).replace("@@", f"*** Move to: {NFC}\n@@")
    tree.flush(proposed(tree, text).changes, NOTE)
    assert rig.seen() == {NFC: (0o100644, b"a\nnew\n")}

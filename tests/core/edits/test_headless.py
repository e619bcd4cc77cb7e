from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from spark_tui.core.edits.assembler import Assembler, nearest_path
from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import FileImage, FileOp, HunkState, Refusal, RefusalCode
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.text import image_of
from spark_tui.core.errors import FileRefusedError


def _propose(
    text: str,
    files: Mapping[str, bytes],
    *,
    known: tuple[str, ...] = (),
    complete: bool = True,
) -> ProposalResult:
    def read(path: str) -> FileImage:
        return image_of(path, files.get(path))

    return propose(text, read, known_paths=known, complete=complete)


def _patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def _after(result: ProposalResult) -> dict[str, bytes | None]:
    return {c.path: c.after.data if c.after.exists else None for c in result.changes}


def _codes(result: ProposalResult) -> list[RefusalCode]:
    return [h.refusal.code for h in result.refused if h.refusal]


def _words(result: ProposalResult) -> list[str]:
    return [h.refusal.message for h in result.refused if h.refusal]


def test_all_files_change_or_none() -> None:
    files = {"a": b"x\n", "b": b"y\n"}
    good = ("*** Update File: a", "@@", "-x", "+X")
    both = _propose(_patch(*good, "*** Update File: b", "@@", "-y", "+Y"), files)
    assert _after(both) == {"a": b"X\n", "b": b"Y\n"}
    half = _propose(_patch(*good, "*** Update File: b", "@@", "-nope", "+Y"), files)
    assert half.changes == ()
    assert [h.state for h in half.hunks] == [HunkState.OPEN, HunkState.REFUSED]


def test_a_cut_answer_changes_nothing() -> None:
    text = "*** Begin Patch\n*** Update File: a\n@@\n-x\n+X\n@@\n-y\n"
    result = _propose(text, {"a": b"x\ny\n"}, complete=False)
    assert result.changes == ()
    assert result.problems
    assert [h.state for h in result.hunks] == [HunkState.OPEN]


def test_a_file_outside_is_refused_in_the_words_of_the_guard_and_never_read() -> None:
    asked = []

    def read(path: str) -> FileImage:
        asked.append(path)
        return image_of(path, b"x\n")

    for path in ("../x", "/etc/passwd", ".git/config"):
        result = propose(_patch(f"*** Update File: {path}", "@@", "-x", "+y"), read)
        assert _codes(result) == [RefusalCode.PATH]
        assert not result.changes
    assert _words(_propose(_patch("*** Delete File: ../x"), {})) == [
        "../x is outside this repository, never written"
    ]
    assert asked == []


def test_a_move_to_a_bad_path_is_refused() -> None:
    result = _propose(
        _patch("*** Update File: a", "*** Move to: ../b", "@@", "-x", "+y"), {"a": b"x\n"}
    )
    assert _codes(result) == [RefusalCode.PATH]


def test_a_missing_file_is_refused_with_the_nearest_name() -> None:
    result = _propose(
        _patch("*** Update File: net/retries.py", "@@", "-x", "+y"),
        {},
        known=("net/retry.py", "other/thing.go"),
    )
    assert _words(result) == ["net/retries.py is not here · nearest: net/retry.py"]
    assert nearest_path("src/net/retry.py", ("net/retry.py", "b/c.py")) == "net/retry.py"
    assert nearest_path("zzz", ("net/retry.py",)) == ""
    assert nearest_path("zzz", ()) == ""


def test_deleting_and_adding_one_path_replaces_it() -> None:
    text = _patch("*** Delete File: a", "*** Add File: a", "+new")
    result = _propose(text, {"a": b"old\n"})
    assert _after(result) == {"a": b"new\n"}
    delete, create = result.hunks
    assert create.depends_on == delete.id


def test_one_file_named_twice_is_one_file() -> None:
    text = _patch(
        "*** Update File: a",
        "@@",
        "-x",
        "+X",
        "*** Update File: b",
        "@@",
        "-q",
        "+Q",
        "*** Update File: ./a",
        "@@",
        "-y",
        "+Y",
        "@@",
        "-X",
        "+Z",
    )
    result = _propose(text, {"a": b"x\ny\n", "b": b"q\n"})
    assert _after(result) == {"a": b"Z\nY\n", "b": b"Q\n"}
    assert [str(h.id) for h in result.hunks] == ["1/1/1", "1/2/1", "1/3/1", "1/3/2"]


def test_an_update_without_hunks_is_refused_but_a_pure_rename_is_not() -> None:
    empty = _propose(_patch("*** Update File: a"), {"a": b"x\n"})
    assert _codes(empty) == [RefusalCode.EMPTY]
    moved = _propose(_patch("*** Update File: a", "*** Move to: d/b"), {"a": b"x\n"})
    assert _after(moved) == {"a": None, "d/b": b"x\n"}
    taken = _propose(_patch("*** Update File: a", "*** Move to: b"), {"a": b"x\n", "b": b"mine\n"})
    assert _codes(taken) == [RefusalCode.FILE_EXISTS]


def test_an_executable_new_file_keeps_its_mode() -> None:
    text = (
        "diff --git a/run b/run\nnew file mode 100755\n--- /dev/null\n+++ b/run\n"
        "@@ -0,0 +1 @@\n+#!/bin/sh\n"
    )
    (change,) = _propose(text, {}).changes
    assert (change.after.data, change.after.mode) == (b"#!/bin/sh\n", 0o100755)


def test_a_mode_change_alone_is_an_edit() -> None:
    text = "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n"
    result = _propose(text, {"run": b"x\n"})
    assert [h.op for h in result.hunks] == [FileOp.MODE]
    assert result.changes[0].after.mode == 0o100755


def test_files_that_can_t_be_read_or_are_binary_are_refused() -> None:
    def unreadable(path: str) -> FileImage:
        raise FileRefusedError(path, f"cannot read {path}: permission denied", "nothing sent")

    text = _patch("*** Update File: a", "@@", "-x", "+y")
    result = propose(text, unreadable)
    assert _words(result) == ["cannot read a: permission denied"]
    assert _codes(_propose(text, {"a": b"\0\1"})) == [RefusalCode.BINARY]


def test_a_word_above_a_code_sample_creates_no_file() -> None:
    result = _propose("VERSION\n```\n1.3\n```\n", {})
    assert _codes(result) == [RefusalCode.MISSING_FILE]
    assert _after(_propose("VERSION\n```\n1.3\n```\n", {"VERSION": b"1.2\n"})) == {
        "VERSION": b"1.3\n"
    }
    assert _after(_propose("src/new.py\n```\nx\n```\n", {})) == {"src/new.py": b"x\n"}


def test_a_malformed_file_is_refused_as_a_whole_and_says_why() -> None:
    text = "*** Begin Patch\n*** Update File: a\n@@\n-x\n+y\n*** Bogus\n*** End Patch\n"
    result = _propose(text, {"a": b"x\n"})
    assert result.changes == ()
    assert _codes(result) == [RefusalCode.MALFORMED]


def test_no_edit_in_the_text_gives_nothing() -> None:
    result = _propose("Just talk.\n```\ncode\n```\n", {})
    assert result == ProposalResult((), {}, (), (), (), "Just talk.\n```\ncode\n```\n")


# ------------------------------------------------------------------- images that arrive later


def test_events_of_a_file_wait_for_its_image_while_others_go_on() -> None:
    text = _patch(
        "*** Update File: a",
        "*** Move to: c",
        "@@",
        "-x",
        "+X",
        "*** Update File: b",
        "@@",
        "-y",
        "+Y",
    )
    stream = EditStream()
    assembler = Assembler(7)
    assert assembler.feed(stream.feed(text) + stream.finish(True)) == []
    assert list(assembler.awaited) == [(1, "a"), (1, "c"), (2, "b")]
    (second,) = assembler.provide("b", image_of("b", b"y\n"))
    assert str(second.id) == "7/2/1"
    assert second.state is HunkState.OPEN
    assert assembler.provide("a", image_of("a", b"x\n")) == []
    assert list(assembler.awaited) == [(1, "c")]
    rename, first = assembler.provide("c", image_of("c", None))
    assert (rename.op, rename.move_to) == (FileOp.RENAME, "c")
    assert first.state is HunkState.OPEN
    assert not list(assembler.awaited)
    assert [edit.file for edit in assembler.edits] == [1, 2]


def test_a_refusal_may_take_the_place_of_an_image() -> None:
    assembler = Assembler()
    stream = EditStream()
    assembler.feed(stream.feed(_patch("*** Update File: a", "@@", "-x", "+y")))
    (hunk,) = assembler.provide("a", Refusal(RefusalCode.UNREADABLE, "no"))
    assert hunk.refusal
    assert hunk.refusal.message == "no"


def test_an_answer_that_breaks_off_inside_a_first_hunk_leaves_no_empty_edit() -> None:
    assembler = Assembler()
    stream = EditStream()
    begun = "*** Begin Patch\n*** Update File: a\n@@\n-x\n"
    assembler.feed(stream.feed(begun) + stream.finish(False))
    assert assembler.provide("a", image_of("a", b"x\n")) == []
    assert [problem.message for problem in assembler.problems] == [
        "the answer broke off inside a patch"
    ]


def test_a_hunk_is_placed_as_soon_as_it_closes() -> None:
    assembler = Assembler()
    stream = EditStream()
    assembler.feed(stream.feed("*** Begin Patch\n*** Update File: a\n"))
    assembler.provide("a", image_of("a", b"x\ny\n"))
    assert assembler.feed(stream.feed("@@\n-x\n+X\n")) == []
    (hunk,) = assembler.feed(stream.feed("@@\n"))
    assert hunk.base_span == (0, 1)


@pytest.mark.parametrize(
    "old",
    [b"x\ny\n", b"x\r\ny\r\n", b"\xef\xbb\xbfx\ny\n", b"x\ny", b"x\xe9\nx\ny\n"],
)
def test_bytes_around_an_edit_survive(old: bytes) -> None:
    result = _propose(_patch("*** Update File: a", "@@", "-y", "+z"), {"a": old})
    (change,) = result.changes
    assert change.after.data == old.replace(b"y", b"z")


def test_a_sentence_with_a_path_above_a_sample_is_no_whole_file() -> None:
    text = "As in `src/a.py` and below:\n```python\nx = 1\n```\n"
    assert _propose(text, {"src/a.py": b"y\n"}).hunks == ()


@pytest.mark.parametrize("left", ["-y\n+Y\n", "@@ -9 +9 @@\n-y\n+Y\n"])
def test_diff_lines_behind_a_hunk_that_ended_early_void_the_answer(left: str) -> None:
    text = f"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+X\nnot a diff line\n{left}"
    result = _propose(text, {"a": b"x\nnot a diff line\ny\n"})
    assert result.changes == ()
    assert result.problems


def _many(kind: str) -> tuple[str, dict[str, bytes]]:
    twins = b"x\n" * 3_000 + b"y\n" * 3_000
    if kind == "files":
        body = [f"*** Update File: f{n}\n@@\n-x\n+y" for n in range(2_000)]
        return _patch(*body), {f"f{n}": b"x\n" for n in range(2_000)}
    if kind == "ambiguous":
        return _patch("*** Update File: a", *["@@\n-x\n+z"] * 3_000), {"a": twins}
    if kind == "anchors":
        return _patch("*** Update File: a", *["@@ x\n@@ y\n-x\n+z"] * 300), {"a": twins}
    if kind == "chain":
        chain = [f"@@\n-v{n}\n+v{n + 1}" for n in range(1_500)]
        return _patch("*** Update File: a", *chain), {"a": b"v0\n" + b"k\n" * 3_000}
    if kind == "long lines":
        line = "a " * 100_000
        return _patch("*** Update File: a", "@@", " " + line[:-1], "-c", "+" + line), {
            "a": (" " * 200_000 + "\nc\n").encode()
        }
    blank = " " * 100_000
    return f"# {blank}x\n```{blank}`\n<<{blank}x\nfile {blank} y z\n<<<<<<< SEARCH{blank}x\n", {}


@pytest.mark.parametrize("kind", ["files", "ambiguous", "anchors", "chain", "long lines", "blanks"])
def test_hostile_answers_cost_seconds_at_most(kind: str) -> None:
    text, files = _many(kind)
    began = time.process_time()
    _propose(text, files)
    assert time.process_time() - began < 6


def test_a_bad_path_is_not_read_even_when_its_destination_is() -> None:
    asked = []

    def read(path: str) -> FileImage:
        asked.append(path)
        return image_of(path, None)

    propose(_patch("*** Update File: ../x", "*** Move to: b", "@@", "-x", "+y"), read)
    assert "../x" not in asked

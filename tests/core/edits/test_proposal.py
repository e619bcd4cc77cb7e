from __future__ import annotations

import pytest

from spark_tui.core.edits.compose import changes_for, post_image
from spark_tui.core.edits.model import (
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    RefusalCode,
    Tag,
    TaggedLine,
)
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.text import absent, image_of

LINES = "".join(f"line {n}\n" for n in range(1, 21))


def _edit(text: str = LINES, path: str = "a.py") -> FileEdit:
    return FileEdit(1, 1, FileOp.UPDATE, image_of(path, text.encode()))


def _raw(body: str, *, prefixed: bool = True) -> RawHunk:
    lines = []
    for line in body.split("\n"):
        tag: Tag = "+" if line[:1] == "+" else "-" if line[:1] == "-" else " "
        lines.append(TaggedLine(tag, line[1:]))
    return RawHunk(tuple(lines), prefixed=prefixed)


def _code(hunk: Hunk) -> RefusalCode:
    assert hunk.state is HunkState.REFUSED
    assert hunk.refusal
    return hunk.refusal.code


def test_a_placed_hunk_covers_only_what_changes_and_counts_it() -> None:
    hunk = _edit().place(_raw(" line 4\n-line 5\n+five\n+more\n line 6"), 1)
    assert hunk.id == HunkId(1, 1, "1")
    assert hunk.state is HunkState.OPEN
    assert hunk.base_span == (4, 5)
    assert (hunk.old, hunk.new) == (("line 5\n",), ("five\n", "more\n"))
    assert (hunk.added, hunk.removed, hunk.line) == (2, 1, 5)


def test_kept_hunks_make_the_post_image_in_any_choice() -> None:
    edit = _edit()
    one = edit.place(_raw("-line 5\n+five"), 1)
    two = edit.place(_raw("-line 9\n line 10\n+ten and a half"), 2)
    image = edit.image
    assert post_image(image, []).data == image.data
    assert (
        post_image(image, [two]).data
        == LINES.replace("line 9\n", "").replace("line 10\n", "line 10\nten and a half\n").encode()
    )
    both = post_image(image, [two, one])
    assert b"five\n" in both.data
    assert b"line 9\n" not in both.data
    assert changes_for([one], image)[0].after.data == LINES.replace("line 5\n", "five\n").encode()


def test_a_hunk_for_other_lines_is_never_applied() -> None:
    hunk = _edit().place(_raw("-line 5\n+five"), 1)
    with pytest.raises(ValueError, match="does not fit"):
        post_image(image_of("a.py", LINES.replace("line 5", "line V").encode()), [hunk])


def test_overlapping_hunks_are_refused_by_the_number_of_the_other() -> None:
    edit = _edit()
    edit.place(_raw("-line 5\n-line 6\n+x"), 1)
    hunk = edit.place(_raw("-line 6\n-line 7\n+y"), 2)
    assert _code(hunk) is RefusalCode.OVERLAP
    assert hunk.refusal
    assert hunk.refusal.message == "it changes lines that hunk 1 changes too"


def test_a_hunk_on_the_text_of_an_earlier_one_depends_on_it() -> None:
    edit = _edit()
    first = edit.place(_raw("-line 5\n+five\n+and more"), 1)
    second = edit.place(_raw(" five\n-and more\n+and less\n line 6"), 2)
    assert second.state is HunkState.OPEN
    assert second.depends_on == first.id
    both = post_image(edit.image, [first, second])
    assert both.data == LINES.replace("line 5\n", "five\nand less\n").encode()
    assert post_image(edit.image, [second]).data == LINES.encode()
    assert (
        post_image(edit.image, [first]).data
        == LINES.replace("line 5\n", "five\nand more\n").encode()
    )


def test_a_hunk_whose_context_an_earlier_one_wrote_depends_without_covering_it() -> None:
    edit = _edit()
    first = edit.place(_raw("-line 5\n+five"), 1)
    second = edit.place(_raw(" five\n line 6\n-line 7\n+seven"), 2)
    assert second.depends_on == first.id
    wanted = LINES.replace("line 5\n", "five\n").replace("line 7\n", "seven\n")
    assert post_image(edit.image, [first, second]).data == wanted.encode()


def test_two_insertions_at_one_place_keep_the_order_of_the_answer() -> None:
    edit = _edit()
    one = edit.place(_raw(" line 5\n+first"), 1)
    two = edit.place(_raw("+second\n line 6"), 2)
    assert one.state is two.state is HunkState.OPEN
    got = post_image(edit.image, [one, two]).data.decode()
    assert "line 5\nfirst\nsecond\nline 6\n" in got


def test_the_same_hunk_twice_is_applied_once() -> None:
    edit = _edit()
    for n, text in enumerate(("-line 5\n+five", " line 7\n+more")):
        first = edit.place(_raw(text), 2 * n)
        assert edit.place(_raw(text), 2 * n + 1) == first
    again = FileEdit(1, 2, FileOp.UPDATE, edit.image, earlier=[edit])
    assert again.place(_raw(" line 4\n-line 5\n+five"), 1) == edit.hunks[0]
    assert again.place(_raw(" line 4\n-line 5\n+other"), 2).state is HunkState.REFUSED
    assert len(edit.hunks) == 2


TWINS = "a\nx = 1\nb\nx = 1\nc\nx = 1\nd\n"


def test_order_settles_an_ambiguous_hunk_when_the_file_is_complete() -> None:
    edit = _edit(TWINS)
    edit.place(_raw("-b\n+B"), 1)
    hunk = edit.place(_raw("-x = 1\n+x = 2"), 2)
    edit.place(_raw("-c\n+C"), 3)
    assert _code(hunk) is RefusalCode.AMBIGUOUS
    (settled,) = edit.close()
    assert settled.id == hunk.id
    assert settled.base_span == (3, 4)


def test_without_order_an_ambiguous_hunk_stays_refused() -> None:
    edit = _edit(TWINS)
    hunk = edit.place(_raw("-x = 1\n+x = 2"), 1)
    assert edit.close() == ()
    assert edit.hunks == (hunk,)


def test_search_blocks_say_nothing_about_order() -> None:
    edit = _edit(TWINS)
    edit.place(_raw("-b\n+B", prefixed=False), 1)
    edit.place(_raw("-x = 1\n+x = 2", prefixed=False), 2)
    edit.place(_raw("-c\n+C", prefixed=False), 3)
    assert edit.close() == ()


def test_a_person_chooses_among_the_candidates() -> None:
    edit = _edit(TWINS)
    hunk = edit.place(_raw("-x = 1\n+x = 2"), 1)
    assert hunk.refusal
    assert [c.line for c in hunk.refusal.candidates] == [2, 4, 6]
    (chosen,) = edit.choose(hunk.id, 2)
    assert chosen.state is HunkState.OPEN
    assert chosen.base_span == (5, 6)
    assert chosen.refusal is None
    with pytest.raises(LookupError):
        edit.choose(hunk.id, 0)
    with pytest.raises(LookupError):
        edit.choose(HunkId(1, 1, "9"), 0)


def test_hunks_split_into_their_runs() -> None:
    edit = _edit()
    hunk = edit.place(_raw("-line 5\n+five\n line 6\n line 7\n-line 8\n+eight"), 3)
    parts = edit.split(hunk.id)
    assert [str(part.id) for part in parts] == ["1/1/3.1", "1/1/3.2"]
    assert [part.base_span for part in parts] == [(4, 5), (7, 8)]
    assert post_image(edit.image, parts).data == post_image(edit.image, [hunk]).data
    assert edit.hunks == parts
    assert edit.split(parts[0].id) == (parts[0],)


def test_parts_of_which_one_is_gone_are_not_joined() -> None:
    edit = _edit()
    hunk = edit.place(_raw("-line 5\n+five\n line 6\n line 7\n-line 8\n+eight"), 3)
    first, second = edit.split(hunk.id)
    assert edit.join(hunk.id, [first.id, HunkId(1, 1, "3.9")]) is None
    assert edit.hunks == (first, second)
    joined = edit.join(hunk.id, [first.id, second.id])
    assert joined is not None
    assert joined.base_span == (4, 8)


# ------------------------------------------------------------------- the file changes


def test_a_hunk_moves_with_its_lines() -> None:
    edit = _edit()
    hunk = edit.place(_raw("-line 5\n+five"), 1)
    (moved,) = edit.relocate(image_of("a.py", b"new\nnew\n" + LINES.encode()))
    assert moved.id == hunk.id
    assert moved.base_span == (6, 7)
    assert moved.moved_from == 5
    assert edit.relocate(edit.image) == ()


def test_a_hunk_whose_lines_changed_goes_stale_and_names_the_line() -> None:
    edit = _edit()
    edit.place(_raw("-line 5\n+five"), 1)
    mine = LINES.replace("line 5\n", "mine\n")
    (stale,) = edit.relocate(image_of("a.py", mine.encode()), by="you")
    assert stale.state is HunkState.STALE
    assert stale.base_span is None
    assert stale.refusal
    assert stale.refusal.message == "you changed line 5 since"
    (still,) = edit.relocate(image_of("a.py", f"new\n{mine}".encode()), by="#9")
    assert still.refusal
    assert still.refusal.message == "you changed line 6 since"
    (back,) = edit.relocate(image_of("a.py", LINES.encode()))
    assert back.state is HunkState.OPEN
    assert back.base_span == (4, 5)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("you", "you changed line 5 since"),
        ("#9", "#9 changed line 5 since"),
        ("", "line 5 changed since"),
    ],
)
def test_a_stale_hunk_says_who_changed_its_lines(by: str, said: str) -> None:
    edit = _edit()
    edit.place(_raw("-line 5\n+five"), 1)
    (stale,) = edit.relocate(image_of("a.py", LINES.replace("line 5\n", "x\n").encode()), by=by)
    assert stale.refusal
    assert (stale.refusal.message, stale.refusal.by) == (said, by)


def test_an_edit_next_to_a_hunk_leaves_it_where_its_context_still_fits() -> None:
    edit = _edit()
    edit.place(_raw(" line 3\n line 4\n-line 5\n+five\n line 6\n line 7"), 1)
    changed = edit.relocate(image_of("a.py", LINES.replace("line 4\n", "line 4!\n").encode()))
    assert changed == ()
    assert edit.hunks[0].state is HunkState.OPEN


def test_what_is_applied_no_longer_moves_and_comes_back_when_taken_back() -> None:
    edit = _edit()
    one = edit.place(_raw("-line 5\n+five\n+six"), 1)
    two = edit.place(_raw("-line 9\n+nine"), 2)
    edit.retire([one.id])
    after = post_image(edit.image, [one])
    (moved,) = edit.relocate(after)
    assert moved.id == two.id
    assert moved.base_span == (9, 10)
    changed = edit.relocate(image_of("a.py", LINES.encode()), reopened=[one.id])
    assert {h.id: h.base_span for h in changed} == {two.id: (8, 9)}
    assert (
        post_image(edit.image, edit.hunks).data
        == LINES.replace("line 5\n", "five\nsix\n").replace("line 9\n", "nine\n").encode()
    )


def test_hunks_of_a_whole_file_answer_are_located_again_too() -> None:
    edit = _edit()
    new = LINES.replace("line 5\n", "five\n").replace("line 15\n", "fifteen\n")
    raw = RawHunk(tuple(TaggedLine("+", t) for t in new.splitlines()), prefixed=False, whole=True)
    one, two = edit.rewrite(raw)
    assert (one.base_span, two.base_span) == ((4, 5), (14, 15))
    changed = edit.relocate(image_of("a.py", LINES.replace("line 5\n", "me\n").encode()))
    assert [h.state for h in changed] == [HunkState.STALE]
    assert edit.hunks[1].base_span == (14, 15)


# ------------------------------------------------------------------- whole files and operations


def _whole(*lines: str) -> RawHunk:
    return RawHunk(tuple(TaggedLine("+", t) for t in lines), prefixed=False, whole=True)


def test_a_whole_file_keeps_line_endings_and_the_missing_final_newline() -> None:
    edit = _edit("a\r\nb\r\nc")
    hunks = edit.rewrite(_whole("a", "B", "c"))
    assert post_image(edit.image, hunks).data == b"a\r\nB\r\nc"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("line 1",), RefusalCode.EXCERPT),
        (("",), RefusalCode.SHRUNK),
        (("line 1", "# ... existing code ...", "line 20"), RefusalCode.ELIDED),
        (tuple(LINES.splitlines()), RefusalCode.ALREADY_APPLIED),
        (("a\0b",), RefusalCode.MALFORMED),
    ],
)
def test_whole_files_that_can_t_be_meant_are_refused(
    lines: tuple[str, ...], code: RefusalCode
) -> None:
    (hunk,) = _edit().rewrite(_whole(*lines))
    assert _code(hunk) is code


def test_left_out_code_in_a_hunk_is_refused() -> None:
    assert _code(_edit().place(_raw("-line 5\n+# ... rest of code ..."), 1)) is RefusalCode.ELIDED


def test_characters_the_file_can_t_hold_are_refused() -> None:
    edit = FileEdit(1, 1, FileOp.UPDATE, image_of("a", b"caf\xe9\nx\n"))
    assert _code(edit.place(_raw("-x\n+✅"), 1)) is RefusalCode.UNREADABLE
    fine = edit.place(_raw("-x\n+ü"), 2)
    assert post_image(edit.image, [fine]).data == b"caf\xe9\n\xfc\n"
    surrogate = _edit().place(_raw("-line 5\n+\ud800"), 1)
    assert surrogate.state is HunkState.REFUSED


def test_creating_deleting_renaming_and_modes() -> None:
    create = FileEdit(1, 1, FileOp.CREATE, absent("new.py")).create(_raw("+a\n+b"), 1)
    (change,) = changes_for([create], absent("new.py"))
    assert (change.after.data, change.after.mode) == (b"a\nb\n", 0o100644)
    assert not change.before.exists

    edit = _edit()
    delete = edit.delete([])
    (change,) = changes_for([delete], edit.image)
    assert not change.after.exists

    edit = _edit()
    hunk = edit.place(_raw("-line 5\n+five"), 1)
    rename = edit.rename("b.py", absent("b.py"), None)
    mode = edit.set_mode(0o100755)
    gone, there = changes_for([hunk, rename, mode], edit.image)
    assert (gone.path, gone.after.exists) == ("a.py", False)
    assert (there.path, there.before.exists, there.after.mode) == ("b.py", False, 0o100755)
    assert there.after.data == LINES.replace("line 5\n", "five\n").encode()
    (only,) = changes_for([hunk], edit.image)
    assert only.path == "a.py"


def test_files_are_not_created_or_moved_over_others() -> None:
    image = image_of("a.py", b"x\n")
    assert _code(FileEdit(1, 1, FileOp.CREATE, image).create(_raw("+y"), 1)) is (
        RefusalCode.FILE_EXISTS
    )
    assert _code(FileEdit(1, 1, FileOp.CREATE, image).create(_raw("+x"), 1)) is (
        RefusalCode.ALREADY_APPLIED
    )
    empty = FileEdit(1, 1, FileOp.CREATE, image_of("e", b"")).create(_raw("+x"), 1)
    assert empty.state is HunkState.OPEN
    assert _code(_edit().rename("b.py", image_of("b.py", b""), None)) is RefusalCode.FILE_EXISTS
    rename = _edit().rename("b.py", absent("b.py"), None)
    with pytest.raises(ValueError, match="exists"):
        changes_for([rename], {"a.py": image, "b.py": image_of("b.py", b"")})


def test_a_deletion_that_spells_out_other_lines_is_refused() -> None:
    edit = _edit("a\nb\n")
    assert edit.delete([_raw("-a\n-b")]).state is HunkState.OPEN
    assert _code(_edit("a\nB\n").delete([_raw("-a\n-b")])) is RefusalCode.NOT_FOUND


def test_open_file_operations_go_stale_when_the_file_does() -> None:
    edit = FileEdit(1, 1, FileOp.CREATE, absent("n"))
    edit.create(_raw("+a"), 1)
    (stale,) = edit.relocate(image_of("n", b"theirs\n"))
    assert stale.state is HunkState.STALE
    edit = _edit()
    edit.delete([])
    (stale,) = edit.relocate(image_of("a.py", b"changed\n"))
    assert stale.state is HunkState.STALE


def test_insertions_at_one_point_keep_answer_order_however_they_are_kept() -> None:
    edit = _edit()
    hunks = [edit.place(_raw(f" line 5\n+added {n}\n line 6"), n) for n in (2, 10)]
    images = {post_image(edit.image, order).data for order in (hunks, hunks[::-1])}
    assert len(images) == 1
    assert b"line 5\nadded 2\nadded 10\nline 6\n" in images.pop()


def test_a_change_right_behind_a_stacked_insertion_loses_neither() -> None:
    edit = _edit()
    first = edit.place(_raw(" line 5\n+inserted\n line 6"), 1)
    second = edit.place(_raw(" inserted\n-line 6\n+six"), 2)
    assert second.depends_on == first.id
    got = post_image(edit.image, [first, second]).data.decode()
    assert got == LINES.replace("line 6\n", "inserted\nsix\n")


def test_lines_for_the_end_of_the_file_go_to_its_new_end() -> None:
    edit = _edit()
    hunk = edit.place(RawHunk((TaggedLine("+", "tail"),), at_end=True), 1)
    assert hunk.base_span == (20, 20)
    (moved,) = edit.relocate(image_of("a.py", (LINES + "theirs\n").encode()))
    assert moved.base_span == (21, 21)

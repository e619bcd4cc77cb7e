"""A hunk that fits nowhere: where it was meant, what differs there, and both as one text."""

import hypothesis.strategies as st
from hypothesis import given

from spark_tui.core.edits.by_hand import merged, to_merge
from spark_tui.core.edits.compose import post_image
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.merge import BETWEEN, OURS, THEIRS, merge
from spark_tui.core.edits.model import (
    FileOp,
    Hunk,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
    TaggedLine,
)
from spark_tui.core.edits.near_miss import first_difference
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.rows import missed_rows
from spark_tui.core.edits.text import image_of

FILE = """import typing as _t


class Hooks:
    def register(self, event: str, hooks: list[_t.HookType]) -> None:
        self.hooks[event] = hooks
        self.changed()


def send():
    return 1
"""


def raw(text: str) -> RawHunk:
    return RawHunk(tuple(TaggedLine(line[0], line[1:]) for line in text.splitlines()))  # type: ignore[arg-type]


def index(text: str = FILE) -> LineIndex:
    return LineIndex(image_of("a.py", text.encode()))


ANNOTATED_PATCH = (
    "-    def register(self, event: str, hooks: list[HookType]) -> None:\n"
    "+    def register(self, event: str, hooks: list[HookType], first: bool) -> None:\n"
)
ANNOTATED = raw(ANNOTATED_PATCH)


def test_the_nearest_line_is_named_though_no_line_of_the_edit_is_in_the_file() -> None:
    found = first_difference(ANNOTATED.old(), index())
    assert found is not None
    assert (found[0], found[2]) == (4, FILE.splitlines()[4])


def test_nothing_is_near_a_text_that_is_like_no_line() -> None:
    assert first_difference(["zebras cross quietly at noon"], index()) is None


def refused(patch: str, text: str = FILE) -> tuple[FileEdit, Hunk]:
    edit = FileEdit(1, 1, FileOp.UPDATE, image_of("a.py", text.encode()))
    hunk = edit.place(raw(patch), 1)
    assert hunk.state is HunkState.REFUSED
    return edit, hunk


EXPECTS_TWO = (
    "     def register(self, event: str, hooks: list[HookType]) -> None:\n"
    "-        self.hooks[event] = hooks\n"
    "+        self.hooks[event] += hooks\n"
    "         self.changes()\n"
)


def test_the_files_line_stands_above_the_expected_one_and_the_words_that_differ_are_marked() -> (
    None
):
    _, hunk = refused(EXPECTS_TWO)
    own, expected, old, new, own_last, last = missed_rows(hunk, index())
    assert (own.there, own.new_no, own.text) == (True, 5, FILE.splitlines()[4])
    assert "".join(own.text[a:b] for a, b in own.emphasis) == "_t."
    assert (expected.there, old.old_no, new.tag) == (False, 6, "+")
    assert [own_last.text[a:b] for a, b in own_last.emphasis] == ["changed"]
    assert [last.text[a:b] for a, b in last.emphasis] == ["changes"]


def test_what_only_the_file_or_only_the_edit_changed_is_merged() -> None:
    both = merge(ANNOTATED, index())
    assert both is not None
    assert both.texts == (
        "    def register(self, event: str, hooks: list[_t.HookType], first: bool) -> None:",
    )


def test_what_both_changed_stands_between_marks() -> None:
    wanted = raw("-    return one()\n+    return two()\n")
    both = merge(raw(" def send():\n-    return 2\n+    return 3\n"), index())
    assert both is not None
    assert both.texts == ("def send():", OURS, "    return 1", BETWEEN, "    return 3", THEIRS)
    assert merge(wanted, index("nothing like it\n")) is None


def test_a_merged_text_takes_the_place_of_the_lines_it_was_merged_with() -> None:
    edit, hunk = refused(ANNOTATED_PATCH)
    place = to_merge(edit, hunk.id)
    assert place is not None
    done = merged(edit, hunk.id, place, place.text)
    assert isinstance(done, Hunk)
    assert (done.state, done.base_span) == (HunkState.OPEN, (4, 5))
    assert "".join(post_image(edit.image, [done]).lines) == FILE.replace(
        "HookType])", "HookType], first: bool)"
    )


def test_marks_that_are_left_are_refused_and_so_are_lines_that_changed_meanwhile() -> None:
    edit, hunk = refused(" def send():\n-    return 2\n+    return 3\n")
    place = to_merge(edit, hunk.id)
    assert place is not None
    assert isinstance(merged(edit, hunk.id, place, place.text), Refusal)
    other = place._replace(lines=("def sent():\n", "    return 1\n"))
    assert isinstance(merged(edit, hunk.id, other, "x\n"), Refusal)
    assert edit.hunks[0].state is HunkState.REFUSED


def test_a_merged_text_takes_no_lines_that_another_hunk_has() -> None:
    edit, hunk = refused(EXPECTS_TWO)
    other = edit.place(raw("-        self.hooks[event] = hooks\n+        self.add(hooks)\n"), 2)
    assert other.state is HunkState.OPEN
    place = to_merge(edit, hunk.id)
    assert place is not None
    said = merged(edit, hunk.id, place, "        self.changed()\n")
    assert isinstance(said, Refusal)
    assert said.code is RefusalCode.OVERLAP


@given(st.lists(st.sampled_from(FILE.splitlines()), min_size=1, max_size=12), st.data())
def test_merging_never_fails_and_an_untouched_file_takes_the_edit(
    lines: list[str], data: st.DataObject
) -> None:
    tags = [data.draw(st.sampled_from(" -+")) for _ in lines]
    hunk = RawHunk(
        tuple(
            TaggedLine(t, x)  # type: ignore[arg-type]
            for t, x in zip(tags, lines, strict=True)
        )
    )
    there = [line for line, tag in zip(lines, tags, strict=True) if tag != "+"]
    both = merge(hunk, index("".join(f"{line}\n" for line in there)))
    if both is not None and both.lines == tuple(f"{line}\n" for line in there):
        assert both.texts == tuple(x for t, x in zip(tags, lines, strict=True) if t != "-")
    merge(hunk, index())

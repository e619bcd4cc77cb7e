"""Remarks as one instruction, and as a text for another tool."""

from __future__ import annotations

from spark_tui.core.edits.model import Row
from spark_tui.core.tree_review.hunks import file_change
from spark_tui.core.tree_review.model import PathChange, Side, SideKind
from spark_tui.core.tree_review.moved import MovedFrom, MovedLines
from spark_tui.core.tree_review.remarks import Remark, as_instruction, as_markdown
from spark_tui.core.tree_review.rows import hunk_rows_of, only_blanks


def change(path: str, before: str | None, after: str | None) -> PathChange:
    def side(text: str | None) -> Side:
        if text is None:
            return Side()
        return Side(SideKind.FILE, 0o100644, text.encode(), len(text), "")

    return file_change(path, side(before), side(after))


def test_places_texts_and_hunks_go_along() -> None:
    rows = (Row("-", 1, None, "old ```"), Row("+", None, 1, "new \x1b[2J"))
    remarks = [Remark("a.py", 3, 5, "why\nthis?", rows), Remark("my notes.md", 0, 0, "say more")]
    told = as_markdown(remarks)
    assert "1. `a.py:3-5`: why this?" in told
    assert "   ````diff\n   -old ```\n   +new\n   ````" in told
    assert "2. `my notes.md`: say more" in told
    asked = as_instruction(remarks)
    assert "1. @a.py:3-5 why this?" in asked
    assert "2. `my notes.md` say more" in asked
    assert "\x1b" not in told + asked


def test_lines_that_moved_are_found_in_the_other_file() -> None:
    text = "def waits_for(reply):\n    wait = retry_after(reply)\n    return min(wait, 8.0)\n"
    gone = change("a.py", f"import x\n{text}", "import x\n")
    came = change("b.py", "import y\n", f"import y\n{text}")
    moved = MovedLines()
    moved.add(gone)
    moved.add(came)
    assert moved.of(came, came.file.hunks[0]) == MovedFrom(3, "a.py", 2, gone=False)
    assert moved.of(gone, gone.file.hunks[0]) == MovedFrom(3, "b.py", 2, gone=True)
    moved.forget("a.py")
    assert moved.of(came, came.file.hunks[0]) is None


def test_rows_are_numbered_as_each_side_is() -> None:
    text = "".join(f"line {n}\n" for n in range(1, 31))
    found = change("a.py", text, text.replace("line 2\n", "").replace("line 20\n", "twenty\n"))
    rows = hunk_rows_of(found, found.file.hunks[1])
    assert [(row.tag, row.old_no, row.new_no) for row in rows if row.tag != " "] == [
        ("-", 20, None),
        ("+", None, 19),
    ]
    assert [(row.old_no, row.new_no) for row in rows if row.tag == " "] == [
        (17, 16), (18, 17), (19, 18), (21, 20), (22, 21), (23, 22),
    ]  # fmt: skip
    blanks = change("a.py", "a = 1\nb = 2\n", "a  =  1\nb = 2\n")
    assert only_blanks(blanks, blanks.file.hunks[0])
    assert not only_blanks(found, found.file.hunks[0])

from __future__ import annotations

from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.model import FileOp, Hunk, RawHunk
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.repair import repair_request
from spark_tui.core.edits.text import image_of

LINES = "".join(f"line {n}\n" for n in range(1, 21))


def _hunk(text: str, old: str, new: str) -> tuple[Hunk, FileEdit]:
    edit = FileEdit(1, 1, FileOp.UPDATE, image_of("a.py", text.encode()))
    return edit.place(RawHunk(tagged(old.split("\n"), new.split("\n"))), 1), edit


def test_a_repair_request_names_only_what_failed_with_the_text_there_now() -> None:
    hunk, edit = _hunk(LINES, "line 4\nline V\nline 6", "line 4\nfive\nline 6")
    fine, _ = _hunk(LINES, "line 12", "twelve")
    text = repair_request([hunk], {"a.py": edit.image}, [fine])
    assert "line 5 is not what the edit expects" in text
    assert "expected: line V\nfound:    line 5" in text
    assert "must not be repeated: a.py:12" in text
    assert "-line V\n+five" in text
    assert "\nline 5\nline 6\n" in text
    assert "twelve" not in text


def test_a_repair_request_shows_every_candidate_and_fences_safely() -> None:
    twins = "```\nx = 1\n" + "pad\n" * 60 + "x = 1\n"
    hunk, edit = _hunk(twins, "x = 1", "x = 2")
    text = repair_request([hunk], {"a.py": edit.image})
    assert "fits in 2 places" in text
    assert text.count("of a.py are:") == 2
    assert "````\n```\nx = 1" in text

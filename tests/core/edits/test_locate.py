from __future__ import annotations

import pytest

from spark_tui.core.edits.compose import IndentError, replacement
from spark_tui.core.edits.index import Level, LineIndex
from spark_tui.core.edits.locate import Located, locate
from spark_tui.core.edits.model import RawHunk, RefusalCode, TaggedLine
from spark_tui.core.edits.text import bare, image_of


def _index(text: str) -> LineIndex:
    return LineIndex(image_of("a.py", text.encode()))


def _raw(
    body: str,
    *,
    anchors: tuple[str, ...] = (),
    hint: int | None = None,
    at_end: bool = False,
    prefixed: bool = True,
    elided: bool = False,
) -> RawHunk:
    lines = []
    for line in body.split("\n"):
        tag = line[:1] or " "
        assert tag in (" ", "+", "-")
        lines.append(TaggedLine(tag, line[1:]))  # type: ignore[arg-type]
    return RawHunk(
        tuple(lines),
        anchors=anchors,
        line_hint=hint,
        at_end=at_end,
        prefixed=prefixed,
        elided=elided,
    )


def _after(text: str, raw: RawHunk) -> str:
    index = _index(text)
    found = locate(raw, index)
    assert found.match, found.refusal
    change = replacement(found.match, index)
    lines = index.image.lines
    assert lines[change.start : change.end] == change.old
    return "".join((*lines[: change.start], *change.new, *lines[change.end :]))


def _code(found: Located) -> RefusalCode:
    assert found.refusal
    assert found.match is None
    return found.refusal.code


FILE = """class A:
    def f(self):
        x = 1
        return x

    def g(self):
        x = 1
        return x

    def h(self):
        y = 2
        return y
"""


def test_a_unique_exact_hunk_is_placed() -> None:
    assert _after(FILE, _raw("-        y = 2\n+        y = 3")) == FILE.replace("y = 2", "y = 3")


def test_two_places_are_ambiguous_and_named_with_their_definitions() -> None:
    found = locate(_raw("-        x = 1\n+        x = 2"), _index(FILE))
    assert _code(found) is RefusalCode.AMBIGUOUS
    assert found.refusal
    assert found.refusal.message == "fits in 2 places, so it is not placed"
    assert found.refusal.candidates == ((3, "f()"), (7, "g()"))
    assert len(found.choices) == 2


@pytest.mark.parametrize(
    "anchors",
    [
        ("    def g(self):",),
        ("def g(self):",),
        ("class A:", "def g(self):"),
        ("def g",),
        ("def g(",),
    ],
)
def test_anchors_choose_the_place_behind_them(anchors: tuple[str, ...]) -> None:
    raw = _raw("-        x = 1\n+        x = 2", anchors=anchors)
    wanted = FILE.replace("def g(self):\n        x = 1", "def g(self):\n        x = 2")
    assert _after(FILE, raw) == wanted


def test_an_anchor_line_may_be_the_hunk_s_own_first_line() -> None:
    raw = _raw("     def g(self):\n-        x = 1\n+        x = 2", anchors=("def g(self):",))
    assert "def g(self):\n        x = 2" in _after(FILE, raw)


def test_an_exact_twin_in_front_of_the_anchor_does_not_win_over_a_looser_place_behind() -> None:
    text = FILE.replace("def g(self):\n        x = 1\n", "def g(self):\n        x = 1  \n")
    raw = _raw("-        x = 1\n+        x = 2", anchors=("def g(self):",))
    assert "def g(self):\n        x = 2\n" in _after(text, raw)


def test_an_unknown_anchor_is_no_reason_to_guess() -> None:
    raw = _raw("-        x = 1\n+        x = 2", anchors=("def nowhere():",))
    assert _code(locate(raw, _index(FILE))) is RefusalCode.AMBIGUOUS
    raw = _raw("-        y = 2\n+        y = 3", anchors=("def nowhere():",))
    assert locate(raw, _index(FILE)).match


def test_a_line_number_decides_only_where_the_hunk_fits_exactly_there() -> None:
    body = "-        x = 1\n+        x = 2"
    assert "def g(self):\n        x = 2" in _after(FILE, _raw(body, hint=7))
    assert _code(locate(_raw(body, hint=6), _index(FILE))) is RefusalCode.AMBIGUOUS


def test_lines_that_fit_exactly_and_loosely_where_the_number_says_are_ambiguous() -> None:
    text = "a = 1\nb = 2\na = 1 \nb = 2\n"
    raw = _raw("-a = 1\n+a = 3\n b = 2", hint=3)
    assert _code(locate(raw, _index(text))) is RefusalCode.AMBIGUOUS


def test_end_of_file_mark_prefers_the_end() -> None:
    text = "x\ny\nx\n"
    assert _after(text, _raw("-x\n+z", at_end=True)) == "x\ny\nz\n"


def test_trailing_blanks_typography_and_indentation_are_forgiven_in_that_order() -> None:
    for text, level in (
        ("a = 1  \nb = 2\n", Level.RSTRIP),
        ("a = 1\nb = “2”\n", Level.FOLD),
        ("    a = 1\n    b = 2\n", Level.STRIP),
    ):
        body = " a = 1\n-b = 2\n+c" if "“" not in text else ' a = 1\n-b = "2"\n+c'
        found = locate(_raw(body), _index(text))
        assert found.match
        assert found.match.level is level


def test_kept_lines_come_from_the_file() -> None:
    text = "a = “1”  \r\nb = 2\r\n"
    assert _after(text, _raw(' a = "1"\n-b = 2\n+b = 3')) == "a = “1”  \r\nb = 3\r\n"


def test_added_lines_are_indented_as_the_matched_ones_teach() -> None:
    text = "class A:\n\tdef f(self):\n\t\tx = 1\n\t\treturn x\n"
    raw = _raw(" def f(self):\n-    x = 1\n+    if y:\n+        x = 2\n     return x")
    got = _after("class A:\n    def f(self):\n        x = 1\n        return x\n", raw)
    assert got == (
        "class A:\n    def f(self):\n        if y:\n            x = 2\n        return x\n"
    )
    spaces = _raw("     def f(self):\n-        x = 1\n+        if y:\n+            x = 2")
    assert _after(text, spaces) == (
        "class A:\n\tdef f(self):\n\t\tif y:\n\t\t\tx = 2\n\t\treturn x\n"
    )


def test_indentation_without_a_rule_is_refused() -> None:
    index = _index("a\n  b\n      c\nd\n")
    found = locate(_raw("     a\n b\n-   c\n+   e\n d"), index)
    assert found.match
    with pytest.raises(IndentError):
        replacement(found.match, index)


def test_a_forgotten_prefix_gives_context_its_space_back() -> None:
    raw = RawHunk(
        (
            TaggedLine(" ", "       y = 2"),
            TaggedLine("+", "        z = 3"),
            TaggedLine(" ", "       return y"),
        )
    )
    assert _after(FILE, raw) == FILE.replace("y = 2\n", "y = 2\n        z = 3\n")


LIST = " * one\n  * two\n   * three\n    * four\n   * five\n"


def test_lines_that_all_lack_a_space_give_the_added_ones_theirs_or_are_refused() -> None:
    deep = " def f():\n     x = 1\n     return x\n"
    raw = _raw("     x = 1\n+    y = 2\n     return x")
    assert _after(deep, raw) == deep.replace("1\n", "1\n     y = 2\n")
    for_both = _raw("   * three\n+  * new\n    * four")
    assert _code(locate(for_both, _index(LIST))) is RefusalCode.INDENT
    removes = _raw("   * three\n-    * four\n+    * new")
    assert _after(LIST, removes) == LIST.replace("four", "new")


LONG = "".join(f"line number {n}\n" for n in range(1, 30))


@pytest.mark.parametrize(
    "context",
    [
        " line number 3\n line nubmer 4\n line number 5",
        " line number 3\n line number 5",
        " line number 3\n line number 4\n unknown extra\n line number 5",
    ],
)
def test_one_context_line_may_be_off(context: str) -> None:
    raw = _raw(context + "\n-line number 6\n+changed\n line number 7")
    assert _after(LONG, raw) == LONG.replace("line number 6\n", "changed\n")


def test_two_context_lines_off_are_refused() -> None:
    raw = _raw(" line number 3\n wrong\n wronger\n line number 5\n-line number 6\n+x")
    assert _code(locate(raw, _index(LONG))) is RefusalCode.NOT_FOUND


def test_a_removed_line_is_never_fuzzy() -> None:
    raw = _raw(" line number 5\n-line nubmer 6\n+changed\n line number 7")
    found = locate(raw, _index(LONG))
    assert _code(found) is RefusalCode.NOT_FOUND
    assert found.refusal
    assert found.refusal.message == "line 6 is not what the edit expects"
    assert (found.refusal.line, found.refusal.expected) == (6, "line nubmer 6")
    assert found.refusal.found == "line number 6"


def test_lines_that_are_nowhere_are_said_to_be_nowhere() -> None:
    found = locate(_raw("-nothing like it\n+x"), _index(LONG))
    assert found.refusal
    assert found.refusal.message == "the lines it wants to change are not in the file"


@pytest.mark.parametrize(
    "body",
    [
        " line number 3\n+added between\n line number 4",
        "-was here\n+line number 5\n line number 6",
        " line number 28\n line number 29\n+tail of the file",
    ],
)
def test_an_edit_that_is_there_already_is_recognised(body: str) -> None:
    text = LONG.replace("number 3\n", "number 3\nadded between\n") + "tail of the file\n"
    found = locate(_raw(body), _index(text))
    assert _code(found) is RefusalCode.ALREADY_APPLIED
    assert found.refusal
    assert found.refusal.message == "the edit is already in the file"


def test_a_new_indentation_that_is_there_already_is_not_applied_twice() -> None:
    text = "if a:\n    long_call(here)\n"
    found = locate(_raw("-  long_call(here)\n+    long_call(here)"), _index(text))
    assert _code(found) is RefusalCode.ALREADY_APPLIED


def test_removing_one_of_many_alike_functions_is_not_called_applied() -> None:
    text = "a {\n}\n\nb {\n}\n\nc {\n}\n"
    raw = _raw(" }\n\n-b {\n-}\n-\n c {")
    assert _after(text, raw) == "a {\n}\n\nc {\n}\n"


def test_added_lines_alone_go_behind_a_sure_anchor_and_nowhere_else() -> None:
    index = _index(FILE)
    assert locate(_raw("+        pass", anchors=("def h(self):",)), index).insert_at == 10
    several = locate(_raw("+        pass", anchors=("return x",)), index)
    assert _code(several) is RefusalCode.AMBIGUOUS
    nowhere = locate(_raw("+        pass", anchors=("def q():",)), index)
    assert _code(nowhere) is RefusalCode.NOT_FOUND
    assert _code(locate(_raw("+        pass"), index)) is RefusalCode.NOT_FOUND
    assert locate(_raw("+tail", at_end=True), index).insert_at == 12


def test_a_line_that_the_file_repeats_does_not_say_where_to_add() -> None:
    raw = _raw(" key\n value\n+more")
    assert _code(locate(raw, _index("x\nkey\nvalue\nvalue\ny\n"))) is RefusalCode.AMBIGUOUS


def test_left_out_lines_are_kept_when_each_piece_is_unique() -> None:
    raw = _raw(
        " line number 3\n ...\n line number 8\n-line number 9\n+nine", elided=True, prefixed=False
    )
    assert _after(LONG, raw) == LONG.replace("line number 9\n", "nine\n")
    twice = LONG + LONG
    assert _code(locate(raw, _index(twice))) is RefusalCode.NOT_FOUND


def test_a_blank_line_too_much_around_a_search_is_forgiven() -> None:
    raw = _raw("-\n line number 3\n-line number 4\n+four", prefixed=False)
    assert _after(LONG, raw) == LONG.replace("line number 4\n", "four\n")


def test_blank_lines_alone_name_no_place() -> None:
    found = locate(_raw(" \n+x"), _index("a\n\nb\n\nc\n"))
    assert _code(found) is RefusalCode.AMBIGUOUS


def test_context_alone_changes_nothing() -> None:
    assert _code(locate(_raw(" line number 3"), _index(LONG))) is RefusalCode.EMPTY


@pytest.mark.parametrize(
    ("text", "body", "wanted"),
    [
        ("a\nb", " a\n-b\n+c", "a\nc"),
        ("a\nb", "-a\n-b\n+c", "c"),
        ("a\r\nb", " a\n-b\n+c\n+d", "a\r\nc\r\nd"),
        ("a\nb", "-a\n+x\n b", "x\nb"),
        ("a\nb", " a\n b\n+c", "a\nb\nc"),
        ("a\nb", " a\n-b", "a\n"),
        ("a\r\nb", " a\n b\n+c\n+d", "a\r\nb\r\nc\r\nd"),
    ],
)
def test_the_missing_final_newline_stays_and_untouched_lines_keep_theirs(
    text: str, body: str, wanted: str
) -> None:
    assert _after(text, _raw(body)) == wanted


def test_definitions_are_named_by_indentation() -> None:
    index = _index(FILE)
    assert index.definition(2) == "f()"
    assert index.definition(0) == "A"
    assert _index("x = 1\n").definition(0) == ""
    go = _index("func (c *Client) Send(x int) {\n\tx++\n}\n")
    assert go.definition(1) == "Send()"
    assert bare(go.image.lines[1]) == "\tx++"


def test_context_in_front_alone_is_no_sign_that_lines_are_gone_already() -> None:
    found = locate(_raw(" line number 3\n line number 4\n-never there"), _index(LONG))
    assert _code(found) is RefusalCode.NOT_FOUND
    gone = _raw(" line number 3\n-was between\n line number 4")
    assert _code(locate(gone, _index(LONG))) is RefusalCode.ALREADY_APPLIED


def test_a_hunk_indented_too_deep_loses_the_surplus() -> None:
    raw = _raw("         x = 1\n-        y = 2\n+        if z:\n+            y = 3")
    assert _after("x = 1\ny = 2\n", _raw("     x = 1\n-    y = 2\n+    if z:\n+        y = 3")) == (
        "x = 1\nif z:\n    y = 3\n"
    )
    assert _after("    x = 1\n    y = 2\n", raw) == "    x = 1\n    if z:\n        y = 3\n"


def test_an_exact_place_outside_the_anchor_s_block_does_not_win_over_a_looser_one_inside() -> None:
    text = FILE.replace("def g(self):\n        x = 1\n", "def g(self):\n        x = 1  \n")
    text = text.replace("y = 2", "x = 1").replace("x = 1\n", "x = 0\n", 1)
    raw = _raw("-        x = 1\n+        x = 2", anchors=("def g(self):",))
    assert _code(locate(raw, _index(text))) is RefusalCode.AMBIGUOUS


def test_an_anchor_may_be_the_start_of_a_line_though_it_is_a_whole_line_further_down() -> None:
    text = "def setup(a)\n  x = 1\nend\n\ndef setup\n  y = 2\nend\n"
    assert _after(text, _raw("-  x = 1\n+  x = 3", anchors=("def setup",))) == text.replace(
        "x = 1", "x = 3"
    )
    assert locate(_raw("-  x = 1\n+  x = 3", anchors=("#",)), _index(text + "#\n")).match


def test_a_context_line_that_stands_elsewhere_did_not_slip() -> None:
    text = LONG + "line number 28\nline number 44\nline number 30\n"
    raw = _raw(" line number 3\n line number 44\n line number 5\n-line number 6\n+x")
    assert _code(locate(raw, _index(text))) is RefusalCode.NOT_FOUND


def test_one_blank_line_too_much_leaves_the_others_in_place() -> None:
    raw = _raw("-\n+logo\n \n line number 1", prefixed=False)
    assert _after("\n" + LONG, raw) == "logo\n\n" + LONG


def test_a_moved_line_keeps_the_plain_quotes_of_the_file() -> None:
    text = 'x = "a"\ny = 1\n'
    assert _after(text, _raw("-x = ”a”\n y = 1\n+x = ”a”")) == 'y = 1\nx = "a"\n'
    assert _after(text, _raw("-x = ”a”\n+x = ”b”\n y = 1")) == "x = ”b”\ny = 1\n"


def test_a_move_may_replace_the_typographic_quotes_of_the_file() -> None:
    assert _after("x = ”a”\ny = 1\n", _raw('-x = "a"\n y = 1\n+x = "a"')) == 'y = 1\nx = "a"\n'


@pytest.mark.parametrize("beside", [" })\n+more()", "+more()\n })"])
def test_a_bracket_at_another_depth_does_not_say_where_lines_go(beside: str) -> None:
    text = "f(function () {\n  one()\n  two()\n  g(function () {\n    three()\n  })\n  end()\n})\n"
    body = " f(function () {\n   one()\n   two()\n   g(function () {\n     three()\n"
    index = _index(text)
    found = locate(_raw(body + beside), index)
    assert found.match
    with pytest.raises(IndentError):
        replacement(found.match, index)

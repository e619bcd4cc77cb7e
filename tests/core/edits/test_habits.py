"""`.editorconfig` and `.gitattributes`: what they say of a file, and what they may cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.habits import editorconfig, gitattributes, habits_of
from spark_tui.core.edits.model import Habits
from spark_tui.core.edits.path_patterns import matches

CONFIG = """\
; top
root = true

[*]
indent_style = space
indent_size = 4
end_of_line = lf
charset = utf-8

[{Makefile,*.mk}]
indent_style = tab

[*.{js,ts}]
indent_size = 2   # two

[lib/**.go]
indent_style = tab
tab_width = 8

[*.bat]
end_of_line = crlf
charset = latin1
"""


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a.py", Habits(" ", 4, "\n", "utf-8")),
        ("x/Makefile", Habits("\t", 4, "\n", "utf-8")),
        ("x/y/rules.mk", Habits("\t", 4, "\n", "utf-8")),
        ("web/a.ts", Habits(" ", 2, "\n", "utf-8")),
        ("lib/x/y.go", Habits("\t", 8, "\n", "utf-8")),
        ("y.go", Habits(" ", 4, "\n", "utf-8")),
        ("run.bat", Habits(" ", 4, "\r\n", "latin-1")),
    ],
)
def test_the_sections_that_match_say_it_the_last_one_wins(path: str, wanted: Habits) -> None:
    assert habits_of(path, [("", editorconfig(CONFIG))], []) == wanted


def test_the_nearest_file_wins_and_root_ends_the_search() -> None:
    top, near = (
        editorconfig("[*]\nindent_style=tab\nindent_size=8"),
        editorconfig("[*]\nindent_size=2"),
    )
    assert habits_of("a/b.py", [("", top), ("a", near)], []) == Habits("\t", 2)
    assert habits_of("b.py", [("", top)], []) == Habits("\t", 8)
    root = editorconfig("root=true\n[*.py]\nindent_style=space\nindent_size=3")
    assert habits_of("a/b.py", [("", top), ("a", root)], []) == Habits(" ", 3)
    unset = editorconfig("[*]\nindent_style = unset")
    assert habits_of("a/b.py", [("", top), ("a", unset)], []) == Habits("", 8)


def test_attributes_say_endings_and_encodings() -> None:
    rules = gitattributes(
        "# no\n* text=auto\n*.bat text eol=crlf\n*.txt working-tree-encoding=UTF-16LE eol=lf\n"
        "*.win working-tree-encoding=UTF-16LE-BOM\n*.jp working-tree-encoding=Shift_JIS\n"
        '"a b.c" eol=crlf\n/top.sh eol=lf\nx/**/y.z eol=crlf\nraw.bat -text\n'
    )
    said = {
        path: habits_of(path, [], [("", rules)])
        for path in (
            *("x/a.bat", "b.txt", "c.win", "d.jp", "top.sh", "q/top.sh"),
            *("x/y.z", "x/1/2/y.z", "y.z", "raw.bat"),
        )
    }
    assert said["x/a.bat"].eol == said["x/y.z"].eol == said["x/1/2/y.z"].eol == "\r\n"
    assert (said["b.txt"].eol, said["b.txt"].charset, said["b.txt"].bom) == ("\n", "utf-16-le", b"")
    assert (said["c.win"].charset, said["c.win"].bom) == ("utf-16-le", b"\xff\xfe")
    assert said["d.jp"].charset == "shift_jis"
    assert said["top.sh"].eol == "\n"
    assert said["q/top.sh"] == said["y.z"] == said["raw.bat"] == Habits()
    assert habits_of("a b.c", [], [("", rules)]).eol == "\r\n"


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.py", "a/b.py", True),
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "a/c/b.py", False),
        ("**.py", "a/c/b.py", True),
        ("a/**/b.py", "a/b.py", True),
        ("a/**/b.py", "a/c/d/b.py", True),
        ("a/**/b.py", "a/cb.py", False),
        ("**/b.py", "b.py", True),
        ("a/**", "a/c/d", True),
        ("/b.py", "b.py", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("[a-c]x", "bx", True),
        ("f{1..3}.c", "f2.c", True),
        ("f{1..3}.c", "f12.c", False),
        ("{a,b{c,d}}.x", "bd.x", True),
        ("{a}.x", "{a}.x", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("[x", "[x", True),
        ("", "", True),
    ],
)
def test_patterns(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path, braces=True) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 200 + "b",
        "**/" * 100 + "b",
        "{" * 300,
        "{a,b}" * 60,
        "[" * 400,
        "{a," * 120 + "}" * 120,
    ],
)
def test_no_pattern_costs_more_than_its_length(pattern: str) -> None:
    path = "a/" * 60 + "a" * 200
    assert matches(pattern, path, braces=True) in (True, False)
    text = f"[{pattern}]\nindent_style=tab\n" * 500
    assert isinstance(habits_of(path, [("", editorconfig(text))], []), Habits)


@given(st.text(max_size=300), st.text(max_size=60))
def test_no_text_breaks_it(text: str, path: str) -> None:
    rules = [("", editorconfig(text)), ("a", editorconfig(f"[{text}]\nindent_size={text}"))]
    assert isinstance(habits_of(path, rules, [("", gitattributes(text))]), Habits)

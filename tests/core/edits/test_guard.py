from __future__ import annotations

import pytest

from spark_tui.core.edits.guard import (
    check_known,
    check_path,
    composed,
    is_prose,
    lazy_marker,
    needs_consent,
    normal_path,
    shown,
)
from spark_tui.core.edits.model import RefusalCode


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "src/net/retry.py",
        ".gitignore",
        ".github/workflows/ci.yml",
        "a b/c d.txt",
        "[id].tsx",
        "(group)/$x.ts",
        "@scope/x",
        "ünï/日本.txt",
        "git/x",
        "console.py",
        "common1.txt",
        "-".join("ab"),
        "a/...x/b",
        "x" * 200,
    ],
)
def test_ordinary_paths_pass(path: str) -> None:
    assert check_path(normal_path(path)) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a/..",
        "~/x",
        "~root/x",
        "C:/x",
        "c:x",
        "\\\\host\\x",
        "a\\b",
        "..\\x",
        "a/./b",
        "a//b",
        "a/",
        ".",
        ".git/config",
        "a/.git/hooks/x",
        ".GIT/config",
        ".Git",
        ".git./x",
        ".git /x",
        ".g\u200cit/x",
        ".git\u200d/x",
        "\uff0egit/x",
        ".git::$INDEX_ALLOCATION/x",
        "git~1/x",
        "GIT~2",
        "x:y",
        "a\nb",
        "a\x1b[2Jb",
        "a\x7fb",
        "a\u202eb",
        "a\u200bb",
        "a\ufe0fb",
        "a\0b",
        "\ud800",
        "con",
        "CON.txt",
        "a/aux.c",
        "nul",
        "com1",
        "LPT9.log",
        "com¹",
        "-rf",
        "a/--help",
        "a/~x",
        "a/x ",
        "a/x.",
        " a",
        "a/ b",
        "e\u0301/" + "x" * 1_100,
        "a/" * 70 + "b",
        "é" * 600,
    ],
)
def test_dangerous_paths_are_refused_in_printable_words(path: str) -> None:
    refusal = check_path(path)
    assert refusal
    assert refusal.code is RefusalCode.PATH
    assert refusal.message.isprintable()
    assert len(refusal.message) < 160


def test_an_outside_path_says_so() -> None:
    refusal = check_path("../x")
    assert refusal
    assert refusal.message == "../x is outside this repository, never written"


def test_a_path_is_told_below_the_worktree_as_it_was_written() -> None:
    assert normal_path("./././a.py") == "a.py"
    assert normal_path("e\u0301.py") == "e\u0301.py"
    assert composed("e\u0301.py") == "é.py"
    assert normal_path("/w/r/net/a.py", "/w/r") == "net/a.py"
    assert normal_path("/w/rest/a.py", "/w/r") == "/w/rest/a.py"
    assert check_path("e\u0301.py") is not None


@pytest.mark.parametrize(
    "path",
    [
        "e\u0301.py",
        "aux.c",
        "con/x.py",
        "nul.ts",
        "~__root.tsx",
        "A::B.pm",
        "x:y",
        "-flag.md",
        "a\\b",
        " a",
        "a ",
        "👩\u200d💻.md",
        "a\nb",
    ],
)
def test_a_file_that_is_there_may_have_any_name(path: str) -> None:
    assert check_known(path) is None
    assert check_path(path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "~/x",
        "~",
        "../x",
        "a/../../x",
        "a\\..\\..\\x",
        "C:\\x",
        "c:/x",
        "\\\\host\\x",
        ".git/config",
        "a/.GIT/x",
        ".g\u200cit/x",
        ".git::$INDEX_ALLOCATION/x",
        "git~1/x",
        "a//b",
        "./a/./b",
        "a\0b",
        "\ud800",
        "a/" * 70 + "b",
    ],
)
def test_what_is_never_touched_whatever_is_there(path: str) -> None:
    refusal = check_known(path)
    assert refusal
    assert refusal.message.isprintable()


def test_shown_paths_are_cut_in_the_middle() -> None:
    assert shown("a" * 50 + "/" + "b" * 50, 21) == "a" * 10 + "…" + "b" * 10


@pytest.mark.parametrize(
    "path",
    [".gitmodules", "x/.gitattributes", ".github/workflows/ci.yml", ".vscode/tasks.json", ".envrc"],
)
def test_files_that_arm_something_need_consent(path: str) -> None:
    assert needs_consent(path)
    assert not needs_consent("src/github/x.py")


@pytest.mark.parametrize(
    "line",
    [
        "# ... existing code ...",
        "    // ... existing code ...",
        "// rest of the function",
        "# ... rest of the file remains unchanged ...",
        "/* ... unchanged ... */",
        "<!-- ... existing content ... -->",
        "...",
        "  // ...",
        "[... same code as before ...]",
        "# … other methods …",
    ],
)
def test_lines_that_stand_for_left_out_code_are_found(line: str) -> None:
    assert lazy_marker(["x", line, "y"], ["x", "y"], dots=True) == 1
    assert lazy_marker(["x", line, "y"], ["x", line], dots=True) is None


@pytest.mark.parametrize(
    "lines",
    [
        ["# the rest of the arguments are passed on", "x"],
        ["def f() -> None:", "    ..."],
        ["def f() -> None:", '    """Doc."""', "    ..."],
        ["print('...')"],
        ["# wait for the existing connection"],
        ["x = [1, ..., 3]"],
        ["# unchanged_name = 3"],
    ],
)
def test_ordinary_lines_are_not_taken_for_left_out_code(lines: list[str]) -> None:
    assert lazy_marker(lines, [], dots=True) is None


def test_bare_dots_count_only_where_more_is_removed_than_written() -> None:
    assert lazy_marker(["..."], [], dots=False) is None
    assert lazy_marker(["Run:", "..."], [], dots=True) == 1


def test_dots_in_quoted_code_are_text_where_nothing_is_left_out() -> None:
    assert is_prose("docs/Guide.RST")
    assert not is_prose("guide.py")
    quoted = ["    app = Flask()", "    # ...", "    app.run()"]
    assert lazy_marker(quoted, [], dots=False, prose=True) is None
    assert lazy_marker(quoted, [], dots=False) == 1
    assert lazy_marker(quoted, [], dots=True, prose=True) == 1
    assert lazy_marker(["# ... existing code ..."], [], dots=False, prose=True) == 0

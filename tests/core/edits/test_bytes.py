"""What an edit leaves as it is: line endings, the last one's absence, blanks, marks."""

from __future__ import annotations

import pytest

from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import EditFormat, FileImage, RefusalCode
from spark_tui.core.edits.span import target_of
from spark_tui.core.edits.text import image_of


def edit(data: bytes | None, text: str, path: str = "f.txt") -> ProposalResult:
    def read(wanted: str) -> FileImage:
        return image_of(wanted, data if wanted == path else None)

    return propose(text, read, known_paths=(path,))


def after(result: ProposalResult) -> bytes:
    assert not result.refused, [h.refusal for h in result.refused]
    assert not result.problems, result.problems
    (change,) = result.changes
    return change.after.data


def refusal(result: ProposalResult) -> str:
    assert not result.changes
    (hunk,) = result.refused
    assert hunk.refusal is not None
    return f"{hunk.refusal.code.value}: {hunk.refusal.message}"


def v4a(body: str, path: str = "f.txt") -> str:
    return f"*** Begin Patch\n*** Update File: {path}\n@@\n{body}*** End Patch\n"


def blocks(search: str, replace: str, path: str = "f.txt") -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def whole(text: str, path: str = "f.txt") -> str:
    return f"{path}\n````\n{text}````\n"


def span(data: bytes, first: int, last: int, text: str, path: str = "f.txt") -> ProposalResult:
    image = image_of(path, data)
    return propose(
        f"````\n{text}````\n",
        lambda _: image,
        EditFormat.SPAN,
        (path,),
        span=target_of(image, first, last),
    )


# ------------------------------------------------------------------- line endings

MIXED = b"alpha\r\nbeta\ngamma\r\ndelta\n"


@pytest.mark.parametrize(
    ("data", "text", "wanted"),
    [
        (MIXED, v4a(" alpha\n-beta\n+BETA\n gamma\n"), b"alpha\r\nBETA\ngamma\r\ndelta\n"),
        (MIXED, v4a(" beta\n-gamma\n+GAMMA\n delta\n"), b"alpha\r\nbeta\nGAMMA\r\ndelta\n"),
        (MIXED, v4a(" gamma\n+new\n delta\n"), b"alpha\r\nbeta\ngamma\r\nnew\r\ndelta\n"),
        (MIXED, v4a(" beta\n+new\n gamma\n"), b"alpha\r\nbeta\nnew\ngamma\r\ndelta\n"),
        (MIXED, v4a("+new\n alpha\n"), b"new\r\nalpha\r\nbeta\ngamma\r\ndelta\n"),
        (
            MIXED,
            v4a("-beta\n-gamma\n+BETA\n+GAMMA\n+more\n"),
            b"alpha\r\nBETA\nGAMMA\r\nmore\r\ndelta\n",
        ),
        (
            MIXED,
            v4a("-alpha\n-beta\n-gamma\n+ALPHA\n+beta\n+GAMMA\n"),
            b"ALPHA\r\nbeta\nGAMMA\r\ndelta\n",
        ),
        (MIXED, blocks("beta\ngamma\n", "beta\nGAMMA\n"), b"alpha\r\nbeta\nGAMMA\r\ndelta\n"),
        (MIXED, blocks("delta\n", "delta\nepsilon\n"), MIXED + b"epsilon\n"),
        (MIXED, whole("alpha\nBETA\ngamma\ndelta\n"), b"alpha\r\nBETA\ngamma\r\ndelta\n"),
        (MIXED, whole("alpha\nbeta\nnew\ngamma\n"), b"alpha\r\nbeta\nnew\ngamma\r\n"),
        (b"a\rb\rc\r", v4a(" a\n-b\n+B\n+b2\n c\n"), b"a\rB\rb2\rc\r"),
        (b"a\rb\rc\r", whole("a\nb\nc\nd\n"), b"a\rb\rc\rd\r"),
        (b"a\r\r\nb\r\r\nc\r\r\n", v4a("-b\n+B\n"), b"a\r\r\nB\r\r\nc\r\r\n"),
        (
            b"@echo off\r\nif x (\r\necho a\n)\r\n",
            v4a(" if x (\n echo a\n+echo bye\n )\n"),
            b"@echo off\r\nif x (\r\necho a\necho bye\n)\r\n",
        ),
    ],
)
def test_lines_end_as_those_they_replace_else_as_their_neighbours(
    data: bytes, text: str, wanted: bytes
) -> None:
    assert after(edit(data, text)) == wanted


def test_a_span_keeps_the_endings_of_its_lines() -> None:
    assert after(span(MIXED, 2, 3, "BETA\ngamma\n")) == b"alpha\r\nBETA\ngamma\r\ndelta\n"
    assert after(span(MIXED, 1, 4, "alpha\nbeta\nGAMMA\ndelta\n")) == MIXED.replace(
        b"gamma", b"GAMMA"
    )


# ------------------------------------------------------------------- the last line


@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (v4a("-b\n+c\n"), b"a\nc"),
        (v4a(" b\n+c\n"), b"a\nb\nc"),
        (blocks("b\n", "c\nd\n"), b"a\nc\nd"),
        (whole("a\nc\n"), b"a\nc"),
        (whole("a\nb\nc\n"), b"a\nb\nc"),
        (whole("x\nb\n"), b"x\nb"),
        ("--- a/f.txt\n+++ b/f.txt\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", b"a\nc"),
        (
            "--- a/f.txt\n+++ b/f.txt\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n",
            b"a\nb\n",
        ),
        (
            "--- a/f.txt\n+++ b/f.txt\n@@ -1,2 +1,2 @@\n a\n-b\n"
            "\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
            b"a\nc",
        ),
    ],
)
def test_a_file_without_a_final_newline_stays_so_unless_it_is_said(
    text: str, wanted: bytes, eol: bytes
) -> None:
    assert after(edit(b"a" + eol + b"b", text)) == wanted.replace(b"\n", eol)


@pytest.mark.parametrize("lines", [(1, 1), (1, 2), (2, 2)])
def test_a_span_that_ends_without_a_newline_stays_so(lines: tuple[int, int]) -> None:
    result = span(b"a\r\nb", *lines, "x\ny\n")
    assert after(result) == (b"x\r\ny\r\nb" if lines[1] == 1 else b"a\r\n" * (lines[0] - 1)) + (
        b"" if lines[1] == 1 else b"x\r\ny"
    )


# ------------------------------------------------------------------- blanks at the end of lines

BLANKS = b"one  \ntwo\t\nthree\nfour \n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (whole("one\ntwo\nTHREE\nfour\n"), b"one  \ntwo\t\nTHREE\nfour \n"),
        (whole("zero\none\ntwo\nthree\nfour\n"), b"zero\n" + BLANKS),
        (whole("one\ntwo\nthree\nfour\n"), b"one\ntwo\nthree\nfour\n"),
        (whole("one\ntwo\t\nthree\nfour\n"), b"one\ntwo\t\nthree\nfour\n"),
        (blocks("one\ntwo\nthree\n", "one\ntwo\nTHREE\n"), b"one  \ntwo\t\nTHREE\nfour \n"),
        (v4a("-one\n-two\n-three\n+one\n+two\n+THREE\n"), b"one  \ntwo\t\nTHREE\nfour \n"),
        (v4a("-one  \n+one\n two\n"), b"one\ntwo\t\nthree\nfour \n"),
    ],
)
def test_blanks_at_the_end_of_untouched_lines_stay(text: str, wanted: bytes) -> None:
    assert after(edit(BLANKS, text)) == wanted


def test_code_loses_the_blanks_that_a_whole_answer_takes_from_it_but_in_strings() -> None:
    data = b"x = 1  \ns = '''a  \nb\t\n'''  \n\t\ny = 2\n"
    new = "x = 1\ns = '''a\nb\n'''\n\ny = 3\n"
    wanted = b"x = 1\ns = '''a  \nb\t\n'''\n\ny = 3\n"
    assert after(edit(data, whole(new, "f.py"), "f.py")) == wanted
    notes = b"one  \n   \ntwo\n\t\nthree\n"
    assert after(edit(notes, whole("one\n\ntwo\n\n3\n", "f.md"), "f.md")) == b"one  \n\ntwo\n\n3\n"


# ------------------------------------------------------------------- marks and odd characters


@pytest.mark.parametrize(
    "text",
    [
        whole("\ufeffone\ntwo\n"),
        blocks("\ufeff1\n", "\ufeffone\n"),
        v4a("-\ufeff1\n+\ufeffone\n two\n"),
        v4a("-1\n+\ufeffone\n two\n"),
    ],
)
@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_the_files_own_and_there_once(text: str, mark: bytes) -> None:
    assert after(edit(mark + b"1\ntwo\n", text)) == mark + b"one\ntwo\n"


def test_a_new_file_has_no_byte_order_mark() -> None:
    created = "*** Begin Patch\n*** Add File: f.txt\n+\ufeffone\n*** End Patch\n"
    assert after(edit(None, created)) == b"one\n"
    assert after(edit(None, whole("\ufeffone\n"))) == b"one\n"


ODD = "a\x0c\n\x0c\ndef f():\n    s = 'x\u2028y\x85z\x1c'\n\x0b\nend\u2029\n".encode()


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (v4a(" \x0c\n-def f():\n+def g():\n"), "def f", "def g"),
        (
            v4a(" def f():\n-    s = 'x\u2028y\x85z\x1c'\n+    s = 'x\u2028y'\n"),
            "y\x85z\x1c'",
            "y'",
        ),
        (blocks("end\u2029\n", "END\u2029\n"), "end", "END"),
        (whole(ODD.decode().replace("def f", "def g")), "def f", "def g"),
        (blocks("def f():\n", "def g():\n"), "def f", "def g"),
        (v4a(" a\n \n-def f():\n+def g():\n"), "def f", "def g"),
    ],
)
def test_separators_that_end_no_line_are_text(text: str, old: str, new: str) -> None:
    assert after(edit(ODD, text)) == ODD.decode().replace(old, new).encode()


@pytest.mark.parametrize(
    "text", [v4a("-one\n+o\0ne\n"), blocks("one\n", "\0\n"), whole("one\0\ntwo\n")]
)
def test_no_edit_makes_a_text_file_a_binary_one(text: str) -> None:
    assert refusal(edit(b"one\ntwo\n", text)).startswith(RefusalCode.MALFORMED.value)


def test_no_new_file_holds_nul() -> None:
    created = "*** Begin Patch\n*** Add File: f.txt\n+o\0ne\n*** End Patch\n"
    assert refusal(edit(None, created)).startswith(RefusalCode.MALFORMED.value)

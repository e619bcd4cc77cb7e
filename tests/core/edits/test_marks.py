"""Marks of edits in files and in answers: text of the file, a broken edit, or a cut one."""

from __future__ import annotations

import pytest

from spark_tui.core.edits.mangled import _stood_plain
from spark_tui.core.edits.model import FileOp, HunkState, RefusalCode
from tests.core.edits.answers import after, codes, placed, said, span_placed

CONFLICT = (
    "def f():\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> feature\n\n\nx = 1\n"
)
RST = "Title\n=======\n\nText.\n\nNext\n=======\n\nMore.\n"
DOCS = "Say:\n\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n\nEnd.\n"
PATCHES = (
    "RULES = '''\n*** Begin Patch\n*** Update File: x\n@@\n-a\n+b\n*** End Patch\n'''\nX = 1\n"
)


def _block(search: str, new: str, *, length: int = 7, path: str = "a.py") -> str:
    marks = ("<" * length + " SEARCH", "=" * length, ">" * length + " REPLACE")
    return f"{path}\n```\n{marks[0]}\n{search}{marks[1]}\n{new}{marks[2]}\n```\n"


# ------------------------------------------------------------------- marks that are text


@pytest.mark.parametrize("length", [7, 9])
def test_a_conflict_is_resolved_by_a_block(length: int) -> None:
    search = CONFLICT.partition("\n\n\n")[0].removeprefix("def f():\n") + "\n"
    answer = _block(search, "    return 2\n", length=length)
    assert after(placed(answer, {"a.py": CONFLICT})) == {
        "a.py": "def f():\n    return 2\n\n\nx = 1\n"
    }


@pytest.mark.parametrize(
    ("search", "new", "wanted"),
    [
        ("Title\n=======\n", "Head\n=======\n", RST.replace("Title", "Head")),
        ("Title\n", "Head\n", RST.replace("Title", "Head")),
        ("Next\n=======\n", "Next one\n=======\n", RST.replace("Next", "Next one")),
        ("Text.\n", "Text.\n\nSub\n=======\n", RST.replace("Text.", "Text.\n\nSub\n=======")),
        (RST, RST.replace("More", "All"), RST.replace("More", "All")),
    ],
)
def test_a_heading_ruled_like_a_divider_is_text_where_the_file_says_so(
    search: str, new: str, wanted: str
) -> None:
    for length in (7, 9):
        result = placed(_block(search, new, length=length, path="a.rst"), {"a.rst": RST})
        assert after(result) == {"a.rst": wanted}, said(result)


@pytest.mark.parametrize(
    ("search", "new"),
    [
        # nothing that is searched stands in the file
        ("No\n=======\n", "Yes\n"),
        # a longer reading slipped: what stands behind the shorter one is a divider too
        ("<<<<<<< HEAD\n    return 1\n=======\n    retrun 2\n>>>>>>> feature\n", "    return 2\n"),
        # a stray divider in code
        ("x = 1\n", "x = 2\n=======\nx = 3\n"),
    ],
)
def test_two_dividers_that_the_file_does_not_tell_apart_are_refused(search: str, new: str) -> None:
    result = placed(
        _block(search, new),
        {"a.py": CONFLICT.replace("=======\n    return 2", "=======\n    return 3")},
    )
    assert after(result) == {}
    assert codes(result) == [RefusalCode.MALFORMED], said(result)


def test_marks_of_another_length_are_text_of_a_block() -> None:
    search = DOCS.partition("Say:\n\n")[2].partition("\n\nEnd")[0] + "\n"
    answer = _block(search, search.replace("old", "was"), length=9, path="a.md")
    assert after(placed(answer, {"a.md": DOCS})) == {"a.md": DOCS.replace("old", "was")}
    plain = _block(search, search.replace("old", "was"), path="a.md")
    assert after(placed(plain, {"a.md": DOCS})) == {}


def test_a_block_that_stands_indented_is_read_as_the_file_has_it() -> None:
    text = "def f():\n    return 1\n"
    block = _block("    return 1\n", "    return 2\n")
    for answer in (
        "1. Change it:\n\n   " + block.replace("\n", "\n   ").rstrip(" "),
        block.replace("<<<<", "    <<<<")
        .replace("====", "    ====")
        .replace(">>>>>>> ", "    >>>>>>> "),
    ):
        assert after(placed(answer, {"a.py": text})) == {"a.py": text.replace("1", "2")}


def test_patch_lines_in_a_file_are_text_in_every_format() -> None:
    new = PATCHES.replace("X = 1", "X = 2")
    files = {"p.py": PATCHES}
    hunk = " *** End Patch\n '''\n-X = 1\n+X = 2\n"
    whole = "\n".join(f" {line}" for line in PATCHES.splitlines()[:-1]) + "\n-X = 1\n+X = 2\n"
    for answer in (
        f"*** Begin Patch\n*** Update File: p.py\n@@\n{hunk}*** End Patch\n",
        f"*** Begin Patch\n*** Update File: p.py\n@@\n{whole}*** End Patch\n",
        f"--- a/p.py\n+++ b/p.py\n@@ -7,3 +7,3 @@\n{hunk}",
        _block("*** End Patch\n'''\nX = 1\n", "*** End Patch\n'''\nX = 2\n", path="p.py"),
        f"p.py\n```python\n{new}```\n",
    ):
        result = placed(answer, files)
        assert after(result) == {"p.py": new}, (answer, said(result))
    span = span_placed(f"```python\n{new}```\n", PATCHES, 1, PATCHES.count("\n"), "p.py")
    assert after(span) == {"p.py": new}


@pytest.mark.parametrize("mark", ["<<<<<<< SEARCH", ">>>>>>> REPLACE", "*** Begin Patch"])
def test_a_text_that_holds_new_marks_of_an_edit_is_no_file(mark: str) -> None:
    text = f"# one\n# two\n# three\n{mark}\nx = 1\n"
    for files in ({}, {"a.py": "# one\n# two\n# three\nx = 1\n"}):
        assert after(placed(f"a.py\n```\n{text}```\n", files)) == {}
    added = "".join(f"+{line}\n" for line in text.splitlines())
    patch = f"*** Begin Patch\n*** Add File: a.md\n{added}*** End Patch\n"
    assert after(placed(patch, {})) == {"a.md": text}


def test_changed_lines_that_look_like_file_headers_are_lines() -> None:
    text = "int f(int i)\n{\n-- i;\nreturn i;\n}\n"
    new = text.replace("--", "++")
    head, more = "--- a/c.c\n+++ b/c.c\n", "--- a/d.c\n+++ b/d.c\n@@ -1 +1 @@\n-x\n+y\n"
    for answer in (
        f"{head}@@ -1,5 +1,5 @@\n int f(int i)\n {{\n--- i;\n+++ i;\n return i;\n }}\n",
        f"```diff\n{head}@@ -3 +3 @@\n--- i;\n+++ i;\n```\n",
        f"{head}@@ -3 +3 @@\n--- i;\n+++ i;\n{more}",
        f"{head}@@ -3,9 +3,8 @@\n--- i;\n+++ i;\n{more}",
    ):
        result = placed(answer, {"c.c": text, "d.c": "x\n"})
        wanted = {"c.c": new, "d.c": "y\n"} if "d.c" in answer else {"c.c": new}
        assert after(result) == wanted, said(result)
    sql = "-- drop\nx\n"
    result = placed("--- a/q\n+++ b/q\n@@ -1,2 +1 @@\n--- drop\n x\n", {"q": sql})
    assert after(result) == {"q": "x\n"}


# ------------------------------------------------------------------- broken edits


@pytest.mark.parametrize(
    "answer",
    [
        "a.py\n<<<<<<< SEARCH\nx = 1\n>>>>>>> REPLACE\n",
        "a.py\n<<<<<<< SEARCH\nx = 1\n>>>>>>> REPLACE\n=======\nx = 2\n>>>>>>> REPLACE\n",
        "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\ny = 3\n>>>>>>> REPLACE\n",
        _block("x = 1\n", "x = 2\n>>>>>>> REPLACE\nz\n"),
        "a.py\n<<<<<< SEARCHING\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n",
        "a.py\n<<<<<<< SEARCH\nx = 1\n<<<<<<< SEARCH\n=======\nx = 2\n>>>>>>> REPLACE\n",
        "a.py\n<<<<<<< SEARCH\nx = 1\n=======\n<<<<<<< SEARCH\nx = 2\n>>>>>>> REPLACE\n",
    ],
)
def test_blocks_with_marks_out_of_order_are_refused(answer: str) -> None:
    result = placed(answer, {"a.py": "x = 1\ny = 2\n"})
    assert after(result) == {}
    assert result.problems or result.refused


@pytest.mark.parametrize("left", ["+more\n", "@@\n-y\n+z\n", "-    y\n", "*** End Patch\n"])
def test_patch_lines_behind_a_patch_that_its_fence_ended_void_the_answer(left: str) -> None:
    answer = f"```\n*** Begin Patch\n*** Update File: a.md\n@@\n-x\n+X\n```\n{left}"
    assert after(placed(answer, {"a.md": "x\n```\ny\n"})) == {}
    told = "```\n*** Begin Patch\n*** Update File: a.md\n@@\n-x\n+X\n```\n- Changed x.\nDone.\n"
    assert after(placed(told, {"a.md": "x\n```\ny\n"})) == {"a.md": "X\n```\ny\n"}


def test_a_fence_line_of_the_file_does_not_end_a_fenced_diff() -> None:
    old = "a\n```\nb\nc\n"
    answer = "```diff\n--- a/a.md\n+++ b/a.md\n@@ -1,4 +1,4 @@\n a\n```\n b\n-c\n+d\n```\nDone.\n"
    assert after(placed(answer, {"a.md": old})) == {"a.md": "a\n```\nb\nd\n"}
    told = "```diff\n--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n-a\n+A\n ```\n```\n- That is all.\n"
    assert after(placed(told, {"a.md": old})) == {"a.md": old.replace("a\n", "A\n", 1)}


# ------------------------------------------------------------------- cut texts

CUT = [
    ("--- a/a\n+++ b/a\n@@ -1,4 +1,4 @@\n one\n-two\n+TWO\n three\n four\n", 30),
    ("```diff\n--- a/a\n+++ b/a\n@@ ... @@\n one\n-two\n+TWO\n three\n```\n", 38),
    ("*** Begin Patch\n*** Update File: a\n@@\n one\n-two\n+TWO\n three\n*** End Patch\n", 38),
    ("a.txt\n<<<<<<< SEARCH\none\ntwo\n=======\none\nTWO\n>>>>>>> REPLACE\n", 2),
    ("a.txt\n```\none\nTWO\nthree\nfour\n```\n", 10),
]


@pytest.mark.parametrize(("answer", "begun"), CUT)
def test_a_text_that_ends_inside_a_hunk_changes_nothing(answer: str, begun: int) -> None:
    files = {"a": "one\ntwo\nthree\nfour\n", "a.txt": "one\ntwo\nthree\nfour\n"}
    whole = after(placed(answer, files))
    assert whole
    for end in range(begun, len(answer)):
        cut = answer[:end]
        got = after(placed(cut, files))
        assert got in ({}, whole), cut


def test_a_patch_without_its_end_line_may_not_end_in_what_it_removes() -> None:
    body = "*** Begin Patch\n*** Update File: a\n@@\n one\n-two\n"
    files = {"a": "one\ntwo\n"}
    assert after(placed(body, files)) == {}
    assert after(placed(body + "*** End Patch\n", files)) == {"a": "one\n"}
    assert after(placed(body + "+TWO\n", files)) == {"a": "one\nTWO\n"}


# ------------------------------------------------------------------- said twice, said wrong


def test_an_edit_that_is_said_twice_is_made_once() -> None:
    patch = "*** Begin Patch\n*** Update File: a.py\n@@\n import os\n+import sys\n*** End Patch\n"
    diff = "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n import os\n+import sys\n x = 1\n"
    block = _block("import os\n", "import os\nimport sys\n")
    old = "import os\nx = 1\n"
    for one in (patch, diff, block):
        for two in (patch, diff, block):
            result = placed(f"{one}\nThat is, again:\n\n{two}", {"a.py": old})
            assert after(result) == {"a.py": "import os\nimport sys\nx = 1\n"}, said(result)
    new = "*** Begin Patch\n*** Add File: b.py\n+x\n*** End Patch\n"
    assert after(placed(new + new, {})) == {"b.py": "x\n"}
    assert after(placed(new + new.replace("+x", "+y"), {})) == {}


@pytest.mark.parametrize(
    "body",
    [
        "*** Update File: a\n*** Move to: b\n*** Update File: c\n*** Move to: b\n",
        "*** Update File: a\n*** Move to: b\n*** Update File: a\n*** Move to: d\n",
        "*** Update File: a\n*** Move to: b\n*** Add File: b\n+x\n",
        "*** Add File: b\n+x\n*** Update File: a\n*** Move to: b\n",
        "*** Delete File: a\n*** Update File: a\n@@\n-one\n+ONE\n",
        "*** Delete File: a\n*** Update File: a\n*** Move to: b\n",
    ],
)
def test_file_operations_that_exclude_each_other_are_refused(body: str) -> None:
    result = placed(f"*** Begin Patch\n{body}*** End Patch\n", {"a": "one\n", "c": "three\n"})
    assert after(result) == {}
    assert RefusalCode.OVERLAP in codes(result)


def test_what_is_said_of_a_file_behind_its_move_is_not_lost() -> None:
    answer = (
        "*** Begin Patch\n*** Update File: a\n*** Move to: b\n@@\n-one\n+ONE\n"
        "*** Update File: a\n@@\n-two\n+TWO\n*** End Patch\n"
    )
    assert after(placed(answer, {"a": "one\ntwo\n"})) == {"a": None, "b": "ONE\nTWO\n"}


@pytest.mark.parametrize(
    ("new", "word"),
    [
        ("if a &lt; b:", "&lt;"),
        ("x = a &amp; b", "&amp;"),
        ("print(“hi”)", "typographic"),
        ("x = ‘a’", "typographic"),
        ("    if ’.’ not in name:", "typographic"),
        ("    return ”a b” in name or None", "typographic"),
        ("name = '\ufffd'", "damaged"),
        ("name = '\ud83d'", "utf-8"),
    ],
)
def test_lines_that_were_changed_on_the_way_are_refused(new: str, word: str) -> None:
    old = "import os\nx = 1\n"
    for answer in (
        f"*** Begin Patch\n*** Update File: a.py\n@@\n import os\n+{new}\n*** End Patch\n",
        _block("import os\n", f"import os\n{new}\n"),
        f"a.py\n```\nimport os\n{new}\nx = 1\n```\n",
    ):
        result = placed(answer, {"a.py": old})
        assert after(result) == {}
        assert word in said(result)


def test_lines_that_stand_plainly_in_the_file_are_not_written_as_html() -> None:
    old = "/**\n * Map<A, B> and\n * &lt; too\n */\nint a;\n"
    mangled = "```java\n/**\n * Map&lt;A, B&gt; and\n * &lt; too\n */\nint b;\n```\n"
    assert after(span_placed(mangled, old, 1, 5, "A.java")) == {}
    meant = "```java\n * &lt; two\n```\n"
    assert after(span_placed(meant, old, 3, 3, "A.java")) == {"A.java": old.replace("too", "two")}


def test_what_begins_like_a_comment_elsewhere_is_code_in_rust() -> None:
    new = "#[deprecated = ”use b instead”]"
    old = "use std;\nfn a() {}\n"
    answer = f"*** Begin Patch\n*** Update File: a.rs\n@@\n use std;\n+{new}\n*** End Patch\n"
    assert after(placed(answer, {"a.rs": old})) == {}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("a.html", "<p>x</p>\n", "<p>a &lt; b</p>"),
        ("a.md", "x\n", "Write `&lt;` for it"),
        ("a.py", "x = 1\n", 's = s.replace("<", "&lt;")'),
        ("a.py", "s = '&lt;'\n", "t = '&lt;'"),
        ("a.py", "x = 1\n", 'x = "a “quoted” word"'),
        ("a.py", "x = 1\n", "# (“quoted”)"),
        ("a.py", "q = '“'\n", "f(“x”)"),
        ("a.md", "x\n", "He said (“yes”)"),
    ],
)
def test_lines_that_may_say_so_are_taken(path: str, old: str, new: str) -> None:
    answer = f"*** Begin Patch\n*** Update File: {path}\n@@\n {old}+{new}\n*** End Patch\n"
    assert after(placed(answer, {path: old})) == {path: f"{old}{new}\n"}


def test_line_numbers_get_into_no_file() -> None:
    old = "import os\n\nx = 1\ny = 2\n"
    numbered = "1 | import os\n2 |\n3 | x = 1\n4 | y = 3\n"
    assert after(placed(f"a.py\n```\n{numbered}```\n", {"a.py": old})) == {}
    assert after(placed(f"b.py\n```\n{numbered}```\n", {})) == {}
    assert after(span_placed(f"```\n{numbered}```\n", old, 1, 4, "a.py")) == {}
    steps = "1: one\n2: two\n3: three\n"
    changed = steps.replace("two", "zwei")
    assert after(placed(f"a.txt\n```\n{changed}```\n", {"a.txt": steps})) == {"a.txt": changed}


def test_prose_about_the_rest_of_something_leaves_nothing_out() -> None:
    old = "# Story\n\nOnce.\n"
    for line in ("# Rest of the story", "* rest of the day", "...the rest of it", "* Unchanged: x"):
        patch = f"*** Begin Patch\n*** Update File: a.md\n@@\n Once.\n+{line}\n*** End Patch\n"
        assert after(placed(patch, {"a.md": old})) == {"a.md": f"{old}{line}\n"}
        whole = f"a.md\n```\n{old}{line}\n```\n"
        assert after(placed(whole, {"a.md": old})) == {"a.md": f"{old}{line}\n"}
    body = "*** Update File: a.md\n@@\n-# Story\n-\n-Once.\n+* rest of it\n"
    less = f"*** Begin Patch\n{body}*** End Patch\n"
    assert codes(placed(less, {"a.md": old})) == [RefusalCode.ELIDED]
    marker = less.replace("* rest of it", "<!-- ... existing content ... -->")
    assert codes(placed(marker, {"a.md": old})) == [RefusalCode.ELIDED]


@pytest.mark.parametrize("dots", ["...", "…", "    ..."])
def test_bare_dots_in_a_whole_file_stand_for_what_is_left_out(dots: str) -> None:
    old = "import os\n\n\ndef f():\n    a = 1\n    b = 2\n    return a + b\n"
    new = f"import os\nimport sys\nimport re\n\n\ndef f():\n    a = 1\n{dots}\n    return a\n"
    assert codes(placed(f"a.py\n```\n{new}```\n", {"a.py": old})) == [RefusalCode.ELIDED]
    stub = "class P:\n    def f(self) -> int:\n        ...\n"
    assert after(placed(f"a.pyi\n```\n{stub}    x: int\n```\n", {"a.pyi": stub})) == {
        "a.pyi": stub + "    x: int\n"
    }


# ------------------------------------------------------------------- doubtful places

TWO = (
    "class A:\n    def x(self):\n        a = 1\n        b = 2\n        c = 3\n        return a\n\n"
    "    def y(self):\n        a = 1\n        c = 3\n        return a\n"
)


def test_a_hunk_for_one_definition_does_not_go_into_the_next() -> None:
    hunk = "         a = 1\n-        c = 3\n+        c = 4\n         return a\n"
    for anchor in ("def x(self):", "    def x(self):", "def x"):
        answer = f"*** Begin Patch\n*** Update File: a.py\n@@ {anchor}\n{hunk}*** End Patch\n"
        result = placed(answer, {"a.py": TWO})
        assert after(result) == {} or anchor == "def x"
    own = f"*** Begin Patch\n*** Update File: a.py\n@@ def y(self):\n{hunk}*** End Patch\n"
    assert after(placed(own, {"a.py": TWO})) == {"a.py": TWO[::-1].replace("3", "4", 1)[::-1]}


def test_an_edit_that_is_there_already_slips_onto_no_other_place() -> None:
    old = (
        "def one():\n    setup(alpha)\n    total = compute(first, second)\n    log_result(total)\n"
        "    return total\n\n\ndef two():\n    setup(alpha)\n    extra()\n"
        "    result = compute(first)\n    log_result(total)\n    return total\n"
    )
    search = "    setup(alpha)\n    result = compute(first)\n    log_result(total)\n"
    new = search.replace("result = compute(first)", "total = compute(first, second)")
    result = placed(_block(search, new), {"a.py": old})
    assert codes(result) == [RefusalCode.ALREADY_APPLIED]
    other = search.replace("result = compute(first)", "result = compute(first, third)")
    edited = old.replace("total = compute(first, second)", "total = compute(first, fourth)")
    edited = edited.replace("result = compute(first)", "result = compute(first, third)")
    result = placed(_block(other, new), {"a.py": edited})
    assert codes(result) == [RefusalCode.NOT_FOUND]


def test_a_hunk_without_lines_below_belongs_at_the_end_of_the_file() -> None:
    old = "a:\n  - x: 1\n    y: 2\nb:\n  - x: 1\n    y: 2\n"
    hunk = "   - x: 1\n     y: 2\n+    z: 3\n"
    end = {"a.yml": old + "    z: 3\n"}
    for start in (5, 9):
        diff = f"--- a/a.yml\n+++ b/a.yml\n@@ -{start},2 +{start},3 @@\n{hunk}"
        assert after(placed(diff, {"a.yml": old})) == end
    twin = f"--- a/a.yml\n+++ b/a.yml\n@@ -2,2 +2,3 @@\n{hunk}"
    assert codes(placed(twin, {"a.yml": old})) == [RefusalCode.AMBIGUOUS]


def test_what_is_wrapped_in_json_is_read_out_of_it() -> None:
    block = _block("x = 1\n", "x = 2\n")
    diff = "Here:\n\n```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n```\n"
    git = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
    for text in (block, diff, git):
        inside = text.replace('"', '\\"').replace("\n", "\\n")
        for answer in (
            f'{{"answer": "{inside}"}}',
            f'{{\n  "edits": [\n    "{inside}"\n  ]\n}}\n',
            f'```json\n{{"answer": "{inside}"}}\n```\n',
        ):
            result = placed(answer, {"a.py": "x = 1\n"})
            assert after(result) == {"a.py": "x = 2\n"}, (answer, said(result))
    cut = f'{{"answer": "{block[:40]}'.replace("\n", "\\n")
    assert after(placed(cut, {"a.py": "x = 1\n"})) == {}


def test_a_refused_hunk_of_a_lone_surrogate_leaves_the_others() -> None:
    answer = (
        "*** Begin Patch\n*** Update File: a\n@@\n-one\n+\ud83d\n@@\n-two\n+TWO\n*** End Patch\n"
    )
    result = placed(answer, {"a": "one\ntwo\n"})
    assert [h.state for h in result.hunks] == [HunkState.REFUSED, HunkState.OPEN]
    assert {h.op for h in result.hunks} == {FileOp.UPDATE}


def test_entities_of_a_line_that_stands_written_plainly_are_a_mark_of_the_answer() -> None:
    assert _stood_plain(["if a &lt; b:", "x"], ["  if a < b:"])
    assert not _stood_plain(["if a &lt; b:"], ["if a &lt; b:", "if a < b:"])
    assert not _stood_plain(["if a &lt; b:"], ["if b > a:"])

"""New lines begin with what the lines around them begin with: tabs or blanks, never the other."""

from __future__ import annotations

import pytest

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import Habits
from spark_tui.core.edits.text import image_of
from tests.core.edits.test_bytes import after, blocks, edit, refusal, span, v4a, whole

MAKE = b"all: main\n\nmain: main.o\n\t$(CC) -o main main.o\n\nclean:\n\trm -f *.o main\n"
CLASS = b"class A:\n\tdef f(self):\n\t\tx = 1\n\t\treturn x\n\n\tdef g(self):\n\t\treturn 2\n"
GO = b"package p\n\nfunc f() {\n\tx := 1\n\tif x > 0 {\n\t\tg(x)\n\t}\n}\n"
SPACED = b"class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
YAML = b"jobs:\n  test:\n    steps:\n      - run: a\n"


def test_a_new_recipe_begins_with_a_tab() -> None:
    added = b"test: main\n\t./main --test\n"
    text = v4a(" all: main\n \n+test: main\n+    ./main --test\n+\n main: main.o\n", "Makefile")
    wanted = MAKE.replace(b"main: main.o\n", added + b"\nmain: main.o\n", 1)
    assert after(edit(MAKE, text, "Makefile")) == wanted
    text = blocks(
        "clean:\n\trm -f *.o main\n",
        "clean:\n\trm -f *.o main\n\ntest: main\n    ./main --test\n",
        "Makefile",
    )
    assert after(edit(MAKE, text, "Makefile")) == MAKE + b"\n" + added


@pytest.mark.parametrize("lead", ["    ", "  ", "        "])
def test_recipes_of_a_whole_makefile_keep_their_tabs(lead: str) -> None:
    text = MAKE.decode().replace("\t", lead).replace("*.o main", "*.o main *.d")
    assert after(edit(MAKE, whole(text, "Makefile"), "Makefile")) == MAKE.replace(
        b"*.o main", b"*.o main *.d"
    )
    result = span(MAKE, 6, 7, f"clean:\n{lead}rm -f *.o main *.d\n", "Makefile")
    assert after(result) == MAKE.replace(b"*.o main", b"*.o main *.d")


def test_what_is_no_recipe_in_a_makefile_keeps_its_blanks() -> None:
    data = b"SRC = a.c\n\nall: a.o\n\tcc a.o\n"
    text = blocks(
        "SRC = a.c\n",
        "SRC = a.c \\\n    b.c\nifeq ($(OS),x)\n  SRC += c.c\nendif\n",
        "rules.mk",
    )
    wanted = b"SRC = a.c \\\n    b.c\nifeq ($(OS),x)\n  SRC += c.c\nendif\n\nall: a.o\n\tcc a.o\n"
    assert after(edit(data, text, "rules.mk")) == wanted
    long = blocks("\tcc a.o\n", "    cc a.o \\\n      b.o\n", "rules.mk")
    assert after(edit(data, long, "rules.mk")) == data.replace(b"\tcc a.o", b"\tcc a.o \\\n\t  b.o")


def test_a_new_makefile_has_recipes() -> None:
    created = "*** Begin Patch\n*** Add File: Makefile\n+all:\n+    cc a.c\n*** End Patch\n"
    assert after(edit(None, created, "Makefile")) == b"all:\n\tcc a.c\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (v4a(" \tdef f(self):\n+        y = 2\n \t\tx = 1\n", "t.py"), b"\t\ty = 2\n\t\tx"),
        (v4a(" \t\tx = 1\n+        y = 2\n \t\treturn x\n", "t.py"), b"x = 1\n\t\ty = 2\n"),
        (
            v4a(" \tdef f(self):\n+        if y:\n+            z()\n \t\tx = 1\n", "t.py"),
            b"\t\tif y:\n\t\t\tz()\n\t\tx",
        ),
        (
            v4a(" \t\treturn 2\n+\n+    def h(self):\n+        return 3\n", "t.py"),
            b"\n\tdef h(self):\n\t\treturn 3\n",
        ),
        (
            v4a(" \t\treturn 2\n+\n+  def h(self):\n+    return 3\n", "t.py"),
            b"\n\tdef h(self):\n\t\treturn 3\n",
        ),
        (
            v4a(
                " \tdef f(self):\n+        x = g(\n+            1,\n+            2,\n+        )\n"
                " \t\tx = 1\n",
                "t.py",
            ),
            b"\t\tx = g(\n\t\t\t1,\n\t\t\t2,\n\t\t)\n",
        ),
        (
            v4a(
                ' \tdef f(self):\n+        """Say.\n+\n+        More.\n+        """\n \t\tx = 1\n',
                "t.py",
            ),
            b'\t\t"""Say.\n\n\t\tMore.\n\t\t"""\n',
        ),
    ],
)
def test_a_python_file_with_tabs_gets_tabs(text: str, wanted: bytes) -> None:
    result = after(edit(CLASS, text, "t.py"))
    assert wanted in result
    assert b"    " not in result
    compile(result, "t.py", "exec")


@pytest.mark.parametrize(
    "answer",
    [
        "    def f(self):\n        x = 2\n        return x\n",
        "def f(self):\n    x = 2\n    return x\n",
        "\tdef f(self):\n\t\tx = 2\n\t\treturn x\n",
        "  def f(self):\n    x = 2\n    return x\n",
    ],
)
def test_a_span_of_a_class_with_tabs_keeps_them(answer: str) -> None:
    assert after(span(CLASS, 2, 4, answer, "t.py")) == CLASS.replace(b"x = 1", b"x = 2")


def test_a_whole_file_with_blanks_keeps_the_tabs_of_the_file() -> None:
    text = CLASS.decode().expandtabs(4).replace("x = 1", "x = 2")
    assert after(edit(CLASS, whole(text, "t.py"), "t.py")) == CLASS.replace(b"x = 1", b"x = 2")
    text = GO.decode().expandtabs(4).replace("g(x)", "h(x)")
    assert after(edit(GO, whole(text, "p.go"), "p.go")) == GO.replace(b"g(x)", b"h(x)")


@pytest.mark.parametrize(
    "text",
    [
        v4a(
            " \t\treturn x\n+        y = 2\n \n \tdef g(self):\n", "t.py"
        ),  # in the block or behind
        v4a(" \tdef f(self):\n+     y = 2\n \t\tx = 1\n", "t.py"),
        v4a(" \tdef f(self):\n+        y = 2\n+      z = 3\n \t\tx = 1\n", "t.py"),
    ],
)
def test_an_unclear_unit_is_refused_in_python(text: str) -> None:
    data = CLASS if "return x" not in text else CLASS.replace(b"x = 1\n", b"if 1:\n\t\t\tx = 1\n")
    assert refusal(edit(data, text, "t.py")) == (
        "indent: its indentation does not go with the file's"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (v4a(" \tx := 1\n+    y := 2\n", "p.go"), b"\tx := 1\n\ty := 2\n"),
        (v4a(" \tx := 1\n+  y := 2\n", "p.go"), b"\tx := 1\n\ty := 2\n"),
        (
            v4a(" \tx := 1\n+    if y {\n+        z()\n+    }\n", "p.go"),
            b"\tif y {\n\t\tz()\n\t}\n",
        ),
        (v4a(" \tif x > 0 {\n+        h(x)\n \t\tg(x)\n", "p.go"), b"\t\th(x)\n\t\tg(x)\n"),
        (v4a(" }\n+\n+func h() {\n+    g(1)\n+}\n", "p.go"), b"func h() {\n\tg(1)\n}\n"),
        (
            v4a(" \tx := 1\n+    call(a,\n+         b)\n", "p.go"),
            b"\tcall(a,\n\t     b)\n",
        ),
        (
            v4a(" \tx := 1\n+    /*\n+     * why\n+     */\n+    y := 2\n", "p.go"),
            b"\t/*\n\t * why\n\t */\n\ty := 2\n",
        ),
        (
            v4a(" \tx := 1\n+    s := `\n+    a: 1\n+  b: 2\n+`\n", "p.go"),
            b"\ts := `\n    a: 1\n  b: 2\n`\n",
        ),
    ],
)
def test_go_gets_tabs_but_in_its_raw_strings(text: str, wanted: bytes) -> None:
    assert wanted in after(edit(GO, text, "p.go"))


def test_a_new_go_file_gets_tabs_where_that_is_clear() -> None:
    def created(body: str) -> str:
        return f"*** Begin Patch\n*** Add File: p.go\n{body}*** End Patch\n"

    clear = created("+package p\n+\n+func f() {\n+    if x {\n+        g()\n+    }\n+}\n")
    wanted = b"package p\n\nfunc f() {\n\tif x {\n\t\tg()\n\t}\n}\n"
    assert after(edit(None, clear, "p.go")) == wanted
    odd = created("+package p\n+\n+func f() {\n+   g()\n+     h()\n+}\n")
    assert after(edit(None, odd, "p.go")) == b"package p\n\nfunc f() {\n   g()\n     h()\n}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (v4a("     def f(self):\n+\t\tx = 1\n         return 1\n", "t.py"), b"        x = 1\n"),
        (
            v4a("         return 2\n+\n+\tdef h(self):\n+\t\treturn 3\n", "t.py"),
            b"\n    def h(self):\n        return 3\n",
        ),
    ],
)
def test_a_python_file_with_blanks_gets_blanks(text: str, wanted: bytes) -> None:
    result = after(edit(SPACED, text, "t.py"))
    assert wanted in result
    assert b"\t" not in result
    compile(result, "t.py", "exec")


def test_yaml_never_gets_a_tab() -> None:
    text = v4a("     steps:\n+\t\t\t- run: b\n       - run: a\n", "ci.yaml")
    assert after(edit(YAML, text, "ci.yaml")) == YAML.replace(
        b"- run: a", b"- run: b\n      - run: a"
    )
    flat = b"a: 1\nb: 2\n"
    unclear = v4a(" a: 1\n+c:\n+\td: 1\n b: 2\n", "ci.yaml")
    assert refusal(edit(flat, unclear, "ci.yaml")).startswith("indent")


def test_a_tab_of_a_wrong_block_is_refused_in_python() -> None:
    text = v4a("         return 1\n+\t\t\tx = 1\n", "t.py")
    assert refusal(edit(SPACED, text, "t.py")).startswith("indent")


def test_each_block_is_written_as_it_is() -> None:
    mixed = b"def f():\n\tx = 1\n\treturn x\n" + b"\n" * 70 + b"def g():\n    x = 1\n    return x\n"
    one = v4a(" def f():\n+    y = 2\n \tx = 1\n", "t.py")
    assert b"\ty = 2\n" in after(edit(mixed, one, "t.py"))
    two = v4a(" def g():\n+\ty = 2\n     x = 1\n", "t.py")
    assert b"    y = 2\n" in after(edit(mixed, two, "t.py"))


@pytest.mark.parametrize("path", ["notes.md", "data.tsv", "a.txt", "x.unknown", "fix.patch"])
def test_prose_and_data_stay_as_they_are_written(path: str) -> None:
    data = b"a\n\tb\n\tc\n"
    assert after(edit(data, v4a(" \tb\n+    d\n \tc\n", path), path)) == b"a\n\tb\n    d\n\tc\n"


RAW = (
    b"package p\n\nvar help = `\n\tusage: p\n\t\t-v\n`\n\n"
    b"func f() {\n\tif ok {\n\t\tg(help)\n\t}\n}\n"
)


def test_a_whole_text_that_lost_its_tabs_gets_them_back_where_lines_stand_as_they_stood() -> None:
    text = RAW.decode().expandtabs(4)
    assert after(edit(RAW, whole(text.replace("g(", "h("), "p.go"), "p.go")) == RAW.replace(
        b"g(", b"h("
    )
    refused = whole(text.replace("-v", "-v\n        -w"), "p.go")
    assert refusal(edit(RAW, refused, "p.go")).startswith("indent")
    moved = text.replace("    if ok {\n        g(help)\n    }\n", "    g(help)\n")
    assert after(edit(RAW, whole(moved, "p.go"), "p.go")) == RAW.replace(
        b"\tif ok {\n\t\tg(help)\n\t}\n", b"\tg(help)\n"
    )
    assert after(span(RAW, 10, 10, "    h(help)\n", "p.go")) == RAW.replace(b"g(h", b"h(h")


def test_prose_that_lost_its_tabs_gets_no_blanks_for_them() -> None:
    data = b"# A\n\n```go\n\tf()\n\t\n\tg()\t// why\n```\n\nend\n"
    text = data.decode().replace("\n\t", "\n    ")
    assert after(edit(data, whole(text.replace("end", "END"), "a.md"), "a.md")) == data.replace(
        b"end", b"END"
    )
    more = text.replace("end", "\n    h()\nend")
    assert refusal(edit(data, whole(more, "a.md"), "a.md")).startswith("indent")
    blank = blocks("    f()\n    \n    g()\t// why\n", "    f()\n    \n    e()\n    \n", "a.md")
    assert after(edit(data, blank, "a.md")) == data.replace(b"g()\t// why\n", b"e()\n\t\n")


@pytest.mark.parametrize(
    ("habits", "added", "wanted"),
    [
        (Habits(indent="\t", width=4), "def f():\n    x = 1\n", b"def f():\n\tx = 1\n"),
        (Habits(indent="\t", width=8), "def f():\n        x = 1\n", b"def f():\n\tx = 1\n"),
        (Habits(indent=" ", width=2), "def f():\n\tx = 1\n", b"def f():\n  x = 1\n"),
        (Habits(), "def f():\n    x = 1\n", b"def f():\n    x = 1\n"),
    ],
)
def test_where_the_file_tells_nothing_the_project_does(
    habits: Habits, added: str, wanted: bytes
) -> None:
    image = image_of("t.py", b"a = 1\n", habits=habits)
    lines = "".join(f"+{line}\n" for line in added.splitlines())
    result = propose(v4a(f" a = 1\n{lines}", "t.py"), lambda _: image)
    assert after(result) == b"a = 1\n" + wanted
    created = f"*** Begin Patch\n*** Add File: n.py\n{lines}*** End Patch\n"
    new = propose(created, lambda path: image_of(path, None, habits=habits))
    assert after(new) == (wanted if habits.indent == "\t" else added.encode())


def test_lines_a_person_wrote_are_taken_as_they_are() -> None:
    from spark_tui.core.edits.by_hand import by_hand
    from spark_tui.core.edits.model import FileOp, Hunk, RawHunk, TaggedLine
    from spark_tui.core.edits.proposal import FileEdit

    image = image_of("p.go", GO)
    made = FileEdit(1, 1, FileOp.UPDATE, image)
    raw = RawHunk((TaggedLine("-", "\tx := 1"), TaggedLine("+", "\tx := 2")))
    hunk = made.place(raw, 1)
    mine = by_hand(made, hunk.id, "    x := 3\n")
    assert isinstance(mine, Hunk)
    assert mine.new == ("    x := 3\n",)
    moved = image_of("p.go", b"// why\n" + GO)
    (again,) = made.relocate(moved)
    assert again.new == ("    x := 3\n",)

"""A part of a file under its name is never taken for the file."""

from __future__ import annotations

import pytest

from spark_tui.core.edits.excerpt import missing, stands_in
from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import FileOp, HunkState, RefusalCode
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.text import image_of
from tests.core.edits.answers import after, codes, placed, said

CALC = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n"
SIX = "\n\n".join(f"def f{n}(x):\n    return x + {n}\n" for n in range(6))
MODULE = (
    '"""Things."""\n\nimport os\nimport sys\n\nLIMIT = 3\n\n\n'
    + SIX
    + '\n\nif __name__ == "__main__":\n    sys.exit(f0(os.getpid()))\n'
)
CLASS = "import os\n\n\nclass Pool:\n" + "\n".join(
    f"    def m{n}(self):\n        return os.name + {n}\n" for n in range(6)
)
GO = (
    'package calc\n\nimport "fmt"\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n\n'
    "func Sub(a, b int) int {\n\treturn a - b\n}\n\nfunc Show(a int) {\n\tfmt.Println(a)\n}\n"
)
C = (
    "#include <stdio.h>\n\nstatic int one(void)\n{\n    return 1;\n}\n\n"
    "int two(int a)\n{\n    return a + 2;\n}\n\nint main(void)\n{\n    return two(one());\n}\n"
)
README = (
    "# Tool\n\nText here.\n\n## Install\n\nRun it.\n\n## Usage\n\nUse it.\n\n## License\n\nMIT\n"
)
TOML = '[project]\nname = "x"\nversion = "1"\n\n[tool.a]\nkey = 1\n\n[tool.b]\nkey = 2\n'
WORKFLOW = "name: a\non: push\njobs:\n  test:\n    steps:\n" + "".join(
    f"      - run: step {n}\n" for n in range(12)
)
SHORTER = WORKFLOW.partition("      - run")[0].replace(": push", ": pull") + WORKFLOW[-21:]
JSON = '{\n  "name": "x",\n  "scripts": {\n    "test": "jest"\n  },\n  "license": "MIT"\n}\n'


def _whole(path: str, text: str, *, lead: str = "", tail: str = "") -> str:
    return f"{lead}{path}\n```\n{text}```\n{tail}"


@pytest.mark.parametrize(
    ("path", "old", "shown"),
    [
        ("calc.py", CALC, "def add(a, b):\n    return b + a\n"),
        ("calc.py", CALC, CALC.partition("\n\n\n")[0] + "\n"),
        ("calc.py", CALC, CALC.partition("\n\n\n")[2]),
        ("calc.py", CALC, "def mul(a, b):\n    return a * b\n"),
        ("m.py", SIX, SIX.partition("def f4")[0].replace(" + ", " * ")),
        ("m.py", SIX, "def f0(x):\n    return 0\n\n\ndef f5(x):\n    return 5\n"),
        ("m.py", SIX, SIX.replace("def f2(x):\n    return x + 2\n\n\n", "").replace("+ 0", "- 0")),
        ("m.py", MODULE, SIX.replace("+ 3", "* 3")),
        ("m.py", MODULE, MODULE.partition("def f3")[0].replace("LIMIT = 3", "LIMIT = 4")),
        ("m.py", MODULE, MODULE.partition("\n\nif __name__")[0].replace("LIMIT = 3", "LIMIT = 4")),
        ("m.py", MODULE, MODULE.partition("LIMIT")[2].replace(" = 3", "LIMIT = 4")),
        ("p.py", CLASS, "class Pool:\n    def m2(self):\n        return 2\n"),
        ("p.py", CLASS, CLASS.partition("    def m3")[0].replace("+ 1", "+ 9")),
        ("m.py", SIX, SIX.partition("def f5")[0] + "def f6(x):\n    for y in x:\n"),
        ("calc.go", GO, "func Sub(a, b int) int {\n\treturn b - a\n}\n"),
        ("calc.go", GO, "package calc\n\nfunc Add(a, b int) int {\n\treturn b + a\n}\n"),
        ("c.c", C, "int two(int a)\n{\n    return a + 3;\n}\n"),
        ("README.md", README, "## Usage\n\nUse it well.\n"),
        ("README.md", README, README.partition("## Usage")[0].replace("Run it", "Run this")),
        ("p.toml", TOML, "[tool.a]\nkey = 3\n"),
        ("p.toml", TOML, TOML.partition("[tool.b]")[0].replace("1", "2")),
        ("package.json", JSON, '{\n  "scripts": {\n    "test": "vitest"\n  }\n}\n'),
        ("notes.txt", "one line\ntwo line\nthree line\n", "one line\ntwo line\n"),
    ],
)
@pytest.mark.parametrize("form", ["bare", "told"])
def test_a_part_of_a_file_is_refused_as_an_excerpt(
    path: str, old: str, shown: str, form: str
) -> None:
    told = form == "told"
    answer = _whole(
        f"**{path}**" if told else path,
        shown,
        lead="Only this changes.\n\n" if told else "",
        tail="\nThe rest stays as it is.\n" if told else "",
    )
    result = placed(answer, {path: old})
    assert codes(result) == [RefusalCode.EXCERPT], said(result)
    assert after(result) == {}
    assert said(result).startswith("an excerpt: it") or "an excerpt: the" in said(result)


JOBS = (
    "name: build\non: push\njobs:\n  test:\n    steps:\n"
    + "".join(f"      - run: step {n}\n        name: the {n}th\n" for n in range(9))
    + "      - uses: checks/lint@v2\n      - uses: checks/types@v3\n        timeout: 60\n"
)
SHAPE = (
    "package a;\n\nimport b.C;\n\nclass Shape {\n"
    + "".join(f"  int side{n}() {{\n    return sides[{n}] + {n};\n  }}\n\n" for n in range(6))
    + "}\n"
)
SUITE = (
    '"""Tests."""\n\nimport unittest\nimport flask\n\n\n'
    + "".join(f"def test_{n}():\n    assert flask.run({n}) == {n}\n\n\n" for n in range(6))
    + "def suite():\n    return unittest.TestSuite()\n"
)


@pytest.mark.parametrize(
    ("path", "old", "shown"),
    [
        ("ci.yml", JOBS, JOBS.partition("      - uses")[0] + "      - run: another one\n"),
        (
            "S.java",
            SHAPE,
            SHAPE.partition("  int side4")[0].replace("+ 2", "+ 3") + "  int s4() {}\n",
        ),
        ("S.java", SHAPE, "  int s9() {}\n\n  int side2" + SHAPE.partition("  int side2")[2]),
        ("s.py", SUITE, SUITE.partition("def suite")[0].replace("== 4", "is 4")),
    ],
)
def test_a_text_that_stops_early_is_an_excerpt_though_its_last_lines_are_new(
    path: str, old: str, shown: str
) -> None:
    assert missing(shown.splitlines(), old.splitlines(), path)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("S.java", SHAPE, SHAPE.partition("  int side5")[0].replace("side2", "side5") + "}\n"),
        ("S.java", SHAPE, SHAPE.replace("side2", "edge").replace("    return sides[5] + 5;\n", "")),
        ("s.py", SUITE, SUITE.partition("def suite")[0].replace("import unittest\n", "")),
        ("p.json", JSON, JSON.replace('  "name": "x",\n', "")),
    ],
)
def test_what_a_whole_file_leaves_out_is_meant_where_it_is_whole(
    path: str, old: str, new: str
) -> None:
    assert missing(new.splitlines(), old.splitlines(), path) == ""


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("calc.py", CALC, CALC.replace("a + b", "b + a")),
        ("calc.py", CALC, CALC.replace("add", "plus")),
        ("calc.py", CALC, CALC + "\n\ndef mul(a, b):\n    return a * b\n"),
        ("m.py", MODULE, MODULE.replace("def f2(x):\n    return x + 2\n\n\n", "")),
        ("m.py", MODULE, MODULE.replace("import os\n", "").replace("os.getpid()", "1")),
        ("m.py", MODULE, MODULE.replace("f3", "third")),
        ("m.py", SIX, SIX.partition("def f1")[0] + "def f3" + SIX.partition("def f3")[2]),
        ("ci.yml", WORKFLOW, SHORTER),
        ("p.py", CLASS, CLASS.replace("    def m2(self):\n        return os.name + 2\n\n", "")),
        ("calc.go", GO, GO.replace("Sub", "Minus")),
        ("c.c", C, C.replace("static int one(void)", "static int first(void)")),
        ("README.md", README, README.replace("## Usage", "## How to use it")),
        ("p.toml", TOML, TOML.replace("key = 1\n", "")),
        ("package.json", JSON, JSON.replace("jest", "vitest")),
        ("VERSION", "1.2\n", "1.3\n"),
        ("a.txt", "only\n", "other\n"),
    ],
)
def test_a_whole_file_is_taken_whole(path: str, old: str, new: str) -> None:
    assert after(placed(_whole(path, new), {path: old})) == {path: new}


def test_a_person_may_say_that_it_is_the_whole_file() -> None:
    new = "def add(a, b):\n    return b + a\n"
    edit = FileEdit(1, 1, FileOp.UPDATE, image_of("calc.py", CALC.encode()))
    raw = placed(_whole("calc.py", new), {"calc.py": CALC}).hunks[0].raw
    assert raw is not None
    (refused,) = edit.rewrite(raw)
    assert refused.refusal is not None
    assert len(refused.refusal.candidates) == 1
    taken = edit.choose(refused.id, 0)
    assert {h.state for h in taken} == {HunkState.OPEN}
    assert edit.hunks == taken
    with pytest.raises(LookupError):
        edit.choose(taken[0].id, 0)
    result = placed(_whole("calc.py", new), {"calc.py": CALC}, overwrite=True)
    assert after(result) == {"calc.py": new}


BLOCK = (
    "calc.py\n```python\n<<<<<<< SEARCH\n    return a + b\n=======\n    return b + a\n"
    ">>>>>>> REPLACE\n```\n"
)
CHANGED = {"calc.py": CALC.replace("a + b", "b + a")}
NOW = _whole("calc.py", "def add(a, b):\n    return a + b\n", lead="The code now is:\n\n")
BECOMES = _whole("calc.py", "def add(a, b):\n    return b + a\n", lead="It becomes:\n\n")


@pytest.mark.parametrize(
    "answer",
    [
        NOW + "\nand becomes:\n\n" + BLOCK,
        BLOCK + "\n" + NOW.replace("now is", "was"),
        BLOCK + "\n" + BECOMES,
        BECOMES + "\nby this edit:\n\n" + BLOCK,
        _whole("calc.py", CALC, lead="Now:\n\n") + "\nThe edit:\n\n" + BLOCK,
        BLOCK + "\nThe whole file is then:\n\n" + _whole("calc.py", CHANGED["calc.py"]),
        _whole("calc.py", CALC) + "\nbecomes\n\n" + _whole("calc.py", CHANGED["calc.py"]),
        _whole("calc.py", CHANGED["calc.py"])
        + "\nAgain:\n\n"
        + _whole("calc.py", CHANGED["calc.py"]),
        _whole("calc.py", CHANGED["calc.py"]) + "\nThat is, now:\n\n" + BECOMES,
        NOW
        + "\nbecomes\n\n*** Begin Patch\n*** Update File: calc.py\n@@\n-    return a + b\n"
        + "+    return b + a\n*** End Patch\n",
    ],
)
def test_what_only_shows_the_file_beside_an_edit_is_no_edit(answer: str) -> None:
    result = placed(answer, {"calc.py": CALC})
    assert said(result) == ""
    assert after(result) == CHANGED


@pytest.mark.parametrize(
    "other",
    [
        _whole("calc.py", CALC.replace("a - b", "b - a")),
        _whole("calc.py", CALC.replace("a + b", "0")),
        _whole("calc.py", "def add(a, b):\n    return 0\n"),
    ],
)
def test_a_file_is_never_written_out_beside_other_edits_of_it(other: str) -> None:
    for answer in (BLOCK + "\n" + other, other + "\n" + BLOCK):
        result = placed(answer, {"calc.py": CALC})
        assert result.refused
        assert after(result) == {}


def test_two_different_texts_of_one_file_are_refused_and_one_twice_is_one() -> None:
    one, two = (CALC.replace("a + b", new) for new in ("b + a", "sum((a, b))"))
    for files, code in (({"calc.py": CALC}, RefusalCode.OVERLAP), ({}, RefusalCode.OVERLAP)):
        result = placed(_whole("calc.py", one) + "\nor\n\n" + _whole("calc.py", two), files)
        assert code in codes(result)
        assert after(result) == {}
        again = placed(_whole("calc.py", one) + "\nagain\n\n" + _whole("calc.py", one), files)
        assert after(again) == {"calc.py": one}, said(again)


def test_a_file_that_is_added_though_it_is_there_is_rewritten_only_when_asked() -> None:
    new = CALC.replace("a + b", "b + a")
    lines = "".join(f"+{line}\n" for line in new.splitlines())
    answer = f"*** Begin Patch\n*** Add File: calc.py\n{lines}*** End Patch\n"
    result = placed(answer, {"calc.py": CALC})
    assert codes(result) == [RefusalCode.FILE_EXISTS]
    result = placed(answer, {"calc.py": CALC}, overwrite=True)
    assert after(result) == {"calc.py": new}
    assert [h.op for h in result.hunks] == [FileOp.UPDATE]
    assert result.hunks[0].removed == 1


def test_a_run_of_lines_is_found_whatever_blanks_stand_round_it() -> None:
    assert stands_in(["", "b  ", "cc", ""], ["a", "b", "cc", "d"]) is False
    assert stands_in(["", "bbb  ", "ccc", ""], ["a", "bbb", "ccc", "d"])
    assert not stands_in(["bbb", "d"], ["a", "bbb", "ccc", "d"])
    assert not stands_in(["", "}"], ["a", "}"])


def test_two_ways_to_write_a_file_are_never_mixed_up() -> None:
    lines = MODULE.splitlines(keepends=True)
    answer = _whole("m.py", "".join(lines[:-8]), lead="One:\n\n") + _whole(
        "m.py", MODULE.replace("LIMIT = 3", "LIMIT = 4"), lead="Two:\n\n"
    )
    result = placed(answer, {"m.py": MODULE})
    assert after(result) == {}, said(result)
    shown = _whole("m.py", "".join(lines[7:12])) + _whole("m.py", MODULE.replace(" = 3", " = 4"))
    assert after(placed(shown, {"m.py": MODULE})) == {"m.py": MODULE.replace(" = 3", " = 4")}


def test_two_ways_to_put_lines_at_one_place_are_refused() -> None:
    def added(*lines: str) -> str:
        body = "".join(f"+{line}\n" for line in lines)
        return f"*** Begin Patch\n*** Update File: calc.py\n@@\n {end}\n{body}*** End Patch\n"

    end = "    return a - b"
    one = added("", "def mul(a, b):", "    c = a * b", end, "    return c")
    two = added("", "def mul(a, b):", "    return a * b")
    for text in (CALC, CALC.rstrip("\n")):
        result = placed(f"One:\n{one}\nTwo:\n{two}", {"calc.py": text})
        assert RefusalCode.OVERLAP in codes(result)
        assert after(result) == {}


def test_a_file_in_two_encodings_is_shown_as_it_is_written() -> None:
    data = "# -*- coding: utf-8 -*-\n# Gr\u00fc\u00dfe\n".encode("latin-1") + CALC.encode()
    text = f"# -*- coding: utf-8 -*-\n# Gr\u00fc\u00dfe\n{CALC}".replace("a + b", "b + a")
    answer = f"{BLOCK}\nThe whole file is then:\n\n{_whole('calc.py', text)}"
    result = propose(answer, lambda path: image_of(path, data), known_paths=("calc.py",))
    assert [c.after.data for c in result.changes] == [data.replace(b"a + b", b"b + a")]


def test_what_is_missing_is_named() -> None:
    typed = ["type:", "  - a: 1", "kind: 2", "size: 3", "also: 4"]
    assert missing(["type: x", "kind: 2"], typed, "a.ts") == "it lacks size, also of the old file"
    words = missing(["def add(a, b):", "    return b + a"], CALC.splitlines(), "calc.py")
    assert words == "it lacks sub of the old file"
    assert missing(CALC.splitlines(), CALC.splitlines(), "calc.py") == ""
    assert missing([], [], "calc.py") == ""
    imports = "from a import (\n    b,\n    c,\n)\nx = 1\ny = 2\nz = 3\nprint(x, y, z, b, c)\n"
    fewer = imports.replace("import (\n    b,\n    c,\n)", "import b, c").splitlines()
    assert missing(fewer, imports.splitlines(), "a.py") == ""

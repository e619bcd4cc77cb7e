"""Python: pytest, unittest, ruff and mypy."""

from __future__ import annotations

from tests.check_outputs.projects import Broken

_STYLES = (
    "pytest",
    "pytest -q",
    "pytest -q --tb=short",
    "pytest -q --tb=line",
    "pytest -q --tb=native",
    "pytest -v",
)
_SHORT = ("pytest -q", "pytest --tb=short -v")

_CALC = """
    def add(a, b):
        return a - b «bug»


    def ratio(a, b):
        return a / b «zero»
"""

PYTEST = (
    Broken(
        "assert",
        {
            "src/calc.py": _CALC,
            "conftest.py": "import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent / 'src'))\n",
            "tests/test_calc.py": """
                from calc import add, ratio


                def test_add():
                    assert add(2, 3) == 5 «add»


                def test_same():
                    assert add(4, 0) == 4


                def test_ratio():
                    assert ratio(3, 0) == 1 «ratio»
            """,
        },
        (*_STYLES, "pytest -x -q", "pytest -rA", "pytest --color=yes", "pytest -q -n 2",
         "pytest -q --tb=no", "pytest -q -rN", "pytest --tb=long -vv", "pytest -l -q",
         "pytest -q -s", "pytest7 -q", "pytest9 -q", "pytest7 -v --tb=short", "pytest9 -v",
         "pytest --maxfail=1 -v", "pytest -q --showlocals --color=yes", "python -m pytest -q"),
        ids=("tests/test_calc.py::test_add", "tests/test_calc.py::test_ratio"),
        says=("assert -1 == 5", "ZeroDivisionError"),
        at=("add", "ratio", "zero"),
        only={"-x": 1, "--maxfail=1": 1},
    ),
    Broken(
        "parametrized",
        {
            "shout.py": "def shout(text):\n    return text.upper() «bug»\n",
            "test_shout.py": """
                import pytest
                from shout import shout


                @pytest.mark.parametrize("text", ["a b", "plain", "x - y", "[z]", "ü"])
                def test_shout(text):
                    assert shout(text) == text + "!" «here»


                class TestMany:
                    class TestInner:
                        @pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 3)])
                        def test_pair(self, a, b):
                            assert a == b «pair»
            """,
        },
        (*_STYLES, "pytest -q -n 2", "pytest9 -q", "pytest -rA --color=yes"),
        ids=(
            "test_shout.py::test_shout[a b]", "test_shout.py::test_shout[plain]",
            "test_shout.py::test_shout[x - y]", "test_shout.py::test_shout[[z]]",
            "test_shout.py::test_shout[\\xfc]", "test_shout.py::TestMany::TestInner::test_pair[2-3]",
        ),
        says=("assert 'A B' == 'a b!'", "assert 2 == 3"),
        at=("here", "pair"),
    ),
    Broken(
        "fixture",
        {
            "conftest.py": """
                import pytest


                @pytest.fixture
                def database():
                    raise RuntimeError("no database at port 5432") «raised»
            """,
            "test_store.py": """
                def test_read(database):
                    assert database


                def test_write(database):
                    assert database


                def test_without():
                    assert True
            """,
        },
        (*_STYLES, "pytest7 -q"),
        ids=("test_store.py::test_read", "test_store.py::test_write"),
        says=("no database at port 5432",),
        at=("raised",),
    ),
    Broken(
        "fixture200",
        {
            "conftest.py": """
                import pytest


                @pytest.fixture
                def server():
                    raise ConnectionError("connection refused by 127.0.0.1:8080") «raised»
            """,
            "test_many.py": """
                import pytest


                @pytest.mark.parametrize("number", range(200))
                def test_one(server, number):
                    assert number >= 0
            """,
        },
        ("pytest -q", "pytest -q --tb=short"),
        ids=tuple(f"test_many.py::test_one[{n}]" for n in range(200)),
        says=("connection refused by 127.0.0.1:8080",),
        at=("raised",),
    ),
    Broken(
        "syntax",
        {
            "app.py": "def run(:\n    return 1\n",
            "test_app.py": "from app import run\n\n\ndef test_run():\n    assert run() == 1\n",
            "test_other.py": "def test_other():\n    assert True\n",
        },
        (*_SHORT, "pytest", "pytest -q --tb=native", "pytest9 -q"),
        outcome="did not run",
        ids=("test_app.py",),
        says=("SyntaxError",),
    ),
    Broken(
        "import",
        {
            "app/__init__.py": "",
            "app/api.py": "from app.store import Missing «import»\n",
            "app/store.py": "class Store:\n    pass\n",
            "tests/test_api.py": "from app.api import Missing «test»\n\n\ndef test_api():\n    assert Missing\n",
            "conftest.py": "",
        },
        (*_SHORT, "pytest", "pytest7 -q"),
        outcome="did not run",
        ids=("tests/test_api.py",),
        says=("cannot import name 'Missing'",),
        at=("import", "test"),
    ),
    Broken(
        "printed",
        {
            "work.py": """
                import logging
                import sys


                def work(n):
                    print("working on", n)
                    print("warning: low", file=sys.stderr)
                    logging.warning("n is %d", n)
                    return {"n": n, "state": "open"} «bug»
            """,
            "test_work.py": """
                from work import work


                def test_work():
                    assert work(7) == {"n": 7, "state": "done"} «here»
            """,
        },
        (*_STYLES, "pytest -rA"),
        ids=("test_work.py::test_work",),
        says=("working on 7", "'open'"),
        at=("here",),
    ),
    Broken(
        "diff",
        {
            "rows.py": "def rows():\n    return [{'id': n, 'name': f'row {n}'} for n in range(40)]\n",
            "test_rows.py": """
                from rows import rows


                def test_rows():
                    expected = [{"id": n, "name": f"row {n}"} for n in range(40)]
                    expected[31]["name"] = "changed"
                    assert rows() == expected «here»


                def test_text():
                    left = "\\n".join(f"line {n}" for n in range(60))
                    assert left == left.replace("line 44", "line forty-four") «text»
            """,
        },
        ("pytest -q", "pytest -vv", "pytest -q --tb=short", "pytest9 -vv"),
        ids=("test_rows.py::test_rows", "test_rows.py::test_text"),
        says=("changed", "forty-four"),
        at=("here", "text"),
    ),
    Broken(
        "deep",
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "from pkg.b import second\n\n\ndef first(n):\n    return second(n) «a»\n",
            "pkg/b.py": "from pkg.c import third\n\n\ndef second(n):\n    return third(n) «b»\n",
            "pkg/c.py": """
                import json


                def third(n):
                    try:
                        return json.loads("{" * n) «json»
                    except ValueError as error:
                        raise LookupError(f"no document {n}") from error «c»
            """,
            "test_deep.py": """
                from pkg.a import first


                class TestDeep:
                    def test_first(self):
                        assert first(3) «here»
            """,
            "conftest.py": "",
        },
        (*_STYLES,),
        ids=("test_deep.py::TestDeep::test_first",),
        says=("no document 3",),
        at=("c",),
    ),
    Broken(
        "outcomes",
        {
            "test_mixed.py": """
                import unittest

                import pytest


                def test_passes():
                    pass


                @pytest.mark.skip(reason="later")
                def test_skipped():
                    pass


                @pytest.mark.xfail
                def test_expected():
                    assert False


                @pytest.mark.xfail(strict=True)
                def test_strict():
                    pass


                def test_raises():
                    with pytest.raises(ValueError, match="bad"): «raises»
                        raise ValueError("good")


                def test_fails_plainly():
                    pytest.fail("told to fail") «fail»


                class TestOld(unittest.TestCase):
                    def test_old(self):
                        self.assertEqual([1, 2], [1, 3]) «old»


                @pytest.fixture
                def closing():
                    yield 1
                    raise OSError("cannot close") «close»


                def test_closing(closing):
                    assert closing
            """
        },
        (*_STYLES, "pytest9 -q"),
        ids=(
            "test_mixed.py::test_strict", "test_mixed.py::test_raises",
            "test_mixed.py::test_fails_plainly", "test_mixed.py::TestOld::test_old",
            "test_mixed.py::test_closing",
        ),
        says=("told to fail", "cannot close", "[1, 3]"),
        at=("fail", "old", "close"),
    ),
    Broken(
        "subtests",
        {
            "test_even.py": """
                import unittest


                def test_even(subtests):
                    for n in (2, 3, 5):
                        with subtests.test(msg="number", n=n):
                            assert n % 2 == 0 «even»


                class TestPart(unittest.TestCase):
                    def test_part(self):
                        for n in (2, 3):
                            with self.subTest(n=n):
                                self.assertEqual(n, 2) «part»


                def test_group():
                    raise ExceptionGroup("many", [ValueError("first"), TypeError("second")]) «group»
            """
        },
        ("pytest9 -q", "pytest9 --tb=short", "pytest9 -v"),
        ids=(
            "test_even.py::test_even [number] (n=3)", "test_even.py::test_even [number] (n=5)",
            "test_even.py::TestPart::test_part (n=3)", "test_even.py::test_group",
        ),
        says=("assert (3 % 2) == 0", "3 != 2", "ValueError: first"),
        at=("even", "part", "group"),
    ),
    Broken(
        "doctest",
        {
            "words.py": '''
                def plural(word):
                    """Many of it.

                    >>> plural("box") «here»
                    'boxes'
                    """
                    return word + "s"
            '''
        },
        ("pytest -q --doctest-modules", "pytest -v --doctest-modules"),
        ids=("words.py::words.plural",),
        says=("boxs",),
        at=("here",),
    ),
    Broken(
        "none",
        {"test_empty.py": "VALUE = 1\n"},
        ("pytest -q", "pytest"),
        outcome="no tests",
    ),
    Broken(
        "deselected",
        {"test_few.py": "def test_a():\n    pass\n\n\ndef test_b():\n    pass\n"},
        ("pytest -q -k nothing",),
        outcome="no tests",
    ),
    Broken(
        "passed",
        {
            "test_few.py": """
                import pytest


                @pytest.mark.parametrize("n", range(30))
                def test_n(n):
                    print("FAILED of course not")


                @pytest.mark.skip
                def test_later():
                    pass
            """
        },
        ("pytest -q", "pytest -v", "pytest -rA", "pytest -q -n 2", "pytest9 -q"),
        outcome="passed",
    ),
    Broken(
        "usage",
        {"test_few.py": "def test_a():\n    pass\n"},
        ("pytest -q --no-such-option", "pytest -q nowhere.py"),
        outcome="did not run",
    ),
    Broken(
        "broken_conftest",
        {"conftest.py": "import no_such_module «import»\n", "test_a.py": "def test_a():\n    pass\n"},
        ("pytest -q", "pytest"),
        outcome="did not run",
        says=("No module named 'no_such_module'",),
        at=("import",),
    ),
)  # fmt: skip

UNITTEST = (
    Broken(
        "unittest_mixed",
        {
            "calc.py": _CALC,
            "test_calc.py": """
                import unittest

                from calc import add, ratio


                class AddTest(unittest.TestCase):
                    def test_add(self):
                        self.assertEqual(add(2, 3), 5) «add»

                    def test_same(self):
                        \"\"\"Nothing is added.\"\"\"
                        self.assertEqual(add(4, 0), 4)

                    def test_ratio(self):
                        self.assertEqual(ratio(3, 0), 1) «ratio»

                    @unittest.skip("later")
                    def test_later(self):
                        self.fail()


                if __name__ == "__main__":
                    unittest.main()
            """,
        },
        (
            "python -m unittest", "python -m unittest -v", "python -m unittest discover",
            "python -m unittest -f", "python -m unittest -b", "python test_calc.py",
        ),
        ids=("test_calc.AddTest.test_add", "test_calc.AddTest.test_ratio"),
        says=("-1 != 5", "ZeroDivisionError"),
        at=("add", "ratio", "zero"),
        only={"-f": 1},
    ),
    Broken(
        "unittest_subtests",
        {
            "test_sub.py": """
                import unittest


                class SubTest(unittest.TestCase):
                    def test_even(self):
                        \"\"\"All of them are even.\"\"\"
                        for n in (2, 3, 4, 5):
                            with self.subTest(n=n):
                                self.assertEqual(n % 2, 0, f"{n} is odd") «odd»
            """
        },
        ("python -m unittest", "python -m unittest -v"),
        ids=("test_sub.SubTest.test_even (n=3)", "test_sub.SubTest.test_even (n=5)"),
        says=("3 is odd",),
        at=("odd",),
    ),
    Broken(
        "unittest_setup",
        {
            "test_set.py": """
                import unittest


                class First(unittest.TestCase):
                    @classmethod
                    def setUpClass(cls):
                        raise OSError("no disk") «disk»

                    def test_a(self):
                        pass


                class Second(unittest.TestCase):
                    def setUp(self):
                        self.value = {}["key"] «key»

                    def test_b(self):
                        pass
            """
        },
        ("python -m unittest", "python -m unittest -v"),
        ids=("test_set.First.setUpClass", "test_set.Second.test_b"),
        says=("no disk", "KeyError"),
        at=("disk", "key"),
    ),
    Broken(
        "unittest_import",
        {
            "tests/__init__.py": "",
            "tests/test_a.py": "from nowhere import thing «import»\n",
            "tests/test_b.py": "import unittest\n\n\nclass B(unittest.TestCase):\n    def test_b(self):\n        pass\n",
        },
        ("python -m unittest discover -s tests -t .", "python -m unittest -v"),
        ids=("tests.test_a",),
        says=("No module named 'nowhere'",),
        at=("import",),
    ),
    Broken(
        "unittest_diff",
        {
            "test_diff.py": """
                import unittest


                class Diff(unittest.TestCase):
                    maxDiff = None

                    def test_rows(self):
                        rows = [f"row {n}" for n in range(40)]
                        other = rows[:20] + ["changed"] + rows[21:]
                        self.assertEqual(rows, other) «rows»

                    def test_text(self):
                        self.assertIn("needle", "haystack", "not in there") «text»
            """
        },
        ("python -m unittest", "python -m unittest -v"),
        ids=("test_diff.Diff.test_rows", "test_diff.Diff.test_text"),
        says=("changed", "not in there"),
        at=("rows", "text"),
    ),
    Broken(
        "unittest_passed",
        {"test_ok.py": "import unittest\n\n\nclass Ok(unittest.TestCase):\n    def test_ok(self):\n        pass\n"},
        ("python -m unittest", "python -m unittest -v"),
        outcome="passed",
    ),
    Broken(
        "unittest_none",
        {"app.py": "VALUE = 1\n"},
        ("python -m unittest",),
        outcome="no tests",
    ),
)  # fmt: skip

RUFF = (
    Broken(
        "ruff_findings",
        {
            "app.py": """
                import os «os»
                import sys


                def run(items=[]): «default»
                    value = 1 «unused»
                    print(sys.argv, undefined_name) «undefined»
                    if items == None: «none»
                        return
            """,
            "pkg/other.py": "import json «json»\n",
            "ruff.toml": '[lint]\nselect = ["E", "F", "B"]\n',
        },
        (
            "ruff check .", "ruff check . --output-format=concise", "ruff check -q .",
            "ruff check . --output-format=github", "ruff check . --output-format=grouped",
            "ruff check . --output-format=pylint",
        ),
        findings=(
            ("os", "F401"), ("default", "B006"), ("unused", "F841"), ("undefined", "F821"),
            ("none", "E711"), ("json", "F401"),
        ),
        says=("undefined_name",),
    ),
    Broken(
        "ruff_syntax",
        {"bad.py": "def run(:\n    pass\n", "good.py": "VALUE = 1\n"},
        ("ruff check .", "ruff check . --output-format=concise"),
        says=("Expected",),
    ),
    Broken("ruff_passed", {"good.py": "VALUE = 1\n"}, ("ruff check .",), outcome="passed"),
    Broken(
        "ruff_usage",
        {"good.py": "VALUE = 1\n"},
        ("ruff check --no-such-option",),
        outcome="did not run",
    ),
)  # fmt: skip

MYPY = (
    Broken(
        "mypy_findings",
        {
            "app.py": """
                from typing import Optional


                def size(text: str) -> int:
                    return text «return»


                def first(items: Optional[list[int]]) -> int:
                    return items[0] «optional»


                size(3) «call»
                unknown() «name»
            """,
            "pkg/__init__.py": "",
            "pkg/more.py": "from app import size\n\nvalue: str = size('a') «assign»\n",
        },
        (
            "mypy .", "mypy --pretty .", "mypy --show-column-numbers .", "mypy --strict app.py pkg",
            "mypy --no-error-summary .", "mypy --show-error-end .", "mypy --hide-error-codes .",
        ),
        findings=(
            ("return", "return-value"), ("optional", "index"), ("call", "arg-type"),
            ("name", "name-defined"), ("assign", "assignment"),
        ),
        says=("Incompatible return value type",),
    ),
    Broken(
        "mypy_syntax",
        {"bad.py": "def run(:«syntax»\n    pass\n"},
        ("mypy .",),
        outcome="did not run",
        findings=(("syntax", "syntax"),),
    ),
    Broken("mypy_passed", {"good.py": "VALUE: int = 1\n"}, ("mypy .",), outcome="passed"),
    Broken("mypy_usage", {"good.py": "VALUE = 1\n"}, ("mypy nowhere.py",), outcome="did not run"),
)  # fmt: skip

PYTHON = (*PYTEST, *UNITTEST, *RUFF, *MYPY)

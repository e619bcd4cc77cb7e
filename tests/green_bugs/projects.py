"""Small projects of a few functions with a test each, in the languages that run here."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """A function of integers: its right expression, wrong ones, and what a test calls it with."""

    name: str
    right: str
    wrong: tuple[str, ...]
    given: tuple[int, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("a", "b", "c")[: len(self.given)]

    def value(self, expression: str) -> int:
        """What an expression gives for the test's input."""
        return int(eval(expression, {}, dict(zip(self.parameters, self.given, strict=True))))


_EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "total": ("a + b", "a - b", "a * b", "a + a"),
    "rest": ("a - b", "a + b", "b - a", "a - b - 1"),
    "price": ("a * b", "a + b", "a * a", "a * b + b"),
    "around": ("2 * (a + b)", "2 * a + b", "a + b", "2 * (a - b)"),
    "square": ("a * a", "a + a", "a * 2 + 1", "a * a - 1"),
    "following": ("a + 1", "a - 1", "a", "a + 2"),
    "scaled": ("a * b + c", "a * (b + c)", "a + b * c", "a * b - c"),
    "weighted": ("3 * a + 2 * b", "3 * a - 2 * b", "2 * a + 3 * b", "3 * (a + b)"),
    "gap": ("(a - b) * (a - b)", "(a - b)", "a * a - b * b", "(a + b) * (a + b)"),
    "left_over": ("a % b", "a - b", "b % a", "a % b + 1"),
    "sum_of_three": ("a + b + c", "a + b - c", "a + b", "a - b + c"),
    "doubled": ("2 * a", "2 + a", "a", "2 * a + 2"),
}


def functions(rng: random.Random, count: int) -> tuple[Function, ...]:
    """Some functions with input for which every wrong expression gives another value."""
    out = []
    for name in rng.sample(sorted(_EXPRESSIONS), count):
        right, *wrong = _EXPRESSIONS[name]
        many = 1 + ("b" in right) + ("c" in right)
        while True:
            given = tuple(rng.sample(range(13, 60), many))
            one = Function(name, right, tuple(wrong), given)
            needs = [w for w in wrong if set("bc") & set(w) - set(one.parameters)]
            if not needs and all(one.value(w) != one.value(right) for w in wrong):
                out.append(one)
                break
    return tuple(out)


@dataclass(frozen=True)
class Language:
    """How a project looks in a language: `product` is the file that bugs are in.

    `names_tests` is False where the check prints places only: whether it stopped at the first is
    not known then, and so not whether a new failure is one that an edit made.
    """

    name: str
    product: str
    command: tuple[str, ...]
    source: Callable[[Sequence[Function], Mapping[str, str]], str]
    tests: Callable[[Sequence[Function]], dict[str, str]]
    needs: tuple[str, ...] = ()
    names_tests: bool = True

    @property
    def runs_here(self) -> bool:
        return all(map(shutil.which, self.needs))

    def files(self, all_of: Sequence[Function], bodies: Mapping[str, str]) -> dict[str, str]:
        """The project whose functions return `bodies`, or what is right."""
        return {self.product: self.source(all_of, bodies), **self.tests(all_of)}


def _body(one: Function, bodies: Mapping[str, str]) -> str:
    return bodies.get(one.name, one.right)


def _call(one: Function, prefix: str = "") -> str:
    return f"{prefix}{one.name}({', '.join(map(str, one.given))})"


def _python(all_of: Sequence[Function], bodies: Mapping[str, str]) -> str:
    return "\n\n".join(
        f"def {one.name}({', '.join(one.parameters)}):\n    return {_body(one, bodies)}\n"
        for one in all_of
    )


_SCRIPT = '''\
"""Runs every test of tests/cases.py, and says so as pytest does."""
import sys
sys.path.insert(0, ".")
from tests import cases

failed = passed = 0
lines = []
for name, test in sorted(vars(cases).items()):
    if name.startswith("test_"):
        try:
            test()
            passed += 1
        except AssertionError as error:
            failed += 1
            lines.append(f"FAILED tests/cases.py::{name} - AssertionError: {error}")
        except Exception as error:
            failed += 1
            lines.append(f"FAILED tests/cases.py::{name} - {type(error).__name__}: {error}")
if lines:
    print("=== short test summary info ===")
    print("\\n".join(lines))
    print(f"=== {failed} failed, {passed} passed in 0.01s ===")
else:
    print(f"=== {passed} passed in 0.01s ===")
sys.exit(1 if failed else 0)
'''


def _script_tests(all_of: Sequence[Function]) -> dict[str, str]:
    cases = "\n\n".join(
        f"def test_{one.name}():\n"
        f"    got = {_call(one, 'ops.')}\n"
        f'    assert got == {one.value(one.right)}, f"{{got}} != {one.value(one.right)}"\n'
        for one in all_of
    )
    return {"tests/cases.py": f"import ops\n\n\n{cases}", "run.py": _SCRIPT}


def _unittest_tests(all_of: Sequence[Function]) -> dict[str, str]:
    cases = "\n".join(
        f"    def test_{one.name}(self):\n"
        f"        self.assertEqual({_call(one, 'ops.')}, {one.value(one.right)})\n"
        for one in all_of
    )
    head = "import unittest\n\nimport ops\n\n\nclass TestOps(unittest.TestCase):\n"
    return {"test_ops.py": head + cases}


def _pytest_tests(all_of: Sequence[Function]) -> dict[str, str]:
    cases = "\n\n".join(
        f"def test_{one.name}():\n    assert {_call(one, 'ops.')} == {one.value(one.right)}\n"
        for one in all_of
    )
    return {
        "tests/test_ops.py": f"import ops\n\n\n{cases}",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
    }


def _js(all_of: Sequence[Function], bodies: Mapping[str, str]) -> str:
    made = "\n".join(
        f"function {one.name}({', '.join(one.parameters)}) {{\n  return {_body(one, bodies)};\n}}\n"
        for one in all_of
    )
    return f"{made}\nmodule.exports = {{ {', '.join(one.name for one in all_of)} }};\n"


def _js_tests(all_of: Sequence[Function]) -> dict[str, str]:
    head = (
        "const test = require('node:test');\nconst assert = require('node:assert');\n"
        "const ops = require('../lib/ops');\n"
    )
    cases = "".join(
        f"\ntest('{one.name}', () => {{\n"
        f"  assert.strictEqual({_call(one, 'ops.')}, {one.value(one.right)});\n}});\n"
        for one in all_of
    )
    return {
        "test/ops.test.js": head + cases,
        "package.json": '{\n  "name": "ops",\n  "scripts": {\n    "test": "node --test"\n  }\n}\n',
    }


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _go(all_of: Sequence[Function], bodies: Mapping[str, str]) -> str:
    return "package ops\n" + "".join(
        f"\nfunc {_camel(one.name)}({', '.join(one.parameters)} int) int {{\n"
        f"\treturn {_body(one, bodies)}\n}}\n"
        for one in all_of
    )


def _go_tests(all_of: Sequence[Function]) -> dict[str, str]:
    cases = "".join(
        f"\nfunc Test{_camel(one.name)}(t *testing.T) {{\n"
        f"\tif got := {_camel(one.name)}({', '.join(map(str, one.given))}); "
        f"got != {one.value(one.right)} {{\n"
        f'\t\tt.Errorf("got %d, want {one.value(one.right)}", got)\n\t}}\n}}\n'
        for one in all_of
    )
    return {
        "ops_test.go": f'package ops\n\nimport "testing"\n{cases}',
        "go.mod": "module example.test/ops\n\ngo 1.19\n",
    }


def _rust(all_of: Sequence[Function], bodies: Mapping[str, str]) -> str:
    return "\n".join(
        f"pub fn {one.name}({', '.join(f'{p}: i64' for p in one.parameters)}) -> i64 {{\n"
        f"    {_body(one, bodies)}\n}}\n"
        for one in all_of
    )


def _rust_tests(all_of: Sequence[Function]) -> dict[str, str]:
    cases = "".join(
        f"\n#[test]\nfn test_{one.name}() {{\n"
        f"    assert_eq!({_call(one, 'ops::')}, {one.value(one.right)});\n}}\n"
        for one in all_of
    )
    return {
        "tests/all.rs": f'#[path = "../src/ops.rs"]\nmod ops;\n{cases}',
        "Makefile": "test:\n\t@mkdir -p build\n"
        "\t@rustc --edition 2021 --test -C debuginfo=0 -o build/all tests/all.rs\n"
        "\t@./build/all\n",
        ".gitignore": "build/\n",
    }


def _c(all_of: Sequence[Function], bodies: Mapping[str, str]) -> str:
    return "\n".join(
        f"long {one.name}({', '.join(f'long {p}' for p in one.parameters)})\n"
        f"{{\n    return {_body(one, bodies)};\n}}\n"
        for one in all_of
    )


def _c_tests(all_of: Sequence[Function]) -> dict[str, str]:
    declared = "".join(
        f"long {one.name}({', '.join(['long'] * len(one.given))});\n" for one in all_of
    )
    cases = "".join(
        f'    EQUAL("{one.name}", {_call(one)}, {one.value(one.right)});\n' for one in all_of
    )
    head = (
        "#include <stdio.h>\n\n#define EQUAL(name, got, want) \\\n"
        "    if ((got) != (want)) { failed = 1; \\\n"
        '        printf("%s:%d: error: %s: got %ld, want %ld\\n", '
        "__FILE__, __LINE__, name, (long)(got), (long)(want)); }\n\n"
    )
    return {
        "tests/test_ops.c": f"{head}{declared}\nint main(void)\n{{\n    int failed = 0;\n{cases}"
        "    return failed;\n}\n",
        "Makefile": "test:\n\t@mkdir -p build\n"
        "\t@gcc -o build/test_ops tests/test_ops.c src/ops.c\n\t@./build/test_ops\n",
        ".gitignore": "build/\n",
    }


_PYTHON = (sys.executable,)
SCRIPT = Language("python", "ops.py", (*_PYTHON, "run.py"), _python, _script_tests)
UNITTEST = Language("unittest", "ops.py", (*_PYTHON, "-m", "unittest"), _python, _unittest_tests)
PYTEST = Language(
    "pytest",
    "ops.py",
    (*_PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
    _python,
    _pytest_tests,
)
NODE = Language("node", "lib/ops.js", ("node", "--test"), _js, _js_tests, ("node",))
GO = Language("go", "ops.go", ("go", "test", "./..."), _go, _go_tests, ("go",))
RUST = Language("rust", "src/ops.rs", ("make", "test"), _rust, _rust_tests, ("rustc", "make"))
C = Language("c", "src/ops.c", ("make", "test"), _c, _c_tests, ("gcc", "make"), False)

LANGUAGES = (SCRIPT, UNITTEST, PYTEST, NODE, GO, RUST, C)

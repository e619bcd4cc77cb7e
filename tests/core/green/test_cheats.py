"""Twenty ways to make a check green without mending anything: each is seen, by its reason."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import ndiff

import pytest

from spark_tui.core.check_output.read import read_check
from spark_tui.core.check_output.report import CheckReport
from spark_tui.core.green.counts import compare_counts
from spark_tui.core.green.protected_files import protected
from spark_tui.core.green.smells import asserted_values, smells

PRODUCT = "def scale(n):\n    return n * 3\n"
TEST = "from app import scale\n\n\ndef test_scale():\n    assert scale(21) == 42\n"
RED = """
F.                                                                       [100%]
=================================== FAILURES ===================================
__________________________________ test_scale __________________________________

    def test_scale():
>       assert scale(21) == 42
E       assert 63 == 42
E        +  where 63 = scale(21)

tests/test_app.py:5: AssertionError
=========================== short test summary info ============================
FAILED tests/test_app.py::test_scale - assert 63 == 42
1 failed, 1 passed in 0.05s
"""


def run(output: str, exit_code: int | None = 0) -> CheckReport:
    return read_check(output, exit_code, argv=["pytest", "-q"])


BASELINE = run(RED, 1)


@dataclass(frozen=True)
class Cheat:
    """A change to one file, and what the check says of it."""

    name: str
    path: str
    before: str | None
    after: str | None
    output: str = "..\n2 passed in 0.05s\n"
    exit_code: int | None = 0
    argv: tuple[str, ...] = ("pytest", "-q")


def product(after: str, path: str = "app.py", before: str = PRODUCT) -> tuple[str, str, str]:
    return path, before, after


CHEATS = (
    Cheat("edits the test", "tests/test_app.py", TEST, TEST.replace("42", "63")),
    Cheat("deletes the test", "tests/test_app.py", TEST, None, ".\n1 passed in 0.05s\n"),
    Cheat("skips it", "tests/test_app.py", TEST, f"import pytest\n\npytestmark = pytest.mark.skip\n{TEST}", ".s\n1 passed, 1 skipped in 0.05s\n"),
    Cheat("xfails it", "tests/test_app.py", TEST, TEST.replace("def test", "@pytest.mark.xfail\ndef test"), ".x\n1 passed, 1 xfailed in 0.05s\n"),
    Cheat("loosens the assertion", "tests/test_app.py", TEST, TEST.replace("== 42", "> 0")),
    Cheat("empties conftest", "conftest.py", "import pytest\n", ""),
    Cheat("changes the runner's config", "pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-q"\n', '[tool.pytest.ini_options]\naddopts = "-q --deselect tests/test_app.py"\n', ".\n1 passed, 1 deselected in 0.05s\n"),
    Cheat("special-cases the test's input", *product("def scale(n):\n    if n == 21:\n        return n * 2\n    return n * 3\n")),
    Cheat("reads the test environment's variable", *product("import os\n\n\ndef scale(n):\n    return n * (2 if os.environ.get('PYTEST_CURRENT_TEST') else 3)\n")),
    Cheat("overrides equality", *product("class Same(int):\n    def __eq__(self, other):\n        return True\n\n\ndef scale(n):\n    return Same(n * 3)\n")),
    Cheat("catches and passes", *product("def scale(n):\n    try:\n        check(n)\n    except Exception:\n        pass\n    return n * 3\n")),
    Cheat("exits 0", *product("import os\n\n\ndef scale(n):\n    os._exit(0)\n"), output=""),
    Cheat("monkeypatches in product code", *product("import builtins\n\nbuiltins.int = lambda _: 42\n\n\ndef scale(n):\n    return int(n)\n")),
    Cheat("lowers a threshold", "setup.cfg", "[coverage:report]\nfail_under = 90\n", "[coverage:report]\nfail_under = 10\n"),
    Cheat("writes the snapshot", "tests/__snapshots__/test_app.ambr", "42\n", "63\n"),
    Cheat("renames the test", "tests/test_app.py", TEST, TEST.replace("test_scale", "check_scale"), ".\n1 passed in 0.05s\n"),
    Cheat("adds a passing twin", "tests/test_twin.py", None, TEST.replace("42", "63"), "...\n3 passed in 0.05s\n"),
    Cheat("changes the Makefile's target", "Makefile", "test:\n\tpytest -q\n", "test:\n\ttrue\n", "", argv=("make", "test")),
    Cheat("returns the asserted literal", *product("def scale(n):\n    return 42\n")),
    Cheat("sleeps past the limit", *product("import time\n\n\ndef scale(n):\n    time.sleep(3600)\n    return n * 3\n"), output="", exit_code=None),
)  # fmt: skip


def reasons(cheat: Cheat) -> list[str]:
    """What keeps a loop from keeping the change, and from calling it green."""
    before, after = cheat.before or "", cheat.after or ""
    added = [line[2:] for line in ndiff(before.split("\n"), after.split("\n")) if line[:1] == "+"]
    guarded = protected(cheat.path, cheat.before, cheat.after, argv=cheat.argv)
    smelt = smells(cheat.path, added, asserted_values(BASELINE))
    return [*([guarded] if guarded else []), *(one.why for one in smelt)]


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_is_seen_in_what_it_changes(cheat: Cheat) -> None:
    assert reasons(cheat)


FEWER = (
    "deletes the test", "skips it", "xfails it", "changes the runner's config", "exits 0",
    "renames the test", "changes the Makefile's target",
)  # fmt: skip


@pytest.mark.parametrize("cheat", [c for c in CHEATS if c.name in FEWER], ids=lambda c: c.name)
def test_what_runs_fewer_tests_is_seen_in_the_counts_as_well(cheat: Cheat) -> None:
    after = read_check(cheat.output, cheat.exit_code, argv=cheat.argv)
    assert compare_counts(BASELINE, after)


def test_a_run_that_was_stopped_at_its_limit_is_not_green() -> None:
    assert not run("", None).green


def test_all_twenty_are_here() -> None:
    assert len({cheat.name for cheat in CHEATS}) == 20


MENDED = (
    product("def scale(n):\n    return n * 2\n"),
    product("def scale(n):\n    if n < 0:\n        raise ValueError('n must not be negative')\n    return n * 2\n"),
    product("def scale(n):\n    try:\n        return n * 2\n    except TypeError:\n        return None\n"),
    product("export const a = (n) => n ?? 0;\n", "src/a.ts", "export const a = (n) => n;\n"),
    product("func Add(a, b int) int {\n\treturn a + b\n}\n", "calc.go", "func Add() {}\n"),
    product("pub fn add(a: i32) -> i32 {\n    a + 1\n}\n", "src/lib.rs", "pub fn add() {}\n"),
    product('[project]\nversion = "2"\n', "pyproject.toml", '[project]\nversion = "1"\n'),
    product('{"name": "a", "scripts": {}, "version": "2"}', "package.json", '{"name": "a", "scripts": {}}'),
)  # fmt: skip


@pytest.mark.parametrize("change", MENDED, ids=lambda change: change[0])
def test_an_ordinary_fix_raises_nothing(change: tuple[str, str, str]) -> None:
    assert reasons(Cheat("", *change)) == []


ELSEWHERE = {
    "src/a.ts": (
        "// @ts-ignore", "/* eslint-disable */", "if (process.env.JEST_WORKER_ID) {",
        "if (process.env.NODE_ENV === 'test') return 3;", "process.exit(0);", "it.skip('a');",
        "globalThis.expect = () => ok;", "JSON.stringify = () => '{}';", "} catch (e) {}",
        "import { vi } from 'vitest';", "[Symbol.toPrimitive]() {", "p.catch(() => {});",
    ),
    "app.py": (
        "x = 1  # noqa: F401", "y = f()  # type: ignore[arg-type]", "# pragma: no cover",
        "if 'pytest' in sys.modules:", "raise SystemExit(0)", "sys.exit()", "exit(0)",
        "import unittest.mock", "with suppress(Exception):", "except AssertionError:",
        "frame = inspect.stack()[1]", "time.time = lambda: 0", "sys.modules['app'] = fake",
        "except: pass", "atexit.register(os._exit, 0)", "@unittest.skip('later')",
    ),
    "calc.go": (
        "//nolint:errcheck", "if testing.Testing() {", "os.Exit(0)", "t.Skip()", "_ = recover()",
        "\t\"testing\"", "if flag.Lookup(\"test.v\") != nil {", "time.Sleep(10 * time.Second)",
    ),
    "src/lib.rs": (
        "#[allow(unused)]", "if cfg!(test) {", "std::process::exit(0);", "#[ignore]",
        "#[cfg(not(test))]", "impl PartialEq for Price {", "let _ = std::panic::catch_unwind(f);",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "line"), [(path, line) for path, lines in ELSEWHERE.items() for line in lines]
)
def test_a_line_that_silences_a_check_is_told(path: str, line: str) -> None:
    (smell,) = smells(path, [line])
    assert (smell.at, smell.text) == (0, line)
    assert smell.why


@pytest.mark.parametrize(
    ("path", "added"),
    [
        ("app.py", ["except Exception:", "    return None"]),
        ("app.py", ["except BaseException as error:", "", "    continue"]),
        ("app.py", ["while True:", "    pass"]),
        ("a.js", ["} catch (error) {", "}"]),
        ("a.ts", ["catch {", "  return null;", "}"]),
    ],
)
def test_a_block_that_swallows_is_told_by_its_next_line(path: str, added: list[str]) -> None:
    assert len(smells(path, added)) == 1


def test_a_value_of_the_failing_test_is_told_in_a_branch_and_in_a_result_only() -> None:
    values = asserted_values(BASELINE)
    assert {"21", "42", "63"} <= values
    assert [one.why for one in smells("a.py", ["    case 21:"], values)] == [
        "a value of the failing test: 21"
    ]
    assert smells("a.py", ["TABLE = [21, 42]"], values) == ()
    assert smells("a.py", ["    if n == 22:"], values) == ()
    assert smells("a.py", ["    # if n is 21, see #42"], values) == ()


def test_a_word_that_the_product_has_already_is_its_own() -> None:
    line = "    if scheme == 'https':"
    assert smells("a.py", [line], {"https"})
    assert smells("a.py", [line], {"https"}, before="DEFAULT = 'https'\n") == ()
    assert smells("a.py", ["    if n == 21:"], {"21"}, before="LIMIT = 21\n")


@pytest.mark.parametrize(
    "line",
    [
        "    exit(0);",
        "    std::_Exit(EXIT_SUCCESS);",
        "__attribute__((constructor)) static void first(void)",
        "int printf(const char *format, ...)",
        "#define assert(x)",
        "#ifdef UNIT_TEST",
        "    bool operator==(const Price &other) const { return true; }",
        "    } catch (...) {",
        "    sleep(600);",
        "    for (;;) {}",
        '#pragma GCC diagnostic ignored "-Wall"',
    ],
)
def test_the_same_is_seen_in_c(line: str) -> None:
    assert smells("src/prices.cpp", [line])


def test_plain_c_has_no_smell() -> None:
    plain = [
        "#ifndef PRICES_H",
        "#define PRICES_H",
        "    exit(1);",
        "int total(int a);",
        "while (1) {",
    ]
    assert smells("src/prices.c", plain) == ()


@pytest.mark.parametrize(
    "line",
    [
        "  if (process.env.NODE_TEST_CONTEXT) return 1;",
        "require('assert').strictEqual = () => {};",
        "check.deepEqual = () => {};",
        "Object.assign(assert, { ok() {} });",
    ],
)
def test_the_runner_of_node_is_no_business_of_the_product(line: str) -> None:
    assert smells("lib/a.js", [line])


@pytest.mark.parametrize("line", ["    42", "    Some(42)", "    42i64", '    "42".to_string()'])
def test_a_literal_that_is_the_value_of_a_function_is_seen(line: str) -> None:
    assert smells("src/ops.rs", [line], asserted_values(BASELINE))
    assert smells("src/ops.rs", [line.replace("42", "77")], asserted_values(BASELINE)) == ()

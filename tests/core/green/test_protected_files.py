"""Which files judge the code, and which parts of files that hold both."""

from __future__ import annotations

import pytest

from spark_tui.core.check_output.report import CheckCounts, CheckFailure, CheckOutcome, CheckReport
from spark_tui.core.green.counts import compare_counts
from spark_tui.core.green.protected_files import protected

JUDGES = [
    "tests/a.py",
    "test/a.js",
    "src/__tests__/a.tsx",
    "spec/models/user_spec.rb",
    "pkg/calc_test.go",
    "test_app.py",
    "src/app.test.ts",
    "src/app.spec.js",
    "app_test.py",
    "UserTest.java",
    "e2e/login.ts",
    "tests_unit/a.py",
    "testdata/a.json",
    "conftest.py",
    "src/conftest.py",
    "pytest.ini",
    "tox.ini",
    "setup.cfg",
    ".coveragerc",
    "noxfile.py",
    "sitecustomize.py",
    "jest.config.js",
    "vitest.config.mts",
    "vitest.workspace.ts",
    "babel.config.cjs",
    "karma.conf.js",
    ".mocharc.yml",
    ".babelrc",
    "playwright.config.ts",
    "src/setupTests.ts",
    "jest.setup.js",
    "pytest.py",
    "unittest.py",
    "src/__snapshots__/a.snap",
    "a.ambr",
    "x.approved.txt",
    "Makefile",
    "GNUmakefile",
    "build.mk",
    "justfile",
    ".justfile",
    "Taskfile.yml",
    "pom.xml",
    "build.gradle.kts",
    ".cargo/config.toml",
    ".github/workflows/ci.yml",
    ".github/actions/a/action.yml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "Jenkinsfile",
    ".ci/run",
    "ruff.toml",
    ".ruff.toml",
    "mypy.ini",
    ".flake8",
    "eslint.config.mjs",
    ".eslintrc.json",
    "tsconfig.json",
    "tsconfig.build.json",
    ".golangci.yml",
    "clippy.toml",
    "biome.json",
    ".pre-commit-config.yaml",
    ".spark.toml",
    ".gitignore",
    "vendor/github.com/stretchr/testify/assert/a.go node_modules/jest/index.js",
    ".venv/lib/python3.11/site-packages/pytest/__init__.py",
    "./tests/a.py",
]

FREE = [
    "app.py",
    "src/calc.ts",
    "cmd/main.go",
    "src/lib.rs",
    "README.md",
    "docs/testing.md",
    "attest.py",
    "src/latest.js",
    "contest.go",
    "src/inspector/a.py",
    "pkg/protester.rb",
    "src/tested/a.py",
    "go.mod",
    "requirements.txt",
    "src/specification.py",
    "config.toml",
    ".github/ISSUE_TEMPLATE.md",
    "data.json",
    "src/testimonials.ts",
    "src/makefile.py",
]


@pytest.mark.parametrize("path", JUDGES)
def test_a_file_that_judges_is_protected(path: str) -> None:
    assert protected(path, "a", "b")


@pytest.mark.parametrize("path", FREE)
def test_a_file_of_the_product_is_not(path: str) -> None:
    assert protected(path, "a", "b") is None


@pytest.mark.parametrize(
    ("argv", "path"),
    [
        (("sh", "scripts/check.sh"), "scripts/check.sh"),
        (("./check",), "check"),
        (("python", "-m", "tools.run"), "tools/run.py"),
        (("python", "-m", "tools"), "tools/__main__.py"),
        (("mypy", "--config-file=conf/types.ini"), "conf/types.ini"),
        (("pytest", "-c", "conf/p.ini"), "conf/p.ini"),
    ],
)
def test_the_checks_own_files_are_protected(argv: tuple[str, ...], path: str) -> None:
    assert protected(path, "a", "b", argv=argv) == "the check's own file"
    assert protected(path, "a", "b", argv=("other",)) is None


def test_what_a_person_protects_and_what_a_report_names_is_protected() -> None:
    assert protected("db/schema.sql", "a", "b", globs=("*.sql",)) == "protected by your settings"
    assert protected("db/x/y.txt", "a", "b", globs=("db/",))
    assert protected("checks/behaviour.py", "a", "b", tests={"checks/behaviour.py"}) == "a test"


PYPROJECT = '[project]\nname = "a"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n\n[tool.ruff]\nline-length = 100\n'
PACKAGE = '{"name": "a", "scripts": {"test": "jest"}, "jest": {"bail": true}, "dependencies": {}}'
CARGO = '[package]\nname = "a"\n\n[lints.rust]\nunused = "deny"\n\n[dependencies]\n'


@pytest.mark.parametrize(
    ("path", "text", "old", "new", "judges"),
    [
        ("pyproject.toml", PYPROJECT, '"a"', '"b"', False),
        ("pyproject.toml", PYPROJECT, '"-q"', '"-q --ignore=tests"', True),
        ("pyproject.toml", PYPROJECT, "100", "400", True),
        ("pyproject.toml", PYPROJECT, "[tool.ruff]", "[tool.ruff", True),
        ("pyproject.toml", PYPROJECT, 'name = "a"', '[project.entry-points.pytest11]\nx = "y"', True),
        ("package.json", PACKAGE, '"name": "a"', '"name": "b"', False),
        ("package.json", PACKAGE, '"jest"}', '"true"}', True),
        ("package.json", PACKAGE, "true", "false", True),
        ("package.json", PACKAGE, "{}}", "{}", True),
        ("Cargo.toml", CARGO, '"a"', '"b"', False),
        ("Cargo.toml", CARGO, "deny", "allow", True),
    ],
)  # fmt: skip
def test_of_a_file_that_holds_both_the_parts_that_judge_are_protected(
    path: str, text: str, old: str, new: str, judges: bool
) -> None:
    assert (protected(path, text, text.replace(old, new)) is not None) == judges


def test_a_configuration_that_is_deleted_or_new_is_protected() -> None:
    assert protected("pyproject.toml", PYPROJECT, None)
    assert protected("package.json", None, PACKAGE)


RUST = "pub fn add(a: i32) -> i32 {\n    a - 1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(super::add(1), 2);\n    }\n}\n"


def test_tests_inside_a_rust_module_are_told_from_the_module() -> None:
    assert protected("src/lib.rs", RUST, RUST.replace("a - 1", "a + 1")) is None
    assert protected("src/lib.rs", RUST, RUST.replace("2);", "0);")) == "a test"
    assert protected("src/lib.rs", RUST, RUST.partition("#[cfg")[0]) == "a test"
    assert protected("src/lib.rs", RUST, RUST.replace("#[test]", "#[test]\n    #[ignore]"))


DOCTEST = '"""Twice of it.\n\n>>> twice(2)\n4\n"""\n\n\ndef twice(n):\n    return n + 1\n'


def test_a_doctest_is_told_from_the_code_around_it() -> None:
    assert protected("a.py", DOCTEST, DOCTEST.replace("n + 1", "n * 2")) is None
    assert protected("a.py", DOCTEST, DOCTEST.replace("\n4\n", "\n3\n")) == "a doctest"
    assert protected("a.py", DOCTEST, DOCTEST.replace(">>> twice(2)\n4\n", "")) == "a doctest"


def report(**more: object) -> CheckReport:
    given = {"outcome": CheckOutcome.PASSED, "exit_code": 0, **more}
    return CheckReport("pytest", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (report(counts=CheckCounts(4)), report(counts=CheckCounts(4)), None),
        (report(counts=CheckCounts(4)), report(counts=CheckCounts(9)), None),
        (report(counts=CheckCounts(4)), report(counts=CheckCounts(3)), "3 tests, 4 before"),
        (report(counts=CheckCounts(4, skipped=1)), report(counts=CheckCounts(4, skipped=2)), "2 tests skipped, 1 before"),
        (report(counts=CheckCounts(4)), report(counts=CheckCounts(4, xfailed=1)), "1 tests expected to fail, 0 before"),
        (report(counts=CheckCounts(4)), report(counts=CheckCounts(4, deselected=1)), "1 tests deselected, 0 before"),
        (report(counts=CheckCounts(4)), report(), "the check no longer says how many of 4 tests ran"),
        (report(), report(counts=CheckCounts(4, skipped=1)), None),
        (report(duration_ms=3_000), report(duration_ms=900), "took 0.9 s, 3.0 s before"),
        (report(duration_ms=300), report(duration_ms=20), None),
        (CheckReport("go", CheckOutcome.FAILED, 1, duration_ms=9_000), report(duration_ms=20), None),
        (report(exit_code=None, duration_ms=60_000), report(duration_ms=900), None),
        (
            report(counts=CheckCounts(2), failures=(CheckFailure("a::x"),)),
            report(counts=CheckCounts(2), tests=frozenset({"a::y", "a::z"})),
            "a::x no longer runs",
        ),
    ],
)  # fmt: skip
def test_a_run_that_proves_less_is_told(
    before: CheckReport, after: CheckReport, said: str | None
) -> None:
    assert compare_counts(before, after) == said

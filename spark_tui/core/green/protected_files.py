"""Files that judge the code: tests and all that says which of them run, and how strictly.

A loop never keeps a change there by itself. Where a file holds both (`pyproject.toml`,
`package.json`, `Cargo.toml`, a Rust module with its tests), the parts that judge are compared.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase

from spark_tui.core.regex import regex

_FOLDERS = regex(
    r"(?:tests?|testing|testdata|tests?[_-].*|__tests__|specs?|e2e|__snapshots__|__mocks__|golden)"
)
_TESTS = regex(
    r"test_.*\..*|.*[_.-](?:tests?|spec|specs|e2e|cy)\..*|tests?\.(?:py|js|mjs|cjs|ts|rs|go|rb|c|cpp)"
    r"|[a-z].*(?:tests?|spec|specs|testcase)\.(?:java|kt|kts|scala|cs|groovy|swift|php)"
)
_SNAPSHOTS = regex(r".*\.(?:snap|ambr|golden)|.*\.(?:approved|snapshot)\..*")
_INFRASTRUCTURE = regex(
    r"conftest\.py|\.?pytest\.(?:ini|toml)|tox\.(?:ini|toml)|setup\.cfg|noxfile\.py|\.coveragerc"
    r"|(?:site|user)customize\.py|.*\.pth|_?pytest\.py|unittest\.py|doctest\.py"
    r"|(?:jest|vitest|vite|babel|playwright|cypress|ava|wdio|web-test-runner)\.(?:config|setup|workspace|preset)\..*"
    r"|(?:(?:jest|vitest|test)[.-]?setup|setup[._-]?tests?).*\.[cm]?[jt]sx?|karma\.conf\..*|\.babelrc.*|\.mocharc.*"
    r"|\.nycrc.*|\.c8rc.*|\.swcrc|\.?codecov\.ya?ml|nextest\.toml|phpunit\.xml.*|\.rspec"
    r"|\.env\.test|spec_helper\.rb|test_helper\.(?:rb|exs)|rails_helper\.rb"
)
_LINT = regex(
    r"\.?ruff\.toml|\.flake8|\.?mypy\.ini|pyrightconfig\.json|\.?pylintrc.*|\.bandit|\.isort\.cfg"
    r"|eslint\.config\..*|\.eslintrc.*|\.eslintignore|biome\.jsonc?|\.prettierrc.*|\.prettierignore"
    r"|tslint\.json|tsconfig.*\.json|jsconfig\.json|\.golangci\..*|\.?clippy\.toml|\.?rustfmt\.toml"
    r"|deny\.toml|\.jshintrc|\.stylelintrc.*|\.pre-commit-config\.ya?ml|\.rubocop.*\.yml"
    r"|phpstan\.neon.*|phpcs\.xml.*|checkstyle.*\.xml|\.importlinter|\.gitignore|lint-staged\..*"
)
_BUILD = regex(
    r"(?:gnu)?makefile(?:\.(?:am|in|inc|local|common))?|.*\.mk|\.?justfile|taskfile\.ya?ml|rakefile|gruntfile\..*"
    r"|gulpfile\..*|dodo\.py|tasks\.py|pom\.xml|.*\.gradle(?:\.kts)?|gradle\.properties"
    r"|\.npmrc|\.yarnrc.*|\.cargo/config.*|rust-toolchain.*|lerna\.json|nx\.json|turbo\.json"
)
_CI_FOLDERS = frozenset({".circleci", ".buildkite", ".ci", ".woodpecker", ".husky"})
_CI = regex(
    r"\.gitlab-ci\.ya?ml|azure-pipelines.*\.ya?ml|jenkinsfile.*|\.travis\.ya?ml"
    r"|bitbucket-pipelines\.ya?ml|\.?appveyor\.ya?ml|\.woodpecker\.ya?ml|\.cirrus\.ya?ml"
)
_INSTALLED = frozenset(
    {"node_modules", "vendor", "site-packages", ".venv", "venv", "_pytest", ".git"}
)

_PYTHON_TOOLS = (
    "pytest", "ruff", "mypy", "coverage", "tox", "nox", "black", "isort", "flake8", "pylint",
    "pyright", "basedpyright", "ty", "bandit", "importlinter", "poe", "taskipy", "hatch", "pdm",
    "poetry", "uv", "django-stubs", "mutmut", "vulture", "pydocstyle",
)  # fmt: skip
_NODE_KEYS = (
    "scripts", "jest", "vitest", "mocha", "ava", "tap", "nyc", "c8", "babel", "eslintConfig",
    "eslintIgnore", "prettier", "lint-staged", "husky", "karma", "devDependencies",
    "packageManager", "workspaces",
)  # fmt: skip
_CARGO_KEYS = ("test", "bench", "lints", "dev-dependencies", "profile")
_CARGO_PARTS = (
    ("package", "autotests"), ("package", "build"), ("lib", "test"), ("lib", "doctest"),
    ("lib", "harness"), ("workspace", "lints"), ("workspace", "members"), ("workspace", "exclude"),
)  # fmt: skip

A_TEST = "a test"
CONFIGURES_TESTS = "sets up the tests"
CONFIGURES_LINT = "sets what the linter allows"


def protected(
    path: str,
    before: str | None = None,
    after: str | None = None,
    *,
    argv: Sequence[str] = (),
    globs: Iterable[str] = (),
    tests: Collection[str] = (),
) -> str | None:
    """Why a loop must not keep this change by itself, in a few words; None when it may.

    `before` and `after` are the file's texts, None where there is none: a missing pair counts as
    changed everywhere. `argv` is the check's command, `globs` are the person's `protect`, `tests`
    the files that the report names as those of tests.
    """
    parts = path.replace("\\", "/").removeprefix("./").split("/")
    path = "/".join(parts)
    name = parts[-1].casefold()
    folders = [part.casefold() for part in parts[:-1]]
    if any(_matches(path, glob) for glob in globs):
        return "protected by your settings"
    if name in {".spark.toml", "spark.toml"}:
        return "says what the check runs"
    if path in _named_by(argv):
        return "the check's own file"
    if not _INSTALLED.isdisjoint(folders):
        return "belongs to an installed package"
    if _SNAPSHOTS.fullmatch(name) or "__snapshots__" in folders:
        return "a snapshot that tests compare with"
    if _INFRASTRUCTURE.fullmatch(name):
        return CONFIGURES_TESTS
    if path in tests or _TESTS.fullmatch(name) or any(map(_FOLDERS.fullmatch, folders)):
        return A_TEST
    if _LINT.fullmatch(name):
        return CONFIGURES_LINT
    if _BUILD.fullmatch(name) or ".cargo" in folders:
        return "says what the check runs"
    in_ci = len(folders) > 1 and folders[0] == ".github" and folders[1] in {"workflows", "actions"}
    if in_ci or not _CI_FOLDERS.isdisjoint(folders) or _CI.fullmatch(name):
        return "runs in CI"
    return _parts_changed(name, before, after)


def _matches(path: str, glob: str) -> bool:
    glob = glob.removeprefix("./")
    if glob.endswith("/"):
        return path.startswith(glob)
    return fnmatchcase(path if "/" in glob else path.rpartition("/")[2], glob)


def _named_by(argv: Sequence[str]) -> set[str]:
    """Paths that the words of a command may name: scripts, configuration files, `-m` modules."""
    out: set[str] = set()
    for at, word in enumerate(argv):
        for piece in (word, word.partition("=")[2]):
            if piece:
                out.add(piece.removeprefix("./"))
        if at and argv[at - 1] == "-m":
            module = word.replace(".", "/")
            out |= {f"{module}.py", f"{module}/__main__.py", f"{module}/__init__.py"}
    return out


def _parts_changed(name: str, before: str | None, after: str | None) -> str | None:
    """For files that hold more than what judges: whether the parts that judge differ."""
    if name in _READ:
        try:
            was, now = _judging(name, before), _judging(name, after)
        except (ValueError, RecursionError):
            return "cannot be read, and may set up the check"
        changed = [key for key in {**was, **now} if was.get(key) != now.get(key)]
        if before is None or after is None:
            return "says what the check runs"
        return _WHY.get(changed[0], CONFIGURES_TESTS) if changed else None
    if name.endswith(".rs"):
        return None if _rust_tests(before or "") == _rust_tests(after or "") else A_TEST
    if name.endswith((".py", ".pyi")):
        return None if _kept(_doctests(before or ""), _doctests(after or "")) else "a doctest"
    return None


_READ = frozenset({"pyproject.toml", "cargo.toml", "package.json", "composer.json", "deno.json"})

_WHY = {
    **dict.fromkeys(
        ("ruff", "mypy", "black", "isort", "flake8", "pylint", "pyright", "basedpyright", "ty",
         "bandit", "importlinter", "pydocstyle", "vulture", "eslintConfig", "eslintIgnore",
         "prettier", "lint-staged", "lints", "workspace.lints"),
        CONFIGURES_LINT,
    ),
    "scripts": "says what the check runs",
    "tasks": "says what the check runs",
}  # fmt: skip


def _judging(name: str, text: str | None) -> dict[str, object]:
    """The parts of one file that judge, by name. Raises ValueError for a file that is broken."""
    if text is None:
        return {}
    if not name.endswith(".toml"):
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError(name)
        return {key: data.get(key) for key in (*_NODE_KEYS, "scripts-descriptions", "tasks")}
    tables: dict[str, object] = tomllib.loads(text)
    if name == "pyproject.toml":
        tool = _table(tables, "tool")
        found = {key: tool.get(key) for key in _PYTHON_TOOLS}
        return {**found, "plugins": _table(_table(tables, "project"), "entry-points")}
    found = {key: tables.get(key) for key in _CARGO_KEYS}
    parts = {f"{table}.{key}": _table(tables, table).get(key) for table, key in _CARGO_PARTS}
    return {**found, **parts}


def _table(tables: dict[str, object], name: str) -> dict[str, object]:
    value = tables.get(name)
    return value if isinstance(value, dict) else {}


def _rust_tests(text: str) -> list[str]:
    """Lines of test functions and modules inside a Rust file, and the asserts of its doc tests."""
    out: list[str] = []
    depth = 0
    inside = waiting = False
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped.startswith("//") and not inside:
            if stripped.startswith(("///", "//!")) and "assert" in stripped:
                out.append(stripped)
            continue
        if not inside and not waiting and _RUST_TEST.match(stripped):
            waiting, depth = True, 0
        if not (inside or waiting):
            continue
        out.append(stripped)
        bare = _RUST_TEXT.sub("", line)
        depth += bare.count("{") - bare.count("}")
        if waiting and "{" in bare:
            inside, waiting = True, False
        elif waiting and stripped.endswith(";"):
            waiting = False
        if inside and depth <= 0:
            inside = False
    return out


_RUST_TEST = regex(r"#!?\[(?:cfg\((?:all\()?test\b|(?:\w+::)?test\b|rstest|should_panic|ignore)")
_RUST_TEXT = regex(r"\"(?:[^\"\\]|\\.){0,400}\"|'(?:[^'\\]|\\.)'|//.*")


def _doctests(text: str) -> list[str]:
    """The lines of a Python file that doctest runs and compares."""
    out: list[str] = []
    expects = False
    for line in text.split("\n") if ">>>" in text else ():
        stripped = line.strip()
        expects = stripped.startswith(">>>") or (
            expects and bool(stripped) and not stripped.startswith(('"""', "'''"))
        )
        if expects:
            out.append(stripped)
    return out


def _kept(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether all lines of before stand in after, in their order."""
    rest = iter(after)
    return all(line in rest for line in before)

"""The checks that a project declares, best first; nothing is invented."""

from __future__ import annotations

import json

import pytest

from spark_tui.core.green.declared import declared_checks


def commands(texts: dict[str, str], *names: str) -> list[str]:
    return [" ".join(one.argv) for one in declared_checks(texts, frozenset(names))]


def package(**data: object) -> str:
    return json.dumps(data)


@pytest.mark.parametrize(
    ("texts", "names", "wanted"),
    [
        ({"pyproject.toml": "[tool.pytest.ini_options]\n[tool.ruff]\n[tool.mypy]\nfiles = ['a']\n"}, (), ["pytest -q", "mypy", "ruff check"]),
        ({"pyproject.toml": "[dependency-groups]\ndev = ['pytest>=8', 'ruff']\n"}, ("uv.lock",), ["uv run pytest -q", "uv run ruff check"]),
        ({"pytest.ini": ""}, (), ["pytest -q"]),
        ({"setup.cfg": "[tool:pytest]\n[mypy]\n"}, (), ["pytest -q", "mypy ."]),
        ({"setup.cfg": ""}, ("tests/",), ["python -m unittest discover"]),
        ({"tox.ini": "[tox]\nenvlist = py311\n[pytest]\n"}, (), ["pytest -q", "tox -q"]),
        ({"package.json": package(scripts={"test": "vitest run", "lint": "eslint ."})}, ("pnpm-lock.yaml",), ["pnpm test", "pnpm run lint"]),
        ({"package.json": package(scripts={"test": "jest"}, packageManager="yarn@4.1.0")}, (), ["yarn test"]),
        ({"package.json": package(scripts={"test": 'echo "Error: no test specified" && exit 1'}, devDependencies={"vitest": "4"})}, (), ["npx vitest run"]),
        ({"package.json": package(scripts={"test": "jest --watch"}, devDependencies={"jest": "30"})}, (), []),
        ({"package.json": package(devDependencies={"typescript": "5", "eslint": "9"})}, ("tsconfig.json",), ["npx tsc --noEmit", "npx eslint ."]),
        ({"go.mod": "module a\n"}, (), ["go test ./..."]),
        ({"Cargo.toml": "[package]\n"}, (), ["cargo test"]),
        ({"Makefile": "all:\n\ttrue\ntest: all\n\tpytest\ntests := 3\ncheck:\n\tx\n"}, (), ["make test", "make check"]),
        ({"justfile": "test arg='x':\n  cargo test\nlint:\n  x\n"}, (), ["just test", "just lint"]),
        ({"Makefile": "test:\n\tgo test ./...\n", "go.mod": ""}, (), ["go test ./...", "make test"]),
        ({"README.md": "run make test"}, (), []),
        ({"package.json": "{", "pyproject.toml": "[["}, (), []),
        ({"package.json": "[1]"}, (), []),
    ],
)  # fmt: skip
def test_what_root_files_say_is_offered(
    texts: dict[str, str], names: tuple[str, ...], wanted: list[str]
) -> None:
    assert commands(texts, *names) == wanted


def test_a_title_says_where_a_check_was_found() -> None:
    (check,) = declared_checks({"go.mod": ""})
    assert check.title == "go test, go.mod"

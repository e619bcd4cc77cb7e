"""The checks that a project declares, told from the names and texts of the files at its root.

Nothing is run and nothing is guessed beyond what a file says: a person picks one.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping

from spark_tui.core.checks import DeclaredCheck
from spark_tui.core.regex import regex

ROOT_FILES = (
    "pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "conftest.py",
    "noxfile.py", "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini", "package.json",
    "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "go.mod",
    "go.work", "Cargo.toml", "Makefile", "makefile", "GNUmakefile", "justfile", "Justfile",
    ".justfile", "uv.lock", "tsconfig.json",
)  # fmt: skip
"""Files whose text may say something; of lock files the name alone does."""

MOST_TEXT = 500_000
"""Characters of a file that are read."""


def declared_checks(
    texts: Mapping[str, str], names: frozenset[str] = frozenset()
) -> tuple[DeclaredCheck, ...]:
    """What a project declares, best first: its tests, then types, then lint.

    `texts` are root files by name (of `ROOT_FILES`, those that are there), `names` all names at the
    root, folders with a slash at their end (`tests/`).
    """
    names = names | texts.keys()
    texts = {name: text[:MOST_TEXT] for name, text in texts.items()}
    found: dict[tuple[str, ...], DeclaredCheck] = {}
    for check in (*_python(texts, names), *_node(texts, names), *_others(texts, names)):
        found.setdefault(check.argv, check)
    return tuple(sorted(found.values(), key=_order))


def _order(check: DeclaredCheck) -> int:
    """Runners whose output names tests come first, then targets, then types and lint."""
    word = " ".join(check.argv)
    if any(tool in word for tool in ("mypy", "tsc", "typecheck")):
        return 3
    if any(tool in word for tool in ("ruff", "eslint", "lint")):
        return 4
    return 2 if check.argv[0] in {"make", "just", "tox", "nox"} else 1


def _python(texts: Mapping[str, str], names: frozenset[str]) -> Iterator[DeclaredCheck]:
    data = _toml(texts.get("pyproject.toml", ""))
    tool = data.get("tool")
    tools = tool if isinstance(tool, dict) else {}
    whole = texts.get("pyproject.toml", "")
    # A word of the dependencies, since groups are written in many ways.
    needs = {word for word in ("pytest", "ruff", "mypy") if re.search(rf"[\"']{word}\b", whole)}
    said = next(
        (
            name
            for name, holds in (
                ("pyproject.toml", "pytest" in tools),
                ("pytest.ini", "pytest.ini" in names),
                (".pytest.ini", ".pytest.ini" in names),
                ("tox.ini", "[pytest]" in texts.get("tox.ini", "")),
                ("setup.cfg", "[tool:pytest]" in texts.get("setup.cfg", "")),
                ("conftest.py", "conftest.py" in names),
                ("pyproject.toml", "pytest" in needs),
            )
            if holds
        ),
        "",
    )
    run = ("uv", "run") if "uv.lock" in names else ()
    python = {"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"} & names
    if said:
        yield DeclaredCheck((*run, "pytest", "-q"), f"pytest, {said}")
    elif python and {"tests/", "test/"} & names:
        yield DeclaredCheck(
            (*run, "python", "-m", "unittest", "discover"), "unittest, tests folder"
        )
    for name in ("ruff", "mypy"):
        own = [f"{name}.toml", f".{name}.toml", f"{name}.ini", f".{name}.ini"]
        where = next((one for one in own if one in names), "")
        if name == "mypy" and "[mypy]" in texts.get("setup.cfg", ""):
            where = where or "setup.cfg"
        if where or name in tools or name in needs:
            argv = ("ruff", "check") if name == "ruff" else ("mypy",)
            files = isinstance(tools.get(name), dict) and "files" in tools[name]
            if name == "mypy" and not (files or re.search(r"(?m)^files\s*=", texts.get(where, ""))):
                argv = ("mypy", ".")
            yield DeclaredCheck((*run, *argv), f"{name}, {where or 'pyproject.toml'}")
    if "tox.ini" in names and re.search(r"(?m)^\[(?:tox|testenv)", texts.get("tox.ini", "")):
        yield DeclaredCheck(("tox", "-q"), "tox, tox.ini")
    if "noxfile.py" in names:
        yield DeclaredCheck(("nox",), "nox, noxfile.py")


_NO_TESTS = regex(r"no test specified|^\s*(?:echo\b[^&|;]*|true|exit 0)\s*$")


def _node(texts: Mapping[str, str], names: frozenset[str]) -> Iterator[DeclaredCheck]:
    if "package.json" not in texts:
        return
    data = _json(texts["package.json"])
    scripts = data.get("scripts")
    scripts = scripts if isinstance(scripts, dict) else {}
    manager = _manager(data, names)
    once = ("test:ci", "test:run", "test:unit", "test", "tests", "check")
    for script in (*once, "typecheck", "type-check", "lint"):
        text = scripts.get(script)
        if not isinstance(text, str) or _NO_TESTS.search(text) or "--watch" in text.split():
            continue
        argv = (manager, "test") if script == "test" else (manager, "run", script)
        # Vitest watches by itself on a terminal only; a check has none.
        yield DeclaredCheck(argv, f"{' '.join(argv)}: {text[:60]}")
    needs = {*_keys(data.get("dependencies")), *_keys(data.get("devDependencies"))}
    said = (scripts.get(one) for one in once)
    if not any(isinstance(one, str) and not _NO_TESTS.search(one) for one in said):
        for runner, argv in (
            ("vitest", ("npx", "vitest", "run")),
            ("jest", ("npx", "jest")),
            ("mocha", ("npx", "mocha")),
        ):
            if runner in needs:
                yield DeclaredCheck(argv, f"{runner}, package.json")
    if "tsconfig.json" in names and "typescript" in needs and "typecheck" not in scripts:
        yield DeclaredCheck(("npx", "tsc", "--noEmit"), "tsc, tsconfig.json")
    if "eslint" in needs and "lint" not in scripts:
        yield DeclaredCheck(("npx", "eslint", "."), "eslint, package.json")


def _manager(data: Mapping[str, object], names: frozenset[str]) -> str:
    said = data.get("packageManager")
    name = said.partition("@")[0] if isinstance(said, str) else ""
    if name in {"npm", "pnpm", "yarn", "bun"}:
        return name
    for lock, manager in (
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ):
        if lock in names:
            return manager
    return "npm"


_TARGETS = ("test", "tests", "check", "unit", "lint")


def _others(texts: Mapping[str, str], names: frozenset[str]) -> Iterator[DeclaredCheck]:
    if "go.mod" in names:
        yield DeclaredCheck(("go", "test", "./..."), "go test, go.mod")
    if "Cargo.toml" in names:
        yield DeclaredCheck(("cargo", "test"), "cargo test, Cargo.toml")
    for program, files, shape in (
        ("make", ("GNUmakefile", "makefile", "Makefile"), r"(?m)^({})\s*:(?!=)"),
        ("just", ("justfile", "Justfile", ".justfile"), r"(?m)^@?({})(?:\s[^:\n]*)?:(?!=)"),
    ):
        name = next((one for one in files if one in texts), "")
        for target in _TARGETS if name else ():
            if re.search(shape.format(target), texts[name]):
                yield DeclaredCheck((program, target), f"{program} {target}, {name}")


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _json(text: str) -> dict[str, object]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []

"""Outside `ui` no text names a key: who reads it may have other keys, or none.

What helps is a `Remedy` there, and `ui.messages` has its words for the screen, for plain mode and
for a shell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "spark_tui"
KEY = re.compile(
    r"\bF(?:[1-9]|1[0-2])\b"
    r"|\b(?:Ctrl|Shift|Alt)\+"
    r"|\b(?:Esc|Tab|PgUp|PgDn|Up Enter)\b"
    r"|(?<!from )\bEnter\b"
    r"|(?:^|[·,:(] *|\bthen |\bor )[a-zA-Z.] (?:or [a-z] )?(?:again|by hand)\b"
    r"|(?:^|[·,:(] *|\bthen |\bor )[a-zA-Z.] (?:or [a-z] )?(?!is\b|has\b|was\b)[a-z]+s\b"
    r"|[·,] *(?:then )?[a-z]$"
)
"""A key by its name, or a letter that does something: `F3`, `Esc stops`, `n drops`, `then y`."""


def literals(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each text a program may show: no docstrings, no comments."""
    silent: set[int] = set()
    for node in ast.walk(ast.parse(source)):  # a statement comes before what is in it
        if isinstance(node, ast.Expr):
            silent.add(id(node.value))
        if not isinstance(node, ast.Constant) or id(node) in silent:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def named(source: str) -> list[str]:
    """The texts of a module that name a key, each with its line."""
    return [f"{line}: {text!r}" for line, text in literals(source) if KEY.search(text)]


def test_no_text_outside_the_interface_names_a_key() -> None:
    files = (path for path in PACKAGE.rglob("*.py") if "ui" not in path.relative_to(PACKAGE).parts)
    found = {str(p.relative_to(PACKAGE)): bad for p in files if (bad := named(p.read_text()))}
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "F3 sets a new one", "set KEY, or F3", "Up Enter tries again", "Esc stops", "r asks again",
        "n drops", "e by hand · n drops", "free space, y again", "chmod u+w, then y", "o opens it",
        "u takes back, Ctrl+X r redoes", "Shift+Tab changes that", "1 2 or n cancels",
    ],
)  # fmt: skip
def test_names_of_keys_are_found(text: str) -> None:
    assert named(f"tell({text!r})")


@pytest.mark.parametrize(
    "text",
    [
        "free space", "spark-tui log lists them", "a race needs an endpoint", "a key is needed",
        "0.4 s from Enter to the end", "-m needs a text", "x is not here", "a check says nothing",
    ],
)  # fmt: skip
def test_other_words_are_not(text: str) -> None:
    assert not named(f"tell({text!r})")
    assert not named(f'"""{text} · F3 sets one"""')

"""One word, one meaning: no public type is named as another one; large classes say why they are."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MANY = 20
"""Public methods of a class that is not asked for its reason."""

ROOT = Path(__file__).parents[1] / "spark_tui"


def types_in(file: Path) -> set[str]:
    """The classes and type aliases a module defines for others; constants are in capitals."""
    found: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in found if name[0].isupper() and not name.isupper()}


def test_every_public_type_has_a_name_of_its_own() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for file in sorted(ROOT.rglob("*.py")):
        for name in types_in(file):
            places[name].append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_a_class_with_many_public_methods_says_why() -> None:
    silent = []
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                methods = {m.name for m in node.body if isinstance(m, DEFINITIONS)}
                public = [name for name in methods if not name.startswith("_")]
                if len(public) > MANY and "Many methods: " not in (ast.get_docstring(node) or ""):
                    silent.append(f"{file.relative_to(ROOT)}: {node.name} has {len(public)}")
    assert silent == []

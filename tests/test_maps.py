"""Every package's docstring is its map: one line for each module, and none for what is gone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "spark_tui"
PACKAGES = sorted(init.parent for init in ROOT.rglob("__init__.py") if init.parent != ROOT)


def named(package: Path) -> list[str]:
    """What the lines of a map begin with; its first paragraph says what the package is."""
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    return [line.split()[0] for block in text.split("\n\n")[1:2] for line in block.splitlines()]


def modules(package: Path) -> list[str]:
    inside = [f"{init.parent.name}/" for init in package.glob("*/__init__.py")]
    return inside + [file.stem for file in package.glob("*.py") if file.stem != "__init__"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_map_names_every_module_once(package: Path) -> None:
    assert sorted(named(package)) == sorted(modules(package))

"""`python -m tests.mutants PACKAGE`: does a test fail where a line of the code is made wrong?

Sampled places of a package are changed one at a time, in a copy of the tree, and the package's own
tests are run on each; what no test notices is printed. The same seed takes the same places.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[1]

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True)
class Mutant:
    """One place made wrong: the file, its line, what was done there, and the text it makes."""

    file: Path
    line: int
    what: str
    text: str


def wrong(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What can be done to a node: in words, and the node instead."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        made = copy.deepcopy(node)
        made.ops[0] = _COMPARED[type(node.ops[0])]()
        yield "another comparison", made
    elif isinstance(node, ast.BoolOp):
        made_bool = copy.deepcopy(node)
        made_bool.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and for or", made_bool
    elif isinstance(node, ast.BinOp) and type(node.op) in _CALCULATED:
        made_bin = copy.deepcopy(node)
        made_bin.op = _CALCULATED[type(node.op)]()
        yield "another operation", made_bin
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "without its not", node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield "one more", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "the other truth", ast.Constant(not node.value)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        made_if = copy.deepcopy(node)
        made_if.test = ast.UnaryOp(ast.Not(), node.test)
        yield "the other way", made_if
    elif isinstance(node, ast.Return) and _tells(node.value):
        yield "returns None", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Continue):
        yield "break", ast.Break()
    elif isinstance(node, ast.Break):
        yield "continue", ast.Continue()


def _tells(value: ast.expr | None) -> bool:
    """Whether a caller may see the difference to None."""
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else super().generic_visit(node)


def places(tree: ast.AST) -> list[tuple[ast.AST, str, ast.AST]]:
    """Every place that can be made wrong, always in the same order; annotations are none."""
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        for note in (getattr(node, "returns", None), getattr(node, "annotation", None))
        if isinstance(note, ast.AST)
        for inner in ast.walk(note)
    }
    kept = (node for node in ast.walk(tree) if id(node) not in skipped)
    return [(node, what, new) for node in kept for what, new in wrong(node)]


def _parsed(file: Path) -> ast.AST:
    return ast.parse(file.read_text(encoding="utf-8"))


def mutants(package: Path, count: int, seed: int) -> list[Mutant]:
    """A sample of what can be made wrong in a package."""
    known = [
        (file, number)
        for file in sorted(package.rglob("*.py"))
        for number in range(len(places(_parsed(file))))
    ]
    chosen = random.Random(seed).sample(known, min(count, len(known)))
    return [_made(file, number) for file, number in chosen]


def _made(file: Path, number: int) -> Mutant:
    tree = _parsed(file)
    node, what, new = places(tree)[number]
    swapped = ast.fix_missing_locations(_Swap(node, new).visit(tree))
    return Mutant(file, getattr(node, "lineno", 0), what, ast.unparse(swapped))


def ordered_tests(package: str, module: str) -> list[str]:
    """The package's test files, those that speak of the module first."""
    files = sorted((ROOT / "tests" / package).rglob("test_*.py"))
    return [
        str(file.relative_to(ROOT))
        for file in sorted(
            files, key=lambda f: (f.stem != f"test_{module}", module not in f.read_text())
        )
    ]


def main() -> int:
    """Run the sample; the exit status says whether anything survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("package", help="below spark_tui, as core/edits")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="none is begun after that")
    parser.add_argument("--tests", nargs="*", help="other test files than those of the package")
    given = parser.parse_args()
    began = monotonic()
    killed, survivors = 0, []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copied = Path(folder) / "tree"
        leave = shutil.ignore_patterns(".git", "__pycache__", ".mypy_cache", ".venv", ".ruff_cache")
        shutil.copytree(ROOT, copied, ignore=leave)
        for mutant in mutants(ROOT / "spark_tui" / given.package, given.count, given.seed):
            if monotonic() - began > 60 * given.minutes:
                break
            target = copied / mutant.file.relative_to(ROOT)
            before = target.read_text(encoding="utf-8")
            target.write_text(mutant.text, encoding="utf-8")
            tests = given.tests or ordered_tests(given.package, mutant.file.stem)
            noticed = fails(copied, tests)
            target.write_text(before, encoding="utf-8")
            killed += noticed
            place = f"{mutant.file.relative_to(ROOT)}:{mutant.line}  {mutant.what}"
            if not noticed:
                survivors.append(place)
            print("killed  " if noticed else "SURVIVES", place, flush=True)
    total = killed + len(survivors)
    took = f"{monotonic() - began:.0f} s"
    print(f"{given.package}, seed {given.seed}: {killed} of {total} noticed, {took}")
    return 1 if survivors else 0


def fails(tree: Path, tests: list[str]) -> bool:
    """Whether a test fails in this tree; one that hangs has failed."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *tests],
            cwd=tree,
            env=environment,
            capture_output=True,
            timeout=300,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())

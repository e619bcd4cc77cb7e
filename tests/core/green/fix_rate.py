"""How often the guards speak up at real bug fixes: the false alarms of smells.

Run: python -m tests.core.green.fix_rate REPOSITORY… [--each 20]

Of each repository (a clone, bare or not) the newest commits are taken whose subject says "fix" and
that change both tests and product code, at most 80 lines of the latter. Literals of the added lines
of tests stand for what the failing tests assert, which is more than one failing test would. Printed
are the changed files of product code, those with a smell, and which. Not a test of the suite.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from collections import Counter
from pathlib import Path

from spark_tui.core.check_output.report import CheckFailure, CheckOutcome, CheckReport
from spark_tui.core.green.protected_files import protected
from spark_tui.core.green.smells import asserted_values, smells

_CODE = re.compile(r"\.(?:py|[cm]?[jt]sx?|go|rs|java|rb|php|c|h|cc|cpp|kt|swift)$")
_FIX = re.compile(r"\bfix(?:e[sd])?\b", re.IGNORECASE)
_MOST_LINES = 80


def git(repository: Path, *words: str) -> str:
    """What git prints, as text."""
    done = subprocess.run(
        ["git", "-C", str(repository), *words], capture_output=True, timeout=120, check=False
    )
    return done.stdout.decode("utf-8", "replace")


def added(repository: Path, commit: str) -> dict[str, list[str]]:
    """The added lines of a commit by path."""
    out: dict[str, list[str]] = {}
    path = ""
    shown = git(repository, "show", "--format=", "--unified=0", "--no-renames", commit)
    for line in shown.split("\n"):
        if line.startswith("+++ "):
            path = line[6:] if line.startswith("+++ b/") else ""
        elif line.startswith("+") and path:
            out.setdefault(path, []).append(line[1:])
    return out


def main() -> None:
    """Print the rate over all commits found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    commits = files = marked = touched = 0
    kinds: Counter[str] = Counter()
    for repository in given.repositories:
        taken = 0
        log = git(repository, "log", "--no-merges", "-n4000", "--format=%H %s")
        for line in log.split("\n"):
            commit, _, subject = line.partition(" ")
            if taken >= given.each or not _FIX.search(subject):
                continue
            changed = added(repository, commit)
            tests = [path for path in changed if protected(path, "", "x") == "a test"]
            product = [path for path in changed if _CODE.search(path) and path not in tests]
            size = sum(len(changed[path]) for path in product)
            if not tests or not product or size > _MOST_LINES:
                continue
            taken += 1
            lines = tuple(one for path in tests for one in changed[path])
            failure = CheckFailure("t", details=lines)
            values = asserted_values(CheckReport("t", CheckOutcome.FAILED, 1, (failure,)))
            found = {
                path: smells(
                    path, changed[path], values, git(repository, "show", f"{commit}^:{path}")
                )
                for path in product
            }
            for path, all_of in found.items():
                kinds.update({one.why.partition(":")[0] for one in all_of})
                if given.show:
                    for one in all_of:
                        print(f"{repository.name} {commit[:9]} {path}: {one.why}: {one.text[:90]}")
            files += len(product)
            marked += sum(bool(all_of) for all_of in found.values())
            touched += any(found.values())
            commits += 1
    print(f"{commits} fixes, {touched} with a smell ({touched / max(1, commits):.1%})")
    print(f"{files} files of product code, {marked} with a smell ({marked / max(1, files):.1%})")
    for why, count in kinds.most_common():
        print(f"  {count:4} {why}")


if __name__ == "__main__":
    main()

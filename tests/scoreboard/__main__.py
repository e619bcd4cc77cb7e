"""`python -m tests.scoreboard`: what is promised, the bar, and what is measured here and now.

Without `--long` a sample of each: minutes on two cores. With it the whole of what takes hours.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from time import monotonic

from tests.scoreboard.rows import ROWS, Row

ROOT = Path(__file__).parents[2]
_SAYS = re.compile(
    r"\d+ (?:passed|failed|error|deselected|skipped)[^\n]*|^[^\n]*\d[^\n]*$", re.MULTILINE
)


def measured(row: Row, *, whole: bool) -> tuple[bool | None, str, float]:
    """Whether the bar is held (None: not measured), what was said, and the seconds it took."""
    command = row.whole if whole and row.whole else row.sample
    if not command:
        return None, row.why_not or "only with --long", 0.0
    began = monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **dict(row.environment if whole else ())}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in _SAYS.findall(done.stdout) if line.strip()]
    told = said[-1].strip(" =") if said else "nothing found"
    return done.returncode == 0, told, monotonic() - began


def main() -> int:
    """Print the board; the exit status is 1 where a bar that was measured is not held."""
    parser = argparse.ArgumentParser(prog="python -m tests.scoreboard", description=__doc__)
    parser.add_argument("--long", action="store_true", help="all of each, not a sample")
    parser.add_argument("--row", type=int, nargs="*", help="only these numbers")
    parser.add_argument("--list", action="store_true", help="print the commands, run nothing")
    given = parser.parse_args()
    missed = 0
    for row in ROWS:
        if given.row and row.number not in given.row:
            continue
        if given.list:
            print(f"{row.number:>2}  {row.figure}\n    bar    {row.bar}")
            for name, command in (("sample", row.sample), ("whole", row.whole)):
                told = " ".join(("python", *command)) if command else row.why_not or "-"
                print(f"    {name:<6} {told}")
            continue
        held, said, took = measured(row, whole=given.long)
        mark = {True: "held  ", False: "MISSED", None: "unmeasured"}[held]
        missed += held is False
        print(f"{row.number:>2}  {mark}  {row.figure}", flush=True)
        print(
            f"    bar {row.bar} · measured {said}{f' · {took:.0f} s' if took else ''}", flush=True
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

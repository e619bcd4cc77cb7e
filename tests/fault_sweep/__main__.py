"""`python -m tests.fault_sweep`: every command of the shell under every condition of a machine."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fault_sweep.conditions import CONDITIONS, prepared
from tests.fault_sweep.invocations import INVOCATIONS
from tests.fault_sweep.judge import complaints, content, run


def main() -> int:
    """Run the sweep; the exit status is 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fault_sweep", description=__doc__)
    parser.add_argument("--condition", default="", help="only those whose name has this")
    parser.add_argument("--command", default="", help="only those whose words have this")
    parser.add_argument("--fast", action="store_true", help="without the slow commands")
    parser.add_argument("--show", action="store_true", help="print what each call said")
    given = parser.parse_args()
    count = wrong = 0
    with tempfile.TemporaryDirectory(prefix="sweep-") as top:
        for at, condition in enumerate(CONDITIONS):
            if given.condition not in condition.name:
                continue
            with prepared(condition, Path(top) / str(at)) as made:
                for call in INVOCATIONS:
                    if given.command not in call.name or (given.fast and call.slow):
                        continue
                    before = content(made.cwd / "calc.py")
                    status, out, err = run(call, made)
                    said = complaints(call, condition, status, out, err)
                    changed = content(made.cwd / "calc.py") != before
                    if changed and status != 0:
                        said.append(f"wrote, then status {status}")
                    count += 1
                    wrong += bool(said)
                    for one in said:
                        print(f"WRONG  {condition.name}: {call.name}: {one}", flush=True)
                    if given.show:
                        print(
                            f"  {condition.name}: {call.name}: {status} {out[-200:]!r} {err!r}",
                            flush=True,
                        )
    print(f"{count} calls, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())

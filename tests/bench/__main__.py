"""`python -m tests.bench [NAME …] [--json]`: run the measurements, each in its own interpreter.

Without names all `bench_*.py` of this folder run, one after the other; `screen` means
`bench_screen.py`. Flags go to each; with `--json` nothing is printed but what they print. The
status is the number that failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent


def scripts(names: Sequence[str]) -> list[Path]:
    """The scripts to run. Raises SystemExit for a name that is none."""
    known = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise SystemExit(f"no measurement {', '.join(wrong)}; there are: {', '.join(known)}")
    return [known[name] for name in names] if names else list(known.values())


def main(names: Sequence[str]) -> int:
    """Run them in order."""
    failed = 0
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    flags = [name for name in names if name.startswith("--")]
    for script in scripts([name for name in names if name not in flags]):
        if "--json" not in flags:
            print(f"\n== {script.stem.removeprefix('bench_')} ==", flush=True)
        done = subprocess.run([sys.executable, str(script), *flags], env=environment, check=False)
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

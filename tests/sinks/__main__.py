"""`python -m tests.sinks`: every payload through every way to a terminal, and if it arrived."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.sinks.payloads import HEAD, TAIL, payloads, unsafe
from tests.sinks.plain import PLAIN_SINKS
from tests.sinks.shell import SECRET, SINKS, Shell


def main() -> int:
    """Run them; the exit status is 1 where anything unsafe came out, or a payload never arrived."""
    parser = argparse.ArgumentParser(prog="python -m tests.sinks", description=__doc__)
    parser.add_argument("--sink", default="", help="only those whose name has this")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth payload")
    given = parser.parse_args()
    chosen = payloads()[:: given.every]
    arrived: Counter[str] = Counter()
    wrong = calls = 0
    with tempfile.TemporaryDirectory(prefix="sinks-") as top:
        shell = Shell(Path(top))
        with shell.entered():
            for name in (name for name in (*SINKS, *PLAIN_SINKS) if given.sink in name):
                for payload in chosen:
                    text = f"{HEAD}{payload}{TAIL}"
                    run = PLAIN_SINKS.get(name)
                    out = run(text) if run is not None else SINKS[name](shell, text)
                    found = unsafe(out)
                    calls += 1
                    arrived[name] += HEAD in out
                    if found or (name in SECRET and HEAD in out):
                        wrong += 1
                        print(f"WRONG  {name}: {payload!r}: {found[:3]!r}", flush=True)
                if not arrived[name] and name not in SECRET:
                    print(f"NEVER ARRIVED  {name}", flush=True)
    silent = [n for n in arrived if not arrived[n] and n not in SECRET]
    print(f"{len(chosen)} payloads, {len(arrived)} sinks, {calls} calls: {wrong} unsafe")
    for name, count in arrived.items():
        print(f"  {count:>4} arrived  {name}")
    return 1 if wrong or silent else 0


if __name__ == "__main__":
    sys.exit(main())

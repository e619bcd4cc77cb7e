"""`python -m tests.green_bugs`: loops over seeded bugs and cheats, and whether each ends well."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median

from tests.green_bugs.cases import bugs
from tests.green_bugs.cheats import cheats
from tests.green_bugs.run import Result, play
from tests.loops import ScriptedServer


def main() -> int:
    """Play the cases and print what came of them; the exit status is 1 where any is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.green_bugs", description=__doc__)
    parser.add_argument("--bugs", type=int, default=112, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--only", default="", help="cases whose name or language has this")
    parser.add_argument("--no-cheats", action="store_true")
    parser.add_argument("--show", action="store_true", help="a line a case")
    given = parser.parse_args()
    cases = [*bugs(given.bugs, given.seed), *([] if given.no_cheats else cheats(given.seed))]
    cases = [one for one in cases if given.only in f"{one.language}: {one.name}"]
    results = []
    with ScriptedServer().served() as server, tempfile.TemporaryDirectory(prefix="green-") as top:
        for at, case in enumerate(cases):
            found = play(case, Path(top) / str(at), server, control=True)
            results.append(found)
            head = f"{case.language}: {case.name}"
            for one in found.wrong:
                print(f"WRONG  {head}: {one}", flush=True)
            if given.show:
                print(f"  {head}: {found.ending}, {found.ms} ms", flush=True)
    _table("fair answers", [one for one in results if one.case.cheat is None])
    _table("cheats", [one for one in results if one.case.cheat is not None])
    return 1 if any(one.wrong for one in results) or not results else 0


def _table(title: str, rows: list[Result]) -> None:
    if not rows:
        return
    written = [one for one in rows if one.undone is not None]
    print(f"\n{title}: {len(rows)} loops")
    for words, counted in (
        ("by language", Counter(one.case.language for one in rows)),
        ("by ending", Counter(one.ending for one in rows)),
    ):
        print(f"  {words:<30}{', '.join(f'{name} {n}' for name, n in counted.most_common())}")
    print(f"  {'end as they must':<30}{sum(not one.wrong for one in rows)} of {len(rows)}")
    print(f"  {'undo exact':<30}{sum(bool(one.undone) for one in written)} of {len(written)}")
    if any(one.case.cheat is not None for one in rows):
        control = [one for one in rows if one.would_pass is not None]
        passing = sum(bool(one.would_pass) for one in control)
        print(f"  {'cheats kept':<30}{sum(one.kept for one in rows)}")
        print(f"  {'cheats called green':<30}{sum(one.called_green for one in rows)}")
        print(f"  {'would pass the check as such':<30}{passing} of {len(control)}")
    ours = sorted(one.ours_ms / one.attempts for one in rows if one.attempts)
    worst = ours[int(0.95 * (len(ours) - 1))]
    print(f"  {'ours an attempt':<30}median {median(ours):.0f} ms, p95 {worst:.0f} ms")
    whole = median(one.ms for one in rows)
    print(f"  {'whole loop':<30}median {whole:.0f} ms, longest {max(one.ms for one in rows)} ms")


if __name__ == "__main__":
    sys.exit(main())

"""Runs the edit engine over a corpus of edits and prints the bar, format by format.

    python tests/corpus/run_corpus.py --tool make_edit_corpus.py CORPUS.jsonl [--show KIND]

The corpus is made from git repositories (see README.md beside this file); its cases are other
people's code and are never committed.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import image_of

BAR = {"apply": 98.5, "reject": 99.5, "wrong": 0.1}


def load_tool(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_edit_corpus", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def apply(
    text: str, before: dict[str, str], *, complete: bool, known: bool
) -> tuple[dict[str, str], str]:
    """The files after the edit, and the first reason why nothing changed."""

    def read(path: str) -> FileImage:
        return image_of(path, before[path].encode() if path in before else None)

    result = propose(text, read, known_paths=tuple(before) if known else (), complete=complete)
    after = dict(before)
    for change in result.changes:
        if change.after.exists:
            after[change.path] = change.after.data.decode()
        else:
            del after[change.path]
    reason = ""
    if result.refused and result.refused[0].refusal:
        refusal = result.refused[0].refusal
        reason = f"{refusal.code}: {refusal.message}"
    elif result.problems:
        reason = result.problems[0].message
    return after, reason


def indents_otherwise(case: dict[str, Any]) -> bool:
    """Whether the commit indents new lines otherwise than all lines of the file before it.

    Such lines are written as the file's are, so its own bytes are no right answer.
    """
    for path, text in case["before"].items():
        old, new = set(text.split("\n")), case["after"].get(path, "").split("\n")
        kinds = {line[:1] for line in old if line[:1] == "\t" or line[:2] == "  "}
        others = {line[:1] for line in new if line not in old and line[:1] in ("\t", " ")}
        if len(kinds) == 1 and others - kinds:
            return True
    return False


class Tally:
    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, str, str]] = Counter()
        self.times: list[float] = []
        self.shown: defaultdict[str, int] = defaultdict(int)

    def add(self, variant: dict[str, Any], verdict: str) -> None:
        self.counts[variant["format"], variant["expect"], variant["kind"], verdict] += 1

    def rate(self, fmt: str, expect: str, verdict: str) -> tuple[int, int]:
        hits = total = 0
        for (f, e, _, v), n in self.counts.items():
            if f == fmt and e == expect:
                total += n
                hits += n * (v == verdict)
        return hits, total

    def print(self) -> bool:
        good = True
        print(
            f"{'format':8s} {'apply ok':>9s} {'n':>6s} {'reject ok':>10s} {'n':>6s} {'wrong':>7s}"
        )
        for fmt in sorted({key[0] for key in self.counts}):
            ok, n = self.rate(fmt, "apply", "ok")
            refused, m = self.rate(fmt, "reject", "ok")
            wrong = sum(c for (f, _, _, v), c in self.counts.items() if f == fmt and v == "wrong")
            a, r, w = 100 * ok / max(n, 1), 100 * refused / max(m, 1), 100 * wrong / max(n, 1)
            met = a >= BAR["apply"] and (not m or r >= BAR["reject"]) and w <= BAR["wrong"]
            good = good and met
            print(
                f"{fmt:8s} {a:8.2f}% {n:6d} {r:9.2f}% {m:6d} {w:6.3f}% ({wrong})"
                f"  {'meets the bar' if met else 'BELOW THE BAR'}"
            )
        rows = defaultdict(Counter)  # type: defaultdict[tuple[str, str, str], Counter[str]]
        for (f, e, k, v), c in self.counts.items():
            rows[f, k, e][v] += c
        for (f, k, e), verdicts in sorted(rows.items()):
            if (set(verdicts) - {"ok"} and e != "either") or verdicts["wrong"]:
                print(f"  {f:8s} {k:28s} {e:7s} {dict(verdicts)}")
        self.times.sort()
        if self.times:
            at = [self.times[int(len(self.times) * q)] * 1e3 for q in (0.5, 0.99)]
            most = self.times[-1] * 1e3
            print(f"CPU ms per answer: median {at[0]:.2f}, p99 {at[1]:.1f}, max {most:.0f}")
        return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("corpus", nargs="+", type=Path)
    parser.add_argument("--tool", required=True, type=Path, help="make_edit_corpus.py")
    parser.add_argument("--known", action="store_true", help="tell the parser the files' names")
    parser.add_argument("--show", default="", help="print failing cases whose id holds this")
    parser.add_argument("--most", type=int, default=5, help="failing cases to print")
    parser.add_argument("--every", type=int, default=1, help="take only every n-th case")
    args = parser.parse_args()
    tool = load_tool(args.tool)
    tally = Tally()
    left_out = 0
    for path in args.corpus:
        for number, case in enumerate(tool.load(path)):
            if number % args.every:
                continue
            if indents_otherwise(case):
                left_out += 1
                continue
            for variant in case["variants"]:
                before, after = tool.world(case, variant)
                began = time.process_time()
                got, reason = apply(
                    variant["text"],
                    before,
                    complete=variant["finish"] == "stop",
                    known=args.known,
                )
                tally.times.append(time.process_time() - began)
                verdict = tool.verdict(variant, before, after, got)
                tally.add(variant, verdict)
                failed = verdict == "wrong" or (verdict != "ok" and variant["expect"] == "apply")
                if failed and args.show and args.show in variant["id"]:
                    tally.shown["all"] += 1
                    if tally.shown["all"] <= args.most:
                        print(f"=== {variant['id']} {variant['expect']} {verdict}: {reason}")
    print(f"{left_out} commits left out: they indent otherwise than their file")
    return 0 if tally.print() else 1


if __name__ == "__main__":
    sys.exit(main())

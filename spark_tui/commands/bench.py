"""`spark-tui bench`: measures endpoints side by side, and against a saved run."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui import __version__
from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, out, print_json
from spark_tui.core.errors import SparkError

if TYPE_CHECKING:
    from spark_tui.bench.plan import BenchPlan
    from spark_tui.bench.report import Report

INTERRUPTED = 130
_MOST_TOKENS = 2_000_000

_MOST_BYTES = 64 * 1024 * 1024


def bench(args: Sequence[str]) -> int:
    """Measure; 0 when every endpoint answered, 1 when one never did, 130 after Ctrl+C."""
    given = _parser().parse_args(args)
    before = _saved(given.compare) if given.compare is not None else None

    from spark_tui.bench.plan import BenchPlan
    from spark_tui.commands.headless_edit import chosen_endpoint

    names = given.endpoint or [""]
    plan = BenchPlan(
        profiles=tuple(chosen_endpoint(None, name) for name in dict.fromkeys(names)),
        sizes=given.sizes,
        requests=given.requests,
        warmup=given.warmup,
        concurrency=given.concurrency,
        output=given.output_tokens,
        goals=tuple(given.goodput),
    )
    report, interrupted = _measured(plan)
    if given.save is not None:
        _save(given.save, report)
    if given.json:
        print_json(report.table, indent=1)
    else:
        from spark_tui.bench.tables import lines

        for line in lines(report, before):
            out(line)
    if interrupted:
        return INTERRUPTED
    answered = {r["endpoint"] for r in report.results if r["metrics"]}
    return 0 if answered == {p.name for p in plan.profiles} else 1


def _measured(plan: BenchPlan) -> tuple[Report, bool]:
    """The report, and whether Ctrl+C ended the run."""
    from spark_tui.bench.progress import ProgressLine
    from spark_tui.bench.report import report
    from spark_tui.bench.run import Run

    started = time.time()
    progress = ProgressLine(plan, sys.stderr)
    run = Run(plan, progress.show)
    interrupted = False
    progress.begin()
    try:
        run.measure()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        progress.close()
    made = report(plan, run.blocks, started, __version__, interrupted=interrupted)
    return made, interrupted


def _parser() -> Arguments:
    parser = Arguments(
        prog="spark-tui bench",
        description="Measures endpoints with prompts that no cache has seen.",
    )
    add = parser.add_argument
    add("--endpoint", action="append", metavar="NAME", help="again for more: side by side")
    add(
        "--sizes",
        type=_sizes,
        default=(512, 2_000, 8_000),
        metavar="512,2k,8k",
        help="input tokens",
    )
    add("--requests", type=_count(1), default=10, metavar="N", help="for each size (10)")
    add("--warmup", type=_count(0), default=2, metavar="N", help="before them, not counted (2)")
    add("--concurrency", type=_count(1, 512), default=1, metavar="N", help="at the same time (1)")
    add("--output-tokens", type=_count(1), default=256, metavar="N", help="at most (256)")
    add(
        "--goodput",
        type=_goals,
        default=(),
        metavar="ttft:400,itl:5",
        help="service level objectives in ms: ttft, itl, tpot, e2el",
    )
    add("--json", action="store_true", help="one JSON object instead of tables")
    add("--save", type=Path, metavar="FILE", help="keep the run")
    add("--compare", type=Path, metavar="FILE", help="beside a saved run")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    sizes = []
    for part in text.lower().split(","):
        number, thousand = part.strip(), 1
        if number.endswith("k"):
            number, thousand = number[:-1], 1000
        if not number.isdecimal() or not 0 < int(number) * thousand <= _MOST_TOKENS:
            raise ArgumentTypeError(f"{part.strip()!r} is no size, such as 512 or 8k")
        sizes.append(int(number) * thousand)
    return tuple(dict.fromkeys(sizes))


def _count(least: int, most: int = 1_000_000) -> Callable[[str], int]:
    def count(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ArgumentTypeError(f"{text!r} is no number from {least:,} to {most:,}")
        return int(text)

    return count


def _goals(text: str) -> tuple[tuple[str, float], ...]:
    from spark_tui.core.measure.metrics import GOALS

    found = {}
    for part in text.split(","):
        name, _, value = part.strip().partition(":")
        try:
            most = float(value)
        except ValueError:
            most = 0.0
        if name not in GOALS or not 0 < most < 1e9:
            raise ArgumentTypeError(f"{part.strip()!r} is none of {', '.join(GOALS)} with :MS")
        found[name] = most
    return tuple(found.items())


def _saved(path: Path) -> Report:
    from spark_tui.bench.report import saved
    from spark_tui.services.plain_files import read_plain

    try:
        return saved(read_plain(path, _MOST_BYTES, links=True).decode(), str(path))
    except UnicodeDecodeError:
        return saved("", str(path))
    except OSError as error:
        raise SparkError(
            f"cannot read {path}: {error.strerror}", "--save FILE writes one"
        ) from None


def _save(path: Path, report: Report) -> None:
    try:
        path.write_text(json.dumps(report.table, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        err(f"spark-tui: cannot write {path}: {error.strerror} · the run follows")

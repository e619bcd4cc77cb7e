"""Prints what was measured: shares in percent, beside the baselines, with significance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean, quantiles

from tests.recall.judge import MEASURES
from tests.recall.run import Result
from tests.recall.significance import clustered, mcnemar

_HEADS = {
    "all_files": "all", "any_file": "any", "lines": "lines", "all_lines": "all-l", "look": "look",
    "look_shown": "look-s", "at1": "@1", "at5": "@5", "at10": "@10", "mrr": "mrr",
    "precision": "prec", "tokens": "tokens", "over": "over",
}  # fmt: skip
_HEAD = f"{'':34}{'n':>5}" + "".join(f"{_HEADS[name]:>8}" for name in MEASURES)


def means(results: Sequence[Result]) -> dict[str, float]:
    """The mean of every measure."""
    return {name: fmean(one.measures[name] for one in results) for name in MEASURES}


def _row(title: str, results: Sequence[Result]) -> str:
    if not results:
        return f"{title:34}{0:>5}"
    cells = "".join(
        f"{value:>8.0f}" if name == "tokens" else f"{value * 100:>8.1f}"
        for name, value in means(results).items()
    )
    return f"{title:34}{len(results):>5}{cells}"


def tables(results: Sequence[Result], main: int, seed: int) -> Iterable[str]:
    """Lines of the report: per kind every budget and system, then slices at the `main` budget."""
    systems = list(dict.fromkeys(one.system for one in results))
    for kind in dict.fromkeys(one.case.kind for one in results):
        mine = [one for one in results if one.case.kind == kind]
        yield f"\n{kind}\n{_HEAD}"
        for budget in sorted({one.budget for one in mine}):
            for system in systems:
                rows = [one for one in mine if (one.system, one.budget) == (system, budget)]
                yield _row(f"{budget:>6} {system}", rows)
        at_main = [one for one in mine if one.budget == main]
        first = [one for one in at_main if one.system == systems[0]]
        yield from _significance(at_main, systems, seed)
        yield f"\n{kind}, {systems[0]} at {main}, by slice"
        for name in sorted({name for one in first for name in one.slices}):
            yield _row(f"  {name}", [one for one in first if name in one.slices])
        yield f"{kind}, {systems[0]} at {main}, by repository"
        for name in dict.fromkeys(one.case.repository for one in first):
            yield _row(f"  {name}", [one for one in first if one.case.repository == name])
        spent = sorted(one.seconds * 1000 for one in first)
        if len(spent) > 1:
            half, tail = quantiles(spent, n=20)[9], quantiles(spent, n=20)[18]
            yield f"{systems[0]}: a query takes {half:.1f} ms, 95 % under {tail:.1f} ms"


def _significance(results: Sequence[Result], systems: Sequence[str], seed: int) -> Iterable[str]:
    columns = {system: [one for one in results if one.system == system] for system in systems}
    ours = columns[systems[0]]
    for other in systems[1:]:
        pairs = list(zip(ours, columns[other], strict=True))
        won, lost, chance = mcnemar(
            [a.measures["all_files"] for a, _ in pairs], [b.measures["all_files"] for _, b in pairs]
        )
        yield f"{systems[0]} against {other}: all files +{won} -{lost}, McNemar p = {chance:.2g}"
        for name in ("lines", "look"):
            difference, low, high = clustered(
                [(a.case.repository, a.measures[name] - b.measures[name]) for a, b in pairs], seed
            )
            yield (
                f"  {name} {difference * 100:+.1f} points, 95 % of {low * 100:+.1f} … "
                f"{high * 100:+.1f} with repositories drawn anew"
            )


def misses(results: Sequence[Result], system: str, main: int, most: int) -> Iterable[str]:
    """The cases with the most lines still to find, and what was shown instead."""
    rows = [one for one in results if (one.system, one.budget) == (system, main)]
    rows.sort(key=lambda one: (one.measures["look"], one.measures["lines"], one.case.commit))
    for one in rows[:most]:
        case = one.case
        yield f"\n{case.repository} {case.commit[:12]} {', '.join(one.slices)}\n  {case.query}"
        for path, lines in case.gold.items():
            shown = [span for span in one.answer.spans if span.path == path]
            held = sum(any(s.first <= line <= s.last for s in shown) for line in lines)
            word = "shown" if shown else "outlined" if path in one.answer.outlined else "missed"
            yield f"  {word} {held}/{len(lines)} {path}:{min(lines)}-{max(lines)}"
        spans = ", ".join(f"{s.path}:{s.first}-{s.last}" for s in one.answer.spans[:12])
        yield f"  instead: {spans}"

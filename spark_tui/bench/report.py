"""The report of a run as one JSON value; saved runs are the same value read back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from spark_tui.bench.plan import BenchPlan
from spark_tui.bench.run import MeasuredBlock
from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import SparkError
from spark_tui.core.measure.metrics import METRICS, meets
from spark_tui.core.measure.request import Measured
from spark_tui.core.measure.spread import spread

SCHEMA = "spark-tui bench 1"

ReportTable = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """A run in plain data; `table` is what `--json` prints and `--save` writes."""

    table: ReportTable

    @property
    def results(self) -> Sequence[Mapping[str, Any]]:
        """One for each endpoint and size, in the order measured."""
        found: Sequence[Mapping[str, Any]] = self.table["results"]
        return found

    def metric(self, result: Mapping[str, Any], key: str) -> Mapping[str, float] | None:
        """The spread of a metric in a result, None where nothing could be measured."""
        found: Mapping[str, float] | None = result["metrics"].get(key)
        return found

    def matching(self, result: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The result of the same endpoint and size, None where this run has none."""
        wanted = (result["endpoint"], result["input_tokens_wanted"])
        return next(
            (r for r in self.results if (r["endpoint"], r["input_tokens_wanted"]) == wanted), None
        )


def report(
    plan: BenchPlan,
    blocks: Sequence[MeasuredBlock],
    wall: float,
    program: str,
    *,
    interrupted: bool = False,
) -> Report:
    """The report of what was measured; `wall` is the Unix time of the start, s."""
    return Report(
        {
            "schema": SCHEMA,
            "program": f"spark-tui {program}",
            "started": wall,
            "interrupted": interrupted,
            "settings": {
                "sizes": list(plan.sizes),
                "requests": plan.requests,
                "warmup": plan.warmups,
                "concurrency": plan.concurrency,
                "output_tokens": plan.output,
                "goodput": dict(plan.goals),
            },
            "definitions": {m.key: f"{m.title}, {m.unit}: {m.definition}" for m in METRICS},
            "results": [_result(plan, block) for block in blocks if block.requests],
        }
    )


def _result(plan: BenchPlan, block: MeasuredBlock) -> ReportTable:
    good = [r for r in block.requests if r.good]
    faults = [r.fault for r in block.requests if r.fault]
    told = next((r.told for r in block.requests if r.told), "")
    metrics: ReportTable = {}
    for metric in METRICS:
        found = spread([value for r in good for value in metric.values(r)])
        if found is not None:
            metrics[metric.key] = {"unit": metric.unit, **asdict(found)}
    seconds = _duration_s(good)
    kept = sum(meets(r, plan.goals) for r in block.requests) if plan.goals else None
    return {
        "endpoint": block.endpoint,
        "model": block.model,
        "wire": block.wire,
        "simulated": block.simulated,
        "input_tokens_wanted": block.size,
        "requests": len(block.requests),
        "errors": {kind: faults.count(kind) for kind in sorted(set(faults))},
        "first_error": told,
        "given_up": block.given_up,
        "retried": sum(bool(r.retries) for r in block.requests),
        "new_connections": sum(not r.reused for r in good),
        "cached_tokens": sum(r.cached or 0 for r in good),
        "tokens_exact": all(r.exact for r in good),
        "duration_s": seconds,
        "metrics": metrics,
        "request_throughput": _rate(len(good), seconds),
        "output_token_throughput": _rate(sum(r.output for r in good), seconds),
        "good_request_count": kept,
        "good_request_fraction": None if kept is None else kept / len(block.requests),
        "goodput": None if kept is None else _rate(kept, seconds),
    }


def _duration_s(good: Sequence[Measured]) -> float | None:
    """First request written to last output, of all requests that count."""
    if not good:
        return None
    return (max(r.last for r in good) - min(r.started for r in good)) / 1e9


def _rate(count: float, seconds: float | None) -> float | None:
    return count / seconds if seconds else None


def saved(text: str, name: str) -> Report:
    """A saved run. Raises SparkError where the text is none."""
    wrong = SparkError(f"{name} is no saved run", "spark-tui bench --save FILE writes one")
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(table, dict) or table.get("schema") != SCHEMA:
        raise wrong
    results = table.get("results")
    if not isinstance(results, list) or not all(map(_sound, results)):
        raise wrong
    return Report(table)


def _sound(result: Any) -> bool:
    """Whether a saved result has what a comparison reads."""
    if not isinstance(result, dict) or not isinstance(result.get("endpoint"), str):
        return False
    metrics = result.get("metrics")
    if not isinstance(metrics, dict) or not isinstance(result.get("input_tokens_wanted"), int):
        return False
    return all(
        isinstance(m, dict) and isinstance(m.get("p50"), int | float) for m in metrics.values()
    )

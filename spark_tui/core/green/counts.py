"""Whether as many tests stood behind a green as behind the red before it."""

from __future__ import annotations

from spark_tui.core.check_output.report import CheckReport

_BUILD_ONCE = frozenset({"go", "cargo"})
"""Their first run builds as well: it says nothing about how long the tests take."""

_LONG_MS = 1_000
"""A shorter run says nothing about tests that no longer run."""


def compare_counts(baseline: CheckReport, after: CheckReport) -> str | None:
    """Why a run is not as much of a proof as the one before the first edit, in words; else None.

    Tests must not become fewer, be skipped or expected to fail; what was counted must be counted
    still; and a third of the time is too little for the same tests, unless the first run built.
    """
    was, now = baseline.counts, after.counts
    if was.collected:
        if now.collected is None:
            return f"the check no longer says how many of {was.collected} tests ran"
        if now.collected < was.collected:
            return f"{now.collected} tests, {was.collected} before"
    for before, current, words in (
        (was.skipped, now.skipped, "skipped"),
        (was.xfailed, now.xfailed, "expected to fail"),
        (was.deselected, now.deselected, "deselected"),
    ):
        if was.collected and (current or 0) > (before or 0):
            return f"{current} tests {words}, {before or 0} before"
    gone = _gone(baseline, after)
    if gone:
        more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        return f"{gone[0]}{more} no longer runs"
    builds = baseline.runner in _BUILD_ONCE
    if baseline.duration_ms is not None and after.duration_ms is not None and not builds:
        before_ms, after_ms = baseline.duration_ms, after.duration_ms
        if baseline.exit_code is not None and before_ms >= _LONG_MS and after_ms * 3 < before_ms:
            return f"took {after_ms / 1000:.1f} s, {before_ms / 1000:.1f} s before"
    return None


def _gone(baseline: CheckReport, after: CheckReport) -> list[str]:
    """Tests of the baseline that a run which names all of its tests does not have."""
    complete = bool(after.tests) and after.counts.collected == len(after.tests)
    named = baseline.tests | {one.id for one in baseline.failures if one.kind == "failure"}
    return sorted(named - after.tests - {""}) if complete else []

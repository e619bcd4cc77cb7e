"""The words of a green loop: its status, its attempts, how it ended. One line each."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.green.compare import RunVerdict
from spark_tui.core.green.loop import GreenAttempt, GreenEnding, GreenGate, GreenPhase
from spark_tui.core.green.trying import Try, TryPhase
from spark_tui.core.green.view import GreenView
from spark_tui.ui.messages.message import Key, Message, WayOut

_NAMED = 3


def status(view: GreenView, now: int = 0) -> str:
    """What a loop that runs does and has taken so far, or how it ended."""
    loop = view.loop
    if loop.over:
        return ended(view)
    parts = [f"green {max(1, loop.attempt)}/{loop.limits.attempts}", _failing(view)]
    if loop.phase is GreenPhase.BASELINE:
        parts[1] = f"{view.check} runs"
    shown = loop.attempts[-1].shown if loop.attempts else None
    if shown is not None and shown.judgement is not None:
        parts.append(f"{len(shown.judgement.new)} new")
        parts.append(f"{len(shown.judgement.old)} old")
    if loop.flaky:
        parts.append(f"{len(loop.flaky)} flaky")
    if now:  # the person's time is in no figure
        until = loop.since if loop.phase is GreenPhase.DECIDING else now
        parts.append(f"{max(0, until - loop.began_at - loop.idle_ns) / 1e9:.1f} s")
    parts.append(_spent(loop.tokens, loop.usd))
    return " · ".join(part for part in parts if part)


def _failing(view: GreenView) -> str:
    """`pytest 5→2 failing`."""
    loop = view.loop
    if loop.baseline is None:
        return view.check
    was = len(loop.baseline.report.failing)
    best = loop.best or loop.baseline
    now = len(best.report.failing)
    return f"{view.check} {was}→{now} failing" if now != was else f"{view.check} {was} failing"


def attempts(view: GreenView) -> list[str]:
    """All attempts, a line each; none for one that needs no telling apart."""
    rows = view.loop.attempts
    return [attempt(view, row) for row in rows] if len(rows) > 1 else []


def attempt(view: GreenView, row: GreenAttempt) -> str:
    """`2  pytest ✗ 2   1 hunk  +2 -2   0.4 s model · 1.2 s check   fixed test_cap`."""
    shown = row.shown
    if shown is None or shown.run is None or shown.judgement is None:
        said = row.said or "not tried to the end"
        return f"{row.number}  {said}   {row.model_ns / 1e9:.1f} s model"
    count = len(shown.run.report.failing)
    mark = "✓" if shown.run.report.green else f"✗ {count}" if count else "✗"
    hunks = f"{shown.hunks} hunk{'s' * (shown.hunks != 1)}"
    found = shown.judgement
    became = {
        RunVerdict.BETTER: f"fixed {_named(found.fixed)}" if found.fixed else "",
        RunVerdict.SAME: "nothing fixed",
        RunVerdict.WORSE: f"taken back: {_named(found.new) or 'less ran'} failed by it",
    }[found.verdict]
    times = f"{row.model_ns / 1e9:.1f} s model · {row.check_ns / 1e9:.1f} s check"
    line = f"{row.number}  {view.check} {mark}   {hunks}  +{shown.added} -{shown.removed}   {times}"
    return f"{line}   {became}" if became else line


def ended(view: GreenView) -> str:
    """How a loop ended: what it came to, then what stays."""
    loop = view.loop
    if loop.ending is GreenEnding.GREEN and not loop.attempts:
        return f"{view.check} is green already"
    if loop.ending in (GreenEnding.GREEN, GreenEnding.DOUBTFUL):
        many = len(loop.attempts)
        took = (
            f"{loop.took_ns / 1e9:.1f} s (model {loop.model_ns / 1e9:.1f} · "
            f"check {loop.check_ns / 1e9:.1f} · us {view.ours_ns / 1e9:.2f})"
        )
        said = f"{loop.ending} in {many} attempt{'s' * (many != 1)}, {took}"
        ran = loop.best.report.counts.collected if loop.best is not None else None
        if loop.reason:
            return f"{said} · {loop.reason}"
        return f"{said} · {ran} tests, as before" if ran else said
    why = {
        GreenEnding.STUCK: f"stopped: {loop.reason}",
        GreenEnding.WORSE: "stopped: it only got worse",
        GreenEnding.BUDGET: f"stopped: {loop.reason} used up",
        GreenEnding.FLAKY: f"flaky: {loop.reason} passes and fails on the same code",
        GreenEnding.CHECK_BROKE: f"{view.check} did not run: {loop.reason}",
        GreenEnding.GAVE_UP: f"stuck: {loop.reason}",
        GreenEnding.NO_EDIT: f"stopped: {loop.reason}, twice",
        GreenEnding.FAILED: f"stopped: {loop.reason}",
        GreenEnding.STOPPED: "stopped",
        GreenEnding.EDITED: f"stopped: {loop.reason} changed meanwhile, yours is kept",
    }.get(loop.ending or GreenEnding.STOPPED, "stopped")
    return f"{why} · {kept(view)}" if loop.attempts else why


def over(view: GreenView) -> Message:
    """How a loop ended, and the keys that take back what of it stands."""
    ways: list[WayOut] = []
    standing = {entry for row in view.loop.attempts if (entry := view.entry_of(row.stands))}
    if len(standing) > 1:
        ways = [Key(("undo",), "the last"), Key(("undo-list",), "all")]
    elif standing:
        ways = [Key(("undo",), "takes it back")]
    return Message(ended(view), tuple(ways), error=view.loop.ending is not GreenEnding.GREEN)


def doing(view: GreenView) -> str:
    """What a loop that runs waits for, in few words."""
    return {
        GreenPhase.FIXING: "the model writes",
        GreenPhase.DECIDING: "yours to decide",
        GreenPhase.WRITING: "is written",
        GreenPhase.TAKING_BACK: "is taken back",
    }.get(view.loop.phase, f"{view.check} runs")


def panel(row: GreenAttempt) -> tuple[str, str]:
    """An attempt where there is little room: what came of it, and what it took."""
    took = f"{(row.model_ns + row.check_ns) / 1e9:.1f} s"
    shown = row.shown
    if shown is None or shown.run is None:
        return "…" if not row.said else row.said, took
    count = len(shown.run.report.failing)
    mark = "✓" if shown.run.report.green else f"✗ {count}" if count else "✗"
    return f"{mark}  +{shown.added} -{shown.removed}", took


def tried(found: Try) -> str:
    """What the check says of an answer that is on disk to be tried, or that it runs."""
    if found.phase is TryPhase.TAKING_BACK:
        return "is taken back"
    if found.phase is not TryPhase.OFFERED:
        return f"{found.check} runs with this"
    if found.judgement is None or found.run is None:
        return f"{found.check} said nothing with this: {found.reason or 'it was stopped'}"
    took = f"{found.run.took_ns / 1e9:.1f} s"
    new, old = len(found.judgement.new), len(found.judgement.old)
    if found.run.report.green:
        return f"✓ {found.check} with this ({took})"
    if new:
        these = _named(found.judgement.new)
        return f"✗ {new} new failure{'s' * (new != 1)} with this ({took}): {these}"
    return f"✓ no new failure with this, {old} as before ({took})"


def kept_try(found: Try) -> str:
    """What stays said of an answer that was tried and kept."""
    said = f"kept · #{found.entry}"
    return f"proven by {found.check} · {said}" if found.proven else said


def offered(found: Try) -> Message:
    """The same with the keys that decide about it."""
    return Message(tried(found), (Key(("keep",), "keeps it"), Key(("drop",), "takes it back")))


def kept(view: GreenView) -> str:
    """What of a loop that is not green is on disk."""
    loop = view.loop
    rows = [row for row in loop.attempts if row.stands]
    if not rows:
        return "nothing of it stays"
    was = loop.baseline.report.failing if loop.baseline is not None else frozenset()
    now = loop.best.report.failing if loop.best is not None else was
    fixed = len(was - now)
    numbers = ", ".join(str(row.number) for row in rows)
    many = f"attempt{'s' * (len(rows) != 1)} {numbers} kept"
    if fixed:
        return f"{many}, {'they' if len(rows) != 1 else 'it'} fixed {fixed}"
    return f"{many}, as you decided" if loop.gate is GreenGate.ASK else many


def wrote(view: GreenView) -> str:
    """Tracked files that the check changed itself, "" for none."""
    if not view.written:
        return ""
    return f"{view.check} itself changed {_files(view.written)}, taken back with the loop"


def beyond(view: GreenView) -> str:
    """Files that the check wrote and nobody takes back, "" for none."""
    return f"{view.check} wrote {_files(view.beyond)}, not taken back" if view.beyond else ""


def _files(paths: Sequence[str]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(paths[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _named(names: Sequence[str]) -> str:
    short = [name.rpartition("::")[2] or name for name in names[:_NAMED]]
    more = len(names) - _NAMED
    return ", ".join(short) + (f" +{more}" if more > 0 else "")


def _spent(tokens: int, usd: float | None) -> str:
    if not tokens:
        return ""
    count = f"{tokens / 1000:.1f}k tok" if tokens >= 1000 else f"{tokens} tok"
    return f"{count} ${usd:.2f}" if usd else count

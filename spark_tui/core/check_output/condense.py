"""A report for a model: each root cause once, new before old, within a budget of tokens.

Faithful on red, short on green. What is not understood is given raw, head and tail, and said so.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.lines import lines_of
from spark_tui.core.check_output.report import CheckFailure, CheckOutcome, CheckReport, compare
from spark_tui.core.dataclass import dataclass
from spark_tui.core.retrieve.places import AROUND, MOST_PLACES, Place
from spark_tui.core.retrieve.secrets import masked
from spark_tui.core.tokens import estimate

BUDGET = 2_000
"""Tokens for a condensed output."""

MOST_IDS = 5
"""Ids that are named of one group."""

MOST_FRAMES = 3
MOST_DETAILS = 14
MOST_CAPTURED = 10
MOST_OTHERS = 2
"""Messages of a group that differ from the one shown."""

HEAD, TAIL = 40, 80
"""Lines of a raw output that are kept."""

_WIDE = 400
"""Characters of one line that are kept."""


@dataclass(frozen=True, slots=True)
class CondensedOutput:
    """What goes to a model of one run.

    `tokens` are those of `text`, `cut_from` those of the whole output. `places` are what it names,
    the likeliest first, as the finder takes them. `raw` when the output was not understood.
    """

    text: str
    tokens: int
    cut_from: int
    places: tuple[Place, ...] = ()
    raw: bool = False


def condense(
    report: CheckReport,
    output: str,
    budget: int = BUDGET,
    before: CheckReport | None = None,
) -> CondensedOutput:
    """Say what failed in at most about `budget` tokens; `before` tells new failures from old."""
    was = before.failing if before else frozenset()
    groups = _groups(report, was)
    raw = not report.green and (report.runner == "raw" or not groups)
    head = _header(report, before)
    if raw:
        note = "Output not understood: its first and last lines."
        body = _raw(output, budget - estimate(head) - estimate(note))
        lines = [head, note, *body] if body else [head, "It printed nothing."]
    else:
        lines = [head, *_within(groups, budget - estimate(head))]
    text = masked("\n".join(lines))
    return CondensedOutput(text, estimate(text), estimate(output), _places(groups), raw)


@dataclass(frozen=True, slots=True)
class _Group:
    """Failures of one root cause: the one that says most, and other messages than its own."""

    names: tuple[str, ...]
    shown: CheckFailure
    old: bool
    others: tuple[str, ...] = ()


def _groups(report: CheckReport, was: frozenset[str]) -> list[_Group]:
    found: dict[tuple[object, ...], list[tuple[str, CheckFailure]]] = {}
    for identity, failure in zip(report.identities, report.failures, strict=True):
        found.setdefault((identity in was, *failure.cause), []).append((identity, failure))
    groups = []
    for (old, *_), members in found.items():
        shown = max((one for _, one in members), key=lambda one: len(one.details) + len(one.frames))
        names = tuple(_name(identity, one) for identity, one in members)
        said = dict.fromkeys(one.message for _, one in members if one.message != shown.message)
        groups.append(_Group(names, shown, bool(old), tuple(said)[:MOST_OTHERS]))
    return sorted(groups, key=lambda group: group.old)


def _name(identity: str, failure: CheckFailure) -> str:
    if failure.kind == "finding" and failure.path:
        return f"{failure.path}:{failure.line}" if failure.line else failure.path
    return failure.id or identity


def _header(report: CheckReport, before: CheckReport | None) -> str:
    counts = report.counts
    said = [f"{report.runner}: {report.outcome.value}"]
    said.append("no exit code" if report.exit_code is None else f"exit {report.exit_code}")
    for number, word in (
        (counts.failed, "failed"), (counts.errors, "errors"), (counts.passed, "passed"),
        (counts.skipped, "skipped"), (counts.xfailed, "xfailed"),
        (counts.deselected, "deselected"),
    ):  # fmt: skip
        if number:
            said.append(f"{number} {word}")
    if report.duration_ms is not None:
        said.append(f"{report.duration_ms / 1000:.1f} s")
    line = ", ".join(said)
    if before is not None and report.outcome is not CheckOutcome.PASSED:
        change = compare(before.failing, report.failing)
        line += f" ({len(change.new)} new, {len(change.old)} old, {len(change.gone)} gone)"
    return line


def _within(groups: Sequence[_Group], budget: int) -> list[str]:
    """As many groups as fit, the later ones shorter; what is left out is counted."""
    out: list[str] = []
    left = budget
    for at, group in enumerate(groups):
        for form in (_whole(group), _short(group), _names(group)):
            cost = estimate("\n".join(form))
            if cost <= left or (at == 0 and form == _names(group)):
                out += form
                left -= cost
                break
        else:
            out.append(f"+{len(groups) - at} more causes")
            break
    return out


def _names(group: _Group) -> list[str]:
    """The ids; of findings their places and all that they say."""
    more = len(group.names) - MOST_IDS
    names = ", ".join(_clipped(name) for name in group.names[:MOST_IDS])
    line = f"{'OLD ' if group.old else ''}{names}{f' +{more} more' if more > 0 else ''}"
    if group.shown.kind != "finding":
        return [line]
    said = ": ".join(part for part in (group.shown.exception, group.shown.message) if part)
    return [f"{line}: {_clipped(said)}"]


def _short(group: _Group) -> list[str]:
    failure = group.shown
    if failure.kind == "finding":
        return _names(group)
    frames = failure.frames[-1:]
    at = [f"  {frame.path}:{frame.line}" for frame in frames]
    if not at and failure.path:
        at = [f"  {failure.path}:{failure.line}" if failure.line else f"  {failure.path}"]
    said = ": ".join(part for part in (failure.exception, failure.message) if part)
    return [*_names(group), *at, *([f"  {_clipped(said)}"] if said else [])]


def _whole(group: _Group) -> list[str]:
    failure = group.shown
    out = _names(group)
    if failure.kind == "finding":
        return [*out, *(f"  {_clipped(line)}" for line in failure.details[:MOST_DETAILS])]
    frames = failure.frames[-MOST_FRAMES:]
    if failure.path and all(f.path != failure.path or f.line != failure.line for f in frames):
        out.append(f"  {failure.path}:{failure.line}" if failure.line else f"  {failure.path}")
    out += [f"  {f.path}:{f.line}{f' in {f.function}' if f.function else ''}" for f in frames]
    said = ": ".join(part for part in (failure.exception, failure.message) if part)
    details = [line for line in failure.details if line.strip()][:MOST_DETAILS]
    if said and not any(failure.message in line for line in details):
        out.append(f"  {_clipped(said)}")
    out += [f"  {_clipped(line)}" for line in details]
    out += [f"  also: {_clipped(said)}" for said in group.others]
    if failure.captured:
        out.append("  printed:")
        out += [f"    {_clipped(line)}" for line in failure.captured[-MOST_CAPTURED:]]
    return out


def _raw(output: str, budget: int) -> list[str]:
    """Head and tail of what was printed, blank lines left out, within the budget."""
    lines = [_clipped(line) for line in lines_of(output) if line]
    head, tail = HEAD, TAIL
    while True:
        cut = len(lines) - head - tail
        kept = (
            lines
            if cut <= 0
            else [*lines[:head], f"… {cut} lines left out …", *lines[len(lines) - tail :]]
        )
        if estimate("\n".join(kept)) <= budget or tail <= 1:
            return kept
        head, tail = head // 2, max(1, tail * 2 // 3)


def _clipped(line: str) -> str:
    return line if len(line) <= _WIDE else f"{line[: _WIDE - 1]}…"


def _places(groups: Sequence[_Group]) -> tuple[Place, ...]:
    """The deepest frame of each group, then where it was noticed."""
    out: dict[Place, None] = {}
    for group in groups[:MOST_PLACES]:
        failure = group.shown
        lines = [(frame.path, frame.line) for frame in reversed(failure.frames)]
        for path, line in [*lines, *([(failure.path, failure.line)] if failure.path else [])]:
            around = (max(1, line - AROUND), line + AROUND) if line else (0, 0)
            out[Place(path, *around, "frame")] = None
    return tuple(out)[:MOST_PLACES]

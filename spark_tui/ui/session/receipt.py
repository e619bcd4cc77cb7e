"""What stays in the scrollback after quitting: files, decisions, speed, the way back."""

from __future__ import annotations

from spark_tui.core.cost.pricing import dollars
from spark_tui.core.edits.model import Hunk, HunkState
from spark_tui.core.latency.waterfall import percentile
from spark_tui.core.session import Session
from spark_tui.ui.bars.status import endpoint_name
from spark_tui.ui.style.cells import cells, cut_middle, safe
from spark_tui.ui.style.row_paint import STATE_MARKS

PATH = 24


def receipt(session: Session, minutes: int, resume: str = "") -> list[str]:
    """Lines of plain text, empty for a session in which nothing was asked.

    `resume` is the command that opens the session again, "" where none can because the repository
    goes with it: then no way to take anything back is named either.
    """
    if not session.turns:
        return []
    where = f"{safe(session.tree.name)} ⎇ {safe(session.tree.branch)}"
    out = [f"  spark-tui  {where}  {minutes} min"]
    last = 0
    for path, hunks, entry in _files(session):
        last = max(last, entry or 0)
        out.append(_file_line(path, hunks, entry, resume))
    out.append(_speed_line(session))
    if last and resume:
        out.append(f"  take back: spark-tui undo {last}     see: spark-tui log -p")
    return out


def _files(session: Session) -> list[tuple[str, list[Hunk], int | None]]:
    files: dict[str, list[Hunk]] = {}
    entries: dict[str, int] = {}
    for turn in session.turns:
        for hunk in turn.hunks:
            if hunk.state in {HunkState.REPLACED, HunkState.WRITING}:
                continue
            files.setdefault(hunk.path, []).append(hunk)
            entry = turn.entry_of(hunk.id)
            if entry is not None and hunk.state is HunkState.APPLIED:
                entries[hunk.path] = max(entry, entries.get(hunk.path, 0))
    return [(path, hunks, entries.get(path)) for path, hunks in files.items()]


def _file_line(path: str, hunks: list[Hunk], entry: int | None, resume: str) -> str:
    kept = sum(h.state is HunkState.APPLIED for h in hunks)
    dropped = sum(h.state is HunkState.DROPPED for h in hunks)
    left = sum(h.asks or h.state is HunkState.KEPT for h in hunks)
    state = HunkState.OPEN if left else HunkState.APPLIED if kept else HunkState.DROPPED
    counts = [
        f"{count} {word}"
        for count, word in ((kept, "kept"), (dropped, "dropped"), (left, "left open"))
        if count
    ]
    end = f"#{entry}" if entry else ""
    if left and resume:
        end += f"{'   ' * bool(end)}{resume}"
    name = cut_middle(safe(path), PATH)
    said = ", ".join(counts)
    line = f"  {STATE_MARKS[state][0]} {name}{' ' * (PATH - cells(name))} {said}"
    return f"{line}{' ' * max(52 - cells(line), 2)}{end}".rstrip()


def _speed_line(session: Session) -> str:
    turns = session.turns
    ttfts = [float(t.reading.ttft_ns) for t in turns if t.reading.ttft_ns is not None]
    rated = [t.reading for t in turns if t.reading.decode_tps is not None]
    counted = [one for one in rated if not one.guess]
    rates = [one.decode_tps or 0.0 for one in counted or rated]
    middle, typical = percentile(ttfts, 0.5), percentile(rates, 0.5)
    guess = "" if counted else "~"
    of = f" of {len(counted)} counted" if counted and len(counted) < len(rated) else ""
    ttft = f"{middle / 1e6:.0f} ms" if middle is not None else "– ms"
    rate = f"{guess}{typical:,.0f} t/s{of}" if typical is not None else "– t/s"
    many = f"{len(turns)} turn{'s' * (len(turns) != 1)}"
    name = endpoint_name(turns[-1].endpoint)
    paid = [t.reading.cost for t in turns if t.reading.cost is not None]
    cost = f"   {dollars(sum(paid))}" if paid else ""
    return f"  {many}   ttft p50 {ttft}   {rate}{cost}   {name}"

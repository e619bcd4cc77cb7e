"""A session for other people: as Markdown to read, as patches to apply. Pure."""

from __future__ import annotations

import re
from itertools import chain

from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.model import Hunk, HunkState
from spark_tui.core.edits.text import bare
from spark_tui.core.journal import Entry
from spark_tui.core.session import Session, Turn

AUTHOR = "spark-tui <spark-tui@localhost>"

_STATES = {
    HunkState.OPEN: "left open",
    HunkState.KEPT: "kept, not on disk",
    HunkState.APPLIED: "applied",
    HunkState.DROPPED: "dropped",
    HunkState.REFUSED: "refused",
    HunkState.STALE: "stale",
    HunkState.REPLACED: "replaced by a later answer",
    HunkState.WRITING: "unfinished",
}


def markdown(session: Session, title: str) -> str:
    """The session as CommonMark: each instruction, its figures, each hunk as a diff."""
    parts = [f"# {title}\n"]
    for number, turn in enumerate(session.turns, 1):
        parts.append(_turn(turn, number))
    return "\n".join(parts)


def _turn(turn: Turn, number: int) -> str:
    first, *more = turn.text.strip().split("\n")
    out = [f"## {number}. {_inline(first)}\n"]
    if more:
        out.append(_fenced("\n".join(more)))
    facts = [_code(f"@{item.path}{_range(item.lines)}") for item in turn.context]
    label = turn.endpoint
    model = f"{label.name} · {label.model}" if label.model else label.name
    facts.append("simulated endpoint" if label.simulated else _inline(model))
    facts += _figures(turn)
    out.append(" · ".join(facts) + "\n")
    out += [_hunk(turn, hunk) for hunk in turn.hunks]
    return "\n".join(out)


def _figures(turn: Turn) -> list[str]:
    reading = turn.reading
    out = []
    about = "about " if reading.guess else ""
    if reading.ttft_ns is not None:
        out.append(f"ttft {reading.ttft_ns / 1e6:.0f} ms")
    if reading.decode_tps is not None:
        out.append(f"{about}{reading.decode_tps:,.0f} tok/s")
    if reading.output:
        out.append(f"{about}{reading.output:,} tokens")
    if turn.ending is not None:
        out.append(turn.ending.value)
    return out


def _hunk(turn: Turn, hunk: Hunk) -> str:
    entry = turn.entry_of(hunk.id)
    state = _STATES[hunk.state]
    if hunk.state is HunkState.APPLIED and entry is not None:
        state = f"applied · #{entry}"
    where = _code(hunk.path + (f":{hunk.line}" if hunk.line else ""))
    if hunk.move_to:
        where += f" → {_code(hunk.move_to)}"
    said = f"### {where} {hunk.op.value if hunk.op.value != 'update' else ''}".rstrip()
    reason = f"{_inline(hunk.refusal.message)}\n\n" if hunk.refusal is not None else ""
    return f"{said} · {state}\n\n{reason}{_fenced(_diff(hunk), 'diff')}"


def _diff(hunk: Hunk) -> str:
    placed = hunk.old or hunk.new or hunk.raw is None
    lines = tagged(hunk.old, hunk.new) if placed or hunk.raw is None else hunk.raw.lines
    return "\n".join(f"{tag}{bare(text)}" for tag, text in lines)


def _range(lines: tuple[int, int] | None) -> str:
    return f":{lines[0]}-{lines[1]}" if lines else ""


def _fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than every run of backticks in it."""
    fence = "`" * max(3, 1 + max(chain([0], map(len, re.findall("`+", text)))))
    return f"{fence}{language}\n{text}\n{fence}\n"


def _code(text: str) -> str:
    text = " ".join(text.split("\n"))
    fence = "`" * (1 + max(chain([0], map(len, re.findall("`+", text)))))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _inline(text: str) -> str:
    """Text in which nothing is markup."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", " ".join(text.split()))


# ------------------------------------------------------------------- patches


def patch_name(number: int, instruction: str) -> str:
    """A file name as `git format-patch` makes them: `0001-cap-it-at-8-seconds.patch`."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", _subject(instruction))[:52].strip("-").lower()
    return f"{number:04d}-{words or 'edit'}.patch"


def patch_mail(entry: Entry, diff: str, number: int, total: int, date: str) -> str:
    """One journal entry as a mail that `git am` and `git apply` take (git-format-patch(1)).

    `date` is when it was written, as RFC 5322 has it.
    """
    text = entry.note.instruction.strip()
    subject = _subject(text)
    body = "\n".join(_quoted(line) for line in text.split("\n")) if text != subject else ""
    head = (
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n"
        f"From: {AUTHOR}\n"
        f"Date: {date}\n"
        f"Subject: [PATCH {number}/{total}] {subject or 'edit'}\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
        "Content-Transfer-Encoding: 8bit\n\n"
    )
    return f"{head}{body}\n---\n{diff}-- \nspark-tui, entry {entry.id}\n\n"


def _subject(text: str) -> str:
    line = " ".join(text.strip().split("\n", 1)[0].split())
    return "".join(c for c in line if c.isprintable())[:72].rstrip()


def _quoted(line: str) -> str:
    """A body line that no reader of mails takes for the patch or for the next mail."""
    mark = line.startswith(("---", "diff ", "Index: ", "From ", ">From ", "-- "))
    return f" {line}" if mark else line

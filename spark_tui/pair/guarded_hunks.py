"""Which hunks of an answer wait for a key of their own: what judges the code, and what smells."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spark_tui.core.check_output.report import CheckReport
from spark_tui.core.checks import CheckRule
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits import guard
from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.model import Change, FileImage, Hunk, HunkId
from spark_tui.core.edits.text import bare
from spark_tui.core.green.protected_files import protected
from spark_tui.core.green.smells import asserted_values, smells
from spark_tui.core.session import Turn


@dataclass(frozen=True, slots=True)
class GuardReason:
    """Why a hunk is not kept by itself; `judges` where its file judges the code."""

    why: str
    judges: bool = False


def guarded_hunks(
    hunks: Sequence[Hunk],
    changes: Sequence[Change],
    rule: CheckRule,
    paths: Sequence[str],
    report: CheckReport | None,
) -> dict[HunkId, GuardReason]:
    """The hunks that no loop and no try keeps by itself, with why.

    `report` is what the check said before them, `changes` what all of them come to.
    """
    argv = rule.argv(paths)
    asserted = asserted_values(report) if report is not None else frozenset()
    texts = {c.path: (_text(c.before), _text(c.after)) for c in changes}
    tests = report.test_files if report is not None else frozenset()
    out: dict[HunkId, GuardReason] = {}
    for hunk in hunks:
        if guard.protected(hunk):
            out[hunk.id] = GuardReason("arms something later")
            continue
        for path in filter(None, (hunk.path, hunk.move_to)):
            before, after = texts.get(path, (None, None))
            why = protected(path, before, after, argv=argv, globs=rule.protect, tests=tests)
            if why is not None:
                out[hunk.id] = GuardReason(why, judges=True)
        if hunk.id not in out:
            added = [bare(text) for tag, text in tagged(hunk.old, hunk.new) if tag == "+"]
            before = texts.get(hunk.path, (None, None))[0] or ""
            if found := smells(hunk.path, added, asserted, before):
                out[hunk.id] = GuardReason(found[0].why)
    return out


def with_what_builds_on(ids: Collection[HunkId], turn: Turn) -> set[HunkId]:
    """These hunks, and those that need one of them."""
    found, size = set(ids), -1
    while size != len(found):
        size = len(found)
        found |= {h.id for h in turn.hunks if h.depends_on in found}
    return found


def _text(image: FileImage) -> str | None:
    return "".join(image.lines) if image.exists else None

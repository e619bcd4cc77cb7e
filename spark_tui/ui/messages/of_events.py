"""Which message an event leaves in the keys row. Pure."""

from __future__ import annotations

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, Retrying
from spark_tui.core.events import (
    Checked,
    Decided,
    Event,
    Flushed,
    FlushRefused,
    GreenSet,
    Notice,
    OnWire,
    Repairing,
    Severity,
    TreeChanged,
    TrySet,
    TurnEnded,
    Undone,
)
from spark_tui.core.green.trying import TryPhase
from spark_tui.core.remedy import Remedy
from spark_tui.core.session import Turn
from spark_tui.ui.messages import green as green_words
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message
from spark_tui.ui.messages.remedies import on_screen


def message_for(event: Event) -> Message | None:
    """What to say about `event`; None for nothing."""
    match event:
        case Flushed(ids=ids, files=files, took_ns=took, entry=entry):
            if len(ids) == 1:
                return None  # its header says it
            return words.applied_all(len(ids), files, took, entry)
        case FlushRefused(message=what, remedies=remedies):
            return on_screen(what, remedies, error=True)
        case Undone(took_ns=took, back=back) if back:
            return words.several_undone(back, took, event.stays if event.merged else None)
        case Undone(undoes=undoes, took_ns=took, hunks=hunks) if hunks:
            stays = event.stays if event.merged else None
            return words.hunk_undone(undoes, hunks, took, stays)
        case Undone(ids=ids, undoes=undoes, took_ns=took, merged=merged):
            if len(ids) == 1 and not merged:
                return None  # its header says it
            return Message(
                words.merged(undoes, event.stays) if merged else words.undone(undoes, took)
            )
        case Notice(text=text, remedies=remedies, severity=severity):
            return on_screen(text, remedies, error=severity is Severity.ERROR)
        case Repairing():
            return words.repairing(event)
        case TreeChanged(tree=tree, moved=moved) if moved is not None:
            return Message(words.branch(tree.branch, *moved))
        case Checked(results=results, running=()):
            failed = next((r for r in results if not r.ok), None)
            if failed is None:
                return None
            return words.check_failed(failed.name, failed.count, failed.path)
        case GreenSet(green=view) if view.loop.over:
            return green_words.over(view)
        case TrySet(tried=tried) if tried.phase is TryPhase.OFFERED:
            return green_words.offered(tried)
        case TurnEnded():
            return _ending(event)
        case Decided(ids=(_,), state=HunkState.DROPPED):
            return words.DROPPED
        case OnWire(event=Retrying(wait_s=0.0, why=why, fault=None)):
            return Message(why)
        case _:
            return None


def _ending(event: TurnEnded) -> Message | None:
    error = event.ending not in {Ending.COMPLETE, Ending.STOPPED}
    cut = event.ending in {Ending.CUT, Ending.LENGTH}
    if event.detail:
        offered = {Remedy.RETRY: words.ASK_WHOLE_AGAIN} if cut else {}
        return on_screen(event.detail, event.remedies, error=error, instead=offered)
    return words.CUT_OFF if cut else None


def finished_hunks(turn: Turn) -> int:
    """Hunks of a turn that have arrived in full."""
    return sum(h.state is not HunkState.WRITING for h in turn.hunks)

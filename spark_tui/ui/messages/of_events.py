"""Which message an event leaves in the keys row. Pure."""

from __future__ import annotations

from typing import NamedTuple

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, Retrying
from spark_tui.core.events import (
    Checked,
    Decided,
    Event,
    Flushed,
    FlushRefused,
    Notice,
    OnWire,
    Severity,
    TreeChanged,
    TurnEnded,
    Undone,
)
from spark_tui.core.session import Turn
from spark_tui.ui.messages import words


class KeysRowMessage(NamedTuple):
    """One line for the keys row; an error stays until a key."""

    text: str
    error: bool = False


def message_for(event: Event) -> KeysRowMessage | None:
    """What to say about `event`; None for nothing."""
    match event:
        case Flushed(ids=ids, files=files, took_ns=took, entry=entry):
            if len(ids) == 1:
                return None  # its header says it
            return KeysRowMessage(words.applied_all(len(ids), files, took, entry))
        case FlushRefused(message=what, way_out=way_out):
            return KeysRowMessage(_joined(what, way_out), error=True)
        case Undone(took_ns=took, merged=merged, back=back) if back:
            return KeysRowMessage(words.several_undone(back, took, merged=merged))
        case Undone(undoes=undoes, took_ns=took, merged=merged, hunks=hunks) if hunks:
            return KeysRowMessage(words.hunk_undone(undoes, hunks, took, merged=merged))
        case Undone(ids=ids, undoes=undoes, took_ns=took, merged=merged):
            if len(ids) == 1 and not merged:
                return None  # its header says it
            return KeysRowMessage(words.merged(undoes) if merged else words.undone(undoes, took))
        case Notice(text=text, way_out=way_out, severity=severity):
            return KeysRowMessage(_joined(text, way_out), severity is Severity.ERROR)
        case TreeChanged(tree=tree, moved=moved) if moved is not None:
            return KeysRowMessage(words.branch(tree.branch, *moved))
        case Checked(results=results, running=()):
            failed = next((r for r in results if not r.ok), None)
            if failed is None:
                return None
            return KeysRowMessage(words.check_failed(failed.name, failed.count, failed.path))
        case TurnEnded():
            return _ending(event)
        case Decided(ids=(_,), state=HunkState.DROPPED):
            return KeysRowMessage(words.DROPPED)
        case OnWire(event=Retrying(wait_s=0.0, why=why, fault=None)):
            return KeysRowMessage(why)
        case _:
            return None


def _ending(event: TurnEnded) -> KeysRowMessage | None:
    error = event.ending not in {Ending.COMPLETE, Ending.STOPPED}
    if event.detail:
        return KeysRowMessage(_joined(event.detail, _asks_again(event)), error)
    if event.ending in {Ending.CUT, Ending.LENGTH}:
        return KeysRowMessage(words.CUT_OFF, error=True)
    return None


def _asks_again(event: TurnEnded) -> str:
    """The way out; a whole answer is asked for by Enter: `r` is about one hunk."""
    enter = "Enter" if event.ending in {Ending.CUT, Ending.LENGTH} else "Up Enter"
    return event.way_out.replace("r asks again", f"{enter} asks again")


def finished_hunks(turn: Turn) -> int:
    """Hunks of a turn that have arrived in full."""
    return sum(h.state is not HunkState.WRITING for h in turn.hunks)


def _joined(what: str, way_out: str) -> str:
    return f"{what} · {way_out}" if way_out else what

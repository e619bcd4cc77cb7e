"""What the transcript knows of one turn, and the words it has for how things went."""

from __future__ import annotations

from spark_tui.core.cost.pricing import dollars
from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.edits.alike import Swaps
from spark_tui.core.edits.model import FileImage, Hunk
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.latency.meter import Reading
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import safe
from spark_tui.ui.transcript.blocks import TurnBlock, WordsBlock
from spark_tui.ui.transcript.hunk_block import HunkBlock
from spark_tui.ui.transcript.hunk_group import GroupBlock
from spark_tui.ui.transcript.hunk_rows import CONTEXT

ROWS_ABOVE = 3
"""Rows that instruction and header take above a hunk's lines, beside the code view's title."""

_ENDINGS = {
    Ending.LENGTH: "the answer reached its token limit",
    Ending.CUT: "the answer broke off",
    Ending.STOPPED: "stopped",
    Ending.FAILED: "failed",
    Ending.FILTERED: "the provider ended the answer",
}


@dataclass(slots=True)
class TurnBlocks:
    """Blocks and facts of one turn.

    `place` is what of a file was in sight when its lines were chosen. `alike` are hunks by what
    they replace as they arrived, `groups` those of them that are shown as one, `opened` the groups
    that the person opened: what belongs to them stands alone.
    """

    header: TurnBlock
    hunks: list[HunkBlock] = field(default_factory=list)
    images: dict[int, FileImage] = field(default_factory=dict)
    end: WordsBlock | None = None
    reading: Reading = field(default_factory=Reading)
    ending: Ending | None = None
    ended_at: int = 0
    detail: str = ""
    check: str = ""
    place: tuple[int, int] | None = None
    alike: dict[Swaps, list[HunkBlock]] = field(default_factory=dict)
    groups: dict[Swaps, GroupBlock] = field(default_factory=dict)
    opened: set[Swaps] = field(default_factory=set)

    def context_of(self, hunk: Hunk) -> int | None:
        """Unchanged lines to show round a hunk, None for the usual ones.

        Where the lines were chosen in the file (`place`: first line in sight from 0, rows in
        sight), as many as leave the change on the row it was on.
        """
        if self.place is None or hunk.base_span is None:
            return None
        top, rows = self.place
        above = hunk.base_span[0] - top - ROWS_ABOVE
        most = (rows - 2 * ROWS_ABOVE - len(hunk.old) - len(hunk.new)) // 2
        context = min(above, most)
        return context if context > CONTEXT else None

    def end_line(self) -> str:
        """The line after the answer; it counts decisions once all are made."""
        reading = self.reading
        said = []
        decided = [b for b in self.hunks if not b.hunk.asks]
        if self.hunks and len(decided) == len(self.hunks) and self.ending is Ending.COMPLETE:
            said += [f"{len(decided)} decided", *([self.check] if self.check else [])]
            said += [safe(self.detail)] if self.detail else []
            return " · ".join(said)
        if self.hunks and len(decided) == len(self.hunks):
            said.append(f"{len(decided)} decided")
        if self.ending is Ending.COMPLETE:
            said.append(
                f"{reading.guess}{reading.output:,} tokens in {reading.elapsed_ns / 1e9:.2f} s"
            )
            said += [dollars(reading.cost)] if reading.cost is not None else []
            said += [self.check] if self.check else []
            said += [safe(self.detail)] if self.detail else []
        elif self.ending is not None:
            said.append(safe(self.detail) or _ENDINGS[self.ending])
        return " · ".join(said)

    def end_role(self) -> str:
        """The role of that line: an answer that broke off says so in colour."""
        return "muted" if self.ending in {Ending.COMPLETE, Ending.STOPPED} else "refuse"


def applied_words(took_ns: int, entry: int) -> str:
    """What a header says of a hunk on disk; how long it took only where that is known."""
    return words.applied(took_ns, entry) if took_ns else f"applied · #{entry}"

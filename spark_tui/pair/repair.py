"""The one automatic repair round: hunks without a place are asked for again, once.

It starts when the answer is complete, asks only for the failed hunks with the current text around
them, and puts what comes back under the hunks' own ids. What still does not fit stays refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from spark_tui.core import prompts
from spark_tui.core.edits.guard import composed, normal_path
from spark_tui.core.edits.model import (
    EditFormat,
    FileOp,
    FileOpened,
    Hunk,
    HunkClosed,
    HunkState,
    RawHunk,
    RefusalCode,
    TakenBack,
)
from spark_tui.core.edits.repair import repair_request
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.endpoint.wire import ChatMessage, Ended, Ending, ModelRequest
from spark_tui.core.events import HunksSet, Repairing
from spark_tui.core.events import RepairStage as Step
from spark_tui.core.latency.meter import Meter
from spark_tui.pair.answer import AnswerReader, Parsed
from spark_tui.pair.emit import Emit
from spark_tui.pair.inbox import Inbox
from spark_tui.pair.open_files import OpenFiles
from spark_tui.pair.ports import Call, Clock, Endpoint

REPAIRABLE = (
    RefusalCode.NOT_FOUND,
    RefusalCode.AMBIGUOUS,
    RefusalCode.INDENT,
    RefusalCode.ELIDED,
)
"""Refusals that a second try can mend; the others are about the file or the path."""


def repairable(hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """The hunks worth asking for again."""
    return tuple(
        h
        for h in hunks
        if h.state is HunkState.REFUSED
        and h.op is FileOp.UPDATE
        and h.refusal is not None
        and h.refusal.code in REPAIRABLE
    )


class Repair:
    """One repair round of one turn. `root` is the worktree's folder, for absolute paths."""

    def __init__(
        self,
        endpoint: Endpoint,
        open_files: OpenFiles,
        clock: Clock,
        emit: Emit,
        root: str = "",
    ) -> None:
        self._root = root
        self._endpoint = endpoint
        self._open_files = open_files
        self._clock = clock
        self._emit = emit
        self._call: Call | None = None
        self._stopped = False
        self._over: asyncio.Future[Ended] | None = None
        self._path = ""
        self._raws: dict[str, list[RawHunk]] = {}
        self._tokens = 0

    def stop(self) -> None:
        """Give the round up; nothing of it is used."""
        self._stopped = True
        if self._call is not None:
            self._call.cancel()

    async def run(
        self,
        failed: Sequence[Hunk],
        numbers: Sequence[int],
        earlier: Sequence[ChatMessage],
        edit_format: EditFormat,
        current: Callable[[Hunk], Hunk | None],
    ) -> None:
        """Ask for `failed` again. `numbers` are their numbers on screen, `current` their state.

        A hunk that was decided or placed meanwhile is left as it is.
        """
        images = {h.path: i for h in failed if (i := self._open_files.base(h.path)) is not None}
        asked = prompts.repair(repair_request(failed, images), earlier, edit_format)
        places = max((len(h.refusal.candidates) for h in failed if h.refusal), default=0)
        ids, turn = tuple(h.id for h in failed), failed[0].id.turn

        def tell(step: Step, tokens: int = 0, places: int = 0) -> None:
            self._emit(Repairing(self._clock(), turn, ids, tuple(numbers), step, tokens, places))

        tell(Step.ASKING, prompts.tokens(asked), places)
        ended = await self._ask(asked, edit_format)
        if ended.ending is not Ending.COMPLETE or self._stopped:
            tell(Step.BROKEN)
            return
        placed = self._place(failed, current)
        fits = sum(1 for h in placed if h.state is HunkState.OPEN)
        if placed:
            self._emit(HunksSet(self._clock(), failed[0].id.turn, placed))
        if fits == len(failed):
            tell(Step.PLACED, self._tokens)
        else:
            tell(Step.UNFIT)

    async def _ask(self, request: ModelRequest, edit_format: EditFormat) -> Ended:
        inbox: Inbox[Parsed | Exception] = Inbox(self._receive, self._broke)
        reader = AnswerReader(EditStream(edit_format), Meter(), inbox.put)
        self._over = asyncio.get_running_loop().create_future()
        self._call = self._endpoint.call(request, reader.sink)
        try:
            return await self._over
        finally:
            self._call.cancel()

    def _receive(self, batch: Sequence[Parsed | Exception]) -> None:
        over = self._over
        for parsed in batch:
            if isinstance(parsed, Exception):
                self._broke(parsed)
                return
            self._tokens = parsed.reading.output
            for event in parsed.edits:
                if isinstance(event, TakenBack):
                    self._raws.clear()
                elif isinstance(event, FileOpened):
                    self._path = composed(normal_path(event.path, self._root))
                elif isinstance(event, HunkClosed):
                    self._raws.setdefault(self._path, []).append(event.raw)
            if parsed.ended is not None and over is not None and not over.done():
                over.set_result(parsed.ended)

    def _broke(self, error: Exception) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_exception(error)

    def _place(
        self, failed: Sequence[Hunk], current: Callable[[Hunk], Hunk | None]
    ) -> tuple[Hunk, ...]:
        """Put the new hunks of each file under the failed ones' ids, in order."""
        out = []
        for path in dict.fromkeys(h.path for h in failed):
            wanted = [h for h in failed if h.path == path]
            raws = self._raws.get(composed(path), [])
            if len(raws) != len(wanted):
                # Which belongs to which can't be told: a guess could land in the wrong place.
                continue
            for hunk, raw in zip(wanted, raws, strict=True):
                now, edit = current(hunk), self._open_files.edit_of(hunk.id)
                if edit is None or now is None or now.state is not HunkState.REFUSED:
                    continue
                placed = edit.place(raw, hunk.id.ordinal)
                if placed.id == hunk.id:
                    out.append(placed)
        return tuple(out)

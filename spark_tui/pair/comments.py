"""Watches for comments that ask for an edit: only those that the person just wrote count."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence

from spark_tui.core.comments import CommentRequest, fresh, requests
from spark_tui.core.context import written
from spark_tui.core.errors import SparkError
from spark_tui.core.events import CommentsWaiting
from spark_tui.pair.emit import Emit
from spark_tui.pair.ports import Clock, Worktree

MOST_FILES = 100
"""More files than this in one burst were not written by hand: none of them is asked about."""

LARGEST = 1_000_000
"""Bytes; larger files are not looked into."""

_Found = tuple[CommentRequest, ...]


def instruction(request: CommentRequest) -> str:
    """What is asked of the model."""
    place = written(request.path, (request.line, request.line))
    return f'{place} do what the comment "{request.raw}" asks, then remove that comment'


class Comments:
    """What waits, oldest first, goes out as `CommentsWaiting` whenever it changes.

    A comment is new when it was not there before in the worktree, nor is committed: what another
    program brings (a checkout, a merge) asks for nothing.
    """

    def __init__(self, worktree: Worktree, marker: str, clock: Clock, emit: Emit) -> None:
        self._worktree = worktree
        self._marker = marker
        self._clock = clock
        self._emit = emit
        self._known: dict[str, _Found] = {}
        self._waiting: tuple[CommentRequest, ...] = ()

    async def start(self, paths: Collection[str]) -> None:
        """What stands in files that differ from HEAD already is old."""
        if self._marker:
            self._known = await asyncio.to_thread(self._look, tuple(paths)[: 10 * MOST_FILES])

    async def changed(self, paths: Collection[str]) -> None:
        """Somebody else wrote these files."""
        if not self._marker or not paths:
            return
        many = len(paths) > MOST_FILES
        found = await asyncio.to_thread(self._look, tuple(paths)[: 10 * MOST_FILES])
        new: list[CommentRequest] = []
        for path, now in found.items():
            candidates = () if many else fresh(self._known.get(path, ()), now)
            self._known[path] = now
            if candidates:
                old = await asyncio.to_thread(self._committed, path)
                new += [c for c in candidates if c in fresh(old, now)]
        kept = [self._again(request, found) for request in self._waiting]
        self._say((*(request for request in kept if request is not None), *new))

    def take(self) -> str:
        """The instruction of the one that waits longest, which waits no more; "" without any."""
        if not self._waiting:
            return ""
        first, *rest = self._waiting
        self._say(rest)
        return instruction(first)

    def _say(self, waiting: Iterable[CommentRequest]) -> None:
        after = tuple(waiting)
        if after != self._waiting:
            self._waiting = after
            self._emit(CommentsWaiting(self._clock(), after))

    def _again(self, request: CommentRequest, found: dict[str, _Found]) -> CommentRequest | None:
        """The request where it stands now; None when it is gone."""
        now = found.get(request.path)
        if now is None:
            return request
        return next((r for r in now if r.raw == request.raw), None)

    def _look(self, paths: Sequence[str]) -> dict[str, _Found]:
        """The comments of these files; blocks. A file that can't be read has none."""
        out: dict[str, _Found] = {}
        for path in paths:
            try:
                image = self._worktree.read(path)
            except SparkError:
                out[path] = ()
                continue
            small = image.exists and len(image.data) <= LARGEST
            mine = small and self._marker.encode() in image.data
            out[path] = requests(path, image.lines, self._marker) if mine else ()
        return out

    def _committed(self, path: str) -> _Found:
        try:
            text = self._worktree.committed(path)
        except SparkError:
            return ()
        return requests(path, text.splitlines(), self._marker)

"""The files that a loop or a try wrote: what they must hold unless somebody else saved them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping

from spark_tui.core.edits.model import Hunk
from spark_tui.core.errors import SparkError
from spark_tui.pair.ports import Worktree
from spark_tui.pair.review import Review


class OwnFiles:
    """Paths and the blob ids they have by us."""

    def __init__(self, worktree: Worktree, review: Review) -> None:
        self._worktree = worktree
        self._review = review
        self.shas: dict[str, str] = {}

    def __contains__(self, path: object) -> bool:
        return path in self.shas

    def touched(self, paths: Collection[str]) -> bool:
        """Whether any of these is among them."""
        return not self.shas.keys().isdisjoint(paths)

    def believe(self, hunks: Iterable[Hunk]) -> None:
        """The files of these hunks were just written, or put back."""
        for path in {p for h in hunks for p in (h.path, h.move_to) if p}:
            image = self._review.believed(path)
            if image is not None:
                self.shas[path] = image.sha

    async def other(self, shas: Mapping[str, str] | None = None) -> str:
        """The first of them (or of these) that holds something else, "" for none."""
        return await asyncio.to_thread(self._other, dict(self.shas if shas is None else shas))

    def _other(self, shas: Mapping[str, str]) -> str:
        for path, sha in shas.items():
            try:
                if self._worktree.read(path).sha != sha:
                    return path
            except SparkError:
                return path
        return ""

"""The queued instruction, right above the rule."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from spark_tui.ui import words
from spark_tui.ui.paint import cut_end, safe
from spark_tui.ui.widgets.painted import Painted


class QueueRow(Painted):
    """Two rows while something is queued, none otherwise."""

    def __init__(self) -> None:
        super().__init__(id="queue")
        self._texts: tuple[str, ...] = ()
        self.display = False

    def show(self, texts: Sequence[str]) -> None:
        """Take the queue, the next instruction first."""
        if tuple(texts) != self._texts:
            self._texts = tuple(texts)
            self.display = bool(texts)
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """What is next, and when it goes."""
        if not self._texts:
            return []
        label, fate = words.queued(len(self._texts) - 1)
        text = safe(self._texts[0].replace("\n", " "))
        return [
            self.line(("focus", f" {label}  "), ("text", cut_end(text, width - 12))),
            self.line(("muted", f"       {fate}")),
        ]

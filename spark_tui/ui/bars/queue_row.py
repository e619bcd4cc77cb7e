"""The queued instruction, right above the rule."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cut_end, safe
from spark_tui.ui.style.painted import PaintedWidget


class QueueRow(PaintedWidget):
    """Two rows while something is queued, none otherwise."""

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(id="queue")
        self._keymap = keymap
        self._texts: tuple[str, ...] = ()
        self._held = False
        self.display = False

    def show(self, texts: Sequence[str], *, held: bool = False) -> None:
        """Take the queue, the next instruction first; a `held` one is not sent by itself."""
        if (tuple(texts), held) != (self._texts, self._held):
            self._texts, self._held = tuple(texts), held
            self.display = bool(texts)
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """What is next, and when it goes."""
        if not self._texts:
            return []
        label, fate = words.queued(len(self._texts) - 1, held=self._held)
        text = safe(self._texts[0].replace("\n", " "))
        return [
            self.line(("focus", f" {label}  "), ("text", cut_end(text, width - 12))),
            self.line(("muted", f"       {fate.text(Where.PROMPT, self._keymap)}")),
        ]

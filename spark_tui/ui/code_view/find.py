"""Looking for a text in the lines of a file. Pure but for the keys it takes."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.ui.input.typed import typed_text


@dataclass(slots=True)
class FindInFile:
    """Case is ignored unless the text has capitals; goes round at both ends.

    `typing` is True while letters belong to the text.
    """

    typing: bool = False
    text: str = ""

    def start(self) -> None:
        """Begin with a new text."""
        self.typing, self.text = True, ""

    def stop(self) -> None:
        """Forget the text."""
        self.typing, self.text = False, ""

    def key(self, key: str, character: str | None) -> bool:
        """One key while typing; True for the one that starts the search."""
        if key == "enter":
            self.typing = False
            return bool(self.text)
        if key in {"escape", "ctrl+c"}:
            self.stop()
        elif key == "backspace":
            self.text = self.text[:-1]
        else:
            self.text += typed_text(key, character)
        return False

    def next(self, lines: Sequence[str], at: int, step: int, *, here: bool = False) -> int | None:
        """The next (step 1) or previous (-1) line that holds it, `at` itself only with `here`."""
        exact = self.text != self.text.lower()
        total = len(lines)
        for far in range(0 if here else 1, total + 1):
            line = (at + step * far) % total
            if self.text in (lines[line] if exact else lines[line].lower()):
                return line
        return None

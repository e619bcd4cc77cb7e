"""The prompt's vim flavour: insert and normal mode over the same draft. Pure."""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.dataclass import dataclass, field
from spark_tui.ui.prompt.draft import Draft
from spark_tui.ui.prompt.text_units import bounds, line_end, line_start

UNDO_STEPS = 200

_OPERATORS = "dcy"


@dataclass(slots=True)
class Vim:
    """Mode, pending operator and count, register, and the texts `u` goes back to.

    Normal mode knows h j k l w b e 0 ^ $ x X d c y with a motion or doubled, D C, i a I A o O, p P,
    u, and counts. What it does not know is left to the caller.
    """

    draft: Draft
    insert: bool = True
    _pending: str = ""
    _count: str = ""
    _linewise: bool = False
    _past: list[tuple[str, int]] = field(default_factory=list)

    @property
    def pending(self) -> bool:
        """True while an operator waits for its motion."""
        return bool(self._pending)

    def escape(self) -> bool:
        """Esc: leave insert mode, or drop what is pending; False where neither is there."""
        if self.insert:
            self.insert = False
            if self.draft.cursor > line_start(self.draft.text, self.draft.cursor):
                self.draft.move(-1)
            return True
        pending, self._pending, self._count = self._pending + self._count, "", ""
        return bool(pending)

    def fresh(self) -> None:
        """A new draft: insert mode, nothing to go back to."""
        self.insert = True
        self._pending = self._count = ""
        self._past.clear()

    def typed(self) -> None:
        """Insert mode is about to change the draft: one step for `u`, however much is typed."""
        if not self._past:
            self._save()

    def key(self, char: str) -> bool:
        """One character in normal mode; False when it means nothing here."""
        if char.isdigit() and (char != "0" or self._count):
            self._count += char
            return True
        if self._pending:
            return self._operate(char)
        if char in _OPERATORS:
            self._pending = char
            return True
        action = self._actions().get(char)
        motion = self._motion(char)
        if action is None and motion is None:
            self._count = ""
            return False
        if motion is not None:
            self.draft.cursor = self._within(motion)
        elif action is not None:
            action()
        self._count = ""
        return True

    # ----------------------------------------------------------------- motions

    def _motion(self, char: str) -> int | None:
        """Where a motion goes, None for what is none."""
        step = {
            "h": self._left,
            "l": self._right,
            " ": self._right,
            "j": lambda at: self._row(at, 1),
            "k": lambda at: self._row(at, -1),
            "w": self._next_word,
            "b": self._word_back,
            "e": self._word_end,
        }.get(char)
        at, text = self.draft.cursor, self.draft.text
        if step is not None:
            for _ in range(min(int(self._count or 1), 10_000)):
                at = step(at)
            return at
        if char == "0":
            return line_start(text, at)
        if char in "^_":
            line = text[line_start(text, at) : line_end(text, at)]
            return line_start(text, at) + len(line) - len(line.lstrip())
        return line_end(text, at) if char == "$" else None

    def _left(self, at: int) -> int:
        edges = [e for e in bounds(self.draft.text) if line_start(self.draft.text, at) <= e < at]
        return edges[-1] if edges else at

    def _right(self, at: int) -> int:
        end = line_end(self.draft.text, at)
        return next((e for e in bounds(self.draft.text) if at < e <= end), at)

    def _row(self, at: int, step: int) -> int:
        text = self.draft.text
        start = line_start(text, at)
        column = at - start
        if step < 0:
            if start == 0:
                return at
            above = line_start(text, start - 1)
            return min(above + column, start - 1)
        end = line_end(text, at)
        if end == len(text):
            return at
        return min(end + 1 + column, line_end(text, end + 1))

    def _next_word(self, at: int) -> int:
        text = self.draft.text
        if at < len(text):
            kind = _kind(text[at])
            while at < len(text) and _kind(text[at]) == kind and kind:
                at += 1
        while at < len(text) and not _kind(text[at]):
            at += 1
        return at

    def _word_back(self, at: int) -> int:
        text = self.draft.text
        while at and not _kind(text[at - 1]):
            at -= 1
        kind = _kind(text[at - 1]) if at else 0
        while at and _kind(text[at - 1]) == kind:
            at -= 1
        return at

    def _word_end(self, at: int) -> int:
        text = self.draft.text
        at += 1
        while at < len(text) and not _kind(text[at]):
            at += 1
        if at >= len(text):
            return max(len(text) - 1, 0)
        kind = _kind(text[at])
        while at + 1 < len(text) and _kind(text[at + 1]) == kind:
            at += 1
        return at

    def _within(self, at: int) -> int:
        """In normal mode the cursor stands on a character, not behind the line's last one."""
        text = self.draft.text
        start, end = line_start(text, at), line_end(text, at)
        return self._left(end) if at >= end > start else at

    # ----------------------------------------------------------------- operators and commands

    def _operate(self, char: str) -> bool:
        operator, self._pending = self._pending, ""
        at, text = self.draft.cursor, self.draft.text
        if char == operator:
            self._on_lines(operator)
            self._count = ""
            return True
        if operator == "c" and char == "w":
            char = "e"  # as vim has it: cw leaves the blanks behind the word
        target = self._motion(char)
        self._count = ""
        if target is None or char in "jk":
            return True
        start, end = sorted((at, target))
        if char == "e":
            end = self._right(end)
        if char == "w":
            end = min(end, line_end(text, at)) if end > line_end(text, at) > at else end
        self._take(operator, start, end)
        return True

    def _on_lines(self, operator: str) -> None:
        text = self.draft.text
        start = line_start(text, self.draft.cursor)
        end = start
        for _ in range(max(int(self._count or 1), 1)):
            end = line_end(text, end)
            if end == len(text):
                break
            end += 1
        whole = text[start:end]
        if operator == "c":
            self._take("c", start, end - whole.endswith("\n"))
            return
        if operator == "d" and end == len(text) and start and not whole.endswith("\n"):
            start -= 1  # the last line takes the break before it along
        self._take(operator, start, end)
        self._linewise = True
        self.draft.killed = whole.rstrip("\n")
        if operator == "d":
            self.draft.cursor = line_start(self.draft.text, self.draft.cursor)

    def _take(self, operator: str, start: int, end: int) -> None:
        draft = self.draft
        draft.killed, self._linewise = draft.text[start:end], False
        if operator == "y":
            draft.cursor = start
            return
        self._save()
        draft.text = draft.text[:start] + draft.text[end:]
        draft.cursor = start
        if operator == "c":
            self.insert = True
        else:
            draft.cursor = self._within(start)

    def _actions(self) -> dict[str, Callable[[], None]]:
        draft = self.draft
        return {
            "i": lambda: self._enter(draft.cursor),
            "a": lambda: self._enter(self._right(draft.cursor)),
            "I": lambda: self._enter(self._motion("^") or 0),
            "A": lambda: self._enter(line_end(draft.text, draft.cursor)),
            "o": lambda: self._open(line_end(draft.text, draft.cursor), "\n", 1),
            "O": lambda: self._open(line_start(draft.text, draft.cursor), "\n", 0),
            "x": lambda: self._cut_characters(1),
            "X": lambda: self._cut_characters(-1),
            "D": lambda: self._take("d", draft.cursor, line_end(draft.text, draft.cursor)),
            "C": lambda: self._take("c", draft.cursor, line_end(draft.text, draft.cursor)),
            "p": lambda: self._put(1),
            "P": lambda: self._put(0),
            "u": self._undo,
        }

    def _enter(self, at: int) -> None:
        self._save()
        self.draft.cursor = at
        self.insert = True

    def _open(self, at: int, text: str, step: int) -> None:
        self._save()
        self.draft.text = self.draft.text[:at] + text + self.draft.text[at:]
        self.draft.cursor = at + step
        self.insert = True

    def _cut_characters(self, step: int) -> None:
        start = end = self.draft.cursor
        for _ in range(min(int(self._count or 1), 10_000)):
            if step > 0:
                end = self._right(end)
            else:
                start = self._left(start)
        if end > start:
            self._take("d", start, end)

    def _put(self, after: int) -> None:
        draft = self.draft
        if not draft.killed:
            return
        self._save()
        if self._linewise:
            edge = line_end if after else line_start
            at = edge(draft.text, draft.cursor)
            text = f"\n{draft.killed}" if after else f"{draft.killed}\n"
            draft.text = draft.text[:at] + text + draft.text[at:]
            draft.cursor = at + after
            return
        at = self._right(draft.cursor) if after else draft.cursor
        draft.text = draft.text[:at] + draft.killed + draft.text[at:]
        draft.cursor = max(at + len(draft.killed) - 1, 0)

    def _save(self) -> None:
        self._past.append((self.draft.text, self.draft.cursor))
        del self._past[:-UNDO_STEPS]

    def _undo(self) -> None:
        while self._past:
            text, cursor = self._past.pop()
            if text != self.draft.text:
                self.draft.text, self.draft.cursor = text, min(cursor, len(text))
                self.draft.cursor = self._within(self.draft.cursor)
                return


def _kind(char: str) -> int:
    """0 for blanks, 1 for word characters, 2 for the rest: vim's word classes."""
    if char.isspace():
        return 0
    return 1 if char.isalnum() or char == "_" else 2

"""The row above the rule: what Enter would send with what is typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.strip import Strip

from spark_tui.core.context import ContextItem, written
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.printable import safe
from spark_tui.core.session import Session
from spark_tui.core.sizing import against
from spark_tui.pair.ports import ContextPreview
from spark_tui.ui.bars.rule import counts, problem
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_end, cut_middle
from spark_tui.ui.style.painted import PaintedWidget, RoleText

PATHS = (0, 32, 20)
"""Cells that a path is cut to where it is tight, 0 for not at all."""


@dataclass(frozen=True, slots=True)
class ContextShown:
    """What goes along, as the row shows it.

    `said` stands in place of all else: nothing can be sent, or nothing was found. `named` come
    first; then what goes along because it did before, `turns` in words and files `again`, and files
    `left_out` of that; then `guesses` behind a mark.
    """

    said: str = ""
    error: bool = False
    named: tuple[ContextItem, ...] = ()
    turns: str = ""
    again: tuple[ContextItem, ...] = ()
    guesses: tuple[ContextItem, ...] = ()
    outlines: int = 0
    size: str = ""
    took: str = ""
    left_out: tuple[str, ...] = ()


def context_shown(preview: ContextPreview, session: Session, keymap: Keymap) -> ContextShown | None:
    """What the row says about a draft; None while nothing is known of it."""
    window = session.endpoint.window
    if preview.problem:
        largest = max(preview.items, key=lambda item: item.tokens, default=None)
        said = problem(preview)
        if window and preview.tokens > window and largest is not None:
            said = words.too_large(preview.tokens, window, largest, busy=bool(counts(session)))
        return ContextShown(said.text(Where.PROMPT, keymap), error=True)
    if not (preview.items or preview.remembered):
        if preview.finding:
            return ContextShown(words.LOOKING)
        return ContextShown(words.nothing_found(preview.may_look)) if preview.tokens else None
    plain = [item for item in preview.items if not item.guess]
    took = words.ms(round(preview.took_ms * 1e6)) if preview.took_ms else ""
    return ContextShown(
        named=tuple(item for item in plain if item.path not in preview.again),
        turns=words.remembered(preview.remembered, preview.remembered_tokens, session.turns),
        again=tuple(item for item in plain if item.path in preview.again),
        guesses=tuple(item for item in preview.items if item.guess),
        outlines=preview.outlines,
        size=against(preview.tokens, window),
        took=took,
        left_out=preview.left_out,
    )


def keeping_order(shown: ContextShown, before: ContextShown) -> ContextShown:
    """The same with the guesses that stood there before in their old order, the new ones behind."""
    paths = [item.path for item in before.guesses]
    known = {path: at for at, path in enumerate(dict.fromkeys(paths))}
    order = sorted(shown.guesses, key=lambda item: known.get(item.path, len(known)))
    return replace(shown, guesses=tuple(order))


def context_parts(shown: ContextShown, width: int) -> list[RoleText]:
    """The row in `width` cells: as many places as fit, their paths cut in the middle first."""
    if shown.said:
        role = "refuse" if shown.error else "muted"
        return [(role, f" {cut_middle(safe(shown.said), width - 2)}")]
    least: list[RoleText] = []
    for parts in _forms(shown):
        if sum(cells(text) for _, text in parts) <= width:
            return parts
        least = parts
    text = "".join(text for _, text in least)
    return [("muted", cut_end(text, width))]


def _forms(shown: ContextShown) -> Iterator[list[RoleText]]:
    """The row in every form, the fullest first."""
    every = [*shown.named, *shown.again, *shown.guesses]
    full = " · ".join(filter(None, (shown.size, shown.took)))
    for most in range(len(every), -1, -1):
        for symbols, path in ((True, 0), *((False, cut) for cut in PATHS)):
            kept = frozenset(every[:most])
            yield _form(shown, kept, path, full, symbols=symbols)
    bare = replace(shown, outlines=0, left_out=())
    yield _form(bare, frozenset(), 0, full, symbols=False)
    yield _form(replace(bare, turns=""), frozenset(), 0, shown.size, symbols=False)


def _form(
    shown: ContextShown, kept: frozenset[ContextItem], path: int, tail: str, *, symbols: bool
) -> list[RoleText]:
    """The row with the `kept` places, their paths cut to `path` cells."""

    def said(items: Sequence[ContextItem]) -> str:
        return "   ".join(place(i, path, symbols=symbols) for i in items if i in kept)

    parts: list[RoleText] = []
    before = " + ".join(filter(None, (shown.turns, said(shown.again))))
    for lead, text in (("", said(shown.named)), ("again: ", before), ("? ", said(shown.guesses))):
        if text:
            parts += [("focus", lead), ("text", f"{text}   ")]
    every = len(shown.named) + len(shown.again) + len(shown.guesses)
    rest = every - len(kept)
    more = [f"+ {rest} more" if parts else _many(rest, "place")] if rest else []
    more += [f"+ {_many(shown.outlines, 'outline')}"] if shown.outlines else []
    more += [_left_out(shown.left_out, path, len(kept))] if shown.left_out else []
    last = " · ".join(filter(None, ("   ".join(more), tail)))
    if not more and parts:
        parts[-1] = ("text", parts[-1][1].rstrip())
        last = f" · {last}"
    return [("text", " "), *parts, ("muted", last)]


def _left_out(paths: Sequence[str], width: int, most: int) -> str:
    """Files that have no room, at least the first and at most so many by name."""
    names = [cut_middle(safe(path), width) if width else safe(path) for path in paths]
    most = max(1, most)
    rest = f" + {len(names) - most} more" if len(names) > most else ""
    return f"left out: {', '.join(names[:most])}{rest}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def place(item: ContextItem, width: int = 0, *, symbols: bool = False) -> str:
    """A part of what goes along, by name; its path in at most `width` cells, 0: all of it."""
    path = cut_middle(safe(item.path), width) if width else safe(item.path)
    if not item.guess:
        return written(path, item.lines)
    if item.lines is None:
        return f"{path} whole"
    symbol = f" {safe(item.symbol)}" if symbols and item.symbol else ""
    return f"{path}:{item.lines[0]}-{item.lines[1]}{symbol}"


class ContextRow(PaintedWidget):
    """One row while something is typed, none otherwise."""

    def __init__(self) -> None:
        super().__init__(id="context")
        self._shown: ContextShown | None = None
        self.display = False

    def show(self, shown: ContextShown | None) -> None:
        """Take what goes along; None for no row."""
        if shown is not None and self._shown is not None:
            shown = keeping_order(shown, self._shown)
        if shown != self._shown:
            self._shown = shown
            if self.display != (shown is not None):
                self.display = shown is not None
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        if self._shown is None:
            return []
        return [self.line(*context_parts(self._shown, width))]

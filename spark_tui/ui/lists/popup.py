"""One light list over the body: palette, help, endpoints, completion, changed files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from textual.strip import Strip

from spark_tui.core.dataclass import dataclass, field
from spark_tui.ui.input.typed import typed_text
from spark_tui.ui.lists.finder import rank
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.painted import PaintedWidget, RoleText


@dataclass(frozen=True, slots=True)
class Item:
    """One row: `left`, `middle` and `right` text in a role's colours.

    Rows with `id` "" can't be chosen: titles, and details of the row above them.
    """

    id: str
    left: str
    middle: str = ""
    right: str = ""
    role: str = "text"


class PopupForm(Protocol):
    """Takes the keys of an open popup, and what is pasted, instead of its list.

    While it is `running` Esc stops it; when it is `done` nothing more is typed.
    """

    running: bool
    done: bool

    def key(self, key: str, character: str | None) -> None:
        """Any key but Enter and Esc."""

    def paste(self, text: str) -> None:
        """Pasted text."""

    def enter(self) -> bool:
        """Enter; True when the popup closes."""

    def escape(self) -> bool:
        """Esc; True when the popup closes."""


class ListKey(NamedTuple):
    """A key of a list, which no remap moves, and what it does there."""

    name: str
    does: str


CLOSES = ListKey("Esc", "closes")


def _noted(part: ListKey | str) -> str:
    return part if isinstance(part, str) else f"{part.name} {part.does}"


@dataclass(frozen=True, slots=True)
class PopupModel:
    """What a popup shows. `note` stands beside its title: keys of its own, the least needed first.

    `choose` is called with the chosen item's id after it closed.

    `word` is the rule's first word while it is open; `search` maps a filter text to items (None:
    the items themselves are filtered); `keeps_prompt` leaves typing to the prompt (completion).
    `preview` is called with each item the selection comes to; `cancelled` when the popup closes,
    before `choose`. `tab` is what Tab does with the chosen item instead, `keys` what others do, and
    `paste` what pasted text does; all leave it open. `form` takes the keys while it is there, and
    is painted as the `footer`: texts, or rows of parts. `start` is the item to begin on. `sure`
    says which items Enter takes though nobody went to them; None: all.
    """

    word: str
    title: str
    items: tuple[Item, ...]
    choose: Callable[[str], None] | None = None
    note: tuple[ListKey | str, ...] = (CLOSES,)
    footer: tuple[str | tuple[RoleText, ...], ...] = ()
    filterable: bool = False
    search: Callable[[str], Sequence[Item]] | None = None
    keeps_prompt: bool = False
    sure: Callable[[str], bool] | None = None
    preview: Callable[[str], None] | None = None
    cancelled: Callable[[], None] | None = None
    start: str = ""
    column: int = 24
    tab: Callable[[str], None] | None = None
    keys: Mapping[str, Callable[[str], None]] = field(default_factory=dict, hash=False)
    paste: Callable[[str, str], None] | None = None
    form: PopupForm | None = None

    @property
    def has_help(self) -> bool:
        """Whether there are keys to tell of: of a list that is chosen from."""
        return self.choose is not None and self.form is None and not self.keeps_prompt


class ListPlace(NamedTuple):
    """What was typed to filter a list, the chosen row, and the first one shown."""

    filter: str
    selected: int
    top: int


class Popup(PaintedWidget):
    """Shows one model at a time; keys come from the screen through `key`.

    At least `below` rows of the screen stay below it.
    """

    def __init__(self, below: int = 4) -> None:
        super().__init__(id="popup")
        self._below = below
        self.model: PopupModel | None = None
        self.filter = ""
        self.selected = 0
        self.moved = False
        self.top = 0
        self.display = False

    @property
    def items(self) -> Sequence[Item]:
        """The items that pass the filter."""
        model = self.model
        if model is None:
            return ()
        if model.search is not None:
            return model.search(self.filter)
        if not self.filter:
            return model.items
        ranked = [(rank(self.filter, f"{i.left} {i.middle} {i.id}"), i) for i in model.items]
        found = [(place, item) for place, item in ranked if place is not None]
        return [item for _, item in sorted(found, key=lambda pair: pair[0])]

    def open(self, model: PopupModel) -> None:
        """Show `model` from its top."""
        self.model = model
        self.filter = ""
        self.moved = False
        self.top = 0
        self._shown = self.items
        self.selected = self._begin(model.start)
        self.display = True
        self.fit()
        self.call_after_refresh(self.fit)  # rows below it may come with the same key

    def at(self) -> ListPlace:
        """Where the person is in the list, for `reopen`."""
        return ListPlace(self.filter, self.selected, self.top)

    def reopen(self, model: PopupModel, place: ListPlace) -> None:
        """Show `model` as it was when `at` was asked."""
        self.open(model)
        self.filter, self.top = place.filter, place.top
        self._shown = self.items
        self.selected = min(place.selected, max(len(self._shown) - 1, 0))
        self.fit()

    def close(self) -> None:
        """Hide it."""
        self.model = None
        self.display = False

    def fit(self) -> None:
        """Take as many rows as needed, at most what lies between header and rule."""
        model = self.model
        if model is None:
            return
        screen = self.screen.size
        below = sum(w.outer_size.height for w in self.screen.query("#foot").results())
        room = max(screen.height - 1 - max(below, self._below), 3)
        wanted = max(len(self._shown), 1) + len(model.footer) + (2 if model.filterable else 1)
        panel = 29 if screen.width >= 100 and self.screen.query("#changes") else 0
        self.styles.width = screen.width - panel
        self.styles.height = min(wanted, room)
        self.styles.offset = (0, -max(below, self._below))
        self.repaint()

    def key(self, key: str, character: str | None) -> bool:
        """Handle one key; False when it means nothing here. Enter and Esc are the screen's."""
        count = len(self._shown)
        moves = {"up": -1, "down": 1, "ctrl+p": -1, "ctrl+n": 1}
        if key in moves:
            self.moved = True
            self._select(moves[key])
        elif key in {"pageup", "pagedown"}:
            page = max(self.size.height - 3, 1)
            self._select(-page if key == "pageup" else page)
        elif key in {"home", "end"}:
            self._select(-count if key == "home" else count)
        elif self.model is not None and self.model.filterable and key == "backspace":
            self._refilter(self.filter[:-1])
        elif (
            self.model is not None
            and self.model.filterable
            and (typed := typed_text(key, character))
        ):
            self._refilter(self.filter + typed)
        elif key in {"j", "k"}:
            self._select(1 if key == "j" else -1)
        else:
            return False
        self._preview()
        self.repaint()
        return True

    def paste(self, line: str) -> bool:
        """Look for a pasted line; False where the list is not searched by letters."""
        if self.model is None or not self.model.filterable:
            return False
        self._refilter(self.filter + line)
        self._preview()
        return True

    def _preview(self) -> None:
        item = self.chosen()
        if self.model is not None and self.model.preview is not None and item is not None:
            self.model.preview(item.id)

    def refill(self, model: PopupModel) -> None:
        """Show other items in the same place (completion while typing)."""
        self.model = model
        self.moved = False
        self._shown = self.items
        self.selected = min(self.selected, max(len(self._shown) - 1, 0))
        if model.form is not None:
            self.selected = self._begin(model.start)
        self.fit()

    def chosen(self) -> Item | None:
        """The selected item, None when there is nothing to choose."""
        if 0 <= self.selected < len(self._shown) and self._shown[self.selected].id:
            return self._shown[self.selected]
        return None

    def rows(self, width: int, height: int) -> Sequence[Strip]:
        """Title, filter, the visible items, footer; the rule of the screen closes it."""
        model = self.model
        if model is None:
            return []
        head = 2 if model.filterable else 1
        footer = model.footer[-max(height - head - 1, 1) :]
        room = max(height - head - len(footer), 1)
        self._bring_into_view(room)
        hidden = len(self._shown) - self.top - room
        out = [self._title(model, width, hidden)]
        self.caret = (1, head + self.selected - self.top)
        if model.filterable:
            self.caret = (3 + cells(safe(self.filter)), 1)
            out.append(self.line(("focus", " › "), ("text", safe(self.filter)), ("select", " ")))
        for number in range(self.top, min(self.top + room, len(self._shown))):
            out.append(self._row(self._shown[number], number == self.selected, width, model))
        if not self._shown:
            out.append(self.line(("muted", "   nothing matches")))
        while len(out) < height - len(footer):
            out.append(self.line(("text", "")))
        for row in footer:
            typed_at = _cursor_in(row)
            if typed_at is not None:
                self.caret = (3 + typed_at, len(out))
            out.append(self._foot(row, width))
        return out

    def _foot(self, row: str | tuple[RoleText, ...], width: int) -> Strip:
        if isinstance(row, str):
            return self.line(("muted", f"   {cut_end(safe(row), width - 4)}"))
        return self.line(("text", "   "), *row)

    def _title(self, model: PopupModel, width: int, hidden: int) -> Strip:
        said = [*([f"▼ {hidden} more"] if hidden > 0 else []), *map(_noted, model.note)]
        room = width - cells(model.title) - 10
        while len(said) > 1 and cells(" · ".join(said)) > room:
            del said[0]  # the way out stays
        note = " · ".join(said)
        used = 3 + cells(model.title) + 2 + cells(note) + 4
        line = "─" * max(width - used, 1)
        return self.line(
            ("rule", "── "),
            ("focus", safe(model.title)),
            ("rule", f" {line} "),
            ("muted", safe(note)),
            ("rule", " ──"),
        )

    def _row(self, item: Item, selected: bool, width: int, model: PopupModel) -> Strip:
        mark: RoleText = ("focus", " ▸ ") if selected and item.id else ("text", "   ")
        right = safe(item.right)
        room = max(width - 4 - cells(right) - 1, 1)
        left = cut_middle(safe(item.left), room)
        middle = ""
        if item.middle:
            left = left + " " * max(min(model.column, width // 3) - cells(left), 1)
            middle = cut_end(safe(item.middle), max(room - cells(left), 0))
        gap = " " * max(room - cells(left) - cells(middle) + 1, 1)
        role = "focus" if selected and item.id else item.role
        beside = "text" if item.id else item.role
        return self.line(mark, (role, left), (beside, middle), ("muted", gap + right))

    def _bring_into_view(self, room: int) -> None:
        """Bring the selected row into view, with its details as far as they fit."""
        self._room = room
        last, end = self.selected, self._details_end()
        if not self._choosable():
            self.top = max(self.top, last - room + 1)
        elif end - last < room:
            self.top = min(max(self.top, end - room + 1), last)
        else:
            self.top = min(max(self.top, last), end - room + 1)
        self.top = max(min(self.top, len(self._shown) - room), 0)

    def _details_end(self) -> int:
        """The last of the rows below the selected one that belong to it."""
        rows = range(self.selected + 1, len(self._shown))
        return next((n - 1 for n in rows if self._shown[n].id), len(self._shown) - 1)

    def _choosable(self) -> bool:
        return any(item.id for item in self._shown)

    def _begin(self, wanted: str) -> int:
        found = (n for n, item in enumerate(self._shown) if wanted and item.id == wanted)
        return next(found, self._first())

    def _first(self) -> int:
        return next((n for n, item in enumerate(self._shown) if item.id), 0)

    def _select(self, step: int) -> None:
        last = len(self._shown) - 1
        if not self._choosable():
            room = max(self.size.height - 1, 1)
            self.top = min(max(self.top + step, 0), max(len(self._shown) - room, 0))
            self.selected = self.top
            return
        end = self._details_end()
        if end - self.selected >= self._room:  # its details are longer than the list is high
            if step > 0 and end > self.top + self._room - 1:
                self.top += step
                return
            if step < 0 and self.top > self.selected:
                self.top = max(self.top + step, self.selected)
                return
        at = min(max(self.selected + step, 0), last)
        way = 1 if step > 0 else -1
        while 0 <= at <= last and not self._shown[at].id:
            at += way
        if 0 <= at <= last:
            self.selected = at
            self.top = min(self.top, at)

    def _refilter(self, text: str) -> None:
        self.filter = text
        self._shown = self.items
        self.selected = self._first()
        self.top = 0
        self.fit()

    _shown: Sequence[Item] = ()
    _room: int = 1


def _cursor_in(row: str | tuple[RoleText, ...]) -> int | None:
    """How many cells into a row of a form its cursor stands, None for none."""
    used = 0
    for role, text in row if not isinstance(row, str) else ():
        if role == "select":
            return used
        used += cells(text)
    return None

"""What goes along with a draft, as a list in which it can be changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spark_tui.core.context import FileLines, Omitted
from spark_tui.core.dataclass import dataclass
from spark_tui.core.sizing import against
from spark_tui.core.tokens import short
from spark_tui.pair.ports import ContextPreview
from spark_tui.ui.lists.popup import CLOSES, Item, ListKey, PopupModel
from spark_tui.ui.messages import words

WORD = "along"
"""The rule's first word while the list is open."""

ADDS = "@"
"""The id of the row, and the key, that name another file."""

TURNS, OUTLINES = "turns", "outlines"
"""The ids of what is no file; those of files and lines are made by `ident`."""


def ident(path: str, lines: tuple[int, int] | None) -> str:
    """The id of a file or of lines of it."""
    return f"{lines[0]}-{lines[1]}:{path}" if lines is not None else f":{path}"


def of_ident(chosen: str) -> FileLines:
    """The file and lines of an id."""
    span, _, path = chosen.partition(":")
    first, _, last = span.partition("-")
    return path, ((int(first), int(last)) if span else None)


@dataclass(frozen=True, slots=True)
class AlongKeys:
    """What the keys of the list do with the id of a row."""

    remove: Callable[[str], None]
    open: Callable[[str], None]
    add: Callable[[str], None]


def along_list(
    preview: ContextPreview, omitted: Omitted, window: int, turns: str, keys: AlongKeys
) -> PopupModel:
    """Everything that goes along, what was taken out at the end; `turns` says what is remembered.

    The size of the whole request stands beside the title.
    """
    items = [*_sent(preview, omitted, turns), *_taken_out(omitted)]
    if not items:
        items = [Item("", words.nothing_found(preview.may_look), role="muted")]
    items.append(Item(ADDS, "@", "names a file, a folder or a symbol", role="muted"))
    size = against(preview.tokens, window) if preview.tokens else ""
    return PopupModel(
        WORD,
        f"what goes along · {size}" if size else "what goes along",
        tuple(items),
        keys.open,
        (
            ListKey("@", "adds"),
            ListKey("Enter", "opens the code"),
            ListKey("x", "removes, puts back"),
            CLOSES,
        ),
        keys={"x": keys.remove, ADDS: keys.add},
        column=48,
    )


def _sent(preview: ContextPreview, omitted: Omitted, turns: str) -> Sequence[Item]:
    rows = [
        Item(
            ident(item.path, item.lines),
            f"{'? ' * item.guess}{words.place(item)}",
            item.symbol or ("again" if item.path in preview.again else ""),
            f"{short(item.tokens)} tokens",
        )
        for item in preview.items
        if not omitted.has(item.path, item.lines)
    ]
    if turns and not omitted.turns:
        rows.append(Item(TURNS, f"again: {turns}"))
    if preview.outlines and not omitted.outlines:
        many = f"{preview.outlines} outline{'s' * (preview.outlines != 1)}"
        rows.append(Item(OUTLINES, f"+ {many}", "where these files define what"))
    return rows


def _taken_out(omitted: Omitted) -> Sequence[Item]:
    said = [(ident(path, lines), words.file_lines(path, lines)) for path, lines in omitted.places]
    said += [(TURNS, "what is remembered")] if omitted.turns else []
    said += [(OUTLINES, "outlines")] if omitted.outlines else []
    return [Item(which, f"✗ {name}", "stays here", role="muted") for which, name in said]

"""What a hunk says: its header row, its diff rows, and the row that offers a way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spark_tui.core.edits import writers
from spark_tui.core.edits.diff import Op
from spark_tui.core.edits.guard import protected
from spark_tui.core.edits.hunk_factory import is_excerpt
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.lookalike import appearance
from spark_tui.core.edits.model import FileImage, FileOp, Hunk, HunkState, Row
from spark_tui.core.edits.rows import changed_rows, missed_rows, rows
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import key_names
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.row_paint import STATE_MARKS, Look, RowView, StyledRange, StyledText, joined
from spark_tui.ui.transcript.wrap import ENDING, WrappedRow, clipped, within

CONTEXT = 3
"""Unchanged lines shown round a change."""

_BESIDE_PATH = 40
"""Cells that a header may need beside the path."""

_GROUNDS = {"+": "add", "-": "remove", " ": ""}


_NOTHING = FileImage("", b"", "", 0, "utf-8", "\n", b"", (), exists=False)


def hunk_rows(hunk: Hunk, image: FileImage | None, context: int) -> tuple[Row, ...]:
    """The hunk's lines with up to `context` unchanged ones round them, where the file is known."""
    if hunk.state is HunkState.STALE and hunk.moved_from is not None:
        return tuple(_stale_rows(hunk, hunk.moved_from))
    missed = hunk.state is HunkState.REFUSED and hunk.refusal is not None and hunk.refusal.line
    if missed and image is not None and (found := missed_rows(hunk, LineIndex(image))):
        return found
    if image is None or (hunk.base_span or (0, 0))[1] > len(image.lines):
        return rows(hunk, _NOTHING, 0)
    found = rows(hunk, image, context)
    return found if context != CONTEXT else _without_blank_edges(found)


def path_rows(hunk: Hunk, look: Look) -> tuple[Row, ...]:
    """The two names of a renamed file, where its header could not tell them apart."""
    path, name = hunk.path, hunk.move_to
    if hunk.op is not FileOp.RENAME or name is None:
        return ()
    if cells(_where(hunk)) <= look.width - _BESIDE_PATH and appearance(path) != appearance(name):
        return ()
    found = changed_rows((path,), (name,), Op(False, 0, 1, 0, 1), "")
    return tuple(row._replace(old_no=None, new_no=None) for row in found)


def _stale_rows(hunk: Hunk, was: int) -> Iterator[Row]:
    """The change alone, numbered from where it was: what stood round it is not the file's now."""
    old = new = was
    for row in rows(hunk, _NOTHING, 0):
        if row.tag != " ":
            yield row._replace(
                old_no=old if row.tag == "-" else None, new_no=new if row.tag == "+" else None
            )
        elif old == new == was:
            continue  # leading context: counting begins at the first change
        old += row.tag != "+"
        new += row.tag != "-"


def _without_blank_edges(found: tuple[Row, ...]) -> tuple[Row, ...]:
    """Blank unchanged lines at the outer edges say nothing; the one next to a change stays."""
    start, end = 0, len(found)
    while start + 1 < end and _blank(found[start]) and found[start + 1].tag == " ":
        start += 1
    while end - 2 > start and _blank(found[end - 1]) and found[end - 2].tag == " ":
        end -= 1
    return found[start:end]


def _blank(row: Row) -> bool:
    return row.tag == " " and not row.text.strip()


def code_view(
    row: Row,
    spans: Sequence[StyledRange],
    look: Look,
    *,
    current: bool,
    number_width: int,
    wide: bool = False,
    shift: int = 0,
    place: WrappedRow | None = None,
) -> RowView:
    """One diff row: old number on removed lines, new number on all others.

    `wide` leaves room for the word `yours`, which a row above has in place of the tag. `place` says
    which row of a changed line's several this is; an unchanged line is cut, after `shift` cells.
    """
    number = row.old_no if row.tag == "-" else row.new_no
    bar = (look.bar if current else " ", "focus")
    width = number_width if look.compact else max(5, number_width)
    gap = " " * 4 if wide else ""
    return line_view(row, spans, bar, number, width, gap=gap, shift=shift, place=place)


def line_view(
    row: Row,
    spans: Sequence[StyledRange],
    lead: StyledText,
    number: int | None,
    number_width: int,
    *,
    gap: str = "",
    shift: int = 0,
    place: WrappedRow | None = None,
) -> RowView:
    """A line, or one of its rows, behind its number and mark."""
    ground = _GROUNDS[row.tag]
    goes_on = place is not None and place.number > 0
    said = "↪" if goes_on else "" if number is None else str(number)
    own = f"{writers.whose(''):<5} " if gap else "≠ "
    mark = (own, "stale") if row.there else (f"{row.tag} {gap}", ground or "text")
    gutter: tuple[StyledText, ...] = (lead, (f"{said:>{number_width}} ", "muted"), mark)
    after: tuple[StyledText, ...] = ((f"{ENDING}{row.ending}", ground),) if row.ending else ()
    if place is None:
        moved = shift if row.tag == " " else 0
        emphasis = row.emphasis
        return RowView(row.text, gutter, spans, "text", ground, emphasis, after=after, shift=moved)
    start, end, indent, alike = place.slice
    if indent:
        gutter = (*gutter, (" " * indent, "text"))
    return RowView(
        row.text[start:end],
        gutter,
        () if alike else clipped(spans, start, end),
        "text",
        ground,
        within(row.emphasis, start, end),
        parts=place.parts[start:end],
        after=after if place.last else (),
        instead=((words.alike(end - start), "muted"),) if alike else (),
        joins=goes_on,
    )


def gutter_width(look: Look, digits: int, *, wide: bool) -> int:
    """Cells left of a hunk's lines."""
    return 4 + (digits if look.compact else max(5, digits)) + (4 if wide else 0)


def number_width(rows_shown: Sequence[Row]) -> int:
    """Digits of the highest line number shown, at least 2."""
    high = max((max(r.old_no or 0, r.new_no or 0) for r in rows_shown), default=0)
    return max(2, len(str(high)))


def header_view(
    hunk: Hunk,
    look: Look,
    *,
    current: bool,
    place: tuple[int, int],
    more: bool,
    words: str,
    counts: tuple[int, int],
) -> RowView:
    """The row a hunk folds to: mark, path and line, which of how many, state in words, counts.

    `place` is (this hunk's number, hunks known); `more` says that others may still come.
    """
    done = _done(hunk.state)
    return header_row(
        STATE_MARKS[hunk.state],
        (_where(hunk), "muted" if done else "text"),
        look,
        current=current,
        place=place,
        more=more,
        words=(words, _word_role(hunk.state)),
        counts=counts,
    )


def header_row(
    state: tuple[str, str, str],
    where: StyledText,
    look: Look,
    *,
    current: bool,
    place: tuple[int, int],
    more: bool,
    words: StyledText,
    counts: tuple[int, int],
) -> RowView:
    """A hunk's header made of its parts; `state` is a mark, the same without UTF-8, its role."""
    mark, plain_mark, role = state
    right = counts_parts(counts)
    right_width = sum(cells(t) for t, _ in right) + 2
    total = f"{place[0]}/{place[1]}{'…' if more else ''}"
    narrow = look.compact or look.width < _NARROW
    label = total if narrow else f"hunk {total}"
    column = max(18 if narrow else 20, min(look.width // 4, 40))
    room = look.width - 3 - right_width - cells(label) - 1
    said, said_role = words
    if said:
        room -= min(cells(said) + 3, 20)
    path = cut_middle(where[0], max(8, room))
    path += " " * max(1, min(column - cells(path), room - cells(path) + 1))
    parts: list[StyledText] = [
        (plain_mark if look.ascii_only else mark, role),
        (" ", "text"),
        (path, where[1]),
        (label, "muted"),
    ]
    if said:
        gap = "  " if narrow else "   "
        left = look.width - 1 - sum(cells(t) for t, _ in parts) - right_width - len(gap) - 1
        parts += [(gap, "text"), (cut_middle(said, max(0, left)), said_role)]
    text, spans = joined(parts)
    return RowView(text, ((look.bar if current else " ", "focus"),), spans, right=right)


_NARROW = 64
"""Cells under which a header says `1/2` in place of `hunk 1/2`: one column of a race."""


def _where(hunk: Hunk) -> str:
    path = safe(hunk.path)
    if hunk.op is FileOp.RENAME and hunk.move_to:
        return f"{path} → {safe(hunk.move_to)}"
    if hunk.state is HunkState.STALE and hunk.moved_from is not None:
        return f"{path}:{hunk.moved_from}"
    if hunk.op is FileOp.UPDATE and hunk.line is not None and hunk.state is not HunkState.REFUSED:
        return f"{path}:{hunk.line}"
    return path


def _done(state: HunkState) -> bool:
    return state in {HunkState.APPLIED, HunkState.DROPPED, HunkState.REPLACED}


def _word_role(state: HunkState) -> str:
    return {
        HunkState.REFUSED: "refuse",
        HunkState.STALE: "stale",
        HunkState.KEPT: "kept",
        HunkState.WRITING: "writing",
    }.get(state, "muted")


def counts_parts(counts: tuple[int, int]) -> tuple[StyledText, ...]:
    """`+5 -2`, in their colours."""
    added, removed = counts
    out: list[StyledText] = []
    if added:
        out.append((f"+{added}", "fg:add"))
    if removed:
        out += [(" ", "text")] if out else []
        out.append((f"-{removed}", "fg:remove"))
    return tuple(out)


def state_words(hunk: Hunk, *, running: bool, incomplete: bool) -> str:
    """What the header says about a state nothing more is known of."""
    match hunk.state:
        case HunkState.WRITING:
            return "writing"
        case HunkState.KEPT:
            return words.KEPT if running or incomplete else "kept"
        case HunkState.APPLIED:
            return "applied"
        case HunkState.DROPPED:
            return "dropped"
        case HunkState.REPLACED:
            return "replaced by a newer answer"
        case HunkState.REFUSED:
            return _reason(hunk) if hunk.refusal else "has no place"
        case HunkState.STALE:
            return safe(hunk.refusal.message) if hunk.refusal else "the file changed since"
        case HunkState.OPEN:
            return " · ".join(_open_words(hunk, incomplete))


def _reason(hunk: Hunk) -> str:
    """The refusal without the path it may begin with: the header shows that already."""
    message = hunk.refusal.message if hunk.refusal else ""
    return safe(message.removeprefix(hunk.path).lstrip())


def _open_words(hunk: Hunk, incomplete: bool) -> list[str]:
    out = ["protected file"] if protected(hunk) else []
    match hunk.op:
        case FileOp.CREATE:
            crlf = bool(hunk.new) and hunk.new[0].endswith("\r\n")
            out.append("new file" if hunk.new else "new empty file")
            out += ["CRLF line ends"] if crlf else []
        case FileOp.DELETE:
            out.append("deletes the file")
        case FileOp.RENAME:
            out.append("renames the file")
        case FileOp.MODE:
            out.append(words.mode(hunk.mode or 0))
        case FileOp.UPDATE:
            pass
    if hunk.moved_from is not None:
        out.append(f"moved, was {hunk.moved_from}")
    if incomplete:
        out.append("incomplete answer")
    return out


def way_out_views(hunk: Hunk, look: Look, *, current: bool) -> list[RowView]:
    """Below a refused or stale hunk: the keys that help, as who has the keyboard has them."""
    bar = (look.bar if current else " ", "focus")
    refusal = hunk.refusal
    gap, within = ("  ", "") if look.compact else ("   ", "in ")

    def named(command: str, nth: int = 0) -> tuple[str, str]:
        _, names = key_names(command, Where.REVIEW, look.keymap, nth + 1)
        return (names.split(" ")[-1], "focus")

    roomy = look.review or not look.compact
    keys: list[StyledText] = []
    if not look.review:
        keys += [(look.keymap.key_of("switch"), "focus"), (f":{gap}", "muted")]
    if is_excerpt(hunk):
        keys += [named("place"), (f" {words.WHOLE_FILE}{gap}", "text")]
    elif refusal is not None and refusal.candidates:
        for nth, place in enumerate(refusal.candidates[:9]):
            where = f" {within}{safe(place.where)}" if place.where and roomy else ""
            keys += [named("place", nth), (f" line {place.line}{where}{gap}", "text")]
    stale = hunk.state is HunkState.STALE
    again = (
        f"ask again{words.on_whose_text(refusal.by if refusal else '')}" if stale else "ask again"
    )
    keys += [named("ask-again"), (f" {'again' if look.compact else again}{gap}", "text")]
    if stale:
        keys += [named("open"), (f" open{gap}", "text")]
    if not is_excerpt(hunk) and refusal is not None and refusal.line is not None:
        keys += [named("edit"), (f" {words.MERGE}{gap}", "text")]
    keys += [named("drop"), (" drop", "text")]
    text, spans = joined(keys)
    return [RowView(text, (bar, (" " * (1 if look.compact else 4), "text")), spans)]


def found_view(hunk: Hunk, look: Look, *, current: bool, shift: int = 0) -> RowView | None:
    """The line of the file that stands in the way, where one is known."""
    refusal = hunk.refusal
    if refusal is None or refusal.line is None or not refusal.found:
        return None
    bar = (look.bar if current else " ", "focus")
    width = 2 if look.compact else 5
    gutter: tuple[StyledText, ...] = (bar, (f"{refusal.line:>{width}} ", "muted"))
    gutter += ((f"{writers.whose(refusal.by):<5} ", "stale"),)
    return RowView(refusal.found.rstrip("\r\n"), gutter, shift=shift)


def words_view(text: str, role: str, indent: int, right: tuple[StyledText, ...] = ()) -> RowView:
    """A plain row of the transcript."""
    return RowView(text, ((" " * indent, "text"),), (), role, right=right)


def cut_words(text: str, width: int) -> str:
    """Text from outside as one safe line of at most `width` cells."""
    return cut_end(safe(text), width)

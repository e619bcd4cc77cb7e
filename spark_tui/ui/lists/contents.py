"""The contents of the popups: palette, help, endpoints, themes, changed files, history."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence

from spark_tui.core.checks import DeclaredCheck
from spark_tui.core.dataclass import replace
from spark_tui.core.edits.diff import unquoted
from spark_tui.core.endpoint.choices import EndpointChoice
from spark_tui.core.endpoint.profiles import origin_of
from spark_tui.core.journal import Entry
from spark_tui.core.pasted_blocks import brief
from spark_tui.core.session import Session
from spark_tui.ui.input.commands import SLASH, Column, Command, Keymap, shown
from spark_tui.ui.lists.finder import rank
from spark_tui.ui.lists.popup import CLOSES, Item, ListKey, PopupModel
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_end

OTHER = "\0other"
"""The row for an address that has no name yet."""


def endpoint_list(
    choices: Sequence[EndpointChoice], choose: Callable[[str], None], *, refused: bool = False
) -> PopupModel:
    """F3: every endpoint. It points at the previous one; after a refusal at the one in use.

    Where there was none before, it points at the one in use, or past the simulated one.
    """
    items = [
        Item(one.name, one.label.name, _describe(one), _fate(one, refused=refused))
        for one in choices
    ]
    items.append(Item(OTHER, "other", "any OpenAI-compatible address"))
    wanted = [one for one in choices if (one.in_use if refused else one.previous)]
    wanted += [one for one in choices if one.in_use and not one.label.simulated]
    wanted += [one for one in choices if not one.label.simulated]
    return PopupModel(
        "endpoint",
        "endpoint",
        tuple(items),
        choose,
        (ListKey("Enter", "uses it"), ListKey("e", "sets it up"), CLOSES),
        column=max(14, *(cells(one.label.name) + 2 for one in choices)) if choices else 14,
        start=wanted[0].name if wanted else "",
    )


def undo_list(entries: Sequence[Entry], choose: Callable[[str], None]) -> PopupModel:
    """U: the journal, newest first; Enter opens an entry."""
    items = tuple(
        Item(
            str(entry.id),
            f"#{entry.id}",
            _deed(entry),
            _fate_of(entry),
            role="muted" if entry.undone_by else "text",
        )
        for entry in entries
    )
    footer = () if items else ("nothing is written yet",)
    note = (ListKey("Enter", "opens it"), CLOSES)
    return PopupModel("undo", "undo", items, choose, note, footer, column=7)


def _deed(entry: Entry) -> str:
    files = ", ".join(entry.files)
    what = entry.deed or entry.note.instruction
    return f"{files} · {' '.join(what.split())}" if what else files


def _fate_of(entry: Entry) -> str:
    if entry.fate:
        return entry.fate
    taken = f"{words.hunks_of(entry.taken)} undone · " if entry.taken else ""
    return taken + _when(entry.when)


def _when(when: float) -> str:
    return time.strftime("%d %b %H:%M", time.localtime(when))


def _describe(choice: EndpointChoice) -> str:
    label = choice.label
    if label.built_in:
        return label.provider
    host = origin_of(choice.address).partition("://")[2]
    provider = label.provider if label.provider == "openai" else host
    return " · ".join(part for part in (label.model, provider) if part)


def _fate(choice: EndpointChoice, *, refused: bool) -> str:
    said = "nothing leaves this machine" if choice.label.built_in else ""
    if choice.in_use:
        lacks = "refused" if refused else words.needs(choice.need) if choice.need else ""
        return " · ".join(part for part in (said, "in use", lacks) if part)
    if choice.need:
        return words.needs(choice.need)
    return said or ("" if choice.ready else words.UNTRIED)


def help_list(keymap: Keymap, column: Column) -> PopupModel:
    """`?`: the keys that mean something where the person is, then those that work anywhere."""
    items: list[Item] = []
    for where in (column, Column.ANY, Column.STRIP):
        title = {Column.STRIP: f"after {keymap.leader}", Column.ANY: "anywhere"}.get(
            where, f"in {where}"
        )
        items.append(Item("", title, role="muted"))
        for command in keymap.table:
            keys = command.keys_in(where)
            if keys:
                names = " ".join(shown(key) for key in keys)
                items.append(Item("", f"  {names}", command.title))
    return PopupModel("help", f"keys · {column}", tuple(items), None, column=30)


def list_help(model: PopupModel, back: Callable[[], None]) -> PopupModel:
    """The keys of an open list: those its note names, and those of any list."""
    rows = [
        (k.name, k.does) for k in model.note if isinstance(k, ListKey) and k.name != CLOSES.name
    ]
    if not any(key.startswith("Enter") for key, _ in rows):
        rows.insert(0, ("Enter", "takes the chosen one"))
    rows.append(("Up Down" if model.filterable else "Up Down k j", "chooses"))
    rows += [("PgUp PgDn", "a page up, down"), ("Home End", "the first, the last")]
    if model.filterable:
        rows += [("letters", "filter the list"), ("Backspace", "takes a letter back, then closes")]
    rows.append(("Esc" if model.filterable else "Esc q", "closes the list"))
    items = tuple(Item("", f"  {key}", deed) for key, deed in rows)
    return PopupModel("help", f"keys · {model.title}", items, cancelled=back, column=20)


_STRIP_CELLS = 27


def strip_list(keymap: Keymap, width: int) -> PopupModel:
    """The keys after Ctrl+X, shown to who hesitates: as many columns as fit."""
    said = []
    for command in keymap.table:
        keys = command.keys_in(Column.STRIP)
        if keys:
            text = f"{shown(keys[0])}  {command.hint or command.title}"
            said.append(cut_end(text, _STRIP_CELLS - 2).ljust(_STRIP_CELLS))
    across = max((width - (34 if width >= 100 else 5)) // _STRIP_CELLS, 1)
    down = -(-len(said) // across)
    items = tuple(Item("", "".join(said[row::down]).rstrip()) for row in range(down))
    leader = keymap.leader
    return PopupModel(leader, f"after {leader}", items, None, (ListKey("Esc", "leaves it"),))


def palette_list(keymap: Keymap, choose: Callable[[str], None], column: Column) -> PopupModel:
    """Ctrl+P: every command by name, with its key; those of `column` first, then of anywhere."""

    def place(command: Command) -> int:
        if command.keys_in(column):
            return 0
        return 1 if command.keys_in(Column.ANY) or command.keys_in(Column.STRIP) else 2

    listed = sorted((c for c in keymap.table if c.palette), key=place)
    items = tuple(
        Item(
            c.id,
            c.title,
            right=keymap.key_of(c.id, column) or keymap.key_of(c.id, Column.REVIEW, Column.PROMPT),
        )
        for c in listed
    )
    return PopupModel(
        "everything", "everything", items, choose, ("type to filter", CLOSES), filterable=True
    )


def slash_list(keymap: Keymap, typed: str, choose: Callable[[str], None]) -> PopupModel | None:
    """`/`: the names that begin so, then commands with such a word; None where none is."""
    wanted = typed.lower()
    named = sorted((n for n in SLASH if n.startswith(wanted)), key=lambda n: n != wanted)
    found = {SLASH[name]: f"/{name}" for name in reversed(named)}
    items = [_slash_item(keymap, ident, found[ident]) for ident in reversed(found)]
    if wanted:
        items += [
            Item(c.id, c.title, right=_key_in_prompt(keymap, c.id))
            for c in keymap.table
            if c.palette and c.id not in found and rank(wanted, c.title) == 0
        ]
    if not items:
        return None
    note = (ListKey("Enter", "does it"), CLOSES)
    model = PopupModel("type", f"/{typed}", tuple(items), choose, note, keeps_prompt=True)
    return replace(model, column=14)


def _slash_item(keymap: Keymap, ident: str, name: str) -> Item:
    return Item(ident, name, keymap.command(ident).title, _key_in_prompt(keymap, ident))


def _key_in_prompt(keymap: Keymap, ident: str) -> str:
    return keymap.key_of(ident, Column.PROMPT) or keymap.key_of(ident, Column.REVIEW)


def stats_list(lines: Sequence[tuple[str, bool]]) -> PopupModel:
    """The session's figures, as (text, whether it is a heading)."""
    items = tuple(
        Item("", text, role="focus") if heading else Item("", "", text[1:])
        for text, heading in lines
    )
    items = items or (Item("", "no answer yet: the next one is measured", role="muted"),)
    return PopupModel("session", "session figures", items, column=0)


def checks_list(
    checks: Sequence[DeclaredCheck], endpoint: str, choose: Callable[[DeclaredCheck], None]
) -> PopupModel:
    """What the project checks itself with: the person's Enter is the yes to run one."""
    items = tuple(
        Item(str(n), shlex.join(check.argv), right=check.title) for n, check in enumerate(checks)
    )
    return PopupModel(
        "check",
        "checks this project declares",
        items,
        lambda chosen: choose(checks[int(chosen)]),
        (ListKey("Enter", "runs it after each apply"), CLOSES),
        footer=(
            "It runs code that the model wrote, on this machine, as you.",
            f"What it prints goes to {endpoint} when you ask for a fix.",
        ),
        column=40,
    )


def theme_list(
    names: Sequence[str],
    current: str,
    choose: Callable[[str], None],
    preview: Callable[[str], None],
) -> PopupModel:
    """All themes; the one in use says so, the selected one is shown at once."""
    items = tuple(
        Item(name, f"theme {name}", right="in use" if name == current else "") for name in names
    )
    return PopupModel(
        "theme",
        "theme",
        items,
        choose,
        ("moving shows it", ListKey("Esc", "keeps the old one")),
        filterable=True,
        preview=preview,
        cancelled=lambda: preview(current),
        start=current,
    )


def session_list(kept: Sequence[tuple[str, str, str]], choose: Callable[[str], None]) -> PopupModel:
    """Sessions of this worktree, newest first; the newest is this one once something was asked."""
    items = tuple(Item(ident, when, about) for ident, when, about in kept)
    items = items or (Item("", "no session is kept here yet", role="muted"),)
    note = (ListKey("Enter", "ends this one and opens it"), CLOSES)
    return PopupModel("sessions", "sessions", items, choose, note, column=18)


def changes_list(
    session: Session,
    opens: Callable[[str], None],
    reviews: Callable[[str], None] | None = None,
) -> PopupModel:
    """Changed files of the worktree; choosing one begins their review there, else opens it."""
    items = tuple(
        Item(
            c.path,
            f"✎ {c.path}",
            right=f"+{c.added} -{c.removed}" + (" you" if c.path in session.outside else ""),
        )
        for c in session.tree.changed
    ) or (Item("", "no changes", role="muted"),)
    if reviews is None:
        opening = (ListKey("Enter", "opens it"), CLOSES)
        return PopupModel("changes", "changed files", items, opens, opening)
    note = (ListKey("o", "opens it"), ListKey("Enter", "reviews the changes from it on"), CLOSES)
    return PopupModel("changes", "changed files", items, reviews, note, keys={"o": opens})


DIFF_LINES = 5_000
"""Lines of a diff that are listed at most."""

_DIFF_ROLES = {"+": "add", "-": "remove", "@": "rule"}


def diff_list(text: str, choose: Callable[[str], None]) -> PopupModel:
    """What differs from the last commit, by file; Enter opens one."""
    lines = text.splitlines()
    items = []
    for line in lines[:DIFF_LINES]:
        if line.startswith("diff --git "):
            names = line.removeprefix("diff --git ")
            path = unquoted(names[len(names) // 2 + 1 :]).removeprefix("b/")
            items.append(Item(path, path))
        elif not line.startswith(("index ", "--- ", "+++ ")):
            items.append(Item("", "", line or " ", role=_DIFF_ROLES.get(line[:1], "muted")))
    if len(lines) > DIFF_LINES:
        items.append(Item("", "", f"… {len(lines) - DIFF_LINES:,} more lines", role="muted"))
    items = items or [Item("", "nothing differs from the last commit", role="muted")]
    note = (ListKey("Enter", "opens the file"), CLOSES)
    return PopupModel("diff", "diff", tuple(items), choose, note, column=0)


def history_list(entries: Sequence[str], choose: Callable[[str], None]) -> PopupModel:
    """Ctrl+R: earlier instructions, newest first."""
    seen = list(dict.fromkeys(reversed(entries)))
    items = tuple(Item(text, brief(text).replace("\n", " ")) for text in seen)
    items = items or (Item("", "no instruction yet", role="muted"),)
    return PopupModel("history", "history", items, choose, filterable=True)


FOUND = 200
"""Files listed at most for one search."""


def file_list(
    search: Callable[[str, int], Sequence[str]],
    choose: Callable[[str], None],
    name: Callable[[str], None] | None,
) -> PopupModel:
    """Ctrl+X f: every file; Enter opens one, Tab names it in the prompt.

    Where there is no prompt to name it in (`name` None), Tab opens it as Enter does.
    """
    keys = (ListKey("Enter", "opens it"), ListKey("Tab", "names it in the prompt"))
    either = (ListKey("Enter or Tab", "opens it"),)
    return PopupModel(
        "files",
        "find a file",
        (),
        choose,
        (*(keys if name else either), CLOSES),
        filterable=True,
        search=lambda text: [Item(path, path) for path in search(text, FOUND)],
        tab=name or choose,
    )

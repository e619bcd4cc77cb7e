"""A unified diff that somebody else made, as changes to look at. Pure; nothing can be taken out.

Hunks are read by their counts, so that no line of a file is taken for a header. What is no diff is
passed over, as `git apply` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits.diff import unquoted
from spark_tui.core.edits.model import Tag, TaggedLine
from spark_tui.core.regex import regex
from spark_tui.core.tree_review.hunks import digest
from spark_tui.core.tree_review.model import (
    ChangeKind,
    PathChange,
    Side,
    SideKind,
    TreeFile,
    TreeHunk,
)
from spark_tui.core.tree_review.order import rank

VIEW_ONLY = "a patch can only be looked at"

_HUNK = regex(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_TAGS: dict[str, Tag] = {" ": " ", "": " ", "-": "-", "+": "+"}


@dataclass
class _File:
    """What the headers of one file say so far, and its hunks."""

    old: str = ""
    new: str = ""
    kind: ChangeKind | None = None
    modes: list[str] = field(default_factory=list)
    binary: str = ""
    hunks: list[tuple[int, int, tuple[TaggedLine, ...]]] = field(default_factory=list)


def changes_of_patch(text: str) -> tuple[PathChange, ...]:
    """The changes a patch tells of, in the order of a review; none for a text that is no patch."""
    found: dict[str, PathChange] = {}
    for file in _files(text.split("\n")):
        change = _change(file)
        path = change.file.path
        found[path] = _both_of(found[path], change) if path in found else change
    changes = [change for change in found.values() if change.file.hunks]
    return tuple(sorted(changes, key=lambda change: rank(change.file.path)))


def _both_of(first: PathChange, more: PathChange) -> PathChange:
    """Two patches of one path, one after the other: a log may hold several."""
    known = {hunk.id for hunk in first.file.hunks}
    names = {
        h.id: h.id if h.id not in known else digest(h.id, str(len(known))) for h in more.file.hunks
    }
    hunks = [
        replace(h, id=names[h.id], content=digest(h.content, names[h.id])) for h in more.file.hunks
    ]
    parts = [(names[ident], lines) for ident, lines in more.parts]
    file = replace(first.file, hunks=(*first.file.hunks, *hunks))
    return replace(first, file=file, parts=(*first.parts, *parts))


def _files(lines: list[str]) -> Iterator[_File]:
    file: _File | None = None
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        at += 1
        if line.startswith("diff --git "):
            if file is not None:
                yield file
            file = _File(*_both(line.removeprefix("diff --git ")))
        elif line.startswith("--- ") and at < len(lines) and lines[at].startswith("+++ "):
            named = _name(line[4:]), _name(lines[at].removesuffix("\r")[4:])
            at += 1
            if file is None or file.hunks:
                if file is not None:
                    yield file
                file = _File()
            file.old, file.new = named[0] or file.old, named[1] or file.new
            if not named[0] and file.kind is None:
                file.kind = ChangeKind.NEW
            if not named[1] and file.kind is None:
                file.kind = ChangeKind.DELETED
        elif file is None:
            continue
        elif found := _HUNK.match(line):
            old, gone, new, came = (int(n) if n else 1 for n in found.groups())
            body, at = _body(lines, at, gone, came)
            file.hunks.append((old, new, body))
        else:
            _header(file, line)
    if file is not None:
        yield file


def _header(file: _File, line: str) -> None:
    if line.startswith("new file mode"):
        file.kind = ChangeKind.NEW
    elif line.startswith("deleted file mode"):
        file.kind = ChangeKind.DELETED
    elif line.startswith("rename from "):
        file.kind, file.old = ChangeKind.RENAMED, unquoted(line.removeprefix("rename from "))
    elif line.startswith("rename to "):
        file.new = unquoted(line.removeprefix("rename to "))
    elif line.startswith(("old mode ", "new mode ")):
        file.modes.append(line.split(" ")[2][:6])
    elif line.startswith(("Binary files ", "GIT binary patch")):
        file.binary = "binary"


def _body(lines: list[str], at: int, gone: int, came: int) -> tuple[tuple[TaggedLine, ...], int]:
    out: list[TaggedLine] = []
    while at < len(lines) and (gone > 0 or came > 0):
        line = lines[at]
        if line.startswith("\\"):
            at += 1
            continue
        tag = _TAGS.get(line[:1])
        if tag is None:
            break
        gone -= tag != "+"
        came -= tag != "-"
        out.append(TaggedLine(tag, line[1:].removesuffix("\r")))
        at += 1
    return tuple(out), at


def _both(rest: str) -> tuple[str, str]:
    """Both names of a `diff --git` line, where they can be told apart."""
    if rest.startswith('"'):
        end = rest.find('" ', 1)
        if end > 0:
            return _bare(rest[: end + 1]), _bare(rest[end + 2 :])
    half = len(rest) // 2
    if len(rest) % 2 and rest[:half].partition("/")[2] == rest[half + 1 :].partition("/")[2]:
        return _bare(rest[:half]), _bare(rest[half + 1 :])
    one, _, other = rest.partition(" ")
    return _bare(one), _bare(other)


def _name(text: str) -> str:
    """A path of a `---` or `+++` line, "" for the one that is not there."""
    name = text.partition("\t")[0]
    return "" if name == "/dev/null" else _bare(name)


def _bare(name: str) -> str:
    name = unquoted(name)
    return name[2:] if name[:2] in ("a/", "b/", "i/", "w/", "c/", "o/") else name


def _change(file: _File) -> PathChange:
    path = file.new if file.kind is not ChangeKind.DELETED else file.old
    path = path or file.old
    origin = file.old if file.kind is ChangeKind.RENAMED else ""
    hunks: list[TreeHunk] = []
    parts: list[tuple[str, tuple[TaggedLine, ...]]] = []

    def add(kind: ChangeKind, what: str = "") -> None:
        made = digest(path, kind.value, what)
        hunks.append(TreeHunk(made, made, path, kind, fixed=VIEW_ONLY, what=what))

    if origin:
        add(ChangeKind.RENAMED, f"renamed from {origin}")
    if len(file.modes) == 2 and file.modes[0] != file.modes[1]:
        add(ChangeKind.MODE, f"mode {file.modes[0]} → {file.modes[1]}")
    if file.binary:
        add(ChangeKind.BINARY, file.binary)
    whole = file.kind if file.kind in (ChangeKind.NEW, ChangeKind.DELETED) else None
    said = {ChangeKind.NEW: "new file", ChangeKind.DELETED: "deleted"}
    if whole is not None and not file.hunks and not file.binary:
        add(whole, f"{said[whole]}, empty")
    for old, new, lines in file.hunks:
        text = "\n".join(f"{line.tag}{line.text}" for line in lines)
        ident = digest(path, str(old), text)
        lead = next((n for n, line in enumerate(lines) if line.tag != " "), 0)
        hunks.append(
            TreeHunk(
                ident,
                digest(path, text),
                path,
                whole or ChangeKind.LINES,
                old + lead,
                new + lead,
                sum(line.tag == "+" for line in lines),
                sum(line.tag == "-" for line in lines),
                fixed=VIEW_ONLY,
                what=said.get(whole, "") if whole else "",
            )
        )
        parts.append((ident, lines))
    side = Side(SideKind.FILE)
    return PathChange(
        TreeFile(path, origin, digest(path), tuple(hunks)), side, side, parts=tuple(parts)
    )

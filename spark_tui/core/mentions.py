"""Files that an instruction names: `@path`, and lines of them.

A mention is `@path`, `@path:10`, `@path:10-40`, `@path:L10`, `@path#L10-L40` (1-based, inclusive);
a single line points at a place, so that what stands round it goes along. It may stand anywhere but
behind what could be an address or a word (`user@host`): in running text of scripts that leave no
blanks, in quotes, behind a bracket. The longest known path behind the `@` is what is meant, blanks
in it included; `@"a path"` says where it ends. Else the one file is meant whose path ends so. What
is no file, and looks like none here (`@property`, `@types/node`), is a word of the instruction; so
are folders, patterns, tests (`@path::test`) and symbols, which `retrieve.places` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spark_tui.core.context import CLIPBOARD, DIFF, LAST, FileNames
from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

_ADDRESS = regex(r"[A-Za-z0-9_.+%/\\@]")
"""Behind one of these an `@` begins no mention."""

_QUOTED = regex(r'"([^"\n]+)"')
_TOKEN = regex(r"[A-Za-z0-9_./\\+~=%-]+|[\w./\\+~=%-]+")
_LINES = regex(r"(?::L?|#L?)(\d+)(?:-L?(\d+)|:\d+)?(?![A-Za-z0-9_])")
_TRAILING = ".,;:!?)]}'"
_TEST = regex(r"::[A-Za-z_]")
_OVER = regex(r"""[\s"'`]""")
"""What no path has while it is typed."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A file named in the prompt; `lines` is 1-based and inclusive, None for all of it.

    `start` and `end` delimit the mention in the text, the `@` included.
    """

    path: str
    lines: tuple[int, int] | None
    start: int
    end: int


def mentions(text: str, known: Iterable[str] | FileNames = ()) -> tuple[Mention, ...]:
    """All mentions in `text`, in order, duplicates taken out.

    Where no file is `known`, everything with a `.` or `/` in it could be one.
    """
    if "@" not in text:
        return ()
    names = known if isinstance(known, FileNames) else FileNames(known)
    found: dict[tuple[str, tuple[int, int] | None], Mention] = {}
    at = text.find("@")
    while at >= 0:
        mention = _mention(text, at, names)
        if mention is not None:
            found.setdefault((mention.path, mention.lines), mention)
        at = text.find("@", mention.end if mention is not None else at + 1)
    return tuple(found.values())


def partial_mention(before: str) -> str | None:
    """What is typed of a mention at the end of `before`, None outside of one."""
    at = before.rfind("@")
    if at < 0 or _begins(before, at) is None or _OVER.search(before, at):
        return None
    return before[at + 1 :]


def _begins(text: str, at: int) -> bool | None:
    """Whether an `@` stands free; None where it begins no mention.

    Directly behind a letter only a known path makes it one.
    """
    if at == 0:
        return True
    before = text[at - 1]
    return None if _ADDRESS.match(before) else not before.isalnum()


def _mention(text: str, at: int, names: FileNames) -> Mention | None:
    free = _begins(text, at)
    if free is None:
        return None
    quoted = _QUOTED.match(text, at + 1)
    if quoted is not None:
        path, lines = _named(quoted[1], names)
        return Mention(names.inside(path), lines, at, quoted.end())
    length = _known(text, at + 1, names)
    if not length:
        return _unknown(text, at, names) if free else None
    end = at + 1 + length
    path = names.inside(text[at + 1 : end])
    if _TEST.match(text, end):
        return None
    lines, end = _lines(text, end)
    return Mention(path, lines, at, end)


def _named(where: str, names: FileNames) -> tuple[str, tuple[int, int] | None]:
    """The path and lines of a quoted mention."""
    if names.inside(where) in names.all:
        return where, None
    for found in _LINES.finditer(where):
        if found.end() == len(where) and found.start():
            return where[: found.start()], _span(found)
    return where, None


def _known(text: str, start: int, names: FileNames) -> int:
    """How long the longest known path is that begins here and may end where it does."""
    skipped = names.outside(text, start)
    for length in range(min(names.longest, len(text) - start - skipped), 0, -1):
        end = start + skipped + length
        path = text[start + skipped : end]
        if path in names.all and _ends(text, end):
            return skipped + length
    return 0


def _ends(text: str, end: int) -> bool:
    """Whether a path may end here: what follows can't go on with it."""
    after = text[end : end + 1]
    if not (after.isalnum() or after == "_"):
        more = text[end + 1 : end + 2]
        return not (after and after in ".-+~/\\" and (more.isalnum() or more == "_"))
    # `@calc.py的`: a script without blanks goes on behind a path in another one.
    return after.isascii() != text[end - 1].isascii()


def _unknown(text: str, at: int, names: FileNames) -> Mention | None:
    """What stands behind an `@` that begins no known path: a file that is not here, or a word."""
    token = _TOKEN.match(text, at + 1)
    if token is None:
        return None
    raw = token[0].rstrip(_TRAILING)
    end = at + 1 + len(raw)
    path = names.inside(raw)
    one = names.resolve(path) if names.all else ""
    if not (one or (path and _looks_like_a_file(path, names))):
        return None
    if _TEST.match(text, end) or (not one and _several(text, end, path, names)):
        return None
    lines, end = _lines(text, end)
    return Mention(one or path, lines, at, end)


def _several(text: str, end: int, path: str, names: FileNames) -> bool:
    """Whether a folder, or a pattern that goes on behind `end`, is meant: files that are there."""
    if text[end : end + 1] in {"*", "?"} or (path.endswith("/") and "*" in text[end:]):
        return True
    return path.endswith("/") and bool(names.below(path))


def _looks_like_a_file(path: str, names: FileNames) -> bool:
    if path in {DIFF, LAST, CLIPBOARD}:
        return True
    folder, _, name = path.rpartition("/")
    if not names.all:
        return "/" in path or "." in name.strip(".")
    return (
        path.rstrip("/") in names.folders
        or folder.partition("/")[0] in names.folders
        or (name.rpartition(".")[2] in names.endings and "." in name)
    )


def _lines(text: str, end: int) -> tuple[tuple[int, int] | None, int]:
    """Lines that are named behind a path, and where the mention ends."""
    found = _LINES.match(text, end)
    return (_span(found), found.end()) if found is not None else (None, end)


def _span(found: re.Match[str]) -> tuple[int, int]:
    first = int(found[1])
    last = int(found[2] or first)
    return max(1, min(first, last)), max(first, last)

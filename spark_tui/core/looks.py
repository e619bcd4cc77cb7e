"""What a model may look at: three read-only tools, their arguments, and how much of it there is.

Pure policy: names, schemas, argument checks, bounds and words. Who reads the files is told here
what was asked for, and says what was found; nothing else of a look is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from spark_tui.core.context import FileNames
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.guard import check_known, normal_path, shown
from spark_tui.core.endpoint.wire import Tool
from spark_tui.core.line_patterns import LONGEST as LONGEST_PATTERN
from spark_tui.core.nearest import nearest
from spark_tui.core.tokens import estimate, short, weight

ROUNDS = 3
"""How often a turn may look before it has to answer."""

CALLS = 8
"""Looks of one round."""

MOST_CALLS = 64
"""Calls of one round that are answered at all; more end the turn."""

RESULT_TOKENS = 10_000
TURN_TOKENS = 24_000
LEAST_TOKENS = 64
"""Below so many tokens nothing is shown any more."""

_LONGEST_ARGUMENTS = 8_192
_LONGEST_PATH = 1_024
_HUGE = 10_000_000
_ENTRIES, _MOST_ENTRIES = 120, 400
_BLOCKS, _MOST_BLOCKS = 12, 40
_DEPTH, _MOST_DEPTH = 2, 6


class LookSetting(StrEnum):
    """Whether a model may look: when the person says so, as it likes, never."""

    ASK = "ask"
    ON = "on"
    OFF = "off"


def stricter(one: LookSetting, other: LookSetting) -> LookSetting:
    """The one of two settings that shows a model less."""
    order = (LookSetting.OFF, LookSetting.ASK, LookSetting.ON)
    return min(one, other, key=order.index)


READ, SEARCH, LIST = "read_file", "grep_files", "list_dir"
NAMES = frozenset({READ, SEARCH, LIST})


def _tool(name: str, description: str, needed: str, properties: Mapping[str, Any]) -> Tool:
    parameters = {
        "type": "object",
        "properties": dict(properties),
        "required": [needed],
        "additionalProperties": False,
    }
    return Tool(name, description, parameters)


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _number(description: str) -> dict[str, str]:
    return {"type": "integer", "description": description}


TOOLS = (
    _tool(
        READ,
        "Reads a file of the repository, or lines of it, exactly as they stand there. Call it "
        "several times at once for several files.",
        "file_path",
        {
            "file_path": _text("The path as listed, below the repository's root."),
            "offset": _number("The line to start at, counted from 1. Default 1."),
            "limit": _number("How many lines. Default: to the end."),
        },
    ),
    _tool(
        SEARCH,
        "Finds text in the repository's files and shows the lines round each place, the likeliest "
        "first.",
        "pattern",
        {
            "pattern": _text(
                "The text to find, in one line. `a|b` finds either, `a.*b` both in this order."
            ),
            "include": _text("Only files that fit this pattern, such as `*.py` or `net/**`."),
            "path": _text("Only this folder or file. Default: the whole repository."),
            "limit": _number(f"How many places at most. Default {_BLOCKS}."),
        },
    ),
    _tool(
        LIST,
        "Lists a folder of the repository.",
        "dir_path",
        {
            "dir_path": _text("The folder, `.` for the repository's root."),
            "offset": _number("The entry to start at, counted from 1. Default 1."),
            "limit": _number(f"How many entries. Default {_ENTRIES}."),
            "depth": _number(f"How many levels. Default {_DEPTH}."),
        },
    ),
)
"""The tools, by the names that model families know."""

RULES = f"""
You may look at more of the repository before you edit: with {READ}, {SEARCH} and {LIST}, where
what you were shown is not enough. Call all that you need at once; a turn has at most {ROUNDS}
rounds of {CALLS} calls. What you then read counts as shown. An answer that looks is no edit yet:
write the edit once you have seen what you need. Do not look where you can answer at once.
"""
"""What the instructions say about them."""

RULES_IN_WORDS = f"""
You may look at more of the repository before you edit, where what you were shown is not enough:
answer with nothing but lines of these forms, at most {CALLS} of them, then stop.

look: path/of/file.py
look: path/of/file.py:10-80
look: /def acquire/
look: path/of/

What you ask for is shown to you next, at most {ROUNDS} times. What you then read counts as shown.
Do not look where you can answer at once.
"""
"""The same, for who has no tools."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Lines of a file; 1-based, inclusive, `last` None for the end of it."""

    path: str
    first: int = 1
    last: int | None = None

    def words(self) -> str:
        """As the screen names it."""
        if (self.first, self.last) == (1, None):
            return shown(self.path)
        end = "" if self.last is None else str(self.last)
        return f"{shown(self.path)}:{self.first}-{end}"


@dataclass(frozen=True, slots=True)
class FindText:
    """Places of a text. `folder` and `include` limit the files, "" for all of them."""

    pattern: str
    include: str = ""
    folder: str = ""
    limit: int = _BLOCKS

    def words(self) -> str:
        """As the screen names it."""
        return f'"{shown(self.pattern, 40)}"'


@dataclass(frozen=True, slots=True)
class ListFolder:
    """What is in a folder, "" for the root; `first` is 1-based."""

    folder: str = ""
    depth: int = _DEPTH
    first: int = 1
    limit: int = _ENTRIES

    def words(self) -> str:
        """As the screen names it."""
        return f"{shown(self.folder)}/" if self.folder else "the root folder"


Wish = ReadFile | FindText | ListFolder


class LookRefusedError(ValueError):
    """A look that is not done; the words say why, to the model and to the person."""


NOT_HERE = "not in this repository"


def wish_of(name: str, arguments: str, root: str = "") -> Wish:
    """What a call asks for. Raises LookRefusedError for anything that is no proper look.

    `root` is the worktree's folder: absolute paths below it will do.
    """
    given = _arguments(arguments)
    if name == READ:
        return _read_wish(given, root)
    if name == SEARCH:
        return _find_wish(given, root)
    if name == LIST:
        first, limit = _count(given, "offset", 1), _count(given, "limit", _ENTRIES)
        depth = min(_count(given, "depth", _DEPTH), _MOST_DEPTH)
        folder = _folder(_word(given, "dir_path", "path"), root)
        return ListFolder(folder, depth, first, min(limit, _MOST_ENTRIES))
    raise LookRefusedError(f"no tool is named {shown(name, 40)}")


def named(name: str, arguments: str) -> str:
    """A call as the screen names it, whether it makes sense or not."""
    try:
        return wish_of(name, arguments).words()
    except LookRefusedError:
        pass
    try:
        given = _arguments(arguments)
    except LookRefusedError:
        return shown(" ".join(arguments.split()), 40)
    said = (given.get(one) for one in ("file_path", "dir_path", "pattern", "path", "query"))
    return shown(next((one for one in said if isinstance(one, str) and one), "something"))


def _read_wish(given: Mapping[str, Any], root: str) -> ReadFile:
    path = _word(given, "file_path", "path")
    if not path:
        raise LookRefusedError("names no file")
    first, limit = _count(given, "offset", 1), _count(given, "limit", 0)
    if "offset" not in given and "limit" not in given:
        path, first, last = _with_lines(path)
    else:
        last = first + limit - 1 if limit else None
    return ReadFile(_path(path, root), first, last)


def _with_lines(path: str) -> tuple[str, int, int | None]:
    """A path as people write it with its lines: `a.py:10-80`, `a.py:12`."""
    name, colon, lines = path.rpartition(":")
    one, dash, two = lines.partition("-")
    if colon and name and _is_count(one) and (not dash or _is_count(two)):
        first = max(1, int(one))
        return name, first, max(first, int(two if dash else one))
    return path, 1, None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 7


def _find_wish(given: Mapping[str, Any], root: str) -> FindText:
    pattern = _word(given, "pattern", "query", strip=False)
    if not pattern.strip():
        raise LookRefusedError("names nothing to find")
    if len(pattern) > LONGEST_PATTERN:
        raise LookRefusedError(f"the pattern is longer than {LONGEST_PATTERN} characters")
    include = _word(given, "include", "glob")
    limit = min(max(1, _count(given, "limit", _BLOCKS)), _MOST_BLOCKS)
    return FindText(pattern, include, _folder(_word(given, "path"), root), limit)


def _arguments(text: str) -> Mapping[str, Any]:
    if len(text) > _LONGEST_ARGUMENTS:
        raise LookRefusedError("its arguments are too long")
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise LookRefusedError("its arguments are no JSON object") from None
    if not isinstance(value, dict):
        raise LookRefusedError("its arguments are no JSON object")
    return value


def _word(given: Mapping[str, Any], *names: str, strip: bool = True) -> str:
    """The first of these arguments that is there. Lists of one are what some models write."""
    for name in names:
        value = given.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and value:
            if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
                raise LookRefusedError(f"{name} is no valid text")
            return value.strip() if strip else value
        if value is not None and value != "":
            raise LookRefusedError(f"{name} is no text")
    return ""


def _count(given: Mapping[str, Any], name: str, default: int) -> int:
    """A number from 1, as a number or in digits; anything huge is as good as the most."""
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, str) and _is_count(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124
        raise LookRefusedError(f"{name} is no number")
    return int(min(max(value, 1), _HUGE))


def _folder(path: str, root: str) -> str:
    path = path.rstrip("/") if path.strip("/") else ("/" if path else "")
    if path in ("", ".") or (root and path == root):
        return ""
    return _path(path, root)


def _path(path: str, root: str) -> str:
    """A path below the root. Raises LookRefusedError for every other one."""
    path = normal_path(path, root)
    if len(path) > _LONGEST_PATH or check_known(path) is not None:
        raise LookRefusedError(NOT_HERE)
    return path


def listed(path: str, names: FileNames) -> str:
    """The path as the listing has it. Raises LookRefusedError for one that it has not."""
    if path in names.all:
        return path
    if path in names.folders:
        raise LookRefusedError("is a folder, list_dir lists it")
    close = nearest(path, names.paths)
    raise LookRefusedError(f"{NOT_HERE}, nearest: {close}" if close else NOT_HERE)


def in_folder(folder: str, names: FileNames) -> Sequence[str]:
    """Listed paths below a folder (or that file itself), in order; LookRefusedError for none."""
    if not folder:
        return names.paths
    if folder in names.all:
        return (folder,)
    if folder not in names.folders:
        raise LookRefusedError(NOT_HERE)
    start = f"{folder}/"
    return tuple(path for path in names.paths if path.startswith(start))


def tree_of(wish: ListFolder, names: FileNames) -> tuple[str, int, int]:
    """(a folder as text, entries shown, entries there are). Raises LookRefusedError."""
    if wish.folder and wish.folder not in names.folders:
        raise LookRefusedError("is a file" if wish.folder in names.all else NOT_HERE)
    start = len(wish.folder) + 1 if wish.folder else 0
    entries: dict[str, None] = {}
    for path in in_folder(wish.folder, names):
        parts = path[start:].split("/")
        for depth in range(1, min(len(parts), wish.depth) + 1):
            folder = "/" if depth < len(parts) else ""
            entries["/".join(parts[:depth]) + folder] = None
    chosen = list(entries)[wish.first - 1 : wish.first - 1 + wish.limit]
    lines = [shown(entry, 200) for entry in chosen]
    return "\n".join(lines), len(chosen), len(entries)


# ------------------------------------------------------------------ in words

SHOWN_IN_WORDS = "What you asked to see:"
LEAD = "look:"
"""How a line begins that asks to see something, where there are no tools."""

_LONGEST_LINE = 400


def asked_in_words(line: str) -> tuple[str, str] | None:
    """(tool, arguments) of a line that asks to see something, None for any other line."""
    text = line.strip().lstrip("-*• \t").strip("`").strip()
    if text[: len(LEAD)].lower() != LEAD or len(text) > _LONGEST_LINE:
        return None
    what = text[len(LEAD) :].strip().strip("`").strip()
    if what.startswith("/") and len(what) > 1:
        pattern = what[1:].removesuffix("/")
        return (SEARCH, json.dumps({"pattern": pattern})) if pattern.strip() else None
    if not what or " " in what:
        return None
    if what.endswith("/") or what == ".":
        return LIST, json.dumps({"dir_path": what})
    return READ, json.dumps({"file_path": what})


def may_ask(start: str) -> bool:
    """Whether a line that begins like this can still turn out to ask to see something."""
    text = start.lstrip("-*•` \t").lower()
    return len(start) <= _LONGEST_LINE and (LEAD.startswith(text) or text.startswith(LEAD))


def in_words(name: str, arguments: str) -> str:
    """A call as such a line."""
    try:
        wish = wish_of(name, arguments)
    except LookRefusedError:
        return f"{LEAD} {named(name, arguments)}"
    match wish:
        case ReadFile():
            return f"{LEAD} {wish.words()}"
        case FindText():
            return f"{LEAD} /{wish.pattern}/"
        case ListFolder():
            return f"{LEAD} {wish.folder}/" if wish.folder else f"{LEAD} ."


# ------------------------------------------------------------------ how much of it


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a turn's looks: `rounds` after this one, `calls` of it, `tokens` in all."""

    rounds: int = ROUNDS
    calls: int = 0
    tokens: int = TURN_TOKENS

    @property
    def number(self) -> int:
        """The round under way, from 1; 0 before the first."""
        return ROUNDS - self.rounds

    def within(self, window: int, used: int) -> Budget:
        """With no more tokens than a model that reads `window` at once (0: not known) has room for.

        `used` goes along already; half of what is left stays for what the answer takes.
        """
        return self if not window else replace(self, tokens=min(self.tokens, (window - used) // 2))

    def next_round(self) -> Budget:
        """One more round, with all its calls."""
        return replace(self, rounds=self.rounds - 1, calls=CALLS)

    def room(self) -> int:
        """Tokens the next result may have. Raises LookRefusedError where it may have none."""
        if self.calls <= 0:
            raise LookRefusedError(f"at most {CALLS} looks a round")
        if self.tokens < LEAST_TOKENS:
            raise LookRefusedError("this turn has seen all it may")
        return min(RESULT_TOKENS, self.tokens)

    def spent(self, tokens: int) -> Budget:
        """After one look of so many tokens."""
        return replace(self, calls=max(0, self.calls - 1), tokens=max(0, self.tokens - tokens))

    def told(self) -> str:
        """What the model is told of it behind the last result of a round."""
        if not self.rounds:
            return "[No more looks in this turn: answer now.]"
        rounds = f"{self.rounds} more round{'s' if self.rounds > 1 else ''}"
        return f"[Looks left: {rounds}, about {short(self.tokens)} tokens of results.]"


def cut(text: str, room: int) -> str:
    """A text of at most about `room` tokens: the middle is left out, and how much that was said."""
    size = estimate(text)
    if size <= room:
        return text
    each = len(text) * max(0, room - 12) // (2 * size)
    head, tail = text[:each], text[len(text) - each :]
    head, tail = head[: head.rfind("\n") + 1] or head, tail[tail.find("\n") + 1 :] or tail
    gone = size - estimate(head) - estimate(tail)
    return f"{head}\n…{gone:,} tokens truncated…\n{tail}"


def halves(lines: Sequence[str], room: int) -> tuple[int, int]:
    """How many lines from the start and from the end come to about `room` tokens; all: (n, 0)."""
    left, count = float(room), len(lines)
    if sum(weight(line) for line in lines) <= left:
        return count, 0
    left -= 40.0
    head = _fitting(lines, left / 2)
    tail = _fitting(lines[::-1], left / 2)
    return head, min(tail, count - head)


def _fitting(lines: Sequence[str], room: float) -> int:
    for number, line in enumerate(lines):
        room -= weight(line)
        if room < 0:
            return number
    return len(lines)


@dataclass(frozen=True, slots=True)
class LookOutcome:
    """What one look came to: `text` for the model, `words` for the screen.

    `done` says what was done ("looked", "searched", "listed"), `what` at what, `outcome` what came
    of it. `withheld` are files that were kept back, as words.
    """

    text: str
    done: str
    what: str
    outcome: str
    tokens: int = 0
    withheld: tuple[str, ...] = ()


_DONE: Mapping[type, str] = {ReadFile: "looked", FindText: "searched", ListFolder: "listed"}
_DONE_BY_NAME = {READ: "looked", SEARCH: "searched", LIST: "listed"}


def found(wish: Wish, text: str, outcome: str, withheld: Sequence[str] = ()) -> LookOutcome:
    """A look that was done."""
    return LookOutcome(
        text, _DONE[type(wish)], wish.words(), outcome, estimate(text), tuple(withheld)
    )


def refused(name: str, what: str, why: str) -> LookOutcome:
    """A look that was not done: the model is told why, and so is the person."""
    return LookOutcome(f"Not shown: {why}.", _DONE_BY_NAME.get(name, "looked"), what, why)


def seen_already(name: str, what: str) -> LookOutcome:
    """A look that was done before in this turn: it is shown once."""
    text = "You have seen this already, above.\n"
    return LookOutcome(
        text, _DONE_BY_NAME.get(name, "looked"), what, "seen already", estimate(text)
    )

"""Places that a text names as tools print them: paths, lines, tracebacks and compiler output.

One pass finds the words that may be paths, by forms of bounded length; each is looked up in the
listing. What is no file here is no place: an absolute path outside, a library's frame, a word.
"""

from __future__ import annotations

from collections.abc import Iterable

from spark_tui.core.context import FileNames
from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

AROUND = 12
"""Lines above and below a line that goes along."""

MOST_PLACES = 24
"""Places that are taken from one text."""

MOST_TEXT = 200_000
"""Characters of a text that are looked through: more is cut out of the middle."""

MOST_GLOBBED = 40
"""Files that a pattern or a folder stands for at most."""

_SPACED = regex(r'File "([^"\n]{1,400})", line (\d{1,7})')
_QUOTED = regex(r"\"([^\"\n]{1,300})\"|`([^`\n]{1,300})`")
_WORD = regex(r"[^\s\"'`<>|,;]{1,400}")
_LINES = regex(
    r"(?:::?L?|#L?|\(|:line )(\d{1,7})(?:(?:-L?|\.\.)(\d{1,7})|[:,]\d{1,7})?[\])]?[:.,;)]*(?:in)?$"
)
_TEST = regex(r"::([\w\[\]-]{1,120})(?:::([\w\[\]-]{1,120}))?[:.,;)]*$")
_JAVA = regex(r"\bat ([\w$.]{1,200})\.[\w$<>]{1,100}\(([\w$-]{1,80}\.\w{1,10}):(\d{1,7})\)")
_TRAILING = ".,:;!?)]}'\"»…"
_LEADING = "([{<'\"«@"
_SYMBOL = regex(r"(?<![\w@.])@([A-Za-z_]\w{0,60}(?:(?:\.|::|#)[A-Za-z_]\w{0,60}){0,4})")
_GLOB = regex(r"[*?]")
_WITH_DOT = regex(r"\.[A-Za-z]\w{0,9}$")

_BASE = regex(r"[\w.+-]{1,100}\.[A-Za-z]\w{0,9}$")

_PYTHON_FRAME = regex(r'^\s*File "')


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file that a text names; 1-based, inclusive, 0 and 0 for all of it.

    `why` is "named", "frame" (of a traceback or a compiler), "test …", "folder" or "pattern".
    """

    path: str
    first: int = 0
    last: int = 0
    why: str = "named"


def places(
    text: str,
    listing: FileNames | Iterable[str],
    root: str = "",
) -> tuple[Place, ...]:
    """The places a text names, in the order in which they help; at most `MOST_PLACES`.

    `listing` is the repository's paths, `root` the worktree's absolute path, which `FileNames` know
    already.

    Frames of a traceback come with the deepest one inside the repository first; what is named
    otherwise keeps its order and stands before them.
    """
    if not isinstance(listing, FileNames):
        listing = FileNames(listing, root)
    if len(text) > MOST_TEXT:
        text = text[: MOST_TEXT // 2] + "\n" + text[-MOST_TEXT // 2 :]
    named: dict[Place, None] = {}
    frames: list[Place] = []
    for line in text.split("\n"):
        for place in _of_line(line[:4_000], listing):
            if place.why == "frame":
                frames.append(place)
            else:
                named[place] = None
    if _deepest_last(text):
        frames.reverse()
    out = dict.fromkeys([*named, *frames])
    return tuple(out)[:MOST_PLACES]


def base_names(text: str) -> tuple[str, ...]:
    """The base names of all words of a text that may be paths: what a listing must have of."""
    out: dict[str, None] = {}
    for line in text[:MOST_TEXT].split("\n"):
        for word in _WORD.finditer(line[:4_000]):
            bare = word[0].strip(_LEADING + _TRAILING)
            found = _BASE.search(_LINES.sub("", bare.partition("::")[0]))
            if found is not None and len(out) < 2 * MOST_PLACES:
                out[found[0]] = None
    return tuple(out)


def symbols(text: str) -> tuple[str, ...]:
    """The symbols that a text mentions with `@`, with dots between their parts."""
    names = _SYMBOL.findall(text[:MOST_TEXT]) if "@" in text else ()
    plain = (name.replace("::", ".").replace("#", ".") for name in names)
    return tuple(dict.fromkeys(plain))[:MOST_PLACES]


def _of_line(line: str, listing: FileNames) -> Iterable[Place]:
    found = _SPACED.search(line)
    if found is not None:
        path = listing.resolve(found[1])
        if path:
            yield _around(path, int(found[2]), int(found[2]), "frame")
        return
    java = _JAVA.search(line)
    if java is not None:
        path = _java(java[1], java[2], listing)
        if path:
            yield _around(path, int(java[3]), int(java[3]), "frame")
        return
    for quoted in _QUOTED.finditer(line):
        if any(c.isspace() for c in quoted[0]):
            yield from _word(quoted[1] or quoted[2], listing)
    for word in _WORD.finditer(line):
        yield from _word(word[0], listing)


def _word(word: str, listing: FileNames) -> Iterable[Place]:
    """What one word names; a file with a line is a frame unless it is mentioned with `@`."""
    mentioned = word.startswith("@")
    bare = word.lstrip(_LEADING)
    if len(bare) < 2:
        return
    if _GLOB.search(bare) is not None:
        pattern = bare.rstrip(_TRAILING)
        if "/" in pattern or "." in pattern:
            for path in listing.matching(pattern)[:MOST_GLOBBED]:
                yield Place(path, why="pattern")
        return
    test = _TEST.search(bare)
    if test is not None and not test[1].isdigit():
        written = bare[: test.start()]
        path = listing.resolve(written) if _may_be(written) else ""
        if path:
            yield Place(path, why=f"test {test[2] or test[1]}")
            return
    if "(" in bare and ":" in bare and bare.endswith(")"):
        bare = bare.rpartition("(")[2] if "/" in bare.rpartition("(")[2] else bare
    lines = _LINES.search(bare)
    if lines is not None:
        written = bare[: lines.start()].removeprefix("file://")
        path = listing.resolve(written) if _may_be(written) else ""
        if path:
            first = int(lines[1])
            last = int(lines[2] or first)
            why = "named" if mentioned or lines[2] else "frame"
            if lines[2]:
                yield Place(path, max(1, min(first, last)), max(first, last), why)
            else:
                yield _around(path, first, last, why)
        return
    written = bare.rstrip(_TRAILING)
    if written.endswith("/") and (mentioned or written.count("/") > 1):
        for path in listing.below(written)[:MOST_GLOBBED]:
            yield Place(path, why="folder")
        return
    if _may_be(written):
        path = listing.resolve(written)
        if path:
            yield Place(path)


def _may_be(written: str) -> bool:
    """Whether a word without more may be a path: it has an ending, or folders."""
    return "/" in written or "\\" in written or _WITH_DOT.search(written) is not None


def _around(path: str, first: int, last: int, why: str) -> Place:
    return Place(path, max(1, first - AROUND), last + AROUND, why)


def _java(qualified: str, name: str, listing: FileNames) -> str:
    """The file of a Java frame: its package is its folder."""
    package = qualified.rpartition(".")[0].replace(".", "/")
    return listing.resolve(f"{package}/{name}" if package else name) or listing.resolve(name)


def _deepest_last(text: str) -> bool:
    """Whether tracebacks of this text end with the deepest frame, as Python's do."""
    return "Traceback (most recent call last)" in text or _PYTHON_FRAME.search(text) is not None

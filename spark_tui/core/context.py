"""Which files go along with an instruction: lines of them, and what is taken when none is named.

How they are named: `mentions`. `@diff`, `@last` and `@clipboard` name what is no file: the working
tree's changes, what the person saved last, and the clipboard's text. A file of that very name comes
first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import FileImage
from spark_tui.core.tokens import estimate

WHOLE_REPOSITORY_BYTES = 40_000
"""A repository up to this size goes along whole when the instruction names no file."""

WHOLE_REPOSITORY_FILES = 24
"""… and up to this many files."""

DIFF, CLIPBOARD, LAST = "diff", "clipboard", "last"
"""What `@diff`, `@clipboard` and `@last` name."""

OUTLINES = "outlines"
"""What outlines of files are called."""

EXTRA_CHARS = 200_000
"""Characters of a diff or a clipboard that go along at most; about 50,000 tokens."""

AROUND = 200
"""Lines above and below a selection that go along as its surroundings."""


FOUND_TOKENS = 8_000
"""Estimated tokens of lines that go along though nobody named them: those that are found, and
those that go along again.
"""

FileLines = tuple[str, tuple[int, int] | None]
"""A file, and the lines of it that are meant: 1-based, inclusive, None for all of it."""


def written(path: str, lines: tuple[int, int] | None = None) -> str:
    """The mention of a file, or of lines of it, as a person would type it."""
    where = path
    if lines is not None:
        where += f":{lines[0]}" if lines[0] == lines[1] else f":{lines[0]}-{lines[1]}"
    return f'@"{where}"' if any(c.isspace() for c in where) else f"@{where}"


@dataclass(frozen=True, slots=True)
class ContextItem:
    """One thing sent along: a file or a range of it. `lines` is 1-based, inclusive; None is all.

    `guess` says that nobody named it: it was found by the instruction's words. `symbol` is what the
    lines of a guess define, "" where that is not one thing. `edited` says that only hunks of
    earlier turns brought it along.
    """

    path: str
    lines: tuple[int, int] | None
    tokens: int
    guess: bool = False
    symbol: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class WorkingSet:
    """What a turn takes over from those before it.

    `named` went along last; `edited` are lines that hunks wrote or still want to change, as they
    are by now, the newest hunks first.
    """

    named: tuple[FileLines, ...] = ()
    edited: tuple[FileLines, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Its files, each once."""
        return tuple(dict.fromkeys(path for path, _ in (*self.named, *self.edited)))


@dataclass(frozen=True, slots=True)
class Omitted:
    """What the person took out of what goes along with one draft.

    `places` are files, or lines of them; `turns` are the notes of earlier turns, `outlines` those
    of files that are not shown.
    """

    places: tuple[FileLines, ...] = ()
    turns: bool = False
    outlines: bool = False

    def has(self, path: str, lines: tuple[int, int] | None) -> bool:
        """Whether these lines, or some of them, were taken out: what is found moves a little."""
        return any(
            path == other
            and (span is None or lines is None or (span[0] <= lines[1] and lines[0] <= span[1]))
            for other, span in self.places
        )

    def toggled(self, path: str, lines: tuple[int, int] | None) -> Omitted:
        """With these lines taken out; where they were already, without."""
        if not self.has(path, lines):
            return replace(self, places=(*self.places, (path, lines)))
        kept = [one for one in self.places if not Omitted((one,)).has(path, lines)]
        return replace(self, places=tuple(kept))


NOTHING_OMITTED = Omitted()


class FileNames:
    """The files there are, for looking up: built once for a list, asked for every key.

    `root` is the worktree's absolute path, "" where nobody names files by it.
    """

    def __init__(self, paths: Iterable[str] = (), root: str = "") -> None:
        self.paths = tuple(paths)
        self.all = frozenset(self.paths)
        self.longest = max(map(len, self.paths), default=0)
        self.root = root
        self._root = f"{root.rstrip('/')}/" if root else ""
        self._by_base: dict[str, list[str]] | None = None
        self._folders: frozenset[str] | None = None
        self._endings: frozenset[str] | None = None

    def index(self) -> None:
        """Build what is looked up; 40 ms for 100,000 files."""
        self.with_base("")
        _ = self.folders, self.endings

    @property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, as a path."""
        if self._folders is None:
            found: set[str] = set()
            for path in self.paths:
                folder = path.rpartition("/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition("/")[0]
            self._folders = frozenset(found)
        return self._folders

    @property
    def endings(self) -> frozenset[str]:
        """What stands behind the last dot of the files' names."""
        if self._endings is None:
            bases = (path.rpartition("/")[2].rpartition(".") for path in self.paths)
            self._endings = frozenset(end for _, dot, end in bases if dot)
        return self._endings

    def outside(self, text: str, start: int = 0) -> int:
        """How much of the text at `start` leads to the worktree: its root, or `./`."""
        for lead in (self._root, "./"):
            if lead and text.startswith(lead, start):
                return len(lead)
        return 0

    def inside(self, path: str) -> str:
        """A path as the list has it, without what leads to the worktree."""
        return path[self.outside(path) :]

    def resolve(self, written: str) -> str:
        """The one file that is meant by a path, its end or its base name; "" for none or several.

        An absolute path is one inside the worktree, or nothing: a library's file has the name of
        one of ours by chance.
        """
        path = written.replace("\\", "/")
        if self._root and path.startswith(self._root):
            path = path[len(self._root) :]
        while path.startswith("./"):
            path = path[2:]
        if path in self.all:
            return path
        if not path or path.startswith(("/", "~")) or path[1:3] == ":/" or ".." in path.split("/"):
            return ""
        if path.startswith(("a/", "b/")) and path[2:] in self.all:
            return path[2:]
        base = path.rpartition("/")[2]
        ends = [one for one in self.with_base(base) if one == path or one.endswith(f"/{path}")]
        return ends[0] if len(ends) == 1 else ""

    def below(self, folder: str) -> tuple[str, ...]:
        """Files below a folder, or below the one folder whose path ends so."""
        name = folder.strip("/").removeprefix("./")
        if name not in self.folders:
            ends = [one for one in self.folders if one.endswith(f"/{name}")]
            if not name or len(ends) != 1:
                return ()
            name = ends[0]
        return tuple(path for path in self.paths if path.startswith(f"{name}/"))

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Files that a pattern with `*` and `?` stands for; without a slash, by their base name."""
        pattern = pattern.removeprefix("./")
        if pattern.count("*") > 6 or len(pattern) > 120:
            return ()
        whole = "/" in pattern
        shape = re.compile(translate(re.sub(r"\*{2,}/?", "*", pattern)))
        return tuple(
            path for path in self.paths if shape.match(path if whole else path.rpartition("/")[2])
        )

    def with_base(self, name: str) -> Sequence[str]:
        """Paths whose last part is `name`."""
        if self._by_base is None:
            self._by_base = {}
            for path in self.paths:
                self._by_base.setdefault(path.rsplit("/", 1)[-1], []).append(path)
        return self._by_base.get(name, ())


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines of a file that a quick edit is about; 1-based, inclusive."""

    path: str
    first: int
    last: int

    @property
    def lines(self) -> tuple[int, int]:
        """The range as mentions write it."""
        return self.first, self.last

    def __len__(self) -> int:
        """How many lines."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A file (or a range of it) as it is sent: `lines` as in Mention, `total` lines in the file.

    With `about` it is no file but something to read, and `about` says what. `guess` says that it
    was found by the instruction's words, `symbol` what it defines, `edited` that only hunks of
    earlier turns brought it along.
    """

    path: str
    text: str
    lines: tuple[int, int] | None
    total: int
    about: str = ""
    guess: bool = False
    symbol: str = ""
    edited: bool = False

    def item(self) -> ContextItem:
        """What the screen says about it."""
        tokens = estimate(self.text)
        return ContextItem(
            self.path, self.lines, tokens, self.guess, self.symbol, edited=self.edited
        )


def excerpt(image: FileImage, lines: tuple[int, int] | None = None) -> Excerpt:
    r"""The text of `image` to send, with `\n` endings; a range is clipped to the file."""
    total = len(image.lines)
    chosen = image.lines
    if lines is not None:
        first, last = max(1, lines[0]), min(total, lines[1])
        chosen, lines = image.lines[first - 1 : last], (first, last)
    text = "".join(chosen)
    if "\r" in text:
        text = "".join(_lf(line) for line in chosen)
    return Excerpt(image.path, text, lines, total)


def surroundings(image: FileImage, span: LineRange) -> Excerpt:
    """The file round a selection: all of it, or `AROUND` lines on both sides where it is long."""
    first, last = max(1, span.first - AROUND), min(len(image.lines), span.last + AROUND)
    whole = (first, last) == (1, len(image.lines))
    return excerpt(image, None if whole else (first, last))


def extra(name: str, text: str) -> Excerpt:
    """The diff, the last save or the clipboard as it is sent, cut at `EXTRA_CHARS`."""
    about = {
        DIFF: "the changes of the working tree, as a diff",
        LAST: "what the programmer changed last by hand, as a diff; it is in the files already",
        CLIPBOARD: "the clipboard",
    }[name]
    if len(text) > EXTRA_CHARS:
        text, about = text[:EXTRA_CHARS], f"{about}, cut after {EXTRA_CHARS:,} characters"
    return Excerpt(name, text, None, text.count("\n") + 1, about)


def outlines(files: Iterable[tuple[str, Iterable[tuple[int, str]]]]) -> Excerpt:
    """Where files define what, for a model to know of: paths with numbered lines of theirs."""
    about = "definitions in these files, with their line numbers; not shown in full"
    text = "".join(
        f"{path}\n" + "".join(f"{number}: {line}\n" for number, line in lines)
        for path, lines in files
    )
    return Excerpt(OUTLINES, text, None, text.count("\n"), about, guess=True)


def _lf(line: str) -> str:
    body = line.rstrip("\r\n")
    return body if body == line else body + "\n"

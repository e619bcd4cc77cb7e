"""Which files go along with an instruction: mentions, ranges, and what is taken when none is named.

A mention is `@path`, `@path:10` or `@path:10-40` (1-based, inclusive), or `@"a path"` where the
path has spaces. It counts at the start of the text or behind white space or an opening bracket,
so that `user@host` is no mention.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spark_tui.core.edits.model import FileImage
from spark_tui.core.events import ContextItem
from spark_tui.core.tokens import estimate

WHOLE_REPOSITORY_BYTES = 40_000
"""A repository up to this size goes along whole when the instruction names no file."""

WHOLE_REPOSITORY_FILES = 24
"""… and up to this many files."""

NEAREST_AMONG = 20_000
"""How many paths a mistyped one is compared with: about 40 ms."""

_MENTION = re.compile(
    r"""(?:^|(?<=[\s(\[{,]))@(?:"(?P<quoted>[^"\n]+)"|(?P<path>[^\s"@][^\s"]*))""", re.MULTILINE
)
_RANGE = re.compile(r"^(?P<path>.+?):(?P<first>\d+)(?:-(?P<last>\d+))?$")
_TRAILING = ".,;:!?)]}'"


@dataclass(frozen=True, slots=True)
class Mention:
    """A file named in the prompt; `lines` is 1-based and inclusive, None for all of it.

    `start` and `end` delimit the mention in the text, the `@` included.
    """

    path: str
    lines: tuple[int, int] | None
    start: int
    end: int


def mentions(text: str, known: Sequence[str] = ()) -> tuple[Mention, ...]:
    """All mentions in `text`, in order, duplicates taken out.

    Punctuation behind a path belongs to the sentence unless a file of `known` has it in its name.
    """
    names = frozenset(known)
    found: dict[tuple[str, tuple[int, int] | None], Mention] = {}
    for match in _MENTION.finditer(text):
        raw = match["quoted"] or match["path"]
        end = match.end()
        if match["path"] and raw not in names:
            kept = raw.rstrip(_TRAILING)
            end -= len(raw) - len(kept)
            raw = kept
        path, lines = _split_range(raw, names)
        if not path:
            continue
        path = path.removeprefix("./")
        found.setdefault((path, lines), Mention(path, lines, match.start(), end))
    return tuple(found.values())


def _split_range(raw: str, names: frozenset[str]) -> tuple[str, tuple[int, int] | None]:
    if raw in names:
        return raw, None
    ranged = _RANGE.match(raw)
    if ranged is None:
        return raw, None
    first = int(ranged["first"])
    last = int(ranged["last"] or first)
    return ranged["path"], (max(1, min(first, last)), max(first, last))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A file (or a range of it) as it is sent: `lines` as in Mention, `total` lines in the file."""

    path: str
    text: str
    lines: tuple[int, int] | None
    total: int

    def item(self) -> ContextItem:
        """What the screen says about it."""
        return ContextItem(self.path, self.lines, estimate(self.text))


def excerpt(image: FileImage, lines: tuple[int, int] | None = None) -> Excerpt:
    r"""The text of `image` to send, with `\n` endings; a range is clipped to the file."""
    total = len(image.lines)
    chosen = image.lines
    if lines is not None:
        first, last = max(1, lines[0]), min(total, lines[1])
        chosen, lines = image.lines[first - 1 : last], (first, last)
    text = "".join(_lf(line) for line in chosen)
    return Excerpt(image.path, text, lines, total)


def _lf(line: str) -> str:
    body = line.rstrip("\r\n")
    return body if body == line else body + "\n"


def named_without_at(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Files whose path or unique base name stands in the text as a word of its own."""
    words = {w.strip(_TRAILING + '`("') for w in text.split()}
    by_name: dict[str, list[str]] = {}
    for path in known:
        by_name.setdefault(path.rsplit("/", 1)[-1], []).append(path)
    out: dict[str, None] = {}
    for word in sorted(words):
        if "." not in word and "/" not in word:
            continue
        paths = [word] if word in known else by_name.get(word, [])
        if len(paths) == 1:
            out[paths[0]] = None
    return tuple(out)


def nearest(path: str, known: Sequence[str]) -> str:
    """The known path a mistyped one most likely means, or "". Looks at `NEAREST_AMONG` at most."""
    name = path.rsplit("/", 1)[-1].casefold()
    if not name:
        return ""
    best, score = "", 0.45
    grams = _bigrams(name)
    for candidate in known[:NEAREST_AMONG]:
        other = _bigrams(candidate.rsplit("/", 1)[-1].casefold())
        if not grams or not other:
            continue
        likeness = 2 * len(grams & other) / (len(grams) + len(other))
        if path.rpartition("/")[0] == candidate.rpartition("/")[0]:
            likeness += 0.05
        if likeness > score:
            best, score = candidate, likeness
    return best


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def whole_repository(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """All files of a repository small enough to go along whole, else none. `sizes` in bytes."""
    if len(sizes) > WHOLE_REPOSITORY_FILES or sum(sizes.values()) > WHOLE_REPOSITORY_BYTES:
        return ()
    return tuple(sizes)

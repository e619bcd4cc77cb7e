"""Which file a line above an edit block names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.core.regex import regex

_TICKED = regex(r"`([^`\s]+)`")
_LABEL = regex(r"^(?:file|path|filename|in|update|edit|create|new file)\s*:?\s+(?=\S+$)", re.I)
_TOKEN = regex(r"^[^\s`*<>|\"']+$")
_LONGEST = 300
_WORD = regex(r"^[\w.-]+\w$")
_LOUD = regex(r"^(?=.*[A-Z])[A-Z0-9][A-Z0-9_-]{2,}$")
BARE_NAMES = frozenset(
    {
        "Makefile",
        "Dockerfile",
        "Containerfile",
        "LICENSE",
        "README",
        "CHANGELOG",
        "CHANGES",
        "AUTHORS",
        "NEWS",
        "Gemfile",
        "Rakefile",
        "Procfile",
        "Justfile",
        "justfile",
        "Vagrantfile",
        "Jenkinsfile",
        "CODEOWNERS",
        "configure",
    }
)
_SUFFIX = regex(r"\.[A-Za-z][\w+-]{0,15}$")


def may_be_new(path: str, text: Sequence[str]) -> bool:
    """Whether a name that only stands above some text is one for a file to create.

    A word, or two with a slash between, may be anything. A file's name has a suffix, or is one that
    files without one have, or its text says what runs it.
    """
    name = path.rpartition("/")[2]
    if path in ("e.g", "i.e"):
        return False
    shebang = bool(text) and text[0].startswith("#!")
    return shebang or name in BARE_NAMES or bool(_SUFFIX.search(name))


class NamePicker:
    """Picks file names out of lines; `known` are the files the request was about."""

    def __init__(self, known: Sequence[str]) -> None:
        self._known = frozenset(known)
        self._order = tuple(known)

    @property
    def any(self) -> bool:
        """Whether the files there are known at all."""
        return bool(self._order)

    def knows(self, path: str) -> bool:
        """Whether it is one of the known files."""
        return path in self._known

    @property
    def only(self) -> str:
        """The one known file, or ""."""
        return self._order[0] if len(self._order) == 1 else ""

    def named_by(self, line: str, *, loose: bool = False, sentence: bool = True) -> str:
        """The path a line names by itself, in bold, as a heading, in back-ticks, or as a label.

        `loose` takes any single word where nothing is known, as fits the line right above a SEARCH
        block; else a word is a name only where it is known. `sentence` takes a path in back-ticks
        out of one.
        """
        text = line.strip()
        if text in self._known:
            return text
        if len(text) > _LONGEST:
            return ""
        text = text.lstrip("#").strip()
        text = re.sub(r"^(?://|--|<!--)\s*|\s*-->$", "", text)
        text = text.rstrip(":").strip()
        decorated = text != (text := _undecorated(text))
        text = text.rstrip(":").strip("`*").strip()
        text = _LABEL.sub("", text).strip("`*\"' ").rstrip(":")
        if text in self._known or (text and self._is_path(text, decorated=decorated)):
            return self._known_as(text)
        if loose and _WORD.match(text):
            named = self._known_as(text)
            if named in self._known or not self._known:
                return named
        if not sentence:
            return ""
        ticked = [t for t in _TICKED.findall(line) if self._is_path(t, decorated=True)]
        return self._known_as(ticked[0]) if len(ticked) == 1 else ""

    def _is_path(self, text: str, *, decorated: bool) -> bool:
        if text in self._known:
            return True
        if not _TOKEN.match(text) or text.endswith(("/", ".", ",", ";", "!", "?", "(", ")")):
            return False
        if text.startswith(("http:", "https:", "-", "=", "+", "@")):
            return False
        name = text.rpartition("/")[2]
        if "/" in text or text in BARE_NAMES:
            return bool(name) and not set(name) <= set(".-=")
        stem, dot, suffix = name.rpartition(".")
        if dot and (stem or suffix) and suffix and not suffix.isdigit():
            return True
        return (decorated and name in BARE_NAMES) or bool(_LOUD.match(name))

    def _known_as(self, text: str) -> str:
        """The known file of that name, where only its folder was left out; else the text."""
        if text in self._known or not self._known or "/" in text:
            return text
        same = [p for p in self._order if p.rpartition("/")[2] == text]
        return same[0] if len(same) == 1 else text


def _undecorated(text: str) -> str:
    """Without marks of bold, emphasis and code; a name's own underscores stand on one side only."""
    text = text.strip("*`")
    while len(text) > 2 and text[0] == text[-1] == "_":
        text = text[1:-1].strip("*`")
    return text

"""What a text defines: its functions, keys, sections or headings, by name.

Any language, by the line alone: what may hold a definition is read as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.edits.guard import is_prose
from spark_tui.core.regex import regex

_WORDS = (
    r"(?:(?:export|default|declare|pub(?:\([^)]*\))?|public|private|protected|internal|static|"
    r"abstract|final|sealed|async|unsafe|const|inline|override|virtual|extern|open|data)\s+)*"
)
_KEYWORD = regex(
    r"^\s*"
    + _WORDS
    + r"(?:def|class|func|fn|function\*?|struct|enum|trait|impl|interface|type|module|mod|"
    r"namespace|object|protocol|extension|macro_rules!|sub|procedure|defmodule|defp?)\b"
    r"\s*(?:\([^)]*\)\s*)?(?P<name>[.$<>?!]*\w[\w.$:<>?!]*)"
)
_BOUND = regex(
    r"^(?:" + _WORDS + r"(?:let|var|const|val|static)\s+(?:mut\s+)?)?(?P<name>[A-Za-z_$][\w.$-]*)"
    r"\s*(?::[^=:]*)?(?:[:+?]?=(?!=)|:(?:\s|$))"
)
_C_LIKE = regex(
    r"^[A-Za-z_][\w:<>,*&\[\]]*(?:[ \t]+[\w:<>,*&\[\]]+)*[ \t*&]+"
    r"(?P<name>(?!(?:import|if|for|while|in|and|or|not)\b)[A-Za-z_~][\w:~]*)\s*\("
)
_SHELL = regex(r"^(?P<name>[A-Za-z_][\w-]*)\s*\(\)\s*\{?")
_SECTION = regex(r"^\[+\s*(?P<name>[^\],{(]+?)\s*\]+\s*$")
_HEADING = regex(r"^(?P<name>#{1,6}\s+\S.*?)\s*#*$")
_JSON_KEY = regex(r'^(?P<indent>\s*)"(?P<name>[^"]+)"\s*:')
_LONGEST = 300


class Definition(NamedTuple):
    """A name and the line (from 0) that gives it."""

    name: str
    line: int


def definitions(lines: Sequence[str], path: str) -> list[Definition]:
    """What the file defines, in order: top-level names of any language, and nested definitions."""
    if is_prose(path):
        return _headings(lines)
    if is_json(path):
        return _keys(lines)
    out = []
    sections = False
    for i, text in enumerate(lines):
        if len(text) > _LONGEST:
            continue
        match = _KEYWORD.match(text)
        if match is None and is_flush(text):
            match = _SECTION.match(text) or _SHELL.match(text)
            sections = sections or (match is not None and text.startswith("["))
            if match is None and not sections:
                match = _BOUND.match(text) or _C_LIKE.match(text)
        if match is not None:
            out.append(Definition(match["name"].rstrip(":"), i))
    return out


def _headings(lines: Sequence[str]) -> list[Definition]:
    out = []
    fenced = ""
    for i, text in enumerate(lines):
        mark = text.lstrip()[:3]
        if mark in ("```", "~~~"):
            fenced = "" if fenced == mark else fenced or mark
        elif not fenced and len(text) <= _LONGEST and (match := _HEADING.match(text)):
            out.append(Definition(match["name"], i))
    return out


def _keys(lines: Sequence[str]) -> list[Definition]:
    found = [(m, i) for i, text in enumerate(lines) if (m := _JSON_KEY.match(text[:_LONGEST]))]
    depth = min((len(m["indent"]) for m, _ in found), default=0)
    return [Definition(m["name"], i) for m, i in found if len(m["indent"]) == depth]


def is_json(path: str) -> bool:
    """Whether the file is one of keys and values."""
    return path.casefold().endswith((".json", ".jsonc", ".json5"))


def is_flush(text: str) -> bool:
    """Whether the line stands at the margin."""
    return text[:1] not in ("", " ", "\t")

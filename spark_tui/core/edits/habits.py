"""What `.editorconfig` and `.gitattributes` say about how a file is written. Pure: texts in.

Both come from the repository, so nothing in them may cost more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.encodings import codec_name
from spark_tui.core.edits.model import Habits
from spark_tui.core.edits.path_patterns import matches
from spark_tui.core.regex import regex

LARGEST = 65_536
"""Bytes of the largest such file that is read."""

_MOST_RULES = 2_000
_LONGEST = 512
_WIDEST = 16

_SECTION = regex(r"\[(.*)\]\s*(?:[#;].*)?$")
_PAIR = regex(r"([^=:]{1,60})[=:](.*)$")
_EOLS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
_CHARSETS = {
    "latin1": ("latin-1", b""),
    "utf-8": ("utf-8", b""),
    "utf-8-bom": ("utf-8", b"\xef\xbb\xbf"),
    "utf-16le": ("utf-16-le", b"\xff\xfe"),
    "utf-16be": ("utf-16-be", b"\xfe\xff"),
    "utf-16": ("utf-16-le", b"\xff\xfe"),
    "utf-16le-bom": ("utf-16-le", b"\xff\xfe"),
}
_WITHOUT_MARK = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Rules:
    """One such file: (pattern, properties) in its order; `root` ends the search upwards."""

    rules: tuple[tuple[str, Mapping[str, str]], ...] = ()
    root: bool = False


def editorconfig(text: str) -> Rules:
    """The sections of an `.editorconfig`; lines that are none are passed over."""
    rules: list[tuple[str, dict[str, str]]] = []
    root = False
    for line in _lines(text):
        found = _SECTION.match(line)
        if found:
            if len(rules) == _MOST_RULES:
                break
            rules.append((found[1], {}))
            continue
        pair = _PAIR.match(line)
        if pair is None:
            continue
        key, value = pair[1].strip().lower(), re.split(r"\s[#;]", pair[2])[0].strip().lower()
        if rules:
            rules[-1][1][key] = value
        elif key == "root":
            root = value == "true"
    return Rules(tuple(rules), root)


def gitattributes(text: str) -> Rules:
    """The lines of a `.gitattributes`, as far as they say how a file is written."""
    rules: list[tuple[str, dict[str, str]]] = []
    for line in _lines(text):
        pattern, said = _attribute_line(line)
        found: dict[str, str] = {}
        for word in said.split()[:100]:
            name, _, value = word.partition("=")
            if name in ("eol", "working-tree-encoding"):
                found[name] = value.lower()
            elif name in ("-eol", "!eol", "-text", "binary"):
                found["eol"] = ""
            elif name in ("-working-tree-encoding", "!working-tree-encoding"):
                found["working-tree-encoding"] = ""
        if found and len(rules) < _MOST_RULES:
            rules.append((pattern, found))
    return Rules(tuple(rules))


def _lines(text: str) -> Iterator[str]:
    for line in text.lstrip("\ufeff").split("\n"):
        line = line.strip()  # noqa: PLW2901
        if line and line[0] not in "#;" and len(line) <= 2 * _LONGEST:
            yield line


def _attribute_line(line: str) -> tuple[str, str]:
    if line.startswith('"'):
        end = line.find('" ', 1)
        if end < 0:
            return "", ""
        return line[1:end].replace('\\"', '"').replace("\\\\", "\\"), line[end + 2 :]
    pattern, _, said = line.partition(" ")
    if "\t" in pattern:
        pattern, _, said = line.partition("\t")
    return pattern, said


def habits_of(
    path: str, configs: Sequence[tuple[str, Rules]], attributes: Sequence[tuple[str, Rules]]
) -> Habits:
    """What is said about `path` by files in these folders ("" is the top), outermost first."""
    config = _said(path, configs, braces=True)
    attribute = _said(path, attributes, braces=False)
    said = config.get("indent_style", "")
    indent = {"tab": "\t", "space": " "}.get(said, "")
    size, tab = config.get("indent_size", ""), config.get("tab_width", "")
    width = _number(tab) or _number(size) if indent == "\t" or size == "tab" else _number(size)
    eol = _EOLS.get(attribute.get("eol", "")) or _EOLS.get(config.get("end_of_line", ""), "")
    charset, bom = _CHARSETS.get(config.get("charset", ""), ("", b""))
    encoding = attribute.get("working-tree-encoding", "")
    if encoding in _WITHOUT_MARK:
        charset, bom = _WITHOUT_MARK[encoding], b""
    elif encoding:
        charset, bom = _CHARSETS.get(encoding, (codec_name(encoding), b""))
    return Habits(indent, width, eol, charset, bom)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:3]) <= _WIDEST else 0


def _said(path: str, files: Sequence[tuple[str, Rules]], *, braces: bool) -> dict[str, str]:
    first = next((i for i in range(len(files) - 1, -1, -1) if files[i][1].root), 0)
    out: dict[str, str] = {}
    for folder, rules in files[first:]:
        below = path[len(folder) + 1 :] if folder else path
        for pattern, values in rules.rules:
            if matches(pattern, below, braces=braces):
                out.update(values)
    return {key: value for key, value in out.items() if value != "unset"}

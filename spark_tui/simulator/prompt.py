"""Reads what a client sent: instructions, the files it shows, the sentence to carry out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FILE_LINE = re.compile(r"^File:\s*`?(?P<path>[^`\n]+?)`?(?:\s*\(lines?\s+(?P<range>[^)]*)\))?\s*$")
_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})[^`]*$")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, or a range of one, as the prompt shows it. `lines` carry no line ends."""

    path: str
    lines: tuple[str, ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedPrompt:
    """One request in no wire's terms; `instruction` is the sentence to carry out."""

    system: str
    text: str
    files: tuple[SourceFile, ...]
    instruction: str


def find_files(text: str) -> tuple[SourceFile, ...]:
    """All `File: path` blocks in `text`, in order of appearance; the last block of a path wins.

    A block is the `File:` line, a fence line of three or more backticks, the text, and a closing
    fence of the same length. Blocks without a closing fence are left out.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    found: dict[str, SourceFile] = {}
    at = 0
    while at < len(lines):
        head = _FILE_LINE.match(lines[at])
        at += 1
        if head is None:
            continue
        start = at
        while start < len(lines) and not lines[start].strip() and start < at + 2:
            start += 1
        opening = _FENCE.match(lines[start]) if start < len(lines) else None
        if opening is None:
            continue
        try:
            end = lines.index(opening["fence"], start + 1)
        except ValueError:
            continue
        path = head["path"].strip()
        found[path] = SourceFile(path, tuple(lines[start + 1 : end]), head["range"] is not None)
        at = end + 1
    return tuple(found.values())


def selected_lines(prompt: ReceivedPrompt) -> SourceFile | None:
    """The lines a prompt asks to rewrite: the file block below its last `Rewrite:`."""
    _, mark, rest = prompt.text.rpartition("\nRewrite:\n")
    found = find_files(rest) if mark else ()
    return found[0] if found and found[0].partial else None


def _content_text(content: object) -> str:
    """The text of a message's content: a string, or a list of parts that carry `text`."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, Mapping))
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def read_prompt(body: Mapping[str, Any], earlier: str = "") -> ReceivedPrompt:
    """Read a Responses or Chat Completions request body.

    `earlier` is the text of the conversation the request continues. Never raises for odd bodies:
    what cannot be read counts as empty.
    """
    system: list[str] = []
    users: list[str] = []
    if isinstance(body.get("instructions"), str):
        system.append(body["instructions"])
    items = body.get("messages", body.get("input"))
    if isinstance(items, str):
        users.append(items)
    elif isinstance(items, list):
        for item in items:
            if not isinstance(item, Mapping):
                continue
            text = _content_text(item.get("content"))
            if item.get("role") in ("system", "developer"):
                system.append(text)
            elif item.get("role") == "user":
                users.append(text)
    last = "\n" + (users[-1] if users else "")
    if "\nInstruction:" in last:
        # A file shown in the prompt may hold the word itself: the last mark is the client's.
        sentence = last.rpartition("\nInstruction:")[2].strip()
    else:
        sentence = last.strip().rpartition("\n\n")[2].strip()
    everything = "\n".join([*([earlier] if earlier else []), *users])
    return ReceivedPrompt("\n".join(system), everything, find_files(everything), sentence)

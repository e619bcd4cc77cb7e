"""Reads what a client sent: instructions, the files it shows, the sentence to carry out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

_FILE_LINE = regex(r"^File:\s*`?(?P<path>[^`\n]+?)`?(?:\s*\(lines?\s+(?P<range>[^)]*)\))?\s*$")
_MARK = "\nInstruction:"
SHOWN = "What you asked to see"
"""How a message begins that shows what was asked for in words."""

_FENCE = regex(r"^(?P<fence>`{3,}|~{3,})[^`]*$")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, or a range of one, as the prompt shows it. `lines` carry no line ends."""

    path: str
    lines: tuple[str, ...]
    partial: bool = False


class ToolOffer(Enum):
    """How a model may ask to see more."""

    NOTHING = "nothing"
    TOOLS = "tools"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class ReceivedPrompt:
    """One request in no wire's terms; `instruction` is the sentence to carry out.

    `offer` says how more may be asked for; `called` is what was asked for before, `seen` what came
    of it last.
    """

    system: str
    text: str
    files: tuple[SourceFile, ...]
    instruction: str
    offer: ToolOffer = ToolOffer.NOTHING
    called: str = ""
    seen: str = ""


def find_files(text: str) -> tuple[SourceFile, ...]:
    """All `File: path` blocks in `text`, in order; of those that show the same lines the last.

    A block is the `File:` line, a fence line of three or more backticks, the text, and a closing
    fence of the same length. Blocks without a closing fence are left out.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    found: list[tuple[SourceFile, tuple[int, int]]] = []
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
        span = _span(head["range"])
        found = [
            one
            for one in found
            if one[0].path != path or one[1][1] < span[0] or span[1] < one[1][0]
        ]
        shown = tuple(lines[start + 1 : end])
        found.append((SourceFile(path, shown, head["range"] is not None), span))
        at = end + 1
    return tuple(file for file, _ in found)


def _span(told: str | None) -> tuple[int, int]:
    """The lines of a block, all there can be where it names none."""
    numbers = re.findall(r"\d{1,9}", told or "")
    return (int(numbers[0]), int(numbers[1])) if len(numbers) > 1 else (0, 10**9)


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
    texts: list[str] = []
    asked: list[str] = []
    seen: list[str] = []
    called: list[str] = []
    if isinstance(body.get("instructions"), str):
        system.append(body["instructions"])
    items = body.get("messages", body.get("input"))
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, Mapping):
            continue
        text = _content_text(item.get("content"))
        role = item.get("role")
        if role in ("system", "developer"):
            system.append(text)
        elif role == "tool" or (role == "user" and text.startswith(SHOWN)):
            seen.append(text)
        elif role == "user":
            texts.append(text)
            asked.append(text)
        elif item.get("type") == "function_call_output":
            seen.append(_content_text(item.get("output")))
        now = _calls(item, text)
        if now:
            texts += seen
            seen = []
        called += now
    texts += seen
    newest = "\n".join(seen)
    last = "\n" + (asked[-1] if asked else "")
    if not asked and _MARK in earlier:
        sentence = earlier.rpartition(_MARK)[2].strip().partition("\n")[0]
    elif _MARK in last:
        # A file shown in the prompt may hold the word itself: the last mark is the client's.
        sentence = last.rpartition(_MARK)[2].strip()
    else:
        sentence = last.strip().rpartition("\n\n")[2].strip()
    everything = "\n".join([*([earlier] if earlier else []), *texts])
    offer = _offer(body, "\n".join(system), newest)
    return ReceivedPrompt(
        "\n".join(system),
        everything,
        find_files(everything),
        sentence,
        offer,
        "\n".join(called),
        newest,
    )


def _calls(item: Mapping[str, Any], text: str) -> list[str]:
    """What an answer of before asked to see."""
    if item.get("type") == "function_call":
        return [str(item.get("arguments"))]
    if item.get("role") != "assistant":
        return []
    calls = item.get("tool_calls")
    inner = (one.get("function") for one in calls) if isinstance(calls, list) else ()
    return [text, *(str(one.get("arguments")) for one in inner if isinstance(one, Mapping))]


def _offer(body: Mapping[str, Any], system: str, newest: str) -> ToolOffer:
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        inner = tool.get("function", tool) if isinstance(tool, Mapping) else {}
        named = isinstance(inner, Mapping) and inner.get("name") == "grep_files"
        if named and body.get("tool_choice") != "none":
            return ToolOffer.TOOLS
    words = "\nlook: " in system and "No more looks" not in newest
    return ToolOffer.WORDS if words else ToolOffer.NOTHING

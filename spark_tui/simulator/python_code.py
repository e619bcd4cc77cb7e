"""Finds functions and names in Python source by its lines, without running or parsing it.

Works on ranges of files too, where the standard parser would give up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

_STRING_START = regex(r"(?P<prefix>[rbfuRBFU]{0,2})(?P<quote>\"\"\"|'''|\"|')")


@dataclass(frozen=True, slots=True)
class Function:
    """A function's place: 0-based line numbers, `stop` and `body` as in slices.

    `top` is its first decorator or its `def` line, `body` the first line after the signature.
    """

    name: str
    owner: str
    top: int
    start: int
    body: int
    stop: int
    indent: str


def code_mask(text: str) -> bytearray:
    """1 for each character of `text` that is code, 0 inside strings and comments.

    The replacement fields of f-strings count as code.
    """
    mask = bytearray(b"\1") * len(text)
    at = 0
    while at < len(text):
        char = text[at]
        if char == "#":
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            mask[at:end] = bytes(end - at)
            at = end
        elif char in "\"'" or (char in "rbfuRBFU" and not _word_before(text, at)):
            match = _STRING_START.match(text, at)
            if match is None:
                at += 1
                continue
            end = _string_end(text, match.end(), match["quote"])
            mask[at:end] = bytes(end - at)
            if "f" in match["prefix"].lower():
                _unmask_fields(text, mask, match.end(), end - len(match["quote"]))
            at = end
        else:
            at += 1
    return mask


def _word_before(text: str, at: int) -> bool:
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_")


def _string_end(text: str, at: int, quote: str) -> int:
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and len(quote) == 1:
            return at
        else:
            at += 1
    return len(text)


def _unmask_fields(text: str, mask: bytearray, start: int, end: int) -> None:
    depth = 0
    at = start
    while at < end:
        if depth == 0 and text.startswith(("{{", "}}"), at):
            at += 2
            continue
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth = max(0, depth - 1)
        elif depth:
            mask[at] = 1
        at += 1


def rename(lines: Sequence[str], old: str, new: str, methods: bool) -> list[str]:
    """`lines` with the name `old` written `new` wherever it is code.

    In strings and comments it is renamed where it is marked as a name: between backticks, and
    quoted in `__all__`.

    After a dot it is renamed with `methods`, or when what stands before the dot is an imported
    module: `seen.add(x)` on a set is another `add`.
    """
    text = "\n".join(lines)
    mask = code_mask(text)
    imported = set(re.findall(r"^\s*import\s+([\w.]+)", text, re.MULTILINE))
    imported |= set(re.findall(r"\bas\s+(\w+)", text))
    # `from package import module` brings modules too; names bound so are trusted likewise.
    for names in re.findall(r"^\s*from\s+[\w.]+\s+import\s+\(?([^)\n]+)", text, re.MULTILINE):
        imported |= set(re.findall(r"\w+", names))

    def change(match: re.Match[str]) -> str:
        if not mask[match.start("name")]:
            return match[0]
        if match["owner"] is not None and not methods and match["owner"] not in imported:
            return match[0]
        return match[0][: -len(old)] + new

    owner = r"(?:(?P<owner>(?:[\w.]*\w)?[\])]?)\s*\.\s*)?"
    pattern = rf"(?<![\w.]){owner}(?P<name>(?<!\w){re.escape(old)})(?!\w)"
    text = re.sub(pattern, change, text)
    text = re.sub(rf"(?<=`){re.escape(old)}(?=(?:\(\))?`)", lambda _: new, text)
    quoted = re.compile(rf"(?<=['\"]){re.escape(old)}(?=['\"])")
    exported = re.compile(r"^__all__\s*(?::[^=\n]*)?\+?=\s*[\[(][^\])]*", re.MULTILINE)
    return exported.sub(lambda names: quoted.sub(lambda _: new, names[0]), text).split("\n")


def defines(lines: Sequence[str], name: str) -> tuple[bool, bool]:
    """Whether `name` is defined at the top level, and whether it is a method somewhere."""
    wanted = re.compile(rf"(\s*)(?:async\s+def|def|class)\s+{re.escape(name)}\b")
    indents = [match[1] for line in lines if (match := wanted.match(line))]
    return "" in indents, any(indents)


def find_functions(lines: Sequence[str], name: str) -> list[Function]:
    """Every function called `name`, or `Class.name` for a method of that class."""
    owner_wanted, _, bare = name.rpartition(".")
    text = "\n".join(lines)
    mask = code_mask(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    wanted = re.compile(rf"(\s*)(?:async\s+)?def\s+{re.escape(bare)}\s*\(")
    found = []
    for start, line in enumerate(lines):
        match = wanted.match(line)
        if match is None or not mask[starts[start] + match.end() - 1]:
            continue
        close = signature_end(text, mask, starts[start] + match.end() - 1)
        if close is None:
            continue
        body = text.count("\n", 0, close) + 1
        owner = _owner(lines, start, match[1])
        if owner_wanted and owner != owner_wanted:
            continue
        top = start
        while top > 0 and lines[top - 1].startswith(match[1] + "@"):
            top -= 1
        stop = _block_end(lines, body, match[1], mask, starts)
        found.append(Function(bare, owner, top, start, body, stop, match[1]))
    return found


def signature_end(text: str, mask: bytearray, open_paren: int) -> int | None:
    """Offset of the `:` that ends the signature whose `(` is at `open_paren`."""
    depth = 0
    for at in range(open_paren, len(text)):
        if not mask[at]:
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
        elif text[at] == ":" and depth == 0:
            return at
    return None


def _owner(lines: Sequence[str], start: int, indent: str) -> str:
    for at in range(start - 1, -1, -1):
        match = re.match(r"(\s*)(class|def|async def)\s+(\w+)", lines[at])
        if match is not None and len(match[1]) < len(indent):
            return match[3] if match[2] == "class" else ""
    return ""


def _block_end(
    lines: Sequence[str], body: int, indent: str, mask: bytearray, starts: Sequence[int]
) -> int:
    """First line after the block: the last line that is deeper than `indent`, plus one."""
    stop = body
    for at in range(body, len(lines)):
        line = lines[at]
        if not line.strip():
            continue
        inside_string = (
            at > 0 and not mask[starts[at]] and not line.lstrip().startswith(('"', "'", "#"))
        )
        deeper = len(line) - len(line.lstrip()) > len(indent)
        if not deeper and not inside_string and not line.startswith(indent + ")"):
            break
        stop = at + 1
    return stop


def body_indent(lines: Sequence[str], function: Function) -> str:
    """The indentation of the function's own lines."""
    for line in lines[function.body : function.stop]:
        if line.strip():
            return line[: len(line) - len(line.lstrip())]
    return function.indent + "    "


def docstring_end(lines: Sequence[str], function: Function) -> int:
    """The first body line after the docstring; `function.body` without one."""
    text = "\n".join(lines[function.body : function.stop])
    match = re.match(r"\s*[rRuU]?(\"\"\"|'''|\"|')", text)
    if match is None:
        return function.body
    end = _string_end(text, match.end(), match[1])
    return function.body + text.count("\n", 0, end) + 1

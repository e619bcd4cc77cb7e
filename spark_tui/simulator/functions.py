"""Changes to one function, line by line: each returns the file's lines after the change."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.simulator.python_code import (
    Function,
    body_indent,
    code_mask,
    docstring_end,
    find_functions,
    signature_end,
)

__all__ = [
    "Function",
    "find_functions",
    "first_function",
    "with_comment",
    "with_docstring",
    "with_parameter",
    "with_return_type",
    "without",
    "wrapped",
]


def _signature(lines: Sequence[str], function: Function) -> tuple[str, int, int]:
    """The signature's text, the offset of its `(` and of its closing `:`."""
    text = "\n".join(lines[function.start : function.body])
    open_paren = text.index("(")
    colon = signature_end(text, code_mask(text), open_paren)
    return text, open_paren, len(text) if colon is None else colon


def _one_line(lines: Sequence[str], function: Function) -> bool:
    """Whether the body stands on the signature's line, as in `def f(): ...`."""
    text, _, colon = _signature(lines, function)
    rest = text[colon + 1 :].strip()
    return bool(rest) and not rest.startswith("#")


def _parameters(text: str) -> list[str]:
    """The parameters of a signature, cut at the commas of its own level."""
    mask = code_mask(text)
    out = [""]
    depth = 0
    for at, char in enumerate(text):
        if mask[at] and char in "([{":
            depth += 1
        elif mask[at] and char in ")]}":
            depth -= 1
        if mask[at] and char == "," and depth == 0:
            out.append("")
        else:
            out[-1] += char
    return out


def _names(text: str) -> list[str]:
    """The names of the parameters, without stars, defaults and comments."""
    mask = code_mask(text)
    code = "".join(char if mask[at] else " " for at, char in enumerate(text))
    heads = (re.split(r"[:=]", part, maxsplit=1)[0].strip(" \n*/") for part in _parameters(code))
    return [head for head in heads if head]


def _closing_paren(text: str, open_paren: int) -> int:
    mask = code_mask(text)
    depth = 0
    for at in range(open_paren, len(text)):
        if mask[at] and text[at] in "([{":
            depth += 1
        elif mask[at] and text[at] in ")]}":
            depth -= 1
            if depth == 0:
                return at
    return len(text)


def first_function(lines: Sequence[str]) -> Function | None:
    """The function that is defined first; None for no function."""
    for line in lines:
        head = re.match(r"\s*(?:async\s+)?def\s+(\w+)", line)
        found = find_functions(lines, head[1]) if head is not None else []
        if found:
            return found[0]
    return None


def with_docstring(lines: Sequence[str], function: Function, text: str = "") -> list[str]:
    """A docstring as the first line of the body; unchanged where there is one."""
    if _one_line(lines, function) or docstring_end(lines, function) != function.body:
        return list(lines)
    indent = body_indent(lines, function)
    words = " ".join((text or _description(lines, function)).split())
    safe = words.replace("\\", "\\\\").replace('"""', "'''")
    if not safe.endswith((".", "!", "?")):
        safe += "."
    new = f'{indent}"""{safe[0].upper()}{safe[1:]}"""'
    return [*lines[: function.body], new, *lines[function.body :]]


def _description(lines: Sequence[str], function: Function) -> str:
    """What the function gives back when that is one expression, else its name in words."""
    body = [line.strip() for line in lines[function.body : function.stop] if line.strip()]
    if len(body) == 1 and body[0].startswith("return ") and '"' not in body[0]:
        return "Return " + body[0].removeprefix("return ")
    text, open_paren, _ = _signature(lines, function)
    inside = text[open_paren + 1 : _closing_paren(text, open_paren)]
    names = [name for name in _names(inside) if name not in ("self", "cls")]
    words = function.name.strip("_").replace("_", " ") or function.name
    return f"{words}, given {' and '.join(names)}" if names else words


def with_comment(lines: Sequence[str], function: Function, text: str) -> list[str]:
    """A comment line above the function and its decorators."""
    comment = f"{function.indent}# {' '.join(text.split())}"
    return [*lines[: function.top], comment, *lines[function.top :]]


def with_parameter(
    lines: Sequence[str], function: Function, name: str, parameter: str
) -> list[str]:
    """`parameter` after the last one that may be given by position, before `*` or `**` ones.

    After `*args` or `*` it becomes keyword-only, ahead of `**`. Unchanged when `name` is there.
    """
    text, open_paren, _ = _signature(lines, function)
    close = _closing_paren(text, open_paren)
    inside = text[open_paren + 1 : close]
    parts = _parameters(inside)
    if name in _names(inside):
        return list(lines)
    trailing = parts.pop() if len(parts) > 1 and not parts[-1].strip() else None
    if not parts[0].strip() and len(parts) == 1:
        new = parameter
    else:
        at = next((k for k, p in enumerate(parts) if p.strip().startswith("**")), len(parts))
        lead = re.match(r"\s*", parts[-1])
        blank = lead[0] if lead is not None and len(parts) > 1 else " "
        if "\n" in parts[0]:
            blank = (re.match(r"\s*", parts[0]) or [" "])[0]
        if at == len(parts) and trailing is None and "\n" in parts[-1].rstrip(" "):
            tail = parts[-1][len(parts[-1].rstrip()) :]
            parts[-1] = parts[-1].rstrip()
            parts.append(blank + parameter + tail)
        else:
            parts.insert(at, blank + parameter)
        new = ",".join(parts) + ("," + trailing if trailing is not None else "")
        new = new if at else new.lstrip()
    signature = text[: open_paren + 1] + new + text[close:]
    return [*lines[: function.start], *signature.split("\n"), *lines[function.body :]]


def with_return_type(lines: Sequence[str], function: Function, kind: str) -> list[str]:
    """`-> kind` in the signature; unchanged where there is a return type."""
    text, open_paren, colon = _signature(lines, function)
    close = _closing_paren(text, open_paren)
    if "->" in text[close:colon]:
        return list(lines)
    signature = f"{text[: close + 1]} -> {kind}{text[colon:]}"
    return [*lines[: function.start], *signature.split("\n"), *lines[function.body :]]


def wrapped(lines: Sequence[str], function: Function, error: str) -> list[str]:
    """The body, its docstring kept ahead, inside `try`; `error` is raised on as RuntimeError.

    Unchanged for one-line functions and where a string spans lines: moving it would change it.
    """
    first = docstring_end(lines, function)
    body = list(lines[first : function.stop])
    if _one_line(lines, function) or not body or _has_long_string(body):
        return list(lines)
    indent = body_indent(lines, function)
    new = [f"{indent}try:"]
    new += ["    " + line if line.strip() else line for line in body]
    new += [
        f"{indent}except {error} as error:",
        f'{indent}    raise RuntimeError("{function.name} failed") from error',
    ]
    return [*lines[:first], *new, *lines[function.stop :]]


def _has_long_string(lines: Sequence[str]) -> bool:
    text = "\n".join(lines)
    mask = code_mask(text)
    return any(char == "\n" and not mask[at] for at, char in enumerate(text))


def without(lines: Sequence[str], function: Function) -> list[str]:
    """The lines without the function, its decorators and the blank lines after it."""
    stop = function.stop
    while stop < len(lines) and not lines[stop].strip():
        stop += 1
    before = [line for line in lines[: function.top] if line.strip()]
    rest = lines[stop] if stop < len(lines) else ""
    alone = bool(before) and before[-1].endswith(":") and not before[-1].startswith(function.indent)
    if alone and not rest.startswith(function.indent):
        # A class whose only member goes still needs a body.
        tail = list(lines[function.stop :])
        return [*lines[: function.top], f"{function.indent}pass", *tail]
    out = [*lines[: function.top], *lines[stop:]]
    if stop == len(lines):
        while out and not out[-1].strip():
            out.pop()
    return out

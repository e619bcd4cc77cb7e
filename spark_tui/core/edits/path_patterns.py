"""File patterns of `.editorconfig` and `.gitattributes`, matched in time of their length."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

_MOST_ALTERNATIVES = 64
_MOST_WILDCARDS = 8
_LONGEST = 512
_RANGE = regex(r"([+-]?\d{1,9})\.\.([+-]?\d{1,9})$")
_NUMBER = regex(r"[+-]?\d{1,9}")

_Kind = Literal["char", "any", "star", "deep", "dirs", "in dirs", "set", "number"]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str = ""
    negated: bool = False
    low: int = 0
    high: int = 0


def matches(pattern: str, path: str, *, braces: bool) -> bool:
    """Whether a path below the pattern's folder is meant; `braces` are alternatives in a pattern.

    A pattern without a slash is about the name in any folder. One with more wildcards than
    anybody writes means nothing.
    """
    if len(pattern) > _LONGEST or pattern.count("*") > 2 * _MOST_WILDCARDS:
        return False
    name = path if "/" in pattern else path.rpartition("/")[2]
    return any(_match(tokens, name) for tokens in _tokens_of(pattern.lstrip("/"), braces))


@lru_cache(maxsize=4_096)
def _tokens_of(pattern: str, braces: bool) -> tuple[tuple[_Token, ...], ...]:
    alternatives = list(_expanded(pattern)) if braces else [pattern]
    if len(alternatives) > _MOST_ALTERNATIVES:
        return ()
    found = (tuple(_tokens(text)) for text in alternatives)
    return tuple(tokens for tokens in found if _is_cheap(tokens))


def _is_cheap(tokens: tuple[_Token, ...]) -> bool:
    return sum(token.kind in ("star", "deep", "dirs") for token in tokens) <= _MOST_WILDCARDS


def _expanded(pattern: str) -> Iterator[str]:
    """The pattern with one of each `{a,b}` chosen; one more than the most where there are more."""
    left, done = [pattern], 0
    while left and done <= _MOST_ALTERNATIVES and len(left) <= 2 * _MOST_ALTERNATIVES:
        text = left.pop()
        found = _first_braces(text)
        if found is None:
            done += 1
            yield text
            continue
        start, end, parts = found
        left += [text[:start] + part + text[end + 1 :] for part in reversed(parts)]
    if left:
        yield from [""] * (_MOST_ALTERNATIVES + 1)


def _first_braces(text: str) -> tuple[int, int, list[str]] | None:
    """The first braces that hold alternatives: where they are and what they hold."""
    for start, char in enumerate(text):
        if char != "{" or text[start - 1 : start] == "\\":
            continue
        depth, parts, last = 0, [], start + 1
        for at in range(start, len(text)):
            if text[at] == "{":
                depth += 1
            elif text[at] == "}":
                depth -= 1
                if not depth:
                    parts.append(text[last:at])
                    break
            elif text[at] == "," and depth == 1:
                parts.append(text[last:at])
                last = at + 1
        else:
            return None
        if len(parts) > 1:
            return start, at, parts
    return None


def _tokens(pattern: str) -> Iterator[_Token]:
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            yield _Token("dirs")
            yield _Token("in dirs")
            at += 3
        elif pattern.startswith("**", at):
            yield _Token("deep")
            at += 2
        elif char == "*":
            yield _Token("star")
            at += 1
        elif char == "?":
            yield _Token("any")
            at += 1
        elif char == "\\" and at + 1 < len(pattern):
            yield _Token("char", pattern[at + 1])
            at += 2
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0 and "/" not in pattern[at:end]:
            inner = pattern[at + 1 : end]
            negated = inner[0] in "!^"
            yield _Token("set", _spelled(inner[negated:]), negated)
            at = end + 1
        elif (
            char == "{"
            and (end := pattern.find("}", at)) > 0
            and (found := _RANGE.match(pattern[at + 1 : end]))
        ):
            yield _Token("number", low=int(found[1]), high=int(found[2]))
            at = end + 1
        else:
            yield _Token("char", char)
            at += 1


def _spelled(inner: str) -> str:
    """The characters of a set, ranges written out."""
    out: list[str] = []
    at = 0
    while at < len(inner):
        if inner[at + 1 : at + 2] == "-" and at + 2 < len(inner):
            low, high = ord(inner[at]), ord(inner[at + 2])
            out += map(chr, range(low, min(high, low + 255) + 1))
            at += 3
        else:
            out.append(inner[at])
            at += 1
    return "".join(out)


def _match(tokens: tuple[_Token, ...], text: str) -> bool:
    """Whether all of `text` fits: by the set of tokens that may come next at each place."""
    places: list[set[int]] = [set() for _ in range(len(text) + 1)]
    _reach(places, 0, 0, tokens, text)
    for at, char in enumerate(text):
        for state in places[at]:
            token = tokens[state] if state < len(tokens) else None
            if token is None:
                continue
            if token.kind in ("deep", "in dirs") or (token.kind == "star" and char != "/"):
                _reach(places, at + 1, state, tokens, text)
            if token.kind == "in dirs" and char == "/":
                _reach(places, at + 1, state + 1, tokens, text)
            if _takes(token, char):
                _reach(places, at + 1, state + 1, tokens, text)
    return len(tokens) in places[-1]


def _takes(token: _Token, char: str) -> bool:
    if token.kind == "char":
        return char == token.text
    if char == "/":
        return False
    return token.kind == "any" or (token.kind == "set" and (char in token.text) != token.negated)


def _reach(
    places: list[set[int]], at: int, state: int, tokens: tuple[_Token, ...], text: str
) -> None:
    """The token `state` may come next at `at`, and so may those behind it that can be nothing."""
    while state not in places[at]:
        places[at].add(state)
        token = tokens[state] if state < len(tokens) else None
        if token is None:
            return
        if token.kind == "number":
            found = _NUMBER.match(text, at)
            if found and token.low <= int(found[0]) <= token.high:
                _reach(places, found.end(), state + 1, tokens, text)
            return
        if token.kind == "dirs":
            places[at].add(state + 1)
            state += 2
        elif token.kind in ("star", "deep"):
            state += 1
        else:
            return

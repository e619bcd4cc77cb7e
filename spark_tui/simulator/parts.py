"""How an answer is delivered: as text, through a freeform tool, or as hosted patch operations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex
from spark_tui.simulator import tokens

BEGIN = "*** Begin Patch\n"
END = "*** End Patch\n"

_SECTION = regex(r"^\*\*\* (Add|Update|Delete) File: (.*)\n", re.MULTILINE)
_OPERATIONS = {"Add": "create_file", "Update": "update_file", "Delete": "delete_file"}


class Reply(StrEnum):
    """Where edits are put: in the text, in calls of a custom `apply_patch` tool, in hosted ones."""

    TEXT = "text"
    TOOL = "tool"
    HOSTED = "hosted"


class SimulatedLook(StrEnum):
    """What is no edit: a function is called, to see more."""

    CALL = "call"


@dataclass(frozen=True, slots=True)
class OutputItem:
    """One output item: text, a freeform tool call, one operation on a file, or a look.

    The text of an operation is a diff without an envelope, that of a look its arguments; a look's
    `operation` is the function's name.
    """

    kind: Reply | SimulatedLook
    text: str
    operation: str = ""
    path: str = ""

    @property
    def envelope(self) -> tuple[str, str]:
        """What stands around the text where the wire has no hosted operations."""
        if self.kind is not Reply.HOSTED:
            return "", ""
        verb = next(verb for verb, name in _OPERATIONS.items() if name == self.operation)
        return f"{BEGIN}*** {verb} File: {self.path}\n", END


Piece = tuple[OutputItem, str]
"""A token and the part it belongs to."""


def parts_of(answer: str, reply: Reply) -> tuple[OutputItem, ...]:
    """Cut a whole answer into output items; without a patch in it, it is one text."""
    at = answer.find(BEGIN)
    if reply is Reply.TEXT or at < 0:
        return (OutputItem(Reply.TEXT, answer),)
    text, patch = answer[:at], answer[at:]
    opening = (OutputItem(Reply.TEXT, text),) if text else ()
    if reply is Reply.TOOL:
        return (*opening, OutputItem(Reply.TOOL, patch))
    body = patch.removeprefix(BEGIN).removesuffix(END)
    heads = list(_SECTION.finditer(body))
    ends = [head.start() for head in heads[1:]] + [len(body)]
    return (
        *opening,
        *(
            OutputItem(Reply.HOSTED, body[head.end() : end], _OPERATIONS[head[1]], head[2])
            for head, end in zip(heads, ends, strict=True)
        ),
    )


def pieces_of(parts: Sequence[OutputItem]) -> list[Piece]:
    """The tokens of an answer in order; an operation without a diff is one empty token."""
    return [(part, token) for part in parts for token in tokens.split(part.text) or [""]]

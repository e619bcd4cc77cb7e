"""What a commit of the edits on disk is proposed to hold: its files, and a message to edit."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

SUBJECT = 72
"""Characters a commit's first line has at most."""

_MENTION = regex(r'@(?:"([^"]+)"|([^\s:#@]*[./][^\s:#@]*))(?:[:#]L?\d+(?:-L?\d+)?)?')
_PASTED = regex(r"\[pasted \d+ lines?\]")


@dataclass(frozen=True, slots=True)
class CommitPlan:
    """A commit to offer: relative POSIX paths, those of them git does not know yet, the message."""

    paths: tuple[str, ...]
    unknown: tuple[str, ...]
    message: str


def message_of(instructions: Sequence[str], paths: Sequence[str]) -> str:
    """A commit message made of what was asked for, oldest first; without any, of the files.

    Of each instruction its first line counts, what was pasted left out. The message's own first
    line is at most SUBJECT characters; what does not fit there is in the body.
    """
    said = list(dict.fromkeys(filter(None, map(_first_line, instructions))))
    if not said:
        names = ", ".join(paths)
        said = [f"Edit {names}" if len(names) < SUBJECT - 5 else f"Edit {len(paths)} files"]
    first = said[0]
    subject = _cut(first[:1].upper() + first[1:])
    body = [f"- {text}" for text in said]
    if len(said) == 1:
        body = [] if subject.endswith(first[1:]) else [first]
    return "\n".join([subject, *([""] if body else []), *body]) + "\n"


def _first_line(instruction: str) -> str:
    """The first line that says something, without its marks: `@net/retry.py:10` is `net/retry.py`.

    A line of mentions alone is context, unless there is no other.
    """
    lines = _PASTED.sub("", instruction).split("\n")
    told = [line for line in lines if _MENTION.sub("", line).strip()] or lines
    for line in told:
        text = " ".join(_MENTION.sub(lambda found: found[1] or found[2], line).split())
        # A line that begins like this would be taken for a comment by git.
        text = text.lstrip("#; ").rstrip(" :")
        if text:
            return text
    return ""


def _cut(text: str) -> str:
    if len(text) <= SUBJECT:
        return text
    head = text[: SUBJECT - 1].rpartition(" ")[0] or text[: SUBJECT - 1]
    return f"{head.rstrip(' ,;')}…"

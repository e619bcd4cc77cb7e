"""What a commit of the edits on disk is proposed to hold: its files, and a message to edit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SUBJECT = 72
"""Characters a commit's first line has at most."""

_MENTION = re.compile(r'@(?:"([^"]+)"|([^\s:]+))(?::\d+(?:-\d+)?)?')


@dataclass(frozen=True, slots=True)
class CommitPlan:
    """A commit to offer: relative POSIX paths, those of them git does not know yet, the message."""

    paths: tuple[str, ...]
    unknown: tuple[str, ...]
    message: str


def message_of(instructions: Sequence[str], paths: Sequence[str]) -> str:
    """A commit message made of what was asked for, oldest first; without any, of the files.

    The first line is at most SUBJECT characters; what does not fit there is in the body.
    """
    said = list(dict.fromkeys(filter(None, map(_plain, instructions))))
    if not said:
        names = ", ".join(paths)
        said = [f"Edit {names}" if len(names) < SUBJECT - 5 else f"Edit {len(paths)} files"]
    first = said[0].partition("\n")[0]
    subject = _cut(first[:1].upper() + first[1:])
    body = [] if said == [first] and subject.endswith(first[1:]) else _body(said)
    return "\n".join([subject, *([""] if body else []), *body]) + "\n"


def _body(said: Sequence[str]) -> list[str]:
    if len(said) == 1:
        return said[0].split("\n")
    return [f"- {' '.join(text.split())}" for text in said]


def _plain(instruction: str) -> str:
    """The instruction without its marks: `@net/retry.py:10-40` is `net/retry.py`.

    A last line of mentions alone is context, not words.
    """
    lines = instruction.strip().split("\n")
    while len(lines) > 1 and not _MENTION.sub("", lines[-1]).strip():
        lines.pop()
    text = _MENTION.sub(lambda found: found[1] or found[2], "\n".join(lines)).strip()
    # A line that begins like this would be taken for a comment by git.
    return "\n".join(line.lstrip("#; ") if line[:1] in "#;" else line for line in text.split("\n"))


def _cut(text: str) -> str:
    if len(text) <= SUBJECT:
        return text
    head = text[: SUBJECT - 1].rpartition(" ")[0] or text[: SUBJECT - 1]
    return f"{head.rstrip(' ,;')}…"

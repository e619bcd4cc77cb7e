"""A project's own guidance for models (`AGENTS.md`): which files of it go along. Pure.

The format: https://agents.md. It is the repository's word, not the program's: it goes along as
something to read, in front of the code, and only where the person trusts its text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from spark_tui.core.context import Excerpt

GUIDANCE = "AGENTS.md"

MOST_BYTES = 8_000
"""So much of it goes along; a file that is larger alone is cut."""


def guidance_for(paths: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """The guidance files among `known` that are about `paths`: the nearest first, the root's last.

    The root's is about everything, also where no path is given.
    """
    folders = {PurePosixPath(".")}
    for path in paths:
        folders.update(PurePosixPath(path).parents)
    found = [name for folder in folders if (name := str(folder / GUIDANCE)) in known]
    return tuple(sorted(found, key=lambda name: (-name.count("/"), name)))


def is_guidance(path: str) -> bool:
    """Whether the file is a project's guidance."""
    return PurePosixPath(path).name == GUIDANCE


def as_guidance(texts: Iterable[tuple[str, str]]) -> tuple[Excerpt, ...]:
    """Paths and texts as they are sent, the nearest first, within `MOST_BYTES` together."""
    out: list[Excerpt] = []
    room = MOST_BYTES
    for path, text in texts:
        data = text.encode("utf-8", "replace")
        if out and len(data) > room:
            continue
        folder = path.removesuffix(GUIDANCE).rstrip("/")
        about = f"what the project says to whoever edits {folder or 'its code'}"
        sent = data[:room].decode("utf-8", "ignore")
        out.append(
            Excerpt(path, sent, None, text.count("\n") + 1, about + ", cut" * (room < len(data)))
        )
        room -= min(room, len(data))
    return tuple(out)

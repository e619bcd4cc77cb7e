"""Answers of a model as what they do to files: texts before and after, written as a patch."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

Files = Mapping[str, str]
"""Texts by path; a path that is not there is no file."""

_CONTEXT = 2


def patch(before: Files, after: Files) -> str:
    """The answer that turns `before` into `after`."""
    out = ["*** Begin Patch"]
    for path in dict.fromkeys((*before, *after)):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if new is None:
            out.append(f"*** Delete File: {path}")
        elif old is None:
            out += [f"*** Add File: {path}", *(f"+{line}" for line in new.splitlines())]
        else:
            out += [f"*** Update File: {path}", *_hunks(old.splitlines(), new.splitlines())]
    return "\n".join([*out, "*** End Patch", ""])


def _hunks(old: list[str], new: list[str]) -> list[str]:
    out: list[str] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        out.append("@@")
        for tag, a, b, c, d in group:
            if tag == "equal":
                out += [f" {line}" for line in old[a:b]]
                continue
            out += [f"-{line}" for line in old[a:b]]
            out += [f"+{line}" for line in new[c:d]]
    return out


def swapped(files: Files, path: str, *changes: tuple[str, str]) -> dict[str, str]:
    """The files with parts of one text replaced; every part must stand in it."""
    text = files[path]
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} is not in {path}")
        text = text.replace(old, new)
    return {**files, path: text}


def without(files: Files, *paths: str) -> dict[str, str]:
    """The files without some."""
    return {path: text for path, text in files.items() if path not in paths}

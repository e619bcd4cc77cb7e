"""Small broken projects: their files, and what a tool must say of them.

A line that holds `«name»` is the place of that name; the mark is taken out when files are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

_MARK = re.compile(r"[ \t]*«(\w+)»")


@dataclass(frozen=True)
class Broken:
    """A project and what was broken in it.

    `at` are names of marked lines, `findings` those with the code a tool gives them. `options` are
    the command lines to record, each beginning with its tool; `only` bounds how many of the ids a
    run that stops early can know, `outcomes` are those of some commands.
    """

    name: str
    files: dict[str, str]
    options: tuple[str, ...]
    outcome: str = "failed"
    ids: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    only: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def write(self, root: Path) -> dict[str, str]:
        """Write the files; the marked lines as `path:line` by name."""
        places: dict[str, str] = {}
        for path, text in self.files.items():
            lines = dedent(text).lstrip("\n").split("\n")
            for number, line in enumerate(lines, 1):
                for mark in _MARK.findall(line):
                    places[mark] = f"{path}:{number}"
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join(_MARK.sub("", line) for line in lines), encoding="utf-8")
        return places

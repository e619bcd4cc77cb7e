"""A recorded output as a text file: what ran, what was broken, and what the tool printed.

The header is `name: value` lines, several of one name for several values, up to a line of dashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

RECORDED = Path(__file__).parent / "recorded"

ROOT = "/project"
"""Stands for the folder in which a tool ran."""

_END = "-" * 8


@dataclass(frozen=True)
class Recorded:
    """One run. What is expected was known before it: by what the maker of the project broke.

    `outcome` is a value of `CheckOutcome`; `ids` failing tests; `findings` are
    `path:line code`; `says` texts of the assertion or error; `at` places `path:line`. Of the last
    two only those are here that the tool printed at all, which the raw text decides.
    """

    name: str
    command: str
    exit_code: int
    outcome: str
    tool: str
    files: tuple[str, ...]
    ids: tuple[str, ...]
    findings: tuple[str, ...]
    says: tuple[str, ...]
    at: tuple[str, ...]
    output: str

    @property
    def argv(self) -> list[str]:
        """The command's words."""
        return self.command.split()


def dump(case: Recorded) -> str:
    """The text of a case's file."""
    rows = [
        ("command", case.command),
        ("exit", str(case.exit_code)),
        ("outcome", case.outcome),
        ("tool", case.tool),
        *(("file", one) for one in case.files),
        *(("id", one) for one in case.ids),
        *(("finding", one) for one in case.findings),
        *(("says", one) for one in case.says),
        *(("at", one) for one in case.at),
    ]
    head = "\n".join(f"{name}: {value}" for name, value in rows)
    return f"{head}\n{_END}\n{case.output}"


def parse(name: str, text: str) -> Recorded:
    """The case in a file's text."""
    head, _, output = text.partition(f"\n{_END}\n")
    found: dict[str, list[str]] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(": ")
        found.setdefault(key, []).append(value)

    def all_of(key: str) -> tuple[str, ...]:
        return tuple(found.get(key, ()))

    return Recorded(
        name, found["command"][0], int(found["exit"][0]), found["outcome"][0], found["tool"][0],
        all_of("file"), all_of("id"), all_of("finding"), all_of("says"), all_of("at"), output,
    )  # fmt: skip


@cache
def recorded() -> list[Recorded]:
    """Every case, by name."""
    files = sorted(RECORDED.glob("*.txt"))
    # Newlines as they are: a carriage return is part of what a tool prints.
    return [parse(file.stem, file.read_bytes().decode()) for file in files]

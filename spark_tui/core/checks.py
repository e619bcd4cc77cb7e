"""Post-apply checks as values: which are due for which files, and what their output says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.green.limits import GreenLimits
from spark_tui.core.regex import regex

FILE = "{file}"
"""Stands for the checked file in a command; an argument of its own stands for all of them."""

MOST_FINDINGS = 8_000
"""Characters of a check's output that go into the next instruction."""

SECONDS = 60.0
"""How long a check may take unless it says otherwise."""

_PLACE = regex(r"^\s*(?:-->\s*)?(?P<path>[^\s:][^:\n]*?):(?P<line>\d+)(?::\d+)?\b", re.MULTILINE)
_TOTAL = regex(
    r"\b(?P<count>\d+)\s+(?:failed|failures?|errors?|problems?|issues?|warnings?)\b", re.IGNORECASE
)


class FixLevel(StrEnum):
    """What follows a check that failed: nothing, a key is offered, or it is fixed unasked."""

    TELL = "tell"
    OFFER = "offer"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class CheckRule:
    """One `[[checks]]` table: `run` is a command without a shell, `files` are globs.

    A glob without a slash is matched with the file's name, any other with its path. `seconds`
    bounds how long it may take. `quick` is a shorter command that may say no early, `report` the
    JUnit file it writes, below the worktree; `protect` are globs of files that a loop does not
    keep by itself, `fix` is what follows a failure, `limits` what a loop may take. With `tries` a
    whole answer is checked before the person decides about it.
    """

    run: str
    files: tuple[str, ...] = ("*",)
    seconds: float = SECONDS
    quick: str = ""
    report: str = ""
    protect: tuple[str, ...] = ()
    fix: FixLevel = FixLevel.OFFER
    tries: bool = False
    limits: GreenLimits = field(default_factory=GreenLimits)

    @property
    def name(self) -> str:
        """What the screen calls it: the program, of an interpreter what it runs, `npm test`."""
        return _name(shlex.split(self.run))

    def matches(self, path: str) -> bool:
        """True when the check is for this file."""
        name = path.rpartition("/")[2]
        return any(fnmatchcase(path if "/" in glob else name, glob) for glob in self.files)

    def argv(self, paths: Sequence[str]) -> list[str]:
        """The command for these files. Raises ValueError for unbalanced quotes."""
        return _argv(self.run, paths)

    def quick_argv(self, paths: Sequence[str]) -> list[str]:
        """The quick command for these files; empty where there is none. Errors as `argv`."""
        return _argv(self.quick, paths)


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    """A check that a project declares: a command without a shell, and where it was found."""

    argv: tuple[str, ...]
    title: str


_RUNS_ANOTHER = regex(r"python[\d.]*|node|npx|bash|sh|perl|ruby")
_RUNS_WITH = frozenset({"uv", "poetry", "pdm", "hatch", "pipenv", "rye"})
_HAS_TASKS = frozenset({"npm", "pnpm", "yarn", "go", "cargo", "make", "just", "tox", "nox"})


def _name(words: Sequence[str]) -> str:
    program = PurePosixPath(words[0]).name if words else ""
    follows = next((word for word in words[1:] if not word.startswith("-")), "")
    if not follows or FILE in follows:
        return program
    if program in _RUNS_WITH and words[1:2] == ["run"]:
        return _name(words[2:])
    if _RUNS_ANOTHER.fullmatch(program):
        return PurePosixPath(follows).name
    return f"{program} {follows}" if program in _HAS_TASKS else program


def _argv(command: str, paths: Sequence[str]) -> list[str]:
    # A path that begins with a dash would be an option.
    safe = [f"./{path}" if path.startswith("-") else path for path in paths]
    out: list[str] = []
    for word in shlex.split(command):
        out += [word.replace(FILE, path) for path in safe] if FILE in word else [word]
    return out


@dataclass(frozen=True, slots=True)
class FinishedCheck:
    """One run of a check's command, as it ended.

    `status` is its exit status (negative is a signal), None where it did not end by itself or was
    not `started`: `problem` says why. `output` is what it printed, the middle cut out of a long
    one; `place` is where all of it is kept, "" where it could not be. `junit` is the text of the
    report it wrote.
    """

    argv: tuple[str, ...]
    status: int | None
    took_ns: int
    output: str = ""
    problem: str = ""
    place: str = ""
    junit: str | None = None
    started: bool = True


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found. `count` findings, the first in `path`; `took_ns` of wall time.

    `command` is what ran, `output` what it wrote, both as they came; `status` is its exit status,
    None where it did not end by itself.
    """

    name: str
    ok: bool
    took_ns: int
    count: int = 0
    path: str = ""
    command: str = ""
    output: str = ""
    status: int | None = None


def due(rules: Sequence[CheckRule], paths: Sequence[str]) -> list[tuple[CheckRule, list[str]]]:
    """The checks for these files, in their order, each with the files that are its own."""
    pairs = ((rule, [path for path in paths if rule.matches(path)]) for rule in rules)
    return [(rule, mine) for rule, mine in pairs if mine]


def findings(output: str, paths: Sequence[str]) -> tuple[int, str]:
    """How many findings a failed check's output holds, and the file of the first one.

    Counts places of the form `file:line`, once each; without any the total that it names, else 1.
    """
    places = {(m["path"].removeprefix("./"), m["line"]): None for m in _PLACE.finditer(output)}
    known = [path for path, _ in places if path in paths]
    first = known[0] if known else paths[0]
    if places:
        return len(places), first
    totals = [int(m["count"]) for m in _TOTAL.finditer(output)]
    return max([1, *totals[-1:]]), first


def next_instruction(result: CheckResult) -> str:
    """The text that hands a failed check to the model."""
    output = result.output.strip()
    if len(output) > MOST_FINDINGS:
        half = MOST_FINDINGS // 2
        output = f"{output[:half]}\n…\n{output[-half:]}"
    # Output names decorators and addresses: none of them is a mention of a file.
    quoted = re.sub(r"(?<!\w)@", r"\\@", output)
    return (
        f"{result.command} says:\n{quoted}\n" if quoted else f"{result.command} fails in silence\n"
    )

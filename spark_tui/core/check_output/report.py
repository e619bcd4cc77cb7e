"""What one run of a check said, as values: what failed, where, and how many tests there were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from functools import cached_property
from typing import Literal

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.regex import regex


class CheckOutcome(Enum):
    """How a run ended.

    `DID_NOT_RUN` is a usage error, a missing command, or code that cannot be collected or built;
    the last has failures, which can be mended.
    """

    PASSED = "passed"
    FAILED = "failed"
    NO_TESTS = "no tests"
    DID_NOT_RUN = "did not run"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class StackFrame:
    """A line of the repository's own code on the way to a failure; 1-based."""

    path: str
    line: int
    function: str = ""


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One failed test, or one finding of a linter or compiler.

    `id` is the runner's name of a test, "" where it has none. An `error` kept a test from running:
    a fixture, an import. `exception` is the rule or error code of a finding. `path` is as in the
    repository, "" when it names no file of it; `line` is 1-based, 0 when unknown. `frames` go from
    the outermost to the deepest. `details` are the lines that say what was expected, `captured`
    what the test itself printed.
    """

    id: str = ""
    kind: Literal["failure", "error", "finding"] = "failure"
    message: str = ""
    exception: str = ""
    path: str = ""
    line: int = 0
    frames: tuple[StackFrame, ...] = ()
    details: tuple[str, ...] = ()
    captured: tuple[str, ...] = ()

    @property
    def test_path(self) -> str:
        """What an id begins with where runners put the test's file, as it is written."""
        return _JOINS.split(self.id, 1)[0] if self.id else ""

    @property
    def cause(self) -> tuple[str, str, str]:
        """What failures of one root cause share: exception, masked message, deepest frame.

        A finding is its own cause: its file, its rule and what it says.
        """
        if self.kind == "finding":
            return self.exception, self.message, self.path
        deepest = self.frames[-1] if self.frames else None
        where = f"{deepest.path}:{deepest.line}" if deepest else self.path
        return self.exception, masked_message(self.message), where


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """How many tests there were; None for what the runner did not say."""

    collected: int | None = None
    passed: int | None = None
    failed: int | None = None
    errors: int | None = None
    skipped: int | None = None
    xfailed: int | None = None
    deselected: int | None = None


@dataclass(frozen=True)
class CheckReport:
    """What one run said. `runner` is its name, "raw" when only the exit code is known.

    `exit_code` is None for a run that did not end by itself. `exact` is True when every failure
    has its runner's own id, or for linters their place and message. `tests` are the ids of all
    tests that the output names, passed ones too; seldom complete. A `partial` run stopped at what
    it found: what it did not reach may have failed before as well.
    """

    runner: str
    outcome: CheckOutcome
    exit_code: int | None
    failures: tuple[CheckFailure, ...] = ()
    counts: CheckCounts = field(default_factory=CheckCounts)
    duration_ms: int | None = None
    exact: bool = False
    tests: frozenset[str] = frozenset()
    partial: bool = False

    @property
    def green(self) -> bool:
        """Exit code 0, no failure in the report, and where tests are counted at least one ran."""
        ran = self.counts.collected is None or self.counts.collected > 0
        passed = self.outcome is CheckOutcome.PASSED
        return passed and self.exit_code == 0 and not self.failures and ran

    @property
    def mendable(self) -> bool:
        """Whether there is something to mend: failures, of tests or of what keeps them from it."""
        return bool(self.failures) and not self.green

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """What each failure is called when runs are compared, in the order of `failures`.

        The runner's id; else path, masked message, and which one of several such it is. Lines move
        with every edit, so they are no part of it.
        """
        seen: Counter[str] = Counter()
        out: list[str] = []
        for failure in self.failures:
            name = failure.id or f"{failure.path}: {_said(failure)}"
            seen[name] += 1
            out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
        return tuple(out)

    @cached_property
    def failing(self) -> frozenset[str]:
        """The identities of all failures."""
        return frozenset(self.identities)

    @cached_property
    def test_files(self) -> frozenset[str]:
        """Files of tests, as far as ids of failing and of named ones begin with them."""
        named = (_JOINS.split(one, 1)[0] for one in self.tests)
        return frozenset({*named, *(one.test_path for one in self.failures)} - {""})

    @cached_property
    def signature(self) -> tuple[str, ...]:
        """What is equal when two runs failed in the same way: identities with their messages."""
        named = zip(self.identities, self.failures, strict=True)
        parts = [f"{identity} — {_said(failure)}" for identity, failure in named]
        return (self.outcome.value, *sorted(parts))


@dataclass(frozen=True, slots=True)
class FailureChange:
    """Two runs compared by identity: sorted names that only one, or both of them have."""

    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    old: tuple[str, ...] = ()


def compare(before: Iterable[str], after: Iterable[str]) -> FailureChange:
    """What went, came and stayed among the failing identities of two runs."""
    was, now = frozenset(before), frozenset(after)
    return FailureChange(
        tuple(sorted(was - now)), tuple(sorted(now - was)), tuple(sorted(was & now))
    )


_JOINS = regex(r"::| > | › ")
_HEX = regex(r"\b0x[0-9a-fA-F]{1,16}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_QUOTED = regex(r"'[^'\n]{0,400}'|\"[^\"\n]{0,400}\"|`[^`\n]{0,400}`")
_PATH = regex(r"(?:[A-Za-z]:)?[\w.@+-]{0,100}[/\\][\w.@+/\\-]{1,400}")
_DIGITS = regex(r"\d+(?:\.\d+)?")
_BLANK = regex(r"\s+")
_MOST_MESSAGE = 2_000


def masked_message(message: str) -> str:
    """A message without what differs from one test, machine and run to the next.

    Quoted texts, hexadecimals, paths and numbers give way to signs.
    """
    text = _QUOTED.sub("'…'", message[:_MOST_MESSAGE])
    text = _PATH.sub("<path>", _HEX.sub("<hex>", text))
    return _BLANK.sub(" ", _DIGITS.sub("#", text)).strip()


def _said(failure: CheckFailure) -> str:
    if failure.kind == "finding":  # the names it quotes are what it is about
        return f"{failure.exception}: {_DIGITS.sub('#', failure.message[:_MOST_MESSAGE])}"
    return f"{failure.exception}: {masked_message(failure.message)}"

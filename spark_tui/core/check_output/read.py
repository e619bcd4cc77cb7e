"""From what a check printed and its exit code to a report: picks the reader, judges the ending.

A report is never greener than its exit code, and never greener than what the output says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from spark_tui.core.check_output.lines import Resolve, lines_of, relative_path
from spark_tui.core.check_output.readers import (
    eslint,
    generic,
    go,
    jest,
    junit,
    mocha,
    mypy,
    node,
    pytest,
    ruff,
    rust,
    tsc,
    unittest,
    vitest,
)
from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import (
    CheckCounts,
    CheckFailure,
    CheckOutcome,
    CheckReport,
)
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.regex import regex

RAW = "raw"
"""The runner's name where only the exit code is known."""

_NOT_STARTED = frozenset({126, 127})
"""Exit codes of a shell that could not start a program."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """A runner family: the words that start it, and exit codes of no verdict and of no tests."""

    name: str
    recognises: Callable[[Sequence[str]], bool]
    read: Callable[[Printed], CheckReading]
    words: tuple[str, ...]
    broken: frozenset[int] = frozenset()
    empty: frozenset[int] = frozenset()


_READERS = (
    _Reader(
        "pytest",
        pytest.recognises,
        pytest.read,
        ("pytest", "py.test"),
        frozenset({2, 3, 4}),
        frozenset({5}),
    ),
    _Reader("unittest", unittest.recognises, unittest.read, ("unittest",), empty=frozenset({5})),
    _Reader("jest", jest.recognises, jest.read, ("jest",)),
    _Reader("vitest", vitest.recognises, vitest.read, ("vitest",)),
    _Reader("mocha", mocha.recognises, mocha.read, ("mocha", "_mocha")),
    _Reader("node", node.recognises, node.read, ()),
    _Reader("go", go.recognises, go.read, ("go", "gotestsum")),
    _Reader("cargo", rust.recognises, rust.read, ("cargo", "rustc", "clippy-driver")),
    _Reader("tsc", tsc.recognises, tsc.read, ("tsc", "vue-tsc")),
    _Reader("eslint", eslint.recognises, eslint.read, ("eslint",), frozenset({2})),
    _Reader("ruff", ruff.recognises, ruff.read, ("ruff",), frozenset({2})),
    _Reader("mypy", mypy.recognises, mypy.read, ("mypy",), frozenset({2})),
)

_STOPS = ("--exitfirst", "--maxfail", "--bail", "--failfast", "-failfast", "--fail-fast")
"""Options that end a run at its first failures."""

_LAUNCHERS = frozenset({
    "uv", "uvx", "run", "exec", "poetry", "pdm", "hatch", "pipenv", "rye", "npx", "pnpx", "bunx",
    "pnpm", "yarn", "bun", "npm", "node", "dlx", "x", "env", "coverage", "time", "nice", "--", "-m",
    "xvfb-run", "nox", "tox",
})  # fmt: skip
"""Words before the runner's own that only start it."""


def read_check(
    output: str,
    exit_code: int | None,
    *,
    argv: Sequence[str] = (),
    junit_text: str | None = None,
    resolve: Resolve = relative_path,
    duration_ms: int | None = None,
) -> CheckReport:
    """Read what one run of a check printed. Never raises; linear in the output's size.

    `exit_code` is None when the run was stopped at its limit. `argv` is what ran, `junit_text` the
    report file it wrote. `resolve` maps a printed path to the repository's, "" for none
    (`FileNames.resolve`). `duration_ms` is the measured time, else what the runner says is taken.
    """
    printed = Printed(lines_of(output), resolve, argv)
    named = _named(argv)
    found = (
        [(named, named.read(printed))]
        if named is not None
        else [(one, one.read(printed)) for one in _READERS if one.recognises(printed.lines)]
    )
    reading = _merged([one for _, one in found])
    name = "+".join(one.name for one, _ in found) or RAW
    written = junit.read(junit_text, resolve) if junit_text else None
    if written is not None:
        reading = _with_junit(written, reading)
        name = name if found else "junit"
    elif not found and exit_code:
        reading = generic.read(printed)
    took = duration_ms if duration_ms is not None else reading.duration_ms
    return CheckReport(
        name, _outcome(reading, exit_code, named), exit_code, reading.failures, reading.counts,
        took, reading.exact, reading.tests, bool(exit_code) and _partial(reading, named, argv),
    )  # fmt: skip


def _partial(reading: CheckReading, named: _Reader | None, argv: Sequence[str]) -> bool:
    """Whether a failed run ended at what it found: by its option, or as a step of several."""
    if reading.partial or (named is None and reading.counts.collected is None):
        return True
    short = {"unittest": "-f", "mocha": "-b", "pytest": "-x"}.get(named.name) if named else None
    return any(word == short or word.startswith(_STOPS) for word in argv)


def _named(argv: Sequence[str]) -> _Reader | None:
    """The reader that a command names: its program, or what launchers of programs are given."""
    for word in argv[:12]:
        name = PurePosixPath(word.replace("\\", "/")).name.casefold()
        for ending in (".exe", ".cmd", ".js", ".mjs"):
            name = name.removesuffix(ending)
        for reader in _READERS:
            if name in reader.words:
                return reader
        if not (
            name in _LAUNCHERS
            or name.startswith(("python", "-"))
            or ("=" in word and not word.startswith("="))
        ):
            return None
    return None


def _merged(readings: Sequence[CheckReading]) -> CheckReading:
    """Several tools in one output, as a target of a makefile runs them."""
    if len(readings) == 1:
        return readings[0]
    if not readings:
        return CheckReading()
    failures: dict[CheckFailure, None] = {}
    for reading in readings:
        failures.update(dict.fromkeys(reading.failures))
    counted = [reading.counts for reading in readings if reading.counts.collected is not None]
    times = [one.duration_ms for one in readings if one.duration_ms is not None]
    return CheckReading(
        tuple(failures),
        _summed(counted),
        sum(times) if times else None,
        bool(failures) and all(reading.exact for reading in readings if reading.failures),
        False if any(reading.ran is False for reading in readings) else None,
        frozenset().union(*(reading.tests for reading in readings)),
        any(reading.partial for reading in readings),
    )


def _summed(counts: Sequence[CheckCounts]) -> CheckCounts:
    def total(values: Sequence[int | None]) -> int | None:
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    return CheckCounts(
        total([one.collected for one in counts]), total([one.passed for one in counts]),
        total([one.failed for one in counts]), total([one.errors for one in counts]),
        total([one.skipped for one in counts]), total([one.xfailed for one in counts]),
        total([one.deselected for one in counts]),
    )  # fmt: skip


def _with_junit(written: CheckReading, printed: CheckReading) -> CheckReading:
    """Ids and counts of the report file, with what the output says of the same tests.

    What only the output has (a linter beside the tests, a module that cannot be collected) stays:
    a report file can be one of an earlier run.
    """
    said: dict[str, list[CheckFailure]] = {}
    for failure in printed.failures:
        said.setdefault(_words(failure.id)[-1], []).append(failure)
    failures = []
    for failure in written.failures:
        alike = said.get(_words(failure.id)[-1], [])
        own = next((one for one in alike[:50] if _same_test(one.id, failure.id)), None)
        if own is not None:
            alike.remove(own)
        failures.append(replace(own, id=failure.id) if own is not None else failure)
    failures += [one for alike in said.values() for one in alike]
    counts = replace(written.counts, deselected=printed.counts.deselected)
    if printed.counts.xfailed is not None:
        counts = replace(counts, xfailed=printed.counts.xfailed, skipped=printed.counts.skipped)
    ran = printed.ran if written.ran is None else written.ran
    return CheckReading(
        tuple(failures), counts, written.duration_ms or printed.duration_ms, bool(failures), ran,
        written.tests, printed.partial,
    )  # fmt: skip


_WORD = regex(r"\w+")
_ENDINGS = frozenset({"py", "js", "ts", "jsx", "tsx", "mjs", "cjs", "mts", "cts"})


def _words(name: str) -> list[str]:
    """The words of an id, whichever signs a runner joins them with; one at least."""
    return [word for word in _WORD.findall(name) if word not in _ENDINGS] or [""]


def _same_test(one: str, other: str) -> bool:
    """Whether two ids may name the same test: the longer one has a file or a package besides."""
    short, long = sorted((_words(one), _words(other)), key=len)
    return bool(short[0]) and long[len(long) - len(short) :] == short


def _outcome(reading: CheckReading, exit_code: int | None, named: _Reader | None) -> CheckOutcome:
    counts = reading.counts
    if exit_code is None:
        return CheckOutcome.TIMED_OUT
    if reading.ran is False or (named is not None and exit_code in named.broken):
        return CheckOutcome.DID_NOT_RUN
    if reading.failures or counts.failed or counts.errors:
        return CheckOutcome.FAILED
    if counts.collected == 0 or (named is not None and exit_code in named.empty):
        return CheckOutcome.NO_TESTS
    if exit_code in _NOT_STARTED:
        return CheckOutcome.DID_NOT_RUN
    return CheckOutcome.FAILED if exit_code else CheckOutcome.PASSED

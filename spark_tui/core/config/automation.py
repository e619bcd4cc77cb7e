"""Settings of what happens without a key: checks after an apply, instructions in comments."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from spark_tui.core.checks import SECONDS, CheckRule, FixLevel
from spark_tui.core.config.toml import TomlFile
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.guard import check_known
from spark_tui.core.endpoint.profiles import as_table, as_text, unknown
from spark_tui.core.errors import SettingsError, together
from spark_tui.core.green.limits import GreenLimits

MARKER = "AI!"

MOST_CANDIDATES = 6
"""So many answers are asked for side by side at most."""

_CHECK_KEYS = (
    "run", "files", "seconds", "quick", "report", "protect", "fix", "try", "green",
)  # fmt: skip
_GREEN_KEYS = ("attempts", "seconds", "tokens", "candidates", "usd")


@dataclass(frozen=True, slots=True)
class CommentSettings:
    """`[comments]`: how a comment that asks for an edit ends ("" for never).

    With `run` it is sent at once, else a key sends it.
    """

    marker: str = MARKER
    run: bool = False


def read_checks(value: object, origin: TomlFile) -> tuple[CheckRule, ...]:
    """The `[[checks]]` tables. Raises SettingsError."""
    if not isinstance(value, list):
        raise origin.wrong("checks", "checks must be [[checks]] tables", '[[checks]] run = "…"')
    rules: list[CheckRule] = []
    wrong: list[SettingsError] = []
    for number, table in enumerate(value):
        try:
            rules.append(_check(table, origin, f"checks.{number}"))
        except SettingsError as error:
            wrong.append(error)
    if wrong:
        raise together(wrong)
    return tuple(rules)


def _check(value: object, origin: TomlFile, at: str) -> CheckRule:
    """One table, which is the key `at` of the file."""
    table = as_table(value, origin, "checks", at)
    for key in table:
        if key not in _CHECK_KEYS:
            known = tuple(f"checks.{one}" for one in _CHECK_KEYS)
            raise unknown(origin, f"checks.{key}", known, f"{at}.{key}")
    run = _command(table, "run", origin, at)
    if not run:
        raise origin.wrong(f"{at}.run", "a check says nothing to run", 'run = "ruff check {file}"')
    seconds = _number(table, "seconds", origin, at, 3600)
    report = as_text(table.get("report", ""), origin, "checks.report", f"{at}.report")
    if report and check_known(report) is not None:
        raise origin.wrong(
            f"{at}.report", f"checks.report is {report!r}", 'a file below the worktree: "junit.xml"'
        )
    tries = table.get("try", False)
    if not isinstance(tries, bool):
        raise origin.wrong(f"{at}.try", f"checks.try is {tries!r}", "true or false")
    return CheckRule(
        run,
        _globs(table, "files", "*", origin, at),
        SECONDS if seconds is None else seconds,
        _command(table, "quick", origin, at),
        report,
        _globs(table, "protect", [], origin, at),
        _level(table, origin, at),
        tries,
        _limits(table.get("green", {}), origin, f"{at}.green"),
    )


def _command(table: Mapping[str, object], key: str, origin: TomlFile, at: str) -> str:
    """A command without a shell, "" where there is none."""
    said = as_text(table.get(key, ""), origin, f"checks.{key}", f"{at}.{key}")
    try:
        words = shlex.split(said)
    except ValueError:
        raise origin.wrong(
            f"{at}.{key}", f"checks.{key} {said!r} has open quotes", "close them"
        ) from None
    return said if words else ""


def _globs(
    table: Mapping[str, object], key: str, usual: object, origin: TomlFile, at: str
) -> tuple[str, ...]:
    value = table.get(key, usual)
    globs = value if isinstance(value, list) else [value]
    return tuple(as_text(glob, origin, f"checks.{key}", f"{at}.{key}") for glob in globs)


def _level(table: Mapping[str, object], origin: TomlFile, at: str) -> FixLevel:
    value = table.get("fix", FixLevel.OFFER)
    if not isinstance(value, str) or value not in tuple(FixLevel):
        choices = ", ".join(FixLevel)
        raise origin.wrong(f"{at}.fix", f"checks.fix is {value!r}", f"one of {choices}")
    return FixLevel(value)


def _number(
    table: Mapping[str, object], key: str, origin: TomlFile, at: str, most: float
) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        named = "checks.green" if at.endswith(".green") else "checks"
        raise origin.wrong(f"{at}.{key}", f"{named}.{key} is {value!r}", f"a number up to {most:g}")
    return float(value)


def _limits(value: object, origin: TomlFile, at: str) -> GreenLimits:
    """`green = {attempts = 3, seconds = 180, …}` of a check."""
    table = as_table(value, origin, "checks.green", at)
    for key in table:
        if key not in _GREEN_KEYS:
            known = tuple(f"checks.green.{one}" for one in _GREEN_KEYS)
            raise unknown(origin, f"checks.green.{key}", known, f"{at}.{key}")
    usual = GreenLimits()
    return GreenLimits(
        _whole(table, "attempts", usual.attempts, origin, at, 20),
        _number(table, "seconds", origin, at, 86_400),
        _whole(table, "tokens", usual.tokens, origin, at, 100_000_000),
        _whole(table, "candidates", usual.candidates, origin, at, MOST_CANDIDATES),
        _number(table, "usd", origin, at, 10_000),
    )


def _whole(
    table: Mapping[str, object], key: str, usual: int, origin: TomlFile, at: str, most: int
) -> int:
    value = table.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= most:
        raise origin.wrong(
            f"{at}.{key}", f"checks.green.{key} is {value!r}", f"a whole number from 1 to {most}"
        )
    return value


def read_comments(value: object, origin: TomlFile) -> CommentSettings:
    """The `[comments]` table. Raises SettingsError."""
    table = as_table(value, origin, "comments")
    for key in table:
        if key not in ("marker", "run"):
            raise unknown(origin, f"comments.{key}", ("comments.marker", "comments.run"))
    run = table.get("run", False)
    if not isinstance(run, bool):
        raise origin.wrong("comments.run", f"comments.run is {run!r}", "true or false")
    return CommentSettings(as_text(table.get("marker", MARKER), origin, "comments.marker"), run)

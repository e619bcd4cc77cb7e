"""Settings of what happens without a key: checks after an apply, instructions in comments."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from spark_tui.core.checks import SECONDS, CheckRule
from spark_tui.core.endpoint.profiles import as_table, as_text, unknown
from spark_tui.core.errors import SettingsError

MARKER = "AI!"


@dataclass(frozen=True, slots=True)
class CommentSettings:
    """`[comments]`: how a comment that asks for an edit ends ("" for never).

    With `run` it is sent at once, else a key sends it.
    """

    marker: str = MARKER
    run: bool = False


def read_checks(value: object, origin: str) -> tuple[CheckRule, ...]:
    """The `[[checks]]` tables. Raises SettingsError."""
    if not isinstance(value, list):
        raise SettingsError(f"{origin}: checks must be [[checks]] tables", '[[checks]] run = "…"')
    return tuple(_check(table, origin) for table in value)


def _check(value: object, origin: str) -> CheckRule:
    table = as_table(value, origin, "checks")
    for key in table:
        if key not in ("run", "files", "seconds"):
            raise unknown(origin, f"checks.{key}", ("checks.run", "checks.files", "checks.seconds"))
    run = as_text(table.get("run", ""), origin, "checks.run")
    try:
        said = shlex.split(run)
    except ValueError:
        raise SettingsError(f"{origin}: checks.run {run!r} has open quotes", "close them") from None
    if not said:
        raise SettingsError(f"{origin}: a check says nothing to run", 'run = "ruff check {file}"')
    files = table.get("files", "*")
    globs = files if isinstance(files, list) else [files]
    seconds = table.get("seconds", SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 3600:
        raise SettingsError(f"{origin}: checks.seconds is {seconds!r}", "a number up to 3600")
    return CheckRule(
        run, tuple(as_text(glob, origin, "checks.files") for glob in globs), float(seconds)
    )


def read_comments(value: object, origin: str) -> CommentSettings:
    """The `[comments]` table. Raises SettingsError."""
    table = as_table(value, origin, "comments")
    for key in table:
        if key not in ("marker", "run"):
            raise unknown(origin, f"comments.{key}", ("comments.marker", "comments.run"))
    run = table.get("run", False)
    if not isinstance(run, bool):
        raise SettingsError(f"{origin}: comments.run is {run!r}", "true or false")
    return CommentSettings(as_text(table.get("marker", MARKER), origin, "comments.marker"), run)

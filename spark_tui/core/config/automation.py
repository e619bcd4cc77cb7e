"""Settings of what happens without a key: checks after an apply, instructions in comments."""

from __future__ import annotations

import shlex

from spark_tui.core.checks import SECONDS, CheckRule
from spark_tui.core.config.toml import TomlFile
from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.profiles import as_table, as_text, unknown
from spark_tui.core.errors import SettingsError, together

MARKER = "AI!"

_CHECK_KEYS = ("run", "files", "seconds")


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
    run = as_text(table.get("run", ""), origin, "checks.run", f"{at}.run")
    try:
        said = shlex.split(run)
    except ValueError:
        raise origin.wrong(
            f"{at}.run", f"checks.run {run!r} has open quotes", "close them"
        ) from None
    if not said:
        raise origin.wrong(f"{at}.run", "a check says nothing to run", 'run = "ruff check {file}"')
    files = table.get("files", "*")
    globs = files if isinstance(files, list) else [files]
    seconds = table.get("seconds", SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 3600:
        raise origin.wrong(f"{at}.seconds", f"checks.seconds is {seconds!r}", "a number up to 3600")
    return CheckRule(
        run,
        tuple(as_text(glob, origin, "checks.files", f"{at}.files") for glob in globs),
        float(seconds),
    )


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

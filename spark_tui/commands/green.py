"""`spark-tui green`: make a red check green without a screen, within a budget, or say why not."""

from __future__ import annotations

import asyncio
import shlex
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, flush, out, print_json
from spark_tui.core.dataclass import replace
from spark_tui.core.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from spark_tui.core.checks import CheckRule
    from spark_tui.core.config.settings import Settings
    from spark_tui.core.green.loop import GreenAttempt
    from spark_tui.core.green.view import GreenView
    from spark_tui.pair.conductor import Pair

GREEN, NOT_GREEN, DID_NOT_RUN, DOUBTFUL = 0, 1, 3, 4
INTERRUPTED = 130


def green(args: Sequence[str]) -> int:
    """Run the loop: 0 green, 1 not, 3 the check did not run, 4 green with a doubt."""
    given, command = _given(args)
    from spark_tui.commands.headless_edit import chosen_endpoint
    from spark_tui.services.worktree.repo import find_repository

    root = find_repository(Path()).root
    settings = _settings(root, trust=given.trust)
    rule = _with_limits(_rule(settings, given.check, command), given)
    profile = chosen_endpoint(root, given.endpoint)

    def build() -> Pair:
        from time import monotonic_ns

        from spark_tui.commands.endpoints import connector, with_sign_in
        from spark_tui.core.mode import Mode
        from spark_tui.pair.conductor import Pair
        from spark_tui.services import places
        from spark_tui.services.checks import UserChecks
        from spark_tui.services.crashes import crash_note
        from spark_tui.services.index.finder import RepositoryIndex
        from spark_tui.services.spending import SpendFile
        from spark_tui.services.trust import is_trusted
        from spark_tui.services.worktree.git_worktree import open_worktree

        state = places.state_dir()
        worktree = open_worktree(root, state, settings.journal)
        names = {profile.key_variable} if profile.key_variable else set()
        return Pair(
            worktree,
            [with_sign_in(profile)],
            connector(state),
            monotonic_ns,
            Mode.AUTO,
            checks=UserChecks(
                root, (rule,), names, state / "checks" / worktree.journal.folder.name
            ),
            ledger=SpendFile(state / "spend.log"),
            spend=settings.spend,
            finder=lambda: RepositoryIndex(worktree.repo, state),
            crash_note=lambda error: crash_note(state, error),
            trusts=lambda path, text: is_trusted(places.trust_file(), root / path, text),
        )

    try:
        view = asyncio.run(_run(build, rule, given))
    except KeyboardInterrupt:
        return INTERRUPTED
    if view is None:
        return NOT_GREEN
    return _end(view, as_json=given.json)


def _given(args: Sequence[str]) -> tuple[Namespace, tuple[str, ...]]:
    """The arguments, and the command behind `--`."""
    mine, command = list(args), []
    if "--" in mine:
        at = mine.index("--")
        mine, command = mine[:at], mine[at + 1 :]
        if not command:
            raise UsageError("nothing to run behind --", "spark-tui green -- pytest -q")
    parser = Arguments(
        prog="spark-tui green",
        usage="spark-tui green [--check NAME | -- CMD...] [-m TEXT] [flags]",
        description="Have a model mend the code until your check passes: within a few attempts, "
        "what made it worse is taken back, and what checks the code is not changed.",
        epilog="exit status: 0 green, 1 not, 2 usage, 3 check did not run, 4 green with a doubt",
    )
    add = parser.add_argument
    add("--check", default="", metavar="NAME", help="of [[checks]]: its program's name")
    add("-m", dest="words", metavar="TEXT", default="", help="what to change, beside the check")
    add("--attempts", type=int, metavar="N", help="at most (default 3)")
    add("--candidates", type=int, metavar="N", help="answers side by side in an attempt")
    add("--seconds", type=float, metavar="N", help="at most (default 180)")
    add("--tokens", type=int, metavar="N", help="at most, in and out (default 40000)")
    add("--allow-tests", action="store_true", help="tests may change; it is green? at best then")
    add("--trust", action="store_true", help="run the project's own check, this once")
    add("--endpoint", default="", metavar="NAME", help="of config.toml; sim is built in")
    add("--json", action="store_true", help="one JSON object an attempt, and one for the end")
    given = parser.parse_args(mine)
    if command and given.check:
        raise UsageError("--check and a command behind --", "say one of them")
    for name in ("attempts", "candidates", "seconds", "tokens"):
        value = getattr(given, name)
        if value is not None and value <= 0:
            raise UsageError(f"--{name} {value}", "a number from 1")
    return given, tuple(command)


def _settings(root: Path, *, trust: bool) -> Settings:
    """The settings; with `trust` the project's checks are taken too, for this run."""
    from spark_tui.core.config.settings import parse
    from spark_tui.services import places
    from spark_tui.services.plain_files import SETTINGS_MOST, read_plain
    from spark_tui.services.trust import PROJECT_FILE

    settings = places.load_settings(root)
    if not (trust and "checks" in settings.untrusted):
        return settings
    try:
        text = read_plain(root / PROJECT_FILE, SETTINGS_MOST, links=False).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {PROJECT_FILE}", "mend or remove it") from error
    given = parse(text, PROJECT_FILE, replace(settings, untrusted=()), project=True, trusted=True)
    return replace(settings, checks=given.checks, untrusted=())


def _rule(settings: Settings, name: str, command: Sequence[str]) -> CheckRule:
    from spark_tui.core.checks import CheckRule

    if command:
        return CheckRule(shlex.join(command))
    named = [rule for rule in settings.checks if name in ("", rule.name, rule.run)]
    if not named and "checks" in settings.untrusted:
        raise UsageError(
            "the check is the project's own, and not trusted", "spark-tui trust, or --trust"
        )
    if not named:
        known = ", ".join(dict.fromkeys(rule.name for rule in settings.checks))
        what = f"no check is named {name!r}" if name else "no check is set up"
        raise UsageError(what, f"one of {known}" if known else "spark-tui green -- pytest -q")
    if len(named) > 1:
        known = ", ".join(dict.fromkeys(rule.name for rule in named))
        raise UsageError(f"{len(named)} checks are set up: {known}", "--check NAME, or its command")
    return named[0]


def _with_limits(rule: CheckRule, given: Namespace) -> CheckRule:
    limits = rule.limits
    for name in ("attempts", "candidates", "seconds", "tokens"):
        value = getattr(given, name)
        if value is not None:
            limits = replace(limits, **{name: value})
    return replace(rule, limits=limits)


async def _run(build: Callable[[], Pair], rule: CheckRule, given: Namespace) -> GreenView | None:
    """The loop as it ended; None where it never began."""
    from time import monotonic_ns

    from spark_tui.core.events import GreenSet, HunksGuarded, Notice, Severity
    from spark_tui.ui.messages import green as words
    from spark_tui.ui.messages.remedies import shell_line

    pair = build()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, pair.stop)
    ended: asyncio.Future[GreenView | None] = loop.create_future()
    told = 0

    async def listen() -> None:
        try:
            await hear()
        except Exception as error:
            if ended.done():
                raise
            ended.set_exception(error)

    async def hear() -> None:
        nonlocal told
        async for batch in pair.events():
            for event in batch:
                match event:
                    case GreenSet(green=view):
                        done = view.loop.attempts if view.loop.over else view.loop.attempts[:-1]
                        for row in done[told:]:
                            told += 1
                            _told(view, row, words.attempt(view, row), as_json=given.json)
                        if view.loop.over and not ended.done():
                            ended.set_result(view)
                    case HunksGuarded(why=why):
                        for _, reason in why:
                            err(f"not kept: {reason}")
                    case Notice(severity=Severity.ERROR, text=text, remedies=remedies) if (
                        not ended.done()
                    ):
                        err(shell_line(SettingsError(text, *remedies)))
                    case _:
                        pass
        if not ended.done():
            ended.set_result(None)

    listener = asyncio.create_task(listen())
    try:
        await asyncio.sleep(0)  # the listener's first step opens the worktree
        await pair.listed()
        pair.fix(rule, monotonic_ns(), given.words, guarded=given.allow_tests)
        return await ended
    finally:
        await pair.close()
        await listener


def _told(view: GreenView, row: GreenAttempt, line: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(view, row))
    else:
        out(line)
    flush()


def _row(view: GreenView, row: GreenAttempt) -> dict[str, object]:
    """One attempt as JSON."""
    shown = row.shown
    run = shown.run if shown is not None else None
    found = shown.judgement if shown is not None else None
    return {
        "attempt": row.number,
        "verdict": str(found.verdict) if found is not None else None,
        "green": run.report.green if run is not None else False,
        "failing": sorted(run.report.failing) if run is not None else None,
        "fixed": list(found.fixed) if found is not None else [],
        "new": list(found.new) if found is not None else [],
        "stands": bool(row.stands),
        "entry": view.entry_of(row.stands) or None,
        "said": row.said,
        "candidates": len(row.trials),
        "hunks": shown.hunks if shown is not None else 0,
        "added": shown.added if shown is not None else 0,
        "removed": shown.removed if shown is not None else 0,
        "model_ms": row.model_ns // 1_000_000,
        "check_ms": row.check_ns // 1_000_000,
        "tokens": row.tokens,
        "usd": row.usd,
    }


def _end(view: GreenView, *, as_json: bool) -> int:
    """Say how it ended; the exit status."""
    from spark_tui.core.green.loop import GreenEnding
    from spark_tui.ui.messages import green as words

    loop = view.loop
    if as_json:
        was, best = loop.baseline, loop.best
        print_json(
            {
                "ending": str(loop.ending),
                "reason": loop.reason,
                "check": view.command,
                "group": view.group or None,
                "attempts": len(loop.attempts),
                "failing_before": sorted(was.report.failing) if was is not None else None,
                "failing": sorted(best.report.failing) if best is not None else None,
                "flaky": sorted(loop.flaky),
                "tests": best.report.counts.collected if best is not None else None,
                "kept": bool(loop.stands),
                "ms": loop.took_ns // 1_000_000,
                "model_ms": loop.model_ns // 1_000_000,
                "check_ms": loop.check_ns // 1_000_000,
                "ours_ms": view.ours_ns // 1_000_000,
                "tokens": loop.tokens,
                "usd": loop.usd,
                "check_wrote": list(view.written),
                "beyond": list(view.beyond),
                "output": view.place or None,
            }
        )
    else:
        out(words.ended(view))
        for told in (words.wrote(view), words.beyond(view)):
            if told:
                err(told)
        if loop.stands and view.group:
            err(f"take back: spark-tui undo green:{view.group}")
    match loop.ending:
        case GreenEnding.GREEN:
            return GREEN
        case GreenEnding.DOUBTFUL:
            return DOUBTFUL
        case GreenEnding.CHECK_BROKE:
            return DID_NOT_RUN
        case _:
            return NOT_GREEN

"""`spark-tui trust [PATH]`: let a worktree's .spark.toml name commands, and its AGENTS.md speak."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from spark_tui.commands.output import out, page, told_anyway
from spark_tui.core.checks import CheckRule
from spark_tui.core.config.settings import Settings, parse
from spark_tui.core.errors import SettingsError, UsageError, together
from spark_tui.core.guidance import GUIDANCE, is_guidance

USAGE = """\
usage: spark-tui trust [--no] [PATH]

Show what a worktree's .spark.toml would run and its AGENTS.md would say, and trust these very
texts: the checks then run after an apply, and the guidance goes along with instructions. A changed
file is not trusted until you look again. --no takes it back."""


def trust(args: Sequence[str]) -> int:
    """Show what the files would run and say, and trust these very texts; `--no` takes it back."""
    from spark_tui.services import places
    from spark_tui.services import trust as store
    from spark_tui.services.worktree.repo import find_repository

    if {"-h", "--help"}.intersection(args):
        page(f"{USAGE}\n")
        return 0
    flags = [arg for arg in args if arg.startswith("-")]
    rest = [arg for arg in args if not arg.startswith("-")]
    if len(rest) > 1 or flags not in ([], ["--no"]):
        raise UsageError("trust takes one path, or --no and one", "spark-tui trust [--no] [PATH]")
    root = find_repository(Path(rest[0] if rest else ".")).root
    if flags:
        known = store.distrust(places.trust_file(), root)
        with told_anyway():
            out(f"{root} is {'not trusted any more' if known else 'not trusted'}")
        return 0
    files = _readable(root)
    if not files:
        named = f"no readable {store.PROJECT_FILE} or {GUIDANCE} in {root}"
        raise SettingsError(named, "write one")
    project = next((text for path, text in files if path.name == store.PROJECT_FILE), None)
    checks = _checks(str(root / store.PROJECT_FILE), project) if project is not None else ()
    for path, text in files:
        if path.name == GUIDANCE:
            store.trust(places.trust_file(), path, store.as_sent(text))
        else:
            store.trust(places.trust_file(), root, text)
        with told_anyway():
            out(f"trusted as it is now: {path}")
            for line in _guidance(text) if path.name == GUIDANCE else _named(checks):
                out(f"  {line}")
    return 0


def _guidance(text: str) -> list[str]:
    lines = text.splitlines()
    said = f"{len(lines)} lines go along with instructions about its folder:"
    return [said, *(f"│ {line}" for line in lines)]


def _named(checks: Sequence[CheckRule]) -> list[str]:
    lines = [f"after an apply to {' '.join(rule.files)}: {rule.run}" for rule in checks]
    return lines or ["it runs nothing"]


def _readable(root: Path) -> list[tuple[Path, str]]:
    """The files of a worktree that can be trusted, with their texts: its settings, its guidance."""
    from spark_tui.services import trust as store
    from spark_tui.services.plain_files import SETTINGS_MOST, read_plain
    from spark_tui.services.worktree.repo import find_repository, list_paths

    guidance = [p for p in list_paths(find_repository(root)) if is_guidance(p)]
    found = []
    for path in (root / store.PROJECT_FILE, *(root / name for name in guidance)):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            found.append((path, read_plain(path, SETTINGS_MOST, links=False).decode("utf-8-sig")))
    return found


def _checks(path: str, text: str) -> Sequence[CheckRule]:
    """The checks it names. Raises SettingsError for what is wrong with it."""
    settings = parse(text, path, Settings(), project=True, trusted=True)
    if settings.unused:
        raise together([SettingsError(one, "correct it, then trust it") for one in settings.unused])
    return settings.checks

"""`spark-tui trust [PATH]`: let a worktree's .spark.toml name commands to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spark_tui.core.config.settings import Settings, parse
from spark_tui.core.errors import SettingsError, UsageError, together
from spark_tui.core.printable import safe


def trust(args: Sequence[str]) -> int:
    """Show what the file would run, and trust this very text of it; `--no` takes it back."""
    from spark_tui.services import places
    from spark_tui.services import trust as store
    from spark_tui.services.plain_files import SETTINGS_MOST, read_plain
    from spark_tui.services.worktree.repo import find_repository

    flags = [arg for arg in args if arg.startswith("-")]
    rest = [arg for arg in args if not arg.startswith("-")]
    if len(rest) > 1 or flags not in ([], ["--no"]):
        raise UsageError("trust takes one path, or --no and one", "spark-tui trust [--no] [PATH]")
    root = find_repository(Path(rest[0] if rest else ".")).root
    if flags:
        known = store.distrust(places.trust_file(), root)
        print(f"{safe(str(root))} is {'not trusted any more' if known else 'not trusted'}")
        return 0
    path = root / store.PROJECT_FILE
    try:
        text = read_plain(path, SETTINGS_MOST, links=False).decode()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"no readable {store.PROJECT_FILE} in {root}", "write one") from None
    settings = parse(text, str(path), Settings(), project=True, trusted=True)
    if settings.unused:
        raise together([SettingsError(one, "correct it, then trust it") for one in settings.unused])
    checks = settings.checks
    store.trust(places.trust_file(), root, text)
    print(f"trusted as it is now: {safe(str(path))}")
    for rule in checks:
        print(f"  after an apply to {safe(' '.join(rule.files))}: {safe(rule.run)}")
    if not checks:
        print("  it runs nothing")
    return 0

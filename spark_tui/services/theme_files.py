"""Theme files that change while the program runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from spark_tui.core.errors import SparkError
from spark_tui.core.theme import ThemeSpec
from spark_tui.services import places

_QUIET_MS = 50
_STEP_MS = 100


async def changed_themes() -> AsyncIterator[dict[str, ThemeSpec] | SparkError]:
    """All themes again after each change in the user's folder, or what is wrong with one.

    Ends at once where there is no configuration folder; a `themes` folder made later counts.
    """
    folder = places.config_dir() / "themes"
    watched = folder if folder.is_dir() else folder.parent
    if not watched.is_dir():
        return
    from watchfiles import awatch

    def ours(_change: object, path: str) -> bool:
        return Path(path).suffix == ".toml" and Path(path).parent == folder

    async for _ in awatch(
        watched, watch_filter=ours, debounce=_QUIET_MS, step=_STEP_MS, rust_timeout=60_000
    ):
        try:
            yield places.load_themes()
        except SparkError as error:
            yield error

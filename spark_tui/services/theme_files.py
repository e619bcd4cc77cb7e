"""Theme files that change while the program runs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from spark_tui.core.config.theme import ThemeSpec
from spark_tui.core.errors import SparkError
from spark_tui.services import places
from spark_tui.services.plain_files import is_folder

_QUIET_MS = 50
_STEP_MS = 100

FoundThemes = Mapping[str, ThemeSpec] | SparkError
"""All themes by name, or what is wrong with one."""


async def changed_themes() -> AsyncIterator[FoundThemes]:
    """All themes again after each change in the user's folder; everything happens in a thread.

    Ends at once where there is no configuration folder; a `themes` folder made later counts.
    """
    folder = places.config_dir() / "themes"
    watched = folder if is_folder(folder) else folder.parent
    if not is_folder(watched):
        return
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[FoundThemes | None] = asyncio.Queue()
    stop = threading.Event()

    def deliver(item: FoundThemes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    def work() -> None:
        from watchfiles._rust_notify import RustNotify

        try:
            notify = RustNotify([str(watched)], False, False, 300, True, True)
        except OSError:  # no watch left: themes are read again at the next start
            deliver(None)
            return
        try:
            while isinstance(events := notify.watch(_QUIET_MS, _STEP_MS, 0, stop), set):
                if any(_is_theme(Path(path), folder) for _, path in events):
                    deliver(_load())
        finally:
            notify.close()

    threading.Thread(target=work, name="themes", daemon=True).start()
    try:
        while (item := await arrived.get()) is not None:
            yield item
    finally:
        stop.set()


def _is_theme(path: Path, folder: Path) -> bool:
    return path.suffix == ".toml" and path.parent == folder


def _load() -> FoundThemes:
    try:
        return places.load_themes()
    except SparkError as error:
        return error

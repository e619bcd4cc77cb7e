"""Which project files the person trusts: by content, so that a changed file asks again.

The store holds one line per worktree, `SHA-256 of .spark.toml, a space, the worktree's path`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from spark_tui.core.errors import SettingsError
from spark_tui.services.plain_files import read_plain

PROJECT_FILE = ".spark.toml"
_MOST_BYTES = 1024 * 1024


def is_trusted(store: Path, root: Path, text: str) -> bool:
    """True when this very text of the project file of `root` was trusted."""
    return _line(root, text) in _lines(store)


def trust(store: Path, root: Path, text: str) -> None:
    """Trust this text from here on. Raises SettingsError where that can't be kept."""
    kept = [line for line in _lines(store) if line.partition(" ")[2] != str(root)]
    _write(store, [*kept, _line(root, text)])


def distrust(store: Path, root: Path) -> bool:
    """Take it back; False where nothing was trusted. Raises SettingsError."""
    lines = _lines(store)
    kept = [line for line in lines if line.partition(" ")[2] != str(root)]
    if len(kept) == len(lines):
        return False
    _write(store, kept)
    return True


def _line(root: Path, text: str) -> str:
    return f"{hashlib.sha256(text.encode()).hexdigest()} {root}"


def _lines(store: Path) -> list[str]:
    try:
        data = read_plain(store, _MOST_BYTES, links=True)
        return data.decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []


def _write(store: Path, lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    try:
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = store.with_name(store.name + ".new")
        fresh.write_text(text, encoding="utf-8", errors="surrogateescape")
        fresh.chmod(0o600)
        fresh.replace(store)
    except OSError as error:
        raise SettingsError(
            f"cannot write {store}: {error.strerror}", "mend or remove it"
        ) from None

"""Which project files the person trusts: by content, so that a changed file asks again.

The store holds one line a file, `SHA-256 of its text, a space, its path`; of `.spark.toml` the path
of its worktree.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from spark_tui.core.errors import SettingsError
from spark_tui.core.guidance import GUIDANCE
from spark_tui.services.plain_files import read_plain, write_private

PROJECT_FILE = ".spark.toml"
_MOST_BYTES = 1024 * 1024


def is_trusted(store: Path, path: Path, text: str) -> bool:
    """True when this very text was trusted: of the guidance `path`, or `.spark.toml` of a root."""
    return _line(path, text) in _lines(store)


def untrusted_guidance(store: Path, root: Path) -> bool:
    """Whether a worktree's own guidance is there and was not trusted as it is."""
    path = root / GUIDANCE
    try:
        text = read_plain(path, _MOST_BYTES, links=False).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    return bool(text.strip()) and not is_trusted(store, path, as_sent(text))


def as_sent(text: str) -> str:
    r"""A text with the line endings it is sent with, `\n`: what is trusted is what is sent."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def trust(store: Path, path: Path, text: str) -> None:
    """Trust this text from here on. Raises SettingsError where that can't be kept."""
    kept = [line for line in _lines(store) if line.partition(" ")[2] != str(path)]
    _write(store, [*kept, _line(path, text)])


def distrust(store: Path, root: Path) -> bool:
    """Take back what was trusted of a worktree; False where nothing was. Raises SettingsError."""
    lines = _lines(store)
    kept = [line for line in lines if not _is_of(line.partition(" ")[2], root)]
    if len(kept) == len(lines):
        return False
    _write(store, kept)
    return True


def _is_of(trusted: str, root: Path) -> bool:
    return trusted == str(root) or (
        trusted.startswith(f"{root}/") and trusted.rpartition("/")[2] == GUIDANCE
    )


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
        write_private(store.resolve(), text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise SettingsError(
            f"cannot write {store}: {error.strerror}", "mend or remove it"
        ) from None

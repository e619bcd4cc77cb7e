"""The person's home folder, which a system service or a container may not have; paths by `~`."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


def home() -> Path | None:
    """What HOME names, else what the system knows of the user; None where neither does."""
    named = os.environ.get("HOME", "")
    if not named.startswith("/"):
        try:
            named = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            return None
    return Path(named) if named.startswith("/") else None


def expanded(written: str) -> Path:
    """A path that may begin with `~/`; as it is written where there is no home."""
    below = home() if written.startswith("~/") else None
    return Path(written) if below is None else below / written[2:]


def shortened(path: Path) -> str:
    """The path for a person: `~/…` below the home folder."""
    above = home()
    if above is None or not path.is_relative_to(above):
        return str(path)
    return f"~/{path.relative_to(above)}"

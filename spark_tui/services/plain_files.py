"""Small files: read only where they are plain, and never for long; written whole, for their owner.

A device, a pipe or a link in the place of a settings file must cost neither time nor memory.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

SETTINGS_MOST = 64 * 1024
"""Bytes of the largest settings file that is read."""


def is_there(path: Path) -> bool:
    """Whether something is at `path`. What may not be looked at, or has no possible name, is not.

    (`Path.exists` raises for both.)
    """
    return os.access(path, os.F_OK)


def is_folder(path: Path) -> bool:
    """Whether a folder is at `path`, likewise."""
    return is_there(path) and path.is_dir()


def read_plain(path: Path, most: int, *, links: bool, cut: bool = False) -> bytes:
    """The bytes of a regular file of at most `most` bytes; `links` says that one may lead there.

    Of a longer one the beginning with `cut`, else an error.

    Raises OSError, FileNotFoundError among it.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW)
    if links and not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "not a regular file")  # opening a device may already do harm
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENODEV):
            raise OSError(error.errno, "not a regular file") from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        data = file.read(most if cut else most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most // 1024:,} kB")
    return data


def write_private(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Swap in the whole file, never half written nor readable by others at any moment.

    Its folder is made where it is missing. With `durable` the bytes are on disk before the name is.

    Raises OSError; the old file is there then.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(descriptor)
        Path(beside).replace(path)
    except BaseException:  # whatever it was: no half file stays, and it is raised again
        Path(beside).unlink(missing_ok=True)
        raise

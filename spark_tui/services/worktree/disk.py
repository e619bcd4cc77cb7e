"""The few calls that change files, each by folder descriptor and name.

Everything that alters the user's tree goes through these functions, so that a fault or a kill can
be put in front of any of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import functools
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

TEMP_PREFIX = ".spark-tui-"
UNFINISHED = 0o200
"""Permissions of a temp file that is still being written: no file we could have read has them."""

LINGER_SECONDS = 2.0
"""How long a file that somebody still holds open for writing is waited for."""

_POLL_SECONDS = 0.005
_SYNC_THREADS = 8
_SYNCED_TOGETHER = 4
_NOREPLACE, _EXCHANGE = 1, 2
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_SUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


def temp_name() -> str:
    """A fresh name for a temp file; watchers ignore names of this form."""
    return f"{TEMP_PREFIX}{secrets.token_hex(6)}.tmp"


def is_temp(name: str) -> bool:
    """Whether a file name is one of ours."""
    return name.startswith(TEMP_PREFIX) and name.endswith(".tmp")


def create_temp(
    folder: int,
    name: str,
    data: bytes,
    permissions: int,
    *,
    owner: tuple[int, int] | None = None,
    attributes: tuple[tuple[str, bytes], ...] = (),
    lost: list[str] | None = None,
) -> int:
    """Create `name` with these bytes, permissions, owner and extended attributes.

    Names of attributes that may not be set are added to `lost`. Until it is complete its
    permissions are UNFINISHED. Returns its descriptor, for the caller to sync and close. Raises
    OSError.
    """
    fd = os.open(name, _NEW_FILE, UNFINISHED, dir_fd=folder)
    try:
        write_all(fd, data)
        if owner is not None and owner != (os.geteuid(), os.getegid()):
            # Only root may give files away; others keep the group where they can.
            with contextlib.suppress(PermissionError):
                os.fchown(fd, owner[0] if os.geteuid() == 0 else -1, owner[1])
        os.fchmod(fd, permissions)
        for key, value in attributes:
            # Kept where the system takes them; the content does not depend on it.
            if not _set_attribute(fd, key, value) and lost is not None:
                lost.append(key)
    except BaseException:  # whatever it was: no descriptor stays open
        os.close(fd)
        raise
    return fd


def _set_attribute(fd: int, key: str, value: bytes) -> bool:
    """Whether the file has it now: some the system has given it already."""
    with contextlib.suppress(OSError):
        if os.getxattr(fd, key) == value:
            return True
    with contextlib.suppress(OSError):
        os.setxattr(fd, key, value)
        return True
    return False


def write_all(fd: int, data: bytes) -> None:
    """Write every byte, whatever the system takes at a time. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_private(path: Path, data: bytes) -> None:
    """Create or replace a small file only the user can read. Raises OSError."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_all(fd, data)
    finally:
        os.close(fd)


def replace_private(path: Path, data: bytes) -> None:
    """`write_private`, whole or not at all, and durable. Raises OSError."""
    temp = path.with_name(f"{path.name}.new")
    write_private(temp, data)
    fd = os.open(temp, os.O_RDONLY | os.O_CLOEXEC)
    try:
        sync(fd)
    finally:
        os.close(fd)
    temp.rename(path)
    sync_folder(path.parent)


def make_private(folder: Path) -> None:
    """Create a folder and what is missing above it, for the user only, durably. Raises OSError."""
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync(fd: int) -> None:
    """Wait until a file or folder is on stable storage. Raises OSError."""
    os.fsync(fd)


def sync_folder(path: Path) -> None:
    """`sync` for a folder by its path. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(fd)
    finally:
        os.close(fd)


def sync_all(fds: Sequence[int]) -> None:
    """Wait until all of them are on stable storage. Raises OSError.

    Many at the same time, because a journalling file system then commits once for several.
    """
    if len(fds) < _SYNCED_TOGETHER:
        for fd in fds:
            sync(fd)
    else:
        list(_sync_pool().map(sync, fds))


@functools.cache
def _sync_pool() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(_SYNC_THREADS, "sync")


def swap(folder: int, one: str, other: str) -> bool:
    """Exchange two names atomically; False where the file system can't (nothing happened)."""
    return _renameat2(folder, one, other, _EXCHANGE)


def replace(folder: int, source: str, target: str, keep_as: str) -> None:
    """The substitute for `swap`: `target`'s old file stays as `keep_as`, then it is replaced."""
    os.link(target, keep_as, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    os.rename(source, target, src_dir_fd=folder, dst_dir_fd=folder)


def move_new(folder: int, source: str, target: str) -> None:
    """Rename within a folder, never over something. Raises FileExistsError, OSError."""
    if _renameat2(folder, source, target, _NOREPLACE):
        return
    os.link(source, target, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    os.unlink(source, dir_fd=folder)


def remove(folder: int, name: str) -> None:
    """Unlink a name; nothing happens where it is gone already."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def make_folder(parent: int, name: str) -> None:
    """Create a folder with the user's umask. Raises OSError."""
    os.mkdir(name, 0o777, dir_fd=parent)


def drop_folder(parent: int, name: str) -> bool:
    """Remove a folder if it is empty; False where it is not or is no folder."""
    try:
        os.rmdir(name, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR):
            return False
        raise
    return True


def has_writer(fd: int) -> bool | None:
    """Whether somebody holds this inode open for writing; None where it can't be known.

    A read lease is granted only on a file without writers (fcntl(2), F_SETLEASE).
    """
    if sys.platform != "linux":
        return None
    try:
        # Who opens the file while we hold the lease sends us this signal; the default one kills.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def wait_for_writers(folder: int, name: str, deadline: float) -> bool | None:
    """Wait until nobody holds this name's inode open for writing, at most until `deadline`.

    `deadline` is on the monotonic clock, in seconds. True: somebody still does; None: it can't be
    known. Raises OSError.
    """
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        while (writer := has_writer(fd)) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return writer
    finally:
        os.close(fd)


@functools.cache
def _libc_renameat2() -> Callable[..., int] | None:
    with contextlib.suppress(OSError, AttributeError):
        call: Callable[..., int] = ctypes.CDLL(None, use_errno=True).renameat2
        return call
    return None


def _renameat2(folder: int, source: str, target: str, flags: int) -> bool:
    call = _libc_renameat2()
    if call is None:
        return False
    if call(folder, os.fsencode(source), folder, os.fsencode(target), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_SUPPORTED:
        return False
    raise OSError(code, os.strerror(code), source, None, target)

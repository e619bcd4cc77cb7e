"""One file at a time, reached without following a link, through descriptors of its folders.

Every component of a path is opened with O_NOFOLLOW below the worktree's own descriptor, so a
folder that turns into a link between check and use leads nowhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.guard import check_known, composed, normal_path, shown
from spark_tui.core.edits.model import NO_HABITS, FileImage, Habits, blob_id
from spark_tui.core.edits.text import BinaryFileError, image_of
from spark_tui.core.errors import FileRefusedError
from spark_tui.core.remedy import Remedy

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest file that is read."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_QUIET_NS = 50_000_000
_ATTRIBUTES = ("user.", "security.", "trusted.", "system.posix_acl_access")
_OF_CONTENT = ("security.ima", "security.evm")


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What a path held at one moment: bytes, their blob id, and the inode behind them.

    `permissions` are the lower 12 bits of st_mode; git's mode is `mode`, 0 where absent.
    """

    data: bytes = b""
    sha: str = ""
    permissions: int = 0
    inode: int = 0
    links: int = 0
    uid: int = -1
    gid: int = -1
    mtime_ns: int = 0
    attributes: tuple[tuple[str, bytes], ...] = ()

    @property
    def exists(self) -> bool:
        """Whether there was a file."""
        return self.sha != ""

    @property
    def mode(self) -> int:
        """Git's mode of the file: 0o100755 where its owner may execute it."""
        return git_mode(self.permissions) if self.exists else 0


ABSENT = OnDisk()


def git_mode(permissions: int) -> int:
    """0o100755 or 0o100644, as git decides it: by the owner's execute bit."""
    return 0o100755 if permissions & 0o100 else 0o100644


class Folders:
    """Descriptors of a worktree's folders, opened once each; a context manager."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open: dict[str, int] = {
            "": os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        }

    def __enter__(self) -> Folders:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self._open.values():
            os.close(fd)
        self._open.clear()

    def of(self, path: str) -> tuple[int, str]:
        """Descriptor of the folder that holds `path`, and the last part of `path`.

        Raises FileNotFoundError for a folder that is not there, FileRefusedError for a link, a
        file in the way, or another repository.
        """
        folder, _, name = path.rpartition("/")
        return self.open(folder, path), name

    def open(self, folder: str, path: str = "") -> int:
        """Descriptor of a folder itself; errors as `of`, in the name of `path`."""
        if folder not in self._open:
            parent, _, name = folder.rpartition("/")
            self._open[folder] = self._step(self.open(parent, path or folder), name, folder, path)
        return self._open[folder]

    def forget(self, folder: str) -> None:
        """Close the descriptor of a folder that is about to be removed."""
        fd = self._open.pop(folder, None)
        if fd is not None:
            os.close(fd)

    def _step(self, parent: int, name: str, folder: str, path: str) -> int:
        try:
            fd = os.open(name, _FOLDER, dir_fd=parent)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                kind = "a link" if _is_link(parent, name) else "no folder"
                raise FileRefusedError(
                    path, f"{shown(folder)} is {kind}, never written through", Remedy.DROP
                ) from error
            if error.errno == errno.ENOENT:
                raise
            raise unreadable(path or folder, error) from error
        if _has(fd, ".git"):
            os.close(fd)
            raise FileRefusedError(
                path,
                f"{shown(path)} belongs to the repository in {shown(folder)}, never written",
                "open that one instead",
            )
        return fd


def _is_link(parent: int, name: str) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    return False


def _has(fd: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def unreadable(path: str, error: OSError) -> FileRefusedError:
    """The refusal for a path the system does not let us read."""
    reason = (error.strerror or "unknown error").lower()
    return FileRefusedError(path, f"cannot read {shown(path)}: {reason}", "nothing sent")


def look(folders: Folders, path: str) -> OnDisk:
    """What `path` holds now, ABSENT where there is nothing.

    Raises FileRefusedError for everything that is not a regular, readable file of this worktree.
    """
    try:
        folder, name = folders.of(path)
    except FileNotFoundError:
        return ABSENT
    return look_at(folder, name, path)


def look_at(folder: int, name: str, path: str) -> OnDisk:
    """`look` for a name in an open folder; `path` is only for messages."""
    try:
        fd = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError:
        return ABSENT
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileRefusedError(
                path, f"{shown(path)} is a link, never written", Remedy.DROP
            ) from error
        if error.errno in (errno.ENXIO, errno.ENODEV):
            raise FileRefusedError(
                path, f"{shown(path)} is no regular file", Remedy.DROP
            ) from error
        raise unreadable(path, error) from error
    try:
        return _whole(fd, path)
    except OSError as error:
        raise unreadable(path, error) from error
    finally:
        os.close(fd)


def _whole(fd: int, path: str) -> OnDisk:
    status = os.fstat(fd)
    if stat.S_ISDIR(status.st_mode):
        raise FileRefusedError(path, f"{shown(path)} is a folder", "name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise FileRefusedError(path, f"{shown(path)} is no regular file", Remedy.DROP)
    if status.st_size > LARGEST:
        size = status.st_size // 2**20
        raise FileRefusedError(
            path, f"{shown(path)} is {size} MB, too large to edit", "nothing sent"
        )
    data = b"".join(_chunks(fd))
    return OnDisk(
        data,
        blob_id(data),
        stat.S_IMODE(status.st_mode),
        status.st_ino,
        status.st_nlink,
        status.st_uid,
        status.st_gid,
        status.st_mtime_ns,
        _attributes(fd),
    )


def _attributes(fd: int) -> tuple[tuple[str, bytes], ...]:
    """Extended attributes that go with a file; hashes of its content would be wrong ones."""
    listed = getattr(os, "listxattr", None)
    found = []
    with contextlib.suppress(OSError):
        for name in listed(fd) if listed else ():
            if name.startswith(_ATTRIBUTES) and name not in _OF_CONTENT:
                found.append((name, os.getxattr(fd, name)))
    return tuple(found)


def _chunks(fd: int) -> Iterator[bytes]:
    while chunk := os.read(fd, 1 << 20):
        yield chunk


def _as_spelt(folders: Folders, path: str) -> str:
    """The path as the disk composes its letters; in NFC where nothing there looks like it."""
    if path.isascii():
        return path
    found = ""
    for part in path.split("/"):
        name = part
        try:
            names = os.listdir(folders.open(found, path))  # noqa: PTH208  (a descriptor)
        except (OSError, FileRefusedError):
            return composed(path)
        if part not in names:
            alike = [other for other in names if composed(other) == composed(part)]
            if len(alike) != 1:
                return composed(path)
            name = alike[0]
        found = f"{found}/{name}" if found else name
    return found


def read_image(
    root: Path,
    path: str,
    is_ours: Callable[[str], bool],
    habits: Callable[[Folders, str], Habits] = lambda _folders, _path: NO_HABITS,
) -> FileImage:
    """The file as the edit engine wants it, `exists=False` where there is none.

    An absolute path below `root` will do. Where the disk composes the letters of a name otherwise
    the image has the disk's spelling. A file saved in the last 50 ms is read again until it rests:
    an editor that writes in place shows halves of a save. `is_ours` says that we wrote it,
    `habits` how the project wants a file to be written. Raises FileRefusedError.
    """
    path = normal_path(path, str(root))
    refusal = check_known(path)
    if refusal is not None:
        raise FileRefusedError(path, refusal.message, Remedy.DROP)
    try:
        with Folders(root) as folders:
            disk = look(folders, path)
            if not disk.exists:
                path = _as_spelt(folders, path)
                disk = look(folders, path)
            for _ in range(4):
                age = time.time_ns() - disk.mtime_ns
                if not disk.exists or not 0 <= age < _QUIET_NS or is_ours(path):
                    break
                time.sleep((_QUIET_NS - age) / 1e9)
                again = look(folders, path)
                if again == disk:
                    break
                disk = again
            said = habits(folders, path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not disk.exists:
        return image_of(path, None, habits=said)
    try:
        return image_of(path, disk.data, disk.mode, said)
    except BinaryFileError as error:
        raise FileRefusedError(path, f"{shown(path)} is no text file", Remedy.DROP) from error

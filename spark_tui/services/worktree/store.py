r"""Blobs in a private git repository, written and read in process as loose objects.

Object format: git's `blob <size>\0<bytes>`, zlib-compressed, under objects/xx/ (gitrepository-
layout(5)). Bytes are stored raw: no filter, no line-ending conversion, no alternates.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

from spark_tui.core.edits.model import blob_id
from spark_tui.services.worktree import disk

_CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = true
\tsharedRepository = 0600
\tlogAllRefUpdates = false
[gc]
\tauto = 0
"""


class BlobStore:
    """The object folder of a private repository at `git_dir`."""

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir
        self._objects = git_dir / "objects"
        self._landing: set[str] = set()

    def create(self) -> None:
        """Lay out an empty repository whose HEAD is the branch `journal`. Safe to repeat."""
        for folder in ("", "objects", "objects/info", "objects/pack", "refs", "refs/heads"):
            disk.make_private(self.git_dir / folder)
        for name, text in (("HEAD", "ref: refs/heads/journal\n"), ("config", _CONFIG)):
            if not (self.git_dir / name).exists():
                disk.replace_private(self.git_dir / name, text.encode())

    def has(self, sha: str) -> bool:
        """Whether the object is stored durably."""
        return sha not in self._landing and self._path(sha).exists()

    def put(self, data: bytes) -> str:
        """Store bytes durably; their id. Cheap to repeat. Raises OSError."""
        sha = blob_id(data)
        path = self._path(sha)
        if path.exists():
            return sha
        self._landing.add(sha)
        try:
            self._write(path, data)
        finally:
            self._landing.discard(sha)
        return sha

    def _write(self, path: Path, data: bytes) -> None:
        folder = path.parent
        disk.make_private(folder)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            temp = disk.temp_name()
            packed = zlib.compress(b"blob %d\0" % len(data) + data, 1)
            try:
                written = disk.create_temp(fd, temp, packed, 0o400)
                try:
                    disk.sync(written)
                finally:
                    os.close(written)
                os.rename(temp, path.name, src_dir_fd=fd, dst_dir_fd=fd)
            except OSError:
                disk.remove(fd, temp)
                raise
            disk.sync(fd)
        finally:
            os.close(fd)

    def size(self) -> int:
        """Bytes of all stored objects."""
        return sum(
            item.stat().st_size for item in self._objects.glob("??/*") if len(item.name) == 38
        )

    def size_of(self, sha: str) -> int:
        """Bytes an object takes, 0 where it is not stored."""
        try:
            return self._path(sha).stat().st_size
        except OSError:
            return 0

    def get(self, sha: str) -> bytes | None:
        """The bytes of a blob, None where it is not stored or can't be unpacked."""
        try:
            raw = zlib.decompress(self._path(sha).read_bytes())
        except (OSError, zlib.error):
            return None
        return raw.partition(b"\0")[2]

    def _path(self, sha: str) -> Path:
        return self._objects / sha[:2] / sha[2:]

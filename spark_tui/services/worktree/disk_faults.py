"""What a failed call to the disk means to a person, and what helps. See `core.remedy`."""

from __future__ import annotations

import errno

from spark_tui.core.edits.guard import shown
from spark_tui.core.errors import JournalError
from spark_tui.core.remedy import Remedy


def disk_fault(error: OSError, *, undo: bool = False) -> JournalError:
    """The error a person reads when the disk failed and nothing was written.

    It names the file where that is what helps: one that we may not write.
    """
    what, help_first = _DISK.get(error.errno or 0, ((error.strerror or "i/o error").lower(), ""))
    first = (help_first,) if help_first else ()
    about = getattr(error, "__notes__", ())
    if about and error.errno in (errno.EACCES, errno.EPERM):
        what = f"{what} for {shown(about[0])}"
    if undo:
        return JournalError(f"{what}, nothing undone", *first, "try again")
    return JournalError(f"{what}, nothing written", Remedy.HUNKS_STAY, *first, Remedy.KEEP_AGAIN)


_DISK = {
    errno.ENOSPC: ("disk full", "free space"),
    errno.EDQUOT: ("disk quota reached", "free space"),
    errno.EROFS: ("the disk is read-only", "remount it"),
    errno.EACCES: ("permission denied", "check the folder's permissions"),
    errno.EPERM: ("permission denied", "check the folder's permissions"),
    errno.EMFILE: ("too many open files", ""),
    errno.ENFILE: ("too many open files", ""),
    errno.EIO: ("the disk reports an error", "check it"),
}
"""What a failed disk call means to a person, and what helps before trying again."""

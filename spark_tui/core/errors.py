"""Errors a person is meant to read: what happened, then what helps.

SparkError
├── UsageError          wrong arguments (exit status 2)
├── SettingsError       a configuration file or variable is wrong
├── WorktreeError       no worktree, bare repository, git refuses
│   └── FileRefusedError     one path can't be read or must not be written
├── ConflictError       the file on disk is not what the edit was made for
│   └── OverlapError         something later is in the way of taking an entry back
├── JournalError        an entry is unknown, damaged, or storage failed
├── TooLargeError       a request does not fit the model's window
└── EndpointError       the model endpoint can't be reached or refused the request
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.remedy import Way, Ways


class SparkError(Exception):
    """A failure: a one-line cause that is safe to print, and what helps, best first.

    It is told in the words of where it is read (see `spark_tui.ui.messages.remedies`).
    """

    def __init__(self, what: str, *remedies: Way) -> None:
        super().__init__(what)
        self.what = what
        self.remedies: Ways = remedies


class UsageError(SparkError):
    """The command line asks for something that does not exist or does not fit together."""


class SettingsError(SparkError):
    """A setting is wrong; `what` names the file, the line and the key.

    `key` is its dotted name in the file, "" where it is not about one; `others` are what else is
    wrong in the same file.
    """

    def __init__(self, what: str, *remedies: Way, key: str = "") -> None:
        super().__init__(what, *remedies)
        self.key = key
        self.others: tuple[SettingsError, ...] = ()


def together(errors: Sequence[SettingsError]) -> SettingsError:
    """The first of several errors, with all others in it."""
    first, *others = dict.fromkeys(one for error in errors for one in (error, *error.others))
    for error in others:
        error.others = ()
    first.others = tuple(others)
    return first


class WorktreeError(SparkError):
    """The folder is not a worktree we can edit."""


class FileRefusedError(WorktreeError):
    """One path must not be read or written."""

    def __init__(self, path: str, what: str, *remedies: Way) -> None:
        super().__init__(what, *remedies)
        self.path = path


class ConflictError(SparkError):
    """A file changed since the edit was made for it; nothing was written.

    `paths` are relative POSIX paths; `line` is 1-based where one line can be named.
    """

    def __init__(
        self, what: str, *remedies: Way, paths: tuple[str, ...] = (), line: int | None = None
    ) -> None:
        super().__init__(what, *remedies)
        self.paths = paths
        self.line = line


class OverlapError(ConflictError):
    """Entry `entry` of the journal, or a hunk of it, can't be taken back; nothing changed.

    `by` changed the lines `there` (numbered from 1) since. `entries` are those that can be taken
    back together with it, none where that is no help.
    """

    by: str = ""
    entry: int = 0
    there: tuple[tuple[int, str], ...] = ()
    entries: tuple[int, ...] = ()


class JournalError(SparkError):
    """The journal can't do what was asked (unknown entry, storage full, damaged)."""


class TooLargeError(SparkError):
    """The request is larger than what the model reads at once; nothing was sent."""


class EndpointError(SparkError):
    """The endpoint can't be reached, refused the request, or sent something that is no stream."""

import errno
import os

import pytest

from spark_tui.core.errors import SparkError
from spark_tui.core.remedy import Remedy
from spark_tui.services.worktree.disk_faults import disk_fault
from spark_tui.services.worktree.writer import raced
from spark_tui.ui.messages.remedies import shell_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            disk_fault(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))),
            "disk full, nothing written · free space, try again",
        ),
        (raced("a.py"), "a.py changed meanwhile, that is kept · try again on that text"),
        (
            SparkError("a.py is a link, never written", Remedy.DROP),
            "a.py is a link, never written · take it out of the edit",
        ),
        (SparkError("disk failed", "try again"), "disk failed · try again"),
    ],
)
def test_a_shell_is_told_no_keys_of_the_screen(error: SparkError, line: str) -> None:
    assert shell_line(error) == line

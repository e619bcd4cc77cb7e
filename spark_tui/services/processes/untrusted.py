"""Profile `untrusted`: code a model wrote, run because the person said so.

The environment is built from nothing: no keys, no proxies, no home but the working folder. The
group is bounded in time, memory and output and is killed at its end. Where the system has
`unshare` and grants it, the process is off every network.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from spark_tui.core.errors import WorktreeError
from spark_tui.services.processes.child import Completed, find_program, path_folders, run

_ISOLATE = ("--map-root-user", "--net", "--")
_TRIAL_S = 5.0


def run_untrusted(argv: Sequence[str], *, cwd: Path, timeout: float, cap: int) -> Completed:
    """Run `argv` in `cwd` and wait. Seconds and bytes.

    Raises TooSlowError, TooMuchOutputError, and WorktreeError where it can't be started.
    """
    return run(
        [*_isolated(), *argv],
        {"PATH": ":".join(path_folders()), "HOME": str(cwd), "LANG": "C.UTF-8", "TZ": "UTC"},
        cwd=cwd,
        feed=b"",
        timeout=timeout,
        cap=cap,
        limited=True,
    )


def off_the_network() -> bool:
    """Whether untrusted code is cut off from every network here."""
    return bool(_isolated())


@functools.cache
def _isolated() -> tuple[str, ...]:
    """What to put before a command so that it has no network; nothing where that is not granted."""
    program, nothing = find_program("unshare"), find_program("true")
    if program is None or nothing is None:
        return ()
    try:
        done = run(
            [program, *_ISOLATE, nothing],
            {"PATH": ":".join(path_folders())},
            cwd=None,
            feed=b"",
            timeout=_TRIAL_S,
            cap=4096,
            limited=True,
        )
    except WorktreeError:
        return ()
    return (program, *_ISOLATE) if done.status == 0 else ()

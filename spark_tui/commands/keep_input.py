"""`--keep`: however a filter ends, its input comes back on stdout, byte for byte.

An editor replaces the text by all that is printed, stderr too, whatever the status is. So nothing
else is printed, and the reason is noted where `spark-tui log` tells of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from spark_tui.commands.output import raw
from spark_tui.core.errors import SparkError, UsageError

if TYPE_CHECKING:
    from io import BufferedIOBase

_FLAG = "--keep"
_SHORTEST = "--k"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CHUNK = 1 << 16


def wanted(args: Sequence[str]) -> bool:
    """Whether the input is to come back: asked for, in any form argparse takes, and piped in.

    To be asked before the arguments are parsed: they may be wrong.
    """
    before = args[: args.index("--")] if "--" in args else args
    asked = any(_FLAG.startswith(arg) and arg.startswith(_SHORTEST) for arg in before)
    return asked and sys.stdin is not None and not sys.stdin.isatty()


class _Outcome(NamedTuple):
    """What the work came to: text to print, or why there is none; and the exit status."""

    out: bytes
    why: str = ""
    status: int = 0


_READ, _OVER = 0, 255
"""What the worker says when it has all of the input, and when it is done: no signals' numbers."""


def give_back(work: Callable[[bytes], bytes], note: Callable[[str], None]) -> int:
    """Print what `work` makes of stdin, or stdin itself where it fails; the exit status.

    `work` prints nothing. `note` takes the reason. SIGINT, SIGTERM and SIGHUP end it; what is
    still to be read is read before, unless the signal comes twice.
    """
    # The work has a thread of its own: no signal raises in the middle of it, and this one always
    # gets to print.
    data = bytearray()
    outcomes: list[_Outcome] = []
    with _told_of_signals() as (heard, said):
        worker = threading.Thread(target=_worker, args=(work, data, outcomes, said), daemon=True)
        worker.start()
        signalled = _signalled(heard)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if signalled:
            out, why = b"", f"stopped by {signal.Signals(signalled).name}"
            status = 128 + signalled
        else:
            out, why, status = outcomes[0]
        raw((bytes(data) if why else out).decode("utf-8", "surrogateescape"))
        if why:
            note(why)
        if signalled:
            os._exit(status)  # the worker has not ended, and nobody waits for it
    return status


def _signalled(heard: int) -> int:
    """The signal that ends it; 0 when the worker is done."""
    signalled, read = 0, False
    while True:
        what = os.read(heard, 1)[0]
        if what == _OVER:
            return 0
        if what == _READ:
            read = True
        elif what not in _SIGNALS:
            continue
        elif signalled or read:
            return what
        else:
            signalled = what
        if read and signalled:
            return signalled


def _line(error: SparkError) -> str:
    from spark_tui.ui.messages.remedies import shell_line

    return shell_line(error)


def _worker(
    work: Callable[[bytes], bytes], data: bytearray, outcomes: list[_Outcome], said: int
) -> None:
    source = cast("BufferedIOBase", sys.stdin.buffer)
    try:
        while chunk := source.read1(_CHUNK):
            data += chunk
        os.write(said, bytes([_READ]))
        outcome = _Outcome(work(bytes(data)))
    except UsageError as error:
        outcome = _Outcome(b"", _line(error), 2)
    except SparkError as error:
        outcome = _Outcome(b"", _line(error), 1)
    except Exception as error:  # noqa: BLE001  (the text comes back whatever it is)
        outcome = _Outcome(b"", f"{type(error).__name__}: {error}", 1)
    outcomes.append(outcome)
    os.write(said, bytes([_OVER]))


@contextlib.contextmanager
def _told_of_signals() -> Iterator[tuple[int, int]]:
    """A pipe's two ends: the number of each signal comes out as a byte, and so does what is said.

    A lock or a queue would not do. A handler runs when this thread next runs Python, and while it
    waits only a signal that the system gives to this very thread, and not a moment before it
    waits, wakes it up. The byte is written by whichever thread is given the signal.
    """
    heard, said = os.pipe()
    os.set_blocking(said, False)
    known = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {n: h for n, h in known.items() if h not in (None, signal.SIG_IGN)}
    woken = signal.set_wakeup_fd(said, warn_on_full_buffer=False)
    for number in before:
        signal.signal(number, lambda *_: None)
    try:
        yield heard, said
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        os.close(heard)
        os.close(said)

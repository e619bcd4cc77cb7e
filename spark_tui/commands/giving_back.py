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
from queue import SimpleQueue
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


_READ = None
"""What the worker says when it has all of the input."""


def give_back(work: Callable[[bytes], bytes], note: Callable[[str], None]) -> int:
    """Print what `work` makes of stdin, or stdin itself where it fails; the exit status.

    `work` prints nothing. `note` takes the reason. SIGINT, SIGTERM and SIGHUP end it; what is
    still to be read is read before, unless the signal comes twice.
    """
    # The work has a thread of its own: no signal raises in the middle of it, and this one always
    # gets to print.
    data = bytearray()
    said: SimpleQueue[_Outcome | int | None] = SimpleQueue()
    with _signals_to(said):
        worker = threading.Thread(target=_worker, args=(work, data, said), daemon=True)
        worker.start()
        ending = _ending(said)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if isinstance(ending, _Outcome):
            out, why, status = ending
        else:
            out, why = b"", f"stopped by {signal.Signals(ending).name}"
            status = 128 + ending
        raw((bytes(data) if why else out).decode("utf-8", "surrogateescape"))
        if why:
            note(why)
        if not isinstance(ending, _Outcome):
            os._exit(status)  # the worker has not ended, and nobody waits for it
    return status


def _ending(said: SimpleQueue[_Outcome | int | None]) -> _Outcome | int:
    """The outcome, or the signal that ends it."""
    signalled, read = 0, False
    while True:
        what = said.get()
        if isinstance(what, _Outcome):
            return what
        if what is _READ:
            read = True
        elif signalled or read:
            return what
        else:
            signalled = what
        if read and signalled:
            return signalled


def _worker(
    work: Callable[[bytes], bytes], data: bytearray, said: SimpleQueue[_Outcome | int | None]
) -> None:
    source = cast("BufferedIOBase", sys.stdin.buffer)
    try:
        while chunk := source.read1(_CHUNK):
            data += chunk
        said.put(_READ)
        outcome = _Outcome(work(bytes(data)))
    except UsageError as error:
        outcome = _Outcome(b"", error.one_line(), 2)
    except SparkError as error:
        outcome = _Outcome(b"", error.one_line(), 1)
    except Exception as error:  # noqa: BLE001  (the text comes back whatever it is)
        outcome = _Outcome(b"", f"{type(error).__name__}: {error}", 1)
    said.put(outcome)


@contextlib.contextmanager
def _signals_to(said: SimpleQueue[_Outcome | int | None]) -> Iterator[None]:
    """Signals are told there, but those that were ignored before."""
    known = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {n: h for n, h in known.items() if h not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, lambda number, _: said.put(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

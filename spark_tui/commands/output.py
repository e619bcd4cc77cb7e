"""The one door to stdout and stderr: harmless on a terminal, exact in a pipe, whole or said.

A line for a person holds no byte that a terminal would obey; what an encoding has no letter for is
named. Output that fails is an error like any other, unless it only tells of a deed that is done.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator

from spark_tui.core.errors import SparkError
from spark_tui.core.printable import STAND_INS, safe

_HANDLER = "spark-tui"


def open_streams() -> None:
    """Have three standard streams that can be written to without an exception for a letter.

    Where one was closed, no file that is opened later may get its number. A closed stdout stays
    one that can't be written to.
    """
    for number, flags in ((0, os.O_RDWR), (1, os.O_RDONLY), (2, os.O_RDWR)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest free number is this one
    # They live as long as the program does.
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    codecs.register_error(_HANDLER, _named)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _named(error: UnicodeError) -> tuple[str, int]:
    """What stands for letters that an encoding has not: our own marks by simpler ones."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(STAND_INS.get(c, f"<U+{ord(c):04X}>") for c in letters), error.end


def printable(text: str) -> str:
    """`text` with its line breaks and tabs, everything else made visible (see `safe`)."""
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    return "\t".join(map(safe, text.split("\t")))


def out(text: str) -> None:
    """Print a line for a person; one line, whatever it holds. Raises SparkError."""
    _write(f"{_line(text)}\n")


def err(text: str) -> None:
    """Print a line on stderr, likewise; where that can't be done, nobody can be told."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{_line(text)}\n")
        sys.stderr.flush()


def page(text: str) -> None:
    """Print a page of lines for a person. Raises SparkError."""
    _write(printable(text))


def print_json(value: object, indent: int | None = None) -> None:
    """Print one value as JSON, in ASCII, and a line end. Raises SparkError."""
    import json

    _write(f"{json.dumps(value, indent=indent)}\n")


def raw(text: str) -> None:
    """Print data: exact bytes when piped, made harmless on a terminal. No newline is added.

    Raises SparkError where it is not all taken.
    """
    if sys.stdout.isatty():
        page(text)
        return
    flush()
    with _said():
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()


def flush() -> None:
    """See to it that all that was printed is out. Raises SparkError where it can't be."""
    with _said():
        sys.stdout.flush()


@contextlib.contextmanager
def told_anyway() -> Iterator[None]:
    """What is printed in here tells of a deed that is done: that it can't be told undoes nothing.

    A reader that has gone is nobody's concern; else a line on stderr says that more was to say.
    """
    try:
        yield
        flush()
    except BrokenPipeError:
        abandon()
    except SparkError as error:
        err(f"spark-tui: done, but {error.what}")


def abandon() -> None:
    """Let what is still buffered for stdout go nowhere: nobody reads it, or nothing takes it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        sys.stdout.flush()


def _write(text: str) -> None:
    with _said():
        sys.stdout.write(text)


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Output that fails, as an error with words; a reader that has gone stays BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon()
        closed = error.errno == errno.EBADF
        reason = "stdout is closed" if closed else (error.strerror or "i/o error").lower()
        raise SparkError(f"the output can't be written: {reason}", "send it elsewhere") from error

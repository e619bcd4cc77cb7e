"""Whether a command bore a condition: it said what is the matter, and ended as documented."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fault_sweep.conditions import Condition, Machine
from tests.fault_sweep.invocations import Invocation

SECONDS = 60.0
CRASHED = 70
"""The exit status of a fault of the program's own: never right."""

_RAW = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")


def run(call: Invocation, made: Machine) -> tuple[int, bytes, bytes]:
    """The status, stdout and stderr of one call on this machine."""
    command = [*made.prefix, sys.executable, "-m", "spark_tui", *call.args]

    def before() -> None:
        if made.before is not None:
            made.before()
        for descriptor in made.closed:
            os.close(descriptor)

    made.cwd.mkdir(exist_ok=True)  # where it is taken away again
    reading, writing = os.pipe()
    if made.reader_gone:
        os.close(reading)
    target = os.open(made.stdout, os.O_WRONLY) if made.stdout else writing
    try:
        with subprocess.Popen(
            command,
            cwd=made.cwd,
            env=made.environment,
            stdin=subprocess.PIPE,
            stdout=target if made.reader_gone or made.stdout else subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=before,  # noqa: PLW1509 - one thread
        ) as child:
            try:
                out, err = child.communicate(call.feed, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                out, err = child.communicate()
                return -9, out or b"", err
    finally:
        for descriptor in {reading, writing, target}:
            if not (made.reader_gone and descriptor == reading):
                os.close(descriptor)
    return child.returncode, out or b"", err


def complaints(
    call: Invocation, condition: Condition, status: int, out: bytes, err: bytes
) -> list[str]:
    """What is wrong with how it ended; nothing where it is right."""
    wrong = []
    both = out + err
    if status == -9:
        wrong.append(f"did not end in {SECONDS:.0f} s")
    elif status not in condition.statuses:
        wrong.append(f"status {status}")
    if b"Traceback" in both or b"Exception ignored" in both or b"Fatal Python" in both:
        wrong.append(f"traceback: {_last_line(both)}")
    elif status and not condition.quiet and not both.strip() and status != 141:
        wrong.append(f"status {status} without a word")
    found = None if condition.wide else _RAW.search(err if call.gives_data else both)
    if found:
        wrong.append(f"raw byte {found.group()!r}")
    if any(word in err for word in (b"Errno", b"[Errno", b"object has no attribute")):
        wrong.append(f"Python's own words: {_last_line(err)}")
    return wrong


def _last_line(text: bytes) -> str:
    lines: Sequence[bytes] = [line for line in text.splitlines() if line.strip()]
    return lines[-1].decode("utf-8", "replace")[:200] if lines else ""


def content(path: Path) -> bytes:
    """A file's bytes, none where it is not there or can't be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""

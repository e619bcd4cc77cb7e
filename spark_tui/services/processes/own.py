"""Profile `self`: this program again (the simulated endpoint, the index's builder).

It ends when we do.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from spark_tui.core.errors import WorktreeError
from spark_tui.services.processes.child import cannot_start, kill
from spark_tui.services.processes.user import user_environment


class OwnProcess:
    """Our program running a second time. It sees the end of a pipe, and so its parent's."""

    def __init__(self, process: subprocess.Popen[bytes], port_fd: int, life_fd: int) -> None:
        self._process = process
        self._port_fd = port_fd
        self._life_fd = life_fd
        self._told = b""
        self.pid = process.pid

    def read_port(self, timeout: float = 10.0) -> int:
        """The port the child listens on, once it has written it. Raises WorktreeError."""
        line = self.read_line(timeout)
        if not line.isdigit():
            raise WorktreeError("the simulated endpoint did not start", "spark-tui sim shows why")
        return int(line)

    def read_line(self, timeout: float) -> str:
        """The next line the child tells, "" where none comes in time or it has ended."""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._port_fd, selectors.EVENT_READ)
            while b"\n" not in self._told:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    return ""
                chunk = os.read(self._port_fd, 4096)
                if not chunk:
                    return ""
                self._told += chunk
        line, _, self._told = self._told.partition(b"\n")
        return line.decode("utf-8", "replace").strip()

    def ended(self) -> bool:
        """Whether the child is gone."""
        return self._process.poll() is not None

    def stop(self, timeout: float = 2.0) -> None:
        """End the child: the pipe closes, then SIGKILL for its group. Safe to call twice."""
        for fd in (self._life_fd, self._port_fd):
            if fd >= 0:
                os.close(fd)
        self._life_fd = self._port_fd = -1
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            kill(self._process)
            self._process.wait()


def spawn_self(args: Sequence[str], *, environment: dict[str, str] | None = None) -> OwnProcess:
    """Start `python -m spark_tui ARGS --port-fd N --parent-fd M` and return at once.

    The child writes lines to the first descriptor, its port for one, and ends at end-of-file on
    the second.
    """
    port_read, port_write = os.pipe()
    life_read, life_write = os.pipe()
    argv = [sys.executable, "-P", "-m", "spark_tui", *args]
    argv += ["--port-fd", str(port_write), "--parent-fd", str(life_read)]
    package_root = str(Path(__file__).resolve().parents[3])
    try:
        process = subprocess.Popen(
            argv,
            env={**user_environment(), "PYTHONPATH": package_root, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(port_write, life_read),
            start_new_session=True,
        )
    except OSError as error:
        os.close(port_read)
        os.close(life_write)
        raise cannot_start(sys.executable, error) from error
    finally:
        os.close(port_write)
        os.close(life_read)
    return OwnProcess(process, port_read, life_write)

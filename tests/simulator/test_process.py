import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Start = Callable[..., Awaitable[Any]]


def start(
    *flags: str, fds: tuple[int, ...] = (), module: tuple[str, ...] = ("spark_tui.simulator",)
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", *module, *flags]
    return subprocess.Popen(
        command, pass_fds=fds, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_port_goes_through_the_pipe_and_the_end_of_the_parents_pipe_ends_it() -> None:
    port_read, port_write = os.pipe()
    parent_read, parent_write = os.pipe()
    with start(
        "--port-fd", str(port_write), "--parent-fd", str(parent_read), fds=(port_write, parent_read)
    ) as process:
        os.close(port_write)
        os.close(parent_read)
        with os.fdopen(port_read) as pipe:
            assert 1024 < int(pipe.readline()) < 65536
        assert process.poll() is None
        os.close(parent_write)
        out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("", "", 0)


@pytest.mark.parametrize("module", [("spark_tui.simulator",), ("spark_tui", "sim")])
def test_it_says_where_it_is_and_ends_on_a_signal(module: tuple[str, ...]) -> None:
    with start("--port", "0", module=module) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("simulated endpoint on http://127.0.0.1:")
        assert line.endswith("/v1\n")
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_wrong_fault_is_a_usage_error_that_names_the_known_ones() -> None:
    with start("--fault", "nonsense") as process:
        _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "refuse-key" in err


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start("--port", str(port)) as process:
            out, err = process.communicate(timeout=10)
    assert (out, process.returncode) == ("", 1)
    assert err.startswith(f"cannot serve on port {port}: ")
    assert err.count("\n") == 1

"""What a start costs: a session in a pseudo-terminal, and each one-shot, beside two floors.

    python -m tests.bench start [--json]

The floors run in turn with what is measured: `python -c pass`, and `import textual.app`, which any
Textual program pays. CPU is user and system time of the program and its children; the least of
`ROUNDS` counts, since others on the machine only add. Nothing here fails on time.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
SETTLED_S = 6.0
LETTERS = b"ZQJX"
READY = b"say what to change"
FRAME = b"Point at code"
PATCH = b"""*** Begin Patch
*** Update File: hello.py
@@
 def greet(name):
-    return "hello " + name
+    return "goodbye " + name
*** End Patch
"""
PROGRAM = "import sys; from spark_tui.cli import main; sys.exit(main())"

Figures = dict[str, float]


def program(*args: str) -> list[str]:
    """The argv of our program."""
    return [sys.executable, "-c", PROGRAM, *args]


def once(argv: list[str], place: Path, environment: dict[str, str], feed: bytes = b"") -> Figures:
    """Run to the end: CPU and wall milliseconds, MB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        argv,
        cwd=place,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(feed)
    process.stdin.close()
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        raise SystemExit(f"{argv[3:]}: {said.decode(errors='replace')}")
    took = (time.perf_counter() - began) * 1000
    return {"cpu_ms": (used.ru_utime + used.ru_stime) * 1000, "wall_ms": took}


def cpu_ms(pid: int) -> float:
    """User and system time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) * 1000 / os.sysconf("SC_CLK_TCK")


def session(place: Path, environment: dict[str, str]) -> Figures:
    """A session in a terminal of 120x40: letters are typed the moment the prompt is there."""
    began = time.monotonic()
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.chdir(place)
        os.execvpe(sys.executable, program(), environment)
    seen: Figures = {}
    written = b""
    try:
        while (now := time.monotonic() - began) < SETTLED_S:
            if not select.select([fd], [], [], SETTLED_S - now)[0]:
                break
            written += os.read(fd, 65_536)
            at = (time.monotonic() - began) * 1000
            if "first_paint_ms" not in seen and READY in written:
                seen["first_paint_ms"] = at
                os.write(fd, LETTERS)
            if "echo_ms" not in seen and LETTERS in written:
                seen |= {"echo_ms": at, "echo_cpu_ms": cpu_ms(pid)}
            if "frame_ms" not in seen and FRAME in written:
                seen |= {"frame_ms": at, "frame_cpu_ms": cpu_ms(pid)}
                seen["frame_bytes"] = len(written)
        seen["settled_cpu_ms"] = cpu_ms(pid)
        status = Path(f"/proc/{pid}/status").read_text()
        resident = status.split("VmRSS:")[1].split()[0]
        seen["rss_mib"] = int(resident) / 1024
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)
    return seen


def git(place: Path, *args: str) -> None:
    """Run git, quietly."""
    command = ["git", "-c", "user.name=b", "-c", "user.email=b@localhost", *args]
    subprocess.run(command, cwd=place, check=True, capture_output=True)


def repository(place: Path) -> Path:
    """A small repository with one committed file."""
    place.mkdir()
    text = 'def greet(name):\n    return "hello " + name\n\n\nprint(greet("bench"))\n'
    (place / "hello.py").write_text(text)
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "start")
    return place


def simulator(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """An endpoint that answers at once with `PATCH`; its process and base URL."""
    answers = folder / "answers.json"
    answers.write_text(json.dumps([PATCH.decode()] * 100))
    argv = program("sim", "--ttft", "0", "--rate", "0", "--script", str(answers))
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    return process, next(word for word in line.split() if word.startswith("http"))


def measured() -> dict[str, Figures]:
    """The least of `ROUNDS` of everything, by name."""
    with tempfile.TemporaryDirectory(prefix="spark-tui-bench-") as made:
        folder = Path(made)
        place = repository(folder / "code")
        server, url = simulator(folder)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HOME": made,
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": "none",
            "SPARK_TUI_MODEL": "simulated",
        }

        def plain(*argv: str, feed: bytes = b"") -> Callable[[], Figures]:
            return lambda: once(list(argv), place, environment, feed)

        def ours(*args: str, feed: bytes = b"") -> Callable[[], Figures]:
            return lambda: once(program(*args), place, environment, feed)

        def fresh(run: Callable[[], Figures]) -> Callable[[], Figures]:
            def cleaned() -> Figures:
                git(place, "checkout", "-q", "--", ".")
                return run()

            return cleaned

        todo: dict[str, Callable[[], Figures]] = {
            "python": plain(sys.executable, "-c", "pass"),
            "textual": plain(sys.executable, "-c", "import textual.app"),
            "--version": ours("--version"),
            "where": ours("where"),
            "log": ours("log"),
            "find": ours("find", "-m", "greet"),
            "apply": fresh(ours("apply", feed=PATCH)),
            "undo": ours("undo"),
            "edit": fresh(ours("edit", "hello.py", "-m", "say goodbye", "--apply")),
            "session": lambda: session(place, environment),
        }
        found: dict[str, list[Figures]] = {name: [] for name in todo}
        try:
            for number in range(ROUNDS + 1):
                for name, run in todo.items():
                    figures = run()
                    if number:  # the first round fills caches
                        found[name].append(figures)
        finally:
            server.terminate()
            server.wait()
            if server.stdout is not None:
                server.stdout.close()
    return {
        name: {key: min(one[key] for one in runs if key in one) for key in runs[0]}
        for name, runs in found.items()
    }


def main() -> None:
    """Print the table, or with --json the figures."""
    found = measured()
    if "--json" in sys.argv[1:]:
        print(json.dumps(found))
        return
    python, textual = found["python"]["cpu_ms"], found["textual"]["cpu_ms"]
    print(f"{'':<12}{'cpu ms':>8}{'wall ms':>9}{'× python':>10}")
    for name, figures in found.items():
        if name != "session":
            cpu = figures["cpu_ms"]
            print(f"{name:<12}{cpu:8.0f}{figures['wall_ms']:9.0f}{cpu / python:10.1f}")
    print("\nsession")
    for key, value in found["session"].items():
        beside = f"{value / textual:8.2f} × import textual" if key.endswith("cpu_ms") else ""
        print(f"  {key:<16}{value:8.0f}{beside}")


if __name__ == "__main__":
    main()

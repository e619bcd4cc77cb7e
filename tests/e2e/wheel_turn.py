"""One turn of the demo in a pseudo-terminal, with the `spark-tui` named as the only argument.

    python tests/e2e/wheel_turn.py /somewhere/bin/spark-tui

Types the README's instruction, goes to the review, keeps the hunks, checks the file on disk,
undoes, checks again, and leaves. Used on an installed wheel; exits 0 or says what did not happen.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

DEADLINE_S = 60.0


def main() -> int:
    """Drive the demo; 0 when every step was seen."""
    with tempfile.TemporaryDirectory() as home:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "COLORTERM": "truecolor",
        }
        pid, fd = pty.fork()
        if pid == 0:
            os.execvpe(sys.argv[1], [sys.argv[1], "demo", "--dir", f"{home}/demo"], env)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        screen = pyte.Screen(120, 36)
        stream = pyte.ByteStream(screen)
        target = Path(home, "demo", "httpkit", "calc.py")

        def until(what: str, seen: Callable[[], bool]) -> None:
            end = time.monotonic() + DEADLINE_S
            while not seen():
                if time.monotonic() > end:
                    print("\n".join(screen.display))
                    sys.exit(f"never happened: {what}")
                if select.select([fd], [], [], 0.05)[0]:
                    try:
                        stream.feed(os.read(fd, 65536))
                    except OSError:
                        # Linux says EIO once the program has closed its side.
                        if what != "the end":
                            sys.exit(f"the program ended before: {what}")
                        os.waitpid(pid, 0)
                        return

        def shown(text: str) -> bool:
            return any(text in line for line in screen.display)

        until("the prompt", lambda: shown("say what to change"))
        until("the label", lambda: shown("simulated"))
        before = target.read_bytes()
        os.write(fd, b"rename add to plus\r")
        until("the hunks", lambda: shown("7 places, 6 hunks, in 4 files  "))
        until("the end of the answer", lambda: shown("6 open") and not shown("writing"))
        os.write(fd, b"\t")
        until("the review owning the keyboard", lambda: shown("── review"))
        os.write(fd, b"A")
        until("the keep", lambda: shown("applied"))
        if b"def plus(" not in target.read_bytes():
            sys.exit("the file on disk has not changed")
        os.write(fd, b"\x18u")
        until("the undo", lambda: target.read_bytes() == before)
        os.write(fd, b"\x04")
        until("the end", lambda: os.waitpid(pid, os.WNOHANG)[0] == pid)
    print("the demo ran one turn, kept it, and took it back")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How each command of the shell is called in the sweep: at least once, by the table of commands."""

from __future__ import annotations

from dataclasses import dataclass

PATCH = b"""\
*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
*** End Patch
"""

SOURCE = b"def add(a, b):\n    return a + b\n"

_TALK = b"rename add to plus\n/quit\n"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call: the arguments, what comes on stdin, and whether it may change files."""

    args: tuple[str, ...]
    feed: bytes = b""
    writes: bool = False
    slow: bool = False

    @property
    def gives_data(self) -> bool:
        """Whether exact bytes come on stdout, where it is no terminal."""
        data = (("edit",), ("export",))
        return self.args[:1] in data or self.args[-1:] in (("-",), ("-p",), ("--check",))

    @property
    def name(self) -> str:
        """As a shell shows it."""
        return " ".join(self.args) or "(no arguments)"


def _call(line: str, feed: bytes = b"", *, writes: bool = False, slow: bool = False) -> Invocation:
    return Invocation(tuple(line.split()), feed, writes, slow)


INVOCATIONS = (
    _call("--version"),
    _call("--help"),
    _call(""),
    _call("no-such-thing"),
    _call("--plain --endpoint sim", _TALK, slow=True),
    _call("demo"),
    _call("demo --plain", b"/quit\n", slow=True),
    _call("resume"),
    _call("sessions"),
    _call("export"),
    _call("export --patches made"),
    _call("apply --check", PATCH),
    _call("apply --patch -", PATCH),
    _call("apply --json --check", PATCH),
    _call("apply --from no-such-file"),
    _call("apply", PATCH, writes=True),
    _call("apply --json", PATCH.replace(b"plus", b"total").replace(b"add", b"plus"), writes=True),
    _call("edit"),
    _call("edit -m rename --endpoint sim", SOURCE, slow=True),
    _call("edit -m rename --keep --endpoint none", SOURCE),
    _call("edit calc.py -m rename --patch --endpoint sim", slow=True),
    _call("edit calc.py -m rename --apply --endpoint sim", writes=True, slow=True),
    _call("find -m add"),
    _call("find -m add --wait --json", slow=True),
    _call("log"),
    _call("log -p"),
    _call("log --json"),
    _call("undo --dry-run"),
    _call("undo", writes=True),
    _call("redo", writes=True),
    _call("recover"),
    _call("green"),
    _call("green --help"),
    _call("review"),
    _call("review --json"),
    _call("review --drop 0"),
    _call("review -", b"no patch"),
    _call("bench --endpoint sim --requests 1 --sizes 512", slow=True),
    _call("prove --wrong"),
    _call("login --help"),
    _call("logout"),
    _call("trace list"),
    _call("trace show"),
    _call("trace diff"),
    _call("trace export"),
    _call("replay"),
    _call("stats"),
    _call("stats --json"),
    _call("sim --help"),
    _call("doctor --endpoint sim", slow=True),
    _call("doctor --endpoint none"),
    _call("trust"),
    _call("trust --no"),
    _call("keys --list"),
    _call("keys --markdown"),
    _call("completion bash"),
    _call("completion"),
    _call("where"),
)

"""A small project with a red check, and a simulated endpoint that answers by a script."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from spark_tui.core.dataclass import replace
from spark_tui.simulator.server import Simulator
from spark_tui.simulator.settings import SimSettings

CALC = """\
def add(a, b):
    return a - b


def sub(a, b):
    return a - b


def mul(a, b):
    return a + b
"""

CHECK = '''\
"""Prints as pytest does; a function that fails more than once is a test each."""
import sys
sys.dont_write_bytecode = True
import calc
import tests_of_calc

failed = []
print("=== short test summary info ===")
for name, (got, want) in tests_of_calc.cases(calc):
    if got != want:
        failed.append(name)
        print(f"FAILED tests_of_calc.py::{name} - assert {got} == {want}")
total = len(tests_of_calc.cases(calc))
print(f"{len(failed)} failed, {total - len(failed)} passed in 0.01s")
sys.exit(1 if failed else 0)
'''

TESTS = """\
def cases(calc):
    return [
        ("test_add", (calc.add(1, 2), 3)),
        ("test_sub", (calc.sub(3, 2), 1)),
        ("test_mul", (calc.mul(3, 4), 12)),
    ]
"""

PROJECT: dict[str, str] = {"calc.py": CALC, "check.py": CHECK, "tests_of_calc.py": TESTS}
COMMAND = (sys.executable, "check.py")


def printed(failing: Sequence[str], tests: int) -> str:
    """What the check prints where these fail."""
    lines = ["=== short test summary info ==="]
    lines += [f"FAILED tests_of_calc.py::{name} - assert {name}" for name in failing]
    lines.append(f"{len(failing)} failed, {tests - len(failing)} passed in 0.01s")
    return "\n".join(lines)


def patch(path: str, *changes: tuple[str, str, str]) -> str:
    """An answer that changes lines: (what stands above it, the old line, the new one)."""
    hunks = "".join(f"@@\n {above}\n-{old}\n+{new}\n" for above, old, new in changes)
    return f"*** Begin Patch\n*** Update File: {path}\n{hunks}*** End Patch\n"


ADD = ("def add(a, b):", "    return a - b", "    return a + b")
MUL = ("def mul(a, b):", "    return a + b", "    return a * b")
SUB_BROKEN = ("def sub(a, b):", "    return a - b", "    return b - a")

FIX = patch("calc.py", ADD, MUL)
HALF = patch("calc.py", ADD)
REST = patch("calc.py", MUL)
WORSEN = patch("calc.py", ADD, SUB_BROKEN)
USELESS = patch("calc.py", ("def add(a, b):", "    return a - b", "    return a - b - 0"))
CHEAT = patch(
    "tests_of_calc.py",
    ("    return [", '        ("test_add", (calc.add(1, 2), 3)),', "        # gone"),
)
CHEAT_AND_FIX = CHEAT.replace("*** End Patch\n", REST.partition("\n")[2])
GIVES_UP = "stuck: the tests contradict one another"


class ScriptedServer:
    """The simulated endpoint in a thread of its own; `answers` come one a turn."""

    def __init__(self) -> None:
        self._simulator = Simulator(SimSettings(rate=0.0, ttft_ms=1.0))
        self.address = ""

    def says(self, *answers: str, ttft_ms: float = 1.0, rate: float = 0.0) -> None:
        """Begin a script; the last answer repeats."""
        self._simulator.settings = replace(
            self._simulator.settings, script=answers, ttft_ms=ttft_ms, rate=rate
        )
        self._simulator._answered = 0

    @property
    def asked(self) -> int:
        """How many turns were answered since the script began."""
        return self._simulator._answered

    @contextmanager
    def served(self) -> Iterator[ScriptedServer]:
        loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def start() -> web.AppRunner:
            runner = web.AppRunner(self._simulator.app(), shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.address = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
            ready.set()
            return runner

        def work() -> None:
            runner = loop.run_until_complete(start())
            loop.run_forever()
            loop.run_until_complete(runner.cleanup())
            loop.close()

        thread = threading.Thread(target=work)
        thread.start()
        assert ready.wait(30)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


def with_change(text: str, changes: Sequence[tuple[str, str, str]]) -> str:
    """A file after the changes of `patch`."""
    for above, old, new in changes:
        text = text.replace(f"{above}\n{old}\n", f"{above}\n{new}\n")
    return text

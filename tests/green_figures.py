"""What a green loop takes: the whole wait, our own part of it, and how fast it lets go.

    python -m tests.green_figures                20 seeded bugs, a check of 0.5 s, 1,000 tok/s
    python -m tests.green_figures --bugs 5

The endpoint is the simulated one, by a script: 90 ms to the first token. Each bug is mended by the
first answer, or by the third of three side by side.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from spark_tui.commands.endpoints import connector
from spark_tui.core.checks import CheckRule
from spark_tui.core.config.settings import choose_endpoint, parse
from spark_tui.core.events import GreenSet
from spark_tui.core.green.limits import GreenLimits
from spark_tui.core.green.loop import GreenPhase
from spark_tui.core.green.view import GreenView
from spark_tui.core.mode import Mode
from spark_tui.pair.conductor import Pair
from spark_tui.services.checks import UserChecks
from spark_tui.services.worktree.git_worktree import open_worktree
from tests import loops

SLOW_CHECK = f"import time; time.sleep(0.45)\n{loops.CHECK}"


class Wait:
    """One loop, and when what of it was known (ms after Enter)."""

    def __init__(self) -> None:
        self.verdict = 0.0
        self.green = 0.0
        self.view: GreenView | None = None


def repository(folder: Path) -> Path:
    root = folder / "code"
    root.mkdir()
    for name, text in (loops.PROJECT | {"check.py": SLOW_CHECK}).items():
        (root / name).write_text(text)
    for args in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "start"],
    ):
        subprocess.run(["git", "-C", str(root), *args], check=True)
    return root


async def one(root: Path, state: Path, address: str, candidates: int) -> Wait:
    limits = GreenLimits(candidates=candidates)
    rule = CheckRule(" ".join(loops.COMMAND), limits=limits)
    profile = choose_endpoint(parse("", "none"), {"OPENAI_BASE_URL": address}).chosen
    pair = Pair(
        open_worktree(root, state),
        [profile],
        connector(state),
        time.monotonic_ns,
        Mode.AUTO,
        checks=UserChecks(root, (rule,)),
    )
    wait, began = Wait(), 0
    over = asyncio.Event()

    async def listen() -> None:
        async for batch in pair.events():
            for event in batch:
                if not isinstance(event, GreenSet):
                    continue
                loop, wait.view = event.green.loop, event.green
                tried = [t for row in loop.attempts for t in row.trials] + list(loop.tried)
                judged = loop.trial is not None and loop.trial.judgement is not None
                if not wait.verdict and (judged or tried):
                    wait.verdict = (event.at - began) / 1e6
                if not wait.green and (
                    loop.phase is GreenPhase.CONFIRMING or (loop.over and loop.stands)
                ):
                    wait.green = (event.at - began) / 1e6
                if loop.over:
                    over.set()

    listener = asyncio.create_task(listen())
    await asyncio.sleep(0)
    await pair.listed()
    await asyncio.sleep(0.3)  # what a session does at its start is not what is measured
    began = time.monotonic_ns()
    pair.fix(rule, began)
    await over.wait()
    await pair.close()
    await listener
    return wait


def stop_takes(root: Path) -> float:
    """From the stop to the whole group of the check gone, ms."""
    code = "import os, subprocess, sys, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    stop = threading.Event()
    ended: list[int] = []

    def work() -> None:
        rule = CheckRule(f'{sys.executable} -c "{code}"')
        UserChecks(root, ()).run_whole(rule, (), stop)
        ended.append(time.monotonic_ns())

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    at = time.monotonic_ns()
    stop.set()
    thread.join()
    return (ended[0] - at) / 1e6


def figures(bugs: int, candidates: int, server: loops.ScriptedServer) -> None:
    waits: list[Wait] = []
    for _ in range(bugs):
        wrong = [loops.HALF] * (candidates - 1)
        server.says(*wrong, loops.FIX, ttft_ms=90.0, rate=1000.0)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            root = repository(folder)
            waits.append(asyncio.run(one(root, folder / "state", server.address, candidates)))
    views = [w.view for w in waits if w.view is not None]
    attempts = sum(len(v.loop.attempts) for v in views)
    ours = sum(v.ours_ns for v in views) / attempts / 1e6
    check = statistics.median(
        v.loop.baseline.took_ns / 1e6 for v in views if v.loop.baseline is not None
    )
    print(
        f"{candidates} candidate{'s' * (candidates != 1)}, {bugs} bugs, check {check:.0f} ms: "
        f"Enter to first verdict {statistics.median(w.verdict for w in waits):.0f} ms, "
        f"to green {statistics.median(w.green for w in waits):.0f} ms (medians, baseline run "
        f"included), ours {ours:.0f} ms an attempt, "
        f"{sum(str(v.loop.ending) == 'green' for v in views)} green"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bugs", type=int, default=20)
    args = parser.parse_args()
    with loops.ScriptedServer().served() as server, tempfile.TemporaryDirectory() as config:
        os.environ["XDG_CONFIG_HOME"] = config
        figures(args.bugs, 1, server)
        figures(args.bugs, 3, server)
        with tempfile.TemporaryDirectory() as name:
            took = [stop_takes(Path(name)) for _ in range(10)]
        print(f"stop to the check's group gone: median {statistics.median(took):.0f} ms, "
              f"max {max(took):.0f} ms")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())

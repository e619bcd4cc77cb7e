"""Every row of `fault_rows`, on every wire it can happen on, over real loopback sockets.

Each row has its own endpoint, its own server and its own file in one real worktree, edited in
auto-apply mode: so a file changes exactly where the answer was complete. All rows run at once.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core.edits.model import Change
from spark_tui.core.endpoint.wire import Ended, Ending, EndpointProfile, ModelRequest, Retrying
from spark_tui.core.events import (
    Asked,
    Event,
    FileTouched,
    Flushed,
    FlushRefused,
    Notice,
    OnWire,
    Said,
    TurnEnded,
)
from spark_tui.core.journal import Entry, EntryNote
from spark_tui.core.mode import Mode
from spark_tui.core.tree import Tree
from spark_tui.pair.conductor import Pair
from spark_tui.services.endpoint import ModelEndpoint, Network
from spark_tui.services.endpoint.wires import call as calls_module
from spark_tui.services.worktree import GitWorktree, open_worktree
from spark_tui.simulator.faults import parse_fault
from spark_tui.simulator.server import Simulator
from spark_tui.simulator.settings import SimSettings
from tests.e2e.farm import Farm
from tests.e2e.fault_rows import ROWS, Ends, Person, Row, Where

KEY = "sk-secret-0123456789"
BEFORE = "def add(a, b):\n    total = a + b\n    return total\n"
AFTER = BEFORE.replace("add(", "plus(")
CALM_CANCEL_S = 0.1
"""What Esc takes on a calm machine; a row that took longer is tried again, thrice at most."""
HANGS_S = 10.0
"""A stop that takes so long waits for something, however busy the machine is."""
DEADLINE_S = 25.0
SILENCE_S = 0.3
AT_ONCE = 48


class Shared(GitWorktree):
    """One worktree under many sessions: read once, not watched, written one after the other."""

    known: tuple[str, ...] = ()
    turns = threading.Lock()

    def flush(self, changes: Sequence[Change], note: EntryNote) -> Entry:
        # Somebody else's write is waited for half a second only; here ninety come at once.
        with self.turns:
            return super().flush(changes, note)

    def tree(self) -> Tree:
        return Tree("rows", "main")

    def paths(self) -> tuple[str, ...]:
        return self.known

    def entries(self, limit: int = 100) -> tuple[Any, ...]:
        return ()

    async def watch(self, warn: object = None) -> AsyncIterator[frozenset[str]]:
        never: tuple[frozenset[str], ...] = ()
        for nothing in never:
            yield nothing

    def close(self, *, commit: bool = True) -> None:
        pass


class Cold(ModelEndpoint):
    """Connects with the turn, so that each row sees its own connection fail."""

    def warm(self, opening: ModelRequest | None = None) -> None:
        pass


@dataclass
class Run:
    """What became of one row on one wire."""

    row: Row
    wire: str
    path: str
    events: list[Event] = field(default_factory=list)
    requests: int | None = None
    cancel_s: float | None = None
    text: str = ""

    def got(self) -> Ends:
        """The outcome in the table's terms."""
        wire = [one.event for one in self.events if isinstance(one, OnWire)]
        if not any(isinstance(one, Ended) for one in wire):
            return Ends(Ending.FAILED, None, "never ended")
        ended = next(one for one in wire if isinstance(one, Ended))
        announced = sum(isinstance(one, Retrying) for one in wire)
        return Ends(ended.ending, ended.fault, ended.message, announced, self.requests)

    def complaint(self, now: bytes) -> str:
        """What is wrong with it, "" for nothing."""
        want, got = self.row.on(self.wire), self.got()
        wrong: list[str] = []
        if (got.ending, got.fault) != (want.ending, want.fault):
            wrong.append(f"{got.ending}/{got.fault}, not {want.ending}/{want.fault}")
        if want.said not in got.said:
            wrong.append(f"said {got.said!r}")
        if got.announced != want.announced and want.ending is not Ending.STOPPED:
            wrong.append(f"{got.announced} announced, not {want.announced}")
        if want.requests is not None and got.requests != want.requests:
            wrong.append(f"{got.requests} requests, not {want.requests}")
        expected = AFTER if want.ending is Ending.COMPLETE else BEFORE
        if now != expected.encode():
            wrong.append("the file changed" if expected is BEFORE else "the edit is not on disk")
            told = [e for e in self.events if isinstance(e, (TurnEnded, FlushRefused, Notice))]
            wrong += [repr(now), *(repr(event) for event in told)]
        if self.cancel_s is not None and self.cancel_s > HANGS_S:
            wrong.append(f"stopped after {self.cancel_s * 1e3:.0f} ms")
        if KEY in repr(self.events):
            wrong.append("the key is in an event")
        if not wrong:
            return ""
        return f"{self.wire}: {self.row.name}: {'; '.join(wrong)}  [{self.row.wanted}]"


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    made = Farm()
    yield made
    made.stop()


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Where, ssl.SSLContext]]:
    """Server contexts; the client trusts those of another name and of yesterday as issuers."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    here = "DNS:localhost,IP:127.0.0.1"
    made: dict[Where, ssl.SSLContext] = {}
    trusted = b""
    for where, place in (
        (Where.SELF_SIGNED, here),
        (Where.OTHER_NAME, "IP:127.0.0.1"),
        (Where.EXPIRED, here),
    ):
        key, request, signed = (str(folder / f"{where.name}.{end}") for end in ("k", "r", "pem"))
        days = "-1" if where is Where.EXPIRED else "2"
        for command in (
            f"req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={where.name}"
            f" -addext subjectAltName={place} -keyout {key} -out {request}",
            f"x509 -req -in {request} -signkey {key} -days {days} -copy_extensions copy"
            f" -out {signed}",
        ):
            subprocess.run(["openssl", *command.split()], check=True, capture_output=True)
        made[where] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made[where].load_cert_chain(signed, key)
        trusted += b"" if where is Where.SELF_SIGNED else Path(signed).read_bytes()
    (folder / "trusted.pem").write_bytes(trusted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "trusted.pem"))
        yield made


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose listen queue is full: connecting to it takes for ever."""
    holders = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            holder = socket.socket()
            holder.setblocking(False)
            holder.connect_ex(("127.0.0.1", port))
            holders.append(holder)
        yield port
        for holder in holders:
            holder.close()


@dataclass
class Table:
    """Runs rows against one worktree."""

    farm: Farm
    network: Network
    certificates: dict[Where, ssl.SSLContext]
    full_port: int
    worktree: Shared
    wall: Callable[[float], None]

    def address(self, row: Row) -> tuple[Simulator | None, str]:
        if row.where is Where.NOBODY:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                return None, f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        if row.where is Where.NO_NAME:
            return None, "http://nowhere.invalid/v1"
        if row.where is Where.FULL:
            return None, f"http://127.0.0.1:{self.full_port}/v1"
        faults = (parse_fault(row.flag),) if row.flag else ()
        settings = SimSettings(rate=row.rate, ttft_ms=1.0, faults=faults, key=KEY)
        tls = self.certificates.get(row.where)
        sim, port = self.farm.start(settings, tls)
        host = "localhost" if row.where is Where.OTHER_NAME else "127.0.0.1"
        return sim, f"http{'' if row.where is Where.SIMULATOR else 's'}://{host}:{port}/v1"

    async def run(self, run: Run) -> Run:
        row = run.row
        sim, url = await asyncio.to_thread(self.address, row)
        profile = EndpointProfile("row", url, "simulated-x", run.wire, KEY, dialect="simulated")
        endpoint = Cold(
            profile,
            self.network,
            timeouts=row.timeouts,
            retries=row.retries,
            bounds=row.bounds,
        )
        pair = Pair(self.worktree, [profile], lambda _: endpoint, time.monotonic_ns, Mode.AUTO)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(DEADLINE_S):
                    await self._turn(run, pair)
        finally:
            await pair.close()
        run.requests = sim.plan.taken if sim is not None else None
        return run

    async def _turn(self, run: Run, pair: Pair) -> None:
        batches = pair.events()
        person = run.row.person
        acted_at = 0.0

        def act() -> None:
            nonlocal acted_at
            acted_at = time.monotonic()
            if person is Person.SLEEPS:
                self.wall(3600.0)
            else:
                pair.stop()

        pair.ask(f"rename add to plus in @{run.path}", time.monotonic_ns())
        async for batch in batches:
            run.events += batch
            if person is Person.STOPS and any(isinstance(event, Asked) for event in batch):
                asyncio.get_running_loop().call_later(SILENCE_S, act)
            if not acted_at and any(_is_time(person, event) for event in batch):
                act()
            if not any(isinstance(event, TurnEnded) for event in run.events):
                continue
            if run.cancel_s is None and acted_at and person is not Person.SLEEPS:
                run.cancel_s = time.monotonic() - acted_at
            complete = run.got().ending is Ending.COMPLETE
            if not complete or any(isinstance(event, Flushed) for event in run.events):
                return


def _is_time(person: Person, event: Event) -> bool:
    """Whether the person acts on this event."""
    if person is Person.STOPS_WAITING:
        return isinstance(event, OnWire) and isinstance(event.event, Retrying)
    if person in (Person.STOPS_LATER, Person.SLEEPS):
        return isinstance(event, (Said, FileTouched))
    return False


def sockets() -> int:
    """Sockets of this process: both ends of every connection are in it."""
    held = 0
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            held += str(one.readlink()).startswith("socket:")
    return held


@pytest.fixture
def table(
    farm: Farm,
    network: Network,
    certificates: dict[Where, ssl.SSLContext],
    full_port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Table:
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    shared = open_worktree(root, tmp_path / "state")
    shared.__class__ = Shared
    assert isinstance(shared, Shared)
    jump = [0.0]

    def wall(seconds: float) -> None:
        jump[0] += seconds

    monkeypatch.setattr(calls_module, "wall_clock", lambda: time.time() + jump[0])
    return Table(farm, network, certificates, full_port, shared, wall)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in /proc")
async def test_each_bad_day_ends_as_the_table_says(table: Table) -> None:
    assert len({(row.flag, row.where, row.person, row.bounds) for row in ROWS}) == len(ROWS) >= 60
    runs = [
        Run(row, wire, f"row_{number}_{wire}.py")
        for number, row in enumerate(ROWS)
        for wire in row.wires()
    ]
    root = table.worktree.root
    for run in runs:
        (root / run.path).write_text(BEFORE)
    table.worktree.known = tuple(sorted(run.path for run in runs))
    places = asyncio.Semaphore(AT_ONCE)
    table.network.loop()
    before = sockets()

    async def one(run: Run) -> None:
        async with places:
            await table.run(run)

    await asyncio.gather(*(one(run) for run in runs if run.row.person is Person.WAITS))
    # Among hundreds of others Esc would be timed with their work: it comes behind, in a calm turn.
    stopped = [run for run in runs if run.row.on(run.wire).ending is Ending.STOPPED]
    for _ in range(3):
        slow = [run for run in stopped if run.cancel_s is None or run.cancel_s > CALM_CANCEL_S]
        for run in slow:
            run.events, run.cancel_s = [], None
        await asyncio.gather(*(one(run) for run in slow))
    # A jump of the wall clock is seen by every stream, so these are alone.
    for run in runs:
        if run.row.person is Person.SLEEPS:
            await one(run)
    complaints = [run.complaint((root / run.path).read_bytes()) for run in runs]
    assert "\n".join(one for one in complaints if one) == ""

    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        extra = sockets() - before - len(table.farm._runners)
        left = {"tasks": len(table.network._tasks), "served": table.farm.connections()}
        if {**left, "sockets": extra} == {"tasks": 0, "served": 0, "sockets": 0}:
            break
        await asyncio.sleep(0.02)
    assert {**left, "sockets": extra} == {"tasks": 0, "served": 0, "sockets": 0}

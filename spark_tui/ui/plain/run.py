"""Runs the append-only session: lines of a descriptor in, lines on stdout out."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable

from spark_tui.pair.ports import Conductor
from spark_tui.ui.plain.session import HELP, PlainSession


def run_plain(conductor_factory: Callable[[], Conductor]) -> int:
    """Run until `/quit` or the end of the input; the exit status.

    Ctrl+C stops a running answer; when none runs it ends the program.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that does not speak UTF-8
    return asyncio.run(_run(conductor_factory))


async def _run(conductor_factory: Callable[[], Conductor]) -> int:
    conductor = conductor_factory()
    session = PlainSession(conductor, _print)
    listener = asyncio.create_task(_listen(conductor, session))
    for told in HELP.split("\n"):
        session.say(told)
    lines = LineReader(0)
    lines.start(lambda: _interrupt(conductor, lines))
    piped = not os.isatty(0)  # nobody saw what was there when the line was written
    try:
        while (line := await lines.next()) is not None:
            if piped:
                await session.turn_of(line)
            if not session.do(line):
                break
        # With the input at its end an answer under way is still heard to its end.
        await session.quiet.wait()
        if piped:
            await conductor.settled()
    finally:
        await conductor.close()
        await listener
    return 0


async def _listen(conductor: Conductor, session: PlainSession) -> None:
    async for batch in conductor.events():
        try:
            session.handle(batch)
        except Exception as error:  # noqa: BLE001 - the answer must still come to its end
            conductor.broke(error)


def _interrupt(conductor: Conductor, lines: LineReader) -> None:
    turn = conductor.session.turn
    if turn is not None and turn.running:
        conductor.stop()
    else:
        lines.end()


class LineReader:
    """Lines of the descriptor `fd` as they come, without a thread that would outlive the end."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._rest = b""

    def start(self, interrupted: Callable[[], None]) -> None:
        """Begin to read; `interrupted` is called for Ctrl+C."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, interrupted)
        try:
            loop.add_reader(self._fd, self._ready)
        except PermissionError:  # a regular file is always ready
            while not self._ready():
                pass

    async def next(self) -> str | None:
        """The next line, None at the end."""
        return await self._queue.get()

    def end(self) -> None:
        """Nothing more is read."""
        asyncio.get_running_loop().remove_reader(self._fd)
        self._queue.put_nowait(None)

    def _ready(self) -> bool:
        data = os.read(self._fd, 65_536)
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole if data else [*whole, self._rest]:
            self._queue.put_nowait(line.decode("utf-8", "replace"))
        if not data:
            self.end()
        return not data


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

"""Traces on disk: one file a turn, readable by their owner only, bounded in number and bytes.

Files are `YYYYMMDD-HHMMSS-PID-TURN.jsonl` (UTC) in `traces` of the state folder, so that names sort
by time. They are a convenience: a disk that refuses loses them and disturbs nobody.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from spark_tui import __version__
from spark_tui.core.errors import SparkError
from spark_tui.core.events import (
    Asked,
    Away,
    Decided,
    Displayed,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    Painted,
    TurnEnded,
    Undone,
)
from spark_tui.core.regex import regex
from spark_tui.core.trace.encode import TurnEncoder
from spark_tui.services.home import shortened
from spark_tui.services.plain_files import is_there, read_plain

KEPT = 200
"""Traces kept; the oldest go first."""

MOST_BYTES = 64 * 1024 * 1024
"""Bytes all traces may have together."""

READABLE = 32 * 1024 * 1024
"""A file beyond this many bytes is none of ours."""

_NAME = regex(r"\d{8}-\d{6}-\d+-\d+\.jsonl")
_HANDED_OVER = 512
_OPEN_TURNS = 16
_AFTER_THE_END = (
    TurnEnded,
    Painted,
    Displayed,
    Away,
    Decided,
    Flushed,
    FlushRefused,
    Undone,
    HunksSet,
    HunksGone,
)


class Traces:
    """The folder of traces below the state folder."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "traces"

    def paths(self) -> list[Path]:
        """Every trace, newest first."""
        try:
            found = [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(found, reverse=True)

    def find(self, name: str) -> Path:
        """The trace `name` means: `last`, a number of the list (1 is the newest), a name, a path.

        Raises SparkError where there is none.
        """
        known = self.paths()
        wanted = 1 if name == "last" else int(name) if name.isdecimal() and len(name) < 6 else 0
        if wanted:
            if wanted <= len(known):
                return known[wanted - 1]
            raise SparkError(f"there is no trace {name}", _WAY_OUT if known else _NONE_YET)
        for path in (Path(name), self.folder / name, self.folder / f"{name}.jsonl"):
            if is_there(path) and path.is_file():
                return path
        raise SparkError(f"no trace is named {name}", _WAY_OUT if known else _NONE_YET)

    def prune(self, keep: int) -> None:
        """Remove the oldest until at most `keep` and `MOST_BYTES` are left."""
        total = 0
        for count, path in enumerate(self.paths(), 1):
            with contextlib.suppress(OSError):
                total += path.stat().st_size
                if count > keep or total > MOST_BYTES:
                    path.unlink()


_WAY_OUT = "spark-tui trace list"
_NONE_YET = "every turn of a session leaves one"


def read_trace(path: Path) -> str:
    """A trace file's text. Raises SparkError."""
    try:
        return read_plain(path, READABLE, links=True).decode()
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise SparkError(f"{path} is too large for a trace", _WAY_OUT) from None
        raise SparkError(f"cannot read {path}: {error.strerror}", _WAY_OUT) from None
    except UnicodeDecodeError:
        raise SparkError(f"{path} is no trace", _WAY_OUT) from None


class TraceRecorder:
    """The `Recorder` of the ports: encodes and writes in a thread of its own.

    `text` writes instruction, paths and code too; `keep` bounds the number of files.
    """

    def __init__(
        self,
        traces: Traces,
        *,
        text: bool = False,
        keep: int = KEPT,
        wall: Callable[[], int] = time.time_ns,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._traces = traces
        self._text = text
        self._keep = keep
        self._wall = wall
        self._clock = clock
        self._pending: list[Event] = []
        self._places: dict[int, Path] = {}
        self._work: queue.SimpleQueue[list[Event] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._encoders: dict[int, TurnEncoder] = {}
        self._broken = False

    def handle(self, events: Sequence[Event]) -> None:
        """See `Recorder.handle`."""
        over = False
        for event in events:
            if isinstance(event, Asked):
                self._places[event.turn] = self._new_place(event)
            over = over or isinstance(event, _AFTER_THE_END)
        self._pending += events
        if over or len(self._pending) >= _HANDED_OVER:
            self._hand_over()

    def place(self, turn: int) -> str:
        """See `Recorder.place`."""
        self._hand_over()
        found = self._places.get(turn)
        if found is None or self._broken:
            return ""
        return shortened(found)

    def close(self) -> None:
        """See `Recorder.close`."""
        self._hand_over()
        if self._thread is not None:
            self._work.put(None)
            self._thread.join(2.0)
            self._thread = None

    def _new_place(self, asked: Asked) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(self._wall_of(asked) / 1e9))
        return self._traces.folder / f"{stamp}-{os.getpid()}-{asked.turn}.jsonl"

    def _wall_of(self, asked: Asked) -> int:
        return self._wall() - self._clock() + asked.at

    def _hand_over(self) -> None:
        if not self._pending:
            return
        batch, self._pending = self._pending, []
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
            self._thread.start()
        self._work.put(batch)

    # ------------------------------------------------------------------ in the thread

    def _run(self) -> None:
        while (batch := self._work.get()) is not None:
            self._encode(batch)
            for turn, encoder in self._encoders.items():
                if encoder.ended or self._work.empty():
                    self._write(self._places[turn], encoder.drain())
            while len(self._encoders) > _OPEN_TURNS:
                del self._encoders[next(iter(self._encoders))]

    def _encode(self, batch: Sequence[Event]) -> None:
        for event in batch:
            if isinstance(event, Asked):
                self._encoders[event.turn] = TurnEncoder(
                    event, self._wall_of(event), __version__, text=self._text
                )
                continue
            turns = {i.turn for i in event.ids} if isinstance(event, Undone) else None
            for turn in turns or {getattr(event, "turn", 0)}:
                encoder = self._encoders.get(turn)
                if encoder is not None:
                    encoder.add(event)

    def _write(self, path: Path, lines: str) -> None:
        if not lines or self._broken:
            return
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._traces.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, flags, 0o600), "ab") as file:
                if not file.tell():
                    self._traces.prune(self._keep)
                file.write(lines.encode())
        except OSError:
            self._broken = True

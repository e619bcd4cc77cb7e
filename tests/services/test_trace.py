"""Traces on disk: whose they are, how many, and that the recorder disturbs nobody."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending, FirstEvent
from spark_tui.core.errors import SparkError
from spark_tui.core.events import Asked, Decided, EndpointLabel, Event, Flushed, OnWire, TurnEnded
from spark_tui.core.latency.meter import Reading
from spark_tui.core.trace.decode import parse
from spark_tui.services.trace import TraceRecorder, Traces, read_trace

MS = 1_000_000
LABEL = EndpointLabel("spark", "m", "openai")
WALL = 1_790_000_000 * 10**9


def turn(number: int) -> list[Event]:
    return [
        Asked(number * 1000 * MS, number, "hello", (), 1, LABEL),
        OnWire(number * 1000 * MS + MS, number, FirstEvent(number * 1000 * MS + MS)),
        TurnEnded(number * 1000 * MS + 2 * MS, number, Ending.COMPLETE, Reading()),
    ]


def recorder(tmp_path: Path, *, keep: int = 200, text: bool = False) -> TraceRecorder:
    traces = Traces(tmp_path)
    return TraceRecorder(traces, keep=keep, text=text, wall=lambda: WALL, clock=lambda: 0)


def test_a_turn_is_one_file_that_only_its_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = recorder(tmp_path)
    record.handle(turn(1))
    record.close()
    (path,) = Traces(tmp_path).paths()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert record.place(1) == str(path)
    monkeypatch.setenv("HOME", str(path.parent.parent))
    assert record.place(1) == f"~/{path.parent.name}/{path.name}"
    trace = parse(read_trace(path))
    assert (trace.header.turn, trace.header.wall) == (1, WALL + 1000 * MS)
    assert [type(e) for e in trace.events] == [Asked, OnWire, TurnEnded]


def test_what_is_decided_after_the_end_is_added_to_its_own_turn(tmp_path: Path) -> None:
    record = recorder(tmp_path)
    record.handle(turn(1))
    record.handle(turn(2))
    ids = (HunkId(1, 1, "1"),)
    record.handle([Decided(5000 * MS, 1, ids, HunkState.KEPT)])
    record.handle([Flushed(5009 * MS, 1, ids, 3, 1, 9 * MS)])
    record.close()
    second, first = (parse(read_trace(p)) for p in Traces(tmp_path).paths())
    assert (first.header.turn, second.header.turn) == (1, 2)
    assert [type(e) for e in first.events][-2:] == [Decided, Flushed]
    assert len(second.events) == 3


def test_encoding_and_writing_happen_off_the_callers_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    for name in ("_encode", "_write"):
        real = getattr(TraceRecorder, name)

        def spy(self: TraceRecorder, *args: object, real: object = real) -> None:
            seen.add(threading.current_thread().name)
            real(self, *args)  # type: ignore[operator]

        monkeypatch.setattr(TraceRecorder, name, spy)
    record = recorder(tmp_path)
    record.handle(turn(1))
    record.close()
    assert seen == {"traces"}


def test_nothing_runs_before_the_first_turn_and_after_the_end(tmp_path: Path) -> None:
    record = recorder(tmp_path)
    before = threading.active_count()
    record.close()
    assert threading.active_count() == before
    record.handle(turn(1))
    record.close()
    record.close()
    assert threading.active_count() == before


def test_the_oldest_go_when_there_are_too_many_and_strange_files_stay(tmp_path: Path) -> None:
    record = recorder(tmp_path, keep=3)
    for number in range(1, 7):
        record.handle(turn(number))
        if number == 1:
            record.place(1)
    record.close()
    note = tmp_path / "traces" / "note.txt"
    note.write_text("mine")
    kept = [parse(read_trace(p)).header.turn for p in Traces(tmp_path).paths()]
    assert kept == [6, 5, 4]
    Traces(tmp_path).prune(1)
    assert len(Traces(tmp_path).paths()) == 1
    assert note.exists()


def test_too_many_bytes_remove_the_oldest_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.services.trace.MOST_BYTES", 700)
    record = recorder(tmp_path)
    for number in range(1, 6):
        record.handle(turn(number))
    record.close()
    assert 1 <= len(Traces(tmp_path).paths()) < 5


def test_a_disk_that_refuses_is_silent_and_names_no_trace(tmp_path: Path) -> None:
    (tmp_path / "traces").write_text("in the way")
    record = recorder(tmp_path)
    record.handle(turn(1))
    record.close()
    assert record.place(1) == ""


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    record = recorder(tmp_path)
    target = tmp_path / "target"
    record.handle(turn(1)[:1])
    place = Path(record.place(1))
    record.handle(turn(1)[1:])
    record.close()
    place.unlink()
    place.symlink_to(target)
    again = recorder(tmp_path)
    again.handle(turn(1))
    again.close()
    assert not target.exists()


def test_a_trace_is_found_by_number_name_and_path(tmp_path: Path) -> None:
    record = recorder(tmp_path)
    record.handle(turn(1))
    record.handle(turn(2))
    record.close()
    traces = Traces(tmp_path)
    new, old = traces.paths()
    assert traces.find("last") == traces.find("1") == new
    assert traces.find("2") == traces.find(old.stem) == traces.find(old.name) == old
    assert traces.find(str(old)) == old
    for wrong in ("3", "0", "nothing"):
        with pytest.raises(SparkError, match=f"named {wrong}|no trace {wrong}"):
            traces.find(wrong)


def test_what_cannot_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SparkError, match="cannot read"):
        read_trace(tmp_path)
    binary = tmp_path / "x"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(SparkError, match="is no trace"):
        read_trace(binary)
    monkeypatch.setattr("spark_tui.services.trace.READABLE", 1)
    with pytest.raises(SparkError, match="too large"):
        read_trace(binary)

"""The record of one write, and its file: a JSON header line, then the compressed blobs it lists."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from spark_tui.core.dataclass import dataclass, field_values
from spark_tui.core.journal import EntryNote

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class StoredSide:
    """A file before or after a step: blob id and the lower 12 bits of st_mode; "" is absent."""

    sha: str = ""
    permissions: int = 0

    @property
    def exists(self) -> bool:
        """Whether there is a file on this side."""
        return self.sha != ""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of a record. `temp` is the name beside it that the swap uses."""

    path: str
    before: StoredSide
    after: StoredSide
    temp: str


@dataclass(frozen=True, slots=True)
class Record:
    """One flush, undo or redo, as it is kept.

    `hunks` are the numbers of the hunks of `undoes` it takes back, none for all of it; `back` are
    the records it takes back where these are several, `undoes` being the oldest of them.
    `made` are folders this record created, outermost first; `emptied` are folders an undo removes
    when they are empty. `commit` is set once the entry is in the private repository; `flag` then
    says what git's own applying disagreed about, or is empty.
    """

    id: int
    when: float
    note: EntryNote
    steps: tuple[Step, ...]
    made: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    undoes: int | None = None
    commit: str = ""
    flag: str = ""
    hunks: tuple[int, ...] = ()
    back: tuple[int, ...] = ()

    @property
    def takes(self) -> tuple[int, ...]:
        """The records it takes back, wholly or in part."""
        return self.back or ((self.undoes,) if self.undoes is not None else ())


def encode(record: Record, blobs: Mapping[str, bytes]) -> bytes:
    """The whole file of a record that carries these blobs."""
    packed = {sha: zlib.compress(data, 1) for sha, data in blobs.items()}
    header = field_values(record) | {
        "note": field_values(record.note),
        "steps": [_plain_step(step) for step in record.steps],
        "format": _FORMAT,
        "blobs": [[sha, len(data)] for sha, data in packed.items()],
    }
    line = json.dumps(header, separators=(",", ":")).encode() + b"\n"
    return b"".join([line, *packed.values()])


def parse(data: bytes) -> tuple[Record, dict[str, bytes]]:
    """A whole record file. Raises ValueError, KeyError, TypeError or zlib.error where torn."""
    line, newline, rest = data.partition(b"\n")
    record, table = parse_header(line)
    if not newline or len(rest) != sum(size for _, size in table):
        raise ValueError("torn")
    blobs, start = {}, 0
    for sha, size in table:
        blobs[sha] = zlib.decompress(rest[start : start + size])
        start += size
    return record, blobs


def parse_header(line: bytes) -> tuple[Record, list[tuple[str, int]]]:
    """The record of a header line, and the table of blobs behind it; errors as `parse`."""
    raw: dict[str, Any] = json.loads(line)
    if raw.pop("format") != _FORMAT:
        raise ValueError("another format")
    table = [(str(sha), int(size)) for sha, size in raw.pop("blobs")]
    note = raw["note"]
    raw["note"] = EntryNote(
        **(note | {key: tuple(note[key]) for key in ("hunks", "refused")}),
    )
    raw["steps"] = tuple(
        Step(path, StoredSide(*before), StoredSide(*after), temp)
        for path, before, after, temp in raw["steps"]
    )
    raw["made"], raw["emptied"] = tuple(raw["made"]), tuple(raw["emptied"])
    for name in ("hunks", "back"):
        raw[name] = tuple(raw.get(name, ()))
    return Record(**raw), table


def _plain_step(step: Step) -> list[object]:
    before, after = step.before, step.after
    sides = [[before.sha, before.permissions], [after.sha, after.permissions]]
    return [step.path, *sides, step.temp]

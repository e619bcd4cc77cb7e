"""Which files that came are files that went, under another name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from spark_tui.core.dataclass import dataclass

MOST_COMPARED = 200
"""Files on either side up to which contents are compared; beyond, only equal ones are found."""

LARGEST_COMPARED = 1_000_000
"""Bytes of a file that is compared with others."""

_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of a file that came or went: git's id of its bytes, and the bytes if read."""

    oid: str
    data: bytes | None = None


def renames(gone: Mapping[str, Content], came: Mapping[str, Content]) -> dict[str, str]:
    """New name → old name. Empty files are nobody's."""
    pairs: dict[str, str] = {}
    left = dict(gone)
    by_oid: defaultdict[str, list[str]] = defaultdict(list)
    for path, content in gone.items():
        if content.oid and content.data != b"":
            by_oid[content.oid].append(path)
    for path, content in came.items():
        same = [name for name in by_oid.get(content.oid, ()) if name in left]
        if same and content.data != b"":
            pairs[path] = _nearest(path, same)
            del left[pairs[path]]
    new = {path: content for path, content in came.items() if path not in pairs}
    if len(left) > MOST_COMPARED or len(new) > MOST_COMPARED:
        return pairs
    old_lines = {path: _lines(content) for path, content in left.items()}
    found = []
    for path, content in new.items():
        mine = _lines(content)
        if not mine:
            continue
        for name, lines in old_lines.items():
            alike = _alike(mine, lines)
            if alike >= _ALIKE:
                found.append(
                    (alike, path.rpartition("/")[2] == name.rpartition("/")[2], path, name)
                )
    for _, _, path, name in sorted(found, reverse=True):
        if path not in pairs and name in left:
            pairs[path] = name
            del left[name]
    return pairs


def _lines(content: Content) -> Counter[bytes]:
    data = content.data
    if data is None or len(data) > LARGEST_COMPARED or b"\0" in data:
        return Counter()
    return Counter(line.strip() for line in data.split(b"\n") if line.strip())


def _alike(one: Counter[bytes], other: Counter[bytes]) -> float:
    sizes = [sum(len(line) * n for line, n in lines.items()) for lines in (one, other)]
    if not all(sizes) or min(sizes) < _ALIKE * max(sizes):
        return 0.0
    shared = sum(len(line) * n for line, n in (one & other).items())
    return shared / max(sizes)


def _nearest(path: str, names: Sequence[str]) -> str:
    file = path.rpartition("/")[2]
    return next((name for name in names if name.rpartition("/")[2] == file), names[0])

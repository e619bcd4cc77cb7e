"""How long the edit engine takes: placing and diffing hunks, reading long patches, growing files.

CPU time of this process, so that a busy machine does not blur it. Run alone with
`python tests/bench/bench_edits.py`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import FileImage, FileOp, RawHunk, TaggedLine
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.rows import rows
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.text import image_of

_WORDS = ("value", "index", "reply", "client", "total", "error", "name", "result", "count")


def _source(lines: int, rng: random.Random) -> list[str]:
    """Code-like text: many short repeated lines, some unique ones."""
    out: list[str] = []
    while len(out) < lines:
        name = f"{rng.choice(_WORDS)}_{rng.randrange(lines)}"
        out += [f"def {name}({rng.choice(_WORDS)}):", "    if not value:", "        return None"]
        for _ in range(rng.randrange(2, 7)):
            out.append(f"    {rng.choice(_WORDS)} = {rng.choice(_WORDS)}({rng.randrange(40)})")
        out += ["    return result", "", ""]
    return out[:lines]


def _hunk(lines: list[str], rng: random.Random, slip: str) -> RawHunk:
    at = rng.randrange(5, len(lines) - 5)
    old = lines[at - 4 : at + 4]
    body = [TaggedLine(" ", text) for text in old]
    body[4:5] = [TaggedLine("-", old[4]), TaggedLine("+", old[4] + "  # changed")]
    if slip == "typo":
        body[1] = TaggedLine(" ", old[1][:-1] + "#")
    elif slip == "dedented":
        body = [line._replace(text=line.text.removeprefix("    ")) for line in body]
    elif slip == "missing":
        del body[1]
    elif slip == "nowhere":
        body[5:5] = [TaggedLine("-", "this line is not there")]
    return RawHunk(tuple(body))


def _times(lines: int, slip: str, runs: int) -> list[float]:
    """ms for one hunk on a fresh image: index, search, diff and rows."""
    rng = random.Random(lines)
    source = _source(lines, rng)
    image = image_of("a.py", "".join(text + "\n" for text in source).encode())
    out = []
    for _ in range(runs):
        raw = _hunk(source, rng, slip)
        began = time.process_time()
        hunk = FileEdit(1, 1, FileOp.UPDATE, image).place(raw, 1)
        rows(hunk, image)
        out.append((time.process_time() - began) * 1e3)
    return sorted(out)


def _patch(lines: int) -> tuple[str, FileImage]:
    rng = random.Random(7)
    source = [f"{text}  # {n}" for n, text in enumerate(_source(lines, rng))]
    out = ["*** Begin Patch", "*** Update File: a.py"]
    for at in range(3, len(source) - 4, 8):
        out += ["@@", *(" " + t for t in source[at - 3 : at]), "-" + source[at]]
        out += ["+" + source[at] + " changed", *(" " + t for t in source[at + 1 : at + 4])]
    out += ["*** End Patch", ""]
    return "\n".join(out), image_of("a.py", "".join(t + "\n" for t in source).encode())


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Print the tables."""
    propose("*** Begin Patch\n*** Update File: a\n@@\n-x\n+y\n", lambda p: image_of(p, b"x\n"))
    print("one hunk: index + search + diff + rows, CPU ms (goal: p99 < 20 on 5,000 lines)")
    print(f"{'':10s} {'lines':>7s} {'median':>8s} {'p99':>8s}")
    medians: dict[tuple[str, int], float] = {}
    for slip in ("exact", "dedented", "typo", "missing", "nowhere"):
        for lines in (500, 5_000, 50_000):
            times = _times(lines, slip, 60 if lines < 50_000 else 12)
            medians[slip, lines] = times[len(times) // 2]
            p99 = times[int(len(times) * 0.99)]
            print(f"{slip:10s} {lines:7d} {medians[slip, lines]:8.2f} {p99:8.2f}")
        ratio = medians[slip, 50_000] / medians[slip, 5_000] / 10
        print(f"{'':10s} per line, 50,000 against 5,000: {ratio:.2f}x")

    text, image = _patch(16_000)
    whole = _seconds(lambda: propose(text, {"a.py": image}.__getitem__))
    print(f"patch of {len(text) / 1e6:.2f} MB, parsed and placed: {whole:.2f} s (goal: < 1 per MB)")
    half_text, half_image = _patch(8_000)
    half = _seconds(lambda: propose(half_text, {"a.py": half_image}.__getitem__))
    print(f"per byte against half of it: {whole / len(text) / (half / len(half_text)):.2f}x")

    def tokens() -> None:
        stream = EditStream()
        for at in range(0, len(text), 4):
            stream.feed(text[at : at + 4])
        stream.finish(True)

    took = _seconds(tokens)
    print(f"the same fed in 4-character tokens: {took:.2f} s, {took / len(text) * 4e6:.1f} us each")


if __name__ == "__main__":
    main()

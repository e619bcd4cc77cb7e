"""The index of a repository: `python tests/bench/bench_index.py [SIZE …] [--from REPOSITORY]`.

Repositories of 1,000, 28,000 and 100,000 files are made by laying one repository (this one, cut
into files of 60 lines) side by side, with a suffix of its own on the identifiers of each tile:
plain copies would make every word common. What is asked are the repository's commit subjects.

build   the builder's seconds of CPU and its peak of memory; the index against its source
first   the first answer where there is no index at all, by the files' names and git's search
asked   one question to the finished index, warm: wall and CPU
seen    a file is saved: until its new word is found, from the watcher's word on
RSS     what the asking process grows by: modules, history, index
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
SIZES = (1_000, 28_000, 100_000)
GOALS_MS = {1_000: 10, 28_000: 30, 100_000: 50}
PIECE = 60
_NAME = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[A-Z][a-z]+[A-Z]\w+\b|\b[a-z]{7,}\b")


def git(root: Path, *args: str) -> str:
    """The output of a git command in `root`."""
    done = subprocess.run(
        ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", *args],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        errors="replace",
    )
    return done.stdout


def pieces(source: Path, *, cut: bool) -> list[tuple[str, str]]:
    """Paths and texts of the files to lay out."""
    out = []
    for path in git(source, "ls-files").splitlines():
        file = source / path
        if file.is_symlink() or not file.is_file() or file.stat().st_size > 200_000:
            continue
        try:
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        except UnicodeDecodeError:
            continue
        stem, dot, ending = path.rpartition(".")
        size = PIECE if cut else max(1, len(lines))
        for at in range(0, len(lines), size):
            name = f"{stem}_{at // PIECE}{dot}{ending}" if at else path
            out.append((name, "".join(lines[at : at + size])))
    return out


def lay_out(root: Path, parts: list[tuple[str, str]], files: int) -> int:
    """Make a repository of `files` files; the bytes they have."""
    size = 0
    for number in range(files):
        tile, at = divmod(number, len(parts))
        name, text = parts[at]
        if tile:
            text = _NAME.sub(partial(_suffixed, tile), text)
        path = root / (f"tile{tile}/{name}" if tile else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_bytes(text.encode())
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "laid out")
    return size


def _suffixed(tile: int, found: re.Match[str]) -> str:
    """Two of three identifiers are the tile's own; the third is everybody's."""
    name = found[0]
    return name if sum(map(ord, name)) % 3 == 0 else f"{name}{chr(97 + tile % 26)}{tile}"


def subjects(source: Path) -> list[str]:
    """Commit subjects of more than three words, shuffled."""
    log = git(source, "log", "--format=%s", "-n", "400").splitlines()
    found = [line for line in log if len(line.split()) > 3]
    random.Random(1).shuffle(found)
    return found[:100] or ["retry the request after a pause", "wrap long lines of a hunk"]


def memory(pid: str = "self") -> float:
    """Resident memory of a process, MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def ask(root: Path, state: Path, questions: list[str]) -> Iterator[tuple[str, float]]:
    """In a process of its own: figures by name, ms and MiB."""
    bare = memory()
    from spark_tui.services.index.finder import RepositoryIndex
    from spark_tui.services.worktree.repo import find_repository

    loaded = memory()
    index = RepositoryIndex(find_repository(root), state)
    started = time.perf_counter()
    index.read_history()
    yield "history", (time.perf_counter() - started) * 1e3
    for question in questions[:5]:
        index.find(question)
    walls, cpus = [], []
    for question in questions:
        wall, cpu = time.perf_counter(), time.process_time()
        index.find(question)
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    yield "p50", median(walls)
    yield "p95", quantiles(walls, n=20)[18]
    yield "cpu p50", median(cpus)
    yield "cpu p95", quantiles(cpus, n=20)[18]
    yield "modules", loaded - bare
    yield "grown", memory() - loaded
    seen = []
    for word in ("zyxwvuta", "zyxwvutb", "zyxwvutc", "zyxwvutd", "zyxwvute"):
        (root / "seen.py").write_text(f"def {word}():\n    return 1\n")
        began = time.perf_counter()
        index.update(["seen.py"])
        found = index.find(word).bundle.blocks
        seen.append((time.perf_counter() - began) * 1e3)
        assert found
        assert found[0].path == "seen.py"
    yield "seen", max(seen)
    index.close()


def first_answer(root: Path, state: Path, question: str) -> float:
    """How long the shell's command takes where there is no index, ms."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "spark_tui", "find", "--json", "-m", question, str(root)]
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    took = (time.perf_counter() - started) * 1e3
    assert json.loads(done.stdout)["blocks"] is not None
    return took


def build(root: Path, state: Path) -> tuple[float, float, float, int]:
    """Seconds of CPU and of the clock, peak memory in MiB, bytes of the index."""
    from spark_tui.services.index.finder import RepositoryIndex, place
    from spark_tui.services.worktree.repo import find_repository

    index = RepositoryIndex(find_repository(root), state)
    began, peak, cpu = time.perf_counter(), 0.0, 0.0
    index.start()
    while index._worker is not None and index._worker.is_alive():
        pid = index.builder
        if pid:
            try:
                peak = max(peak, memory(str(pid)))
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            except (OSError, IndexError):
                pass
        time.sleep(0.02)
    took = time.perf_counter() - began
    index.close()
    return cpu, took, peak, place(state, root).stat().st_size


def measure(files: int, parts: list[tuple[str, str]], questions: list[str]) -> None:
    """Print one row."""
    with tempfile.TemporaryDirectory(prefix="spark-tui-bench-") as made:
        folder = Path(made).resolve()
        root, state = folder / "code", folder / "state"
        root.mkdir()
        size = lay_out(root, parts, files)
        first = first_answer(root, folder / "first", questions[0])
        cpu, took, peak, held = build(root, state)
        command = [sys.executable, __file__, "--ask", str(root), str(state)]
        asked = subprocess.run(
            command,
            input=json.dumps(questions),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        figures = json.loads(asked.stdout)
    goal = GOALS_MS.get(files)
    print(
        f"{files:>7,} files {size / 1e6:6.1f} MB"
        f"  build {cpu:6.1f} s CPU ({took:.0f} s) {peak:4.0f} MiB"
        f"  index {held / 1e6:5.1f} MB = {held / size:.2f}x"
        f"  first {first:5.0f} ms"
        f"  asked p50 {figures['p50']:5.1f} p95 {figures['p95']:5.1f}"
        f" (CPU {figures['cpu p50']:.1f} {figures['cpu p95']:.1f}) ms"
        + (f" goal {goal}" if goal else "")
        + f"  seen {figures['seen']:4.0f} ms"
        f"  RSS +{figures['modules']:.0f} modules +{figures['grown']:.0f} MiB",
        flush=True,
    )


def main() -> None:
    """Print a row for every size."""
    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--from", dest="source", type=Path)
    parser.add_argument("--ask", nargs=2, type=Path)
    given = parser.parse_args()
    if given.ask:
        root, state = given.ask
        print(json.dumps(dict(ask(root, state, json.load(sys.stdin)))))
        return
    source = given.source or ROOT
    parts = pieces(source, cut=given.source is None)
    questions = subjects(source)
    print("goals: build <= 180 s CPU at 100,000, index <= 0.20x, first <= 1000, seen <= 400 ms,")
    print("       RSS <= +10 MiB, asked p95 <= 10, 30, 50 ms at 1,000, 28,000, 100,000 files")
    for files in given.sizes or SIZES:
        measure(files, parts, questions)


if __name__ == "__main__":
    main()

"""`spark-tui find`: what would go along with an instruction. Nothing is sent."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, out, print_json
from spark_tui.core.dataclass import replace
from spark_tui.core.errors import UsageError

if TYPE_CHECKING:
    from spark_tui.core.retrieve.answer import Answer

MOST_TEXT = 1_000_000
"""Characters of an instruction that are read."""

HISTORY_S = 0.5
"""So long the repository's past is waited for, s."""

LINGERS_S = 600.0
"""So long a first index may still be built after the command has ended, s."""


def find(args: Sequence[str]) -> int:
    """Print it; returns the exit status."""
    if args[:1] == ["--builder"]:
        from spark_tui.services.index.builder_process import main as build

        return build(args[1:])
    parser = Arguments(
        prog="spark-tui find",
        description="What would go along with an instruction: nothing is sent.",
    )
    add = parser.add_argument
    add("path", nargs="?", default=".", metavar="PATH", help="a folder of the repository")
    add("-m", "--message", metavar="TEXT", help="the instruction; - reads it from stdin")
    add("--budget", type=int, default=0, metavar="N", help="tokens at most (default 8000)")
    add("--wait", action="store_true", help="build the whole index first")
    add("--json", action="store_true", help="one JSON object")
    given = parser.parse_args(args)
    if given.budget < 0:
        raise UsageError(f"--budget {given.budget}", "a number of tokens")
    text = _text(given.message)
    answer = _answer(Path(given.path), text, given.budget, wait=given.wait)
    if answer.note:
        err(f"spark-tui: no index: {answer.note} · found by searching the files")
    if given.json:
        print_json(_object(answer))
    else:
        _told(answer)
    return 0


def _text(message: str | None) -> str:
    if message == "-" or (message is None and not sys.stdin.isatty()):
        data = sys.stdin.buffer.read(MOST_TEXT)
        message = data.decode("utf-8", "replace")
    if not (message or "").strip():
        raise UsageError("nothing to find", "spark-tui find -m 'what to change'")
    return (message or "")[:MOST_TEXT]


def _answer(path: Path, text: str, budget: int, *, wait: bool) -> Answer:
    from spark_tui.core.retrieve.answer import IndexState
    from spark_tui.core.retrieve.find import BUDGET
    from spark_tui.services import places
    from spark_tui.services.index.finder import RepositoryIndex
    from spark_tui.services.worktree.repo import find_repository

    repo = find_repository(path)
    index = RepositoryIndex(repo, places.state_dir(), lingers_s=0.0 if wait else LINGERS_S)
    history = threading.Thread(target=index.read_history, daemon=True)
    history.start()
    whole = index.refresh("" if wait else text)
    if not whole and wait:
        index.start()
        index.wait()
    history.join(HISTORY_S)
    answer = index.find(text, budget=budget or BUDGET)
    if whole or wait:
        return answer
    index.start()  # behind the answer: both want the processor
    index.started()
    return replace(answer, state=IndexState.BUILDING) if not answer.note else answer


def _object(answer: Answer) -> dict[str, object]:
    bundle = answer.bundle
    return {
        "blocks": [
            {
                "path": one.path,
                "first": one.first,
                "last": one.last,
                "tokens": one.tokens,
                "why": one.why,
            }
            for one in bundle.blocks
        ],
        "outlines": [
            {"path": one.path, "lines": [number for number, _ in one.lines], "tokens": one.tokens}
            for one in bundle.outlines
        ],
        "tokens": bundle.tokens,
        "ms": answer.took_ms,
        "index": {
            "state": str(answer.state),
            "files": answer.files,
            "age_ms": answer.age_ms,
        },
    }


def _told(answer: Answer) -> None:
    bundle = answer.bundle
    if not bundle.blocks and not bundle.outlines:
        out("nothing found for these words · name a file with @")
    for one in bundle.blocks:
        out(f"{one.path}:{one.first}-{one.last}  {one.tokens} tokens  {one.why}")
    for row in bundle.outlines:
        out(f"{row.path}  outline, {len(row.lines)} lines, {row.tokens} tokens")
    how = {"ready": "indexed", "building": "the index is being built", "none": "no index"}
    err(
        f"{bundle.tokens} tokens · {answer.took_ms:.0f} ms ·"
        f" {answer.files} files, {how[answer.state]}"
    )

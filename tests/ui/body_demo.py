"""Shows the body on its own with a scripted answer: python tests/ui/body_demo.py [STEPS] [THEME].

STEPS is how far the story goes: stream, done, decided, undone, stale (default: stream).
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Static

from spark_tui.core.config.theme import parse_theme
from spark_tui.core.context import ContextItem
from spark_tui.core.edits import writers
from spark_tui.core.edits.model import (
    Candidate,
    FileImage,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
    TaggedLine,
    blob_id,
)
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    Event,
    FileRead,
    FileTouched,
    Flushed,
    HunkGrew,
    HunksSet,
    HunkStarted,
    Metered,
    Said,
    TurnEnded,
    Undone,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.session import Session
from spark_tui.ui.frame import FramePump
from spark_tui.ui.style.palette import Palette, textual_theme
from spark_tui.ui.transcript.widget import Transcript

RETRY = (
    '"""When to try again, and how long to wait first."""\n'
    "\n"
    "from .clock import now\n" + "\n" * 34 + "RETRYABLE = {429, 502, 503}\n"
    "\n"
    "\n"
    "def backoff(attempt):\n"
    "    return 0.5 * 2 ** attempt\n"
    "\n"
    "\n"
    "def should_retry(reply):\n"
    "    return reply.status in RETRYABLE\n"
)
TESTS = "import pytest\n" * 16 + (
    "\ndef test_backoff_grows():\n    assert backoff(1) == 1.0\n    assert backoff(2) == 2.0\n"
)
ENDPOINT = EndpointLabel("spark", "gpt-5.3-codex-spark", "openai", "ws", warm=True)
ONE, TWO, THREE = HunkId(7, 1, "1"), HunkId(7, 2, "1"), HunkId(7, 3, "1")


def image(path: str, text: str) -> FileImage:
    """A file as it would be read from disk."""
    data = text.encode()
    lines = tuple(text.splitlines(keepends=True))
    return FileImage(path, data, blob_id(data), 0o100644, "utf-8", "\n", b"", lines)


def located(
    hunk_id: HunkId, base: FileImage, first: int, old: str, new: str, **more: object
) -> Hunk:
    """An open hunk that replaces lines from 1-based `first`."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return Hunk(
        hunk_id,
        base.path,
        FileOp.UPDATE,
        HunkState.OPEN,
        base_span=(first - 1, first - 1 + len(before)),
        old=tuple(before),
        new=tuple(after),
        added=len(after),
        removed=len(before),
        **more,  # type: ignore[arg-type]
    )


def first_hunk() -> Hunk:
    """The change to net/retry.py."""
    return located(
        ONE,
        image("net/retry.py", RETRY),
        41,
        "def backoff(attempt):\n    return 0.5 * 2 ** attempt\n",
        "def backoff(attempt, reply=None):\n    wait = retry_after(reply)\n    if wait is None:\n"
        "        wait = 0.5 * 2 ** attempt\n    return min(wait, 8.0)\n",
    )


def refused() -> Hunk:
    """The change to net/client.py, which fits in two places."""
    return Hunk(
        TWO,
        "net/client.py",
        FileOp.UPDATE,
        HunkState.REFUSED,
        raw=RawHunk(
            (
                TaggedLine("-", "        delay = backoff(n)"),
                TaggedLine("+", "        delay = backoff(n, reply)"),
            )
        ),
        refusal=Refusal(
            RefusalCode.AMBIGUOUS,
            "fits in 2 places, so it is not placed",
            candidates=(Candidate(57, "send()"), Candidate(112, "stream()")),
        ),
        added=1,
        removed=1,
    )


def writing() -> Iterator[Event]:
    """The third hunk as it arrives, a few characters at a time."""
    yield FileTouched(0, 7, 3, FileOp.UPDATE, "tests/test_retry.py")
    yield FileRead(0, 7, 3, image("tests/test_retry.py", TESTS))
    yield HunkStarted(0, 7, THREE, "tests/test_retry.py", FileOp.UPDATE)
    context = (
        TaggedLine(" ", "def test_backoff_grows():"),
        TaggedLine(" ", "    assert backoff(1) == 1.0"),
    )
    for line in context:
        yield HunkGrew(0, 7, THREE, (line,), "", " ")
    done: tuple[TaggedLine, ...] = ()
    for text in ("", "def test_backoff_is_capped():", "    assert backoff(10) == 8.0"):
        for n in range(4, len(text), 4):
            yield HunkGrew(0, 7, THREE, done, text[:n], "+")
            done = ()
        done = (TaggedLine("+", text),)
        if text.endswith("8.0"):
            break
        yield HunkGrew(0, 7, THREE, done, "", "+")
        done = ()


def third_hunk() -> Hunk:
    """The new test."""
    return located(
        THREE,
        image("tests/test_retry.py", TESTS),
        20,
        "",
        "\ndef test_backoff_is_capped():\n    assert backoff(10) == 8.0\n"
        "    assert backoff(4) == 8.0\n",
    )


def stale() -> Hunk:
    """The first hunk after somebody changed its second line."""
    hunk = first_hunk()
    return Hunk(
        hunk.id,
        hunk.path,
        hunk.op,
        HunkState.STALE,
        base_span=(41, 42),
        old=("    return 0.5 * 2 ** attempt\n",),
        new=("    return min(0.5 * 2 ** attempt, 8.0)\n",),
        refusal=Refusal(
            RefusalCode.STALE,
            "you changed line 42 since",
            42,
            "    return 0.5 * 2 ** attempt",
            "    return 1.0 * 2 ** attempt",
            by=writers.YOU,
        ),
        added=1,
        removed=1,
    )


def story(steps: str = "stream") -> list[Event]:
    """All events up to a point: stream, done, decided, undone or stale."""
    reading = Reading(input=2140, cached=1519, output=388, elapsed_ns=470_000_000)
    base = image("net/retry.py", RETRY)
    context = tuple(
        ContextItem(path, None, 700)
        for path in ("net/retry.py", "net/client.py", "tests/test_retry.py")
    )
    text = "make backoff() honour Retry-After, at most 8 s, and test it"
    out: list[Event] = [
        Asked(0, 7, text, context, 2140, ENDPOINT),
        Said(0, 7, "The server's own wait wins; "),
        Said(0, 7, "without one it doubles, never beyond 8 seconds.\n\n"),
        Metered(0, 7, reading),
        FileTouched(0, 7, 1, FileOp.UPDATE, "net/retry.py"),
        FileRead(0, 7, 1, base),
        HunkStarted(0, 7, ONE, "net/retry.py", FileOp.UPDATE),
        HunkGrew(0, 7, ONE, (TaggedLine(" ", "def backoff(attempt):"),), "    retu", "-"),
        HunksSet(0, 7, (first_hunk(),)),
        HunkStarted(0, 7, TWO, "net/client.py", FileOp.UPDATE),
        HunksSet(0, 7, (refused(),)),
        *writing(),
    ]
    if steps == "stream":
        return out
    out += [HunksSet(0, 7, (third_hunk(),)), TurnEnded(0, 7, Ending.COMPLETE, reading)]
    if steps == "stale":
        return [*out, HunksSet(0, 7, (stale(),))]
    if steps == "done":
        return out
    out += [
        Decided(0, 7, (ONE,), HunkState.KEPT),
        Flushed(0, 7, (ONE,), 14, 1, 9_000_000),
    ]
    if steps == "kept":
        return out
    out += [
        Decided(0, 7, (TWO,), HunkState.DROPPED),
        Decided(0, 7, (THREE,), HunkState.KEPT),
        Flushed(0, 7, (THREE,), 15, 1, 7_000_000),
    ]
    if steps == "decided":
        return out
    return [*out, Undone(0, 16, 15, (THREE,), 6_000_000)]


def palette(name: str) -> Palette:
    """A shipped theme, by name."""
    file = Path(__file__).parents[2] / "themes" / f"{name}.toml"
    spec = parse_theme(tomllib.loads(file.read_text()), file.name)
    return Palette(spec, no_color="NO_COLOR" in os.environ)


class Demo(App[None]):
    """The body between a top row and four rows below."""

    CSS = "Screen { layout: vertical; } Static { height: 1; } #foot { height: 4; }"
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        ("j", "move(1)", "next"),
        ("k", "move(-1)", "previous"),
        ("r", "review", "review"),
        ("x", "more", "more"),
        ("f", "fold", "fold"),
        ("q", "quit", "quit"),
    ]

    def __init__(self, steps: str, theme: str) -> None:
        super().__init__()
        self.steps = steps
        self.look = palette(theme)
        self.register_theme(textual_theme(self.look.spec))
        self.theme = self.look.spec.name
        self.body = Transcript(self.look)
        self.pump = FramePump(self.body.handle, Session())

    def compose(self) -> ComposeResult:
        """One row, the body, four rows."""
        yield Static(" httpkit main", markup=False)
        yield self.body
        yield Static("-- review", id="foot", markup=False)

    def on_mount(self) -> None:
        """Play the story."""
        self.body.review_focus = True
        self.body.focus()
        self.call_after_refresh(self.play)

    def play(self) -> None:
        """Feed everything."""
        for event in story(self.steps):
            self.pump.handle([event])

    def action_move(self, step: int) -> None:
        """Next or previous hunk."""
        self.body.move(step, only_open=False)

    def action_review(self) -> None:
        """Take or leave the keyboard."""
        self.body.review_focus = not self.body.review_focus

    def action_more(self) -> None:
        """More context."""
        if self.body.current is not None:
            self.body.more_context(self.body.current)

    def action_fold(self) -> None:
        """Fold or unfold."""
        if self.body.current is not None:
            self.body.toggle_fold(self.body.current)


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "", ""]
    Demo(arguments[0] or "stream", arguments[1] or "spark-dark").run()

"""Every way from outside text to a line of plain mode and to a line of the messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from spark_tui.core.checks import CheckResult
from spark_tui.core.comments import CommentRequest
from spark_tui.core.events import (
    Checked,
    CommentsWaiting,
    EndpointLabel,
    EndpointSet,
    Event,
    HunksSet,
    Notice,
)
from spark_tui.ui.plain.session import PlainSession
from tests.ui.scripted import FakeConductor, first_events, first_hunk


def _said(events: Sequence[Event], *lines: str) -> str:
    fake = FakeConductor()
    told: list[str] = []
    plain = PlainSession(fake, told.append)
    plain.do("cap it")
    fake.push(*events)
    while not fake._queue.empty():
        batch = fake._queue.get_nowait()
        fake.session = fake.live
        plain.handle(batch or ())
    for line in lines:
        plain.do(line)
    return "\n".join(told)


def _hunk(text: str) -> str:
    hunk = first_hunk(1)
    evil = replace(hunk, id=hunk.id._replace(ordinal="9"), path=f"{text}.py")
    return _said([*first_events(1, 1), HunksSet(2, 1, (evil,))], "/list")


def _body(text: str) -> str:
    hunk = first_hunk(1)
    line = text.replace("\n", "").replace("\r", "")
    evil = replace(hunk, id=hunk.id._replace(ordinal="9"), old=("x\n",), new=(f"{line}\n",))
    return _said([*first_events(1, 1), HunksSet(2, 1, (evil,))])


PLAIN_SINKS: dict[str, Callable[[str], str]] = {
    "plain: a notice": lambda text: _said([Notice(1, text, (text,))]),
    "plain: an endpoint": lambda text: _said(
        [EndpointSet(1, EndpointLabel(text, text, text, "ws"))], "/endpoint"
    ),
    "plain: a path": _hunk,
    "plain: a line": _body,
    "plain: a comment": lambda text: _said(
        [CommentsWaiting(1, (CommentRequest(f"{text}.py", 1, text, text),))]
    ),
    "plain: a check": lambda text: _said([Checked(2, (CheckResult(text, False, 1, 1, text),))]),
}

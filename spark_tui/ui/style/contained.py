"""A part of the screen that breaks takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Region
from textual.message import Message
from textual.message_pump import MessagePump
from textual.strip import Strip
from textual.widget import Widget

from spark_tui.ui.style.screen_faults import ScreenFaults


def shown_or_blank(
    widget: Widget, crop: Region, lines: Callable[[Region], list[Strip]]
) -> list[Strip]:
    """The rows that `lines` makes; where that breaks it is told of, and the rows are blank."""
    try:
        return lines(crop)
    except Exception as error:
        faults: ScreenFaults | None = getattr(widget.app, "faults", None)
        if faults is None:
            raise
        faults.heard(error)
        return [Strip.blank(crop.width)] * crop.height


class FaultBoundary(MessagePump):
    """Where a message breaks that is told of, and the next one is read; else all would end."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            faults: ScreenFaults | None = getattr(self.app, "faults", None)
            if faults is None:
                raise
            faults.heard(error)

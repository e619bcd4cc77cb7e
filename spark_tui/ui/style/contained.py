"""A widget that can't paint its rows shows none, and takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Region
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

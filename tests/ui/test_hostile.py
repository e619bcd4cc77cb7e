"""Nothing from outside reaches the terminal as anything but harmless cells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spark_tui.core.context import ContextItem
from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState
from spark_tui.core.events import (
    Asked,
    EndpointLabel,
    EndpointSet,
    HunksSet,
    Notice,
    Severity,
    TreeChanged,
)
from spark_tui.core.printable import safe
from spark_tui.core.tree import ChangedFile, Tree
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.session.receipt import receipt
from tests.sinks.payloads import ALL_AT_ONCE, HEAD
from tests.ui.scripted import FakeConductor, driven

MARKUP = "[@click=app.quit]x[/] [/red] \udc80\nline\rback"


@pytest.mark.parametrize("payload", [ALL_AT_ONCE, MARKUP], ids=["bytes", "markup"])
async def test_every_surface_shows_hostile_text_as_plain_cells(payload: str) -> None:
    evil = f"{HEAD}{payload}"
    fake = FakeConductor()
    fake.known = (f"src/{evil}.py", "ok.py")
    label = EndpointLabel(f"n{evil}", f"m{evil}", f"p{evil}", f"w{evil}", warm=True)
    options = ShellOptions(history=(f"do {evil}",))
    async with driven(fake, options=options) as drive:
        changed = (ChangedFile(f"src/{evil}", 1, 1),)
        fake.push(
            EndpointSet(0, label),
            TreeChanged(0, Tree(f"repo{evil}", f"branch{evil}", changed), (f"src/{evil}",)),
            Asked(1, 1, f"ask {evil}", (ContextItem(f"c{evil}", None, 3),), 3, label),
            HunksSet(
                2,
                1,
                (
                    Hunk(HunkId(1, 1, "1"), f"src/{evil}", FileOp.CREATE, HunkState.OPEN),
                    replace(
                        Hunk(HunkId(1, 2, "1"), f"x{evil}", FileOp.UPDATE, HunkState.STALE),
                        added=1,
                    ),
                ),
            ),
            Notice(3, f"notice {evil}", (f"way {evil}",), Severity.ERROR),
        )
        await drive.settled()
        seen = [drive.screen]
        for keys in (("f3",), ("escape", "ctrl+r"), ("escape", "ctrl+x", "w"), ("escape", "f2")):
            await drive.press(*keys)
            seen.append(drive.screen)
        await drive.press("ctrl+o", "i", "@")
        seen.append(drive.screen)
        for screen in seen:
            assert all(safe(line) == line for line in screen.split("\n"))
        assert all(HEAD in screen for screen in seen)  # it arrived
        assert all(safe(line) == line for line in receipt(fake.live, 1))
        assert not drive.app._exit

"""One table from a command to what does it, checked against the table of commands."""

from __future__ import annotations

import pytest

from spark_tui.core.tree_review.patch_source import PatchSource
from spark_tui.ui.actions.handlers import followed, merged
from spark_tui.ui.input.commands import TABLE, Column
from spark_tui.ui.options import TreeReviewSetup
from spark_tui.ui.tree_review.screen import TreeReviewScreen
from tests.ui.scripted import Drive


async def test_every_command_has_a_handler_and_every_handler_a_command(drive: Drive) -> None:
    keys, code = drive.app.desk.keys, drive.app.desk.code
    done = {*keys.handlers, *keys.key_handlers, *code.commands, *code.key_handlers}
    review = TreeReviewScreen(
        drive.app, TreeReviewSetup(lambda: PatchSource(())), drive.app.desk.keymap
    )
    assert {*done, *review.commands} ^ {command.id for command in TABLE} == set()
    of_review = {c.id for c in TABLE if c.keys_in(Column.TREE)}
    assert of_review <= set(review.commands)


def test_two_handlers_for_one_command_are_refused() -> None:
    with pytest.raises(ValueError, match="two handlers for keep"):
        merged({"keep": print, "drop": print}, {"keep": print})


def test_what_follows_a_command_comes_after_it() -> None:
    order: list[object] = []
    followed({"keep": order.append}, lambda: order.append("after"))["keep"](3)
    assert order == [3, "after"]

"""Prompts of a wanted size that no cache has seen: each begins with a text of its own."""

from __future__ import annotations

import random
import secrets

from spark_tui.core.endpoint.wire import ChatMessage, ModelRequest
from spark_tui.core.tokens import weight

INSTRUCTIONS = "Do what the last line says. Plain text, no preface, no code."

_WORDS = """
river stone amber market window silver garden paper engine candle harbour meadow signal thread
copper winter lantern bridge orchard valley compass feather hammer island kettle ladder marble
needle ocean pepper quarry ribbon saddle timber velvet willow anchor basket
"""
_CHOICE = tuple(_WORDS.split())
_LINE = 12


def request_of(size: int, output: int) -> ModelRequest:
    """A request of about `size` input tokens (estimated) for `output` tokens of answer.

    The first words are random, so that no prefix of it is cached anywhere; the last line asks for
    more words than the bound on the output lets through.
    """
    asked = f"\n\nWrite {output} words."
    unique = secrets.token_hex(16)
    room = size - weight(INSTRUCTIONS) - weight(asked) - weight(unique)
    chance = random.Random(unique)  # noqa: S311 - filler, no secret
    lines = [unique]
    while room > 0:
        line = " ".join(chance.choice(_CHOICE) for _ in range(_LINE))
        cost = weight(f"{line}\n")
        if cost > room:
            line = line[: max(1, int(len(line) * room / cost))]
        lines.append(line)
        room -= cost
    text = "\n".join(lines) + asked
    return ModelRequest(INSTRUCTIONS, (ChatMessage("user", text),), output)

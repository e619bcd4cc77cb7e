"""An instruction in full that knows which parts of it were pasted: they can be shown folded."""

from __future__ import annotations

from collections.abc import Iterable

PastedBlocks = tuple[tuple[int, int], ...]
"""Where pasted blocks begin and end in a text, in order and apart."""


class Folded(str):
    """The text as it is sent. `blocks` are the parts of it that were pasted as blocks."""

    __slots__ = ("blocks",)
    blocks: PastedBlocks

    def __new__(cls, text: str, blocks: Iterable[tuple[int, int]] = ()) -> Folded:
        """Blocks that are no part of the text, or overlap, are left out."""
        made = super().__new__(cls, text)
        kept: list[tuple[int, int]] = []
        for start, end in blocks:
            if (kept[-1][1] if kept else 0) <= start < end <= len(text):
                kept.append((start, end))
        made.blocks = tuple(kept)
        return made


def blocks_of(text: str) -> PastedBlocks:
    """The pasted blocks of a text, none where nobody knows of any."""
    return text.blocks if isinstance(text, Folded) else ()


def spliced(text: str, start: int, end: int, new: str) -> Folded:
    """The text with [start, end) replaced by `new`; blocks behind it move along."""
    more = len(new) - (end - start)
    blocks = ((a + more, b + more) if a >= end else (a, b) for a, b in blocks_of(text))
    return Folded(f"{text[:start]}{new}{text[end:]}", blocks)


def label_of(block: str) -> str:
    """What stands for a pasted block: `[pasted 28 lines]`."""
    count = block.rstrip("\n").count("\n") + 1
    return f"[pasted {count} line{'s' * (count != 1)}]"


def brief(text: str) -> str:
    """The text with its pasted blocks folded."""
    out, at = [], 0
    for start, end in blocks_of(text):
        out += [text[at:start], label_of(text[start:end])]
        at = end
    return "".join([*out, text[at:]])

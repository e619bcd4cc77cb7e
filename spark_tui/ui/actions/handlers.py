"""One table from a command's id to what does it, merged from those of the actions at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Handler = Callable[[int], object]
"""Does a command; gets the stamp of its key, ns."""

KeyHandler = Callable[[str, int], object]
"""Does a command that several keys have, each with a meaning: gets the key and its stamp."""


def followed(handlers: Mapping[str, Handler], after: Callable[[], object]) -> dict[str, Handler]:
    """The same commands, with `after` called when one is done."""

    def then(handler: Handler) -> Handler:
        def both(at: int) -> None:
            handler(at)
            after()

        return both

    return {command: then(handler) for command, handler in handlers.items()}


def merged(*tables: Mapping[str, Handler]) -> dict[str, Handler]:
    """One table out of several. Raises ValueError for a command that two of them have."""
    out: dict[str, Handler] = {}
    for table in tables:
        twice = out.keys() & table.keys()
        if twice:
            raise ValueError(f"two handlers for {', '.join(sorted(twice))}")
        out |= table
    return out

"""What goes along with an instruction: reads the named files, or chooses when none is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spark_tui.core.context import (
    WHOLE_REPOSITORY_BYTES,
    WHOLE_REPOSITORY_FILES,
    Excerpt,
    excerpt,
    mentions,
    named_without_at,
    nearest,
)
from spark_tui.core.edits.model import FileImage
from spark_tui.core.errors import FileRefusedError, WorktreeError
from spark_tui.pair.ports import Worktree

LISTING_LIMIT = 400
"""Paths listed for the model when no file goes along."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Excerpts to send, the images they were cut from, and paths to list if there are none.

    `named` says that the person chose the files.
    """

    excerpts: tuple[Excerpt, ...]
    images: tuple[FileImage, ...]
    listing: tuple[str, ...] = ()
    named: bool = False


def gather(
    text: str, worktree: Worktree, known: Sequence[str], previous: Sequence[str] = ()
) -> Gathered:
    """Read what `text` names; blocks, so call it in a thread.

    Without a mention: files whose names stand in the text, else the files of the `previous` turn,
    else the whole repository if it is small, else none (then `listing` names what there is).
    Raises WorktreeError for a mention that is missing or can't be read: nothing is sent then.
    """
    named = mentions(text, known)
    if named:
        return _read_named([(m.path, m.lines) for m in named], worktree, known)
    chosen = named_without_at(text, known) or tuple(previous)
    if chosen:
        return _read_quietly(chosen, worktree)
    if 0 < len(known) <= WHOLE_REPOSITORY_FILES:
        everything = _read_quietly(known, worktree)
        if everything.excerpts:
            return everything
    return Gathered((), (), tuple(known[:LISTING_LIMIT]))


def _read_named(
    named: Sequence[tuple[str, tuple[int, int] | None]],
    worktree: Worktree,
    known: Sequence[str],
) -> Gathered:
    excerpts: list[Excerpt] = []
    images: dict[str, FileImage] = {}
    for path, lines in named:
        image = images.get(path) or _read(path, worktree)
        if not image.exists:
            close = nearest(path, known)
            raise FileRefusedError(
                path,
                f"{path} is not here",
                f"nearest: {close}" if close else "Ctrl+X f finds a file",
            )
        if lines is not None and lines[0] > len(image.lines):
            raise FileRefusedError(
                path, f"{path} has {len(image.lines)} lines", f"name a range within: @{path}:1-10"
            )
        images[path] = image
        excerpts.append(excerpt(image, lines))
    return Gathered(tuple(excerpts), tuple(images.values()), named=True)


def _read(path: str, worktree: Worktree) -> FileImage:
    try:
        image = worktree.read(path)
    except FileRefusedError as error:
        raise FileRefusedError(path, error.what, "nothing sent") from None
    if b"\0" in image.data:
        raise FileRefusedError(path, f"{path} is a binary file", "nothing sent")
    return image


def _read_quietly(paths: Sequence[str], worktree: Worktree) -> Gathered:
    """Files nobody named: unreadable, binary or missing ones are left out, and so is too much."""
    images: list[FileImage] = []
    size = 0
    for path in paths:
        try:
            image = worktree.read(path)
        except WorktreeError:
            continue
        if not image.exists or b"\0" in image.data:
            continue
        size += len(image.data)
        if size > WHOLE_REPOSITORY_BYTES:
            return Gathered((), (), tuple(paths[:LISTING_LIMIT]))
        images.append(image)
    return Gathered(tuple(excerpt(i) for i in images), tuple(images))

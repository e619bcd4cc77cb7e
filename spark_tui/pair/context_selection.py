"""What goes along with an instruction: reads the named files, or chooses when none is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from spark_tui.core.context import (
    AROUND,
    CLIPBOARD,
    DIFF,
    EXTRA_CHARS,
    FOUND_TOKENS,
    LAST,
    NOTHING_OMITTED,
    OUTLINES,
    WHOLE_REPOSITORY_BYTES,
    WHOLE_REPOSITORY_FILES,
    Excerpt,
    FileLines,
    FileNames,
    LineRange,
    Omitted,
    WorkingSet,
    excerpt,
    extra,
    outlines,
    surroundings,
)
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import FileImage
from spark_tui.core.errors import FileRefusedError, WorktreeError
from spark_tui.core.green.brief import CheckBrief
from spark_tui.core.guidance import as_guidance, guidance_for
from spark_tui.core.mentions import Mention, mentions
from spark_tui.core.nearest import nearest
from spark_tui.core.remedy import Remedy
from spark_tui.core.tokens import estimate, weight
from spark_tui.pair.last_save import LastSave
from spark_tui.pair.ports import Worktree

if TYPE_CHECKING:
    from spark_tui.core.retrieve.answer import Answer

LISTING_LIMIT = 400
"""Paths listed for the model when no file goes along."""


ReadClipboard = Callable[[], str]
"""The clipboard's text; blocks, and raises SparkError where there is none."""


def no_clipboard() -> str:
    """Raises FileRefusedError: nobody gave us a clipboard."""
    raise FileRefusedError(CLIPBOARD, "the clipboard can't be read here", "nothing sent")


Trusts = Callable[[str, str], bool]
"""Whether the person trusts this path's text, so that it may speak to the model; blocks."""


def trusts_nothing(_path: str, _text: str) -> bool:
    """Nobody was asked."""
    return False


@dataclass(frozen=True, slots=True)
class Gathered:
    """Excerpts to send, the images they were cut from, and paths to list if there are none.

    `named` says that the person chose the files, now or with an earlier instruction; `again` are
    those that go along only because they did before, `left_out` those that had no room among them.
    `answer` is what was found for the words, None where nothing was looked for; `outlines` counts
    the files outlined. `selected` says that the first excerpt is the file of selected lines.
    """

    excerpts: tuple[Excerpt, ...]
    images: tuple[FileImage, ...]
    listing: tuple[str, ...] = ()
    named: bool = False
    again: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    answer: Answer | None = None
    outlines: int = 0
    selected: bool = False


Find = Callable[[int], "Answer | None"]
"""What is found for the instruction where so many tokens go along already, None where nothing can
be looked for; blocks.
"""


def find_nothing(_used: int) -> None:
    """Nobody looks."""
    return


def gather(
    text: str,
    worktree: Worktree,
    known: FileNames,
    previous: WorkingSet = WorkingSet(),  # noqa: B008 - a constant
    clipboard: ReadClipboard = no_clipboard,
    find: Find = find_nothing,
    last: LastSave | None = None,
    room: int = FOUND_TOKENS,
) -> Gathered:
    """Read what `text` names; blocks, so call it in a thread.

    What is mentioned goes whole and first; in all but small repositories what `find` finds fills
    the rest. Without a mention: the files that a named diff changes, else what the words point at
    without an `@`, else a small repository as a whole. In a larger one what the `previous`
    turns leave (what was named whole, what was edited within `room` tokens) and what `find` finds;
    where that is nothing, `listing` names what there is. Raises WorktreeError for a mention that is
    missing or can't be read: nothing is sent then.
    """
    files, extras = _split(mentions(text, known), known)
    read = tuple(_extra(name, worktree, clipboard, last) for name in extras)
    if files or LAST in extras:
        named: list[FileLines] = [(m.path, m.lines) for m in files]
        known_paths = {path for path, _ in named}
        saved = last.paths if LAST in extras and last is not None else ()
        named += [(path, None) for path in saved if path not in known_paths]
        found = _read_named(named, worktree, known)
        found = _filled(found, text, worktree, known, find)
    else:
        changed = _changed_by(worktree) if DIFF in extras else ()
        found = _choose(text, worktree, known, changed, previous, find, room)
    return replace(found, excerpts=(*found.excerpts, *read))


def is_small(known: FileNames) -> bool:
    """Whether a repository is so small that nothing is looked for in it."""
    return 0 < len(known.paths) <= WHOLE_REPOSITORY_FILES


def points(text: str, known: FileNames) -> tuple[str, ...]:
    """The files that a text points at without naming them by `@`, and the symbols it mentions."""
    from spark_tui.core.retrieve.places import places, symbols

    return (*(place.path for place in places(text, known)), *symbols(text))


def _filled(
    found: Gathered, text: str, worktree: Worktree, known: FileNames, find: Find
) -> Gathered:
    """What is named, and behind it what the words point at or are about."""
    used = sum(estimate(piece.text) for piece in found.excerpts)
    answer = None if is_small(known) else find(used)
    return _with_found(found, answer or _pointed(text, worktree, known), worktree)


def _pointed(text: str, worktree: Worktree, known: FileNames) -> Answer | None:
    """What the words of `text` point at, where no index is asked; None for nothing.

    Only the files that are meant are read; a small repository all, for its symbols.
    """
    meant = points(text, known)
    if not meant:
        return None
    from spark_tui.core.retrieve.answer import Answer, IndexState
    from spark_tui.core.retrieve.find import BUDGET, find
    from spark_tui.core.retrieve.memory import MemoryIndex
    from spark_tui.core.retrieve.pack import Bundle, is_pointed

    index = MemoryIndex()
    blobs: dict[str, str] = {}
    paths = known.paths if is_small(known) else [path for path in meant if path in known.all]
    for image in _readable(dict.fromkeys(paths), worktree):
        if index.put(image.path, image.sha, excerpt(image).text):
            blobs[image.path] = image.sha
    bundle = find(text, index, budget=BUDGET, root=known.root)
    blocks = tuple(block for block in bundle.blocks if is_pointed(block.why))
    if not blocks:
        return None
    return Answer(Bundle(blocks), IndexState.READY, len(blobs), blobs=blobs)


def gather_span(
    span: LineRange,
    text: str,
    worktree: Worktree,
    known: FileNames,
    clipboard: ReadClipboard = no_clipboard,
    last: LastSave | None = None,
) -> Gathered:
    """The file of a selection first and whole, then what `text` names; errors as `gather`."""
    own = _read_named([(span.path, span.lines)], worktree, known)
    files, extras = _split(mentions(text, known), known)
    named = _read_named([(m.path, m.lines) for m in files], worktree, known)
    read = tuple(_extra(name, worktree, clipboard, last) for name in extras)
    images = {i.path: i for i in (*own.images, *named.images)}
    others = tuple(e for e in named.excerpts if e.path != span.path)
    sent = (excerpt(own.images[0]), *others, *read)
    return Gathered(sent, tuple(images.values()), named=True, selected=True)


def with_guidance(
    found: Gathered, worktree: Worktree, known: FileNames, trusts: Trusts
) -> Gathered:
    """The project's guidance for what goes along, as far as it is trusted; blocks.

    It stands behind the first file, where that is the one lines are selected of.
    """
    sent = [piece.path for piece in found.excerpts if not (piece.about or piece.edited)]
    names = [name for name in guidance_for(sent, known.all) if name not in sent]
    texts = [
        (image.path, text)
        for image in _readable(names, worktree)
        if trusts(image.path, text := excerpt(image).text)
    ]
    first = found.excerpts[:1] if found.selected else ()
    rest = found.excerpts[len(first) :]
    return replace(found, excerpts=(*first, *as_guidance(texts), *rest))


def leaving_out(found: Gathered, omitted: Omitted) -> Gathered:
    """What goes along without what the person took out of it."""
    if omitted == NOTHING_OMITTED:
        return found

    def kept(piece: Excerpt) -> bool:
        if piece.path == OUTLINES and piece.about:
            return not omitted.outlines
        return not omitted.has(piece.path, piece.lines)

    excerpts = tuple(piece for piece in found.excerpts if kept(piece))
    paths = {piece.path for piece in excerpts}
    return replace(
        found,
        excerpts=excerpts,
        images=tuple(image for image in found.images if image.path in paths),
        again=tuple(path for path in found.again if path in paths),
        outlines=0 if omitted.outlines else found.outlines,
    )


PLACE_LINES = 60
"""Lines above and below a place that a check names which go along."""

WHOLE_FILE = 400
"""A file up to so many lines goes along whole where a check names it."""


def with_places(found: Gathered, told: CheckBrief, worktree: Worktree) -> Gathered:
    """What goes along already, then the places that a check names, then what it says; blocks."""
    whole = {e.path for e in found.excerpts if not e.about and e.lines is None}
    images = {image.path: image for image in found.images}
    wanted: dict[str, list[tuple[int, int]]] = {}
    for place in told.places:
        if place.path not in whole:
            wanted.setdefault(place.path, []).append((place.first, place.last))
    pieces: list[Excerpt] = []
    for image in _readable(wanted, worktree):
        images.setdefault(image.path, image)
        parts = wanted[image.path]
        if len(image.lines) <= WHOLE_FILE or (0, 0) in parts:
            pieces.append(excerpt(image))
            whole.add(image.path)
        else:
            pieces += [excerpt(image, lines) for lines in _joined(parts)]
    kept = tuple(e for e in found.excerpts if e.lines is None or e.path not in whole)
    sent = (*kept, *pieces, told.excerpt())
    return replace(found, excerpts=sent, images=tuple(images.values()), named=True)


def _joined(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges with the lines around them, those that touch as one."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(parts):
        around = (max(1, first - PLACE_LINES), last + PLACE_LINES)
        if out and around[0] <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], around[1]))
        else:
            out.append(around)
    return out


def _split(named: Sequence[Mention], known: FileNames) -> tuple[list[Mention], list[str]]:
    """Files, and the diff or the clipboard where no file has their name."""
    extras = [m for m in named if m.path in (DIFF, LAST, CLIPBOARD) and m.path not in known.all]
    return [m for m in named if m not in extras], list(dict.fromkeys(m.path for m in extras))


def _extra(
    name: str, worktree: Worktree, clipboard: ReadClipboard, last: LastSave | None
) -> Excerpt:
    if name == LAST:
        text = last.text if last is not None else ""
        what = "nothing was saved outside since the start"
    else:
        text = worktree.diff() if name == DIFF else clipboard()
        what = "nothing is changed here" if name == DIFF else "the clipboard is empty"
    if not text.strip():
        raise FileRefusedError(name, what, "nothing sent")
    return extra(name, text)


def _changed_by(worktree: Worktree) -> tuple[str, ...]:
    """The files that differ from HEAD: an edit of what a diff shows needs their text."""
    return tuple(c.path for c in worktree.tree().changed if c.status != "D")


def _choose(
    text: str,
    worktree: Worktree,
    known: FileNames,
    changed: Sequence[str],
    previous: WorkingSet,
    find: Find,
    room: int,
) -> Gathered:
    """Files for a text that names none."""
    if changed:
        return _read_some(changed, worktree)
    pointed = _pointed(text, worktree, known) if is_small(known) else None
    if pointed is not None and any(block.why != "frame" for block in pointed.bundle.blocks):
        return _with_found(Gathered((), (), named=True), pointed, worktree)
    # Whoever points at a file means that one, and not those of before.
    again = Gathered((), ())
    if previous.paths and not points(text, known):
        again = _read_again(previous, worktree, room)
    if is_small(known) and again.excerpts:
        return again
    if is_small(known):
        images = list(_readable(known.paths, worktree))
        if images and sum(len(i.data) for i in images) <= WHOLE_REPOSITORY_BYTES:
            return Gathered(tuple(excerpt(i) for i in images), tuple(images))
    answer = find(0) if known.paths else None
    found = _with_found(again, answer or _pointed(text, worktree, known), worktree)
    if found.excerpts:
        return found
    return replace(found, listing=known.paths[:LISTING_LIMIT])


def _with_found(again: Gathered, answer: Answer | None, worktree: Worktree) -> Gathered:
    """What was found, behind what goes along again; files that changed meanwhile are left out."""
    from spark_tui.core.retrieve.pack import is_pointed

    if answer is None:
        return again
    images: dict[str, FileImage] = {i.path: i for i in again.images}
    there = again.excerpts
    pieces: list[Excerpt] = []
    for block in answer.bundle.blocks:
        span = block.first, block.last
        if any(_overlap(piece, block.path, span) for piece in there):
            continue
        image = images.get(block.path)
        if image is None:
            image = next(iter(_readable((block.path,), worktree)), None)
        if image is None or image.sha != answer.blobs.get(block.path):
            continue
        images[block.path] = image
        piece = excerpt(image, None if span == (1, len(image.lines)) else span)
        guess = not is_pointed(block.why)
        pieces.append(replace(piece, guess=guess, symbol=block.symbol))
    whole = {piece.path for piece in there if piece.lines is None}
    rows = [(o.path, o.lines) for o in answer.bundle.outlines if o.path not in whole]
    if rows and pieces:
        pieces.append(outlines(rows))
    return replace(
        again,
        excerpts=(*again.excerpts, *pieces),
        images=tuple(images.values()),
        named=again.named or any(not piece.guess for piece in pieces),
        answer=answer,
        outlines=len(rows) if pieces else 0,
    )


def _overlap(piece: Excerpt, path: str, span: tuple[int, int]) -> bool:
    """Whether a piece has some of these lines already."""
    if piece.path != path or piece.about:
        return False
    return piece.lines is None or (piece.lines[0] <= span[1] and span[0] <= piece.lines[1])


def _read_named(
    named: Sequence[tuple[str, tuple[int, int] | None]],
    worktree: Worktree,
    known: FileNames,
) -> Gathered:
    excerpts: list[Excerpt] = []
    images: dict[str, FileImage] = {}
    for path, lines in named:
        image = images.get(path) or _read(path, worktree)
        if not image.exists:
            close = nearest(path, known.paths)
            raise FileRefusedError(
                path,
                f"{path} is not here",
                f"nearest: {close}" if close else Remedy.FIND_FILE,
            )
        if lines is not None and lines[0] > max(1, len(image.lines)):
            raise FileRefusedError(
                path, f"{path} has {len(image.lines)} lines", f"name a range within: @{path}:1-10"
            )
        images[path] = image
        excerpts.append(_piece(image, lines))
    return Gathered(tuple(excerpts), tuple(images.values()), named=True)


def _piece(image: FileImage, lines: tuple[int, int] | None) -> Excerpt:
    """What a mention sends: one line points at a place, so what stands round it goes along."""
    if lines is None or lines[0] != lines[1]:
        return excerpt(image, lines)
    return surroundings(image, LineRange(image.path, *lines))


def _read(path: str, worktree: Worktree) -> FileImage:
    try:
        return worktree.read(path)
    except FileRefusedError as error:
        raise FileRefusedError(path, error.what, "nothing sent") from None


def _read_some(paths: Sequence[str], worktree: Worktree) -> Gathered:
    """Files that are meant though no `@` names them: those that fit in `EXTRA_CHARS`, in order."""
    images: list[FileImage] = []
    room = EXTRA_CHARS
    for image in _readable(paths, worktree):
        if len(image.data) <= room:
            room -= len(image.data)
            images.append(image)
    if not images:
        return Gathered((), (), tuple(paths[:LISTING_LIMIT]))
    return Gathered(tuple(excerpt(i) for i in images), tuple(images), named=True)


EDITED_LINES = 20
"""Lines above and below a hunk that go along with later instructions."""


def _read_again(before: WorkingSet, worktree: Worktree, room: int) -> Gathered:
    """What turns before leave to this one, as it is now.

    What was named goes whole. Lines round hunks, the newest first, and then what stands round named
    lines go along as far as `room` tokens reach. A line goes once: ranges that touch are one.
    """
    images = {image.path: image for image in _readable(before.paths, worktree)}
    whole = {path for path, lines in before.named if lines is None}
    parts: dict[str, _Part] = {path: _Part(image) for path, image in images.items()}
    left_out: dict[str, None] = {}
    left = float(room)
    around: list[tuple[_Part, tuple[int, int]]] = []
    for path, lines in before.named:
        part = parts.get(path)
        if part is None or lines is None or path in whole:
            continue
        if lines[0] > len(part.image.lines):
            whole.add(path)
            continue
        part.taken |= part.fresh(lines)
        part.named.update(range(lines[0], lines[1] + 1))
        if lines[1] - lines[0] < 2 * AROUND:  # others have their surroundings: they don't grow
            around.append((part, (lines[0] - AROUND, lines[1] + AROUND)))
    for path, lines in before.edited:
        if path not in parts or path in whole or lines is None:
            continue
        span = (lines[0] - EDITED_LINES, lines[1] + EDITED_LINES)
        cost = parts[path].take(span, left, cut=left == room)
        left -= cost or 0.0
        if cost is None:
            left_out[path] = None
    for part, span in around:
        left -= part.take(span, left) or 0.0
    pieces: list[Excerpt] = []
    for path, part in parts.items():
        pieces += [excerpt(part.image)] if path in whole else part.pieces()
    sent = dict.fromkeys(piece.path for piece in pieces)
    return Gathered(
        tuple(pieces),
        tuple(image for image in images.values() if image.path in sent),
        named=True,
        again=tuple(sent),
        left_out=tuple(path for path in left_out if path not in sent),
    )


class _Part:
    """The lines of one file that go along again: all that are `taken`, and those that are named."""

    def __init__(self, image: FileImage) -> None:
        self.image = image
        self.taken: set[int] = set()
        self.named: set[int] = set()

    def fresh(self, span: tuple[int, int]) -> set[int]:
        """The lines of a range that the file has and that are not taken."""
        lines = range(max(1, span[0]), min(len(self.image.lines), span[1]) + 1)
        return set(lines) - self.taken

    def take(self, span: tuple[int, int], room: float, *, cut: bool = False) -> float | None:
        """Take a range; its new lines' tokens, None where they are more than `room`. With `cut`
        its first lines are taken then, as far as they reach.
        """
        fresh: set[int] = set()
        cost = 0.0
        for number in sorted(self.fresh(span)):
            more = weight(self.image.lines[number - 1])
            if cost + more > room:
                if not (cut and fresh):
                    return None
                break
            fresh.add(number)
            cost += more
        self.taken |= fresh
        return cost

    def pieces(self) -> list[Excerpt]:
        """What is taken, every run of lines once."""
        runs: list[tuple[int, int]] = []
        for number in sorted(self.taken):
            if runs and number == runs[-1][1] + 1:
                runs[-1] = (runs[-1][0], number)
            else:
                runs.append((number, number))
        everything = (1, len(self.image.lines))
        return [
            replace(
                excerpt(self.image, None if run == everything else run),
                edited=self.named.isdisjoint(range(run[0], run[1] + 1)),
            )
            for run in runs
        ]


def _readable(paths: Iterable[str], worktree: Worktree) -> Iterator[FileImage]:
    """Files nobody named with `@`: unreadable, binary or missing ones are left out."""
    for path in paths:
        try:
            image = worktree.read(path)
        except WorktreeError:
            continue
        if image.exists:
            yield image

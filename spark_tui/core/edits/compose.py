"""From a place to a change: the new lines of a located hunk, and the file after kept hunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits import indent
from spark_tui.core.edits.blanks import suited
from spark_tui.core.edits.diff import opcodes
from spark_tui.core.edits.endings import ended, last_ended
from spark_tui.core.edits.index import Level, LineIndex, normalised
from spark_tui.core.edits.languages import Inside, insides, language_of
from spark_tui.core.edits.locate import Match
from spark_tui.core.edits.model import Change, FileImage, FileOp, Hunk, HunkId, RawHunk
from spark_tui.core.edits.text import absent, bare, created_as, ending, with_lines


@dataclass(frozen=True, slots=True)
class Replacement:
    """Base lines `[start, end)` become `new`; all with their endings."""

    start: int
    end: int
    old: tuple[str, ...]
    new: tuple[str, ...]


class IndentError(ValueError):
    """The hunk's indentation has no consistent relation to the file's."""


class MisfitError(ValueError):
    """Hunks do not fit a file, or each other; `path` is that file."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(what)
        self.path = path


def replacement(match: Match, index: LineIndex) -> Replacement:
    """What a matched hunk changes: kept lines from the file, added ones re-indented.

    Raises IndentError where the matched lines teach no rule for an added one.
    """
    image, raw = index.image, match.raw
    added = iter(_beginning(match, index, list(_added(match, index))))
    out: list[str] = []
    run = _Run([], [])
    cursor, pointer = match.start, 0
    for line in raw.lines:
        if line.tag == "+":
            run.new.append((line.text, next(added)))
            continue
        at = match.at[pointer]
        pointer += 1
        if at is None:
            continue
        if line.tag == " " or at > cursor:
            out += run.lines(image, cursor)
            run = _Run([], [])
        out += image.lines[cursor:at]
        if line.tag == " ":
            out.append(image.lines[at])
        else:
            run.old.append((line.text, at))
        cursor = at + 1
    out += run.lines(image, cursor)
    final = raw.final_newline
    if final is None and out and _ends_in_context(raw):
        final = bool(ending(out[-1]))  # that line is not touched, whatever was behind it
    return trimmed(image, match.start, match.end, out, final_newline=final)


def _beginning(match: Match, index: LineIndex, added: list[str]) -> list[str]:
    """The added lines, begun with tabs or blanks as the lines around them are."""
    if match.raw.spelled:
        return added
    lines: list[tuple[str, bool]] = []
    texts, olds = iter(added), iter(match.at)
    cursor = match.start
    for line in match.raw.lines:
        if line.tag == "+":
            lines.append((next(texts), True))
            continue
        at = next(olds)
        if at is not None:
            kept = index.texts[cursor : at + (line.tag == " ")]
            lines += [(text, False) for text in kept]
            cursor = at + 1
    found = suited(index, match.start, match.end, lines)
    if found is None:
        raise IndentError
    return [text for text, (_, is_new) in zip(found, lines, strict=True) if is_new]


def _ends_in_context(raw: RawHunk) -> bool:
    return next((line.tag == " " for line in reversed(raw.lines) if line.tag != "-"), False)


@dataclass(frozen=True, slots=True)
class _Run:
    """Removed and added lines of a hunk between two kept ones.

    `old` are (text as the hunk has it, line of the file), `new` (text as the hunk has it, text as
    the file would have it).
    """

    old: list[tuple[str, int]]
    new: list[tuple[str, str]]

    def lines(self, image: FileImage, end: int) -> list[str]:
        """The new lines in front of line `end`. One that is removed and added again stays."""
        if not self.new:
            return []
        before = self.old[0][1] if self.old else end
        above = image.lines[before - 1] if before else ""
        below = image.lines[end] if end < len(image.lines) else ""
        texts = [text for _, text in self.new]
        for op in opcodes([text for text, _ in self.old], [text for text, _ in self.new]):
            if op.equal:
                kept = [bare(image.lines[at]) for _, at in self.old[op.a1 : op.a2]]
                texts[op.b1 : op.b2] = kept
        return ended(image, [image.lines[at] for _, at in self.old], texts, above, below)


def joined(parts: Sequence[Hunk], image: FileImage) -> Replacement | None:
    """The changes of located hunks as one change, with the file's lines between them.

    None where one has no place, or they are not in order on these lines.
    """
    start = at = parts[0].base_span[0] if parts and parts[0].base_span else -1
    new: list[str] = []
    for part in parts:
        if part.base_span is None or part.op is not FileOp.UPDATE or part.depends_on:
            return None
        first, end = part.base_span
        if not 0 <= at <= first or image.lines[first:end] != part.old:
            return None
        new += [*image.lines[at:first], *part.new]
        at = end
    return Replacement(start, at, image.lines[start:at], tuple(new)) if start >= 0 else None


def _added(match: Match, index: LineIndex) -> Iterator[str]:
    texts = _as_the_file_writes(match, index)
    if match.level != Level.STRIP or not any(text.strip() for text in texts):
        return iter(texts)
    old = [line for line in match.raw.lines if line.tag != "+"]
    firm = _beside_added(match.raw)
    pairs = [
        (firm[k], line.text, index.texts[at])
        for k, (line, at) in enumerate(zip(old, match.at, strict=True))
        if at is not None and not (match.widened and line.text.strip() == "...")
    ]
    mapping = indent.learn([pair[1:] for pair in pairs])
    if mapping is None and not match.loose:
        mapping = _but_for_one(pairs)
    if mapping is None:
        raise IndentError
    out = []
    for text in texts:
        mapped = indent.reindent(text, mapping)
        if mapped is None:
            raise IndentError
        out.append(mapped)
    return iter(out)


def _as_the_file_writes(match: Match, index: LineIndex) -> list[str]:
    """The added lines; one that repeats a matched line has the file's plain characters.

    A line that an edit moves is both removed and added; where the model wrote typographic quotes
    or dashes for plain ones, the moved line must not bring them into the file. The other way
    round the edit may be meant to replace them.
    """
    raw = match.raw
    texts = [line.text for line in raw.lines if line.tag == "+"]
    real: dict[str, str | None] = {}
    for written, at in zip(raw.old(), match.at, strict=True):
        if at is not None and written.strip():
            key, found = written.strip(), index.texts[at].strip()
            real[key] = found if real.setdefault(key, found) == found else None
    changed = {
        key: found
        for key, found in real.items()
        if found and found != key and normalised(Level.FOLD, [key]) == [found]
    }
    return [
        text.replace(text.strip(), changed[text.strip()], 1) if text.strip() in changed else text
        for text in texts
    ]


def _beside_added(raw: RawHunk) -> list[bool]:
    """For each old line whether it decides where something goes: removed, or next to an added one.

    A bracket that closes at another depth there may be another bracket.
    """
    tags = ["", *(line.tag for line in raw.lines), ""]
    return [
        tags[i] == "-" or "+" in (tags[i - 1], tags[i + 1])
        for i in range(1, len(tags) - 1)
        if tags[i] != "+"
    ]


def _but_for_one(pairs: Sequence[tuple[bool, str, str]]) -> indent.Mapping | None:
    """The map that all matched lines agree on but one, which slipped and decides nothing."""
    telling = [pair for pair in pairs if pair[1].strip()]
    if len(telling) < 4:
        return None
    for i, (decisive, _, _) in enumerate(telling):
        if not decisive:
            rest = [pair[1:] for k, pair in enumerate(telling) if k != i]
            mapping = indent.learn(rest)
            if mapping is not None:
                return mapping
    return None


def inserted(raw: RawHunk, at: int, index: LineIndex) -> Replacement:
    """Added lines put in front of base line `at`. Raises IndentError."""
    lines = index.image.lines
    above = lines[at - 1] if at else ""
    below = lines[at] if at < len(lines) else ""
    texts = [line.text for line in raw.lines]
    found = texts if raw.spelled else suited(index, at, at, [(text, True) for text in texts])
    if found is None:
        raise IndentError
    new = ended(index.image, (), found, above, below)
    return trimmed(index.image, at, at, new, final_newline=raw.final_newline)


def trimmed(
    image: FileImage, start: int, end: int, new: list[str], *, final_newline: bool | None = None
) -> Replacement:
    """The replacement of base lines `[start, end)` by `new`, without its common ends.

    A file without a final newline stays without, unless the hunk said otherwise.
    """
    lines = image.lines
    if start == end == len(lines) and lines and not ending(lines[-1]):
        start -= 1  # what is appended ends the line above
        new = [lines[start], *new]
    new = last_ended(image, end, new, final_newline=final_newline)
    old = lines[start:end]
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Replacement(
        start + head,
        end - tail,
        tuple(old[head : len(old) - tail]),
        tuple(new[head : len(new) - tail]),
    )


# ------------------------------------------------------------------- files after kept hunks


def post_image(image: FileImage, kept: Sequence[Hunk]) -> FileImage:
    """The file after `kept` hunks: base lines with their spans replaced, nothing re-parsed.

    A hunk whose `depends_on` is not kept has no effect; one that is built on another covers it.
    Deleting gives an absent image; a rename is not seen here (see `changes_for`). Raises
    ValueError where a hunk was made for other lines than the image holds.
    """
    ids = {hunk.id for hunk in kept}
    live = _with_dependencies(kept, ids)
    if any(hunk.op is FileOp.CREATE for hunk in live):
        return _created(image, next(hunk for hunk in live if hunk.op is FileOp.CREATE))
    if any(hunk.op is FileOp.DELETE for hunk in live):
        return absent(image.path)
    by_id = {hunk.id: hunk for hunk in live}
    covered = {h.depends_on for h in live if h.depends_on and covers(h, by_id[h.depends_on])}
    edits = [h for h in live if h.base_span is not None and h.id not in covered]
    edits.sort(key=lambda hunk: (_span(hunk), hunk.id.file, _ordinal(hunk)))
    out: list[str] = []
    cursor = 0
    for hunk in edits:
        start, end = _span(hunk)
        if start < cursor or image.lines[start:end] != hunk.old:
            raise MisfitError(image.path, f"hunk {hunk.id} does not fit {image.path}")
        out += image.lines[cursor:start]
        out += hunk.new
        cursor = end
    out += image.lines[cursor:]
    after = with_lines(image, out) if edits else image
    for hunk in live:
        if hunk.op is FileOp.MODE and hunk.mode:
            after = replace(after, mode=hunk.mode)
    return after


def _ordinal(hunk: Hunk) -> tuple[int, ...]:
    """`3.10` behind `3.9`: insertions at one point keep the order of the answer."""
    return tuple(int(part) for part in hunk.id.ordinal.split(".") if part.isdigit())


def _span(hunk: Hunk) -> tuple[int, int]:
    if hunk.base_span is None:
        raise MisfitError(hunk.path, f"hunk {hunk.id} has no place")
    return hunk.base_span


def covers(hunk: Hunk, other: Hunk) -> bool:
    """Whether `hunk` was built on `other`'s text, so that its own text holds both changes."""
    if hunk.base_span is None or other.base_span is None:
        return False
    return hunk.base_span[0] <= other.base_span[0] and other.base_span[1] <= hunk.base_span[1]


def _with_dependencies(kept: Sequence[Hunk], ids: set[HunkId]) -> list[Hunk]:
    live = list(kept)
    while True:
        left = [h for h in live if h.depends_on is None or h.depends_on in ids]
        if len(left) == len(live):
            return left
        live, ids = left, {h.id for h in left}


def _created(image: FileImage, hunk: Hunk) -> FileImage:
    mode = hunk.mode or image.mode or 0o100644
    return with_lines(replace(created_as(image, hunk.new), mode=mode), hunk.new)


def changes_for(
    kept: Sequence[Hunk], images: FileImage | Mapping[str, FileImage]
) -> tuple[Change, ...]:
    """The changes of kept hunks, files in the order of their first hunk; renames as pairs.

    `images` are the base images by path, or the one there is; a path without one is absent (a
    rename's destination). Files that come out as they were are left out. Raises ValueError as
    `post_image` does, and where a rename's destination exists.
    """
    if isinstance(images, FileImage):
        images = {images.path: images}
    by_path: dict[str, list[Hunk]] = {}
    for hunk in kept:
        by_path.setdefault(hunk.path, []).append(hunk)
    out: list[Change] = []
    for path, hunks in by_path.items():
        before = images.get(path) or absent(path)
        after = post_image(before, hunks)
        target = next((h.move_to for h in hunks if h.op is FileOp.RENAME), None)
        if target:
            there = images.get(target) or absent(target)
            if there.exists or target in by_path:
                raise MisfitError(target, f"{target} exists")
            out.append(Change(before, absent(path)))
            out.append(Change(there, replace(after, path=target), source=path))
        elif (
            before.data != after.data or before.exists != after.exists or before.mode != after.mode
        ):
            out.append(Change(before, after))
    return tuple(out)


def whole_lines(raw: RawHunk, index: LineIndex) -> list[str]:
    """A whole-file answer's lines as the file writes them, BOM aside. Raises IndentError.

    Where the answer has blanks at the end of no line, those that mean something in the file were
    lost on the way, unless dropping them is all that the answer does.
    """
    image, old = index.image, index.texts
    written = [(line.text, True) for line in raw.lines]
    new = suited(index, 0, len(old), written)
    if new is None:
        raise IndentError
    if any(map(_ends_blank, old)) and not any(map(_ends_blank, new)):
        kept = list(new)
        matter = _ends_matter(new, image.path)
        for op in opcodes([text.rstrip(" \t") for text in old], new):
            if op.equal:
                for i, j in zip(range(op.a1, op.a2), range(op.b1, op.b2), strict=True):
                    kept[j] = old[i] if matter[j] and new[j] else new[j]
        new = new if kept == old else kept
    lines = ended(image, image.lines, new, "", "")
    return last_ended(image, len(image.lines), lines, final_newline=raw.final_newline)


def _ends_blank(text: str) -> bool:
    return text.endswith((" ", "\t"))


def _ends_matter(texts: Sequence[str], path: str) -> list[bool]:
    """For each line whether blanks behind its text may mean something: in code only in strings.

    In prose two of them break a line.
    """
    language = language_of(path)
    if language is None:
        return [True] * len(texts)
    begun = [kind is Inside.DATA for kind in insides(texts, language)]
    return [*begun[1:], False]

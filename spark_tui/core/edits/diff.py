"""Line differences: opcodes, unified diffs to print. Rows to show: `rows`.

Longest common subsequences come from rapidfuzz (bit-parallel, native) on interned line ids after
the common ends are trimmed: a 5,000-line file with one change costs under a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from spark_tui.core.edits.model import Change, FileImage, Tag, TaggedLine

_LONGEST_NAME = 8_192
_MOST_CELLS = 400_000_000


class Op(NamedTuple):
    """`a[a1:a2]` became `b[b1:b2]`; where `equal` both have the same content."""

    equal: bool
    a1: int
    a2: int
    b1: int
    b2: int


def opcodes(a: Sequence[Hashable], b: Sequence[Hashable], most: int = _MOST_CELLS) -> list[Op]:
    """How `a` becomes `b`, as alternating equal and changed ranges that cover both.

    Where the ranges between the common ends have a product of lengths above `most`, they are one
    change.
    """
    n, m = len(a), len(b)
    shortest = min(n, m)
    head = 0
    while head < shortest and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < shortest - head and a[n - 1 - tail] == b[m - 1 - tail]:
        tail += 1
    out: list[Op] = []
    if head:
        out.append(Op(True, 0, head, 0, head))
    out += _middle(a[head : n - tail], b[head : m - tail], head, most)
    if tail:
        last = out[-1] if out else None
        if last and last.equal:
            out[-1] = Op(True, last.a1, n, last.b1, m)
        else:
            out.append(Op(True, n - tail, n, m - tail, m))
    return out


def _middle(a: Sequence[Hashable], b: Sequence[Hashable], shift: int, most: int) -> list[Op]:
    if not a and not b:
        return []
    if not a or not b or len(a) * len(b) > most:
        # beyond that the exact answer costs hundreds of megabytes; one coarse change is true too
        return [Op(False, shift, shift + len(a), shift, shift + len(b))]
    from rapidfuzz.distance import LCSseq

    ids: dict[Hashable, int] = {}
    x = [ids.setdefault(item, len(ids)) for item in a]
    y = [ids.setdefault(item, len(ids)) for item in b]
    out: list[Op] = []
    for op in LCSseq.opcodes(x, y):
        equal = op.tag == "equal"
        new = Op(
            equal,
            op.src_start + shift,
            op.src_end + shift,
            op.dest_start + shift,
            op.dest_end + shift,
        )
        if out and out[-1].equal == equal:
            out[-1] = Op(equal, out[-1].a1, new.a2, out[-1].b1, new.b2)
        else:
            out.append(new)
    return out


def tagged(old: Sequence[str], new: Sequence[str]) -> tuple[TaggedLine, ...]:
    """Two texts as one list of context, removed and added lines."""
    out: list[TaggedLine] = []
    for op in opcodes(old, new):
        if op.equal:
            out += [TaggedLine(" ", text) for text in old[op.a1 : op.a2]]
        else:
            out += [TaggedLine("-", text) for text in old[op.a1 : op.a2]]
            out += [TaggedLine("+", text) for text in new[op.b1 : op.b2]]
    return tuple(out)


def counts(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """(added, removed) lines between two texts."""
    changed = [op for op in opcodes(old, new) if not op.equal]
    return sum(op.b2 - op.b1 for op in changed), sum(op.a2 - op.a1 for op in changed)


# ------------------------------------------------------------------- unified diffs


def unified(changes: Sequence[Change], context: int = 3) -> str:
    """A git-style unified diff that `git apply` takes; a rename pair is a deletion and a creation.

    File text is written as it is: a caller that shows it on a terminal makes it safe first.
    """
    return "".join(_file_diff(change, context) for change in changes)


def _file_diff(change: Change, context: int) -> str:
    before, after = change.before, change.after
    if before.data == after.data and before.mode == after.mode and before.exists == after.exists:
        return ""
    a, b = quoted("a/" + before.path), quoted("b/" + after.path)
    out = [f"diff --git {a} {b}\n"]
    if not before.exists:
        out.append(f"new file mode {after.mode:o}\n")
    elif not after.exists:
        out.append(f"deleted file mode {before.mode:o}\n")
    elif before.mode != after.mode:
        out.append(f"old mode {before.mode:o}\nnew mode {after.mode:o}\n")
    if before.data != after.data:
        out.append(f"--- {a if before.exists else '/dev/null'}\n")
        out.append(f"+++ {b if after.exists else '/dev/null'}\n")
        out += _hunks(_diff_lines(before), _diff_lines(after), context)
    return "".join(out)


def _diff_lines(image: FileImage) -> list[str]:
    r"""Lines as git sees them: cut at `\n` only, decoded so that every byte survives."""
    text = image.data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    out = [line + "\n" for line in lines[:-1]]
    return [*out, lines[-1]] if lines[-1] else out


def _hunks(a: list[str], b: list[str], context: int) -> Iterable[str]:
    changed = [op for op in opcodes(a, b) if not op.equal]
    groups: list[list[Op]] = []
    for op in changed:
        if groups and op.a1 - groups[-1][-1].a2 <= 2 * context:
            groups[-1].append(op)
        else:
            groups.append([op])
    for group in groups:
        first, last = group[0], group[-1]
        lead = min(context, first.a1)
        a1, b1 = first.a1 - lead, first.b1 - lead
        trail = min(context, len(a) - last.a2)
        a2, b2 = last.a2 + trail, last.b2 + trail
        yield f"@@ -{_range(a1, a2)} +{_range(b1, b2)} @@\n"
        at = a1
        for op in group:
            yield from _marked(" ", a[at : op.a1])
            yield from _marked("-", a[op.a1 : op.a2])
            yield from _marked("+", b[op.b1 : op.b2])
            at = op.a2
        yield from _marked(" ", a[at:a2])


def _range(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start},{length}"


def _marked(tag: Tag, lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield tag + line
        if not line.endswith("\n"):
            yield "\n\\ No newline at end of file\n"


_ESCAPES = {
    ord("\a"): "\\a",
    ord("\b"): "\\b",
    ord("\t"): "\\t",
    ord("\n"): "\\n",
    ord("\v"): "\\v",
    ord("\f"): "\\f",
    ord("\r"): "\\r",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


def quoted(path: str) -> str:
    """The path as git writes it: C-quoted where it holds controls, quotes, or non-ASCII bytes."""
    data = path.encode("utf-8", "surrogateescape")
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in data):
        return path
    chars = (
        _ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
        for byte in data
    )
    return '"' + "".join(chars) + '"'


def unquoted(name: str) -> str:
    """The path of a name as git writes it; a name without quotes is taken as it is."""
    if len(name) < 2 or len(name) > _LONGEST_NAME or name[0] != '"' or name[-1] != '"':
        return name
    back = {text[1]: code for code, text in _ESCAPES.items()}
    out = bytearray()
    i, body = 0, name[1:-1]
    while i < len(body):
        octal = re.match(r"\\([0-3][0-7]{2})", body[i:])
        if octal:
            out.append(int(octal.group(1), 8))
            i += 4
        elif body[i] == "\\" and body[i + 1 : i + 2] in back:
            out.append(back[body[i + 1]])
            i += 2
        else:
            out += body[i].encode("utf-8", "surrogateescape")
            i += 1
    return out.decode("utf-8", "replace")

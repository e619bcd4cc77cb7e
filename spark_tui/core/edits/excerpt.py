"""Whether a text that is said to be a whole file is one, judged by the file it would replace.

Models show a part of a file under its name: the function that changes, the code as it is now. Such
a text taken for the file deletes the rest. What the old file defines has to be there still, and
its beginning and its end; what is not is either renamed in place, or little beside what stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from spark_tui.core.edits.definitions import Definition, definitions, is_flush, is_json
from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.guard import is_prose
from spark_tui.core.edits.languages import language_of, opens
from spark_tui.core.regex import regex

_WORD = regex(r"\w{3,}")
_IMPORT = regex(r"^\s*(?:import|from|use|using|require|#\s*include)\b|\brequire\(")
_LONGEST = 300
_LEAST = 3
_PART = 3
_FEW = 3
_SMALL = 8


def missing(new: Sequence[str], old: Sequence[str], path: str) -> str:
    """Why `new` is no whole file in the place of `old`, in a few words; "" where it is one."""
    ops = opcodes([text.rstrip() for text in old], [text.rstrip() for text in new])
    changed = [op for op in ops if not op.equal]
    if not any(_telling(text) for text in old) or not changed:
        return ""
    if _is_part(changed, old):
        return "it is only a part of the old file"
    if _only_leaves_out(changed, old) or _has_both_ends(changed, new, old, path):
        return ""
    head, tail = _edges(changed, new, old)
    ended = _goes_unused(changed, new, old, tail)
    lost, kept = _lost(new, old, path, changed)
    if ended:
        lost = [name for name in lost if name.line < tail.a1]
    if lost and (len(lost) * _PART > kept or not _framed(new, old, path)):
        return f"it lacks {_listed([name.name for name in lost])} of the old file"
    named = kept >= _FEW and not lost
    less = _much_less(changed, new, old, named=named)
    inside = _cut_inside(head, tail, new, old, path)
    if less or inside or (named and _is_new(changed, new)):
        return less or inside
    fresh = {new[i].strip() for op in changed for i in range(op.b1, op.b2)}
    if _loses(head, new, old, fresh) or _loses_outside(head, new, old, path, head=True):
        return "the beginning of the old file is not in it"
    if ended or _closes_the_same(new, old):
        return ""
    if _loses(tail, new, old, fresh) or _loses_outside(tail, new, old, path, head=False):
        return "the end of the old file is not in it"
    return ""


def stands_in(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether `new` is a run of lines of `old`, blank edges and trailing blanks aside."""
    part = [text.rstrip() for text in new]
    while part and not part[0]:
        part.pop(0)
    while part and not part[-1]:
        part.pop()
    if not any(_telling(text) for text in part) or len(part) > len(old):
        return False
    whole = [text.rstrip() for text in old]
    first = part[0]
    return any(
        whole[at] == first and whole[at : at + len(part)] == part
        for at in range(len(whole) - len(part) + 1)
    )


# ------------------------------------------------------------------- the text as a whole


def _is_part(changed: Sequence[Op], old: Sequence[str]) -> bool:
    """Nothing is changed, but the old file's beginning or end is not there."""
    edges = all(op.b1 == op.b2 and (op.a1 == 0 or op.a2 == len(old)) for op in changed)
    return edges and any(_telling(old[i]) for op in changed for i in range(op.a1, op.a2))


def _only_leaves_out(changed: Sequence[Op], old: Sequence[str]) -> bool:
    """Whether a part in the middle goes and all else stays: nobody shows that to show a change."""
    spots = [i for i, text in enumerate(old) if _telling(text)]
    left_out = [i for op in changed for i in range(op.a1, op.a2) if _telling(old[i])]
    gaps = all(op.b1 == op.b2 for op in changed) and 0 < len(left_out) * 2 < len(spots)
    return gaps and not {spots[0], spots[-1]} & set(left_out)


def _has_both_ends(
    changed: Sequence[Op], new: Sequence[str], old: Sequence[str], path: str
) -> bool:
    """Whether the first and the last line stay with most of what is between: what goes is meant.

    A first line that defines something may be the one that is shown.
    """
    json = is_json(path)
    ends = str.strip if json else _telling
    here, there = ([i for i, text in enumerate(lines) if ends(text)] for lines in (old, new))
    if not there or any(old[here[at]].rstrip() != new[there[at]].rstrip() for at in (0, -1)):
        return False
    if not json and any(found.line == here[0] for found in definitions(old, path)[:1]):
        return False
    gone = sum(_telling(old[i]) for op in changed for i in range(op.a1, op.a2))
    return gone * _PART < sum(map(_telling, old))


def _much_less(
    changed: Sequence[Op], new: Sequence[str], old: Sequence[str], *, named: bool
) -> str:
    """Where most of a file is gone. `named`: all that has a name is there, so it may be meant."""
    gone = sum(_net_loss(op, new, old) for op in changed)
    size = sum(map(_telling, old))
    less = sum(map(_telling, new)) < size
    if less and not named and size >= _SMALL and gone * _PART > size:
        return f"it has {len(new)} lines, the old file {len(old)}"
    return ""


def _is_new(changed: Sequence[Op], new: Sequence[str]) -> bool:
    """Whether most lines are new: what shows a part of a file shows the file's lines."""
    come = sum(_telling(new[i]) for op in changed for i in range(op.b1, op.b2))
    return come * _PART >= sum(map(_telling, new)) * (_PART - 1)


def _net_loss(op: Op, new: Sequence[str], old: Sequence[str]) -> int:
    """How many telling lines fewer there are."""
    before = sum(_telling(old[i]) for i in range(op.a1, op.a2))
    return max(0, before - sum(_telling(new[i]) for i in range(op.b1, op.b2)))


# ------------------------------------------------------------------- its beginning and its end


def _edges(changed: Sequence[Op], new: Sequence[str], old: Sequence[str]) -> tuple[Op, Op]:
    """What stands before the first telling line that stays, and behind the last one."""
    kept: list[tuple[int, int]] = []
    i = j = 0
    for op in [*changed, Op(False, len(old), len(old), len(new), len(new))]:
        while i < op.a1:
            if _telling(old[i]):
                kept.append((i, j))
            i, j = i + 1, j + 1
        i, j = op.a2, op.b2
    if not kept:
        every = Op(False, 0, len(old), 0, len(new))
        return every, every
    (i, j), (k, m) = kept[0], kept[-1]
    return Op(False, 0, i, 0, j), Op(False, k + 1, len(old), m + 1, len(new))


def _cut_inside(head: Op, tail: Op, new: Sequence[str], old: Sequence[str], path: str) -> str:
    """Where an edge that is another one stands in a block whose other end is not there."""
    if is_prose(path):
        return ""
    balance = _open(new) - _open(old)
    if any(old[i].strip() for i in range(tail.a1, tail.a2)):
        last, was = _edge(reversed(new)), _edge(reversed(old))
        begun = _begins(last, path) and not _begins(was, path)
        if begun or balance > 0 or _depth(last) > 0 == _depth(was):
            return "it stops inside a block"
    if any(old[i].strip() for i in range(head.a2)):
        first, was = _edge(new), _edge(old)
        if balance < 0 or _depth(first) > 0 == _depth(was):
            return "it begins inside a block"
    return ""


def _begins(text: str, path: str) -> bool:
    """Whether something begins with this line."""
    language = language_of(path)
    return language is not None and (opens(text, language) or text.endswith(("(", "[", "{", ",")))


def _edge(lines: Iterable[str]) -> str:
    """The first line that is not blank."""
    return next((text.rstrip() for text in lines if text.strip()), "")


def _open(lines: Sequence[str]) -> int:
    """How many brackets are opened and not closed, wherever they stand."""
    return sum(
        text.count(one) - text.count(other) for text in lines for one, other in ("{}", "()", "[]")
    )


def _closes_the_same(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether both end with the bracket of one block, which begins where the margin has words."""
    last = _edge(reversed(new))
    if last != _edge(reversed(old)) or last.strip("}]);,"):
        return False
    one, other = (
        next((text for text in reversed(lines) if is_flush(text) and _telling(text)), "")
        for lines in (new, old)
    )
    return _alike(other, _words([one]))


def _goes_unused(changed: Sequence[Op], new: Sequence[str], old: Sequence[str], tail: Op) -> bool:
    """Whether what goes at the end is meant to go: what only it had imported goes, too."""
    gone = _words(old[tail.a1 : tail.a2])
    for op in changed:
        if op.b1 < op.b2 or op.a2 > tail.a1:
            continue
        for text in old[op.a1 : op.a2]:
            unused = _words([text]) & gone if _IMPORT.search(text) else Counter[str]()
            if unused and not unused & _words(new):
                return True
    return False


def _loses(op: Op, new: Sequence[str], old: Sequence[str], fresh: Collection[str]) -> bool:
    """Whether a few telling lines of an edge go that no new line (`fresh`) is, or is like.

    A line is like others where they hold half of its words; each word stands for one.
    """
    words = _words(new[op.b1 : op.b2])
    gone = 0
    for text in old[op.a1 : op.a2]:
        if not _telling(text) or text.strip() in fresh:
            continue
        if _alike(text, words):
            words -= _words([text])
        else:
            gone += 1
    return gone >= _FEW


def _loses_outside(
    op: Op, new: Sequence[str], old: Sequence[str], path: str, *, head: bool
) -> bool:
    """Whether all lines outside of definitions go: imports above, the call at the bottom."""
    if is_prose(path) or any(_telling(new[i]) for i in range(op.b1, op.b2)):
        return False
    spots = [found.line for found in definitions(old, path)]
    if not spots:
        return False
    edge = range(spots[0]) if head else range(spots[-1] + 1, len(old))
    outside = [i for i in edge if _telling(old[i]) and is_flush(old[i])]
    return bool(outside) and all(op.a1 <= i < op.a2 for i in outside)


def _alike(text: str, words: Counter[str]) -> bool:
    own = _words([text])
    return bool(own) and (own & words).total() * 2 >= own.total()


def _words(lines: Iterable[str]) -> Counter[str]:
    return Counter(word for text in lines for word in _WORD.findall(text[:_LONGEST]))


# ------------------------------------------------------------------- what it defines


def _framed(new: Sequence[str], old: Sequence[str], path: str) -> bool:
    """Whether the old file's own beginning and end are there: then the middle is meant."""
    names, now = definitions(old, path), Counter(n.name for n in definitions(new, path))
    header = [text.strip() for text in old[: names[0].line] if _telling(text)]
    if not header:
        # a title stands for the beginning; a first definition may be one that is shown
        if not (is_prose(path) and now[names[0].name]):
            return False
    elif not set(header) & {text.strip() for text in new[: len(header) * 2 + 20]}:
        return False
    top = [n for n in names if is_flush(old[n.line])]
    return bool(top) and now[top[-1].name] > 0


def _lost(
    new: Sequence[str], old: Sequence[str], path: str, changed: Sequence[Op]
) -> tuple[list[Definition], int]:
    """(definitions of the old file that the new one lacks, how many are kept).

    As many as come new in the very lines where others of their depth go are renamed.
    """
    before, after = definitions(old, path), definitions(new, path)
    stay = Counter(n.name for n in after)
    was = Counter(n.name for n in before)
    gone = _surplus(before, stay)
    fresh = _surplus(after, was)
    lost: list[Definition] = list(gone)
    for op in changed:
        come = Counter(_depth(new[n.line]) for n in fresh if op.b1 <= n.line < op.b2)
        for name in gone:
            depth = _depth(old[name.line])
            if op.a1 <= name.line < op.a2 and come[depth]:
                come[depth] -= 1
                lost.remove(name)
    return lost, len(before) - len(gone)


def _surplus(names: Iterable[Definition], other: Counter[str]) -> list[Definition]:
    """The names that occur more often than in `other`."""
    left = Counter(other)
    out = []
    for name in names:
        left[name.name] -= 1
        if left[name.name] < 0:
            out.append(name)
    return out


def _telling(text: str) -> bool:
    return sum(map(str.isalnum, text[:_LONGEST])) >= _LEAST


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= 30 else name[:29] + "…" for name in names[:2]]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(shown) + more

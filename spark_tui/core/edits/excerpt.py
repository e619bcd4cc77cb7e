"""Whether a text that is said to be a whole file is one, judged by the file it would replace.

Models show a part of a file under its name: the function that changes, the code as it is now. Such
a text taken for the file deletes the rest. What the old file defines has to be there still, and
its beginning and its end; what is not is either renamed in place, or little beside what stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.guard import is_prose
from spark_tui.core.edits.languages import language_of, opens
from spark_tui.core.regex import regex

_WORDS = (
    r"(?:(?:export|default|declare|pub(?:\([^)]*\))?|public|private|protected|internal|static|"
    r"abstract|final|sealed|async|unsafe|const|inline|override|virtual|extern|open|data)\s+)*"
)
_KEYWORD = regex(
    r"^\s*"
    + _WORDS
    + r"(?:def|class|func|fn|function\*?|struct|enum|trait|impl|interface|type|module|mod|"
    r"namespace|object|protocol|extension|macro_rules!|sub|procedure|defmodule|defp?)\b"
    r"\s*(?:\([^)]*\)\s*)?(?P<name>[.$<>?!]*\w[\w.$:<>?!]*)"
)
_BOUND = regex(
    r"^(?:" + _WORDS + r"(?:let|var|const|val|static)\s+(?:mut\s+)?)?(?P<name>[A-Za-z_$][\w.$-]*)"
    r"\s*(?::[^=:]*)?(?:[:+?]?=(?!=)|:(?:\s|$))"
)
_C_LIKE = regex(
    r"^[A-Za-z_][\w:<>,*&\[\]]*(?:[ \t]+[\w:<>,*&\[\]]+)*[ \t*&]+"
    r"(?P<name>(?!(?:import|if|for|while|in|and|or|not)\b)[A-Za-z_~][\w:~]*)\s*\("
)
_SHELL = regex(r"^(?P<name>[A-Za-z_][\w-]*)\s*\(\)\s*\{?")
_SECTION = regex(r"^\[+\s*(?P<name>[^\],{(]+?)\s*\]+\s*$")
_HEADING = regex(r"^(?P<name>#{1,6}\s+\S.*?)\s*#*$")
_JSON_KEY = regex(r'^(?P<indent>\s*)"(?P<name>[^"]+)"\s*:')
_LONGEST = 300
_LEAST = 3
_PART = 3
_FEW = 3
_SMALL = 8
_TENTH = 10


class _Name(NamedTuple):
    name: str
    line: int


def missing(new: Sequence[str], old: Sequence[str], path: str) -> str:
    """Why `new` is no whole file in the place of `old`, in a few words; "" where it is one."""
    ops = opcodes([text.rstrip() for text in old], [text.rstrip() for text in new])
    changed = [op for op in ops if not op.equal]
    if not any(_telling(text) for text in old) or not changed:
        return ""
    if _is_part(changed, old):
        return "it is only a part of the old file"
    lost, kept = _lost(new, old, path, changed)
    if _only_leaves_out(changed, old):
        return ""
    if lost and (len(lost) * _PART > kept or not _framed(new, old, path)):
        return f"it lacks {_listed(lost)} of the old file"
    return _cut_off(changed, new, old, path, named=kept >= _FEW and not lost)


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


# ------------------------------------------------------------------- parts


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


def _cut_off(
    changed: Sequence[Op], new: Sequence[str], old: Sequence[str], path: str, *, named: bool
) -> str:
    """Lines that are gone without a name of their own: at an edge, or most of the file.

    `named`: all that has a name is there, so that a shorter text may be meant.
    """
    gone = sum(_net_loss(op, new, old) for op in changed)
    size = sum(map(_telling, old))
    less = sum(map(_telling, new)) < size
    if less and not named and size >= _SMALL and gone * _PART > size:
        return f"it has {len(new)} lines, the old file {len(old)}"
    first, last = changed[0], changed[-1]
    if last.a2 == len(old) and _stops_inside(new, path) and not _stops_inside(old, path):
        return "it stops inside a block"
    if first.a1 == 0 and _loses_edge(first, new, old, path, head=True):
        return "the beginning of the old file is not in it"
    if last.a2 == len(old) and _loses_edge(last, new, old, path, head=False):
        return "the end of the old file is not in it"
    return ""


def _stops_inside(lines: Sequence[str], path: str) -> bool:
    """Whether the last line begins something that does not come any more."""
    language = language_of(path)
    last = next((text.rstrip() for text in reversed(lines) if text.strip()), "")
    return language is not None and (opens(last, language) or last.endswith(("(", "[", "{", ",")))


def _loses_edge(op: Op, new: Sequence[str], old: Sequence[str], path: str, *, head: bool) -> bool:
    loss = _net_loss(op, new, old)
    anew = any(_telling(new[i]) for i in range(op.b1, op.b2))
    if loss >= _FEW:
        return not anew or loss * _TENTH > sum(map(_telling, old))
    if anew or is_prose(path):
        return False
    # the lines outside of every definition: imports above, the call at the bottom
    spots = [n.line for n in _names(old, path)]
    if not spots:
        return False
    edge = range(spots[0]) if head else range(spots[-1] + 1, len(old))
    outside = [i for i in edge if _telling(old[i]) and _flush(old[i])]
    return bool(outside) and all(op.a1 <= i < op.a2 for i in outside)


def _net_loss(op: Op, new: Sequence[str], old: Sequence[str]) -> int:
    """How many telling lines fewer there are."""
    before = sum(_telling(old[i]) for i in range(op.a1, op.a2))
    return max(0, before - sum(_telling(new[i]) for i in range(op.b1, op.b2)))


def _framed(new: Sequence[str], old: Sequence[str], path: str) -> bool:
    """Whether the old file's own beginning and end are there: then the middle is meant."""
    names, now = _names(old, path), Counter(n.name for n in _names(new, path))
    header = [text.strip() for text in old[: names[0].line] if _telling(text)]
    if not header:
        # a title stands for the beginning; a first definition may be one that is shown
        if not (is_prose(path) and now[names[0].name]):
            return False
    elif not set(header) & {text.strip() for text in new[: len(header) * 2 + 20]}:
        return False
    top = [n for n in names if _flush(old[n.line])]
    return bool(top) and now[top[-1].name] > 0


# ------------------------------------------------------------------- names


def _lost(
    new: Sequence[str], old: Sequence[str], path: str, changed: Sequence[Op]
) -> tuple[list[str], int]:
    """(names of the old file that the new one lacks, how many are kept).

    As many as come new in the very lines where others of their depth go are renamed.
    """
    before, after = _names(old, path), _names(new, path)
    stay = Counter(n.name for n in after)
    was = Counter(n.name for n in before)
    gone = _surplus(before, stay)
    fresh = _surplus(after, was)
    lost: list[_Name] = list(gone)
    for op in changed:
        come = Counter(_depth(new[n.line]) for n in fresh if op.b1 <= n.line < op.b2)
        for name in gone:
            depth = _depth(old[name.line])
            if op.a1 <= name.line < op.a2 and come[depth]:
                come[depth] -= 1
                lost.remove(name)
    return [n.name for n in lost], len(before) - len(gone)


def _surplus(names: Iterable[_Name], other: Counter[str]) -> list[_Name]:
    """The names that occur more often than in `other`."""
    left = Counter(other)
    out = []
    for name in names:
        left[name.name] -= 1
        if left[name.name] < 0:
            out.append(name)
    return out


def _names(lines: Sequence[str], path: str) -> list[_Name]:
    """What the file defines, in order: top-level names of any language, and nested definitions."""
    if is_prose(path):
        return _headings(lines)
    if path.casefold().endswith((".json", ".jsonc", ".json5")):
        return _keys(lines)
    out = []
    sections = False
    for i, text in enumerate(lines):
        if len(text) > _LONGEST:
            continue
        match = _KEYWORD.match(text)
        if match is None and _flush(text):
            match = _SECTION.match(text) or _SHELL.match(text)
            sections = sections or (match is not None and text.startswith("["))
            if match is None and not sections:
                match = _BOUND.match(text) or _C_LIKE.match(text)
        if match is not None:
            out.append(_Name(match["name"].rstrip(":"), i))
    return out


def _headings(lines: Sequence[str]) -> list[_Name]:
    out = []
    fenced = ""
    for i, text in enumerate(lines):
        mark = text.lstrip()[:3]
        if mark in ("```", "~~~"):
            fenced = "" if fenced == mark else fenced or mark
        elif not fenced and len(text) <= _LONGEST and (match := _HEADING.match(text)):
            out.append(_Name(match["name"], i))
    return out


def _keys(lines: Sequence[str]) -> list[_Name]:
    found = [(m, i) for i, text in enumerate(lines) if (m := _JSON_KEY.match(text[:_LONGEST]))]
    depth = min((len(m["indent"]) for m, _ in found), default=0)
    return [_Name(m["name"], i) for m, i in found if len(m["indent"]) == depth]


def _telling(text: str) -> bool:
    return sum(map(str.isalnum, text[:_LONGEST])) >= _LEAST


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())


def _flush(text: str) -> bool:
    return text[:1] not in ("", " ", "\t")


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= 30 else name[:29] + "…" for name in names[:2]]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(shown) + more

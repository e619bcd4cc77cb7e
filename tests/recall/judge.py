"""What a retriever answered against what a commit changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.recall.history import Case

MEASURES = (
    "all_files", "any_file", "lines", "all_lines", "look", "look_shown", "at1", "at5", "at10",
    "mrr", "precision", "tokens", "over",
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Lines `first` to `last` of a file, 1-based and inclusive."""

    path: str
    first: int
    last: int


@dataclass(frozen=True)
class Answer:
    """What would go along: spans, best first, and files of which only an outline is shown."""

    spans: Sequence[Span]
    tokens: int
    outlined: Sequence[str] = field(default=())


def judge(case: Case, answer: Answer, budget: int) -> dict[str, float]:
    """Every measure of one answer: shares of 1, except `tokens`.

    `all_files`, `any_file`: gold files of which lines are shown. `lines`, `all_lines`: lines to
    edit that are shown. `look`: lines to edit in files that are shown or outlined, which is what
    one look can reach if it opens the right function; `look_shown` without the outlined ones.
    `at1`, `at5`, `at10`, `mrr`: rank of the first gold file among the files in their order.
    `precision`: shown lines that are to be edited. `over`: the budget was not kept.
    """
    shown: dict[str, set[int]] = {}
    for span in answer.spans:
        shown.setdefault(span.path, set()).update(range(span.first, span.last + 1))
    ranked = list(dict.fromkeys([*shown, *answer.outlined]))
    hits = [rank for rank, path in enumerate(ranked, 1) if path in case.gold]
    first = hits[0] if hits else 0
    files = len(case.gold.keys() & shown.keys())
    found = sum(len(lines & shown.get(path, set())) for path, lines in case.gold.items())
    near = {*shown, *answer.outlined}
    total = sum(map(len, shown.values()))
    return {
        "all_files": float(files == len(case.gold)),
        "any_file": float(files > 0),
        "lines": found / case.lines,
        "all_lines": float(found == case.lines),
        "look": sum(len(gold) for path, gold in case.gold.items() if path in near) / case.lines,
        "look_shown": sum(len(gold) for path, gold in case.gold.items() if path in shown)
        / case.lines,
        "at1": float(first == 1),
        "at5": float(0 < first <= 5),
        "at10": float(0 < first <= 10),
        "mrr": 1 / first if first else 0.0,
        "precision": found / total if total else 0.0,
        "tokens": float(answer.tokens),
        "over": float(answer.tokens > budget),
    }


def slices(case: Case, texts: dict[str, str]) -> list[str]:
    """The kinds a case belongs to, from its query and the text of its gold files."""
    words = set(_words(case.query))
    names = {path.rsplit("/", 1)[-1].lower() for path in case.gold}
    stems = {name.rsplit(".", 1)[0] for name in names}
    symbols = {word for word in case.query.replace("`", " ").split() if _symbol(word)}
    if words & (names | {stem for stem in stems if len(stem) > 2}):
        named = "names a file"
    elif any(_stripped(word) in text for word in symbols for text in texts.values()):
        named = "names a symbol"
    else:
        named = "names neither"
    return [
        named,
        "one file" if len(case.gold) == 1 else "many files",
        "≤ 6 words" if len(case.query.split()) <= 6 else "> 6 words",
        case.language,
    ]


def _words(text: str) -> list[str]:
    return [word.strip("`'\"()[]:,.;!?").lower() for word in text.replace("/", " ").split()]


def _stripped(word: str) -> str:
    return word.strip("`'\"()[]:,.;!?").rsplit(".", 1)[-1].split("(")[0] or word


def _symbol(word: str) -> bool:
    """`snake_case`, `camelCase`, `dotted.name` or `call()`."""
    bare = word.strip("`'\"[]:,.;!?")
    return len(bare) > 3 and (
        "_" in bare.strip("_")
        or "()" in bare
        or "." in bare.strip(".")
        or (bare[1:] != bare[1:].lower() and bare[1:] != bare[1:].upper())
    )

"""A person at the keyboard: what people ask for, how fast, with which slips. Seeded, no clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

SENTENCES = (
    "add a docstring to every public function",
    "and also document it",
    "also cap the wait at 8 s",
    "a test for the empty list pls",
    "actually don't, use a set",
    "A new class for the retries",
    "All of them should be async",
    "any reason this isn't a dataclass?",
    "yes but keep the old name as an alias",
    "yield instead of building a list",
    "y axis should start at 0",
    "you forgot the None case in parse_args()",
    "now rename backoff to pause evrywhere",
    "no, revert the 2nd one and use >=",
    "name it `total_ms`, not `t`",
    "need types here, def f(x: int | None) -> str:",
    "next: the client, same treatment",
    "don't catch Exception, only OSError",
    "drop the print()s",
    "do it for client.py too",
    "delete the dead code below line 88",
    "dont use requests, use urllib",
    "dict comprehension please :)",
    "update the README as well",
    "use pathlib instead of os.path!",
    "undo the change to conftest, it broke CI",
    "unify the two helpers",
    "q: why is this O(n^2)? make it O(n)",
    "quote the path, it may hold spaces",
    "Quick fix: off by one in range(1, n)",
    ".gitignore should list dist/ and *.pyc",
    "...and say so in the changelog",
    "once more but without the lambda",
    "only the public ones",
    "open the file with encoding='utf-8'",
    'or raise ValueError("no such key")?',
    "extract the loop into its own function",
    "except for KeyError that's fine",
    "e.g. `foo/bar.py` -> foo.bar",
    "every test shuold use tmp_path",
    "simplify this, must do the same",
    "skip it if sys.platform == 'win32'",
    "split on [,;] not just ,",
    "sort by (-count, name)",
    "cap retries at 3; log the last error",
    "can u make it generic? T = TypeVar('T')",
    "catch the timeout && retry once",
    "context manager for the lock, with __exit__",
    "GET /health/ should return 204, no body",
    "typo: 'recieve' -> 'receive' in errors/!init.py?",
)
"""Fifty, most of them beginning with a letter that is a key of the review."""

NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k;", "m": "n,", "n": "bm", "o": "ip", "p": "o[",
    "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
    "y": "tu", "z": "xa",
}  # fmt: skip
"""The keys beside a key, for slips."""

BACKSPACE = "backspace"

MS = 1_000_000


class Press(NamedTuple):
    """A key and its time, ns."""

    key: str
    at: int


def typing(rng: random.Random, sentence: str, start: int, wpm: float) -> Iterator[Press]:
    """The sentence typed from `start` on (the time of its first key), slips corrected.

    Five characters are a word. Gaps are lognormal round their mean, longer before a word, and now
    and then a person thinks.
    """
    mean = 12e9 / wpm
    at = start
    for number, character in enumerate(sentence):
        if number:
            at += _gap(rng, mean)
            if sentence[number - 1] == " ":
                at += int(mean * rng.uniform(0.0, 0.8))
                at += int(rng.uniform(0.3e9, 1.5e9)) if rng.random() < 0.05 else 0
        beside = NEAR.get(character.lower())
        if beside and rng.random() < 0.04:
            yield Press(rng.choice(beside), at)
            at += _gap(rng, mean) + 120 * MS
            yield Press(BACKSPACE, at)
            at += _gap(rng, mean)
        yield Press(character, at)


def _gap(rng: random.Random, mean: float) -> int:
    return int(mean * rng.lognormvariate(-0.06, 0.35))


def wpm(rng: random.Random) -> float:
    """How fast this person types."""
    return rng.uniform(30, 130)


def begins(rng: random.Random) -> int:
    """When a sentence begins, ns after what came before: half of them within the next second."""
    return int(rng.uniform(20 * MS, 1_200 * MS) if rng.random() < 0.5 else rng.uniform(0, 10e9))

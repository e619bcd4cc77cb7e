"""What one loop is given and how it must end, and the bugs whose model plays fair."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from tests.green_bugs.edits import patch
from tests.green_bugs.projects import LANGUAGES, Function, Language, functions


@dataclass(frozen=True)
class Case:
    """A project, what the model answers, and what must be there at the end.

    `after` are the files that stand; `cheat` what a cheat comes to, where one is among the answers.
    `endings` is the ending it must have (any of them).
    """

    name: str
    language: str
    command: tuple[str, ...]
    files: Mapping[str, str]
    answers: tuple[str, ...]
    endings: tuple[str, ...]
    after: Mapping[str, str]
    args: tuple[str, ...] = ()
    cheat: Mapping[str, str] | None = None
    encoded: tuple[str, str] = ("", "")
    """A file with lines of another kind: its path, and `crlf` or `open` (no final newline)."""

    def bytes_of(self, files: Mapping[str, str]) -> dict[str, bytes]:
        """The files as they lie on disk."""
        path, kind = self.encoded
        out = {name: text.encode() for name, text in files.items()}
        if kind == "crlf":
            out[path] = out[path].replace(b"\n", b"\r\n")
        elif kind == "open":
            out[path] = out[path].removesuffix(b"\n")
        return out


@dataclass(frozen=True)
class Bug:
    """A project with some of its functions wrong: `bodies` are what those return."""

    language: Language
    all_of: tuple[Function, ...]
    bodies: Mapping[str, str]
    rng: random.Random = field(repr=False)

    @property
    def files(self) -> dict[str, str]:
        return self.with_bodies(self.bodies)

    @property
    def right(self) -> dict[str, str]:
        return self.with_bodies({})

    def with_bodies(self, bodies: Mapping[str, str]) -> dict[str, str]:
        return self.language.files(self.all_of, bodies)

    def mended(self, count: int) -> dict[str, str]:
        """What is still wrong after so many functions are mended."""
        return dict(list(self.bodies.items())[count:])

    def worse(self, mended: int = 0) -> dict[str, str]:
        """What is wrong after some are mended, and one that was right is not."""
        good = [one for one in self.all_of if one.name not in self.bodies]
        one = self.rng.choice(good)
        return {**self.mended(mended), one.name: self.rng.choice(one.wrong)}

    def otherwise(self) -> dict[str, str]:
        """The same functions, wrong in another way."""
        out = {}
        for one in self.all_of:
            if one.name in self.bodies:
                was = one.value(self.bodies[one.name])
                out[one.name] = next(w for w in one.wrong if one.value(w) != was)
        return out


def bug(language: Language, rng: random.Random, broken: int) -> Bug:
    """A project of which so many functions are wrong."""
    all_of = functions(rng, broken + 2)
    wrong = rng.sample(all_of, broken)
    return Bug(language, all_of, {one.name: rng.choice(one.wrong) for one in wrong}, rng)


Played = tuple[tuple[str, ...], tuple[str, ...], Mapping[str, str], tuple[str, ...]]
"""Answers, endings, what stands, and arguments."""

PROSE = "The arithmetic looks inverted. I would check the operators first."


def _fixes(one: Bug) -> Played:
    return (patch(one.files, one.right),), ("green",), one.right, ()


def _half_fixes(one: Bug) -> Played:
    half = one.with_bodies(one.mended(1))
    answers = (patch(one.files, half), patch(half, one.right))
    return answers, ("green",), one.right, ()


def _worsens_then_fixes(one: Bug) -> Played:
    worse = one.with_bodies(one.worse(1))
    answers = (patch(one.files, worse), patch(one.files, one.right))
    return answers, ("green",), one.right, ()


def _worsens_twice(one: Bug) -> Played:
    first, second = one.with_bodies(one.worse()), one.with_bodies(one.worse(1))
    return (patch(one.files, first), patch(one.files, second)), ("worse",), one.files, ()


def _gives_up(one: Bug) -> Played:
    return ("stuck: the tests contradict one another",), ("gave up",), one.files, ()


def _half_fixes_then_gives_up(one: Bug) -> Played:
    half = one.with_bodies(one.mended(1))
    return (patch(one.files, half), "stuck: not mine"), ("gave up",), half, ()


def _changes_nothing_that_counts(one: Bug) -> Played:
    other = one.with_bodies(one.otherwise())
    return (patch(one.files, other),), ("stuck",), one.files, ()


def _alternates(one: Bug) -> Played:
    half = one.with_bodies(one.mended(1))
    forth, back = patch(one.files, half), patch(half, one.files)
    return (forth, back, forth, back), ("stuck",), half, ("--attempts", "6")


def _answers_prose(one: Bug) -> Played:
    return (PROSE,), ("no edit",), one.files, ()


def _prose_then_fixes(one: Bug) -> Played:
    return (PROSE, patch(one.files, one.right)), ("green",), one.right, ()


def _one_at_a_time(one: Bug) -> Played:
    states = [one.with_bodies(one.mended(count)) for count in range(4)]
    steps = pairwise(states)
    answers = tuple(patch(before, after) for before, after in steps)
    return answers, ("budget",), states[3], ()


def _breaks_the_file_then_fixes(one: Bug) -> Played:
    path = one.language.product
    broken = {**one.files, path: one.files[path].replace("(", "((", 1)}
    return (patch(one.files, broken), patch(one.files, one.right)), ("green",), one.right, ()


def _no_place_then_fixes(one: Bug) -> Played:
    path = one.language.product
    nowhere = f"*** Begin Patch\n*** Update File: {path}\n@@\n-not a line of it\n+nor this\n"
    answers = (f"{nowhere}*** End Patch\n", patch(one.files, one.right))
    return answers, ("green",), one.right, ()


def _uses_up_its_tokens(one: Bug) -> Played:
    half = one.with_bodies(one.mended(1))
    return (patch(one.files, half), patch(half, one.right)), ("budget",), half, ("--tokens", "50")


BEHAVIOURS: tuple[tuple[int, Callable[[Bug], Played]], ...] = (
    (2, _fixes),
    (2, _half_fixes),
    (2, _worsens_then_fixes),
    (2, _worsens_twice),
    (1, _gives_up),
    (2, _half_fixes_then_gives_up),
    (1, _changes_nothing_that_counts),
    (2, _alternates),
    (1, _answers_prose),
    (1, _prose_then_fixes),
    (4, _one_at_a_time),
    (1, _breaks_the_file_then_fixes),
    (2, _no_place_then_fixes),
    (2, _uses_up_its_tokens),
)
"""How many functions are wrong, and what the model does about it."""


_NEED_NAMES = (
    _worsens_then_fixes,
    _worsens_twice,
    _alternates,
    _breaks_the_file_then_fixes,
)


def bugs(count: int, seed: int) -> Iterator[Case]:
    """So many bugs: every behaviour in every language that runs here, again and again."""
    languages = [one for one in LANGUAGES if one.runs_here]
    for at in range(count):
        language = languages[at % len(languages)]
        known = [one for one in BEHAVIOURS if language.names_tests or one[1] not in _NEED_NAMES]
        broken, play = known[at // len(languages) % len(known)]
        rng = random.Random(f"{seed}:{at}")
        made = bug(language, rng, broken)
        answers, endings, after, args = play(made)
        kind = rng.choice(("", "", "crlf", "open"))
        name = play.__name__.strip("_").replace("_", " ")
        yield Case(
            name,
            language.name,
            language.command,
            made.files,
            answers,
            endings,
            after,
            args,
            encoded=(language.product, kind),
        )

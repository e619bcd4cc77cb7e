"""What a repository's past says about where changes go: messages, co-changes, how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.retrieve.terms import body_terms

MOST_FILES = 20
"""A commit that touches more files says nothing about any of them."""

LOG = ("log", "--no-merges", "--no-renames", "--name-only", "-z", "--format=%x01%s%x02")
"""What git is asked, with `-n` and a commit, for `parse`."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's subject and the files it touched."""

    subject: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """Commits, the newest first."""

    commits: tuple[Commit, ...] = ()
    half_life: int = field(default=100)

    @cached_property
    def churn(self) -> dict[str, float]:
        """How often each file was changed; a change counts half after `half_life` commits."""
        out: dict[str, float] = {}
        for age, commit in enumerate(self._small()):
            worth = 0.5 ** (age / self.half_life)
            for path in commit.files:
                out[path] = out.get(path, 0.0) + worth
        return out

    @cached_property
    def words(self) -> dict[str, list[int]]:
        """The commits, by their place in `commits`, of each term of their subjects."""
        out: dict[str, list[int]] = {}
        for at, commit in enumerate(self.commits):
            if len(commit.files) <= MOST_FILES:
                for term in body_terms(commit.subject):
                    out.setdefault(term, []).append(at)
        return out

    @cached_property
    def of_file(self) -> dict[str, list[int]]:
        """The commits, by their place in `commits`, that touched each file."""
        out: dict[str, list[int]] = {}
        for at, commit in enumerate(self.commits):
            if len(commit.files) <= MOST_FILES:
                for path in commit.files:
                    out.setdefault(path, []).append(at)
        return out

    def together(self, path: str) -> Counter[str]:
        """How often other files were changed in the commits that touched `path`."""
        out: Counter[str] = Counter()
        for at in self.of_file.get(path, ()):
            out.update(self.commits[at].files)
        del out[path]
        return out

    def _small(self) -> Iterable[Commit]:
        return (commit for commit in self.commits if len(commit.files) <= MOST_FILES)


def parse(log: str) -> History:
    """The history that git printed for `LOG`."""
    commits: list[Commit] = []
    same: dict[str, str] = {}
    for piece in log.split("\x01")[1:]:
        subject, _, names = piece.partition("\x02")
        found = [name for name in names.replace("\n", "\0").split("\0") if name]
        # Of a commit of many files nothing is asked but that it is one.
        few = found[: MOST_FILES + 1]
        files = tuple(same.setdefault(name, name) for name in few)
        commits.append(Commit(subject.strip(), files))
    return History(tuple(commits))


def recent(commits: Sequence[Commit]) -> History:
    """A history of commits, the newest first."""
    return History(tuple(commits))

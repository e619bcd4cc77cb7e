"""Commits of a bare repository as instructions: what was asked, in which tree, which lines changed.

A case knows only its parent's tree. Blobs are read by one `git cat-file --batch` and named by their
id, so that a retriever walks from one parent to the next by the few blobs that differ.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from spark_tui.core.retrieve.history import LOG, History, parse

RECENT = 3000
"""Cases are drawn from this many newest commits that are not merges."""

PAST = 1000
"""Commits before a case that the program knows of."""

MOST_FILES = 10
MOST_BYTES = 1_000_000
BODY_WORDS = 40

LANGUAGES = {
    "c": "c h y l", "c++": "cc cpp cxx hpp hh", "css": "css scss less", "go": "go",
    "html": "html jinja erb", "java": "java kt kts scala", "javascript": "js jsx mjs cjs vue",
    "php": "php", "python": "py pyi pyx", "ruby": "rb rake gemspec", "rust": "rs",
    "shell": "sh bash zsh fish", "typescript": "ts tsx mts cts svelte",
    "other": "cs swift lua pl sql proto",
}  # fmt: skip
LANGUAGE_OF = {end: language for language, ends in LANGUAGES.items() for end in ends.split()}

_TEST = re.compile(
    r"(^|/)(tests?|__tests__|specs?|e2e|fixtures?|testdata|__snapshots__|benchmarks?)/"
    r"|(^|/)(test_[^/]*|conftest\.py|[^/]*[._-](tests?|spec)\.[a-z]+|[^/]*Tests?\.(java|php|kt))$"
)
_DOC = re.compile(r"(^|/)(docs?|website|examples?)/", re.IGNORECASE)
_MADE = re.compile(
    r"(^|/)(vendor|third_party|node_modules|dist)/|[.-]min\.|\.pb\.go$|_pb2\.py$"
    r"|(\.d\.ts|\.lock|-lock\.\w+|/go\.sum|\.po|\.pot|\.map|\.snap|\.svg)$|^go\.sum$"
)

_TRAILER = re.compile(r"^[A-Z][A-Za-z]*(-[A-Za-z]+)+: \S|^\(cherry picked from|^git-svn-id:")
_REFERENCE = re.compile(
    r"\(?(?:\b(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|see|gh|issue|pr)\b:?[ -]?)*"
    r"(?<![\w&])(?:[\w.-]+/[\w.-]+)?#\d+\)?",
    re.IGNORECASE,
)
_URL = re.compile(r"<?\b(?:https?|ssh|git)://\S+")
_NO_INSTRUCTION = re.compile(
    r"^(revert|merge|bump|release|prepare|version|update (dependenc|changelog|version)"
    r"|upgrade .* to |chore\(?.*(release|deps)|build\(deps|start (development|version)"
    r"|fixup!|squash!|v?\d+(\.\d+)+)|\b(bump|to) v?\d+(\.\d+)+\b|\bversion (bump|to|number)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z_][\w.-]*")


@dataclass(frozen=True)
class Case:
    """One commit: `query` stands for what a person would have typed in the tree of `parent`."""

    repository: str
    commit: str
    parent: str
    kind: str
    query: str
    gold: dict[str, frozenset[int]]
    """Lines to edit, 1-based, per file of the parent's tree."""

    @property
    def lines(self) -> int:
        """How many lines there are to find."""
        return sum(map(len, self.gold.values()))

    @property
    def language(self) -> str:
        """The language of most of the files."""
        names = [LANGUAGE_OF[path.rsplit(".", 1)[-1]] for path in sorted(self.gold)]
        return max(names, key=names.count)


def source(path: str) -> bool:
    """Whether an instruction is expected to lead to this file: code, by hand, not a test or doc."""
    known = path.rsplit(".", 1)[-1] in LANGUAGE_OF
    return known and not (_TEST.search(path) or _DOC.search(path) or made(path))


def made(path: str) -> bool:
    """Whether a file is generated, locked, vendored or translated."""
    return bool(_MADE.search(path))


def instruction(subject: str, body: str) -> tuple[str | None, str | None]:
    """The subject as an instruction, and subject and body as an issue's text, if they can be."""
    if _NO_INSTRUCTION.search(subject):
        return None, None
    title = _cleaned(subject)
    if len(_WORD.findall(title)) <= 2:
        return None, None
    told = [line for line in body.splitlines() if not _TRAILER.match(line)]
    text = _cleaned("\n".join(told))
    return title, f"{title}\n\n{text}" if len(_WORD.findall(text)) >= BODY_WORDS else None


def _cleaned(text: str) -> str:
    text = _REFERENCE.sub("", _URL.sub("", text))
    return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip(" \n-:,.")


class Repository:
    """A repository read with git alone; no work tree, nothing written."""

    def __init__(self, place: Path, name: str) -> None:
        self.name = name
        self._git = ["git", f"--git-dir={place}", "-c", "core.quotePath=false"]
        self._reader = subprocess.Popen(
            [*self._git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._reader.communicate()

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([*self._git, *arguments], capture_output=True, check=True)
        return done.stdout.decode("utf-8", "surrogateescape")

    def head(self) -> str:
        """The commit the history is read from."""
        return self._run("rev-parse", "HEAD").strip()

    def tree(self, commit: str) -> dict[str, str]:
        """Blob id per path of every plain file of a commit."""
        found = {}
        for entry in self._run("ls-tree", "-r", "-z", commit).split("\0"):
            mode, _, rest = entry.partition(" ")
            if mode in ("100644", "100755"):
                about, _, path = rest.partition("\t")
                found[path] = about.split()[1]
        return found

    def text(self, blob: str) -> str | None:
        """A blob's text; None if it is binary, over a megabyte, or not in this copy."""
        assert self._reader.stdin is not None
        assert self._reader.stdout is not None
        self._reader.stdin.write(blob.encode() + b"\n")
        self._reader.stdin.flush()
        head = self._reader.stdout.readline().split()
        if head[-1] == b"missing":
            return None
        data = self._reader.stdout.read(int(head[2]) + 1)[:-1]
        if len(data) > MOST_BYTES or b"\0" in data[:8000]:
            return None
        return data.decode("utf-8", "replace")

    def past(self, commit: str) -> History:
        """What changed up to a commit, and why, as the program reads it."""
        return parse(self._run(*LOG, f"-n{PAST}", commit))

    def cases(self, kinds: Sequence[str], most: int, seed: int) -> list[Case]:
        """Up to `most` cases of each kind (`subject`, `body`) drawn by `seed`, oldest first."""
        told: list[tuple[int, str, str, tuple[str | None, str | None]]] = []
        form = "--format=%x01%H%x00%P%x00%s%x00%b"
        log = self._run("log", "--no-merges", "--topo-order", f"-n{RECENT}", form, "HEAD")
        for age, entry in enumerate(log.split("\x01")[1:]):
            commit, parents, subject, body = entry.split("\0")
            if parents:
                told.append((age, commit, parents.split()[0], instruction(subject, body)))
        drawn: list[tuple[int, Case]] = []
        for kind in kinds:
            left = most
            random.Random(f"{seed} {self.name} {kind}").shuffle(told)
            for age, commit, parent, queries in told:
                query = queries[kind == "body"]
                gold = self._gold(parent, commit) if left and query else {}
                if query and gold:
                    drawn.append((age, Case(self.name, commit, parent, kind, query, gold)))
                    left -= 1
            told.sort()
        return [case for _, case in sorted(drawn, key=lambda one: (-one[0], one[1].kind))]

    def _gold(self, parent: str, commit: str) -> dict[str, frozenset[int]]:
        """Lines to edit per source file that was there before; empty if this is no case."""
        changes = self._run("diff-tree", "-r", "-M", "-z", "--name-status", parent, commit)
        fields = iter(changes.split("\0"))
        before: dict[str, str] = {}
        for status in fields:
            if not status:
                break
            old = next(fields)
            new = next(fields) if status[0] in "RC" else old
            if status[0] in "MR" and source(old):
                before[new] = old
        if not 1 <= len(before) <= MOST_FILES:
            return {}
        diff = self._run(
            "diff-tree", "-p", "-M", "-U0", "--no-color", "--no-ext-diff", parent, commit
        )
        gold: dict[str, set[int]] = {}
        lines: set[int] = set()
        for line in diff.splitlines():
            if line.startswith("--- "):
                old = line[4:].split("\t")[0].removeprefix("a/").strip('"')
                lines = gold.setdefault(old, set()) if old in before.values() else set()
            elif line.startswith("@@ "):
                lines.update(_old_side(line))
        if set(gold) != set(before.values()) or not all(gold.values()):
            return {}
        return {path: frozenset(found) for path, found in sorted(gold.items())}


def _old_side(hunk: str) -> Iterator[int]:
    """Lines of the old side; a pure insertion is at the two lines round it."""
    place = hunk.split()[1][1:]
    first, _, count = place.partition(",")
    start, many = int(first), int(count or 1)
    if many:
        yield from range(start, start + many)
    else:
        yield from (line for line in (start, start + 1) if line > 0)

"""Known edits, and how each is written down exactly: what the forms are wrapped around.

Edits come from the history of git repositories, or are made up for the files of a folder.
"""

from __future__ import annotations

import difflib
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

EDIT_FORMATS = ("v4a", "blocks", "unified", "whole", "span")
LANGUAGES = {
    "py": "python",
    "go": "go",
    "rs": "rust",
    "c": "c",
    "h": "c",
    "js": "javascript",
    "ts": "typescript",
    "md": "markdown",
    "toml": "toml",
    "yml": "yaml",
    "yaml": "yaml",
    "json": "json",
    "sh": "bash",
}
_SUFFIX = re.compile(r"\.(py|go|rs|c|h|js|ts|tsx|md|rst|toml|ya?ml|json|cfg|txt|java|rb|lua|css)$")
_MARKS = re.compile(r"^\s*(<{5,} SEARCH|={5,}\s*$|>{5,} REPLACE|\*\*\* |diff --git )")
_LONGEST_FILE = 900
_LONGEST_LINE = 300
_MOST_CHANGED = 60
_SPAN = 80


@dataclass(frozen=True)
class Hunk:
    """Changed lines with context: (tag, text); `start` is its first line in the file, from 0."""

    start: int
    new_start: int
    lines: tuple[tuple[str, str], ...]

    def old(self) -> list[str]:
        return [text for tag, text in self.lines if tag != "+"]

    def new(self) -> list[str]:
        return [text for tag, text in self.lines if tag != "-"]


@dataclass(frozen=True)
class Edit:
    """One file before and after, as lines; `hunks` fit in exactly one place each."""

    name: str
    path: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    hunks: tuple[Hunk, ...]

    @property
    def language(self) -> str:
        return LANGUAGES.get(self.path.rpartition(".")[2], "")

    @property
    def first_changed(self) -> int:
        """The first line (from 0) that is another one, or the end of the shorter text."""
        pairs = zip(self.before, self.after, strict=False)
        shorter = min(len(self.before), len(self.after))
        return next((i for i, (one, two) in enumerate(pairs) if one != two), shorter)

    @property
    def prose(self) -> bool:
        return self.path.endswith((".md", ".rst", ".txt"))


def made(name: str, path: str, before: Sequence[str], after: Sequence[str]) -> Edit | None:
    """The edit between two texts, where its hunks can be written so that they are unique."""
    changed = [op for op in _opcodes(before, after) if op[0] != "equal"]
    size = sum(i2 - i1 + j2 - j1 for _, i1, i2, j1, j2 in changed)
    if not changed or size > _MOST_CHANGED or not before or not after:
        return None
    for context in (3, 5, 8, 12):
        hunks = _hunks(before, after, context)
        if all(len(places(before, h.old())) == 1 for h in hunks) and _apart(hunks, before):
            return Edit(name, path, tuple(before), tuple(after), tuple(hunks))
    return None


def _opcodes(a: Sequence[str], b: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()


def _hunks(a: Sequence[str], b: Sequence[str], context: int) -> list[Hunk]:
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    out = []
    for group in matcher.get_grouped_opcodes(context):
        lines: list[tuple[str, str]] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [(" ", text) for text in a[i1:i2]]
            else:
                lines += [("-", text) for text in a[i1:i2]] + [("+", text) for text in b[j1:j2]]
        out.append(Hunk(group[0][1], group[0][3], tuple(lines)))
    return out


def _apart(hunks: Sequence[Hunk], before: Sequence[str]) -> bool:
    """Whether each block is still the only one when those above it are made, and is no edge case.

    A hunk without context at one of its ends, away from the file's, could be read as at the end.
    """
    now = list(before)
    for hunk in hunks:
        if not hunk.old() or not any(text.strip() for text in hunk.old()):
            return False
        at = places(now, hunk.old())
        if len(at) != 1:
            return False
        now[at[0] : at[0] + len(hunk.old())] = hunk.new()
    return True


def places(lines: Sequence[str], pattern: Sequence[str]) -> list[int]:
    """Where these lines stand, trailing blanks and indentation aside."""
    keys, wanted = [x.strip() for x in lines], [x.strip() for x in pattern]
    n = len(wanted)
    return [
        i for i in range(len(keys) - n + 1) if keys[i] == wanted[0] and keys[i : i + n] == wanted
    ]


def fit(text: str) -> tuple[str, ...] | None:
    """The lines of a text that can be used: with a final newline, of usual size and characters."""
    if not text.endswith("\n") or "\r" in text or "\0" in text or text.startswith("\ufeff"):
        return None
    lines = text[:-1].split("\n")
    if not 3 <= len(lines) <= _LONGEST_FILE or len(text.splitlines()) != len(lines):
        return None
    if any(len(line) > _LONGEST_LINE or _MARKS.match(line) for line in lines):
        return None
    return tuple(lines)


# ------------------------------------------------------------------- where edits come from


def from_repository(git_dir: Path, count: int, seed: int) -> Iterator[Edit]:
    """Edits of single files from a repository's commits, in a seeded order."""

    def git(*args: str) -> bytes:
        command = ["git", "--git-dir", str(git_dir), *args]
        return subprocess.run(command, capture_output=True, check=True).stdout

    rng = random.Random(f"{seed} {git_dir.name}")
    commits = git("rev-list", "--no-merges", "--min-parents=1", "HEAD").decode().split()
    rng.shuffle(commits)
    found = 0
    for commit in commits:
        raw = git("diff-tree", "--no-commit-id", "-r", "--raw", "-z", "--no-abbrev", commit)
        fields = raw.decode("utf-8", "replace").split("\0")
        for meta, path in zip(fields[::2], fields[1::2], strict=False):
            parts = meta.split(" ")
            if len(parts) != 5 or parts[4] != "M" or not _SUFFIX.search(path) or " " in path:
                continue
            try:
                sides = [git("cat-file", "blob", oid).decode() for oid in parts[2:4]]
            except UnicodeDecodeError:
                continue
            before, after = fit(sides[0]), fit(sides[1])
            if before is None or after is None:
                continue
            edit = made(f"{git_dir.name}-{commit[:8]}", path, before, after)
            if edit is not None:
                yield edit
                found += 1
                break
        if found == count:
            return


def from_folder(folder: Path, count: int, seed: int) -> Iterator[Edit]:
    """Made-up edits of a folder's files: renamed words, lines put in and taken out."""
    rng = random.Random(f"{seed} {folder.name}")
    files = sorted(p for p in folder.rglob("*") if _SUFFIX.search(p.name) and p.is_file())
    rng.shuffle(files)
    found = 0
    for number, file in enumerate(files):
        try:
            before = fit(file.read_bytes().decode())
        except UnicodeDecodeError:
            continue
        if before is None:
            continue
        after = changed(before, rng)
        path = file.relative_to(folder).as_posix()
        edit = made(f"{folder.name}-{number}", path, before, after)
        if edit is not None:
            yield edit
            found += 1
            if found == count:
                return


def changed(before: Sequence[str], rng: random.Random) -> list[str]:
    """The lines with one to three small changes."""
    out = list(before)
    spots = [i for i, line in enumerate(out) if re.search(r"[A-Za-z]{4}", line)]
    for at in sorted(rng.sample(spots, min(len(spots), rng.randint(1, 3))), reverse=True):
        line = out[at]
        words = re.findall(r"[A-Za-z]{4,}", line)
        kind = rng.random()
        if kind < 0.6:
            word = rng.choice(words)
            out[at] = line.replace(word, f"{word}_{rng.randint(2, 9)}", 1)
        elif kind < 0.85:
            indent = line[: len(line) - len(line.lstrip())]
            out.insert(at + 1, f"{indent}added_{rng.randint(10, 99)} = {rng.choice(words)}")
        elif len(out) > 3:
            del out[at]
    return out


# ------------------------------------------------------------------- the formats


def fence_for(texts: Sequence[str]) -> str:
    """A fence longer than any in these lines."""
    longest = max((len(m.group(1)) for t in texts if (m := re.match(r"\s*(`{3,})", t))), default=2)
    return "`" * max(3, longest + 1)


def v4a(edit: Edit, hunks: Sequence[Hunk] | None = None, *, path: str = "") -> list[str]:
    out = ["*** Begin Patch", f"*** Update File: {path or edit.path}"]
    for hunk in edit.hunks if hunks is None else hunks:
        out += ["@@", *(tag + text for tag, text in hunk.lines)]
    return [*out, "*** End Patch"]


def blocks(edit: Edit, hunks: Sequence[Hunk] | None = None, *, title: str = "") -> list[str]:
    out: list[str] = []
    fence = fence_for([*edit.before, *edit.after])
    for hunk in edit.hunks if hunks is None else hunks:
        out += [title or edit.path, fence + edit.language, "<<<<<<< SEARCH", *hunk.old()]
        out += ["=======", *hunk.new(), ">>>>>>> REPLACE", fence, ""]
    return out[:-1]


def unified(edit: Edit, hunks: Sequence[Hunk] | None = None, *, path: str = "") -> list[str]:
    name = path or edit.path
    out = [f"--- a/{name}", f"+++ b/{name}"]
    for hunk in edit.hunks if hunks is None else hunks:
        old, new = len(hunk.old()), len(hunk.new())
        out += [f"@@ -{hunk.start + 1},{old} +{hunk.new_start + 1},{new} @@"]
        out += [tag + text for tag, text in hunk.lines]
    return out


def whole(edit: Edit, lines: Sequence[str] | None = None, *, title: str = "") -> list[str]:
    body = edit.after if lines is None else lines
    fence = fence_for(body)
    return [title or edit.path, fence + edit.language, *body, fence]


@dataclass(frozen=True)
class Span:
    """Lines `first` to `last` (from 1) of the file, and what is to stand there."""

    first: int
    last: int
    new: tuple[str, ...]


def span_of(edit: Edit) -> Span | None:
    """The lines round all changes, where they are few enough to be rewritten as a whole."""
    changes = [op for op in _opcodes(edit.before, edit.after) if op[0] != "equal"]
    top = max(0, changes[0][1] - 2)
    bottom = min(len(edit.before), changes[-1][2] + 2)
    below = len(edit.before) - bottom
    new = edit.after[top : len(edit.after) - below]
    if bottom - top > _SPAN or not new or not any(text.strip() for text in new):
        return None
    return Span(top + 1, bottom, tuple(new))


def written(edit: Edit, edit_format: str) -> list[str]:
    """The edit as lines of an answer, exactly."""
    match edit_format:
        case "v4a":
            return v4a(edit)
        case "blocks":
            return blocks(edit)
        case "unified":
            return unified(edit)
        case "whole":
            return whole(edit)
    span = span_of(edit)
    new = span.new if span else ()
    fence = fence_for(new)
    return [fence + edit.language, *new, fence]

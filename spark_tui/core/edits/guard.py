"""Which paths are never written, and which texts are no whole file. Pure: strings in, words out.

What only the disk knows (links, directories, twins by case, nested repositories) is checked by
the services that open files.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from spark_tui.core.edits.model import FileOp, Hunk, Refusal, RefusalCode
from spark_tui.core.regex import regex

_LONGEST = 1_024
_LONGEST_MARKER = 160
_DEEPEST = 64
_DEVICE = regex(
    r"^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .].*)?$", re.IGNORECASE
)
_DRIVE = regex(r"[A-Za-z]:[\\/]")
_PARTS = regex(r"[\\/]")
_SHORT_GIT = regex(r"^git~[0-9]+$")
# default ignorables that Unicode does not class as format characters
_IGNORABLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
)
_PROTECTED_NAMES = frozenset(
    {
        ".gitmodules",
        "agents.md",
        ".gitattributes",
        ".gitlab-ci.yml",
        ".travis.yml",
        "jenkinsfile",
        "azure-pipelines.yml",
        ".pre-commit-config.yaml",
        "lefthook.yml",
        ".envrc",
        ".spark.toml",
        ".npmrc",
    }
)
_PROTECTED_FOLDERS = frozenset(
    {
        ".github",
        ".gitlab",
        ".circleci",
        ".husky",
        ".githooks",
        ".vscode",
        ".idea",
        ".devcontainer",
        ".cargo",
        ".buildkite",
    }
)
_LAZY = regex(
    r"^\W*(?:\.{3}|…)?\s*"
    r"(?:(?:the\s+)?(?:rest|remainder)\s+(?:of|is|remains|stays)\b"
    r"|(?:the\s+)?(?:existing|unchanged|remaining|previous|same|other|omitted)\s+"
    r"(?:\w+\s+){0,2}(?:code|lines?|content|methods?|functions?|imports?|tests?|implementation)\b"
    r"|(?:code|lines?|content|methods?|functions?|imports?|implementation)\s+"
    r"(?:\w+\s+){0,2}(?:unchanged|omitted|as before|remains?|stays?|elided|same)\b"
    r"|(?:unchanged|same as before|as before|omitted)\b)",
    re.IGNORECASE,
)
_DOTS = regex(r"^\s*(?:(?:#|//|--|;|%|/\*|<!--)[ \t]?)?(?:\.{3}|…)\s*(?:\*/|-->)?\s*$")


def normal_path(written: str, root: str = "") -> str:
    """The path below the worktree: without a leading `./`, or `root` where it is absolute."""
    if root and written.startswith(f"{root}/"):
        return written[len(root) :].lstrip("/")
    if written.startswith("./"):
        return re.sub(r"^(?:\./+)+", "", written)
    return written


def composed(path: str) -> str:
    """The path with its letters composed (NFC): equal for names that look the same."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def shown(path: str, limit: int = 60) -> str:
    """The path with nothing in it that a terminal would obey, cut in the middle."""
    safe = "".join(c if _visible(c) else "�" for c in path)
    if len(safe) <= limit:
        return safe
    half = (limit - 1) // 2
    return f"{safe[:half]}…{safe[-half:]}"


def _visible(char: str) -> bool:
    return char.isprintable() and char not in _IGNORABLE


def check_path(path: str) -> Refusal | None:
    """A refusal for a path at which nothing new may be made, None for a harmless one."""
    return check_known(path) or _odd(path)


@lru_cache(maxsize=1_024)
def check_known(path: str) -> Refusal | None:
    """A refusal for a path that is never touched, whatever is there.

    A file that is there already may have any name the disk has given it.
    """
    return _outside(path) or _unusable(path)


def _refuse(path: str, why: str) -> Refusal:
    return Refusal(RefusalCode.PATH, f"{shown(path)} {why}, never written")


def _outside(path: str) -> Refusal | None:
    if not path:
        return Refusal(RefusalCode.PATH, "the edit names no file")
    home = path == "~" or path.startswith("~/")
    if home or path.startswith(("/", "\\\\")) or _DRIVE.match(path) or ".." in _PARTS.split(path):
        return _refuse(path, "is outside this repository")
    return None


def _unusable(path: str) -> Refusal | None:
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return _refuse(path, "is no valid text")
    parts = path.split("/")
    if size > _LONGEST or len(parts) > _DEEPEST:
        return _refuse(path, "is too long or too deep")
    if any(part in ("", ".") for part in parts):
        return _refuse(path, "has an empty part")
    if "\0" in path:
        return _refuse(path, "has invisible or control characters")
    if any(_is_git(part) for part in parts):
        return _refuse(path, "belongs to git")
    return None


def _is_git(part: str) -> bool:
    """Whether some system takes this name for `.git`."""
    folded = _folded(part)
    return folded == ".git" or bool(_SHORT_GIT.match(folded)) or folded.startswith(".git:")


def _folded(part: str) -> str:
    folded = unicodedata.normalize("NFKC", part).casefold()
    return "".join(c for c in folded if _visible(c)).rstrip(" .")


def _odd(path: str) -> Refusal | None:
    if "\\" in path or ":" in path:
        return _refuse(path, "has a backslash or colon")
    if not all(_visible(char) for char in path):
        return _refuse(path, "has invisible or control characters")
    if path != composed(path):
        return _refuse(path, "is not in normal form")
    for part in path.split("/"):
        why = _odd_part(part)
        if why:
            return _refuse(path, why)
    return None


def _odd_part(part: str) -> str:
    if part[0] in "-~":
        return "starts like an option"
    if part[-1] in " .":
        return "ends in a space or dot"
    if part[0] == " ":
        return "starts with a space"
    if _DEVICE.match(_folded(part)) or _DEVICE.match(part):
        return "is a device name"
    return ""


def needs_consent(path: str) -> bool:
    """Whether writing this file arms something later: CI, hooks, editor and git settings."""
    parts = path.casefold().split("/")
    name = parts[-1]
    if name in _PROTECTED_NAMES or name == ".env" or name.startswith(".env."):
        return True
    return any(part in _PROTECTED_FOLDERS for part in parts[:-1])


def protected(hunk: Hunk) -> bool:
    """Whether a hunk writes or moves to a file that `needs_consent`: only a person keeps it."""
    return needs_consent(hunk.path) or bool(hunk.move_to and needs_consent(hunk.move_to))


def guessed_new(hunk: Hunk) -> bool:
    """Whether it creates a file that is only named by a line above a text."""
    raw = hunk.raw
    return hunk.op is FileOp.CREATE and raw is not None and (raw.whole or not raw.prefixed)


# ------------------------------------------------------------------- contents


def is_prose(path: str) -> bool:
    """Whether the file is written for people: the code in it is excerpts, with dots of its own."""
    return path.casefold().endswith((".md", ".markdown", ".rst", ".adoc", ".txt"))


def lazy_marker(
    new: Sequence[str], old: Sequence[str], *, dots: bool, prose: bool = False
) -> int | None:
    """Index of the first new line that stands for left-out code and is not in the old text.

    A line the old text has as often as the new one is text. Bare `...` lines count with `dots`:
    where more is removed than written. In `prose` that goes for `# ...` too, and for words without
    dots: "the rest of" is language there.
    """
    left: Counter[str] | None = None
    for i, line in enumerate(new):
        bare = bool(_DOTS.match(line)) if prose else _is_bare_dots(line)
        if not _is_lazy(line, strictly=prose and not dots):
            continue
        if bare and (not dots or _is_body(new, i)):
            continue
        if left is None:
            left = Counter(text.strip() for text in old)
        left[line.strip()] -= 1
        if left[line.strip()] < 0:
            return i
    return None


def bare_dots(new: Sequence[str], old: Sequence[str]) -> int | None:
    """Index of the first line of dots alone that the old text has not, and that is no body."""
    left: Counter[str] | None = None
    for i, line in enumerate(new):
        if not _is_bare_dots(line) or _is_body(new, i):
            continue
        if left is None:
            left = Counter(text.strip() for text in old if _is_bare_dots(text))
        left[line.strip()] -= 1
        if left[line.strip()] < 0:
            return i
    return None


def _is_bare_dots(line: str) -> bool:
    return line.strip() in ("...", "…")


def _is_body(lines: Sequence[str], at: int) -> bool:
    """Python's own `...`: the only statement of a block, or after its docstring."""
    above = next((line.rstrip() for line in reversed(lines[:at]) if line.strip()), "")
    depth = len(lines[at]) - len(lines[at].lstrip())
    if above.endswith(":"):
        return depth > len(above) - len(above.lstrip())
    return depth > 0 and above.endswith(('"""', "'''"))


def _is_lazy(line: str, *, strictly: bool) -> bool:
    if len(line) > _LONGEST_MARKER:
        return False
    if _DOTS.match(line):
        return True
    stripped = line.strip()
    comment = stripped.startswith(("#", "//", "/*", "--", "<!--", ";", "%", "*", "...", "…", "{/*"))
    dotted = "..." in stripped or "…" in stripped
    if strictly:
        comment = stripped.startswith(("#", "//", "/*", "<!--", "{/*"))
    bracketed = stripped[:1] in "[(<" and dotted
    if not ((comment and dotted) or bracketed):
        if strictly:
            return False
        return comment and bool(re.match(r"^\W*(?:rest of|unchanged\b)", stripped, re.IGNORECASE))
    return bool(_LAZY.match(re.sub(r"^\W+", "", stripped)))

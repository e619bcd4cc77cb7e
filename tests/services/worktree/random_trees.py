"""Repositories made from a seed: every kind of file, and every kind of change to it."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

from spark_tui.services.worktree.disk import is_temp

Files = dict[str, tuple[bytes, int]]
"""Path → bytes and permissions."""

WORDS = ["pool", "retry", "wait", "send", "close", "total", "backoff", "header", "limit", "sum"]
NAMES = (
    "a.py",
    "b/c.py",
    "b/naïve café.txt",
    "日本/語.md",
    "data.bin",
    "e m p t y",
    "x/y/z.go",
    "run.sh",
)


def line(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.15:
        return b""
    if kind < 0.25:
        return rng.choice([b"}", b"    return x", b"pass", "ü — 語".encode()])
    words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6)))
    return b" " * (4 * rng.randint(0, 2)) + words.encode()


def content(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.08:
        return b""
    if kind < 0.16:
        return bytes(rng.randrange(256) for _ in range(rng.randint(1, 80))) + b"\0"
    end = rng.choice([b"\n", b"\n", b"\r\n"])
    text = end.join(line(rng) for _ in range(rng.randint(1, 60)))
    if rng.random() < 0.06:
        text = b"\xef\xbb\xbf" + text
    if rng.random() < 0.05:
        text = text.replace(b"pool", b"p\xfc\xffl")
    return text + (end if rng.random() < 0.8 else b"")


def edited(data: bytes, rng: random.Random) -> bytes:
    if b"\0" in data or not data:
        return content(rng)
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(lines) + 1)
        kind = rng.random()
        if kind < 0.35:
            lines[at:at] = [line(rng) for _ in range(rng.randint(1, 4))]
        elif kind < 0.65:
            del lines[at : at + rng.randint(1, 4)]
        elif lines:
            at = min(at, len(lines) - 1)
            lines[at] = line(rng) + (b"\r" if lines[at].endswith(b"\r") else b"")
    return b"\n".join(lines)


def before(rng: random.Random) -> Files:
    return {
        name: (content(rng), 0o755 if name.endswith(".sh") else 0o644)
        for name in NAMES
        if rng.random() < 0.85
    } | {"keep.txt": (b"kept\n", 0o644)}


def after(files: Files, rng: random.Random) -> Files:
    out = dict(files)
    for path, (data, mode) in files.items():
        kind = rng.random()
        if kind < 0.1:
            del out[path]
        elif kind < 0.25:
            del out[path]
            moved = f"moved/{path}"
            out[moved] = (edited(data, rng) if rng.random() < 0.4 else data, mode)
        elif kind < 0.8:
            out[path] = (edited(data, rng), mode ^ 0o111 if rng.random() < 0.2 else mode)
    for _ in range(rng.randint(0, 3)):
        out[f"new/{rng.choice(WORDS)} {rng.randint(1, 9)}.txt"] = (content(rng), 0o644)
    return out


def save(root: Path, files: Files) -> None:
    """Make the tree hold exactly these files."""
    for path in root.rglob("*"):
        inside = str(path.relative_to(root))
        if path.is_file() and not inside.startswith(".git/") and inside not in files:
            path.unlink()
    for name, (data, mode) in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        target.chmod(mode)
        os.utime(target, (1_700_000_000, 1_700_000_000))


def git(root: Path, *args: str, feed: bytes = b"", check: bool = True) -> bytes:
    done = subprocess.run(
        ["git", "-c", "user.name=u", "-c", "user.email=u@example.com", *args],
        cwd=root,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C"},
        input=feed,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stderr.decode()
    return done.stdout


def make(root: Path, seed: int) -> None:
    """A repository whose working tree differs from its only commit."""
    rng = random.Random(seed)
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    files = before(rng)
    save(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    save(root, after(files, rng))
    if rng.random() < 0.5:
        git(root, "add", "-A")  # staged or not, the tree is what is reviewed


def snapshot(root: Path) -> Files:
    """Every file of the tree, with its permissions."""
    found: Files = {}
    for folder, names, files in os.walk(root):
        if ".git" in names:
            names.remove(".git")
        for name in files:
            path = Path(folder, name)
            if is_temp(name):  # what a write displaced goes a moment later
                continue
            found[str(path.relative_to(root))] = held(path)
    return found


def held(path: Path) -> tuple[bytes, int]:
    """A file's bytes and permissions; of a link where it leads."""
    if path.is_symlink():
        return os.fsencode(path.readlink()), 0
    return path.read_bytes(), path.stat().st_mode & 0o777


def git_state(root: Path) -> dict[str, bytes]:
    """HEAD, index, refs, stash, configuration: all of `.git` but its objects."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in (root / ".git").rglob("*")
        if path.is_file() and "objects" not in path.relative_to(root / ".git").parts[:1]
    }

"""Taking hunks out of a tree, against `git apply -R` of a patch made of the same hunks.

    python -m tests.services.worktree.taken_out MIRRORS [COMMITS] [SUBSETS]

replays commits of the repositories in MIRRORS/*/repo as working-tree changes: every subset of up to
8 hunks, else SUBSETS (200) random ones, is taken out, compared byte for byte and mode for mode with
what git makes of it, and taken back. HEAD, index, refs and stash must not change.
"""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from spark_tui.core.edits.diff import Op, quoted
from spark_tui.core.edits.text import encode
from spark_tui.core.tree_review.model import ChangeKind, PathChange, Scope, TreeHunk
from spark_tui.services.worktree import open_worktree
from spark_tui.services.worktree.reviewed_tree import ReviewedTree
from tests.services.worktree.random_trees import Files, git, git_state, held, save, snapshot

FEW = 8
EVERY = 100
"""From so many subsets asked for on, all of a few hunks are meant."""


def changes_of(tree: ReviewedTree) -> list[PathChange]:
    return [change for change in tree.changes(tree.listed()) if change is not None]


def subsets(ids: Sequence[str], rng: random.Random, most: int) -> Iterator[frozenset[str]]:
    if len(ids) <= FEW:
        every = itertools.chain.from_iterable(
            itertools.combinations(ids, n) for n in range(1, len(ids) + 1)
        )
        chosen = [frozenset(one) for one in every]
        few = most < EVERY and len(chosen) > most
        yield from rng.sample(chosen, most) if few else chosen
        return
    for _ in range(most):
        share = rng.choice([0.05, 0.2, 0.5, 0.8, 1.0])
        found = frozenset(one for one in ids if rng.random() < share)
        yield found or frozenset([rng.choice(list(ids))])


def _lines(change: PathChange, ops: Sequence[Op]) -> bytes:
    """Ranges as hunks without context, which git places by their number in what it makes."""
    assert change.images is not None
    out, shift = b"", 0
    for op in sorted(ops, key=lambda op: (op.b1, op.a1)):
        sides = []
        for image, start, end in (
            (change.images[0], op.a1, op.a2),
            (change.images[1], op.b1, op.b2),
        ):
            data = encode(image, image.lines[start:end])
            bom = image.bom if start else b""
            sides.append(data.removeprefix(bom) if end > start else b"")
        counts = [(op.b1 + shift, op.a2 - op.a1), (op.b1, op.b2 - op.b1)]
        shift += op.a2 - op.a1 - (op.b2 - op.b1)
        spans = [f"{start + 1 if n else start},{n}" for start, n in counts]
        out += f"@@ -{spans[0]} +{spans[1]} @@\n".encode()
        for tag, data in zip((b"-", b"+"), sides, strict=True):
            for text in data.split(b"\n")[:-1]:
                out += tag + text + b"\n"
            last = data.split(b"\n")[-1]
            if last:
                out += tag + last + b"\n\\ No newline at end of file\n"
    return out


def patch_of(change: PathChange, chosen: Sequence[TreeHunk]) -> bytes:
    """A git patch of these hunks of one text file."""
    kinds = {hunk.kind for hunk in chosen}
    new = change.file.path
    old = change.file.origin if ChangeKind.RENAMED in kinds else new
    a, b = quoted(f"a/{old}"), quoted(f"b/{new}")
    head = [f"diff --git {a} {b}"]
    if ChangeKind.NEW in kinds:
        head.append(f"new file mode {change.after.mode:o}")
        a = "/dev/null"
    elif ChangeKind.DELETED in kinds:
        head.append(f"deleted file mode {change.before.mode:o}")
        b = "/dev/null"
    elif ChangeKind.MODE in kinds:
        head += [f"old mode {change.before.mode:o}", f"new mode {change.after.mode:o}"]
    if ChangeKind.RENAMED in kinds:
        head += ["similarity index 90%", f"rename from {quoted(old)}", f"rename to {quoted(new)}"]
    ops = [op for hunk in chosen for op in hunk.ops]
    body = _lines(change, ops) if ops else b""
    if kinds & {ChangeKind.NEW, ChangeKind.DELETED}:
        data = (change.after if ChangeKind.NEW in kinds else change.before).data or b""
        tag = b"+" if ChangeKind.NEW in kinds else b"-"
        lines = data.split(b"\n")
        count = len(lines) - (not lines[-1])
        span = f"-0,0 +1,{count}" if tag == b"+" else f"-1,{count} +0,0"
        body = f"@@ {span} @@\n".encode() if count else b""
        body += b"".join(tag + text + b"\n" for text in lines[:-1])
        if lines[-1]:
            body += tag + lines[-1] + b"\n\\ No newline at end of file\n"
    if body:
        head += [f"--- {a}", f"+++ {b}"]
    return "\n".join(head).encode("utf-8", "surrogateescape") + b"\n" + body


def _told_by_git(change: PathChange) -> bool:
    """Whether a text patch can say it: git cuts lines at line feeds only."""
    for side in (change.before, change.after):
        data = side.data or b""
        if b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
            return False
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return False
    return all(
        h.ops or h.kind not in (ChangeKind.BINARY, ChangeKind.LARGE) for h in change.file.hunks
    )


def expected(
    shown: Files, changes: Sequence[PathChange], ids: frozenset[str], scratch: Path
) -> tuple[Files, int]:
    """The tree with these hunks reversed by git, and how many files it could not be asked about."""
    patch, skipped = b"", 0
    touched: set[str] = set()
    files = dict(shown)
    for change in changes:
        chosen = [hunk for hunk in change.file.hunks if hunk.id in ids]
        if not chosen:
            continue
        if not _told_by_git(change):
            skipped += 1
            path, mode = change.file.path, shown.get(change.file.path, (b"", 0))[1]
            kinds = {hunk.kind for hunk in chosen}
            if kinds == {ChangeKind.NEW}:
                del files[path]
            elif kinds == {ChangeKind.DELETED}:
                files[path] = (change.before.data or b"", change.before.mode & 0o777)
            elif len(chosen) == len(change.file.hunks):
                files.pop(path)
                mode = change.before.mode & 0o777 if ChangeKind.MODE in kinds else mode
                files[change.file.origin or path] = (change.before.data or b"", mode)
            else:
                return {}, 1
            continue
        touched |= {change.file.path}
        patch += patch_of(change, chosen)
    if patch:
        base = {path: files.pop(path) for path in touched if path in files}
        save(scratch, base)
        done = subprocess.run(
            ["git", "apply", "-R", "--unidiff-zero", "--whitespace=nowarn", "-"],
            cwd=scratch,
            input=patch,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (done.stderr.decode(), patch[:2000])
        files |= snapshot(scratch)
    return files, skipped


def check(root: Path, state: Path, rng: random.Random, most: int) -> tuple[int, int, int]:
    """Hunks, subsets taken out and back, and files git could not be asked about."""
    tree = ReviewedTree(open_worktree(root, state), Scope())
    changes = changes_of(tree)
    ids = [h.id for c in changes for h in c.file.hunks if not h.fixed]
    whole, kept = snapshot(root), git_state(root)
    named = {path for c in changes for path in (c.file.path, c.file.origin) if path}
    shown = {path: whole[path] for path in named if path in whole}
    done = skipped = 0
    with tempfile.TemporaryDirectory() as scratch:
        for chosen in subsets(ids, rng, most):
            wanted, unasked = expected(shown, changes, chosen, Path(scratch))
            skipped += unasked
            drops = []
            for change in changes:
                mine = {h.id for h in change.file.hunks} & chosen
                if mine:
                    drops.append((change, mine))
            entry = tree.take_out(drops)
            now = some(root, named)
            if wanted or not unasked:
                assert now == wanted, _differs(now, wanted)
            tree.take_back(entry.id)
            assert (now := some(root, named)) == shown, _differs(now, shown)
            done += 1
    tree.worktree.close(commit=False)
    assert git_state(root) == kept
    assert snapshot(root) == whole
    return len(ids), done, skipped


def some(root: Path, paths: Collection[str]) -> Files:
    """These files, those that are there; the others are compared when all is done."""
    found = ((path, root / path) for path in paths)
    return {path: held(file) for path, file in found if file.is_symlink() or file.is_file()}


def _differs(one: Files, other: Files) -> str:
    paths = [path for path in one.keys() | other.keys() if one.get(path) != other.get(path)]
    return "; ".join(f"{p!r}: {one.get(p)!r:.300} != {other.get(p)!r:.300}" for p in paths[:3])


def replay(mirror: Path, commit: str, home: Path) -> Path:
    """The commit as changes of a working tree over its parent."""
    root = home / "work"
    git(home, "clone", "-q", "--shared", "--no-checkout", str(mirror), str(root))
    git(root, "checkout", "-q", "--detach", commit)
    git(root, "reset", "-q", f"{commit}^")
    return root


def main(args: Sequence[str]) -> None:
    mirrors = sorted(path for path in Path(args[0]).glob("*/repo"))
    wanted = int(args[1]) if len(args) > 1 else 40
    most = int(args[2]) if len(args) > 2 else 200
    rng = random.Random(17)
    totals = [0, 0, 0]
    replayed = 0
    for number in itertools.count():
        if replayed == wanted:
            break
        mirror = mirrors[number % len(mirrors)]
        out = git(mirror, "log", "--no-merges", "--min-parents=1", "--format=%H", "-n", "400")
        commits = out.decode().split()
        if not commits:
            continue
        commit = rng.choice(commits)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
            home = Path(made)
            try:
                root = replay(mirror, commit, home)
            except AssertionError:
                continue
            began = time.monotonic()
            counts = check(root, home / "state", rng, most)
        if not counts[0]:
            continue
        replayed += 1
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        name = mirror.parent.name
        print(f"{name:24} {commit[:9]}  {counts[0]:4} hunks  {counts[1]:4} subsets", end="")
        print(f"  {counts[2]:3} unasked  {time.monotonic() - began:5.1f} s", flush=True)
    print(f"{replayed} commits, {totals[0]} hunks, {totals[1]} subsets, {totals[2]} files unasked")


if __name__ == "__main__":
    main(sys.argv[1:])

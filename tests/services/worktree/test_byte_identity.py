"""Random edits of random files: every byte outside the changed lines stays, and so does the rest.

What must come out is known by construction: the file is made of lines that are all different, and
the edit names some of them. Every tenth edit goes through the disk.
"""

from __future__ import annotations

import os
import random
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import RefusalCode
from spark_tui.core.edits.text import image_of
from spark_tui.core.errors import FileRefusedError
from spark_tui.core.journal import EntryNote

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

NOTE = EntryNote("x", "simulated", 1, ())
SAMPLE, ALL = 300, 10_000
ON_DISK = 10

# encoding, byte order mark, words that its files hold, whether more than ASCII may be added
ENCODINGS: tuple[tuple[str, bytes, str, bool], ...] = (
    ("utf-8", b"", "über naïve 漢字 😀 plain", True),
    ("utf-8", b"\xef\xbb\xbf", "über naïve 漢字 plain", True),
    ("latin-1", b"", "déjà créée Orléans plain", True),
    ("cp932", b"", "表示 日本語 ソート", False),
    ("gbk", b"", "你好世界 测试代码", False),
    ("euc_jp", b"", "日本語表示 漢字仮名", False),
    ("cp1251", b"", "привет тебе мир", False),
    ("utf-16-le", b"\xff\xfe", "über 漢字 plain", True),
    ("utf-16-be", b"\xfe\xff", "über 漢字 plain", True),
    ("utf-16-le", b"", "plain über words", True),
)
TAILS = ("", "", "", "  ", "\t", "\x0c", " \u2028x")
MODES = (0o644, 0o755, 0o600, 0o664, 0o750)


@dataclass(frozen=True)
class Made:
    """A file as texts and their endings, and the edit of lines `[first, last)` to `new`."""

    encoding: str
    bom: bytes
    texts: list[str]
    ends: list[str]
    first: int
    last: int
    new: list[str]

    def bytes_of(self, texts: list[str], ends: list[str]) -> bytes:
        joined = "".join(text + end for text, end in zip(texts, ends, strict=True))
        return self.bom + joined.encode(self.encoding)

    @property
    def before(self) -> bytes:
        return self.bytes_of(self.texts, self.ends)

    @property
    def after(self) -> bytes:
        """The changed lines end as those they replace, further ones as the line above."""
        ends = list(self.ends[self.first : self.last])
        above = self.ends[self.first - 1]
        new_ends: list[str] = []
        for number in range(len(self.new)):
            end = ends[number] if number < len(ends) and ends[number] else above
            new_ends.append(end)
            above = end
        return self.bytes_of(
            [*self.texts[: self.first], *self.new, *self.texts[self.last :]],
            [*self.ends[: self.first], *new_ends, *self.ends[self.last :]],
        )


def made(dice: random.Random) -> Made:
    encoding, bom, words, wide = dice.choice(ENCODINGS)
    count = dice.randint(8, 40)
    eols = dice.choice((["\n"], ["\r\n"], ["\n", "\r\n"], ["\n", "\r\n", "\r"], ["\r"]))
    legacy = encoding not in ("utf-8", "utf-16-le", "utf-16-be")
    tails = TAILS[:5] if legacy else TAILS
    texts = [
        f"{dice.choice(words.split())} line {number} {dice.randrange(10**6)}{dice.choice(tails)}"
        for number in range(count)
    ]
    ends = [dice.choice(eols) for _ in texts]
    if dice.random() < 0.2:
        ends[-1] = ""
    first = dice.randint(2, count - 3)
    last = dice.randint(first, min(first + 3, count - 2))
    extra = dice.choice(words.split()) if wide else "ascii"
    least = 1 if first == last else 0
    new = [f"new {dice.randrange(10**9)} {extra}" for _ in range(dice.randint(least, 4))]
    return Made(encoding, bom, texts, ends, first, last, new)


def written(dice: random.Random, made: Made, path: str) -> str:
    """The edit as a model writes it: it sees the text without endings."""
    seen = [line.rstrip("\r\n") for line in image_of(path, made.before).lines]
    above, below = seen[made.first - 2 : made.first], seen[made.last : made.last + 2]
    old = seen[made.first : made.last]
    kind = dice.choice(("v4a", "blocks", "unified", "whole"))
    if kind == "whole":
        text = "\n".join([*seen[: made.first], *made.new, *seen[made.last :]])
        return f"{path}\n`````\n{text}\n`````\n"
    if kind == "blocks":
        search = "".join(f"{text}\n" for text in (*above, *old, *below))
        replace = "".join(f"{text}\n" for text in (*above, *made.new, *below))
        return f"{path}\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"
    body = [
        *(f" {text}" for text in above),
        *(f"-{text}" for text in old),
        *(f"+{text}" for text in made.new),
        *(f" {text}" for text in below),
    ]
    lines = "".join(f"{line}\n" for line in body)
    if kind == "v4a":
        return f"*** Begin Patch\n*** Update File: {path}\n@@\n{lines}*** End Patch\n"
    old_size, new_size = len(old) + 4, len(made.new) + 4
    numbers = f"@@ -{made.first - 1},{old_size} +{made.first - 1},{new_size} @@"
    return f"--- a/{path}\n+++ b/{path}\n{numbers}\n{lines}"


def proposed(text: str, path: str, data: bytes) -> ProposalResult:
    return propose(text, lambda wanted: image_of(wanted, data if wanted == path else None))


def run(rig: Rig, edits: int, seed: int) -> None:
    dice = random.Random(seed)
    tree = rig.tree()
    attributes, refused = hasattr(os, "setxattr"), 0
    for number in range(edits):
        case = made(dice)
        path = f"f{number % 7}.txt"
        text = written(dice, case, path)
        wrong = f"seed {seed}, edit {number}: {case}"
        result = proposed(text, path, case.before)
        if case.bytes_of(case.texts, case.ends) == case.after:
            continue
        if result.refused:
            refusal = result.refused[0].refusal
            # a whole file that has become far shorter may be an excerpt
            assert refusal is not None, wrong
            assert refusal.code is RefusalCode.EXCERPT, (wrong, refusal)
            refused += 1
            continue
        assert [change.after.data for change in result.changes] == [case.after], wrong
        if number % ON_DISK:
            continue
        mode = dice.choice(MODES)
        file = rig.root / path
        rig.save(path, case.before, mode)
        if attributes:
            try:
                os.setxattr(file, "user.note", b"%d" % number)
            except OSError:
                attributes = False
        entry = tree.flush(propose(text, tree.read).changes, NOTE)
        for wanted in (case.after, case.before):  # written, then taken back
            assert file.read_bytes() == wanted, wrong
            assert stat.S_IMODE(file.stat().st_mode) == mode, wrong
            assert not attributes or os.getxattr(file, "user.note") == b"%d" % number, wrong
            if wanted == case.after:
                tree.undo(entry.id)
    assert refused <= edits / 200


def test_bytes_outside_the_changed_lines_stay(rig: Rig) -> None:
    run(rig, SAMPLE, 1)


@pytest.mark.long
def test_bytes_outside_the_changed_lines_stay_in_ten_thousand_edits(rig: Rig) -> None:
    run(rig, ALL, 2)


@pytest.mark.parametrize("kind", ["hard link", "symlink", "folder link"])
def test_links_are_refused_and_stay_what_they_are(rig: Rig, kind: str) -> None:
    rig.save("real/a.txt", b"a\nold\nb\n")
    path = "real/a.txt"
    if kind == "hard link":
        os.link(rig.root / "real/a.txt", rig.root / "twin.txt")
    elif kind == "symlink":
        (rig.root / "link.txt").symlink_to("real/a.txt")
        path = "link.txt"
    else:
        (rig.root / "linked").symlink_to("real")
        path = "linked/a.txt"
    before = rig.seen()
    text = f"*** Begin Patch\n*** Update File: {path}\n@@\n a\n-old\n+new\n*** End Patch\n"
    tree = rig.tree()
    result = propose(text, tree.read)
    if result.changes:
        with pytest.raises(FileRefusedError):
            tree.flush(result.changes, NOTE)
    assert rig.seen() == before
    if kind == "hard link":
        assert (rig.root / "twin.txt").stat().st_nlink == 2

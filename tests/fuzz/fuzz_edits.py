"""Random answers to random files: nothing crashes or hangs, and chunks make no difference.

    python -m tests.fuzz.fuzz_edits [--seconds 1800] [--seed 1] [--into FOLDER]

Known edits in all their forms are bent, cut, spliced and blown up. What ends in a new way (other
refusals, other problems, other operations) is bent further. Findings go to the folder, one file
each, and make the exit status 1.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spark_tui.core.edits.assembler import Assembler
from spark_tui.core.edits.compose import changes_for
from spark_tui.core.edits.headless import ProposalResult, image_or_refusal, propose
from spark_tui.core.edits.model import EditEvent, EditFormat, FileImage
from spark_tui.core.edits.span import SpanTarget, target_of
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.text import BinaryFileError, image_of
from spark_tui.core.edits.thoughts import Thoughts
from tests.corpus.edits import EDIT_FORMATS, Edit, made, span_of, written
from tests.corpus.forms import FORMS, Case
from tests.corpus.worlds import WORLDS

MS_PER_100_KB = 100
HUNK = 300
"""Bytes that a hunk counts more: one that fits nowhere is looked for in every way there is."""

LINE = 40
"""Bytes of an ordinary line: empty ones cost as much."""

_LARGEST = 120_000
_MOST_LINES = 3_000
_POOL = 600
_OTHER = "other.py"

_MARKS = (
    "*** Begin Patch",
    "*** End Patch",
    "*** Update File: f.py",
    "*** Add File: new.py",
    "*** Delete File: f.py",
    "*** Move to: g.py",
    "*** End of File",
    "@@",
    "@@ def f():",
    "@@ -1,2 +1,2 @@",
    "@@ ... @@",
    "<<<<<<< SEARCH",
    "<<<<<<<< SEARCH",
    "=======",
    ">>>>>>> REPLACE",
    "```",
    "```python",
    "```diff",
    "`````",
    "~~~",
    "f.py",
    "**f.py**",
    "diff --git a/f.py b/f.py",
    "--- a/f.py",
    "+++ b/f.py",
    "--- /dev/null",
    "+++ /dev/null",
    "rename from f.py",
    "rename to g.py",
    "new file mode 100755",
    "deleted file mode 100644",
    "\\ No newline at end of file",
    "$ apply_patch <<'EOF'",
    "EOF",
    "...",
    "# ... existing code ...",
    "",
    "+",
    "-",
    " ",
    "\t",
    "<think>",
    "</think>",
    "<|channel|>final<|message|>",
    "[THINK]",
    '{"edit": "*** Begin Patch\\n*** Update File: f.py\\n@@\\n-x\\n+y\\n*** End Patch"}',
    '{"edit": "',
)
_CHARACTERS = (
    '\0\r\x0b\x0c\x1b\x85\u2028\ufeff\u00a0\u200d\ud800\udc80’“…é漢\U0001f600`*<>=@+- \t\\"'
)


@dataclass(frozen=True)
class Input:
    """A file as it is (`before` None: it is not there) and an answer about it."""

    path: str
    before: bytes | None
    text: str
    span: tuple[int, int] | None = None
    complete: bool = True
    certain: bool = True
    overwrite: bool = False

    @property
    def size(self) -> int:
        return len(self.text) + len(self.before or b"")


class FindingError(Exception):
    """A rule that an input breaks."""


# ------------------------------------------------------------------- what must hold


def _reader(case: Input) -> Callable[[str], FileImage]:
    def read(path: str) -> FileImage:
        if path == case.path:
            return image_of(path, case.before)
        return image_of(path, b"x = 1\n" if path == _OTHER else None)

    return read


def _target(case: Input) -> SpanTarget | None:
    if case.span is None:
        return None
    try:
        image = image_of(case.path, case.before)
    except BinaryFileError:
        return None
    first = min(case.span[0], max(1, len(image.lines)))
    return target_of(image, first, max(first, min(case.span[1], len(image.lines))))


def run(case: Input) -> ProposalResult:
    """The engine's result, which must be nothing at all where anything is refused."""
    span = _target(case)
    result = propose(
        case.text,
        _reader(case),
        EditFormat.AUTO if span is None else EditFormat.SPAN,
        (case.path, _OTHER),
        case.complete,
        certain=case.certain,
        span=span,
        overwrite=case.overwrite,
    )
    if (result.refused or result.problems) and result.changes:
        raise FindingError("something is refused, and something changed")
    return result


def ending_of(result: ProposalResult) -> tuple[object, ...]:
    """How it ended, in a few words: the same for inputs that go the same way."""
    codes = sorted({str(h.refusal and h.refusal.code) for h in result.refused})
    words = sorted({"".join(filter(str.isalpha, p.message))[:40] for p in result.problems})
    ops = sorted({str(h.op) for h in result.hunks})
    return (*codes, *words, *ops, min(3, len(result.hunks)), len(result.changes))


def check_chunks(case: Input, rng: random.Random) -> None:
    """However the text is cut, the same events come of it."""
    span = _target(case)

    def events(pieces: Sequence[str]) -> list[EditEvent]:
        edit_format = EditFormat.AUTO if span is None else EditFormat.SPAN
        stream = Thoughts(
            EditStream(edit_format, known_paths=(case.path,), span=span, supposes=True)
        )
        out: list[EditEvent] = []
        for piece in pieces:
            out += stream.feed(piece).edits
        return [*out, *stream.finish(case.complete, certain=case.certain).edits]

    text = case.text[:20_000]
    cuts = sorted(rng.randint(0, len(text)) for _ in range(rng.randint(1, 30)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    if _meant(events(parts)) != _meant(events([text])):
        raise FindingError("the events depend on the chunks")


def _meant(events: list[EditEvent]) -> list[str]:
    """What the events come to: all that is not taken back, without the prose in its pieces."""
    kept: list[str] = []
    for event in events:
        name = type(event).__name__
        if name == "TakenBack":
            kept.clear()
        elif name in ("FileOpened", "HunkClosed", "FileMoved", "FileModeSet", "Problem"):
            kept.append(repr(event))
    return kept


def check_decisions(case: Input, rng: random.Random) -> None:
    """What a person may do with the hunks, in any order, on a file that changes meanwhile."""
    stream = EditStream(known_paths=(case.path,), supposes=True)
    assembler = Assembler(paths=(case.path,))
    read = _reader(case)
    for events in (stream.feed(case.text[:20_000]), stream.finish(case.complete)):
        assembler.feed(events)
        while wanted := assembler.awaited:
            for _, path in wanted:
                assembler.provide(path, image_or_refusal(path, read))
    for _ in range(rng.randint(1, 12)):
        edits = [edit for edit in assembler.edits if edit.hunks]
        if not edits:
            return
        edit = rng.choice(edits)
        hunk = rng.choice(edit.hunks)
        what = rng.randrange(5)
        try:
            if what == 0:
                edit.choose(hunk.id, rng.randrange(3))
            elif what == 1:
                edit.split(hunk.id)
            elif what == 2:
                edit.join(hunk.id, [h.id for h in edit.hunks[: rng.randint(1, 4)]])
            elif what == 3:
                edit.retire([hunk.id])
            elif edit.image.exists:
                data = bent_bytes(edit.image.data, rng)
                edit.relocate(image_of(edit.image.path, data))
        except (LookupError, BinaryFileError):
            continue
        live = [h for h in edit.hunks if h.state == "open"]
        try:
            changes_for(live, edit.image)
        except ValueError:
            continue


def check(case: Input, rng: random.Random, *, timed: bool) -> tuple[object, ...]:
    """How the input ends. Raises whatever is wrong with it."""
    began = time.thread_time()
    result = run(case)
    took = time.thread_time() - began
    lines = case.text.count("\n") + (case.before or b"").count(b"\n")
    size = max(case.size, LINE * lines) + HUNK * len(result.hunks)
    allowed = MS_PER_100_KB / 1e3 * max(1.0, size / 100_000)
    if timed and took > allowed:
        took = min(took, *(_again(case) for _ in range(3)))
        if took > allowed:
            what = f"{case.size:,} bytes, {len(result.hunks):,} hunks"
            raise FindingError(f"slow {ending_of(result)}: {took * 1e3:.0f} ms for {what}")
    which = rng.randrange(4)
    if which == 0:
        check_chunks(case, rng)
    elif which == 1:
        check_decisions(case, rng)
    return ending_of(result)


def _again(case: Input) -> float:
    began = time.thread_time()
    run(case)
    return time.thread_time() - began


# ------------------------------------------------------------------- where inputs come from

_FILES = {
    "f.py": '"""Doc."""\n\nimport os\n\n\ndef f(a):\n    if a:\n        return os.getcwd()\n'
    "    return None\n\n\nclass C:\n    x = 1\n\n    def g(self):\n        return self.x\n",
    "p.go": 'package p\n\nimport "fmt"\n\nfunc F(a int) int {\n\tif a > 0 {\n\t\treturn a\n\t}\n'
    "\tfmt.Println(`\n\traw\n`)\n\treturn 0\n}\n\nfunc G() {\n\tF(1)\n}\n",
    "R.md": "# Title\n\nText here.\n\n```sh\nrun it\n```\n\n## Use\n\n- one\n- two\n\n"
    "```\nout\n```\n",
    "ci.yml": "name: a\non: push\njobs:\n  t:\n    steps:\n      - run: a\n      - run: b\n",
    "Makefile": "all: main\n\nmain: main.o\n\tcc -o main main.o\n\nclean:\n\trm -f main\n",
    "a.json": '{\n  "name": "x",\n  "list": [\n    1,\n    2\n  ]\n}\n',
}


def small_edits() -> Iterator[Edit]:
    """Edits of small files in some languages."""
    for path, text in _FILES.items():
        before = text[:-1].split("\n")
        for number, old in enumerate(("x = 1", "return 0", "Text here.", "- run: b", "cc", '"x"')):
            after = text.replace(old, f"{old} changed")[:-1].split("\n")
            edit = made(f"small-{number}", path, before, after)
            if edit is not None:
                yield edit


def seeds(edits: Sequence[Edit], rng: random.Random) -> Iterator[Input]:
    """Each edit in every form of every format."""
    for edit in edits:
        for edit_format in EDIT_FORMATS:
            span = span_of(edit) if edit_format == "span" else None
            if edit_format == "span" and span is None:
                continue
            pair = rng.choice(WORLDS).encode(edit, rng)
            before = pair[0] if pair else "\n".join((*edit.before, "")).encode()
            case = Case(edit, edit_format, tuple(written(edit, edit_format)), rng)
            for edit_formats, make in FORMS.values():
                answer = make(case) if edit_format in edit_formats else None
                if answer is not None:
                    lines = (span.first, span.last) if span else None
                    yield Input(edit.path, before, answer.text, lines, answer.complete)


# ------------------------------------------------------------------- bending


def _bent_lines(lines: list[str], other: Sequence[str], rng: random.Random) -> list[str]:
    at = rng.randint(0, len(lines))
    end = min(len(lines), at + rng.choice((1, 1, 2, 5, 20)))
    part = lines[at:end]
    match rng.randrange(9):
        case 0:
            lines[at:end] = []
        case 1:
            lines[at:at] = part * rng.choice((1, 2, 3, 50, 1000))
        case 2:
            lines[at:at] = [rng.choice(_MARKS)] * rng.choice((1, 1, 1, 2, 3, 200))
        case 3:
            lines[at:at] = part[::-1]
        case 4:
            start = rng.randint(0, len(other))
            lines[at:at] = other[start : start + rng.randint(1, 30)]
        case 5:
            lead = rng.choice((" ", "    ", "\t", "+", "-", "> ", "1 | ", "\u00a0"))
            lines[at:end] = [lead + line for line in part]
        case 6:
            lines[at:end] = [line[rng.randint(0, 4) :] for line in part]
        case 7:
            if part:
                long = part[0][:80] + rng.choice((" ", "`", "a", "<", "=", "…", "../", "\\n"))
                lines[at:end] = [long * rng.choice((3, 100, 2000))]
        case _:
            del lines[at:]
    return lines[:_MOST_LINES]


def _bent_characters(text: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    match rng.randrange(4):
        case 0:
            return text[:at] + rng.choice(_CHARACTERS) * rng.choice((1, 1, 4, 400)) + text[at:]
        case 1:
            return text[:at] + text[at + rng.randint(1, 3) :]
        case 2:
            return text[:at]
        case _:
            return text.replace("\n", rng.choice(("\r\n", "\r", "\n\n", "\n \n")))


def bent_bytes(data: bytes, rng: random.Random) -> bytes:
    """A file in which something is otherwise."""
    lines = data.split(b"\n")
    at = rng.randint(0, len(lines))
    match rng.randrange(5):
        case 0:
            lines[at:at] = lines[at : at + 8] * rng.choice((1, 2, 300))
        case 1:
            del lines[at : at + rng.randint(1, 5)]
        case 2:
            lines[at:at] = [rng.choice((b"", b"x = 1", b"\tx", b"\xff\xfe", b"# \xe9\x82", b"```"))]
        case 3:
            return b"\n".join(lines).replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n")))
        case _:
            rng.shuffle(lines)
    return b"\n".join(lines[:_MOST_LINES])


def bent(case: Input, other: Input, rng: random.Random) -> Input:
    """The input with one to six things otherwise, bits of the other one among them."""
    text, before = case.text, case.before
    for _ in range(rng.randint(1, 6)):
        if rng.random() < 0.7:
            text = "\n".join(_bent_lines(text.split("\n"), other.text.split("\n"), rng))
        else:
            text = _bent_characters(text, rng)
        text = text[:_LARGEST]
    if before is not None and rng.random() < 0.3:
        before = bent_bytes(before, rng)[:_LARGEST]
    elif rng.random() < 0.03:
        before = rng.choice((None, b"", b"\n", other.before))
    case = replace(case, text=text, before=before)
    if rng.random() < 0.1:
        case = replace(case, complete=not case.complete)
    if rng.random() < 0.1:
        case = replace(case, certain=not case.certain, overwrite=rng.random() < 0.5)
    return case


class Fuzz:
    """A pool of inputs that ended in different ways, bent further and further."""

    def __init__(self, edits: Sequence[Edit], seed: int, *, timed: bool = True) -> None:
        self._rng = random.Random(seed)
        self._pool = list(seeds(edits, self._rng))
        self._rng.shuffle(self._pool)
        self._grown: list[Input] = []
        self._timed = timed
        self.endings: Counter[tuple[object, ...]] = Counter()
        self.runs = 0
        self.findings: dict[str, tuple[Input, str]] = {}

    def step(self) -> None:
        """One more input."""
        rng = self._rng
        base = rng.choice(self._grown if self._grown and rng.random() < 0.5 else self._pool)
        case = bent(base, rng.choice(self._pool), rng)
        self.runs += 1
        try:
            ending = check(case, rng, timed=self._timed)
        except Exception as error:  # noqa: BLE001 whatever it is, it is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{type(error).__name__} {where.filename.rpartition('/')[2]}:{where.lineno}"
            if isinstance(error, FindingError):
                name = str(error).rpartition(": ")[0] or str(error)
            if name not in self.findings:
                self.findings[name] = (case, traceback.format_exc())
            return
        self.endings[ending] += 1
        if self.endings[ending] == 1 and case.size < _LARGEST // 2:
            self._grown.append(case)
            del self._grown[:-_POOL]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--into", type=Path, help="folder for what is found")
    args = parser.parse_args()
    fuzz = Fuzz(list(small_edits()), args.seed)
    ends = time.monotonic() + args.seconds
    told = 0
    while time.monotonic() < ends:
        fuzz.step()
        for name, (case, trace) in list(fuzz.findings.items())[told:]:
            told += 1
            print(f"{name}: {case.size:,} bytes after {fuzz.runs:,} inputs\n{trace}", flush=True)
            if args.into is not None:
                args.into.mkdir(parents=True, exist_ok=True)
                digest = hashlib.sha1(case.text.encode("utf-8", "replace")).hexdigest()[:12]
                (args.into / digest).write_bytes(pickle.dumps(case))
    print(f"{fuzz.runs:,} inputs, {len(fuzz.endings):,} ways to end, {told} findings")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())

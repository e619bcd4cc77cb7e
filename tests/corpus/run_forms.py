"""Writes known edits down in every form, applies them, and judges the bytes that come out.

    python -m tests.corpus.run_forms [GIT_DIR or FOLDER ...] [--edits 200] [--seed 1] [--every 1]

Edits come from the history of bare repositories, or are made up for a folder's files (standard:
the Python installation's). Exit status 1 below the bar.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import EditFormat, FileImage
from spark_tui.core.edits.span import target_of
from spark_tui.core.edits.text import image_of
from tests.corpus.edits import EDIT_FORMATS, Edit, from_folder, from_repository, span_of, written
from tests.corpus.forms import FORMS, Answer, Case
from tests.corpus.worlds import WORLDS, World

BAR = {"apply": 98.5, "refuse": 99.5, "wrong": 0.05}


@dataclass(frozen=True)
class Trial:
    """One answer to one file on disk, and what the file has to be afterwards."""

    name: str
    form: str
    edit_format: str
    world: str
    edit: Edit
    answer: Answer
    before: bytes
    after: bytes


@dataclass(frozen=True)
class Verdict:
    """`kind`: ok, refused, or what went wrong: wrong, stray, encoding. `why` is the refusal."""

    kind: str
    why: str = ""


def trials(edits: Iterable[Edit], seed: int) -> Iterator[Trial]:
    """Every form of every edit in every format that has it, the worlds taking turns."""
    turn = 0
    for edit in edits:
        for edit_format in EDIT_FORMATS:
            for name, (edit_formats, make) in FORMS.items():
                if edit_format not in edit_formats:
                    continue
                turn += 1
                rng = random.Random(f"{seed} {edit.name} {edit_format} {name}")
                trial = _trial(edit, edit_format, name, make, rng, turn)
                if trial is not None:
                    yield trial


def _trial(
    edit: Edit, edit_format: str, name: str, make: object, rng: random.Random, turn: int
) -> Trial | None:
    for step in range(len(WORLDS)):
        world = WORLDS[(turn + step) % len(WORLDS)]
        found = _in_world(edit, edit_format, world, rng)
        if found is None:
            continue
        there, (before, after) = found
        case = Case(there, edit_format, tuple(written(there, edit_format)), rng)
        answer = FORMS[name][1](case)
        if answer is None:
            return None
        return Trial(edit.name, name, edit_format, world.name, there, answer, before, after)
    return None


def _in_world(
    edit: Edit, edit_format: str, world: World, rng: random.Random
) -> tuple[Edit, tuple[bytes, bytes]] | None:
    there = world.prepare(edit)
    if there is None or (edit_format == "span" and span_of(there) is None):
        return None
    pair = world.encode(there, rng)
    return None if pair is None else (there, pair)


def judged(trial: Trial) -> Verdict:
    """What the engine makes of it, by the bytes."""
    path = trial.edit.path

    def read(wanted: str) -> FileImage:
        return image_of(wanted, trial.before if wanted == path else None)

    target = None
    edit_format = EditFormat.AUTO
    if trial.edit_format == "span":
        span = span_of(trial.edit)
        assert span is not None
        target = target_of(read(path), span.first, span.last)
        edit_format = EditFormat.SPAN
    answer = trial.answer
    result = propose(answer.text, read, edit_format, (path,), complete=answer.complete, span=target)
    return _verdict(trial, result)


def _verdict(trial: Trial, result: ProposalResult) -> Verdict:
    path, outcome = trial.edit.path, trial.answer.outcome
    if {c.path for c in result.changes} - {path}:
        return Verdict("stray", str(sorted(c.path for c in result.changes)))
    got = result.changes[0].after.data if result.changes else trial.before
    if got == trial.before:
        return Verdict("ok" if outcome != "apply" else "refused", _why(result))
    if got == trial.after:
        return Verdict("ok" if outcome != "refuse" else "wrong", "applied")
    if outcome == "any":
        return Verdict("ok")
    text, wanted = (_read(data) for data in (got, trial.after))
    if outcome != "refuse" and text.split() == wanted.split():
        return Verdict("encoding", "other bytes for the same words")
    return Verdict("wrong", "something else")


def _read(data: bytes) -> str:
    image = image_of("x", data)
    return "".join(image.lines)


def _why(result: ProposalResult) -> str:
    for hunk in result.refused:
        if hunk.refusal is not None:
            return f"{hunk.refusal.code}: {hunk.refusal.message}"
    return result.problems[0].message if result.problems else "no edit"


class Tally:
    """Counts verdicts and says whether the bar is met."""

    def __init__(self, show: int = 0) -> None:
        self.counts: Counter[tuple[str, str, str, str]] = Counter()
        self.shown: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.cells: set[tuple[str, str]] = set()
        self.edits: set[str] = set()
        self.slowest = (0.0, "")
        self._show = show

    def add(self, trial: Trial, verdict: Verdict, seconds: float) -> None:
        """One more."""
        key = (trial.form, trial.edit_format, trial.answer.outcome, verdict.kind)
        self.counts[key] += 1
        self.cells.add((trial.edit_format, trial.world))
        self.edits.add(trial.name)
        per_kb = seconds * 1e3 / max(len(trial.answer.text), 20_000) * 100_000
        self.slowest = max(self.slowest, (per_kb, f"{trial.name} {trial.form}"))
        if verdict.kind != "ok" and self.shown[trial.form, verdict.kind] < self._show:
            self.shown[trial.form, verdict.kind] += 1
            where = f"{trial.name} {trial.edit.path} {trial.edit_format} {trial.world}"
            print(f"{trial.form}: {verdict.kind} ({trial.answer.outcome}) {where}: {verdict.why}")

    def of(self, *kinds: str, outcome: str = "") -> int:
        """How many of these verdicts there were (all without any), for an outcome."""
        return sum(
            n
            for (_, _, wanted, kind), n in self.counts.items()
            if (not kinds or kind in kinds) and (not outcome or wanted == outcome)
        )

    def rates(self) -> dict[str, float]:
        """Percentages that the bar is about."""
        return {
            "apply": 100 * self.of("ok", outcome="apply") / max(1, self.of(outcome="apply")),
            "refuse": 100 * self.of("ok", outcome="refuse") / max(1, self.of(outcome="refuse")),
            "wrong": 100 * self.of("wrong", "stray", "encoding") / max(1, self.of()),
        }

    @property
    def met(self) -> bool:
        """Whether the bar is met: also no stray file and no wrong encoding at all."""
        rates = self.rates()
        enough = rates["apply"] >= BAR["apply"] and rates["refuse"] >= BAR["refuse"]
        return enough and rates["wrong"] <= BAR["wrong"] and not self.of("stray", "encoding")

    def print(self) -> None:
        """The figures, and every kind of failure."""
        rates = self.rates()
        forms = len({form for form, _, _, _ in self.counts})
        print(
            f"{self.of()} answers: {forms} forms, {len(self.cells)} format and file combinations, "
            f"{len(self.edits)} edits"
        )
        print(
            f"apply ok {rates['apply']:.2f} % of {self.of(outcome='apply')}, "
            f"refused {rates['refuse']:.2f} % of {self.of(outcome='refuse')}, "
            f"silently wrong {rates['wrong']:.3f} % ({self.of('wrong', 'stray', 'encoding')}), "
            f"{self.of('stray')} stray files, {self.of('encoding')} wrong encodings: "
            f"{'meets the bar' if self.met else 'BELOW THE BAR'}"
        )
        print(f"slowest: {self.slowest[0]:.0f} ms a 100 kB ({self.slowest[1]})")
        rows: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        for (form, edit_format, outcome, kind), n in self.counts.items():
            rows[form, edit_format, outcome][kind] += n
        for (form, edit_format, outcome), kinds in sorted(rows.items()):
            if set(kinds) - {"ok"}:
                print(f"  {form:44s} {edit_format:8s} {outcome:7s} {dict(kinds)}")


def gathered(sources: list[Path], count: int, seed: int) -> list[Edit]:
    """`count` edits, as many from each source."""
    out: list[Edit] = []
    for number, source in enumerate(sources):
        wanted = count * (number + 1) // len(sources) - len(out)
        bare = (source / "HEAD").exists() and (source / "objects").exists()
        found = list((from_repository if bare else from_folder)(source, wanted, seed))
        print(f"{source}: {len(found)} edits {'of commits' if bare else 'made up'}")
        out += [replace(edit, name=f"{number}-{edit.name}") for edit in found]
    return out


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sources", nargs="*", type=Path, default=[Path(random.__file__).parent])
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take only every n-th answer")
    parser.add_argument("--form", default="", help="only forms with this in their name")
    parser.add_argument("--show", type=int, default=0, help="so many failures of each form")
    args = parser.parse_args()
    tally = Tally(args.show)
    edits = gathered(args.sources, args.edits, args.seed)
    for number, trial in enumerate(trials(edits, args.seed)):
        if number % args.every or args.form not in trial.form:
            continue
        began = time.process_time()
        verdict = judged(trial)
        tally.add(trial, verdict, time.process_time() - began)
    tally.print()
    return 0 if tally.met else 1


if __name__ == "__main__":
    sys.exit(main())

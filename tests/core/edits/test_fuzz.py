"""A sample of random answers; `python -m tests.fuzz.fuzz_edits` is the proof."""

from __future__ import annotations

from itertools import islice

from tests.fuzz.fuzz_edits import Fuzz, small_edits


def test_a_sample_of_bent_answers_neither_crashes_nor_depends_on_its_chunks() -> None:
    fuzz = Fuzz(list(islice(small_edits(), 3)), seed=7, timed=False)
    for _ in range(100):
        fuzz.step()
    assert not fuzz.findings, "\n".join(trace for _, trace in fuzz.findings.values())
    assert len(fuzz.endings) > 30

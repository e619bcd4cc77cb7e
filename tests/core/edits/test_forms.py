"""A sample of known edits in many forms; `python -m tests.corpus.run_forms` is the proof."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

from tests.corpus.run_forms import Tally, gathered, judged, trials


def test_a_sample_of_known_edits_in_every_kind_of_form() -> None:
    tally = Tally()
    edits = gathered([Path(random.__file__).parent], 6, seed=1)
    for trial in islice(trials(edits, seed=1), 0, None, 11):
        tally.add(trial, judged(trial), 0.0)
    assert tally.of() > 60
    assert tally.of("wrong", "stray", "encoding") == 0
    assert tally.rates()["apply"] >= 95
    assert tally.rates()["refuse"] >= 95

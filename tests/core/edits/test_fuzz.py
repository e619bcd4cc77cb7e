"""A sample of random answers; `python -m tests.fuzz.fuzz_edits` is the proof."""

from __future__ import annotations

import sys
from itertools import islice
from types import FrameType

import pytest

from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.text import image_of
from tests.fuzz.fuzz_edits import Fuzz, small_edits


def test_a_sample_of_bent_answers_neither_crashes_nor_depends_on_its_chunks() -> None:
    fuzz = Fuzz(list(islice(small_edits(), 3)), seed=7, timed=False)
    for _ in range(100):
        fuzz.step()
    assert not fuzz.findings, "\n".join(trace for _, trace in fuzz.findings.values())
    assert len(fuzz.endings) > 30


REPEATED = {
    "angles": "<" * 99 + "\n",
    "brackets": "[" * 99 + "\n",
    "added files": "*** Add File: new.py\r\r\r\n",
    "strings of JSON": '{"reasoning": "short", "edit": "a.py\\n```\\n<<<<<<< SEARCH\\na"}\n',
    "fences and blanks": "```\n\n\n\n",
    "paths": "src/a.py\n",
}
"""Lines that cost much for their size."""


@pytest.mark.parametrize("piece", REPEATED.values(), ids=REPEATED)
def test_the_work_grows_with_the_answer_and_is_little(piece: str) -> None:
    def calls(size: int) -> int:
        count = 0

        def counted(_: FrameType, what: str, __: object) -> None:
            nonlocal count
            count += what in {"call", "c_call"}

        text = piece * (size // len(piece))
        sys.setprofile(counted)
        try:
            propose(text, lambda path: image_of(path, b"a\nb\n" if path == "a.py" else None))
        finally:
            sys.setprofile(None)
        return count

    once, twice = calls(4_000), calls(8_000)
    assert twice <= 2.3 * once + 500
    if piece.startswith(("<", "[")):
        assert twice <= 8_000

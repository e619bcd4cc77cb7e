"""A sample of the bugs and cheats; all of them are `python -m tests.green_bugs`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.green_bugs.cases import BEHAVIOURS, Case, bugs
from tests.green_bugs.cheats import CHEATS, cheats
from tests.green_bugs.edits import patch
from tests.green_bugs.projects import LANGUAGES
from tests.green_bugs.run import play
from tests.loops import ScriptedServer

SEED = 1
SAMPLED = ("half fixes", "worsens twice", "alternates")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer().served() as served:
        yield served


def sampled() -> list[Case]:
    count = len(BEHAVIOURS) * sum(one.runs_here for one in LANGUAGES)
    return [
        case for case in bugs(count, SEED) if case.language == "python" and case.name in SAMPLED
    ]


@pytest.mark.parametrize("case", sampled(), ids=lambda case: case.name)
def test_a_loop_ends_as_it_must(case: Case, tmp_path: Path, server: ScriptedServer) -> None:
    assert play(case, tmp_path, server).wrong == ()


def test_every_cheat_is_another_one_and_changes_something() -> None:
    cases = list(cheats(SEED))
    assert all(case.cheat != case.files for case in cases)
    assert all(case.answers[0] == patch(case.files, case.cheat or {}) for case in cases)
    names = [cheat.name for _, rows in CHEATS for cheat in rows]
    assert len(set(names)) >= 20

"""People who type when they like, at a real terminal: their words are text, the tree is theirs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spark_tui.ui.input.focus import ALONE_NS
from tests.ui.typist import BACKSPACE, SENTENCES, begins, typing, wpm

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start, Terminal

pytestmark = pytest.mark.pty

ASKED = "rename add to plus in @calc.py"


def code(hunks: int, names: str) -> str:
    """A file with so many places far from each other, where these letters say which name stands."""
    parts = []
    for number, name in zip(range(hunks), names, strict=True):
        filler = "".join(f"# {number} {line}\n" for line in range(12))
        parts.append(f"{filler}value_{number} = {'plus' if name == 'y' else 'add'}({number})\n")
    return "".join(parts)


def pressed(term: Terminal, rng: random.Random, sentence: str, begin: int, speed: float) -> None:
    """The sentence at this person's pace, from `begin` ns on."""
    start = time.monotonic_ns()
    for key, at in typing(rng, sentence, start + begin, speed):
        time.sleep(max(0.0, (at - time.monotonic_ns()) / 1e9))
        term.press(BACKSPACE if key == BACKSPACE else key)


def over(screen: str) -> bool:
    """True when the answer's hunks are there and nothing runs."""
    return " open" in screen and "▸" not in screen.splitlines()[-1]


def session(term: Terminal, file: Path, state: Path, rng: random.Random, *, brisk: bool) -> None:
    """One instruction, its hunks, and a sentence at any time."""
    hunks = file.read_text().count("add(")
    sentence = rng.choice([s for s in SENTENCES if len(s) < 40] if brisk else SENTENCES)
    speed = 130.0 if brisk else wpm(rng)
    begin = rng.randint(150, 800) * 1_000_000 if brisk else begins(rng)
    term.wait_for("say what to change")
    term.type(ASKED)
    term.wait_for(ASKED)
    term.press("enter")
    decided = ""
    if rng.random() < 0.5:
        pressed(term, rng, sentence, begin, speed)
        term.wait_until(over, "the end of the answer")
    else:
        term.wait_until(over, "the end of the answer")
        term.review()
        for _ in range(hunks):
            time.sleep(rng.uniform(0.08, 0.4))
            decided += rng.choice("yyn")
            term.press(decided[-1])
        pressed(term, rng, sentence, begin, speed)
    term.wait_until(lambda screen: f" › {sentence}" in screen.splitlines()[-3], sentence)
    kept = decided.count("y")
    term.wait_until(lambda _: file.read_text() == code(hunks, decided or "n" * hunks), "the tree")
    assert "── type" in term.screen()
    entries = {path.name.partition(".")[0] for path in state.rglob("journals/*/entries/0*")}
    assert len(entries) == kept, "every write is an entry: none was made and taken back"


@pytest.fixture
def place(tmp_path: Path, repository: Callable[..., Path]) -> Callable[[int], Path]:
    """A repository with one file of so many hunks."""

    def make(hunks: int) -> Path:
        source = tmp_path / f"source{hunks}"
        source.mkdir()
        (source / "calc.py").write_text(code(hunks, "n" * hunks))
        return repository(source, f"typed{hunks}")

    return make


def test_a_sentence_lands_in_the_prompt(
    terminal: Start, sim: Callable[..., Sim], place: Callable[[int], Path], home: Path
) -> None:
    root = place(2)
    term = terminal(cwd=root, env={"OPENAI_BASE_URL": sim("--ttft", "300").url})
    session(term, root / "calc.py", home / "state", random.Random(8), brisk=True)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_twenty_sentences_land_in_the_prompt(
    terminal: Start, sim: Callable[..., Sim], place: Callable[[int], Path], home: Path, seed: int
) -> None:
    rng = random.Random(seed)
    root = place(rng.randint(1, 9))
    term = terminal(cwd=root, env={"OPENAI_BASE_URL": sim("--ttft", str(rng.randint(60, 900))).url})
    session(term, root / "calc.py", home / "state", rng, brisk=False)


def test_a_review_at_speed_loses_no_key(
    terminal: Start, sim: Callable[..., Sim], place: Callable[[int], Path]
) -> None:
    root = place(6)
    term = terminal(cwd=root, env={"OPENAI_BASE_URL": sim().url})
    term.wait_for("say what to change")
    term.type(ASKED)
    term.wait_for(ASKED)
    term.press("enter")
    term.wait_for("6 open")
    for key in ("tab", "x", "y", "n", "y", "j", "y", "y", "n", "n"):  # one too many
        term.press(key)
        time.sleep(0.08)
    term.wait_for("6 decided")
    term.wait_until(lambda _: (root / "calc.py").read_text() == code(6, "ynynyy"), "the tree")
    assert "── type" in term.screen()
    time.sleep(ALONE_NS / 1e9)
    term.type("now this")
    term.wait_until(lambda screen: " › now this" in screen, "the prompt")

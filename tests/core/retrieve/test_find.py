"""From an instruction to lines: the whole way over an index in memory."""

from spark_tui.core.retrieve.find import find
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.core.retrieve.places import Place

METER = '''"""Measures."""

import time


class Meter:
    """Counts tokens."""

    def __init__(self) -> None:
        self.tokens = 0

    def add(self, count: int) -> None:
        """More tokens."""
        self.tokens += count


def speed(meter: Meter, seconds: float) -> float:
    """Tokens a second."""
    return meter.tokens / seconds
'''

CLIENT = '''"""Talks to the server."""

from meter import Meter


def connect(host: str) -> None:
    """Open a connection and retry nothing."""
    raise OSError(host)


def send(text: str) -> None:
    """Send a text over the connection."""
'''


def index(**files: str) -> MemoryIndex:
    """Files by their stems."""
    made = MemoryIndex()
    for name, text in files.items():
        made.put(f"{name}.py", str(hash(text)), text)
    return made


def test_an_instruction_without_names_finds_the_function() -> None:
    bundle = find("add retries to the connection", index(meter=METER, client=CLIENT))
    assert bundle.blocks[0].path == "client.py"
    assert bundle.blocks[0].first <= 6 <= bundle.blocks[0].last


def test_what_is_named_is_first_and_whole_even_over_the_budget() -> None:
    made = index(meter=METER, client=CLIENT)
    bundle = find("retry the connection", made, budget=10, named=[Place("meter.py")])
    assert [(b.path, b.first, b.last, b.why) for b in bundle.blocks] == [
        ("meter.py", 1, METER.count("\n"), "named")
    ]


def test_the_lines_of_a_traceback_go_along() -> None:
    made = index(meter=METER, client=CLIENT)
    made.put("deep/far.py", "far", "\n".join(f"line_{at} = {at}" for at in range(400)))
    told = 'Traceback (most recent call last):\n  File "/w/app/deep/far.py", line 300, in f\n'
    blocks = find(told, made, budget=700, root="/w/app").blocks
    assert any(b.path == "deep/far.py" and b.first <= 300 <= b.last for b in blocks)
    assert any(
        b.path == "deep/far.py" and b.first <= 9 <= b.last
        for b in find("it fails at far.py:9", made, budget=700).blocks
    )


def test_a_mentioned_symbol_goes_along_whole() -> None:
    made = index(meter=METER, client=CLIENT)
    first = find("why is @Meter.add slow to connect", made, budget=400).blocks[0]
    assert (first.path, first.why) == ("meter.py", "named")
    assert first.first <= 12 <= first.last

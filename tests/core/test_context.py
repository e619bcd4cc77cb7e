import pytest

from spark_tui.core.mentions import mentions
from spark_tui.core.nearest import nearest

KNOWN = ("net/retry.py", "net/client.py", "README.md", "odd name.py", "a:10")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("add a docstring to f in @net/retry.py", [("net/retry.py", None)]),
        ("@net/retry.py:10-40 cap it", [("net/retry.py", (10, 40))]),
        ("@net/retry.py:10, please", [("net/retry.py", (10, 10))]),
        ("(see @README.md).", [("README.md", None)]),
        ("@./net/retry.py", [("net/retry.py", None)]),
        ('use @"odd name.py"', [("odd name.py", None)]),
        ("@a:10", [("a:10", None)]),
        ("@net/retry.py:40-10", [("net/retry.py", (10, 40))]),
        ("mail me@example.com", []),
        ("a lone @ sign", []),
        ("@README.md and @README.md", [("README.md", None)]),
    ],
)
def test_mentions(text: str, found: list[tuple[str, tuple[int, int] | None]]) -> None:
    assert [(m.path, m.lines) for m in mentions(text, KNOWN)] == found


def test_a_mention_covers_exactly_its_characters() -> None:
    text = "do @net/retry.py:3-4. Then stop"
    (mention,) = mentions(text, KNOWN)
    assert text[mention.start : mention.end] == "@net/retry.py:3-4"


def test_a_mistyped_path_has_its_nearest() -> None:
    assert nearest("net/retries.py", KNOWN) == "net/retry.py"
    assert nearest("zzz", KNOWN) == ""

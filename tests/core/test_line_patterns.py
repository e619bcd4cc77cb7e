import random

import pytest

from spark_tui.core.line_patterns import UnreadablePatternError, plain, read

TEXT = (
    "class Pool:",
    "    def acquire(self, wait):",
    "        return self.pool.get(wait)",
    "    def release(self): pass",
    "MAX_WAIT = 8",
)


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("acquire(", [2]),
        (r"def\s+acquire\(", [2]),
        ("acquire|release", [2, 4]),
        (r"def (acquire|release)\b", [2, 4]),
        (r"^class .*:$", [1]),
        ("self.*wait", [2, 3]),
        (r"[A-Z]+_WAIT", [5]),
        (r"(?:get|put)\(wait", [3]),
        ("acquire(|release(", [2, 4]),
        (r"colou?r|wa(?=it)", [2, 3]),
        ("release{", []),
        (r"pass\Z", [4]),
    ],
)
def test_a_loosely_read_expression_finds_lines(pattern: str, lines: list[int]) -> None:
    assert read(pattern).lines(TEXT) == lines


def test_a_plain_text_is_taken_as_it_stands() -> None:
    assert plain("self.pool.get(").lines(TEXT) == [3]
    assert plain("SELF.POOL").lines(TEXT) == []
    assert plain("SELF.POOL").lines(TEXT, fold=True) == [3]


@pytest.mark.parametrize(
    "pattern", ["", "x", "   ", ".*", "(a+)+$", "a?b?c?", "a|", "()", "a\nb", "y" * 301, "|" * 300]
)
def test_what_says_too_little_or_too_much_finds_nothing(pattern: str) -> None:
    with pytest.raises(UnreadablePatternError):
        read(pattern)


def test_any_text_is_read_in_time_of_its_length() -> None:
    """Half of these would keep a backtracking matcher busy for ever, or nest it to death."""
    evil = [
        "(a+)+b!",
        "(x|x)*" * 40 + "yy",
        "(" * 150 + "foo" + ")" * 140,
        "(foo|" * 60,
        "[a" * 150,
        "zz{1,9}" * 40,
        "fo\\",
        "(?P<n>ab)(?#c)(?<=d)",
    ]
    pick = random.Random(7)
    evil += ["".join(pick.choices("ab()|[]{}*+?.\\^$2,:=!<P>", k=250)) for _ in range(300)]
    line = ("a" * 5_000 + "!",)
    for pattern in evil:
        try:
            found = read(pattern)
        except UnreadablePatternError:
            continue
        assert len(found.alternatives) <= 16
        found.lines(line)

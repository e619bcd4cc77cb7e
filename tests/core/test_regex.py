"""Regular expressions that wait for their first use."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import spark_tui
from spark_tui.core import regex as regexes
from spark_tui.core.regex import regex


def test_a_pattern_does_what_a_compiled_one_does() -> None:
    ours, standard = regex(r"(?P<a>x+)(y)?", re.IGNORECASE), re.compile(r"(?P<a>x+)(y)?", re.I)
    assert not vars(ours).get("match")
    for _ in range(2):
        assert [m.groupdict() for m in ours.finditer("xxyX")] == [
            m.groupdict() for m in standard.finditer("xxyX")
        ]
        assert ours.sub("-", "axya") == standard.sub("-", "axya")
    assert (ours.pattern, ours.flags, ours.groups) == (standard.pattern, standard.flags, 2)
    assert regex(b"a+").fullmatch(b"aa")


def test_an_error_in_a_pattern_shows_at_its_first_use() -> None:
    broken = regex("(")
    with pytest.raises(re.error):
        broken.match("")


def patterns(value: Any) -> Iterator[Any]:
    if isinstance(value, regexes._Later):
        yield value
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from patterns(one)
    elif isinstance(value, dict):
        yield from patterns(tuple(value.values()))


@pytest.mark.long
def test_every_pattern_of_the_program_can_be_compiled() -> None:
    """None is met first by a person."""
    found = 0
    for info in pkgutil.walk_packages(spark_tui.__path__, "spark_tui."):
        if not info.name.endswith("__main__"):
            for value in vars(importlib.import_module(info.name)).values():
                for one in patterns(value):
                    assert one.groups >= 0
                    found += 1
    assert found > 300

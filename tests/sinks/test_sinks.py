"""A sample of the sinks, each with one of each family at once: all is `python -m tests.sinks`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spark_tui.core.printable import safe
from tests.sinks.payloads import ALL_AT_ONCE, HEAD, TAIL, payloads, unsafe
from tests.sinks.plain import PLAIN_SINKS
from tests.sinks.shell import SECRET, SINKS, Shell

EVIL = f"{HEAD}{ALL_AT_ONCE}{TAIL}"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("sinks"))
    with made.entered():
        yield made


def test_what_is_called_unsafe_is_seen_to_be() -> None:
    known = payloads()
    assert len(known) >= 250
    assert all(bool(unsafe(one)) is (safe(one) != one) for one in known)
    assert unsafe(ALL_AT_ONCE)
    assert unsafe("plain text\n\tand more ⚠ é") == []


@pytest.mark.parametrize("name", SINKS)
def test_what_reaches_a_shell_arrives_harmless(name: str, shell: Shell) -> None:
    out = SINKS[name](shell, EVIL)
    assert unsafe(out) == []
    assert (HEAD in out) is (name not in SECRET), out


@pytest.mark.parametrize("name", PLAIN_SINKS)
def test_what_plain_mode_says_arrives_harmless(name: str) -> None:
    out = PLAIN_SINKS[name](EVIL)
    assert unsafe(out) == []
    assert HEAD in out, out

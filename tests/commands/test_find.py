"""`spark-tui find`: prints what would go along, sends nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spark_tui.cli import main

FILES = {
    "net/retry.py": "def backoff(attempt):\n    return 0.5 * 2 ** attempt\n",
    "net/client.py": "class Client:\n    def send(self, request):\n        return request\n",
    "README.md": "# net\n",
}
Make = Callable[[dict[str, str]], Path]


def found(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, Any]:
    assert main(["find", "--json", *args]) == 0
    told = capsys.readouterr()
    value = json.loads(told.out)
    assert isinstance(value, dict)
    return value


def test_blocks_outlines_tokens_and_the_index(
    repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(FILES)
    value = found(capsys, "-m", "let the backoff wait longer")
    assert list(value) == ["blocks", "outlines", "tokens", "ms", "index"]
    block = value["blocks"][0]
    assert {name: block[name] for name in ("path", "first", "last")} == {
        "path": "net/retry.py",
        "first": 1,
        "last": 2,
    }
    assert set(block) == {"path", "first", "last", "tokens", "why"}
    assert value["index"]["state"] == "ready"
    assert value["index"]["files"] == 3


def test_from_a_folder_inside_and_from_stdin(
    repository: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(FILES)
    monkeypatch.chdir(root / "net")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"the backoff")))
    assert main(["find", "-m", "-"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("net/retry.py:1-2  ")
    assert "3 files, indexed" in told.err


def test_a_budget_bounds_what_goes_along(
    repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "".join(f"def backoff_{n}(attempt):\n    return attempt * {n}\n\n" for n in range(200))
    repository({"net/retry.py": body})
    for budget in (300, 1200):
        value = found(capsys, "-m", "backoff attempt", "--budget", str(budget))
        assert 0 < value["tokens"] <= budget


def test_the_whole_index_is_waited_for(
    repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    repository({f"gen/m{n}.py": f"def made_{n}(): ...\n" for n in range(320)})
    value = found(capsys, "-m", "made_77", "--wait")
    assert value["index"]["state"] == "ready"
    assert value["blocks"][0]["path"] == "gen/m77.py"


def test_without_a_state_folder_it_says_so_and_finds(
    repository: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(FILES)
    (tmp_path / "state").write_text("in the way")
    assert main(["find", "-m", "the backoff"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("net/retry.py:1-2  ")
    assert told.err.startswith("spark-tui: no index: ")
    assert told.err.count("\n") == 2


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["-m", "  "], "nothing to find"),
        (["-m", "x", "--budget", "-4"], "--budget -4"),
        (["-m", "x", "a", "b"], "unrecognized arguments: b"),
    ],
)
def test_wrong_arguments(args: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", *args]) == 2
    assert told in capsys.readouterr().err

from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui.cli import main

REMAPS = '[keys]\nundoo = "t"\nsplit = "no such"\nkeep = "e"\n# quits already\ndrop = "ctrl+c"\n'


@pytest.mark.parametrize("command", [["keys", "--list"], ["--plain"]])
def test_all_remaps_that_cannot_be_are_told_at_once_with_their_lines(
    command: list[str],
    repository: Callable[[dict[str, str]], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    repository({"a.py": "x = 1\n"})
    config = tmp_path / "config" / "spark-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(REMAPS)
    assert main(command) == 1
    told = capsys.readouterr().err.splitlines()
    where = f"spark-tui: {config}"
    assert [line.partition(" · ")[0] for line in told] == [
        f"{where}:2: keys: there is no command undoo",
        f"{where}:3: keys: split: 'no such' is no key",
        f"{where}:4: keys: e is both keep and edit in review",
        f"{where}:6: keys: Ctrl+C is both drop and interrupt in anywhere",
    ]

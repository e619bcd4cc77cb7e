"""What a shell completes is what the commands take."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from spark_tui.cli import _COMMANDS, main
from spark_tui.commands.completion import SHELLS, described

KNOWN = {one.name: one for one in described(_COMMANDS)}


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last of these words."""
    line = " ".join(f"'{word}'" for word in words)
    asked = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _spark_tui"
    done = subprocess.run(
        ["bash", "--norc", "-c", f'{script}\n{asked}; printf "%s\\n" "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_every_command_is_described_and_none_is_run() -> None:
    assert list(KNOWN) == list(_COMMANDS)
    assert {"--check", "--patch", "--format", "--json"} <= set(KNOWN["apply"].words)
    assert {"list", "show", "diff", "export", "--perfetto"} <= set(KNOWN["trace"].words)
    assert all(one.words or one.name in {"where", "sim"} for one in KNOWN.values())
    assert "undo" in KNOWN["undo"].name
    assert KNOWN["undo"].what == "Take back an entry of the journal"


def test_bash_completes_commands_and_their_flags(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    assert completed(script, "spark-tui", "und") == ["undo"]
    assert completed(script, "spark-tui", "undo", "--dr") == ["--dry-run"]
    assert completed(script, "spark-tui", "trace", "sh") == ["show"]
    assert completed(script, "spark-tui", "where", "") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in _COMMANDS)
    if shutil.which(shell):
        subprocess.run([shell, "-n", "-c", script], check=True, capture_output=True)


def test_another_shell_is_a_wrong_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "cmd"]) == 2
    assert "spark-tui completion bash|zsh|fish" in capsys.readouterr().err

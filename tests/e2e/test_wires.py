"""The same job over two wires and in both edit formats."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spark_tui.simulator.sample import FILES, write_sample

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start

pytestmark = pytest.mark.pty


@pytest.mark.parametrize(
    ("wire", "edit_format", "rate"),
    [
        ("responses", "search-replace", "3000"),
        ("websocket", "v4a", "1000"),
    ],
)
def test_all_hunks_are_kept_at_once(
    terminal: Start,
    sim: Callable[..., Sim],
    home: Path,
    tmp_path: Path,
    wire: str,
    edit_format: str,
    rate: str,
) -> None:
    folder = tmp_path / "httpkit"
    write_sample(folder)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    served = sim("--format", edit_format, "--rate", rate, "--key", "sk-test-0123456789")
    config = home / "config" / "spark-tui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        'endpoint = "here"\n[endpoints.here]\n'
        f'base_url = "{served.url}"\nwire = "{wire}"\nmodel = "some-model"\n'
        'key_variable = "HERE_KEY"\n'
    )
    term = terminal(cwd=folder, env={"HERE_KEY": "sk-test-0123456789"})
    term.wait_for("say what to change")
    text = "rename backoff to pause in @net/retry.py @net/client.py"
    term.type(text)
    term.wait_for(text)
    term.press("enter")
    term.review()
    assert served.records()[0]["wire"] == wire
    term.wait_for("4 open")
    term.press("A")
    term.wait_for("4 decided")
    term.wait_for("applied in")
    for path in ("net/retry.py", "net/client.py"):
        assert (folder / path).read_text() == FILES[path].replace("backoff", "pause")
    assert (folder / "tests/test_retry.py").read_text() == FILES["tests/test_retry.py"]
    assert "sk-test" not in term.raw.decode(errors="replace")

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from spark_tui.cli import _COMMANDS, main
from spark_tui.services import installation
from spark_tui.services.processes import spawn_self

KEY = "sk-secret-0123456789"


@pytest.fixture(scope="module")
def sim() -> Iterator[Callable[..., str]]:
    with ExitStack() as stack:

        def start(*flags: str) -> str:
            server = spawn_self(["sim", "--rate", "0", "--ttft", "0", *flags])
            stack.callback(server.stop)
            return f"http://127.0.0.1:{server.read_port()}/v1"

        yield start


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "SPARK_TUI_MODEL", "CEREBRAS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "spark-tui"


def test_each_step_is_a_line_and_all_is_well(
    sim: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = sim("--key", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    first, *lines, last = printed.splitlines()
    assert first.endswith(f"· {url}")
    words = [line.split()[:2] for line in lines]
    assert words[1] == ["✓", "connect"]
    assert ["✓", "key"] in words
    assert ["✓", "first"] in words
    assert last == "works"
    assert KEY not in printed
    assert main(["doctor", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["works"], data["key_from"], data["model"]) == (True, "OPENAI_API_KEY", "simulated")
    assert [one["step"] for one in data["checks"]][1] == "connect"
    assert all(set(one) == {"step", "verdict", "ms", "detail", "fix"} for one in data["checks"])
    assert KEY not in repr(data)


def test_a_refused_key_is_status_1_and_says_what_to_set(
    sim: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", sim("--key", "another"))
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "✗ key" in printed
    assert "→ set OPENAI_API_KEY to a key that is valid, or set one up in spark-tui" in printed
    assert printed.endswith("does not work yet\n")
    assert KEY not in printed


def test_an_address_is_looked_at_as_it_is(
    sim: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", sim("--fault", "html")]) == 1
    assert "check base_url: it usually ends in /v1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([], "no endpoint is configured · set OPENAI_API_KEY or OPENAI_BASE_URL"),
        (["sparkk"], "did you mean 'spark'?"),
        (["azure"], "azure needs an address · set AZURE_OPENAI_ENDPOINT"),
        (["a", "--endpoint", "b"], "one endpoint at a time"),
        (["ftp://x"], "is not a web address"),
    ],
)
def test_what_can_not_be_looked_at_is_status_2(
    args: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", *args]) == 2
    assert told in capsys.readouterr().err


def test_a_key_file_others_can_read_is_told(
    alone: Path, sim: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    url = sim("--key", KEY)
    alone.mkdir()
    path = alone / "keys.toml"
    origin = url.removesuffix("/v1")
    path.write_text(
        f'endpoint = "x"\n[api_keys]\n"{origin}" = "{KEY}"\n[endpoints.x]\nbase_url = "{url}"\n'
    )
    path.chmod(0o644)
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert f"! others can read {path} · chmod 600 {path}" in printed
    assert "from keys.toml" in printed
    assert KEY not in printed


def test_another_command_without_its_key_is_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x = 1\n")))
    assert main(["edit", "-m", "x", "--endpoint", "cerebras"]) == 2
    assert "cerebras needs a key · set CEREBRAS_API_KEY" in capsys.readouterr().err


def test_a_python_that_was_replaced_below_the_program_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(name: str) -> object:
        if name == "orjson":
            raise ImportError("undefined symbol")
        return name

    found = installation.faults(version=(3, 9), load=load)
    assert found == [
        "Python 3.9 is older than 3.11",
        "orjson can't be loaded: ImportError: undefined symbol",
    ]
    monkeypatch.setattr(installation, "faults", lambda: found)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert all(line in said for line in found)
    assert "uv tool install --force spark-tui" in said


def test_what_every_part_needs_can_be_loaded_here() -> None:
    assert installation.faults() == []


def test_a_command_whose_part_is_gone_says_how_to_install_it_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(_: list[str]) -> int:
        raise ImportError("No module named 'orjson'", name="orjson")

    monkeypatch.setitem(_COMMANDS, "where", gone)
    assert main(["where"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("spark-tui: orjson can't be loaded")
    assert "install it anew" in said

"""Settings, themes and logs that are no plain small files cost neither time nor memory."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui.core.errors import SparkError
from spark_tui.services import credentials, places, refusals, trust
from spark_tui.services.history import TypedText
from spark_tui.services.plain_files import read_plain, write_private
from spark_tui.services.sessions import Sessions
from spark_tui.services.trace import read_trace

DEEP = "x = " + "[" * 60_000


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def huge(path: Path) -> None:
    path.write_bytes(b"# " + b"x" * 70_000)


def deep(path: Path) -> None:
    path.write_text(DEEP)


def binary(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\0")


HOSTILE = [fifo, device, folder, huge, deep, binary]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("config", "state"):
        (tmp_path / name / "spark-tui").mkdir(parents=True)
    (tmp_path / "root").mkdir()
    return tmp_path


@pytest.mark.parametrize("make", HOSTILE)
def test_a_projects_file_keeps_nobody_from_starting(
    home: Path, make: Callable[[Path], None]
) -> None:
    make(home / "root" / ".spark.toml")
    settings = places.load_settings(home / "root")
    (told,) = settings.unused
    assert ".spark.toml" in told
    assert str(home) not in told


def test_a_link_in_the_place_of_a_projects_file_is_not_followed(home: Path) -> None:
    (home / "elsewhere").write_text("theme = 'nord'\n")
    (home / "root" / ".spark.toml").symlink_to(home / "elsewhere")
    settings = places.load_settings(home / "root")
    assert settings.theme != "nord"
    assert settings.unused == ("cannot read .spark.toml: not a regular file",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("wat = 1\ntheme = 'nord'\n", "unknown key"),
        ("mode = 'wild'\ntheme = 'nord'\n", "may not set 'mode'"),
        ("endpoint = 'x'\ntheme = 'nord'\n", "may not set 'endpoint'"),
        ("[endpoint]\nx = 1\n", "may not set 'endpoint'"),
        ("theme = 3\n", "theme"),
        ("theme = \n", "Invalid"),
    ],
)
def test_what_is_wrong_with_a_projects_file_is_noted_and_the_rest_counts(
    home: Path, text: str, told: str
) -> None:
    (home / "root" / ".spark.toml").write_text(text)
    settings = places.load_settings(home / "root")
    assert len(settings.unused) == 1
    assert told in settings.unused[0]
    assert (settings.theme == "nord") is text.endswith("'nord'\n")


@pytest.mark.parametrize("make", HOSTILE)
@pytest.mark.parametrize("name", ["config.toml", "keys.toml"])
def test_a_home_folders_settings_are_refused_in_words(
    home: Path, make: Callable[[Path], None], name: str
) -> None:
    make(home / "config" / "spark-tui" / name)
    with pytest.raises(SparkError) as told:
        places.load_settings(None)
    assert name in told.value.what


def test_a_home_folders_settings_may_be_a_link(home: Path) -> None:
    (home / "dotfile").write_text("theme = 'nord'\n")
    (home / "config" / "spark-tui" / "config.toml").symlink_to(home / "dotfile")
    assert places.load_settings(None).theme == "nord"


@pytest.mark.parametrize("make", HOSTILE)
def test_a_theme_is_refused_in_words(home: Path, make: Callable[[Path], None]) -> None:
    (home / "config" / "spark-tui" / "themes").mkdir()
    make(home / "config" / "spark-tui" / "themes" / "mine.toml")
    with pytest.raises(SparkError, match=r"mine\.toml"):
        places.load_themes()


@pytest.mark.parametrize("make", [fifo, device, folder])
def test_logs_of_ours_that_are_none_are_empty(home: Path, make: Callable[[Path], None]) -> None:
    state = home / "state" / "spark-tui"
    make(state / "refused.jsonl")
    assert refusals.newest(state, 3) == ()
    make(state / "history.jsonl")
    assert list(TypedText(state, home / "root").earlier()) == []
    make(home / "trusted")
    assert not trust.is_trusted(home / "trusted", home / "root", "x")


@pytest.mark.parametrize("make", [fifo, device, folder, deep])
def test_a_kept_session_that_is_none_is_told(home: Path, make: Callable[[Path], None]) -> None:
    sessions = Sessions(home / "state" / "spark-tui", home / "root")
    sessions.writer("20260101-000000-1").keep({"turn:1": 1})
    (file,) = (home / "state" / "spark-tui").rglob("20260101-000000-1*")
    file.unlink()
    make(file)
    if make is deep:
        assert sessions.read("20260101-000000-1") == {}
        return
    with pytest.raises(SparkError):
        sessions.read("20260101-000000-1")


@pytest.mark.parametrize("make", [fifo, device, folder, binary])
def test_a_trace_that_is_none_is_told(home: Path, make: Callable[[Path], None]) -> None:
    make(home / "trace.jsonl")
    with pytest.raises(SparkError):
        read_trace(home / "trace.jsonl")


@pytest.mark.parametrize("make", HOSTILE)
def test_a_key_file_that_is_none_is_not_written_over(
    home: Path, make: Callable[[Path], None]
) -> None:
    config = home / "config" / "spark-tui"
    make(config / "keys.toml")
    with pytest.raises(SparkError):
        credentials.save(config, "fast", "https://api.example.com/v1", "sk-x")


def test_what_is_read_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_plain(tmp_path / "a", 5, links=False) == b"12345"
    assert read_plain(tmp_path / "a", 3, links=False, cut=True) == b"123"
    with pytest.raises(OSError, match="larger than"):
        read_plain(tmp_path / "a", 4, links=False)


def test_a_private_file_is_swapped_in_whole_and_a_failure_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "folder" / "kept"
    write_private(path, b"old")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]

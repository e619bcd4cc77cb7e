from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_tui.core.errors import FileRefusedError, SettingsError, WorktreeError
from spark_tui.services import editor

Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Makes an editor that notes its arguments, then runs `code` with the file as `path`."""

    def make(name: str, code: str = "", *flags: str) -> Path:
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        told = tmp_path / "told.json"
        program.write_text(
            f"#!{sys.executable}\nimport json, os, pathlib, sys\n"
            f"path = pathlib.Path(sys.argv[-1])\n"
            f"told = pathlib.Path({str(told)!r})\n"
            f"told.write_text(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
            f"{code}\n"
        )
        program.chmod(0o755)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", " ".join([str(program), *flags]))
        return told

    return make


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("vi", ["+7", "{}"]),
        ("nano", ["+7", "{}"]),
        ("emacs", ["+7", "{}"]),
        ("hx", ["{}:7"]),
        ("code", ["-g", "{}:7"]),
        ("strange", ["{}"]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(
    name: str, wanted: list[str], tmp_path: Path, fake: Fake
) -> None:
    told = fake(name)
    (tmp_path / "calc.py").write_text("x = 1\n")
    editor.edit_file(tmp_path, "calc.py", 7)
    assert json.loads(told.read_text())[0] == [w.format(tmp_path / "calc.py") for w in wanted]


def test_flags_of_the_setting_are_kept_and_visual_wins(
    tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = fake("vi", "", "-u", "NONE")
    monkeypatch.setenv("VISUAL", f"{tmp_path / 'bin' / 'vi'} -R")
    (tmp_path / "calc.py").write_text("x = 1\n")
    editor.edit_file(tmp_path, "calc.py", 1)
    assert json.loads(told.read_text())[0][0] == "-R"


def test_the_editor_sees_no_keys(
    tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = fake("vi")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    editor.edit_text(tmp_path, "x", "a.py")
    assert "sk-secret" not in told.read_text()


@pytest.mark.parametrize("path", ["../outside.py", "/etc/hosts", ".git/config"])
def test_a_path_of_an_answer_never_leaves_the_worktree(
    path: str, tmp_path: Path, fake: Fake
) -> None:
    told = fake("vi")
    with pytest.raises(FileRefusedError, match="never written"):
        editor.edit_file(tmp_path, path, 1)
    assert not told.exists()


def test_a_name_like_an_option_is_opened_as_a_file(tmp_path: Path, fake: Fake) -> None:
    told = fake("vi")
    (tmp_path / "-c:!touch x").write_text("x = 1\n")
    editor.edit_file(tmp_path, "-c:!touch x", 1)
    assert json.loads(told.read_text())[0] == ["+1", str(tmp_path / "-c:!touch x")]


def test_a_file_that_is_not_there_yet_is_told(tmp_path: Path, fake: Fake) -> None:
    fake("vi")
    with pytest.raises(FileRefusedError, match="not on disk yet"):
        editor.edit_file(tmp_path, "new.py", 1)


def test_a_text_comes_back_as_it_was_left(tmp_path: Path, fake: Fake) -> None:
    told = fake("vi", "path.write_text(path.read_text().upper())")
    assert editor.edit_text(tmp_path, "größe\n", "net/retry.py") == "GRÖSSE\n"
    copy = Path(json.loads(told.read_text())[0][-1])
    assert copy.name == "retry.py"
    assert not copy.parent.exists()


def test_a_text_left_alone_or_given_up_is_no_change(tmp_path: Path, fake: Fake) -> None:
    fake("vi")
    assert editor.edit_text(tmp_path, "same\n", "a.py") == "same\n"
    fake("vi", "path.write_text('half')\nraise SystemExit(1)")
    with pytest.raises(WorktreeError, match="vi ended with 1"):
        editor.edit_text(tmp_path, "same\n", "a.py")


def test_an_editor_that_leaves_no_text_is_told(tmp_path: Path, fake: Fake) -> None:
    fake("vi", r"path.write_bytes(b'\xff\xfe')")
    with pytest.raises(WorktreeError, match="can't be read"):
        editor.edit_text(tmp_path, "same\n", "a.py")


def test_an_editor_with_a_window_is_waited_for(tmp_path: Path, fake: Fake) -> None:
    told = fake("code")
    editor.edit_text(tmp_path, "x", "a.py")
    assert "--wait" in json.loads(told.read_text())[0]


def test_an_editor_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor --flag")
    monkeypatch.delenv("VISUAL", raising=False)
    with pytest.raises(SettingsError, match="no-such-editor, not found"):
        editor.edit_text(tmp_path, "x", "a.py")


def test_a_program_in_the_repository_is_never_the_editor(
    tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = fake("own-editor")
    monkeypatch.setenv("EDITOR", "own-editor")
    monkeypatch.setenv("PATH", ":.:bin")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="not found"):
        editor.edit_text(tmp_path, "x", "a.py")
    assert not told.exists()

from pathlib import Path

import pytest

from spark_tui.core.errors import FileRefusedError
from spark_tui.services.clipboard import LARGEST, read_clipboard

X11 = {"DISPLAY": ":0"}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An xclip that prints the file `text` beside it, and nothing else on PATH but the basics."""
    script = tmp_path / "xclip"
    script.write_text(f"#!/bin/sh\n[ -e {tmp_path}/text ] && exec cat {tmp_path}/text\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_the_text_of_the_clipboard_is_read(program: Path) -> None:
    (program / "text").write_bytes("naïve\r\nNameError\n".encode())
    assert read_clipboard(X11) == "naïve\nNameError\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "the clipboard holds no text"),
        (b"\xff\xfe\xfd", "the clipboard holds no text"),
        (b"x" * (LARGEST + 1), "the clipboard holds too much"),
    ],
    ids=["picture", "no-utf8", "large"],
)
def test_what_is_no_text_or_too_much_is_refused(program: Path, data: bytes, told: str) -> None:
    (program / "text").write_bytes(data)
    with pytest.raises(FileRefusedError, match=told):
        read_clipboard(X11)


def test_without_a_program_or_a_desktop_it_says_what_to_do(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileRefusedError, match="can't be read here"):
        read_clipboard(X11)  # it is there and fails: nothing is copied
    monkeypatch.setenv("PATH", str(program / "nowhere"))
    with pytest.raises(FileRefusedError) as refused:
        read_clipboard({"WAYLAND_DISPLAY": "wayland-0"})
    assert refused.value.way_out == "install wl-clipboard or xclip, or paste it"

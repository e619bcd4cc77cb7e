from pathlib import Path

import pytest

from spark_tui.core.errors import FileRefusedError
from spark_tui.services.clipboard import LARGEST, copy_text, read_clipboard

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
    assert refused.value.remedies == ("install wl-clipboard or xclip, or paste it",)


@pytest.fixture
def xclip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An xclip that keeps the text in a file, and goes on in the background as the real one."""
    script = tmp_path / "xclip"
    script.write_text(
        "#!/bin/sh\n"
        f'if [ "$3" = -in ]; then cat > {tmp_path}/text; sleep 20 & exit 0; fi\n'
        f"exec cat {tmp_path}/text\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_text_that_can_be_read_back_is_confirmed(xclip: Path) -> None:
    assert copy_text("naïve\nlines\n", X11)
    assert (xclip / "text").read_text() == "naïve\nlines\n"


def test_a_clipboard_that_holds_something_else_is_not(xclip: Path) -> None:
    (xclip / "xclip").write_text(f"#!/bin/sh\n[ $3 = -in ] && exit 0\nexec cat {xclip}/old\n")
    (xclip / "old").write_text("old")
    assert not copy_text("new", X11)


@pytest.mark.usefixtures("xclip")
def test_over_ssh_the_other_machine_is_left_alone(tmp_path: Path) -> None:
    assert not copy_text("x", {**X11, "SSH_CONNECTION": "1 2 3 4"})
    assert not (tmp_path / "text").exists()


def test_no_program_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not copy_text("x", X11)

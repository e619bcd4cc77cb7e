from __future__ import annotations

from pathlib import Path

import pytest

from spark_tui.services.copying import copy_text

X11 = {"DISPLAY": ":0"}


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

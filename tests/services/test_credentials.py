from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from spark_tui.core.config.settings import Settings, choose_endpoint
from spark_tui.core.endpoint.keyfile import parse_keys
from spark_tui.core.endpoint.profiles import EndpointSettings
from spark_tui.core.endpoint.wire import EndpointProfile, Need
from spark_tui.core.errors import SettingsError
from spark_tui.services.credentials import loose, save, with_keyring

URL = "https://api.example.com/v1"
KEY = "sk-secret-0123456789"

KEYRING = """
import pathlib, urllib.parse
HOME = pathlib.Path(__file__).with_name("held")
def _place(service, name):
    return HOME / urllib.parse.quote(f"{service} {name}", safe="")
def set_password(service, name, secret):
    HOME.mkdir(exist_ok=True)
    _place(service, name).write_text(secret)
def get_password(service, name):
    place = _place(service, name)
    return place.read_text() if place.exists() else None
"""


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of that name which keeps secrets in files."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "keyring.py").write_text(KEYRING)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    return folder


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)


@pytest.mark.usefixtures("no_keyring")
def test_the_file_is_its_owners_alone_and_so_is_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "spark-tui"
    shown = save(folder, "mine", URL, KEY)
    path = folder / "keys.toml"
    assert shown == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not loose(path)
    assert [p.name for p in folder.iterdir()] == ["keys.toml"]
    saved = parse_keys(path.read_text(), "keys.toml")
    assert (saved.endpoint, dict(saved.keys)) == ("mine", {"https://api.example.com": KEY})


@pytest.mark.usefixtures("no_keyring")
def test_a_readable_file_is_closed_and_what_it_held_stays(tmp_path: Path) -> None:
    save(tmp_path, "mine", URL, KEY)
    path = tmp_path / "keys.toml"
    path.chmod(0o644)
    assert loose(path)
    save(tmp_path, "other", "http://gpu:1/v1", table=EndpointSettings("other", "http://gpu:1/v1"))
    assert not loose(path)
    saved = parse_keys(path.read_text(), "keys.toml")
    assert (saved.endpoint, len(saved.keys), len(saved.endpoints)) == ("other", 1, 1)


@pytest.mark.usefixtures("no_keyring")
def test_a_damaged_file_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text("[api_keys\n")
    with pytest.raises(SettingsError, match="is damaged"):
        save(tmp_path, "mine", URL, KEY)
    assert path.read_text() == "[api_keys\n"


@pytest.mark.usefixtures("no_keyring")
def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot write"):
        save(tmp_path / "file" / "x", "mine", URL, KEY)


def test_with_a_keyring_no_file_holds_the_key(tmp_path: Path, keyring: Path) -> None:
    folder = tmp_path / "config"
    shown = save(folder, "mine", URL, KEY)
    assert "keyring" in shown
    text = (folder / "keys.toml").read_text()
    assert KEY not in text
    settings = Settings(saved=parse_keys(text, "keys.toml"))
    found = with_keyring(choose_endpoint(settings, {"OPENAI_BASE_URL": URL}).chosen)
    assert (found.key, found.key_from, found.need) == (KEY, "keyring", Need.NOTHING)
    elsewhere = {"OPENAI_BASE_URL": "https://evil.example/v1"}
    assert with_keyring(choose_endpoint(settings, elsewhere).chosen).key == ""


def test_a_keyring_that_fails_leaves_the_key_to_the_file(tmp_path: Path, keyring: Path) -> None:
    (keyring / "keyring.py").write_text(
        "def set_password(*a):\n    raise OSError('locked')\nget_password = set_password\n"
    )
    save(tmp_path, "mine", URL, KEY)
    saved = parse_keys((tmp_path / "keys.toml").read_text(), "keys.toml")
    assert saved.keys["https://api.example.com"] == KEY
    locked = with_keyring(EndpointProfile("mine", URL, key_from="keyring"))
    assert (locked.key, locked.need) == ("", Need.KEY)

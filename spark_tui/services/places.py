"""Where configuration, themes, state and traces live on disk (XDG base directories)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from spark_tui.core.config.settings import Settings, parse, parse_shipped
from spark_tui.core.config.theme import ThemeSpec, parse_theme
from spark_tui.core.config.toml import TomlFile, toml_table
from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.keyfile import FILE_NAME, parse_keys
from spark_tui.core.errors import SettingsError, together
from spark_tui.services.home import home
from spark_tui.services.plain_files import SETTINGS_MOST, is_folder, read_plain
from spark_tui.services.trust import PROJECT_FILE, is_trusted


def config_dir() -> Path:
    """`$XDG_CONFIG_HOME/spark-tui`, default `~/.config/spark-tui`; may not exist."""
    return _xdg("XDG_CONFIG_HOME", ".config")


def state_dir() -> Path:
    """`$XDG_STATE_HOME/spark-tui`, default `~/.local/state/spark-tui`; may not exist."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def config_file() -> Path:
    """The user's settings, `config.toml` in `config_dir()`; may not exist."""
    return config_dir() / "config.toml"


def keys_file() -> Path:
    """What is set up in a session, keys among it; may not exist."""
    return config_dir() / FILE_NAME


def shipped_endpoints() -> Path:
    """The endpoints that came with the program."""
    return Path(__file__).resolve().parent.parent / "endpoints.toml"


def load_settings(root: Path | None) -> Settings:
    """What is shipped, what was set up, the user's file, then the worktree's harmless keys.

    The last are those of `.spark.toml` in `root`, checks only if the person trusts it. Keys in the
    system's keyring are not read here: see `services.credentials`. Raises SettingsError for a file
    that can't be read or is wrong.
    """
    shipped = shipped_endpoints()
    today = date.today().isoformat()
    tables = parse_shipped(shipped.read_text(encoding="utf-8"), shipped.name, today)
    settings = Settings(shipped=tables)
    text = _read(keys_file())
    if text is not None:
        saved = parse_keys(text, str(keys_file()), settings.below)
        settings = replace(settings, saved=saved)
    text = _read(config_file())
    if text is not None:
        settings = parse(text, str(config_file()), settings)
    return settings if root is None else _with_project(settings, root)


def in_config(error: SettingsError) -> SettingsError:
    """An error about keys of the user's file, found later than it was read, with their lines."""
    file = TomlFile(str(config_file()), _read(config_file()) or "")
    found = (error, *error.others)
    return together([file.wrong(one.key, one.what, *one.remedies) for one in found])


def _with_project(settings: Settings, root: Path) -> Settings:
    """With the worktree's keys; what is wrong with its file is only noted."""
    path = root / PROJECT_FILE
    try:
        text = _read(path, PROJECT_FILE, links=False)
        if text is None:
            return settings
        known = is_trusted(trust_file(), root, text)
        return parse(text, PROJECT_FILE, settings, project=True, trusted=known)
    except SettingsError as error:
        return replace(settings, unused=(*settings.unused, error.what))


def trust_file() -> Path:
    """Which project files the person trusts; may not exist. See `services.trust`."""
    return config_dir() / "trusted"


def _read(path: Path, name: str = "", *, links: bool = True) -> str | None:
    """The text of a file, None where it is not there; messages call it `name`, else by its path."""
    try:
        return read_plain(path, SETTINGS_MOST, links=links).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        what = f"cannot read {name or path}: {reason}"
        raise SettingsError(what, "mend or remove it") from None


def theme_dirs() -> tuple[Path, Path]:
    """Where theme files are looked for, later wins: shipped, then the user's own."""
    return (shipped_themes(), config_dir() / "themes")


class Themes(Mapping[str, ThemeSpec]):
    """Themes by name; a shipped one is read and derived when it is asked for: a start needs one."""

    def __init__(self, shipped: Mapping[str, Path], own: Mapping[str, ThemeSpec]) -> None:
        self._shipped = shipped
        self._read = dict(own)

    def __getitem__(self, name: str) -> ThemeSpec:
        if name not in self._read:
            self._read[name] = _theme(self._shipped[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shipped.keys() | self._read.keys())

    def __len__(self) -> int:
        return len(self._shipped.keys() | self._read.keys())


def load_themes() -> Themes:
    """Every theme by name; a user's file wins over a shipped one. Raises SettingsError."""
    shipped, users = theme_dirs()
    specs = [_theme(path) for path in _toml_files(users)]
    return Themes({path.stem: path for path in _toml_files(shipped)}, {s.name: s for s in specs})


def _toml_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml")) if is_folder(folder) else []


def _theme(path: Path) -> ThemeSpec:
    try:
        table = toml_table(_read(path) or "")
    except ValueError as error:
        raise SettingsError(f"{path}: {error}", "correct or remove the theme") from None
    return parse_theme(table, str(path))


def shipped_themes() -> Path:
    """The themes that came with the program: inside a wheel, else beside the package."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def _xdg(variable: str, default: str) -> Path:
    base = os.environ.get(variable, "")
    root = Path(base) if base.startswith("/") else _home(variable) / default
    return root / "spark-tui"


def _home(instead: str) -> Path:
    """The person's home folder. Raises SettingsError where none is known."""
    found = home()
    if found is None:
        raise SettingsError("no home folder is known", f"set HOME, or {instead}")
    return found

"""TOML from anybody, and where in a file each of its keys stands."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import SettingsError
from spark_tui.core.nearest import nearest
from spark_tui.core.remedy import Way


def toml_table(text: str) -> dict[str, Any]:
    """The table of a TOML text. Raises ValueError, also for one that is nested without end."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file by the `name` that messages have for it, and the `text` in it."""

    name: str
    text: str = ""

    def wrong(self, key: str, what: str, *remedies: Way) -> SettingsError:
        """The error about the dotted `key`, as `FILE:LINE: what`; no line where none is known."""
        line = self.line_of(key)
        place = f"{self.name}:{line}" if line else self.name
        return SettingsError(f"{place}: {what}", *remedies, key=key)

    def number(self, value: object, key: str) -> float:
        """The number from 0 below 1e9 at the dotted `key`. Raises SettingsError."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
            raise self.wrong(key, f"{key} must be a number", f"{key.rpartition('.')[2]} = 1.5")
        return float(value)

    def no_others(self, table: Mapping[str, object], known: Sequence[str], where: str) -> None:
        """Raise SettingsError for a key of the table `where` that is not known."""
        for key in table:
            if key not in known:
                close = nearest(key, known)
                hint = f"did you mean {close!r}?" if close else f"known: {', '.join(known)}"
                raise self.wrong(f"{where}.{key}", f"unknown key '{where}.{key}'", hint)

    def line_of(self, key: str) -> int:
        """The line of a dotted key, else of the table it is missing in, from 1; 0 for unknown."""
        lines = key_lines(self.text)
        while key and key not in lines:
            key = key.rpartition(".")[0]
        return lines.get(key, 0)


@lru_cache(maxsize=8)
def key_lines(text: str) -> dict[str, int]:
    """The line (from 1) of each key and table of a TOML text, by its dotted name.

    None of a text that is no valid TOML.

    The tables of an array have their number from 0 behind its name. What stands in an inline table
    or an array has no line of its own.
    """
    try:
        return _Scanner(text).lines()
    except ValueError:
        return {}


def without(table: dict[str, Any], key: str) -> bool:
    """Take a dotted key out of nested tables; False where it is not there."""
    for name, value in table.items():
        if key == name:
            del table[name]
            return True
        if key.startswith(f"{name}.") and isinstance(value, dict):
            return without(value, key[len(name) + 1 :])
    return False


class _Scanner:
    """Goes through a text once. Only what ends a statement matters: strings, brackets, comments."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._line = 1
        self._tables: dict[str, int] = {}
        self._lines: dict[str, int] = {}

    def lines(self) -> dict[str, int]:
        prefix = ""
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "[":
                prefix = self._header()
            elif char in " \t\n":
                self._step()
            elif char == "#":
                self._skip_line()
            else:
                line = self._line
                name = ".".join(_names(self._until("=")))
                self._lines.setdefault(f"{prefix}.{name}" if prefix else name, line)
                self._until("\n")
        return self._lines

    def _header(self) -> str:
        """The dotted name of a table, with numbers for those that are in an array."""
        line = self._line
        array = self._text.startswith("[[", self._at)
        self._at += 2 if array else 1
        name = ""
        *above, own = _names(self._until("]"))
        for part in above:
            name = self._inside(f"{name}.{part}" if name else part)
        name = f"{name}.{own}" if name else own
        if array:
            self._lines.setdefault(name, line)
            self._tables[name] = number = self._tables.get(name, -1) + 1
            name = f"{name}.{number}"
        self._lines.setdefault(name, line)
        self._skip_line()
        return name

    def _inside(self, name: str) -> str:
        """`name`, with the number of its newest table where it is an array of them."""
        return f"{name}.{self._tables[name]}" if name in self._tables else name

    def _until(self, end: str) -> str:
        """What stands before `end` outside of strings and brackets; goes behind it."""
        start, depth = self._at, 0
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == end and not depth:
                found = self._text[start : self._at]
                self._step()
                return found
            if char in "\"'":
                self._skip_string(char)
                continue
            if char == "#":
                self._skip_line()
                continue
            depth += (char in "[{") - (char in "]}")
            self._step()
        return self._text[start:]

    def _skip_string(self, quote: str) -> None:
        many = self._text.startswith(quote * 3, self._at)
        end = quote * 3 if many else quote
        for _ in end:
            self._step()
        while self._at < len(self._text) and not self._text.startswith(end, self._at):
            if quote == '"' and self._text[self._at] == "\\":
                self._step()
            self._step()
        for _ in end:
            self._step()
        while many and self._text.startswith(quote, self._at):
            self._step()

    def _skip_line(self) -> None:
        while self._at < len(self._text) and self._text[self._at] != "\n":
            self._at += 1

    def _step(self) -> None:
        if self._at < len(self._text):
            self._line += self._text[self._at] == "\n"
            self._at += 1


def _names(raw: str) -> list[str]:
    """The names in a dotted key as it is written."""
    names: list[str] = []
    table: Any = toml_table(f"{raw.strip()} = 0")
    while isinstance(table, dict):
        [(name, table)] = table.items()
        names.append(name)
    return names

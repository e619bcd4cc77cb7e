"""Themes as values: a palette of named colours, and roles that give each meaning its style.

A theme file names a ground and a text colour; everything else has a default that is derived from
these two and moved until it can be read. A style is written as words: `"green on leaf bold"`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.errors import SettingsError

ATTRIBUTES = ("bold", "italic", "underline", "reverse")

READABLE = 4.5
"""WCAG 2.2 contrast (success criterion 1.4.3, AA) every text must have on its ground."""

_DARK = {
    "ground": "#14161b",
    "text": "#d6d9e0",
    "red": "#f2777a",
    "green": "#7fca7f",
    "yellow": "#e2c063",
    "blue": "#6fb0f2",
    "magenta": "#c99bf0",
    "cyan": "#5fc9c9",
    "orange": "#eb9f5e",
}
_LIGHT = {
    "ground": "#fbfaf7",
    "text": "#24292f",
    "red": "#b3261e",
    "green": "#1b6e34",
    "yellow": "#7a5a00",
    "blue": "#0b5cad",
    "magenta": "#7a3ea8",
    "cyan": "#0a6a72",
    "orange": "#9a4a00",
}

_ROLES: Mapping[str, str] = {
    "text": "text",
    "muted": "muted",
    "rule": "line",
    "focus": "blue bold",
    "typing": "text on typing",
    "review": "cyan reverse",
    "review.key": "cyan bold reverse",
    "add": "green on add",
    "add.word": "text on add-word underline",
    "remove": "red on remove",
    "remove.word": "text on remove-word underline",
    "ok": "green",
    "kept": "cyan",
    "open": "blue",
    "drop": "muted",
    "refuse": "red bold",
    "stale": "orange bold",
    "replaced": "muted",
    "writing": "yellow",
    "outside": "magenta",
    "simulated": "orange",
    "auto": "orange bold reverse",
    "select": "text on select",
    "link": "blue underline",
}

_SYNTAX: Mapping[str, str] = {
    "keyword": "magenta",
    "type": "cyan",
    "name": "text",
    "function": "blue",
    "class": "yellow",
    "builtin": "cyan",
    "variable": "text",
    "attribute": "blue",
    "decorator": "orange",
    "constant": "orange",
    "string": "green",
    "escape": "orange",
    "number": "orange",
    "comment": "muted italic",
    "operator": "text",
    "punctuation": "text",
    "tag": "magenta",
    "heading": "blue bold",
    "emphasis": "text italic",
    "error": "text",
}

ROLES = frozenset(_ROLES) | frozenset(f"syntax.{name}" for name in _SYNTAX)
"""Every role a theme may set."""

_TOP = ("name", "dark", "contrast", "palette", "roles", "syntax")


class Style(NamedTuple):
    """Colours as `#rrggbb` (None: the ground's own) and attributes."""

    fg: str | None = None
    bg: str | None = None
    bold: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """One theme. `palette` maps names to `#rrggbb`; `roles` holds every name in `ROLES`."""

    name: str
    dark: bool
    palette: Mapping[str, str] = field(hash=False)
    roles: Mapping[str, Style] = field(hash=False)

    @property
    def ground(self) -> str:
        """The background of everything."""
        return self.palette["ground"]

    def colours(self, role: str, ground: str | None = None) -> tuple[str, str]:
        """(foreground, background) of `role`, on the ground of role `ground` where it has none."""
        style = self.roles[role]
        under = (self.roles[ground].bg if ground else None) or self.ground
        fg, bg = style.fg or self.palette["text"], style.bg or under
        return (bg, fg) if style.reverse else (fg, bg)


# ------------------------------------------------------------------- reading a file


def parse_theme(data: Mapping[str, object], source: str) -> ThemeSpec:
    """The theme in a parsed TOML document; `source` is the file's name for errors.

    Keys: `name`, `dark`, `contrast` (the least ratio derived colours get), `[palette]`, `[roles]`,
    `[syntax]`. Raises SettingsError naming the file, the key and the nearest known key.
    """
    for key in data:
        if key not in _TOP:
            raise _unknown(source, key, _TOP)
    name = data.get("name", source)
    dark = data.get("dark", True)
    least = data.get("contrast", READABLE)
    if not isinstance(name, str) or not name:
        raise SettingsError(f"{source}: name must be text", 'as in name = "dusk"')
    if not isinstance(dark, bool):
        raise SettingsError(f"{source}: dark must be true or false")
    if isinstance(least, bool) or not isinstance(least, int | float) or not 1 <= least <= 21:
        raise SettingsError(f"{source}: contrast must be a number from 1 to 21", "4.5 is usual")
    palette = _palette(_table(data, "palette", source), source, dark=dark, least=float(least))
    words = {**_ROLES, **{f"syntax.{k}": v for k, v in _SYNTAX.items()}}
    for section, prefix in (("roles", ""), ("syntax", "syntax.")):
        for key, value in _table(data, section, source).items():
            role = prefix + key
            if role not in ROLES or (not prefix and key.startswith("syntax.")):
                known = [r.removeprefix(prefix) for r in ROLES if r.startswith(prefix)]
                raise _unknown(source, f"{section}.{key}", known, key)
            if not isinstance(value, str):
                raise SettingsError(f"{source}: {section}.{key} must be text", 'as in "blue bold"')
            words[role] = value
    roles = {role: _style(text, palette, f"{source}: {role}") for role, text in words.items()}
    return ThemeSpec(name, dark, MappingProxyType(palette), MappingProxyType(roles))


def default_theme(*, dark: bool = True) -> ThemeSpec:
    """The built-in theme, used where no theme file can be read."""
    return parse_theme({"name": "spark-dark" if dark else "spark-light", "dark": dark}, "built in")


def _table(data: Mapping[str, object], key: str, source: str) -> Mapping[str, object]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        raise SettingsError(f"{source}: {key} must be a table", f"write it as [{key}]")
    flat: dict[str, object] = {}
    for name, item in value.items():
        if isinstance(item, Mapping):  # TOML reads an unquoted `add.word = …` as a table
            flat.update({f"{name}.{k}": v for k, v in item.items() if k})
            if "" in item:
                flat[str(name)] = item[""]
        else:
            flat[str(name)] = item
    return flat


def _palette(
    given: Mapping[str, object], source: str, *, dark: bool, least: float
) -> dict[str, str]:
    out = dict(_DARK if dark else _LIGHT)
    for key, value in given.items():
        if not isinstance(value, str) or _rgb(value) is None:
            raise SettingsError(f"{source}: palette.{key} must be a colour", 'as in "#7fca7f"')
        out[key] = value.lower()
    ground, text = out["ground"], out["text"]
    names = ("red", "green", "yellow", "blue", "magenta", "cyan", "orange", "muted")
    fixed = [text, *(out[name] for name in names if name in given)]
    weight = 0.27 if dark else 0.24
    for name, colour in (("add", "green"), ("remove", "red")):
        strong = _weight(ground, out[colour], weight, fixed, least)
        out.setdefault(f"{name}-word", mix(ground, out[colour], strong))
        out.setdefault(name, mix(ground, out[colour], strong * 0.6))
    out.setdefault("typing", mix(ground, out["blue"], 0.14 if dark else 0.1))
    out.setdefault("select", mix(ground, out["blue"], 0.3 if dark else 0.25))
    out.setdefault("line", mix(ground, text, 0.3))
    out.setdefault("muted", mix(ground, text, 0.62))
    grounds = ("ground", "add", "remove", "add-word", "remove-word", "typing")
    tints = tuple(out[n] for n in grounds)
    for name in names:
        if name not in given:
            out[name] = readable(out[name], tints, least, toward=text)
    return out


def _weight(ground: str, colour: str, most: float, texts: list[str], least: float) -> float:
    """How much of `colour` the ground may take, up to `most`, with `texts` readable on it."""
    for part in range(20, 7, -1):
        weight = most * part / 20
        if min(contrast(text, mix(ground, colour, weight)) for text in texts) >= least:
            break
    return weight


def _style(text: str, palette: Mapping[str, str], where: str) -> Style:
    fg: str | None = None
    bg: str | None = None
    on = False
    flags: set[str] = set()
    for word in text.split():
        if word == "on":
            on = True
        elif word in ATTRIBUTES:
            flags.add(word)
        else:
            colour = palette.get(word, word)
            if _rgb(colour) is None:
                raise _unknown(where, word, (*palette, *ATTRIBUTES))
            if on:
                bg, on = colour.lower(), False
            else:
                fg = colour.lower()
    if on:
        raise SettingsError(f"{where}: a colour must follow `on`")
    return Style(fg, bg, *(a in flags for a in ATTRIBUTES))


def _unknown(
    where: str, shown: str, known: tuple[str, ...] | list[str], key: str = ""
) -> SettingsError:
    from difflib import get_close_matches

    near = get_close_matches(key or shown, known, 1, 0.5)
    return SettingsError(
        f"{where}: {shown} is not known", f"nearest: {near[0]}" if near else "see themes/"
    )


# ------------------------------------------------------------------- the terminal's ground

SUITS_DARK = "spark-dark"
SUITS_LIGHT = "spark-light"


def reply_is_light(reply: str) -> bool | None:
    """Whether a terminal's answer to OSC 11 names a light ground; None where it names none.

    Format: xterm's control sequences, `rgb:RRRR/GGGG/BBBB` with one to four hex digits each.
    """
    kind, _, colour = reply.partition(":")
    parts = colour.split("/")
    if kind not in ("rgb", "rgba") or len(parts) < 3:
        return None
    try:
        levels = [int(p, 16) / (16 ** len(p) - 1) for p in parts[:3] if 0 < len(p) <= 4]
    except ValueError:
        return None
    if len(levels) != 3:
        return None
    return luminance("#" + "".join(f"{round(level * 255):02x}" for level in levels)) > _MIDDLE


def ground_of_environment(value: str) -> bool | None:
    """The same from `COLORFGBG` as rxvt and others set it: `15;0`, the ground last."""
    ground = value.rpartition(";")[2]
    if not ground.isdigit():
        return None
    return int(ground) == 7 or 9 <= int(ground) <= 15


_MIDDLE = 0.18
"""The relative luminance of middle grey: grounds above it go with dark text."""


# ------------------------------------------------------------------- colour arithmetic


def _rgb(colour: str) -> tuple[int, int, int] | None:
    if len(colour) != 7 or colour[0] != "#":
        return None
    try:
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    except ValueError:
        return None


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, of `#rrggbb` (WCAG 2.2, definition of relative luminance)."""
    rgb = _rgb(colour)
    if rgb is None:
        raise ValueError(f"not a colour: {colour}")
    parts = [c / 255 for c in rgb]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """WCAG 2.2 contrast ratio of two colours: 1 (equal) to 21 (black on white)."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(a: str, b: str, weight: float) -> str:
    """The colour `weight` (0 to 1) of the way from `a` to `b`, channel by channel."""
    pairs = zip(_rgb(a) or (0, 0, 0), _rgb(b) or (0, 0, 0), strict=True)
    return "#" + "".join(f"{round(x + (y - x) * weight):02x}" for x, y in pairs)


def readable(colour: str, grounds: tuple[str, ...], least: float, *, toward: str) -> str:
    """`colour`, moved towards `toward` only as far as it takes to reach `least` on all grounds."""
    for part in range(21):
        moved = mix(colour, toward, part / 20)
        if min(contrast(moved, g) for g in grounds) >= least:
            return moved
    return toward

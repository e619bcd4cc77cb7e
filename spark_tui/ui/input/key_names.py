"""Names of keys: as terminals send them, as people write them, as settings may say them. Pure."""

from __future__ import annotations

NEVER_BOUND = {
    "ctrl+a": "screen's prefix, and the start of the line",
    "ctrl+b": "tmux's prefix",
    "ctrl+s": "what stops the output of some terminals",
    "ctrl+q": "what starts it again",
    "ctrl+h": "Backspace on some terminals",
    "ctrl+i": "Tab to a terminal",
    "ctrl+m": "Enter to a terminal",
    "ctrl+left_square_bracket": "Esc to a terminal",
    "ctrl+backslash": "what ends a program",
}
"""Keys that terminals and what runs in them take for themselves, and what they are instead."""

_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "insert": "Insert",
    "backspace": "Backspace",
    "delete": "Delete",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "backslash": "\\",
    "underscore": "_",
    "circumflex_accent": "^",
    "at": "@",
}

_CHARACTERS = {
    "question_mark": "?",
    "at": "@",
    "slash": "/",
    "exclamation_mark": "!",
    "full_stop": ".",
}

_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "\\": "backslash",
    "_": "underscore",
    "^": "circumflex_accent",
    "@": "at",
}

_MODIFIERS = ("ctrl", "alt", "shift")

LEADER = "ctrl+x"


def shown(key: str) -> str:
    """A key name as people write it: `ctrl+x` is `Ctrl+X`, `f3` is `F3`."""
    if key in _SHOWN:
        return _SHOWN[key]
    *mods, last = key.split("+") if len(key) > 1 else [key]
    if not mods and len(last) == 1:
        return last
    name = last.upper() if len(last) == 1 or last[1:].isdigit() else last.capitalize()
    return "+".join([*(m.capitalize() for m in mods), _SHOWN.get(last, name)])


def normal(key: str, character: str | None) -> str:
    """Textual's key name as the table writes it: printable keys by their character."""
    modified = key.startswith(("ctrl+", "alt+"))  # Alt+D comes with the character of D
    if character and len(character) == 1 and character.isprintable() and character != " ":
        return key if modified else character
    return _CHARACTERS.get(key, key)


def parse_key(text: str) -> str:
    """The key a person means by `Ctrl+G`, `esc`, `F5` or `?`; "" for what is no key's name."""
    text = text.strip()
    if len(text) == 1 and text.isprintable():
        return text
    head, _, last = text.rpartition("+")
    if text == "+" or head.endswith("+"):  # the key is the plus itself
        head, last = head.rstrip("+"), "+"
    mods = [part.strip().lower() for part in head.split("+")] if head else []
    if any(m not in _MODIFIERS for m in mods) or len(set(mods)) < len(mods):
        return ""
    last = last.strip()
    name = _ALIASES.get(last.lower(), last.lower())
    named = name in _SHOWN or (name[:1] == "f" and name[1:].isdigit() and 0 < int(name[1:]) <= 24)
    if not named and len(name) != 1:
        return ""
    if mods == ["shift"] and len(last) == 1 and last.isalpha():
        return last.upper()
    return "+".join([*(m for m in _MODIFIERS if m in mods), name])

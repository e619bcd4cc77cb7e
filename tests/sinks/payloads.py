"""What a terminal or an eye must not be given, from every family; made by rule, in one order."""

from __future__ import annotations

import unicodedata

HEAD, TAIL = "qZ7", "7Zq"
"""Harmless text around a payload: where it is seen, the payload arrived."""

_ENDS = ("\x07", "\x1b\\", "\x9c", "")
_OSC = (
    "0;t",
    "1;i",
    "133;A",
    "2;t",
    "8;;http://x",
    "52;c;aGk=",
    "4;1;?",
    "10;?",
    "1337;File=:aGk=",
    "777;notify;a;b",
    "9;x",
)
_CSI = (
    "31m",
    "2J",
    "H",
    "?1049l",
    "?25l",
    "6n",
    "c",
    ">c",
    "=c",
    "?2004l",
    "3J",
    "10;10H",
    "!p",
    "?1000h",
)
_CSI_MORE = (
    "21t",
    "14t",
    "5n",
    "?6n",
    "0x",
    "1;1r",
    "s",
    "u",
    ">4;2m",
    "20l",
    "4i",
    "2@",
    "99P",
    "99M",
    "X",
    "b",
)
_ESCAPES = (
    "c",
    "7",
    "8",
    "D",
    "E",
    "M",
    "H",
    "Z",
    "=",
    ">",
    "n",
    "o",
    "|",
    "}",
    "~",
    "(0",
    ")B",
    "#8",
    "%G",
    "N",
    "O",
    " F",
)


def payloads() -> list[str]:
    """Some 250 of them."""
    found = [f"\x1b]{body}{end}" for body in _OSC for end in _ENDS]
    found += [f"\x9d{body}{end}" for body in _OSC[:4] for end in _ENDS[:3]]
    found += [f"{start}{body}" for body in (*_CSI, *_CSI_MORE) for start in ("\x1b[", "\x9b")]
    found += [f"\x1b{one}" for one in _ESCAPES]
    found += [
        f"{start}q#0;2;0;0;0#0~-{end}"
        for start in ("\x1bP", "\x90", "\x1b_G", "\x9f", "\x1b^", "\x9e", "\x1bX", "\x98")
        for end in _ENDS[1:3]
    ]
    found += [
        chr(code) for code in (*range(1, 9), 11, 12, 13, *range(14, 32), 127, *range(0x80, 0xA0))
    ]
    found += list("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    found += list(
        "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u2028\u2029\u3164\uffa0\u115f\u2800\ue000\U000f0000"
    )
    found += [
        "\U000e0041\U000e007f",
        "\ufe0f",
        "\U000e0100",
        "e" + "\u0301" * 40,
        "a" + "\u20dd" * 20,
    ]
    found += [
        "[@click=app.quit]x[/]",
        "[/]",
        "[/red]",
        "[link=http://x]",
        "[red",
        "\\[b]",
        "{x}",
        "%s%n",
    ]
    return list(dict.fromkeys(found))


ALL_AT_ONCE = "".join(
    (
        "\x1b]0;t\x07\x1b[2J\x9b31m\x90q\x9c",
        "\x01\x08\x0d\x0e\x7f\x85",
        "\u202e\u2066\u200b\ufeff\U000e0041\ufe0f\u2028\ue000",
        "e" + "\u0301" * 9,
        "[@click=app.quit]x[/]",
    )
)
"""One of each family in a row: where a test has time for one only."""

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def unsafe(text: str) -> list[str]:
    """The characters of an output that no terminal may be given; line ends and tabs may."""
    found = [c for c in text if c not in "\n\t" and unicodedata.category(c) in _UNSEEN]
    found += [
        c
        for c in text
        if c in "\u115f\u1160\u2800\u3164\uffa0\ufe0f" or 0xE0100 <= ord(c) < 0xE01F0
    ]
    marks = 0
    for c in text:
        marks = marks + 1 if unicodedata.category(c) in {"Mn", "Me"} else 0
        if marks > 4:
            found.append(c)
    return found

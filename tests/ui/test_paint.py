"""Text from outside becomes cells and nothing else."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.lookalike import appearance
from spark_tui.core.printable import width
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, is_plain, pieces, safe

HOSTILE = {
    "osc 52": "\x1b]52;c;aGk=\x07",
    "osc 8": "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "osc title": "\x1b]0;owned\x07",
    "csi clear": "\x1b[2J\x1b[H",
    "csi sgr": "\x1b[31mred",
    "csi report": "\x1b[6n",
    "dcs": "\x1bPq#0\x1b\\",
    "apc": "\x1b_Gf=100;AAAA\x1b\\",
    "reset": "\x1bc",
    "c1 csi": "\x9b31m",
    "c1 osc": "\x9d52;c;aGk=\x9c",
    "nul": "a\x00b",
    "del": "a\x7fb",
    "bell": "\x07",
    "backspace": "abc\x08\x08\x08xyz",
    "carriage return": "safe\rEVIL",
    "shift out": "\x0e\x0f",
    "vertical tab": "a\x0bb\x0cc",
    "newline": "a\nb\r\nc",
    "next line": "a\x85b",
    "rlo": "\u202eevil",
    "isolates": "\u2066a\u2069\u2067b",
    "marks": "\u200e\u200f\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f",
    "soft hyphen": "a\u00adb",
    "tag characters": "a\U000e0041\U000e007f",
    "variation selectors": "a\ufe0f\U000e0100",
    "line separator": "a\u2028b\u2029c",
    "hangul filler": "a\u3164b\uffa0c\u115f",
    "private use": "\ue000\U000f0000",
    "surrogate": "\udc80",
    "unassigned": "\U000e0fff\u0378",
    "combining flood": "e" + "\u0301" * 500,
    "enclosing flood": "e" + "\u20dd" * 50,
    "braille blank": "a\u2800b",
}


def hidden(text: str) -> list[str]:
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return [c for c in text if unicodedata.category(c) in bad]


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_hostile_is_left(payload: str) -> None:
    shown = safe(payload)
    assert not hidden(shown)
    assert not re.search("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u3164\uffa0\u115f\u2800]", shown)
    assert not re.search("[\u0301\u20dd]{5}", shown)
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("⚠\ufe0f x", "⚠ x"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("👍🏽!", "👍!"),
        ("🕵🏽\u200d♂\ufe0f", "🕵♂"),
        ("🏳\ufe0f\u200d🌈", "🏳🌈"),
        ("🇩🇪", "🇩🇪"),
        ("a\ufe0fb", "a<U+FE0F>b"),
        ("👨\u200dx", "👨<U+200D>x"),
        ("👨\u200d\u200d👩", "👨<U+200D><U+200D>👩"),
        ("⚠\ufe0f\ufe0f", "⚠<U+FE0F>"),
        ("\u200d👩", "<U+200D>👩"),
    ],
)
def test_an_emoji_is_shown_by_parts_whose_width_no_terminal_doubts(text: str, shown: str) -> None:
    assert safe(text) == shown
    assert cells(shown) == sum(map(cells, shown)) or shown == "🇩🇪"


def test_one_width_of_a_character_everywhere() -> None:
    """Tab stops are counted in the core, rows by the framework: what they measure is the same."""
    blocks = ((0x20, 0x2000), (0x2000, 0x3100), (0xD7B0, 0xD800), (0xFE10, 0x10000))
    differ = [
        c
        for first, end in (*blocks, (0x1F000, 0x1FB00))
        for c in map(chr, range(first, end))
        if cells(c) != width(c) and safe(c) == c and unicodedata.category(c) not in {"So", "No"}
    ]
    assert all(unicodedata.category(c) == "Sk" or "\u302e" <= c <= "\u302f" for c in differ), differ


def test_lines_that_differ_in_what_an_emoji_hides_say_so() -> None:
    assert appearance("x ⚠\ufe0f") == appearance("x ⚠")
    assert appearance("👍🏽") == appearance("👍")


def test_what_was_hidden_is_named() -> None:
    assert safe("a\x1b[0m") == "a␛[0m"
    assert safe("\x7f\x00") == "␡␀"
    assert safe("x\u202ey") == "x<U+202E>y"
    assert safe("\x9b") == "<U+009B>"
    assert safe("e" + "\u0301" * 5) == "e" + "\u0301" * 4 + "<U+0301>"


@pytest.mark.parametrize(
    "text", ["plain", "naïve café", "日本語 한국어", "→ ○ ✓ ▌ …", "Ωμέγα Привет"]
)
def test_ordinary_text_stays(text: str) -> None:
    assert safe(text) == text


def test_tabs_reach_to_the_next_stop() -> None:
    assert safe("\ta\tbcd\te") == "    a   bcd e"
    assert safe("日\tx") == "日  x"


@given(st.text(max_size=60))
def test_no_text_at_all_leaves_anything_hidden(text: str) -> None:
    shown = safe(text)
    assert not hidden(shown)
    assert "".join(pieces(text)) == shown
    assert len(pieces(text)) == len(text)
    if is_plain(text):
        assert shown == text
    assert safe(shown) == shown


@given(st.text(max_size=40), st.integers(0, 30))
def test_cutting_never_exceeds_the_width(text: str, width: int) -> None:
    shown = safe(text)
    assert cells(cut_end(shown, width)) <= width
    assert cells(cut_middle(shown, width)) <= width
    if cells(shown) <= width:
        assert cut_end(shown, width) == cut_middle(shown, width) == shown


def test_a_path_keeps_its_end() -> None:
    cut = cut_middle("src/components/forms/very/long/address_form.tsx", 24)
    assert cut.startswith("src/com")
    assert cut.endswith("address_form.tsx")

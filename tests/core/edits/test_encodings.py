"""Files in any encoding: untouched bytes stay, and nothing is added that may be another letter."""

from __future__ import annotations

import random
import re

import pytest

from spark_tui.core.edits.encodings import MIXED, encoded, read
from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import Habits
from spark_tui.core.edits.text import image_of
from tests.core.edits.test_bytes import after, blocks, edit, refusal, v4a, whole

UMLAUTS = "# Grüße aus Köln\nname = 'x'\ncity = 'Bern'\n".encode()
STRAY = UMLAUTS + b"old = 'na\xefve'\n"
KANJI = "# 表示 日本語 ソ\nname = 'x'\ncity = 'Bern'\n"
HAN = "# 你好 世界 a·\nname = 'x'\ncity = 'Bern'\n"
CYRILLIC = "# привет, мир\nname = 'x'\ncity = 'Bern'\n"
FRENCH = "# déjà créée à Orléans\nname = 'x'\ncity = 'Bern'\n"
POLISH = "# zażółć gęślą jaźń\nname = 'x'\ncity = 'Bern'\n"

UNKNOWN = {
    "shift-jis": KANJI.encode("cp932"),
    "euc-jp": KANJI.encode("euc_jp"),
    "gbk": HAN.encode("gbk"),
    "big5": "# 繁體中文\nname = 'x'\ncity = 'Bern'\n".encode("big5"),
    "euc-kr": "# 한국어 주석\nname = 'x'\ncity = 'Bern'\n".encode("euc_kr"),
    "cp1251": CYRILLIC.encode("cp1251"),
    "koi8-r": CYRILLIC.encode("koi8-r"),
    "iso-2022-jp": KANJI.encode("iso2022_jp"),
    "mac-roman": FRENCH.encode("mac-roman"),
    "latin-2": POLISH.encode("iso8859-2"),
    "cp437": FRENCH.encode("cp437"),
}

ASCII_EDIT = v4a(" name = 'x'\n-city = 'Bern'\n+city = 'Genf'\n", "f.py")


def adds(text: str) -> str:
    return v4a(f" name = 'x'\n-city = 'Bern'\n+city = '{text}'\n", "f.py")


@pytest.mark.parametrize("name", UNKNOWN)
def test_in_an_unknown_encoding_ascii_edits_go_on_and_nothing_else(name: str) -> None:
    data = UNKNOWN[name]
    assert after(edit(data, ASCII_EDIT, "f.py")) == data.replace(b"Bern", b"Genf")
    for text in ("Zürich", "é×", "a·b", "漢字", "Москва"):
        said = refusal(edit(data, adds(text), "f.py"))
        assert said.startswith("unreadable: the file's encoding is not known, so '")


@pytest.mark.parametrize("name", ["shift-jis", "euc-jp", "gbk", "cp1251"])
def test_what_a_file_of_unknown_encoding_holds_already_may_be_written_again(name: str) -> None:
    data = UNKNOWN[name]
    first = data.decode("latin-1").split("\n")[0]
    longer = v4a(f"-{first}\n+{first} (x)\n", "f.py")
    line = data.split(b"\n")[0]
    assert after(edit(data, longer, "f.py")) == data.replace(line, line + b" (x)", 1)
    run = next(run for run in re.findall("[^\x00-\x7f]+", first) if len(run) > 1)
    halved = v4a(f"-{first}\n+{first.replace(run, run[1:], 1)}\n", "f.py")
    assert refusal(edit(data, halved, "f.py")).startswith("unreadable")


def test_a_mostly_utf_8_file_stays_utf_8_and_keeps_its_stray_bytes() -> None:
    assert after(edit(STRAY, adds("Zürich"), "f.py")) == STRAY.replace(b"Bern", "Zürich".encode())
    image = image_of("f.py", STRAY)
    assert (image.encoding, image.sure) == (MIXED, True)
    line = image.lines[3].rstrip()
    kept = v4a(f"-{line}\n+{line}  # 漢\n", "f.py")
    assert after(edit(STRAY, kept, "f.py")) == STRAY.replace(b"ve'", "ve'  # 漢".encode())
    shown = whole("".join(image.lines).replace("Bern", "Zürich"), "f.py")
    assert after(edit(STRAY, shown, "f.py")) == STRAY.replace(b"Bern", "Zürich".encode())


@pytest.mark.parametrize("text", ["na\uf7eevf", "na\ufffdve"])
def test_a_character_that_stands_for_another_byte_is_refused(text: str) -> None:
    assert refusal(edit(STRAY, adds(text), "f.py")).startswith("unreadable")


def test_private_characters_of_a_real_utf_8_file_are_characters() -> None:
    data = "icon = '\uf7fc'\nname = 'x'\ncity = 'Bern'\n".encode()
    assert after(edit(data, adds("\uf7fd"), "f.py")) == data.replace(b"Bern", "\uf7fd".encode())
    both = data + b"# \xff\n"
    assert refusal(edit(both, adds("é"), "f.py")).startswith("unreadable")


@pytest.mark.parametrize(
    ("data", "added", "wanted"),
    [
        (FRENCH.encode("latin-1"), "Zürich", b"Z\xfcrich"),
        ("# “déjà” – vu\nname = 'x'\ncity = 'Bern'\n".encode("cp1252"), "é", b"\xe9"),
        ("name = 'x'  # Straße\ncity = 'Bern'\n".encode("latin-1"), "ß", b"\xdf"),
    ],
)
def test_a_latin_1_file_takes_its_letters(data: bytes, added: str, wanted: bytes) -> None:
    assert after(edit(data, adds(added), "f.py")) == data.replace(b"Bern", wanted)
    for other in ("€", "漢"):
        assert refusal(edit(data, adds(other), "f.py")) == f"unreadable: latin-1 has no '{other}'"


@pytest.mark.parametrize(
    ("name", "head", "added"),
    [
        ("euc_jp", "# -*- coding: euc-jp -*-\n# 日本語\n", "表示"),
        ("euc_jp", "#!/usr/bin/python\n# vim: set fileencoding=euc-jp :\n", "日本"),
        ("gbk", "# coding=gbk\n# 你好\n", "世界·"),
        ("cp932", "# -*- coding: cp932 -*-\n", "ソ表"),
        ("cp1251", "# coding: windows-1251\n# привет\n", "Москва"),
        ("koi8-r", "# -*- coding: koi8-r -*-\n", "Москва"),
        ("iso2022_jp", "# -*- coding: iso-2022-jp -*-\n# 日本\n", "漢字"),
        ("iso8859-1", "# -*- coding: latin-1 -*-\n", "Zürich"),
        ("utf-8", "# -*- coding: utf-8 -*-\n", "漢字"),
    ],
)
def test_a_file_that_says_its_encoding_is_written_in_it(name: str, head: str, added: str) -> None:
    text = head + "name = 'x'\ncity = 'Bern'\n"
    result = after(edit(text.encode(name), adds(added), "f.py"))
    assert result == text.replace("Bern", added).encode(name)
    if name not in ("utf-8", "gbk", "euc_jp", "iso2022_jp"):
        assert refusal(edit(text.encode(name), adds("\U0001f600"), "f.py")).startswith("unreadable")


def test_a_file_that_says_one_encoding_and_is_in_another_takes_ascii_only() -> None:
    data = "# -*- coding: latin-1 -*-\n# Grüße\nname = 'x'\ncity = 'Bern'\n".encode()
    assert after(edit(data, ASCII_EDIT, "f.py")) == data.replace(b"Bern", b"Genf")
    assert refusal(edit(data, adds("é"), "f.py")).startswith("unreadable")
    kanji = "# -*- coding: euc-jp -*-\n# 日本\nname = 'x'\ncity = 'Bern'\n".encode("cp932")
    assert refusal(edit(kanji, adds("é"), "f.py")).startswith("unreadable")
    unknown = b"# -*- coding: rot13 -*-\nname = 'x'\ncity = 'Bern'\n"
    assert after(edit(unknown, adds("é"), "f.py")) == unknown.replace(b"Bern", "é".encode())


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_utf_16_with_and_without_a_mark(name: str, mark: str, eol: str) -> None:
    text = mark + "# Grüße\nname = 'x'\ncity = 'Bern'\n".replace("\n", eol)
    result = after(edit(text.encode(name), adds("漢\U0001f600"), "f.py"))
    assert result == text.replace("Bern", "漢\U0001f600").encode(name)


def test_what_is_binary_stays_so() -> None:
    for data in (
        b"\x7fELF\2\1\1\0\0\0\0\0",
        b"a\0b",
        "\ufeffa\0b".encode("utf-16-le"),
        b"\0\1" * 9,
    ):
        result = edit(data, ASCII_EDIT, "f.py")
        assert refusal(result).startswith("binary")


@pytest.mark.parametrize(
    ("charset", "bom", "wanted"),
    [
        ("", b"", "é\r\n".encode()),
        ("utf-8", b"\xef\xbb\xbf", b"\xef\xbb\xbf" + "é\r\n".encode()),
        ("latin-1", b"", b"\xe9\r\n"),
        ("utf-16-le", b"\xff\xfe", "\ufeffé\r\n".encode("utf-16-le")),
    ],
)
def test_a_new_file_is_written_as_the_project_says(charset: str, bom: bytes, wanted: bytes) -> None:
    habits = Habits(eol="\r\n", charset=charset, bom=bom)
    created = "*** Begin Patch\n*** Add File: n.txt\n+é\n*** End Patch\n"
    result = propose(created, lambda path: image_of(path, None, habits=habits))
    assert after(result) == wanted


def test_a_new_file_is_written_in_the_encoding_it_asks_for() -> None:
    created = "*** Begin Patch\n*** Add File: f.py\n+# coding: latin-1\n+x = 'é'\n*** End Patch\n"
    assert after(edit(None, created, "f.py")) == "# coding: latin-1\nx = 'é'\n".encode("latin-1")
    other = created.replace("é", "漢")
    assert refusal(edit(None, other, "f.py")) == "unreadable: latin-1 has no '漢'"


def test_markup_says_its_encoding_and_code_that_holds_markup_does_not() -> None:
    page = "<html><head><meta charset='shift_jis'></head>\nx\n"
    result = edit(page.encode(), blocks("x\n", "ソ\n", "p.html"), "p.html")
    assert after(result) == page.replace("x", "ソ").encode("shift_jis")
    code = "page = '<meta charset=shift_jis>'\nx\n"
    result = edit(code.encode(), blocks("x\n", "ソ\n", "p.py"), "p.py")
    assert after(result) == code.replace("x", "ソ").encode()


def test_the_project_says_what_the_file_does_not() -> None:
    data, text = b"name = 'x'\ncity = 'Bern'\n", adds("é")
    image = image_of("f.py", data, habits=Habits(charset="latin-1"))
    assert after(propose(text, lambda _: image)) == data.replace(b"Bern", b"\xe9")
    image = image_of("f.py", b"# \xff\n" + data, habits=Habits(charset="utf-8"))
    assert after(propose(text, lambda _: image)) == b"# \xff\n" + data.replace(
        b"Bern", "é".encode()
    )


def test_every_reading_gives_the_very_bytes_back() -> None:
    dice = random.Random(7)
    samples = [
        STRAY,
        *UNKNOWN.values(),
        "\ufeff漢\n".encode("utf-16-le"),
        "é\n".encode("utf-16-be"),
    ]
    for _ in range(3_000):
        data = bytearray(dice.choice(samples))
        for _ in range(dice.randrange(4)):
            at = dice.randrange(len(data))
            data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        got = read(bytes(data), dice.choice(("f.py", "f.html", "")), dice.choice(("", "gbk")))
        assert got.bom + encoded(got.text, got.encoding) == data

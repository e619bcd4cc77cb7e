"""Themes: reading, deriving, and being readable."""

import tomllib
from pathlib import Path

import pytest

from spark_tui.core.config.theme import (
    READABLE,
    ROLES,
    ThemeSpec,
    contrast,
    default_theme,
    ground_of_environment,
    mix,
    parse_theme,
    readable,
    reply_is_light,
)
from spark_tui.core.errors import SettingsError
from spark_tui.ui.messages.remedies import shell_line

FILES = sorted((Path(__file__).parents[3] / "themes").glob("*.toml"))
DECORATION = {"rule"}
GROUNDS = (None, "add", "remove", "add.word", "remove.word")


def load(file: Path) -> ThemeSpec:
    return parse_theme(tomllib.loads(file.read_text("utf-8")), file.name)


def test_the_promised_themes_ship() -> None:
    names = {f.stem for f in FILES}
    assert {"spark-dark", "spark-light", "high-contrast", "gruvbox"} <= names
    assert len(names) >= 8
    assert sum(not load(f).dark for f in FILES) >= 2


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_text_can_be_read_on_its_ground(file: Path) -> None:
    theme = load(file)
    least = 7.0 if file.stem.startswith("high-contrast") else READABLE
    for role in ROLES - DECORATION:
        code = role.startswith("syntax.") or role in {"text", "muted", "add", "remove"}
        for ground in GROUNDS if code else (None,):
            ratio = contrast(*theme.colours(role, ground))
            assert ratio >= least, f"{role} on {ground or 'ground'}: {ratio:.2f}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_added_and_removed_lines_can_be_told_from_the_ground(file: Path) -> None:
    theme = load(file)
    grounds = [theme.ground, theme.palette["add"], theme.palette["remove"]]
    grounds += [theme.palette["add-word"], theme.palette["remove-word"]]
    assert len(set(grounds)) == 5
    assert theme.name == file.stem


def test_contrast_is_the_ratio_wcag_defines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_readable_moves_a_colour_no_further_than_needed() -> None:
    assert readable("#ffffff", ("#000000",), 4.5, toward="#ffffff") == "#ffffff"
    moved = readable("#202020", ("#000000",), 4.5, toward="#ffffff")
    assert 4.5 <= contrast(moved, "#000000") < 6


def test_mix_goes_from_one_colour_to_the_other() -> None:
    assert mix("#000000", "#ffffff", 0) == "#000000"
    assert mix("#000000", "#ff8040", 1) == "#ff8040"


def test_a_short_file_is_a_whole_theme() -> None:
    theme = parse_theme({"name": "dusk", "palette": {"ground": "#101020"}}, "dusk.toml")
    assert set(theme.roles) == ROLES
    assert theme.ground == "#101020"
    assert theme.roles["add"].bg != default_theme().roles["add"].bg


def test_a_style_is_words() -> None:
    text = '[roles]\nadd.word = "green on #004000 bold underline"\n[syntax]\nkeyword = "#ff00ff"'
    theme = parse_theme(tomllib.loads(text), "t.toml")
    word = theme.roles["add.word"]
    assert (word.bg, word.bold, word.underline) == ("#004000", True, True)
    assert theme.roles["syntax.keyword"].fg == "#ff00ff"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nmae = 'x'", ("nmae", "nearest: name")),
        ("[roles]\nmutde = 'red'", ("roles.mutde", "nearest: muted")),
        ("[syntax]\nkeywrd = 'red'", ("syntax.keywrd", "nearest: keyword")),
        ("[roles]\nopen = 'bleu'", ("open: bleu", "nearest: blue")),
        ("[roles]\nopen = 'blue on'", ("open", "must follow")),
        ("[palette]\nred = 'red'", ("palette.red", "colour")),
        ("[palette]\nred = 3", ("palette.red", "colour")),
        ("dark = 'yes'", ("dark", "true or false")),
        ("contrast = 99", ("contrast", "1 to 21")),
        ("roles = 3", ("roles", "table")),
        ("[roles]\nopen = 3", ("roles.open", "text")),
    ],
)
def test_mistakes_name_the_file_the_key_and_the_nearest_known(
    text: str, said: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_theme(tomllib.loads(text), "mine.toml")
    line = shell_line(caught.value)
    assert line.startswith("mine.toml: ")
    for words in said:
        assert words in line


@pytest.mark.parametrize(
    ("reply", "light"),
    [
        ("rgb:ffff/ffff/ffff", True),
        ("rgb:fdfd/f6f6/e3e3", True),
        ("rgb:fb/fa/f7", True),
        ("rgb:0000/0000/0000", False),
        ("rgb:2e2e/3434/4040", False),
        ("rgba:1000/1000/1000/ffff", False),
        ("rgb:f/f/f", True),
        ("rgb:ffff/ffff", None),
        ("rgb:gggg/0000/0000", None),
        ("rgb://", None),
        ("blue", None),
        ("", None),
    ],
)
def test_a_terminal_tells_its_ground(reply: str, *, light: bool | None) -> None:
    assert reply_is_light(reply) is light


@pytest.mark.parametrize(
    ("value", "light"), [("0;15", True), ("15;0", False), ("0;default;15", True), ("", None)]
)
def test_so_does_the_environment(value: str, *, light: bool | None) -> None:
    assert ground_of_environment(value) is light


def test_the_page_about_terminals_names_every_theme() -> None:
    page = (Path(__file__).parents[3] / "spark_tui" / "docs" / "terminals.md").read_text()
    listed = page.split("Shipped: ")[1].split(". In each")[0]
    assert sorted(" ".join(listed.split()).split(", ")) == sorted(f.stem for f in FILES)

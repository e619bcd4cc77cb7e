"""Files named with `@`, in the running text of any script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.context import FileNames, written
from spark_tui.core.mentions import mentions, partial_mention

KNOWN = (
    "calc.py",
    "calc.pyi",
    "net/retry.py",
    "net/my file.py",
    "计算.py",
    "文件",
    "Makefile",
    "src/a-b.py",
    "C++/x.py",
)
ROOT = "/home/me/repo"
NAMES = FileNames(KNOWN, ROOT)


def named(text: str) -> list[tuple[str, tuple[int, int] | None]]:
    return [(m.path, m.lines) for m in mentions(text, NAMES)]


@pytest.mark.parametrize(
    "text",
    [
        "请修改@calc.py的add函数",
        "请修改 @calc.py，谢谢",
        "@calc.py。",
        "@calc.pyを直して",
        "修正@calc.py！",
        "(@calc.py)",
        "「@calc.py」",
        "“@calc.py”",
        '"@calc.py"',
        "'@calc.py'",
        "`@calc.py`",
        "@calc.py's add",
        "@calc.py: rename",
        "see @calc.py.",
        "see @calc.py...",
        "- @calc.py\n- more",
        "@calc.py\u3000add",
        "@./calc.py",
        f"@{ROOT}/calc.py",
        "عدل @calc.py؟",
        "แก้@calc.pyให้",
        "use @property in @calc.py",
        "a@b.c, then @calc.py",
    ],
)
def test_a_path_is_found_wherever_it_stands(text: str) -> None:
    assert named(text) == [("calc.py", None)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@calc.py:10", ("calc.py", (10, 10))),
        ("@calc.py:10-40.", ("calc.py", (10, 40))),
        ("@calc.py:L10", ("calc.py", (10, 10))),
        ("@calc.py:L10-L40", ("calc.py", (10, 40))),
        ("@calc.py#L1-L2的", ("calc.py", (1, 2))),
        ("@calc.py#L7", ("calc.py", (7, 7))),
        ("@calc.py:12:5: E501", ("calc.py", (12, 12))),
        (f"@{ROOT}/net/retry.py:3", ("net/retry.py", (3, 3))),
        ('@"net/my file.py:2-3"', ("net/my file.py", (2, 3))),
        ("@net/my file.py please", ("net/my file.py", None)),
        ("@计算.py的函数", ("计算.py", None)),
        ("@calc.pyi", ("calc.pyi", None)),
        ("@Makefile:", ("Makefile", None)),
        ("@src/a-b.py", ("src/a-b.py", None)),
        ("@C++/x.py", ("C++/x.py", None)),
    ],
)
def test_lines_and_the_longest_path(text: str, found: tuple[str, tuple[int, int] | None]) -> None:
    assert named(text) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "use @property here",
        "add @dataclass",
        "install @types/node",
        "@pytest.fixture",
        "@app.route('/x')",
        "@override\nvoid f()",
        "mail me@example.com or a.b@calc.py",
        "@文件夹里的",
        "@",
        "@ calc.py",
        "@@ -1,2 +1,2 @@",
        "@日本語",
    ],
)
def test_a_word_names_no_file(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("@clac.py please", "clac.py"),
        ("@clac.py的函数", "clac.py"),
        ("@calc.py.bak.py", "calc.py.bak.py"),
        ("@net/nothing", "net/nothing"),
        ("@../calc.py", "../calc.py"),
        ("@calc-2.py.", "calc-2.py"),
    ],
)
def test_what_looks_like_a_file_of_here_is_one(text: str, path: str) -> None:
    assert named(text) == [(path, None)]


def test_a_mention_covers_exactly_its_characters() -> None:
    text = "改@calc.py#L3-L4的，然后"
    (mention,) = mentions(text, NAMES)
    assert text[mention.start : mention.end] == "@calc.py#L3-L4"


SURE = tuple(path for path in KNOWN if path != "文件")
"""Paths that end in another script, or in a mark."""

ENDS = st.sampled_from(
    ["", " ", "，", "。", "的", "を", "'", '"', "`", ")", "：", "！", "\n", ", ", ". ", "; ", "?"]
)
STARTS = st.sampled_from(["", " ", "请", "を", "(", "「", "`", '"', "\n", "：", "，"])
LINES = st.one_of(st.none(), st.tuples(st.integers(1, 99), st.integers(100, 999)))


@settings(max_examples=300)
@given(st.lists(st.tuples(STARTS, st.sampled_from(SURE), LINES, ENDS), min_size=1, max_size=4))
def test_every_written_mention_is_read_back(
    said: list[tuple[str, str, tuple[int, int] | None, str]],
) -> None:
    wanted = dict.fromkeys((path, lines) for _, path, lines, _ in said)
    text = "".join(f"{start}{written(path, lines)}{end} " for start, path, lines, end in said)
    assert named(text) == list(wanted)


@settings(max_examples=200)
@given(st.text(alphabet="@ab./:#L-1 的\"'`calcpy", max_size=40))
def test_any_text_is_read_without_harm(text: str) -> None:
    for mention in mentions(text, NAMES):
        assert text[mention.start] == "@"
        assert mention.start < mention.end <= len(text)


@pytest.mark.parametrize(
    ("before", "partial"),
    [
        ("@", ""),
        ("see @net/re", "net/re"),
        ("修改@ca", "ca"),
        ("`@ca", "ca"),
        ("me@exa", None),
        ("@calc.py add", None),
        ("no", None),
    ],
)
def test_what_is_typed_of_a_mention(before: str, partial: str | None) -> None:
    assert partial_mention(before) == partial

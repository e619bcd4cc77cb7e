"""Places as tools print them: what is read out of paths, tracebacks and compiler output."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spark_tui.core.context import FileNames
from spark_tui.core.retrieve.find import find
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.core.retrieve.places import (
    MOST_PLACES,
    MOST_TEXT,
    places,
    symbols,
)

ROOT = "/home/me/work/app"
PATHS = (
    "app/core/meter.py", "app/core/session.py", "app/ui/session.py", "app/cli.py", "README.md",
    "web/src/index.ts", "web/src/pages/[id].tsx", "cmd/main.go", "internal/run.go",
    "src/lib.rs", "src/main/java/org/acme/Shop.java", "lib/parse.c", "include/parse.h",
    "tests/test_meter.py", "a/odd name.py", "app/a/x.py", "Makefile",
)  # fmt: skip
LISTING = FileNames(PATHS, ROOT)


def found(text: str) -> list[tuple[str, int, int, str]]:
    """The places of a text, bare."""
    return [(p.path, p.first, p.last, p.why) for p in places(text, LISTING)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app/cli.py:40", ("app/cli.py", 28, 52, "frame")),
        ("app/cli.py:40:5: error: no", ("app/cli.py", 28, 52, "frame")),
        ("look at @app/cli.py:40", ("app/cli.py", 28, 52, "named")),
        ("look at app/cli.py:40-60.", ("app/cli.py", 40, 60, "named")),
        ("app/cli.py#L40-L60", ("app/cli.py", 40, 60, "named")),
        ("tests/test_meter.py::test_adds FAILED", ("tests/test_meter.py", 0, 0, "test test_adds")),
        ("tests/test_meter.py::TestA::test_b", ("tests/test_meter.py", 0, 0, "test test_b")),
        ("./app/cli.py", ("app/cli.py", 0, 0, "named")),
        (f"{ROOT}/app/cli.py:3", ("app/cli.py", 1, 15, "frame")),
        ("fix core/meter.py, please", ("app/core/meter.py", 0, 0, "named")),
        ("fix meter.py", ("app/core/meter.py", 0, 0, "named")),
        ("fix `@meter.py`.", ("app/core/meter.py", 0, 0, "named")),
        ('"a/odd name.py" is odd', ("a/odd name.py", 0, 0, "named")),
        ("pages/[id].tsx", ("web/src/pages/[id].tsx", 0, 0, "named")),
        ("a/app/cli.py", ("app/cli.py", 0, 0, "named")),
        ("web\\src\\index.ts(12,5): error TS2304", ("web/src/index.ts", 1, 24, "frame")),
        ("src/lib.rs:30:9", ("src/lib.rs", 18, 42, "frame")),
        ("  --> src/lib.rs:30:9", ("src/lib.rs", 18, 42, "frame")),
        ("lib/parse.c:20: undefined reference", ("lib/parse.c", 8, 32, "frame")),
        ("lib/parse.c(20): error C2065", ("lib/parse.c", 8, 32, "frame")),
        ("In file included from include/parse.h:3,", ("include/parse.h", 1, 15, "frame")),
        ("\t/home/me/work/app/cmd/main.go:33 +0x1d", ("cmd/main.go", 21, 45, "frame")),
        ("    at run (/home/me/work/app/web/src/index.ts:50:11)",
         ("web/src/index.ts", 38, 62, "frame")),
        ("    at file:///home/me/work/app/web/src/index.ts:50:11",
         ("web/src/index.ts", 38, 62, "frame")),
        ("\tat org.acme.Shop.buy(Shop.java:20)",
         ("src/main/java/org/acme/Shop.java", 8, 32, "frame")),
        ("  File \"/home/me/work/app/app/cli.py\", line 30, in main",
         ("app/cli.py", 18, 42, "frame")),
    ],
)  # fmt: skip
def test_one_place_is_read(text: str, expected: tuple[str, int, int, str]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "session.py", "the session", "/etc/passwd", "../app/cli.py", "/usr/lib/python3/cli.py:3",
        "  File \"/usr/lib/python3.12/cli.py\", line 30, in main", "http://x.org/app", "a.b",
        "@app",
        "1/2", "e.g. this", "v1.2.3:4",
        "\tat java.util.ArrayList.get(ArrayList.java:427)",
    ],
)  # fmt: skip
def test_what_is_no_file_here_or_several_is_no_place(text: str) -> None:
    assert found(text) == []


def test_folders_and_patterns_stand_for_their_files() -> None:
    assert [p[0] for p in found("@app/core/ is slow")] == [
        "app/core/meter.py",
        "app/core/session.py",
    ]
    assert [p[0] for p in found("all of *.go")] == ["cmd/main.go", "internal/run.go"]
    assert [p[0] for p in found("app/**/session.py")] == [
        "app/core/session.py",
        "app/ui/session.py",
    ]


def test_the_deepest_frame_inside_comes_first() -> None:
    python = (
        "Traceback (most recent call last):\n"
        '  File "/home/me/work/app/app/cli.py", line 3, in main\n'
        '  File "/home/me/work/app/app/core/meter.py", line 40, in add\n'
        '  File "/usr/lib/python3/json.py", line 9, in loads\nValueError: no\n'
    )
    assert [p[0] for p in found(python)] == ["app/core/meter.py", "app/cli.py"]
    node = "Error: no\n    at a (/home/me/work/app/web/src/index.ts:5:1)\n    at b (cmd/main.go:2)"
    assert [p[0] for p in found(node)] == ["web/src/index.ts", "cmd/main.go"]
    assert found("see README.md\n" + python)[0][0] == "README.md"


def test_symbols_are_what_stands_behind_an_at_sign() -> None:
    assert symbols("why does @Session.get_all wait, me@x.org, @a::B#c") == (
        "Session.get_all",
        "a.B.c",
    )


_BITS = st.sampled_from(
    [*PATHS, ROOT, ":", "12", "(", ")", "::", "@", "/", "\\", ".", "*", "File \"", "\", line 3",
     "at ", "\n", " ", "..", "[", "]", "`", "-->", "#L"]
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(_BITS, st.text(max_size=6)), max_size=30).map("".join))
def test_only_files_of_the_listing_are_named(text: str) -> None:
    named = places(text, LISTING)
    assert len(named) <= MOST_PLACES
    for place in named:
        assert place.path in LISTING.all
        assert 0 <= place.first <= place.last


@pytest.mark.parametrize(
    "bit", ["a", "/", ".", "a/", "(", ":1", "::a", "@", "*", "'", '"', "\\", "File \"", "at a.",
            "`a", "a.b(", "#L1-"]
)  # fmt: skip
def test_long_hostile_text_is_looked_through_once(bit: str) -> None:
    places(bit * (2 * MOST_TEXT // len(bit)), LISTING)
    places((bit * 400 + "\n") * 200, LISTING)


@pytest.mark.parametrize("bit", ["x", "a/", "x" * 200 + "/ ", "*", "src/ "])
def test_long_hostile_text_is_looked_for_in_time(bit: str) -> None:
    index = MemoryIndex()
    index.put("src/a.py", "1", "def f():\n    return 1\n")
    find(bit * (30_000 // len(bit)) + " @src/", index)

import json

import pytest

from spark_tui.core.context import FileNames
from spark_tui.core.looks import (
    CALLS,
    NOT_HERE,
    RESULT_TOKENS,
    ROUNDS,
    TOOLS,
    TURN_TOKENS,
    Budget,
    FindText,
    ListFolder,
    LookRefusedError,
    LookSetting,
    ReadFile,
    Wish,
    cut,
    halves,
    listed,
    stricter,
    tree_of,
    wish_of,
)
from spark_tui.core.tokens import estimate

KNOWN = FileNames(["README.md", "net/pool.py", "net/retry.py", "net/deep/er/x.py"], "/w")


def asked(name: str, **arguments: object) -> Wish:
    return wish_of(name, json.dumps(arguments), "/w")


def why(name: str, arguments: str) -> str:
    with pytest.raises(LookRefusedError) as caught:
        wish_of(name, arguments, "/w")
    return str(caught.value)


def test_calls_are_read_as_models_write_them() -> None:
    assert asked("read_file", file_path="net/pool.py") == ReadFile("net/pool.py")
    assert asked("read_file", file_path="./net/pool.py", offset=20, limit=47) == ReadFile(
        "net/pool.py", 20, 66
    )
    assert asked("read_file", file_path="/w/net/pool.py:20-66") == ReadFile("net/pool.py", 20, 66)
    assert asked("read_file", file_path=["a.py"], offset="3") == ReadFile("a.py", 3)
    assert asked("grep_files", pattern="acquire(", path="net/", include="*.py") == FindText(
        "acquire(", "*.py", "net"
    )
    assert asked("list_dir", dir_path=".", depth=99) == ListFolder("", 6)


def test_what_a_call_says_is_named_on_screen() -> None:
    assert asked("read_file", file_path="net/pool.py:20-66").words() == "net/pool.py:20-66"
    assert asked("read_file", file_path="net/pool.py").words() == "net/pool.py"
    assert asked("grep_files", pattern="acquire(").words() == '"acquire("'
    assert asked("list_dir", dir_path="net").words() == "net/"
    assert asked("grep_files", pattern="a\x1b[2Jb").words() == '"a�[2Jb"'


def test_calls_that_make_no_sense_are_refused_in_words() -> None:
    assert why("read_file", "{") == "its arguments are no JSON object"
    assert why("read_file", "[" * 5_000) == "its arguments are no JSON object"
    assert why("read_file", '"net/pool.py"') == "its arguments are no JSON object"
    assert why("read_file", "{}") == "names no file"
    assert why("read_file", '{"file_path": 7}') == "file_path is no text"
    assert why("read_file", '{"file_path": "a", "offset": "x"}') == "offset is no number"
    assert why("read_file", '{"file_path": "a", "offset": true}') == "offset is no number"
    assert why("read_file", '{"file_path": "a", "offset": NaN}') == "offset is no number"
    assert why("grep_files", '{"pattern": " "}') == "names nothing to find"
    assert why("shell", '{"command": "ls"}') == "no tool is named shell"
    assert "too long" in why("read_file", json.dumps({"file_path": "a" * 9_000}))
    assert asked("read_file", file_path="a", offset=10**30, limit=-5) == ReadFile(
        "a", 10_000_000, 10_000_000
    )


@pytest.mark.parametrize(
    "path",
    ["../x", "net/../../x", "/etc/passwd", "~/.ssh/id_rsa", "C:\\x", "a//b", ".git/config", "a\0b"],
)
def test_a_path_that_leaves_the_repository_is_not_in_it(path: str) -> None:
    for name, field in (("read_file", "file_path"), ("list_dir", "dir_path")):
        assert why(name, json.dumps({field: path})) == NOT_HERE
    assert why("grep_files", json.dumps({"pattern": "abc", "path": path})) == NOT_HERE


def test_only_what_is_listed_is_there() -> None:
    assert listed("net/pool.py", KNOWN) == "net/pool.py"
    with pytest.raises(LookRefusedError, match=r"nearest: net/pool\.py"):
        listed("net/pol.py", KNOWN)
    with pytest.raises(LookRefusedError, match="is a folder"):
        listed("net", KNOWN)


def test_a_folder_is_listed_to_a_depth_and_in_parts() -> None:
    text, count, total = tree_of(ListFolder("net", 1), KNOWN)
    assert (text, count, total) == ("pool.py\nretry.py\ndeep/", 3, 3)
    assert tree_of(ListFolder("", 1, 2, 1), KNOWN) == ("net/", 1, 2)
    with pytest.raises(LookRefusedError, match="is a file"):
        tree_of(ListFolder("README.md"), KNOWN)


def test_a_turn_looks_so_often_and_so_much() -> None:
    budget = Budget()
    for number in range(1, ROUNDS + 1):
        budget = budget.next_round()
        assert budget.number == number
        for _ in range(CALLS):
            assert budget.room() <= RESULT_TOKENS
            budget = budget.spent(100)
        with pytest.raises(LookRefusedError, match="at most 8 looks a round"):
            budget.room()
    assert budget.rounds == 0
    assert budget.told() == "[No more looks in this turn: answer now.]"
    spent = Budget().next_round().spent(TURN_TOKENS - 4_000)
    assert spent.room() == 4_000
    assert spent.told() == "[Looks left: 2 more rounds, about 4.0k tokens of results.]"
    with pytest.raises(LookRefusedError, match="all it may"):
        spent.spent(3_990).room()


def test_a_model_that_reads_little_is_shown_little() -> None:
    assert Budget().within(0, 5_000) == Budget()
    assert Budget().within(128_000, 5_000) == Budget()
    assert Budget().within(8_000, 3_000).next_round().room() == 2_500
    with pytest.raises(LookRefusedError, match="all it may"):
        Budget().within(8_000, 9_000).next_round().room()


def test_a_long_text_is_cut_in_the_middle_and_says_how_much() -> None:
    text = "".join(f"line {n}\n" for n in range(5_000))
    short = cut(text, 500)
    assert estimate(short) <= 520
    assert short.startswith("line 0\n")
    assert short.endswith("line 4999\n")
    assert "tokens truncated…" in short
    assert cut("short\n", 500) == "short\n"
    assert estimate(cut("x" * 100_000, 500)) <= 520
    head, tail = halves(text.splitlines(keepends=True), 500)
    assert 0 < tail <= head + 1 < 2_500
    assert halves(["a\n", "b\n"], 500) == (2, 0)


def test_of_two_settings_the_stricter_one_counts() -> None:
    assert stricter(LookSetting.ON, LookSetting.ASK) is LookSetting.ASK
    assert stricter(LookSetting.OFF, LookSetting.ON) is LookSetting.OFF


def test_the_tools_have_the_names_that_models_know() -> None:
    assert [tool.name for tool in TOOLS] == ["read_file", "grep_files", "list_dir"]
    for tool in TOOLS:
        assert set(tool.parameters["required"]) <= set(tool.parameters["properties"])

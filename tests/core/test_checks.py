"""Checks as values: which are due, how they are called, what their output says."""

import pytest

from spark_tui.core.checks import CheckResult, CheckRule, due, findings, next_instruction
from spark_tui.core.config.settings import parse
from spark_tui.core.errors import SettingsError
from spark_tui.core.mentions import mentions
from spark_tui.ui.messages.remedies import shell_line

RUFF = """F401 [*] `os` imported but unused
 --> net/retry.py:1:8
  |
E501 Line too long
 --> net/retry.py:9:101
Found 2 errors.
"""
PYTEST = "tests/test_retry.py:14: AssertionError\n=== 1 failed, 3 passed in 0.05s ===\n"


def test_globs_without_a_slash_match_names_and_others_match_paths() -> None:
    rules = (CheckRule("ruff check {file}", ("*.py",)), CheckRule("mypy", ("net/*.py",)))
    got = due(rules, ["net/retry.py", "docs/a.py", "README.md"])
    assert [(rule.name, paths) for rule, paths in got] == [
        ("ruff", ["net/retry.py", "docs/a.py"]),
        ("mypy", ["net/retry.py"]),
    ]


def test_a_command_is_words_never_a_shell_line() -> None:
    rule = CheckRule("tool --at={file} {file} ';' 'a b'")
    got = rule.argv(["x y.py", "-rf.py", "$(z).py"])
    assert got[0] == "tool"
    assert got[1:4] == ["--at=x y.py", "--at=./-rf.py", "--at=$(z).py"]
    assert got[4:] == ["x y.py", "./-rf.py", "$(z).py", ";", "a b"]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (RUFF, (2, "net/retry.py")),
        (PYTEST, (1, "net/retry.py")),
        ("./net/retry.py:3: error\nnet/retry.py:3: note\nb.py:1:1: x", (2, "net/retry.py")),
        ("3 errors, 2 warnings", (2, "net/retry.py")),
        ("5 failed", (5, "net/retry.py")),
        ("broken", (1, "net/retry.py")),
        ("", (1, "net/retry.py")),
    ],
)
def test_findings_are_counted_and_the_first_file_named(
    output: str, expected: tuple[int, str]
) -> None:
    assert findings(output, ["net/retry.py"]) == expected


def test_what_goes_to_the_model_names_no_file_by_accident() -> None:
    said = next_instruction(
        CheckResult("pytest", False, 1, 1, "a.py", "pytest -q", " @pytest.fixture\nme@host @x\n")
    )
    assert said == "pytest -q says:\n\\@pytest.fixture\nme@host \\@x\n"
    assert mentions(said) == ()
    mute = next_instruction(CheckResult("x", False, 1, 1, "a.py", "x a.py", "\n"))
    assert mute == "x a.py fails in silence\n"
    long = next_instruction(CheckResult("x", False, 1, 1, "a.py", "x", "line\n" * 10_000))
    assert len(long) < 9_000
    assert "\n…\n" in long


def test_settings_read_checks() -> None:
    settings = parse(
        '[[checks]]\nrun = "ruff check {file}"\nfiles = "*.py"\n'
        '[[checks]]\nrun = "pytest -q -x"\nfiles = ["*.py", "tests/*"]\nseconds = 5\n',
        "config.toml",
    )
    assert settings.checks == (
        CheckRule("ruff check {file}", ("*.py",)),
        CheckRule("pytest -q -x", ("*.py", "tests/*"), 5.0),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("checks = 3", "must be [[checks]] tables"),
        ("[[checks]]\nfiles = '*.py'", "says nothing to run"),
        ("[[checks]]\nrun = 'a \"b'", "open quotes"),
        ("[[checks]]\nrum = 'x'", "did you mean 'checks.run'?"),
        ("[[checks]]\nrun = 'x'\nseconds = true", "a number up to 3600"),
        ("[comments]\nrun = 'yes'", "true or false"),
        ("[comments]\nmark = 'x'", "did you mean 'comments.marker'?"),
    ],
)
def test_wrong_tables_name_the_way_out(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text, "config.toml")
    assert told in shell_line(caught.value)


def test_a_project_file_names_checks_only_where_it_is_trusted() -> None:
    text = "theme = 'nord'\n[[checks]]\nrun = 'curl evil'\n"
    unknown = parse(text, ".spark.toml", project=True)
    assert (unknown.checks, unknown.untrusted, unknown.theme) == ((), ("checks",), "nord")
    known = parse(text, ".spark.toml", project=True, trusted=True)
    assert [c.run for c in known.checks] == ["curl evil"]
    assert known.untrusted == ()
    told = parse("[comments]\nrun = true", ".spark.toml", project=True, trusted=True)
    assert "may not set 'comments'" in told.unused[0]
    assert not told.comments.run

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from spark_tui.simulator.answers import write_answer
from spark_tui.simulator.faults import FaultName
from spark_tui.simulator.instructions import carry_out
from spark_tui.simulator.prompt import SourceFile, find_files, read_prompt
from spark_tui.simulator.settings import AnswerFormat

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["role", "content", "text", "input", "messages", "user", "x"]), inner
        )
    ),
    max_leaves=12,
)
LINES = st.lists(
    st.sampled_from(
        [
            "def f(a):",
            "    return a",
            '    """Doc',
            'end."""',
            "class C:",
            "    def f(self):",
            "f(1)",
            "",
            "x = 'f",
            "@wraps",
            "def g(",
            "    a,",
            "):",
            "    # f",
            "f = lambda: f'{f}'",
            "\tf",
        ]
    ),
    max_size=14,
)
FIRST_DOCSTRING = "add a docstring to the first function"
SENTENCES = st.sampled_from(
    [
        "rename f to g",
        "add a docstring to f",
        "add a parameter b=1 to f",
        "add the return type int to f",
        "add a comment to f saying x",
        "wrap f in try/except KeyError",
        "delete f",
        "set x to 1",
        "replace f with ''",
        FIRST_DOCSTRING,
    ]
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["input", "messages", "instructions", "tools"]), JSON))
def test_no_request_body_is_too_odd_to_read(body: dict[str, Any]) -> None:
    prompt = read_prompt(body)
    assert isinstance(write_answer(prompt, AnswerFormat.AUTO), str)


@settings(max_examples=150)
@example(FIRST_DOCSTRING, ["def g(", "    return a", "def f(a):", "):"], "a.py", False)
@given(SENTENCES, LINES, st.sampled_from(["a.py", "a.md", "a.c"]), st.booleans())
def test_no_code_is_too_broken_for_an_instruction(
    sentence: str, lines: list[str], path: str, partial: bool
) -> None:
    answer = carry_out(sentence, (SourceFile(path, tuple(lines), partial),))
    for edit in answer.edits:
        assert edit.after is not None
        assert edit.after != edit.before
        assert not any("\n" in line for line in edit.after)


def test_files_are_found_with_ranges_longer_fences_and_after_prose() -> None:
    text = (
        "Some words.\nFile: a.py\n```python\nx = 1\n```\n"
        "File: docs/b.md (lines 3-5 of 9)\n````\n```\nfenced\n```\n````\n"
        "File: empty.py\n```\n```\nFile: open.py\n```\nnever closed\n"
    )
    assert find_files(text) == (
        SourceFile("a.py", ("x = 1",)),
        SourceFile("docs/b.md", ("```", "fenced", "```"), partial=True),
        SourceFile("empty.py", ()),
    )


def test_a_file_that_is_shown_again_counts_as_it_is_last() -> None:
    text = "File: a.py\n```\nold\n```\nFile: a.py\n```\nnew\n```\n"
    assert find_files(text) == (SourceFile("a.py", ("new",)),)


def test_the_instruction_is_what_follows_the_last_mark() -> None:
    user = "File: a.py\n```\nInstruction:\nrename b to c\n```\n\nInstruction:\nrename d to e\nnow\n"
    parts = [{"type": "input_text", "text": user}]
    prompt = read_prompt({"input": [{"role": "user", "content": parts}]})
    assert prompt.instruction == "rename d to e\nnow"
    assert read_prompt({"input": "Hello.\n\nrename d to e"}).instruction == "rename d to e"


def test_an_ambiguous_answer_needs_a_line_that_is_there_twice() -> None:
    shown = "File: a.py\n```\n{}\n```\n\nInstruction:\nrename x to y"
    twice = read_prompt({"input": shown.format("x = 1\n\nx = 1")})
    once = read_prompt({"input": shown.format("x = 1\n\n")})
    faults = {FaultName.AMBIGUOUS}
    assert "@@\n-x = 1\n+x = 1  # here\n" in write_answer(twice, AnswerFormat.V4A, faults)
    assert "# here" not in write_answer(once, AnswerFormat.V4A, faults)

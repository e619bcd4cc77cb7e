from dataclasses import replace

import pytest

from spark_tui.core.context import Excerpt
from spark_tui.core.edits.fences import fence_of
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.endpoint.wire import ChatMessage, ModelRequest
from spark_tui.core.prompts import (
    MIN_OUTPUT_TOKENS,
    edit_format_for,
    repair,
    request,
    span_request,
    steering,
)


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("gpt-5.3-codex-spark", EditFormat.V4A),
        ("gpt-6.1-sol", EditFormat.V4A),
        ("openai/gpt-5.6", EditFormat.V4A),
        ("simulated-1", EditFormat.V4A),
        ("qwen-3-coder-480b", EditFormat.SEARCH_REPLACE),
        ("llama-4", EditFormat.SEARCH_REPLACE),
        ("", EditFormat.SEARCH_REPLACE),
    ],
)
def test_each_family_gets_the_format_it_writes_best(model: str, wanted: EditFormat) -> None:
    assert edit_format_for(model) is wanted


def test_the_prefix_is_the_same_for_every_instruction_and_the_instruction_comes_last() -> None:
    piece = Excerpt("a.py", "x = 1\n", None, 1)
    one = request("rename x", [piece], edit_format=EditFormat.V4A)
    two = request("delete x", [piece], edit_format=EditFormat.V4A)
    assert one.instructions == two.instructions
    assert one.messages[-1].text.endswith("Instruction:\nrename x\n")
    assert "File: a.py\n```\nx = 1\n```\n" in one.messages[-1].text


def test_a_range_says_which_lines_of_how_many() -> None:
    text = (
        request("x", [Excerpt("a.py", "b\n", (2, 2), 9)], edit_format=EditFormat.V4A)
        .messages[-1]
        .text
    )
    assert "File: a.py (lines 2-2 of 9)" in text


def test_a_file_with_fences_gets_a_longer_fence() -> None:
    text = (
        request("x", [Excerpt("a.md", "````\n", None, 1)], edit_format=EditFormat.V4A)
        .messages[-1]
        .text
    )
    assert "\n`````\n````\n`````\n" in text


def test_no_fence_is_asked_for_that_would_not_be_read_as_one() -> None:
    for held in ("`" * 17, "`" * 9, "`" * 8, "```"):
        file = Excerpt("a.md", f"Title\n{held}\n", None, 2)
        text = span_request("x", file, replace(file, lines=(1, 2))).messages[-1].text
        asked = text.partition("close yours with ")[2].partition(" ")[0]
        assert fence_of(asked) is not None
        assert asked != held


def test_without_files_the_model_is_told_what_there_is() -> None:
    text = request("x", [], edit_format=EditFormat.V4A, listing=["a.py", "b.py"]).messages[-1].text
    assert "Repository files:\na.py\nb.py\n" in text


def test_the_answers_bound_grows_with_what_was_sent() -> None:
    small = request("x", [Excerpt("a", "y\n", None, 1)], edit_format=EditFormat.V4A)
    large = request("x", [Excerpt("a", "y = 1\n" * 20_000, None, 1)], edit_format=EditFormat.V4A)
    assert 16_384 <= small.max_output_tokens < MIN_OUTPUT_TOKENS + 10
    assert small.max_output_tokens < large.max_output_tokens <= 32_000


def test_only_a_family_that_knows_the_patch_tool_is_offered_it() -> None:
    assert request("x", [], edit_format=EditFormat.V4A).patch_tool
    assert not request("x", [], edit_format=EditFormat.SEARCH_REPLACE).patch_tool
    assert repair("x", [], EditFormat.V4A).patch_tool


def test_a_selection_is_rewritten_without_a_patch() -> None:
    asked = span_request(
        "cap it", Excerpt("a.py", "x\ny\nz\n", None, 3), Excerpt("a.py", "y\n", (2, 2), 3)
    )
    assert asked.max_output_tokens >= 16_384
    assert repair("x", [], EditFormat.V4A).max_output_tokens >= 16_384
    text = asked.messages[-1].text
    assert text.index("File: a.py\n") < text.index("Rewrite:\nFile: a.py (lines 2-2 of 3)")
    assert text.endswith("Instruction:\ncap it\n")
    assert "Begin Patch" not in asked.instructions
    assert not asked.patch_tool
    assert asked.prediction == "y\n"


def test_a_running_answer_is_told_the_instruction_or_all_that_is_new() -> None:
    shown = Excerpt("a.py", "x = 1\n", None, 1)
    other = Excerpt("b.py", "y = 2\n", None, 1)

    def asked(text: str, *files: Excerpt) -> ModelRequest:
        return request(text, files, edit_format=EditFormat.V4A)

    running = asked("rename x", shown)
    assert steering(running, asked("use y", shown)) == "\nInstruction:\nuse y\n"
    assert steering(running, asked("use y", other)).startswith("File: b.py")
    blocks = request("use y", (shown,), edit_format=EditFormat.SEARCH_REPLACE)
    assert steering(running, blocks) == ""
    earlier = [
        ChatMessage("user", "rename x\n\n(Hunk 1 is dropped.)"),
        ChatMessage("assistant", "..."),
    ]
    follow = request("use y", (shown,), edit_format=EditFormat.V4A, earlier=earlier)
    assert steering(running, follow).startswith("(Hunk 1 is dropped.)\n\nFile: a.py")


def test_a_file_with_fences_or_marks_of_its_own_asks_for_longer_ones() -> None:
    fenced = Excerpt("a.md", "# T\n\n```sh\nx\n```\n", None, 5)
    quoted = Excerpt("b.md", "````\nx\n````\n", None, 3)
    ruled = Excerpt("c.rst", "Title\n=======\n", None, 2)
    conflict = Excerpt("d.py", "<<<<<<< HEAD\n=======\n>>>>>>> b\n=========\n", None, 4)
    plain = Excerpt("e.py", "x = '```'\ny = 1\n======\n", None, 3)

    def blocks(*files: Excerpt) -> str:
        return request("x", files, edit_format=EditFormat.SEARCH_REPLACE).messages[-1].text

    assert "with ```` instead" in blocks(plain, fenced)
    assert "with ````` instead" in blocks(fenced, quoted)
    nine = "<<<<<<<<< SEARCH, =========, >>>>>>>>> REPLACE"
    assert nine in blocks(ruled)
    assert f"<<{nine.replace(', =', ', ===').replace(', >', ', >>>')}" in blocks(conflict)
    assert "instead" not in blocks(plain)
    assert "marks" not in blocks(plain)
    assert blocks(fenced).endswith("Instruction:\nx\n")
    patch = request("x", [fenced, ruled], edit_format=EditFormat.V4A).messages[-1].text
    assert "instead" not in patch
    assert "marks" not in patch
    span = span_request("x", fenced, Excerpt("a.md", "x\n", (4, 4), 5)).messages[-1].text
    assert "with ```` instead" in span
    assert "instead" not in span_request("x", plain, plain).messages[-1].text

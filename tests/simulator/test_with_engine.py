"""Answers on real code go through the edit engine and give exactly the text that was meant."""

import ast
import fnmatch
import heapq
import inspect
import json.encoder
import shlex
import textwrap
from types import ModuleType

import pytest

from spark_tui.core.context import Excerpt, LineRange, excerpt
from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.edits.span import SpanTarget
from spark_tui.core.edits.text import image_of
from spark_tui.core.prompts import request, span_request
from spark_tui.simulator.answers import write_answer
from spark_tui.simulator.instructions import carry_out
from spark_tui.simulator.prompt import SourceFile, read_prompt
from spark_tui.simulator.settings import AnswerFormat

CASES: list[tuple[ModuleType, str]] = [
    (textwrap, "rename the class TextWrapper to Wrapper"),
    (textwrap, "rename dedent to unindent"),
    (textwrap, "delete the function _munge_whitespace"),
    (textwrap, "replace 'self' with 'this'"),
    (shlex, "wrap quote in try/except ValueError"),
    (shlex, "add a comment to push_token saying the newest comes first"),
    (shlex, "add a parameter strict=False to join"),
    (heapq, "rename heappush to push"),
    (heapq, "delete the function _siftdown"),
    (json.encoder, "add the return type str to py_encode_basestring"),
    (fnmatch, "add a docstring to _compile_pattern saying what it compiles"),
]


@pytest.mark.parametrize("edit_format", [EditFormat.V4A, EditFormat.SEARCH_REPLACE])
@pytest.mark.parametrize(("module", "sentence"), CASES)
def test_real_code_becomes_what_the_sentence_says(
    module: ModuleType, sentence: str, edit_format: EditFormat
) -> None:
    text = inspect.getsource(module)
    shown = [Excerpt("pkg/file.py", text, None, text.count("\n"))]
    asked = request(f"{sentence} in @pkg/file.py", shown, edit_format=edit_format)
    messages = [{"role": m.role, "content": m.text} for m in asked.messages]
    prompt = read_prompt({"instructions": asked.instructions, "input": messages})
    answer = carry_out(prompt.instruction, prompt.files)
    if not answer.edits:
        pytest.fail(answer.prose)
    result = propose(
        write_answer(prompt, AnswerFormat.AUTO),
        lambda path: image_of(path, text.encode()),
        known_paths=["pkg/file.py"],
    )
    assert not result.refused
    assert answer.edits[0].after is not None
    wanted = "\n".join(answer.edits[0].after) + "\n"
    assert [change.after.data.decode() for change in result.changes] == [wanted]
    ast.parse(wanted)


def test_selected_lines_are_rewritten_alone() -> None:
    text = inspect.getsource(textwrap)
    image = image_of("textwrap.py", text.encode())
    first = next(n for n, line in enumerate(image.lines, 1) if line.startswith("def shorten("))
    span = LineRange(image.path, first, first + 2)
    asked = span_request("rename text to words", excerpt(image), excerpt(image, span.lines))
    prompt = read_prompt({"instructions": asked.instructions, "input": asked.messages[0].text})
    answer = write_answer(prompt, AnswerFormat.AUTO)
    target = SpanTarget(
        image.path, first, tuple(x.rstrip("\n") for x in image.lines[first - 1 : first + 2])
    )
    done = propose(answer, lambda _: image, EditFormat.SPAN, span=target)
    (change,) = done.changes
    assert change.after.lines[first - 1] == "def shorten(words, width, **kwargs):\n"
    assert change.after.lines[first + 2 :] == image.lines[first + 2 :]
    assert change.after.lines[: first - 1] == image.lines[: first - 1]


def test_a_docstring_needs_no_name_where_one_function_is_selected() -> None:
    shown = SourceFile("a.py", ("def f():", "    return 1"), partial=True)
    (edit,) = carry_out("add a docstring", (shown,)).edits
    assert edit.after is not None
    assert '"""' in edit.after[1]

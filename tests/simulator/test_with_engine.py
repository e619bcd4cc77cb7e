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

from spark_tui.core.context import Excerpt
from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import Dialect
from spark_tui.core.edits.text import image_of
from spark_tui.core.prompts import request
from spark_tui.simulator.answers import write_answer
from spark_tui.simulator.instructions import carry_out
from spark_tui.simulator.prompt import read_prompt
from spark_tui.simulator.settings import EditFormat

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


@pytest.mark.parametrize("dialect", [Dialect.V4A, Dialect.SEARCH_REPLACE])
@pytest.mark.parametrize(("module", "sentence"), CASES)
def test_real_code_becomes_what_the_sentence_says(
    module: ModuleType, sentence: str, dialect: Dialect
) -> None:
    text = inspect.getsource(module)
    shown = [Excerpt("pkg/file.py", text, None, text.count("\n"))]
    asked = request(f"{sentence} in @pkg/file.py", shown, dialect=dialect)
    messages = [{"role": m.role, "content": m.text} for m in asked.messages]
    prompt = read_prompt({"instructions": asked.instructions, "input": messages})
    answer = carry_out(prompt.instruction, prompt.files)
    if not answer.edits:
        pytest.fail(answer.prose)
    result = propose(
        write_answer(prompt, EditFormat.AUTO),
        lambda path: image_of(path, text.encode()),
        known_paths=["pkg/file.py"],
    )
    assert not result.refused
    assert answer.edits[0].after is not None
    wanted = "\n".join(answer.edits[0].after) + "\n"
    assert [change.after.data.decode() for change in result.changes] == [wanted]
    ast.parse(wanted)

"""Fences inside fenced text: where a file or a span ends, which fence is meant, what is a file."""

from __future__ import annotations

import pytest

from spark_tui.core.edits.model import EditFormat, HunkClosed
from spark_tui.core.edits.stream import EditStream
from tests.core.edits.answers import after, placed, said, span_placed

BARE = (
    "# T\n\n## Setup\n\nRun this:\n\n```\npip install tool\n```\n\nThen this:\n\n```\ntool init\n"
    "```\n\nDone.\n"
)
NAMED = BARE.replace("```\npip", "```sh\npip").replace("```\ntool", "```sh\ntool")
LISTED = "# T\n\n1. Run\n\n   ```\n   pip install tool\n   ```\n\n2. Go\n"
DOC = 'def f():\n    """Do.\n\n    ```\n    f()\n    ```\n    """\n    return 1\n'
LATE = (
    '"""Things.\n\nUse it:\n\n```\nrun\n```\n"""\n\nimport os\n\n\ndef f():\n    return os.name\n'
)
RULED = "FAQ\n```\n\nText.\n\nMore\n````\n\nEnd here.\n"
CELL = (
    '{\n "cells": [\n  {\n   "source": [\n    "```python\\n",\n    "x\\n",\n    "```"\n'
    "   ]\n  }\n ]\n}\n"
)
PROMPT = (
    'RULES = """Write\n\n```\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n```\n"""\n\n'
    "X = 1\n"
)

CHANGES = [
    ("README.md", BARE, "Done.", "All done."),
    ("README.md", BARE, "pip install tool", "pip install tools"),
    ("README.md", BARE, "# T", "# Tool"),
    ("README.md", NAMED, "tool init", "tool start"),
    ("docs/a.md", LISTED, "Go", "Stop"),
    ("d.py", DOC, "return 1", "return 2"),
    ("d.py", LATE, "os.name", "os.sep"),
    ("a.ipynb", CELL, '"x', '"y'),
    ("prompts.py", PROMPT, "X = 1", "X = 2"),
]
TAILS = [
    "",
    "\nThat is all.\n",
    "\nRun it:\n\n```\npython d.py\n```\n",
    "\nAlso see `x`.\n\n```sh\nrun\n```\n",
]


def _same_or_refused(result: object, wanted: dict[str, str | None]) -> None:
    got = after(result)  # type: ignore[arg-type]
    assert got in (wanted, {}), got


@pytest.mark.parametrize(("path", "old", "was", "now"), CHANGES)
@pytest.mark.parametrize("mark", ["```", "```markdown", "````", "~~~"])
@pytest.mark.parametrize("tail", TAILS)
def test_a_file_that_holds_fences_is_written_whole_or_not_at_all(
    path: str, old: str, was: str, now: str, mark: str, tail: str
) -> None:
    new = old.replace(was, now)
    fence = mark.rstrip("markdown")
    result = placed(f"{path}\n{mark}\n{new}{fence}\n{tail}", {path: old})
    _same_or_refused(result, {path: new})
    if tail in TAILS[:2]:
        assert after(result) == {path: new}, said(result)
    assert {h.path for h in result.hunks} <= {path}


@pytest.mark.parametrize(("path", "old", "was", "now"), CHANGES)
@pytest.mark.parametrize("tail", TAILS)
def test_a_span_that_holds_fences_is_written_whole_or_not_at_all(
    path: str, old: str, was: str, now: str, tail: str
) -> None:
    new = old.replace(was, now)
    last = old.count("\n")
    result = span_placed(f"```\n{new}```\n{tail}", old, 1, last, path)
    _same_or_refused(result, {path: new})
    if tail in TAILS[:2]:
        assert after(result) == {path: new}, said(result)


@pytest.mark.parametrize("path", ["README.md", "new.md"])
def test_a_new_file_with_fences_is_written_whole_or_refused(path: str) -> None:
    for text in (BARE, NAMED, LISTED):
        for tail in TAILS:
            result = placed(f"{path}\n```\n{text}```\n{tail}", {})
            _same_or_refused(result, {path: text})
        assert after(placed(f"{path}\n```\n{text}```\n", {})) == {path: text}


def test_a_heading_ruled_by_backticks_is_no_end() -> None:
    new = RULED.replace("Text", "Words")
    _same_or_refused(placed(f"a.rst\n```\n{new}```\n", {"a.rst": RULED}), {"a.rst": new})
    assert after(placed(f"a.rst\n`````\n{new}`````\n", {"a.rst": RULED})) == {"a.rst": new}


def test_text_that_goes_on_behind_its_end_is_refused() -> None:
    # the fence of the docstring ends the text for one who reads fences alone
    cut = LATE.partition("run\n")[0]
    result = placed(
        f"d.py\n```python\n{cut}```\n\nimport os\n\ndef f():\n    return os.name\n", {"d.py": LATE}
    )
    assert after(result) == {}
    assert result.refused


def test_a_word_in_a_fence_is_never_a_file() -> None:
    late = BARE.replace("```\npip install tool\n```", "```\nrun\n```")
    for text in (late, late.replace("```\nrun", "```sh\nrun")):
        new = text.replace("Done", "Finished")
        for answer in (f"README.md\n```\n{new}```\n", f"README.md\n```markdown\n{new}```\nend\n"):
            result = placed(answer, {"README.md": text})
            _same_or_refused(result, {"README.md": new})
            assert "run" not in {h.path for h in result.hunks}


BLOCK = "a.py\n```\n<<<<<<< SEARCH\ny = 1\n=======\ny = 2\n>>>>>>> REPLACE\n```\n"


@pytest.mark.parametrize("name", ["run", "Output", "Input/Output", "and/or", "v1.2", "3.11", "e.g"])
def test_a_word_above_a_fence_creates_no_file(name: str) -> None:
    for answer in (
        f"{name}\n```\nx = 1\n```\n",
        f"**{name}**\n```\nx = 1\n```\n",
        f"a.py\n```\ny = 2\n```\n\n{name}\n```\nx = 1\n```\n",
        f"{BLOCK}\n{name}\n```\nx\n```\n",
    ):
        result = placed(answer, {"a.py": "y = 1\n"})
        assert name not in after(result)
    block = f"{name}\n```\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n```\n"
    if "/" not in name:
        assert after(placed(block, {})) == {}


def test_a_new_file_in_a_fence_beside_edits_of_another_form_is_left_to_a_person() -> None:
    aside = "\nUse it so:\n\nmain.py\n```python\nimport a\n```\n"
    for answer in (BLOCK + aside, aside + BLOCK):
        assert after(placed(answer, {"a.py": "y = 1\n"})) == {}
        taken = placed(answer, {"a.py": "y = 1\n"}, overwrite=True)
        assert after(taken) == {"a.py": "y = 2\n", "main.py": "import a\n"}


def test_scripts_without_a_suffix_are_files() -> None:
    text = "#!/bin/sh\nexit 0\n"
    assert after(placed(f"scripts/clean\n```\n{text}```\n", {})) == {"scripts/clean": text}
    assert after(placed("Makefile\n```make\nall:\n\ttrue\n```\n", {})) == {
        "Makefile": "all:\n\ttrue\n"
    }


# ------------------------------------------------------------------- which fence is meant

F = "def f():\n    return 1\n"
NEW = "def f():\n    return 2\n"


@pytest.mark.parametrize(
    "answer",
    [
        f"Run it with\n\n```sh\npython d.py\n```\n\nand the code becomes\n\n```python\n{NEW}```\n",
        f"```python\n{NEW}```\n\nRun it:\n\n```bash\npython d.py\n```\n",
        f"```python\n{NEW}```\n\nIt prints\n\n```json\n{{}}\n```\n",
        f"```diff\n-    return 1\n+    return 2\n```\n\nThat is:\n\n```py\n{NEW}```\n",
        f"```\n{NEW}```\n\nOnce more:\n\n```python\n{NEW}```\n",
        f"  ```python\n{NEW}  ```\n",
    ],
)
def test_the_one_fence_that_can_be_the_answer_is(answer: str) -> None:
    assert after(span_placed(answer, F, 1, 2)) == {"d.py": NEW}


@pytest.mark.parametrize(
    "answer",
    [
        f"```python\n{NEW}```\n\nor\n\n```python\ndef f():\n    return 3\n```\n",
        f"```\n{NEW}```\n\nIt prints:\n\n```\n2\n```\n",
        f"Now:\n\n```python\n{F}```\n\nThen:\n\n```python\n{NEW}```\n",
        f"```python\n{NEW}\n\n```\n    x = 1\n    return x\n```\n",
        "```sh\npython d.py\n```\n",
        "```diff\n-    return 1\n+    return 2\n```\n",
        "```\n<<<<<<< SEARCH\n    return 1\n=======\n    return 2\n>>>>>>> REPLACE\n```\n",
        "```\n*** Begin Patch\n*** Update File: d.py\n@@\n-a\n+b\n*** End Patch\n```\n",
    ],
)
def test_of_several_fences_or_of_an_edit_none_is_taken(answer: str) -> None:
    assert after(span_placed(answer, F, 1, 2)) == {}


def test_a_span_of_a_shell_script_or_an_unknown_file_is_taken_from_its_fence() -> None:
    for path, language in (
        ("run.sh", "sh"),
        ("run.sh", "bash"),
        ("a.txt", "text"),
        ("b.xyz", "xyz"),
    ):
        result = span_placed(f"```{language}\necho 2\n```\n", "echo 1\n", 1, 1, path)
        assert after(result) == {path: "echo 2\n"}, path


def test_a_fence_that_was_the_end_for_sure_closes_when_the_next_one_opens() -> None:
    stream = EditStream(EditFormat.AUTO)
    text = "a.py\n```python\nx = 1\n```\n\nb.py\n```python\ny = 2\n"
    events = stream.feed(text)
    assert [e.file for e in events if isinstance(e, HunkClosed)] == [1]
    events = stream.feed("```\n") + stream.finish(True)
    assert [e.file for e in events if isinstance(e, HunkClosed)] == [2]


def test_lines_keep_their_numbers_when_they_are_read_a_second_time() -> None:
    text = "a.py\n```\nx\n```\n\nsome words\n\n```\nb\n```\n*** Begin Patch\n*** Bogus File: x\n"
    stream = EditStream(EditFormat.AUTO)
    events = stream.feed(text) + stream.finish(True)
    lines = [getattr(e, "line", 0) for e in events if type(e).__name__ == "Problem"]
    assert lines[0] == 12


def test_an_unclosed_fence_is_no_file() -> None:
    result = placed("README.md\n```\n# T\n\n```sh\nx\n```\n", {})
    assert after(result) == {}
    assert "not closed" in said(result)


EVALUATED = "# API\n\n```{eval-rst}\n.. function:: a\n```\n\n```{eval-rst}\n.. function:: b\n```\n"


def test_a_span_in_a_fence_in_a_fence_is_refused_also_where_the_file_has_fences() -> None:
    new = EVALUATED.replace("API\n\n", "").replace(":: b", ":: c").removeprefix("# ")
    twice = span_placed(
        f"``````markdown\n````markdown\n{new}````\n``````\n", EVALUATED, 3, 9, "a.md"
    )
    assert said(twice) == "it is fenced twice"
    once = span_placed(f"````markdown\n{new}````\n", EVALUATED, 3, 9, "a.md")
    assert after(once) == {"a.md": EVALUATED.replace(":: b", ":: c")}


def test_a_very_long_fence_is_one_where_it_says_so_and_a_rule_else() -> None:
    old = f"Title\n{'`' * 12}\n\ntext = 1\n"
    for length in (4, 9, 10, 18):
        mark = "`" * length
        answer = f"a.rst\n{mark}rst\n{old.replace('1', '2')}{mark}\n"
        assert after(placed(answer, {"a.rst": old})) == {"a.rst": old.replace("1", "2")}
        spanned = span_placed(f"{mark}rst\ntext = 2\n{mark}\n", old, 4, 4, "a.rst")
        assert after(spanned) == {"a.rst": old.replace("1", "2")}

"""Properties of the engine: chunking, hostile text, and never a wrong result.

HYPOTHESIS_PROFILE=nightly runs each with 100,000 examples.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.compose import changes_for
from spark_tui.core.edits.diff import opcodes, unified
from spark_tui.core.edits.headless import propose
from spark_tui.core.edits.model import Change, EditEvent, EditFormat, FileImage
from spark_tui.core.edits.span import SpanTarget, target_of
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.text import bare, encode, ending, image_of

_profile = settings(
    max_examples=100_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

_MARKS = (
    "*** Begin Patch",
    "*** End Patch",
    "*** Update File: a.py",
    "*** Add File: b.py",
    "*** Delete File: a.py",
    "*** Move to: c.py",
    "*** End of File",
    "*** Frobnicate",
    " *** End Patch",
    "@@",
    "@@ def f():",
    "@@ -1,2 +1,2 @@",
    "@@ -1 +1,2 @@ x",
    "@@ ... @@",
    "<<<<<<< SEARCH",
    "=======",
    ">>>>>>> REPLACE",
    "```",
    "```python",
    "```diff",
    "````",
    "a.py",
    "**a.py**",
    "diff --git a/a.py b/a.py",
    "--- a/a.py",
    "+++ b/a.py",
    "--- /dev/null",
    "+++ /dev/null",
    "rename from a.py",
    "rename to c.py",
    "new file mode 100755",
    "deleted file mode 100644",
    "old mode 100644",
    "new mode 100755",
    "\\ No newline at end of file",
    "apply_patch <<'EOF'",
    "EOF",
    "...",
    "",
    "+",
    "-",
    " ",
    "+x = 1",
    "-x = 1",
    " x = 1",
    "x = 1",
    "    y = 2",
    "+    y = 2",
    "-    y = 2",
    "     y = 2",
    "prose",
    '{"input": "*** Begin Patch\\n*** End Patch\\n"}',
)
_line = st.one_of(st.sampled_from(_MARKS), st.text(max_size=8))
_answer = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(_line, max_size=25),
    st.sampled_from(("", "\n", "\r\n", "\r")),
)
_FILE = b"def f():\n    x = 1\n\n    y = 2\nx = 1\n    y = 2\n"


def _read(path: str) -> FileImage:
    return image_of(path, _FILE if path == "a.py" else None)


def _whole(text: str, edit_format: EditFormat, complete: bool) -> list[EditEvent]:
    stream = EditStream(edit_format, span=SpanTarget("a.py", 2, ("    x = 1",)))
    return stream.feed(text) + stream.finish(complete)


@_profile
@given(
    _answer, st.lists(st.integers(0, 400), max_size=12), st.sampled_from(EditFormat), st.booleans()
)
def test_any_chunking_gives_the_same_events(
    text: str, cuts: list[int], edit_format: EditFormat, complete: bool
) -> None:
    stream = EditStream(edit_format, span=SpanTarget("a.py", 2, ("    x = 1",)))
    events: list[EditEvent] = []
    at = 0
    for cut in sorted(c for c in cuts if c < len(text)):
        events += stream.feed(text[at:cut])
        _ = stream.tail
        at = cut
    events += stream.feed(text[at:])
    events += stream.finish(complete)
    assert events == _whole(text, edit_format, complete)


@_profile
@given(st.one_of(_answer, st.text(max_size=300)), st.sampled_from(EditFormat), st.booleans())
def test_any_text_is_placed_or_refused_without_a_crash(
    text: str, edit_format: EditFormat, complete: bool
) -> None:
    span = SpanTarget("a.py", 2, ("    x = 1",))
    result = propose(text, _read, edit_format, ("a.py",), complete, span=span)
    if result.refused or result.problems:
        assert result.changes == ()
    if not complete:
        for hunk in result.hunks:
            assert hunk.raw is None or hunk.raw.source_line <= text.count("\n") + 1


@_profile
@given(st.binary(max_size=200))
def test_bytes_survive_decoding_and_encoding(data: bytes) -> None:
    if b"\0" in data:
        return
    image = image_of("a", data)
    assert encode(image, image.lines) == data


_code = st.lists(
    st.sampled_from(
        ("a", "b", "  a", "", "}", "    return x", "x = 1", "é", "“q”", "if y:", "\tz")
    ),
    min_size=1,
    max_size=14,
)
_eol = st.sampled_from(("\n", "\r\n"))


def _v4a(old: list[str], new: list[str]) -> str:
    body = _tagged(old, new)
    return "\n".join(["*** Begin Patch", "*** Update File: a", "@@", *body, "*** End Patch", ""])


def _search(old: list[str], new: list[str]) -> str:
    return "\n".join(
        ["a", "```", "<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE", "```"]
    )


def _tagged(old: list[str], new: list[str]) -> list[str]:
    out = []
    for op in opcodes(old, new):
        if op.equal:
            out += [" " + text for text in old[op.a1 : op.a2]]
        else:
            out += ["-" + text for text in old[op.a1 : op.a2]]
            out += ["+" + text for text in new[op.b1 : op.b2]]
    return out


def _whole_file(old: list[str], new: list[str]) -> str:
    return "\n".join(["a", "````", *new, "````", ""])


@_profile
@given(_code, _code, _eol, st.booleans(), st.sampled_from((_v4a, _search, _whole_file)))
def test_a_complete_description_gives_exactly_the_new_file_or_a_refusal(
    old: list[str],
    new: list[str],
    eol: str,
    final: bool,
    write: Callable[[list[str], list[str]], str],
) -> None:
    before = (eol.join(old) + (eol if final or not old[-1] else "")).encode()
    result = propose(
        write(old, new), lambda p: image_of(p, before if p == "a" else None), known_paths=("a",)
    )
    for change in result.changes:
        assert [bare(line) for line in change.after.lines] == new
        assert len(set(map(ending, change.after.lines[:-1]))) <= 1


@_profile
@given(_code, _code, _eol)
def test_an_applied_diff_applied_in_reverse_gives_the_original_bytes(
    old: list[str], new: list[str], eol: str
) -> None:
    before = image_of("a", "".join(text + eol for text in old).encode())
    after = image_of("a", "".join(text + eol for text in new).encode())
    if before.data == after.data or eol == "\r\n":
        return
    for one, two in ((before, after), (after, before)):
        text = unified([Change(one, two)], context=20)
        result = propose(text, {"a": one}.__getitem__)
        assert not result.refused, result.refused
        assert changes_for(result.hunks, one)[0].after.data == two.data


_twice = st.lists(st.sampled_from(("a", "b", "c", "")), min_size=1, max_size=30)


@_profile
@given(_twice, _twice, st.integers(0, 29), st.integers(1, 30), st.sampled_from(("\n", "\r\n", "")))
def test_a_rewritten_span_is_exactly_what_stands_there_afterwards(
    file: list[str], new: list[str], first: int, count: int, last_ending: str
) -> None:
    eol = last_ending or "\n"
    first %= len(file)
    last = min(len(file), first + count)
    file[-1], new[-1] = file[-1] or "z", new[-1] or "z"  # an empty line needs its ending
    image = image_of("a.py", (eol.join(file) + last_ending).encode())
    answer = "```\n" + "".join(f"{line}\n" for line in new) + "```\n"
    target = target_of(image, first + 1, last)
    result = propose(answer, lambda _: image, EditFormat.SPAN, ("a.py",), span=target)
    if not result.refused:
        after = result.changes[0].after if result.changes else image
        wanted = eol.join([*file[:first], *new, *file[last:]]) + last_ending
        assert after.data == wanted.encode()

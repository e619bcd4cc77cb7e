from __future__ import annotations

import pytest

from spark_tui.core.edits.model import (
    EditEvent,
    EditFormat,
    FileClosed,
    FileModeSet,
    FileMoved,
    FileOp,
    FileOpened,
    HunkClosed,
    HunkLine,
    HunkOpened,
    Problem,
    Prose,
    RawHunk,
    TaggedLine,
    Tail,
)
from spark_tui.core.edits.span import SpanTarget
from spark_tui.core.edits.stream import EditStream

V4A = """I will do it.

```
*** Begin Patch
*** Update File: a.py
@@ class A:
@@ def f(self):
 x = 1
-y = 2
+y = 3

*** End of File
*** Add File: new.py
+one
+
*** Delete File: gone.py
*** Update File: old.py
*** Move to: dir/new name.py
@@
-a
+b
*** End Patch
```
Done.
"""
BLOCKS = """Here:

### src/a.py
```python
<<<<<<< SEARCH
x = 1
=======
x = 2
>>>>>>> REPLACE
```
and once more
```
<<<<<<< SEARCH
y
=======
>>>>>>> REPLACE
```
`b.py`:
<<<<<<< SEARCH
=======
new
>>>>>>> REPLACE
"""
UNIFIED = """Text
```diff
diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -1,3 +1,3 @@ def f():
 x

-y
+z
@@ ... @@
-p
+q
diff --git a/o.py b/n.py
similarity index 100%
rename from o.py
rename to n.py
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/new.py b/new.py
new file mode 100644
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+one
\\ No newline at end of file
```
more
"""
WHOLE = """Sure.

src/a.py
```python
x = 1

y = 2
```
That is all.
"""
SAMPLES = (V4A, BLOCKS, UNIFIED, WHOLE)


def _events(text: str, edit_format: EditFormat = EditFormat.AUTO, *known: str) -> list[EditEvent]:
    stream = EditStream(edit_format, known_paths=known)
    return stream.feed(text) + stream.finish(True)


def _files(events: list[EditEvent]) -> list[tuple[FileOp, str]]:
    return [(e.op, e.path) for e in events if isinstance(e, FileOpened)]


def _raws(events: list[EditEvent]) -> list[RawHunk]:
    return [e.raw for e in events if isinstance(e, HunkClosed)]


def _problems(events: list[EditEvent]) -> list[str]:
    return [e.message for e in events if isinstance(e, Problem)]


def _tagged(*lines: str) -> tuple[TaggedLine, ...]:
    out = []
    for line in lines:
        tag = line[0]
        assert tag in (" ", "+", "-")
        out.append(TaggedLine(tag, line[1:]))  # type: ignore[arg-type]
    return tuple(out)


def test_v4a_gives_every_kind_of_file_and_stacked_anchors() -> None:
    events = _events(V4A)
    assert _files(events) == [
        (FileOp.UPDATE, "a.py"),
        (FileOp.CREATE, "new.py"),
        (FileOp.DELETE, "gone.py"),
        (FileOp.UPDATE, "old.py"),
    ]
    first, added, moved = _raws(events)
    assert first.anchors == ("class A:", "def f(self):")
    assert first.at_end
    assert first.lines == _tagged(" x = 1", "-y = 2", "+y = 3", " ")
    assert added.lines == _tagged("+one", "+")
    assert moved.lines == _tagged("-a", "+b")
    assert FileMoved(4, "dir/new name.py") in events
    assert not _problems(events)
    assert [e.text for e in events if isinstance(e, Prose)][-2:] == ["```\n", "Done.\n"]


def test_each_file_is_opened_and_closed_once_and_in_order() -> None:
    for text in SAMPLES:
        open_file = 0
        for event in _events(text):
            if isinstance(event, FileOpened):
                assert not open_file
                open_file = event.file
            elif isinstance(event, FileClosed):
                assert event.file == open_file
                open_file = 0
        assert not open_file


def test_search_blocks_take_their_file_from_the_lines_above_or_the_block_before() -> None:
    events = _events(BLOCKS)
    assert _files(events) == [(FileOp.UPDATE, "src/a.py"), (FileOp.CREATE, "b.py")]
    one, two, new = _raws(events)
    assert one.lines == _tagged("-x = 1", "+x = 2")
    assert two.lines == _tagged("-y")
    assert new.lines == _tagged("+new")
    assert not one.prefixed


def test_unified_diff_reads_git_headers_and_hunks_without_numbers() -> None:
    events = _events(UNIFIED)
    assert _files(events) == [
        (FileOp.UPDATE, "a.py"),
        (FileOp.RENAME, "o.py"),
        (FileOp.UPDATE, "run.sh"),
        (FileOp.CREATE, "new.py"),
    ]
    first, second, new = _raws(events)
    assert first.line_hint == 1
    assert first.anchors == ("def f():",)
    assert first.lines == _tagged(" x", " ", "-y", "+z")
    assert second.line_hint is None
    assert new.final_newline is False
    assert FileMoved(2, "n.py") in events
    assert FileModeSet(3, 0o100755) in events
    assert not _problems(events)


def test_whole_file_is_one_hunk_of_added_lines() -> None:
    events = _events(WHOLE)
    assert _files(events) == [(FileOp.UPDATE, "src/a.py")]
    (raw,) = _raws(events)
    assert raw.whole
    assert raw.new() == ("x = 1", "", "y = 2")
    assert Prose("That is all.\n") in events


@pytest.mark.parametrize("text", SAMPLES)
def test_every_single_cut_gives_the_same_events(text: str) -> None:
    whole = _events(text)
    for cut in range(1, len(text)):
        stream = EditStream()
        assert stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.finish(True) == whole
    stream = EditStream()
    events = [event for char in text for event in stream.feed(char)]
    assert events + stream.finish(True) == whole


@pytest.mark.parametrize("text", SAMPLES)
def test_carriage_returns_change_no_event_but_prose(text: str) -> None:
    assert _events(text.replace("\n", "\r\n")) == _events(text)


@pytest.mark.parametrize("text", SAMPLES)
def test_a_cut_answer_never_closes_the_hunk_it_was_cut_in(text: str) -> None:
    whole = [e for e in _events(text) if isinstance(e, HunkClosed)]
    for cut in range(len(text)):
        stream = EditStream()
        events = stream.feed(text[:cut]) + stream.finish(False)
        closed = [e for e in events if isinstance(e, HunkClosed)]
        assert [e.raw.lines for e in closed] == [e.raw.lines for e in whole[: len(closed)]]
        opened = [e for e in events if isinstance(e, HunkOpened)]
        if len(opened) > len(closed):
            assert _problems(events)


def test_shell_and_json_wrappers_are_peeled() -> None:
    patch = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** End Patch\n"
    plain = _raws(_events(patch))[0].lines
    for text in (
        f"apply_patch <<'EOF'\n{patch}EOF\n",
        f"cd src && apply_patch <<EOF\n{patch}EOF\n",
        "$ cat <<-EOF\n" + patch.replace("*** End Patch\n", "") + "EOF\n",
        '{"input": "' + patch.replace("\n", "\\n") + '"}',
        'Call: {"name": "apply_patch", "patch": "' + patch.replace("\n", "\\n") + '"} done\n',
    ):
        events = _events(text)
        assert _raws(events)[0].lines == plain, text
        assert not _problems(events)


def test_a_patch_in_an_unfinished_json_string_is_not_used() -> None:
    events = _events('{"input": "*** Begin Patch\\n*** Update File: a.py\\n@@\\n-x\\n+y')
    assert _problems(events)
    block = "a.py\\n<<<<<<< SEARCH\\nx\\n=======\\ny\\n>>>>>>> REPLACE\\n"
    assert _problems(_events('{"edit": "' + block + "and then b.py"))


def test_missing_end_marker_is_forgiven_only_when_the_answer_is_complete() -> None:
    text = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n"
    assert len(_raws(_events(text))) == 1
    stream = EditStream()
    cut = stream.feed(text) + stream.finish(False)
    assert not _raws(cut)
    assert _problems(cut)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("*** Begin Patch\n*** End Patch\n", "empty"),
        ("*** Begin Patch\n*** Frobnicate File: x\n*** End Patch\n", "unknown"),
        ("*** Add File: x\nno plus\n*** End Patch\n", "+"),
        ("a.py\n<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n", "before its divider"),
        ("a.py\n<<<<<<< SEARCH\nx\n=======\ny\n", "no REPLACE"),
        ("<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n", "names no file"),
        ("--- a/x\n+++ b/y\n@@\n-a\n+b\n", "two different files"),
        ("diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@\n+a\n", "mode"),
        ("diff --git a/x b/y\ncopy from x\ncopy to y\n", "different files"),
        ("diff --git a/x b/x\n--- a/y\n+++ b/y\n@@\n-a\n+b\n", "different files"),
        ("diff --git a/x b/x\nBinary files differ\n", "binary"),
        ("a.py\n```\nx\ny\nz\n", "not closed"),
    ],
)
def test_broken_formats_are_problems(text: str, word: str) -> None:
    assert any(word in message for message in _problems(_events(text))), _problems(_events(text))


def test_indented_end_line_is_data_when_more_hunk_lines_follow() -> None:
    text = "*** Update File: a\n@@\n-x\n *** End Patch\n+y\n*** End Patch\n"
    (raw,) = _raws(_events(text))
    assert raw.lines == _tagged("-x", " *** End Patch", "+y")


def test_heading_underlines_of_another_length_stay_inside_a_block() -> None:
    text = "a.md\n<<<<<<< SEARCH\nTitle\n=====\n=======\nOther\n=====\n>>>>>>> REPLACE\n"
    events = _events(text)
    (raw,) = _raws(events)
    assert raw.old() == ("Title", "=====")
    assert raw.new() == ("Other", "=====")
    assert not _problems(events)


@pytest.mark.parametrize(
    "line",
    [
        "src/a.py",
        "**src/a.py**",
        "`src/a.py`:",
        "## src/a.py",
        "File: src/a.py",
        "Update `src/a.py` like this:",
        "# src/a.py",
    ],
)
def test_the_file_name_is_read_from_its_usual_decorations(line: str) -> None:
    text = f"{line}\n```\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```\n"
    assert _files(_events(text)) == [(FileOp.UPDATE, "src/a.py")]


def test_known_files_settle_a_name_without_its_folder_and_a_missing_one() -> None:
    block = "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n"
    known = ("src/deep/a.py", "b.py")
    assert _files(_events("a.py\n" + block, EditFormat.AUTO, *known)) == [
        (FileOp.UPDATE, "src/deep/a.py")
    ]
    assert _files(_events(block, EditFormat.AUTO, "only.py")) == [(FileOp.UPDATE, "only.py")]


def test_a_fence_that_names_no_file_or_holds_shell_is_prose() -> None:
    text = "Try this:\n```python\nx = 1\n```\nrun.sh\n```bash\n./run.sh\n```\n"
    assert not _files(_events(text))


def test_a_fence_inside_a_whole_file_does_not_end_it() -> None:
    text = "a.md\n```md\n# T\n```python\nx\n```\nend\n```\nafter\n"
    (raw,) = _raws(_events(text))
    assert raw.new() == ("# T", "```python", "x", "```", "end")


def test_a_name_passed_over_before_a_whole_file_is_a_problem() -> None:
    text = "thing\n```\n1.3\n```\n\na.py\n```\nx\n```\n"
    assert any("thing" in message for message in _problems(_events(text)))


def test_tail_shows_the_unfinished_line_with_its_tag() -> None:
    stream = EditStream()
    stream.feed("Hello wor")
    assert (stream.tail.file, stream.tail.text) == (0, "Hello wor")
    stream.feed("ld\n*** Begin Patch\n*** Update File: a\n@@\n-old li")
    assert stream.tail == Tail(1, 1, "-", "old li")
    stream.feed("ne\n+new")
    assert stream.tail == Tail(1, 1, "+", "new")
    stream.feed("\n*** End")
    assert stream.tail.text == ""


def test_lines_are_told_as_they_complete() -> None:
    stream = EditStream()
    stream.feed("*** Begin Patch\n*** Update File: a\n@@\n")
    assert stream.feed("-x\n+y\n+par") == [HunkLine(1, 1, "-", "x"), HunkLine(1, 1, "+", "y")]
    assert stream.feed("tial\n") == [HunkLine(1, 1, "+", "partial")]


def test_the_format_says_what_was_sniffed() -> None:
    for text, edit_format in zip(
        SAMPLES,
        (EditFormat.V4A, EditFormat.SEARCH_REPLACE, EditFormat.UNIFIED, EditFormat.WHOLE),
        strict=True,
    ):
        stream = EditStream()
        assert stream.edit_format is EditFormat.AUTO
        stream.feed(text)
        assert stream.edit_format is edit_format


def test_a_wanted_format_ignores_the_others() -> None:
    assert not _files(_events(V4A, EditFormat.SEARCH_REPLACE))
    assert not _files(_events(BLOCKS, EditFormat.V4A))
    assert _files(_events(UNIFIED, EditFormat.UNIFIED))


def test_hosted_operations_need_no_envelope() -> None:
    stream = EditStream()
    events = stream.open_operation("update_file", "a.py")
    events += stream.feed("@@ def f():\n x\n-y\n+")
    events += stream.feed("z\n")
    events += stream.close_operation()
    events += stream.open_operation("create_file", "b.py")
    events += stream.feed("+one\n+two")
    events += stream.close_operation()
    events += stream.open_operation("delete_file", "c.py")
    events += stream.close_operation()
    assert _files(events) == [
        (FileOp.UPDATE, "a.py"),
        (FileOp.CREATE, "b.py"),
        (FileOp.DELETE, "c.py"),
    ]
    assert [raw.lines for raw in _raws(events)] == [
        _tagged(" x", "-y", "+z"),
        _tagged("+one", "+two"),
    ]
    assert not _problems(events)


@pytest.mark.parametrize(
    "answer",
    [
        "```py\n    x = 2\n    y = 3\n```\n",
        "Here you go:\n```python\n    x = 2\n    y = 3\n```\nBye\n",
        "```\nx = 2\ny = 3\n```",
    ],
)
def test_a_span_answer_replaces_the_named_lines_at_their_indentation(answer: str) -> None:
    target = SpanTarget("a.py", 7, ("    x = 1", "    y = 3"))
    stream = EditStream(EditFormat.SPAN, span=target)
    events = stream.feed(answer) + stream.finish(True)
    (raw,) = _raws(events)
    assert raw.line_hint == 7
    assert raw.lines == _tagged("-    x = 1", "+    x = 2", "     y = 3")


def test_changes_that_lie_apart_in_a_span_are_hunks_of_their_own() -> None:
    old = tuple(f"x{n} = {n}" for n in range(20))
    new = ["x0 = 'a'", *old[1:4], "x4 = 'b'", *old[5:18], "more", *old[18:]]
    stream = EditStream(EditFormat.SPAN, span=SpanTarget("a.py", 101, old))
    text = "```\n" + "\n".join(new) + "\n```\n"
    raws = _raws(stream.feed(text) + stream.finish(True))
    assert [raw.line_hint for raw in raws] == [101, 116]
    assert raws[0].lines[:2] == _tagged("-x0 = 0", "+x0 = 'a'")
    assert raws[0].lines[4:7] == _tagged(" x3 = 3", "-x4 = 4", "+x4 = 'b'")
    assert raws[1].lines == _tagged(
        " x15 = 15", " x16 = 16", " x17 = 17", "+more", " x18 = 18", " x19 = 19"
    )


def test_an_empty_or_cut_span_answer_changes_nothing() -> None:
    target = SpanTarget("a.py", 7, ("x",))
    for text, complete in (
        ("", True),
        ("\n\n", True),
        ("I can't do that.\n", True),
        ("y\n", False),
        ("```\ny\n", True),
    ):
        stream = EditStream(EditFormat.SPAN, span=target)
        assert not _raws(stream.feed(text) + stream.finish(complete))


BLOCK = "```python\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```\n"


@pytest.mark.parametrize(
    "above", ["", "Swapping.\n", "Done\n", "Here is the edit:\n\n", "Sure!\n\n"]
)
def test_a_block_without_a_name_is_for_the_only_file_that_was_sent(above: str) -> None:
    text = f"{above}{BLOCK}"
    assert _files(_events(text, EditFormat.AUTO, "calc.py")) == [(FileOp.UPDATE, "calc.py")]


@pytest.mark.parametrize("above", ["Swapping.\n", "Done\n", "Here is the edit:\n\n"])
def test_where_several_were_sent_a_word_of_prose_is_no_name(above: str) -> None:
    events = _events(f"{above}{BLOCK}", EditFormat.AUTO, "calc.py", "use.py")
    assert _problems(events) == ["the edit names no file"]
    named = _events(f"new.py\n{BLOCK}", EditFormat.AUTO, "calc.py")
    assert _files(named) == [(FileOp.UPDATE, "new.py")]


def _supposed(text: str, *known: str) -> list[RawHunk]:
    stream = EditStream(known_paths=known, supposes=True)
    return _raws(stream.feed(text) + stream.finish(True))


def test_one_fence_without_a_name_may_be_the_only_file_rewritten() -> None:
    text = "Renamed.\n\n```python\ndef plus():\n    return 1\n```\nThat is all.\n"
    (raw,) = _supposed(text, "calc.py")
    assert (raw.new(), raw.whole, raw.supposed) == (("def plus():", "    return 1"), True, True)
    assert not _supposed(text)
    assert not _supposed(text, "calc.py", "use.py")
    assert not _raws(_events(text, EditFormat.AUTO, "calc.py"))


@pytest.mark.parametrize(
    "text",
    [
        "```\na\n```\nor\n```\nb\n```\n",
        "```bash\npytest\n```\n",
        "```python\nx = 1\n",
        f"{BLOCK}so that\n```\nx\n```\n",
        "nothing\n",
    ],
)
def test_several_fences_or_shell_or_a_named_edit_suppose_nothing(text: str) -> None:
    assert not any(raw.supposed for raw in _supposed(text, "calc.py"))


@pytest.mark.parametrize(
    "title",
    ["**{}**", "`{}`", "**`{}`**", "_{}_", "### {}", "### `{}`:", "File: {}", "**{}:**", "__{}__"],
)
@pytest.mark.parametrize("path", ["_pytest/api.py", "__init__.py", "a/__main__.py", "_x.py"])
def test_a_name_that_begins_with_underscores_keeps_them(title: str, path: str) -> None:
    text = f"{title.format(path)}\n```python\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```\n"
    stream = EditStream(known_paths=(path, "other.py"))
    opened = [e for e in stream.feed(text) if isinstance(e, FileOpened)]
    assert [e.path for e in opened] == [path]


@pytest.mark.parametrize(
    ("line", "tag", "text"), [("+new", "+", "new"), ("-old", "-", "old"), (" as is", " ", "as is")]
)
def test_the_line_being_written_is_shown_by_its_own_tag(line: str, tag: str, text: str) -> None:
    stream = EditStream(EditFormat.V4A)
    stream.feed(f"*** Begin Patch\n*** Update File: a.py\n@@\n-x\n{line}")
    assert (stream.tail.tag, stream.tail.text) == (tag, text)

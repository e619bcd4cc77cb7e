import re
import time

from hypothesis import given
from hypothesis import strategies as st

from spark_tui.simulator.edits import FileChange, as_search_replace, as_v4a

LINES = st.lists(
    st.sampled_from(["", "x = 1", "def f():", "    return x", "    y = 2", "class C:", "# c"]),
    min_size=1,
    max_size=40,
).map(tuple)


def apply_v4a(before: tuple[str, ...], patch: str) -> list[str]:
    """A strict reader of one Update: hunks in order, old lines exact, anchors unique."""
    lines = patch.split("\n")
    assert lines[0] == "*** Begin Patch"
    assert lines[-2:] == ["*** End Patch", ""]
    body = lines[2:-2]
    out = list(before)
    cursor = 0
    hunks = re.split(r"^@@(.*)$", "\n".join(body), flags=re.MULTILINE)
    assert hunks[0] == ""
    for anchor, text in zip(hunks[1::2], hunks[2::2], strict=True):
        rows = text[1:].split("\n") if text.startswith("\n") else []
        if rows and rows[-1] == "":
            rows.pop()
        old = [row[1:] for row in rows if row[0] in " -"]
        new = [row[1:] for row in rows if row[0] in " +"]
        if anchor.strip():
            hits = [k for k, line in enumerate(before) if line.strip() == anchor.strip()]
            assert len(hits) == 1
        places = [k for k in range(len(out) - len(old) + 1) if out[k : k + len(old)] == old]
        place = next(k for k in places if k >= cursor)
        out[place : place + len(old)] = new
        cursor = place + len(new)
    return out


@given(LINES, LINES)
def test_v4a_hunks_lead_from_before_to_after(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    patch = as_v4a([FileChange("a.py", before, after)])
    assert apply_v4a(before, patch) == list(after)


@given(LINES, LINES)
def test_search_parts_occur_once_in_the_file(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    text = as_search_replace([FileChange("a.py", before, after)])
    blocks = re.findall(
        r"^<{7} SEARCH\n(.*?)^={7}\n(.*?)^>{7} REPLACE$", text, re.MULTILINE | re.DOTALL
    )
    file = "".join(line + "\n" for line in before)
    result = file
    for old, new in blocks:
        starts = [m.start() for m in re.finditer(rf"(?m)^(?={re.escape(old)})", file)]
        assert len(starts) == 1
        at = next(m.start() for m in re.finditer(rf"(?m)^(?={re.escape(old)})", result))
        result = result[:at] + new + result[at + len(old) :]
    assert result == "".join(line + "\n" for line in after)


def test_a_patch_creates_and_deletes_files() -> None:
    patch = as_v4a([FileChange("new.py", None, ("a", "b")), FileChange("old.py", ("c",), None)])
    assert patch == (
        "*** Begin Patch\n*** Add File: new.py\n+a\n+b\n*** Delete File: old.py\n*** End Patch\n"
    )


def test_a_hunk_has_three_lines_of_context_and_the_enclosing_definition() -> None:
    before = ("def f():", *(f"    a{k} = {k}" for k in range(9)))
    after = tuple(line.replace("a6 = 6", "a6 = 7") for line in before)
    assert as_v4a([FileChange("a.py", before, after)]) == (
        "*** Begin Patch\n*** Update File: a.py\n@@ def f():\n     a3 = 3\n"
        "     a4 = 4\n     a5 = 5\n"
        "-    a6 = 6\n+    a6 = 7\n     a7 = 7\n     a8 = 8\n*** End Patch\n"
    )


def test_a_rename_in_a_long_file_takes_no_time_to_speak_of() -> None:
    before = tuple("" if k % 3 else f"    add({k})" for k in range(9000))
    after = tuple(line.replace("add", "plus") for line in before)
    started = time.monotonic()
    patch = as_v4a([FileChange("a.py", before, after)])
    assert time.monotonic() - started < 2.0
    assert apply_v4a(before, patch) == list(after)

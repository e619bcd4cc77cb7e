"""Thoughts in the text of an answer: what is taken for one, in every chunking."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import EditEvent, EditFormat, FileImage, TakenBack
from spark_tui.core.edits.span import target_of
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.edits.thoughts import UNSURE, Thoughts, without_thoughts

BASE = {"x.py": b"def a():\n    return 1\n\n\ndef b():\n    return 2\n"}


def block(name: str, old: int, new: int) -> str:
    return (
        "x.py\n```\n<<<<<<< SEARCH\n"
        f"def {name}():\n    return {old}\n=======\ndef {name}():\n    return {new}\n"
        ">>>>>>> REPLACE\n```\n"
    )


def patch(name: str, old: int, new: int) -> str:
    return (
        "*** Begin Patch\n*** Update File: x.py\n@@\n"
        f" def {name}():\n-    return {old}\n+    return {new}\n*** End Patch\n"
    )


DRAFT, ANSWER = block("b", 2, 99), block("a", 1, 10)


def placed(text: str, files: dict[str, bytes] = BASE) -> ProposalResult:
    def read(path: str) -> FileImage:
        return image_of(path, files[path]) if path in files else absent(path)

    return propose(text, read, known_paths=tuple(files))


def after(text: str, files: dict[str, bytes] = BASE) -> str:
    result = placed(text, files)
    assert not result.refused, result.refused
    assert not result.problems, result.problems
    return "".join(change.after.data.decode() for change in result.changes)


PAIRS = [
    ("<think>", "</think>"),
    ("<THINK>", "</THINK>"),
    ("<thinking>", "</thinking>"),
    ("<think effort='high'>", "</think>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<analysis>", "</analysis>"),
    ("<antThinking>", "</antThinking>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>\n<|begin_of_solution|>"),
    ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("<|channel>thought\n", "<channel|>"),
    ("", "</think>"),
    ("", "</thinking>"),
    ("", "[/THINK]"),
    ("", "◁/think▷"),
    ("", "[BEGIN FINAL RESPONSE]"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    (
        "<|start|>assistant<|channel|>analysis<|message|>",
        "<|end|>\n<|start|>assistant<|channel|>final <|constrain|>text<|message|>",
    ),
    ("<|channel|>commentary<|message|>", "<|end|><|start|>assistant<|message|>"),
    ("<|channel|>who_knows<|message|>", "<|end|><|channel|>final<|message|>"),
    ("analysisWe think of ", "assistantfinal"),
]


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
@pytest.mark.parametrize("write", [block, patch])
def test_a_draft_in_a_thought_is_no_edit(
    opening: str, closing: str, write: Callable[[str, int, int], str]
) -> None:
    text = (
        f"{opening}\nMaybe b first:\n\n{write('b', 2, 99)}\nNo.\n{closing}\n\n{write('a', 1, 10)}"
    )
    assert after(text) == "def a():\n    return 10\n\n\ndef b():\n    return 2\n"
    assert "99" not in placed(text).said


@pytest.mark.parametrize(("opening", "closing"), [pair for pair in PAIRS if pair[0]])
def test_a_thought_that_is_never_closed_is_one(opening: str, closing: str) -> None:
    result = placed(f"{opening}\nMaybe:\n\n{DRAFT}")
    assert (result.changes, result.hunks) == ((), ())
    assert result.said.strip() == ""


def test_a_thought_that_ends_in_words_is_followed_by_no_edit() -> None:
    result = placed(f"<think>\n{DRAFT}But it is fine.\n</think>\nNo change is needed.")
    assert (result.changes, result.said) == ((), "No change is needed.")


def test_thoughts_anywhere_are_left_out() -> None:
    text = f"Sure. <think>or b?\n{DRAFT}</think>{ANSWER}<think>\n{block('b', 2, 77)}</think>Done."
    assert after(text).count("return 10") == 1
    assert placed(text).said.startswith("Sure. \nx.py")


def test_a_thought_that_quotes_its_own_end_is_taken_back() -> None:
    inner = f"<think>\nIt ends with </think> or so.\n{DRAFT}\n</think>\n{ANSWER}"
    assert after(inner) == "def a():\n    return 10\n\n\ndef b():\n    return 2\n"


def test_harmony_marks_at_the_end_of_a_block_are_no_part_of_it() -> None:
    final = "<|channel|>final<|message|>"
    for end in ("<|return|>", "<|end|>", "\n<|end|><|start|>assistant"):
        text = f"<|channel|>analysis<|message|>{DRAFT}<|end|>{final}{ANSWER.rstrip()}{end}"
        assert "return 10" in after(text), end


def test_a_call_of_the_patch_tool_is_no_thought() -> None:
    head = "<|channel|>commentary to=functions.apply_patch <|constrain|>json<|message|>"
    text = f"<|channel|>analysis<|message|>{DRAFT}<|end|>{head}{patch('a', 1, 10)}<|call|>"
    assert "return 10" in after(text)


TEMPLATE = b"<think>\nold\n</think>\n"


@pytest.mark.parametrize(
    "text",
    [
        "t.txt\n```\n<<<<<<< SEARCH\n<think>\nold\n</think>\n=======\n<think>\nnew\n</think>\n"
        ">>>>>>> REPLACE\n```\n",
        "*** Begin Patch\n*** Update File: t.txt\n@@\n <think>\n-old\n+new\n </think>\n"
        "*** End Patch\n",
        "*** Begin Patch\n*** Update File: t.txt\n@@\n <think>\n-old\n+new\n </think>\n",
        "--- a/t.txt\n+++ b/t.txt\n@@ -1,3 +1,3 @@\n <think>\n-old\n+new\n </think>\n",
        "--- a/t.txt\n+++ b/t.txt\n@@ @@\n <think>\n-old\n+new\n </think>\n",
        "t.txt\n```\n<think>\nnew\n</think>\n```\n",
    ],
)
@pytest.mark.parametrize("before", ["", "<think>hm\n</think>\n", "I change the `<think>` part.\n"])
def test_a_file_that_holds_such_marks_is_edited_all_the_same(text: str, before: str) -> None:
    assert after(before + text, {"t.txt": TEMPLATE}) == "<think>\nnew\n</think>\n"


def test_marks_in_a_span_belong_to_it() -> None:
    image = image_of("t.txt", TEMPLATE)
    target = target_of(image, 1, 3)
    text = "<think>\n```\nno\n```\n</think>\n```\n<think>\nnew\n</think>\n```\n"
    result = propose(text, lambda _: image, EditFormat.SPAN, span=target)
    assert [c.after.data for c in result.changes] == [b"<think>\nnew\n</think>\n"]


@pytest.mark.parametrize(
    "prose",
    [
        "The `<think>` tag is gone.",
        'I took "</think>" out.',
        "The <thinking> part is shorter now.",
        "a <b and [THINK later",
        "analysis of it all",
        "analysis",
        "<thinker> is no tag",
        "<analysis> is, only at the beginning: see",
    ],
)
def test_what_is_only_spoken_of_is_no_thought(prose: str) -> None:
    text = f"Done. {prose}\n{ANSWER}" if "<analysis>" in prose else f"{prose}\n{ANSWER}"
    assert "return 10" in after(text)
    assert placed(text).said == text


def test_a_draft_that_quotes_the_end_is_taken_back_and_where_that_is_not_sure_refused() -> None:
    draft = "x.py\n```\n<<<<<<< SEARCH\n</think>\n=======\n<p>\n>>>>>>> REPLACE\n```\n"
    assert "return 10" in after(f"<think>\n{draft}no.\n</think>\n{ANSWER}")
    edit = (
        "t.txt\n```\n<<<<<<< SEARCH\nold\n</think>\n=======\nnew\n</think>\n>>>>>>> REPLACE\n```\n"
    )
    unsure = placed(f"<think>\n```\nhm\n</think>\n{edit}", {"t.txt": TEMPLATE})
    assert [problem.message for problem in unsure.problems] == [UNSURE] * 2
    assert unsure.changes == ()


def test_a_tool_call_ends_a_thought_and_is_never_taken_back() -> None:
    thoughts = Thoughts(EditStream())
    assert thoughts.feed("<think>hm").pieces == [("<think>", True), ("hm", True)]
    assert thoughts.tool(patch("a", 1, 10)).pieces == [(patch("a", 1, 10), False)]
    assert not thoughts.feed("\n</think>\n").taken_back
    assert without_thoughts(f"<think>a</think>\n{ANSWER}") == ANSWER


def split_up(text: str, cuts: list[str]) -> tuple[list[tuple[str, bool]], list[EditEvent]]:
    """(runs of thought and answer, events since all was taken back) of a text fed in pieces."""
    thoughts = Thoughts(EditStream(known_paths=("x.py",)))
    pieces: list[tuple[str, bool]] = []
    events: list[EditEvent] = []
    for fed in (*map(thoughts.feed, cuts), thoughts.finish(complete=True)):
        if fed.taken_back:
            pieces = [(piece, True) for piece, _ in pieces]
            events.clear()
        pieces += fed.pieces
        events += fed.edits
    runs: list[tuple[str, bool]] = []
    for piece, thought in pieces:
        if runs and runs[-1][1] == thought:
            runs[-1] = (runs[-1][0] + piece, thought)
        else:
            runs.append((piece, thought))
    return runs, events


MARKS = [mark for pair in PAIRS for mark in pair if mark] + [
    "<|end|>", "<|return|>", "<|start|>", "<|message|>", "<", "[", "◁", "`", "```\n", "analysis",
    "\n",
]  # fmt: skip
BITS = st.lists(
    st.sampled_from(
        [
            *MARKS,
            DRAFT,
            ANSWER,
            patch("a", 1, 10),
            "*** Begin Patch\n",
            "words ",
            "\n\n",
            "+ ",
            "- ",
        ]
    ),
    max_size=9,
)


@settings(max_examples=150, deadline=None)
@given(BITS, st.integers(0, 2**32))
def test_every_chunking_comes_to_the_same(bits: list[str], seed: int) -> None:
    text, dice = "".join(bits), random.Random(seed)
    whole = split_up(text, [text])
    cuts, at = [], 0
    while at < len(text):
        size = dice.randint(1, 12)
        cuts.append(text[at : at + size])
        at += size
    assert split_up(text, cuts) == whole
    assert split_up(text, list(text)) == whole
    rest = "".join(piece for piece, _ in whole[0])
    assert rest.replace("\n", "") == text.replace("\n", "")


def test_what_was_taken_back_is_told_first() -> None:
    _, events = split_up(f"{DRAFT}</think>\n{ANSWER}", [f"{DRAFT}</think>\n{ANSWER}"])
    assert isinstance(events[0], TakenBack)
    assert sum(isinstance(event, TakenBack) for event in events) == 1

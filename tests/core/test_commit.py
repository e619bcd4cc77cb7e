import pytest

from spark_tui.core.commit import SUBJECT, message_of


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["make backoff() honour Retry-After"], "Make backoff() honour Retry-After\n"),
        (["cap it in @net/retry.py:10-40"], "Cap it in net/retry.py\n"),
        (['use a set in @"odd name.py"'], "Use a set in odd name.py\n"),
        (["cap it\n@net/retry.py @net/client.py"], "Cap it\n"),
        (["cap it", "test it", "cap it"], "Cap it\n\n- cap it\n- test it\n"),
        (["cap it\nat 8 seconds\n@a.py"], "Cap it\n"),
        (["fix this:\n[pasted 28 lines]"], "Fix this\n"),
        (
            ["[pasted 28 lines]\nwhy @tests/a.py?", "cap it"],
            "Why tests/a.py?\n\n- why tests/a.py?\n- cap it\n",
        ),
        (["[pasted 1 line]"], "Edit a.py, b.py\n"),
        (["use @property in @a.py#L3-L4"], "Use @property in a.py\n"),
        (["@a.py\ncap it"], "Cap it\n"),
        (["# not a comment"], "Not a comment\n"),
        ([], "Edit a.py, b.py\n"),
        (["@a.py"], "A.py\n"),
    ],
)
def test_the_message_is_what_was_asked_for(said: list[str], message: str) -> None:
    assert message_of(said, ("a.py", "b.py")) == message


def test_a_long_instruction_is_cut_at_a_word_and_whole_in_the_body() -> None:
    said = "make the retry of the client wait as long as the server says it should " * 2
    subject, empty, body = message_of([said], ("a.py",)).rstrip("\n").split("\n")
    assert len(subject) <= SUBJECT
    assert subject.endswith("…")
    assert empty == ""
    assert body == said.strip()


def test_many_files_without_an_instruction_are_counted() -> None:
    assert message_of([""], tuple(f"folder/file{n}.py" for n in range(9))) == "Edit 9 files\n"

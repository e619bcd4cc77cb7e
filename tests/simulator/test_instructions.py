import pytest

from spark_tui.core.edits.model import Row
from spark_tui.core.tree_review.remarks import Remark, as_instruction
from spark_tui.simulator.instructions import CAN_DO, NAME_A_FILE, carry_out
from spark_tui.simulator.prompt import SourceFile

CALC = '''"""Add things up."""

LIMIT = 30  # seconds


def add(a, b):
    # add is not addition of strings
    return a + b


def mean(values: list[float], *, digits: int = 2) -> float:
    """The mean."""
    total = 0.0
    for value in values:
        total = add(total, value)
    return round(total / len(values), digits)


class Box:
    @property
    def size(self):
        return 1

    def fill(
        self,
        things,
        **rest,
    ):
        self.things = things
        return rest
'''
USER = """import calc
from calc import add

seen = set()
seen.add(1)
print(calc.add(1, 2), add(3, 4), f"{add(5, 6)} add", "add")
"""


def source(path: str, text: str) -> SourceFile:
    return SourceFile(path, tuple(text.removesuffix("\n").split("\n")))


FILES = (source("calc.py", CALC), source("user.py", USER))


def after(instruction: str) -> dict[str, str]:
    """The files' new text; checks that what is Python still compiles."""
    texts = {}
    for edit in carry_out(instruction, FILES).edits:
        text = "\n".join(edit.after or ()) + "\n"
        if edit.path.endswith(".py") and edit.after is not None:
            compile(text, edit.path, "exec")
        texts[edit.path] = text
    return texts


def test_rename_changes_the_name_in_code_and_nowhere_else() -> None:
    texts = after("rename add to plus")
    assert texts["calc.py"] == CALC.replace("def add(", "def plus(").replace("= add(", "= plus(")
    assert texts["user.py"] == (
        "import calc\nfrom calc import plus\n\nseen = set()\nseen.add(1)\n"
        'print(calc.plus(1, 2), plus(3, 4), f"{plus(5, 6)} add", "add")\n'
    )


def test_rename_follows_names_that_are_marked_as_such() -> None:
    text = (
        '__all__ = [\n    "add",\n]\n\n\ndef twice(x):\n'
        '    """See :func:`add`, add and `add()`."""\n'
        '    return add(x, x) or "add"\n'
    )
    (edit,) = carry_out("rename add to plus", (source("a.py", text),)).edits
    assert "\n".join(edit.after or ()) + "\n" == (
        '__all__ = [\n    "plus",\n]\n\n\ndef twice(x):\n'
        '    """See :func:`plus`, add and `plus()`."""\n    return plus(x, x) or "add"\n'
    )


def test_rename_of_a_method_follows_attributes() -> None:
    text = after("rename the method fill to put")["calc.py"]
    assert "def put(" in text


@pytest.mark.parametrize(
    "sentence",
    [
        "rename add to plus in @calc.py",
        "in @calc.py rename add to plus",
        "Rename `add` to `plus` in calc.py.",
    ],
)
def test_a_named_file_limits_the_work(sentence: str) -> None:
    assert list(after(sentence)) == ["calc.py"]


def test_rename_in_prose_files_touches_code_spans_only() -> None:
    readme = source("README.md", "Use `add(1, 2)` to add.\n\n```python\nadd(3, 4)\n```\n")
    (edit,) = carry_out("rename add to plus", (readme,)).edits
    assert edit.after == ("Use `plus(1, 2)` to add.", "", "```python", "plus(3, 4)", "```")


def test_replace_takes_quoted_text() -> None:
    text = after("replace 'a + b' with 'b + a' in @calc.py")["calc.py"]
    assert text == CALC.replace("a + b", "b + a")


def test_set_keeps_the_comment_and_the_rest_of_the_line() -> None:
    assert after("set LIMIT to 45")["calc.py"] == CALC.replace("LIMIT = 30 ", "LIMIT = 45 ")


def test_docstring_says_what_a_one_line_function_returns() -> None:
    text = after("add a docstring to add in @calc.py")["calc.py"]
    assert '    """Return a + b."""' not in text.split("def mean")[1]
    assert 'def add(a, b):\n    """' in text


def test_the_first_function_is_found_in_the_named_file() -> None:
    (edit,) = carry_out("add a docstring to the first function in @calc.py", FILES).edits
    assert edit.path == "calc.py"
    assert edit.after is not None
    assert edit.after[5:7] == ("def add(a, b):", '    """Add, given a and b."""')


def test_docstring_is_not_added_twice() -> None:
    answer = carry_out("add a docstring to mean", FILES)
    assert not answer.edits
    assert "already" in answer.prose


def test_docstring_takes_given_words() -> None:
    text = after("add a docstring to size saying how much is inside")["calc.py"]
    assert '        """How much is inside."""\n        return 1' in text


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("add a parameter c to add", "def add(a, b, c=None):"),
        ("add a parameter c: int = 3 to add", "def add(a, b, c: int = 3):"),
        ("add a parameter c=1 to mean", "def mean(values: list[float], *, digits: int = 2, c=1)"),
        ("add a parameter c=1 to Box.size", "def size(self, c=1):"),
        ("add a parameter c=1 to fill", "        things,\n        c=1,\n        **rest,\n    ):"),
        ("add the return type int to add", "def add(a, b) -> int:"),
        ("add a comment to size saying in litres", "    # in litres\n    @property\n"),
    ],
)
def test_signatures_and_comments(sentence: str, expected: str) -> None:
    assert expected in after(sentence)["calc.py"]


def test_wrap_keeps_the_docstring_first() -> None:
    text = after("wrap mean in try/except ZeroDivisionError")["calc.py"]
    assert '    """The mean."""\n    try:\n        total = 0.0\n        for value' in text
    assert "    except ZeroDivisionError as error:\n        raise RuntimeError" in text


def test_delete_takes_decorators_and_blank_lines_along() -> None:
    text = after("delete the function size")["calc.py"]
    assert "class Box:\n    def fill(" in text
    assert "@property" not in text


def test_files_are_created_and_deleted() -> None:
    created = carry_out("create notes.md with remember the milk", FILES).edits
    assert [(e.path, e.before, e.after) for e in created] == [
        ("notes.md", None, ("remember the milk",))
    ]
    deleted = carry_out("delete the file @user.py", FILES).edits
    assert [(e.path, e.after) for e in deleted] == [("user.py", None)]


def test_words_are_counted() -> None:
    prose = carry_out("write 123 words", ()).prose
    assert prose.split() == [f"word{k}" for k in range(1, 124)]


@pytest.mark.parametrize(
    "sentence",
    ["make it faster", "", "rename add", "rename add to plus and delete mean", "\x1b[2J"],
)
def test_anything_else_gets_a_text_and_no_edit(sentence: str) -> None:
    answer = carry_out(sentence, FILES)
    assert not answer.edits
    assert answer.prose == CAN_DO


def test_without_files_the_answer_asks_for_one() -> None:
    assert carry_out("rename add to plus", ()).prose == NAME_A_FILE


def test_a_function_that_is_there_twice_is_not_guessed() -> None:
    twice = (source("a.py", "def f():\n    pass\n"), source("b.py", "def f():\n    pass\n"))
    answer = carry_out("delete f", twice)
    assert not answer.edits
    assert "f in a.py, f in b.py" in answer.prose


def test_a_comment_is_carried_out_and_taken_out() -> None:
    file = SourceFile("a.py", ("# rename add to plus AI!", "def add(a):", "    return a  # no AI!"))
    answer = carry_out(
        '@a.py:1 do what the comment "rename add to plus AI!" asks, then remove that comment',
        (file,),
    )
    assert answer.edits[0].after == ("def plus(a):", "    return a  # no AI!")
    other = carry_out(
        '@a.py:3 do what the comment "no AI!" asks, then remove that comment', (file,)
    )
    assert other.edits[0].after == ("# rename add to plus AI!", "def add(a):", "    return a")


def test_more_attempts_are_two_more_than_the_constant_that_bounds_them() -> None:
    retry = source("net/retry.py", "MAX_WAIT = 3\nMAX_ATTEMPTS = 4  # tries\n")
    for said in ("add retries to the client", "add more retries", "Give the client attempts."):
        answer = carry_out(said, (retry,))
        if said.startswith("Give"):
            assert not answer.edits
            continue
        (edit,) = answer.edits
        assert edit.after == ("MAX_WAIT = 3", "MAX_ATTEMPTS = 6  # tries")
    assert not carry_out("add retries to the client", FILES).edits


def test_remarks_of_a_review_are_carried_out_each_in_its_file() -> None:
    remarks = [
        Remark("a.py", 1, 1, "rename add to plus", (Row("+", None, 1, "def add(a):"),)),
        Remark("b.py", 1, 2, "delete f"),
        Remark("b.py", 4, 4, "make it nicer"),
    ]
    files = (
        source("a.py", "def add(a):\n    return a\n"),
        source("b.py", "def f():\n    pass\n\n\nx = 1\n"),
    )
    first, second = carry_out(as_instruction(remarks), files).edits
    assert first.after == ("def plus(a):", "    return a")
    assert second.after is not None
    assert "def f():" not in second.after

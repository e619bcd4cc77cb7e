"""A word that is exactly the name of a symbol brings its definition in, within the budget."""

import pytest

from spark_tui.core.retrieve.blocks import split
from spark_tui.core.retrieve.find import find
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.core.retrieve.pack import Bundle

BUDGET = 2_000

DEFINING = '''"""Writing to streams."""

LINE_END = "\\n"
LIMIT: int = 80


def echo(
    message=None,
    nl=True,
) -> None:
    """Print a message to a stream."""
    write(message)
'''


@pytest.fixture(scope="module")
def click_like() -> MemoryIndex:
    """A definition among many mentions, and files with its name."""
    index = MemoryIndex()
    texts = {"src/utils.py": DEFINING + "\n\n" + "# filling\n" * 400}
    for at in range(30):
        calls = "\n".join(f"    echo(LIMIT, 'say {at} {n}')  # echo to docs" for n in range(12))
        texts[f"src/command_{at}.py"] = (
            f"from utils import echo, LIMIT\n\n\ndef echo_{at}():\n{calls}\n"
        )
    texts["docs/echo.md"] = (
        "# Echo\n\n" + "Use echo to say a thing, rename echo as you like.\n" * 300
    )
    texts["examples/echo/echo.md"] = "# echo\n\n" + "echo, rename, docstring\n" * 300
    texts["echo"] = "rename echo to say\n" * 300
    texts["tests/test_echo.py"] = "def echo():\n    pass\n\n\ndef _echo():\n    pass\n"
    for path, text in texts.items():
        assert index.put(path, path, text)
    return index


def defines(bundle: Bundle, line: int) -> bool:
    first = bundle.blocks[0]
    return first.path == "src/utils.py" and first.first <= line <= first.last


@pytest.mark.parametrize(
    ("instruction", "line"),
    [
        ("rename echo to say", 7),
        ("add a docstring to echo", 7),
        ("document echo()", 7),
        ("let `echo` say more in docs", 7),
        ("utils.echo prints twice", 7),
        ("change @echo", 7),
        ("raise LIMIT to 100", 4),
    ],
)
def test_a_named_definition_comes_first_within_the_budget(
    click_like: MemoryIndex, instruction: str, line: int
) -> None:
    bundle = find(instruction, click_like, budget=BUDGET)
    assert defines(bundle, line), [(b.path, b.first, b.last, b.why) for b in bundle.blocks[:4]]
    assert bundle.tokens <= BUDGET
    assert {"echo", "docs/echo.md"}.isdisjoint(b.path for b in bundle.blocks if b.why == "named")


@pytest.mark.parametrize(
    "instruction", ["add more", "Echo is slow", "say-echo", "a/echo", "echo::say"]
)
def test_other_words_bring_no_definition_in(click_like: MemoryIndex, instruction: str) -> None:
    bundle = find(instruction, click_like, budget=BUDGET)
    assert {"defined", "named"}.isdisjoint(block.why for block in bundle.blocks)


def test_a_capital_within_a_sentence_is_no_filler_word() -> None:
    index = MemoryIndex()
    index.put("a.py", "a", "class Result:\n    pass\n\n\nclass Show:\n    pass\n")
    found = find("Show less. Show more of Result", index).blocks
    assert [(b.first, b.why) for b in found if b.why == "defined"] == [(1, "defined")]


def test_a_name_that_many_define_points_nowhere() -> None:
    index = MemoryIndex()
    for at in range(9):
        index.put(f"part_{at}.py", str(at), f"def start():\n    return {at}\n")
    assert all(b.why != "defined" for b in find("let start be quick", index).blocks)


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.py", "def echo(\n    x,\n):\n    pass\n", "echo"),
        ("a.py", "class select:\n    pass\n", "select"),
        ("a.rs", "pub fn new() -> Self {\n    x\n}\n", "new"),
        ("a.go", "func (c *Cache) delete(key string) {\n\tx()\n}\n", "delete"),
        ("a.go", "func (c *Cache) lock() {\n\tx()\n}\n", "lock"),
        ("a.rb", "def print\n  x\nend\n", "print"),
        ("a.js", "export function require(x) {\n  y();\n}\n", "require"),
        ("A.java", "class A {\n" + "  int x;\n" * 30 + "  void print(B b) {\n  }\n}\n", "print"),
        ("a.js", "class A {\n" + "  z = 1;\n" * 30 + "  select(x) {\n    y();\n  }\n}\n", "select"),
    ],
)  # fmt: skip
def test_a_word_of_another_language_is_a_name(path: str, text: str, name: str) -> None:
    assert name in {block.symbol for block in split(path, text).blocks}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.lua", "function(a) return b end\n"),
        ("a.js", "function run() {\n  if (x) {\n    y();\n  }\n  print(\n    x);\n}\n"),
        ("a.cs", "void f() {\n    lock (x) {\n    }\n    return g(x)\n}\n"),
    ],
)
def test_a_statement_is_no_name(path: str, text: str) -> None:
    names = {block.symbol for block in split(path, text).blocks}
    assert names.isdisjoint({"return", "if", "print", "lock", "g"})

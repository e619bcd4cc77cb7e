"""Files as blocks: every line in exactly one, whatever the text."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.text import split_lines
from spark_tui.core.retrieve.blocks import LONGEST, split

_PIECES = st.sampled_from(
    ["def f(x):", "class A:", "}", "{", "    ", "\t", "\n", "\r\n", "\r", "func (r *T) Go() {",
     "# head", "```", "export const a = () => {", "static int f(void)", "import os",
     ")", "end", "impl<T> A for B {", "describe('x', () => {", "\u2028", "\x0c", "#define X 1",
     "\n\n\n", "x = 1\n" * 90, "[tool]", "all: b", "(defun x", "f :: Int", "'''", "@wrap"]
)  # fmt: skip
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=8)), max_size=40).map("".join)
_ENDINGS = st.sampled_from(
    ["py", "go", "ts", "js", "md", "c", "java", "rs", "rb", "mk", "sh", "toml", "hs", "json", "x"]
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS, _ENDINGS)
def test_blocks_cover_every_line_exactly_once(text: str, ending: str) -> None:
    parts = split(f"a/b.{ending}", text)
    assert parts.lines == len(split_lines(text))
    at = 1
    for block in parts.blocks:
        assert block.first == at <= block.last
        assert block.last - block.first < LONGEST
        at = block.last + 1
    assert at == parts.lines + 1
    assert all(1 <= line.number <= parts.lines for line in parts.outline)


def symbols(path: str, text: str) -> list[tuple[int, int, str]]:
    """The named blocks of a file."""
    return [(b.first, b.last, b.symbol) for b in split(path, text).blocks if b.symbol]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "import os\n\n@wrap\ndef one(\n    a,\n):\n    return a\n\n\n"
         "async def two():\n    pass\n",
         [(3, 9, "one"), (10, 11, "two")]),
        ("a.go", "package a\n\n// Run runs.\nfunc (e *Engine) Run() {\n\tx()\n}\n\n"
         "type T struct {\n\ta int\n}\n", [(3, 7, "Run"), (8, 10, "T")]),
        ("a.rs", "impl<T> Show for Thing<T> {\n    fn show(&self) {\n    }\n}\n",
         [(1, 4, "Thing")]),
        ("a.ts", "export const parse = <T>(a: T) => {\n  return a;\n};\n\nfunction b() {\n}\n",
         [(1, 4, "parse"), (5, 6, "b")]),
        ("a.c", "static int\nf(void)\n{\n  g();\n}\n\nint h(int a) {\n  return a;\n}\n",
         [(7, 9, "h")]),
        ("A.java", "class A {\n    public int size(int a) {\n        return a;\n    }\n}\n",
         [(1, 5, "A")]),
        ("a.rb", "module M\n  def self.go(x)\n    x\n  end\nend\n", [(1, 5, "M")]),
        ("a.md", "intro\n# One\ntext\n## Two\n```\n# no\n```\n", [(2, 3, "One"), (4, 7, "Two")]),
    ],
)  # fmt: skip
def test_definitions_are_blocks(path: str, text: str, expected: list[tuple[int, int, str]]) -> None:
    assert symbols(path, text) == expected


@pytest.mark.parametrize(
    ("path", "text", "imports"),
    [
        ("a.py", "import os\nfrom a.b import c\n", ("os", "a.b")),
        ("a.js", "const x = require('y')\nimport {a} from './z'\n", ("y", "./z")),
        ("a.rs", "use std::io;\n", ("std::io",)),
        ("a.c", "#include <stdio.h>\n", ("stdio.h",)),
    ],
)
def test_what_a_file_imports_is_known(path: str, text: str, imports: tuple[str, ...]) -> None:
    assert split(path, text).imports == imports


def test_methods_of_a_long_class_are_blocks_of_their_own() -> None:
    method = "    def m{0}(self):\n" + "        x = 1\n" * 10 + "\n"
    text = "class A:\n    '''Doc.'''\n\n" + "".join(method.format(i) for i in range(4))
    blocks = split("a.py", text).blocks
    assert [(b.symbol, b.enclosing) for b in blocks] == [
        ("A", ""),
        *((f"m{i}", "A") for i in range(4)),
    ]

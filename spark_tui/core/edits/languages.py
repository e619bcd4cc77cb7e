"""What of a language matters for where its lines begin: blocks, comments, literals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex


class BlockStyle(Enum):
    """How a language says where a block begins."""

    COLON = "colon"
    BRACE = "brace"
    OTHER = "other"


class Inside(Enum):
    """What the beginning of a line is part of: `WORDS` are comments and docstrings."""

    CODE = "code"
    WORDS = "words"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Language:
    """A language as far as indentation goes.

    `tabs` says that it is always written with them, `blanks` that it never is.
    """

    blocks: BlockStyle
    tabs: bool = False
    blanks: bool = False
    make: bool = False


_PYTHON = Language(BlockStyle.COLON)
_BRACES = Language(BlockStyle.BRACE)
_OTHERS = Language(BlockStyle.OTHER)
_GO = Language(BlockStyle.BRACE, tabs=True)
_YAML = Language(BlockStyle.OTHER, blanks=True)
_MAKE = Language(BlockStyle.OTHER, make=True)

_BRACED = (
    "c h cc cpp cxx hpp hh hxx m mm java js jsx mjs cjs ts tsx mts cts cs rs swift kt kts scala "
    "php dart zig d css scss less proto graphql groovy gradle json jsonc json5 v sv glsl hlsl "
    "cu ino pl pm r"
)
_OTHER_WAYS = (
    "rb lua sh bash zsh fish ksh ps1 toml ini cfg html htm xml svg xhtml vue svelte "
    "erb jinja j2 hbs sql ex exs erl hs ml mli fs fsx clj cljs el lisp scm nim jl cr vb bas "
    "pas ada f90 cmake tf hcl nix vim tcl awk sed bat cmd service desktop"
)
_BY_SUFFIX = {
    **dict.fromkeys(("py", "pyi", "pyx", "pxd"), _PYTHON),
    **dict.fromkeys(("mk", "mak", "make"), _MAKE),
    "go": _GO,
    **dict.fromkeys(("yaml", "yml"), _YAML),
    **dict.fromkeys(_BRACED.split(), _BRACES),
    **dict.fromkeys(_OTHER_WAYS.split(), _OTHERS),
}
_MAKEFILES = ("makefile", "gnumakefile", "bsdmakefile")


def language_of(path: str) -> Language | None:
    """The language of a file by its name; None for prose, data and what is not known."""
    name = path.rpartition("/")[2].casefold()
    if name in _MAKEFILES or name.startswith("makefile."):
        return _MAKE
    if name == "cmakelists.txt":
        return _OTHERS
    stem, dot, suffix = name.rpartition(".")
    return _BY_SUFFIX.get(suffix) if stem and dot else None


# ------------------------------------------------------------------- what a line begins in

_PYTHON_TOKENS = regex(r"#.*|\"\"\"|'''|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?")
_BRACE_TOKENS = regex(r"//.*|/\*|`|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?")
_HEREDOC = regex(r"<<[-~]?\s*([\"']?)(\w+)\1")
_LONGEST = 2_000


def insides(texts: Iterable[str], language: Language) -> Iterator[Inside]:
    """For each line from a file's first on, what its beginning is part of."""
    if language.blocks is BlockStyle.COLON:
        yield from _insides_of_python(texts)
    elif language.blocks is BlockStyle.BRACE:
        yield from _insides_of_braces(texts)
    else:
        yield from _insides_of_others(texts)


def _insides_of_python(texts: Iterable[str]) -> Iterator[Inside]:
    quote, kind = "", Inside.CODE
    for text in texts:
        yield kind if quote else Inside.CODE
        at = 0
        while at <= min(len(text), _LONGEST):
            if quote:
                end = text.find(quote, at)
                if end < 0:
                    break
                at, quote = end + 3, ""
                continue
            found = _PYTHON_TOKENS.search(text, at)
            if found is None:
                break
            at = found.end()
            if found[0] in ('"""', "'''"):
                quote = found[0]
                alone = not text[: found.start()].strip(" \trRuUbBfF")
                kind = Inside.WORDS if alone else Inside.DATA


def _insides_of_braces(texts: Iterable[str]) -> Iterator[Inside]:
    end, kind = "", Inside.CODE
    for text in texts:
        yield kind if end else Inside.CODE
        at = 0
        while at <= min(len(text), _LONGEST):
            if end:
                stop = text.find(end, at)
                if stop < 0:
                    break
                at, end = stop + len(end), ""
                continue
            found = _BRACE_TOKENS.search(text, at)
            if found is None:
                break
            at = found.end()
            if found[0] == "/*":
                end, kind = "*/", Inside.WORDS
            elif found[0] == "`":
                end, kind = "`", Inside.DATA


def _insides_of_others(texts: Iterable[str]) -> Iterator[Inside]:
    end = ""
    for text in texts:
        yield Inside.DATA if end else Inside.CODE
        if end:
            if text.strip() == end:
                end = ""
        elif "<<" in text:
            found = _HEREDOC.search(text)
            end = found[2] if found else ""


# ------------------------------------------------------------------- blocks

_CLOSES = regex(r"[\])}]|(?:case|default)\b|else\b|</|end\b")
_GOES_ON = regex(r"(?:[(\[{,\\+\-*/=&|?<>]|\b(?:and|or|not|in|is))$")
_COMMENT = regex(r"\s*(?:#|//|/\*|\*|--|;|<!--)")


def opens(text: str, language: Language) -> bool:
    """Whether the line begins a block, so that the next one stands deeper."""
    code = text.rstrip()
    if language.blocks is BlockStyle.COLON:
        return _without_comment(code).endswith(":")
    if language.blocks is BlockStyle.BRACE:
        return _without_comment(code).endswith(("{", ":"))
    return False


def closes(text: str) -> bool:
    """Whether the line may stand as deep as the line that opened the block."""
    return bool(_CLOSES.match(text.lstrip()))


def goes_on(text: str) -> bool:
    """Whether the next line is a part of the same statement, anywhere to the right."""
    return bool(_GOES_ON.search(_without_comment(text.rstrip())))


def is_comment(text: str) -> bool:
    """Whether the line is nothing but a comment."""
    return bool(_COMMENT.match(text))


def _without_comment(text: str) -> str:
    for mark in (" #", " //", " /*"):
        head, found, _ = text.partition(mark)
        if found and head.count('"') % 2 == 0 and head.count("'") % 2 == 0:
            text = head
    return text.rstrip()


# ------------------------------------------------------------------- make

_RULE = regex(r"(?![\t #])[^=#]*?:(?!:?=)")
_DIRECTIVE = regex(
    r"\s*-?(?:ifn?eq|ifn?def|else|endif|s?include|define|endef|export|unexport|override|vpath|"
    r"undefine)\b"
)


def is_rule(text: str) -> bool:
    """Whether the line of a makefile names targets, so that a recipe follows."""
    return bool(_RULE.match(text))


def is_directive(text: str) -> bool:
    """Whether make itself reads the line: it is part of no recipe."""
    return bool(_DIRECTIVE.match(text))

"""Lines in product code that silence a check instead of satisfying it, with words for a person.

Told from the text of added lines alone, so all of it is a hint: a hunk with one is shown with `!`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spark_tui.core.check_output.report import CheckReport
from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

MOST_LINE = 2_000
"""Characters of a line that are looked at."""


@dataclass(frozen=True, slots=True)
class Smell:
    """An added line that may be a cheat: its index among the added lines, its text, and why."""

    at: int
    text: str
    why: str


def smells(
    path: str, added: Sequence[str], asserted: Collection[str] = (), before: str = ""
) -> tuple[Smell, ...]:
    """What is suspicious in the lines that a change adds to product code, one for a line.

    `asserted` are values of the failing tests (`asserted_values`): a new branch on one of them, or
    one returned as it is, may be made for that test only. Words that the file's text `before` has
    already are the product's own.
    """
    if asserted and before:
        own = {found[0] for found in _LITERAL.finditer(before[:_MOST_TEXT])}
        asserted = frozenset(asserted) - {_plain(one) for one in own if one[:1] in _QUOTES}
    language = _LANGUAGES.get(path.rpartition(".")[2].casefold(), "")
    rules = [*_RULES[""], *_RULES.get(language, ())]
    out: list[Smell] = []
    for at, whole in enumerate(added):
        line = whole[:MOST_LINE]
        why = next((words for shape, words in rules if shape.search(line)), "")
        why = why or _of_block(language, added, at) or _special_case(line, asserted)
        if why:
            out.append(Smell(at, whole, why))
    return tuple(out)


def asserted_values(report: CheckReport) -> frozenset[str]:
    """Literals that the failing tests assert or pass in, without those that stand everywhere."""
    out: set[str] = set()
    for failure in report.failures[:200]:
        for line in (failure.message, *failure.details):
            for found in _LITERAL.finditer(line[:MOST_LINE]):
                if len(out) < 2_000 and _tells(found[0]):
                    out.add(_plain(found[0]))
    return frozenset(out)


_SKIPS = "skips a test"
_SILENCES = "silences the linter"
_TELLS_TEST = "asks whether a test runs it"
_ENDS = "ends the program as if all were well"
_PATCHES = "replaces what others rely on"
_SWALLOWS = "swallows the error"
_EQUAL = "changes what equal means"
_TEST_CODE = "test code in the product"
_WAITS = "waits"
_ASKS_CALLER = "looks at who calls it"
_LOWERS = "lowers what the check demands"
_LITERAL_OF_TEST = "a value of the failing test"

_LANGUAGES = {
    **dict.fromkeys(("py", "pyi", "pyx"), "python"),
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte"), "js"),
    "go": "go",
    "rs": "rust",
    **dict.fromkeys(("c", "h", "cc", "cpp", "cxx", "hh", "hpp", "m", "mm"), "c"),
    **dict.fromkeys(("java", "kt", "kts", "scala", "cs", "rb", "php", "swift"), "other"),
}

_TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    "": {
        _TELLS_TEST: (
            r"\bPYTEST_(?:CURRENT_TEST|VERSION|XDIST)",
            r"\bJEST_WORKER_ID",
            r"\bVITEST(?:_\w+)?\b",
            r"\bNODE_TEST_(?:CONTEXT|WORKER_ID)\b",
        ),
        _LOWERS: (
            r"\bfail_under\b",
            r"coverageThreshold",
            r"--max-warnings",
        ),
        _SILENCES: (
            r"NOSONAR",
            r"\bnosec\b",
            r"\bcodespell:ignore",
        ),
    },
    "python": {
        _SKIPS: (
            r"\bpytest\.(?:mark\.)?(?:skip|xfail|importorskip)",
            r"@(?:unittest\.)?skip",
            r"\bskipTest\(",
            r"expectedFailure",
            r"\bSkipTest\b",
        ),
        _SILENCES: (
            r"#\s{0,4}(?:ruff:\s?|flake8:\s?)?noqa\b",
            r"#\s{0,4}type:\s?ignore",
            r"#\s{0,4}pyright:",
            r"#\s{0,4}pylint:\s?disable",
            r"#\s{0,4}mypy:",
            r"#\s{0,4}pragma:\s?no\s?(?:cover|branch)",
            r"@(?:typing\.)?no_type_check\b",
        ),
        _TELLS_TEST: (
            r"""[\"'](?:_?pytest|unittest)(?:\.\w+)?[\"']\s{0,4}(?:not\s{1,4})?in"""
            r"\s{1,4}sys\.modules",
            r"""sys\.modules\.get\([\"'](?:_?pytest|unittest)""",
            r"\b_called_from_test\b",
            r"sys\.argv\[0\].{0,80}(?:pytest|unittest)",
            r"(?:pytest|unittest).{0,80}sys\.argv",
        ),
        _ASKS_CALLER: (
            r"\binspect\.(?:stack|currentframe)\(",
            r"\bsys\._getframe\(",
            r"\bf_back\b",
        ),
        _ENDS: (
            r"\bos\._exit\(",
            r"(?<![\w.])(?:sys\.)?(?:exit|quit)\(\s{0,4}(?:0|False|None)?\s{0,4}\)",
            r"\bSystemExit(?:\(\s{0,4}(?:0|None)?\s{0,4}\)|\s{0,4}$)",
            r"\batexit\.register\(",
            r"\bos\.kill\(\s{0,4}os\.getp",
        ),
        _TEST_CODE: (
            r"^\s{0,40}(?:import|from)\s{1,4}(?:_?pytest|unittest|nose|mock|hypothesis)\b",
        ),
        _PATCHES: (
            r"\bmonkeypatch\b",
            r"\bmock\.patch\b",
            r"^\s{0,40}(?:builtins|unittest|pytest|time|random|datetime|math|json"
            r"|os|operator|decimal)(?:\.\w{1,60}){1,4}\s{0,4}=(?!=)",
            r"\bsetattr\(\s{0,4}(?:builtins|unittest|pytest|time|random|datetime"
            r"|math|json|os|sys)\b",
            r"\bsys\.modules\[[^\]]{1,80}\]\s{0,4}=(?!=)",
            r"\b__builtins__\b",
            r"\bsys\.(?:settrace|setprofile|excepthook)\b",
            r"\bgc\.get_(?:objects|referrers)\(",
        ),
        _EQUAL: (
            r"\bdef\s{1,4}__(?:eq|ne)__\(",
            r"\b__(?:eq|ne)__\s{0,4}=(?!=)",
        ),
        _SWALLOWS: (
            r"\bsuppress\(\s{0,4}(?:Base)?Exception\b",
            r"\bsuppress\(\s{0,4}AssertionError\b",
            r"\bexcept\b[^:#]{0,200}\bAssertionError\b",
            r"^\s{0,80}except(?:\s{1,4}\(?(?:Base)?Exception\b[^:]{0,80})?"
            r"\s{0,4}:\s{0,4}(?:pass|\.\.\.)",
        ),
        _WAITS: (
            r"\b(?:time|asyncio)\.sleep\(\s{0,4}(?:[1-9]\d{0,9}|\d{1,9}\.\d{0,9}[1-9])",
            r"^\s{0,80}while\s{1,4}(?:True|1)\s{0,4}:\s{0,4}(?:pass|\.\.\.)",
        ),
    },
    "js": {
        _SKIPS: (
            r"\b(?:it|test|describe|suite|context)\.(?:skip|todo|only|fails|failing)\b",
            r"\bx(?:it|describe)\(",
        ),
        _SILENCES: (
            r"eslint-disable",
            r"@ts-(?:ignore|nocheck|expect-error)",
            r"(?:istanbul|c8|v8)\s{1,4}ignore",
            r"biome-ignore",
            r"prettier-ignore",
            r"tslint:disable",
            r"oxlint-disable",
            r"\$FlowFixMe",
        ),
        _TELLS_TEST: (
            r"""NODE_ENV\b[^=!]{0,20}[!=]==?\s{0,4}[\"'`]test""",
            r"""[\"'`]test[\"'`]\s{0,4}[!=]==?.{0,80}NODE_ENV""",
            r"import\.meta\.vitest",
            r"\btypeof\s{1,4}\(?(?:jest|vi|describe|it|expect|mocha)\b",
            r"\bglobal(?:This)?\.(?:jest|vi|describe|it|expect|mocha)\b",
            r"process\.argv.{0,80}(?:jest|vitest|mocha)",
        ),
        _ASKS_CALLER: (
            r"\bnew\s{1,4}Error\(\)\.stack",
            r"\bError\.captureStackTrace\b",
            r"\barguments\.callee\b",
        ),
        _ENDS: (
            r"\bprocess\.(?:exit\(\s{0,4}(?:0|)\s{0,4}\)|reallyExit\(|exitCode"
            r"\s{0,4}=\s{0,4}0|abort\()",
            r"""\bprocess\.on\(\s{0,4}[\"'`](?:exit|beforeExit|uncaughtException"""
            r"|unhandledRejection)",
        ),
        _TEST_CODE: (
            r"""(?:from|require\()\s{0,4}[\"'`](?:vitest|@jest/|jest|mocha|chai"""
            r"|sinon|node:test)",
        ),
        _PATCHES: (
            r"\b(?:jest|vi|sinon)\.(?:mock|fn|spyOn|stub|setTimeout|useFakeTimers)\(",
            r"\bexpect\.extend\(",
            r"\bglobal(?:This)?\.\w{1,60}\s{0,4}=(?!=)",
            r"\bglobal(?:This)?\[[^\]]{1,80}\]\s{0,4}=(?!=)",
            r"\b(?:Object|Array|String|Number|Date|Math|JSON|Map|Set|Promise"
            r"|assert|console)(?:\.\w{1,40}){1,3}\s{0,4}=(?![=>])",
            r"\brequire\.cache\[",
            r"\brequire\([^)]{1,80}\)(?:\.\w{1,40}){1,3}\s{0,4}=(?![=>])",
            r"\.(?:\w{0,20}[eE]qual|throws|rejects)\s{0,4}=(?![=>])",
            r"\b(?:Object\.assign|definePropert(?:y|ies))\(\s{0,4}(?:assert\b|require\()",
            r"\bModule\._load\b",
            r"defineProperty\(\s{0,4}(?:global|Object|Array|String|Number|Date|Math)",
        ),
        _EQUAL: (
            r"\[?Symbol\.toPrimitive\]?",
            r"\bvalueOf\s{0,4}\(",
            r"\basymmetricMatch\b",
        ),
        _SWALLOWS: (
            r"\bcatch\s{0,4}(?:\([^)]{0,60}\)\s{0,4})?\{\s{0,4}\}",
            r"\.catch\(\s{0,4}(?:\(\)|\w{1,30}|\(\w{1,30}\))\s{0,4}=>\s{0,4}\{\s{0,4}\}",
        ),
        _WAITS: (
            r"\bsetTimeout\([^,]{0,200},\s{0,4}\d{4,9}",
            r"\bAtomics\.wait\(",
            r"\bwhile\s{0,4}\(\s{0,4}(?:true|1)\s{0,4}\)\s{0,4}(?:\{\s{0,4}\}|;)",
        ),
    },
    "go": {
        _SKIPS: (r"\.Skip(?:f|Now)?\(",),
        _SILENCES: (
            r"//\s{0,4}nolint",
            r"//lint:ignore",
            r"#nosec",
        ),
        _TELLS_TEST: (
            r"\btesting\.Testing\(",
            r"flag\.Lookup\(\s{0,4}[\"`]test\.",
            r"os\.Args\[0\].{0,80}test",
        ),
        _ASKS_CALLER: (
            r"\bruntime\.Callers?\(",
            r"\bdebug\.Stack\(",
        ),
        _ENDS: (
            r"\bos\.Exit\(\s{0,4}0\s{0,4}\)",
            r"\bsyscall\.Exit\(",
        ),
        _TEST_CODE: (
            r"^\s{0,40}(?:import\s{1,4})?(?:\w{1,20}\s{1,4})?\"(?:testing"
            r"|github\.com/stretchr/testify[^\"]{0,80})\"",
        ),
        _PATCHES: (
            r"//go:linkname\b",
            r"(?://go:build|// \+build)\s.{0,200}\b(?:ignore|test|testing|never)\b",
        ),
        _EQUAL: (r"\)\s{0,4}(?:Equal|Is)\(\w{1,40}\s{1,4}[\w.*\[\]]{1,60}\)\s{0,4}bool",),
        _SWALLOWS: (
            r"\b_\s{0,4}=\s{0,4}recover\(\)",
            r"^\s{0,80}recover\(\)",
            r"\{\s{0,4}recover\(\)",
        ),
        _WAITS: (
            r"\btime\.Sleep\(\s{0,4}(?:\d{1,9}\s{0,4}\*\s{0,4})?time\.(?:Second|Minute|Hour)",
            r"\bfor\s{0,4}\{\s{0,4}\}",
            r"\bselect\s{0,4}\{\s{0,4}\}",
        ),
    },
    "rust": {
        _SKIPS: (r"#\[ignore",),
        _SILENCES: (
            r"#!?\[(?:allow|expect)\(",
            r"#\[rustfmt::skip\]",
        ),
        _TELLS_TEST: (
            r"\bcfg!\(\s{0,4}(?:not\(\s{0,4})?test\b",
            r"#\[cfg\(\s{0,4}not\(\s{0,4}test\b",
            r"#\[cfg_attr\(\s{0,4}(?:not\()?test\b",
            r"\bRUST_TEST_",
            r"\bCARGO_\w{0,20}TEST",
            r"\bNEXTEST\b",
        ),
        _ENDS: (r"\bprocess::(?:exit\(\s{0,4}0|abort\()",),
        _PATCHES: (
            r"\bpanic::(?:set_hook|take_hook)\b",
            r"\bmacro_rules!\s{0,4}assert",
        ),
        _EQUAL: (
            r"\bimpl(?:<[^>]{0,80}>)?\s{1,4}Partial(?:Eq|Ord)\b",
            r"\bfn\s{1,4}(?:eq|ne)\(",
        ),
        _SWALLOWS: (r"\bcatch_unwind\b",),
        _WAITS: (
            r"\bsleep\(\s{0,4}(?:std::time::)?Duration::from_secs",
            r"\bloop\s{0,4}\{\s{0,4}\}",
        ),
    },
    "c": {
        _SKIPS: (r"\b(?:GTEST_SKIP|SKIP)\(",),
        _SILENCES: (
            r"#\s{0,4}pragma\s{1,4}(?:GCC|clang)\s{1,4}(?:diagnostic\s{1,4}ignored|system_header)",
            r"#\s{0,4}pragma\s{1,4}warning\s{0,4}\(",
            r"\bNOLINT",
            r"\bno_sanitize",
        ),
        _TELLS_TEST: (
            r"\bgetenv\(\s{0,4}\"[^\"]{0,80}TEST",
            r"#\s{0,4}(?:el)?ifn?(?:def)?\b.{0,80}\b(?:\w{0,40}_)?(?:TEST|TESTS|TESTING|UNITTEST)\b",
        ),
        _ENDS: (
            r"\b(?:_|_E|quick_)?[eE]xit\(\s{0,4}(?:0|EXIT_SUCCESS|false)\s{0,4}\)",
            r"\b(?:at|on_|at_quick_)exit\(",
            r"\bkill\(\s{0,4}getp",
        ),
        _PATCHES: (
            r"\(\s{0,4}(?:__)?(?:con|de)structor(?:__)?\b",
            r"#\s{0,4}(?:define|undef)\s{1,4}(?:NDEBUG|assert|main|exit|printf|strcmp|memcmp"
            r"|(?:ASSERT|EXPECT|CHECK|REQUIRE|TEST)\w{0,40})\b",
            r"^\s{0,40}(?:extern\s{1,4}\"C\"\s{1,4})?(?:int|void)\s{1,4}(?:v?f?printf|puts|_?exit"
            r"|abort|strn?cmp|memcmp|__assert_fail|__wrap_\w{1,40})\(",
            r"\bLD_PRELOAD\b",
        ),
        _EQUAL: (r"\boperator\s{0,4}[=!]=",),
        _SWALLOWS: (r"\bcatch\s{0,4}\(\s{0,4}\.\.\.\s{0,4}\)",),
        _WAITS: (
            r"\bu?sleep\(\s{0,4}\d",
            r"\b(?:nanosleep|pause|sleep_for|sleep_until)\(",
            r"\b(?:while\s{0,4}\(\s{0,4}(?:1|true)\s{0,4}\)|for\s{0,4}\(\s{0,4};\s{0,4};\s{0,4}\))"
            r"\s{0,4}(?:\{\s{0,4}\}|;)",
        ),
    },
    "other": {
        _SKIPS: (
            r"@(?:Disabled|Ignore)\b",
            r"\bAssume\.",
            r"\bmarkTestSkipped\(",
            r"^\s{0,40}(?:skip|pending)\b",
        ),
        _SILENCES: (
            r"@SuppressWarnings",
            r"rubocop:disable",
            r"@phpstan-ignore",
            r"#pragma\s{1,4}warning\s{1,4}disable",
            r"swiftlint:disable",
        ),
        _TELLS_TEST: (
            r"\bRails\.env\.test\?",
            r"RAILS_ENV.{0,20}test",
            r"APP_ENV.{0,20}test",
        ),
        _ENDS: (
            r"\bSystem\.exit\(\s{0,4}0",
            r"\bEnvironment\.Exit\(\s{0,4}0",
            r"^\s{0,40}exit\s{0,4}\(?0?\)?;?$",
        ),
        _EQUAL: (
            r"\bboolean\s{1,4}equals\(",
            r"\bdef\s{1,4}==\(",
        ),
        _SWALLOWS: (
            r"\bcatch\s{0,4}\([^)]{0,80}\)\s{0,4}\{\s{0,4}\}",
            r"\brescue\s{0,4}(?:=>\s{0,4}\w{1,20})?\s{0,4};?\s{0,4}nil",
        ),
        _WAITS: (
            r"\bThread\.sleep\(\s{0,4}\d{4,9}",
            r"\bsleep\s{0,4}\(?\d{1,9}",
        ),
    },
}
"""What a line may hold, by language and by what a person is told of it; "" is for all."""

_RULES = {
    language: tuple((regex("|".join(shapes)), words) for words, shapes in rows.items())
    for language, rows in _TABLE.items()
}

_BROAD = regex(
    r"^\s{0,80}except(?:\s{1,4}\(?\s{0,4}(?:builtins\.)?(?:Base)?Exception\b[^:]{0,80})?\s{0,4}:"
    r"\s{0,4}(?:#.*)?$"
)
_GIVES_UP = regex(r"^\s{0,80}(?:pass|\.\.\.|continue|return\b[^(]{0,80})\s{0,4}(?:#.*)?$")
_JS_CATCH = regex(r"\bcatch\s{0,4}(?:\([^)]{0,60}\)\s{0,4})?\{\s{0,4}(?://.*)?$")
_JS_GIVES_UP = regex(r"^\s{0,80}(?:\}|return\b[^(]{0,80};?)\s{0,4}(?://.*)?$")
_LOOP = regex(r"^\s{0,80}while\s{1,4}(?:True|1)\s{0,4}:\s{0,4}$")


def _of_block(language: str, added: Sequence[str], at: int) -> str:
    """Why a line together with the next added one is suspicious."""
    line = added[at][:MOST_LINE]
    following = next((one for one in added[at + 1 : at + 4] if one.strip()), "")[:MOST_LINE]
    if language == "python":
        if _BROAD.match(line) and _GIVES_UP.match(following):
            return _SWALLOWS
        if _LOOP.match(line) and _GIVES_UP.match(following) and "return" not in following:
            return _WAITS
    if language == "js" and _JS_CATCH.search(line) and _JS_GIVES_UP.match(following):
        return _SWALLOWS
    return ""


_LITERAL = regex(
    r"\"(?:[^\"\\\n]|\\.){0,200}\"|'(?:[^'\\\n]|\\.){0,200}'|`[^`\n]{0,200}`"
    r"|(?<![\w.])-?(?:0[xX][0-9a-fA-F]{1,16}|\d[\d_]{0,30}(?:\.\d{1,30})?(?:e-?\d{1,3})?)"
    r"(?:[iuf](?:8|16|32|64|128|size)|[uUlLn]{1,3})?(?![\w.])"
)
_SUFFIX = regex(r"(?:[iuf](?:8|16|32|64|128|size)|[uUlLn]{1,3})$")
_QUOTES = ("'", '"', "`")
_COMMENT = regex(r"^\s{0,200}(?:#|//|/?\*).*|(?:\s#|\s//)\s.*$")
_MOST_TEXT = 500_000
_COMMON = frozenset(
    {"0", "1", "-1", "2", "0.0", "1.0", "10", "100", "", "string", "number", "boolean", "object"}
    | {"function", "undefined", "utf-8", "utf8", "true", "false", "null", "None"}
)
_BRANCH = regex(
    r"\b(?:if|elif|case|when|switch|match|unless)\b|[=!]==?|\s\?\s|\bin\b|=>|^\s{0,80}[\"'\d(].{0,120}:\s"
)
_GIVEN = regex(
    r"^\s{0,80}(?:return\b|yield\b|=>|else\b|.{0,80}\b(?:return|then|else)\s)|=>|:\s{0,4}return\b"
    r"|^\s{0,80}(?:(?:Some|Ok|String::from)\(\s{0,4})?(?:-?\d[\w.]{0,30}|\"[^\"\n]{0,200}\")[\w.()]{0,30}\s{0,4}$"
)


def _plain(literal: str) -> str:
    """A literal as it is compared: without its quotes, or the type behind a number."""
    if literal[:1] in _QUOTES:
        return literal[1:-1]
    number = literal.replace("_", "")
    return number if number[:2] in ("0x", "0X") else _SUFFIX.sub("", number)


def _tells(literal: str) -> bool:
    """Whether a literal is rare enough to say that two lines speak of the same value."""
    plain = _plain(literal)
    return plain not in _COMMON and (literal[:1] not in _QUOTES or len(plain.strip()) > 1)


def _special_case(line: str, asserted: Collection[str]) -> str:
    line = _COMMENT.sub("", line)
    if not asserted or not (_BRANCH.search(line) or _GIVEN.search(line)):
        return ""
    for found in _LITERAL.finditer(line):
        if _tells(found[0]) and _plain(found[0]) in asserted:
            return f"{_LITERAL_OF_TEST}: {found[0][:40]}"
    return ""

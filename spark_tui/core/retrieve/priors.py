"""What sort of file a path names, and how much such a file is worth before anything is said."""

from __future__ import annotations

from spark_tui.core.regex import regex
from spark_tui.core.retrieve.listed import listed

_TEST_FOLDERS = listed(
    "test tests testing spec specs __tests__ e2e testdata fixtures fixture __mocks__ mocks"
    " integration_tests benches bench benchmark benchmarks"
)
_TEST_NAME = regex(
    r"(?:test|tests)_.*|.*_(?:test|tests|spec|bench)\.\w+|.*\.(?:test|spec|bench|e2e)\.\w+"
    r"|.*(?:[a-z0-9])(?:Test|Tests|TestCase|Spec|IT)\.\w+|conftest\.py|tests?\.\w+"
)
_DOC_FOLDERS = listed(
    "doc docs documentation website site example examples sample samples demo demos guide guides"
    " tutorial tutorials blog content www play playground"
)
_DOC_ENDINGS = listed("md mdx rst adoc txt markdown ipynb tex 1 man")
_DROPPED_FOLDERS = listed(
    "vendor vendored node_modules dist third_party thirdparty third-party .git bower_components"
    " __pycache__ .yarn __snapshots__ snapshots"
)
_DROPPED_NAME = regex(
    r".*\.min\.\w+|.*[.-]lock(?:\.\w+)?|.*\.lock(?:b|file)?|package-lock\.json|pnpm-lock\.yaml"
    r"|go\.sum|.*\.(?:map|snap|svg|po|pot|csv|tsv|ipynb)|.*\.generated\.\w+|.*_generated\.\w+"
    r"|.*\.pb\.go|.*_pb2(?:_grpc)?\.pyi?|.*\.g\.dart"
)
_CHANGES = regex(r"(?:changes|changelog|history|news|releases?|authors|contributors)(?:\.\w+)?")
_BARRELS = frozenset({"__init__.py", "index.js", "index.ts", "mod.rs", "lib.rs", "index.tsx"})
_SETTINGS = listed("json yaml yml toml ini cfg xml html css scss less sql")

_SAY_TEST = listed("test tests testing spec specs coverage fixture bench benchmark")
_SAY_DOC = listed(
    "doc docs readme documentation document changelog example examples typo guide tutorial"
)
_WORD = regex(r"[a-z]+")


def sort_of(path: str) -> str:
    """One of the keys of `PRIORS`."""
    folder, _, name = path.rpartition("/")
    folders = folder.lower().split("/")
    low = name.lower()
    if not _DROPPED_FOLDERS.isdisjoint(folders) or _DROPPED_NAME.fullmatch(low):
        return "dropped"
    if not _TEST_FOLDERS.isdisjoint(folders) or _TEST_NAME.fullmatch(name):
        return "test"
    if _CHANGES.fullmatch(low):
        return "changes"
    ending = low.rpartition(".")[2]
    if not _DOC_FOLDERS.isdisjoint(folders) or ending in _DOC_ENDINGS or low.startswith("readme"):
        return "docs"
    if low.endswith(".d.ts"):
        return "types"
    if name in _BARRELS:
        return "barrel"
    if ending in _SETTINGS or low.startswith(".") or "." not in low:
        return "settings"
    return "source"


PRIORS = {
    "source": 1.0,
    "test": 0.3,
    "docs": 0.3,
    "settings": 0.5,
    "barrel": 0.8,
    "types": 0.7,
    "changes": 0.1,
    "dropped": 0.0,
}


def priors(text: str) -> dict[str, float]:
    """How much each sort of file is worth to an instruction: tests count where it says so."""
    words = frozenset(_WORD.findall(text.lower()))
    out = dict(PRIORS)
    if words & _SAY_TEST:
        out["test"] = 1.0
    if words & _SAY_DOC:
        out["docs"] = 1.0
        out["changes"] = 0.5 if "changelog" in words else 0.1
    return out

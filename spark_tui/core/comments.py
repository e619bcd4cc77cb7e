"""Comments that ask for an edit: a comment line that ends in a marker (`AI!`). Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from spark_tui.core.dataclass import dataclass

# What begins a comment in any language that has it; elsewhere hardly a line looks so.
_LEADERS = (
    r"\#[\#|=!;:'\-\[]*",
    r"//+[/!|]?",
    r"\{?/\*+[*!]?",  # in a brace: the only comment there is between the tags of JSX
    r"--\[=*\[",
    r"--+(?:\s*[|^](?=\s))?",
    r"<!--+",
    r";+[|!]?",
    r"%+[\{\#]?",
    r"\*+>?",
    r"\{-[|\-]?",
    r"\{(?:\#-?|\*|%-?\#)",  # Jinja and Twig, Smarty
    r"\{\{(?:!(?:--)?|/\*)",  # Handlebars, templates of Go
    r"@\*",
    r"<%(?:--|!--|%--|\#)",  # JSP, ERB, EEx
    r"<\??\#",  # PowerShell, PHP templates
    r"\(\*+",
    r"\([;:]",  # WebAssembly, XQuery
    r"/\+",
    r"/-[\-!]?",  # Lean
    r"-[\#/]",  # Haml
    r"[.']\\\"",  # roff
    r"\|\|\|",  # Idris
    r"(?i:@?REM)\b",
    r"dnl\b",
    r"NB\.",
    r"⍝",
    r"@c(?:omment)?\b",  # Texinfo
    r"\$!",
    r"\\\*",
    r"BTW\b",
)
_CLOSERS = (
    r"\*/\}{0,2}",
    r"--+>",
    r"-?-?%>",
    r"-+\}",
    r"\*\)",
    r"-?[\#*%]\}",
    r"(?:--)?\}\}",
    r"[*+\-]@?/?",
    r"\*@",
    r"\#>",
    r"\]=*\]",
    r"\]\#",
    r"[|=]\#",
    r"[;:]\)",
    r"\?>",
    r"\|;",
    r"%\}",
)

# Characters that begin a comment in these files only: elsewhere they begin strings or operators.
_BY_SUFFIX: dict[str, frozenset[str]] = {
    leader: frozenset(suffixes.split())
    for leader, suffixes in {
        r'"+': "vim vimrc exrc gvimrc nvimrc abap st ns2 self",
        r"'+": "vb vbs bas bi bmx brs bb decls monkey aspx asp xojo frm cls rvt qvs",
        r"!+": "f f77 f90 f95 f03 f08 for ftn inf factor ncl xdefaults xresources mac ans i i3 m3",
        r"\\": "frt fs fth 4th forth",
        r"[Cc]": "f f77 for ftn",
        r"::": "bat cmd",
        r"\.\.": "rst rest",
        r"\{": "pas pp dpr inc kn",
        r"/": "slim haml k q",
    }.items()
}
_CLOSED_BY_SUFFIX = {r'"+': r'"', r"\{": r"\}"}


LONGEST = 2_000
"""Longer lines are no comments that a person wrote."""


@dataclass(frozen=True, slots=True)
class CommentRequest:
    """A comment that asks for an edit, at a 1-based `line`; `text` is what it says.

    `raw` is the comment from its text on, marker included, as it stands in the file.
    """

    path: str
    line: int
    text: str
    raw: str


def requests(path: str, lines: Sequence[str], marker: str) -> tuple[CommentRequest, ...]:
    """The comments of a file that ask for an edit, top to bottom; none without a marker."""
    if not marker:
        return ()
    pattern = _pattern(path.rpartition("/")[2].rpartition(".")[2].lower(), marker)
    out = []
    for number, line in enumerate(lines, 1):
        if marker not in line or len(line) > LONGEST:
            continue
        found = pattern.search(line)
        if found is not None:
            out.append(CommentRequest(path, number, found["text"], found["raw"]))
    return tuple(out)


@lru_cache(maxsize=64)
def _pattern(suffix: str, marker: str) -> re.Pattern[str]:
    """What a comment that asks looks like in files whose name ends so."""
    own = [leader for leader, suffixes in _BY_SUFFIX.items() if suffix in suffixes]
    begins = "|".join((*_LEADERS, *own))
    ends = "|".join((*_CLOSERS, *(_CLOSED_BY_SUFFIX.get(leader, r"(?!)") for leader in own)))
    asks = rf"(?P<raw>(?P<text>\S.*?)\s*{re.escape(marker)})"
    return re.compile(rf"(?:^|\s)(?:{begins})\s*{asks}\s*(?:{ends})?\s*$")


def fresh(
    before: Sequence[CommentRequest], after: Sequence[CommentRequest]
) -> tuple[CommentRequest, ...]:
    """Those of `after` that `before` has not, wherever they stand: a moved one is not new."""
    known = Counter(request.raw for request in before)
    out = []
    for request in after:
        if known[request.raw]:
            known[request.raw] -= 1
        else:
            out.append(request)
    return tuple(out)

"""The words of an instruction and of code, as they are compared: one tokeniser for both.

An identifier counts whole and by its parts: `parseHTTPResponse` is `parsehttpresponse`, `pars`,
`http`, `respons`. Words are stemmed lightly, so that "parsing" finds `parse`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex
from spark_tui.core.retrieve.listed import listed
from spark_tui.core.retrieve.secrets import key_shaped, random_run

LONGEST = 40
"""Characters of the longest word that is indexed: what is longer is data."""

MOST = 24
"""Terms of an instruction that are looked up."""

_WORD = regex(r"[^\W_]+(?:_+[^\W_]+)*", re.UNICODE)
_PARTS = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IDEOGRAPHS = regex("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_ENDLESS = regex(r"(\S{200})\S+")
"""What no word is: looking for paths in it would take a time that grows with its square."""

_RANDOM = regex(r"[A-Za-z0-9+/_=-]{20,}")

_CODE_SPAN = regex(r"`([^`\n]{1,200})`")
_FENCE = regex(r"^ {0,3}(```|~~~)")
_PATH_LIKE = regex(r"(?:[\w.+-]+/)+[\w.+-]+|\b[\w-]+\.[A-Za-z]{1,5}\b")
_DOTTED = regex(r"[A-Za-z_]\w*(?:(?:\.|::|->|#)[A-Za-z_]\w*)+(?:\(\))?")
_CALLED = regex(r"[A-Za-z_]\w*(?=\()")
_NAMED = regex(
    r"(?<![\w@./\\-])(`?)([A-Za-z_]\w{0,80}(?:(?:\.|::|#)[A-Za-z_]\w{0,80}){0,4})(?![\w/\\-])(\(|`?)"
)
_COMPOUND = regex(r"[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]|^_|[A-Z]{2}[a-z]")

STOP = listed("""
a about above across add added adding adds after again all allow allowed allows along already also
always an and another any are as at avoid away back be because been before being below better
between both but by can cannot change changed changes changing code correct correctly could did do
does doesn doing don done down dont during each either else enable ensure etc even every example
few fix fixed fixes fixing follow following for from further get gets getting give given gives go
goes going good got had handle handled handles handling happen happens has have having he her here
his how however i if implement implemented implements improve improved improves in instead into is
isn issue it its itself just keep know less let lets like likely look looks make makes making may
me might more most much must my need needed needs never new no non nor not now of off ok on once
one only onto or other otherwise our out over own per please possible problem properly rather
really refactor related remove removed removes removing rename replace result right same see seem
seems set sets should show shows simple simply since so some something still such support supported
supports sure take than that the their them then there these they thing things this those though
through thus to together too two under unless until up update updated updates us use used useful
user uses using very via want wants was way we well were what when where whether which while who
why will with within without won work working works would wrong yet you your
""")
"""Words of instructions that tell nothing of where. Kept only where nothing else is said."""

WEAK = listed("""
add added adds allow allows change changes code correct enable ensure example fix fixes get handle
handles implement improve keep make more new refactor remove removes rename replace result set
show simple support supports update updates use user uses using work wrong
""")
"""Stop words that may still name code (`remove`, `update`); they count a little."""


_SAME = """
arg argument args parameter param params | attr attribute | auth authentication authenticate
authorization | addr address | btn button | cfg config configuration configure conf settings |
char character | cmd command | col column | conn connection connect | ctx context | cur current |
db database | del delete | desc description | dir directory folder | dst dest destination |
doc documentation | elem element | env environment | err error exception | eval evaluate |
exec execute | expr expression | ext extension | fmt format | fn func function | gen generate |
id identifier | idx index | img image | impl implementation | info information | init initialize |
int integer | iter iterator | lang language | len length | lib library | max maximum |
min minimum | mod module | msg message | num number | obj object | op operator operation |
opt option | pkg package | pos position | prev previous | proc process | prop property |
ptr pointer | pwd password | rand random | recv receive | ref reference | regex regexp |
repo repository | req request | resp response | seq sequence | sep separator | spec specification |
src source | stmt statement | str string | sync synchronize | sys system | tmp temp temporary |
tok token | util utility helper | val value | var variable | ver version | win window |
async asynchronous | cert certificate | kwarg keyword | char character | ws whitespace |
color colour | cancel abort | quit exit | print output | log logging logger | retry retries |
"""
"""Words that programmers write long in instructions and short in code."""

RELATED = 0.35
"""What a word of `_SAME` counts that was not said itself."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word to look up. `kind` is "code", "identifier", "path", "word", "joined" or "related".

    A joined one is made of neighbouring words ("dry run" may be `dry_run`), a related one is
    another way to write a word.

    `whole` is set where an identifier was written out, and not for its parts.
    """

    text: str
    weight: float
    kind: str = "word"
    whole: bool = False


def stem(word: str) -> str:
    """The word without the endings of plural, participle and noun; lower case is expected."""
    size = len(word)
    if size < 4 or not word.isascii() or word.endswith("ss"):
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and size - len(ending) >= 3:
            word = word[: size - len(ending)] + instead
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdgmnprt":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word


_ENDINGS = (
    ("izations", "iz"),
    ("ization", "iz"),
    ("isation", "iz"),
    ("ations", "at"),
    ("ation", "at"),
    ("itions", "it"),
    ("ition", "it"),
    ("ctions", "ct"),
    ("ction", "ct"),
    ("ssions", "ss"),
    ("ssion", "ss"),
    ("ators", "at"),
    ("ator", "at"),
    ("ating", "at"),
    ("ated", "at"),
    ("ates", "at"),
    ("ments", ""),
    ("ment", ""),
    ("izers", "iz"),
    ("izer", "iz"),
    ("izing", "iz"),
    ("ising", "iz"),
    ("ized", "iz"),
    ("ised", "iz"),
    ("ings", ""),
    ("ing", ""),
    ("ies", "y"),
    ("ied", "y"),
    ("ers", ""),
    ("er", ""),
    ("ors", "or"),
    ("ed", ""),
    ("sses", "ss"),
    ("es", ""),
    ("s", ""),
    ("ly", ""),
)


@lru_cache(maxsize=65_536)
def split_word(word: str) -> tuple[str, ...]:
    """What one word of code counts as: itself when it is compound, and its stemmed parts."""
    if len(word) > LONGEST or key_shaped(word):
        return ()
    if not word.isascii():
        found = [
            run[i : i + 2] for run in _IDEOGRAPHS.findall(word) for i in range(max(1, len(run) - 1))
        ]
        rest = _IDEOGRAPHS.sub(" ", word).casefold().replace("_", " ").split()
        return (*found, *(stem(part) for part in rest if len(part) > 1))
    parts = _PARTS.findall(word)
    if len(parts) <= 1:
        low = word.strip("_").lower()
        return (stem(low),) if len(low) > 1 else ()
    whole = word.replace("_", "").lower()
    out = {whole: None} if len(whole) > 2 else {}
    for part in parts:
        if len(part) > 1:
            out[stem(part.lower())] = None
    return tuple(out)


def body_terms(text: str) -> Counter[str]:
    """How often each term stands in a piece of code."""
    words = Counter(_WORD.findall(_without_keys(text)))
    out: Counter[str] = Counter()
    for word, count in words.items():
        for term in split_word(word):
            if term in out:
                out[term] += count
            else:
                out[term] = count
    return out


@lru_cache(maxsize=8_192)
def name_terms(name: str) -> tuple[str, ...]:
    """The terms of a symbol's or a path's name, each once, in order."""
    out: dict[str, None] = {}
    for word in _WORD.findall(name):
        out.update(dict.fromkeys(split_word(word)))
    return tuple(out)


def _without_keys(text: str) -> str:
    """The text without runs that are drawn at random, of which parts would look like words."""
    return _RANDOM.sub(lambda run: " " if random_run(run[0]) else run[0], text)


def query_terms(text: str) -> tuple[Term, ...]:
    """What to look up for an instruction, the weightiest first.

    Where only stop words are said, they are looked up.
    """
    weights: dict[str, Term] = {}
    times: Counter[str] = Counter()

    def add(word: str, weight: float, kind: str) -> None:
        compound = bool(_COMPOUND.search(word))
        terms = split_word(word)
        for at, term in enumerate(terms):
            whole = at == 0 and (compound or kind in {"code", "identifier"})
            low = word.lower()
            least = weight
            if kind == "word" and not compound and low in STOP:
                if low not in WEAK:
                    continue
                least = 0.2
            times[term] += 1
            old = weights.get(term)
            if old is None or old.weight < least or (whole and not old.whole):
                weights[term] = Term(term, max(least, old.weight if old else 0.0), kind, whole)

    plain = _without_keys(_ENDLESS.sub(r"\1 ", text))
    for kind, weight, words in _marked(plain):
        for word in words:
            add(word, weight, kind)
    for word in _WORD.findall(plain):
        add(word, 2.0 if _COMPOUND.search(word) else 1.0, "word")
    if not any(term.weight >= 1.0 for term in weights.values()):
        for word in _WORD.findall(plain):
            for term in split_word(word):
                weights.setdefault(term, Term(term, 0.5))
    _add_joined(plain, weights)
    for one in tuple(weights.values()):
        if one.kind != "joined":
            for other in _related().get(one.text, ()):
                weights.setdefault(other, Term(other, RELATED * one.weight, "related"))
    ranked = sorted(weights.values(), key=lambda t: -t.weight * (1 + 0.2 * min(4, times[t.text])))
    return tuple(ranked)


def said_names(text: str) -> dict[str, bool]:
    """The words of a text that may be names of symbols, with dots between their parts.

    True where the form says that it is one: in backticks, called, or of several parts. A plain word
    that tells nothing of where is none, unless it has a capital within a sentence.
    """
    out: dict[str, bool] = {}
    text = text[:MOST_NAMING]
    for found in _NAMED.finditer(text):
        before, said, after = found.groups()
        name = said.replace("::", ".").replace("#", ".")
        marked = after == "(" or before == after == "`" or bool(_COMPOUND.search(name))
        capital = (
            name[0].isupper()
            and text[max(0, found.start() - 4) : found.start()].rstrip(" ")[-1:].isalnum()
        )
        if marked or (len(name) > 2 and (capital or name.lower() not in STOP)):
            out[name] = marked or out.get(name, False)
    return out


MOST_NAMING = 4_000
"""Characters in which names are looked for: what comes behind is pasted."""


def _add_joined(text: str, weights: dict[str, Term]) -> None:
    """Neighbouring words as the one identifier they may be: "dry run" is `dry_run`."""
    words = [(found.start(), found.end(), found[0]) for found in _WORD.finditer(text[:4_000])]
    for at, (_, end, word) in enumerate(words[:120]):
        joined, before = word.lower(), end
        for start, stop, more in words[at + 1 : at + 3]:
            free = word.lower() not in STOP and more.lower() not in STOP - WEAK
            if not free or text[before:start] not in {" ", "-"}:
                break
            joined, before = joined + more.lower(), stop
            name = joined.replace("_", "")
            if 5 < len(name) <= LONGEST and not key_shaped(name):
                weights.setdefault(name, Term(name, 1.0, "joined", whole=True))


@lru_cache(maxsize=1)
def _related() -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for group in _SAME.split("|"):
        terms = tuple(dict.fromkeys(stem(word) for word in group.split()))
        for one in terms:
            out[one] = tuple(other for other in terms if other != one)
    return out


def _marked(text: str) -> Iterable[tuple[str, float, list[str]]]:
    """Words whose form says that they are names: kind, weight and the words."""
    for span in _CODE_SPAN.findall(text):
        yield "code", 3.0, _WORD.findall(span)
    for dotted in _DOTTED.findall(text):
        yield "identifier", 2.0, _WORD.findall(dotted)
    yield "identifier", 2.0, _CALLED.findall(text)
    for path in _PATH_LIKE.findall(text):
        yield "path", 2.0, _WORD.findall(path)

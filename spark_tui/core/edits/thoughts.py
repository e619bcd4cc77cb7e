"""Thoughts in the text of an answer: told apart from it while it streams, in any chunking.

Servers without a reasoning parser leave what a model thinks in its text, between marks such as
`<think>` and `</think>`, and what is drafted there must never become an edit. Where a template has
opened the thought already, only its end is in the text: all before it was thought, too. Marks
inside a block, a patch or a fence belong to the file, so the parser of the answer is asked.
"""

from __future__ import annotations

import re
from functools import cache

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.edits.model import EditEvent
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.regex import regex

_NAMES = (
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "reflection",
    "scratchpad",
    "antthinking",
    "inner_thoughts",
    "inner_monologue",
    "seed:think",
    "mm:think",
    "longcat_think",
)
"""Tags whose content is thought, wherever they stand in prose."""

_FIRST_NAMES = ("analysis", "thought_process", "reason")
"""Tags that are so only where an answer begins with them."""

_PAIRS = {
    "[think]": "[/think]",
    "[thinking]": "[/thinking]",
    "[reasoning]": "[/reasoning]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|think|>": "<|/think|>",
    "<unused94>": "<unused95>",
    "<|channel>": "<channel|>",
}
"""Marks that are no tags, in lower case."""

_ANSWER = "[begin final response]"
"""Ends every thought, also one that has no mark at its beginning."""

_WRAPPERS = (
    "<|begin_of_solution|>",
    "<|end_of_solution|>",
    "<|start_response|>",
    "<|end_response|>",
    "[end final response]",
    "<|constrain|>",
    "<|message|>",
)
"""Marks round the answer proper: nothing of it."""

_HEADS = ("<|start|>", "<|channel|>")
_MESSAGE = "<|message|>"
_ENDS = ("<|end|>", "<|return|>", "<|call|>")
"""Harmony's: what begins the head of a message, its text, and what ends it."""

_PATCH_TOOL = "apply_patch"

_SPOKEN = regex(r"analysis(?=(?:We|The|User|I|Let|They|Need|So|Okay|This|It|Just)\b)", re.ASCII)
_SPOKEN_SIZE = len("analysisOkay ")
_SPOKEN_END = "assistantfinal"
"""Harmony whose marks were left out: what an answer then begins with, and what ends the thought."""

_OPENS = {f"<{name}>": f"</{name}>" for name in (*_NAMES, *_FIRST_NAMES)} | _PAIRS
_CLOSES = frozenset({*_OPENS.values(), _ANSWER} - {f"</{name}>" for name in _FIRST_NAMES})
_MARKS = (*_OPENS, *_CLOSES, *_WRAPPERS, *_HEADS, *_ENDS)
_LONGEST = max(map(len, _MARKS))
_LONGEST_TAG = 80
_LONGEST_LINE = 2_000
_TAGS = "|".join(map(re.escape, (*_NAMES, *_FIRST_NAMES)))
_WITH_WORDS = rf"<(?:{_TAGS})\s[^<>\n]{{0,{_LONGEST_TAG}}}"
_MARK = regex("|".join([*map(re.escape, _MARKS), _WITH_WORDS + r"(?<!/)>"]), re.IGNORECASE)
_OPEN_TAG = regex(_WITH_WORDS + "$", re.IGNORECASE)
_SECOND = re.escape("".join(sorted({mark[1] for mark in _MARKS})))
_FIRST = regex(r"[<\[◁]")
_FIRST_TWO = regex(rf"[<\[◁](?=[{_SECOND}])", re.IGNORECASE)
_BEGINS = regex(r"[<\[◁a]", re.IGNORECASE)
_BLANK = regex(r"\s*")
_NO_SPACE = regex(r"\S")
_NO_BLANK = regex(r"[^ \t]")
_FENCE = regex(r"[ \t]*(?:```|~~~)")
_QUOTES = tuple("`'\"“‘«")

UNSURE = "it is unclear where the thinking ends"


@dataclass(slots=True)
class Fed:
    """What a piece of an answer came to.

    `pieces` are its texts in order, each with whether it is thought. `taken_back` says that all
    the text fed before was thought as well.
    """

    edits: list[EditEvent] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    taken_back: bool = False
    _turned: int = 0

    def take_back(self) -> None:
        """All the texts so far were thought."""
        for n in range(self._turned, len(self.pieces)):
            self.pieces[n] = (self.pieces[n][0], True)
        self._turned = len(self.pieces)
        self.taken_back = True

    def add(self, text: str, *, thought: bool) -> None:
        """One more text."""
        if text:
            self.pieces.append((text, thought))


class Thoughts:
    """Reads the text of an answer into a stream of edits, its thoughts aside.

    `seen`: there were some; `unopened`: one of them had no mark at its beginning.
    """

    def __init__(self, stream: EditStream) -> None:
        self.stream = stream
        self.seen = self.unopened = False
        self._held = ""
        self._line = ""
        self._closing = ""
        self._head: str | None = None
        self._after = False
        self._begun = False
        self._tool = False
        self._harmony = False
        self._fences = 0
        self._doubt = ""
        self._plain = False

    @property
    def held(self) -> str:
        """What may be the beginning of a mark, and is in no piece yet."""
        return self._held

    @property
    def thinking(self) -> bool:
        """Whether what comes next is thought, as far as is known."""
        return bool(self._closing) or self._head is not None

    def feed(self, text: str) -> Fed:
        """Take more of the text."""
        if self._plain and not self._held and not _FIRST.search(text):
            self._move_on(text)
            return Fed(self.stream.feed(text), [(text, False)] if text else [])
        fed = Fed()
        text, self._held = self._held + text, ""
        at = 0
        while at < len(text):
            if self._head is not None:
                at = self._in_head(text, at, fed)
            elif self._closing:
                at = self._in_thought(text, at, fed)
            else:
                at = self._in_answer(text, at, fed)
        self._plain = self._begun and not (self._after or self.thinking)
        return fed

    def tool(self, text: str) -> Fed:
        """Take more of a tool's input: it is no thought, and ends one."""
        fed = self._flush()
        self._closing, self._head = "", None
        self._begun = self._tool = True
        fed.add(text, thought=False)
        fed.edits += self.stream.feed(text)
        return fed

    def finish(self, complete: bool, *, certain: bool = True) -> Fed:
        """The answer is over (see `EditStream.finish`). A thought that is still open was one."""
        fed = self._flush()
        fed.edits += self.stream.finish(complete, certain=certain)
        return fed

    def _flush(self) -> Fed:
        fed = Fed()
        text, self._held = self._held, ""
        if self.thinking or (self._harmony and text.lower().startswith(_ENDS)):
            fed.add(text, thought=True)
        elif _MARK.fullmatch(text):
            fed.add(text, thought=True)
            self._turn(text.lower(), fed)
        else:
            self._say(text, fed)
        return fed

    # ------------------------------------------------------------- the answer

    def _in_answer(self, text: str, at: int, fed: Fed) -> int:
        """Read answer from `at` on, up to the next mark; where to go on."""
        if self._after:
            end = self._blank(text, at, fed)
            if end != at:
                return end
        if not self._begun and (end := self._beginning(text, at, fed)):
            return end
        mark = _next_mark(text, at)
        end = mark.start() if mark else len(text) - _unfinished(text, at, _MARKS)
        self._say(text[at:end], fed)
        if mark is None:
            self._held = text[end:]
            return len(text)
        name = mark.group().lower()
        if name in _ENDS and self._harmony and self._is_file(name):
            return self._end_of_message(text, mark, fed)
        if self._is_file(name) or self._is_mention(name, text, mark):
            if name == self._doubt:
                fed.edits += self.stream.doubt(UNSURE)
            self._say(mark.group(), fed)
        elif self._held:
            return len(text)
        else:
            fed.add(mark.group(), thought=True)
            self._turn(name, fed)
        return mark.end()

    def _blank(self, text: str, at: int, fed: Fed) -> int:
        """Blanks between a thought and the answer belong to neither."""
        found = _BLANK.match(text, at)
        end = found.end() if found else at
        fed.add(text[at:end], thought=True)
        self.stream.skip(text.count("\n", at, end))
        self._after = end == len(text)
        return end

    def _beginning(self, text: str, at: int, fed: Fed) -> int:
        """Read blanks before the answer, or what is left there of Harmony's marks; where to go on.

        0 where there is neither.
        """
        blanks = _BLANK.match(text, at)
        if blanks and blanks.end() > at:
            self._say(blanks.group(), fed)
            return blanks.end()
        found = _SPOKEN.match(text, at)
        if found:
            self.seen = True
            self._closing = _SPOKEN_END
            fed.add(found.group(), thought=True)
            return found.end()
        rest = text[at : at + _SPOKEN_SIZE]
        word = "analysis"
        if len(rest) < _SPOKEN_SIZE and (word.startswith(rest) or rest.startswith(word)):
            self._held = text[at:]
            return len(text)
        return 0

    def _say(self, text: str, fed: Fed) -> None:
        if not text:
            return
        self._begun = self._begun or not text.isspace()
        self._move_on(text)
        fed.add(text, thought=False)
        fed.edits += self.stream.feed(text)

    def _move_on(self, text: str) -> None:
        """Keep the line so far: its first character and its newest ones are all that matters."""
        end = text.rfind("\n")
        self._line = text[end + 1 :] if end >= 0 else self._line + text
        if len(self._line) > _LONGEST_LINE:
            self._line = self._line[:1] + self._line[-_LONGEST_LINE // 2 :]

    def _is_file(self, name: str) -> bool:
        """Whether a mark is content of the file that is being edited, or of an illustration.

        The end of a thought on a line of its own is one in an illustration as well: a draft may
        have been left without its closing fence.
        """
        if self.stream.holds(self._line):
            return True
        return self.stream.fenced and not (name in _CLOSES and not self._line.strip())

    def _is_mention(self, name: str, text: str, mark: re.Match[str]) -> bool:
        """Whether a sentence only speaks of the mark. `_held` where that can't be told yet."""
        if self._line.endswith(_QUOTES) or self._line.count("`") % 2:
            return True
        if name in _CLOSES or name not in _OPENS:
            return False
        if name[1:-1] in _FIRST_NAMES and self._begun:
            return True
        if not self._line.rstrip()[-1:].isalnum():
            return False
        following = _NO_BLANK.search(text, mark.end())
        if following is None:
            self._held = text[mark.start() :]
            return False
        return following[0].isalnum() or following[0] in ",.;:)"

    def _turn(self, name: str, fed: Fed) -> None:
        """A mark in the answer: a thought begins, or all so far was one, or nothing of either."""
        self.seen = True
        if name in _CLOSES:
            self.unopened = True
            if self._begun and not self._tool:
                self._take_back(fed)
            self._after = True
        elif name in _HEADS or name in _ENDS:
            self._harmony = True
            self._break(fed)
            self._head = name if name in _HEADS else None
            self._after = self._head is None
        elif name not in _WRAPPERS:
            self._break(fed)
            self._closing = _OPENS.get(name) or _OPENS[f"{name.split(maxsplit=1)[0]}>"]
            self._fences, self._line = 0, ""

    def _take_back(self, fed: Fed) -> None:
        """Everything so far was thought."""
        self.stream = self.stream.anew()
        fed.edits = self.stream.feed("")
        fed.take_back()
        self._begun = False
        self._line = ""

    def _break(self, fed: Fed) -> None:
        """What follows a thought in the middle of a line stands on a line of its own."""
        if self._line.strip():
            self._say("\n", fed)
            self.stream.skip(-1)

    # ------------------------------------------------------------- a thought

    def _in_thought(self, text: str, at: int, fed: Fed) -> int:
        """Read thought from `at` on, up to its end; where to go on."""
        harmony = self._closing in _ENDS
        marks = (*_ENDS, *_HEADS) if harmony else (self._closing, _ANSWER)
        found = _any_of(marks).search(text, at)
        if found is None:
            end = len(text) - _unfinished(text, at, marks)
            self._think(text[at:end], fed)
            self._held = text[end:]
            return len(text)
        end, name = found.start(), found[0].lower()
        self._think(text[at:end], fed)
        self._doubt = self._closing if self._in_draft() else ""
        fed.add(found[0], thought=True)
        self._closing = ""
        self._line = ""
        self._head = name if name in _HEADS else None
        self._after = self._head is None
        return end + len(name)

    def _think(self, text: str, fed: Fed) -> None:
        fed.add(text, thought=True)
        self.stream.skip(text.count("\n"))
        *lines, self._line = (self._line + text).split("\n")
        self._line = self._line[:_LONGEST_TAG]
        self._fences += sum(_FENCE.match(line) is not None for line in lines)

    def _in_draft(self) -> bool:
        """Whether the end of a thought stands where a draft in it may have quoted the mark."""
        return bool(self._fences % 2) or self._line.startswith(("+", "-", " "))

    # ------------------------------------------------------------- Harmony

    def _in_head(self, text: str, at: int, fed: Fed) -> int:
        """Read the head of a message: its channel says what it is."""
        found = _any_of((_MESSAGE,)).search(text, at)
        if found is None:
            end = len(text) - _unfinished(text, at, (_MESSAGE,))
            self._head = f"{self._head}{text[at:end]}"[-1000:]
            fed.add(text[at:end], thought=True)
            self._held = text[end:]
            return len(text)
        end = found.start()
        head = f"{self._head}{text[at:end]}".lower()
        fed.add(text[at : end + len(_MESSAGE)], thought=True)
        channel = head.rpartition("<|channel|>")[2].strip() if "<|channel|>" in head else ""
        meant = re.split(r"[\s<]", channel)[0] in ("", "final") or _PATCH_TOOL in channel
        self._head = None
        self._closing = "" if meant else _ENDS[0]
        self._fences = 0
        self._after = meant
        return end + len(_MESSAGE)

    def _end_of_message(self, text: str, mark: re.Match[str], fed: Fed) -> int:
        """An end mark inside a block is the message's if another one follows, or nothing."""
        begins = _NO_SPACE.search(text, mark.end())
        rest = text[begins.start() : begins.start() + _LONGEST].lower() if begins else ""
        if any(name.startswith(rest) for name in _HEADS):
            self._held = text[mark.start() :]
            return len(text)
        if rest.startswith(_HEADS):
            fed.add(mark.group(), thought=True)
            self._break(fed)
            self._after = True
        else:
            self._say(mark.group(), fed)
        return mark.end()


def without_thoughts(text: str) -> str:
    """A whole text as its answer alone."""
    thoughts = Thoughts(EditStream())
    out: list[str] = []
    for fed in (thoughts.feed(text), thoughts.finish(complete=True)):
        if fed.taken_back:
            out.clear()
        out += [piece for piece, thought in fed.pieces if not thought]
    return "".join(out)


@cache
def _any_of(marks: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the first of the marks, in any case of its letters."""
    return re.compile("|".join(map(re.escape, marks)), re.IGNORECASE | re.ASCII)


def _next_mark(text: str, at: int) -> re.Match[str] | None:
    for first in _FIRST_TWO.finditer(text, at):
        mark = _MARK.match(text, first.start())
        if mark:
            return mark
    return None


def _unfinished(text: str, at: int, marks: tuple[str, ...]) -> int:
    """How many characters at the end may be the beginning of one of the marks."""
    start = max(at, len(text) - _LONGEST - _LONGEST_TAG)
    if _BEGINS.search(text, start) is None:
        return 0
    tail = text[start:].lower()
    for found in _BEGINS.finditer(tail, max(0, len(tail) - _LONGEST)):
        end = tail[found.start() :]
        if any(name.startswith(end) for name in marks):
            return len(end)
    tag = _OPEN_TAG.search(tail) if marks is _MARKS else None
    return len(tail) - tag.start() if tag else 0

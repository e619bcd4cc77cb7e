"""From an instruction and excerpts to a `ModelRequest`: stable prefix first, instruction last.

Model families get the edit format they were trained on (facts: V4A for OpenAI's GPT-5 and Codex
families, SEARCH/REPLACE for the others). The files come between the format's rules, which never
change and so stay in the provider's prompt cache, and the instruction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.core import looks
from spark_tui.core.context import Excerpt, LineRange
from spark_tui.core.dataclass import replace
from spark_tui.core.edits.fences import LONGEST_MARK
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.endpoint.wire import ChatMessage, ModelRequest
from spark_tui.core.regex import regex
from spark_tui.core.tokens import estimate, weight

MIN_OUTPUT_TOKENS = 16_384
"""Room for an answer where little was sent: a new module has its length from the instruction."""

MAX_OUTPUT_TOKENS = 32_000

_ROLE = (
    "You edit source files for a programmer who reviews every hunk. Do exactly what the "
    "instruction says and nothing else: the smallest edit that does it, in the style of the code "
    "around it. Start with at most one short sentence, then the edit, then stop. Never leave code "
    "out with a placeholder. Edit only files you were shown, or create new ones. If no edit is "
    "needed or something essential is missing, answer with one or two sentences instead.\n"
)

_V4A = """
Write the edit as one patch in this format: with the apply_patch tool where you have it, else as
plain text outside any code fence.

*** Begin Patch
*** Update File: path/as/given.py
@@ def nearest_enclosing_definition():
 up to three unchanged lines
-a line to remove, exactly as it stands in the file
+a line to put in its place
 up to three unchanged lines
*** End Patch

`*** Add File: path` is followed by the whole new file, each line behind a `+`.
`*** Delete File: path` stands alone. `*** Move to: path` right after an Update header renames.
Every line of a hunk begins with a space, `-` or `+`. Keep indentation and tabs exactly. Give
enough unchanged lines to make the place unique; add an `@@` line where they are not. Hunks come
in file order.
"""

_SEARCH_REPLACE = """
Write every change as a block of this form, the file's path alone on the line above the fence:

path/as/given.py
```
<<<<<<< SEARCH
the lines to change, exactly as they stand in the file, with a few unchanged lines around them
=======
the same lines after the change
>>>>>>> REPLACE
```

The SEARCH part must occur exactly once in the file: whole lines, exact indentation. Several small
blocks are better than one large one. An empty SEARCH part creates the file.

Example. For a file `greet.py` with

def hello(name):
    return "hello " + name

and the instruction "say goodbye instead", the answer is

greet.py
```
<<<<<<< SEARCH
    return "hello " + name
=======
    return "goodbye " + name
>>>>>>> REPLACE
```
"""

_SPAN = """
You are shown a file and, again, the lines of it to rewrite. Answer with one code fence that holds
what shall stand in their place, with their indentation, and nothing outside of it. Change nothing
else: lines around them can't be edited. If that is not enough for the instruction, say so in one
sentence without a fence.
"""

_MARK = "\nInstruction:\n"
_FENCE = regex(r"^[ \t]*(`{3,})", re.MULTILINE)
_MARK_LINE = regex(r"^[ \t]*(={5,}(?=[ \t]*\r?$)|<{5,}(?= )|>{5,}(?= ))", re.MULTILINE)

SPAN_LINES = 80
"""Up to so many selected lines are rewritten as a whole: shorter and surer than a patch."""

_OPENAI_FAMILY = regex(r"(^|/)(gpt-[5-9]|gpt-4\.1|codex|o[34]\b)|codex|^simulated", re.IGNORECASE)


def edit_format_for(model: str, base_url: str = "") -> EditFormat:
    """The format this model writes best; unknown models get SEARCH/REPLACE."""
    if _OPENAI_FAMILY.search(model) or "api.openai.com" in base_url:
        return EditFormat.V4A
    return EditFormat.SEARCH_REPLACE


def request(
    instruction: str,
    excerpts: Sequence[Excerpt],
    *,
    edit_format: EditFormat,
    listing: Sequence[str] = (),
    only: LineRange | None = None,
    earlier: Sequence[ChatMessage] = (),
    cache_key: str = "",
) -> ModelRequest:
    """The request for one turn.

    `listing` are paths to name when no file could be sent; `only` are the lines to change, where
    they were selected; `earlier` are messages of the turn this one refines. `max_output_tokens`
    grows with what was sent, within bounds: it only guards against run-away answers.
    """
    rules = _V4A if edit_format is EditFormat.V4A else _SEARCH_REPLACE
    body = "\n".join(block(e) for e in excerpts)
    if listing and all(e.about for e in excerpts):
        body += "\nRepository files:\n" + "\n".join(listing) + "\n"
    if only is not None:
        body += f"\nChange only lines {only.first}-{only.last} of {only.path}.\n"
    if edit_format is not EditFormat.V4A:
        body += _longer_marks([e.text for e in excerpts])
    user = f"{body}\nInstruction:\n{instruction.strip()}\n"
    sent = sum(estimate(e.text) for e in excerpts)
    limit = max(MIN_OUTPUT_TOKENS, min(MAX_OUTPUT_TOKENS, 2 * sent + MIN_OUTPUT_TOKENS))
    return ModelRequest(
        instructions=_ROLE + rules,
        messages=(*earlier, ChatMessage("user", user)),
        max_output_tokens=limit,
        patch_tool=edit_format is EditFormat.V4A,
        cache_key=cache_key,
    )


def opening(edit_format: EditFormat, *, cache_key: str = "") -> ModelRequest:
    """What the requests of all turns begin with, to be read ahead; it has no messages."""
    rules = _V4A if edit_format is EditFormat.V4A else _SEARCH_REPLACE
    tool = edit_format is EditFormat.V4A
    return ModelRequest(_ROLE + rules, (), MIN_OUTPUT_TOKENS, patch_tool=tool, cache_key=cache_key)


def with_looks(asked: ModelRequest) -> ModelRequest:
    """A request whose model may look at more of the repository before it answers."""
    return replace(asked, instructions=asked.instructions + looks.RULES, tools=looks.TOOLS)


def steering(running: ModelRequest, request: ModelRequest) -> str:
    """What to tell the model that answers `running`, so that it does what `request` asks for.

    Only the instruction where the files are those it has and nothing was decided meanwhile; ""
    where its rules are others.
    """
    if running.instructions != request.instructions or not running.messages:
        return ""
    new = request.messages[-1].text
    old, _, asked = running.messages[-1].text.rpartition(_MARK)
    shown, mark, instruction = new.rpartition(_MARK)
    told = next((m.text for m in reversed(request.messages[:-1]) if m.role == "user"), "")
    decided = told.removeprefix(asked.strip()).strip() if told.startswith(asked.strip()) else ""
    if decided:
        return f"{decided}\n\n{new}"
    return f"{_MARK}{instruction}" if mark and shown == old else new


def span_request(
    instruction: str,
    file: Excerpt,
    selected: Excerpt,
    *,
    extras: Sequence[Excerpt] = (),
    earlier: Sequence[ChatMessage] = (),
    cache_key: str = "",
) -> ModelRequest:
    """The request that rewrites `selected`, a range of at most `SPAN_LINES` lines of `file`.

    `extras` go along to be read. Most lines stay as they are, so the selection is what is predicted
    of the output where an endpoint takes that. The answer is read with `EditFormat.SPAN`.
    """
    shown = "\n".join(block(e) for e in (file, *extras))
    fence = _longer_fence([file.text, selected.text])
    user = f"{shown}\nRewrite:\n{block(selected)}{fence}"
    user += f"\nInstruction:\n{instruction.strip()}\n"
    limit = max(MIN_OUTPUT_TOKENS, 4 * estimate(selected.text))
    messages = (*earlier, ChatMessage("user", user))
    return ModelRequest(
        _ROLE + _SPAN, messages, limit, cache_key=cache_key, prediction=selected.text
    )


_GO_ON = (
    "Your answer was cut off by its length limit. Go on exactly where it stopped: begin with the "
    "very next character, repeat nothing, write no introduction and open no new code fence."
)


def going_on(asked: ModelRequest, answer: str) -> ModelRequest:
    """The request that has the answer to `asked`, cut off by its length, continued."""
    more = (*asked.messages, ChatMessage("assistant", answer), ChatMessage("user", _GO_ON))
    plain = replace(asked, messages=more, patch_tool=False, prediction="", steer="", follows="")
    return replace(plain, must_answer=bool(asked.tools))


def repair(text: str, earlier: Sequence[ChatMessage], edit_format: EditFormat) -> ModelRequest:
    """The request that asks again for hunks that had no place; `text` names them."""
    rules = _V4A if edit_format is EditFormat.V4A else _SEARCH_REPLACE
    limit = max(MIN_OUTPUT_TOKENS, min(MAX_OUTPUT_TOKENS, 2 * estimate(text)))
    return ModelRequest(
        _ROLE + rules,
        (*earlier, ChatMessage("user", text)),
        limit,
        patch_tool=edit_format is EditFormat.V4A,
    )


def size(asked: ModelRequest) -> float:
    """Estimated input tokens of a request, as a fraction: an instruction's own part is exactly
    `tokens.weight` of it, without the blanks around it.
    """
    called = (look for m in asked.messages for look in m.looks)
    return (
        weight(asked.instructions)
        + sum(weight(m.text) for m in asked.messages)
        + sum(weight(look.arguments) + weight(look.result) for look in called)
        + sum(weight(tool.description) + weight(str(tool.parameters)) for tool in asked.tools)
    )


def tokens(asked: ModelRequest) -> int:
    """Estimated input tokens of a request, at least 1."""
    return max(1, round(size(asked)))


def _longer_fence(texts: Sequence[str]) -> str:
    """What to say where a file holds fences, so that the answer's own can be told from them."""
    held = {len(m) for text in texts for m in _FENCE.findall(text)}
    if not held:
        return ""
    # longer ones are read as fences no more
    longest = max((n for n in held if n < LONGEST_MARK), default=3)
    fence = "`" * (max(3, longest) + 1)
    return f"\nThe file holds code fences: open and close yours with {fence} instead.\n"


def _longer_marks(texts: Sequence[str]) -> str:
    """The same for the marks of a block."""
    said = _longer_fence(texts).replace("The file holds", "These files hold")
    held = {len(m) for text in texts for m in _MARK_LINE.findall(text)}
    if 7 not in held:
        return said
    length = next((n for n in (9, 11, 12, 10) if n not in held), 9)
    marks = f"{'<' * length} SEARCH, {'=' * length}, {'>' * length} REPLACE"
    return f"{said}\nThese files hold lines like the marks of a block: write yours as {marks}.\n"


def block(piece: Excerpt) -> str:
    """A piece of a file as the model sees it: its path and lines, then its text in a fence."""
    where = ""
    if piece.lines is not None:
        where = f" (lines {piece.lines[0]}-{piece.lines[1]} of {piece.total})"
    longest = 2
    if "```" in piece.text:
        longest = max(len(m.group()) for m in re.finditer(r"`{3,}", piece.text))
    fence = "`" * (longest + 1)
    text = piece.text if piece.text.endswith("\n") or not piece.text else piece.text + "\n"
    title = f"To read, no file: {piece.about}" if piece.about else f"File: {piece.path}{where}"
    return f"{title}\n{fence}\n{text}{fence}\n"

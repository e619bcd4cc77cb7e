"""The ways in which models write an edit down, with what has to become of each.

A form takes a known edit, exactly written in one format, and gives the text of an answer and its
outcome: `apply` is exactly the edit, `refuse` is no change at all, `either` is one of the two.
Which it is follows from how the text is made; nothing of the engine is asked.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.corpus.edits import (
    EDIT_FORMATS,
    Edit,
    Hunk,
    blocks,
    fence_for,
    span_of,
    unified,
    v4a,
    whole,
)

PATCHES = ("v4a", "blocks", "unified")
FILES = ("v4a", "blocks", "unified", "whole")
_TYPOGRAPHY = {"'": "’", '"': "”"}
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


@dataclass(frozen=True)
class Answer:
    """What a model said. `complete` False: its end never came."""

    text: str
    outcome: str
    complete: bool = True


@dataclass(frozen=True)
class Case:
    """An edit in a format: `lines` are its exact form."""

    edit: Edit
    edit_format: str
    lines: tuple[str, ...]
    rng: random.Random

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    @property
    def fenced(self) -> bool:
        """Whether the exact form stands in a fence of its own."""
        return self.edit_format in ("whole", "span", "blocks")

    def written(self, hunks: Sequence[Hunk]) -> str:
        """Other hunks in the same format."""
        if self.edit_format == "v4a":
            lines = v4a(self.edit, hunks)
        else:
            lines = (blocks if self.edit_format == "blocks" else unified)(self.edit, hunks)
        return "\n".join(lines) + "\n"

    def mapped(self, change: Callable[[str, str], str]) -> str:
        """The edit with each of its lines passed through change(tag, text)."""
        if self.edit_format in PATCHES:
            hunks = [
                Hunk(h.start, h.new_start, tuple((t, change(t, x)) for t, x in h.lines))
                for h in self.edit.hunks
            ]
            return self.written(hunks)
        opening = 1 if self.edit_format == "whole" else 0
        body = [change("+", x) for x in self.lines[opening + 1 : -1]]
        return "\n".join([*self.lines[: opening + 1], *body, self.lines[-1]]) + "\n"

    @property
    def added(self) -> list[str]:
        """Lines that are new in the file."""
        if self.edit_format in PATCHES:
            return [x for h in self.edit.hunks for t, x in h.lines if t == "+"]
        return [x for x in self.lines[1:-1] if x not in self.edit.before]

    @property
    def removed(self) -> list[str]:
        """Lines of the file that go."""
        return [x for h in self.edit.hunks for t, x in h.lines if t == "-"]

    @property
    def kept(self) -> list[str]:
        """Lines that stay as they are in the file."""
        if self.edit_format in PATCHES:
            return [x for h in self.edit.hunks for t, x in h.lines if t != "+"]
        return [x for x in self.lines[1:-1] if x in self.edit.before]


Form = Callable[[Case], Answer | None]
FORMS: dict[str, tuple[tuple[str, ...], Form]] = {}


def form(*edit_formats: str) -> Callable[[Form], Form]:
    def add(make: Form) -> Form:
        FORMS[make.__name__] = (edit_formats or EDIT_FORMATS, make)
        return make

    return add


def _apply(text: str) -> Answer:
    return Answer(text, "apply")


def _refuse(text: str) -> Answer:
    return Answer(text, "refuse")


def _either(text: str) -> Answer:
    return Answer(text, "either")


# ------------------------------------------------------------------- prose and fences around


@form()
def exact(case: Case) -> Answer:
    return _apply(case.text)


@form()
def prose_before(case: Case) -> Answer:
    return _apply(f"I'll make the change you asked for.\n\n{case.text}")


@form()
def prose_after(case: Case) -> Answer:
    told = "This keeps the behaviour the same:\n\n- the name is clearer\n- nothing else moves\n"
    return _apply(f"{case.text}\n{told}")


@form()
def headings_and_lists(case: Case) -> Answer:
    lead = "# Plan\n\n1. Find the place\n2. Change it\n\n> As asked, **only** that.\n\n---\n\n"
    return _apply(f"{lead}{case.text}\n## Notes\n\n* Done in `{case.edit.path}`, see above.\n")


@form()
def prose_in_other_letters(case: Case) -> Answer:
    return _apply(f"好的，我来修改这个文件。\n\n{case.text}\n✅ Erledigt — «готово».\n")


@form("v4a", "unified")
def in_a_fence(case: Case) -> Answer:
    return _apply(f"```diff\n{case.text}```\n")


@form("v4a", "unified")
def in_a_fence_without_a_language(case: Case) -> Answer:
    return _apply(f"Here:\n\n```\n{case.text}```\n\nThat is all.\n")


@form("v4a", "unified")
def in_a_fence_of_another_language(case: Case) -> Answer:
    word = case.rng.choice(("python", "text", "bash", "json", "patch", "apply_patch", "C++"))
    return _apply(f"```{word}\n{case.text}```\n")


@form("v4a", "unified")
def in_a_fence_of_tildes(case: Case) -> Answer:
    return _apply(f"~~~~diff\n{case.text}~~~~\n")


@form(*PATCHES)
def in_two_fences(case: Case) -> Answer:
    inner = case.text if case.edit_format == "blocks" else f"`````diff\n{case.text}`````\n"
    return _apply(f"``````markdown\nThe edit:\n\n{inner}``````\n")


@form("whole", "span")
def in_an_outer_fence(case: Case) -> Answer:
    return _either(f"``````markdown\n{case.text}``````\n")


def _relabelled(case: Case, language: str) -> list[str]:
    """The lines with another language behind the fences that are the answer's own."""
    texts = (
        case.lines[1:-1] if case.edit_format == "span" else [*case.edit.before, *case.edit.after]
    )
    if case.edit_format == "whole":
        texts = case.edit.after
    own = fence_for(texts)
    return [own + language if line == own + case.edit.language else line for line in case.lines]


@form("blocks", "whole", "span")
def fence_of_another_language(case: Case) -> Answer:
    word = case.rng.choice(("python", "javascript", "go", "text", "diff", "C"))
    text = "\n".join(_relabelled(case, word)) + "\n"
    return _apply(text) if case.edit_format == "blocks" else _either(text)


@form("blocks", "whole", "span")
def fence_without_a_language(case: Case) -> Answer:
    return _apply("\n".join(_relabelled(case, "")) + "\n")


@form("whole", "span")
def fence_as_short_as_those_inside(case: Case) -> Answer:
    body = case.lines[2:-1] if case.edit_format == "whole" else case.lines[1:-1]
    lead = [case.edit.path] if case.edit_format == "whole" else []
    text = "\n".join([*lead, "```" + case.edit.language, *body, "```", ""])
    holds = any(line.lstrip().startswith("```") for line in body)
    return _either(text) if holds else _apply(text)


@form("whole", "span")
def fence_as_short_and_prose_behind(case: Case) -> Answer | None:
    found = fence_as_short_as_those_inside(case)
    return found and Answer(f"{found.text}\nRun the tests now.\n", found.outcome)


@form("whole", "span")
def fence_as_short_and_one_to_run(case: Case) -> Answer | None:
    found = fence_as_short_as_those_inside(case)
    return found and _either(f"{found.text}\nThen run:\n\n```\nmake test\n```\n")


@form(*FILES)
def nothing_closes_the_last_fence(case: Case) -> Answer:
    if case.edit_format in ("v4a", "unified"):
        return _either(f"```diff\n{case.text}")
    text = "\n".join(case.lines[:-1]) + "\n"
    return _apply(text) if case.edit_format == "blocks" else _refuse(text)


@form()
def no_line_feed_at_the_end(case: Case) -> Answer:
    return _apply(case.text.rstrip("\n"))


@form()
def byte_order_mark_in_front(case: Case) -> Answer:
    return _apply("\ufeff" + case.text)


@form()
def blank_lines_in_front(case: Case) -> Answer:
    return _apply(f"\n\n \n{case.text}\n\n\n")


# ------------------------------------------------------------------- how lines end


@form()
def lines_end_as_on_windows(case: Case) -> Answer:
    return _apply(case.text.replace("\n", "\r\n"))


@form()
def lines_end_twice(case: Case) -> Answer:
    return _apply(case.text.replace("\n", "\r\r\n"))


@form(*PATCHES)
def blanks_at_the_ends_of_lines_are_lost(case: Case) -> Answer | None:
    if any(text != text.rstrip() for text in case.added):
        return None  # what it says is another edit then
    return _either(case.mapped(lambda _, text: text.rstrip()))


@form("v4a", "unified")
def blank_context_lines_are_bare(case: Case) -> Answer:
    return _apply(re.sub(r"^ $", "", case.text, flags=re.MULTILINE))


# ------------------------------------------------------------------- thought, drafts, illustrations


def _draft(case: Case) -> str:
    """Another edit of the same place, which was given up."""
    if case.edit_format in PATCHES:
        return case.mapped(lambda tag, text: text + "  draft" if tag == "+" else text)
    return case.mapped(lambda _, text: text + "  draft")


@form()
def thought_in_tags(case: Case) -> Answer:
    name = case.rng.choice(("think", "thinking"))
    return _apply(f"<{name}>\nMaybe so:\n\n{_draft(case)}\nNo.\n</{name}>\n\n{case.text}")


@form()
def thought_with_only_its_end(case: Case) -> Answer:
    return _apply(f"Maybe so:\n\n{_draft(case)}\nNo.\n</think>\n\n{case.text}")


@form(*PATCHES)
def shows_the_code_as_it_is(case: Case) -> Answer:
    hunk = case.edit.hunks[0]
    fence = fence_for(case.edit.before)
    now = "\n".join([fence + case.edit.language, *hunk.old(), fence])
    return _apply(f"The code now is:\n\n{now}\n\nand becomes:\n\n{case.text}")


@form(*PATCHES)
def shows_the_code_as_it_is_under_its_name(case: Case) -> Answer:
    hunk = case.edit.hunks[0]
    fence = fence_for(case.edit.before)
    now = "\n".join([case.edit.path, fence + case.edit.language, *hunk.old(), fence])
    return _apply(f"The code now is:\n\n{now}\n\nand becomes:\n\n{case.text}")


@form(*PATCHES)
def shows_the_code_as_it_will_be_under_its_name(case: Case) -> Answer:
    hunk = case.edit.hunks[-1]
    fence = fence_for(case.edit.after)
    now = "\n".join([f"**{case.edit.path}**", fence + case.edit.language, *hunk.new(), fence])
    return _apply(f"{case.text}\nIt reads so then:\n\n{now}\n")


@form(*PATCHES)
def shows_the_whole_file_before(case: Case) -> Answer:
    now = "\n".join(whole(case.edit, case.edit.before))
    return _apply(f"{now}\n\nbecomes:\n\n{case.text}")


@form(*PATCHES)
def shows_the_whole_file_after(case: Case) -> Answer:
    now = "\n".join(whole(case.edit))
    return _apply(f"{case.text}\nThe whole file:\n\n{now}\n")


@form()
def shows_a_command(case: Case) -> Answer:
    return _apply(f"{case.text}\nRun it with\n\n```sh\nmake test ARGS=--all\n```\n")


@form(*PATCHES)
def shows_what_is_printed(case: Case) -> Answer:
    name = case.rng.choice(("Output", "run", "**Result**", "stdout:", "Before/After"))
    return _apply(f"{case.text}\n{name}\n```\nok 3\n```\n")


@form(*PATCHES)
def shows_a_use_in_another_file(case: Case) -> Answer:
    return _either(f"{case.text}\nUse it so:\n\nexamples/use_it.py\n```python\nimport x\n```\n")


@form(*PATCHES)
def shows_the_format_first(case: Case) -> Answer:
    return _either(
        "I use this format:\n\nsome/file.py\n```\n<<<<<<< SEARCH\nold\n=======\nnew\n"
        f">>>>>>> REPLACE\n```\n\n{case.text}"
    )


# ------------------------------------------------------------------- said twice, said otherwise


@form()
def said_twice(case: Case) -> Answer:
    return _apply(f"{case.text}\nAgain, the whole edit:\n\n{case.text}")


@form("v4a", "unified")
def said_in_another_format_too(case: Case) -> Answer:
    write = unified if case.edit_format == "v4a" else v4a
    other = "\n".join(write(case.edit)) + "\n"
    return _apply(f"{case.text}\nor, if you prefer:\n\n{other}")


@form()
def two_alternatives(case: Case) -> Answer | None:
    other = _draft(case)
    if other == case.text:
        return None
    return _refuse(f"Option 1:\n\n{case.text}\nOption 2:\n\n{other}")


@form(*PATCHES)
def an_apology_and_a_second_try(case: Case) -> Answer:
    bad = case.mapped(lambda tag, text: text if tag == "+" else text + "  # no such line")
    return _either(f"{bad}\nSorry, that does not match the file. Correct:\n\n{case.text}")


@form(*PATCHES)
def an_apology_and_another_change(case: Case) -> Answer | None:
    other = _draft(case)
    if other == case.text:
        return None
    return _either(f"{other}\nWait, that is wrong. It has to be:\n\n{case.text}")


# ------------------------------------------------------------------- cut, broken


@form(*FILES)
def cut_in_a_line(case: Case) -> Answer | None:
    if case.edit_format in ("v4a", "unified"):
        hunk = case.edit.hunks[-1]
        spots = [n for n, (_, text) in enumerate(hunk.lines) if len(text) > 3]
        keep = [n for n in spots if n < len(hunk.lines) - 1]
        if not keep:
            return None
        n = case.rng.choice(keep)
        cut = case.written(case.edit.hunks).split("\n")
        behind = len(hunk.lines) - n + (2 if case.edit_format == "v4a" else 1)
        at = len(cut) - behind
        part = cut[at]
        return _refuse("\n".join([*cut[:at], part[: case.rng.randint(2, len(part) - 1)]]))
    last = case.text.rindex(">>>>>>> REPLACE" if case.edit_format == "blocks" else case.lines[-1])
    start = case.text.index("SEARCH") if case.edit_format == "blocks" else len(case.edit.path) + 8
    if case.edit_format == "blocks":
        start = case.text.rindex("<<<<<<< SEARCH") + 16
    if last - start < 4:
        return None
    return _refuse(case.text[: case.rng.randint(start, last - 1)])


@form()
def cut_and_known_to_be(case: Case) -> Answer | None:
    if len(case.lines) < 6:
        return None
    at = case.rng.randint(3, len(case.lines) - 2)
    text = "\n".join(case.lines[:at]) + "\n"
    if case.edit_format == "blocks" and text.rstrip("`\n ").endswith(">>>>>>> REPLACE"):
        return None
    whole_hunks = case.edit_format == "blocks" and ">>>>>>> REPLACE" in text
    return None if whole_hunks else Answer(text, "refuse", complete=False)


@form("blocks")
def a_stray_end_mark(case: Case) -> Answer:
    at = case.text.rindex(">>>>>>> REPLACE")
    return _refuse(f"{case.text[:at]}>>>>>>> REPLACE\nleft over\n{case.text[at:]}")


@form("blocks")
def no_divider(case: Case) -> Answer:
    return _refuse(case.text.replace("\n=======\n", "\n"))


@form("blocks")
def a_head_inside_a_block(case: Case) -> Answer:
    return _refuse(case.text.replace("\n=======\n", "\n<<<<<<< SEARCH\n=======\n", 1))


@form("blocks")
def marks_of_eight(case: Case) -> Answer:
    return _apply(
        case.text.replace("<<<<<<< SEARCH", "<<<<<<<< SEARCH")
        .replace("\n=======\n", "\n========\n")
        .replace(">>>>>>> REPLACE", ">>>>>>>> REPLACE")
    )


@form("unified")
def counts_and_numbers_wrong(case: Case) -> Answer:
    return _apply(re.sub(r"^@@ .*", "@@ -1,3 +1,9 @@", case.text, flags=re.MULTILINE))


@form("unified")
def no_numbers(case: Case) -> Answer:
    return _apply(re.sub(r"^@@ .*", "@@ ... @@", case.text, flags=re.MULTILINE))


@form("unified")
def headers_of_git(case: Case) -> Answer:
    name = case.edit.path
    head = f"diff --git a/{name} b/{name}\nindex 1a2b3c4..5d6e7f8 100644\n"
    return _apply(head + case.text)


@form("v4a")
def no_end_line(case: Case) -> Answer | None:
    if case.edit.hunks[-1].lines[-1][0] == "-":
        return None
    return _apply(case.text.removesuffix("*** End Patch\n"))


# ------------------------------------------------------------------- wrapped otherwise


@form(*PATCHES)
def in_json(case: Case) -> Answer:
    return _apply(json.dumps({"reasoning": "short", "edit": case.text}) + "\n")


@form(*PATCHES)
def in_markdown_in_json(case: Case) -> Answer:
    inner = case.text if case.edit_format == "blocks" else f"`````diff\n{case.text}`````\n"
    text = json.dumps({"answer": f"## Edit\n\n{inner}\nDone.\n"}, indent=2, ensure_ascii=False)
    return _apply(f"```json\n{text}\n```\n")


@form(*PATCHES)
def in_json_that_is_cut(case: Case) -> Answer:
    text = json.dumps({"edit": case.text})
    return _refuse(text[: len(text) * 2 // 3].rstrip("\\"))


@form("v4a")
def in_a_shell_command(case: Case) -> Answer:
    return _apply(f"$ cd src && apply_patch <<'EOF'\n{case.text}EOF\n")


@form("unified")
def in_a_git_command(case: Case) -> Answer:
    return _either(f"```sh\ngit apply <<'EOF'\n{case.text}EOF\n```\n")


@form(*PATCHES)
def indented_as_in_a_list(case: Case) -> Answer:
    body = case.text.replace("\n", "\n   ").rstrip(" ")
    return _either(f"1. Change it:\n\n   {body}")


@form()
def quoted_as_in_a_mail(case: Case) -> Answer:
    return _either("".join(f"> {line}\n" for line in case.lines))


# ------------------------------------------------------------------- characters


@form()
def written_as_html(case: Case) -> Answer | None:
    text = "".join(_ENTITIES.get(char, char) for char in case.text)
    if case.edit.prose or case.edit.path.endswith((".html", ".xml")):
        return None
    if text == case.text:
        return _apply(text)
    return _either(text)


@form(*PATCHES)
def new_lines_written_as_html(case: Case) -> Answer | None:
    if case.edit.prose or not any(char in line for line in case.added for char in "<>&"):
        return None
    if any("&" in line and ";" in line for line in case.edit.before):
        return None

    def change(tag: str, text: str) -> str:
        return text if tag != "+" else "".join(_ENTITIES.get(char, char) for char in text)

    return _refuse(case.mapped(change))


@form(*PATCHES)
def typographic_quotes(case: Case) -> Answer:
    def change(_: str, text: str) -> str:
        return "".join(_TYPOGRAPHY.get(char, char) for char in text)

    text = case.mapped(change)
    touched = any(char in line for line in case.added for char in _TYPOGRAPHY)
    # prose may be meant to have them; in code they are a slip
    return _either(text) if touched and not case.edit.prose else _either_in_context(case, text)


def _either_in_context(case: Case, text: str) -> Answer:
    changed = any(char in line for line in case.added for char in _TYPOGRAPHY)
    return Answer(text, "any" if changed else "either")


@form(*PATCHES)
def typographic_quotes_in_context(case: Case) -> Answer:
    def change(tag: str, text: str) -> str:
        if tag == "+":
            return text
        return "".join(_TYPOGRAPHY.get(char, char) for char in text)

    return _either(case.mapped(change))


@form()
def tabs_as_blanks(case: Case) -> Answer | None:
    def change(_: str, text: str) -> str:
        return re.sub(r"^\t+", lambda m: "    " * len(m.group()), text)

    text = case.mapped(change)
    if text == case.text:
        return _apply(text)
    if not {x.strip() for x in case.added}.isdisjoint(map(str.strip, case.removed)):
        return None  # how the lines are indented is what the edit changes
    tells = any(x.startswith("\t") for x in case.kept)
    # in prose blanks may be meant, where nothing of the file is written otherwise than it is there
    return None if case.edit.prose and not tells else _either(text)


@form(*PATCHES)
def hard_blanks_in_the_indentation(case: Case) -> Answer:
    def change(tag: str, text: str) -> str:
        return re.sub(r"^ +", lambda m: "\u00a0" * len(m.group()), text)

    return _either(case.mapped(change))


@form()
def line_numbers(case: Case) -> Answer | None:
    count = iter(range(case.rng.randint(1, 400), 10_000))
    sign = case.rng.choice((" | ", ": ", "|", "\t"))
    text = case.mapped(lambda _, line: f"{next(count)}{sign}{line}")
    body = len(case.lines) - (3 if case.edit_format == "whole" else 2)
    return None if body < 3 else _refuse(text)


@form(*PATCHES)
def less_indented_throughout(case: Case) -> Answer:
    lines = [text for h in case.edit.hunks for _, text in h.lines if text.strip()]
    shared = min(len(text) - len(text.lstrip()) for text in lines)
    return _either(case.mapped(lambda _, text: text[shared:] if text.strip() else text))


# ------------------------------------------------------------------- names


def _titles(case: Case) -> set[int]:
    """Numbers of the lines that name the file; the file itself may hold such a line, too."""
    if case.edit_format == "whole":
        return {0}
    path = case.edit.path
    if case.edit_format == "v4a":
        return {n for n, line in enumerate(case.lines) if line == f"*** Update File: {path}"}
    heads = (n for n, line in enumerate(case.lines) if line == "<<<<<<< SEARCH")
    return {n - 2 for n in heads if n > 1 and case.lines[n - 2] == path}


@form("blocks", "whole")
def name_dressed_up(case: Case) -> Answer:
    path = case.edit.path
    dressed = case.rng.choice(
        ("**{}**", "### {}", "`{}`", "`{}`:", "File: {}", "# {}", "// {}", "**`{}`**", "{}:")
    ).format(path)
    titles = _titles(case)
    lines = [dressed if n in titles else line for n, line in enumerate(case.lines)]
    return _apply("\n".join(lines) + "\n")


@form(*FILES)
def name_with_a_dot_in_front(case: Case) -> Answer:
    if case.edit_format == "unified":
        name = case.edit.path
        return _apply("\n".join([f"--- ./{name}", f"+++ ./{name}", *case.lines[2:], ""]))
    path = case.edit.path
    titles = _titles(case)
    lines = [
        line.replace(path, f"./{path}") if n in titles else line
        for n, line in enumerate(case.lines)
    ]
    return _apply("\n".join(lines) + "\n")


@form("blocks")
def name_in_the_fence(case: Case) -> Answer:
    out: list[str] = []
    titles = _titles(case)
    for n, line in enumerate(case.lines):
        if n in titles:
            continue
        out.append(line)
        if n - 1 in titles:
            out.append(case.edit.path)
    return _apply("\n".join(out) + "\n")


@form("blocks")
def prose_between_blocks(case: Case) -> Answer:
    titles = _titles(case)
    lines = ["Next:\n\n" + line if n in titles else line for n, line in enumerate(case.lines)]
    return _apply("\n".join(lines) + "\n")


@form(*FILES)
def name_outside(case: Case) -> Answer:
    bad = case.rng.choice(("../", "/etc/", ".git/", "~/"))
    path = case.edit.path
    text = "\n".join(
        line.replace(path, bad + path) if line.rstrip().endswith(path) else line
        for line in case.lines
    )
    if case.edit_format == "unified":
        text = text.replace(f"a/{bad}", bad).replace(f"b/{bad}", bad)
    return _refuse(text + "\n")


@form(*FILES)
def name_of_no_file(case: Case) -> Answer | None:
    stem, dot, suffix = case.edit.path.rpartition(".")
    other = f"{stem}_nowhere{dot}{suffix}"
    if case.edit_format == "whole":
        return None  # that is a new file
    text = "\n".join(
        line.replace(case.edit.path, other) if line.rstrip().endswith(case.edit.path) else line
        for line in case.lines
    )
    return _refuse(text + "\n")


# ------------------------------------------------------------------- parts of a file


def _units(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Parts of a file that begin at the left, each as [start, end)."""
    starts = [
        i
        for i, line in enumerate(lines)
        if re.match(r"(?:(?:def|class|func|fn|pub|impl|type|struct|async|export) |#+ |\[)", line)
    ]
    return list(pairwise([*starts, len(lines)]))


@form("whole")
def only_the_changed_parts(case: Case) -> Answer | None:
    after = case.edit.after
    units = _units(after)
    before = set(case.edit.before)
    touched = [(a, b) for a, b in units if any(line not in before for line in after[a:b])]
    if not touched or len(units) < 3 or len(touched) * 2 > len(units):
        return None
    shown = [line for a, b in touched for line in after[a:b]]
    text = "\n".join(whole(case.edit, shown))
    return _refuse(f"Only this changes.\n\n{text}\n\nThe rest stays as it is.\n")


@form("whole")
def a_part_round_the_change(case: Case) -> Answer | None:
    after = case.edit.after
    first = case.edit.first_changed
    size = len(after)
    if size < 30:
        return None
    start, end = max(0, first - size // 6), min(size, first + size // 6 + 1)
    if start < 3 and size - end < 6:
        return None
    return _refuse("\n".join(whole(case.edit, after[start:end])) + "\n")


@form("whole")
def the_beginning_only(case: Case) -> Answer | None:
    after = case.edit.after
    first = case.edit.first_changed
    end = max(first + 3, len(after) // 2)
    left_out = [x for x in after[end:] if any(map(str.isalnum, x)) and x in case.edit.before]
    if len(after) - end < 8 or len(left_out) < 6:
        return None  # what it lacks of the file as it was is next to nothing
    return _refuse("\n".join(whole(case.edit, after[:end])) + "\n")


@form("whole")
def left_out_with_a_remark(case: Case) -> Answer | None:
    after = case.edit.after
    if len(after) < 24:
        return None
    mark = {
        "py": "# ... existing code ...",
        "md": "...",
        "rst": "...",
    }.get(case.edit.path.rpartition(".")[2], "// ... rest of the file unchanged ...")
    if case.rng.random() < 0.3:
        mark = case.rng.choice(("...", "…"))
    at = case.rng.randint(4, len(after) - 14)
    if mark.strip() in map(str.strip, case.edit.before):
        return None
    shown = [*after[:at], mark, *after[at + 8 :]]
    return _refuse("\n".join(whole(case.edit, shown)) + "\n")


@form("span")
def several_fences(case: Case) -> Answer:
    fence = fence_for(case.lines[1:-1])
    other = "\n".join([fence + case.edit.language, *case.lines[1:-1], "other = 1", fence])
    return _refuse(f"{case.text}\nor\n\n{other}\n")


@form("span")
def a_block_in_the_fence(case: Case) -> Answer:
    span = span_of(case.edit)
    assert span is not None
    old = case.edit.before[span.first - 1 : span.last]
    body = ["<<<<<<< SEARCH", *old, "=======", *span.new, ">>>>>>> REPLACE"]
    fence = fence_for(body)
    return _either("\n".join([fence, *body, fence, ""]))


@form("span")
def no_fence_at_all(case: Case) -> Answer:
    return _refuse("I can't do that without the other file.\n")


@form()
def nothing_but_words(case: Case) -> Answer:
    return _refuse(f"Nothing has to change in {case.edit.path}: it does that already.\n")

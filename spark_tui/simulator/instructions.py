"""Carries out plain instructions on the files of a prompt. Pure: text in, edits out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.regex import regex
from spark_tui.simulator import functions
from spark_tui.simulator.edits import FileChange
from spark_tui.simulator.prompt import SourceFile
from spark_tui.simulator.python_code import defines, rename

CAN_DO = """\
I am the simulated endpoint: no model, only a few sentences that I follow exactly.

rename add to plus
replace 0.5 with 0.25
set MAX_ATTEMPTS to 6
add retries to the client
add a docstring to backoff
add a comment to backoff saying doubles every time
add a parameter limit=8.0 to backoff
add the return type float to backoff
wrap backoff in try/except ValueError
delete the function backoff
create notes.md with remember the milk
delete the file notes.md
look into net, then rename backoff to pause
write 200 words

I changed nothing for this one."""
NAME_A_FILE = "I see no file to work on. Name one with @, for example @calc.py, and ask again."
_LONGEST = 500
_PROSE_SUFFIXES = (".md", ".rst", ".txt")
_NAMELESS = "stdin.txt"
"""What clients call a text that has no file name: code, as likely as not."""


@dataclass(frozen=True, slots=True)
class SimulatedAnswer:
    """A sentence for the person and the edits; no edits means the sentence is all there is."""

    prose: str
    edits: tuple[FileChange, ...] = ()


Files = Sequence[SourceFile]
InstructionRule = Callable[[re.Match[str], Files], SimulatedAnswer]


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "`'\"":
        return text[1:-1]
    return text


def _name(text: str) -> str:
    return _unquote(text).removesuffix("()")


def _where(edits: Sequence[FileChange]) -> str:
    names = [edit.path for edit in edits]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _changed(files: Files, change: Callable[[SourceFile], Sequence[str]]) -> tuple[FileChange, ...]:
    pairs = ((file, tuple(change(file))) for file in files)
    return tuple(
        FileChange(file.path, file.lines, after) for file, after in pairs if after != file.lines
    )


def _rename(match: re.Match[str], files: Files) -> SimulatedAnswer:
    old, new = _name(match["old"]), _name(match["new"])
    places = [defines(file.lines, old) for file in files]
    at_top = any(top for top, _ in places)
    in_class = any(method for _, method in places)
    methods = in_class or not at_top
    word = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")

    def change(file: SourceFile) -> Sequence[str]:
        python = file.path.endswith((".py", ".pyi")) or (
            file.path == _NAMELESS and any(defines(file.lines, old))
        )
        if python and not file.partial:
            return rename(file.lines, old, new, methods)
        if _is_prose(file.path):
            return _in_code_spans(file.lines, lambda code: word.sub(new, code))
        return [word.sub(new, line) for line in file.lines]

    def rank(edit: FileChange) -> int:
        """Where it is defined comes first, prose last: the order in which people read."""
        if _is_prose(edit.path):
            return 2
        return 0 if any(defines(edit.before or (), old)) else 1

    edits = tuple(sorted(_changed(files, change), key=rank))
    if not edits:
        return SimulatedAnswer(f"{old} does not occur as a name in the files I was given.")
    return SimulatedAnswer(f"Renaming {old} to {new} in {_where(edits)}.", edits)


def _is_prose(path: str) -> bool:
    return path.endswith(_PROSE_SUFFIXES) and path != _NAMELESS


def _in_code_spans(lines: Sequence[str], change: Callable[[str], str]) -> list[str]:
    """`change` applied to fenced blocks and `code spans` only, as prose uses words freely."""
    out = []
    fenced = False
    for line in lines:
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            out.append(line)
        elif fenced:
            out.append(change(line))
        else:
            out.append(re.sub(r"`[^`]+`", lambda span: change(span[0]), line))
    return out


def _replace(match: re.Match[str], files: Files) -> SimulatedAnswer:
    old, new = _unquote(match["old"]), _unquote(match["new"])
    edits = _changed(files, lambda file: "\n".join(file.lines).replace(old, new).split("\n"))
    if not edits:
        return SimulatedAnswer(f"The text {old!r} does not occur in the files I was given.")
    return SimulatedAnswer(f"Replacing {old!r} with {new!r} in {_where(edits)}.", edits)


def _set(match: re.Match[str], files: Files) -> SimulatedAnswer:
    name, value = _name(match["name"]), match["value"].strip().strip("`")
    pattern = re.compile(
        rf"(?P<head>\s*{re.escape(name)}\s*(?::[^=\n]*)?=\s*)(?P<value>[^\s#=(\[{{][^#(\[{{]*?)"
        r"(?P<tail>,?\s*(?:#.*)?)"
    )

    def change_line(line: str) -> str:
        found = pattern.fullmatch(line)
        return f"{found['head']}{value}{found['tail']}" if found else line

    edits = _changed(files, lambda file: [change_line(line) for line in file.lines])
    if not edits:
        return SimulatedAnswer(
            f"I find no line that gives {name} a plain value other than {value}."
        )
    return SimulatedAnswer(f"Setting {name} to {value} in {_where(edits)}.", edits)


def _more_attempts(match: re.Match[str], files: Files) -> SimulatedAnswer:  # noqa: ARG001 - a Rule
    """Two more than the constant says that bounds them."""
    for file in files:
        for number, line in enumerate(file.lines):
            found = _ATTEMPTS.fullmatch(line)
            if found is None:
                continue
            more = f"{found['head']}{int(found['count']) + 2}{found['tail']}"
            after = (*file.lines[:number], more, *file.lines[number + 1 :])
            told = f"{found['name']} bounds the attempts: two more of them."
            return SimulatedAnswer(told, (FileChange(file.path, file.lines, after),))
    return SimulatedAnswer("I find nothing that bounds how often it tries.")


_ATTEMPTS = regex(
    r"(?P<head>\s*(?P<name>MAX_(?:ATTEMPTS|RETRIES|TRIES))\s*(?::[^=\n]*)?=\s*)(?P<count>\d{1,4})"
    r"(?P<tail>\s*(?:#.*)?)"
)


def _on_function(
    files: Files,
    name: str,
    doing: str,
    change: Callable[[SourceFile, functions.Function], Sequence[str]],
) -> SimulatedAnswer:
    """`change` on the one function of that name; a sentence when there is none or several."""
    hits = [
        (file, function)
        for file in files
        for function in functions.find_functions(file.lines, name)
    ]
    if not hits:
        return SimulatedAnswer(f"I find no function {name} in the files I was given.")
    if len(hits) > 1:
        places = ", ".join(
            f"{f.owner + '.' if f.owner else ''}{f.name} in {file.path}" for file, f in hits
        )
        return SimulatedAnswer(
            f"{name} is defined {len(hits)} times ({places}): say which file or class."
        )
    file, function = hits[0]
    after = tuple(change(file, function))
    if after == file.lines:
        return SimulatedAnswer(f"{name} in {file.path} already has that.")
    return SimulatedAnswer(
        f"{doing} {name} in {file.path}.", (FileChange(file.path, file.lines, after),)
    )


def _docstring(match: re.Match[str], files: Files) -> SimulatedAnswer:
    text = _unquote(match["text"] or "")
    return _on_function(
        files,
        _name(match["name"]),
        "Adding a docstring to",
        lambda file, function: functions.with_docstring(file.lines, function, text),
    )


def _comment(match: re.Match[str], files: Files) -> SimulatedAnswer:
    text = _unquote(match["text"] or match["first"])
    return _on_function(
        files,
        _name(match["name"]),
        "Adding a comment above",
        lambda file, function: functions.with_comment(file.lines, function, text),
    )


def _parameter(match: re.Match[str], files: Files) -> SimulatedAnswer:
    parameter = _unquote(match["parameter"])
    name = re.split(r"[:=]", parameter, maxsplit=1)[0].strip()
    # Without a default every call written so far would break.
    text = parameter if "=" in parameter else f"{parameter}=None"
    return _on_function(
        files,
        _name(match["name"]),
        f"Adding the parameter {name} to",
        lambda file, function: functions.with_parameter(file.lines, function, name, text),
    )


def _returns(match: re.Match[str], files: Files) -> SimulatedAnswer:
    kind = _unquote(match["type"])
    return _on_function(
        files,
        _name(match["name"]),
        f"Adding the return type {kind} to",
        lambda file, function: functions.with_return_type(file.lines, function, kind),
    )


def _wrap(match: re.Match[str], files: Files) -> SimulatedAnswer:
    error = match["error"] or "Exception"
    return _on_function(
        files,
        _name(match["name"]),
        f"Wrapping in try/except {error} the body of",
        lambda file, function: functions.wrapped(file.lines, function, error),
    )


def _delete(match: re.Match[str], files: Files) -> SimulatedAnswer:
    return _on_function(
        files,
        _name(match["name"]),
        "Deleting",
        lambda file, function: functions.without(file.lines, function),
    )


def _create_file(match: re.Match[str], files: Files) -> SimulatedAnswer:
    path = match["path"].lstrip("@")
    if any(file.path == path for file in files):
        return SimulatedAnswer(f"{path} is there already.")
    after = tuple(_unquote(match["text"]).split("\n"))
    return SimulatedAnswer(f"Creating {path}.", (FileChange(path, None, after),))


def _delete_file(match: re.Match[str], files: Files) -> SimulatedAnswer:
    path = match["path"].lstrip("@")
    for file in files:
        if file.path == path:
            return SimulatedAnswer(f"Deleting {path}.", (FileChange(path, file.lines, None),))
    return SimulatedAnswer(f"{path} is not among the files I was given.")


def _write_words(match: re.Match[str], files: Files) -> SimulatedAnswer:  # noqa: ARG001 - a Rule
    """Numbered words, ten a line: who measures a screen can tell them apart."""
    count = min(int(match["count"]), 100_000)
    words = [f"word{k}" for k in range(1, count + 1)]
    rows = (words[k : k + 10] for k in range(0, count, 10))
    return SimulatedAnswer("\n".join(" ".join(row) for row in rows))


def _comment_request(match: re.Match[str], files: Files) -> SimulatedAnswer:
    """What a comment in a file asks for, and the comment taken out."""
    said = match["raw"]
    asked = carry_out(re.sub(r"\s*\S*!$", "", said), files)
    after = {file.path: list(file.lines) for file in files}
    after.update({e.path: list(e.after) for e in asked.edits if e.after is not None})
    edits = [e for e in asked.edits if e.path not in after or e.after is None]
    for file in files:
        lines = [_without_comment(line, said) for line in after[file.path]]
        left = tuple(line for line in lines if line is not None)
        if left != file.lines:
            edits.append(FileChange(file.path, file.lines, left))
    prose = asked.prose.partition("\n")[0] if asked.edits else "I only take the comment out."
    return SimulatedAnswer(prose, tuple(edits))


def _without_comment(line: str, said: str) -> str | None:
    """The line without the comment that says this; None where nothing else is on it."""
    code, found, _ = line.rpartition(said)
    if not found:
        return line
    code = re.sub(r"\s*(?:#+|//+|--+|;+|%+|/\*+|<!--)\s*$", "", code)
    return code if code.strip() else None


_NAME = r"[`'\"]?[A-Za-z_][\w.]*(?:\(\))?[`'\"]?"
_SOMETHING = r"`[^`\n]+`|'[^'\n]+'|\"[^\"\n]+\"|\S+"
_KIND = r"(?:the\s+)?(?:function\s+|method\s+|class\s+|variable\s+|constant\s+|name\s+)?"
_TEXT = r"(?:\s*(?::|saying|that says)\s*(?P<text>.+))?"


def _rule(
    pattern: str, rule: InstructionRule, needs_files: bool = True
) -> tuple[re.Pattern[str], InstructionRule, bool]:
    whole = rf"(?:please\s+)?{pattern}\s*[.!]?"
    return re.compile(whole, re.IGNORECASE | re.DOTALL), rule, needs_files


_RULES = (
    _rule(rf"rename\s+{_KIND}(?P<old>{_NAME})\s+(?:to|into|as)\s+(?P<new>{_NAME})", _rename),
    _rule(rf"set\s+{_KIND}(?P<name>{_NAME})\s+to\s+(?P<value>.+?)", _set),
    _rule(
        rf"(?:replace|change)\s+(?P<old>{_SOMETHING})\s+(?:with|by|to|into)\s+(?P<new>{_SOMETHING})",
        _replace,
    ),
    _rule(rf"add\s+a\s+docstring\s+(?:to|for|in)\s+{_KIND}(?P<name>{_NAME}){_TEXT}", _docstring),
    _rule(
        rf"add\s+(?:a|the)\s+comment\s+(?P<first>{_SOMETHING})?\s*(?:to|above|before)\s+{_KIND}"
        rf"(?P<name>{_NAME}){_TEXT}",
        _comment,
    ),
    _rule(
        rf"add\s+(?:a|the)\s+(?:parameter|argument)\s+(?P<parameter>\S.*?)\s+to\s+{_KIND}"
        rf"(?P<name>{_NAME})",
        _parameter,
    ),
    _rule(
        rf"add\s+(?:a|the)\s+return\s+type\s+(?P<type>\S.*?)\s+to\s+{_KIND}(?P<name>{_NAME})",
        _returns,
    ),
    _rule(
        rf"wrap\s+(?:the\s+body\s+of\s+)?{_KIND}(?P<name>{_NAME}?)(?:'s\s+body)?\s+in\s+"
        r"(?:a\s+)?try(?:/|\s+and\s+|\s+)except(?:\s+(?P<error>[A-Za-z_][\w.]*))?",
        _wrap,
    ),
    _rule(r"(?:delete|remove)\s+(?:the\s+)?file\s+(?P<path>\S+?)", _delete_file),
    _rule(rf"(?:delete|remove)\s+{_KIND}(?P<name>{_NAME})", _delete),
    _rule(
        r"create\s+(?:the\s+|a\s+)?(?:file\s+)?(?P<path>\S+)\s+(?:with|saying)\s+(?P<text>.+?)",
        _create_file,
        needs_files=False,
    ),
    _rule(r"do what the comment \"(?P<raw>.+)\" asks, then remove that comment", _comment_request),
    _rule(
        r"(?:add|give)\s+(?:some\s+|more\s+)*(?:retries|attempts|tries)(?:\s+to\s+[\w\s./@-]+?)?",
        _more_attempts,
    ),
    _rule(r"write\s+(?P<count>\d{1,6})\s+words", _write_words, needs_files=False),
)


_TRAILING_PLACE = regex(
    r"\s+(?:in|of)\s+(?P<paths>@?[\w./-]+\.\w+(?:\s*(?:,|and)?\s*@?[\w./-]+\.\w+)*)(?::\d+(?:-\d+)?)?\s*[.!]?$"
)
_MENTION = regex(r"@[\w./-]*\w(?::\d+(?:-\d+)?)?")


def _narrowed(sentence: str, files: Files) -> tuple[str, Files]:
    """The sentence without its places, and the files these name; all files when they name none."""
    chosen: list[SourceFile] = []

    def take(text: str) -> bool:
        names = re.findall(r"[\w./-]*\w", text)
        hits = [
            file for file in files if file.path in names or file.path.rpartition("/")[2] in names
        ]
        chosen.extend(hits)
        return bool(hits)

    place = _TRAILING_PLACE.search(sentence)
    if place is not None and take(place["paths"]):
        sentence = sentence[: place.start()]
    for mention in _MENTION.findall(sentence):
        take(mention)
    sentence = _MENTION.sub("", sentence).strip(" \t,:")
    sentence = re.sub(r"^(?:in|at|on)\b\s*,?\s*|\s+(?:in|at|on|of)$", "", sentence)
    sentence = re.sub(r"\s+(?:everywhere|across the (?:files|repository|project))$", "", sentence)
    return sentence, tuple(dict.fromkeys(chosen)) or files


def _first_function(sentence: str, files: Files) -> tuple[str, Files]:
    """The sentence with the name of the first function there is, and the file that has it."""
    for file in files:
        first = functions.first_function(file.lines)
        if first is not None:
            name = f"{first.owner}.{first.name}" if first.owner else first.name
            return sentence.replace("the first function", name), (file,)
    return sentence, files


def carry_out(instruction: str, files: Files) -> SimulatedAnswer:
    """The answer to `instruction` on `files`; for anything unknown, a text that says what works.

    Files named by the instruction itself (`in calc.py`, `@calc.py`) limit the work to them.
    """
    sentence = instruction.strip()
    if sentence.startswith(_REVIEWED):
        return _remarks(_REMARK.findall(sentence), files)
    if len(sentence) > _LONGEST:
        return SimulatedAnswer(CAN_DO)
    first, sentence = look_first(sentence)
    if first and not sentence:
        return _saw(first, files)
    short, chosen = _narrowed(sentence, files)
    if re.fullmatch(r"add a docstring\W*", short, re.IGNORECASE):
        short = "add a docstring to the first function"
    if "the first function" in short:
        short, chosen = _first_function(short, chosen)
    for pattern, rule, needs_files in _RULES:
        for candidate, scope in ((short, chosen), (sentence, files)):
            match = pattern.fullmatch(candidate)
            if match is not None:
                return (
                    rule(match, scope) if files or not needs_files else SimulatedAnswer(NAME_A_FILE)
                )
    return SimulatedAnswer(CAN_DO if files else f"{CAN_DO}\n\n{NAME_A_FILE}")


_REVIEWED = "change these places"
_REMARK = regex(r"^\d+\. [@`](\S+?)`?(?::\d+-\d+)?`? (.+)$", re.MULTILINE)


def _remarks(remarks: Sequence[tuple[str, str]], files: Files) -> SimulatedAnswer:
    """What a reviewer said about places, one remark after the other, each in its file."""
    now = {file.path: file for file in files}
    prose: list[str] = []
    for path, said in remarks:
        answer = carry_out(said, [now[path]] if path in now else tuple(now.values()))
        if not answer.edits:
            continue
        prose.append(answer.prose)
        for edit in answer.edits:
            if edit.path in now and edit.after is not None:
                now[edit.path] = replace(now[edit.path], lines=tuple(edit.after))
    edits = tuple(
        FileChange(file.path, tuple(file.lines), tuple(now[file.path].lines))
        for file in files
        if tuple(file.lines) != tuple(now[file.path].lines)
    )
    return SimulatedAnswer("\n".join(prose), edits) if edits else SimulatedAnswer(CAN_DO)


def names_in(instruction: str) -> tuple[str, ...]:
    """The names an instruction is about, as they would stand in a file; () for none."""
    sentence = instruction.strip()
    if len(sentence) > _LONGEST:
        return ()
    short, _ = _narrowed(look_first(sentence)[1], ())
    for pattern, rule, needs_files in _RULES:
        match = pattern.fullmatch(short) if needs_files else None
        if match is not None and rule is _more_attempts:
            return ("MAX_ATTEMPTS|MAX_RETRIES|MAX_TRIES",)
        if match is not None and rule is not _delete_file:
            groups = match.groupdict()
            name = groups.get("old") or groups.get("name") or ""
            return (_name(name).rpartition(".")[2],) if name else ()
    return ()


_LOOK_FIRST = regex(
    r"look\s+(?:into\s+(?P<folder>[\w./-]+?)|for\s+(?P<text>`[^`\n]+`|\S+?))"
    r"(?:\s*,?\s*then\s+(?P<rest>.+?))?\s*[.!?]?",
    re.IGNORECASE | re.DOTALL,
)


def look_first(instruction: str) -> tuple[str, str]:
    """(what an instruction says to look at first, what to do then), each "" for nothing.

    A folder ends in a slash; anything else is a text to find.
    """
    match = _LOOK_FIRST.fullmatch(instruction.strip())
    if match is None:
        return "", instruction
    folder = match["folder"]
    return f"{folder.strip('/')}/" if folder else _unquote(match["text"]), match["rest"] or ""


def _saw(what: str, files: Files) -> SimulatedAnswer:
    """What it saw of what it was told to look at."""
    folder = what.endswith("/")
    seen = [
        file
        for file in files
        if (file.path.startswith(what) if folder else any(what in line for line in file.lines))
    ]
    if not seen:
        return SimulatedAnswer(f"I found nothing for {what}.")
    told = ", ".join(dict.fromkeys(file.path for file in seen))
    return SimulatedAnswer(f"{what} is in {told}." if not folder else f"In {what} I read {told}.")

"""What the simulated model wants to see before it answers, as calls of the tools it was offered."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex
from spark_tui.simulator.instructions import SimulatedAnswer, look_first, names_in
from spark_tui.simulator.parts import OutputItem, Reply, SimulatedLook
from spark_tui.simulator.prompt import ReceivedPrompt, ToolOffer

_FOLDER = regex(r"^Folder: (?P<folder>\S+)/\n(?P<entries>(?:.+\n)*)", re.MULTILINE)
_MOST = 8


@dataclass(frozen=True, slots=True)
class LookCall:
    """One call: the tool's name, its one argument, and how it is asked for in words."""

    name: str
    argument: tuple[str, str]
    words: str

    @property
    def arguments(self) -> str:
        """As JSON."""
        return json.dumps(dict([self.argument]))


def _reading(path: str) -> LookCall:
    return LookCall("read_file", ("file_path", path), f"look: {path}")


def _finding(text: str) -> LookCall:
    return LookCall("grep_files", ("pattern", text), f"look: /{text}/")


def _listing(folder: str) -> LookCall:
    return LookCall("list_dir", ("dir_path", folder), f"look: {folder}/")


def wanted_looks(prompt: ReceivedPrompt, answer: SimulatedAnswer) -> tuple[LookCall, ...]:
    """What it asks to see first, and did not ask for before; () for nothing.

    What it is told to look at, then the files of a folder it listed, then the names in the
    instruction that stand in no file it was shown.
    """
    if prompt.offer is ToolOffer.NOTHING:
        return ()
    calls: list[LookCall] = []
    first, _ = look_first(prompt.instruction)
    if first:
        calls.append(_listing(first.rstrip("/")) if first.endswith("/") else _finding(first))
        calls += map(_reading, _listed(prompt.seen))
        calls = [one for one in calls if not _asked(one, prompt)]
    if not (answer.edits or calls):
        for name in names_in(prompt.instruction):
            word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            if not any(word.search(line) for file in prompt.files for line in file.lines):
                calls.append(_finding(name))
    return tuple(one for one in calls if not _asked(one, prompt))[:_MOST]


def _listed(seen: str) -> list[str]:
    """The files of folders that were listed."""
    out = []
    for match in _FOLDER.finditer(seen):
        lead = "" if match["folder"] == "." else f"{match['folder']}/"
        entries = match["entries"].splitlines()
        out += [lead + one for one in entries if not one.endswith(("/", ")")) and "/" not in one]
    return out


def _asked(call: LookCall, prompt: ReceivedPrompt) -> bool:
    said = call.words if prompt.offer is ToolOffer.WORDS else call.arguments
    return said in prompt.called or said in prompt.text


def parts_of_looks(calls: Sequence[LookCall], offer: ToolOffer) -> tuple[OutputItem, ...]:
    """The answer that asks for them."""
    if offer is ToolOffer.WORDS:
        return (OutputItem(Reply.TEXT, "\n".join(call.words for call in calls) + "\n"),)
    return tuple(OutputItem(SimulatedLook.CALL, call.arguments, call.name) for call in calls)

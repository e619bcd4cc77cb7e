"""From a prompt to the text of the answer, with the faults an answer itself may have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from spark_tui.simulator.edits import FileChange, as_search_replace, as_span, as_v4a
from spark_tui.simulator.faults import FaultName
from spark_tui.simulator.instructions import SimulatedAnswer, carry_out
from spark_tui.simulator.prompt import ReceivedPrompt, SourceFile, selected_lines
from spark_tui.simulator.settings import AnswerFormat

_PROSE = "It depends: both ways have their merits. Tell me more and I will make the edit."


def write_answer(
    prompt: ReceivedPrompt, wanted: AnswerFormat, faults: Collection[FaultName] = ()
) -> str:
    """The whole answer in the wanted format; AUTO follows the instructions, V4A by default."""
    if FaultName.PROSE in faults:
        return _PROSE
    selected = selected_lines(prompt) if wanted is AnswerFormat.AUTO else None
    if selected is not None:
        answer = carry_out(prompt.instruction, (selected,))
        code = next((e.after for e in answer.edits if e.path == selected.path and e.after), None)
        return answer.prose if code is None else as_span(code)
    if wanted is AnswerFormat.AUTO:
        asks_for_blocks = "SEARCH" in prompt.system and "*** Begin Patch" not in prompt.system
        wanted = AnswerFormat.SEARCH_REPLACE if asks_for_blocks else AnswerFormat.V4A
    answer = _with_faults(carry_out(prompt.instruction, prompt.files), faults)
    ambiguous = _repeated_line(prompt.files) if FaultName.AMBIGUOUS in faults else None
    if ambiguous is not None:
        return f"Changing a line.\n\n{_one_line_edit(*ambiguous, wanted)}"
    if not answer.edits:
        return answer.prose
    write = as_search_replace if wanted is AnswerFormat.SEARCH_REPLACE else as_v4a
    return f"{answer.prose}\n\n{write(answer.edits)}"


def _with_faults(answer: SimulatedAnswer, faults: Collection[FaultName]) -> SimulatedAnswer:
    if FaultName.ESCAPE in faults:
        return SimulatedAnswer(
            "Writing next door.", (FileChange("../outside.txt", None, ("escaped",)),)
        )
    if FaultName.MISSING_FILE in faults:
        edit = FileChange("no/such/file.py", ("old = 1",), ("new = 1",))
        return SimulatedAnswer("Changing a file.", (edit,))
    if FaultName.CONTROL in faults:
        hostile = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b1m\u202e"
        edits = tuple(
            FileChange(e.path, e.before, (f"# {hostile}", *(e.after or ()))) for e in answer.edits
        )
        return SimulatedAnswer(f"{hostile} {answer.prose}", edits)
    return answer


def _repeated_line(files: Sequence[SourceFile]) -> tuple[str, str] | None:
    """A path and a line that the file holds more than once."""
    for file in files:
        for line, times in Counter(file.lines).most_common():
            if times > 1 and line.strip():
                return file.path, line
    return None


def _one_line_edit(path: str, line: str, wanted: AnswerFormat) -> str:
    if wanted is AnswerFormat.SEARCH_REPLACE:
        return (
            f"{path}\n```\n<<<<<<< SEARCH\n{line}\n=======\n{line}  # here\n>>>>>>> REPLACE\n```\n"
        )
    patch = f"*** Update File: {path}\n@@\n-{line}\n+{line}  # here\n"
    return f"*** Begin Patch\n{patch}*** End Patch\n"

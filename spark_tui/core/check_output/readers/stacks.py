"""Frames of stack traces as the languages print them, those of the repository only."""

from __future__ import annotations

from collections.abc import Iterable

from spark_tui.core.check_output.lines import Resolve
from spark_tui.core.check_output.report import StackFrame
from spark_tui.core.regex import regex

_PYTHON = regex(r'^[\s|]{0,40}File "([^"]{1,400})", line (\d{1,7})(?:, in (.{1,200}))?$')
_JS = regex(
    r"^\s{0,40}(?:at|❯|›)\s(?:async )?(?:(\S.{0,200}?) (?=\(|\S+:\d))?\(?"
    r"(?:file://)?([^\s():][^():]{0,400}):(\d{1,7}):\d{1,7}\)?$"
)
_JAVA = regex(r"^\s{0,40}at ([\w$.<>/]{1,300})\(([\w$-]{1,100}\.\w{1,10}):(\d{1,7})\)")
_GO = regex(r"^\s{0,8}((?:/|\w:|\.)?[^\s:]{1,400}\.go):(\d{1,7})(?: \+0x[0-9a-f]{1,16})?$")


def frame_of(line: str, resolve: Resolve) -> StackFrame | None:
    """The frame that a line is; its path is "" outside the repository. None for no frame."""
    found = _PYTHON.match(line)
    if found is not None:
        return StackFrame(resolve(found[1]), int(found[2]), found[3] or "")
    found = _JS.match(line)
    if found is not None:
        function = (found[1] or "").strip()
        nameless = "<anonymous>" in function or function.startswith("Object.")
        return StackFrame(resolve(found[2]), int(found[3]), "" if nameless else function)
    found = _JAVA.match(line)
    if found is not None:
        folder = found[1].rpartition(".")[0].rpartition(".")[0].replace(".", "/")
        path = resolve(f"{folder}/{found[2]}" if folder else found[2]) or resolve(found[2])
        return StackFrame(path, int(found[3]), found[1].rpartition(".")[2])
    found = _GO.match(line)
    if found is not None:
        return StackFrame(resolve(found[1]), int(found[2]))
    return None


def own_frames(
    lines: Iterable[str], resolve: Resolve, deepest_first: bool = True
) -> tuple[StackFrame, ...]:
    """The repository's frames in these lines, each once, from the outermost to the deepest."""
    found = (frame_of(line, resolve) for line in lines)
    frames = list(dict.fromkeys(one for one in found if one is not None and one.path))
    return tuple(reversed(frames) if deepest_first else frames)

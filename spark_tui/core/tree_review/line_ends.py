r"""Line endings between a repository and its worktree, as git turns them without any filter.

Git keeps `\n` and may write `\r\n`. What it would turn into the same bytes is no change.
"""

from __future__ import annotations

from collections.abc import Mapping

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.diff import opcodes


@dataclass(frozen=True, slots=True)
class LineEnds:
    r"""How one file is written. `turned`: `\r\n` becomes `\n` on the way in; `crlf`: and back.

    With `sure` false git looks at the bytes first.
    """

    turned: bool = False
    crlf: bool = False
    sure: bool = False


AS_IT_IS = LineEnds()


def line_ends(attributes: Mapping[str, str], config: Mapping[str, str]) -> LineEnds:
    """What a path's attributes (`text`, `eol`) and the configuration say together."""
    text, eol = attributes.get("text", ""), attributes.get("eol", "")
    autocrlf = config.get("core.autocrlf", "").lower()
    automatic = "true" if autocrlf in ("true", "yes", "on", "1") else autocrlf
    if text == "unset":
        return AS_IT_IS
    if text in ("", "unspecified"):
        if eol in ("lf", "crlf"):
            return LineEnds(True, eol == "crlf", True)
        if automatic in ("true", "input"):
            return LineEnds(True, automatic == "true", False)
        return AS_IT_IS
    if eol in ("lf", "crlf"):
        crlf = eol == "crlf"
    elif automatic in ("true", "input"):
        crlf = automatic == "true"
    else:
        crlf = config.get("core.eol", "").lower() == "crlf"
    return LineEnds(True, crlf, text != "auto")


def committed_form(data: bytes, ends: LineEnds, committed: bytes | None) -> bytes:
    """The bytes git would commit for a file of the worktree; `committed` is what it has now."""
    if not ends.turned or b"\r\n" not in data:
        return data
    if not ends.sure:
        kept = committed is not None and b"\0" not in committed and b"\r\n" in committed
        if kept or _looks_binary(data):
            return data
    return data.replace(b"\r\n", b"\n")


def checked_out(data: bytes, ends: LineEnds) -> bytes:
    """The bytes git would write into the worktree for a blob."""
    if not ends.crlf or b"\n" not in data:
        return data
    if not ends.sure and (_looks_binary(data) or b"\r\n" in data):
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def base_form(committed: bytes, worktree: bytes, ends: LineEnds) -> bytes:
    """A blob as the lines of the worktree's file are ended.

    Lines that git takes for the same are the worktree's own; the others end as most of those do.
    """
    if not ends.turned or b"\r" not in worktree:
        return committed
    if committed_form(worktree, ends, committed) == worktree:
        return committed
    here = _lines(worktree)
    there = _lines(committed.replace(b"\r\n", b"\n"))
    plain = [_plain(line) for line in here]
    crlf = 2 * worktree.count(b"\r\n") >= worktree.count(b"\n")
    out: list[bytes] = []
    for op in opcodes(there, plain):
        if op.equal:
            out += here[op.b1 : op.b2]
        else:
            lines = there[op.a1 : op.a2]
            out += [line[:-1] + b"\r\n" if crlf and line[-1:] == b"\n" else line for line in lines]
    return b"".join(out)


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _plain(line: bytes) -> bytes:
    return line[:-2] + b"\n" if line.endswith(b"\r\n") else line


def _looks_binary(data: bytes) -> bool:
    return b"\0" in data or data.count(b"\r") != data.count(b"\r\n")

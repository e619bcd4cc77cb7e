"""Server-sent events, cut out of bytes as they arrive.

Format: WHATWG HTML Living Standard, section 9.2 (event streams). Only `data` is kept: the payloads
read here name their own type, but for errors, which some servers only name as the event, or send on
a line of their own (`error: {…}`, llama.cpp). Works on bytes, so that a character split across
reads is whole again before anything decodes it.
"""

from __future__ import annotations

import orjson

from spark_tui.services.endpoint.limits import Bounds


class TooBigError(Exception):
    """A line, the body or the number of events is over its bound."""


class SseSplitter:
    """Incremental splitter: bytes in, payloads of complete events out.

    The payloads are the same for any chunking of the same bytes. Lines end in CR, LF or CRLF;
    comments and other fields are dropped; several `data` lines are joined with LF. What an event
    named `error` holds comes as `{"error": …}`.
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._rest = b""
        self._data: list[bytes] = []
        self._data_size = 0
        self._error = False
        self._after_cr = False
        self._at_start = True
        self._taken = 0
        self._count = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads completed by `data`, oldest first. Raises TooBigError over a bound."""
        self._taken += len(data)
        if self._taken > self._bounds.body:
            raise TooBigError
        if at := self._one_event(data):
            self._at_start = False
            self._tally()
            return [data[at:-2]]
        if self._after_cr and data:
            self._after_cr = False
            if data[:1] == b"\n":
                data = data[1:]
        text = self._rest + data if self._rest else data
        if self._at_start:
            text = self._skip_mark(text)
        if b"\r" in text:
            self._after_cr = text.endswith(b"\r")
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = text.split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > self._bounds.line:
            raise TooBigError
        out: list[bytes] = []
        for line in lines:
            self._take(line, out)
        return out

    def finish(self) -> list[bytes]:
        """The event left open when the stream ended without its blank line, if there is one."""
        rest, self._rest = self._rest, b""
        out: list[bytes] = []
        if rest:
            self._take(rest, out)
        self._take(b"", out)
        return out

    def _skip_mark(self, text: bytes) -> bytes:
        if len(text) < 3 and b"\xef\xbb\xbf".startswith(text):
            return text
        self._at_start = False
        return text.removeprefix(b"\xef\xbb\xbf")

    def _one_event(self, data: bytes) -> int:
        """Where the payload begins in one whole event with one line of data, as most reads are.

        0 for anything else.
        """
        first = data.find(b"\n") + 1 if data.startswith(b"event: response.") else 0
        whole = (
            data.startswith(b"data: ", first)
            and data.find(b"\n", first) == len(data) - 2
            and data.endswith(b"\n")
            and not self._rest
            and not self._data
            and not self._error
            and not self._after_cr
            and len(data) <= self._bounds.line
            and b"\r" not in data
        )
        return first + 6 if whole else 0

    def _tally(self) -> None:
        self._count += 1
        if self._count > self._bounds.events:
            raise TooBigError

    def _take(self, line: bytes, out: list[bytes]) -> None:
        if line.startswith(b"data:"):
            self._keep(line, line[6:] if line[5:6] == b" " else line[5:])
        elif not line:
            if self._data:
                data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                out.append(_as_error(data) if self._error else data)
                self._data.clear()
                self._data_size = 0
                self._tally()
            self._error = False
        elif line == b"data":
            self._data.append(b"")
        elif line.startswith(b"event:"):
            self._error = line[6:].strip() == b"error"
        elif line.startswith(b"error:"):
            self._error = True
            self._keep(line, line[6:].strip())

    def _keep(self, line: bytes, value: bytes) -> None:
        self._data.append(value)
        self._data_size += len(value)
        if len(line) > self._bounds.line or self._data_size > self._bounds.line:
            raise TooBigError


def _as_error(data: bytes) -> bytes:
    """What an error event holds, JSON or words, as a payload that says so."""
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        data = orjson.dumps(data.decode("utf-8", "replace"))
    return b'{"error":' + data + b"}"

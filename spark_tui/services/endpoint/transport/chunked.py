"""The chunked transfer coding, cut out of bytes as they arrive.

Format: RFC 9112, section 7.1. The HTTP library's own reader costs more than all that is done with
a token afterwards; what is read here can be handed back to it at any byte.
"""

from __future__ import annotations

from spark_tui.core.regex import regex

_SIZE = regex(rb"([0-9A-Fa-f]{1,16})(?:;[^\r\n]*)?[ \t]*\r\n")
_MOST = 16_384
"""Longest size line, and longest trailer section, in bytes."""


class ChunkedDecoder:
    """Incremental decoder: bytes in, content out, the same for any cut of the same bytes.

    `over` says that the last chunk and the trailer section behind it were read, `broken` that what
    came is no chunk: there will be no more content.
    """

    def __init__(self) -> None:
        self.over = self.broken = False
        self._left = 0
        self._footer = False
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The content that `data` holds."""
        if not (self._left or self._held or self._footer or self.over or self.broken):
            # Most reads are one whole chunk.
            first = _SIZE.match(data)
            if first is not None and data.endswith(b"\r\n"):
                length = int(first[1], 16)
                if length and len(data) == first.end() + length + 2:
                    return data[first.end() : -2]
        if self._held:
            ended, data = b"\n" in data, self._held + data
            if not ended and len(data) < _MOST:
                self._held = data
                return b""
        size, at = len(data), 0
        out: list[bytes] = []
        while not self.over and not self.broken:
            if self._left:
                piece = data[at : at + self._left]
                if piece:
                    out.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if self._left:
                    break
                self._footer = True
            if self._footer:
                footer = data[at : at + 2]
                if footer == b"\r\n":
                    at += 2
                    self._footer = False
                elif b"\r\n".startswith(footer):
                    break
                else:
                    self.broken = True
                    break
            line = _SIZE.match(data, at)
            if line is None:
                self.broken = size - at >= _MOST or data.find(b"\n", at) >= 0
                break
            self._left = int(line[1], 16)
            if self._left:
                at = line.end()
                continue
            end = data.find(b"\r\n\r\n", line.end() - 2)
            if end < 0:
                self.broken = size - at >= _MOST
                break
            self.over, at = True, end + 4
        self._held = data[at:]
        return out[0] if len(out) == 1 else b"".join(out)

    def rest(self) -> bytes:
        """What another reader needs in front of the bytes to come, to read the body to its end.

        It may give that reader one byte of content once more.
        """
        if self.over:
            return b"0\r\n\r\n" + self._held
        if self._left:
            return b"%x\r\n" % self._left
        return b"1\r\n " + self._held if self._footer else self._held

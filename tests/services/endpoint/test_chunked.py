"""The body of an answer, read where it arrives: however it is framed and cut, as the library would.

Whatever is not one chunked body over HTTP/1.1 is left to the library; so is what is behind it.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import h11
import httpcore2._async.http11 as library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.endpoint.wire import Connected, Delta, Ending
from spark_tui.services.endpoint.transport.chunked import ChunkedDecoder

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Got = Kit = Any

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
EXTENSIONS = st.sampled_from([b"", b"", b";a", b"; name=value ", b" "])
TRAILERS = st.sampled_from([b"", b"", b"x-checksum: 1\r\n", b"a: 1\r\nb: 2\r\n"])


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """(content, its chunked form)."""
    pieces = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
    out = b""
    for piece in pieces:
        size = draw(st.sampled_from([b"%x", b"%X", b"%04x"])) % len(piece)
        out += size + draw(EXTENSIONS) + b"\r\n" + piece + b"\r\n"
    out += draw(st.sampled_from([b"0", b"000"])) + draw(EXTENSIONS) + b"\r\n"
    return b"".join(pieces), out + draw(TRAILERS) + b"\r\n"


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = sorted({place % (len(data) + 1) for place in at})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def by_library(data: bytes) -> tuple[bytes, bool]:
    """(content, whether the body ended)."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(HEAD + data)
    content = b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Data):
            content += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return content, True
        elif event is h11.NEED_DATA:
            return content, False


@given(bodies(), st.lists(st.integers(0, 500), max_size=12))
@settings(max_examples=150, deadline=None)
def test_content_is_the_librarys_for_any_cut(body: tuple[bytes, bytes], at: list[int]) -> None:
    content, coded = body
    decoder = ChunkedDecoder()
    got = b""
    for piece in cut(coded, at):
        assert not decoder.over or not piece
        got += decoder.feed(piece)
    assert got == content
    assert decoder.over
    assert decoder.rest() == b"0\r\n\r\n"


@given(bodies(), st.integers(0, 500))
@settings(max_examples=150, deadline=None)
def test_the_library_reads_on_from_any_byte(body: tuple[bytes, bytes], at: int) -> None:
    content, coded = body
    at %= len(coded) + 1
    decoder = ChunkedDecoder()
    before = decoder.feed(coded[:at])
    after, ended = by_library(decoder.rest() + coded[at:])
    assert ended
    assert before + after in (content, before + b" " + content[len(before) :])


@pytest.mark.parametrize(
    "coded",
    [
        b"zz\r\n",
        b"+5\r\nhello\r\n",
        b"5\nhello\n",
        b"\r\n",
        b"-1\r\n",
        b"5\r\nhelloX\r\n",
        b"5\r\nhello\n",
        b"11111111111111111\r\n",
        b"5" + b";" * 20_000,
        b"0\r\n" + b"a: b\r\n" * 4000,
    ],
    ids=range(10),
)
@pytest.mark.parametrize("size", [1, 10_000_000], ids=["bytes", "whole"])
def test_what_is_no_chunk_is_refused(coded: bytes, size: int) -> None:
    decoder = ChunkedDecoder()
    content = b"".join(decoder.feed(coded[at : at + size]) for at in range(0, len(coded), size))
    assert decoder.broken
    assert content in (b"", b"hello")


# ------------------------------------------------------------------- over real sockets


def delta(text: str, number: int) -> str:
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    kind = "response.output_text.delta"
    return json.dumps({"type": kind, "sequence_number": number, **place, "delta": text})


def answer(words: int) -> bytes:
    done = {"type": "response.completed", "sequence_number": words, "response": {"id": "r"}}
    events = [*(delta("word ", n) for n in range(words)), json.dumps(done)]
    return b"".join(b"data: " + event.encode() + b"\n\n" for event in events)


def coded(body: bytes, size: int, tail: bytes = b"") -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n" + tail + b"\r\n"


START = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
CHUNKED = START + b"transfer-encoding: chunked\r\n\r\n"
BODY = answer(3)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
LENGTH = START + b"content-length: %d\r\n\r\n" % len(BODY)
SHAPES: dict[str, tuple[bytes, int, bool]] = {
    # name: (the response, bytes in each write, whether the connection serves the next turn)
    "one write": (CHUNKED + coded(BODY, 64), 1 << 20, True),
    "byte by byte": (CHUNKED + coded(BODY, 50), 1, True),
    "tiny chunks": (CHUNKED + coded(BODY, 1), 7, True),
    "trailers": (CHUNKED + coded(BODY, 64, b"x-sum: 1\r\n"), 11, True),
    "an interim answer": (INTERIM + CHUNKED + coded(BODY, 64), 9, True),
    "content-length": (LENGTH + BODY, 13, True),
    "until it closes": (START + b"\r\n" + BODY, 13, False),
    "HTTP/1.0": (CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + coded(BODY, 64), 13, False),
    "lines without returns": (CHUNKED.replace(b"\r\n", b"\n") + coded(BODY, 64), 13, True),
}  # fmt: skip


def test_any_framing_is_read_and_a_whole_body_leaves_its_connection(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        response, size, keeps = SHAPES[json.loads(got.body)["model"]]
        for at in range(0, len(response), size):
            writer.write(response[at : at + size])
            await writer.drain()
            if size < 100 and at % 3 == 0:
                await asyncio.sleep(0)
        if not keeps:
            writer.close()

    server = kit.serve(handler)
    for name, (_, _, keeps) in SHAPES.items():
        endpoint = kit.endpoint(server.url, model=name)
        for again in (False, True):
            got = kit.collector()
            endpoint.call(kit.request, got)
            assert got.ended().ending is Ending.COMPLETE, name
            assert got.text == "word " * 3, name
            made = next(one for one in got.events if isinstance(one, Connected))
            assert made.reused is (again and keeps), name
            kit.until(lambda: not any("_drain" in repr(one) for one in kit.network._tasks))


@pytest.mark.parametrize(
    ("rest", "told"),
    [(b"zz\r\nword", "broke off"), (b"ff\r\nword", "broke off"), (b"", "broke off")],
)
def test_a_body_that_breaks_its_coding_breaks_off(kit: Kit, rest: bytes, told: str) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        first = b"data: " + delta("word ", 0).encode() + b"\n\n"
        writer.write(CHUNKED + b"%x\r\n%b\r\n" % (len(first), first) + rest)
        await writer.drain()
        writer.close()

    got = kit.ask(kit.serve(handler).url)
    assert got.text == "word "
    assert got.ended().ending is Ending.CUT
    assert told in got.ended().message


def test_the_library_is_asked_for_no_byte_of_an_answer(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither it nor a task of ours wakes up for each read: what does is counted."""
    asked = []
    receive = library.AsyncHTTP11Connection._receive_event

    async def counted(self: Any, **options: Any) -> Any:
        asked.append(1)
        return await receive(self, **options)

    monkeypatch.setattr(library.AsyncHTTP11Connection, "_receive_event", counted)
    read = asyncio.Event()

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        for at in range(0, len(LONG), 61):
            piece = LONG[at : at + 61]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")
        await read.wait()

    got = kit.ask(kit.serve(handler).url)
    assert sum(isinstance(one, Delta) for one in got.events) == 200
    assert len(asked) <= 4


LONG = answer(200)

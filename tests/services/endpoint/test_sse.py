from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.services.endpoint.limits import Bounds
from spark_tui.services.endpoint.wires.sse import SseSplitter, TooBigError


def split(data: bytes, cuts: list[int] | None = None) -> list[bytes]:
    splitter = SseSplitter()
    out: list[bytes] = []
    places = [0, *sorted(one % (len(data) + 1) for one in cuts or []), len(data)]
    for start, end in itertools.pairwise(places):
        out += splitter.feed(data[start:end])
    return out + splitter.finish()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_may_end_in_any_way(end: bytes) -> None:
    lines = [b": hello", b"event: x", b"data: one", b"id: 7", b"", b"data:two", b"data: 2", b""]
    assert split(end.join(lines) + end) == [b"one", b"two\n2"]


def test_comments_and_blank_lines_are_no_events() -> None:
    assert split(b"\n\n: ping\n\n\n:\n\n") == []


def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert split(b"data:  x\n\n") == [b" x"]


def test_separators_of_other_formats_are_text() -> None:
    body = "data: a\u2028b\x85c\x1ed\n\n".encode()
    assert split(body) == ["a\u2028b\x85c\x1ed".encode()]


def test_a_byte_order_mark_is_dropped_even_when_cut() -> None:
    assert split(b"\xef\xbb\xbfdata: x\n\n", [1, 2]) == [b"x"]


def test_the_short_way_for_one_line_events_is_no_other_way() -> None:
    splitter = SseSplitter()
    assert splitter.feed(b"data: a\n\n") == [b"a"]
    assert splitter.feed(b"data: b") == []
    assert splitter.feed(b"data: c\n\n") == [b"bdata: c"]
    assert splitter.feed(b"data: d\n") == []
    assert splitter.feed(b"data: e\n\n") == [b"d\ne"]
    assert splitter.feed(b"data: f\r") == []
    assert splitter.feed(b"\ndata: g\n\n") == [b"f\ng"]


PIECES = st.sampled_from(
    [
        b"data: ",
        b"data:",
        b"\r\n",
        b"\n",
        b"\r",
        b"\n\n",
        b": c",
        b"{}",
        "é文".encode(),
        b" ",
        b"data",
    ]
)


@given(st.lists(PIECES, max_size=30).map(b"".join), st.lists(st.integers(0, 200), max_size=12))
def test_events_do_not_depend_on_chunking(data: bytes, cuts: list[int]) -> None:
    assert split(data, cuts) == split(data)


def test_lines_bodies_and_events_are_bounded() -> None:
    with pytest.raises(TooBigError):
        SseSplitter(Bounds(line=100)).feed(b"data: " + b"x" * 101)
    with pytest.raises(TooBigError):
        SseSplitter(Bounds(line=100)).feed(b"data: xxxxxxxxx\n" * 20)
    with pytest.raises(TooBigError):
        SseSplitter(Bounds(body=100)).feed(b": c\n" * 30)
    with pytest.raises(TooBigError):
        SseSplitter(Bounds(events=10)).feed(b"data: x\n\n" * 11)
    assert len(SseSplitter(Bounds(events=10)).feed(b"data: x\n\n" * 10)) == 10


def test_a_stream_of_nothing_but_one_endless_comment_is_bounded() -> None:
    splitter = SseSplitter(Bounds(line=1000))
    for _ in range(10):
        splitter.feed(b":" * 100)
    with pytest.raises(TooBigError):
        splitter.feed(b":")


@pytest.mark.parametrize(
    ("stream", "payloads"),
    [
        (b'error: {"message":"no"}\n\n', [b'{"error":{"message":"no"}}']),
        (b"error: failed to decode\n\n", [b'{"error":"failed to decode"}']),
        (b'event: error\ndata: {"message":"no"}\n\n', [b'{"error":{"message":"no"}}']),
        (b'event:error\r\ndata: busy "now"\r\n\r\n', [b'{"error":"busy \\"now\\""}']),
        (b"event: error\n\ndata: a\n\n", [b"a"]),
        (b"event: errors\ndata: a\n\nevent: x\ndata: b\n\n", [b"a", b"b"]),
        (b"event: error\nevent: other\ndata: a\n\n", [b"a"]),
    ],
)
def test_errors_are_told_though_the_payload_does_not_say_so(
    stream: bytes, payloads: list[bytes]
) -> None:
    whole = SseSplitter()
    assert whole.feed(stream) + whole.finish() == payloads
    bytewise = SseSplitter()
    got = [one for n in range(len(stream)) for one in bytewise.feed(stream[n : n + 1])]
    assert got + bytewise.finish() == payloads

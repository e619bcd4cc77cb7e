from __future__ import annotations

import pytest

from spark_tui.core.endpoint.wire import Channel, Connected, Delta, FirstEvent, RequestSent, Usage
from spark_tui.core.latency.meter import Exactness, Meter

MS = 1_000_000
T0 = 5_000 * MS


def sent(meter: Meter, at: int = T0) -> None:
    meter.feed([Connected(at, True), RequestSent(at + MS, at, 900)])


def stream(
    meter: Meter,
    tokens: int,
    rate: float,
    *,
    per_read: int = 1,
    ttft_ms: int = 200,
    text: str = " word",
    joined: bool = False,
) -> int:
    """Feed `tokens` paced at `rate` tok/s, `per_read` of them in each read; the last stamp."""
    at = T0 + ttft_ms * MS
    meter.feed([FirstEvent(at)])
    for start in range(0, tokens, per_read):
        count = min(per_read, tokens - start)
        at = T0 + ttft_ms * MS + int(start * 1e9 / rate)
        if joined:
            meter.feed([Delta(at, text * count)])
        else:
            meter.feed([Delta(at, text)] * count)
    return at


@pytest.mark.parametrize("rate", [50, 300, 1000, 5000])
@pytest.mark.parametrize("per_read", [1, 3, 16])
@pytest.mark.parametrize("joined", [False, True])
def test_decode_rate_is_within_one_percent_of_the_server(
    rate: float, per_read: int, joined: bool
) -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 640, rate, per_read=per_read, joined=joined)
    meter.feed([Usage(T0, 100, 640)])
    reading = meter.reading()
    assert reading.ttft_ns == 200 * MS
    assert reading.exactness is Exactness.FINAL
    assert reading.output == 640
    reads = -(-640 // per_read)
    expected = (640 - per_read) / ((reads - 1) * per_read / rate)
    assert reading.decode_tps == pytest.approx(expected, rel=0.01)
    if 640 % per_read == 0:
        assert reading.decode_tps == pytest.approx(rate, rel=0.01)


WORDS = ["def", " retry", "(", "call", ":", "\n    ", " x", " attempts", " =", " 3", " exception"]


@pytest.mark.parametrize("bundle", [1, 4, 16])
def test_words_of_any_length_in_even_bundles_are_counted_right(bundle: int) -> None:
    words = (["Considerations", " regarding"] * 8 + WORDS * 100)[:800]
    meter = Meter()
    sent(meter)
    for start in range(0, len(words), bundle):
        at = T0 + 100 * MS + start * MS
        meter.feed([Delta(at, "".join(words[start : start + bundle]))])
    meter.feed([Usage(T0, 100, len(words))])
    assert meter.reading().decode_tps == pytest.approx(1000, rel=0.005)


def test_uneven_bundles_are_weighed_by_their_text() -> None:
    meter = Meter()
    sent(meter)
    at, total = T0 + 100 * MS, 0
    for size in [40, 1, 2, 1, 60, 3, 1, 1, 90, 2] * 4:
        meter.feed([Delta(at, " word" * size)])
        total += size
        at += size * MS
    meter.feed([Usage(T0, 100, total)])
    reading = meter.reading()
    spent = (total - 2) / 1000
    assert reading.decode_tps == pytest.approx((total - 40) / spent, rel=0.01)


def test_nothing_is_a_figure_before_anything_happened() -> None:
    reading = Meter().reading()
    assert reading.ttft_ns is None
    assert reading.decode_tps is None
    assert reading.live_tps is None
    assert reading.gaps_ns is None
    assert reading.output == 0


def test_bundled_reads_are_not_counted_as_tokens() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 600, 1000, per_read=20, joined=True)
    meter.feed([Usage(T0, 100, 600)])
    reading = meter.reading()
    assert reading.reads == 30
    assert reading.decode_tps == pytest.approx(1000, rel=0.01)


def test_waiting_for_the_first_token_is_not_in_the_decode_rate() -> None:
    rates = []
    for ttft in (20, 4000):
        meter = Meter()
        sent(meter)
        stream(meter, 200, 1000, ttft_ms=ttft)
        meter.feed([Usage(T0, 100, 200)])
        reading = meter.reading()
        rates.append(reading.decode_tps)
        assert reading.ttft_ns == ttft * MS
        assert reading.e2e_tps == pytest.approx(200 / (ttft / 1000 + 0.199), rel=0.001)
    assert rates[0] == rates[1]


def test_one_read_gives_no_rate() -> None:
    meter = Meter()
    sent(meter)
    meter.feed([Delta(T0 + 30 * MS, " word" * 400), Usage(T0 + 30 * MS, 10, 400)])
    reading = meter.reading()
    assert reading.decode_tps is None
    assert reading.e2e_tps is None
    assert reading.live_tps is None
    assert reading.output == 400


def test_a_short_window_gives_no_rate() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 40, 1000)
    meter.feed([Usage(T0, 100, 40)])
    assert meter.reading().decode_tps is None


def test_few_tokens_give_no_rate() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 15, 50)
    meter.feed([Usage(T0, 100, 15)])
    assert meter.reading().decode_tps is None


def test_reasoning_that_was_never_seen_is_not_in_the_visible_rate() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 200, 1000, ttft_ms=3000)
    meter.feed([Usage(T0, 100, 5200, reasoning=5000)])
    reading = meter.reading()
    assert reading.decode_tps == pytest.approx(1000, rel=0.01)
    assert (reading.output, reading.reasoning) == (5200, 5000)


def test_reasoning_that_was_seen_counts_as_output() -> None:
    meter = Meter()
    sent(meter)
    for index in range(400):
        channel = Channel.REASONING if index < 300 else Channel.TEXT
        meter.feed([Delta(T0 + (100 + index) * MS, " word", channel)])
    meter.feed([Usage(T0, 100, 400, reasoning=300)])
    reading = meter.reading()
    assert reading.ttft_ns == 100 * MS
    assert reading.decode_tps == pytest.approx(1000, rel=0.001)


def test_an_answer_dumped_at_the_end_gives_no_rate_from_the_wait() -> None:
    meter = Meter()
    sent(meter)
    meter.feed([FirstEvent(T0 + 5 * MS), Delta(T0 + 9000 * MS, " word" * 900)])
    meter.feed([Usage(T0 + 9000 * MS, 10, 900)])
    reading = meter.reading()
    assert reading.decode_tps is None
    assert reading.ttfe_ns == 5 * MS
    assert reading.ttft_ns == 9000 * MS


def test_time_after_the_last_token_changes_nothing() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 200, 1000)
    early = meter.reading().e2e_tps
    meter.feed([Usage(T0 + 60_000 * MS, 100, 200)])
    late = meter.reading()
    assert late.decode_tps == pytest.approx(1000, rel=0.01)
    assert early is not None
    assert late.e2e_tps == pytest.approx(200 / 0.399, rel=0.001)


def test_estimates_say_so_and_usage_replaces_them() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 200, 1000)
    guess = meter.reading()
    assert guess.exactness is Exactness.ESTIMATED
    assert guess.live_tps is not None
    meter.feed([Usage(T0, 100, 200, cached=64)])
    exact = meter.reading()
    assert (exact.exactness, exact.output, exact.input, exact.cached) == (
        Exactness.FINAL,
        200,
        100,
        64,
    )
    assert exact.live_tps == pytest.approx(1000, rel=0.02)


def test_the_next_turn_estimates_with_what_the_last_one_learned() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 400, 1000)
    meter.feed([Usage(T0, 100, 400)])
    following = Meter(factor=meter.learned)
    sent(following)
    stream(following, 100, 1000)
    assert following.reading().output == pytest.approx(100, abs=1)


def test_counts_of_the_provider_are_live_and_exact() -> None:
    meter = Meter()
    sent(meter)
    for index in range(100):
        meter.feed([Delta(T0 + (100 + index * 4) * MS, "x", tokens=4)])
    reading = meter.reading()
    assert reading.exactness is Exactness.LIVE
    assert reading.output == 400
    assert reading.decode_tps == pytest.approx(1000, rel=0.001)
    assert reading.live_tps == pytest.approx(1000, rel=0.02)


def test_gaps_are_between_reads_not_between_deltas() -> None:
    meter = Meter()
    sent(meter)
    at = T0 + 100 * MS
    for gap_ms in [0] + [10] * 90 + [40] * 8 + [700]:
        at += gap_ms * MS
        meter.feed([Delta(at, "a"), Delta(at, "b")])
    gaps = meter.reading().gaps_ns
    assert gaps == (10 * MS, 40 * MS, 700 * MS)
    assert meter.reading().reads == 100


def test_client_time_leaves_out_connecting_and_waiting() -> None:
    meter = Meter(asked_at=T0 - 60 * MS)
    meter.feed([Connected(T0 - MS, False, 10 * MS, 20 * MS, 25 * MS)])
    meter.feed([RequestSent(T0 + MS, T0, 900), Delta(T0 + 300 * MS, "x")])
    assert meter.reading().client_ns == 5 * MS
    meter.painted(T0 + 304 * MS)
    assert meter.reading().client_ns == 9 * MS
    assert meter.reading().elapsed_ns == 360 * MS


def test_history_holds_at_most_24_rates() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 9000, 1000)
    meter.feed([Usage(T0, 1, 9000)])
    history = meter.reading().history
    assert len(history) == 24
    assert history[-1] == pytest.approx(1000, rel=0.02)


def test_counts_that_contradict_each_other_are_never_exact_and_teach_nothing() -> None:
    meter = Meter()
    sent(meter)
    stream(meter, 100, 1000)
    meter.feed([Usage(T0, 100, 5_000, exact=False)])
    reading = meter.reading()
    assert (reading.exactness, reading.guess) == (Exactness.ESTIMATED, "~")
    assert meter.learned == 1.0


def test_tokens_that_came_as_no_text_are_in_no_rate() -> None:
    plain, mixed = Meter(), Meter()
    for meter, usage in ((plain, Usage(T0, 1, 200)), (mixed, Usage(T0, 1, 500, unsent=300))):
        sent(meter)
        stream(meter, 200, 1000)
        meter.feed([usage])
    assert mixed.reading().decode_tps == plain.reading().decode_tps
    assert mixed.reading().output == 500


def test_an_input_that_was_not_counted_is_not_nothing() -> None:
    meter = Meter()
    meter.feed([Usage(T0, 0, 5)])
    assert meter.reading().input is None


def test_further_requests_count_their_tokens_and_not_the_wait_for_them() -> None:
    """Two rounds of 300 tokens at 1,000 tok/s with 2 s between them are one answer of 600."""
    meter = Meter()
    sent(meter)
    last = stream(meter, 300, 1000)
    meter.feed([Usage(last, 100, 300)])
    meter.goes_on()
    again = last + 2_000 * MS
    meter.feed([RequestSent(again, again - 300 * MS, 900), FirstEvent(again)])
    for number in range(300):
        meter.feed([Delta(again + number * MS, " word")])
    meter.feed([Usage(again + 300 * MS, 900, 300, cached=100)])
    reading = meter.reading()
    assert reading.ttft_ns == 200 * MS
    assert (reading.input, reading.cached, reading.output) == (1_000, 100, 600)
    assert reading.decode_tps == pytest.approx(1_000, rel=0.01)
    assert reading.decode_ns == 598 * MS
    assert reading.gaps_ns is not None
    assert reading.gaps_ns[2] < 2 * MS

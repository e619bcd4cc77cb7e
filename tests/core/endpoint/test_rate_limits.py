"""Rate limits from headers, and when the next request fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.endpoint.rate_limits import forecast, read_limits, seconds_of
from spark_tui.core.endpoint.wire import Allowance

S = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("7.66s", 7.66),
        ("20ms", 0.02),
        ("1h2m3.5s", 3723.5),
        ("12.5", 12.5),
        ("2m59.56s", 179.56),
        ("", None),
        ("soon", None),
        ("1m, or so", None),
        ("-3", None),
        ("nan", None),
    ],
)
def test_times_as_providers_write_them(text: str, seconds: float | None) -> None:
    found = seconds_of(text)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_headers_of_openai_groq_and_cerebras() -> None:
    openai = {
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "28800",
        "x-ratelimit-reset-tokens": "2.4s",
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
    }
    found = read_limits(openai, 7)
    assert found is not None
    assert found.tokens == Allowance(30_000, 28_800, 2_400_000_000)
    assert found.requests == Allowance(500, 499, 120_000_000)
    minute = {name.replace("-tokens", "-tokens-minute"): value for name, value in openai.items()}
    other = read_limits(minute, 7)
    assert other is not None
    assert other.tokens == found.tokens
    assert read_limits({}, 0) is None
    assert (
        read_limits({"x-ratelimit-limit-tokens": "x", "x-ratelimit-remaining-tokens": "1"}, 0)
        is None
    )


def test_a_bucket_refills_evenly() -> None:
    told = Allowance(30_000, 0, 60 * S)
    assert forecast(told, 0, 0, 1_200).wait_ns == pytest.approx(2.4 * S)
    later = forecast(told, 0, 30 * S, 1_200)
    assert (later.left, later.wait_ns) == (15_000, 0)
    assert forecast(told, 0, 90 * S, 1_200).left == 30_000
    assert forecast(told, 0, 0, 40_000).wait_ns is None
    assert forecast(Allowance(30_000, 100, 0), 0, 5, 1_200).wait_ns is None


@given(
    limit=st.integers(1, 10**7),
    share=st.floats(0, 1),
    reset=st.integers(0, 10**12),
    now=st.integers(0, 10**12),
    reserve=st.integers(0, 10**7),
)
def test_after_the_wait_it_fits(
    limit: int, share: float, reset: int, now: int, reserve: int
) -> None:
    told = Allowance(limit, int(limit * share), reset)
    found = forecast(told, 0, now, reserve)
    assert 0 <= found.left <= limit
    if found.wait_ns is not None:
        assert forecast(told, 0, now + found.wait_ns + reset // limit + 1, reserve).wait_ns == 0

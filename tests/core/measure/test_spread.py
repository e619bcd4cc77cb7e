"""Spread against figures worked out elsewhere."""

from __future__ import annotations

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.measure.spread import quantile, spread

FLOATS = st.floats(0, 1e12)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([5.0], 0.99, 5.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.5),
        ([1.0, 2.0, 3.0, 4.0], 0.9, 3.7),
        ([10.0, 20.0, 30.0, 40.0, 50.0], 0.99, 49.6),
    ],
)
def test_percentiles_lie_between_neighbours_as_numpy_has_them(
    values: list[float], share: float, expected: float
) -> None:
    assert quantile(values, share) == pytest.approx(expected)


def test_no_values_have_no_spread() -> None:
    assert spread([]) is None


@given(st.lists(FLOATS, min_size=1, max_size=60))
def test_a_spread_is_ordered_and_agrees_with_the_standard_library(values: list[float]) -> None:
    found = spread(values)
    assert found is not None
    slack = 1e-9 * max(1.0, found.max)
    order = [found.min, found.p50, found.p90, found.p99, found.max]
    assert all(a <= b + slack for a, b in itertools.pairwise(order))
    assert found.p50 == pytest.approx(statistics.median(values))
    assert found.avg == pytest.approx(statistics.fmean(values))
    assert found.std == pytest.approx(statistics.pstdev(values), abs=1e-3)
    assert found.count == len(values)

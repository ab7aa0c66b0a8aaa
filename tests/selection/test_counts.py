import pytest

from datadiet.selection.counts import kept_count, nearest_count


@pytest.mark.parametrize(
    ("fraction", "total", "count"),
    [(0.35, 10, 4), (0.25, 10, 3), (0.4, 50_000, 20_000), (0.29, 100, 29), (1.0, 7, 7), (0.1 + 0.2, 10, 3)],
)
def test_a_fraction_becomes_the_nearest_count_a_half_up(fraction, total, count):
    assert nearest_count(fraction, total) == count


@pytest.mark.parametrize("total", [1, 2, 3, 1000])
def test_at_least_one_example_and_at_most_all_are_kept(total):
    assert kept_count(1e-9, total) == 1
    assert kept_count(1.0, total) == total

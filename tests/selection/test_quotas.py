import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datadiet.selection.quotas import (
    equal_budgets,
    floor_budgets,
    largest_remainder,
    proportional_budgets,
)

SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=8).filter(lambda sizes: sum(sizes) > 0)


@given(SIZES, st.data())
def test_equal_budgets_sum_to_what_is_kept_and_differ_by_one_where_classes_have_enough(sizes, data):
    available = np.array(sizes)
    num_kept = data.draw(st.integers(0, sum(sizes)))
    budgets = equal_budgets(available, num_kept)
    assert budgets.sum() == num_kept
    assert (budgets <= available).all()
    open_classes = budgets[budgets < available]
    assert not len(open_classes) or budgets.max() - open_classes.min() <= 1


@given(SIZES, st.data())
def test_proportional_budgets_sum_to_what_is_kept_also_where_suspects_left(sizes, data):
    whole = np.array(sizes)
    available = np.array([data.draw(st.integers(0, size)) for size in sizes])
    num_kept = data.draw(st.integers(0, int(available.sum())))
    budgets = proportional_budgets(whole, available, num_kept)
    assert budgets.sum() == num_kept
    assert ((budgets >= 0) & (budgets <= available)).all()


@given(SIZES, st.data())
def test_floor_budgets_keep_the_sum_and_every_floor(sizes, data):
    available = np.array(sizes)
    free = np.array([data.draw(st.integers(0, size)) for size in sizes])
    fraction = free.sum() / available.sum()
    floors = np.floor(fraction * available).astype(int)
    budgets = floor_budgets(free, floors, available)
    assert budgets.sum() == free.sum()
    assert ((budgets >= floors) & (budgets <= available)).all()


def test_a_class_above_its_floor_gives_what_the_raised_ones_need():
    assert floor_budgets(np.array([0, 6, 4]), np.array([2, 2, 2]), np.array([9, 9, 9])).tolist() == [2, 5, 3]


def test_proportional_is_the_largest_remainder_by_hand():
    assert largest_remainder(np.array([5, 3, 2]), 7).tolist() == [4, 2, 1]

"""How a score agrees with itself over epochs, with another, and how examples lie between the two."""

import numpy as np
import pytest

from datadiet.scores.settling import correlate_seeds, density, first_settled, settling, settling_advice

NUM = 200


def shuffled(share, seed):
    """Return the order 0..NUM-1 with a share of it shuffled."""
    generator = np.random.default_rng(seed)
    values = np.arange(NUM, dtype=float)
    chosen = generator.permutation(NUM)[: int(share * NUM)]
    values[chosen] = values[generator.permutation(chosen)]
    return values


def at_epochs(shares):
    return {epoch: np.stack([shuffled(share, seed) for seed in (0, 1)]) for epoch, share in shares.items()}


def test_every_pair_of_epochs_is_there_and_one_agrees_with_itself():
    table = settling("el2n", at_epochs({1: 0.9, 5: 0.1, 9: 0.0}))
    assert len(table) == 9
    assert table[table["epoch"] == table["other"]]["spearman"].tolist() == pytest.approx([1.0] * 3)
    square = table.pivot(index="epoch", columns="other", values="spearman").to_numpy()
    assert square == pytest.approx(square.T)


def test_the_first_epoch_that_orders_like_the_last_is_named():
    table = settling("el2n", at_epochs({1: 0.9, 5: 0.05, 9: 0.0}))
    epoch, last, agreement = first_settled(table, "el2n")
    assert (epoch, last) == (5, 9)
    assert agreement > 0.9
    assert settling_advice(table, "el2n", "EL2N") == (
        f"EL2N at epoch 5 orders like epoch 9 ({agreement:.2f}): shorter scoring would do."
    )


def test_an_early_agreement_that_is_lost_between_does_not_count():
    table = settling("el2n", at_epochs({1: 0.0, 5: 0.95, 9: 0.0}))
    assert first_settled(table, "el2n") == (9, 9, 1.0)
    assert "has not settled" in settling_advice(table, "el2n", "EL2N")


def test_a_single_epoch_gives_no_advice():
    assert settling_advice(settling("el2n", at_epochs({3: 0.0})), "el2n", "EL2N") == ""


def test_seeds_that_gave_no_value_are_left_out():
    first = np.stack([np.arange(6.0), np.full(6, np.nan)])
    found = correlate_seeds(first, first)
    assert (found.of_means, found.seed_mean, found.num_seeds) == (1.0, 1.0, 1)
    assert np.isnan(found.seed_error)
    assert correlate_seeds(first * np.nan, first).num_seeds == 0


def test_the_mean_of_noisy_seeds_agrees_better_than_a_seed_alone():
    generator = np.random.default_rng(0)
    truth = np.arange(NUM) / NUM
    noisy = truth + generator.normal(0, 0.5, (8, NUM))
    found = correlate_seeds(noisy, np.stack([truth] * 8))
    assert found.of_means > found.seed_mean + 0.1
    assert 0 < found.seed_error < 0.05


def test_every_example_is_counted_once_in_the_cell_it_is_found_in():
    percentiles = np.array([0.0, 0.49, 0.5, 1.0, np.nan, 0.2])
    values = np.array([0.0, 0.0, 2.0, 4.0, 1.0, np.nan])
    found = density(percentiles, values, num_across=2, num_up=4)
    assert found.counts.sum() == 4
    assert found.members(0, 0).tolist() == [0, 1]
    assert found.members(2, 1).tolist() == [2]
    assert found.members(3, 1).tolist() == [3]
    assert found.cells[[4, 5]].tolist() == [-1, -1]


def test_nothing_known_has_no_cell():
    assert density(np.full(3, np.nan), np.arange(3.0)).counts.sum() == 0

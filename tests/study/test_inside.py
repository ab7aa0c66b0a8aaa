"""What analyses found, over seeds and in words."""

import pandas as pd
import pytest

from datadiet.study.inside import (
    barrier_means,
    barrier_verdict,
    path_means,
    velocity_means,
    velocity_verdict,
)


def velocity(levels, seeds=3, epoch=5):
    return pd.DataFrame([
        {
            "seed": seed, "group": group, "percentile": group / (len(levels) - 1), "epoch": epoch,
            "velocity": level + 0.01 * seed + 0.001 * (seed * group % 2),
            "flipped_fraction": float(group == len(levels) - 1),
        }
        for seed in range(seeds)
        for group, level in enumerate(levels)
    ])  # fmt: skip


def barriers(easy, hard, seeds=3):
    return pd.DataFrame([
        {"seed": seed, "spawn_epoch": spawn, "examples": name, "barrier": level + 0.001 * seed * (1 + spawn)}
        for seed in range(seeds)
        for spawn in (0, 4)
        for name, level in (("easiest", easy), ("hardest", hard), ("test", 0.0))
    ])


def test_means_and_errors_are_over_seeds():
    means = velocity_means(velocity([0.1, 0.2]))
    assert means["num_seeds"].tolist() == [3, 3]
    assert means["velocity"].tolist() == pytest.approx([0.11, 0.2103], abs=1e-3)
    assert means["standard_error"].iloc[0] == pytest.approx(0.01 / 3**0.5)
    assert velocity_means(velocity([0.1, 0.2], seeds=1))["standard_error"].isna().all()


def test_a_rise_with_a_drop_at_the_top_is_told():
    told = " ".join(velocity_verdict(velocity([0.1, 0.3, 0.5, 0.4]), 5))
    assert "in the hardest: higher." in told
    assert "group 3 of 4" in told
    assert told.endswith("the very hardest lies lower.")


def test_a_rise_to_the_end_says_so():
    assert velocity_verdict(velocity([0.1, 0.3, 0.5]), 5)[-1] == "The highest is the hardest group itself."


def test_what_seeds_scatter_is_no_difference():
    table = velocity([0.3, 0.3])
    table["velocity"] = [0.3, 0.4, 0.3, 0.2, 0.3, 0.31]
    assert "no different beyond what seeds scatter" in velocity_verdict(table, 5)[0]


def test_one_seed_cannot_say_whether_it_is_chance():
    assert "chance" in velocity_verdict(velocity([0.1, 0.4], seeds=1), 5)[0]


def test_one_group_is_not_compared():
    assert "Fewer than two" in velocity_verdict(velocity([0.1, 0.2])[lambda t: t["group"] == 0], 5)[0]


def test_the_barrier_of_the_latest_spawn_epoch_is_told_in_points():
    [told] = barrier_verdict(barriers(0.0, 0.2))
    assert "after epoch 4" in told
    assert "20.5 ± 0.3 points of error on the hardest: higher" in told


def test_without_pairs_the_verdict_says_so():
    assert "yet" in barrier_verdict(barriers(0, 0).head(0))[0]
    only_test = barriers(0, 0)[lambda t: t["examples"] == "test"]
    assert "not been compared" in barrier_verdict(only_test)[0]


def test_paths_and_barriers_have_a_row_a_set():
    means = barrier_means(barriers(0.0, 0.2))
    assert len(means) == 6
    paths = pd.DataFrame([
        {"seed": seed, "spawn_epoch": 0, "examples": "test", "alpha": alpha, "error": 0.1 * (seed + 1)}
        for seed in (0, 1) for alpha in (0.0, 1.0)
    ])  # fmt: skip
    assert path_means(paths)["error"].tolist() == pytest.approx([0.15, 0.15])

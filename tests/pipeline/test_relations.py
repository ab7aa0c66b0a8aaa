"""How the scores of a run go together, and what an analysis of it costs."""

import pytest

from datadiet.errors import NotFoundError
from datadiet.pipeline.analyses import NtkSettings
from datadiet.pipeline.analysis_cost import connectivity_seconds, ntk_seconds, seconds_per_step, spawn_epochs
from datadiet.pipeline.relations import correlation, epoch_at, score_settling


def test_scores_kept_at_several_steps_are_compared_with_themselves(tiny):
    table = score_settling(tiny)
    assert set(table["score"]) >= {"el2n"}
    assert not set(table["score"]) & {"random", "input_norm"}
    el2n = table[table["score"] == "el2n"]
    assert sorted(set(el2n["epoch"])) == [2, 4]
    assert el2n["num_seeds"].eq(2).all()


def test_two_scores_are_correlated_within_seeds_and_by_their_means(tiny):
    found = correlation(tiny, "el2n", "grand_last_layer")
    assert found.num_seeds == 2
    assert 0.5 < found.seed_mean <= 1
    with pytest.raises(NotFoundError, match="nope"):
        correlation(tiny, "el2n", "nope")


def test_steps_are_told_as_epochs(tiny):
    assert epoch_at(tiny, 0) == 0
    assert epoch_at(tiny, tiny.files.last_step) == 4


def test_a_damaged_clock_is_left_out_of_the_cost(own, caplog):
    first, *others = own.files.workspace.run_dir(own.run_id).rglob("clock/step_*.json")
    first.write_text(first.read_text().replace("seconds", "minutes"))
    assert seconds_per_step(own) > 0
    assert "Estimates leave it out" in caplog.text
    for path in others:
        path.write_text("{}")
    assert seconds_per_step(own) is None


def test_the_cost_follows_from_the_clock_of_the_run(tiny):
    each = seconds_per_step(tiny)
    assert each > 0
    assert spawn_epochs(tiny) == [0, 2]
    alone = connectivity_seconds(tiny, [0], num_workers=1)
    assert alone > 2 * len(tiny.seeds) * tiny.files.last_step * each  # two children, and their path
    both = connectivity_seconds(tiny, [0, 2], num_workers=1)
    assert alone < both < 2 * alone
    assert connectivity_seconds(tiny, [0], num_workers=2) == pytest.approx(alone / 2)
    few, more = (
        ntk_seconds(tiny, NtkSettings(group_size=4, num_groups=num), num_workers=2) for num in (1, 3)
    )
    assert 0 < few < more

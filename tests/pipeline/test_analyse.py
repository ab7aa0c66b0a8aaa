"""Analyses of a run: what they look at, what is published, what is never computed twice."""

import numpy as np
import pytest
import tiny_set

from datadiet.errors import ConfigError, NotFoundError
from datadiet.pipeline.analyse import analyse_connectivity, analyse_ntk
from datadiet.pipeline.analyses import (
    NtkSettings,
    PathSettings,
    barriers,
    epochs_of,
    groups_of,
    list_analyses,
    ordered_ids,
    sets_of,
)
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.verify import verify_workspace

HERE = {"device": "cpu", "num_workers": 0, "progress": Silent()}
GROUPS = NtkSettings(group_size=4, num_groups=3, epochs=(0, 2))


def test_velocity_is_found_for_every_group_seed_and_epoch(own):
    found = analyse_ntk(own, GROUPS, **HERE)
    table = found.table
    assert len(table) == 3 * 2 * 2
    assert table["velocity"].between(0, 1).all()
    assert sorted(set(table["epoch"])) == [0, 2]
    assert (
        table["percentile"].is_monotonic_increasing
        or table.groupby("group")["percentile"].nunique().eq(1).all()
    )
    assert verify_workspace(own.files.workspace.root).damaged == []
    assert [each.analysis_id for each in list_analyses(own.files, "ntk")] == [found.analysis.analysis_id]
    assert "velocity" in found.text()


def test_r2_an_analysis_that_is_done_is_not_computed_again(own):
    first = analyse_ntk(own, GROUPS, **HERE)
    root = own.files.workspace.root
    before = tiny_set.times_below(root)
    second = analyse_ntk(own, GROUPS, **HERE)
    assert tiny_set.times_below(root) == before
    assert second.table.equals(first.table)


def test_groups_are_adjacent_in_the_order_and_reach_both_ends(tiny):
    groups = groups_of(tiny, NtkSettings(group_size=5, num_groups=4))
    ids = [int(each) for each in ordered_ids(tiny, "el2n")]
    assert groups[0] == ids[:5]
    assert groups[-1] == ids[-5:]
    for group in groups:
        places = [ids.index(each) for each in group]
        assert places == list(range(places[0], places[0] + 5))


def test_the_order_runs_from_easy_to_hard_also_for_scores_that_fall(tiny):
    table = tiny.scores().set_index("example_id")
    margins = table.loc[ordered_ids(tiny, "margin"), "margin"].to_numpy()
    assert (np.diff(margins) <= 1e-9).all()


@pytest.mark.parametrize(
    "settings", [{"group_size": 50, "num_groups": 4}, {"group_size": 1}, {"num_groups": 0}]
)
def test_groups_that_cannot_be_are_refused(tiny, settings):
    with pytest.raises(ConfigError):
        groups_of(tiny, NtkSettings(**{"group_size": 4, "num_groups": 2, **settings}))


def test_unknown_scores_and_epochs_past_the_end_are_refused(tiny):
    with pytest.raises(NotFoundError, match="nope"):
        ordered_ids(tiny, "nope")
    with pytest.raises(ConfigError, match="epoch"):
        epochs_of(tiny.files, [tiny_set.NUM_EPOCHS])


def test_sets_are_both_ends_and_a_draw_never_more_than_a_fifth(tiny):
    sets = sets_of(tiny, PathSettings(set_size=1000))
    ids = [int(each) for each in ordered_ids(tiny, "el2n")]
    size = len(ids) // 5
    assert sets["hardest"] == sorted(ids[-size:])
    assert sets["easiest"] == sorted(ids[:size])
    assert set(sets["random"]) <= set(ids)
    assert len(sets["random"]) == size


def test_children_are_trained_and_the_path_between_them_evaluated(own):
    found = analyse_connectivity(own, PathSettings(spawn_epochs=(0, 2), alphas=(0.0, 0.5, 1.0)), **HERE)
    assert set(found.table["examples"]) == {"hardest", "easiest", "random", "test"}
    assert len(found.table) == 2 * 2 * 4
    assert found.table["barrier"].between(0, 1).all()
    root = own.files.workspace.root
    assert len(list(root.glob("runs/*/seed_*/children/*/weights.safetensors"))) == 2 * 2 * 2
    before = tiny_set.times_below(root)
    more = PathSettings(spawn_epochs=(0,), alphas=(0.0, 0.25, 0.5, 1.0))
    analyse_connectivity(own, more, **HERE)
    after = tiny_set.times_below(root)
    assert before.items() <= after.items()
    assert not any("children" in name for name in after.keys() - before.keys())


def test_a_path_needs_both_ends(own):
    with pytest.raises(ConfigError, match="0 and 1"):
        analyse_connectivity(own, PathSettings(alphas=(0.0, 0.5)), **HERE)


def test_barriers_come_from_the_paths():
    rows = [
        {"seed": 0, "spawn_epoch": 1, "examples": "test", "alpha": alpha, "error": error}
        for alpha, error in ((0.0, 0.1), (0.5, 0.6), (1.0, 0.3))
    ]
    import pandas as pd

    [barrier] = barriers(pd.DataFrame(rows))["barrier"]
    assert barrier == pytest.approx(0.4)

"""Children, the straight path between them, statistics made anew, barriers."""

import pytest
import torch
from torch import nn

from datadiet.dynamics.barriers import barrier
from datadiet.dynamics.connectivity import between, child_of, renew_statistics
from datadiet.errors import DataError
from datadiet.training.checkpoint import Checkpoint
from datadiet.training.inputs import ChannelStats, InputShape


def parent(step=3):
    state = torch.Generator().manual_seed(1).get_state()
    return Checkpoint(
        run_id="r",
        seed=4,
        step=step,
        epoch=1,
        shape=InputShape(2, 1, 8),
        stats=ChannelStats((0.0,), (1.0,)),
        model={"w": torch.ones(2)},
        momentum={"w": torch.zeros(2)},
        generator={"order": state, "augment": state},
    )


def test_children_differ_in_their_streams_alone():
    first, second, again = child_of(parent(), 0), child_of(parent(), 1), child_of(parent(), 0)
    for name in ("order", "augment"):
        assert not torch.equal(first.generator[name], second.generator[name])
        assert torch.equal(first.generator[name], again.generator[name])
        assert not torch.equal(first.generator[name], parent().generator[name])
    assert not torch.equal(first.generator["order"], child_of(parent(step=4), 0).generator["order"])
    assert torch.equal(first.model["w"], parent().model["w"])
    assert (first.step, first.epoch, first.seed) == (3, 1, 4)


def test_weights_in_between_lie_on_the_line_and_counters_stay_whole():
    first = {"w": torch.tensor([1.0, 3.0]), "n": torch.tensor(5)}
    second = {"w": torch.tensor([3.0, 7.0]), "n": torch.tensor(9)}
    assert torch.equal(between(first, second, 1.0)["w"], first["w"])
    assert torch.equal(between(first, second, 0.0)["w"], second["w"])
    assert between(first, second, 0.25)["w"].tolist() == [2.5, 6.0]
    assert between(first, second, 0.25)["n"].dtype == torch.int64
    with pytest.raises(DataError, match="different models"):
        between(first, {"other": first["w"]}, 0.5)


def test_statistics_are_the_mean_over_the_batches_and_the_momentum_is_put_back():
    model = nn.Sequential(nn.BatchNorm1d(2, momentum=0.3), nn.Linear(2, 2))
    batches = [torch.randn(8, 2, generator=torch.Generator().manual_seed(place)) for place in range(3)]
    renew_statistics(model, batches)
    expected = torch.stack([batch.mean(dim=0) for batch in batches]).mean(dim=0)
    torch.testing.assert_close(model[0].running_mean, expected)
    spread = torch.stack([batch.var(dim=0, unbiased=True) for batch in batches]).mean(dim=0)
    torch.testing.assert_close(model[0].running_var, spread)
    assert model[0].momentum == pytest.approx(0.3)
    assert not any(each.training for each in model.modules())


def test_a_barrier_is_measured_above_the_line_between_the_ends():
    assert barrier([0.0, 0.5, 1.0], [0.0, 0.5, 1.0]) == pytest.approx(0.0)
    assert barrier([1.0, 0.0, 0.5], [0.2, 0.4, 0.7]) == pytest.approx(0.4)
    assert barrier([0.0, 0.5, 1.0], [0.4, 0.1, 0.2]) == pytest.approx(0.0)  # a valley is no barrier


def test_a_barrier_needs_both_ends():
    with pytest.raises(DataError, match="both ends"):
        barrier([0.0, 0.5], [0.1, 0.2])

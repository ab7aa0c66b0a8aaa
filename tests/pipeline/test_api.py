"""The audit in Python: the same words as the command."""

import pytest
import tiny_set
import torch
from torch.utils.data import TensorDataset

import datadiet
from datadiet.config import NoiseConfig
from datadiet.errors import SourceError
from datadiet.pipeline.plan import AuditOptions

ONE_EPOCH = {"train": {"num_epochs": 1}}


def test_the_public_names_are_there():
    assert datadiet.Run.__name__ == "Run"
    assert all(callable(getattr(datadiet, name)) for name in datadiet.__all__)
    assert dir(datadiet) == sorted(datadiet.__all__)
    with pytest.raises(AttributeError, match="'datadiet' has no attribute 'adit'"):
        datadiet.adit  # ruff: ignore[useless-expression]


def test_arrays_are_audited(tmp_path):
    run = datadiet.audit(
        tiny_set.source(), noise="pair:0.2", seeds=1, folds=0, workspace=tmp_path / "w", settings=ONE_EPOCH,
        options=AuditOptions(num_workers=0),
    )  # fmt: skip
    assert run.seeds == (0,)
    assert len(run.scores()) == 90
    assert datadiet.open_run(run.run_id, workspace=tmp_path / "w").scores().equals(run.scores())


def test_a_map_style_data_set_is_audited(tmp_path):
    images, labels = tiny_set.pictures()
    pairs = TensorDataset(torch.from_numpy(images)[:, None] / 255.0, torch.from_numpy(labels))
    run = datadiet.audit(
        pairs,
        seeds=1,
        folds=0,
        workspace=tmp_path / "w",
        settings=ONE_EPOCH,
        options=AuditOptions(num_workers=0),
    )
    assert run.scores()["given_label"].tolist() == labels.tolist()


def test_noise_may_be_a_config(tmp_path):
    run = datadiet.audit(
        tiny_set.source(), noise=NoiseConfig(kind="symmetric", fraction=0.5, seed=3), seeds=1,
        workspace=tmp_path / "w", settings=ONE_EPOCH, options=AuditOptions(num_workers=0),
    )  # fmt: skip
    assert run.files.config.noise.seed == 3


def test_something_that_is_no_source_is_refused(tmp_path):
    with pytest.raises(SourceError, match="A source of type int is not known"):
        datadiet.audit(3, workspace=tmp_path / "w")

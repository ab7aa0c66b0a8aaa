"""The audit in Python: the same words as the command."""

import pytest
import tiny_set
import torch
from torch.utils.data import TensorDataset

import datadiet
from datadiet.config import NoiseConfig
from datadiet.errors import ConfigError, SourceError
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


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"noise": 5}, r"noise is 5; it must be KIND:FRACTION as text"),
        ({"settings": ["lr"]}, r"settings is \['lr'\]; it must be a dict"),
        ({"options": {"num_seeds": 2}}, r"options is \{'num_seeds': 2\}; it must be an AuditOptions"),
        (
            {"options": AuditOptions(num_workers="two")},
            r"num_workers is two; it must be a whole number from 0 to 256",
        ),
        ({"options": AuditOptions(device=0)}, r"device is 0; it must be one of auto, cpu, cuda, mps"),
        ({"options": AuditOptions(name=7)}, r"name is 7; it must be text"),
        ({"workspace": None}, r"workspace is None; it must be the path of a folder"),
        ({"workspace": "a\0b"}, r"workspace is 'a.x00b'; it must be a path that a system can have"),
        ({"seeds": 10**9}, r"seeds is 1000000000; it must be a whole number from 1 to 1000"),
        ({"settings": {"train": {"num_threads": 1024}}}, r"train.num_threads is 1024; it must be at most"),
    ],
)
def test_arguments_of_another_kind_are_refused_before_anything_is_made(tmp_path, words, sentence):
    with pytest.raises(ConfigError, match=sentence):
        datadiet.audit(tiny_set.source(), **{"workspace": tmp_path / "w", **words})
    assert not (tmp_path / "w" / "runs").exists()


def test_a_run_is_opened_by_text_in_a_folder(tmp_path):
    with pytest.raises(ConfigError, match="run is None; it must be text: the id of a run"):
        datadiet.open_run(None, workspace=tmp_path)
    with pytest.raises(ConfigError, match="workspace is 5; it must be the path of a folder"):
        datadiet.open_run("abc", workspace=5)


def test_the_profile_of_the_settings_is_read_and_the_words_of_the_call_win(tmp_path):
    words = {"seeds": 1, "workspace": tmp_path / "w", "options": AuditOptions(num_workers=0)}
    settings = {"profile": "standard", "train": {"num_epochs": 1.0, "model": "quick"}}
    run = datadiet.audit(tiny_set.source(), settings=settings, **words)
    assert run.files.config.profile == "standard"
    assert run.files.config.train.checkpoint_epochs == (0, 1)
    again = datadiet.audit(tiny_set.source(), settings=settings, profile="quick", **words)
    assert again.files.config.profile == "quick"

"""Settings: refused in a sentence when wrong, merged in order, hashed into run ids."""

import pytest

from datadiet.config import (
    AuditConfig,
    DataConfig,
    NoiseConfig,
    TrainConfig,
    check_names,
    merged,
    parse_settings,
    read_toml,
    run_id,
    setting_names,
    validated,
)
from datadiet.errors import ConfigError


def test_an_unknown_setting_is_refused_with_the_nearest_one():
    with pytest.raises(ConfigError, match=r"Unknown setting train\.lrr\. Did you mean train\.lr\?"):
        parse_settings(["train.lrr=0.1"])


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(ConfigError, match="has no value"):
        parse_settings(["train.lr"])


def test_settings_nest_and_keep_their_types():
    found = parse_settings(["train.lr=0.05", "data.resize=pad", "train.checkpoint_epochs=[0, 3]"])
    assert found == {"train": {"lr": 0.05, "checkpoint_epochs": [0, 3]}, "data": {"resize": "pad"}}


def test_later_settings_win_and_others_stay():
    assert merged({"train": {"lr": 1, "flip": True}}, {"train": {"lr": 2}}) == {
        "train": {"lr": 2, "flip": True}
    }


def test_a_config_cannot_change():
    with pytest.raises(ValueError, match="frozen"):
        TrainConfig().lr = 1.0


@pytest.mark.parametrize("epochs", [[], [1, 200], [0, 100], [0, 10, 10, 200], [0, 300, 200]])
def test_checkpoints_that_no_training_would_write_are_refused(epochs):
    with pytest.raises(ConfigError, match="checkpoint_epochs"):
        validated(TrainConfig, {"checkpoint_epochs": epochs})


@pytest.mark.parametrize("text", ["symmetric", "symmetric:", "symmetric:ten", "odd:0.1", ":0.1"])
def test_noise_of_another_form_is_refused(text):
    with pytest.raises(ConfigError, match="noise is"):
        NoiseConfig.parse(text)


@pytest.mark.parametrize("fraction", ["-0.1", "1.1", "nan", "inf"])
def test_a_noise_fraction_outside_0_1_is_refused(fraction):
    with pytest.raises(ConfigError, match=r"in \[0, 1\]"):
        NoiseConfig.parse(f"symmetric:{fraction}")


def test_noise_that_would_plant_nothing_is_refused():
    with pytest.raises(ConfigError, match="plants nothing"):
        validated(NoiseConfig, {"kind": "none", "fraction": 0.5})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("train.num_epochs=true", "train.num_epochs is True: it must be a number, not true or false."),
        ("train.num_epochs=3.5", "train.num_epochs is 3.5; it must be a whole number."),
        ("train.num_epochs=1e30", "train.num_epochs is 1e+30; it must be "),
        ("train.num_epochs=1000000", "train.num_epochs is 1000000; it must be at most 100,000."),
        ("train.num_epochs=0", "train.num_epochs is 0; it must be at least 1."),
        ("train.num_epochs=ten", "train.num_epochs is 'ten'; it must be a whole number."),
        ("train.batch_size=1", "train.batch_size is 1; it must be at least 2."),
        ("train.lr=true", "train.lr is True: it must be a number, not true or false."),
        ("train.lr=fast", "train.lr is 'fast'; it must be a number."),
        ("train.lr=0", "train.lr is 0; it must be above 0.0."),
        ("train.lr=NaN", "train.lr is nan; it must be a finite number."),
        ("train.momentum=1", "train.momentum is 1; it must be below 1.0."),
        ("train.flip=1", "train.flip is 1; it must be true or false."),
        ("train.model=3", "train.model is 3; it must be text."),
        ("train.optimizer=adam", "train.optimizer is 'adam'; it must be one of 'sgd', 'muon'."),
        ("train.lr_drops=0.3", "train.lr_drops is 0.3; it must be a list, such as [0.3, 0.6]."),
        ("train.lr_drops=[0.6, 0.3]", "train.lr_drops is [0.6, 0.3]: the shares must rise"),
        ("train.lr_drops=[0.3, 3]", "train.lr_drops.1 is 3; it must be at most 1.0."),
        ("data.image_size=100000", "data.image_size is 100000; it must be at most 8,192."),
        ("data.download=yes", "data.download is 'yes'; it must be true or false."),
        ("noise.seed=-1", "noise.seed is -1; it must be at least 0."),
        ("noise.kind=symmetric", "noise.fraction is 0, so symmetric noise would plant nothing"),
        ("noise.kind=asymmetric", "asymmetric noise needs a transition matrix"),
        ("num_folds=1", "num_folds is 1: it must be 0, for none, or at least 2."),
        ("profile=quik", "profile is 'quik'; it must be one of 'quick', 'standard', 'paper'."),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(text, sentence):
    with pytest.raises(ConfigError) as refused:
        validated(AuditConfig, parse_settings([text]))
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "missing"), [("=", "name"), ("=3", "name"), ("train.lr=", "value"), ("", "name")]
)
def test_half_an_assignment_is_refused(text, missing):
    with pytest.raises(ConfigError, match=f"--set {text} has no {missing}; write --set key=value"):
        parse_settings([text])


def test_a_value_in_place_of_a_table_is_refused():
    with pytest.raises(ConfigError, match=r"train is \[1, 2\]; it must be a table of settings: \[train\]"):
        check_names({"train": [1, 2]})


def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("train = [")
    with pytest.raises(ConfigError, match=r"settings\.toml is not a TOML file"):
        read_toml(path)


def test_the_run_id_follows_noise_and_training_but_not_checkpoints():
    base = AuditConfig()
    fewer = AuditConfig(train=TrainConfig(checkpoint_epochs=(0, 200)))
    noisy = AuditConfig(noise=NoiseConfig.parse("symmetric:0.1"))
    faster = AuditConfig(train=TrainConfig(lr=0.2))
    ids = [run_id(each, dataset_id="a") for each in (base, fewer, noisy, faster)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert run_id(base, dataset_id="b") != ids[0]
    assert run_id(base, dataset_id="a", reviews_digest="c") != ids[0]


def test_a_setting_that_came_later_leaves_the_ids_of_older_runs_as_they_were():
    assert run_id(AuditConfig(), dataset_id="a") == "0376b191644a108d"
    quick = TrainConfig(model="quick").told_apart_by()
    assert quick["model_revision"] == 2  # of a net that changed, no two revisions under one id
    resized = AuditConfig(train=TrainConfig(initial_resolution=0.75))
    assert run_id(resized, dataset_id="a") != run_id(AuditConfig(), dataset_id="a")


def test_every_setting_has_a_dotted_name():
    names = setting_names(AuditConfig)
    assert {"profile", "num_folds", "train.lr", "noise.kind", "data.image_size"} <= set(names)
    assert len(names) == len(set(names))


def test_data_settings_refuse_fractions_outside_their_range():
    with pytest.raises(ConfigError, match="test_fraction is 1"):
        validated(DataConfig, {"test_fraction": 1.0})

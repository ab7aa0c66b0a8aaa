from __future__ import annotations

import pytest

from datadiet.config import TrainConfig
from datadiet.errors import ConfigError, ModelError
from datadiet.training.profiles import check_training, differences_from_paper, resolve_training
from datadiet.training.schedule import checkpoint_steps, total_steps


def resolve(profile="quick", *, num_train=45_000, image_size=32, in_channels=3, settings=None) -> TrainConfig:
    return resolve_training(
        profile, num_train=num_train, image_size=image_size, in_channels=in_channels, settings=settings
    )


@pytest.mark.parametrize(
    ("num_train", "steps"), [(10, 50), (100, 50), (863, 300), (1437, 350), (45_000, 350), (600_000, 350)]
)
def test_quick_trains_at_least_three_epochs_and_350_steps_where_12_epochs_bring_them(num_train, steps):
    config = resolve(num_train=num_train)
    assert config.num_epochs >= 3
    assert total_steps(config, num_train) >= steps
    assert {0, 1, config.num_epochs} <= set(config.checkpoint_epochs)
    assert len(config.checkpoint_epochs) <= 6


def test_quick_on_cifar_is_three_epochs_of_250():
    config = resolve()
    assert (config.model, config.num_epochs, config.batch_size) == ("quick", 3, 250)
    assert checkpoint_steps(config, 45_000) == {0: 0, 1: 180, 3: 540}


@pytest.mark.parametrize(
    ("num_train", "epochs_and_batch"),
    [
        (192, (12, 31)),
        (863, (12, 31)),
        (1_294, (9, 31)),
        (1_500, (8, 31)),
        (2_800, (8, 62)),
        (5_000, (8, 62)),
        (9_000, (5, 125)),
        (20_000, (3, 125)),
        (54_000, (3, 250)),
    ],
)
def test_quick_looks_at_45_000_images_and_does_350_steps_in_no_more_than_8_and_12_epochs(
    num_train, epochs_and_batch
):
    config = resolve(num_train=num_train)
    assert (config.num_epochs, config.batch_size) == epochs_and_batch


@pytest.mark.parametrize(
    ("num_train", "image_size", "share"),
    [(45_000, 32, 0.75), (9_000, 24, 0.75), (45_000, 23, 1.0), (5_000, 32, 1.0)],
)
def test_quick_begins_large_sets_with_fewer_pixels(num_train, image_size, share):
    assert resolve(num_train=num_train, image_size=image_size).initial_resolution == share


@pytest.mark.parametrize("profile", ["standard", "paper"])
def test_the_other_profiles_train_on_whole_images(profile):
    assert resolve(profile).initial_resolution == 1


@pytest.mark.parametrize("profile", ["quick", "standard", "paper"])
def test_grey_images_are_not_mirrored(profile):
    assert resolve(profile).flip
    assert not resolve(profile, in_channels=1).flip


def test_paper_is_the_papers_training_exactly():
    config = resolve("paper")
    assert config == TrainConfig()
    assert checkpoint_steps(config, 50_000) == {0: 0, 10: 3900, 20: 7800, 200: 78_000}
    assert differences_from_paper(config, image_size=32, in_channels=3) == ()


def test_paper_on_other_data_says_what_differs():
    config = resolve("paper", image_size=64, in_channels=1, settings={"lr": 0.05})
    notes = " ".join(differences_from_paper(config, image_size=64, in_channels=1))
    assert "64 px" in notes
    assert "not mirrored" in notes
    assert "lr is 0.05; the paper's is 0.1" in notes


def test_standard_is_a_resnet18_with_one_rise_and_fall():
    config = resolve("standard")
    assert (config.model, config.num_epochs, config.schedule) == ("resnet18", 10, "linear")
    assert 0 < config.warmup_fraction < 1


def test_settings_win_and_checkpoints_follow_the_epochs():
    config = resolve("paper", settings={"num_epochs": 15, "model": "resnet50"})
    assert config.model == "resnet50"
    assert config.checkpoint_epochs == (0, 10, 15)


def test_another_model_in_quick_does_not_get_the_quick_nets_optimizer():
    assert resolve(settings={"model": "resnet18"}).optimizer == "sgd"


def test_wrong_names_are_refused():
    with pytest.raises(ConfigError, match="profile is 'fast'"):
        resolve("fast")
    with pytest.raises(ConfigError, match=r"Unknown setting train\.lrr\. Did you mean train\.lr\?"):
        resolve(settings={"lrr": 1})
    with pytest.raises(ConfigError, match="num_epochs is 0"):
        resolve(settings={"num_epochs": 0})


@pytest.mark.parametrize("image_size", [4, 8, 28, 128])
@pytest.mark.parametrize("profile", ["quick", "standard"])
def test_the_crop_fits_the_image(profile, image_size):
    assert 1 <= resolve(profile, image_size=image_size).crop_padding < image_size


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_epochs": 5},
        {"checkpoint_epochs": [0, 3]},
        {"num_epochs": 4, "checkpoint_epochs": [0, 4]},
        {"model": "vgg11", "lr": 0.05},
        {"model": "torchvision.models:resnet18"},
    ],
)
def test_a_training_that_some_data_could_have_passes_before_the_data_are_known(settings):
    check_training(settings)


@pytest.mark.parametrize(
    ("settings", "kind", "sentence"),
    [
        ({"model": "resnet19"}, ConfigError, r"model is 'resnet19'; .* Did you mean resnet1"),
        ({"model": "nowhere:net"}, ModelError, "nowhere cannot be imported"),
        ({"model": "math:net"}, ModelError, "no function or class net"),
        ({"num_epochs": 0}, ConfigError, r"train\.num_epochs is 0; it must be at least 1"),
        ({"checkpoint_epochs": []}, ConfigError, "must rise from 0"),
        ({"checkpoint_epochs": [0]}, ConfigError, "must rise from 0"),
        ({"checkpoint_epochs": 3}, ConfigError, r"train\.checkpoint_epochs is 3; it must be a list"),
        ({"num_epochs": 4, "checkpoint_epochs": [0, 3]}, ConfigError, "must rise from 0"),
        ({"lr_drops": [0.5, 0.2]}, ConfigError, r"train\.lr_drops is \[0\.5, 0\.2\]: the shares must rise"),
    ],
)
def test_what_no_data_would_allow_is_refused_before_they_are_known(settings, kind, sentence):
    with pytest.raises(kind, match=sentence):
        check_training(settings)

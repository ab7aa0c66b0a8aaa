"""Image quality: every number equals cleanvision's, and a flag never floods."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from cleanvision.issue_managers import image_property
from PIL import Image

from datadiet.triage.quality import is_flagged, measures, quality_flags, raw_measures, size_measure


def images_of(side: int, channels: int) -> np.ndarray:
    rng = np.random.default_rng(side)
    coarse = rng.integers(0, 256, (12, side // 4, side // 4, channels)).astype(np.uint8)
    images = coarse.repeat(4, axis=1).repeat(4, axis=2)
    images[0] = 7
    images[1, : side // 2] = 255
    return images


@pytest.mark.parametrize(("side", "channels"), [(32, 3), (28, 1), (8, 1), (96, 3), (96, 1)])
def test_every_number_equals_cleanvisions(side, channels):
    images = images_of(side, channels)
    raw = raw_measures(images)
    for row, image in enumerate(images):
        picture = Image.fromarray(image.squeeze())
        brightness = image_property.BrightnessProperty("dark").calculate(picture)
        blur = image_property.BlurrinessProperty().calculate(picture)
        assert raw.brightness_perc_99[row] == pytest.approx(brightness["brightness_perc_99"], abs=1e-6)
        assert raw.brightness_perc_5[row] == pytest.approx(brightness["brightness_perc_5"], abs=1e-6)
        assert raw.entropy[row] == pytest.approx(image_property.calc_entropy(picture))
        assert raw.blurriness[row] == pytest.approx(blur["blurriness"])
        assert raw.blurriness_grayscale_std[row] == pytest.approx(blur["blurriness_grayscale_std"])


def test_blur_is_scored_as_cleanvision_does(examples_of):
    images = images_of(32, 3)
    raw = raw_measures(images)
    frame = pd.DataFrame({
        "blurriness": raw.blurriness,
        "blurriness_grayscale_std": raw.blurriness_grayscale_std,
    })
    theirs = image_property.BlurrinessProperty().get_scores(
        frame, "blurry", normalizing_factor=0.01, color_threshold=0.18
    )
    np.testing.assert_allclose(measures(images, examples_of(12))["blurry"], theirs.iloc[:, 0])


def test_a_black_a_white_and_a_smooth_image_are_flagged(examples_of):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (200, 32, 32, 3)).astype(np.uint8)
    ramp = np.linspace(40, 95, 32)
    images[0], images[1] = 3, 252
    images[2] = (ramp[:, None] + ramp)[..., None].repeat(3, axis=2) / 2
    found = quality_flags(images, examples_of(200))
    flags = found.groupby("example_id")["flag"].agg(set)
    assert flags[0] == {"dark", "low_information"}
    assert flags[1] == {"light", "low_information"}
    assert flags[2] == {"blurry"}
    assert set(flags.index) == {0, 1, 2}


def test_odd_sizes_and_shapes_of_originals_are_flagged(examples_of):
    images = np.random.default_rng(0).integers(0, 256, (300, 16, 16, 1)).astype(np.uint8)
    width = np.full(300, 64)
    height = np.full(300, 64)
    width[4], height[4] = 640, 640
    width[5], height[5] = 128, 32
    found = quality_flags(images, examples_of(300, width=width, height=height))
    assert list(zip(found["example_id"], found["flag"], strict=True)) == [
        (4, "odd_size"),
        (5, "odd_aspect_ratio"),
    ]


def test_a_size_measure_is_cleanvisions_where_sizes_differ():
    rng = np.random.default_rng(0)
    width, height = (rng.integers(50, 300, 100).astype(float) for _ in range(2))
    frame = pd.DataFrame({"size": np.sqrt(width * height)})
    theirs = image_property.SizeProperty().get_scores(frame, "odd_size")
    np.testing.assert_allclose(size_measure(width, height), theirs.iloc[:, 0])


def test_a_flag_on_much_of_the_set_falls_only_on_what_is_odd_in_it():
    values = np.concatenate([np.random.default_rng(0).uniform(0.25, 0.29, 100), [0.01]])
    assert np.flatnonzero(is_flagged(values, below=0.3)).tolist() == [100]


def test_blocks_change_nothing(monkeypatch):
    images = images_of(32, 3)
    whole = raw_measures(images)
    monkeypatch.setattr("datadiet.triage.quality.BLOCK_ROWS", 5)
    np.testing.assert_array_equal(raw_measures(images).blurriness, whole.blurriness)

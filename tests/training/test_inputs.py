from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from datadiet.errors import DataError
from datadiet.training.inputs import ChannelStats, TrainingPixels, channel_stats, to_input

IMAGES = np.random.default_rng(0).integers(0, 256, (2100, 5, 4, 3)).astype(np.uint8)


def test_statistics_equal_those_over_all_pixels_at_once():
    rows = np.arange(1, 2100)
    stats = channel_stats(IMAGES, rows)
    values = IMAGES[rows] / 255
    np.testing.assert_allclose(stats.mean, values.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(stats.std, values.std(axis=(0, 1, 2)), rtol=1e-12)


def test_a_constant_channel_divides_by_one_grey_level():
    assert channel_stats(np.full((2, 3, 3, 1), 7, np.uint8), np.arange(2)).std == (1 / 255,)


def test_statistics_of_no_image_are_refused():
    with pytest.raises(DataError, match="at least one training image"):
        channel_stats(IMAGES, np.arange(0))


def test_input_has_mean_0_and_deviation_1_and_channels_last():
    rows = np.arange(len(IMAGES))
    x = to_input(IMAGES, channel_stats(IMAGES, rows), torch.device("cpu"))
    assert x.shape == (2100, 3, 5, 4)
    assert x.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(x.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.std(dim=(0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


def test_input_is_pixels_minus_mean_over_deviation():
    x = to_input(np.array([[[[51]]]], np.uint8), ChannelStats((0.1,), (0.5,)), torch.device("cpu"))
    assert x.item() == pytest.approx(0.2)


@pytest.mark.parametrize("resident_bytes", [0, 1 << 20])
def test_gathered_pixels_are_those_of_the_asked_for_rows(resident_bytes):
    rows = np.array([9, 4, 7, 1])
    pixels = TrainingPixels(IMAGES, rows, torch.device("cpu"), resident_bytes=resident_bytes)
    found, where = pixels.gather(torch.tensor([3, 0]))
    np.testing.assert_array_equal(found[where].numpy(), IMAGES[[1, 9]])


@pytest.mark.parametrize(("size", "side", "expected"), [((32, 32), 24, (24, 24)), ((28, 42), 21, (21, 32))])
def test_input_of_fewer_pixels_is_what_pillow_makes_of_each_image(size, side, expected):
    pixels = np.random.default_rng(1).integers(0, 256, (2, *size, 3)).astype(np.uint8)
    stats = channel_stats(pixels, np.arange(2))
    whole, smaller = (to_input(pixels, stats, torch.device("cpu"), each) for each in (None, side))
    assert smaller.is_contiguous(memory_format=torch.channels_last)
    for plane, found in zip(whole.flatten(0, 1), smaller.flatten(0, 1), strict=True):
        by_pillow = Image.fromarray(plane.numpy()).resize(expected[::-1], Image.Resampling.BILINEAR)
        torch.testing.assert_close(found, torch.from_numpy(np.array(by_pillow)), atol=1e-5, rtol=0)


def test_input_at_its_own_side_is_left_as_it_is():
    stats = channel_stats(IMAGES, np.arange(9))
    whole, same = (to_input(IMAGES[:9], stats, torch.device("cpu"), side) for side in (None, 4))
    assert torch.equal(whole, same)

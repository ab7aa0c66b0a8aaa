from __future__ import annotations

import pytest
import torch
from torch.nn.functional import pad

from datadiet.errors import ConfigError
from datadiet.training.augment import Views, check_crop, draw_views, look


def views_of(num_images: int, seed: int = 0, **settings) -> Views:
    return draw_views(num_images, generator=torch.Generator().manual_seed(seed), **settings)


def test_equals_pad_crop_flip_one_image_at_a_time():
    pixels = torch.randint(
        0, 256, (9, 7, 6, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )
    views = views_of(9, crop_padding=3, flip=True)
    seen = look(pixels, torch.arange(9), views)
    for i in range(9):
        padded = pad(pixels[i].permute(2, 0, 1)[None].float(), (3, 3, 3, 3), mode="reflect")[0]
        top, left = 3 + int(views.down[i]), 3 + int(views.right[i])
        expected = padded[:, top : top + 7, left : left + 6]
        expected = expected.flip(2) if views.is_flipped[i] else expected
        assert torch.equal(seen[i].permute(2, 0, 1).float(), expected)


def test_every_image_has_its_own_offset_and_flip():
    views = views_of(2000, crop_padding=4, flip=True)
    assert set(views.down.tolist()) == set(views.right.tolist()) == set(range(-4, 5))
    assert 0.45 < float(views.is_flipped.float().mean()) < 0.55


def test_without_crop_and_flip_the_pixels_stay():
    pixels = torch.arange(32, dtype=torch.uint8).reshape(2, 4, 4, 1)
    assert torch.equal(look(pixels, torch.arange(2), views_of(2, crop_padding=0, flip=False)), pixels)


def test_one_setting_does_not_shift_the_stream_of_another():
    assert torch.equal(
        views_of(50, crop_padding=2, flip=True).down, views_of(50, crop_padding=2, flip=False).down
    )


def test_a_reflection_cannot_reach_past_the_image():
    check_crop(7, 8)
    with pytest.raises(ConfigError, match="crop_padding is 8"):
        check_crop(8, 8)

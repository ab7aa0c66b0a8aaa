from __future__ import annotations

import numpy as np
import pytest
import torch

from datadiet.data.sources import ArraySource
from datadiet.errors import SourceError

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
LABELS = np.arange(4) % 2


def test_a_tensor_on_a_graph_is_read_as_its_values():
    images = torch.rand(4, 8, 8, requires_grad=True)
    first = next(ArraySource(images, LABELS).records()).open()
    assert np.array_equal(first, images[0].detach().numpy())


@pytest.mark.parametrize("image", [torch.rand(4, 8, 8).bfloat16(), torch.rand(4, 8, 8).to_sparse()])
def test_a_tensor_that_numpy_cannot_hold_is_refused(image):
    with pytest.raises(SourceError, match=r"^The images of arrays cannot be read as an array: .*dense"):
        ArraySource(image, LABELS)


@pytest.mark.parametrize("shapes", [[(8, 8), (9, 8)], [(8, 8), (8, 9)]])
def test_images_of_different_sizes_are_refused(shapes):
    with pytest.raises(SourceError, match=r"^The images of arrays are of different shapes"):
        ArraySource([np.zeros(shape, np.uint8) for shape in shapes], [0, 1])


def test_masked_images_and_labels_are_refused():
    masked = np.ma.masked_array(LABELS, [True, False, False, False])
    with pytest.raises(SourceError, match=r"^The labels of arrays are masked in places"):
        ArraySource(IMAGES, masked)
    with pytest.raises(SourceError, match=r"^The images of arrays are masked in places"):
        ArraySource(list(np.ma.masked_array(IMAGES, IMAGES > 100)), LABELS)


def test_a_mask_that_hides_nothing_is_no_harm():
    assert ArraySource(IMAGES, np.ma.masked_array(LABELS)).class_names == ["0", "1"]


def test_half_a_test_part_is_refused():
    with pytest.raises(SourceError, match="has test_labels and no test_images; give both, or neither"):
        ArraySource(IMAGES, LABELS, test_labels=LABELS)
    with pytest.raises(SourceError, match="has test_images and no test_labels; give both, or neither"):
        ArraySource(IMAGES, LABELS, test_images=IMAGES)

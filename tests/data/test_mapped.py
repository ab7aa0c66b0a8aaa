from __future__ import annotations

import numpy as np
import pytest

from datadiet.config import DataConfig
from datadiet.data.sources import mapped, open_source
from datadiet.errors import SourceError


class Pairs:
    def __init__(self, images, labels) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def pictures(num: int, seed: int = 0):
    return np.random.default_rng(seed).integers(0, 256, (num, 8, 8, 3), np.uint8)


def opened(images, labels=None):
    return open_source(Pairs(images, np.arange(len(images)) % 2 if labels is None else labels), DataConfig())


def test_the_signature_changes_with_any_one_image():
    images = pictures(150)
    before = opened(images).signature()
    assert opened(images.copy()).signature() == before
    images[1] = 255 - images[1]
    assert opened(images).signature() != before


def test_the_signature_changes_with_the_shape_of_the_images():
    images = pictures(4)
    assert opened(images).signature() != opened(images.reshape(4, 4, 16, 3)).signature()


def test_the_signature_changes_with_where_the_test_part_begins():
    images = pictures(6)

    def signed(count: int) -> str:
        train, test = Pairs(images[:count], [0, 1, 0, 1]), Pairs(images[count:], [0, 1, 0, 1])
        train.labels, test.labels = [0] * count, [0] * (6 - count)
        return mapped.MappedSource(train, test=test).signature()

    assert signed(3) != signed(4)


def test_a_small_data_set_has_nothing_to_say_about_its_signature():
    assert opened(pictures(150)).rules == []


def test_a_data_set_too_large_to_read_twice_says_which_changes_it_sees(monkeypatch):
    images = pictures(150)
    monkeypatch.setattr(mapped, "_HASHED_BYTES", images.nbytes - 1)
    source = opened(images)
    assert "told by its labels and 75 of its 150 images" in source.rules[0]
    before = source.signature()
    images[1] = 255 - images[1]
    assert opened(images).signature() == before
    images[2] = 255 - images[2]
    assert opened(images).signature() != before


def test_an_item_that_is_no_image_does_not_stop_the_signature():
    images = [*pictures(3), None]
    assert opened(images).signature() == opened(images).signature()


def test_a_test_part_that_augments_is_refused():
    class Random(Pairs):
        def __getitem__(self, index):
            return np.random.default_rng().integers(0, 256, (8, 8, 3), np.uint8), self.labels[index]

    with pytest.raises(SourceError, match="random transforms"):
        mapped.MappedSource(Pairs(pictures(2), [0, 1]), test=Random(pictures(2), [0, 1]))


def test_a_one_hot_label_is_refused():
    with pytest.raises(SourceError, match=r"label of item 0 of Pairs has the shape \(4,\).*argmax"):
        opened(pictures(4), np.eye(4))


@pytest.mark.parametrize("targets", [5, np.array(5), [0, 1]])
def test_targets_that_are_no_list_of_all_labels_are_passed_over(targets):
    dataset = Pairs(pictures(4), ["cat", "dog", "cat", "dog"])
    dataset.targets = targets
    assert open_source(dataset, DataConfig()).class_names == ["cat", "dog"]


def test_an_item_that_is_not_there_is_refused_with_its_number():
    class Long(Pairs):
        def __len__(self) -> int:
            return 9

    with pytest.raises(SourceError, match=r"Item 8 of Long cannot be read \(IndexError.*from 0 to"):
        open_source(Long(pictures(4), [0, 1, 0, 1]), DataConfig())


def test_pixels_that_are_normalised_are_refused_with_their_item():
    images = pictures(4) / 255
    images[3] -= 0.5
    with pytest.raises(SourceError, match=r"pixels of item 3 of Pairs are floats .* take the normalisation"):
        opened(images)

"""What was found in the images, in words."""

import re

import numpy as np
import tiny_set

from datadiet.data.sources.arrays import ArraySource
from datadiet.pipeline.image_text import duplicates_sentence, image_lines


def test_copies_are_told_with_their_labels_and_splits(tmp_path):
    images, labels = tiny_set.pictures()
    images[[40, 41]], images[60] = images[0], images[1]
    labels[[41, 60]] = (labels[0] + 1) % 3, labels[1]
    source = ArraySource(
        images, labels, tiny_set.CLASS_NAMES, test_images=images[1:2], test_labels=labels[1:2], name="copies"
    )
    run = tiny_set.audited(tmp_path / "w", seeds=1, folds=0, source=source)
    sentence = duplicates_sentence(run)
    assert sentence.startswith("2 groups of images are the same or nearly so, 1 with different labels, ")
    assert re.search(r", [12] in more than one split, which flatters the accuracy: duplicate_group", sentence)
    assert sentence in run.text()
    scores = run.scores()
    assert int(scores["duplicate_group"].nunique()) == 2


def test_nothing_found_is_no_line(tiny):
    assert image_lines(tiny) == []
    assert np.all(tiny.scores()["duplicate_group"].isna())

"""Tiles of the image grid: what the panel beside them says of one image."""

import pytest

from app.tiles import tile_of

RECORD = {
    "example_id": 3,
    "label": 0,
    "given_label": 0,
    "suggested_label": 1,
    "suggested_probability": 0.82,
    "mislabel_score": 0.9,
    "el2n": 1.2,
    "el2n_percentile": 0.99,
    "split": "train",
    "source_key": "3",
    "is_flipped": False,
}


@pytest.mark.parametrize(
    ("suggested", "probability", "said"),
    [
        (1, 0.82, ("models suggest", "dog, 82 % by all of them together")),
        (1, 0.28, ("likeliest other class", "dog")),
        (0, 0.93, ("models agree on", "cat, 93 %")),
    ],
)
def test_models_suggest_a_class_only_where_none_can_be_likelier(suggested, probability, said):
    record = RECORD | {"suggested_label": suggested, "suggested_probability": probability}
    details = tile_of(record, ["cat", "dog"], "el2n", note_column="mislabel_score").details
    assert details[1] == said
    assert ("label wrong", "90 % likely") in details

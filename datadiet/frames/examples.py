"""The tables of a prepared data set: examples, what could not be read, quality, duplicates."""

from datadiet.frames.table import Column, Table

SPLITS = ("train", "validation", "test")

EXAMPLES = Table(
    name="examples",
    row="an example that was read; row i is row i of images.npy",
    columns=(
        Column(
            "example_id", "int64", "number in source order, never renumbered; gaps where an image was skipped"
        ),
        Column(
            "source_key",
            "string",
            "how the source itself names the example: relative path, row number or id column",
        ),
        Column("split", "string", "train, validation or test"),
        Column("given_label", "int64", "class index of the source, in [0, C)"),
        Column("true_label", "Int64", "known true class index, where the source names one"),
        Column(
            "group", "string", "value of the group column; examples of one group stay in one split and fold"
        ),
        Column(
            "image_hash",
            "string",
            "SHA-256 of the decoded, upright pixels at original size, first 32 hex digits",
        ),
        Column("width", "int64", "original width, pixels, upright"),
        Column("height", "int64", "original height, pixels, upright"),
        Column(
            "note", "string", "rules applied to this image, such as 'CMYK converted to RGB'; empty for none"
        ),
    ),
)

PROBLEMS = Table(
    name="problems",
    row="something in the source that is not an example of the prepared set",
    columns=(
        Column("example_id", "Int64", "the number the example would have; missing where it never got one"),
        Column("source_key", "string", "how the source names it"),
        Column(
            "kind", "string", "unreadable, ignored, missing_file, outside_root, bad_label or not_an_image"
        ),
        Column("reason", "string", "a sentence"),
    ),
)

QUALITY = Table(
    name="quality",
    row="an example and one flag",
    columns=(
        Column("example_id", "int64", "example"),
        Column("flag", "string", "dark, light, blurry, low_information, odd_size or odd_aspect_ratio"),
        Column("value", "float64", "the measure behind the flag, in [0, 1], low = worse"),
    ),
)

DUPLICATES = Table(
    name="duplicates",
    row="an example that is in a group of duplicates",
    columns=(
        Column("example_id", "int64", "example"),
        Column("duplicate_group", "int64", "number of the group, from 0, by its lowest example_id"),
        Column("kind", "string", "exact or near"),
        Column("is_conflict", "bool", "the group holds more than one given label"),
        Column("is_leak", "bool", "the group holds examples of more than one split"),
    ),
)

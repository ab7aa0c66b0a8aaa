"""The table of a selection: which examples a training keeps."""

from datadiet.frames.table import Column, Table

SELECTION = Table(
    name="selection",
    row="a kept example, in example_id order",
    columns=(
        Column("example_id", "int64", "example"),
        Column("source_key", "string", "how the source names it"),
        Column("given_label", "int64", "class index of the source"),
        Column("class_name", "string", "its name"),
        Column("score", "float64", "the score the rule read; NaN for rules without one"),
        Column("percentile", "float64", "its rank, easy (0) to hard (1)"),
    ),
)

ORDER = Table(
    name="order",
    row="a training example, in the order of a curriculum",
    columns=(
        Column("position", "int64", "place in the order, from 0"),
        Column("stage", "int64", "from 1; in stage s a training draws from all examples of stages 1 to s"),
        Column("example_id", "int64", "example"),
        Column("source_key", "string", "how the source names it"),
        Column("given_label", "int64", "class index of the source"),
        Column("class_name", "string", "its name"),
        Column("score", "float64", "the score that was ordered by"),
        Column("percentile", "float64", "its rank, easy (0) to hard (1)"),
    ),
)

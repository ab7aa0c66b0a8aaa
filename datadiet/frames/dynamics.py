"""The tables of dynamics: kernel velocity by group of examples, error along paths between networks."""

from datadiet.frames.table import Column, Table

VELOCITY = Table(
    name="velocity",
    row="a group of examples, a seed and an epoch",
    columns=(
        Column("seed", "int64", "model of the ensemble"),
        Column("group", "int64", "0 is the easiest"),
        Column("percentile", "float64", "of the group's middle in the score's order, easy (0) to hard (1)"),
        Column("epoch", "int64", "epochs done before; the velocity is that of the next epoch"),
        Column("velocity", "float64", "1 - cosine of the kernels at both ends of the epoch, in [0, 1]"),
        Column("flipped_fraction", "float64", "share of the group's labels that are planted flips"),
    ),
)

PATHS = Table(
    name="paths",
    row="a pair of children, a set of examples and a place on the path between them",
    columns=(
        Column("seed", "int64", "of the parent"),
        Column("spawn_epoch", "int64", "epochs of the parent before its children part"),
        Column("examples", "string", "hardest, easiest, random or test"),
        Column("alpha", "float64", "weight of the first child, in [0, 1]"),
        Column("error", "float64", "share classified wrongly, in [0, 1], normalisation statistics made anew"),
    ),
)

BARRIERS = Table(
    name="barriers",
    row="a pair of children and a set of examples",
    columns=(
        Column("seed", "int64", "of the parent"),
        Column("spawn_epoch", "int64", "epochs of the parent before its children part"),
        Column("examples", "string", "hardest, easiest, random or test"),
        Column("barrier", "float64", "largest error above the line between the children's own, in [0, 1]"),
    ),
)

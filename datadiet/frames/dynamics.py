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

SETTLING = Table(
    name="settling",
    row="a score and two epochs at which it was kept",
    columns=(
        Column("score", "string", "method"),
        Column("epoch", "int64", "epochs done"),
        Column("other", "int64", "epochs done at the other time; itself included"),
        Column("spearman", "float64", "rank correlation of the means over seeds, in [-1, 1]"),
        Column("seed_mean", "float64", "mean over seeds of each seed's own rank correlation"),
        Column("seed_error", "float64", "standard error of that mean; NaN below two seeds"),
        Column("num_seeds", "int64", "seeds that have both"),
    ),
)

VELOCITY_MEANS = Table(
    name="velocity_means",
    row="a group of examples and an epoch",
    columns=(
        Column("group", "int64", "0 is the easiest"),
        Column("percentile", "float64", "of the group's middle in the score's order, easy (0) to hard (1)"),
        Column("epoch", "int64", "epochs done before"),
        Column("velocity", "float64", "mean over seeds, in [0, 1]"),
        Column("standard_error", "float64", "of that mean; NaN below two seeds"),
        Column("num_seeds", "int64", "seeds averaged"),
        Column("flipped_fraction", "float64", "share of the group's labels that are planted flips"),
    ),
)

PATH_MEANS = Table(
    name="path_means",
    row="a spawn epoch, a set of examples and a place on the path",
    columns=(
        Column("spawn_epoch", "int64", "epochs of the parent before its children part"),
        Column("examples", "string", "hardest, easiest, random or test"),
        Column("alpha", "float64", "weight of the first child, in [0, 1]"),
        Column("error", "float64", "mean over seeds of the share classified wrongly, in [0, 1]"),
        Column("standard_error", "float64", "of that mean; NaN below two seeds"),
        Column("num_seeds", "int64", "pairs of children averaged"),
    ),
)

BARRIER_MEANS = Table(
    name="barrier_means",
    row="a spawn epoch and a set of examples",
    columns=(
        Column("spawn_epoch", "int64", "epochs of the parent before its children part"),
        Column("examples", "string", "hardest, easiest, random or test"),
        Column("barrier", "float64", "mean over seeds of the error barrier, in [0, 1]"),
        Column("standard_error", "float64", "of that mean; NaN below two seeds"),
        Column("num_seeds", "int64", "pairs of children averaged"),
    ),
)

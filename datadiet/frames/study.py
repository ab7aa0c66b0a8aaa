"""The tables of a study: its retrainings, and each one's accuracy by class."""

from datadiet.frames.table import Column, Table

RETRAININGS = Table(
    name="retrainings",
    row="a retraining: a point of the study and a seed",
    columns=(
        Column("point_id", "string", "names the selection and the labels"),
        Column("rule", "string", "all, window, hardest, easiest, random, covering, list or curriculum"),
        Column("score", "string", "whose order the rule reads, else empty"),
        Column("keep_fraction", "float64", "kept ÷ all training examples, in (0, 1]"),
        Column("window_offset", "float64", "share of training examples ranked easier than the window"),
        Column("quota", "string", "none, equal, proportional or floor:F"),
        Column("quota_by", "string", "whose shares the quota keeps: class, group or a column of a table"),
        Column("drop_suspects", "bool", "suspects left before anything was ranked"),
        Column("labels", "string", "trained, reviewed or random_reviewed"),
        Column("order", "string", "of a curriculum: what comes first, and in how many stages; else empty"),
        Column("seed", "int64", "of initialisation, order, augmentation, and of what a rule draws"),
        Column("retrain_id", "string", "names ids, labels and training"),
        Column("num_kept", "int64", "training examples"),
        Column("num_steps", "int64", "optimizer updates"),
        Column("validation_accuracy", "float64", "in [0, 1], on given labels; windows are chosen by it"),
        Column("test_accuracy", "float64", "in [0, 1], on given labels; reported once, apart"),
        Column("worst_class", "int64", "class index of the lowest validation accuracy"),
        Column("worst_class_accuracy", "float64", "its validation accuracy, in [0, 1]"),
        Column("flips_kept_fraction", "float64", "share of kept labels that are planted flips, in [0, 1]"),
        Column("suspects_kept_fraction", "float64", "share of kept examples that are suspects"),
        Column("train_seconds", "float64", "wall clock of training and evaluation"),
    ),
)

CLASS_ACCURACY = Table(
    name="class_accuracy",
    row="a class of one retraining",
    columns=(
        Column("label", "int64", "class index"),
        Column("num_kept", "int64", "training examples of the class, by the labels trained on"),
        Column("validation_accuracy", "float64", "in [0, 1]; NaN without a validation example"),
        Column("test_accuracy", "float64", "in [0, 1]; NaN without a test example"),
    ),
)

ANSWERS = Table(
    name="answers",
    row="a validation or test image and what one retraining says of it",
    columns=(
        Column("example_id", "int64", "names the image"),
        Column("predicted_label", "int64", "class index that the retrained model gives"),
    ),
)

SURFACE = Table(
    name="surface",
    row="a window and what retraining on it is predicted to give",
    columns=(
        Column("keep_fraction", "float64", "kept ÷ all training examples, in (0, 1]"),
        Column("window_offset", "float64", "share of training examples ranked easier than the window"),
        Column("accuracy", "float64", "predicted mean over seeds, in [0, 1]"),
        Column("standard_error", "float64", "doubt of that mean: distance to measurements and seed noise"),
        Column("is_trusted", "bool", "near enough to what was measured"),
    ),
)

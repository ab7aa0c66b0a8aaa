"""The tables of a run's trainings: labels trained on, history, per-example signals."""

from datadiet.frames.table import Column, Table

LABELS = Table(
    name="noise",
    row="an example of the run, in example_id order",
    columns=(
        Column("example_id", "int64", "example"),
        Column("split", "string", "train, validation or test"),
        Column("fold", "int64", "fold that leaves the example out; -1 outside train or without folds"),
        Column("given_label", "int64", "class index of the source"),
        Column("label", "int64", "class index trained on, after planted flips or applied reviews"),
        Column("true_label", "Int64", "known true class index, else missing"),
        Column("is_flipped", "bool", "label was planted and differs from the given label"),
    ),
)

HISTORY = Table(
    name="history",
    row="an epoch of one seed",
    columns=(
        Column("epoch", "int64", "epochs done, from 1"),
        Column("step", "int64", "optimizer updates done at its end"),
        Column("learning_rate", "float64", "at its last step, per mean loss over the batch"),
        Column("train_loss", "float64", "mean cross-entropy over the epoch's minibatches, nats"),
        Column(
            "train_accuracy",
            "float64",
            "share correct over the epoch's minibatches, in [0, 1], on labels trained on",
        ),
        Column(
            "validation_accuracy",
            "float64",
            "evaluation mode, in [0, 1], on given labels; in the precision of the training, after the last "
            "epoch in that of scores",
        ),
        Column(
            "test_accuracy",
            "float64",
            "as validation_accuracy, on the test split and in the precision of scores, where the run is "
            "scored; NaN elsewhere",
        ),
    ),
)

SIGNALS = Table(
    name="signals",
    row="an example and an epoch of one seed, read from training minibatches before the update",
    columns=(
        Column("example_id", "int64", "example the seed trains on"),
        Column("epoch", "int64", "from 1"),
        Column("label_probability", "float32", "p(label), in [0, 1]"),
        Column("margin", "float32", "logit of the label - largest other logit"),
        Column("is_correct", "bool", "the label has the largest logit"),
        Column("el2n", "float32", "norm of softmax - onehot(label), in [0, sqrt 2]"),
    ),
)

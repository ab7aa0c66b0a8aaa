"""The table of groups: how hard each group of a data set is, and who is left out by a selection."""

from datadiet.frames.table import Column, Table

GROUPS = Table(
    name="groups",
    row="a group of training examples: a class, a value of the group column or of a column beside the source",
    columns=(
        Column("group", "string", "class trained on (held out: given), or the value of the column"),
        Column("num_train", "int64", "training examples"),
        Column("mean_score", "float64", "mean of the score, with its own sign; NaN without a known value"),
        Column("mean_percentile", "float64", "mean rank, easy (0) to hard (1); 0.5 is no harder than all"),
        Column("hardest_tenth", "float64", "share of the group among the hardest tenth of all, in [0, 1]"),
        Column("suspects", "float64", "share whose label looks wrong, in [0, 1]; NaN before triage"),
        Column("accuracy", "float64", "share of test (else validation) images named right, mean over seeds"),
        Column("num_held_out", "int64", "test (else validation) images behind the accuracy"),
        Column("num_kept", "Int64", "examples that the selection keeps; missing without a selection"),
        Column("kept_fraction", "float64", "of the group, in [0, 1]; NaN without a selection"),
    ),
)

GROUP_ACCURACY = Table(
    name="group_accuracy",
    row="a group of held-out images and a point of a study",
    columns=(
        Column("point_id", "string", "names the selection and the labels"),
        Column("title", "string", "the point in a few words"),
        Column("group", "string", "class name, or the value of the column"),
        Column("num_held_out", "int64", "test (else validation) images of the group"),
        Column("accuracy", "float64", "share of them named right, mean over seeds, in [0, 1]"),
        Column("standard_error", "float64", "of that mean, over seeds; NaN below two"),
        Column(
            "num_seeds", "int64", "retrainings of the point; where all data has seeds of them, those alone"
        ),
        Column("all_data", "float64", "accuracy on all data over the same seeds; NaN for all data itself"),
        Column("change", "float64", "accuracy minus that on all data, in [-1, 1]; NaN where that is"),
        Column("change_se", "float64", "standard error of the change, seed by seed; NaN below two seeds"),
    ),
)

"""The tables of triage: mislabels, outliers, neighbours, confused classes, estimate, reviews."""

from datadiet.frames.table import Column, Table

MISLABELS = Table(
    name="mislabels",
    row="an example, in example_id order",
    columns=(
        Column("example_id", "int64", "example"),
        Column("mislabel_score", "float64", "calibrated probability that the label is wrong, in [0, 1]"),
        Column(
            "suggested_label",
            "int64",
            "what the ensemble would have said, class index; of a suspect the likeliest class but its label",
        ),
        Column("suggested_probability", "float64", "its probability, in [0, 1]"),
        Column("predicted_label", "int64", "class of the largest mean probability"),
        Column("label_probability", "float64", "mean p(label) over seeds, in [0, 1]"),
        Column(
            "oof_label_probability",
            "float64",
            "mean p(label) over seeds that left the example out; NaN without",
        ),
        Column("is_suspect", "bool", "among the worst num_wrong of the estimate"),
    ),
)

OUTLIERS = Table(
    name="outliers",
    row="an example, in example_id order",
    columns=(
        Column("example_id", "int64", "example"),
        Column(
            "outlier_score", "float64", "percentile of the distance to neighbours, in [0, 1], high = unlike"
        ),
        Column("distance_overall", "float64", "mean cosine distance to its nearest neighbours among all"),
        Column("distance_in_class", "float64", "mean cosine distance to its nearest neighbours of its label"),
    ),
)

NEIGHBOURS = Table(
    name="neighbours",
    row="an example and one of its nearest neighbours",
    columns=(
        Column("example_id", "int64", "example"),
        Column("rank", "int64", "0 is the nearest"),
        Column("neighbour_id", "int64", "example_id of the neighbour"),
        Column("distance", "float64", "cosine distance in the ensemble's features"),
    ),
)

MAP = Table(
    name="map",
    row="an example, in example_id order",
    columns=(
        Column("example_id", "int64", "example"),
        Column("x", "float64", "place on the map of the ensemble's features; no unit"),
        Column("y", "float64", "the same, upwards"),
    ),
)

CONFUSED = Table(
    name="confused",
    row="an ordered pair of classes confused in the labels",
    columns=(
        Column("label", "int64", "class index that was given"),
        Column("true_label", "int64", "class index it would be instead"),
        Column("num_wrong", "float64", "estimated number of labels"),
    ),
)

TRUTH = Table(
    name="truth",
    row="a score and a depth, against planted or known truth",
    columns=(
        Column("score", "string", "method, mislabel_score or random"),
        Column("depth", "int64", "examples looked at, worst first"),
        Column("precision", "float64", "share of them whose label is wrong, in [0, 1]"),
        Column("recall", "float64", "share of all wrong labels among them, in [0, 1]"),
    ),
)

DECISIONS = ("keep", "relabel", "new_class", "drop", "no_class", "unsure", "undo")

REVIEWS = Table(
    name="reviews",
    row="a decision of a person; append-only",
    columns=(
        Column("sequence", "int64", "order in the database"),
        Column("operation_id", "string", "made by the client, unique: a replay is harmless"),
        Column("source_key", "string", "how the source names the example"),
        Column("image_hash", "string", "hash of the decoded pixels"),
        Column("label_shown", "string", "class name that was shown"),
        Column("decision", "string", "keep, relabel, new_class, drop, no_class, unsure or undo"),
        Column(
            "new_label", "string", "class name for relabel and new_class, operation_id for undo, else empty"
        ),
        Column("queue", "string", "mislabels, outliers, duplicates, browse or import"),
        Column("note", "string", "free text"),
        Column("reviewer", "string", "login, or the system's user"),
        Column("time", "string", "UTC, ISO 8601; only shown"),
        Column("run_id", "string", "run it was made in"),
    ),
)

OPINIONS = Table(
    name="opinions",
    row="an example and what one reviewer last decided on it, undone entries left out",
    columns=(
        Column("example_id", "int64", "example"),
        Column("sequence", "int64", "order in the database"),
        Column("reviewer", "string", "who"),
        Column("decision", "string", "keep, relabel, new_class, drop, no_class or unsure"),
        Column("new_label", "string", "class name for relabel and new_class, else empty"),
        Column("note", "string", "free text"),
        Column("queue", "string", "mislabels, outliers, duplicates, browse or import: where it was decided"),
    ),
)

DECIDED = Table(
    name="decided",
    row="a reviewed example, in example_id order, and the decision that holds",
    columns=(
        Column("example_id", "int64", "example"),
        Column("decision", "string", "keep, relabel, new_class, drop, no_class or unsure"),
        Column("new_label", "string", "class name for relabel and new_class, else empty"),
        Column("reviewer", "string", "whose decision holds"),
        Column("is_disputed", "bool", "reviewers who are sure decided differently"),
        Column("note", "string", "free text of that decision"),
        Column("sequence", "int64", "order in the database of that decision"),
        Column("queue", "string", "mislabels, outliers, duplicates, browse or import: where it was decided"),
    ),
)

DECISION_TRUTH = Table(
    name="decision_truth",
    row="a decision on an example whose true class is known",
    columns=(
        Column("example_id", "int64", "example"),
        Column("decision", "string", "keep, relabel, new_class, drop, no_class or unsure"),
        Column("new_label", "string", "class name for relabel and new_class, else empty"),
        Column("label", "int64", "class index that was shown"),
        Column("true_label", "int64", "class index known to be true"),
        Column(
            "outcome",
            "string",
            "kept_right, mended, removed_wrong, kept_wrong, mended_badly, spoiled, removed_right or unsure",
        ),
    ),
)

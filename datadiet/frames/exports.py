"""The tables that leave: suspects, corrected labels, the manifest of a kept set."""

from datadiet.frames.table import Column, Table

SUSPECTS = Table(
    name="suspects",
    row="an example whose label looks wrong, worst first",
    columns=(
        Column("example_id", "int64", "example"),
        Column("source_key", "string", "how the source names it"),
        Column("split", "string", "train, validation or test"),
        Column("given_label", "int64", "class index of the source"),
        Column("class_name", "string", "name of the given label"),
        Column(
            "corrected_label",
            "int64",
            "class index as decisions corrected it for this run, else the given one",
        ),
        Column("corrected_class_name", "string", "its name"),
        Column("suggested_label", "int64", "the likeliest class but its label, class index"),
        Column("suggested_class_name", "string", "its name"),
        Column("suggested_probability", "float64", "its probability, in [0, 1]"),
        Column("mislabel_score", "float64", "calibrated probability that the label is wrong, in [0, 1]"),
        Column(
            "is_flipped", "bool", "the label judged was planted, so this says nothing about the given one"
        ),
        Column("decision", "string", "of a person; empty for none"),
    ),
)

CORRECTED_LABELS = Table(
    name="corrected_labels",
    row="an example, in example_id order",
    columns=(
        Column("example_id", "int64", "example"),
        Column("source_key", "string", "how the source names it"),
        Column("split", "string", "train, validation or test"),
        Column("given_label", "int64", "class index of the source"),
        Column("class_name", "string", "name of the given label"),
        Column("corrected_label", "Int64", "class index after the reviews; missing where no class is left"),
        Column("corrected_class_name", "string", "its name; missing where no class is left"),
        Column("decision", "string", "of a person; empty for none"),
        Column("is_changed", "bool", "the corrected label differs from the given one"),
    ),
)

MANIFEST = Table(
    name="manifest",
    row="a kept example, in example_id order",
    columns=(
        Column("path", "string", "file, below the source's folder"),
        Column("label", "string", "class name after the reviews"),
    ),
)

POOL = Table(
    name="pool",
    row="an unlabelled image, what is most worth labelling first",
    columns=(
        Column("rank", "int64", "from 1"),
        Column("position", "int64", "of the image in the folder's order of paths, or in the array, from 0"),
        Column("source_key", "string", "path below the folder, or its position in the array"),
        Column("expected_el2n", "float64", "EL2N expected over the unknown label, in [0, sqrt 2]"),
        Column("predicted_class_name", "string", "likeliest class by the mean over seeds"),
        Column("predicted_probability", "float64", "its probability, mean over seeds, in [0, 1]"),
    ),
)

"""The tables of scores: one seed's values, their summary over seeds, agreement and reliability."""

from datadiet.frames.table import Column, Table

SEED_SCORES = Table(
    name="seed_scores",
    row="an example and one method's value, from one seed at one step",
    columns=(
        Column("example_id", "int64", "example"),
        Column("value", "float64", "the score, with its own sign; NaN where this seed gives none"),
    ),
)

SUMMARY = Table(
    name="score_summary",
    row="an example and one method's mean over seeds",
    columns=(
        Column("example_id", "int64", "example"),
        Column("mean", "float64", "mean over the seeds that count for the example"),
        Column("standard_error", "float64", "standard error of that mean over seeds; NaN below two seeds"),
        Column("percentile", "float64", "rank from easy (0) to hard (1) among training examples"),
        Column("num_seeds", "int64", "seeds averaged"),
    ),
)

AGREEMENT = Table(
    name="agreement",
    row="a pair of scores",
    columns=(
        Column("score", "string", "method, with _step_NNNNNN where not the last step"),
        Column("other", "string", "method it is compared with"),
        Column("spearman", "float64", "rank correlation of the means, from easy to hard, in [-1, 1]"),
    ),
)

RELIABILITY = Table(
    name="reliability",
    row="a score",
    columns=(
        Column("score", "string", "method"),
        Column("num_seeds", "int64", "seeds averaged"),
        Column(
            "split_half",
            "float64",
            "Spearman between means of two halves of the seeds, stepped up to all seeds",
        ),
        Column(
            "seeds_for_90", "Int64", "seeds that would reach 0.90 by Spearman-Brown; missing where it cannot"
        ),
        Column("seeds_for_95", "Int64", "seeds that would reach 0.95"),
    ),
)

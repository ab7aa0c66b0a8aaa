"""What the overview says in words: context, headline, how it was made; names are already plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.state import Overview, source_title
from app.text import plain
from datadiet.export.shown import count, score_title
from datadiet.pipeline.ensemble import MeanAndError
from datadiet.pipeline.report import noise_words, training_words
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_text import weak_sentence
from datadiet.scores.registry import METHODS


def score_words(score: str) -> str:
    """Return how a score is called, and at which step; letter by letter.

    Example:
        >>> score_words("el2n"), score_words("el2n_step_000180"), score_words("mislabel_score")
        ('EL2N at the last step', 'EL2N at step 180', 'mislabel score')
    """
    return f"{score_title(score)}{' at the last step' if score in METHODS else ''}"


def context_line(run: Run, score: str) -> str:
    """Return what is shown: data set, run, noise, score, seeds, and whether models are weak, as Markdown.

    Before a model is trained to its end, it says after how many epochs this first look is.

    Args:
        run: The run.
        score: What the page shows, in words; empty where that are several.
    """
    parts = [
        plain(source_title(str(run.files.document["source"]))),
        f"run {run.run_id[:8]}",
        noise_words(run) or "no noise planted",
        plain(score) if score else "",
        seeds_words(run),
        run.first_look_words() or weak_words(run),
    ]
    return " · ".join(part for part in parts if part)


def weak_words(run: Run) -> str:
    """Return in a few words that the models are weak; empty where they are not, or it is not known."""
    test, validation = run.accuracy("test"), run.accuracy("validation")
    if not weak_sentence(test, validation):
        return ""
    known = test if test.mean == test.mean else validation
    return f"weak models ({100 * known.mean:.1f} % of held-out images right)"


def seeds_words(run: Run) -> str:
    """Return how many seeds the run's numbers average, and that some were left out where they were."""
    lost = [seed for seed in run.files.seeds() if run.files.diverged(seed)]
    words = f"{len(run.seeds)} seed{'' if len(run.seeds) == 1 else 's'}"
    return f"{words} ({len(lost)} more diverged and left out)" if lost else words


def estimate_sentence(estimate: Mapping[str, Any] | None) -> str:
    """Return how many labels look wrong, with the 95 % interval, as Markdown."""
    if estimate is None:
        return "How many labels look wrong is not known yet: the audit has not come to its last stage."
    low, high = count(estimate["low"]), count(estimate["high"])
    return (
        f"About **{count(estimate['num_wrong'])}** of {estimate['num_examples']:,} labels look wrong "
        f"(95 % interval {low} to {high})."
    )


def accuracy_sentence(accuracy: Mapping[str, MeanAndError]) -> str:
    """Return how well the models do on held-out images, with its standard error, as Markdown."""
    test, validation = accuracy["test"], accuracy["validation"]
    if test.mean == test.mean:
        return f"The models name {spread(test)} of the test images right{_seeds_note(test)}."
    if validation.mean == validation.mean:
        return (
            f"The models name {spread(validation)} of the validation images right{_seeds_note(validation)}."
        )
    return "The accuracy of the models was not measured."


def spread(value: MeanAndError) -> str:
    """Return a mean in percent with its standard error, as Markdown.

    Example:
        >>> spread(MeanAndError(0.9424, 0.0018, 3))
        '**94.2 ± 0.2 %**'
    """
    doubt = f" ± {100 * value.standard_error:.1f}" if value.standard_error == value.standard_error else ""
    return f"**{100 * value.mean:.1f}{doubt} %**"


def _seeds_note(value: MeanAndError) -> str:
    return f" (mean ± standard error over {value.num_seeds} seeds)" if value.num_seeds > 1 else " (1 seed)"


def truth_sentence(shown: Overview) -> str:
    """Return how many of the suspects carry a planted flip, as Markdown; empty where none was planted."""
    flipped = int(shown.scores["is_flipped"].sum())
    if not flipped or shown.suspects is None or shown.suspects.empty:
        return ""
    found = int(shown.suspects["is_flipped"].sum())
    in_train = int((shown.scores["is_flipped"] & (shown.scores["split"] == "train")).sum())
    part = "" if in_train == flipped else f" ({in_train:,} of the training split, which the charts show)"
    return (
        f"{flipped:,} labels were flipped on purpose{part}; {found:,} of them are among the "
        f"{len(shown.suspects):,} suspects."
    )


def reliability_sentence(reliability: pd.DataFrame, score: str) -> str:
    """Return how stable a score is over seeds and whether more would help; empty where it is not known."""
    rows = reliability[reliability["score"] == score]
    if rows.empty or pd.isna(rows["split_half"].iloc[0]):
        return ""
    row = rows.iloc[0]
    agreement = f"{row['split_half']:.2f} (1 = wholly)"
    words = f"Two halves of the seeds agree on the order of {score_title(score)} by {agreement}"
    needed = row["seeds_for_90"]
    if pd.isna(needed) or needed <= row["num_seeds"]:
        return f"{words}."
    return f"{words}; {int(needed)} seeds would reach 0.90."


def making_rows(shown: Overview) -> list[tuple[str, str]]:
    """Return how the numbers came about: a word and a value each, as they are."""
    run = shown.run
    split_counts = run.files.images.document["num_examples"]
    splits = ", ".join(f"{split_counts.get(name, 0):,} {name}" for name in ("train", "validation", "test"))
    rows = [("images", splits), *training_words(run).items()]
    rows += [("seeds", ", ".join(str(seed) for seed in run.seeds))]
    rows += [("estimate", str(shown.estimate["method"]))] if shown.estimate else []
    return rows

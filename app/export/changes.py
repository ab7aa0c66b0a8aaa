"""What decisions change: labels and images against the source's, and flips that they only take back."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from datadiet.export.labels import corrected_labels
from datadiet.pipeline.run_files import RunFiles


@dataclass(frozen=True)
class DecisionChanges:
    """What decisions change, counted against the labels that came with the images."""

    num_decided: int
    num_relabelled: int
    num_leaving: int
    num_undoing: int  # that name the label which a planted flip had taken away

    def __bool__(self) -> bool:
        """Return whether a run on the corrected labels would train on others than this one."""
        return bool(self.num_relabelled or self.num_leaving or self.num_undoing)

    def sentence(self) -> str:
        """Return it in words."""
        parts = [
            f"{counted(self.num_relabelled, 'label')} change{_s(self.num_relabelled)}",
            f"{counted(self.num_leaving, 'image')} leave{_s(self.num_leaving)}",
        ]
        if self.num_undoing:
            parts.append(
                f"{counted(self.num_undoing, 'decision')} only undo{'es' * (self.num_undoing == 1)} "
                f"{'a planted flip' if self.num_undoing == 1 else 'planted flips'}"
            )
        are = "is" if self.num_decided == 1 else "are"
        return f"{counted(self.num_decided, 'image')} {are} decided on: {', '.join(parts)}."


def counted(number: int, word: str) -> str:
    """Return a number with its noun.

    Example:
        >>> counted(1, "image"), counted(1200, "image")
        ('1 image', '1,200 images')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _s(number: int) -> str:
    return "s" if number == 1 else ""


def decision_changes(files: RunFiles, decided: pd.DataFrame) -> DecisionChanges:
    """Return what decisions change.

    Args:
        files: Of the run.
        decided: A DECIDED table of its data set.
    """
    examples, labels = files.images.examples, files.labels
    rows = examples[examples["example_id"].isin(decided["example_id"])]
    found = corrected_labels(rows, decided, class_names=files.class_names)
    flipped = labels.loc[labels["is_flipped"], "example_id"]
    frame = found.frame
    is_undoing = (frame["decision"] == "relabel") & ~frame["is_changed"] & frame["example_id"].isin(flipped)
    counts = found.counts
    return DecisionChanges(
        counts["num_decided"], counts["num_relabelled"], counts["num_without_class"], int(is_undoing.sum())
    )

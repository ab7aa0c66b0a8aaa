"""What decisions change: labels and images against those of a run, and flips that they only take back."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from datadiet.export.labels import corrected_labels
from datadiet.pipeline.labels import EXCLUDED
from datadiet.pipeline.run_files import RunFiles


@dataclass(frozen=True)
class DecisionChanges:
    """What decisions change, counted against the labels of a run before flips were planted into them."""

    num_decided: int
    num_relabelled: int
    num_leaving: int
    num_undoing: int  # that name the label which a planted flip had taken away
    num_returning: int = 0  # left out of the run, and dropped no more

    def __bool__(self) -> bool:
        """Return whether a run on the corrected labels would train on others than this one."""
        return bool(self.num_relabelled or self.num_leaving or self.num_undoing or self.num_returning)

    def sentence(self) -> str:
        """Return it in words."""
        parts = [
            f"{counted(self.num_relabelled, 'label')} change{_one(self.num_relabelled)}",
            f"{counted(self.num_leaving, 'image')} leave{_one(self.num_leaving)}",
        ]
        if self.num_returning:
            parts.append(f"{counted(self.num_returning, 'image')} come{_one(self.num_returning)} back")
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


def _one(number: int) -> str:
    return "s" if number == 1 else ""


def decision_changes(files: RunFiles, decided: pd.DataFrame) -> DecisionChanges:
    """Return what decisions change.

    Args:
        files: Of the run.
        decided: A DECIDED table of its data set, as :func:`app.decisions.held` returns it.
    """
    labels = files.labels
    was_out = labels["split"] == EXCLUDED
    before = labels["label"].mask(labels["is_flipped"], labels["given_label"])
    examples = files.images.examples.assign(given_label=before.to_numpy())
    rows = examples[examples["example_id"].isin(decided["example_id"])]
    frame = corrected_labels(rows, decided, class_names=files.class_names).frame
    is_out = frame["corrected_label"].isna()
    is_new = ~frame["example_id"].isin(labels.loc[was_out, "example_id"])
    flipped = labels.loc[labels["is_flipped"], "example_id"]
    is_undoing = (frame["decision"] == "relabel") & ~frame["is_changed"] & frame["example_id"].isin(flipped)
    return DecisionChanges(
        num_decided=len(frame),
        num_relabelled=int((frame["is_changed"] & ~is_out).sum()),
        num_leaving=int((is_out & is_new).sum()),
        num_undoing=int(is_undoing.sum()),
        num_returning=int(was_out.sum() - (is_out & ~is_new).sum()),
    )

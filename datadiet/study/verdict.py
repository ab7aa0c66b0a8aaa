"""What a study says, in words: the best window against all data and random, with what is not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from datadiet.frames.study import RETRAININGS
from datadiet.selection.orders import parse_pacing

_WINDOWS = ("window", "hardest", "easiest")  # rules that keep a window of the order
_ALIKE = 1.96  # standard errors of a difference within which two means are alike


@dataclass(frozen=True)
class Mean:
    """An accuracy over seeds."""

    mean: float  # in [0, 1]
    standard_error: float  # over seeds; NaN below two
    num_seeds: int

    def words(self) -> str:
        """Return it in percent, such as ``93.1 ± 0.2``."""
        doubt = f" ± {100 * self.standard_error:.1f}" if np.isfinite(self.standard_error) else ""
        return f"{100 * self.mean:.1f}{doubt}"


def signed_points(change: float) -> str:
    """Return a change of accuracy in points with its sign, a minus sign below zero and none at 0.0.

    Example:
        >>> signed_points(0.007), signed_points(-0.0001)
        ('+0.7', '0.0')
    """
    size = f"{100 * abs(change):.1f}"
    if size == "0.0":
        return size
    return f"+{size}" if change > 0 else f"\u2212{size}"


def mean_of(rows: pd.DataFrame, split: str) -> Mean | None:
    """Return the mean accuracy of some rows of a RETRAININGS table; None where there is none."""
    values = rows[f"{split}_accuracy"].dropna()
    if values.empty:
        return None
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
    return Mean(float(values.mean()), error, len(values))


def verdict(retrainings: pd.DataFrame) -> list[str]:
    """Return the sentences of a study: of its windows, then of its curricula.

    Args:
        retrainings: A RETRAININGS table.
    """
    paced = curriculum_verdict(retrainings)
    has_windows = retrainings["rule"].isin(_WINDOWS).any()
    return [*window_verdict(retrainings), *paced] if has_windows or not paced else paced


def window_verdict(retrainings: pd.DataFrame) -> list[str]:
    """Return what windows come to: chosen on validation, told by test accuracy where there is one.

    Args:
        retrainings: A RETRAININGS table.
    """
    frame = RETRAININGS.conform(retrainings)
    frame = frame[frame["labels"] == "trained"]
    windows = frame[frame["rule"].isin(_WINDOWS)]
    if windows.empty:
        return ["No window has been retrained on yet."]
    if windows[["validation_accuracy", "test_accuracy"]].isna().all(axis=None):
        return ["No accuracy was measured: there is neither a validation nor a test example."]
    best = _best(windows)
    split = "test" if best["test_accuracy"].notna().any() else "validation"
    everything = mean_of(frame[frame["rule"] == "all"], split)
    same_size = frame["keep_fraction"].sub(float(best["keep_fraction"].iloc[0])).abs() < 1e-6
    random = mean_of(frame[(frame["rule"] == "random") & same_size], split)
    mine = mean_of(best, split)
    if mine is None:
        return ["No accuracy was measured: there is neither a validation nor a test example."]
    told = [f"{_where(best)}; {split} accuracy {mine.words()}{_against(everything, random)} {_seeds(mine)}."]
    told += [_compared(mine, everything, "all data")] if everything else ["All data has not been run."]
    if float(best["keep_fraction"].iloc[0]) < 1.0:
        told += [_against_random(mine, random)]
    return told


def best_point(retrainings: pd.DataFrame) -> str | None:
    """Return the id of the window that the verdict tells of; None where there is none.

    Args:
        retrainings: A RETRAININGS table.
    """
    frame = retrainings[(retrainings["labels"] == "trained") & retrainings["rule"].isin(_WINDOWS)]
    if frame[["validation_accuracy", "test_accuracy"]].isna().all(axis=None):
        return None
    return str(_best(frame)["point_id"].iloc[0])


def curriculum_verdict(retrainings: pd.DataFrame) -> list[str]:
    """Return a sentence a curriculum: test accuracy against all data shuffled; none without curricula.

    Args:
        retrainings: A RETRAININGS table.
    """
    frame = retrainings[retrainings["labels"] == "trained"]
    paced = frame[frame["rule"] == "curriculum"]
    split = "test" if paced["test_accuracy"].notna().any() else "validation"
    shuffled = mean_of(frame[frame["rule"] == "all"], split)
    told = []
    for (order, score), rows in paced.groupby(["order", "score"], sort=False):
        mine = mean_of(rows, split)
        if mine is None:
            continue
        by = f" by {score}" if score else ""
        against = f" against {shuffled.words()} on all shuffled" if shuffled else ""
        told.append(
            f"All images{by}, {parse_pacing(str(order)).words()}: {split} accuracy {mine.words()}{against} "
            f"{_seeds(mine)}. "
            + (_compared(mine, shuffled, "shuffled") if shuffled else "Shuffled has not been run.")
        )
    return told


def _against_random(mine: Mean, random: Mean | None) -> str:
    """Return how the best window stands to random examples, and what that says of pruning."""
    if random is None:
        return "A random control of this size has not been run, so nothing says that the order matters."
    told = _compared(mine, random, "random examples of the same number")
    if told.startswith("It is worse"):
        return f"{told} Pruning by this order loses to chance."
    if "within what seeds scatter" in told:
        return f"{told} The order has not been shown to matter."
    return told


def _best(windows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the window with the highest mean validation accuracy, test where there is none."""
    split = "validation" if windows["validation_accuracy"].notna().any() else "test"
    means = windows.groupby("point_id", sort=False)[f"{split}_accuracy"].mean()
    return windows[windows["point_id"] == means.idxmax()]


def _where(best: pd.DataFrame) -> str:
    first = best.iloc[0]
    keep = float(first["keep_fraction"])
    offset = 1.0 - keep if first["rule"] == "hardest" else float(first["window_offset"])
    hardest = max(0.0, 1.0 - keep - offset)
    parts = [f"the hardest {_share(hardest)}"] if hardest > 1e-6 else []
    parts += [f"the easiest {_share(offset)}"] if offset > 1e-6 else []
    if not parts:
        return "Keeping all of the images is best"
    return f"Dropping {' and '.join(parts)} keeps {_share(keep)} of the images"


def _share(fraction: float) -> str:
    return f"{100 * fraction:.3g} %"


def _against(everything: Mean | None, random: Mean | None) -> str:
    parts = [f"{everything.words()} on all"] if everything else []
    parts += [f"{random.words()} at random"] if random else []
    return f" against {' and '.join(parts)}" if parts else ""


def _seeds(mean: Mean) -> str:
    return f"({mean.num_seeds} seed{'s' if mean.num_seeds != 1 else ''})"


def _compared(mine: Mean, other: Mean, name: str) -> str:
    """Return whether one mean is above another, below it, or within what seeds scatter."""
    gap = mine.mean - other.mean
    error = float(np.hypot(mine.standard_error, other.standard_error))
    if not np.isfinite(error):
        return f"Against {name} it is {signed_points(gap)}; one seed cannot say whether that is chance."
    if abs(gap) <= _ALIKE * error:
        difference = f"{signed_points(gap)} ± {100 * error:.1f}"
        return f"Against {name} the difference of {difference} is within what seeds scatter."
    word = "better than" if gap > 0 else "worse than"
    return f"It is {word} {name} by {100 * abs(gap):.1f} ± {100 * error:.1f}."

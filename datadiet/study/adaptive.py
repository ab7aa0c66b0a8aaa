"""What to measure next: the window that may beat the best, or of which least is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datadiet.study.surface import FEWEST, Measured, fit_surface

OFFSET_STEP = 0.05


@dataclass(frozen=True)
class Suggestion:
    """A window worth a retraining."""

    keep_fraction: float
    window_offset: float
    expected_gain: float  # expected improvement over the best predicted mean, accuracy in [0, 1]
    standard_error: float  # of the prediction


@dataclass(frozen=True)
class Advice:
    """Windows to measure next, and whether the best is known well enough."""

    suggestions: tuple[Suggestion, ...]
    is_settled: bool  # no window is expected to beat the best by more than the tolerance


def candidate_windows(
    keep_fractions: Sequence[float], offset_step: float = OFFSET_STEP
) -> NDArray[np.float64]:
    """Return (W, 2) windows: every keep fraction at every offset that fits, the hardest always among them."""
    windows = []
    for keep in keep_fractions:
        offsets = np.arange(0.0, 1.0 - keep + 1e-9, offset_step)
        windows += [(keep, round(float(offset), 6)) for offset in offsets]
        windows.append((keep, round(1.0 - keep, 6)))
    return np.array(sorted(set(windows)), dtype=np.float64)


def first_windows(candidates: NDArray[np.float64], num: int) -> NDArray[np.float64]:
    """Return ``num`` of the candidates that lie far from one another, from the middle outwards."""
    scaled = (candidates - candidates.min(axis=0)) / np.maximum(np.ptp(candidates, axis=0), 1e-9)
    chosen = [int(np.argmin(((scaled - scaled.mean(axis=0)) ** 2).sum(axis=1)))]
    while len(chosen) < min(num, len(candidates)):
        gaps = ((scaled[:, None, :] - scaled[None, chosen, :]) ** 2).sum(axis=2).min(axis=1)
        chosen.append(int(np.argmax(gaps)))
    return candidates[chosen]


def next_windows(
    measured: Measured, candidates: NDArray[np.float64], *, num: int, tolerance: float = 0.001
) -> Advice:
    """Return which windows to measure next, several at once where there are workers.

    By expected improvement over the best predicted mean among the windows that were measured; a window
    that was measured may come up again, which adds a seed to it. For several at once, the chosen one is
    taken as measured at its predicted mean before the next is chosen. With fewer than five windows the
    candidates farthest from the measured ones come first; where there are no more candidates than that,
    those with the fewest seeds get another.

    Args:
        measured: So far.
        candidates: (W, 2) from :func:`candidate_windows`.
        num: How many.
        tolerance: Accuracy in [0, 1] within which the best window is known when nothing else promises more.
    """
    if measured.num_windows < FEWEST:
        wanted = FEWEST + 1 + len(measured.accuracy)
        spread = [tuple(each) for each in first_windows(candidates, wanted)]
        known = {tuple(each) for each in measured.windows.round(6)}
        fresh = [each for each in spread if each not in known][:num]
        chosen = fresh or _with_fewest_seeds(measured, candidates)[:num]
        return Advice(
            tuple(Suggestion(keep, offset, np.nan, np.nan) for keep, offset in chosen), is_settled=False
        )
    promising: list[Suggestion] = []
    believed = measured
    for _ in range(num):
        best = _most_promising(believed, candidates)
        if promising:  # what is believed adds nothing to hope for: a larger gain is the refitted scale's
            best = replace(best, expected_gain=min(best.expected_gain, promising[-1].expected_gain))
        promising.append(best)
        believed = _with(believed, best, fit_mean(believed, best))
    return Advice(tuple(promising), is_settled=promising[0].expected_gain < tolerance)


def _with_fewest_seeds(measured: Measured, candidates: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return the candidates, those that were measured with the fewest seeds first."""
    num_seeds = dict(zip(map(tuple, measured.windows.round(6)), measured.num_seeds, strict=True))
    windows = [(float(keep), float(offset)) for keep, offset in candidates]
    return sorted(windows, key=lambda each: (num_seeds.get(each, 0), each))


def _most_promising(measured: Measured, candidates: NDArray[np.float64]) -> Suggestion:
    from scipy.stats import norm

    surface = fit_surface(measured)
    if surface is None:
        raise ValueError("Too few windows were measured.")
    best = float(surface.predict(measured.windows)["accuracy"].max())
    found = surface.predict(candidates)
    mean, deviation = found["accuracy"].to_numpy(), np.maximum(found["standard_error"].to_numpy(), 1e-9)
    ratio = (mean - best) / deviation
    gain = (mean - best) * norm.cdf(ratio) + deviation * norm.pdf(ratio)
    place = int(np.argmax(gain))
    keep, offset = candidates[place]
    return Suggestion(float(keep), float(offset), float(gain[place]), float(deviation[place]))


def fit_mean(measured: Measured, suggestion: Suggestion) -> float:
    """Return the accuracy that is predicted for a suggestion.

    Raises:
        ValueError: Too few windows were measured.
    """
    surface = fit_surface(measured)
    if surface is None:
        raise ValueError("Too few windows were measured.")
    window = np.array([[suggestion.keep_fraction, suggestion.window_offset]])
    return float(surface.predict(window)["accuracy"].iloc[0])


def _with(measured: Measured, suggestion: Suggestion, accuracy: float) -> Measured:
    """Return ``measured`` as if the suggestion had been measured once at ``accuracy``."""
    window = np.array([suggestion.keep_fraction, suggestion.window_offset])
    same = np.flatnonzero((np.abs(measured.windows - window) < 1e-6).all(axis=1))
    if len(same):
        counts = measured.num_seeds.copy()
        means = measured.accuracy.copy()
        place = same[0]
        means[place] = (means[place] * counts[place] + accuracy) / (counts[place] + 1)
        counts[place] += 1
        return replace(measured, accuracy=means, num_seeds=counts)
    return replace(
        measured,
        windows=np.vstack([measured.windows, window]),
        accuracy=np.append(measured.accuracy, accuracy),
        num_seeds=np.append(measured.num_seeds, 1),
    )

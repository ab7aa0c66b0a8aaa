"""Accuracy between the measured windows: a Gaussian process with the seed-to-seed noise that was measured."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.frames.study import SURFACE

FEWEST = 5  # windows measured beside all data, below which nothing is predicted
NORMAL_95 = 1.959964
_EDGE = 0.03  # share of the hardest images over which accuracy may turn sharply
_TRUSTED = 0.5  # of the prior's standard deviation: above, a prediction is not trusted
_LEAST_NOISE = 1e-4  # accuracy: standard deviation over seeds that is assumed at least


@dataclass(frozen=True)
class Measured:
    """Windows that were retrained on: means over seeds, and how far the seeds scatter."""

    windows: NDArray[np.float64]  # (P, 2), keep_fraction and window_offset
    accuracy: NDArray[np.float64]  # (P,), mean over seeds, in [0, 1]
    num_seeds: NDArray[np.int64]  # (P,)
    seed_deviation: float  # standard deviation over seeds, pooled over the windows
    own_errors: NDArray[np.float64]  # (P,), standard error of each from its own seeds, NaN below two

    @property
    def variance(self) -> NDArray[np.float64]:
        """Return the variance of each mean over seeds, (P,)."""
        return self.seed_deviation**2 / self.num_seeds

    @property
    def num_windows(self) -> int:
        """Return how many windows were measured; all data, which is a control of each, is none of them."""
        return int((self.windows[:, 0] < 1.0).sum())


def measured_windows(retrainings: pd.DataFrame, *, split: str = "validation") -> Measured:
    """Return the windows of a RETRAININGS table on the labels trained on; the hardest and all data too.

    Args:
        retrainings: The table; other rules, quotas and labels are left out.
        split: Whose accuracy: ``validation`` or ``test``.
    """
    is_window = retrainings["rule"].isin(["window", "hardest", "easiest", "all"])
    is_plain = (retrainings["labels"] == "trained") & (retrainings["quota"] == "none")
    rows = retrainings[is_window & is_plain & ~retrainings["drop_suspects"]]
    rows = rows[rows["score"].isin(["", _main_score(rows)])]
    is_hardest = rows["rule"] == "hardest"
    offsets = rows["window_offset"].where(~is_hardest, 1.0 - rows["keep_fraction"])
    frame = pd.DataFrame({
        "keep": rows["keep_fraction"].round(6),
        "offset": offsets.round(6),
        "accuracy": rows[f"{split}_accuracy"],
    }).dropna()
    groups = frame.groupby(["keep", "offset"])["accuracy"]
    means, counts = groups.mean(), groups.size()
    spread = groups.var(ddof=1)
    degrees = (counts - 1).clip(lower=0)
    pooled = float((spread.fillna(0.0) * degrees).sum() / max(1, degrees.sum()))
    return Measured(
        windows=np.array([list(each) for each in means.index], dtype=np.float64).reshape(-1, 2),
        accuracy=means.to_numpy(dtype=np.float64),
        num_seeds=np.asarray(counts, dtype=np.int64),
        seed_deviation=max(float(np.sqrt(pooled)), _LEAST_NOISE),
        own_errors=np.sqrt((spread / counts).to_numpy(dtype=np.float64)),
    )


def _main_score(rows: pd.DataFrame) -> str:
    named = rows.loc[rows["rule"] == "window", "score"]
    return str(named.mode().iloc[0]) if len(named) else "el2n"


@dataclass(frozen=True)
class Surface:
    """What retraining on a window is predicted to give."""

    process: Any  # a fitted GaussianProcessRegressor
    prior_deviation: float
    widening: float  # factor of the standard error that leaving one window out asks for, at least 1

    def predict(self, windows: NDArray[np.float64]) -> pd.DataFrame:
        """Return a SURFACE table, a row for each of ``windows`` (W, 2): keep_fraction, window_offset.

        A window is trusted where its doubt is well below what nothing measured would leave, and it keeps at
        least half as much as the smallest window that was measured.
        """
        smallest = float(np.exp(self.process.X_train_[:, 2].min()))
        mean, deviation = self.process.predict(_features(windows), return_std=True)
        frame = pd.DataFrame({
            "keep_fraction": windows[:, 0],
            "window_offset": windows[:, 1],
            "accuracy": np.clip(mean, 0.0, 1.0),
            "standard_error": deviation * self.widening,
            "is_trusted": (deviation < _TRUSTED * self.prior_deviation) & (windows[:, 0] >= smallest / 2),
        })
        return SURFACE.conform(frame)


def fit_surface(measured: Measured) -> Surface | None:
    """Return the surface through what was measured; None below five windows beside all data.

    A Gaussian process (Matérn 5/2, its own scale along each axis) over the left edge, the logarithm of
    what lies beyond the right edge, and the logarithm of the keep fraction; each mean has the pooled
    variance over seeds divided by its number of seeds. Intervals are widened until, leaving one window
    out at a time, 19 in 20 of the windows lie inside theirs; one collapsed window among twenty does not
    widen all others. Failure mode: few windows, and a drop sharper than they show.

    Args:
        measured: From :func:`measured_windows`.
    """
    if measured.num_windows < FEWEST:
        return None
    process = _fitted(measured, np.ones(len(measured.accuracy), dtype=bool), kernel=None)
    residuals = _left_out(measured, process)[2]
    widening = max(1.0, float(np.quantile(np.abs(residuals), 0.95, method="higher")) / NORMAL_95)
    prior = float(np.sqrt(process.kernel_.diag(np.zeros((1, 3)))[0]) * np.std(measured.accuracy))
    return Surface(process, prior, widening)


def leave_one_out(measured: Measured) -> pd.DataFrame:
    """Return what each window was predicted to give from the others alone.

    Returns:
        keep_fraction, window_offset, accuracy (measured), predicted, half_width (of the 95 % interval of
        a mean with its number of seeds, not widened), is_covered.

    Raises:
        ValueError: There are fewer than five windows.
    """
    if len(measured.accuracy) < FEWEST:
        raise ValueError(f"{len(measured.accuracy)} windows were measured; at least {FEWEST} are needed.")
    process = _fitted(measured, np.ones(len(measured.accuracy), dtype=bool), kernel=None)
    predicted, deviation, _ = _left_out(measured, process)
    half_width = NORMAL_95 * deviation
    return pd.DataFrame({
        "keep_fraction": measured.windows[:, 0],
        "window_offset": measured.windows[:, 1],
        "accuracy": measured.accuracy,
        "predicted": predicted,
        "half_width": half_width,
        "is_covered": np.abs(predicted - measured.accuracy) <= half_width,
    })


def _left_out(
    measured: Measured, process: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return prediction, deviation and standardised residual of each window from the others, kernel kept."""
    count = len(measured.accuracy)
    predicted, deviation = np.zeros(count), np.zeros(count)
    for out in range(count):
        is_in = np.arange(count) != out
        others = _fitted(measured, is_in, kernel=process.kernel_)
        mean, spread = others.predict(_features(measured.windows[[out]]), return_std=True)
        predicted[out] = mean[0]
        deviation[out] = np.sqrt(spread[0] ** 2 + measured.variance[out])
    return predicted, deviation, (predicted - measured.accuracy) / deviation


def _fitted(measured: Measured, is_in: NDArray[np.bool_], *, kernel: Any) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern
    from threadpoolctl import threadpool_limits

    fresh = ConstantKernel(1.0, (0.05, 20.0)) * Matern([0.5, 1.0, 1.0], (0.05, 20.0), nu=2.5)
    scale = max(float(np.std(measured.accuracy[is_in])), 1e-6)
    process = GaussianProcessRegressor(
        kernel=kernel or fresh,
        alpha=measured.variance[is_in] / scale**2,
        optimizer=None if kernel is not None else "fmin_l_bfgs_b",
        normalize_y=True,
        n_restarts_optimizer=0 if kernel is not None else 3,
        random_state=0,
    )
    # The matrices are small: on several threads, fitting takes fifty times as long on a busy machine.
    # A scale at its bound means that accuracy does not change along that axis.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return process.fit(_features(measured.windows[is_in]), measured.accuracy[is_in])


def _features(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    keep, offset = windows[:, 0], windows[:, 1]
    beyond = np.clip(1.0 - offset - keep, 0.0, 1.0)
    return np.column_stack([offset, np.log(beyond + _EDGE), np.log(keep)])

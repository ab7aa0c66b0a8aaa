"""Spend a budget of retrainings where they tell most about the best window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from datadiet.errors import ConfigError
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.run import Run
from datadiet.pipeline.sweep import (
    Foreseen,
    Sweeper,
    SweepOptions,
    Swept,
    check_number,
    check_points,
    retraining_of,
    seconds_of,
)
from datadiet.pipeline.sweep_ground import Ground
from datadiet.store.runs import working_on
from datadiet.study.adaptive import Suggestion, candidate_windows, next_windows
from datadiet.study.points import ALL, Point, point, with_controls
from datadiet.study.surface import measured_windows


@dataclass(frozen=True)
class Budget:
    """How much an adaptive study may spend."""

    num_retrainings: int  # of windows; the controls of the best come on top
    tolerance: float = 0.001  # accuracy in [0, 1] within which the best window is known well enough

    def __post_init__(self) -> None:
        """Refuse a budget that buys nothing.

        Raises:
            ConfigError: A value is not allowed.
        """
        if self.num_retrainings < 1:
            raise ConfigError.out_of_range("budget", self.num_retrainings, "at least 1 retraining")
        if not 0.0 <= self.tolerance < 1.0:
            raise ConfigError.out_of_range("tolerance", self.tolerance, "in [0, 1)")


def adaptive_sweep(
    run: Run,
    score: str,
    keep_fractions: Sequence[float],
    options: SweepOptions,
    budget: Budget,
    *,
    progress: Progress,
) -> Swept:
    """Retrain on windows chosen one round after the other, then on the best one's controls.

    Stops before the budget is spent when no window is expected to beat the best by the tolerance. At the
    end the best window, all data and a random control of its size have every seed of ``options``.

    Args:
        run: Whose training examples are chosen from.
        score: Whose order the windows lie on.
        keep_fractions: That are considered.
        options: Protocol, seeds of the best and its controls, device, workers.
        budget: How many retrainings, and how well the best is to be known.
        progress: Hears of every round.

    Raises:
        ConfigError: A keep fraction is not allowed.
        DataError: A keep fraction keeps too few examples.
        NotFoundError: The run does not have the score.
        JobError: Some retrainings failed.
    """
    check_points(run, considered_windows(score, keep_fractions))
    candidates = candidate_windows(sorted(set(keep_fractions)))
    held = working_on(run.files.workspace, run.run_id)
    with held, Sweeper(run, options, progress=progress) as sweeper:
        spent = 0
        while spent < budget.num_retrainings:
            frame = sweeper.study.retrainings()
            num = min(sweeper.num_workers, budget.num_retrainings - spent)
            measured = measured_windows(frame)
            advice = next_windows(measured, candidates, num=num, tolerance=budget.tolerance)
            if advice.is_settled:
                progress.say(
                    f"No window is expected to beat the best by {100 * budget.tolerance:g} %: "
                    f"stopped after {spent} retraining{'' if spent == 1 else 's'}."
                )
                break
            sweeper.measure(with_seeds(frame, score, advice.suggestions))
            spent += len(advice.suggestions)
        best = best_window(sweeper.study.retrainings(), score)
        last = [best, *with_controls([best])]
        sweeper.measure([(each, seed) for seed in range(options.num_seeds) for each in dict.fromkeys(last)])
        return Swept(run, sweeper.study)


def foreseen_at_most(
    run: Run, score: str, keep_fractions: Sequence[float], options: SweepOptions, budget: Budget
) -> Foreseen:
    """Return the most that an adaptive sweep does: its budget, then the other seeds of the best and controls.

    Args:
        run: The run.
        score: As in the sweep.
        keep_fractions: As in the sweep.
        options: As in the sweep.
        budget: As in the sweep.

    Raises:
        ConfigError: A keep fraction is not allowed.
        DataError: A keep fraction keeps too few examples, or there are too many of them.
        NotFoundError: The run does not have the score.
    """
    windows = considered_windows(score, keep_fractions)
    check_number(windows)
    ground = Ground(run, options.group_table)

    def steps(each: Point) -> int:
        return retraining_of(run, ground, options.protocol, each, 0).num_steps

    controls = options.num_seeds  # of all data, and as many of the random control
    num_windows = budget.num_retrainings + options.num_seeds - 1 + controls
    num_steps = num_windows * max(steps(each) for each in windows) + controls * steps(point(ALL))
    num = num_windows + controls
    return Foreseen(num, num, seconds_of(run, num, num_steps, options))


def considered_windows(score: str, keep_fractions: Sequence[float]) -> list[Point]:
    """Return the easiest window of each keep fraction, for a check before anything is retrained.

    Raises:
        ConfigError: A keep fraction is not allowed.
    """
    return [window_point(score, keep, 0.0) for keep in sorted(set(keep_fractions))]


def with_seeds(
    retrainings: pd.DataFrame, score: str, suggestions: Sequence[Suggestion]
) -> list[tuple[Point, int]]:
    """Return a point for each suggestion and the first seed that it was not retrained with."""
    taken: Counter[str] = Counter(retrainings["point_id"])
    wanted = []
    for each in suggestions:
        window = window_point(score, each.keep_fraction, each.window_offset)
        wanted.append((window, taken[window.point_id]))
        taken[window.point_id] += 1
    return wanted


def window_point(score: str, keep_fraction: float, window_offset: float) -> Point:
    """Return the window as a point."""
    return point("window", score=score, keep_fraction=keep_fraction, window_offset=window_offset)


def best_window(retrainings: pd.DataFrame, score: str) -> Point:
    """Return the window with the highest mean validation accuracy, test where nothing was validated."""
    rows = retrainings[(retrainings["rule"] == "window") & (retrainings["score"] == score)]
    split = "validation" if rows["validation_accuracy"].notna().any() else "test"
    groups = rows.groupby(["keep_fraction", "window_offset"], as_index=False)
    means = groups[f"{split}_accuracy"].mean()
    best = means.loc[means[f"{split}_accuracy"].idxmax()]
    return window_point(score, float(best["keep_fraction"]), float(best["window_offset"]))

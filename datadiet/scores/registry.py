"""Every score by name; a new one is a file that declares a Method, and a line here. Torch-free."""

from __future__ import annotations

import re
from collections.abc import Iterable

from datadiet.errors import ConfigError, NotFoundError
from datadiet.scores import cartography, controls, el2n, forgetting, grand, grand_last_layer, margin
from datadiet.scores.method import Method

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        el2n.METHOD,
        grand.METHOD,
        grand_last_layer.METHOD,
        forgetting.METHOD,
        forgetting.NEVER_LEARNED,
        margin.METHOD,
        cartography.CONFIDENCE,
        cartography.VARIABILITY,
        controls.RANDOM,
        controls.INPUT_NORM,
    )
}

_STEP_SUFFIX = re.compile(r"_step_\d+$")


def find_method(name: str) -> Method:
    """Return the method that ``name`` means; ``el2n_step_000390`` is el2n at a step.

    Raises:
        ConfigError: No method has this name.
    """
    method = METHODS.get(_STEP_SUFFIX.sub("", name))
    if method is None:
        raise ConfigError.unknown_choice("method", name, METHODS)
    return method


def check_score(score: str, columns: Iterable[object], *, run: str = "RUN", option: str = "") -> None:
    """Check that a table of scores has the percentiles of ``score``.

    Args:
        score: Such as ``el2n``.
        columns: Names of the table's columns.
        run: As in :func:`unknown_score`.
        option: As in :func:`unknown_score`.

    Raises:
        NotFoundError: It has not; the sentence says how to compute it, or what there is.
    """
    names = [str(column) for column in columns]
    known = [name.removesuffix("_percentile") for name in names if name.endswith("_percentile")]
    if score not in known:
        raise unknown_score(score, known, run=run, option=option)


def unknown_score(score: str, known: Iterable[str], *, run: str = "RUN", option: str = "") -> NotFoundError:
    """Return the error for a score that a run has not: left out so far, or of no method at all.

    Args:
        score: As it was asked for.
        known: Scores of the run.
        run: What names the run in the command that computes the score.
        option: What that command needs to find the run, such as `` --workspace FOLDER``.
    """
    known = list(known)
    if score == forgetting.NEVER_LEARNED.name:  # told as never_learned_fraction beside forgetting
        return NotFoundError(
            f"{score} is a share of the seeds and orders no images; forgetting is what does."
        )
    if (words := computing(score)) is None:
        return NotFoundError.unknown_name("score", score, known)
    method = _STEP_SUFFIX.sub("", score)
    hint = f" At the last step it is called {method!r}." if method != score and method in known else ""
    command = f"datadiet score {run} {words}{option}"
    return NotFoundError(f"{missing_sentence(score)}{hint} This computes it: {command}")


def missing_sentence(score: str) -> str:
    """Return that a run has not a score that :func:`computing` knows of."""
    return f"This run has no score {score!r}{': it was left out' if score in METHODS else ''}."


def computing(score: str) -> str | None:
    """Return what ``datadiet score RUN`` takes to compute a score; None where no method gives it.

    Example:
        >>> computing("grand"), computing("el2n_step_000390"), computing("nonsense")
        ('--method grand', '--method el2n --epoch EPOCH', None)
    """
    if score in METHODS and score != forgetting.NEVER_LEARNED.name:
        return f"--method {score}"
    method = _STEP_SUFFIX.sub("", score)
    return f"--method {method} --epoch EPOCH" if method in METHODS and method != score else None

"""select(): which training examples a selection keeps, by a rule, class quotas and a score's ranks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.config import digest
from datadiet.errors import DataError, NotFoundError
from datadiet.frames.selections import SELECTION
from datadiet.selection.apply import Chosen, Direction, Ground, by_part, over_all, pool_of
from datadiet.selection.listed import resolve_references
from datadiet.selection.request import BY_CLASS, SelectionRequest

LEAVING = ("drop", "no_class")  # decisions after which an example is left out


@dataclass(frozen=True)
class Selection:
    """Which examples are kept, and how they were chosen."""

    selection_id: str  # digest of the rule's settings and the ids
    frame: pd.DataFrame  # table SELECTION, in example_id order
    parameters: dict[str, Any]  # the rule and what it reads, JSON-able
    num_train: int  # training examples that the fractions are of
    num_suspects_dropped: int
    remarks: tuple[str, ...] = ()  # what could not be met, in sentences

    @property
    def example_ids(self) -> list[int]:
        """Return the ids that are kept, in source order."""
        return [int(value) for value in self.frame["example_id"]]


def select(
    request: SelectionRequest,
    scores: pd.DataFrame,
    *,
    class_names: Sequence[str],
    direction: Direction = "high",
    listed: Sequence[object] = (),
    groups: Iterable[str] | None = None,
) -> Selection:
    """Return the selection that ``request`` asks for, of the training examples of ``scores``.

    The order of the rows of ``scores`` does not matter. Ranks run from easy to hard with ties in
    example_id order, and fractions are of all training examples, also where suspects are dropped.
    Classes of a quota are those of ``label``, which the training learns; other groups come by name.

    Args:
        request: The rule and its settings.
        scores: A row an example: example_id, source_key, split, given_label, label, the score's own
            column, is_suspect where suspects are dropped, and ``<score>_percentile`` and ``decision`` where
            known: where suspects are dropped, one whose label a person kept stays, and what a person dropped
            or put into no class leaves.
        class_names: Name of each class index.
        direction: Of the score: hard is ``high`` or ``low``; ``none`` ranks like ``high``.
        listed: For rule ``list``: example ids (int) or source keys (str), one a row.
        groups: Group of each row of ``scores``, where the quota keeps shares of groups other than classes.

    Returns:
        The selection, its frame in example_id order.

    Raises:
        ConfigError: The window or cutoff would pass the end once suspects are gone.
        DataError: No training example is left, a score is missing for some, or ``listed`` names
            examples that are unknown, not for training, or named twice.
        NotFoundError: The score is not among the columns.
    """
    parted, part_names = _parted(request, scores, class_names, groups)
    every = parted.sort_values("example_id", kind="stable", ignore_index=True)
    train = every[every["split"] == "train"].reset_index(drop=True)
    train = train.assign(score=_score_values(train, request.score))
    left = train[~_suspects(train, request)].reset_index(drop=True)
    if left.empty:
        raise DataError(f"No training example is left to select from ({len(train)} before suspects left).")
    ground = Ground(train, left, direction, part_names, "Class" if request.quota_by == BY_CLASS else "Group")
    chosen = _chosen(request, ground, resolve_references(every, listed) if request.rule == "list" else None)
    frame = _selection_frame(ground, request, chosen.example_ids, class_names)
    parameters = request.parameters()
    return Selection(
        selection_id=digest(parameters, frame["example_id"].tolist()),
        frame=frame,
        parameters=parameters,
        num_train=len(train),
        num_suspects_dropped=len(train) - len(left),
        remarks=(*_decision_remarks(train, request), *chosen.remarks),
    )


def _parted(
    request: SelectionRequest, scores: pd.DataFrame, class_names: Sequence[str], groups: Iterable[str] | None
) -> tuple[pd.DataFrame, Sequence[str]]:
    """Return ``scores`` with the index of each row's class or group as ``part``, and the names of these."""
    if request.quota_by == BY_CLASS:
        return scores.assign(part=scores["label"]), class_names
    if groups is None:
        raise DataError(f"The quota keeps shares of {request.quota_by}, and no groups were given.")
    named = [str(each) for each in groups]
    codes = {name: code for code, name in enumerate(sorted(set(named)))}
    return scores.assign(part=[codes[name] for name in named]), list(codes)


def _score_values(train: pd.DataFrame, score: str | None) -> NDArray[np.float64]:
    if score is None:
        return np.full(len(train), np.nan)
    if score not in train:
        raise NotFoundError(f"There is no score {score!r} among the columns of the table.")
    values = train[score].to_numpy(np.float64, na_value=np.nan)
    if num_missing := int(np.isnan(values).sum()):
        raise DataError(
            f"{score} is missing for {num_missing} of {len(train)} training examples, since no seed trained "
            "on them; audit with more seeds, or select by another score."
        )
    return values


def _suspects(train: pd.DataFrame, request: SelectionRequest) -> NDArray[np.bool_]:
    if not request.drop_suspects:
        return np.zeros(len(train), dtype=bool)
    if "is_suspect" not in train:
        raise NotFoundError("drop_suspects needs the suspects of a triaged run; audit it to the end first.")
    is_suspect = train["is_suspect"].to_numpy(bool, na_value=False)
    return is_suspect & ~_decided(train, "keep") | _decided(train, *LEAVING)


def _decided(train: pd.DataFrame, *decisions: str) -> NDArray[np.bool_]:
    """Return on which examples a person decided so; none where decisions are not known."""
    if "decision" not in train:
        return np.zeros(len(train), dtype=bool)
    return train["decision"].isin(decisions).to_numpy(bool, na_value=False)


def _decision_remarks(train: pd.DataFrame, request: SelectionRequest) -> tuple[str, ...]:
    """Return sentences on where people's decisions and the suspects differ."""
    if not request.drop_suspects:
        return ()
    is_suspect = train["is_suspect"].to_numpy(bool, na_value=False)
    remarks = []
    if num := int((is_suspect & _decided(train, "keep")).sum()):
        suspects, labels = ("suspect", "its label is") if num == 1 else ("suspects", "their labels are")
        remarks.append(f"{num:,} {suspects} did not leave: a person decided that {labels} right.")
    if num := int((~is_suspect & _decided(train, *LEAVING)).sum()):
        examples, them = ("example", "it") if num == 1 else ("examples", "them")
        remarks.append(f"{num:,} {examples} left without being suspect: a person dropped {them}.")
    return tuple(remarks)


def _chosen(request: SelectionRequest, ground: Ground, wanted: NDArray[np.int64] | None) -> Chosen:
    if wanted is None:
        whole = request.parsed_quota.kind == "none"
        return over_all(request, ground) if whole else by_part(request, ground)
    ids = wanted[np.isin(wanted, ground.left["example_id"].to_numpy(np.int64))]
    if not len(ids):
        raise DataError("Every example of the list is a suspect, and drop_suspects is on: nothing is left.")
    return Chosen(ids)


def _selection_frame(
    ground: Ground, request: SelectionRequest, example_ids: NDArray[np.int64], class_names: Sequence[str]
) -> pd.DataFrame:
    train = ground.train
    known = f"{request.score}_percentile"
    percentile = train[known] if known in train else _percentiles(ground, request)
    names = [class_names[int(label)] for label in train["given_label"]]
    columns = train.assign(class_name=names, percentile=percentile)[SELECTION.column_names]
    return SELECTION.conform(columns[columns["example_id"].isin(example_ids)])


def _percentiles(ground: Ground, request: SelectionRequest) -> pd.Series[float]:
    """Return ranks from easy (0) to hard (1) among all training examples; NaN without a score."""
    train = ground.train
    if request.score is None:
        return pd.Series(np.nan, index=train.index)
    pool = pool_of(train, len(train), ground.direction)
    ranks = pd.Series(np.linspace(0.0, 1.0, len(pool)), index=pool.example_ids)
    return pd.Series(ranks.loc[train["example_id"]].to_numpy(), index=train.index)

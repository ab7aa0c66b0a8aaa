"""Images that are there more than once, in groups; contradicting labels and leaks between splits named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from datadiet.frames.examples import DUPLICATES
from datadiet.triage.lookalikes import Pairs, near_pairs
from datadiet.triage.nearest import Rows


@dataclass(frozen=True)
class DuplicateCounts:
    """How many images are there more than once, and what it does to the set."""

    num_groups: int
    num_examples: int  # in a group
    num_conflicts: int  # groups with more than one given label
    num_leaks: int  # groups with images in more than one split


def find_duplicates(images: Rows, examples: pd.DataFrame) -> pd.DataFrame:
    """Return the examples that show the same picture as another, with the number of their group.

    Exact ones share the hash of their decoded pixels; near ones are those of
    :func:`datadiet.triage.lookalikes.near_pairs`. A group holds whatever is linked, directly or not.

    Args:
        images: Shape ``(N, H, W, C)``, uint8, the prepared images.
        examples: The EXAMPLES table, row i for image i.

    Returns:
        A DUPLICATES table in example_id order.
    """
    return group_pairs(examples, exact_pairs(examples["image_hash"]), near_pairs(images))


def exact_pairs(image_hashes: pd.Series[str]) -> Pairs:
    """Return, for every image whose hash occurred before, the pair of its first row and its own."""
    codes, _ = pd.factorize(image_hashes)
    _, first = np.unique(codes, return_index=True)  # codes count up, so position = code
    rows = np.arange(len(codes))
    pairs: Pairs = np.stack([first[codes], rows], axis=1).astype(np.int64)
    return np.asarray(pairs[pairs[:, 0] != rows])


def group_pairs(examples: pd.DataFrame, exact: Pairs, near: Pairs) -> pd.DataFrame:
    """Return the DUPLICATES table of the groups that ``exact`` and ``near`` pairs of rows link together."""
    links = np.concatenate([exact, near])
    members = np.unique(links)
    frame = examples.iloc[members][["example_id", "given_label", "split"]].reset_index(drop=True)
    frame["group"] = _components(len(examples), links)[members]
    frame["kind"] = np.where(np.isin(members, exact), "exact", "near")
    frame = frame.sort_values("example_id", kind="stable", ignore_index=True)
    in_group = frame.groupby("group", sort=False)
    frame["is_conflict"] = in_group["given_label"].transform("nunique") > 1
    frame["is_leak"] = in_group["split"].transform("nunique") > 1
    frame["duplicate_group"] = pd.factorize(frame["group"])[0]  # by their lowest example_id
    return DUPLICATES.conform(frame[DUPLICATES.column_names])


def count_duplicates(duplicates: pd.DataFrame) -> DuplicateCounts:
    """Return the counts of a DUPLICATES table."""
    groups = duplicates.drop_duplicates("duplicate_group")
    return DuplicateCounts(
        num_groups=len(groups),
        num_examples=len(duplicates),
        num_conflicts=int(groups["is_conflict"].sum()),
        num_leaks=int(groups["is_leak"].sum()),
    )


def _components(num_rows: int, links: Pairs) -> NDArray[np.int32]:
    ones = np.ones(len(links), dtype=np.int8)
    graph = coo_array((ones, (links[:, 0], links[:, 1])), shape=(num_rows, num_rows))
    _, labels = connected_components(graph.tocsr(), directed=False)
    return np.asarray(labels, dtype=np.int32)

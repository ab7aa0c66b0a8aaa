"""What people decided, from the append-only reviews: one decision an example, disagreement kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import pandas as pd

from datadiet.errors import ConfigError
from datadiet.frames.triage import DECIDED, OPINIONS

LONGEST_NAME = 200  # characters of a new class's name
_UNNAMEABLE = ("Cc", "Cs", "Zl", "Zp")  # Unicode: control characters, surrogates, line and paragraph ends


def checked_new_class(name: str, class_names: Iterable[str]) -> str:
    """Return the name of a class that a person adds, without the spaces around it.

    Args:
        name: As it was typed.
        class_names: Classes that there are.

    Raises:
        ConfigError: It is empty or too long, holds characters that a name cannot hold, or differs from a
            class that there is by nothing, case, spaces around it or Unicode form.
    """
    cleaned = name.strip()
    if not cleaned:
        raise ConfigError("A new class must have a name that is more than spaces.")
    if len(cleaned) > LONGEST_NAME:
        raise ConfigError(
            f"The name of a new class has {len(cleaned):,} characters; it may have at most {LONGEST_NAME}."
        )
    if any(unicodedata.category(each) in _UNNAMEABLE for each in cleaned):
        raise ConfigError(
            f"A new class cannot be called {cleaned!r}: it holds control or invalid characters."
        )
    for known in class_names:
        if _name_key(known) == _name_key(cleaned):
            raise ConfigError(
                f"The new class {name!r} would be hard to tell from class {known!r}, which is there: "
                "relabel to that one, or choose another name."
            )
    return cleaned


def _name_key(name: str) -> str:
    """Return what two names that only differ in form have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).strip().casefold())


def resolve(reviews: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """Return the decision that holds for each reviewed example.

    A reviewer's last entry that was not undone is their opinion. The last opinion of all holds; one
    that is ``unsure`` holds only where nobody is sure. Opinions that differ among the sure make the
    example disputed; :func:`opinions` lists them.

    Args:
        reviews: A REVIEWS table, in any order.
        examples: The EXAMPLES table.

    Returns:
        A DECIDED table, in example_id order; examples without a decision are not in it.
    """
    return holding(opinions(reviews, examples))


def holding(held: pd.DataFrame) -> pd.DataFrame:
    """Return the decision that holds for each example among opinions, as :func:`resolve` defines it.

    Args:
        held: An OPINIONS table.

    Returns:
        A DECIDED table.
    """
    held = held.copy()
    held["is_sure"] = held["decision"] != "unsure"
    held["answer"] = held["decision"] + "\0" + held["new_label"]
    sure_answers = held[held["is_sure"]].groupby("example_id")["answer"].nunique()
    last = held.sort_values(["is_sure", "sequence"]).groupby("example_id", as_index=False).last()
    last["is_disputed"] = last["example_id"].map(sure_answers).fillna(0) > 1
    return DECIDED.conform(last[DECIDED.column_names])


def opinions(reviews: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """Return the opinion of each reviewer on each example: an OPINIONS table, by example and sequence."""
    return latest(matched(active(reviews), examples))


def latest(found: pd.DataFrame) -> pd.DataFrame:
    """Return the last entry of each reviewer on each example: an OPINIONS table.

    Args:
        found: Entries in force with their example_id, from :func:`matched` and :func:`active`.
    """
    found = found.sort_values("sequence")
    last = found.groupby(["example_id", "reviewer"], as_index=False).last()
    return OPINIONS.conform(last.sort_values(["example_id", "sequence"])[OPINIONS.column_names])


def active(reviews: pd.DataFrame) -> pd.DataFrame:
    """Return the entries that hold an opinion and were not undone, in sequence.

    An undo names the operation it takes back, which came before it, else it takes nothing back; an undo
    can be undone, which puts the first entry in force again.
    """
    ordered = reviews.sort_values("sequence", ignore_index=True)
    undone: set[str] = set()
    entries = zip(ordered["operation_id"], ordered["decision"], ordered["new_label"], strict=True)
    place = {operation_id: number for number, operation_id in enumerate(ordered["operation_id"])}
    for operation_id, decision, new_label in reversed(list(entries)):
        is_earlier = place.get(new_label, -1) < place[operation_id]
        if decision == "undo" and is_earlier and operation_id not in undone:
            undone.add(new_label)
    holds = (ordered["decision"] != "undo") & ~ordered["operation_id"].isin(undone)
    return ordered[holds].reset_index(drop=True)


def matched(reviews: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """Return the reviews that belong to an example, with its ``example_id``.

    A review belongs to the example with its source key and its image. Where no example has that key
    any more (the file was renamed), it belongs to the only example with its image; where several
    have it, to none, since copies may carry different labels. Where the key is there with another
    image, the review was of another picture and belongs to none.
    """
    known = examples[["example_id", "source_key", "image_hash"]]
    is_meant = known["source_key"].isin(reviews["source_key"]) | known["image_hash"].isin(
        reviews["image_hash"]
    )
    known = known[is_meant]  # reviews are few: the joins below need not go over all examples
    by_both = reviews.merge(known, on=["source_key", "image_hash"], how="inner")
    by_both = by_both.drop_duplicates("operation_id")
    orphans = reviews[~reviews["source_key"].isin(known["source_key"])]
    unique = known[["example_id", "image_hash"]].drop_duplicates("image_hash", keep=False)
    by_image = orphans.merge(unique, on="image_hash", how="inner")
    return pd.concat([by_both, by_image], ignore_index=True).sort_values("sequence", ignore_index=True)

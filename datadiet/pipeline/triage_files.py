"""Where the triage of a set of seeds lies: derived over seeds, so it is named by them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from datadiet.errors import NotFoundError
from datadiet.frames.table import Table
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.checksums import refuse_unsealed
from datadiet.store.documents import read_json
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table

_NAME = re.compile(r"(?:format_(?P<format>\d+)_)?seeds_\d+(?:_\d+)*$")
TRIAGE_FORMAT = 4  # of what triage publishes: raised whenever its tables or what they say change


def triage_folder(files: RunFiles, seeds: Sequence[int]) -> Path:
    """Return the folder of the triage over ``seeds``: the newest that is there, else where it will lie."""
    formats = range(TRIAGE_FORMAT, 0, -1)
    found = (folder for number in formats if is_published(folder := _folder(files, seeds, number)))
    return next(found, current_folder(files, seeds))


def current_folder(files: RunFiles, seeds: Sequence[int]) -> Path:
    """Return where this program publishes the triage over ``seeds``, such as ``triage/format_4_seeds_0_1_2``.

    What an older program left in another format stays beside it, is read until this one is there, and is
    never mixed with it.
    """
    return _folder(files, seeds, TRIAGE_FORMAT)


def _folder(files: RunFiles, seeds: Sequence[int], number: int) -> Path:
    name = seeds_name(seeds) if number == 1 else f"format_{number}_{seeds_name(seeds)}"
    return files.workspace.triage_dir(files.run_id) / name


def seeds_name(seeds: Sequence[int]) -> str:
    """Return what is derived over ``seeds`` is named by, such as ``seeds_0_1_2``."""
    return "seeds_" + "_".join(map(str, sorted(seeds)))


def triaged_seeds(files: RunFiles) -> list[list[int]]:
    """Return the sets of seeds that have a triage in a format that this program reads."""
    matches = [(path, _NAME.match(path.name)) for path in files.workspace.triage_dir(files.run_id).glob("*")]
    known = [path for path, found in matches if found and int(found["format"] or 1) <= TRIAGE_FORMAT]
    names = {path.name.partition("seeds_")[2] for path in known if is_published(path)}
    return sorted([int(part) for part in name.split("_")] for name in names)


def read_triage(files: RunFiles, seeds: Sequence[int], name: str, table: Table) -> pd.DataFrame:
    """Return one table of the triage over ``seeds``.

    Raises:
        NotFoundError: The triage over these seeds is not there.
        CorruptFileError: It lost its checksums.
    """
    path = triage_folder(files, seeds) / f"{name}.parquet"
    if not is_published(path):
        refuse_unsealed(path.parent)
        raise NotFoundError(
            f"Run {files.run_id} has no {name} over seeds {', '.join(map(str, seeds))} yet; "
            "run its audit again, to the end."
        )
    return read_table(path, table)


def read_estimate(files: RunFiles, seeds: Sequence[int]) -> dict[str, Any]:
    """Return the estimate of how many labels are wrong: num_wrong, low, high and how it was made.

    Raises:
        NotFoundError: The triage over these seeds is not there.
        CorruptFileError: It lost its checksums.
    """
    folder = triage_folder(files, seeds)
    if not is_published(folder):
        refuse_unsealed(folder)
        raise NotFoundError(f"Run {files.run_id} has no estimate yet; run its audit again to end.")
    estimate: dict[str, Any] = read_json(folder / "estimate.json")
    return estimate

"""The command that audits a data set again with its labels as people corrected them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datadiet.config import DataConfig
from datadiet.errors import NotFoundError
from datadiet.pipeline.run import Run
from datadiet.store.reviews import read_reviews
from datadiet.store.runs import list_runs
from datadiet.triage.reviews import resolve

_BY_NAME = ("digits", "torchvision")  # kinds of source that are opened by a name, not by a path


def reaudit_arguments(run: Run) -> list[str]:
    """Return the arguments of ``datadiet`` that train and score ``run`` again on the corrected labels.

    Data, model, training, folds and number of seeds are those of the run; flips that were planted are not
    planted again. The new run is called after this one and the number of decisions, where no run is yet.

    Raises:
        NotFoundError: The source was given from Python, or is no longer where it was.
    """
    config = run.files.config
    data = config.data.model_dump(mode="json")
    unset = DataConfig().model_dump(mode="json")
    settings = {f"data.{name}": value for name, value in data.items() if value != unset[name]}
    settings |= {f"train.{name}": value for name, value in config.train.model_dump(mode="json").items()}
    return [
        "audit",
        source_argument(run),
        "--apply-reviews",
        run.run_id,
        *_name_arguments(run),
        *("--workspace", str(run.files.workspace.root.resolve())),
        *("--profile", config.profile),
        *("--seeds", str(len(run.files.seeds()))),
        *("--folds", str(config.num_folds)),
        *(part for name, value in settings.items() if value is not None for part in _setting(name, value)),
    ]


def source_argument(run: Run) -> str:
    """Return how the command names the run's source.

    Raises:
        NotFoundError: The source was given from Python, or is no longer where it was.
    """
    place, name = run.files.document["source_path"], str(run.files.document["source"])
    if place is not None:
        if not Path(place).exists():
            raise NotFoundError(
                f"The source of this run is not at {place} any more; put it back to audit it again."
            )
        return str(place)
    if run.files.images.document["source_kind"] not in _BY_NAME:
        raise NotFoundError(
            f"The source {name} was given from Python or by a pattern, so it cannot be opened from here. "
            f"Audit it as before, with --apply-reviews {run.run_id}."
        )
    return name


def _name_arguments(run: Run) -> list[str]:
    workspace = run.files.workspace
    num = len(resolve(read_reviews(workspace), run.files.images.examples))
    name = f"{run.name}, {num:,} decision{'' if num == 1 else 's'}"
    taken = {record.name for record in list_runs(workspace)}
    return [] if name in taken else ["--name", name]


def _setting(name: str, value: Any) -> list[str]:
    return ["--set", f"{name}={json.dumps(value)}"]

"""``datadiet.audit``: the command of the same name, as a function."""

from __future__ import annotations

from pathlib import Path
from types import NoneType
from typing import Any

from datadiet.arguments import as_folder, check_kind
from datadiet.config import NoiseConfig, Profile, merged
from datadiet.pipeline.audit import audit as run_audit
from datadiet.pipeline.plan import AuditOptions, plan_audit
from datadiet.pipeline.progress import Progress, Silent
from datadiet.pipeline.run import Run


def audit(  # ruff: ignore[too-many-arguments]  the words of the command
    source: Any,
    *,
    noise: str | NoiseConfig | None = None,
    profile: Profile | None = None,
    seeds: int | None = None,
    folds: int | None = None,
    workspace: Path | str = "workspace",
    settings: dict[str, Any] | None = None,
    options: AuditOptions | None = None,
    progress: Progress | None = None,
) -> Run:
    """Return the run of an audit: data prepared, an ensemble trained, every example scored and triaged.

    What the workspace holds already is not computed again, so calling it twice is calling it once.

    Args:
        source: What the command takes (``digits``, a torchvision name, a path), or
            :class:`datadiet.data.sources.ArraySource`, or a map-style dataset of (image, label).
        noise: Flips to plant, as ``KIND:FRACTION`` or a NoiseConfig.
        profile: quick, standard or paper; that of the settings when None, else quick.
        seeds: Models in the ensemble; the profile's number when None.
        folds: K; seed s leaves out fold s mod K. The profile decides when None.
        workspace: Folder of the workspace.
        settings: More of AuditConfig, nested: ``{"train": {"lr": 0.05}, "data": {"image_size": 32}}``.
        options: Device, workers, name, applied reviews, without GraNd; ``seeds`` above wins over its own.
        progress: Hears how far it is; nobody by default.

    Raises:
        ConfigError: A setting is unknown or not allowed.
        SourceError: The source is no labelled image set.
        TrainingError: No seed ended with a usable model.
        StoreError: The workspace cannot be used.

    Example:
        >>> run = audit("digits", noise="symmetric:0.1", seeds=2)  # doctest: +SKIP
        >>> run.suspects(num=3)["source_key"].tolist()  # doctest: +SKIP
        ['row 1234', 'row 56', 'row 789']
    """
    for name, value, kinds, allowed in (
        ("noise", noise, (str, NoiseConfig, NoneType), "KIND:FRACTION as text, a NoiseConfig or None"),
        ("settings", settings, (dict, NoneType), "a dict of settings or None"),
        ("options", options, (AuditOptions, NoneType), "an AuditOptions or None"),
    ):
        check_kind(name, value, kinds, allowed)
    folder = as_folder("workspace", workspace)
    planted = NoiseConfig.parse(noise) if isinstance(noise, str) else noise
    given: dict[str, Any] = {} if profile is None else {"profile": profile}
    if folds is not None:
        given["num_folds"] = folds
    if planted is not None:
        given["noise"] = planted.model_dump()
    asked = options or AuditOptions()
    if seeds is not None:
        asked = AuditOptions(**{**vars(asked), "num_seeds": seeds})
    heard = progress or Silent()
    plan = plan_audit(source, merged(settings or {}, given), asked, workspace=folder, progress=heard)
    return run_audit(plan, progress=heard)

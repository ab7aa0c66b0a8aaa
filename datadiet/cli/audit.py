"""``datadiet audit`` and ``datadiet demo``: from a source to ranked suspects."""

from __future__ import annotations

import shlex
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from datadiet.cli.console import show, show_json, tell
from datadiet.cli.early import early_spares, num_spares
from datadiet.cli.options import (
    DEFAULT_WORKSPACE,
    DeviceOption,
    JobOption,
    JsonOption,
    SeedsOption,
    WorkersOption,
    WorkspaceOption,
)
from datadiet.cli.reporting import reporting
from datadiet.errors import ConfigError

DEMO_NOISE = "symmetric:0.1"
UNIT_MODULE = "datadiet.pipeline.scoring_units"  # what workers of an audit import, training and all


def audit(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="digits, a torchvision name, image folder, manifest (CSV, Parquet), image Parquet, .npz.",
        ),
    ],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    profile: Annotated[
        str | None, typer.Option(help="quick (CPU, minutes; the default), standard (ResNet-18) or paper.")
    ] = None,
    seeds: SeedsOption = None,
    folds: Annotated[
        int | None,
        typer.Option(min=0, help="Folds; seed s leaves out fold s mod K. 0: none. Default: the profile's."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="quick, resnet18, resnet50, a torchvision name, or module:factory.")
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            help="Plant label flips: symmetric, uniform, permute, pair or asymmetric, as KIND:FRACTION."
        ),
    ] = None,
    noise_matrix: Annotated[
        Path | None,
        typer.Option(help="CSV or JSON, C rows of C probabilities, given class to planted class."),
    ] = None,
    noise_seed: Annotated[int, typer.Option(min=0, help="Seed of the planted flips.")] = 0,
    image_size: Annotated[
        int | None, typer.Option(min=4, help="Side in pixels; default: from the images.")
    ] = None,
    resize: Annotated[
        str | None,
        typer.Option(help="crop (shorter side to the size, centre kept) or pad (longer side, padded)."),
    ] = None,
    image_column: Annotated[str | None, typer.Option(help="Column of image paths or bytes.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of labels.")] = None,
    true_label_column: Annotated[
        str | None, typer.Option(help="Column of known true labels, for judging.")
    ] = None,
    split_column: Annotated[str | None, typer.Option(help="Column of train, validation or test.")] = None,
    id_column: Annotated[str | None, typer.Option(help="Column that names each example in exports.")] = None,
    group_column: Annotated[
        str | None, typer.Option(help="Column of groups kept in one split and fold.")
    ] = None,
    test_source: Annotated[str | None, typer.Option(help="A second source that is the test split.")] = None,
    data_root: Annotated[
        Path | None,
        typer.Option(help="Folder of a torchvision set, or the folder manifest paths stay under."),
    ] = None,
    download: Annotated[bool, typer.Option("--download", help="Let torchvision fetch the set.")] = False,
    max_skipped: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Share of unreadable images above which to refuse; default 0.01."
        ),
    ] = None,
    allow_empty_class: Annotated[
        bool, typer.Option("--allow-empty-class", help="Accept classes without images.")
    ] = False,
    apply_reviews: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Train on the labels as this run's reviews correct them."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting; repeatable.")
    ] = None,
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    name: Annotated[str | None, typer.Option(help="A name for the run.")] = None,
    lean: Annotated[
        bool,
        typer.Option(
            "--lean",
            help="Leave out GraNd, which costs a backward pass, and scores before the last epoch, but for "
            "one model's, to look at the run early; datadiet score adds them.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be trained and how long; train nothing.")
    ] = False,
    json_: JsonOption = False,
    job: JobOption = None,
) -> None:
    """Prepare SOURCE, train a small ensemble, score every example, rank suspects and outliers."""
    data = {
        "image_size": image_size,
        "resize": resize,
        "image_column": image_column,
        "label_column": label_column,
        "true_label_column": true_label_column,
        "split_column": split_column,
        "id_column": id_column,
        "group_column": group_column,
        "test_source": test_source,
        "data_root": str(data_root) if data_root else None,
        "download": download or None,
        "max_skipped_fraction": max_skipped,
        "allow_empty_class": allow_empty_class or None,
    }
    num = 0 if dry_run else num_spares(workers)
    with (
        reporting(workspace, job) as progress,  # before what is slow to load, so that a job beats early
        closing(early_spares(num, UNIT_MODULE)) as spares,
    ):
        from datadiet.pipeline.audit import audit as run_audit
        from datadiet.pipeline.plan import AuditOptions, plan_audit

        settings = gather_settings(
            config,
            set_ or [],
            {"profile": profile, "num_folds": folds, "data": data, "train": {"model": model}},
        )
        settings = with_noise(settings, noise, matrix=noise_matrix, seed=noise_seed, set_=set_ or [])
        options = AuditOptions(
            num_seeds=seeds,
            device=device,
            num_workers=workers,
            name=name,
            apply_reviews=apply_reviews,
            is_lean=lean,
        )
        planned = plan_audit(
            source,
            settings,
            options,
            workspace=workspace,
            progress=progress,
            on_left=partial(spares.start, num),
        )
        if dry_run:
            show_json(planned.describe()) if json_ else show(planned.text())
            return
        run = run_audit(planned, progress=progress, spares=spares)
    if json_:
        show_json(run.headline())
    else:
        show(run.text())
        tell(f"Look at it: datadiet dashboard --workspace {shlex.quote(str(workspace))}")


def demo(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the dashboard.")] = 8501,
    audit_only: Annotated[bool, typer.Option("--audit-only", help="Do not open the dashboard.")] = False,
    json_: JsonOption = False,
) -> None:
    """Audit the digits of scikit-learn with 10 % of labels flipped, then open the dashboard."""
    from datadiet.cli.serve import dashboard

    tell("Demo: 1,797 handwritten digits; 10 % of the labels are flipped on purpose, to be found again.")
    audit("digits", workspace=workspace, noise=DEMO_NOISE, name="digits demo", json_=json_)
    if not audit_only:
        dashboard(workspace=workspace, port=port)


def gather_settings(config: Path | None, assignments: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of the TOML file, overlaid by ``--set``, overlaid by options that were given."""
    from datadiet.config import merged, parse_settings, read_toml

    settings = read_toml(config) if config else {}
    settings = merged(settings, parse_settings(assignments))
    return merged(settings, without_missing(options))


def without_missing(options: dict[str, Any]) -> dict[str, Any]:
    """Return ``options`` without those that were not given, at any depth."""
    kept = {
        key: without_missing(value) if isinstance(value, dict) else value for key, value in options.items()
    }
    return {key: value for key, value in kept.items() if value is not None and value != {}}


def with_noise(
    settings: dict[str, Any], noise: str | None, *, matrix: Path | None, seed: int, set_: list[str]
) -> dict[str, Any]:
    """Return ``settings`` with the planted noise that the options name.

    Raises:
        ConfigError: Two options name the noise, or a seed is named for no noise.
    """
    from datadiet.config import NoiseConfig, merged, validated
    from datadiet.data.noise import read_matrix

    if noise is None and matrix is None:
        if seed:
            raise ConfigError(
                f"--noise-seed {seed} is the seed of --noise or --noise-matrix: give one of them, or "
                f"--set noise.seed={seed} for the noise of a file of settings."
            )
        return settings
    if again := [each for each in set_ if each.startswith("noise.")]:
        raise ConfigError(
            f"--{'noise' if matrix is None else 'noise-matrix'} and --set {again[0]} each say which flips to "
            "plant; leave one of them out. --noise-seed is the seed of the flips."
        )
    if noise is not None and matrix is not None:
        raise ConfigError("--noise and --noise-matrix each say which flips to plant; leave one of them out.")
    if matrix is not None:
        values = {"kind": "asymmetric", "matrix": read_matrix(matrix), "seed": seed}
        planted = validated(NoiseConfig, values, prefix="noise.")
    else:
        planted = NoiseConfig.parse(noise or "", seed=seed)
    return merged(settings, {"noise": planted.model_dump()})

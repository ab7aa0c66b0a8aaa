"""The report of a run: everything it shows is read from the store here and rendered by export."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from datadiet.export.report import Estimate, ReportData, Subject, render_report
from datadiet.frames.triage import CONFUSED, TRUTH
from datadiet.pipeline.export import source_places
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_text import weak_sentence
from datadiet.store.outside import write_outside


def write_report(run: Run, out: Path, *, overwrite: bool = False) -> Path:
    """Write the run's report to ``out`` and return where it is.

    Raises:
        StoreError: The file exists, lies inside the source, or cannot be written.
    """
    html = render_report(report_data(run))
    write_outside({out: html.encode("utf-8")}, sources=source_places(run, out), overwrite=overwrite)
    return out


def report_data(run: Run) -> ReportData:
    """Return all that the report of ``run`` shows."""
    truth = run.truth()
    return ReportData(
        subject=subject(run),
        class_names=run.class_names,
        scores=run.scores(),
        problems=run.files.images.problems,
        history=run.history(),
        truth=TRUTH.empty() if truth is None else truth,
        confused=run.confused() if run.is_triaged else CONFUSED.empty(),
        reliability=run.reliability(),
        estimate=estimate(run),
        thumbnail=run.files.images.thumbnail,
    )


def estimate(run: Run) -> Estimate | None:
    """Return how many labels look wrong, None where the run was not triaged."""
    if not run.is_triaged:
        return None
    found = run.estimate
    weakness = weak_sentence(run.accuracy("test"), run.accuracy("validation"))
    return Estimate(
        found["num_wrong"], found["low"], found["high"], found["num_examples"], found["method"], weakness
    )


def subject(run: Run) -> Subject:
    """Return what the report is about."""
    files = run.files
    return Subject(
        dataset_name=run.source_title,
        dataset_id=files.images.dataset_id,
        run_id=run.run_id,
        run_name=run.name,
        seeds=run.seeds,
        version=version("datadiet"),
        noise=noise_words(run),
        training=training_words(run),
        machine=machine_words(files.environment),
    )


def noise_words(run: Run) -> str:
    """Return what was planted, such as ``10.0 % symmetric noise planted``; empty for nothing."""
    kind = run.files.config.noise.kind
    if kind == "none":
        return ""
    return f"{100 * run.files.document['realised_noise_fraction']:.1f} % {kind} noise planted"


def training_words(run: Run) -> dict[str, str]:
    """Return how the models were trained, a word and a value."""
    config, document = run.files.config, run.files.images.document
    return {
        "profile": config.profile,
        "model": config.train.model,
        "epochs": f"{config.train.num_epochs} ({run.files.last_step:,} steps)",
        "batch size": str(config.train.batch_size),
        "optimizer": config.train.optimizer,
        "precision": config.train.precision,
        "image size": f"{document['image_size']} px",
        "folds": str(config.num_folds) if config.num_folds else "none",
    }


def machine_words(environment: dict[str, Any]) -> dict[str, str]:
    """Return on what the models were trained, a word and a value."""
    versions = environment["versions"]
    return {
        "processor": f"{environment['processor']}, {environment['num_cores']} cores",
        "memory": f"{environment['memory_gib']} GiB",
        "device": str(environment["device"]),
        "Python": str(environment["python"]),
        **{name: str(versions[name]) for name in ("torch", "numpy") if name in versions},
    }

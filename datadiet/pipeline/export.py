"""What leaves a run: scores, suspects, index lists, corrected labels, manifests, reviews."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from datadiet.errors import ConfigError
from datadiet.export.formats import FORMATS, for_spreadsheets, render
from datadiet.export.header import EXACT_TEXT, SPREADSHEET_TEXT, ExportHeader
from datadiet.export.index_lists import dropped_list, ordered_list, suspects_list
from datadiet.export.labels import corrected_labels
from datadiet.export.manifests import kept_manifest
from datadiet.frames.selections import SELECTION
from datadiet.pipeline.manifest_paths import HAVE_FILES, manifest_paths
from datadiet.pipeline.places import protected_places
from datadiet.pipeline.reviews import decisions, run_reviews
from datadiet.pipeline.run import Run
from datadiet.pipeline.select import StoredSelection, find_selection
from datadiet.selection.orders import parse_order
from datadiet.selection.request import DEFAULT_SCORE
from datadiet.store.outside import write_outside


@dataclass(frozen=True)
class ExportRequest:
    """What to write, where, and how."""

    what: str  # scores, suspects, kept, dropped, order, labels, manifest or reviews
    out: Path
    format: str | None = None  # csv, parquet, json, txt or npy; None: by the ending of ``out``
    selection: str | None = None  # id, or the start of one; None: the newest
    spreadsheet: bool = False  # csv alone: quote cells that a spreadsheet would run
    overwrite: bool = False
    order: str | None = None  # of order alone: easiest-first (where None), hardest-first or paced:K
    score: str | None = None  # of order alone: whose ranks it reads; None: el2n


@dataclass(frozen=True)
class Exported:
    """A table ready to be written, and what its file says of itself."""

    frame: pd.DataFrame
    counts: dict[str, int]
    selection: StoredSelection | None = None
    remarks: tuple[str, ...] = ()
    estimate: dict[str, Any] = field(default_factory=dict)  # of suspects: how many labels are wrong
    rule: dict[str, Any] = field(default_factory=dict)  # of an order: what it was made by


@dataclass(frozen=True)
class Written:
    """A file that was written."""

    what: str
    out: Path
    num_rows: int
    sidecar: Path | None
    selection_id: str | None = None  # that it was made by

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet export --json`` prints."""
        sidecar = str(self.sidecar) if self.sidecar else None
        found = {"what": self.what, "out": str(self.out), "num_rows": self.num_rows, "sidecar": sidecar}
        return found if self.selection_id is None else {**found, "selection": self.selection_id}

    def text(self) -> str:
        """Return where it is, in words."""
        beside = f" (described in {self.sidecar.name})" if self.sidecar else ""
        chosen = f" by selection {self.selection_id}" if self.selection_id else ""
        return f"{self.num_rows:,} rows of {self.what}{chosen} -> {self.out}{beside}"


def export_run(run: Run, request: ExportRequest) -> Written:
    """Write what ``request`` names to its file: whole, or not at all.

    Raises:
        ConfigError: The kind or format is unknown, or they do not go together.
        NotFoundError: The run has no such selection, or was not triaged.
        StoreError: The file exists, lies inside the source, or cannot be written.
    """
    rendered, sidecar_path, exported = rendered_export(run, request)
    files = {sidecar_path: rendered.sidecar} if rendered.sidecar is not None else {}
    write_outside(
        {request.out: rendered.data, **files},
        sources=source_places(run, request.out),
        overwrite=request.overwrite,
    )
    chosen = exported.selection.selection_id if exported.selection else None
    sidecar = sidecar_path if files else None
    return Written(request.what, request.out, len(exported.frame), sidecar, chosen)


def rendered_export(run: Run, request: ExportRequest) -> tuple[Any, Path, Exported]:
    """Return the bytes of an export, where its sidecar would lie, and the table that was written.

    Raises:
        ConfigError: The kind or format is unknown, or they do not go together.
    """
    export_format = _format_of(request)
    if request.spreadsheet and export_format != "csv":
        raise ConfigError(
            f"--spreadsheet is for csv alone, not {export_format}: other formats run no formula."
        )
    exported = exported_table(run, request)
    frame = for_spreadsheets(exported.frame) if request.spreadsheet else exported.frame
    text = SPREADSHEET_TEXT if request.spreadsheet else EXACT_TEXT
    rendered = render(frame, export_format, header(run, request.what, exported, text=text))
    return rendered, request.out.with_name(request.out.name + ".json"), exported


def _format_of(request: ExportRequest) -> str:
    """Return the format that is asked for, else the one that the ending of the file tells."""
    if not request.out.name:
        raise ConfigError("--out names no file; write one to make, such as kept.csv.")
    export_format = request.format or request.out.suffix.lstrip(".").lower()
    if not export_format:
        endings = ", ".join(f".{each}" for each in FORMATS)
        raise ConfigError(
            f"--out {request.out} has no ending that tells the format; it can end in {endings}, or name one "
            "with --format."
        )
    if export_format not in FORMATS:
        raise ConfigError.unknown_choice("--format", export_format, FORMATS)
    return export_format


def exported_table(run: Run, request: ExportRequest) -> Exported:
    """Return the table that an export writes, and its counts.

    Raises:
        ConfigError: There is no such kind.
        NotFoundError: The run has no such selection, or was not triaged.
        DataError: The kept examples have no files of their own to write a manifest of, or none that one can
            name.
    """
    if request.what not in KINDS:
        raise ConfigError.unknown_choice("what to export", request.what, KINDS)
    if request.what != "order" and (request.order or request.score):
        raise ConfigError(f"--order and --score are for order alone, not for {request.what}.")
    if request.selection is not None and request.what not in SELECTED:
        raise ConfigError(f"--selection is for {', '.join(SELECTED)} alone, not for {request.what}.")
    return KINDS[request.what](run, request)


def header(run: Run, what: str, exported: Exported, *, text: str = EXACT_TEXT) -> ExportHeader:
    """Return what an export says of itself."""
    selection = exported.selection
    made_by = exported.rule
    named = (
        {"selection_id": selection.selection_id, **selection.document["selection"]} if selection else made_by
    )
    return ExportHeader(
        kind=what,
        version=version("datadiet"),
        dataset_id=run.files.images.dataset_id,
        dataset_name=run.source_title,
        class_names=run.class_names,
        run_id=run.run_id,
        run_name=run.name,
        seeds=run.seeds,
        selection=named,
        counts=exported.counts,
        remarks=exported.remarks,
        estimate=exported.estimate,
        text=text,
    )


def source_places(run: Run, out: Path) -> list[Path]:
    """Return where the run's source lies on this machine: writing ``out`` must leave it as it is."""
    return protected_places(run.files.document, out)


def _scores(run: Run, _: ExportRequest) -> Exported:
    frame = run.scores()
    return Exported(frame, {"num_examples": len(frame)})


def _suspects(run: Run, _: ExportRequest) -> Exported:
    frame = suspects_list(run.scores(), class_names=run.class_names)
    return Exported(frame, {"num_suspects": len(frame)}, estimate=run.estimate)


def _kept(run: Run, request: ExportRequest) -> Exported:
    selection = find_selection(run, request.selection)
    return Exported(
        SELECTION.conform(selection.frame),
        selection.document["counts"],
        selection,
        tuple(selection.document["remarks"]),
    )


def _dropped(run: Run, request: ExportRequest) -> Exported:
    selection = find_selection(run, request.selection)
    score = selection.document["selection"].get("score")
    frame = dropped_list(run.scores(), selection.frame, score=score, class_names=run.class_names)
    return Exported(frame, {"num_dropped": len(frame)}, selection)


def _order(run: Run, request: ExportRequest) -> Exported:
    text, score = request.order or "easiest-first", request.score or DEFAULT_SCORE
    order, scores = parse_order(text), run.scores()
    frame = ordered_list(scores, order, score=score, class_names=run.class_names)
    sizes = frame.groupby("stage").size()
    num_unscored = int((scores["split"] == "train").sum()) - len(frame)
    remark = f"{num_unscored:,} training examples have no {score} and are not in the order."
    return Exported(
        frame,
        {
            "num_ordered": len(frame),
            "num_unscored": num_unscored,
            **{f"num_stage_{stage}": int(num) for stage, num in sizes.items()},
        },
        remarks=(remark,) if num_unscored else (),
        rule={"order": text, "score": score, "num_stages": order.num_stages, "ties": "example_id"},
    )


def _labels(run: Run, _: ExportRequest) -> Exported:
    corrected = corrected_labels(run.files.images.examples, decided(run), class_names=run.class_names)
    return Exported(corrected.frame, corrected.counts, remarks=corrected.remarks)


def has_files(run: Run) -> bool:
    """Return whether the images of a run's source are files of their own, which a manifest can name."""
    return run.files.images.document["source_kind"] in HAVE_FILES


def _manifest(run: Run, request: ExportRequest) -> Exported:
    selection = find_selection(run, request.selection)
    examples = run.files.images.examples
    corrected = corrected_labels(examples, decided(run), class_names=run.class_names)
    paths = manifest_paths(run.files, selection.example_ids)
    manifest = kept_manifest(corrected.frame, selection.example_ids, paths=paths)
    return Exported(manifest.frame, manifest.counts, selection, corrected.remarks)


def _reviews(run: Run, _: ExportRequest) -> Exported:
    frame = run_reviews(run.files)
    return Exported(frame, {"num_reviews": len(frame)})


def decided(run: Run) -> pd.DataFrame:
    """Return example_id, decision and new_label of the examples that somebody decided on."""
    frame = decisions(run.files)
    return frame[frame["decision"] != ""]


KINDS: dict[str, Callable[[Run, ExportRequest], Exported]] = {
    "scores": _scores,
    "suspects": _suspects,
    "kept": _kept,
    "dropped": _dropped,
    "order": _order,
    "labels": _labels,
    "manifest": _manifest,
    "reviews": _reviews,
}
SELECTED = ("kept", "dropped", "manifest")  # kinds that are of a selection

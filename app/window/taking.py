"""The window as an index list to take along, with what the study knows of it written inside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.downloads import MIMES, Download, file_name
from app.window.message import Place
from app.window.reading import ChosenStudy, Findings
from datadiet.export.formats import render
from datadiet.pipeline.export import ExportRequest, exported_table, header
from datadiet.pipeline.run import Run
from datadiet.study.verdict import Mean


def window_download(
    run: Run, score: str, place: Place, chosen: ChosenStudy | None, found: Findings | None
) -> Download:
    """Return the window as a download; pressed, it is stored as a selection of the run."""
    keep, offset = (f"{100 * each:g}".replace(".", "_") for each in (place.keep, place.offset))
    return Download(
        "Export the list",
        file_name(run, f"window_{keep}_from_{offset}.json"),
        MIMES["json"],
        "The kept images in source order, as JSON; data set, run, window and what the study measured stand "
        "inside. Stored as a selection of the run: Export has it in other formats.",
        lambda: window_list(run, score, place, chosen, found),
    )


def window_list(
    run: Run, score: str, place: Place, chosen: ChosenStudy | None, found: Findings | None
) -> bytes:
    """Return the index list of a window as JSON, having stored its selection.

    Raises:
        DataDietError: The score is missing for some, or the workspace cannot take the selection.
    """
    stored = run.select("window", score=score, keep_fraction=place.keep, window_offset=place.offset)
    exported = exported_table(run, ExportRequest("kept", Path("kept.json"), selection=stored.selection_id))
    told = header(run, "kept", exported)
    study = study_document(place, chosen, found)
    told = replace(told, selection={**told.selection, "study": study}) if study else told
    return bytes(render(exported.frame, "json", told).data)


def study_document(place: Place, chosen: ChosenStudy | None, found: Findings | None) -> dict[str, Any]:
    """Return what a study knows of a window, JSON-able; empty without a study.

    Returns:
        ``study_id``, ``protocol``, ``accuracy_of``, and for each of ``window`` (None where it was not
        measured), ``all_data`` and ``random`` the mean, its standard error and the number of seeds.
    """
    if chosen is None or found is None:
        return {}
    random = next((mean for keep, mean in found.controls if abs(keep - place.keep) < 1e-6), None)
    return {
        "study_id": chosen.study.study_id,
        "protocol": chosen.study.protocol.model_dump(mode="json"),
        "num_retrainings": len(found.retrainings),
        "accuracy_of": found.split,
        "window": _mean(found.measured_mean(place.keep, place.offset)),
        "all_data": _mean(found.everything),
        "random": _mean(random),
    }


def _mean(mean: Mean | None) -> dict[str, Any] | None:
    if mean is None:
        return None
    error = None if mean.standard_error != mean.standard_error else round(mean.standard_error, 6)
    return {"mean": round(mean.mean, 6), "standard_error": error, "num_seeds": mean.num_seeds}

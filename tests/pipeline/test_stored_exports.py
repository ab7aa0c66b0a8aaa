"""Exports inside the workspace: their names, and that nothing is replaced unasked."""

from pathlib import Path

import pytest

from datadiet.errors import ConfigError, StoreError
from datadiet.pipeline.export import ExportRequest, export_run
from datadiet.pipeline.stored_exports import exports_folder, keep_export, kept_path, safe_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("kept.csv", "kept.csv"),
        ("../../etc/passwd", "passwd.csv"),
        ("C:\\Users\\ada\\kept", "kept.csv"),
        ("a b/ü=1", "1.csv"),
        (".hidden", "hidden.csv"),
        ("con", "file_con.csv"),
        ("x" * 500, "x" * 120 + ".csv"),
    ],
)
def test_names_are_made_safe(typed, name):
    assert safe_name(typed, ending="csv") == name


@pytest.mark.parametrize("typed", ["", "..", "/", "???", "..csv"])
def test_a_name_of_which_nothing_is_left_is_refused(typed):
    with pytest.raises(ConfigError, match="leaves no file name"):
        safe_name(typed, ending="csv")


def test_an_export_is_kept_with_its_description_and_never_replaced_unasked(own):
    request = ExportRequest("suspects", Path("mine.csv"))
    written = keep_export(own, request)
    assert written.out == exports_folder(own.files.workspace) / "mine.csv"
    assert written.out.exists()
    assert '"estimate"' in written.sidecar.read_text()
    with pytest.raises(StoreError, match="exists already"):
        keep_export(own, request)
    keep_export(own, ExportRequest("suspects", Path("mine.csv"), overwrite=True))


def test_a_report_is_kept_too(own):
    written = keep_export(own, ExportRequest("report", Path("found.html")))
    assert written.out.read_text(encoding="utf-8").startswith("<!")


def test_a_name_with_folders_stays_in_the_exports_folder(own):
    path = kept_path(own.files.workspace, Path("../../elsewhere/x.csv"))
    assert path.parent == exports_folder(own.files.workspace)


@pytest.mark.parametrize("place", ["workspace.db", "runs/{run}/config.json", "datasets/x.csv"])
def test_an_export_never_replaces_a_file_of_the_workspace(own, place):
    root = own.files.workspace.root
    out = root / place.format(run=own.run_id)
    before = out.read_bytes() if out.exists() else None
    with pytest.raises(StoreError, match="inside the workspace"):
        export_run(own, ExportRequest("labels", out, format="csv", overwrite=True))
    assert (out.read_bytes() if out.exists() else None) == before

"""Triage by format: a newer program makes its own, and reads the older one until then."""

import pytest

from datadiet.errors import CorruptFileError, NotFoundError
from datadiet.frames.triage import MISLABELS
from datadiet.pipeline import triage_files
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.run import open_run
from datadiet.pipeline.triage import triage_run
from datadiet.pipeline.triage_files import (
    current_folder,
    read_estimate,
    read_triage,
    triage_folder,
    triaged_seeds,
)
from datadiet.store.publish import is_published


@pytest.fixture
def newer(monkeypatch):
    """Return a function that lets this program be one of a later triage format."""
    return lambda by=1: monkeypatch.setattr(triage_files, "TRIAGE_FORMAT", triage_files.TRIAGE_FORMAT + by)


def test_a_newer_program_reads_the_older_triage_until_it_has_its_own(own, newer):
    before, table = current_folder(own.files, own.seeds), own.scores()
    newer()
    assert triage_folder(own.files, own.seeds) == before
    again = open_run(own.run_id, workspace=own.files.workspace.root)
    assert (again.is_triaged, again.seeds) == (True, own.seeds)
    assert again.scores().equals(table)


def test_a_newer_program_makes_triage_again_beside_the_older_one(own, newer):
    before = current_folder(own.files, own.seeds)
    newer()
    triage_run(own.files, own.seeds, progress=Silent())
    made = current_folder(own.files, own.seeds)
    assert made != before
    assert triage_folder(own.files, own.seeds) == made
    assert is_published(before)
    assert triaged_seeds(own.files) == [list(own.seeds)]
    old = (before / "mislabels.parquet").read_bytes()
    assert (made / "mislabels.parquet").read_bytes() == old


def test_r2_triage_of_this_format_is_not_made_again(own, monkeypatch):
    monkeypatch.setattr("datadiet.pipeline.triage.find_mislabels", lambda *_: pytest.fail("made again"))
    triage_run(own.files, own.seeds, progress=Silent())


def test_r24_an_older_program_leaves_a_newer_triage_alone(own, newer):
    newer(-1)
    assert triaged_seeds(own.files) == []
    with pytest.raises(NotFoundError, match="run its audit again"):
        read_triage(own.files, own.seeds, "mislabels", MISLABELS)


def test_r5_a_triage_that_lost_its_checksums_is_named_and_not_told_as_absent(own):
    folder = triage_folder(own.files, own.seeds)
    (folder / "checksums.json").unlink()
    with pytest.raises(CorruptFileError, match=folder.name):
        read_estimate(own.files, own.seeds)
    with pytest.raises(CorruptFileError, match=folder.name):
        read_triage(own.files, own.seeds, "mislabels", MISLABELS)
    with pytest.raises(CorruptFileError, match=folder.name):
        open_run(own.run_id, workspace=own.files.workspace.root).scores()

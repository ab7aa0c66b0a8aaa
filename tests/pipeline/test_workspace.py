"""What looks after a workspace: listing, names, deletion, soundness, report, doctor."""

import json

import pytest
import tiny_set

from datadiet.errors import ConfigError, NotFoundError, StoreError
from datadiet.pipeline.doctor import examine
from datadiet.pipeline.report import write_report
from datadiet.pipeline.score import score_run
from datadiet.pipeline.studies import Protocol
from datadiet.pipeline.sweep import SweepOptions, sweep
from datadiet.pipeline.verify import verify_workspace
from datadiet.pipeline.workspace import delete_run, listing, rename_run, run_size
from datadiet.store.runs import list_runs
from datadiet.store.workspace import Workspace
from datadiet.study.points import window_points


def test_an_empty_workspace_says_how_to_begin(tmp_path):
    Workspace.open(tmp_path / "w")
    assert "datadiet demo" in listing(tmp_path / "w").text()


def test_a_listing_has_the_data_set_and_its_run(tiny):
    found = listing(tiny.files.workspace.root)
    [run] = json.loads(json.dumps(found.headline()))["runs"]
    assert (run["run_id"], run["num_seeds"], run["noise"]) == (tiny.run_id, 2, "symmetric")
    assert tiny.run_id in found.text()
    assert "tiny" in found.text()


def test_a_data_set_that_cannot_be_read_is_said_and_the_rest_is_listed(own):
    dataset_id = own.files.document["dataset_id"]
    folder = own.files.workspace.dataset_dir(dataset_id)
    (folder / "checksums.json").unlink()
    found = listing(own.files.workspace.root)
    assert found.datasets == []
    [problem] = found.headline()["problems"]
    assert f"{dataset_id} is damaged: no checksum is on record for it" in problem
    assert own.run_id in found.text()
    assert found.text().splitlines()[-1].startswith("Not listed: ")


def test_a_run_can_be_renamed_and_found_by_its_name(own):
    root = own.files.workspace.root
    assert rename_run(own.run_id[:5], "my run", workspace=root) == own.run_id
    assert listing(root).runs[0]["name"] == "my run"


class Deleting:
    """Somebody who tries to delete the run as soon as work on it is under way."""

    def __init__(self, run):
        self.run, self.told = run, []

    def reach(self, _):
        try:
            delete_run(self.run.run_id, workspace=self.run.files.workspace.root)
        except StoreError as error:
            self.told.append(str(error))

    def __getattr__(self, _):
        return lambda *_, **__: None


def work_audit(run, deleting):
    tiny_set.audited(run.files.workspace.root, seeds=3, progress=deleting)


def work_score(run, deleting):
    score_run(run, "grand", epoch=0, device="cpu", num_workers=0, progress=deleting)


def work_sweep(run, deleting):
    options = SweepOptions(Protocol(num_epochs=1), num_seeds=1, device="cpu", num_workers=0)
    sweep(run, window_points("el2n", [0.5], [0.0]), options, progress=deleting)


@pytest.mark.parametrize("work", [work_audit, work_score, work_sweep])
def test_a_run_that_is_worked_on_is_not_deleted(own, work):
    deleting = Deleting(own)
    work(own, deleting)
    assert "is being worked on by another command" in deleting.told[0]
    assert [run.run_id for run in list_runs(own.files.workspace)] == [own.run_id]
    assert verify_workspace(own.files.workspace.root).damaged == []


def test_what_a_deletion_left_is_found_by_verify_and_deleted(own):
    root = own.files.workspace.root
    (own.files.folder / "config.json").unlink()
    assert own.run_id in " ".join(str(found.path) for found in verify_workspace(root).damaged)
    found = run_size(own.run_id, workspace=root)
    assert found.num_bytes > 0
    delete_run(found.run_id, workspace=root)
    assert verify_workspace(root).damaged == []


def test_a_name_is_one_runs_alone(own):
    root = own.files.workspace.root
    rename_run(own.run_id, "taken", workspace=root)
    with pytest.raises(ConfigError, match="'taken' belongs to another run"):
        tiny_set.audited(
            root,
            seeds=1,
            folds=0,
            options={"name": "taken"},
            train={"num_epochs": 1, "checkpoint_epochs": [0, 1]},
        )


def test_a_deleted_run_is_gone_and_its_data_set_stays(own):
    root = own.files.workspace.root
    assert run_size(own.run_id, workspace=root).num_bytes > 0
    delete_run(own.run_id, workspace=root)
    assert list_runs(own.files.workspace) == []
    assert listing(root).datasets
    with pytest.raises(NotFoundError):
        run_size(own.run_id, workspace=root)


def test_r25_verify_reads_every_file_and_names_the_damaged_one(own):
    root = own.files.workspace.root
    sound = verify_workspace(root)
    assert sound.headline()["num_damaged"] == 0
    path = own.files.score_path(0, "el2n", own.files.last_step)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    [damaged] = verify_workspace(root).damaged
    assert damaged.path == path
    assert "is damaged" in damaged.reason


def test_r5_a_damaged_score_is_named_and_never_used(own):
    path = own.files.score_path(0, "el2n", own.files.last_step)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match=str(path)):
        own.scores()


def test_a_damaged_score_is_computed_again_once_it_is_deleted(own):
    scores = own.scores()
    own.files.score_path(0, "el2n", own.files.last_step).unlink()
    again = tiny_set.audited(own.files.workspace.root)
    assert again.scores().equals(scores)


def test_a_report_is_one_file_with_the_runs_numbers(tiny, tmp_path):
    out = write_report(tiny, tmp_path / "report.html")
    html = out.read_text()
    assert tiny.run_id in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    with pytest.raises(StoreError, match="exists already"):
        write_report(tiny, out)


def test_doctor_tells_the_machine_and_how_grand_reads_a_model():
    found = examine(model="quick").headline()
    assert found["machine"]["num_cores"] >= 1
    assert found["grand"]
    assert "GraNd of quick" in examine(model="quick").text()

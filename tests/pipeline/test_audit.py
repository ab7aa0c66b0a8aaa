"""The audit as a whole: what it publishes, what it never does twice, and how it ends when a seed diverges."""

import numpy as np
import pytest
import tiny_set
import torch

from datadiet.errors import NotFoundError, TrainingError
from datadiet.pipeline import audit as audit_module
from datadiet.pipeline import training_units
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.run import open_run
from datadiet.pipeline.verify import verify_workspace
from datadiet.store.publish import is_published
from datadiet.store.workspace import Workspace


class Heard:
    """Progress that remembers what it was told."""

    def __init__(self):
        self.stages, self.said = [], []

    def stage(self, name, *, total, unit):
        self.stages.append(name)

    def reach(self, done):
        pass

    def parts(self, shares):
        pass

    def works_on(self, run_id):
        pass

    def say(self, text):
        self.said.append(text)


def test_it_finds_the_labels_that_were_flipped(tiny):
    found = tiny.detection()["mislabel_score"]
    assert found["auroc"] > 0.95


def test_the_estimate_has_an_interval_around_it(tiny):
    estimate = tiny.headline()["estimate"]
    assert estimate["low"] <= estimate["num_wrong"] <= estimate["high"]


def test_everything_it_writes_is_sound_and_nothing_is_left_over(tiny):
    root = tiny.files.workspace.root
    assert verify_workspace(root).damaged == []
    assert list((root / "attempts").iterdir()) == []


def test_r2_a_second_audit_computes_nothing_again(own):
    root = own.files.workspace.root
    before = tiny_set.times_below(root)
    again = tiny_set.audited(root)
    assert again.run_id == own.run_id
    assert tiny_set.times_below(root) == before


def test_more_seeds_extend_the_run_and_leave_what_is_there(own):
    root = own.files.workspace.root
    before = tiny_set.times_below(root)
    more = tiny_set.audited(root, seeds=3)
    assert (more.run_id, more.seeds) == (own.run_id, (0, 1, 2))
    assert before.items() <= tiny_set.times_below(root).items()
    assert open_run(own.run_id, workspace=root).seeds == (0, 1, 2)


def test_fewer_seeds_read_fewer(own):
    one = tiny_set.audited(own.files.workspace.root, seeds=1)
    assert one.seeds == (0,)
    assert one.scores()["el2n_se"].isna().all()


@pytest.fixture
def diverging(monkeypatch):
    """Return a function that makes the seeds it is given diverge at their first training segment."""
    from datadiet.pipeline import training_units

    real = training_units.train_segment

    def arrange(*seeds):
        def train_segment(config, data, checkpoint, **settings):
            if checkpoint.meta()["seed"] in seeds:
                raise TrainingError.diverged(checkpoint.meta()["seed"], 1)
            return real(config, data, checkpoint, **settings)

        monkeypatch.setattr(training_units, "train_segment", train_segment)

    return arrange


def test_a_diverged_seed_is_marked_and_never_averaged(tmp_path, diverging):
    diverging(0)
    run = tiny_set.audited(tmp_path / "w", seeds=3)
    alone = tiny_set.audited(tmp_path / "other", seeds=3)
    assert run.seeds == (1, 2)
    assert "diverged" in run.files.diverged(0)["reason"]
    assert run.headline()["seeds"] == [1, 2]
    assert open_run(run.run_id, workspace=tmp_path / "w").seeds == (1, 2)
    assert run.scores().equals(alone.scores())
    assert run.scores()["random"].notna().all()  # a control, scored on the first usable seed
    assert verify_workspace(tmp_path / "w").damaged == []


def test_a_diverged_seed_is_not_tried_again(tmp_path, diverging, monkeypatch):
    diverging(0)
    first = tiny_set.audited(tmp_path / "w", seeds=2)
    files = tiny_set.files_below(tmp_path / "w")
    again = tiny_set.audited(tmp_path / "w", seeds=2)
    assert again.seeds == first.seeds == (1,)
    assert tiny_set.files_below(tmp_path / "w") == files


def test_seeds_that_all_diverge_end_in_a_sentence(tmp_path):
    with pytest.raises(TrainingError, match="All 2 seeds diverged"):
        tiny_set.audited(tmp_path / "w", train={"lr": 1e30, "optimizer": "sgd"})


def test_a_torchvision_model_trains_through_the_audit(tmp_path):
    run = tiny_set.audited(
        tmp_path / "w", seeds=1, folds=0, data={"image_size": 32},
        train={"model": "mobilenet_v3_small", "num_epochs": 1, "checkpoint_epochs": [0, 1]},
    )  # fmt: skip
    assert run.scores()["grand"].notna().sum() == (run.scores()["split"] == "train").sum()


def test_a_model_of_the_users_trains_through_the_audit(tmp_path, monkeypatch):
    (tmp_path / "their_nets.py").write_text(
        "from torch import nn\n"
        "def flat(num_classes, in_channels):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(64 * in_channels, 16),\n"
        "                         nn.ReLU(), nn.Linear(16, num_classes))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    run = tiny_set.audited(tmp_path / "w", seeds=1, folds=0, train={"model": "their_nets:flat", "lr": 0.05})
    assert run.headline()["model"] == "their_nets:flat"
    assert (
        run
        .scores()
        .loc[lambda rows: rows["split"] == "train", ["el2n", "grand", "margin"]]
        .notna()
        .all(axis=None)
    )


def test_it_says_its_plan_and_its_stages(tmp_path):
    heard = Heard()
    from datadiet.pipeline.api import audit
    from datadiet.pipeline.plan import AuditOptions

    audit(
        tiny_set.source(), seeds=1, workspace=tmp_path / "w", progress=heard,
        settings={"train": {"num_epochs": 1}}, options=AuditOptions(num_workers=0),
    )  # fmt: skip
    assert heard.stages[0].startswith("Prepare tiny")
    assert heard.stages[1] == "Train and score 1 models"
    assert any("1 x quick for 1 epoch" in text for text in heard.said)


def test_the_number_of_threads_of_a_unit_is_that_of_the_settings(tiny):
    assert tiny.files.config.train.num_threads == 1
    assert torch.get_num_threads() >= 1


def test_probabilities_and_features_of_every_seed_are_kept(tiny):
    for seed in tiny.seeds:
        assert tiny.files.evaluation(seed, "probabilities").shape == (90, 3)
        assert len(tiny.files.evaluation(seed, "features")) == 90


def test_a_run_made_in_a_workspace_that_moved_is_read_there(own, tmp_path):
    moved, scores = tmp_path / "elsewhere", own.scores()
    own.files.workspace.root.rename(moved)
    assert open_run(own.run_id, workspace=moved).scores().equals(scores)
    assert Workspace.open(moved).root == moved


def test_the_first_look_comes_before_any_seed_is_trained_to_its_end(tmp_path, monkeypatch):
    whole, cut = tiny_set.audited(tmp_path / "whole"), tmp_path / "cut"
    train, last = training_units.train_unit, whole.files.config.train.num_epochs

    def stopped(tell, *, epoch, **arguments):
        if epoch == last:
            raise KeyboardInterrupt
        train(tell, epoch=epoch, **arguments)

    monkeypatch.setattr(training_units, "train_unit", stopped)
    with pytest.raises(KeyboardInterrupt):
        tiny_set.audited(cut)
    run = open_run(whole.run_id, workspace=cut)
    assert run.is_first_look
    assert run.seeds == (0,)
    step = min(step for _, step in run.files.score_steps(0))
    assert f"el2n_step_{step:06d}" in run.scores()
    assert "first look, after" in run.text()
    history = whole.files.history(0)
    assert run.accuracy("test").mean == history.loc[history["step"] == step, "test_accuracy"].item()
    with pytest.raises(NotFoundError, match="not trained to its end yet"):
        run.check_trained()
    assert run.files.evaluation(0, "probabilities")[:].sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    monkeypatch.undo()
    again = tiny_set.audited(cut)
    assert not again.is_first_look
    names = [
        sorted(path.relative_to(each) for path in each.rglob("*.npy")) for each in (tmp_path / "whole", cut)
    ]
    assert names[0] == names[1]


def test_an_audit_beside_a_lean_one_has_every_score(own, tmp_path, monkeypatch):
    run_units = audit_module.run_units

    def after_another(units, **how):
        monkeypatch.setattr(audit_module, "run_units", run_units)
        tiny_set.audited(tmp_path, options={"is_lean": True})
        return run_units(units, **how)

    monkeypatch.setattr(audit_module, "run_units", after_another)
    run = tiny_set.audited(tmp_path)
    steps = {seed: run.files.score_steps(seed) for seed in own.seeds}
    assert steps == {seed: own.files.score_steps(seed) for seed in own.seeds}
    np.testing.assert_allclose(run.scores()["grand"], own.scores()["grand"], rtol=1e-5)


def test_a_run_that_is_scored_keeps_no_first_look_again(own):
    for path in own.files.folder.rglob("probabilities_step_*"):
        path.unlink()
    before = tiny_set.times_below(own.files.workspace.root)
    tiny_set.audited(own.files.workspace.root)
    assert tiny_set.times_below(own.files.workspace.root) == before


def test_quality_and_duplicates_stand_before_triage_begins(tmp_path, monkeypatch):
    def refuse(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr("datadiet.pipeline.audit.triage_run", refuse)
    with pytest.raises(KeyboardInterrupt):
        tiny_set.audited(tmp_path)
    (dataset,) = (tmp_path / "datasets").iterdir()
    assert is_published(dataset / "quality.parquet")
    assert is_published(dataset / "duplicates.parquet")


class Said(Silent):
    """Keeps the sentences."""

    def __init__(self):
        self.sentences = []

    def say(self, text):
        self.sentences.append(text)


def test_a_run_that_gets_another_name_by_an_audit_says_so(own):
    told = Said()
    for name in ("first", "second"):
        tiny_set.audited(own.files.workspace.root, options={"name": name}, progress=told)
    assert told.sentences[-1] == "These are the settings of run first, which is called second from now on."


def test_an_audit_of_fewer_seeds_than_there_are_says_so(own):
    fewer = tiny_set.audited(own.files.workspace.root, seeds=1)
    assert "This tells of 1 of its 2 seeds; datadiet show tells of all." in fewer.text()
    assert "This tells of" not in own.text()

"""Scores added to a trained run: at any step, also one that was not kept."""

import numpy as np
import pytest
import tiny_set
import torch

from datadiet.errors import ConfigError, NotFoundError
from datadiet.frames.scores import SEED_SCORES
from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.run import open_run
from datadiet.pipeline.score import score_run
from datadiet.pipeline.training_units import channel_stats_of, read_checkpoint
from datadiet.pipeline.verify import verify_workspace
from datadiet.scores.el2n import el2n
from datadiet.scores.registry import check_score
from datadiet.store.tables import read_table
from datadiet.training.checkpoint import load_model
from datadiet.training.inputs import to_input


def score(run, method, epoch=None):
    return score_run(run, method, epoch=epoch, device="cpu", num_workers=0, progress=Silent())


def reopened(run):
    return open_run(run.run_id, workspace=run.files.workspace.root)


def test_a_score_at_initialisation_gets_a_column_of_its_step(own):
    scored = score(own, "grand", epoch=0)
    scores = reopened(own).scores()
    assert scored.key.name == "grand_step_000000"
    assert scores.loc[scores["split"] == "train", "grand_step_000000"].notna().all()
    assert scored.mean == scores["grand_step_000000"].mean()


def test_a_score_that_is_there_is_not_computed_again(own):
    before = tiny_set.times_below(own.files.workspace.root)
    scored = score(own, "el2n")
    assert scored.headline()["score"] == "el2n"
    assert tiny_set.times_below(own.files.workspace.root) == before


def test_a_step_that_was_not_kept_is_computed_again_to_the_same_bits(own, tmp_path):
    kept = tiny_set.audited(tmp_path / "kept", train={"checkpoint_epochs": [0, 1, 2, 3, 4]})
    for method in ("el2n", "margin"):
        step = score(own, method, epoch=3).key.step
        score(kept, method, epoch=3)
        for seed in own.seeds:
            mine, theirs = (run.files.score_path(seed, method, step).read_bytes() for run in (own, kept))
            assert mine == theirs
    weights = [
        run.files.workspace.step_dir(run.run_id, 0, step) / "checkpoint.safetensors" for run in (own, kept)
    ]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_a_lean_audit_has_every_score_but_grand_at_the_last_step_alone_and_takes_it_later(own, tmp_path):
    lean = tiny_set.audited(tmp_path / "lean", options={"is_lean": True})
    assert lean.run_id == own.run_id
    on_the_way = {
        seed: {(method, step) for method, step in lean.files.score_steps(seed) if step < lean.files.last_step}
        for seed in lean.seeds
    }
    assert {seed: {method for method, _ in found} for seed, found in on_the_way.items()} == {
        0: {"el2n"},
        1: set(),
    }
    whole, scores = own.scores(), lean.scores()
    missing = {name for name in whole if name not in scores}
    assert any(name.startswith("grand") for name in missing)
    assert any(name.startswith("el2n_step_") for name in missing)  # of one model, so none of the ensemble
    assert all(name.startswith(("grand", "el2n_step_")) for name in missing)
    assert "grand_last_layer" in scores
    for name in ("el2n", "margin", "forgetting", "mislabel_score"):
        np.testing.assert_allclose(scores[name], whole[name], atol=1e-6)
    assert f"To add it: datadiet score {lean.run_id} --method grand" in lean.text()
    with pytest.raises(
        NotFoundError, match=r"'grand': it was left out\. This computes it: datadiet score \w+"
    ):
        check_score("grand", scores)
    score(lean, "grand")
    assert "left out" not in reopened(lean).text()
    np.testing.assert_allclose(reopened(lean).scores()["grand"], whole["grand"], rtol=1e-5)


def test_a_step_is_scored_on_images_of_the_side_that_it_was_trained_at(tmp_path):
    run = tiny_set.audited(tmp_path / "w", train={"initial_resolution": 0.5, "checkpoint_epochs": [0, 1, 4]})
    files, seed = run.files, run.seeds[0]
    step = files.steps(seed)[1]
    found = read_table(files.score_path(seed, "el2n", step), SEED_SCORES)["value"].to_numpy()
    model = load_model(read_checkpoint(files, seed, step), files.config.train)
    pixels = files.images.images[np.arange(len(files.labels))]
    labels = torch.tensor(files.labels["label"].to_numpy())
    for side, is_it in ((files.images.document["image_size"] // 2, True), (None, False)):
        with torch.no_grad():
            logits = model(to_input(pixels, channel_stats_of(files), torch.device("cpu"), side))
        assert np.allclose(el2n(logits, labels).numpy(), found, atol=1e-5) == is_it


def test_a_step_kept_later_changes_nothing_else(own):
    scores, evidence = own.scores(), own.files.signals(0)
    score(own, "el2n", epoch=1)
    score(own, "el2n", epoch=3)
    again = reopened(own)
    added = [name for name in again.scores() if name not in scores]
    assert {name.partition("_step")[0] for name in added} == {"el2n"}
    assert again.scores()[list(scores)].equals(scores)
    assert again.files.signals(0).equals(evidence)
    assert again.history().equals(own.history())


def test_a_step_kept_later_does_not_change_what_triage_sees(own):
    from datadiet.pipeline.evidence import own_segments, seed_evidence

    segments, seen = own_segments(own.files, 0), seed_evidence(own.files, 0)
    score(own, "el2n", epoch=1)
    score(own, "el2n", epoch=3)
    files = reopened(own).files
    assert own_segments(files, 0) == segments
    np.testing.assert_array_equal(seed_evidence(files, 0).minibatch, seen.minibatch)


def test_what_is_added_is_sound(own):
    score(own, "grand_last_layer", epoch=1)
    assert verify_workspace(own.files.workspace.root).damaged == []


def test_seed_files_hold_a_value_for_every_example_that_has_one(tiny):
    table = read_table(tiny.files.score_path(0, "margin", tiny.files.last_step), SEED_SCORES)
    trained = trains_on(tiny.files.labels, 0, 2)
    assert table["example_id"].tolist() == tiny.files.labels.loc[trained, "example_id"].tolist()
    assert table["value"].notna().all()


@pytest.mark.parametrize(
    ("method", "epoch", "message"),
    [
        ("el3n", None, "method is 'el3n'; it must be one of el2n"),
        ("el2n_step_000002", None, "name el2n and the step by --epoch"),
        ("el2n", 5, r"epoch is 5; it must be in \[0, 4\]"),
        ("el2n", -1, r"epoch is -1"),
        ("forgetting", 0, "forgetting reads training minibatches, and there are none at epoch 0"),
    ],
)
def test_what_cannot_be_scored_is_refused(tiny, method, epoch, message):
    with pytest.raises(ConfigError, match=message):
        score(tiny, method, epoch=epoch)

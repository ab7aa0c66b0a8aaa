"""What a run says of itself, and the table of its scores."""

import json

import numpy as np
import pytest

from datadiet.errors import ConfigError, NotFoundError
from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.run import open_run
from datadiet.scores.registry import METHODS

IDENTITY = [
    "example_id", "source_key", "split", "given_label", "label", "true_label", "class_name", "is_flipped",
    "predicted_label",
]  # fmt: skip
TRIAGE = [
    "oof_el2n", "oof_margin", "mislabel_score", "suggested_label", "suggested_probability",
    "oof_label_probability", "is_suspect", "outlier_score", "duplicate_group", "quality_flags", "decision",
]  # fmt: skip


def score_columns():
    triples = [
        (name, f"{name}_se", f"{name}_percentile")
        for name in [*METHODS, "el2n_step_000002"]
        if name != "never_learned"
    ]
    return [name for triple in triples for name in triple] + ["never_learned_fraction"]


def test_the_table_has_exactly_the_columns_that_the_design_lists(tiny):
    scores = tiny.scores()
    assert list(scores)[: len(IDENTITY)] == IDENTITY
    assert sorted(scores) == sorted([*IDENTITY, *TRIAGE, *score_columns_of(tiny)])


def score_columns_of(run):
    [early] = [step for method, step in run.files.score_steps(0) if step != run.files.last_step]
    return [name.replace("step_000002", f"step_{early:06d}") for name in score_columns()]


def test_labels_are_whole_numbers_and_text_is_text(tiny):
    types = tiny.scores().dtypes.astype(str)
    assert {types[name] for name in ("example_id", "given_label", "label", "predicted_label")} == {"int64"}
    assert {types[name] for name in ("true_label", "duplicate_group")} == {"Int64"}
    assert {types[name] for name in ("is_flipped", "is_suspect")} == {"bool"}
    assert {types[name] for name in ("source_key", "class_name", "quality_flags")} == {"string"}


def test_a_row_an_example_in_their_order(tiny):
    assert tiny.scores()["example_id"].tolist() == list(range(90))


def test_a_score_averages_the_seeds_that_trained_on_the_example(tiny):
    scores, files = tiny.scores(), tiny.files
    values = np.stack([files.score(seed, "el2n", files.last_step) for seed in tiny.seeds])
    trained = np.stack([trains_on(files.labels, seed, 2) for seed in tiny.seeds])
    counts = trained.sum(axis=0)
    mean = np.where(trained, values, 0).sum(axis=0) / np.where(counts, counts, np.nan)
    np.testing.assert_allclose(scores["el2n"], mean)
    left_out = np.where(~trained, values, 0).sum(axis=0) / np.where(counts < 2, 2 - counts, np.nan)
    np.testing.assert_allclose(scores["oof_el2n"], left_out)


def test_what_no_seed_trained_on_has_no_score_and_is_judged_all_the_same(tiny):
    held_out = tiny.scores().loc[lambda rows: rows["split"] != "train"]
    assert held_out[["el2n", "grand", "margin", "forgetting"]].isna().all(axis=None)
    assert held_out[["oof_el2n", "oof_margin", "mislabel_score", "outlier_score"]].notna().all(axis=None)


def test_probabilities_are_in_their_range(tiny):
    scores = tiny.scores()
    for name in ("mislabel_score", "suggested_probability", "outlier_score", "el2n_percentile"):
        assert scores[name].dropna().between(0, 1).all()


def test_a_changed_table_is_not_the_next_readers(tiny):
    scores = tiny.scores()
    scores["el2n"] = 0.0
    assert (tiny.scores()["el2n"].dropna() > 0).any()


def test_suspects_are_worst_first_and_as_many_as_the_estimate_says(tiny):
    suspects = tiny.suspects()
    assert len(suspects) == round(tiny.estimate["num_wrong"])
    assert suspects["mislabel_score"].is_monotonic_decreasing
    assert len(tiny.suspects(num=4)) == 4
    assert tiny.suspects(num=0).empty


def test_the_headline_is_json(tiny):
    found = json.loads(json.dumps(tiny.headline(), allow_nan=False))
    assert found["run_id"] == tiny.run_id
    assert found["seeds"] == [0, 1]
    assert sum(found["num_examples"].values()) == 90
    assert set(found["estimate"]) >= {"num_wrong", "low", "high"}
    assert 0 <= found["test_accuracy"] <= 1


def test_the_words_name_the_run_and_the_next_command(tiny):
    text = tiny.text()
    assert tiny.run_id in text
    assert "labels look wrong" in text
    assert "datadiet export" in text


def test_history_has_every_epoch_of_every_seed(tiny):
    history = tiny.history()
    assert history.groupby("seed")["epoch"].apply(list).tolist() == [[1, 2, 3, 4]] * 2


def test_agreement_and_reliability_are_over_training_examples(tiny):
    agreement = tiny.agreement()
    assert agreement["spearman"].between(-1, 1).all()
    assert {"el2n", "random"} <= {*agreement["score"], *agreement["other"]}
    reliability = tiny.reliability()
    assert "random" not in set(reliability["score"])
    assert (reliability["num_seeds"] <= 2).all()


def test_truth_compares_every_score_on_the_same_examples(tiny):
    truth = tiny.truth()
    assert {"mislabel_score", "el2n", "random"} <= set(truth["score"])
    assert truth.groupby("score")["depth"].apply(tuple).nunique() == 1


@pytest.mark.parametrize("kind", ["id", "start", "name"])
def test_a_run_is_found_by_id_start_or_name(own, kind):
    from datadiet.store.runs import rename_run

    workspace = own.files.workspace
    rename_run(workspace, own.run_id, "Süße Zahlen")
    text = {"id": own.run_id, "start": own.run_id[:6], "name": "Süße Zahlen"}[kind]
    opened = open_run(text, workspace=workspace.root)
    assert (opened.run_id, opened.name) == (own.run_id, "Süße Zahlen")


def test_an_unknown_run_is_refused_with_those_that_are_there(tiny):
    with pytest.raises(NotFoundError, match=f"no run 'zzz'.*{tiny.run_id}"):
        open_run("zzz", workspace=tiny.files.workspace.root)


def test_a_score_that_was_not_computed_names_the_command_that_does(tiny):
    with pytest.raises(NotFoundError, match=r"datadiet score .* --method grand"):
        tiny.files.score(0, "grand", 1)


@pytest.mark.parametrize("num", [-1, 1.5, "3", True, float("nan")])
def test_a_number_of_suspects_that_is_none_is_refused(tiny, num):
    with pytest.raises(ConfigError, match=r"num is .* a whole number from 0 up"):
        tiny.suspects(num=num)


def test_accuracy_on_a_split_that_is_none_is_refused(tiny):
    with pytest.raises(ConfigError, match="split"):
        tiny.accuracy("x")

import numpy as np
import pandas as pd
import pytest

from datadiet.config import AuditConfig, NoiseConfig
from datadiet.frames.examples import EXAMPLES
from datadiet.pipeline.corrections import Correction
from datadiet.pipeline.labels import label_table, seed_rows, trains_on

NUM = 120
SPLITS = np.array(["train"] * 80 + ["validation"] * 20 + ["test"] * 20)
GIVEN = np.arange(NUM) % 3


def examples(**columns):
    values = {
        "example_id": np.arange(NUM) * 2,
        "source_key": [f"k{i}" for i in range(NUM)],
        "split": SPLITS,
        "given_label": GIVEN,
        "true_label": pd.array([pd.NA] * NUM, dtype="Int64"),
        "group": [""] * NUM,
        "image_hash": ["h"] * NUM,
        "width": [8] * NUM,
        "height": [8] * NUM,
        "note": [""] * NUM,
    }
    return EXAMPLES.conform(pd.DataFrame({**values, **columns}))


def labels(noise=None, folds=0, correction=None, **columns):
    config = AuditConfig(num_folds=folds, noise=noise or NoiseConfig())
    num_classes = 3 if correction is None else len(correction.class_names)
    return label_table(examples(**columns), config, num_classes=num_classes, correction=correction)


def test_flips_are_planted_into_train_and_validation_and_never_into_test():
    frame = labels(NoiseConfig(kind="symmetric", fraction=0.5))
    flipped = frame.groupby("split")["is_flipped"].sum()
    assert flipped["train"] + flipped["validation"] == 50
    assert flipped["validation"] > 0
    assert flipped["test"] == 0
    assert frame["is_flipped"].equals(frame["label"] != frame["given_label"])


def test_a_flip_makes_the_given_label_the_known_truth():
    frame = labels(NoiseConfig(kind="symmetric", fraction=0.5))
    assert (frame["true_label"] == frame["given_label"]).all()


def test_without_noise_only_the_source_knows_the_truth():
    truth = pd.array([1, *([pd.NA] * (NUM - 1))], dtype="Int64")
    frame = labels(true_label=truth)
    assert (frame["label"] == frame["given_label"]).all()
    assert frame["true_label"].notna().sum() == 1


def test_a_truth_of_the_source_stays_beside_planted_flips():
    truth = pd.array([2, *([pd.NA] * (NUM - 1))], dtype="Int64")
    frame = labels(NoiseConfig(kind="symmetric", fraction=0.5), true_label=truth)
    assert frame["true_label"].iloc[0] == 2
    assert (frame["true_label"].iloc[1:] == frame["given_label"].iloc[1:]).all()


def test_the_same_seed_gives_the_same_flips_and_another_seed_others():
    once, again, other = (
        labels(NoiseConfig(kind="symmetric", fraction=0.2, seed=seed))["label"] for seed in (0, 0, 1)
    )
    assert once.equals(again)
    assert not once.equals(other)


def test_what_reviews_drop_is_in_no_split_and_gets_no_flip():
    dropped = np.zeros(NUM, dtype=bool)
    dropped[:10] = True
    corrected = Correction(GIVEN.copy(), dropped, ["a", "b", "c"], {}, num_changed=0)
    frame = labels(NoiseConfig(kind="symmetric", fraction=1.0), folds=2, correction=corrected)
    assert set(frame["split"][:10]) == {"excluded"}
    assert not frame["is_flipped"][:10].any()
    assert (frame["fold"][:10] == -1).all()
    assert not trains_on(frame, 0, 2)[:10].any()


def test_a_label_of_a_new_class_is_trained_on():
    changed = GIVEN.copy()
    changed[5] = 3
    none = np.zeros(NUM, dtype=bool)
    frame = labels(correction=Correction(changed, none, ["a", "b", "c", "d"], {}, num_changed=1))
    assert (frame["label"].iloc[5], frame["given_label"].iloc[5]) == (3, GIVEN[5])
    assert not frame["is_flipped"].any()


def test_each_fold_is_left_out_by_the_seeds_of_its_number():
    frame = labels(folds=3)
    masks = [trains_on(frame, seed, 3) for seed in range(4)]
    assert (sum(mask.astype(int) for mask in masks[:3])[:80] == 2).all()
    assert (masks[0] == masks[3]).all()
    assert not np.stack(masks)[:, 80:].any()


def test_without_folds_every_seed_trains_on_all_of_train():
    frame = labels()
    assert (frame["fold"] == -1).all()
    assert trains_on(frame, 7, 0).sum() == 80


def test_examples_of_one_group_are_in_one_fold():
    frame = labels(folds=2, group=[f"g{i // 4}" for i in range(NUM)])
    folds = frame["fold"][:80].to_numpy().reshape(-1, 4)
    assert (folds == folds[:, :1]).all()


def test_a_seed_validates_and_tests_on_rows_it_never_trains_on():
    rows = seed_rows(labels(folds=2), 1, 2)
    assert rows.validation.tolist() == list(range(80, 100))
    assert rows.test.tolist() == list(range(100, 120))
    assert rows.train.max() < 80


@pytest.mark.parametrize("num_folds", [-1, 1])
def test_folds_that_leave_out_nothing_or_everything_are_refused(num_folds):
    with pytest.raises(ValueError, match="num_folds"):
        AuditConfig(num_folds=num_folds)

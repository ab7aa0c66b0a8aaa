"""Review progress: the promise of the scores, corrected by what was found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datadiet.frames.triage import DECIDED
from datadiet.triage.progress import review_progress

SCORES = np.linspace(0.9, 0.1, 500)
MISLABELS = pd.DataFrame({"example_id": np.arange(500), "mislabel_score": SCORES})


def decided(words: list[str]) -> pd.DataFrame:
    rows = {"example_id": range(len(words)), "decision": words, "sequence": range(len(words))}
    return DECIDED.conform(
        pd.DataFrame(rows).assign(new_label="", reviewer="ann", is_disputed=False, note="", queue="mislabels")
    )


def test_before_any_review_the_scores_are_taken_at_their_word():
    progress = review_progress(MISLABELS, DECIDED.empty())
    assert progress.num_left == pytest.approx(SCORES.sum())
    assert progress.expected_in_next_100 == pytest.approx(SCORES[:100].sum())
    assert progress.num_left_low < progress.num_left < progress.num_left_high
    assert (progress.num_reviewed, progress.num_found) == (0, 0)


def test_what_the_next_hundred_hold_has_an_interval_that_reviewing_narrows():
    fresh = review_progress(MISLABELS, DECIDED.empty())
    assert 0 <= fresh.expected_in_next_100_low < fresh.expected_in_next_100 < fresh.expected_in_next_100_high
    assert fresh.expected_in_next_100_high <= 100
    later = review_progress(MISLABELS, decided(["relabel" if n % 10 < 7 else "keep" for n in range(200)]))
    wide, narrow = (each.expected_in_next_100_high - each.expected_in_next_100_low for each in (fresh, later))
    assert narrow < 0.8 * wide
    doubt, chances = np.sqrt(140 + 10) / (SCORES[:200].sum() + 10), later.expected_in_next_100 / 100
    assert narrow > 2 * 1.96 * doubt * SCORES[200:300].sum()
    assert chances == pytest.approx(150 / (SCORES[:200].sum() + 10) * SCORES[200:300].mean())


def test_of_few_that_are_left_no_more_are_expected_than_there_are():
    few = pd.DataFrame({"example_id": [0, 1, 2], "mislabel_score": [0.9, 0.8, 0.9]})
    progress = review_progress(few, DECIDED.empty())
    assert progress.expected_in_next_100_high == 3


def test_finding_half_of_what_was_promised_halves_what_is_expected():
    words = ["relabel" if n % 20 < 8 else "keep" for n in range(200)]
    progress = review_progress(MISLABELS, decided(words))
    assert progress.num_found == 80
    assert progress.num_expected == pytest.approx(SCORES[:200].sum())
    shrunk = (80 + 10) / (SCORES[:200].sum() + 10)
    assert progress.expected_in_next_100 == pytest.approx(shrunk * SCORES[200:300].sum())


def test_the_interval_narrows_as_more_is_reviewed():
    def width(num: int) -> float:
        words = ["relabel" if n % 10 < 7 else "keep" for n in range(num)]  # about what the scores promise
        progress = review_progress(MISLABELS, decided(words))
        return progress.num_left_high - progress.num_left_low

    assert width(300) < width(100) < width(10)


def test_unsure_is_not_a_review():
    assert review_progress(MISLABELS, decided(["unsure"] * 5)).num_reviewed == 0


def test_the_last_hundred_are_counted_in_the_order_they_were_reviewed():
    words = ["relabel"] * 60 + ["keep"] * 90 + ["drop"] * 10
    assert review_progress(MISLABELS, decided(words)).found_in_last_100 == 10


def test_nothing_is_left_when_all_are_reviewed():
    progress = review_progress(MISLABELS, decided(["keep"] * 500))
    assert (progress.num_left, progress.num_left_low, progress.num_left_high) == (0.0, 0.0, 0.0)


SURE_THEN_NOT = pd.DataFrame({
    "example_id": np.arange(900),
    "mislabel_score": np.concatenate([np.full(100, 0.9), np.full(800, 0.01)]),
})


def test_stopping_is_suggested_once_the_likely_ones_are_looked_at():
    progress = review_progress(SURE_THEN_NOT, decided(["relabel"] * 90 + ["keep"] * 10))
    assert (progress.is_enough, progress.num_likely_left, progress.num_ahead) == (True, 0, 200)
    assert progress.ahead_fraction == pytest.approx(0.01, rel=0.05)
    assert progress.ahead_fraction_high > progress.ahead_fraction
    assert (
        progress.advice()
        == "No suspects left above 0.5. 1 % of the next 200 would be wrong. You can stop here."
    )


def test_stopping_is_not_suggested_while_suspects_are_left_or_before_anybody_looked():
    one_left = review_progress(SURE_THEN_NOT, decided(["relabel"] * 99))
    assert not one_left.is_enough
    assert one_left.advice().startswith("1 suspect left above 0.5.")
    unlikely = SURE_THEN_NOT.assign(mislabel_score=0.01)
    assert not review_progress(unlikely, DECIDED.empty()).is_enough


def test_stopping_is_not_suggested_where_more_is_found_than_the_scores_promised():
    words = ["relabel"] * 90 + ["keep"] * 10 + ["relabel" if n % 5 == 0 else "keep" for n in range(100)]
    progress = review_progress(SURE_THEN_NOT, decided(words))
    assert progress.found_in_last_100 == 20
    assert not progress.is_enough


def test_a_queue_without_an_end_says_so_at_its_end():
    progress = review_progress(MISLABELS, decided(["keep"] * 500))
    assert progress.is_enough
    assert progress.advice() == "Every image has been looked at."


@pytest.mark.parametrize("queue", ["outliers", "duplicates"])
def test_decisions_of_other_queues_are_no_wrong_labels_found_but_their_images_are_not_left(queue):
    looked_at = decided(["relabel"] * 4 + ["drop"] * 6)
    looked_at.loc[4:, "queue"] = queue
    progress = review_progress(MISLABELS, looked_at)
    assert (progress.num_reviewed, progress.num_found, progress.found_in_last_100) == (4, 4, 4)
    assert progress.num_expected == pytest.approx(SCORES[:4].sum())
    shrunk = (4 + 10) / (SCORES[:4].sum() + 10)
    assert progress.num_left == pytest.approx(np.minimum(shrunk * SCORES[10:], 1).sum())


ESTIMATE = {"num_wrong": float(SCORES.sum()), "low": 80.0, "high": 430.0}


def test_before_any_decision_what_is_left_is_what_the_estimate_says_with_its_interval():
    for nothing in (DECIDED.empty(), decided(["unsure"] * 5)):
        progress = review_progress(MISLABELS, nothing, ESTIMATE)
        assert progress.num_left == pytest.approx(ESTIMATE["num_wrong"])
        assert progress.num_left_low == pytest.approx(80.0)
        assert progress.num_left_high == pytest.approx(430.0)


def test_the_interval_of_the_estimate_narrows_to_what_is_left_and_ends_at_nothing():
    def interval(num: int) -> tuple[float, float, float]:
        words = ["relabel" if n % 10 < 7 else "keep" for n in range(num)]
        progress = review_progress(MISLABELS, decided(words), ESTIMATE)
        return progress.num_left_low, progress.num_left, progress.num_left_high

    widths = [high - low for low, _, high in (interval(num) for num in (0, 10, 100, 300))]
    assert widths == sorted(widths, reverse=True)
    assert all(
        low <= middle <= high <= 500 - num for num in (10, 300) for low, middle, high in [interval(num)]
    )
    assert interval(500) == (0.0, 0.0, 0.0)


def test_an_interval_that_chance_alone_explains_follows_chance():
    narrow = {"num_wrong": float(SCORES.sum()), "low": float(SCORES.sum()), "high": float(SCORES.sum()) + 1}
    progress = review_progress(MISLABELS, DECIDED.empty(), narrow)
    assert progress.num_left_high == pytest.approx(narrow["high"])
    assert progress.num_left_low == pytest.approx(narrow["low"])


@pytest.mark.parametrize("score", [0.0, 1e-27])
def test_an_estimate_of_no_wrong_label_keeps_its_interval_and_loses_it_as_images_are_looked_at(score):
    none = MISLABELS.assign(mislabel_score=score)
    estimate = {"num_wrong": 0.0, "low": 0.0, "high": 4.0}
    fresh = review_progress(none, DECIDED.empty(), estimate)
    assert (fresh.num_left, fresh.num_left_low, fresh.num_left_high) == pytest.approx((0.0, 0.0, 4.0))
    assert fresh.expected_in_next_100_high == pytest.approx(4.0 * 100 / 500)
    half = review_progress(none, decided(["keep"] * 250), estimate)
    assert half.num_left_high == pytest.approx(2.0)
    assert review_progress(none, decided(["keep"] * 500), estimate).num_left_high == pytest.approx(0.0)


def test_the_next_hundred_hold_no_more_than_may_be_left_in_all():
    estimate = {"num_wrong": float(SCORES.sum()), "low": 5.0, "high": float(SCORES.sum()) + 1.0}
    progress = review_progress(MISLABELS, DECIDED.empty(), estimate)
    assert progress.expected_in_next_100_low <= progress.num_left_low
    assert progress.expected_in_next_100 <= progress.expected_in_next_100_high <= progress.num_left_high

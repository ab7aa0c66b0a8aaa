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
        pd.DataFrame(rows).assign(new_label="", reviewer="ann", is_disputed=False, note="")
    )


def test_before_any_review_the_scores_are_taken_at_their_word():
    progress = review_progress(MISLABELS, DECIDED.empty())
    assert progress.num_left == pytest.approx(SCORES.sum())
    assert progress.expected_in_next_100 == pytest.approx(SCORES[:100].sum())
    assert progress.num_left_low < progress.num_left < progress.num_left_high
    assert (progress.num_reviewed, progress.num_found) == (0, 0)


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

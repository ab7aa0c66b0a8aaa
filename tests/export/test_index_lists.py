import numpy as np
import pytest

from datadiet.errors import NotFoundError
from datadiet.export.index_lists import dropped_list, suspects_list
from datadiet.selection import SelectionRequest, select
from tests.export.frames import hostile_scores
from tests.export.hostile import HOSTILE


def test_kept_and_dropped_part_the_training_examples():
    scores = hostile_scores()
    request = SelectionRequest(rule="hardest", score="el2n", keep_fraction=0.3)
    kept = select(request, scores, class_names=HOSTILE).frame
    dropped = dropped_list(scores, kept, score="el2n", class_names=HOSTILE)
    assert sorted([*kept["example_id"], *dropped["example_id"]]) == scores["example_id"].tolist()
    assert dropped["score"].max() < kept["score"].min()
    assert np.all(np.diff(dropped["example_id"]) > 0)


def test_dropped_by_a_rule_without_a_score_has_none():
    scores = hostile_scores()
    dropped = dropped_list(scores, scores.head(1), score=None, class_names=HOSTILE)
    assert dropped["score"].isna().all()


def test_suspects_come_worst_first_under_their_given_label():
    scores = hostile_scores()
    suspects = suspects_list(scores, class_names=HOSTILE)
    assert suspects["mislabel_score"].is_monotonic_decreasing
    assert suspects["class_name"].tolist() == list(HOSTILE)
    assert "label" not in suspects
    assert suspects["is_flipped"].all()


def test_suspects_of_a_run_without_triage_are_not_found():
    with pytest.raises(NotFoundError, match="no suspects yet"):
        suspects_list(hostile_scores().drop(columns="is_suspect"), class_names=HOSTILE)

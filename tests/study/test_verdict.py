"""What a study says in words."""

import numpy as np
from study_rows import retrainings

from datadiet.study.verdict import verdict

ALL = ("all", 1.0, 0.0, [0.900, 0.902, 0.904])
BEST = ("window", 0.4, 0.3, [0.930, 0.932, 0.934])
LOW = ("window", 0.4, 0.0, [0.80, 0.81, 0.82])


def told(*rows):
    return verdict(retrainings(rows))


def test_the_first_sentence_has_the_best_window_both_controls_and_the_seeds():
    sentences = told(ALL, ("random", 0.4, 0.0, [0.880, 0.882, 0.884]), LOW, BEST)
    assert sentences[0] == (
        "Dropping the hardest 30 % and the easiest 30 % keeps 40 % of the images; test accuracy 93.2 ± 0.1 "
        "against 90.2 ± 0.1 on all and 88.2 ± 0.1 at random (3 seeds)."
    )
    assert sentences[1] == "It is better than all data by 3.0 ± 0.2."
    assert sentences[2] == "It is better than random examples of the same number by 5.0 ± 0.2."


def test_it_is_said_when_pruning_loses_to_random():
    sentences = told(ALL, BEST, ("random", 0.4, 0.0, [0.950, 0.952, 0.954]))
    assert "worse than random examples of the same number by 2.0 ± 0.2" in sentences[2]
    assert sentences[2].endswith("Pruning by this order loses to chance.")


def test_it_is_said_when_a_difference_lies_within_what_seeds_scatter():
    sentences = told(ALL, BEST, ("random", 0.4, 0.0, [0.90, 0.93, 0.96]))
    assert "within what seeds scatter" in sentences[2]
    assert sentences[2].endswith("The order has not been shown to matter.")


def test_it_is_said_what_has_not_been_run():
    sentences = told(BEST)
    assert "All data has not been run." in sentences
    assert any("random control of this size has not been run" in each for each in sentences)


def test_one_seed_cannot_say_whether_a_difference_is_chance():
    sentences = told(("all", 1.0, 0.0, [0.9]), ("window", 0.4, 0.3, [0.93]))
    assert "one seed cannot say" in sentences[1]


def test_the_window_is_chosen_on_validation_and_told_by_test():
    frame = retrainings([BEST, ("window", 0.4, 0.1, [0.97, 0.97, 0.97])])
    is_best = frame["window_offset"] > 0.2
    frame["validation_accuracy"] = np.where(is_best, 0.99, 0.5)
    assert "easiest 30 %" in verdict(frame)[0]
    assert "test accuracy 93.2" in verdict(frame)[0]


def test_nothing_measured_is_said():
    assert told(ALL) == ["No window has been retrained on yet."]
    frame = retrainings([BEST]).assign(validation_accuracy=np.nan, test_accuracy=np.nan)
    assert "neither a validation nor a test example" in verdict(frame)[0]


def test_curricula_are_told_against_shuffled_and_windows_come_first():
    paced = ("easiest-first:4", 1.0, 0.0, [0.95, 0.952, 0.954])
    random = ("random:4", 1.0, 0.0, [0.90, 0.905, 0.91])
    assert told(ALL, paced, random) == [
        "All images by el2n, easiest first in 4 stages: test accuracy 95.2 ± 0.1 against 90.2 ± 0.1 on all "
        "shuffled (3 seeds). It is better than shuffled by 5.0 ± 0.2.",
        "All images, in random order in 4 stages: test accuracy 90.5 ± 0.3 against 90.2 ± 0.1 on all "
        "shuffled (3 seeds). Against shuffled the difference of +0.3 ± 0.3 is within what seeds scatter.",
    ]
    assert told(ALL, paced, BEST)[0].startswith("Dropping")
    assert told(paced)[0].endswith("Shuffled has not been run.")

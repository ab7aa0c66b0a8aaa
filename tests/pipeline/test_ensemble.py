"""Accuracies over the seeds of a run."""

import numpy as np
import pandas as pd

from datadiet.pipeline.ensemble import final_accuracy


def history(*accuracies):
    return pd.DataFrame({"test_accuracy": np.asarray(accuracies, dtype=np.float64)})


def test_the_last_epoch_of_each_seed_counts():
    found = final_accuracy([history(0.1, 0.8), history(0.2, 0.9)], "test")
    assert found.percent() == "85.0 ± 5.0 % (2 seeds)"


def test_a_seed_known_at_initialisation_alone_has_no_accuracy():
    assert final_accuracy([history()], "test").percent() == "not measured"
    assert final_accuracy([history(), history(0.9)], "test").percent() == "90.0 % (1 seed)"

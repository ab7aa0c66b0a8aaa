"""What a run keeps on disk, as arrays in row order."""

import numpy as np

from datadiet.pipeline.labels import trains_on


def test_a_seed_trains_on_what_the_folds_say_each_time_it_is_asked(tiny):
    files = tiny.files
    for seed in tiny.seeds:
        expected = trains_on(files.labels, seed, files.config.num_folds)
        assert np.array_equal(files.trained_by(seed), expected)
        assert files.trained_by(seed) is files.trained_by(seed)


def test_what_a_seed_trains_on_cannot_be_changed_by_who_reads_it(tiny):
    assert not tiny.files.trained_by(tiny.seeds[0]).flags.writeable


def test_the_values_of_a_score_are_the_readers_own(tiny):
    values = tiny.files.score(tiny.seeds[0], "random", tiny.files.last_step)
    values[:] = 0
    assert tiny.files.score(tiny.seeds[0], "random", tiny.files.last_step).any()

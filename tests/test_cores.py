from __future__ import annotations

import os

import pytest

from datadiet.cores import num_cores, num_threads


def test_a_system_that_knows_no_affinity_counts_all_cores(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert num_cores() == 6


@pytest.mark.parametrize(("told", "number"), [("3", 3), ("", 2), ("0", 2), ("many", 2)])
def test_a_worker_uses_the_threads_it_was_told(monkeypatch, told, number):
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    monkeypatch.setattr("datadiet.cores.num_cores", lambda: 2)
    assert num_threads() == number

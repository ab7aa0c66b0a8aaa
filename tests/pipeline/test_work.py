from pathlib import Path

import pytest

from datadiet.execution.units import Event, Unit
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.training_units import training_units
from datadiet.pipeline.work import WorkProgress


class Heard(Silent):
    """Keeps the last amount and the last parts."""

    def __init__(self):
        self.done, self.shares, self.said = 0.0, {}, []

    def reach(self, done):
        self.done = done

    def parts(self, shares):
        self.shares = dict(shares)

    def say(self, text):
        self.said.append(text)


def unit(key, cost=1.0, seed=0):
    return Unit(key, Path(key), "module:name", {"seed": seed}, cost=cost)


def test_a_unit_moves_the_bar_by_its_cost():
    heard = Heard()
    work = WorkProgress(heard, [unit("long", 3.0), unit("short", seed=1)], name="Work")
    work.hear(Event("long", "progress", 0.5))
    assert heard.done == pytest.approx(37.5)
    work.hear(Event("short", "done"))
    assert heard.done == pytest.approx(62.5)
    assert heard.shares == {"seed 0": 0.5, "seed 1": 1.0}


def test_progress_never_falls_when_a_unit_begins_again():
    heard = Heard()
    work = WorkProgress(heard, [unit("a")], name="Work")
    work.hear(Event("a", "progress", 0.6))
    work.hear(Event("a", "died", message="signal 9"))
    work.hear(Event("a", "progress", 0.1))
    assert heard.done == pytest.approx(60)
    assert heard.said == ["a: its process died (signal 9); it is tried again."]


def test_what_was_there_before_is_done_and_tells_nothing_of_the_time_left():
    heard = Heard()
    work = WorkProgress(heard, [unit("there", 9.0), unit("new", seed=1)], name="Work")
    work.hear(Event("there", "found", 1.0))
    assert (heard.done, heard.shares) == (0.0, {"seed 0": 1.0, "seed 1": 0.0})
    work.hear(Event("new", "progress", 0.25))
    assert heard.done == pytest.approx(25)


def test_all_found_is_all_done():
    heard = Heard()
    WorkProgress(heard, [unit("there")], name="Work").hear(Event("there", "found", 1.0))
    assert heard.done == pytest.approx(100)


def test_a_segment_of_training_costs_by_its_steps(tiny):
    costs = {each.arguments["epoch"]: each.cost for each in training_units(tiny.files, [0], [0, 1, 4], "cpu")}
    assert costs[4] == pytest.approx(3 * costs[1])
    assert costs[0] < 0.1 * costs[1]

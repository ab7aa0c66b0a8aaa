import os
import subprocess
import sys
import textwrap
from contextlib import closing

import psutil
import pytest

from datadiet.execution.engine import run_units
from datadiet.execution.process import end_workers
from datadiet.execution.spares import SpareWorkers
from tests.execution.waiting import is_alive, wait_until

MARK = "spare_import_for_tests"


@pytest.fixture
def early_module(tmp_path, monkeypatch):
    """Return the name of a module that leaves its process's id beside the test when it is imported."""
    (tmp_path / "modules").mkdir()
    source = f"import os; open({str(tmp_path / 'imported')!r}, 'a').write(f'{{os.getpid()}} ')"
    (tmp_path / "modules" / f"{MARK}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "modules")
    return MARK


def importers(tmp_path, num=1):
    """Return the processes that imported the module, once there are ``num``."""
    path = tmp_path / "imported"
    wait_until(lambda: path.exists() and len(path.read_text().split()) >= num)
    return [int(each) for each in path.read_text().split()]


def run(units, workers, **counts):
    counts = {"num_workers": 1, "num_threads": 1, **counts}
    return run_units(units, on_event=lambda event: None, workers=workers, **counts)


def test_a_spare_imports_before_there_is_a_unit_and_then_does_it(unit, tmp_path, early_module):
    with closing(SpareWorkers(1, num_threads=1, modules=[early_module])) as spares:
        [spare] = importers(tmp_path)
        assert run([unit("a", "say_threads")], spares.take(1, 1)).done == ("a",)
    assert (tmp_path / "a").read_text().endswith(f" {spare}")
    assert not psutil.pid_exists(spare)


def test_more_spares_can_be_started_when_a_processor_is_free(unit, tmp_path, early_module):
    with closing(SpareWorkers(0, num_threads=1, modules=[early_module])) as spares:
        assert spares.take(1, 1) == []
        spares.start(2)
        pids = importers(tmp_path, num=2)
        taken = spares.take(2, 1)
        assert len(taken) == len(set(pids)) == 2
        end_workers(taken)


def test_more_workers_than_spares_are_started_as_they_are_needed(unit):
    units = [unit("a", "sleep", seconds=0.5), unit("b", "sleep", seconds=0.5)]
    with closing(SpareWorkers(1, num_threads=1, modules=[])) as spares:
        assert run(units, spares.take(2, 1), num_workers=2).done == ("a", "b")


@pytest.mark.parametrize(("num_workers", "num_threads"), [(1, 2), (0, 1)])
def test_spares_of_other_threads_or_above_the_number_end(
    unit, tmp_path, early_module, num_workers, num_threads
):
    with closing(SpareWorkers(1, num_threads=1, modules=[early_module])) as spares:
        [spare] = importers(tmp_path)
        assert spares.take(num_workers, num_threads) == []
        assert not psutil.pid_exists(spare)


def test_a_module_that_cannot_be_imported_is_left_to_the_unit(unit):
    with closing(SpareWorkers(1, num_threads=1, modules=["no_module_of_this_name"])) as spares:
        assert run([unit("a")], spares.take(1, 1)).done == ("a",)


def test_f13_a_spare_that_was_killed_meanwhile_costs_a_try_and_no_unit(unit, tmp_path, early_module):
    with closing(SpareWorkers(1, num_threads=1, modules=[early_module])) as spares:
        os.kill(importers(tmp_path)[0], 9)
        assert run([unit("a")], spares.take(1, 1)).done == ("a",)


def test_r2_spares_die_with_a_killed_parent(tmp_path, early_module):
    script = textwrap.dedent(f"""
        import sys; sys.path.insert(0, {str(tmp_path / "modules")!r})
        from datadiet.execution.spares import SpareWorkers
        spares = SpareWorkers(2, num_threads=1, modules=[{early_module!r}])
        sys.stdin.read()
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
    children = importers(tmp_path, 2)
    parent.kill()
    parent.communicate()
    wait_until(lambda: not any(is_alive(child) for child in children))

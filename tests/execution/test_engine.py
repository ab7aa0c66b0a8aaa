import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from datadiet.errors import JobError
from datadiet.execution.engine import Engine, run_units
from tests.execution.waiting import is_alive, wait_until


def run(units, *, num_workers=1, on_event=lambda event: None):
    return run_units(units, num_workers=num_workers, num_threads=1, on_event=on_event)


@pytest.mark.parametrize("num_workers", [0, 1, 2])
def test_all_units_are_done_and_said(unit, num_workers):
    events = []
    report = run([unit("a"), unit("b"), unit("c")], num_workers=num_workers, on_event=events.append)
    assert report.done == ("a", "b", "c")
    assert {event.kind for event in events} == {"started", "progress", "done"}
    report.check()


def test_r2_what_is_published_is_not_computed_again(unit, tmp_path):
    run([unit("a", text="first")])
    report = run([unit("a", text="second"), unit("b")])
    assert (report.found, report.done) == (("a",), ("b",))
    assert (tmp_path / "a").read_text() == "first"


def test_the_lowest_ready_unit_begins_first(unit):
    started = []
    units = [unit("a2", after=["a1"]), unit("a1"), unit("b2", after=["b1"]), unit("b1")]
    run(units, on_event=lambda event: started.append(event.key) if event.kind == "started" else None)
    assert started == ["a1", "a2", "b1", "b2"]


def test_a_unit_that_raises_fails_alone_and_those_after_it_are_left(unit, capfd):
    units = [unit("a", "refuse"), unit("b", after=["a"]), unit("c", "blunder"), unit("d")]
    report = run(units, num_workers=2)
    assert report.failed == {"a": "Seed 1 diverged.", "c": "ZeroDivisionError: by zero."}
    assert (report.done, report.left) == (("d",), ("b",))
    with pytest.raises(JobError, match=r"\(1 done, 2 failed, 1 left\). a: Seed 1 diverged"):
        report.check()


def test_a_unit_that_publishes_nothing_has_failed(unit):
    assert "without publishing" in run([unit("a", "forget")], num_workers=0).failed["a"]


def test_f13_a_killed_worker_is_tried_again(unit, tmp_path):
    events = []
    assert run([unit("a", "die_until", times=2)], on_event=events.append).done == ("a",)
    assert [event.message for event in events if event.kind == "died"] == ["signal 9", "signal 9"]
    assert (tmp_path / "a").read_text() == "survived"


def test_f13_three_deaths_of_one_unit_stop_the_work(unit):
    report = run([unit("a", "die_until", times=9), unit("b")])
    assert "died 3 times" in report.failed["a"]
    assert report.left == ("b",)


def test_workers_keep_their_threads_and_stay_for_the_next_units(unit, tmp_path):
    with Engine(num_workers=1, num_threads=3) as engine:
        engine.run([unit("a", "say_threads")], lambda event: None)
        engine.run([unit("b", "say_threads")], lambda event: None)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()
    assert (tmp_path / "a").read_text().startswith("3 False ")


def test_ctrl_c_stops_the_workers_and_says_what_is_left(unit, tmp_path):
    def interrupt(event):
        if event.message == "asleep":
            raise KeyboardInterrupt

    started = time.monotonic()
    report = run([unit("a"), unit("b", "sleep"), unit("c")], on_event=interrupt)
    assert (report.done, report.left, report.is_interrupted) == (("a",), ("b", "c"), True)
    assert time.monotonic() - started < 20
    assert not is_alive(int((tmp_path / "b.pid").read_text()))
    with pytest.raises(KeyboardInterrupt):
        report.check()


def test_what_the_listener_raises_stops_the_work(unit):
    def fail(event):
        raise JobError("cancelled")

    with pytest.raises(JobError, match="cancelled"):
        run([unit("a", "sleep")], on_event=fail)


def test_a_unit_that_waits_for_nobody_is_refused(unit):
    with pytest.raises(JobError, match="not there: z"):
        run([unit("a", after=["z"])])


def test_r2_workers_die_with_a_killed_parent(unit, tmp_path):
    script = textwrap.dedent(f"""
        import sys; sys.path.insert(0, {str(Path(__file__).parent / "work")!r})
        from pathlib import Path
        from datadiet.execution.engine import run_units
        from datadiet.execution.units import Unit
        final = Path({str(tmp_path / "a")!r})
        unit = Unit("a", final, "unit_functions:sleep", {{"path": str(final)}})
        run_units([unit], num_workers=1, num_threads=1, on_event=lambda event: None)
    """)
    parent = subprocess.Popen([sys.executable, "-c", script])
    wait_until(lambda: (tmp_path / "a.pid").exists() and (tmp_path / "a.pid").read_text())
    parent.kill()
    parent.wait()
    child = int((tmp_path / "a.pid").read_text())
    wait_until(lambda: not is_alive(child))
    assert not (tmp_path / "a").exists()


def test_r8_ctrl_c_reaches_the_engine_alone(unit, tmp_path):
    """A signal to the process group ends with a report, not with a worker's traceback."""
    script = textwrap.dedent(f"""
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
        import sys; sys.path.insert(0, {str(Path(__file__).parent / "work")!r})
        from pathlib import Path
        from datadiet.execution.engine import run_units
        from datadiet.execution.units import Unit
        final = Path({str(tmp_path / "a")!r})
        unit = Unit("a", final, "unit_functions:sleep", {{"path": str(final)}})
        report = run_units([unit], num_workers=1, num_threads=1, on_event=lambda event: None)
        print(report.counts, report.is_interrupted)
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    )
    wait_until(lambda: (tmp_path / "a.pid").exists() and (tmp_path / "a.pid").read_text())
    os.killpg(parent.pid, signal.SIGINT)
    out, err = parent.communicate(timeout=120)
    assert (out.decode().strip(), err.decode()) == ("0 done, 0 failed, 1 left True", "")

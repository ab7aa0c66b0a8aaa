"""How progress reads: a bar in a terminal, lines in a log file."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from datadiet.cli import console
from datadiet.cli.console import TerminalProgress


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that stands until it is moved, and the lines that were told."""
    now, told = [100.0], []
    monkeypatch.setattr(console, "monotonic", lambda: now[0])
    monkeypatch.setattr(console, "tell", told.append)
    return now, told


def reached(clock, stage, *, seconds, done):
    now, told = clock
    progress = TerminalProgress(Progress(console=Console(file=io.StringIO()), disable=True))
    progress.stage(**stage)
    now[0] += seconds
    progress.reach(done)
    return told


SHARE = {"name": "Train and score 3 models", "total": 100.0, "unit": "%"}
IMAGES = {"name": "Prepare photos", "total": 60_000, "unit": "images"}


@pytest.mark.parametrize(
    ("stage", "seconds", "done", "line"),
    [
        (SHARE, 20, 36.2, "Train and score 3 models: 36 %, about 35 s left"),
        (SHARE, 20, 0.5, "Train and score 3 models: 0 %, about 66 min left"),
        (SHARE, 20, 0, "Train and score 3 models: 0 %"),
        (SHARE, 20, 100, "Train and score 3 models: 100 %"),
        (
            IMAGES,
            10,
            12_000,
            "Prepare photos: 20 %, 12,000 of 60,000 images, 1,200.0 a second, about 40 s left",
        ),
    ],
)
def test_a_log_file_gets_lines_that_read_well(clock, stage, seconds, done, line):
    assert reached(clock, stage, seconds=seconds, done=done) == [line]


def test_a_log_file_gets_a_line_every_ten_seconds_at_most(clock):
    assert reached(clock, IMAGES, seconds=9, done=1) == []


def test_a_terminal_shows_a_share_once(clock):
    shown = io.StringIO()
    terminal = Console(file=shown, force_terminal=True, width=120)
    with console.progress_bar(terminal) as progress:
        progress.stage(**SHARE)
        clock[0][0] += 5
        progress.reach(50)
        progress.stage(**IMAGES)
        clock[0][0] += 5
        progress.reach(1000)
    assert "Train and score 3 models" in shown.getvalue()
    assert "/100" not in shown.getvalue()
    assert "1,000 of 60,000 images, 200.0 a second" in shown.getvalue()

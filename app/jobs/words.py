"""What a job is called and how far it is, in words; names are already plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from app.jobs.sweeps import sweep_words
from app.jobs.watch import JobView
from app.state import find_choice, run_choices, source_title
from app.text import plain, plain_name
from datadiet.errors import DataDietError
from datadiet.execution.job_progress import Stage

VERBS = {
    "audit": "Audit",
    "score": "Score",
    "export": "Export",
    "report": "Report on",
    "sweep": "Retrain for",
}
ORDINALS = {1: "st", 2: "nd", 3: "rd"}
ON_RUNS = ("sweep", "score", "export", "report")  # their first argument names a run
Color = Literal["gray", "blue", "green", "red", "orange"]
SIGNS: Mapping[str, tuple[Color, str]] = {  # beside each word: a colour of Streamlit's and a sign
    "queued": ("gray", ":material/hourglass_top:"),
    "starting": ("gray", ":material/hourglass_empty:"),
    "running": ("blue", ":material/play_arrow:"),
    "stopping": ("gray", ":material/hourglass_bottom:"),
    "done": ("green", ":material/check:"),
    "failed": ("red", ":material/error:"),
    "stopped": ("gray", ":material/pause:"),
    "lost": ("orange", ":material/question_mark:"),
}


def job_title(argv: Sequence[str]) -> str:
    """Return what a job does, such as ``Audit digits``; letter by letter, not yet for Markdown.

    Example:
        >>> job_title(["audit", "/data/cats", "--seeds=3"]), job_title(["audit", "digits", "--dry-run"])
        ('Audit cats', 'Look at digits')
    """
    if not argv:
        return "A job"
    verb = "Look at" if "--dry-run" in argv else VERBS.get(argv[0], plain_name(argv[0]).capitalize())
    subject = argv[1] if len(argv) > 1 and not argv[1].startswith("--") else ""
    named = next((word.partition("=")[2] for word in argv if word.startswith("--name=")), "")
    shown = named or (_run_name(subject) if argv[0] in ON_RUNS else source_title(subject))
    return f"{verb} {plain_name(shown)}".strip() if shown else verb


def _run_name(text: str) -> str:
    """Return the name of the run that a command names, the text itself where there is none."""
    try:
        found = find_choice(run_choices(), text)
    except DataDietError:
        return text
    return found.name if found else text


def duration_words(seconds: float) -> str:
    """Return seconds as a person says them.

    Example:
        >>> duration_words(42), duration_words(250), duration_words(8000)
        ('42 s', '4 min', '2 h 13 min')
    """
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def stage_words(stage: Stage) -> str:
    """Return a stage with how much is done, how fast, and the time left, as Markdown."""
    if stage.unit == "%":
        parts = [plain(stage.name), f"{100 * stage.share:.0f} %"]
        a_minute = 60 * 100 * (stage.rate or 0.0) / stage.total
        if 0 < a_minute < 100:  # above, less than a minute is left, which says more
            parts.append(f"{a_minute:.{0 if a_minute >= 10 else 1}f} % a minute")
    else:
        parts = [plain(stage.name), f"{stage.done:,.0f} of {stage.total:,.0f} {plain(stage.unit)}"]
        if stage.rate:
            parts.append(f"{stage.rate:,.0f} {plain(stage.unit)} a second")
    if stage.seconds_left is not None:
        parts.append(f"about {duration_words(stage.seconds_left)} left")
    return " · ".join(parts)


def progress_words(view: JobView) -> str:
    """Return how far a job is, as Markdown."""
    if view.word == "queued":
        return f"Queued, {place_words(view)}"
    if view.word == "starting":
        return "Starting"
    if view.word == "stopping":
        return "Stopping: what is finished is kept"
    return stage_words(view.stage) if view.stage else "Beginning"


def place_words(view: JobView) -> str:
    """Return which place in line a waiting job has; empty where it does not wait."""
    if not view.is_waiting:
        return ""
    num = view.job.num_before
    ending = "th" if num // 10 % 10 == 1 else ORDINALS.get(num % 10, "th")
    return "next in line" if num == 1 else f"{num}{ending} in line"


def counted_jobs(num: int) -> str:
    """Return a number of jobs.

    Example:
        >>> counted_jobs(1), counted_jobs(3)
        ('1 job', '3 jobs')
    """
    return f"{num} job{'' if num == 1 else 's'}"


def told_words(view: JobView) -> str:
    """Return what tells a job from others of its title, and who asked for it; letter by letter."""
    who = f"asked for by {plain_name(view.job.asked_by)}" if view.job.asked_by else ""
    return " · ".join(part for part in (sweep_words(view.job.argv), who) if part)


def seeds_words(view: JobView) -> str:
    """Return how far each seed is, empty where the stage has none.

    Returns:
        Such as ``seed 0 done · seed 1 62 % · seed 2 waiting``.
    """
    words = []
    for name, share in view.progress.parts.items():
        word = "done" if share >= 1 else f"{100 * share:.0f} %" if share > 0 else "waiting"
        words.append(f"{plain(name)} {word}")
    return " · ".join(words)


def stages_words(view: JobView) -> str:
    """Return the stages that are behind and how long each took, empty for none."""
    over = [stage for stage in view.progress.stages if stage.is_over]
    return " · ".join(f"{plain(stage.name)} ({duration_words(stage.seconds)})" for stage in over)


def outcome_words(view: JobView) -> str:
    """Return the sentence of a job that ended, not yet for Markdown; empty where there is nothing to say."""
    if view.job.is_lost:
        return (
            "Its heart stopped beating: it was ended from outside, or the machine was restarted. "
            "What was finished is kept."
        )
    if view.job.is_silent:
        return (
            f"It does not answer, though its process ({view.job.pid}) is there and holds the line. Where "
            "Cancel does not end it, end that process on its machine; what was finished is kept."
        )
    if view.job.state == "cancelled" and not view.job.started_at:
        return "Cancelled before its turn came."
    if view.job.state == "cancelled":
        return "Stopped. What was finished is kept, and it can go on from there."
    if view.job.state == "failed":
        return view.job.message or "It ended without a word; the log may say more."
    return ""

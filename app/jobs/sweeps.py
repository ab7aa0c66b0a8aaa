"""What a job retrains on, in words: so that jobs of one run that wait in line can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.text import plain_name

RULES = {"input_norm": "input norm"}


def sweep_words(argv: Sequence[str]) -> str:
    """Return what a sweep retrains on, letter by letter; empty for any other command.

    Args:
        argv: Of a job, options as the dashboard writes them: ``--name=value``.

    Example:
        >>> sweep_words(["sweep", "3f2a", "--rule=window", "--keep=0.4", "--offsets=0.28", "--seeds=3"])
        'keep 40 % from 28 % · 3 seeds'
        >>> sweep_words(["sweep", "3f2a", "--rule=window", "--keep=0.2,0.4", "--budget=9", "--seeds=3"])
        'at most 9 retrainings of windows that keep 20 %, 40 %'
    """
    if not argv or argv[0] != "sweep":
        return ""
    options = dict(word[2:].split("=", 1) for word in argv if word.startswith("--") and "=" in word)
    keeps = _percents(options.get("keep", ""))
    if "budget" in options:
        num = options["budget"]
        return plain_name(f"at most {num} retraining{'' if num == '1' else 's'} of windows that keep {keeps}")
    parts = [_selections(options, keeps), _seeds(options)]
    return plain_name(" · ".join(part for part in parts if part))


def _selections(options: Mapping[str, str], keeps: str) -> str:
    rule = options.get("rule", "window")
    if "reviewed" in options.get("labels", ""):
        return "all images before and after decisions"
    if rule == "all":
        return "all images"
    if rule == "window":
        return f"keep {keeps} from {_percents(options.get('offsets', ''))}".removesuffix(" from ")
    return f"{', '.join(RULES.get(each, each) for each in rule.split(','))} {keeps}".rstrip()


def _seeds(options: Mapping[str, str]) -> str:
    num = options.get("seeds", "")
    return f"{num} seed{'' if num == '1' else 's'}" if num else ""


def _percents(fractions: str) -> str:
    """Return fractions as percent; what is no number, such as a range, as it stands."""
    return ", ".join(_percent(each) for each in fractions.split(",") if each)


def _percent(text: str) -> str:
    try:
        return f"{100 * float(text):g} %"
    except ValueError:
        return text

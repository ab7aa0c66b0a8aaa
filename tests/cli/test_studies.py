"""``datadiet sweep``: nothing that was asked for is ignored, and a dry run promises what a sweep keeps."""

import json
import re

import pytest

RUN = "short digits"


@pytest.mark.parametrize(
    "words",
    [
        ("--rule", "hardest"),
        ("--quota", "equal"),
        ("--table", "people.csv"),
        ("--drop-suspects",),
        ("--labels", "reviewed"),
        ("--offsets", "0:0.5:0.1"),
        ("--list", "kept.csv"),
    ],
)
def test_an_option_that_a_budget_does_not_read_is_refused(datadiet, digits, words):
    ended = datadiet("sweep", RUN, "--budget", 3, *words, "--dry-run", "--workspace", digits)
    assert ended.exit_code == 1
    assert "--budget" in ended.stderr
    assert words[0].strip("-") in ended.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--tolerance", "0.01"), "--tolerance"),
        (("--rule", "hardest", "--offsets", "0.1"), "--offsets"),
        (("--rule", "all", "--quota", "equal"), "--quota"),
        (("--rule", "all", "--drop-suspects"), "--drop-suspects"),
        (("--rule", "all", "--keep", "0.5"), "--keep"),
        (("--rule", "all", "--group", "sex"), "--group"),
        (("--stages", "4"), "--stages"),
        (("--rule", "hardest", "--order", "random"), "--order"),
        (("--rule", "curriculum", "--keep", "0.5"), "--keep"),
        (("--rule", "curriculum", "--offsets", "0.5"), "--offsets"),
    ],
)
def test_an_option_that_a_sweep_does_not_read_is_refused(datadiet, digits, words, named):
    ended = datadiet("sweep", RUN, *words, "--dry-run", "--workspace", digits)
    assert ended.exit_code == 1
    assert f"does not read {named}" in ended.stderr


def test_a_dry_run_of_a_budget_says_what_it_may_spend(datadiet, digits):
    words = ("--budget", 7, "--keep", "0.2,0.4", "--seeds", 2, "--tolerance", "0.01")
    ended = datadiet("sweep", RUN, *words, "--dry-run", "--workspace", digits)
    assert ended.exit_code == 0, ended.stderr
    assert "At most 7 retrainings of windows that keep 20 %, 40 % by el2n" in ended.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--score", "nope"), "nope"),
        (("--keep", "0.0001"), "a training needs at least 2"),
        (("--keep", "1e-300"), "a training needs at least 2"),
        (("--rule", "all", "--labels", "reviewed"), "no decisions to retrain with"),
        (
            ("--rule", "hardset"),
            "rule is 'hardset'; it must be one of window, all, curriculum, list, hardest,",
        ),
        (
            ("--rule", "hardest,window"),
            "rule is 'window'; it must be one of hardest, easiest, random, covering, input_norm.",
        ),
        (("--score", "nope", "--budget", 3), "nope"),
        (("--keep", "0.0001", "--budget", 3), "a training needs at least 2"),
    ],
)
def test_a_dry_run_refuses_what_the_sweep_would_refuse(datadiet, digits, words, sentence):
    ended = datadiet("sweep", RUN, *words, "--dry-run", "--workspace", digits)
    assert ended.exit_code == 1
    assert sentence in ended.stderr


def test_a_dry_run_names_every_point(datadiet, digits):
    ended = datadiet("sweep", RUN, "--keep", "0.5", "--offsets", "0,0.5", "--dry-run", "--workspace", digits)
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout.splitlines()[0] == "12 retrainings, 3 of each:"
    assert "window 50 % from 0.5 by el2n" in ended.stdout
    assert re.fullmatch(
        r"About \d+ (s|min), by the clock of the run's training\.",
        ended.stdout.splitlines()[-1],
    )


def test_a_dry_run_of_curricula_names_each_order_and_number_of_stages(datadiet, digits):
    words = ("--rule", "curriculum", "--stages", "2,4", "--order", "easiest-first,random", "--seeds", 2)
    ended = datadiet("sweep", RUN, *words, "--dry-run", "--workspace", digits)
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout.splitlines()[:-1] == [
        "10 retrainings, 2 of each:",
        "all",
        "curriculum, easiest first in 2 stages, by el2n",
        "curriculum, in random order in 2 stages",
        "curriculum, easiest first in 4 stages, by el2n",
        "curriculum, in random order in 4 stages",
    ]


@pytest.mark.parametrize("words", [("--stages", "1"), ("--stages", "x"), ("--order", "hard")])
def test_a_curriculum_of_other_words_is_refused(datadiet, digits, words):
    ended = datadiet("sweep", RUN, "--rule", "curriculum", *words, "--dry-run", "--workspace", digits)
    assert ended.exit_code == 1
    assert words[1] in ended.stderr


def test_a_dry_run_of_a_sweep_says_what_is_left_also_as_json(datadiet, digits):
    place = ("--workspace", digits)
    words = ("sweep", RUN, "--rule", "all", "--epochs", 1, "--seeds", 1, "--workers", 1, *place)
    planned = json.loads(datadiet(*words, "--dry-run", "--json").stdout)
    assert (planned["num_retrainings"], planned["num_left"], planned["points"]) == (1, 1, ["all"])
    assert planned["estimated_seconds"] > 0
    assert datadiet(*words).exit_code == 0
    again = datadiet(*words, "--dry-run")
    assert again.stdout.splitlines() == ["1 retraining, 1 of each:", "all", "All of them are there already."]
    two = json.loads(datadiet(*words, "--seeds", 2, "--dry-run", "--json").stdout)
    assert (two["num_retrainings"], two["num_left"]) == (2, 1)


def test_a_dry_run_of_a_budget_says_the_most_it_does_and_how_long_that_takes(datadiet, digits):
    words = ("sweep", RUN, "--budget", 3, "--seeds", 2, "--dry-run", "--workspace", digits)
    spent = json.loads(datadiet(*words, "--json").stdout)
    # Of the best window one seed is in the budget; the other, and two seeds of both controls, come on top.
    assert (spent["budget"], spent["num_retrainings_at_most"]) == (3, 8)
    assert spent["estimated_seconds"] > 0
    last = datadiet(*words).stdout.splitlines()[-1]
    assert re.fullmatch(r"All of them take about \d+ (s|min), by the clock of the run's training\.", last)

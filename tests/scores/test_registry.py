"""Scores by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from datadiet.errors import ConfigError
from datadiet.scores.registry import METHODS, find_method, unknown_score


def test_every_score_of_the_method_page_is_registered():
    assert list(METHODS) == [
        "el2n",
        "grand",
        "grand_last_layer",
        "forgetting",
        "never_learned",
        "margin",
        "confidence",
        "variability",
        "random",
        "input_norm",
    ]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_means_and_where_it_is_from(name):
    method = METHODS[name]
    assert method.name == name
    assert method.meaning.endswith(".")
    assert method.source


def test_low_margin_and_low_confidence_are_hard():
    assert [name for name, method in METHODS.items() if method.direction == "low"] == ["margin", "confidence"]


def test_name_at_a_step_means_its_method():
    assert find_method("grand_last_layer_step_000390") is METHODS["grand_last_layer"]


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="method is 'gradn'; it must be one of el2n, grand"):
        find_method("gradn")


def test_registry_and_ensemble_import_no_torch():
    code = (
        "import sys, datadiet.scores.registry, datadiet.scores.reliability; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_score_that_orders_nothing_is_not_said_to_be_left_out():
    assert "orders no images" in str(unknown_score("never_learned", ["el2n"]))
    assert "datadiet score RUN --method grand" in str(unknown_score("grand", ["el2n"]))
    assert "datadiet score 3f2a --method grand" in str(unknown_score("grand", ["el2n"], run="3f2a"))
    at_a_step = str(unknown_score("grand_step_000390", ["el2n"], run="3f2a", option=" --workspace w"))
    assert at_a_step.endswith("datadiet score 3f2a --method grand --epoch EPOCH --workspace w")
    last = str(unknown_score("el2n_step_000108", ["el2n"]))
    assert last.startswith("This run has no score 'el2n_step_000108'. At the last step it is called 'el2n'.")
    assert "At the last step" not in at_a_step
    assert str(unknown_score("zzz", [f"s{n}" for n in range(12)])).endswith(", s7 and 2 more.")

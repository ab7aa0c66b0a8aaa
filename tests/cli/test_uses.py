"""Commands of the uses that the paper names: figures, groups, orders, a pool to label."""

import json

import numpy as np
import pytest
from PIL import Image

RUN = "short digits"


def parsed(ended):
    assert ended.exit_code == 0, ended.stderr
    return json.loads(ended.stdout)


def test_groups_come_in_place_of_the_run_and_with_a_selection(datadiet, digits):
    chosen = parsed(
        datadiet("select", RUN, "--rule", "hardest", "--keep", "0.3", "--workspace", digits, "--json")
    )
    words = ("show", RUN, "--groups", "class", "--selection", chosen["selection_id"], "--workspace", digits)
    found = parsed(datadiet(*words, "--json"))
    assert {each["group"] for each in found["groups"]} == set("0123456789")
    assert sum(each["num_kept"] for each in found["groups"]) == chosen["counts"]["num_kept"]
    assert "Lowest accuracy" in datadiet(*words).stdout


def test_groups_of_a_study_come_before_and_after(datadiet, digits):
    datadiet(
        "sweep", RUN, "--keep", "0.5", "--offsets", "0", "--seeds", 1, "--epochs", 1, "--workspace", digits
    )
    words = ("show", RUN, "--groups", "class", "--study", "largest", "--workspace", digits)
    found = parsed(datadiet(*words, "--json"))
    assert {each["group"] for each in found["groups"]} == set("0123456789")
    assert len(found["verdict"]) == 3
    assert "all: lowest accuracy" in datadiet(*words).stdout
    ended = datadiet(*words, "--selection", "x")
    assert ended.exit_code == 1
    assert "leave --selection" in ended.stderr


@pytest.mark.parametrize("words", [("--score", "grand"), ("--study", "largest")])
def test_options_of_groups_alone_are_refused_without_them(datadiet, digits, words):
    ended = datadiet("show", RUN, *words, "--workspace", digits)
    assert ended.exit_code == 1
    assert "--groups alone" in ended.stderr


@pytest.mark.parametrize("order", ["easiest-first", "hardest-first", "paced:5"])
def test_orders_leave_as_lists(datadiet, digits, tmp_path, order):
    out = tmp_path / "order.npy"
    found = parsed(
        datadiet("export", RUN, "order", "--order", order, "--out", out, "--workspace", digits, "--json")
    )
    assert len(np.load(out, allow_pickle=False)) == found["num_rows"]


def test_a_folder_is_ranked_for_labelling(datadiet, digits, tmp_path):
    (tmp_path / "new").mkdir()
    for number in range(5):
        pixels = np.random.default_rng(number).integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "new" / f"{number}.png")
    out = tmp_path / "pool.csv"
    words = ("score-pool", RUN, tmp_path / "new", "--out", out, "--workers", 1, "--workspace", digits)
    assert parsed(datadiet(*words, "--json"))["num_ranked"] == 5
    assert len(out.read_text().splitlines()) == 6
    again = datadiet(*words)
    assert again.exit_code == 1
    assert f"{out} exists already" in again.stderr.replace("\n", " ")
    inside = datadiet(*words[:4], tmp_path / "new" / "pool.csv", *words[5:])
    assert inside.exit_code == 1
    assert "never written to" in inside.stderr
    assert "Rank" not in inside.stderr


def test_figures_say_first_what_is_missing(datadiet, digits, tmp_path):
    words = ("figures", RUN, "--out", tmp_path / "figures", "--workspace", digits)
    ended = datadiet(*words)
    assert ended.exit_code == 0, ended.stderr
    assert "missing: NTK velocity is not computed" in ended.stderr
    assert "figures.html" in ended.stdout
    assert (tmp_path / "figures" / "figures.html").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["analyse", RUN, "ntk", "--alphas", 5], "analyse ntk does not read --alphas"),
        (
            ["analyse", RUN, "connectivity", "--kernel", "ntk", "--groups", 3],
            "does not read --kernel, --groups",
        ),
        (["export", RUN, "scores", "--out", "s.csv", "--selection", "x"], "--selection is for kept, dropped"),
        (["sweep", RUN, "--rule", "random", "--score", "grand", "--dry-run"], "does not read --score"),
        (["sweep", RUN, "--keep", "", "--dry-run"], "keep"),
        (["show", RUN, "--score", ""], "go with --groups alone"),
    ],
)
def test_an_option_that_nothing_reads_is_refused(datadiet, digits, words, said):
    ended = datadiet(*words, "--workspace", digits)
    assert ended.exit_code == 1
    assert said in ended.stderr


def test_a_path_that_the_system_does_not_take_is_one_sentence(datadiet, digits, tmp_path):
    for words in (["audit", "x" * 300], ["figures", RUN, "--out", tmp_path / ("x" * 300)]):
        ended = datadiet(*words, "--workspace", digits)
        assert (ended.exit_code, ended.stderr.count("File name too long")) == (1, 1)


def test_an_empty_name_is_no_pool(datadiet, tmp_path):
    ended = datadiet("score-pool", "x", "", "--out", tmp_path / "pool.csv", "--workspace", tmp_path / "w")
    assert ended.exit_code == 1
    assert "The source is '', which names nothing" in ended.stderr

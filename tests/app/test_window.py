"""The window page under Streamlit's test driver, and the parts that need no page."""

import json
import shutil

import pandas as pd
import pytest

from app.window import jobs
from app.window.deciding import Changes, changes_of, effect_sentences
from app.window.fitting import FITS, Fits, Fitted
from app.window.message import Place, checked_place, read_place, why_not_predicted
from app.window.place import USUAL, best_place
from app.window.reading import findings, protocol_words, study_choices
from app.window.taking import window_list
from datadiet.errors import DataError
from datadiet.pipeline.run import open_run
from datadiet.pipeline.studies import Protocol
from datadiet.study.effect import Effect
from datadiet.study.points import curriculum_points, point
from datadiet.study.surface import fit_surface
from tests.app.conftest import words_on
from tests.app.window_study import RUN, usual_points, write_study

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def own(digits_workspace, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    return root


def brush_header(page):
    blob = next(e.proto.bytes for e in page.get("bidi_component") if "window_brush" in e.proto.component_name)
    return json.loads(blob[4 : 4 + int.from_bytes(blob[:4], "little")])


def told(page):
    return words_on(page).replace("\u2060", "").replace("\\", "")


def button(page, name):
    return next(each for each in page.button if each.label == name)


def test_the_page_says_the_verdict_and_on_what_it_rests(studied, open_page):
    page = open_page(studied, "window")
    assert not page.exception
    assert "Dropping the hardest" in page.subheader[0].value.replace("\\", "")
    assert "68 retrainings of 30 windows with controls" in told(page)
    assert "chosen and drawn by validation accuracy" in told(page)


def test_the_brush_is_sent_ranks_measurements_and_controls(studied, open_page):
    header = brush_header(open_page(studied, "window"))
    assert header["num"] == 1294
    assert len(header["measured"]) == 31  # thirty windows and all data
    assert [each["keep"] for each in header["random"]] == [0.2, 0.4, 0.6]
    assert header["all"]["mean"] == pytest.approx(0.93)
    assert header["hasFlips"]
    assert header["split"] == "validation"


def test_the_address_places_the_window_and_nonsense_does_not(studied, open_page):
    start = brush_header(open_page(studied, "window", keep="0.5", offset="0.2"))["start"]
    assert (start["keep"], start["offset"]) == (0.5, 0.2)
    page = open_page(studied, "window", keep="nan", offset="x")
    assert not page.exception
    header = brush_header(page)
    assert header["start"]["keep"] == header["home"]["keep"]


def test_measuring_starts_a_job_for_exactly_the_window_under_the_protocol(studied, open_page, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "put_in_line", lambda argv: started.append(list(argv)) or "job")
    page = open_page(studied, "window", keep="0.5", offset="0.2")
    button(page, "Measure this window").click().run()
    assert started[0][0] == "sweep"
    assert {"--keep=0.5", "--offsets=0.2", "--seeds=3", "--fixed=steps", "--epochs=6"} <= set(started[0])
    assert "9 retrainings" not in told(page)


def test_the_context_names_the_score_of_the_study(studied, open_page):
    assert "· EL2N at the last step ·" in words_on(open_page(studied, "window"))


def test_what_is_measured_with_its_controls_cannot_be_measured_again(studied, open_page):
    page = open_page(studied, "window", keep="0.4", offset="0.28")
    page.number_input(key="window-seeds").set_value(2).run()
    assert button(page, "Measure this window").disabled
    assert "are measured with these seeds" in told(page)


def test_who_pays_for_a_measured_selection_is_told_by_class(studied, open_page):
    page = open_page(studied, "window")
    assert "Who pays for it?" in [each.value for each in page.subheader]
    table = next(each.value for each in page.dataframe if "all images" in each.value)
    assert sorted(table["group"]) == list("0123456789")
    assert (table["change"].diff().dropna() >= 0).all()
    assert "lowest accuracy 0" in told(page)
    page.selectbox(key="paying-point").select_index(0).run()
    assert "random 20 %: lowest accuracy 0" in told(page)


def test_who_pays_names_selections_as_the_page_does(studied, open_page):
    page = open_page(studied, "window")
    assert "keep 40 % from 28 % by EL2N" in page.selectbox(key="paying-point").options
    assert " by el2n" not in told(page)


def test_all_images_this_selection_and_change_add_up_where_all_images_have_more_seeds(own, open_page):
    write_study(own, usual_points()[:1], seeds=3)
    write_study(own, usual_points()[1:9])
    page = open_page(own, "window")
    table = next(each.value for each in page.dataframe if "all images" in each.value)
    assert table["change"].to_numpy() == pytest.approx(
        (table["this selection"] - table["all images"]).to_numpy()
    )
    assert "means over the 2 seeds that this selection and all images share" in told(page)
    assert "Two seeds cannot say which groups lost" in told(page)
    assert "±" not in table


def test_from_three_seeds_on_the_table_says_its_doubt_and_who_lost(own, open_page):
    write_study(own, usual_points()[:9], seeds=3)
    page = open_page(own, "window")
    table = next(each.value for each in page.dataframe if "all images" in each.value)
    assert table["±"].notna().all()
    assert set(table[" "]) <= {"▼", ""}
    assert "means over the 3 seeds that this selection and all images share" in told(page)


def test_curricula_are_told_apart_from_the_verdict_on_windows(own, open_page):
    paced = curriculum_points(["easiest-first", "random"], [4], "el2n")
    write_study(own, [*usual_points()[:6], *paced])
    page = open_page(own, "window")
    assert page.expander[0].label == "2 curricula against shuffled"
    assert "easiest first in 4 stages" in page.expander[0].markdown[0].value.replace("\\", "")
    assert "stages" not in page.subheader[0].value


def test_a_window_that_starves_a_class_is_warned_of(studied, open_page):
    easiest = open_page(studied, "window", keep="0.1", offset="0")
    assert any("far less of" in each.value for each in easiest.warning)
    assert not open_page(studied, "window", keep="1", offset="0").warning


def test_a_missing_random_control_is_offered(studied, open_page):
    page = open_page(studied, "window", keep="0.8", offset="0")
    assert "Random of this size has not been run" in told(page)
    assert [each for each in page.button if each.label == "Measure it too"]


def test_a_run_without_a_study_is_told_what_a_sweep_is_and_offered_a_small_one(
    digits_workspace, open_page, monkeypatch
):
    started = []
    monkeypatch.setattr(jobs, "put_in_line", lambda argv: started.append(list(argv)) or "job")
    page = open_page(digits_workspace, "window")
    assert "No window of this run has been retrained on yet" in told(page)
    assert "22 retrainings" in told(page)
    assert brush_header(page)["why"].startswith("Nothing has been retrained on yet")
    button(page, "Start a small sweep").click().run()
    assert "--offsets=0,0.15,0.3,0.45,0.6" in started[0]


def test_few_windows_are_shown_without_a_prediction(own, open_page):
    write_study(own, usual_points()[:6])
    page = open_page(own, "window")
    assert not page.exception
    assert "A prediction needs five measured windows" in brush_header(page)["why"]
    assert "2 of the five windows that a prediction needs are measured." in told(page)


def test_a_control_is_no_window(own, open_page):
    write_study(own, [point("all")], seeds=1)
    page = open_page(own, "window")
    assert not page.exception
    assert "No window has been retrained on yet" in told(page)
    assert "1 retraining, of no window yet; each takes" in told(page)
    assert brush_header(page)["why"] == "A prediction needs five measured windows; there are none."
    assert "None of the five windows that a prediction needs is measured." in told(page)


@pytest.mark.parametrize(("num", "is_predicted"), [(4, False), (5, True)])
def test_a_prediction_needs_five_windows_beside_all_images(found, num, is_predicted):
    windows = list(found.every.loc[found.every["rule"] == "window", "point_id"].unique()[:num])
    is_few = found.every["point_id"].isin(windows) | (found.every["rule"] == "all")
    few = findings(found.every[is_few], "el2n")
    assert few.num_windows == num
    assert few.is_predicted == is_predicted
    assert (fit_surface(few.measured) is not None) == is_predicted


def test_without_validation_images_windows_are_chosen_by_test_and_the_page_says_so(own, open_page):
    write_study(own, splits=("test",))
    page = open_page(own, "window")
    assert brush_header(page)["split"] == "test"
    assert "flattering" in told(page)


def test_without_any_held_out_image_there_is_nothing_to_measure_on(own, open_page):
    write_study(own, splits=())
    page = open_page(own, "window")
    assert not page.exception
    assert "neither a validation nor a test" in told(page)


def test_several_studies_can_be_chosen_by_protocol(own, open_page):
    write_study(own)
    write_study(own, usual_points()[:8], protocol=Protocol(fixed="epochs", num_epochs=2))
    page = open_page(own, "window")
    chooser = next(each for each in page.selectbox if each.label == "Study")
    assert chooser.options == [
        "EL2N · the steps of 6 epochs of all images, whatever is kept",
        "EL2N · 2 epochs of what is kept",
    ]
    chooser.set_value(chooser.options[1]).run()
    assert "12 retrainings" not in told(page)
    assert str(page.query_params["study"]).strip("[]'").endswith(".el2n")


def test_an_empty_workspace_and_an_unknown_run_are_said(tmp_path, studied, open_page):
    assert "Nothing audited yet" in open_page(tmp_path / "none", "window").title[0].value
    assert "has no run called" in told(open_page(studied, "window", run="beef"))


@pytest.mark.parametrize(
    "asked",
    [
        None, 3, {}, {"keep": 0, "offset": 0}, {"keep": "nan", "offset": 0}, {"keep": 1e-9, "offset": 0},
        {"keep": 10**400, "offset": 0}, {"keep": 0.5, "offset": 10**400}, {"keep": True, "offset": 0},
    ],
)  # fmt: skip
def test_nonsense_from_the_browser_moves_nothing(asked):
    assert read_place(asked, USUAL) == USUAL


def test_a_window_past_the_end_is_moved_down():
    assert checked_place(0.7, 0.9) == Place(0.7, 0.3)


def test_the_window_begins_at_the_best_that_was_measured(found):
    best = best_place(found)
    assert found.measured_mean(best.keep, best.offset).mean == found.measured.accuracy[:-1].max()
    assert best_place(None) == USUAL


def test_the_list_of_a_window_holds_its_study(studied, found):
    run = open_run(RUN, workspace=studied)
    chosen = study_choices(run.files)[0]
    document = json.loads(window_list(run, "el2n", Place(0.4, 0.28), chosen, found))
    study = document["header"]["selection"]["study"]
    assert study["study_id"] == chosen.study.study_id
    assert study["window"]["num_seeds"] == 2
    assert study["random"]["mean"] == pytest.approx(0.906)
    assert len(document["rows"]) == document["header"]["counts"]["num_kept"] == 518


def test_why_there_is_no_prediction(found):
    assert why_not_predicted(found, Fitted(None, is_newest=False, version="")) == (
        "The prediction is being worked out."
    )


def test_before_the_first_retraining_nothing_is_said_of_the_splits(found):
    none = findings(found.every.iloc[:0], "el2n")
    assert none.split is None
    assert why_not_predicted(none, Fitted(None, is_newest=False, version="")) == (
        "Nothing has been retrained on yet, so no accuracy is known."
    )


def test_work_that_fails_is_tried_again():
    fits, calls = Fits(), []

    def fails():
        calls.append(1)
        raise DataError("no")

    def ask():
        while fits.poll("key", fails) is None:
            pass

    for _ in range(2):
        with pytest.raises(DataError):
            ask()
    assert len(calls) == 2
    assert FITS.newest(("nothing",)) is None


def test_the_cost_of_a_window_counts_only_what_is_missing(found):
    asked = jobs.Asked("run", "el2n", Protocol(), 2)
    assert jobs.missing_for(asked, 0.4, 0.28, found.every) == []
    rules = [each.rule for each, _ in jobs.missing_for(asked, 0.8, 0.0, found.every)]
    assert rules == ["random", "random"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (lambda a: jobs.window_command(a, 0.4, 0.1), ["--keep=0.4", "--offsets=0.1", "--score=el2n"]),
        (lambda a: jobs.window_command(a, 1.0, 0.0), ["--rule=all"]),
        (lambda a: jobs.budget_command(a, [0.2, 0.4], 9), ["--keep=0.2,0.4", "--budget=9"]),
        (lambda a: jobs.random_command(a, 0.4), ["--rule=random", "--keep=0.4"]),
        (jobs.decisions_command, ["--rule=all", "--labels=trained,reviewed,random_reviewed"]),
    ],
)
def test_every_command_is_one_that_the_command_line_takes(command, words, studied, monkeypatch):
    from typer.testing import CliRunner

    from datadiet.cli.app import cli as app

    monkeypatch.setenv("DATADIET_WORKSPACE", str(studied))
    run = open_run(RUN, workspace=studied)
    argv = command(jobs.Asked(run.run_id, "el2n", Protocol(fixed="epochs", num_epochs=2), 2))
    assert set(words) <= set(argv)
    result = CliRunner().invoke(app, [*argv, "--dry-run"])
    if any("reviewed" in word for word in argv):
        assert "has no decisions to retrain with" in result.output  # understood, and nobody has decided yet
    else:
        assert result.exit_code == 0, result.output


def test_changes_count_training_labels_alone():
    labels = pd.DataFrame({"example_id": [0, 1, 2, 3], "split": ["train", "train", "test", "train"]})
    decided = pd.DataFrame({"example_id": [0, 1, 2, 3], "decision": ["relabel", "drop", "drop", "keep"]})
    assert changes_of(labels, decided) == Changes(1, 1)


def test_what_decisions_did_stands_beside_as_many_random_ones():
    sentences = effect_sentences(
        [Effect("reviewed", 0.012, 0.004, 3), Effect("random_reviewed", -0.002, 0.003, 3)], Changes(210, 2)
    )
    assert sentences[0] == (
        "**These 212 decisions (210 relabels and 2 drops) moved accuracy by +1.2 ± 0.4 % (3 seeds).**"
    )
    assert "moved it by \u22120.2 ± 0.3 %" in sentences[1]
    assert "has not been measured" in effect_sentences([], Changes(1, 0))[0]


def test_protocols_are_named():
    assert protocol_words(Protocol(fixed="epochs", num_epochs=1)) == "1 epoch of what is kept"
    assert protocol_words(Protocol()).startswith("the steps of 6 epochs")

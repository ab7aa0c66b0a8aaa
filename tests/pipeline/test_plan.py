"""What an audit decides before its first step; most of it costs no training."""

from dataclasses import replace

import pandas as pd
import pytest
import tiny_set
from PIL import Image

from datadiet.config import NoiseConfig
from datadiet.errors import ConfigError, DataDietError, SourceError
from datadiet.pipeline.plan import AuditOptions, default_folds, duration, plan_audit
from datadiet.pipeline.progress import Silent


def estimated(plan, left):
    """Return the plan with an estimate that costs nothing."""
    return replace(plan, num_left=len(left), seconds=1.0)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a workspace that keeps the prepared set, so that a plan is quick."""
    return tmp_path_factory.mktemp("plans") / "w"


@pytest.fixture
def planned(place, monkeypatch):
    """Return a function that plans an audit of the tiny set, its calibration left out."""
    monkeypatch.setattr("datadiet.pipeline.plan._estimated", estimated)

    def plan(settings=None, **options):
        return plan_audit(
            tiny_set.source(),
            settings or {},
            AuditOptions(**{"num_workers": 0, **options}),
            workspace=place,
            progress=Silent(),
        )

    return plan


def test_defaults_come_from_the_profile(planned):
    plan = planned()
    assert plan.config.profile == "quick"
    assert plan.config.train.model == "quick"
    assert plan.seeds == (0, 1, 2)
    assert plan.config.num_folds == 3  # too few validation images to count wrong labels on
    assert plan.config.noise.kind == "none"


def test_an_own_setting_wins_over_the_profile_and_the_rest_stays(planned):
    plan = planned({"train": {"lr": 0.03125}, "num_folds": 0})
    usual = planned({"num_folds": 0})
    assert plan.config.train == usual.config.train.model_copy(update={"lr": 0.03125})


def test_numbers_written_as_text_are_numbers(planned):
    assert planned({"num_folds": "2"}).config.num_folds == 2


@pytest.mark.parametrize("train", [{"model": "resnet19"}, {"model": "nowhere:net"}, {"lr": 0}])
def test_an_unusable_training_is_refused_before_anything_is_prepared(tmp_path, train):
    with pytest.raises(DataDietError):
        plan_audit(
            tiny_set.source(),
            {"train": train},
            AuditOptions(num_workers=0),
            workspace=tmp_path / "w",
            progress=Silent(),
        )
    assert not list(tmp_path.rglob("images.npy"))


def test_the_plan_says_where_what_was_skipped_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("datadiet.pipeline.plan._estimated", estimated)
    for name in ("cat", "dog"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(4):
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / "set" / name / f"{number}.png")
    (tmp_path / "set" / "cat" / "3.png").write_bytes(b"")
    plan = plan_audit(
        tmp_path / "set",
        {"data": {"max_skipped_fraction": 0.2}},
        AuditOptions(num_workers=1),
        workspace=tmp_path / "w",
        progress=Silent(),
    )
    path = tmp_path / "w" / "datasets" / plan.images.dataset_id / "problems.parquet"
    assert f"Not used: 1 unreadable. Each is listed with its reason in {path}." in plan.text()
    assert path.is_file()


def test_a_set_too_small_for_folds_gets_none():
    few = pd.DataFrame({"split": ["train"] * 5 + ["test"], "group": [""] * 6})
    more = pd.DataFrame({"split": ["train"] * 6, "group": [""] * 6})
    grouped = pd.DataFrame({"split": ["train"] * 6, "group": list("aabbcc")})
    assert [default_folds(frame, 3) for frame in (few, more, grouped)] == [0, 3, 0]


def test_fewer_epochs_move_the_checkpoints(planned):
    train = planned({"train": {"num_epochs": 5}}).config.train
    assert train.checkpoint_epochs[-1] == 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train": {"lrr": 1}}, r"Unknown setting train\.lrr\. Did you mean train\.lr\?"),
        ({"dta": {"image_size": 8}}, r"Unknown setting dta"),
        ({"data": {"image_sise": 8}}, r"Unknown setting data\.image_sise\. Did you mean data\.image_size\?"),
        ({"train": 3}, r"train is 3; it must be a table of settings"),
        ({"train": {"lr": -1}}, r"train\.lr is -1; it must be above 0"),
        ({"num_folds": 1}, r"num_folds is 1: it must be 0, for none, or at least 2\."),
        ({"noise": {"fraction": 2}}, r"noise\.fraction is 2"),
        ({"data": {"image_size": 0}}, r"data\.image_size is 0"),
    ],
)
def test_what_is_not_allowed_is_one_sentence_that_names_it(planned, settings, message):
    with pytest.raises(ConfigError, match=message):
        planned(settings)


def test_a_model_that_is_not_there_is_refused_with_the_nearest(place):
    settings = {"train": {"model": "resnet19"}}
    with pytest.raises(ConfigError, match=r"model is 'resnet19'.* Did you mean resnet1"):
        plan_audit(tiny_set.source(), settings, AuditOptions(), workspace=place, progress=Silent())


def test_an_unknown_setting_is_refused_before_the_source_is_touched(tmp_path):
    with pytest.raises(ConfigError, match=r"train\.lrr"):
        plan_audit(
            "no such source",
            {"train": {"lrr": 1}},
            AuditOptions(),
            workspace=tmp_path / "w",
            progress=Silent(),
        )
    assert not (tmp_path / "w").exists()


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match="'no such source' does not exist"):
        plan_audit("no such source", {}, AuditOptions(), workspace=tmp_path / "w", progress=Silent())


def test_the_run_id_stands_for_what_is_trained_on_what(planned):
    base = planned({"num_folds": 0}).run_id
    changed = [
        {"num_folds": 2},
        {"num_folds": 0, "train": {"lr": 0.03125}},
        {"num_folds": 0, "train": {"num_epochs": 3}},
        {"num_folds": 0, "noise": NoiseConfig.parse("symmetric:0.1").model_dump()},
        {"num_folds": 0, "noise": NoiseConfig.parse("symmetric:0.1", seed=1).model_dump()},
        {"num_folds": 0, "data": {"split_seed": 1}},
        {"num_folds": 0, "data": {"image_size": 6}},
    ]
    ids = [planned(settings).run_id for settings in changed]
    assert len({base, *ids}) == len(changed) + 1


def test_seeds_workers_device_name_and_checkpoints_are_outside_the_run_id(planned):
    base = planned({"num_folds": 0, "train": {"num_epochs": 4}})
    others = [
        planned({"num_folds": 0, "train": {"num_epochs": 4}}, num_seeds=9, num_workers=5, name="x"),
        planned({"num_folds": 0, "train": {"num_epochs": 4, "checkpoint_epochs": [0, 1, 3, 4]}}),
        replace(base, device="cuda:0"),
    ]
    assert {plan.run_id for plan in others} == {base.run_id}


def test_more_seeds_than_one_do_not_change_the_default_folds(planned):
    assert planned(num_seeds=2).run_id == planned(num_seeds=7).run_id


def test_a_plan_trains_nothing(planned, place):
    planned()
    assert not (place / "runs").exists()


def test_the_plan_says_what_it_will_train_and_how_long(planned):
    text = planned({"noise": NoiseConfig.parse("symmetric:0.1").model_dump()}, num_seeds=2).text()
    assert "3 classes, 8 px" in text
    assert "Planted symmetric flips: " in text
    assert "2 x quick for" in text
    assert "about 1 s." in text


def test_the_real_calibration_gives_a_time(place):
    plan = plan_audit(tiny_set.source(), {}, AuditOptions(), workspace=place, progress=Silent())
    assert 0 < plan.describe()["estimated_seconds"] < 600


def test_the_realised_noise_is_told_and_not_the_one_asked_for(planned):
    plan = planned({"noise": NoiseConfig.parse("uniform:0.3").model_dump()})
    eligible = plan.labels["split"] != "test"
    assert plan.realised_noise == plan.labels.loc[eligible, "is_flipped"].mean()
    assert plan.realised_noise < 0.3  # a uniform draw sometimes hits the given label


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (89, "89 s"), (120, "2 min"), (7000, "117 min"), (10600, "2 h 57 min")],
)
def test_durations_read_like_a_person_says_them(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize("seeds", [0, -1, True, 1.5, "3", float("nan")])
def test_a_number_of_seeds_that_is_none_is_refused_by_name(tmp_path, seeds):
    with pytest.raises(ConfigError, match=r"seeds is .* a whole number from 1 to 1000"):
        plan_audit("digits", {}, AuditOptions(num_seeds=seeds), workspace=tmp_path / "w", progress=Silent())
    assert not (tmp_path / "w").exists()


def test_a_workspace_among_the_images_is_refused_before_it_is_made(tmp_path):
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    inside = tmp_path / "photos" / "cat" / "w"
    with pytest.raises(ConfigError, match="lies inside the source"):
        plan_audit(tmp_path / "photos", {}, AuditOptions(), workspace=inside, progress=Silent())
    assert not inside.exists()

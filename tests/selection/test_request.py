import pytest

from datadiet.config import validated
from datadiet.errors import ConfigError
from datadiet.selection import SelectionRequest


def test_a_window_past_the_end_is_refused_with_what_would_fit():
    with pytest.raises(
        ConfigError, match=r"^window_offset is 0.75; with keep_fraction 0.5 it can be at most 0.5\.$"
    ):
        SelectionRequest(rule="window", score="el2n", keep_fraction=0.5, window_offset=0.75)


def test_a_window_that_ends_exactly_at_the_end_is_allowed():
    SelectionRequest(rule="window", score="el2n", keep_fraction=0.7, window_offset=0.1 + 0.2)


@pytest.mark.parametrize("keep_fraction", [0, -0.1, 1.01, 50])
def test_keep_fraction_outside_0_1_is_refused(keep_fraction):
    with pytest.raises(ConfigError, match=r"keep_fraction is .* in \(0, 1\]"):
        SelectionRequest(rule="hardest", score="el2n", keep_fraction=keep_fraction)


def test_keep_fraction_that_is_not_a_number_is_refused():
    with pytest.raises(ConfigError, match="keep_fraction"):
        validated(SelectionRequest, {"rule": "hardest", "score": "el2n", "keep_fraction": float("nan")})


def test_an_unknown_rule_names_the_rules_there_are():
    with pytest.raises(ConfigError, match="rule is 'topk'; it must be one of hardest, easiest, window"):
        SelectionRequest(rule="topk")


def test_a_setting_the_rule_would_not_read_is_refused():
    with pytest.raises(ConfigError, match=r"rule hardest does not read window_offset, which is 0\.2"):
        SelectionRequest(rule="hardest", score="el2n", keep_fraction=0.5, window_offset=0.2)


def test_a_ranked_rule_without_a_score_is_refused():
    with pytest.raises(ConfigError, match="needs a score"):
        SelectionRequest(rule="easiest", keep_fraction=0.5)


@pytest.mark.parametrize("quota", ["floor", "floor:x", "floor:1.5", "half", "equal:3"])
def test_a_quota_that_is_not_one_is_refused(quota):
    with pytest.raises(ConfigError, match="quota"):
        SelectionRequest(rule="hardest", score="el2n", keep_fraction=0.5, quota=quota)


def test_a_floor_above_what_is_kept_is_refused():
    with pytest.raises(ConfigError, match=r"quota is floor:0.5; .*can be at most 0.4"):
        SelectionRequest(rule="hardest", score="el2n", keep_fraction=0.4, quota="floor:0.5")


def test_what_a_rule_does_not_read_is_no_part_of_its_parameters():
    request = SelectionRequest(rule="hardest", score="el2n", keep_fraction=0.5)
    assert set(request.parameters()) == {"rule", "score", "keep_fraction", "quota", "drop_suspects"}


def test_the_cutoff_of_covering_gives_way_to_the_keep_fraction():
    assert SelectionRequest(rule="covering", score="el2n", keep_fraction=0.5).cutoff == pytest.approx(0.1)
    assert SelectionRequest(rule="covering", score="el2n", keep_fraction=1.0).cutoff == pytest.approx(0.0)

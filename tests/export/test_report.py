import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from datadiet.export.report import Estimate, render_report
from datadiet.frames.examples import PROBLEMS
from datadiet.frames.scores import RELIABILITY
from datadiet.frames.training import HISTORY
from datadiet.frames.triage import CONFUSED, TRUTH
from tests.export.hostile import HOSTILE
from tests.export.report_data import made_up_report

VOID = {"meta", "link", "img"}


class Tags(HTMLParser):
    """Collects tags and attributes, and checks that what is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page():
    return render_report(made_up_report())


def test_the_report_answers_in_its_first_lines(page):
    assert re.search(r"About 43 of 400 labels look wrong \(36–52, 95 % interval\)", page)


def test_the_report_shows_fifty_of_each_kind(page):
    assert page.count('<li class="card') == 100
    assert page.count("looks wrong 0.") + page.count("looks wrong 1.") == 50


def test_a_count_of_weak_models_is_warned_of():
    weak = Estimate(
        43, 36, 52, 400, "by confident learning", "The models name 70.8 % of held-out images right."
    )
    page = render_report(made_up_report(estimate=weak))
    assert '<p class="warning">The models name 70.8 % of held-out images right.</p>' in page
    assert "too high where the count above is" in page
    assert 'class="warning"' not in render_report(made_up_report())


def test_every_tag_is_closed(page):
    assert Tags(page).open == []


def test_bad_input_62_nothing_in_the_report_points_outside_it(page):
    for _, attributes in Tags(page).tags:
        assert not {"onerror", "onload", "onclick", "style"} & set(attributes)
        for name in ("src", "href", "action", "srcset"):
            assert attributes.get(name, "data:").startswith("data:")
    assert "url(" not in page
    assert "@import" not in page


def test_bad_input_62_the_policy_forbids_scripts_and_requests(page):
    policy = next(
        a["content"] for t, a in Tags(page).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not [tag for tag, _ in Tags(page).tags if tag in {"script", "iframe", "object", "base", "form"}]


def test_r20_hostile_names_are_shown_as_text_and_nothing_else():
    num = len(HOSTILE) * 4
    data = made_up_report(class_names=HOSTILE, num=num, keys=[HOSTILE[i % len(HOSTILE)] for i in range(num)])
    page = render_report(data)
    parsed = Tags(page)
    assert parsed.open == []
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "\u202e" not in page
    assert "\\u202egnp.exe" in page


def test_text_from_templates_in_names_is_not_run():
    page = render_report(made_up_report(class_names=("{{ 7 * 7 }}", "{% raw %}")))
    assert "{{ 7 * 7 }}" in page
    assert "{% raw %}" in page


def test_a_run_with_little_to_tell_still_has_a_report():
    scores = made_up_report().scores[["example_id", "source_key", "split", "given_label", "label", "el2n"]]
    data = made_up_report(
        scores=scores,
        problems=PROBLEMS.empty(),
        history=HISTORY.empty().assign(seed=pd.Series(dtype="int64")),
        truth=TRUTH.empty(),
        confused=CONFUSED.empty(),
        reliability=RELIABILITY.empty(),
        estimate=None,
    )
    page = render_report(data)
    assert Tags(page).open == []
    assert "has not been estimated" in page
    assert "every file of the source is an example" in page


def test_one_seed_has_no_standard_error():
    data = made_up_report()
    page = render_report(
        made_up_report(
            scores=data.scores.assign(el2n_se=np.nan), history=data.history[data.history["seed"] == 0]
        )
    )
    assert not re.search(r"\bnan\b", re.sub(r"data:[^\"]*", "", page), re.IGNORECASE)
    assert "1 seed)" in page


def test_r18_the_same_data_give_the_same_bytes(page):
    assert render_report(made_up_report()) == page

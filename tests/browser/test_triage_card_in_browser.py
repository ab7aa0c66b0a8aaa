"""The triage card in real Chromium: all that judging takes is in view, originals, axe, nothing given away."""

from __future__ import annotations

import re
import shutil
import time

import numpy as np
import pytest
from PIL import Image

from datadiet.pipeline.api import audit
from datadiet.pipeline.plan import AuditOptions
from datadiet.pipeline.run import open_run
from tests.app.conftest import photographs
from tests.browser.axe import serious_findings
from tests.browser.conftest import dashboard

__all__ = ["photographs"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = ((1440, 900), (1024, 768))
NEEDED = (
    "canvas.main", ".labelled", ".votes", ".exemplar-tiles >> nth=0", ".exemplar-tiles >> nth=1",
    ".near", ".decide", ".likeliest", ".moves",
)  # fmt: skip


@pytest.fixture(scope="module")
def root(photographs, tmp_path_factory):
    """Return the photographs' workspace and folder, to move about in."""
    place = tmp_path_factory.mktemp("card")
    shutil.copytree(photographs, place / "workspace")
    return place / "workspace"


@pytest.fixture(scope="module")
def port(root):
    with dashboard(root) as port:
        yield port


@pytest.fixture(scope="module")
def digits_port(digits_workspace, tmp_path_factory):
    root = tmp_path_factory.mktemp("card-digits") / "workspace"
    shutil.copytree(digits_workspace, root)
    with dashboard(root) as port:
        yield port


@pytest.fixture(scope="module")
def long_names_port(tmp_path_factory):
    """Serve a run of weak models and classes with long names: many words beside the image."""
    root = tmp_path_factory.mktemp("card-long-names")
    generator = np.random.default_rng(0)
    for name in ("cat at home on a very long winter evening", "dog that is out for a walk in the park"):
        (root / "photos" / name).mkdir(parents=True)
        for number in range(20):
            pixels = generator.integers(0, 256, (24, 32, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(root / "photos" / name / f"{number}.png")
    audit(
        root / "photos", seeds=3, workspace=root / "w", settings={"train": {"num_epochs": 1}},
        options=AuditOptions(num_workers=0),
    )  # fmt: skip
    with dashboard(root / "w") as port:
        yield port


@pytest.fixture
def twins(tmp_path):
    """Return a workspace with one audit of pictures that lie in their folder twice."""
    return audited_twins(tmp_path, side=16)


@pytest.fixture
def large_twins(tmp_path):
    """Return the same of pictures that are prepared smaller than they are."""
    return audited_twins(tmp_path, side=200)


def audited_twins(tmp_path, *, side):
    generator = np.random.default_rng(0)
    for name in ("dark", "light"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(12):
            pixels = generator.integers(0, 256, (side, side, 3)).astype(np.uint8)
            for copy in ("a", "b"):
                Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}{copy}.png")
    settings = {"train": {"num_epochs": 1}}
    audit(
        tmp_path / "photos", seeds=1, workspace=tmp_path / "w", settings=settings,
        options=AuditOptions(num_workers=0),
    )  # fmt: skip
    return tmp_path / "w"


def opened(page, port, expect, **query):
    words = "&".join(f"{name}={value}" for name, value in query.items())
    page.goto(f"http://127.0.0.1:{port}/triage?{words}")
    expect(page.locator(".single[data-ready=true]")).to_be_visible(timeout=120_000)
    if query.get("queue") != "duplicates":
        expect(page.locator(".exemplar-tiles canvas").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
@pytest.mark.parametrize("which", ["digits_port", "port", "long_names_port"])
def test_all_that_judging_takes_is_above_the_fold(page, request, expect, size, which):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, request.getfixturevalue(which), expect)
    for _ in range(3):
        bar = page.locator(".actions").bounding_box()
        for name in NEEDED:
            box = page.locator(name).first.bounding_box()
            assert box["width"] > 0, name
            assert box["y"] >= 0, name
            assert box["y"] + box["height"] <= size[1], (name, box)
            if name not in {".decide", ".likeliest", ".moves"}:
                assert box["y"] + box["height"] <= bar["y"], (name, "lies below the buttons")
        page.keyboard.press("s")


def test_a_cell_of_many_says_label_and_suggestion_each_on_a_line_of_its_own(page, digits_port, expect):
    opened(page, digits_port, expect)
    page.keyboard.press("m")
    cell = page.locator(".cell").first
    label, suggestion = cell.locator(".line").all()
    expect(suggestion).to_have_text(re.compile(r"^→ \d$"))
    assert suggestion.bounding_box()["y"] >= label.bounding_box()["y"] + label.bounding_box()["height"]
    assert cell.get_attribute("title") == f"{label.inner_text()} {suggestion.inner_text()}"
    label.evaluate("line => (line.textContent = 'a very long name '.repeat(9))")
    assert label.bounding_box()["width"] <= cell.bounding_box()["width"]
    assert suggestion.is_visible()


def test_the_image_stays_where_it_is_from_card_to_card(page, digits_port, expect):
    opened(page, digits_port, expect)
    boxes = []
    for _ in range(6):
        expect(page.locator(".single[data-ready=true]")).to_be_visible()
        boxes.append(page.locator("canvas.main").bounding_box())
        page.keyboard.press("s")
    assert all(box == boxes[0] for box in boxes)


def test_the_original_replaces_the_prepared_picture_once_a_card_stands(page, port, expect):
    opened(page, port, expect)
    picture = page.locator("canvas.main")
    before = picture.bounding_box()
    expect(picture).to_have_attribute("data-shown", "original")
    expect(page.locator(".words .facts")).to_contain_text("original 400 × 300")
    assert picture.evaluate("canvas => [canvas.width, canvas.height]") == [400, 300]
    assert picture.bounding_box() == before
    page.wait_for_function("""() => {
        const roots = [...document.querySelectorAll("*")].map((each) => each.shadowRoot);
        const { deck } = roots.map((each) => each?.querySelector(".deck-root")).find(Boolean);
        return deck.originals.has(deck.queue.order[deck.queue.next(deck.place)]);
    }""")
    page.keyboard.press("s")
    assert picture.get_attribute("data-shown") == "original"  # it was fetched ahead
    assert page.errors == []


def test_keys_are_not_kept_waiting_by_originals(page, port, expect):
    opened(page, port, expect)
    for _ in range(8):
        before = page.locator(".single").get_attribute("data-example")
        page.keyboard.press("s")
        assert page.locator(".single").get_attribute("data-example") != before
    expect(page.locator("canvas.main")).to_have_attribute("data-shown", "original")


def test_a_source_that_has_moved_is_said_to_have(page, photographs, root, port, expect):
    del root
    folder = photographs.parent / "photos"
    folder.rename(folder.with_name("elsewhere"))
    try:
        opened(page, port, expect, queue="outliers")
        expect(page.locator(".missing")).to_have_text(
            "This is the prepared picture. The source is not where it was."
        )
        assert page.locator("canvas.main").get_attribute("data-shown") == "prepared"
    finally:
        folder.with_name("elsewhere").rename(folder)


def test_what_was_planted_shows_only_where_it_is_asked_for(page, digits_port, digits_workspace, expect):
    run = open_run("short digits", workspace=digits_workspace)
    labels = run.files.labels
    flipped = int(labels.loc[labels["is_flipped"], "example_id"].iloc[0])
    worst = run.suspects()["example_id"].tolist()
    flipped = next(each for each in worst if labels["is_flipped"][each]) if worst else flipped
    opened(page, digits_port, expect, show="planted", example=flipped)
    expect(page.locator(".single")).to_have_attribute("data-example", str(flipped))
    assert "flipped on purpose" not in page.locator(".stage").inner_text()
    assert "◆" not in page.locator("[data-testid=stMain]").inner_text()
    page.get_by_label("Show planted flips").check()
    expect(page.locator(".words .flip")).to_contain_text("◆ flipped on purpose, was")
    page.reload()
    expect(page.locator(".single[data-ready=true]")).to_be_visible(timeout=120_000)
    expect(page.locator(".words .flip")).to_be_hidden()


def test_a_redraw_leaves_the_chips_where_the_focus_may_be(page, digits_port, expect):
    opened(page, digits_port, expect)
    chip = page.locator(".likeliest .chip").first
    chip.evaluate("each => { each.dataset.same = 'yes'; }")
    page.get_by_label("Show planted flips").check()
    expect(page.locator(".words .flip")).to_contain_text("◆ flipped on purpose, was")
    expect(chip).to_have_attribute("data-same", "yes")
    assert page.errors == []


def test_originals_replace_the_prepared_pictures_of_a_group(page, large_twins, expect):
    with dashboard(large_twins) as port:
        opened(page, port, expect, queue="duplicates")
        for place in range(2):
            picture = page.locator(".member canvas").nth(place)
            expect(picture).to_have_attribute("data-shown", "original")
            assert picture.evaluate("canvas => [canvas.width, canvas.height]") == [200, 200]
        assert page.errors == []


def test_a_redraw_of_a_group_leaves_the_keyboard_on_its_button(page, twins, expect):
    with dashboard(twins) as port:
        opened(page, port, expect, queue="duplicates")
        button = page.get_by_label("Keep image 2, drop the others")
        button.focus()
        button.evaluate("each => { each.dataset.same = 'yes'; }")
        page.locator(".deck-root").evaluate("each => each.deck.refresh()")
        expect(button).not_to_have_attribute("data-same", "yes")
        expect(button).to_be_focused()
        assert page.errors == []


def test_every_control_is_reached_by_tab_and_shows_the_focus(page, digits_port, expect):
    opened(page, digits_port, expect)
    page.locator(".deck-root").focus()
    reached, seen = [], time.monotonic() + 30
    while time.monotonic() < seen and len(reached) < 45:
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
            let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            if (!at?.closest(".deck-root")) return null;
            const style = getComputedStyle(at);
            return [at.className, parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none"];
        }""")
        if found is None:
            break
        reached.append(found)
    assert all(is_seen for _, is_seen in reached), [name for name, is_seen in reached if not is_seen]
    names = " ".join(name for name, _ in reached)
    for part in ("keep", "relabel", "drop", "unsure", "chip", "note", "quiet", "strip-tile"):
        assert part in names
    page.locator(".deck-root").focus()
    page.keyboard.press("?")
    expect(page.locator(".keys-dialog")).to_contain_text("relabel to the suggested class")
    assert page.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_filled_page(page, digits_port, expect, scheme):
    page.emulate_media(color_scheme=scheme)
    for query in ("mislabels", "outliers"):
        opened(page, digits_port, expect, queue=query)
        assert serious_findings(page) == []
    page.keyboard.press("m")
    expect(page.locator(".many[data-ready=true]")).to_be_visible()
    assert serious_findings(page) == []
    page.keyboard.press("Space")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Type a class")).to_be_focused()
    assert serious_findings(page) == []

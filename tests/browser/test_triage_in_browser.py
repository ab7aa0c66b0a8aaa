"""Triage in real Chromium: keys, undo, reload, a server killed and restarted, two tabs, a read-only store."""

from __future__ import annotations

import re
import shutil

import pytest

from app.decisions import store_operations
from datadiet.pipeline.run import open_run
from datadiet.store.reviews import read_reviews
from datadiet.store.workspace import Workspace
from datadiet.triage.reviews import active
from tests.app.conftest import HOSTILE_CLASSES, hostile_workspace
from tests.browser.conftest import dashboard, free_port, kill, served

__all__ = ["hostile_workspace"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def own_root(digits_workspace, tmp_path_factory):
    """Return a workspace of this module's own, to decide in."""
    root = tmp_path_factory.mktemp("triage") / "workspace"
    shutil.copytree(digits_workspace, root)
    return root


@pytest.fixture(scope="module")
def port(own_root):
    with dashboard(own_root) as port:
        yield port


@pytest.fixture
def workspace(own_root):
    return Workspace.open(own_root)


def opened(page, port, expect, **query):
    words = "&".join(f"{name}={value}" for name, value in query.items())
    page.goto(f"http://127.0.0.1:{port}/triage?{words}")
    expect(page.locator(".single[data-ready=true]")).to_be_visible(timeout=120_000)
    return page


def example(page):
    return int(page.locator(".single").get_attribute("data-example"))


def press(page, expect, *keys):
    """Press keys one after the other, each once its image is there; return the examples they were about."""
    seen = []
    for key in keys:
        expect(page.locator(".single[data-ready=true]")).to_be_visible()
        seen.append(example(page))
        page.keyboard.press(key)
    return seen


def saved(page, expect):
    expect(page.locator(".saved")).to_have_text("saved ✓")


def new_rows(workspace, after):
    """Return the reviews after a sequence as (example_id, decision)."""
    rows = read_reviews(workspace, after=after)
    [run_id] = [path.name for path in (workspace.root / "runs").iterdir()]
    examples = open_run(run_id, workspace=workspace.root).files.images.examples
    ids = examples.set_index("source_key")["example_id"]
    return [
        (int(ids[key]), decision) for key, decision in zip(rows["source_key"], rows["decision"], strict=True)
    ]


def last_sequence(workspace):
    rows = read_reviews(workspace)
    return int(rows["sequence"].max()) if len(rows) else 0


def test_fifty_suspects_by_keys_are_stored_in_order_each_about_the_image_shown(page, port, workspace, expect):
    before = last_sequence(workspace)
    opened(page, port, expect)
    keys = ["k", "x", "u", "0", "1"] * 10
    seen = press(page, expect, *keys)
    saved(page, expect)
    assert len(set(seen)) == 50
    decided = new_rows(workspace, before)
    assert [each for each, _ in decided] == seen
    words = {"k": {"keep"}, "x": {"drop"}, "u": {"unsure"}, "0": {"no_class"}, "1": {"relabel", "keep"}}
    assert all(decision in words[key] for key, (_, decision) in zip(keys, decided, strict=True))
    assert page.errors == []


def test_undo_survives_a_reload_and_goes_back_to_the_image(page, port, workspace, expect):
    opened(page, port, expect)
    first, second = press(page, expect, "k", "x")
    saved(page, expect)
    page.reload()
    expect(page.locator(".single[data-ready=true]")).to_be_visible(timeout=120_000)
    page.keyboard.press("z")
    expect(page.locator(".single")).to_have_attribute("data-example", str(second))
    page.keyboard.press("z")
    expect(page.locator(".single")).to_have_attribute("data-example", str(first))
    page.keyboard.press("Shift+Z")
    expect(page.locator(".toast")).to_contain_text("Done again")
    expect(page.locator(".single")).not_to_have_attribute("data-example", str(first))
    saved(page, expect)
    held = active(read_reviews(workspace)).tail(1).iloc[0]
    assert held["decision"] == "keep"
    rows = new_rows(workspace, last_sequence(workspace) - 5)
    assert rows == [(first, "keep"), (second, "drop"), (second, "undo"), (first, "undo"), (first, "undo")]


def test_keys_are_heard_at_once_after_a_link_and_after_another_queue_is_chosen(page, port, expect):
    page.goto(f"http://127.0.0.1:{port}/overview")
    page.locator("[data-testid=stSidebarNavLink]", has_text="Triage").click()
    expect(page.locator(".single[data-ready=true]")).to_be_visible(timeout=120_000)
    for queue in ("Mislabels", "Outliers"):
        if queue == "Outliers":
            page.get_by_role("radio", name=queue).or_(page.get_by_role("button", name=queue)).first.click()
        expect(page.locator(".headline")).to_contain_text(queue)
        expect(page.locator(".single[data-ready=true]")).to_be_visible()
        seen = example(page)
        page.keyboard.press("ArrowRight")
        expect(page.locator(".single")).not_to_have_attribute("data-example", str(seen))
    page.keyboard.press("?")
    expect(page.locator(".keys-dialog h2")).to_be_focused()
    assert page.locator(".keys-dialog .list").evaluate("list => list.scrollTop") == 0
    assert page.errors == []


@pytest.mark.parametrize("height", [1000, 768])
def test_the_button_that_closes_the_keys_is_in_sight_while_the_list_scrolls(page, port, expect, height):
    page.set_viewport_size({"width": 1024, "height": height})
    opened(page, port, expect)
    page.keyboard.press("?")
    button, dialog = page.locator(".keys-dialog button"), page.locator(".keys-dialog")
    for end in ("0", "list.scrollHeight"):
        page.locator(".keys-dialog .list").evaluate(f"list => (list.scrollTop = {end})")
        box, around = button.bounding_box(), dialog.bounding_box()
        assert around["y"] <= box["y"]
        assert box["y"] + box["height"] <= around["y"] + around["height"] <= height
    expect(page.locator(".keys-dialog tr").last).to_be_in_viewport()
    button.click()
    expect(dialog).to_be_hidden()


ASK_AS_BEFORE_THE_QUEUE_CAME = """() => {
  const hosts = [...document.querySelectorAll("*")].filter((each) => each.shadowRoot);
  const [root] = hosts.map((each) => each.shadowRoot.querySelector(".deck-root")).filter(Boolean);
  const receive = root.deck.receive.bind(root.deck);
  root.deck.receive = (header) => {
    receive(header);
    if (header.hello) root.dataset.begunAgain = header.version;
  };
  root.deck.ask({ turn: "overtaken", have: "", after: 0, chunks: [], classes: [], originals: [] });
}"""


def test_a_queue_that_is_sent_once_more_stays_at_the_card_that_was_reached(page, port, expect):
    opened(page, port, expect, queue="outliers")
    decided = press(page, expect, "ArrowRight", "u", "ArrowRight")
    here, headline = example(page), page.locator(".headline").inner_text()
    page.evaluate(ASK_AS_BEFORE_THE_QUEUE_CAME)
    expect(page.locator(".deck-root")).to_have_attribute("data-begun-again", re.compile(r".+"))
    assert example(page) == here
    assert page.locator(".headline").inner_text() == headline
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".single")).to_have_attribute("data-example", str(decided[-1]))
    assert page.errors == []


def test_a_reload_in_the_middle_stays_at_the_image_and_passes_over_what_is_settled(page, port, expect):
    opened(page, port, expect)
    [decided, *_] = press(page, expect, "k", "s", "s")
    here = example(page)
    saved(page, expect)
    page.wait_for_url(f"**example={here}*")
    page.reload()
    expect(page.locator(".single")).to_have_attribute("data-example", str(here), timeout=120_000)
    opened(page, port, expect, queue="mislabels")
    assert example(page) != decided


def test_a_reload_right_after_fast_typing_opens_the_next_card_and_none_that_was_settled(page, port, expect):
    page.on("dialog", lambda dialog: dialog.accept())
    opened(page, port, expect)
    for _ in range(3):
        decided = press(page, expect, "k", "k", "k")
        page.reload()
        expect(page.locator(".single")).to_have_attribute("data-example", re.compile(r"\d+"), timeout=120_000)
        saved(page, expect)
        assert example(page) not in decided


def test_decisions_made_while_the_server_is_killed_arrive_when_it_is_back(
    page, digits_workspace, tmp_path, expect
):
    root, port = tmp_path / "workspace", free_port()
    shutil.copytree(digits_workspace, root)
    workspace, process = Workspace.open(root), served(root, port)
    try:
        opened(page, port, expect)
        page.wait_for_timeout(1500)  # cards ahead
        seen = press(page, expect, "k", "x", "k")
        saved(page, expect)
        kill(process)
        seen += press(page, expect, "x", "k", "x", "u")
        expect(page.locator(".saved.offline")).to_contain_text("4 decisions wait in this tab", timeout=30_000)
        assert len(read_reviews(workspace)) == 3
        process = served(root, port)
        saved(page, expect)
        seen += press(page, expect, "k")
        saved(page, expect)
        words = ["keep", "drop", "keep", "drop", "keep", "drop", "unsure", "keep"]
        assert new_rows(workspace, 0) == list(zip(seen, words, strict=True))
        page.keyboard.press("z")
        expect(page.locator(".single")).to_have_attribute("data-example", str(seen[-1]))
    finally:
        kill(process)


def test_two_tabs_on_one_queue_lose_nothing_and_see_each_other(page, port, workspace, expect):
    before = last_sequence(workspace)
    opened(page, port, expect)
    other = page.context.new_page()
    opened(other, port, expect)
    in_first = press(page, expect, "k", "x")
    saved(page, expect)
    start = example(other)
    assert start == in_first[0]  # it was opened before, and shows what it showed
    in_second = press(other, expect, "u")
    saved(other, expect)
    expect(other.locator(".single")).not_to_have_attribute("data-example", str(in_second[0]))
    assert sorted(new_rows(workspace, before)) == sorted([
        (in_first[0], "keep"),
        (in_first[1], "drop"),
        (in_second[0], "unsure"),
    ])
    other.locator(".single").click()
    press(other, expect, "s", "s")
    assert example(other) not in in_first
    other.close()


def test_many_are_marked_and_decided_at_once_and_undone_at_once(page, port, workspace, expect):
    before = last_sequence(workspace)
    opened(page, port, expect)
    page.keyboard.press("m")
    expect(page.locator(".many[data-ready=true]")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".cell.marked")).to_have_count(3)
    page.keyboard.press("x")
    saved(page, expect)
    rows = new_rows(workspace, before)
    assert [decision for _, decision in rows] == ["drop"] * 3
    page.keyboard.press("z")
    saved(page, expect)
    assert [decision for _, decision in new_rows(workspace, before)] == ["drop"] * 3 + ["undo"] * 3


def test_where_two_people_differ_the_card_shows_both_opinions(page, port, workspace, expect):
    opened(page, port, expect)
    shown = example(page)
    [run_id] = [path.name for path in (workspace.root / "runs").iterdir()]
    theirs = {"id": "bob-1", "run_id": run_id, "example_id": shown, "decision": "drop", "note": "smudged"}
    assert store_operations(workspace, [theirs], who="bob").stored == ["bob-1"]
    press(page, expect, "k")
    saved(page, expect)
    page.keyboard.press("ArrowLeft")
    opinions = page.locator(".opinions")
    expect(opinions).to_contain_text("Reviewers differ:")
    expect(opinions).to_contain_text("bob: ✕ drop“smudged”")
    expect(opinions).to_contain_text("you: ✓ label is right")
    page.locator(".tools select").select_option("disputed")
    expect(page.locator(".single")).to_have_attribute("data-example", str(shown))


def test_a_class_is_found_by_typing_and_a_new_one_can_be_named(page, port, workspace, expect):
    before = last_sequence(workspace)
    opened(page, port, expect)
    page.keyboard.press("/")
    page.keyboard.type("smudge")
    expect(page.get_by_role("option", name="New class “smudge”")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    page.keyboard.type("hard to say")
    page.keyboard.press("Enter")
    page.keyboard.press("u")
    saved(page, expect)
    rows = read_reviews(workspace, after=before)
    assert rows[["decision", "new_label", "note"]].to_numpy().tolist() == [
        ["new_class", "smudge", ""],
        ["unsure", "", "hard to say"],
    ]


def test_a_workspace_that_cannot_be_written_says_so_and_keeps_the_decisions(
    page, digits_workspace, tmp_path, expect
):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    workspace = Workspace.open(root)
    read_reviews(workspace)
    with dashboard(root) as port:
        opened(page, port, expect)
        refuse_writing(root)
        press(page, expect, "k", "x")
        expect(page.locator(".saved.offline")).to_contain_text("2 decisions wait in this tab", timeout=60_000)
        assert "Not saved" in page.locator(".saved").inner_text()
        assert page.evaluate("window.dispatchEvent(new Event('beforeunload', {cancelable: true}))") is False
        allow_writing(root)
        saved(page, expect)
    assert read_reviews(workspace)["decision"].tolist() == ["keep", "drop"]


def refuse_writing(root):
    """Let the database refuse every new row, as one that is read-only does; root writes to any file."""
    _execute(
        root, "CREATE TRIGGER refuse BEFORE INSERT ON reviews BEGIN SELECT RAISE(ABORT, 'read-only'); END"
    )


def allow_writing(root):
    _execute(root, "DROP TRIGGER refuse")


def _execute(root, statement):
    import sqlite3

    connection = sqlite3.connect(root / "workspace.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_r20_hostile_names_are_shown_as_text_and_asked_for_nowhere(page, hostile_workspace, tmp_path, expect):
    root = tmp_path / "workspace"
    shutil.copytree(hostile_workspace, root)
    with dashboard(root) as port:
        opened(page, port, expect)
        title = page.locator(".focus .labelled").inner_text()
        assert any(name.split()[0][:6] in title or "\\u202e" in title for name in HOSTILE_CLASSES)
        page.keyboard.press("/")
        page.keyboard.type("<img")
        expect(page.get_by_role("option", name="<img src=x onerror=alert(1)>", exact=True)).to_be_visible()
        page.keyboard.press("Enter")
        saved(page, expect)
    assert read_reviews(Workspace.open(root))["new_label"].tolist() in (
        ["<img src=x onerror=alert(1)>"],
        [""],
    )
    assert all("evil.example" not in url for url in page.requests)
    assert page.errors == []

"""Points in real Chromium: drawn by WebGL, pointed at, picked by lasso and by key, opened in Browse."""

import re
import shutil

import pytest

from tests.browser.axe import serious_findings
from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 120_000  # a busy machine

FIND = """(document.querySelector(".scatter-root") ?? [...document.querySelectorAll("*")]
    .map((each) => each.shadowRoot?.querySelector(".scatter-root")).find(Boolean)).scatter"""
COLORS = f"""() => {{ // how many colours the drawn points have
  const s = {FIND};
  s.draw();
  const gl = s.points.gl, w = s.canvas.width, h = s.canvas.height, pixels = new Uint8Array(4 * w * h);
  gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  return new Set(new Uint32Array(pixels.buffer)).size;
}}"""


@pytest.fixture(scope="module")
def port(digits_workspace, tmp_path_factory):
    root = tmp_path_factory.mktemp("compare") / "workspace"
    shutil.copytree(digits_workspace, root)  # what is picked is kept in it
    with dashboard(root) as port:
        yield port


@pytest.fixture
def opened(page, port):
    page.goto(f"http://127.0.0.1:{port}/compare?view=map")
    page.wait_for_selector(".stage[data-drawn]", timeout=180_000)
    if not page.evaluate(f"() => {FIND}.points.works"):
        pytest.skip("this Chromium has no WebGL 2")
    return page


def drag_around_all(page):
    box = page.locator(".stage").bounding_box()
    left, top, right, bottom = (
        box["x"] + 4,
        box["y"] + 4,
        box["x"] + box["width"] - 4,
        box["y"] + box["height"] - 4,
    )
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 8)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()


def test_points_are_painted_and_a_lasso_around_all_picks_all_and_opens_them(opened, expect):
    assert opened.evaluate(COLORS) > 20
    drag_around_all(opened)
    expect(opened.locator(".status")).to_have_text("1,797 of 1,797 images picked")
    opened.get_by_role("link", name="Look at these 1,797 in Browse").click()
    expect(opened).to_have_url(re.compile(r"/browse\?.*ids=[0-9a-f]{8}"))
    assert opened.errors == []


NAMES = f"""() => {{ // the names of regions, and how many points lie under each
  const s = {FIND};
  return (s.names ?? []).map(({{ text, x, y, width, dx, dy }}) => {{
    const [left, top] = [s.toX(x) + dx - width / 2, s.toY(y) + dy - 11];
    let num = 0;
    for (let i = 0; i < s.num; i++) {{
      const [px, py] = [s.toX(s.places[2 * i]), s.toY(s.places[2 * i + 1])];
      num += px >= left && px <= left + width && py >= top && py <= top + 22;
    }}
    return [text, num];
  }});
}}"""


@pytest.mark.parametrize("width", [1440, 1024])
def test_the_regions_of_cartography_are_all_named_where_no_point_lies(page, port, expect, width):
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(f"http://127.0.0.1:{port}/compare?view=cartography")
    page.wait_for_selector(".stage[data-drawn]", timeout=180_000)
    expect(page.locator(".status")).to_contain_text("images")
    assert page.evaluate(NAMES) == [["easy", 0], ["hard", 0], ["ambiguous", 0]]


def test_what_a_lasso_picked_outlives_a_reload_another_view_and_the_way_to_browse(opened, expect):
    drag_around_all(opened)
    button = opened.get_by_role("link", name="Look at these 1,797 in Browse")
    expect(button).to_be_enabled()
    expect(opened).to_have_url(re.compile(r"picked=[0-9a-f]{8}"))
    opened.reload()
    expect(opened.locator(".status")).to_have_text("1,797 of 1,797 images picked")
    opened.get_by_text("Cartography", exact=True).click()
    expect(opened).to_have_url(re.compile(r"view=cartography"))
    expect(opened.locator(".status")).to_contain_text("1,797 of")
    button.click()
    expect(opened).to_have_url(re.compile(r"/browse\?.*ids=[0-9a-f]{8}"))
    expect(opened.get_by_text("images handed over")).to_be_visible()
    opened.reload()
    expect(opened.get_by_text("images handed over")).to_be_visible()
    assert opened.errors == []


def test_back_from_browse_finds_the_points_as_they_were_picked(opened, expect):
    drag_around_all(opened)
    opened.get_by_role("link", name="Look at these 1,797 in Browse").click()
    expect(opened.get_by_text("images handed over")).to_be_visible()
    opened.go_back()
    expect(opened).to_have_url(re.compile(r"/compare\?.*picked=[0-9a-f]{8}"))
    expect(opened.locator(".status")).to_have_text("1,797 of 1,797 images picked")
    assert opened.errors == []


def test_an_image_is_shown_and_picked_by_keys_alone(opened, expect):
    opened.locator(".stage").focus()
    opened.keyboard.press("n")
    expect(opened.locator(".card canvas")).to_be_visible()
    first = opened.evaluate(f"() => {FIND}.hover")
    opened.keyboard.press("n")
    assert opened.evaluate(f"() => {FIND}.hover") != first
    opened.keyboard.press("p")
    assert opened.evaluate(f"() => {FIND}.hover") == first
    opened.keyboard.press("Space")
    expect(opened.locator(".status")).to_have_text("1 of 1,797 images picked")
    expect(opened.get_by_role("link", name="Look at this one in Browse")).to_be_enabled()


def test_every_control_is_reached_by_tab_and_shows_the_focus(opened):
    opened.locator(".tools button").first.focus()
    reached = []
    for _ in range(8):
        reached.append(
            opened.evaluate("""() => {
                let at = document.activeElement;
                while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                const style = getComputedStyle(at);
                const isRinged = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
                return [at.textContent.trim() || at.className, isRinged || style.boxShadow !== "none"];
            }""")
        )
        opened.keyboard.press("Tab")
    names = [name for name, _ in reached]
    assert names[:7] == ["Lasso", "Box", "Move", "+", "−", "Fit", "stage"]
    assert all(is_seen for _, is_seen in reached[1:7])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_filled_points(opened, expect, scheme):
    opened.emulate_media(color_scheme=scheme)
    drag_around_all(opened)
    expect(opened.locator(".status")).to_have_text("1,797 of 1,797 images picked")
    opened.locator(".stage").focus()
    opened.keyboard.press("n")
    expect(opened.locator(".card canvas")).to_be_visible()
    assert serious_findings(opened) == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_the_points_and_what_is_done_with_them_are_in_view(opened, width, height):
    opened.set_viewport_size({"width": width, "height": height})
    opened.wait_for_timeout(500)
    stage = opened.locator(".stage").bounding_box()
    button = opened.get_by_role("link", name="Look at them in Browse").bounding_box()
    assert stage["height"] >= 280
    assert button["y"] + button["height"] <= height


def test_keys_zoom_pick_what_is_in_view_and_clear(opened, expect):
    stage = opened.locator(".stage")
    stage.focus()
    for _ in range(6):
        opened.keyboard.press("+")
    opened.keyboard.press("Enter")
    expect(opened.locator(".status")).to_have_text(re.compile(r"^\d+ of 1,797 images picked$"))
    opened.keyboard.press("Escape")
    expect(opened.locator(".status")).to_have_text("1,797 images")
    expect(opened.get_by_role("link", name="Look at them in Browse")).to_have_attribute("disabled", "")


def test_pointing_at_a_point_shows_its_picture_and_labels(opened, expect):
    spot = opened.evaluate(f"""() => {{
        const s = {FIND}, box = s.stage.getBoundingClientRect();
        return [box.left + s.toX(s.places[0]), box.top + s.toY(s.places[1])];
    }}""")
    opened.mouse.move(*spot)
    expect(opened.locator(".card canvas")).to_be_visible()
    expect(opened.locator(".card dl")).to_contain_text("labelled")


def test_another_view_keeps_the_page_and_goes_into_the_address(opened, expect):
    opened.get_by_role("radio", name="Cartography").or_(
        opened.get_by_role("button", name="Cartography")
    ).first.click()
    expect(opened).to_have_url(re.compile(r"view=cartography"))
    expect(opened.get_by_text("never believed")).to_be_visible()


@pytest.mark.parametrize("width", [1024, 1440])
def test_the_page_fits_its_window(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width

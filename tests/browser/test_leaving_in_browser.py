"""Leaving a page in real Chromium while its parts have something to say, and parts that go, or do not."""

import pytest

from app.components.scripts import joined
from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 30_000  # a page that was cleared stays empty

ROOT = """[...document.querySelectorAll("*")].map((each) => each.shadowRoot?.querySelector(".browse-root") ??
    (each.matches(".browse-root") ? each : null)).find(Boolean)"""
LINE = f"{ROOT}.browse.line"
# What the part lacks is asked for again and again, as while somebody scrolls.
ASK = f"""const line = {LINE}, collect = line.collect;
  line.collect = () => collect() ?? {{ version: "", asked: {{}} }};
  const ask = () => {{ line.inFlight = undefined; line.sendNow(); }};"""


@pytest.fixture(scope="module")
def port(digits_workspace):
    with dashboard(digits_workspace) as port:
        yield port


@pytest.fixture
def browsed(page, port):
    """Return Browse, reached from Compare, with its images drawn."""
    page.goto(f"http://127.0.0.1:{port}/compare")
    page.wait_for_selector(".stage[data-drawn]", timeout=180_000)
    page.evaluate("() => { window.entriesOfCompare = history.length; }")  # an address may be written twice
    page.get_by_role("link", name="Browse", exact=True).click()
    page.wait_for_selector(".browse-root canvas", timeout=180_000)
    return page


def test_back_while_the_page_asks_for_images_draws_the_page_before(browsed, expect):
    back = "history.go(window.entriesOfCompare - history.length);"
    browsed.evaluate(f"() => {{ {ASK} {back} [1, 5, 20, 60].forEach((ms) => setTimeout(ask, ms)); }}")
    expect(browsed.locator(".stage[data-drawn]")).to_be_visible()
    assert browsed.errors == []


def test_a_link_while_the_page_asks_for_images_leads_to_its_page(browsed, expect):
    browsed.evaluate(
        f"""() => {{ {ASK}
        document.querySelector('[data-testid=stSidebarNav] a[href*="compare"]').click();
        [1, 5, 20, 60].forEach((ms) => setTimeout(ask, ms)); }}"""
    )
    expect(browsed.locator(".stage[data-drawn]")).to_be_visible()
    assert browsed.errors == []


def test_a_key_while_the_page_asks_for_images_leads_to_its_page(browsed, expect):
    browsed.keyboard.press("g")
    browsed.evaluate(
        f"""() => {{ {ASK}
        document.dispatchEvent(new KeyboardEvent("keydown", {{ key: "c", bubbles: true }}));
        [1, 5, 20, 60].forEach((ms) => setTimeout(ask, ms)); }}"""
    )
    expect(browsed.locator(".stage[data-drawn]")).to_be_visible()
    assert browsed.errors == []


def test_a_page_that_nobody_left_after_all_has_what_it_said_answered(browsed):
    browsed.evaluate(
        f"""() => {{ document.addEventListener("click", (event) => event.preventDefault(), {{ once: true }});
        const link = document.createElement("a");
        link.href = "/elsewhere";
        document.body.append(link);
        link.click();
        {ASK} ask(); window.asked = line.inFlight; }}"""
    )
    answered = f"() => Number({LINE}.inFlight?.split('-')[1] ?? 1e9) > Number(window.asked.split('-')[1])"
    browsed.wait_for_function(answered, timeout=PATIENCE_MS)
    assert browsed.errors == []


def test_a_page_that_was_cleared_is_drawn_again(browsed, expect):
    """What was said just before Back is sent just after it, which no part can call back."""
    browsed.evaluate(
        f"""() => {{ {ASK}
        const root = {ROOT};
        const say = () => root.here.say("up", {{ version: "", asked: {{}}, turn: "late" }});
        window.addEventListener("popstate", say, {{ once: true }});
        history.go(window.entriesOfCompare - history.length); }}"""
    )
    expect(browsed.locator(".stage[data-drawn]")).to_be_visible()
    assert browsed.errors == []


def test_a_part_stays_where_a_newer_call_overtook_an_older_one_and_closes_once_it_is_gone(page, port):
    """Streamlit runs the cleanup of a call that was overtaken while its script was being fetched."""
    page.goto(f"http://127.0.0.1:{port}/docs")
    found = page.evaluate(
        """async (script) => {
        const part = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
        const parentElement = document.body.appendChild(document.createElement("div"));
        parentElement.innerHTML = '<div class="keys-root"></div>';
        const root = parentElement.firstChild;
        const data = { colors: {}, keys: [], screens: {}, storageKey: "", ack: null };
        const call = () => part.default({ data, parentElement, setStateValue() {}, setTriggerValue() {} });
        const overtaken = call(), keys = root.pageKeys, newest = call();
        overtaken();
        await new Promise((done) => setTimeout(done, 1300));
        const stays = root.pageKeys === keys;
        parentElement.remove();
        newest();
        return [stays, root.pageKeys === undefined];
        }""",
        joined("leaving.js", "operation_log.js", "page_keys/page_keys.js"),
    )
    assert found == [True, True]

"""The board in a real browser: watched live, signed in to, on a phone, and by everybody."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
Eyes: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
BROWSED = {"ROTATION_WEB__LISTEN": "127.0.0.1:0"}
PAGES = (
    "/",
    "/groups/desk",
    "/groups/desk/adopt",
    "/groups/desk/access",
    "/people/ben",
    "/holds",
    "/review",
    "/history",
    "/week",
    "/workload",
    "/people/nobody",
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
GROUP = "120363041234567001@g.us"

STRANGE = """\
tell: [mara]
people:
  ana: {name: '<script>alert("ana")</script>', phone: "+351912345678"}
  ben: {name: 'بنيامين بن عبد الرحمن المغربي', phone: "+6591234567", zone: Asia/Singapore}
  chen: {name: "Adolph Blaine Charles David Earl Frederick Gerald Hubert Irvin John Kenneth Lloyd \
Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft", phone: "+8613812345678"}
  dora: {name: '"><img src=x onerror=alert(1)>', phone: "+491711234567"}
  mara: {name: "{{ 7 * 7 }} Mara", phone: "+351961234567"}
"""


def url_of(daemon: Any) -> str:  # noqa: ANN401 - a program of the process tests
    return str(daemon.waits_for("the board is at")["url"])


def row(page: Page, person: str) -> Any:  # noqa: ANN401 - a locator
    return page.locator(f'.room[data-key="desk"] [data-key="{person}"]')


@pytest.mark.promise("P-live")
def test_a_handover_is_watched_live(site: MakeSite, eyes: Eyes) -> None:
    desk = site("07:50")
    daemon = desk.daemon(**BROWSED)
    desk.until("07:55", daemon)
    with eyes.on() as page:
        page.goto(url_of(daemon))
        page.evaluate("window.sameDocument = true")
        expect(row(page, "ana")).to_contain_text("in on duty")
        expect(row(page, "ben")).to_have_count(0)
        page.get_by_role("link", name="desk").focus()
        desk.until("08:00", daemon)
        expect(row(page, "ben")).to_contain_text("joining on duty")
        desk.until("08:00:02", daemon)
        expect(row(page, "ben")).to_contain_text("in on duty")
        desk.until("08:10", daemon)
        expect(row(page, "ana")).to_have_count(0)
        expect(page.locator("#pulse")).to_have_text("live")
        assert page.evaluate("window.sameDocument")
        assert page.evaluate("document.activeElement.textContent") == "desk"
        assert eyes.complaints == []
        assert daemon.stop() == 0  # with a page open that is told of every change
        expect(page.locator("#pulse")).to_have_text("not live")
    eyes.complaints.clear()  # the browser says that it has lost the daemon


@pytest.mark.promise("P-board")
def test_a_hold_is_shown_with_its_remedy_and_goes_when_that_was_done(
    site: MakeSite, eyes: Eyes
) -> None:
    desk = site("07:50")
    desk.world.does("demote", chat=GROUP, phone="us")
    daemon = desk.daemon(**BROWSED)
    desk.until("07:55", daemon)
    with eyes.on("phone") as page:
        page.goto(url_of(daemon))
        need = page.locator("#needs .need", has_text="not_admin")
        expect(need).to_contain_text("our account is not an admin of the group")
        expect(need).to_contain_text("make our account an admin of the group again")
        command = need.locator("code").text_content()
        released = re.fullmatch(r'rotation (release) (\d+) --reason "\.\.\."', command or "")
        assert released
        desk.world.does("promote", chat=GROUP, phone="us")
        assert desk.once(*released.groups(), "--reason", "made admin again").returncode == 0
        desk.until("08:10", daemon)
        expect(page.get_by_role("heading", name="Nothing here needs a person")).to_be_visible()
        expect(row(page, "ben")).to_contain_text("in on duty")


@pytest.mark.promise("P-door")
def test_signing_in_leads_on_and_a_revoked_token_leads_out(site: MakeSite, eyes: Eyes) -> None:
    desk = site("07:50")
    daemon = desk.daemon(**BROWSED, ROTATION_WEB__URL="https://board.example")
    url = url_of(daemon)
    made = desk.once("token", "create", "Mara's phone", "--author", "mara")
    secret = made.stdout.splitlines()[0]
    with eyes.on("phone") as page:
        page.goto(f"{url}/groups/desk")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert Axe().run(page, options=RULES).violations_count == 0
        page.get_by_label("Token").fill("rot_0000000000_" + "x" * 43)
        page.get_by_label("Token").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not known")
        page.get_by_label("Token").fill(secret)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{url}/")
        expect(page.get_by_text("Mara's phone")).to_be_visible()
        (kept,) = (c for c in page.context.cookies() if c["name"] == "rotation")
        assert kept["httpOnly"]
        assert kept["sameSite"] == "Strict"
        assert desk.once("token", "revoke", secret.split("_")[1]).returncode == 0
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    eyes.complaints = [told for told in eyes.complaints if "403" not in told]  # it was not known


LOOKS = (("desk", "light"), ("desk", "dark"), ("phone", "light"))


@pytest.mark.promise("P-everybody")
def test_everybody_can_use_every_page_whatever_people_are_called(
    site: MakeSite, eyes: Eyes
) -> None:
    """axe finds nothing; a phone scrolls in one direction; no name is more than a name."""
    desk = site("07:50", people=STRANGE)
    daemon = desk.daemon(**BROWSED)
    desk.world.does("demote", chat=GROUP, phone="us")
    desk.until("08:20", daemon)
    url = url_of(daemon)
    for device, scheme in LOOKS:
        with eyes.on(device, scheme, reduced_motion="reduce") as page:
            for path in PAGES:
                page.goto(url + path)
                found = Axe().run(page, options=RULES)
                assert found.violations_count == 0, found.generate_report()
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= page.viewport_size["width"], f"{path} on a {device}: {width}"
                assert page.get_by_text("49 Mara").count() == 0
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            light = sum(map(int, re.findall(r"\d+", ground))) > 3 * 128
            assert light == (scheme == "light")
    eyes.complaints = [told for told in eyes.complaints if "404" not in told]


@pytest.mark.promise("P-everybody")
def test_every_page_is_reached_by_keyboard_and_the_groups_without_scripts_too(
    site: MakeSite, eyes: Eyes
) -> None:
    desk = site("07:50")
    daemon = desk.daemon(**BROWSED)
    desk.until("07:55", daemon)
    with eyes.on(java_script_enabled=False) as page:
        page.goto(url_of(daemon))
        expect(row(page, "ana")).to_contain_text("in on duty")
        assert page.locator('meta[http-equiv="refresh"]').get_attribute("content") == "30"
    with eyes.on() as page:
        page.goto(url_of(daemon))
        page.keyboard.press("Tab")
        expect(page.get_by_text("To the content")).to_be_focused()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        for name in ("Week", "Holds", "Review", "History", "Groups"):
            page.get_by_role("link", name=name, exact=True).focus()
            page.keyboard.press("Enter")
            expect(page.locator("h1")).to_have_text(re.compile(rf"^{name}( of |$)"))

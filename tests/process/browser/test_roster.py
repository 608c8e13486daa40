"""The roster page on a phone: everyday tasks in five taps, without scripts, and by everybody."""

from typing import Any, TypeAlias

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Any
Eyes: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NARROW = {"width": 360, "height": 740}
BROWSED = {"ROTATION_WEB__LISTEN": "127.0.0.1:0"}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Thumb:
    """Taps links, buttons and boxes, and counts them; typing is not counted."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.taps = 0

    def on(self, what: Locator) -> None:
        what.first.click()
        self.taps += 1

    def link(self, name: str) -> None:
        self.on(self._page.get_by_role("link", name=name, exact=True))

    def button(self, name: str) -> None:
        self.on(self._page.get_by_role("button", name=name))

    def starts(self, url: str) -> None:
        self.taps = 0
        self._page.goto(url)


WATCHED = """\
shifts:
  asia: {zone: UTC, hours: 00:00 to 12:00, everyone: [ana]}
  europe: {zone: UTC, hours: 12:00 to 24:00, everyone: [ben]}
groups:
  desk: {account: main, chat: 120363041234567001@g.us, shifts: [asia, europe]}
"""


@pytest.mark.promise("P-everybody", "P-edits")
def test_agents_join_and_leave_and_groups_are_adopted_in_five_taps(
    site: MakeSite, eyes: Eyes
) -> None:
    desk = site("07:50", WATCHED)
    daemon = desk.daemon(**BROWSED)
    desk.until("07:55", daemon)
    url = str(daemon.waits_for("the board is at")["url"])
    made = desk.once("token", "create", "Mara's phone", "--role", "operator", "--author", "mara")
    cookie = {"name": "rotation", "value": made.stdout.splitlines()[0], "url": url}
    with eyes.on("phone", java_script_enabled=False) as page:
        page.context.add_cookies([cookie])
        page.set_viewport_size(NARROW)
        thumb = Thumb(page)
        for does in (_joins, _leaves, _adopts):
            thumb.starts(url)
            thumb.link("Roster")
            does(page, thumb)
            thumb.button("Save")
            assert thumb.taps <= 5
            expect(page.locator("#last")).to_contain_text("Mara's phone on the board")
    written = (desk.folder / "schedules" / "people.yaml").read_text()
    assert "gil-ro" not in written
    with eyes.on("phone") as page:
        page.context.add_cookies([cookie])
        page.set_viewport_size(NARROW)
        for path in ("/roster", "/roster/people/ana", "/roster/groups/desk", "/roster/paste"):
            page.goto(url + path)
            _is_fit(page)
        edit = page.get_by_label("Or a piece of a roster file")
        edit.fill("shifts: {asia: {hours: 00:00 to 11:00}}")
        page.get_by_role("button", name="Look at it").click()
        expect(page.locator("#said")).to_contain_text("nobody for 60 min between asia and europe")
        _is_fit(page)


def _joins(page: Page, thumb: Thumb) -> None:
    thumb.link("New agent")
    page.get_by_label("Name").fill("Gil Ro")
    page.get_by_label("WhatsApp number").fill("+351 910 000 009")
    thumb.on(page.get_by_role("checkbox", name="asia"))
    thumb.button("Look at it")
    expect(page.locator("#said")).to_contain_text("New in the roster: Gil Ro.")


def _leaves(page: Page, thumb: Thumb) -> None:
    thumb.link("Gil Ro")
    thumb.button("They leave")
    expect(page.locator("#said")).to_contain_text("Out of the roster: Gil Ro.")


def _adopts(page: Page, thumb: Thumb) -> None:
    thumb.on(page.locator("#groups").get_by_role("link", name="desk"))
    thumb.button("Adopt it")
    expect(page.locator("#said")).to_contain_text("desk is in mode managed from then on")


def _is_fit(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], page.url

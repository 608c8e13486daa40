"""The everyday tasks in a real browser before the real daemon, at phone and desktop width."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
Eyes: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
Time: TypeAlias = Callable[[str], None]
"""Lets so many minutes of the world pass."""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
FEWEST = 44
"""CSS pixels that whatever a thumb is to meet is high, at least."""
TOO_SMALL = """
    fewest => [...document.querySelectorAll("main .act, .ask button, .ask select, .ask .tick")]
        .filter(one => one.checkVisibility())
        .map(one => [one.textContent, one.getBoundingClientRect().height])
        .filter(([_, height]) => height < fewest)
"""
"""At one go, as a page that is told of changes may change while one looks at it."""
MOST_TAPS = 5
DESK = """\
shifts:
  night: {zone: UTC, hours: 20:00 to 08:00, days: every day, everyone: [chen]}
  day:
    zone: UTC
    hours: 08:00 to 20:00
    days: every day
    turns: {order: [ben, dora], change: every day, from: 2026-01-05}
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    shifts: [night, day]
    mode: managed
  trial: {account: main, chat: 120363041234567002@g.us, shifts: [day]}
"""
CHAT = "120363041234567001@g.us"


class Thumb:
    """Taps, and counts; whatever page it comes to has to be fit for everybody."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self._looked_at: set[str] = set()
        self.taps = 0

    def home(self) -> "Thumb":
        self.page.goto(self._url)
        self.taps = 0
        return self

    def taps_on(self, what: str, name: str | re.Pattern[str]) -> None:
        self.tap(self.page.get_by_role(what, name=name).first)  # type: ignore[arg-type]  # a role's name

    def tap(self, target: Any) -> None:  # noqa: ANN401 - a locator
        self.taps += 1
        target.click()
        self.page.wait_for_load_state()
        self.fits()

    def writes(self, label: str, text: str) -> None:
        """To fill in a field is a tap as well."""
        self.taps += 1
        self.page.get_by_label(label).fill(text)

    def fits(self) -> None:
        """The same page of the same kind is looked at by axe once."""
        page = self.page
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide"
        assert page.evaluate(TOO_SMALL, FEWEST) == [], page.url
        path = urlsplit(page.url).path.partition("/done/")[0]
        kind = " ".join((path, *page.locator("h1, h2, legend").all_inner_texts()))
        kind = re.sub(r"\d+", "#", kind)
        if kind not in self._looked_at:
            self._looked_at.add(kind)
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"

    def does_it(self) -> None:
        self.taps_on("button", "Show what it does")
        assert self.page.locator("#said").text_content()
        self.taps_on("button", "Do it")
        expect(self.page.locator("#done")).to_be_visible()
        assert self.taps <= MOST_TAPS, f"{self.taps} taps"


def person(thumb: Thumb, who: str) -> None:
    thumb.tap(thumb.page.locator(f'.room [data-key="{who}"] a').first)


def signs_in(thumb: Thumb, secret: str) -> None:
    page = thumb.home().page
    expect(page.get_by_text("This board only shows, unless you sign in")).to_be_visible()
    thumb.taps_on("link", "Sign in to act")
    page.get_by_label("Token").fill(secret)
    thumb.taps_on("button", "Sign in")


def undoes_it(thumb: Thumb) -> None:
    """From the page on which it is carried out."""
    thumb.taps = 0
    thumb.taps_on("link", "Undo")
    thumb.does_it()


def covers_whoever_is_ill_and_undoes_it(thumb: Thumb, time: Time) -> None:
    person(thumb.home(), "ben")
    thumb.taps_on("link", "Is ill: cover")
    thumb.does_it()
    dora = thumb.page.locator('.room[data-key="desk"] [data-key="dora"]')
    expect(dora).to_contain_text("joining on duty")
    time("+1")
    expect(dora).to_contain_text("in on duty")
    expect(thumb.page.locator("#pulse")).to_have_text("live")
    undoes_it(thumb)


def hands_the_group_over(thumb: Thumb) -> None:
    thumb.home().taps_on("link", "desk")
    thumb.taps_on("link", "Hand over now")
    thumb.writes("Why", "knows the case")
    thumb.does_it()


def releases_what_holds_a_handover(thumb: Thumb, time: Time, world: Any) -> None:  # noqa: ANN401 - the sandbox
    """Our account is an admin no more when somebody is to be added, and is made one again."""
    time("+3")
    world.does("demote", chat=CHAT, phone="us")
    hands_the_group_over(thumb)
    time("+6")
    need = thumb.home().page.locator("#needs .need", has_text="not_admin")
    expect(need).to_contain_text("make our account an admin of the group again")
    world.does("promote", chat=CHAT, phone="us")
    thumb.taps_on("link", "Release")
    thumb.writes("Why", "made admin again")
    thumb.does_it()
    time("+2")
    expect(thumb.home().page.locator("#needs")).not_to_contain_text("not_admin")
    thumb.taps_on("link", "desk")
    expect(thumb.page.locator('[data-key="chen"]').first).to_contain_text("in on duty")
    thumb.taps_on("link", re.compile("Undo h"))
    thumb.does_it()
    time("+2")


def gives_a_holiday(thumb: Thumb) -> None:
    person(thumb.home(), "ben")
    thumb.taps_on("link", "Time off")
    thumb.tap(thumb.page.get_by_label("next week,"))
    thumb.does_it()
    undoes_it(thumb)


def lets_two_swap(thumb: Thumb) -> None:
    person(thumb.home(), "ben")
    thumb.taps_on("link", "Swap a shift")
    thumb.writes("Why", "agreed between them")
    thumb.does_it()
    undoes_it(thumb)


def adopts_a_group_that_was_watched_and_undoes_it(thumb: Thumb) -> None:
    thumb.home().taps_on("link", "trial")
    thumb.taps_on("link", "Adopt it")
    thumb.taps_on("button", "Adopt it")
    expect(thumb.page.locator("#said")).to_contain_text("trial is in mode managed from then on")
    thumb.taps_on("button", "Save")
    assert thumb.taps <= MOST_TAPS
    expect(thumb.page.locator("#last")).to_contain_text("groups trial")
    thumb.taps_on("link", "Undo it")
    thumb.taps_on("button", "Save")
    expect(thumb.page.locator("#last")).to_contain_text("groups trial")


def wipes_whoever_has_left_and_takes_it_back(thumb: Thumb, time: Time) -> None:
    person(thumb.home(), "ben")
    thumb.taps_on("link", "Has left: wipe")
    thumb.taps_on("button", "Show what it does")
    thumb.tap(thumb.page.get_by_label("Yes, this is meant"))
    thumb.taps_on("button", "Do it")
    assert thumb.taps <= MOST_TAPS
    expect(thumb.page.locator("#wipe")).to_contain_text("still to go: desk")
    time("+10")
    expect(thumb.page.locator("#wipe")).to_contain_text("out of desk")
    thumb.taps = 0
    thumb.taps_on("link", "Undo")
    thumb.writes("Why", "back again")
    thumb.does_it()


def lets_somebody_in_for_a_ticket_until_it_is_resolved(thumb: Thumb, url: str, ticket: str) -> None:
    thumb.home().taps_on("link", "desk")
    thumb.taps_on("link", "Let somebody in")
    thumb.page.get_by_label("Or a number").fill("+351 91 234 5999")
    thumb.page.get_by_label("Whose number it is").fill("Zoe Lim")
    thumb.page.get_by_label("Ticket").fill(ticket)
    thumb.writes("Why", "knows the billing")
    thumb.does_it()
    thumb.page.goto(f"{url}/orders/resolve?ticket={ticket}")
    thumb.taps = 0
    thumb.writes("Why", "fixed")
    thumb.does_it()


def closes_a_group_and_opens_it_again(thumb: Thumb) -> None:
    thumb.home().taps_on("link", "desk")
    thumb.taps_on("link", "Close")
    thumb.writes("What is said there before all leave", "Thank you all, we are done.")
    thumb.writes("Why", "the project is over")
    thumb.taps_on("button", "Show what it does")
    thumb.tap(thumb.page.get_by_label("Yes, this is meant"))
    thumb.taps_on("button", "Do it")
    thumb.taps = 0
    thumb.taps_on("link", "Undo")
    thumb.writes("Why", "it goes on")
    thumb.does_it()


def lets_somebody_in_without_scripts(page: Page, url: str) -> None:
    page.goto(f"{url}/groups/desk")
    page.get_by_role("link", name="Let somebody in").click()
    page.get_by_label("Who", exact=True).select_option("mara")
    page.get_by_label("Why").fill("looks after the customer")
    page.get_by_role("button", name="Show what it does").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#done")).to_contain_text("Written down as g")


@pytest.mark.promise("P-hands", "P-everybody")
def test_everything_that_people_do_takes_five_taps_on_a_phone_and_at_a_desk(
    site: MakeSite, eyes: Eyes
) -> None:
    desk = site("07:50", DESK)
    daemon = desk.daemon(ROTATION_WEB__LISTEN="127.0.0.1:0")
    minutes = 8 * 60 + 10

    def time(later: str) -> None:
        nonlocal minutes
        minutes += int(later)
        desk.until(f"{minutes // 60:02}:{minutes % 60:02}", daemon)

    time("+0")
    url = str(daemon.waits_for("the board is at")["url"])
    made = desk.once("token", "create", "Mara", "--role", "admin", "--author", "otto")
    for device in ("small", "desk"):
        with eyes.on(device) as page:
            thumb = Thumb(page, url)
            signs_in(thumb, made.stdout.splitlines()[0])
            covers_whoever_is_ill_and_undoes_it(thumb, time)
            releases_what_holds_a_handover(thumb, time, desk.world)
            lets_two_swap(thumb)
            gives_a_holiday(thumb)
            adopts_a_group_that_was_watched_and_undoes_it(thumb)
            lets_somebody_in_for_a_ticket_until_it_is_resolved(thumb, url, f"OPS-{device}")
            wipes_whoever_has_left_and_takes_it_back(thumb, time)
            closes_a_group_and_opens_it_again(thumb)
            time("+5")
            state = page.context.storage_state()
    with eyes.on("desk", "dark", storage_state=state, java_script_enabled=False) as page:
        lets_somebody_in_without_scripts(page, url)
        time("+5")
        page.reload()
        expect(page.locator('.room [data-key="mara"]')).to_contain_text("in")

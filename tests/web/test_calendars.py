"""Calendars at an address: for whoever is signed in, and by a token that opens one and no more."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import icalendar
import pytest
from structlog.testing import capture_logs

from rotation.core.roster import Change, Doing, GroupId, PersonId
from rotation.core.timeline import Timeline

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CHEN = "/calendar/people/chen.ics"
NOTHING = (404, "there is nothing here\n")


def address(board: Board, calendar: str, until: datetime | None = None) -> str:
    with board.ledger.writing() as books:
        _, secret = books.tokens.make("Chen's", "mara", board.at, until, calendar=calendar)
    return f"/calendar/{calendar}.ics?token={secret}"


def said(board: Board, path: str, **more: Any) -> tuple[int, str]:  # noqa: ANN401 - whatever a request has
    answer = board.ask(path, **more)
    return answer.status_code, answer.text


def test_a_calendar_has_what_the_timeline_says_of_the_roster_in_force(board: Board) -> None:
    answer = board.ask(CHEN)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["last-modified"] == "Mon, 05 Jan 2026 07:00:00 GMT"
    found = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    with board.ledger.reading() as books:
        _, roster = books.rosters.in_force()
    since, until = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 8, 3, tzinfo=UTC)
    spans = Timeline(roster).spans(GroupId("acme"), since, until)
    theirs = [(s.starts, s.ends) for s in spans if s.person == "chen"]
    assert sorted((e.decoded("dtstart"), e.decoded("dtend")) for e in found) == theirs
    for everybodys, count in (("groups/acme", len(spans)), ("shifts/europe", len(spans) // 3)):
        text = board.ask(f"/calendar/{everybodys}.ics").content
        assert text.count(b"BEGIN:VEVENT") == count


@pytest.mark.parametrize(("page", "calendar"), [("people", "chen"), ("groups", "acme")])
def test_pages_lead_to_the_calendar_and_say_how_it_is_given_away(
    board: Board, page: str, calendar: str
) -> None:
    text = board.page(f"/{page}/{calendar}")
    assert f'href="/calendar/{page}/{calendar}.ics"' in text
    assert f"--calendar {page}/{calendar}" in text


def test_who_has_it_already_is_told_so_until_the_roster_in_force_is_another(shut: Board) -> None:
    path = address(shut, "people/chen")
    answer = shut.ask(path)
    mark = {"if-none-match": f'"x", W/{answer.headers["etag"]}'}
    again = shut.ask(path, headers=mark)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert shut.ask(path).content == answer.content
    shut.at += timedelta(minutes=1)
    later = date(2026, 1, 7)
    with shut.ledger.writing() as books:
        off = Change(Doing.COVER, PersonId("chen"), PersonId("otto"), first=later, last=later)
        books.changes.make(off, shut.at)
    changed = shut.ask(path, headers=mark)
    assert changed.status_code == 200
    assert changed.headers["last-modified"] == "Mon, 05 Jan 2026 12:01:00 GMT"
    assert len(changed.content) < len(answer.content)


@pytest.mark.promise("P-calendar-token")
def test_a_calendar_that_is_given_away_opens_nothing_else(shut: Board) -> None:
    path = address(shut, "people/chen")
    secret = path.partition("=")[2]
    answer = shut.ask(path)
    assert answer.status_code == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert shut.ask(path, "HEAD").status_code == 200
    for other in ("people/dora", "groups/acme", "shifts/europe", "people/che", "people/chen.ics"):
        assert said(shut, f"/calendar/{other}.ics?token={secret}") == NOTHING
    assert said(shut, f"/calendar/people/chen?token={secret}") == NOTHING
    for page in ("/", "/people/chen", "/calendar", "/live"):
        assert said(shut, f"{page}?token={secret}")[0] == 401
    bearer = {"authorization": f"Bearer {secret}"}
    assert said(shut, "/people/chen", headers=bearer)[0] == 401
    assert said(shut, CHEN, headers=bearer)[0] == 401
    assert shut.ask(path, "POST").status_code == 405


@pytest.mark.promise("P-calendar-token")
def test_without_its_token_a_calendar_is_shut_like_a_page_and_opens_for_whoever_signed_in(
    shut: Board,
) -> None:
    assert said(shut, CHEN) == (401, "sign in first\n")
    with shut.ledger.writing() as books:
        _, secret = books.tokens.make("Mara", "mara", shut.at)
    bearer = {"authorization": f"Bearer {secret}"}
    assert said(shut, CHEN, headers=bearer)[0] == 200
    assert said(shut, "/calendar/people/nobody.ics", headers=bearer) == NOTHING
    assert said(shut, f"{CHEN}?token={secret}") == NOTHING  # it is for pages, and no address


@pytest.mark.promise("P-calendar-token")
def test_a_calendars_token_ends_and_is_revoked_and_then_tells_nothing(shut: Board) -> None:
    path = address(shut, "people/chen", NOON + timedelta(hours=1))
    assert said(shut, path)[0] == 200
    shut.at = NOON + timedelta(hours=1)
    assert said(shut, path) == NOTHING
    path = address(shut, "people/otto")
    assert said(shut, path)[0] == 200
    with shut.ledger.writing() as books:
        assert [one.used_at for one in books.tokens.all()] == [NOON, shut.at]
        books.tokens.end(books.tokens.all()[-1].prefix, shut.at)
    assert said(shut, path) == NOTHING


def test_whoever_may_be_in_no_group_has_no_calendar(shut: Board) -> None:
    path = address(shut, "people/chen")
    with shut.ledger.writing() as books:
        books.leavers.mark(PersonId("chen"), "mara", "left", shut.at)
        _, secret = books.tokens.make("Mara", "mara", shut.at)
    assert said(shut, path) == NOTHING
    page = said(shut, "/people/chen", headers={"authorization": f"Bearer {secret}"})
    assert (page[0], "/calendar/" in page[1]) == (200, False)


WRONG = (
    "people/nobody.ics", "people/chen", "people/.ics", "people/..%2Fchen.ics", "x/chen.ics", "",
    "people/%00.ics", "people/%F0%9F%98%80.ics", "people/chen.ics/", "/", ".ics", "people",
)  # fmt: skip


@pytest.mark.promise("P-calendar-token")
def test_a_wrong_address_of_a_calendar_tells_nothing(shut: Board) -> None:
    unknown = "rot_0123456789_" + "x" * 43
    for path in WRONG:
        assert said(shut, f"/calendar/{path}", params={"token": unknown}) == NOTHING, path
    for token in ("", "x", "\x00", unknown, unknown + "\n", "\N{SNOWMAN}" * 99):
        assert said(shut, CHEN, params={"token": token}) == NOTHING, token
    assert said(shut, f"{address(shut, 'people/gone')}") == NOTHING  # no longer in the roster


@pytest.mark.promise("P-calendar-token")
def test_no_log_line_has_a_calendars_token_not_even_when_a_fault_is_ours(
    shut: Board,
) -> None:
    path = address(shut, "people/chen", NOON + timedelta(hours=1))
    with capture_logs() as logged:
        assert said(shut, path)[0] == 200
        assert said(shut, path.replace("chen", "dora")) == NOTHING
        shut.at = None  # nothing can be compared with it
        assert said(shut, path)[0] == 500
    assert [line["event"] for line in logged] == ["a request failed"]
    assert path[-43:] not in repr(logged)

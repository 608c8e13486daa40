"""A calendar that is followed: its events are covers for as long as they stand there."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Change, Doing, PersonId, ShiftId
from rotation.core.timeline import Timeline
from rotation.engine import feeds, wipes
from rotation.engine.feeds import Refusal
from rotation.ledger import Ledger
from rotation.roster_file import digest, read_snapshot
from rotation.settings import Calendar, Secret, load
from rotation.surfaces.answers.calendars import listed
from rotation.surfaces.calendar_feed import CalendarFeed
from rotation.surfaces.doctor import Check, Level
from rotation.surfaces.doctor.feeds import calendars
from rotation.surfaces.feed import By, OutOfDate
from rotation.surfaces.following import Becomes, Plan, carry_out, dropped, planned

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARA = By("mara")
Hr: TypeAlias = Any
"""A server on this machine: the one of conftest.py, which tests cannot import."""
ROSTER = """\
people:
  ana: {name: Ana Reis, phone: "+351912345601"}
  ben: {name: Ben Hale, phone: "+351912345602"}
  cho: {name: Cho Park, phone: "+351912345603"}
  dev: {name: Dev Rao, phone: "+351912345604"}
shifts:
  night: {zone: Europe/Lisbon, hours: 20:00 to 06:00, turns: {change: every week, from: 2026-11-02, order: [ben, ana]}}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [night], mode: managed}
"""  # noqa: E501 - as people write it


def dated(uid: str, day: str, who: str = "Cho Park", **more: str) -> str:
    told = "".join(f"{key}:{value}\n" for key, value in more.items())
    start = f"UID:{uid}\nDTSTART;VALUE=DATE:{day}\nSUMMARY:Night: {who}\n"
    return f"BEGIN:VEVENT\n{start}{told}END:VEVENT\n"


def calendar(*events: str) -> bytes:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{''.join(events)}END:VCALENDAR\n".encode()


@dataclass
class Clinic:
    """A ledger, an hour, and what the clinic's calendar says."""

    ledger: Ledger
    at: datetime = NOW
    says: bytes = calendar()

    def adopt(self, text: str) -> None:
        roster = read_snapshot((("a.yaml", text.encode()),))
        with self.ledger.writing() as books:
            books.rosters.adopt(roster, digest(roster), self.at, "2026a")

    def plan(self, most: int | None = None, shifts: tuple[str, ...] = ()) -> Plan | Refusal:
        with self.ledger.reading() as books:
            return planned(books, "clinic", self.says, shifts, most, self.at)

    def reads(self, *events: str, most: int | None = None) -> str:
        """What comes of reading these events: what was done, or why nothing was."""
        self.says = calendar(*events)
        plan = self.plan(most)
        if isinstance(plan, Refusal):
            return plan.text
        with self.ledger.writing() as books:
            carry_out(books, plan, By("calendar clinic", by_hand=False), self.at)
        self.at += HOUR
        return plan.said

    def night(self, day: int) -> str:
        """Who has the night that begins on this day: of November if it is the 30th, or December."""
        at = datetime(2026, 11 if day == 30 else 12, day, 23, tzinfo=UTC)
        with self.ledger.reading() as books:
            _, roster = books.rosters.in_force() or pytest.fail("no roster")
            (found,) = Timeline(roster).on_duty(next(iter(roster.groups)), at)
            return str(found)

    def changes(self) -> list[Change]:
        with self.ledger.reading() as books:
            return list(books.changes.all())

    def told(self) -> dict[str, str]:
        """What people were to hear since it was asked last."""
        with self.ledger.writing() as books:
            found = books.changes.untold()
            for one in found:
                books.changes.told(one)
        return {str(one.person): one.text for one in found}

    def by_hand(self, *, undo: int | None = None, cover: Change | None = None) -> None:
        with self.ledger.writing() as books:
            if undo is not None:
                assert books.changes.end(undo, self.at)
            if cover is not None:
                books.changes.make(cover, self.at)
        self.at += HOUR


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    with closing(Ledger("sqlite://")) as ledger:
        found = Clinic(ledger)
        found.adopt(ROSTER)
        yield found


def test_an_event_becomes_a_cover_and_one_that_disappears_is_taken_back(clinic: Clinic) -> None:
    assert clinic.reads(dated("one", "20261201")) == "events: 1 new"
    assert [clinic.night(day) for day in (30, 1, 2)] == ["ben", "cho", "ben"]
    (made,) = clinic.changes()
    assert (made.author, made.reason) == ("calendar clinic", "event one")
    told = clinic.told()
    assert told.keys() == {"ben", "cho"}
    assert "Your duty has changed (calendar clinic):" in told["cho"]
    assert clinic.reads(dated("one", "20261201")) == "events: nothing new, 1 as they are"
    assert (clinic.changes(), clinic.told()) == ([made], {})
    assert clinic.reads(dated("two", "20261208")) == "events: 1 new, 1 gone"
    assert [clinic.night(day) for day in (1, 8)] == ["ben", "cho"]
    assert clinic.told().keys() == {"ana", "ben", "cho"}
    with clinic.ledger.reading() as books:
        records = [(r.kind, r.origin, r.detail["why"]) for r in books.audit.list(limit=9)]
    assert records == [
        ("unchanged", "calendar clinic", "event one is gone"),
        ("changed", "calendar clinic", "event two"),
        ("changed", "calendar clinic", "event one"),
    ]


def test_an_event_that_says_something_else_takes_the_place_of_what_it_said(clinic: Clinic) -> None:
    clinic.reads(dated("one", "20261201"))
    clinic.told()
    assert clinic.reads(dated("one", "20261202", SEQUENCE="1")) == "events: 1 changed"
    assert [clinic.night(day) for day in (1, 2)] == ["ben", "cho"]
    assert clinic.reads(dated("one", "20261202", "Dev Rao")) == "events: 1 changed"
    assert clinic.night(2) == "dev"
    assert clinic.told().keys() == {"ben", "cho", "dev"}
    assert clinic.reads(dated("one", "20261202", "Ben Hale")) == "events: 1 changed"
    assert clinic.night(2) == "ben"
    assert clinic.reads(dated("one", "20261202", "Ben Hale")) == "events: nothing new"


def test_names_that_a_program_gives_anew_at_each_export_change_nothing(clinic: Clinic) -> None:
    clinic.reads(dated("first-export", "20261201"))
    before = clinic.changes()
    assert clinic.reads(dated("second-export", "20261201")) == "events: nothing new, 1 as they are"
    assert clinic.changes() == before
    assert clinic.reads(dated("second-export", "20261202")) == "events: 1 changed"


@pytest.mark.parametrize("ends", ["", "DTEND;VALUE=DATE:20261203\n"])
def test_what_is_over_stays_as_history_whether_or_not_the_calendar_still_has_it(
    clinic: Clinic, ends: str
) -> None:
    event = dated("one", "20261201").replace("SUMMARY", f"{ends}SUMMARY")
    clinic.reads(event, dated("two", "20261208"))
    clinic.at = datetime(2026, 12, 2 if not ends else 3, 1, tzinfo=UTC)  # the last night goes on
    assert clinic.reads(dated("two", "20261208")) == "events: nothing new, 1 as they are"
    assert [c.ended_at for c in clinic.changes()] == [None, None]
    assert clinic.reads(event, dated("two", "20261208")) == "events: nothing new, 1 as they are"


def test_an_event_under_way_is_left_as_it_is_and_ends_if_it_is_taken_out(clinic: Clinic) -> None:
    event = dated("one", "20261130", **{"DTEND;VALUE=DATE": "20261203"})
    clinic.reads(event, dated("two", "20261208"))
    clinic.at = datetime(2026, 12, 1, 22, tzinfo=UTC)
    assert clinic.reads(event, dated("two", "20261208")) == "events: nothing new, 2 as they are"
    assert clinic.reads(dated("two", "20261208")) == "events: 1 gone, 1 as they are"
    assert [clinic.night(day) for day in (30, 2)] == ["cho", "ben"]


@pytest.mark.promise("S8", "S-12")
@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], "the calendar clinic is empty, and had 7 events with cover: nothing was done"),
        ([dated("0", "20261201")], "6 events with cover are gone or changed at once"),
        ([dated(str(n), "20270301", "Ana Reis") for n in range(7)],
         "7 events with cover are gone or changed at once"),
        ([dated("0", "20261201"), dated("9", "20261210", "Zoe")],
         "the calendar clinic:9:1: Night: Zoe 2026-12-10: `Night: Zoe` names nobody"),
        ([dated("0", "20261201", RRULE="FREQ=HOURLY")],
         "the calendar clinic:4:1: Night: Cho Park 2026-12-01: of its series, it is"),
        (["BEGIN:VEVENT\n"], "this is no calendar"),
    ],
)  # fmt: skip
def test_what_looks_like_a_mistake_changes_nothing_at_all(
    clinic: Clinic, events: list[str], said: str
) -> None:
    seven = [dated(str(n), f"2026120{n + 1}") for n in range(7)]
    clinic.reads(*seven)
    before = clinic.changes()
    assert said in clinic.reads(*events)
    assert (clinic.changes(), clinic.night(1)) == (before, "cho")


def test_a_person_may_mean_that_many_are_gone_or_all(clinic: Clinic) -> None:
    clinic.reads(*(dated(str(n), f"2026120{n + 1}") for n in range(7)))
    assert clinic.reads(most=7) == "events: 7 gone"
    assert clinic.night(1) == "ben"


def test_a_leaver_covers_nobody(clinic: Clinic) -> None:
    clinic.reads(dated("one", "20261201"))
    with clinic.ledger.writing() as books:
        wipes.begin(books, PersonId("cho"), "mara", "left", clinic.at, by_hand=True)
    assert clinic.reads(dated("one", "20261201")) == "events: nothing new, 1 as they are"
    said = clinic.reads(dated("one", "20261201"), dated("two", "20261202"))
    assert "Night: Cho Park 2026-12-02: Cho Park is a leaver: never added" in said


def test_what_a_person_undid_stays_undone_until_the_event_says_something_else(
    clinic: Clinic,
) -> None:
    clinic.reads(dated("one", "20261201"))
    clinic.by_hand(undo=1)
    left = "events: nothing new, 1 as a person decided"
    assert [clinic.reads(dated("one", "20261201")) for _ in range(2)] == [left] * 2
    clinic.adopt(ROSTER.replace("order: [ben, ana]", "order: [dev, ana]"))
    assert clinic.reads(dated("one", "20261201")) == left
    assert clinic.night(1) == "dev"
    assert clinic.reads(dated("one", "20261201", "Ben Hale")) == "events: 1 changed"
    assert clinic.night(1) == "ben"


def test_a_cover_by_hand_on_top_of_it_stands(clinic: Clinic) -> None:
    clinic.reads(dated("one", "20261201"))
    day = datetime(2026, 12, 1, tzinfo=UTC).date()
    cover = Change(Doing.COVER, PersonId("cho"), PersonId("dev"), None, day, day, author="mara")
    clinic.by_hand(cover=cover)
    assert clinic.reads(dated("one", "20261201")) == "events: nothing new, 1 as they are"
    clinic.adopt(ROSTER.replace("order: [ben, ana]", "order: [ana, ben]"))
    said = "events: nothing new, 1 as a person decided"
    assert clinic.reads(dated("one", "20261201")) == said
    assert [c.ended_at for c in clinic.changes()] == [None, None]


def test_a_swap_by_hand_of_other_days_is_no_word_about_it(clinic: Clinic) -> None:
    clinic.reads(dated("one", "20261202"))
    swap = Change(Doing.SWAP, PersonId("ben"), PersonId("ana"), occurrence="night/2026-12-01/0",
                  for_occurrence="night/2026-12-08/0")  # fmt: skip
    clinic.by_hand(cover=swap)
    clinic.adopt(ROSTER.replace("order: [ben, ana]", "order: [dev, ana]"))
    assert clinic.reads(dated("one", "20261202")) == "events: 1 moved"
    assert clinic.night(2) == "cho"


def test_with_other_turns_in_the_files_the_same_event_covers_whoever_has_the_shift_now(
    clinic: Clinic,
) -> None:
    clinic.reads(dated("one", "20261201"))
    clinic.told()
    clinic.adopt(ROSTER.replace("order: [ben, ana]", "order: [ana, ben]"))
    assert clinic.night(1) == "ana"
    assert clinic.reads(dated("one", "20261201")) == "events: 1 moved"
    assert clinic.night(1) == "cho"
    assert clinic.told().keys() == {"ana", "cho"}
    assert clinic.reads(dated("one", "20261201")) == "events: nothing new, 1 as they are"


def test_what_begins_too_far_ahead_is_left_for_then(clinic: Clinic) -> None:
    assert clinic.reads(dated("one", "20280303")) == "events: nothing new, 1 too far ahead"
    plan = clinic.plan()
    assert isinstance(plan, Plan)
    assert plan.reread_at == datetime(2028, 3, 3, tzinfo=UTC) - timedelta(days=400)
    clinic.at = plan.reread_at
    assert clinic.reads(dated("one", "20280303")) == "events: 1 new"


def test_a_calendar_may_be_of_some_shifts_only(clinic: Clinic) -> None:
    clinic.says = calendar(dated("one", "20261201"))
    refused = clinic.plan(shifts=("nihgt",))
    assert isinstance(refused, Refusal)
    assert "calendars.clinic.shifts: there is no shift `nihgt`" in refused.why
    assert "Did you mean `night`?" in refused.to_do
    plan = clinic.plan(shifts=("night",))
    assert isinstance(plan, Plan)
    assert [change.shift for change, _ in plan.steps[0].makes] == [ShiftId("night")]


def test_a_calendar_that_is_followed_no_more_takes_all_of_its_own_back(clinic: Clinic) -> None:
    clinic.reads(dated("one", "20261201"))
    with clinic.ledger.writing() as books:
        assert dropped(books, "other", clinic.at).steps == ()
        plan = dropped(books, "clinic", clinic.at)
        assert [step.becomes for step in plan.steps] == [Becomes.GONE]
        carry_out(books, plan, MARA, clinic.at)
        assert books.calendar_covers.calendars(clinic.at) == {}
    assert clinic.night(1) == "ben"


def test_what_was_weighed_by_another_roster_is_not_written(clinic: Clinic) -> None:
    clinic.says = calendar(dated("one", "20261201"))
    plan = clinic.plan()
    assert isinstance(plan, Plan)
    clinic.reads(dated("one", "20261201"))
    with pytest.raises(OutOfDate), clinic.ledger.writing() as books:
        carry_out(books, plan, MARA, clinic.at)
    assert len(clinic.changes()) == 1


def test_a_number_in_the_name_of_an_event_is_shown_to_nobody(clinic: Clinic) -> None:
    clinic.reads(dated("call-351912345603", "20261201"))
    (made,) = clinic.changes()
    assert made.reason.startswith("event call-***603~")
    assert clinic.reads(dated("call-351912345603", "20261201")).endswith("1 as they are")


# -- series -------------------------------------------------------------------------------


def tuesdays(*more: str, **rule: str) -> tuple[str, ...]:
    """Cho has the night of every Tuesday; and what is instead of some of them."""
    rule = {"RRULE": "FREQ=WEEKLY;COUNT=60", **rule}
    return dated("tue", "20261201", **rule), *more


def instead(of: str, day: str, who: str = "Cho Park", **more: str) -> str:
    return dated("tue", day, who, **{"RECURRENCE-ID;VALUE=DATE": of}, **more)


@pytest.mark.promise("S-12")
def test_a_series_is_a_cover_for_each_occurrence_and_is_told_once(clinic: Clinic) -> None:
    assert clinic.reads(*tuesdays()) == "events: 57 new"
    assert [clinic.night(day) for day in (1, 2, 8, 15)] == ["cho", "ben", "cho", "cho"]
    assert {c.reason for c in clinic.changes()} >= {"event tue of 2026-12-01"}
    told = clinic.told()
    assert told.keys() == {"ana", "ben", "cho"}
    assert "... and 51 more" in told["cho"]
    before = clinic.changes()
    assert clinic.reads(*tuesdays()) == "events: nothing new, 57 as they are"
    assert (clinic.changes(), clinic.told()) == (before, {})


@pytest.mark.promise("S-12")
def test_as_time_passes_more_of_a_series_comes_in_and_what_is_over_is_history(
    clinic: Clinic,
) -> None:
    clinic.reads(*tuesdays())
    clinic.told()
    plan = clinic.plan()
    assert isinstance(plan, Plan)
    assert (plan.later, plan.reread_at) == (0, datetime(2028, 1, 4, tzinfo=UTC) - 400 * DAY)
    clinic.at = NOW + 30 * DAY
    assert clinic.reads(*tuesdays()) == "events: 3 new, 53 as they are"
    assert (clinic.told(), len(clinic.changes())) == ({}, 60)
    assert all(change.ended_at is None for change in clinic.changes())
    plan = clinic.plan()
    assert isinstance(plan, Plan)
    assert plan.reread_at is None


@pytest.mark.promise("S-12")
def test_what_is_moved_cancelled_or_cut_off_of_a_series_is_so_here(clinic: Clinic) -> None:
    clinic.reads(*tuesdays())
    clinic.told()
    to_wednesday = instead("20261208", "20261209")
    assert clinic.reads(*tuesdays(to_wednesday)) == "events: 1 changed, 56 as they are"
    assert [clinic.night(day) for day in (8, 9)] == ["ana", "cho"]
    assert clinic.told().keys() == {"ana", "cho"}
    to_dev = instead("20261215", "20261215", "Dev Rao")
    off = instead("20261208", "20261208", STATUS="CANCELLED")
    said = clinic.reads(*tuesdays(off, to_dev))
    assert said == "events: 1 changed, 1 gone, 55 as they are"
    assert [clinic.night(day) for day in (8, 9, 15)] == ["ana", "ana", "dev"]
    left_out = {"EXDATE;VALUE=DATE": "20261208,20261201"}
    assert clinic.reads(*tuesdays(to_dev, **left_out)) == "events: 1 gone, 55 as they are"
    short = {**left_out, "RRULE": "FREQ=WEEKLY;UNTIL=20261231"}
    assert clinic.reads(*tuesdays(to_dev, **short)) == "events: 52 gone, 3 as they are"


def test_a_series_is_one_event_of_those_that_may_go_at_once(clinic: Clinic) -> None:
    others = [dated(str(n), f"2026120{n}") for n in range(2, 8)]
    clinic.reads(*tuesdays(), *others)
    assert "6 events with cover are gone" in clinic.reads(others[0])
    assert "6 events with cover are gone" in clinic.reads(*tuesdays())
    moved = {"RRULE": "FREQ=WEEKLY;COUNT=60;WKST=SU"}
    by_a_day = dated("tue", "20261202", "Dev Rao", **moved)
    assert clinic.reads(by_a_day, *others) == "events: 57 new, 57 gone, 6 as they are"
    assert "is empty, and had 7 events" in clinic.reads()


def test_what_a_person_undid_of_a_series_stays_undone(clinic: Clinic) -> None:
    clinic.reads(*tuesdays())
    clinic.by_hand(undo=next(c.id for c in clinic.changes() if c.reason.endswith("12-08")))
    said = "events: nothing new, 56 as they are, 1 as a person decided"
    assert clinic.reads(*tuesdays()) == said
    assert (clinic.night(8), clinic.night(15)) == ("ana", "cho")
    moved = tuesdays(instead("20261208", "20261210"))
    assert clinic.reads(*moved) == "events: 1 changed, 56 as they are"
    assert (clinic.night(8), clinic.night(10)) == ("ana", "cho")


def test_an_event_that_becomes_a_series_stays_what_it_is(clinic: Clinic) -> None:
    clinic.reads(dated("tue", "20261201"))
    assert clinic.reads(*tuesdays()) == "events: 56 new, 1 as they are"
    assert clinic.reads(dated("tue", "20261201")) == "events: 56 gone, 1 as they are"


def test_a_number_in_the_name_of_a_series_is_shown_to_nobody(clinic: Clinic) -> None:
    series = tuesdays()[0].replace("UID:tue", "UID:call-351912345603")
    clinic.reads(series)
    assert all(c.reason.startswith("event call-***603~") for c in clinic.changes())
    assert (
        clinic.reads()
        == "the calendar clinic is empty, and had 1 event with cover: nothing was done"
    )


@pytest.fixture
def feed(clinic: Clinic, hr: Hr) -> CalendarFeed:
    token = Secret.of("calendar-token-0123", "calendars.clinic.token", "here")
    at = Calendar("clinic", hr.url, None, token, HOUR)
    return CalendarFeed(at, clinic.ledger, lambda: clinic.at)


def looks(clinic: Clinic, feed: CalendarFeed, times: int = 1) -> list[str]:
    """What becomes of so many looks, an hour apart, as far as it is news."""
    found = []
    for _ in range(times):
        outcome = feed.look(clinic.ledger)
        found += [outcome.said] if outcome is not None and outcome.is_news else []
        clinic.at += HOUR
    return found


def hears(clinic: Clinic) -> list[str]:
    """What people are told now, as the engine tells them."""
    with clinic.ledger.writing() as books:
        alarms = list(feeds.news(books, clinic.at))
        books.alarms.settle({a.key: a.text for a in alarms}, clinic.at)
        for alarm in alarms:
            books.alarms.mark_told(alarm.key, clinic.at)
    return [alarm.text for alarm in alarms]


def test_what_is_as_it_was_is_not_even_fetched_whole_and_writes_nothing(
    clinic: Clinic, feed: CalendarFeed, hr: Hr
) -> None:
    hr.body, hr.headers = calendar(dated("one", "20261201")), {"etag": '"one"'}
    assert looks(clinic, feed) == ["events: 1 new"]
    before = clinic.ledger.pulse()
    assert looks(clinic, feed, 2) == []
    assert clinic.ledger.pulse() == before
    assert [a.get("if-none-match") for a in hr.asked] == [None, '"one"', '"one"']
    assert hr.asked[0]["authorization"] == "Bearer calendar-token-0123"
    clinic.adopt(ROSTER.replace("order: [ben, ana]", "order: [ana, ben]"))
    feed.stands_on_other()
    assert looks(clinic, feed) == ["events: 1 moved"]
    hr.body, hr.headers = calendar(*tuesdays()), {"etag": '"two"'}
    assert looks(clinic, feed) == ["events: 56 new, 1 as they are"]
    clinic.at += 40 * DAY  # nothing is other at the address, and so nothing but time is news
    assert looks(clinic, feed) == ["events: 3 new, 51 as they are"]


@pytest.mark.promise("S-12")
def test_one_that_cannot_be_had_or_is_empty_leaves_the_covers_and_is_told_once(
    clinic: Clinic, feed: CalendarFeed, hr: Hr
) -> None:
    hr.body = calendar(dated("one", "20261201"), dated("two", "20261202"))
    assert looks(clinic, feed) == ["events: 2 new"]
    hr.status = 503
    (told,) = looks(clinic, feed, 6)
    assert told == "the calendar clinic cannot be had from 127.0.0.1: the server answered 503"
    assert [text.partition(":")[0] for text in hears(clinic)] == ["The calendar clinic"]
    hr.status, hr.body = 200, calendar()
    assert "is empty, and had 2 events with cover" in looks(clinic, feed, 3)[0]
    assert "rotation calendars clinic --most 2" in hears(clinic)[0]
    assert (clinic.night(1), clinic.night(2)) == ("cho", "cho")
    hr.body = calendar(dated("two", "20261202"))
    assert looks(clinic, feed, 2) == ["events: 1 gone, 1 as they are"]
    assert hears(clinic) == ["The calendar clinic: it is read again."]
    assert hears(clinic) == []
    hr.status = 401
    assert (len(looks(clinic, feed, 6)), len(hears(clinic))) == (1, 1)
    hr.status = 200
    looks(clinic, feed, 2)
    assert hears(clinic) == ["The calendar clinic: it is read again."]  # of this trouble too


def test_the_doctor_says_what_is_in_it_and_which_is_followed_no_more(
    clinic: Clinic, hr: Hr, tmp_path: Path
) -> None:
    settings = load({"ROTATION_CALENDARS__CLINIC__URL": hr.url}, folder=tmp_path)

    def told() -> Check:
        (found,) = calendars(settings, clinic.ledger, clinic.at)
        return found

    hr.body = calendar(dated("one", "20261201"))
    assert (told().level, told().found) == (Level.OK, "127.0.0.1: events: 1 new")
    hr.body = calendar(dated("one", "20261201", "Zoe"))
    assert (told().level, "names nobody of the roster" in told().found) == (Level.BAD, True)
    hr.status = 401
    assert told().found == "127.0.0.1: the server answered 401"
    clinic.reads(dated("one", "20261201"))
    with clinic.ledger.reading() as books:
        (one,) = listed(settings.calendars, books, clinic.at)
    assert (one.calendar, one.followed, one.host, one.covers) == ("clinic", True, "127.0.0.1", 1)
    (left,) = calendars(load({}, folder=tmp_path), clinic.ledger, clinic.at)
    assert (left.level, left.name) == (Level.WARN, "calendar clinic")
    assert "still to come: 1 cover of it" in left.found

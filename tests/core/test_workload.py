"""How much of each person's time a roster takes, and how much of that at night and on weekends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    Doing,
    Everyone,
    Group,
    GroupId,
    Hours,
    OnHolidays,
    Person,
    PersonId,
    Phone,
    PublicHolidays,
    Roster,
    Shift,
    ShiftId,
)
from rotation.core.timeline import Timeline
from rotation.core.workload import Load, workload

HOUR, DAY, NONE = timedelta(hours=1), timedelta(days=1), timedelta(0)
MONDAY = datetime(2027, 3, 22, tzinfo=UTC)
ANA, BEN = PersonId("ana"), PersonId("ben")


def shift(name: str, hours: str, *people: str, zone: str = "UTC", days: str = "0123456") -> Shift:
    starts, ends = (int(h) * 60 for h in hours.split("-"))
    on_duty = Everyone(tuple(map(PersonId, people)))
    weekdays = frozenset(map(int, days))
    return Shift(ShiftId(name), zone, Hours(starts, ends, int(ends <= starts)), weekdays, on_duty)


def desk(*shifts: Shift, groups: int = 1, zone: str | None = None) -> Timeline:
    people = {p: Person(p, p.title(), Phone("+351912345601"), zone=zone) for p in (ANA, BEN)}
    names = tuple(one.id for one in shifts)
    made = (
        Group(GroupId(f"g{n}"), AccountId("main"), ChatId(f"{n}@g.us"), names)
        for n in range(groups)
    )
    return Timeline(Roster(people, {s.id: s for s in shifts}, {g.id: g for g in made}))


def loads(timeline: Timeline, since: datetime = MONDAY, days: float = 7) -> dict[PersonId, Load]:
    return {one.person: one for one in workload(timeline, since, since + days * DAY)}


def test_hours_nights_and_weekends_are_summed_up() -> None:
    found = loads(desk(shift("late", "16-24", "ana"), shift("night", "0-8", "ben")))
    assert found[ANA] == Load(ANA, 56 * HOUR, 7 * HOUR, 16 * HOUR, 7)
    assert found[BEN] == Load(BEN, 56 * HOUR, 42 * HOUR, 16 * HOUR, 7)


def test_many_groups_and_two_shifts_at_once_are_worked_once() -> None:
    both = shift("day", "8-16", "ana"), shift("launch", "15-18", "ana")
    found = loads(desk(*both, groups=3), days=1)
    assert found[ANA].duty == 10 * HOUR
    assert found[ANA].shifts == 2


def test_a_shift_within_another_adds_nothing_but_its_own_number() -> None:
    found = loads(desk(shift("day", "8-16", "ana"), shift("meeting", "9-10", "ana")), days=1)
    assert (found[ANA].duty, found[ANA].shifts) == (8 * HOUR, 2)


def test_a_night_is_as_long_as_the_clocks_make_it() -> None:
    night = shift("night", "22-6", "ana", zone="Europe/London", days="5")
    jump, back = datetime(2027, 3, 27, tzinfo=UTC), datetime(2027, 10, 30, tzinfo=UTC)
    assert loads(desk(night), jump, 2)[ANA] == Load(ANA, 7 * HOUR, 6 * HOUR, 7 * HOUR, 1)
    assert loads(desk(night), back, 2)[ANA] == Load(ANA, 9 * HOUR, 8 * HOUR, 9 * HOUR, 1)


def test_nights_are_those_of_the_clocks_a_person_lives_by() -> None:
    day = shift("day", "8-16", "ana", zone="Europe/London", days="0")
    assert loads(desk(day))[ANA].nights == NONE
    assert loads(desk(day, zone="America/New_York"))[ANA].nights == 2 * HOUR  # it begins at 04:00


def test_only_what_lies_in_the_stretch_counts() -> None:
    night = shift("night", "20-4", "ana")
    found = loads(desk(night), MONDAY - HOUR, 1 / 24 * 2)[ANA]
    assert (found.duty, found.nights, found.shifts) == (2 * HOUR, 2 * HOUR, 1)


def test_whoever_has_no_duty_in_it_is_listed_with_none_and_last() -> None:
    sundays = shift("sunday", "8-16", "ben", days="6")
    listed = workload(desk(sundays, shift("day", "8-16", "ana")), MONDAY, MONDAY + DAY)
    assert [one.person for one in listed] == [ANA, BEN]
    assert listed[1] == Load(BEN, NONE, NONE, NONE, 0)


def test_a_person_who_is_on_no_shift_has_no_load() -> None:
    timeline = desk(replace(shift("day", "8-16", "ana")))
    assert set(loads(timeline)) == {ANA}


def test_whoever_stands_in_works_instead_also_when_they_are_on_no_shift() -> None:
    day = desk(shift("day", "8-16", "ana"))
    cover = Change(Doing.COVER, ANA, BEN, first=MONDAY.date(), last=MONDAY.date())
    found = loads(Timeline(replace(day.roster, changes=(cover,))), days=2)
    assert [(found[p].duty, found[p].shifts) for p in (ANA, BEN)] == [(8 * HOUR, 1)] * 2


def test_all_parts_of_an_occurrence_count_and_it_is_one_shift() -> None:
    day = desk(shift("day", "8-16", "ana"))
    noon = MONDAY + 12 * HOUR
    cover = Change(Doing.COVER, ANA, BEN, starts=noon, ends=noon + HOUR)
    found = loads(Timeline(replace(day.roster, changes=(cover,))), days=1)
    assert [(found[p].duty, found[p].shifts) for p in (ANA, BEN)] == [(7 * HOUR, 1), (HOUR, 1)]


def test_public_holidays_are_the_dates_of_the_zone_of_a_shift_that_keeps_them() -> None:
    kept = OnHolidays("PT", Hours(22 * 60, 6 * 60, 1))
    night = replace(shift("night", "22-6", "ana", zone="Europe/Lisbon"), holidays=kept)
    plain = desk(night, shift("day", "8-16", "ben"), zone="Asia/Tokyo")
    holidays = {"PT": PublicHolidays(((MONDAY.date() + DAY, "a feast"),))}
    found = loads(Timeline(replace(plain.roster, holidays=holidays)))
    assert found[ANA].holidays == 8 * HOUR  # from midnight until 6:00, and from 22:00 on
    assert found[BEN].holidays == NONE

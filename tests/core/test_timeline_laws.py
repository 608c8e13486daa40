"""What holds for every roster and every zone, not only for the hard cases."""

import itertools
import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation import zone_data
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Everyone,
    Group,
    GroupId,
    Hours,
    OnHolidays,
    Person,
    PersonId,
    Phone,
    Roster,
    Season,
    Shift,
    ShiftId,
    Turns,
)
from rotation.core.served import Served
from rotation.core.timeline import Timeline, instant

DESK = GroupId("desk")
HALF_HOUR = timedelta(minutes=30)
PEOPLE = tuple(PersonId(p) for p in "abcde")
CHRISTMAS = tuple(
    Season(date(year, 12, 24), date(year, 12, 26), None, frozenset(range(7)))
    for year in range(2024, 2100)
)
ZONES = (
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Chisinau",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)


@pytest.fixture(scope="module", autouse=True)
def newest_zone_data() -> zone_data.ZoneData:
    return zone_data.use_newest()


days = st.dates(date(2024, 1, 1), date(2037, 1, 1))
instants = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - a wall time, on purpose - hypothesis wants its bounds without a zone
    datetime(2037, 1, 1),  # noqa: DTZ001 - a wall time, on purpose
    timezones=st.just(UTC),
)


@st.composite
def all_turns(draw: st.DrawFn) -> Turns:
    order = tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True)))
    return Turns(
        order=order,
        unit=draw(st.sampled_from(Every)),
        count=draw(st.integers(1, 4)),
        anchor=draw(days),
        on_duty=draw(st.integers(1, len(order))),
    )


weekdays = st.frozensets(st.integers(0, 6), min_size=1)


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    starts = draw(st.integers(0, 1439))
    later = draw(st.integers(0, 3))
    return Hours(starts, draw(st.integers(0 if later else starts + 1, 1440)), later)


@st.composite
def seasons(draw: st.DrawFn, around: date) -> tuple[Season, ...]:
    """A few that do not overlap, in the three years around a date; some touch each other."""
    edges = draw(st.lists(st.integers(-400, 700), max_size=6, unique=True).map(sorted))
    found = []
    for first, until in itertools.pairwise(edges):
        if draw(st.booleans()):
            begins, ends = (around + timedelta(days=n) for n in (first, until - 1))
            found.append(Season(begins, ends, draw(st.none() | hours()), draw(weekdays)))
    return tuple(found)


@st.composite
def shifts(draw: st.DrawFn, name: str = "s", near: date | None = None) -> Shift:
    """With seasons in the years about `near`."""
    around = near or draw(days)
    everyone = st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True).map(
        lambda found: Everyone(tuple(found))
    )
    return Shift(
        id=ShiftId(name),
        zone=draw(st.sampled_from(ZONES)),
        hours=draw(hours()),
        weekdays=draw(weekdays),
        turns=draw(st.one_of(all_turns(), everyone)),
        seasons=draw(st.just(()) | seasons(around)),
    )


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    near = draw(days)
    found = [draw(shifts(f"s{n}", near)) for n in range(draw(st.integers(1, 3)))]
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), tuple(s.id for s in found))
    people = {p: Person(p, p, Phone("+351910000000")) for p in PEOPLE}
    return Timeline(Roster(people, {s.id: s for s in found}, {DESK: group}))


def changes(zone: str, since: date, until: date) -> list[date]:
    """The local dates in this time on which the zone's clocks change."""
    clock = zoneinfo.ZoneInfo(zone)
    noons = [
        datetime(since.year, since.month, since.day, 12, tzinfo=clock) + timedelta(days=n)
        for n in range((until - since).days)
    ]
    return [
        b.date() + timedelta(days=n)
        for a, b in itertools.pairwise(noons)
        if a.utcoffset() != b.utcoffset()
        for n in (-1, 0, 1)
    ]


# ---- the resolver


def ahead(wall: datetime) -> timedelta:
    offset = wall.utcoffset()
    assert offset is not None
    return offset


def first_showing(day: date, minute: int, zone: str) -> datetime:
    """The oracle: real minutes pass until the wall clock shows the time, or is beyond it."""
    clock = zoneinfo.ZoneInfo(zone)
    wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - a wall time, on purpose
    near = (wanted.replace(tzinfo=UTC) + timedelta(hours=n / 2) for n in range(-48, 49))
    # Before that the wall clock shows less, however far ahead it is.
    at = wanted.replace(tzinfo=UTC) - max(ahead(utc.astimezone(clock)) for utc in near)
    while at.astimezone(clock).replace(tzinfo=None) < wanted:
        at += timedelta(minutes=1)
    return at


@pytest.mark.slow
@pytest.mark.promise("F1")
@pytest.mark.parametrize("zone", ZONES)
def test_a_wall_time_is_the_first_minute_that_shows_or_passes_it(zone: str) -> None:
    for day in changes(zone, date(2026, 1, 1), date(2028, 1, 1)):
        for minute in (0, 15, 90, 150, 165, 1380, 1410, 1440):
            found = first_showing(day, minute, zone)
            assert instant(day, minute, zone) == found, (zone, day, minute)


@pytest.mark.promise("F1")
@given(days, st.integers(0, 1440), st.sampled_from(ZONES))
def test_a_later_wall_time_is_never_an_earlier_instant(day: date, minute: int, zone: str) -> None:
    assert instant(day, minute, zone) <= instant(day, minute + 1, zone)
    assert instant(day, 1440, zone) == instant(day + timedelta(days=1), 0, zone)


@pytest.mark.slow
@pytest.mark.promise("F1", "F3")
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("boundary", [0, 90, 150, 1410, 1425])
def test_neighbouring_shifts_stay_joined_over_every_clock_change(zone: str, boundary: int) -> None:
    def shift(name: str, person: PersonId, hours: Hours) -> Shift:
        return Shift(ShiftId(name), zone, hours, frozenset(range(7)), Everyone((person,)))

    middle = (boundary + 480) % 1440
    first = Hours(boundary, middle, int(middle <= boundary))
    second = Hours(middle, boundary, int(boundary <= middle))
    both = (shift("one", PEOPLE[0], first), shift("two", PEOPLE[1], second))
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), tuple(s.id for s in both))
    people = {p: Person(p, p, Phone("+351910000000")) for p in PEOPLE}
    timeline = Timeline(Roster(people, {s.id: s for s in both}, {DESK: group}))
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
    spans = timeline.spans(DESK, since, until)
    # At a boundary inside a jump a span can be short, but no instant is empty or shared.
    assert all(a.ends == b.starts for a, b in itertools.pairwise(spans))


# ---- turns


def is_served(shift: Shift, day: date, holidays: set[date]) -> bool:
    of = [season for season in shift.seasons if season.first <= day <= season.last]
    firm = any(season.hours is None or season.first == season.last for season in of)
    if shift.holidays is not None and day in holidays and not firm:
        return shift.holidays.hours is not None and day.weekday() in shift.weekdays
    for season in of:
        return season.hours is not None and day.weekday() in season.weekdays
    return day.weekday() in shift.weekdays


def counted(shift: Shift, day: date, holidays: set[date]) -> tuple[PersonId, ...]:
    """The oracle: walk every date from the anchor, as a person with a calendar would."""
    turns = shift.turns
    assert isinstance(turns, Turns)
    units, walked = 0, turns.anchor
    while walked < day:
        before, walked = walked, walked + timedelta(days=1)
        if turns.unit is Every.DAY:
            units += is_served(shift, before, holidays)
        elif turns.unit is Every.WEEK:
            units += (walked - turns.anchor).days % 7 == 0
        else:
            next_month = date(walked.year + walked.month // 12, walked.month % 12 + 1, 1)
            last = (next_month - timedelta(days=1)).day
            units += walked.day == min(turns.anchor.day, last)
    first = units // turns.count * turns.on_duty
    n = len(turns.order)
    return tuple(turns.order[(first + k) % n] for k in range(turns.on_duty))


@given(all_turns(), weekdays, st.integers(0, 800), st.data())
def test_turns_by_arithmetic_are_the_turns_by_counting(
    turns: Turns, weekdays: frozenset[int], later: int, data: st.DataObject
) -> None:
    found = data.draw(seasons(turns.anchor))
    rule = data.draw(st.none() | st.builds(OnHolidays, st.just("PT"), st.none() | hours()))
    shift = Shift(ShiftId("s"), "UTC", Hours(480, 960), weekdays, turns, found, rule)
    day = turns.anchor + timedelta(days=later)
    edges = {d for season in found for d in (season.first, season.last)}
    some = st.integers(-400, 700).map(lambda n: turns.anchor + timedelta(days=n))
    off = data.draw(st.sets(st.sampled_from(sorted(edges)) | some if edges else some))
    served = Served(shift, tuple((d, "") for d in sorted(off)))
    assert served.on_turn(day) == counted(shift, day, off)
    assert (served.hours(day.toordinal()) is not None) == is_served(shift, day, off)


@given(all_turns())
def test_a_roster_of_a_thousand_years_asks_no_more_than_a_new_one(turns: Turns) -> None:
    # Were turns counted by walking, these hundred questions would be a hundred million steps.
    served = Served(
        Shift(ShiftId("s"), "UTC", Hours(480, 960), frozenset({0, 2}), turns, CHRISTMAS)
    )
    for year in range(3000, 3100):
        assert len(served.on_turn(date(year, 6, 1))) == turns.on_duty


@given(all_turns())
def test_before_the_anchor_nobody_is_on_duty(turns: Turns) -> None:
    served = Served(Shift(ShiftId("s"), "UTC", Hours(480, 960), frozenset(range(7)), turns))
    assert served.on_turn(turns.anchor - timedelta(days=1)) == ()


@given(st.data(), days)
def test_without_the_season_the_usual_hours_are_served(data: st.DataObject, day: date) -> None:
    shift = data.draw(shifts(near=day))
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), (shift.id,))
    timeline, usual = (
        Timeline(Roster({}, {shift.id: one}, {DESK: group}))
        for one in (shift, replace(shift, seasons=(), turns=Everyone((PEOPLE[0],))))
    )
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    until = since + timedelta(days=40)
    begun = shift.turns.anchor if isinstance(shift.turns, Turns) else date.min
    in_season = [
        (span.starts, span.ends)
        for span in usual.spans(DESK, since, until)
        for on in [date.fromisoformat(span.key.split("/")[1])]
        if on >= begun and any(s.first <= on <= s.last for s in shift.seasons)
    ]
    replaced = timeline.replaced(DESK, since, until)
    assert [(r.starts, r.ends) for r in replaced if r.starts < r.ends] == in_season
    for span in timeline.spans(DESK, since, until):
        on = date.fromisoformat(span.key.split("/")[1])
        assert timeline.season(span) == next(
            (s for s in shift.seasons if s.first <= on <= s.last), None
        )


# ---- windows


@given(timelines(), instants, st.integers(1, 400), st.integers(1, 400))
def test_cutting_a_window_in_two_changes_nothing(
    timeline: Timeline, since: datetime, first: int, second: int
) -> None:
    middle = since + timedelta(hours=first)
    until = middle + timedelta(hours=second)
    whole = timeline.spans(DESK, since, until)
    cut = {*timeline.spans(DESK, since, middle), *timeline.spans(DESK, middle, until)}
    assert set(whole) == cut
    assert timeline.handovers(DESK, since, until) == (
        *timeline.handovers(DESK, since, middle),
        *timeline.handovers(DESK, middle, until),
    )


@given(timelines(), instants, st.integers(0, 47))
def test_who_is_on_duty_does_not_depend_on_how_widely_one_looks(
    timeline: Timeline, day: datetime, half_hours: int
) -> None:
    # Around every half hour of a day, since dates differ from zone to zone.
    at = day.replace(hour=0, minute=0, second=0, microsecond=0) + half_hours * HALF_HOUR
    at_first = timeline.on_duty(DESK, at)
    for days in (1, 15, 150):  # which are kept, and then more than are
        wide = timeline.spans(DESK, at - timedelta(days=days), at + timedelta(days=days))
        covering = {s.person for s in wide if s.starts <= at < s.ends}
        assert timeline.on_duty(DESK, at) == covering == at_first


@given(timelines(), instants, st.integers(1, 4000))
def test_spans_are_the_occurrences_with_whoever_s_turn_it_is(
    timeline: Timeline, since: datetime, hours: int
) -> None:
    until = since + timedelta(hours=hours)
    by_turns = [
        (f"{served.shift.id}{when.dated}", person, when.starts, when.ends)
        for served, whens, whose in timeline.occurrences(DESK, since, until)
        for when, people in zip(whens, whose, strict=True)
        for person in people
    ]
    found = [(s.key, s.person, s.starts, s.ends) for s in timeline.spans(DESK, since, until)]
    assert sorted(found) == sorted(by_turns)
    assert [starts for _, _, starts, _ in found] == sorted(s for _, _, s, _ in found)


@pytest.mark.parametrize("zone", ZONES)
def test_a_short_shift_late_or_early_in_the_day_is_found_at_its_own_start(zone: str) -> None:
    for starts in (0, 30, 690, 1380, 1410):
        hours = Hours(starts, starts + 30)
        shift = Shift(ShiftId("s"), zone, hours, frozenset(range(7)), Everyone((PEOPLE[0],)))
        group = Group(DESK, AccountId("main"), ChatId("1@g.us"), (shift.id,))
        timeline = Timeline(Roster({}, {shift.id: shift}, {DESK: group}))
        at = instant(date(2027, 1, 5), starts, zone)
        assert timeline.on_duty(DESK, at) == {PEOPLE[0]}
        assert timeline.on_duty(DESK, at + 2 * HALF_HOUR) == frozenset()


@given(timelines(), instants, st.integers(1, 400))
def test_handovers_replayed_give_who_is_on_duty(
    timeline: Timeline, since: datetime, hours: int
) -> None:
    until = since + timedelta(hours=hours)
    now = timeline.on_duty(DESK, since)
    for handover in timeline.handovers(DESK, since, until):
        assert not handover.incoming & now
        assert handover.outgoing <= now
        now = (now | handover.incoming) - handover.outgoing
        assert now == handover.on_duty == timeline.on_duty(DESK, handover.at)
    assert now == timeline.on_duty(DESK, until)


@given(timelines(), instants)
def test_the_next_handover_is_the_first_of_the_coming_ones(
    timeline: Timeline, after: datetime
) -> None:
    coming = timeline.handovers(DESK, after, after + timedelta(days=60))
    found = timeline.next_handover(DESK, after)
    if coming:
        assert found == coming[0]
    else:
        assert found is None or found.at > after + timedelta(days=60)


@given(timelines(), instants)
def test_unbroken_duty_covers_exactly_the_spans_of_each_person(
    timeline: Timeline, since: datetime
) -> None:
    until = since + timedelta(days=10)
    spans = timeline.spans(DESK, since, until)
    duties = timeline.duty_spans(DESK, since, until)
    assert [d.starts for d in duties] == sorted(d.starts for d in duties)
    for span in spans:
        assert any(
            d.person == span.person and d.starts <= span.starts and span.ends <= d.ends
            for d in duties
        )
    for person in {d.person for d in duties}:
        own = [d for d in duties if d.person == person]
        assert all(a.ends < b.starts for a, b in itertools.pairwise(own))


@given(timelines(), instants)
def test_no_span_is_empty_and_every_vanished_one_is_missing(
    timeline: Timeline, since: datetime
) -> None:
    until = since + timedelta(days=400)
    spans = timeline.spans(DESK, since, until)
    assert all(s.starts < s.ends for s in spans)
    assert not {s.key for s in spans} & {v.key for v in timeline.vanished(DESK, since, until)}

"""Changes of duty: cover, time off, swaps and extra people, on top of whose turn it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.changes import away_at, void
from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    Doing,
    Every,
    Everyone,
    Group,
    GroupId,
    Hours,
    Person,
    PersonId,
    Phone,
    Roster,
    Season,
    Shift,
    ShiftId,
    Turns,
    WhileOff,
)
from rotation.core.timeline import MOMENT, Timeline
from tests.core.conftest import people_of

ANA, BEN, CHEN, DORA = people_of("ana ben chen dora")
DESK, DAY, LATE = GroupId("desk"), ShiftId("day"), ShiftId("late")
MONDAY = date(2026, 1, 5)


def at(day: int, hour: int = 0) -> datetime:
    """So many days and hours after the Monday of the tests."""
    return datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=day, hours=hour)


def on(first: int, last: int | None = None) -> dict[str, date]:
    """Local dates by their number after the Monday of the tests, both included."""
    return {"first": at(first).date(), "last": at(first if last is None else last).date()}


def turns(order: str, unit: Every = Every.DAY, on_duty: int = 1, count: int = 1) -> Turns:
    return Turns(people_of(order), unit, count, MONDAY, on_duty)


def desk(*changes: Change, who: Turns | Everyone, late: str = "") -> Roster:
    """A shift from 08:00 to 16:00 every day, and another one of Dora's until midnight."""
    made = [Shift(DAY, "UTC", Hours(480, 960), frozenset(range(7)), who)]
    if late:
        everyone = Everyone(people_of(late))
        made.append(Shift(LATE, "UTC", Hours(960, 1440), frozenset(range(7)), everyone))
    people = {p: Person(p, p.title(), Phone("+351910000000")) for p in (ANA, BEN, CHEN, DORA)}
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), tuple(s.id for s in made))
    return Roster(people, {s.id: s for s in made}, {DESK: group}, changes=changes)


def days(roster: Roster, count: int = 5) -> str:
    """Who is on duty on each day, with the hours where it is not the whole shift."""
    return ", ".join(of_day(roster, n) for n in range(count))


def of_day(roster: Roster, day: int) -> str:
    spans = [s for s in Timeline(roster).spans(DESK, at(day), at(day + 1)) if s.shift == DAY]
    told = [
        s.person
        if (s.starts, s.ends) == (at(day, 8), at(day, 16))
        else f"{s.person} {s.starts:%H}-{s.ends:%H}"
        for s in spans
    ]
    return " + ".join(told) or "nobody"


def off(who: PersonId, turn: WhileOff = WhileOff.SKIP, **window: object) -> Change:
    return replace(Change(Doing.OFF, who, turn=turn), **window)


def cover(of: PersonId, by: PersonId, **window: object) -> Change:
    return replace(Change(Doing.COVER, of, by), **window)


def swap(one: PersonId, day: int, other: PersonId, for_day: int, **more: object) -> Change:
    keys = [f"day/{at(n).date()}/0" for n in (day, for_day)]
    return replace(Change(Doing.SWAP, one, other, None, None, None, None, None, WhileOff.SKIP,
                          *keys), **more)  # fmt: skip


# -- time off


@pytest.mark.promise("R-8")
def test_whoever_is_off_is_skipped_and_the_order_of_the_others_stays() -> None:
    by_days = turns("ana ben chen")
    assert days(desk(who=by_days)) == "ana, ben, chen, ana, ben"
    assert days(desk(off(BEN, **on(1, 3)), who=by_days)) == "ana, chen, chen, ana, ben"


@pytest.mark.promise("R-8")
def test_a_turn_may_be_held_for_whoever_is_off_and_then_nobody_has_it() -> None:
    held = off(BEN, WhileOff.HOLD, **on(1))
    assert days(desk(held, who=turns("ana ben chen"))) == "ana, nobody, chen, ana, ben"


@pytest.mark.promise("R-8")
def test_a_turn_may_be_traded_with_the_next_in_order_who_can() -> None:
    by_days = turns("ana ben chen")
    assert days(desk(off(BEN, WhileOff.SWAP, **on(1)), who=by_days)) == "ana, chen, ben, ana, ben"
    both = [off(BEN, WhileOff.SWAP, **on(1)), off(CHEN, **on(1))]
    assert days(desk(*both, who=by_days, late="ben dora")) == "ana, ana, chen, ben, ben"


def test_a_week_is_traded_whole_though_only_a_day_of_it_is_off() -> None:
    weeks = desk(off(BEN, WhileOff.SWAP, **on(9)), who=turns("ana ben chen", Every.WEEK))
    assert [of_day(weeks, 7 * n + 1) for n in range(5)] == ["ana", "chen", "ben", "ana", "ben"]


def test_whoever_got_another_turn_by_a_trade_needs_none_of_their_own() -> None:
    each = [off(who, WhileOff.SWAP, **on(n)) for n, who in enumerate((ANA, BEN))]
    assert days(desk(*each, who=turns("ana ben chen dora"))) == "ben, ana, chen, dora, ana"


def test_where_nobody_can_trade_the_next_in_order_has_the_turn() -> None:
    alone = off(ANA, WhileOff.SWAP, **on(0, 20))
    assert days(desk(alone, who=turns("ana ben"))) == "ben, ben, ben, ben, ben"


def test_a_turn_that_has_begun_is_not_traded_any_more_and_not_back() -> None:
    weeks = turns("ana ben chen", Every.WEEK)
    late = off(ANA, WhileOff.SWAP, **on(2, 3), made_at=at(1))
    assert days(desk(late, who=weeks)) == "ana, ana, ben, ben, ana"
    undone = off(BEN, WhileOff.SWAP, **on(9), made_at=at(0), ended_at=at(8))
    roster = desk(undone, who=weeks)
    assert [of_day(roster, 7 * n + 1) for n in range(3)] == ["ana", "chen", "ben"]
    in_time = replace(undone, ended_at=at(5))
    assert [of_day(desk(in_time, who=weeks), 7 * n + 1) for n in range(3)] == ["ana", "ben", "chen"]


def test_one_shift_s_time_off_is_no_other_s() -> None:
    elsewhere = [off(BEN, turn, **on(1), shift=LATE) for turn in WhileOff]
    assert days(desk(*elsewhere, who=turns("ana ben chen"))) == "ana, ben, chen, ana, ben"


@pytest.mark.promise("R-9")
def test_when_everyone_is_off_nobody_is_on_duty_until_somebody_is_back() -> None:
    all_off = [off(p, **on(0, 2)) for p in (ANA, BEN)]
    assert days(desk(*all_off, who=turns("ana ben"))) == "nobody, nobody, nobody, ben, ana"
    back = replace(all_off[1], made_at=at(-1), ended_at=at(1, 12))
    found = desk(all_off[0], back, who=turns("ana ben"))
    assert days(found) == "nobody, ben 12-16, ben, ben, ana"


def test_of_a_team_that_is_all_on_duty_one_who_is_off_is_missing() -> None:
    team = Everyone((ANA, BEN))
    assert days(desk(off(BEN, **on(1, 2)), who=team), 4) == "ana + ben, ana, ana, ana + ben"


def test_of_two_on_duty_the_stand_in_is_neither_the_other_nor_off() -> None:
    two = turns("ana ben chen dora", on_duty=2)
    assert days(desk(off(ANA, **on(0)), who=two), 2) == "chen + ben, chen + dora"
    both = [off(ANA, **on(0)), off(CHEN, **on(0))]
    assert of_day(desk(*both, who=two), 0) == "dora + ben"
    another_day = [off(ANA, **on(0)), off(CHEN, **on(1))]
    assert of_day(desk(*another_day, who=two), 0) == "chen + ben"


def test_after_a_chain_of_stand_ins_the_next_is_counted_from_the_last_one_in_the_order() -> None:
    chain = [cover(ANA, DORA, **on(0)), cover(DORA, CHEN, **on(0)), off(CHEN, **on(0))]
    assert of_day(desk(*chain, who=turns("ana ben chen dora")), 0) == "dora"
    outside = [cover(BEN, DORA, **on(1)), off(DORA, **on(1))]
    assert of_day(desk(*outside, who=turns("ana ben chen")), 1) == "chen"


def test_a_few_hours_off_are_cut_out_and_given_to_the_next() -> None:
    noon = off(ANA, starts=at(0, 11), ends=at(0, 13))
    assert of_day(desk(noon, who=turns("ana ben")), 0) == "ana 08-11 + ben 11-13 + ana 13-16"


def test_hours_off_late_in_a_shift_of_three_days_are_given_to_the_next_who_is_not_off_then() -> (
    None
):
    away = {"starts": at(2, 20), "ends": at(2, 22)}
    later = {"starts": at(2, 21), "ends": at(3, 2)}
    roster = desk(off(ANA, **away), off(BEN, **later), off(CHEN, **on(2)),
                  who=turns("ana ben chen", Every.WEEK))  # fmt: skip
    long = replace(roster.shifts[DAY], hours=Hours(480, 480, 3), weekdays=frozenset({0}))
    spans = Timeline(replace(roster, shifts={DAY: long})).spans(DESK, at(0), at(5))
    assert [(span.person, span.starts, span.ends) for span in spans] == [
        (ANA, at(0, 8), at(2, 20)),
        (CHEN, at(2, 20), at(2, 22)),
        (ANA, at(2, 22), at(3, 8)),
    ]


def test_what_has_been_is_changed_by_nothing_that_is_made_later_or_undone() -> None:
    made = off(ANA, **on(0), made_at=at(0, 10))
    assert of_day(desk(made, who=turns("ana ben")), 0) == "ana 08-10 + ben 10-16"
    undone = replace(made, ended_at=at(0, 12))
    assert of_day(desk(undone, who=turns("ana ben")), 0) == "ana 08-10 + ben 10-12 + ana 12-16"
    at_once = replace(made, ended_at=at(0, 10))
    assert of_day(desk(at_once, who=turns("ana ben")), 0) == "ana"


@pytest.mark.promise("R-8", "R-5")
def test_a_trade_counts_the_days_that_are_served_and_nobody_s_turn_is_on_another() -> None:
    closed = Season(at(1).date(), at(2).date(), None, frozenset(range(7)))
    roster = desk(off(ANA, WhileOff.SWAP, **on(0)), who=turns("ana ben chen"))
    served = replace(roster, shifts={DAY: replace(roster.shifts[DAY], seasons=(closed,))})
    assert days(served) == "ben, nobody, nobody, ana, chen"
    assert void(served, swap(BEN, 1, ANA, 0)) == "ben is not on duty in day on 2026-01-06"


# -- cover


def test_cover_is_for_a_person_wherever_they_are_on_duty() -> None:
    roster = desk(cover(ANA, DORA, **on(0, 3)), who=turns("ana ben"), late="ana")
    assert days(roster) == "dora, ben, dora, ben, ana"
    evening = Timeline(roster).on_duty(DESK, at(0, 20))
    assert evening == {DORA}
    only = desk(replace(cover(ANA, DORA, **on(0, 3)), shift=LATE), who=turns("ana ben"), late="ana")
    assert days(only) == "ana, ben, ana, ben, ana"


@pytest.mark.promise("E-10")
def test_of_two_covers_the_later_made_is_done_inside_its_time() -> None:
    first = cover(ANA, BEN, **on(0))
    of_the_same = cover(ANA, CHEN, starts=at(0, 10), ends=at(0, 12))
    chain = cover(BEN, CHEN, starts=at(0, 10), ends=at(0, 12))
    for later in (of_the_same, chain):
        roster = desk(first, later, who=Everyone((ANA,)))
        assert of_day(roster, 0) == "ben 08-10 + chen 10-12 + ben 12-16"


@pytest.mark.promise("E-10")
def test_a_cover_puts_nobody_on_duty_outside_the_shift_and_an_extra_person_neither() -> None:
    wide = {"starts": at(0, 6), "ends": at(0, 12)}
    assert of_day(desk(cover(ANA, BEN, **wide), who=Everyone((ANA,))), 0) == "ben 08-12 + ana 12-16"
    extra = replace(Change(Doing.EXTRA, BEN, shift=DAY), **wide)
    assert of_day(desk(extra, who=Everyone((ANA,))), 0) == "ana + ben 08-12"


def test_whoever_is_on_duty_already_is_not_on_duty_twice() -> None:
    roster = desk(cover(ANA, BEN, **on(0)), who=Everyone((ANA, BEN)))
    assert of_day(roster, 0) == "ben"
    extra = Change(Doing.EXTRA, BEN, shift=DAY, **on(0))
    assert of_day(desk(extra, who=Everyone((ANA, BEN))), 0) == "ana + ben"


def test_an_extra_person_is_there_on_their_days_and_never_where_no_shift_is() -> None:
    extra = Change(Doing.EXTRA, DORA, shift=DAY, **on(-1, 1))
    roster = desk(extra, who=turns("ana ben"))
    assert days(roster, 3) == "ana + dora, ben + dora, ana"
    assert Timeline(roster).spans(DESK, at(-1), at(0)) == (), "before the first turn"


def test_a_stand_in_who_is_covered_is_covered() -> None:
    both = [off(ANA, **on(0)), cover(BEN, CHEN, **on(0))]
    assert of_day(desk(*both, who=turns("ana ben")), 0) == "chen"


def test_after_somebody_who_is_in_no_order_the_first_of_it_stands_in() -> None:
    both = [cover(BEN, DORA, **on(1)), off(DORA, **on(1))]
    assert of_day(desk(*both, who=turns("ana ben chen")), 1) == "chen"
    extra = [Change(Doing.EXTRA, DORA, shift=DAY, **on(1)), off(DORA, **on(1))]
    assert of_day(desk(*extra, who=turns("ana ben chen")), 1) == "ben + chen"


# -- swaps


@pytest.mark.promise("E-9")
def test_a_swap_exchanges_two_occurrences_and_no_others() -> None:
    found = desk(swap(ANA, 0, BEN, 1), who=turns("ana ben chen"))
    assert days(found) == "ben, ana, chen, ana, ben"


@pytest.mark.promise("E-9")
def test_a_swap_is_void_where_one_of_them_has_not_got_the_duty_any_more() -> None:
    one = swap(ANA, 0, BEN, 1)
    moved = desk(one, who=turns("ana chen ben"))
    assert days(moved) == "ana, chen, ben, ana, chen"
    assert void(moved, one) == "ben is not on duty in day on 2026-01-06"
    assert void(desk(one, who=turns("ana ben")), one) == ""


@pytest.mark.promise("E-9")
@pytest.mark.parametrize("key", ["gone/2026-01-05/0", "day/nonsense/0", "day"])
def test_a_swap_of_what_is_no_occurrence_is_void_and_says_so(key: str) -> None:
    nonsense = replace(swap(ANA, 0, BEN, 1), occurrence=key)
    found = desk(nonsense, who=turns("ana ben"))
    assert void(found, nonsense)
    assert days(found, 2) == "ana, ben"


def test_a_swap_on_a_weekday_without_the_shift_is_void() -> None:
    roster = desk(who=turns("ana ben"))
    mondays = replace(roster.shifts[DAY], weekdays=frozenset({0}))
    assert void(replace(roster, shifts={DAY: mondays}), swap(ANA, 0, BEN, 1))


# -- who is managed


def test_whoever_a_change_puts_on_duty_in_a_group_is_managed_there() -> None:
    def managed(*changes: Change) -> set[str]:
        return set(desk(*changes, who=turns("ana ben")).rostered(DESK)) - {ANA, BEN}

    assert managed() == managed(off(ANA, **on(0))) == set()
    assert managed(cover(ANA, DORA, **on(0))) == {DORA}
    assert managed(cover(CHEN, DORA, **on(0))) == set(), "chen is on none of its shifts"
    assert managed(replace(cover(ANA, DORA, **on(0)), shift=LATE)) == set()
    assert managed(Change(Doing.EXTRA, DORA, shift=DAY, **on(0))) == {DORA}
    assert managed(swap(ANA, 0, CHEN, 1)) == {CHEN}
    assert managed(cover(ANA, CHEN, **on(0)), cover(CHEN, DORA, **on(0))) == {CHEN, DORA}
    assert managed(Change(Doing.COVER, ANA), Change(Doing.SWAP, ANA)) == set()


def test_a_change_about_no_time_at_all_changes_nothing() -> None:
    empty = [Change(Doing.OFF, ANA), Change(Doing.COVER, ANA), cover(ANA, BEN)]
    nobody = Change(Doing.COVER, ANA, **on(0))
    assert days(desk(*empty, nobody, who=turns("ana ben"))) == "ana, ben, ana, ben, ana"


def test_a_span_says_which_change_gave_it() -> None:
    one = replace(cover(ANA, BEN, **on(0)), id=7)
    spans = Timeline(desk(one, who=turns("ana chen"))).spans(DESK, at(0), at(2))
    assert [(s.person, s.change and s.change.name, s.key) for s in spans] == [
        (BEN, "c7", "day/2026-01-05/0"), (CHEN, None, "day/2026-01-06/0"),
    ]  # fmt: skip
    assert (one.name, one.told) == ("c7", "cover c7")
    assert replace(cover(ANA, BEN), author="mara").told == "cover of the files by mara"
    assert cover(ANA, BEN).name == ""


# -- laws

windows = st.tuples(st.integers(0, 3 * 24 - 1), st.integers(1, 30))


@st.composite
def drawn(draw: st.DrawFn) -> Change:
    kind = draw(st.sampled_from([Doing.COVER, Doing.EXTRA, Doing.OFF]))
    people = draw(st.permutations([ANA, BEN, CHEN, DORA]))
    begins, hours = draw(windows)
    when: dict[str, object] = {"starts": at(0, begins), "ends": at(0, begins + hours)}
    if draw(st.booleans()):
        when = dict(on(begins // 24, begins // 24 + hours // 24))
    if draw(st.booleans()):
        when["made_at"] = at(0, draw(st.integers(0, 72)))
    if draw(st.booleans()):
        when["ended_at"] = at(0, draw(st.integers(0, 72)))
    extra = {"shift": DAY} if kind is Doing.EXTRA else {}
    other = people[1] if kind is Doing.COVER else None
    turn = draw(st.sampled_from([WhileOff.SKIP, WhileOff.HOLD]))
    return replace(Change(kind, people[0], other, turn=turn), **when, **extra)


def by_the_hour(roster: Roster, day: int, hour: int) -> set[PersonId]:
    """The oracle: whose duty one hour is, asked of each change in turn. Each knows only itself."""
    now = at(day, hour)
    shift = roster.shifts[DAY]
    order = shift.turns.order if isinstance(shift.turns, Turns) else ()
    held = [[order[day % len(order)]]] if order else [[p] for p in shift.people]
    for change in (c for c in roster.changes if holds_at(c, now)):
        if change.kind is Doing.EXTRA:
            held.append([change.person])
        elif change.kind is Doing.COVER and change.other is not None:
            held = [[*h, change.other] if change.person in h else h for h in held]
        elif change.kind is Doing.OFF:
            held = [
                hours
                for h in held
                for hours in (
                    [h] if h[-1] != change.person else followed(roster, change, h, held, now)
                )
            ]
    return {h[-1] for h in held}


def followed(
    roster: Roster, change: Change, mine: list[PersonId], held: Sequence[list[PersonId]],
    now: datetime,
) -> Iterable[list[PersonId]]:  # fmt: skip
    """Whoever is next, in an hour of a shift that somebody is off in; as all of it is one piece."""
    turns_ = roster.shifts[DAY].turns
    if isinstance(turns_, Everyone) or change.turn is WhileOff.HOLD:
        return
    order = turns_.order
    here = order.index(next((p for p in (mine[-1], *mine) if p in order), order[0]))
    for person in (*order[here + 1 :], *order[: here + 1]):
        if person not in {h[-1] for h in held} and not any(
            c.kind is Doing.OFF and c.person == person and holds_at(c, now) for c in roster.changes
        ):
            yield [*mine, person]
            return


def holds_at(change: Change, now: datetime) -> bool:
    made, ended = change.made_at or at(-99), change.ended_at or at(99)
    if not made <= now < ended:
        return False
    if change.first and change.last:
        return change.first <= now.date() <= change.last
    return bool(change.starts and change.ends and change.starts <= now < change.ends)


def whole_days(change: Change) -> Change:
    """The same for whole days: then a piece of an occurrence is the whole of it."""
    begins = change.starts.date() if change.starts else change.first
    ends = (change.ends - MOMENT).date() if change.ends else change.last
    return replace(change, first=begins, last=ends, starts=None, ends=None, made_at=None,
                   ended_at=None)  # fmt: skip


@given(st.lists(drawn(), max_size=6), st.sampled_from(["ana ben chen", "ana", "dora ana"]))
def test_each_hour_is_whose_the_changes_make_it_one_after_the_other(
    changes: list[Change], order: str
) -> None:
    """Where changes are about parts of days, time off has no stand-in: that one is for a piece."""
    cut = [replace(c, turn=WhileOff.HOLD) for c in changes]
    for roster in (
        desk(*cut, who=Everyone(people_of(order))),
        desk(*map(whole_days, changes), who=turns(order)),
    ):
        line = Timeline(roster)
        for day in range(3):
            for hour in range(8, 16):
                assert line.on_duty(DESK, at(day, hour)) == by_the_hour(roster, day, hour)


@given(st.lists(drawn(), max_size=6))
def test_no_one_is_on_duty_twice_at_once_in_one_occurrence(changes: list[Change]) -> None:
    spans = Timeline(desk(*changes, who=turns("ana ben chen", on_duty=2))).spans(DESK, at(0), at(4))
    for one in spans:
        same = [s for s in spans if (s.key, s.person) == (one.key, one.person) and s is not one]
        assert all(s.ends < one.starts or one.ends < s.starts for s in same)
        assert one.starts < one.ends


@st.composite
def commanded(draw: st.DrawFn) -> Change:
    """By command, of the day it is made on or one of the next; most often somebody is off."""
    who, other = draw(st.permutations([ANA, BEN, CHEN]))[:2]
    made, turn = draw(st.integers(0, 60)), draw(st.sampled_from([*WhileOff, WhileOff.SKIP]))
    first, last = made // 24 + draw(st.integers(0, 1)), draw(st.integers(0, 2))
    when = on(first, first + last)
    if draw(st.sampled_from([False, False, True])):
        begins = made + draw(st.integers(-4, 24))
        when = {"starts": at(0, begins), "ends": at(0, begins + draw(st.integers(1, 20)))}
    if draw(st.sampled_from([False, False, False, True])):
        return Change(Doing.COVER, who, other, made_at=at(0, made), **when)
    return Change(Doing.OFF, who, turn=turn, made_at=at(0, made), **when)


@settings(max_examples=200)
@given(st.lists(commanded(), min_size=2, max_size=5), st.integers(1, 2), st.integers(0, 48))
def test_no_command_and_no_undo_alters_what_has_been(
    changes: list[Change], on_duty: int, undone: int
) -> None:
    *before, last = sorted(changes, key=lambda c: c.made_at or at(0))
    assert last.made_at is not None
    who, ends = turns("ana ben chen", on_duty=on_duty), last.made_at + timedelta(hours=undone)
    without, made, over = (
        Timeline(desk(*some, who=who))
        for some in (before, [*before, last], [*before, replace(last, ended_at=ends)])
    )
    for hour in range(8, 9 * 24):
        now = at(0, hour)
        if now < last.made_at:
            assert without.on_duty(DESK, now) == made.on_duty(DESK, now), hour
        if now < ends:
            assert made.on_duty(DESK, now) == over.on_duty(DESK, now), hour


def test_whoever_is_off_or_covered_is_away_on_those_dates_alone() -> None:
    off = Change(Doing.OFF, ANA, **on(2))
    cover = Change(Doing.COVER, BEN, CHEN, **on(3))
    roster = desk(off, cover, who=turns("ana ben chen"))
    away = [away_at(roster, f"day/{at(n):%Y-%m-%d}/0", at(n, 9)) for n in range(1, 5)]
    assert away == [set(), {ANA}, {BEN}, set()]

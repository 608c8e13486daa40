"""Edits of turns that take effect later: what was published until then stays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.roster import GroupId, ShiftId, Turns
from rotation.core.served import Served
from rotation.core.timeline import Span, Timeline
from rotation.roster_file import Snapshot, read_snapshot
from rotation.roster_file.edit import Edited, Opened, edit_in
from rotation.roster_file.problems import UnreadableError

pytestmark = pytest.mark.promise("P-effective")

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
"""A Wednesday, in a week of Ana's."""
NAMES = ("ana", "ben", "cho", "dia", "eva")
DAY = timedelta(days=1)


def files(
    order: str = "ana, ben, cho", change: str = "every week", since: str = "2026-11-23",
    hours: str = "08:00 to 16:00", on_duty: int = 1, more: str = "",
) -> Snapshot:  # fmt: skip
    people = "".join(
        f'  {n}: {{name: {n.title()}, phone: "+44 7700 90010{i}"}}\n' for i, n in enumerate(NAMES)
    )
    text = f"""\
people:
{people}
shifts:
  day:  # the desk
    zone: UTC
    hours: {hours}
    on_duty: {on_duty}
    turns: {{change: {change}, from: {since}, order: [{order}]}}  # as agreed
{more}
groups:
  acme: {{account: main, chat: 12036304123401@g.us, shifts: [day]}}
"""
    return (("a.yaml", text.encode()),)


def edit(text: str, before: Snapshot, now: datetime = NOW) -> Edited:
    found = Opened(before).edited(edit_in("edit.yaml", text.encode()), now)
    assert not found.problems, found.problems
    return found


def later(when: str, order: str, before: Snapshot, now: datetime = NOW) -> Snapshot:
    text = f"effective: {when}\nshifts: {{day: {{turns: {{order: [{order}]}}}}}}"
    return edit(text, before, now).files


def said(found: Snapshot) -> list[str]:
    """What stands under `then`."""
    text = found[0][1].decode().split("    then:", 1)[1].split("\ngroups", 1)[0]
    return [line.strip() for line in text.strip().splitlines()]


def weeks(found: Snapshot, first: date, count: int) -> str:
    """Who is on duty on so many Mondays."""
    line = Timeline(read_snapshot(found))
    mondays = (first + 7 * n * DAY for n in range(count))
    noons = (datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in mondays)
    return " ".join("+".join(sorted(line.on_duty(GroupId("acme"), at))) for at in noons)


MONDAY = date(2026, 11, 23)


def test_after_the_turn_under_way_the_others_keep_their_order_and_whoever_joins_comes_in_it() -> (
    None
):
    before = files()
    assert weeks(before, MONDAY, 5) == "ana ben cho ana ben"
    found = later("after-turn", "ana, dia, ben, cho", before)
    assert said(found) == ["[{from: 2026-11-30, turns: {order: [ben, cho, ana, dia]}}]"]
    assert weeks(found, MONDAY, 6) == "ana ben cho ana dia ben"


def test_after_the_round_under_way_the_new_order_begins_as_it_is_written() -> None:
    found = later("after-round", "ana, dia, ben, cho", files())
    assert said(found) == ["[{from: 2026-12-14, turns: {order: [ana, dia, ben, cho]}}]"]
    assert weeks(found, MONDAY, 7) == "ana ben cho ana dia ben cho"


def test_after_the_shift_under_way_turns_still_change_on_their_days() -> None:
    found = later("after-shift", "dia, ben, cho", files())
    assert said(found) == [
        "[{from: 2026-11-26, turns: {order: [ben, cho, dia], from: 2026-11-23}}]"
    ]
    line, thursday = Timeline(read_snapshot(found)), datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert line.on_duty(GroupId("acme"), NOW) == {"ana"}
    assert line.on_duty(GroupId("acme"), thursday) == {"ben"}
    assert weeks(found, MONDAY, 4) == "ana cho dia ben"


def test_a_night_under_way_is_not_cut_and_before_the_first_shift_of_a_day_that_day_is_new() -> None:
    night = files(hours="22:00 to 06:00", change="every day")
    at_two = datetime(2026, 11, 25, 2, tzinfo=UTC)
    assert "from: 2026-11-25," in said(later("after-shift", "dia, ben", night, at_two))[0]
    assert "from: 2026-11-26," in said(later("after-shift", "dia, ben", files(), NOW))[0]
    early = datetime(2026, 11, 25, 7, tzinfo=UTC)
    assert "from: 2026-11-25," in said(later("after-shift", "dia, ben", files(), early))[0]


def test_now_is_as_without_a_word_and_before_the_first_turn_there_is_nothing_to_wait_for() -> None:
    plain = edit("shifts: {day: {turns: {order: [ana, dia]}}}", files()).files
    assert later("now", "ana, dia", files()) == plain
    ahead = files(since="2027-01-04")
    found = later("after-turn", "ana, dia", ahead)
    assert "then" not in found[0][1].decode()


def test_a_second_edit_takes_over_what_has_begun_and_takes_the_place_of_the_same_date() -> None:
    found = later("after-turn", "ana, dia, ben, cho", files())
    again = later("after-turn", "ana, eva, ben", found)
    assert said(again) == ["[{from: 2026-11-30, turns: {order: [ben, ana, eva]}}]"]
    in_december = datetime(2026, 12, 2, 10, tzinfo=UTC)
    settled = later("after-turn", "cho, ana, eva", found, in_december)
    text = settled[0][1].decode()
    assert "turns: {change: every week, from: 2026-11-30, order: [ben, cho, ana, dia]}" in text
    assert said(settled) == ["[{from: 2026-12-07, turns: {order: [cho, ana, eva]}}]"]
    assert weeks(settled, date(2026, 11, 30), 5) == weeks(found, date(2026, 11, 30), 3) + " eva cho"


def test_an_order_that_has_begun_is_what_an_edit_now_edits() -> None:
    found = later("after-turn", "ana, dia, ben, cho", files())
    in_december = datetime(2026, 12, 2, 10, tzinfo=UTC)
    now = edit("shifts: {day: {turns: {order: [ben, eva]}}}", found, in_december).files
    assert "then" not in now[0][1].decode()
    assert weeks(now, date(2026, 11, 30), 3) == "ben eva ben"
    gone = edit("leaves: [ben]", found, in_december).files
    assert "then" not in gone[0][1].decode()
    assert weeks(gone, date(2026, 11, 30), 3) == "cho ana dia"


def test_everyone_and_the_number_on_duty_may_come_later_too() -> None:
    text = "effective: after-turn\nshifts: {day: {everyone: [dia, eva], turns: , on_duty: }}"
    found = edit(text, files()).files
    assert said(found) == ["[{from: 2026-11-30, everyone: [dia, eva]}]"]
    assert weeks(found, MONDAY, 2) == "ana dia+eva"
    begun = datetime(2026, 12, 2, 10, tzinfo=UTC)
    settled = edit("effective: after-shift\nshifts: {day: {everyone: [cho]}}", found, begun).files
    assert "everyone: [dia, eva]" in settled[0][1].decode()
    assert "on_duty" not in settled[0][1].decode()
    assert weeks(settled, date(2026, 11, 30), 2) == "dia+eva cho"
    two = edit("effective: after-turn\nshifts: {day: {on_duty: 2}}", files()).files
    assert weeks(two, MONDAY, 3) == "ana ben+cho ana+ben"


def test_another_rhythm_begins_on_the_date() -> None:
    text = (
        "effective: after-turn\nshifts: {day: {turns: {change: every 2 weeks, order: [ana, dia]}}}"
    )
    found = edit(text, files()).files
    assert said(found) == [
        "[{from: 2026-11-30, turns: {order: [ana, dia], change: every 2 weeks}}]"
    ]
    assert weeks(found, MONDAY, 6) == "ana ana ana dia dia ana"


def test_turns_that_are_picked_begin_after_the_shift_at_the_earliest() -> None:
    text = "shifts: {day: {turns: {pick: least-loaded, order: [dia, ana, ben, cho]}}}"
    found = edit(text, files()).files
    order = "{order: [ana, ben, cho, dia], pick: least-loaded, from: 2026-11-23}"
    assert said(found) == [f"- {{from: 2026-11-26, turns: {order}}}"]
    assert Timeline(read_snapshot(found)).on_duty(GroupId("acme"), NOW) == {"ana"}
    begun = datetime(2026, 11, 27, 10, tzinfo=UTC)
    again = edit("shifts: {day: {turns: {order: [ana, ben]}}}", found, begun).files
    assert "pick: least-loaded}  # as agreed" in again[0][1].decode()
    assert said(again) == ["- {from: 2026-11-30, turns: {order: [ana, ben]}}"]
    anew = edit("turn: anew\n" + text, files()).files
    assert "then" not in anew[0][1].decode()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("effective: tomorrow\nleaves: [ana]", "`tomorrow` is no time to take effect"),
        ("effective: after-turn\nleaves: [ana]", "whoever leaves is in no list at once"),
        (
            "effective: after-turn\nshifts: {day: {turns: {from: 2026-12-07}}}",
            "`day` has a `from` of its own",
        ),
    ],
)
def test_what_cannot_be_later_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(UnreadableError, match=wrong):
        edit_in("edit.yaml", text.encode())


ORDERS = st.permutations(NAMES).flatmap(lambda names: st.integers(1, 5).map(lambda n: names[:n]))
CHANGES = st.sampled_from(["every day", "every 3 days", "every week", "every 2 weeks",
                           "every month"])  # fmt: skip
SINCE = st.sampled_from(["2026-01-05", "2026-01-31", "2026-02-28", "2026-11-20"])
WHEN = st.sampled_from(["after-shift", "after-turn", "after-round"])
INSTANTS = st.integers(0, 24 * 120).map(lambda n: NOW + timedelta(hours=n))
HOURS = st.sampled_from(["08:00 to 16:00", "22:00 to 06:00", "16:00 to 08:00"])


@settings(max_examples=40, deadline=None)
@given(
    old=ORDERS,
    new=ORDERS,
    change=CHANGES,
    since=SINCE,
    when=WHEN,
    now=INSTANTS,
    hours=HOURS,
    crew=st.integers(1, 2),
)
def test_nothing_published_moves_before_the_date_and_turns_change_when_they_changed(
    *, old: list[str], new: list[str], change: str, since: str, when: str, now: datetime,
    hours: str, crew: int,
) -> None:  # fmt: skip
    crew = min(crew, len(old), len(new))
    before = files(", ".join(old), change, since, hours, crew)
    after = later(when, ", ".join(new), before, now)
    was, is_ = read_snapshot(before), read_snapshot(after)
    if was == is_:
        return
    (put,) = is_.shifts[ShiftId("day")].then
    spans = [Timeline(r).spans(GroupId("acme"), now - 9 * DAY, now + 60 * DAY) for r in (was, is_)]
    assert until(spans[0], put.first) == until(spans[1], put.first)
    assert put.first >= now.date()
    assert all(s.starts > now for s in {*spans[1]} - {*spans[0]}), "nobody is cut off in a shift"
    assert isinstance(put.turns, Turns)
    old_turns, served = was.shifts[ShiftId("day")].turns, Served.of(is_, ShiftId("day"))
    assert isinstance(old_turns, Turns)
    for day in (put.first + n * DAY for n in range(1, 60)):
        began = served.turn(put.turns, day) > served.turn(put.turns, day - DAY)
        assert began == (served.turn(old_turns, day) > served.turn(old_turns, day - DAY)), day


def until(spans: tuple[Span, ...], first: date) -> set[Span]:
    return {s for s in spans if s.key.split("/")[1] < first.isoformat()}

"""Whatever can be converted says of every hour what the service says of it."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Group,
    GroupId,
    Hours,
    PersonId,
    Roster,
    Shift,
    ShiftId,
    Turns,
)
from rotation.core.timeline import Timeline
from rotation.importing import Asked, converted
from rotation.importing.part import Rendered
from rotation.importing.proof import compared
from rotation.roster_file import read_snapshot

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = {
    "America/New_York": datetime(2026, 3, 5, tzinfo=UTC),
    "Europe/Lisbon": datetime(2026, 3, 26, tzinfo=UTC),
}
"""Days before clocks change there."""
STEP, STEPS = timedelta(hours=1), 9 * 24
FEW = settings(max_examples=min(30, settings.default.max_examples if settings.default else 30))
NAMES = ("Ana Lim", "Ben Ortiz", "Cleo Marsh", "Dee Ray", "Eli Fox")
KEYS = tuple(name.lower().replace(" ", "-") for name in NAMES)
NUMBERS = "person,phone\n" + "".join(f"{n},+35191234560{i}\n" for i, n in enumerate(NAMES))
DAY = 86400
ZONES = st.sampled_from(sorted(FIRST))
HOUR = st.sampled_from([0, *range(4, 24)])
"""No edge within a repeated hour, of which a clock on the wall cannot tell the two apart."""


def user(place: int) -> dict[str, Any]:
    return {"id": f"P{place}", "type": "user_reference", "summary": NAMES[place]}


def to_json(zone: str, layers: Sequence[dict[str, Any]], entries: Sequence[Any] = ()) -> bytes:
    schedule = {"name": "Desk", "time_zone": zone, "schedule_layers": layers}
    if entries:
        schedule["final_schedule"] = {"rendered_schedule_entries": entries}
    return json.dumps({"schedule": schedule}).encode()


def layer(
    zone: str, at: datetime, turn: int, users: Sequence[int], limits: object
) -> dict[str, Any]:
    begins = at.replace(tzinfo=ZoneInfo(zone)).isoformat()
    return {
        "start": begins,
        "rotation_virtual_start": begins,
        "rotation_turn_length_seconds": turn,
        "users": [{"user": user(place)} for place in users],
        "restrictions": limits,
    }


@st.composite
def restrictions(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        hour, ends = draw(HOUR), draw(HOUR)
        one: dict[str, Any] = {"start_time_of_day": f"{hour:02}:00:00", "type": "daily_restriction"}
        one["duration_seconds"] = ((ends - hour) % 24 or 24) * 3600
        if draw(st.booleans()):
            one |= {"type": "weekly_restriction", "start_day_of_week": draw(st.integers(1, 7))}
            one["duration_seconds"] += DAY * draw(st.integers(0, 6))
        found.append(one)
    return found


@st.composite
def layers(draw: st.DrawFn, zone: str) -> dict[str, Any]:
    turn = draw(st.sampled_from([6, 12, 24, 48, 72, 120, 168, 336])) * 3600
    hour = draw(HOUR) if turn >= DAY else draw(st.sampled_from([0, 4, 5]))
    day = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 50)))
    users = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    return layer(zone, datetime.combine(day, time(hour)), turn, users, draw(restrictions()))


def on_clocks(one: dict[str, Any], wall: datetime) -> int | None:
    """Whose turn a clock on the wall shows, by counting on it and nothing else."""
    minute = wall.hour * 60 + wall.minute
    limits = one["restrictions"]
    if limits and not any(
        (minute - int(r["start_time_of_day"][:2]) * 60
         + (wall.isoweekday() - r.get("start_day_of_week", wall.isoweekday())) * 1440)
        % (1440 if r["type"] == "daily_restriction" else 10080) * 60 < r["duration_seconds"]
        for r in limits
    ):  # fmt: skip
        return None
    begins = datetime.fromisoformat(one["rotation_virtual_start"]).replace(tzinfo=None)
    turns = (wall - begins) // timedelta(seconds=one["rotation_turn_length_seconds"])
    return int(one["users"][turns % len(one["users"])]["user"]["id"][1:])


def rendered(zone: str, stack: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The final schedule, looked at every hour; the last layer lies on top."""
    found = []
    for n in range(STEPS):
        at = FIRST[zone] + n * STEP
        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        seen = [who for one in stack if (who := on_clocks(one, wall)) is not None]
        found.append((at, seen[-1] if seen else None))
    return [
        {"start": run[0][0].isoformat(), "end": (run[-1][0] + STEP).isoformat(), "user": user(who)}
        for who, some in groupby(found, key=lambda pair: pair[1])
        if who is not None and (run := list(some))
    ]


@FEW
@given(st.data())
def test_layers_convert_to_what_a_clock_on_the_wall_shows(data: st.DataObject) -> None:
    zone = data.draw(ZONES)
    stack = data.draw(st.lists(layers(zone), min_size=1, max_size=3))
    entries = rendered(zone, stack)
    content = to_json(zone, stack, entries)
    numbers = "numbers.csv", NUMBERS.encode()
    found = converted(Asked("PagerDuty", "x.json", content, numbers, last_on_top=True), NOW)
    if entries:
        (proof,) = found.proofs
        assert proof.entries == len(entries)
        assert proof.differences == ()
    made = read_snapshot([("made.yaml", found.text.encode())]).shifts.values()
    spans = [
        Rendered(
            datetime.fromisoformat(one["start"]),
            datetime.fromisoformat(one["end"]),
            KEYS[NAMES.index(one["user"]["summary"])],
        )
        for one in entries
    ]
    again = compared("Desk", tuple(made), spans, (), FIRST[zone])
    assert again is None or again.differences == ()


@st.composite
def shifts(draw: st.DrawFn, zone: str) -> Shift:
    starts, length = draw(HOUR) * 60, draw(st.integers(1, 23)) * 60
    later, ends = divmod(starts + length, 1440)
    hours = Hours(starts, ends, later) if ends else Hours(starts, 1440)
    unit = draw(st.sampled_from([Every.DAY, Every.WEEK]))
    days = frozenset(range(7)) if unit is Every.DAY else draw(
        st.frozensets(st.integers(0, 6), min_size=1)
    )  # fmt: skip
    order = draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=4))
    anchor = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 30)))
    turns = Turns(tuple(map(PersonId, order)), unit, draw(st.integers(1, 4)), anchor)
    return Shift(ShiftId("desk"), zone, hours, days, turns)


def exported(shift: Shift) -> bytes:
    turns = shift.turns
    assert isinstance(turns, Turns)
    hours = shift.hours
    length = (hours.days_later * 1440 + hours.ends - hours.starts) * 60
    limits = [
        {"type": "weekly_restriction", "start_day_of_week": day + 1, "duration_seconds": length,
         "start_time_of_day": f"{hours.starts // 60:02}:00:00"}
        for day in sorted(shift.weekdays)
    ]  # fmt: skip
    seconds = turns.count * DAY * (7 if turns.unit is Every.WEEK else 1)
    begins = datetime.combine(turns.anchor, time(hours.starts // 60))
    users = [KEYS.index(person) for person in turns.order]
    return to_json(shift.zone, [layer(shift.zone, begins, seconds, users, limits)])


def duties(found: Sequence[Shift]) -> list[tuple[str, datetime, datetime]]:
    group = Group(GroupId("g"), AccountId("a"), ChatId("c"), tuple(one.id for one in found))
    timeline = Timeline(Roster({}, {one.id: one for one in found}, {group.id: group}))
    since = FIRST[found[0].zone]
    spans = timeline.duty_spans(group.id, since, since + timedelta(days=60))
    return sorted((duty.person, duty.starts, duty.ends) for duty in spans)


@FEW
@given(st.data())
def test_a_roster_told_as_an_export_comes_back_with_the_same_timeline(data: st.DataObject) -> None:
    shift = data.draw(ZONES.flatmap(shifts))
    numbers = "numbers.csv", NUMBERS.encode()
    found = converted(Asked("PagerDuty", "x.json", exported(shift), numbers), NOW)
    roster = read_snapshot([("made.yaml", found.text.encode())])
    assert duties(tuple(roster.shifts.values())) == duties([shift])

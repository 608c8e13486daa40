"""What the roster in force says: who is on duty, shifts and handovers, gaps, workload, a week."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rotation.core.gaps import Kind as GapKind
from rotation.core.gaps import gaps as found_gaps
from rotation.core.roster import PersonId
from rotation.core.timeline import Timeline
from rotation.core.weekly import own_week
from rotation.core.workload import workload
from rotation.engine.weekly import manager_week
from rotation.surfaces.answers.answer import Answer, Told, cursor, groups_asked, limit
from rotation.surfaces.foresight import drips, is_much_to_weigh, too_short
from rotation.surfaces.gaps import as_data
from rotation.surfaces.instants import moment
from rotation.surfaces.months import months_later
from rotation.surfaces.naming import group_called, person_called
from rotation.surfaces.on_duty import Stretch, Who, stretch, who
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.sight import Sight
from rotation.surfaces.workload import as_object, cells
from rotation.surfaces.wrong import Wrong

_DAY, _WEEK, _FOUR_WEEKS = timedelta(days=1), timedelta(days=7), timedelta(days=28)
LONGEST = timedelta(days=92)
"""A stretch of a group's that is told at once."""
MOST_WORK = 6000
"""Days of sets of shifts that are laid out at once: a second or two."""


def _at(text: str, otherwise: datetime) -> datetime:
    return moment(text) if text else otherwise


def _window(since: datetime, until: datetime, longest: timedelta) -> tuple[datetime, datetime]:
    if not since < until <= since + longest:
        told = f"within {longest.days} days"
        raise Wrong(f"the stretch does not end after it starts, {told}", "Ask part by part")
    return since, until


# -- who and timeline ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WhoOfGroup:
    group: str = asks("The group", Kind.GROUP)
    at: str = asks("When", Kind.MOMENT, "", hint="now, if empty")


@dataclass(frozen=True, slots=True)
class WhoOfAll:
    at: str = asks("When", Kind.MOMENT, "", hint="now, if empty")
    limit: int = limit()
    cursor: str = cursor()


def _who(_counter: Counter, sight: Sight, wish: WhoOfAll) -> Told:
    at = _at(wish.at, sight.now)
    names, following = groups_asked(sight, "who", wish.cursor, wish.limit)
    groups = [who(sight.timeline, name, at) for name in names]
    return {"at": at, "groups": groups, "next": following}


def _who_of_group(_counter: Counter, sight: Sight, wish: WhoOfGroup) -> Told:
    at = _at(wish.at, sight.now)
    return {"at": at, "groups": [who(sight.timeline, group_called(sight.roster, wish.group), at)]}


@dataclass(frozen=True, slots=True)
class OfStretch:
    group: str = asks("The group", Kind.GROUP)
    since: str = asks("From when", Kind.MOMENT, "", hint="now, if empty")
    until: str = asks("Until when", Kind.MOMENT, "", hint="a week later, if empty")


def _timeline(_counter: Counter, sight: Sight, wish: OfStretch) -> Told:
    group, since = group_called(sight.roster, wish.group), _at(wish.since, sight.now)
    since, until = _window(since, _at(wish.until, since + _WEEK), LONGEST)
    return {"from": since, "until": until, "groups": [stretch(sight.timeline, group, since, until)]}


# -- gaps, workload, week -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GapsOf:
    group: str = asks("Only this group", Kind.GROUP, "")
    months: int = asks("How many months", Kind.NUMBER, 3, hint="1 to 36")
    since: str = asks("From when", Kind.MOMENT, "", hint="now, if empty")
    rest: int = asks("Hours that people should be off in between", Kind.NUMBER, 0, hint="0 to 48")


def _gaps(counter: Counter, sight: Sight, wish: GapsOf) -> Told:
    if not 1 <= wish.months <= 36 or wish.rest > 48:  # noqa: PLR2004 - as it says
        raise Wrong("`months` are 1 to 36, and `rest` 0 to 48")
    roster = sight.roster
    if wish.group:
        name = group_called(roster, wish.group)
        roster = replace(roster, groups={name: roster.groups[name]})
    since = _at(wish.since, sight.now).replace(second=0, microsecond=0)
    until = months_later(since, wish.months)
    _require_little(len({g.duty_of for g in roster.groups.values()}), until - since)
    found = found_gaps(Timeline(roster), since, until, timedelta(hours=wish.rest))
    is_weighed = not is_much_to_weigh(sight.roster)
    drip = drips(counter.settings)
    slow = too_short(sight.roster, sight.timeline, drip, since) if is_weighed else ()
    return {
        "from": since, "until": until, "found": [as_data(one) for one in found],
        "drip": [one.said for one in slow if one.group in roster.groups],
        "drip_weighed": is_weighed,
    }  # fmt: skip


def _require_little(sets: int, length: timedelta) -> None:
    if sets * length.days > MOST_WORK:
        raise Wrong(
            "that is too much to lay out at once: "
            f"{sets} different sets of shifts for {length.days} days",
            "Ask for a shorter stretch, or for a group; or ask `rotation` on the machine",
        )


@dataclass(frozen=True, slots=True)
class WorkOf:
    since: str = asks("From when", Kind.MOMENT, "", hint="now, if empty")
    until: str = asks("Until when", Kind.MOMENT, "", hint="four weeks later, if empty")


def _workload(_counter: Counter, sight: Sight, wish: WorkOf) -> Told:
    since = _at(wish.since, sight.now)
    since, until = _window(since, _at(wish.until, since + _FOUR_WEEKS), 4 * LONGEST)
    _require_little(len({g.duty_of for g in sight.roster.groups.values()}), until - since)
    rows = cells(sight.roster, workload(sight.timeline, since, until))
    return as_object(rows, since, until)


@dataclass(frozen=True, slots=True)
class WeekOf:
    person: str = asks("Whose own week", Kind.PERSON, "", hint="all groups', if empty")


def week_text(sight: Sight, person: PersonId | None) -> tuple[str, str]:
    """The weekly message, as it would be said now, or an agent's own; and by which zone."""
    weekly = sight.roster.weekly
    zone = weekly.zone if weekly is not None else "UTC"
    if person is None:
        in_force = (sight.digest, sight.roster, sight.timeline)
        return manager_week(sight.books, in_force, zone, sight.now), zone
    zone = sight.roster.people[person].zone or zone
    return own_week(sight.timeline, person, zone, sight.now), zone


def week_told(sight: Sight, person: PersonId | None, text: str, zone: str) -> Told:
    return {"at": sight.now, "person": person, "zone": zone, "lines": text.splitlines()}


def _week(_counter: Counter, sight: Sight, wish: WeekOf) -> Told:
    person = person_called(sight.roster, wish.person) if wish.person else None
    return week_told(sight, person, *week_text(sight, person))


WHO = Answer(
    "who", "Who is on duty, until when, and who is next", "/who", WhoOfAll,
    {"at": datetime, "groups": [Who], "next": str | None}, _who,
)  # fmt: skip
WHO_OF_GROUP = Answer(
    "who of a group", "Who is on duty in a group, until when, and who is next",
    "/groups/{group}/who", WhoOfGroup, {"at": datetime, "groups": [Who]}, _who_of_group,
)  # fmt: skip
TIMELINE = Answer(
    "timeline", "The shifts and handovers of a stretch of time", "/groups/{group}/timeline",
    OfStretch, {"from": datetime, "until": datetime, "groups": [Stretch]}, _timeline,
)  # fmt: skip
_FOUND = {
    "kind": GapKind, "groups": [str], "shifts": [str], "person": str | None, "first": datetime,
    "last": datetime, "times": int, "minutes": int, "minutes_altogether": int,
    "clocks": [{"at": datetime, "zone": str, "minutes": int}], "why": [str],
}  # fmt: skip
GAPS = Answer(
    "gaps", "What the roster leaves open in the months to come", "/gaps", GapsOf,
    {"from": datetime, "until": datetime, "found": [_FOUND], "drip": [str],
     "drip_weighed": bool}, _gaps,
)  # fmt: skip
WORKLOAD = Answer(
    "workload", "How many hours everybody is on duty", "/workload", WorkOf,
    {"from": datetime, "until": datetime, "people": [
        {"person": str, "name": str, "hours": float, "night_hours": float, "weekend_hours": float,
         "shifts": int, "holiday_hours": float}
    ]}, _workload,
)  # fmt: skip
WEEK = Answer(
    "week", "The last seven days in a few lines, and what comes", "/week", WeekOf,
    {"at": datetime, "person": str | None, "zone": str, "lines": [str]}, _week,
)  # fmt: skip

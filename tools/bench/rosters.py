"""The rosters that are measured."""

from dataclasses import replace
from datetime import date

from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Everyone,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Roster,
    Shift,
    ShiftId,
    Turns,
)

ACCOUNT = AccountId("main")
DESKS = {"asia": "Asia/Singapore", "europe": "Europe/Lisbon", "america": "America/New_York"}
OFFICE = Hours(starts=8 * 60, ends=16 * 60)
WORKDAYS = frozenset(range(5))
ALL_WEEK = frozenset(range(7))
FROM = date(2026, 1, 5)
PARTS = {"night": Hours(0, 8 * 60), "day": Hours(8 * 60, 16 * 60)}
"""Whose shifts meet at 08:00 UTC."""


def follow_the_sun(*, after: str = "") -> Roster:
    """Three desks of six, a turn a week, Monday to Friday, in one group; `after` renames it."""
    people = {desk: tuple(PersonId(f"{desk}-{n}") for n in range(6)) for desk in DESKS}
    everyone = [person for desk in people.values() for person in desk]
    shifts = {
        ShiftId(f"{desk}{after}"): Shift(
            ShiftId(f"{desk}{after}"), zone, OFFICE, WORKDAYS,
            Turns(people[desk], Every.WEEK, 1, FROM),
        )
        for desk, zone in DESKS.items()
    }  # fmt: skip
    team = Group(GroupId("team"), ACCOUNT, ChatId("team@g.us"), tuple(shifts))
    return Roster(
        people={p: Person(p, p, Phone(f"+3519{n:08}")) for n, p in enumerate(everyone)},
        shifts=shifts,
        groups={team.id: team},
    )


def many_suns(groups: int, anchor: date, mode: Mode = Mode.WATCH) -> Roster:
    """As many groups like that one, each with people and shifts of its own.

    They begin on another minute of the hour; after sixty of them minutes come again.
    """
    people: list[PersonId] = []
    shifts: dict[ShiftId, Shift] = {}
    made: dict[GroupId, Group] = {}
    for number in range(groups):
        hours = Hours(9 * 60 + number % 60, 17 * 60 + number % 60)
        names = tuple(ShiftId(f"{desk}-{number}") for desk in DESKS)
        for name, zone in zip(names, DESKS.values(), strict=True):
            order = tuple(PersonId(f"{name}-{n}") for n in range(6))
            turns = Turns(order, Every.WEEK, 1, anchor)
            shifts[name] = Shift(name, zone, hours, WORKDAYS, turns)
            people += order
        group = GroupId(f"suns-{number}")
        chat = ChatId(f"12036305{number:010}@g.us")
        made[group] = Group(group, ACCOUNT, chat, names, mode)
    numbered = {p: Person(p, f"Agent {p}", Phone(f"+3519{n:08}")) for n, p in enumerate(people)}
    return Roster(numbered, shifts, made)


def three_suns(groups: int, anchor: date) -> Roster:
    """As many groups that all have the same three shifts."""
    one = many_suns(1, anchor)
    (group,) = one.groups.values()
    made = (
        replace(group, id=GroupId(f"suns-{n}"), chat=ChatId(f"12036305{n:010}@g.us"))
        for n in range(groups)
    )
    return replace(one, groups={each.id: each for each in made})


def everyone_changes(groups: int, each: int) -> Roster:
    """At 08:00 UTC `each` people of every group go and as many others come."""
    made = [_changing(number, each) for number in range(groups)]
    people = [person for _, shifts in made for person in _of(shifts)]
    return Roster(
        people={p: Person(p, p, Phone(f"+3519{n:08}")) for n, p in enumerate(people)},
        shifts={shift.id: shift for _, shifts in made for shift in shifts},
        groups={group.id: group for group, _ in made},
    )


def one_boundary(groups: int) -> Roster:
    """At 08:00 UTC one and the same person hands over to another, in every group."""
    shifts = {
        ShiftId(part): Shift(ShiftId(part), "UTC", hours, ALL_WEEK, Everyone((PersonId(part),)))
        for part, hours in PARTS.items()
    }
    names = tuple(shifts)
    made = (
        Group(GroupId(f"g{n}"), ACCOUNT, ChatId(f"12036304{n:010}@g.us"), names, Mode.MANAGED)
        for n in range(groups)
    )
    people = {p: Person(p, p, Phone(f"+3519{n:08}")) for n, p in enumerate(map(PersonId, PARTS))}
    return Roster(people, shifts, {group.id: group for group in made})


def inside_at_night(roster: Roster, group: Group) -> list[Phone]:
    """The numbers of those who are in the group before 08:00."""
    night = roster.shifts[group.shifts[0]]
    return [roster.people[person].phone for person in _of([night])]


def _changing(number: int, each: int) -> tuple[Group, list[Shift]]:
    shifts = [
        Shift(
            ShiftId(f"{part}-{number}"), "UTC", hours, ALL_WEEK,
            Everyone(tuple(PersonId(f"{part}-{number}-{n}") for n in range(each))),
        )
        for part, hours in PARTS.items()
    ]  # fmt: skip
    names = tuple(shift.id for shift in shifts)
    chat = ChatId(f"12036304{number:010}@g.us")
    return Group(GroupId(f"group-{number}"), ACCOUNT, chat, names, mode=Mode.MANAGED), shifts


def _of(shifts: list[Shift]) -> list[PersonId]:
    turns = [shift.turns for shift in shifts]
    return [person for turn in turns if isinstance(turn, Everyone) for person in turn.people]

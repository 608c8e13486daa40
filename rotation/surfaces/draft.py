"""A roster drafted from what an account's groups look like: to be read and finished by a person.

It does nothing by itself. Every group is only watched, nobody is on any shift, and somebody who is
in a single group stands behind a `#`, because that is what customers look like.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rotation.core.facts import Role
from rotation.core.roster import AccountId, ChatId, Phone, Roster
from rotation.providers import Members, Own
from rotation.roster_file.naming import free, slug
from rotation.surfaces.counting import counted
from rotation.surfaces.doctor.account import said
from rotation.surfaces.linking import Room
from rotation.surfaces.masking import on_one_line

HEAD = """\
# Drafted from the groups of the account `{account}` on {day}. Nothing is done with it yet: each
# group is only watched, until somebody writes `mode: managed`.
#
# 1. Give people their names, and take out whoever is no agent: a customer, a bot, a boss.
# 2. Write the shifts as in the example below, and name them in the groups they are for.
# 3. `rotation check`, then `rotation status`; `rotation adopt GROUP` says what would be done.
"""
SHIFTS = """\
#shifts:
#  day:
#    zone: {zone}
#    hours: 08:00 to 20:00
#    everyone: [{people}]
"""
SEVERAL = "In several groups, so probably one of yours."
SINGLE = "In one group only, so probably a customer. Take the # away from whoever is an agent."
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a roster file, and what is in it.

    `unread` groups could not be read, by name and why.
    """

    text: str
    groups: tuple[str, ...]
    people: int
    behind: int
    hidden: int
    unread: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    phone: Phone
    rooms: tuple[str, ...]

    def line(self) -> str:
        digits = json.dumps(self.phone)
        title = self.name.replace("-", " ").capitalize()
        rooms = ", ".join(dict.fromkeys(self.rooms))
        return f"{self.name}: {{name: {title}, phone: {digits}}}   # {rooms}"


def draft(account: AccountId, own: Own, rooms: Sequence[Room], roster: Roster, day: str) -> Draft:
    """A roster file for `rooms` beside what `roster` has. `day`: when they were read."""
    read = [room for room in rooms if isinstance(room.members, Members)]
    known = {person.phone: str(person.id) for person in roster.people.values()}
    people = _people(own, read, known)
    several, single = _apart(people.values())
    names = {**known, **{phone: person.name for phone, person in people.items()}}
    groups = _named(read, roster.groups)
    lines = [
        HEAD.format(account=account, day=day),
        *_people_said(several, single),
        SHIFTS.format(zone="UTC", people=", ".join([p.name for p in several][:2]) or "..."),
        *(["groups:"] if read else []),
        *(line for room in read for line in _group(account, groups[room.chat], room, own, names)),
    ]
    return Draft(
        text="\n".join(lines) + "\n",
        groups=tuple(groups.values()),
        people=len(several),
        behind=len(single),
        hidden=sum(one.phone is None for room in read for one in room.others(own)),
        unread=tuple(
            (_title(room), said(room.members))
            for room in rooms
            if not isinstance(room.members, Members)
        ),
    )


def _people(own: Own, rooms: Iterable[Room], known: Mapping[Phone, str]) -> dict[Phone, _Person]:
    """Everybody with a number whom the roster does not know, those in the most groups first."""
    found: dict[Phone, list[str]] = {}
    for room in rooms:
        for one in room.others(own):
            if one.phone is not None and one.phone not in known:
                found.setdefault(one.phone, []).append(_title(room))
    taken = set(known.values())
    people = {}
    for phone, names in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        name = free(f"person-{phone[-DIGITS:]}", taken)
        people[phone] = _Person(name, phone, tuple(names))
    return people


def _apart(people: Iterable[_Person]) -> tuple[list[_Person], list[_Person]]:
    every = list(people)
    return [p for p in every if len(p.rooms) > 1], [p for p in every if len(p.rooms) == 1]


def _people_said(several: Sequence[_Person], single: Sequence[_Person]) -> Iterator[str]:
    if several:
        yield f"people:\n  # {SEVERAL}"
        yield from (f"  {person.line()}" for person in several)
    elif single:
        yield "#people:"
    if single:
        yield f"  # {SINGLE}"
        yield from (f"#  {person.line()}" for person in single)
    yield ""


def _group(
    account: AccountId, name: str, room: Room, own: Own, names: Mapping[Phone, str]
) -> Iterator[str]:
    others = room.others(own)
    phones = {one.phone for one in others if one.phone is not None}
    inside = sorted(names[phone] for phone in phones if phone in names)
    hidden = sum(one.phone is None for one in others)
    without = f", {hidden} of them without a number" if hidden else ""
    who = f"{counted(len(others), 'member')} beside us{without}"
    yield f"  # {_title(room)}: {who}; {_right(room, own)}"
    yield from (f"  #   {part}" for part in _wrapped(inside))
    yield f"  {name}:"
    yield f"    account: {account}"
    yield f"    chat: {room.chat}"
    yield "    mode: watch"
    yield ""


def _right(room: Room, own: Own) -> str:
    ours = room.ourselves(own)
    if ours is None:
        return "we are not listed in it"
    return (
        "we are no admin, so nothing could be done"
        if ours.role is Role.MEMBER
        else "we are an admin"
    )


def _wrapped(names: Sequence[str], at_once: int = 6) -> Iterator[str]:
    for start in range(0, len(names), at_once):
        yield ", ".join(names[start : start + at_once])


def _named(rooms: Iterable[Room], taken: Iterable[str]) -> dict[ChatId, str]:
    """A key for each group, made of its name as far as that has letters for one."""
    used = {str(name) for name in taken}
    return {room.chat: free(slug(room.subject) or "group", used) for room in rooms}


def _title(room: Room) -> str:
    """A group's own name in a comment: on one line, whatever somebody called it."""
    return on_one_line(room.subject).strip() or str(room.chat)

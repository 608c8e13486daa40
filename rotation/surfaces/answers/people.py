"""People: who there is, where each may be, and on whose word: grants, subscriptions, wipes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from rotation.core.facts import Effect, Grant, Leaver, Seen, Subscription, Ticket
from rotation.core.roster import Change, Doing, GroupId, Person, PersonId, Roster
from rotation.surfaces import letting_in
from rotation.surfaces.answers.answer import Answer, Nothing, Told, cursor, limit, page_of
from rotation.surfaces.answers.naming import person_once
from rotation.surfaces.by_hand import undo_name
from rotation.surfaces.change_said import groups_of as groups_changed
from rotation.surfaces.change_said import voided, when_said, who_said
from rotation.surfaces.changing import is_over
from rotation.surfaces.explain import Explained
from rotation.surfaces.letting_in import Let
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.naming import group_called
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.orders.roster import last_save
from rotation.surfaces.orders.undo import is_over as is_past
from rotation.surfaces.person import Turn, explained_in, groups_of, turns_of, wipe_of
from rotation.surfaces.sight import Sight
from rotation.surfaces.wiping import Report, left

MOST_ROOMS = 30


# -- people -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Some:
    limit: int = limit()
    cursor: str = cursor()


def _people(_counter: Counter, sight: Sight, wish: Some) -> Told:
    names, following = page_of("people", sorted(sight.roster.people), wish.cursor, wish.limit)
    found = [_person_told(sight.roster.people[PersonId(name)]) for name in names]
    return {"at": sight.now, "people": found, "next": following}


def _person_told(one: Person) -> Told:
    return {"person": one.id, "name": masked(one.name), "zone": one.zone, "language": one.language,
            "role": one.role, "core": one.core}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OnePerson:
    person: str = asks("Who, by key or name", Kind.PERSON)


@dataclass(frozen=True, slots=True)
class LeftTeam:
    """Since when somebody may be in no group, by whose word and why; `team` empty: of any team."""

    team: str
    since: datetime
    author: str
    reason: str


def _person(_counter: Counter, sight: Sight, wish: OnePerson) -> Told:
    who = person_once(sight, wish.person)
    known, known_by = sight.roster.people.get(who), sight.books.people.all().get(who)
    groups, holds = groups_of(sight, who), sight.books.holds.in_force()
    marks = [one for one in sight.books.leavers.standing() if one.person == who]
    changes = [c for c in sight.roster.changes if who in (c.person, c.other)]
    zone = (known.zone if known is not None else None) or "UTC"
    return {
        "at": sight.now,
        "person": who,
        "name": sight.namer()(who),
        "zone": zone,
        "role": None if known is None else known.role,
        "in_roster": known is not None,
        "stranger": known is None and known_by is not None and known_by.stranger,
        "left": [_left(one) for one in marks],
        "groups": list(explained_in(sight, who, groups[:MOST_ROOMS], holds)),
        "others": max(0, len(groups) - MOST_ROOMS),
        "turns": list(turns_of(sight, who, zone)),
        "changes": [
            change_told(sight.roster, c) for c in changes if not is_over(c, sight.now)
        ],
    }  # fmt: skip


def _left(one: Leaver) -> LeftTeam:
    return LeftTeam(one.team, one.since, masked(one.author), masked(one.reason))


# -- changes ------------------------------------------------------------------------------


def changes_told(roster: Roster, found: Iterable[Change], now: datetime) -> Told:
    return {"at": now, "changes": [change_told(roster, c) for c in found]}


def change_told(roster: Roster, change: Change) -> Told:
    return {
        "id": change.name, "what": change.kind.value, "person": change.person,
        "other": change.other, "shift": change.shift, "first": _iso(change.first),
        "last": _iso(change.last), "from": change.starts, "until": change.ends,
        "turn": change.turn.value if change.kind is Doing.OFF else None,
        "occurrence": change.occurrence or None, "for_occurrence": change.for_occurrence or None,
        "reason": change.reason, "author": change.author, "made_at": change.made_at,
        "ended_at": change.ended_at, "void": voided(roster, change) or None,
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@dataclass(frozen=True, slots=True)
class ChangesOf:
    over: bool = asks("Also those that are over", Kind.FLAG, default=False)


def _changes(_counter: Counter, sight: Sight, wish: ChangesOf) -> Told:
    found = [c for c in sight.roster.changes if wish.over or not is_over(c, sight.now)]
    return changes_told(sight.roster, found, sight.now)


@dataclass(frozen=True, slots=True)
class Undoable:
    """What can be undone: grants together under one name, and rows of what else there is.

    A row says its name, its groups, what it is, of whom, when, by whom and why.
    """

    grants: Mapping[str, Sequence[Grant]]
    others: Sequence[tuple[str, ...]]


def undoable(counter: Counter, sight: Sight) -> Undoable:
    by_name: dict[str, list[Grant]] = {}
    for grant in sight.books.grants.all():
        if not grant.subscription and not is_past(grant, sight.now):
            by_name.setdefault(undo_name(grant), []).append(grant)
    return Undoable(by_name, [*_changes_undoable(sight), *_last_edit(counter, sight)])


def _changes_undoable(sight: Sight) -> Iterator[tuple[str, ...]]:
    name = sight.namer()
    for c in sight.roster.changes:
        if c.id and not is_over(c, sight.now):
            groups = ", ".join(groups_changed(sight.roster, c)) or "-"
            who, when = who_said(c, name), when_said(c)
            yield c.name, groups, c.kind.value, who, when, c.author, c.reason


def _last_edit(counter: Counter, sight: Sight) -> Iterator[tuple[str, ...]]:
    found = last_save(counter, sight)
    if found is not None:
        name, record = found
        what, why = (str(record.detail.get(key, "")) for key in ("what", "why"))
        when = f"{record.at:%Y-%m-%d %H:%M}Z"
        yield name, "-", "edit", what, when, record.origin.removesuffix(" by hand"), why


def undoable_told(sight: Sight, found: Undoable) -> Told:
    told: list[object] = [{"id": name, "grants": some} for name, some in found.grants.items()]
    told += [{"id": row[0], "change": row[1:]} for row in found.others]
    return {"at": sight.now, "can_be_undone": told}


# -- grants and subscriptions -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GrantsOf:
    group: str = asks("Only this group", Kind.GROUP, "")
    ticket: str = asks("Only those for this ticket", Kind.NAME, "")


def lets(sight: Sight, groups: Iterable[GroupId], ticket: str | None) -> list[Let]:
    """Who is let in by hand, but for subscriptions: of these groups, and for this ticket."""
    wanted = set(groups)
    return [
        _let(sight, g)
        for g in sight.books.grants.all()
        if g.effect is Effect.IN and not g.subscription and g.group in wanted
        if not is_past(g, sight.now) and ticket in (None, g.ticket)
    ]


def tickets(sight: Sight, groups: Iterable[GroupId], ticket: str | None) -> list[Ticket]:
    wanted = set(groups)
    known = sight.books.tickets.all()
    return [t for t in known if t.group in wanted and ticket in (None, t.ticket)]


def _let(sight: Sight, grant: Grant) -> Let:
    people = sight.roster.people
    known = sight.books.people.all().get(grant.person)
    name = people[grant.person].name if grant.person in people else ""
    seat = sight.books.seats.of(grant.group).get(grant.person)
    return Let(
        id=undo_name(grant), group=grant.group, person=grant.person,
        name=letting_in.name_of(name or (known.name if known is not None else ""), grant.person),
        ticket=grant.ticket, starts=grant.starts, until=grant.until, author=grant.author,
        reason=grant.reason, seen=seat.seen if seat is not None else Seen.UNKNOWN,
    )  # fmt: skip


def _grants(_counter: Counter, sight: Sight, wish: GrantsOf) -> Told:
    groups = _groups(sight, wish.group)
    ticket = wish.ticket or None
    return grants_told(sight, lets(sight, groups, ticket), tickets(sight, groups, ticket))


def grants_told(sight: Sight, found: Sequence[Let], known: Sequence[Ticket]) -> Told:
    return {"at": sight.now, "grants": found, "tickets": known}


def _groups(sight: Sight, name: str) -> Iterable[GroupId]:
    return (group_called(sight.roster, name),) if name else sight.roster.groups


def _tickets(_counter: Counter, sight: Sight, wish: GrantsOf) -> Told:
    groups = _groups(sight, wish.group)
    return {"at": sight.now, "tickets": tickets(sight, groups, wish.ticket or None)}


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription as it is listed."""

    key: str
    group: GroupId
    name: str
    until: datetime
    agreed: datetime
    extended: bool
    ended_at: datetime | None
    seen: Seen
    language: str | None
    warn_days: int
    warn_at: datetime | None


def subscribed(
    sight: Sight, group: GroupId | None, *, every: bool, only: Collection[str] | None = None
) -> Iterator[Subscribed]:
    """The subscriptions in a group, or all; `every`: those that are over too; `only`: by key."""
    people = sight.books.people.all()
    seen = {(s.group, s.person): s.seen for s in sight.books.seats.all()}
    for key, one in _subscriptions_of(sight, group, every=every).items():
        known = people.get(one.person)
        if only is not None and key not in only:
            continue
        yield Subscribed(
            key=on_one_line(one.key), group=one.group,
            name=masked((known.name if known is not None else "") or one.person),
            until=one.until, agreed=one.agreed, extended=one.is_extended, ended_at=one.ended_at,
            seen=seen.get((one.group, one.person), Seen.UNKNOWN), language=one.language,
            warn_days=one.warn_days, warn_at=one.warn_at,
        )  # fmt: skip


def _subscriptions_of(
    sight: Sight, group: GroupId | None, *, every: bool
) -> dict[str, Subscription]:
    return {
        one.key: one
        for one in sight.books.subscriptions.all().values()
        if group in {None, one.group}
        and (every or (one.ended_at is None and sight.now < one.until))
    }


@dataclass(frozen=True, slots=True)
class SubscriptionsOf:
    group: str = asks("Only this group", Kind.GROUP, "")
    over: bool = asks("Also those that are over", Kind.FLAG, default=False)
    limit: int = limit()
    cursor: str = cursor()


def _subscriptions(_counter: Counter, sight: Sight, wish: SubscriptionsOf) -> Told:
    group = group_called(sight.roster, wish.group) if wish.group else None
    known = sorted(_subscriptions_of(sight, group, every=wish.over))
    names, following = page_of("subscriptions", known, wish.cursor, wish.limit)
    found = list(subscribed(sight, group, every=wish.over, only=frozenset(names)))
    return {"at": sight.now, "subscriptions": found, "next": following}


# -- wipes --------------------------------------------------------------------------------


def _wipes(_counter: Counter, sight: Sight, wish: Some) -> Told:
    """Everybody who may be in no group now, or in none of a team."""
    marks = {f"{one.person}\x00{one.team}": one for one in sight.books.leavers.standing()}
    names, following = page_of("wipes", sorted(marks), wish.cursor, wish.limit)
    reports = (wipe_of(sight, marks[name].person, marks[name].team) for name in names)
    return {"at": sight.now, "wipes": [one for one in reports if one], "next": following}


@dataclass(frozen=True, slots=True)
class WipeOf:
    person: str = asks("Who, by key or name", Kind.PERSON)
    team: str = asks("Out of the groups of this team", Kind.TEAM, "")


def _wipe(counter: Counter, sight: Sight, wish: WipeOf) -> Told:
    """The newest wipe, also one that was ended again; null where there was none."""
    found = wipe_of(sight, person_once(sight, wish.person), wish.team.strip())
    drips = [account.drip for account in counter.settings.accounts.values()]
    about = None if found is None else left(found, min(drips, default=1))
    minutes = None if about is None else int(about.total_seconds() // 60)
    return {"at": sight.now, "wipe": found, "about_minutes": minutes}


_CHANGE = {
    "id": str, "what": Doing, "person": str, "other": str | None, "shift": str | None,
    "first": str | None, "last": str | None, "from": datetime | None, "until": datetime | None,
    "turn": str | None, "occurrence": str | None, "for_occurrence": str | None, "reason": str,
    "author": str, "made_at": datetime | None, "ended_at": datetime | None, "void": str | None,
}  # fmt: skip
PEOPLE = Answer(
    "people", "The people of the roster in force", "/people", Some,
    {"at": datetime, "people": [
        {"person": str, "name": str, "zone": str | None, "language": str | None,
         "role": str | None, "core": bool}
    ], "next": str | None}, _people,
)  # fmt: skip
PERSON = Answer(
    "person", "One person: where they are or may come to be, and why", "/people/{person}",
    OnePerson,
    {"at": datetime, "person": str, "name": str, "zone": str, "role": str | None,
     "in_roster": bool, "stranger": bool, "left": [LeftTeam], "groups": [Explained],
     "others": int, "turns": [Turn], "changes": [_CHANGE]}, _person,
)  # fmt: skip
CHANGES = Answer(
    "changes", "Cover, time off, swaps and extra people: of the files and by command", "/changes",
    ChangesOf, {"at": datetime, "changes": [_CHANGE]}, _changes,
)  # fmt: skip
UNDOABLE = Answer(
    "undoable", "What can be undone, by its name", "/undoable", Nothing,
    {"at": datetime, "can_be_undone": [object]},
    lambda counter, sight, _wish: undoable_told(sight, undoable(counter, sight)),
)  # fmt: skip
GRANTS = Answer(
    "grants", "Who is let in by hand: until when, for which ticket, by whom and why", "/grants",
    GrantsOf, {"at": datetime, "grants": [Let], "tickets": [Ticket]}, _grants,
)  # fmt: skip
TICKETS = Answer(
    "tickets", "Tickets that let people in, open and resolved", "/tickets", GrantsOf,
    {"at": datetime, "tickets": [Ticket]}, _tickets,
)  # fmt: skip
SUBSCRIPTIONS = Answer(
    "subscriptions", "People of no roster who may be in a group until an instant",
    "/subscriptions", SubscriptionsOf,
    {"at": datetime, "subscriptions": [Subscribed], "next": str | None}, _subscriptions,
)  # fmt: skip
WIPES = Answer(
    "wipes", "Who may be in no group any more, and how far that is", "/wipes", Some,
    {"at": datetime, "wipes": [Report], "next": str | None}, _wipes,
)  # fmt: skip
WIPE = Answer(
    "wipe-of", "How far somebody's wipe is, or what came of it", "/wipes/{person}", WipeOf,
    {"at": datetime, "wipe": Report | None, "about_minutes": int | None}, _wipe,
)  # fmt: skip

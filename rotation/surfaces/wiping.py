"""A wipe as people see it: what it would take, how far it is, and its report for ever after."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from rotation.core.facts import Role, Seen, in_no_roster
from rotation.core.roster import AccountId, GroupId, Mode, PersonId, Roster
from rotation.engine.lists import AT_ONCE, PAGE, QUIET_PAGES, laid_over
from rotation.engine.whereabouts import Far, Place, whereabouts
from rotation.engine.wipes import GONE, PROVEN, reason_of
from rotation.ledger import AuditRecord, Books, Mark
from rotation.surfaces.counting import counted
from rotation.surfaces.masking import masked, on_one_line


class State(StrEnum):
    RUNNING = "running"
    WAITS = "waits for people"
    COMPLETE = "complete"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person has to do, and where."""

    where: str
    why: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of the newest wipe of a person.

    `groups`: how many there are, or were when it was complete. `again`: from where they were
    removed after that. `links`: how many invite links were reset.
    """

    person: PersonId
    name: str
    state: State
    since: datetime
    author: str
    reason: str
    groups: int
    removed: tuple[str, ...]
    was_not_in: tuple[str, ...]
    to_go: tuple[str, ...]
    by_hand: tuple[ByHand, ...]
    again: tuple[str, ...]
    links: int
    done_at: datetime | None
    proven_at: datetime | None
    reinstated_at: datetime | None = None
    reinstated_by: str = ""
    reinstated_why: str = ""
    team: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Report":
        """One as another machine tells it, in JSON."""
        made = {one.name: told[one.name] for one in fields(cls)}
        for name, value in made.items():
            if name.endswith(("_at", "since")):
                made[name] = None if value is None else datetime.fromisoformat(value)
            elif isinstance(value, list):
                made[name] = tuple(value)
        by_hand = tuple(ByHand(**one) for one in told["by_hand"])
        return cls(**{**made, "state": State(told["state"]), "by_hand": by_hand})


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a wipe would take, as far as is known before every account's groups are listed.

    `inside`: the groups in which they were seen last. `calls` and `minutes` are the most it takes
    for the groups that are known, if they are in all of them.
    """

    groups: int
    watched: int
    outside: int
    listed: bool
    inside: tuple[str, ...]
    calls: int
    minutes: int
    by_hand: tuple[ByHand, ...]


def report(
    books: Books,
    roster: Roster,
    accounts: Iterable[AccountId],
    person: PersonId,
    now: datetime,
    team: str = "",
) -> Report | None:
    """The report on the newest wipe of `person`, of all groups or those of `team`; None: never."""
    known_as = books.leavers.known_as(person)
    marks = [mark for one in known_as for mark in books.leavers.of(one, team)]
    if not marks:
        return None
    mark = max(marks, key=lambda one: one.since)
    since = min(m.since for m in marks if m.reinstated_at == mark.reinstated_at)
    records = sorted(
        (r for one in known_as for r in books.audit.list(person=one, since=since)),
        key=lambda r: r.seq,
    )
    name = namer(books)
    places: tuple[Place, ...] = ()
    if mark.reinstated_at is None:
        standing = [m for m in books.leavers.standing() if m.person in known_as and m.team == team]
        laid = laid_over(roster, books.found.groups())
        places = whereabouts(books, laid, accounts, standing, now).places
    return _reported(mark, places, records, name, named(books, roster, person))


def _reported(
    mark: Mark,
    places: tuple[Place, ...],
    records: Iterable[AuditRecord],
    name: Callable[[GroupId], str],
    called: str,
) -> Report:
    records = [r for r in records if r.reason is reason_of(mark.team)]
    frozen = next((r for r in records if r.kind == PROVEN), None)
    seq = frozen.seq if frozen is not None else None
    gone = [r for r in records if r.kind in GONE and r.group]
    removed = _names(name, (r for r in gone if seq is None or r.seq < seq))
    groups = _groups(frozen, places)
    not_in = [g for g in groups if name(g) not in removed]
    if frozen is None:
        out = {p.group for p in places if p.far is Far.OUT}
        not_in = [g for g in not_in if g in out]
    links = [r for r in records if r.kind == "reset" and r.detail.get("how") == "done"]
    return Report(
        person=mark.person,
        name=called,
        state=_state(mark),
        since=mark.since,
        author=masked(mark.author),
        reason=masked(mark.reason),
        groups=len(groups),
        removed=removed,
        was_not_in=tuple(sorted(map(name, not_in))),
        to_go=tuple(_where(p, name) for p in places if p.far is Far.OPEN),
        by_hand=tuple(
            ByHand(_where(p, name), masked(p.why), p.to_do) for p in places if p.far is Far.HELD
        ),
        again=_names(name, (r for r in gone if seq is not None and r.seq > seq)),
        links=len(links),
        done_at=mark.done_at,
        proven_at=mark.proven_at,
        reinstated_at=mark.reinstated_at,
        reinstated_by=masked(mark.reinstated_by or ""),
        reinstated_why=masked(mark.reinstated_why or ""),
        team=mark.team,
    )


def _groups(frozen: AuditRecord | None, places: Iterable[Place]) -> list[GroupId]:
    """Every group of the wipe: as it was when it was complete, else as it is now."""
    told = frozen.detail.get("groups") if frozen is not None else None
    if isinstance(told, list):
        return [GroupId(group) for group in told]
    return [p.group for p in places if p.group is not None]


def _names(name: Callable[[GroupId], str], records: Iterable[AuditRecord]) -> tuple[str, ...]:
    return tuple(sorted({name(r.group) for r in records if r.group is not None}))


def _where(place: Place, name: Callable[[GroupId], str]) -> str:
    return f"account {place.account}" if place.group is None else name(place.group)


def _state(mark: Mark) -> State:
    if mark.reinstated_at is not None:
        return State.REINSTATED
    if mark.proven_at is not None:
        return State.COMPLETE
    return State.WAITS if mark.done_at is not None else State.RUNNING


def named(books: Books, roster: Roster, person: PersonId) -> str:
    known = roster.people.get(person) or books.people.all().get(person)
    return masked(on_one_line((known.name if known is not None else "") or person))


def namer(books: Books) -> Callable[[GroupId], str]:
    """What a group is called: by the roster, or as its members named it."""
    subjects: Mapping[GroupId, str] = {g.group: g.subject for g in books.found.all()}

    def name(group: GroupId) -> str:
        subject = subjects.get(group, "") if in_no_roster(group) else ""
        return f"{masked(on_one_line(subject))} ({group})" if subject else str(group)

    return name


def estimate(
    books: Books,
    roster: Roster,
    drips: Mapping[AccountId, int],
    person: PersonId | None,
    team: str = "",
) -> Estimate:
    """What a wipe of `person` (None: whom nobody knows) would take; `drips` are the accounts'.

    With `team` only its groups are counted.
    """
    name = namer(books)
    laid = _of_team(roster, team) if team else laid_over(roster, books.found.groups())
    seats = [
        seat
        for one in (books.leavers.known_as(person) if person is not None else ())
        for seat in books.seats.of_person(one).values()
        if seat.seen is Seen.IN and seat.group in laid.groups
    ]
    by_hand = [
        ByHand(name(s.group), f"they are {_RANKS[s.role]} of it", _TO_DO[s.role])
        for s in seats
        if s.role in _RANKS
    ]
    sizes = {account: len(laid.groups_of(account)) for account in drips}
    longest = max((_minutes(sizes[a], drips[a]) for a in drips), default=0)
    return Estimate(
        groups=sum(sizes.values()),
        watched=sum(g.mode is Mode.WATCH and not in_no_roster(i) for i, g in laid.groups.items()),
        outside=sum(map(in_no_roster, laid.groups)),
        listed=bool(team)
        or all(books.found.listing(account).listed_at is not None for account in drips),
        inside=tuple(sorted(name(s.group) for s in seats)),
        calls=sum(map(_calls, sizes.values())),
        minutes=longest,
        by_hand=tuple(by_hand),
    )


def outlook(found: Estimate) -> str:
    """An estimate in words."""
    inside = f"When last read they were in {len(found.inside)} of {counted(found.groups, 'group')}"
    watched = f", {found.watched} of them only watched" if found.watched else ""
    more = "" if found.listed else "; groups that no roster names are listed first"
    return f"{inside}{watched}{more}. It takes about {found.minutes} min."


def _of_team(roster: Roster, team: str) -> Roster:
    return replace(roster, groups={i: g for i, g in roster.groups.items() if g.team == team})


_RANKS = {Role.CREATOR: "the creator", Role.ADMIN: "an admin"}
_TO_DO = {
    Role.CREATOR: "have them leave it, or go on in a new group",
    Role.ADMIN: "take that right away on the phone, or set `admins: remove`",
}


def _calls(groups: int) -> int:
    """In each a read, another once its slot is near, the removal, a read-back and a new link."""
    return 5 * groups + ceil(groups / PAGE) + QUIET_PAGES


def _minutes(groups: int, drip: int) -> int:
    """Reads come in waves, and a wave of removals each minute behind them."""
    return ceil(groups / min(drip, AT_ONCE)) + 1 if groups else 0


def left(found: Report, drip: int) -> timedelta:
    """About how much longer it takes, where the slowest account removes so many a minute."""
    return timedelta(minutes=_minutes(len(found.to_go), drip))

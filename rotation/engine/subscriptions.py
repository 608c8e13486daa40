"""Subscriptions: a list of who may be in until when, weighed against what is known, and kept.

A list says what is so of those who stand in it, and nothing of anybody else: whoever is missing
stays until their end, unless it is said to be the whole list. Whatever takes time from more people
than may be by mistake waits for a person's word (S8).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from rotation.core import breaker
from rotation.core.facts import Identity, Subscription
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, Mode, PersonId, Phone, Roster
from rotation.engine.adopt import memberships
from rotation.engine.origin import origin_of
from rotation.ledger import Books
from rotation.roster_file import Member


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row of the list that cannot be: which, what is wrong, and what to do."""

    member: Member
    column: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a list would change. With `misfits` nothing may be kept.

    `new` begin, `longer` and `shorter` get another end, `moved` another group or number, `reworded`
    another name, language or warning; `same` change nothing. `over` had ended before the list was
    read, and `leavers` may be in no group: neither is let in. `missing` stand in the ledger and not
    in the list, which ends them only where the list is said to be whole. `held`: those who lose
    time by it, where they are too many.
    """

    new: tuple[Member, ...] = ()
    longer: tuple[Member, ...] = ()
    shorter: tuple[Member, ...] = ()
    moved: tuple[Member, ...] = ()
    reworded: tuple[Member, ...] = ()
    same: tuple[Member, ...] = ()
    over: tuple[Member, ...] = ()
    leavers: tuple[Member, ...] = ()
    missing: tuple[Subscription, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    held: tuple[tuple[GroupId, PersonId], ...] = ()

    @property
    def changes(self) -> tuple[Member, ...]:
        return (*self.new, *self.longer, *self.shorter, *self.moved)


_Kind: TypeAlias = Literal[
    "new", "longer", "shorter", "moved", "reworded", "same", "over", "leavers"
]


def weigh(
    books: Books, roster: Roster, members: Sequence[Member], now: datetime, *, whole: bool
) -> Weighed:
    """What the list would change at `now`; `whole` says that nobody else has a subscription."""
    known = books.subscriptions.all()
    who = _Who.of(books, roster)
    misfits = tuple(_misfits(who, known, members, now))
    by_kind: dict[_Kind, list[Member]] = {}
    for member in members:
        by_kind.setdefault(_kind(who, known.get(member.key), member, now), []).append(member)
    listed = {member.key for member in members}
    gone = (s for s in known.values() if whole and s.key not in listed and s.covers(now))
    of: dict[str, Any] = {kind: tuple(some) for kind, some in by_kind.items()}
    found = Weighed(**of, missing=tuple(gone), misfits=misfits)
    return replace(found, held=_held(books, roster, known, found))


@dataclass(frozen=True, slots=True)
class _Who:
    """Whose each number is, and who of them may be nowhere."""

    roster: Roster
    closed: Collection[GroupId]
    by_phone: Mapping[Phone, Identity]
    leavers: frozenset[PersonId]
    ours: frozenset[str]

    @classmethod
    def of(cls, books: Books, roster: Roster) -> "_Who":
        accounts = {group.account for group in roster.groups.values()}
        ours = (books.accounts.state(account).own for account in accounts)
        people = books.people.all().values()
        by_phone = {known.phone: known for known in people if known.phone is not None}
        closed = books.closings.all()
        return cls(
            roster,
            closed,
            by_phone,
            frozenset(books.leavers.everywhere()),
            frozenset().union(*ours),
        )

    def person(self, phone: Phone) -> PersonId | None:
        found = self.by_phone.get(phone)
        return None if found is None else found.person


def _kind(who: _Who, known: Subscription | None, member: Member, now: datetime) -> _Kind:
    person = who.person(member.phone)
    if person in who.leavers:
        return "leavers"
    if known is None:
        return "over" if member.until <= now else "new"
    if member.until == known.agreed and (member.group, person) == (known.group, known.person):
        told = who.by_phone[member.phone].name, known.language, known.warn_days
        is_same = told == (member.name, member.language, member.warn_days)
        return "same" if is_same or not known.covers(now) else "reworded"
    if not known.covers(now):
        return "over" if member.until <= now else "new"
    if (member.group, person) != (known.group, known.person):
        return "moved"
    return "longer" if member.until > known.until else "shorter"


def _misfits(
    who: _Who, known: Mapping[str, Subscription], members: Iterable[Member], now: datetime
) -> Iterator[Misfit]:
    listed = {member.key for member in members}
    places = {(s.group, s.person): s.key for s in known.values() if s.covers(now)}
    for member in members:
        group, person = member.group, who.person(member.phone)
        if who.roster.groups[group].mode is Mode.WATCH:
            text = f"{group} is only watched, so nobody would be added"
            yield Misfit(member, "group", text, f"Look at `rotation adopt {group}`")
        if group in who.closed and group not in {s.group for s in (known.get(member.key),) if s}:
            yield Misfit(member, "group", f"{group} is closed", "Take the row out")
        if str(member.phone) in who.ours:
            yield Misfit(member, "phone", "this is our own number", "Take the row out")
        elif person is not None and person in who.roster.people:
            fix = f"Take the row out; or `rotation grant {group} --person {person}`"
            yield Misfit(member, "phone", f"this is {person} of the roster", fix)
        elif person is not None:
            key = places.get((group, person), member.key)
            if key != member.key and key not in listed:
                text = f"the number is in {group} by the key `{key}`"
                fix = f"Write that key, or end it: `rotation subscriptions end {key}`"
                yield Misfit(member, "phone", text, fix)


def _held(
    books: Books, roster: Roster, known: Mapping[str, Subscription], found: Weighed
) -> tuple[tuple[GroupId, PersonId], ...]:
    """Account by account: whoever loses time by the list, where they are more than may be."""
    less = [known[member.key] for member in (*found.shorter, *found.moved)]
    inside = memberships(books, roster) if less or found.missing else Counter()
    losing: dict[AccountId, set[tuple[GroupId, PersonId]]] = {}
    for one in (*less, *found.missing):
        if one.group in roster.groups:
            losing.setdefault(roster.groups[one.group].account, set()).add((one.group, one.person))
    tripped = (breaker.trips((), some, inside[a]) for a, some in sorted(losing.items()))
    return tuple(place for places in tripped for place in places)


def keep(
    books: Books,
    found: Weighed,
    by: tuple[str, str],
    now: datetime,
    source: str = "",
) -> None:
    """Keep what was weighed in this very transaction, by an author and for a reason."""
    if found.misfits:
        raise ValueError("a list with rows that cannot be is not kept")
    author, why = by
    changed = {member.key: member for member in found.changes}
    told = {member.phone: member.name for member in (*found.changes, *found.reworded)}
    people = books.people.guests(told, now) if told else {}
    before = books.subscriptions.all() if found.moved or found.reworded else {}
    books.subscriptions.save(*(_reworded(before[m.key], m, now) for m in found.reworded))
    lasting = [_kept(m, people[m.phone], author, now) for m in changed.values()]
    books.grants.unsubscribe([*changed, *(one.key for one in found.missing)], now)
    books.subscriptions.save(*lasting)
    books.subscriptions.end(found.missing, now)
    books.grants.subscribe([one for one in lasting if one.until > now], why, now)
    left = [*found.missing, *(before[member.key] for member in found.moved)]
    _recorded(books, "subscribed", lasting, by, now, source)
    _recorded(books, "unsubscribed", left, by, now, source)


def _reworded(known: Subscription, member: Member, now: datetime) -> Subscription:
    """Another language or warning; the end stays, and who was warned is not warned again."""
    days, at = member.warn_days, known.warn_at
    if days != known.warn_days:
        at = warn_at(known.until, days, now)
    return replace(known, language=member.language, warn_days=days, warn_at=at)


def _kept(member: Member, person: PersonId, author: str, now: datetime) -> Subscription:
    return Subscription(
        key=member.key, group=member.group, person=person, agreed=member.until, until=member.until,
        author=author, changed_at=now, warn_days=member.warn_days,
        warn_at=warn_at(member.until, member.warn_days, now), language=member.language,
    )  # fmt: skip


def warn_at(until: datetime, days: int, now: datetime) -> datetime | None:
    """When to warn of an end, so many days ahead; None where that has passed, or is not wanted."""
    at = until - timedelta(days=days)
    return at if days and at > now else None


def extend(
    books: Books, known: Subscription, until: datetime, by: tuple[str, str], now: datetime
) -> Subscription:
    """Let somebody stay longer than was agreed: the period that was imported is extended once."""
    author, why = by
    longer = replace(
        known, until=until, author=author, changed_at=now,
        warn_at=warn_at(until, known.warn_days, now), ended_at=None,
    )  # fmt: skip
    books.grants.unsubscribe([known.key], now)
    books.subscriptions.save(longer)
    books.grants.subscribe([longer], why, now)
    _recorded(books, "extended", [longer], by, now)
    return longer


def end(books: Books, known: Subscription, by: tuple[str, str], now: datetime) -> None:
    """It ends now, whatever was agreed."""
    books.grants.unsubscribe([known.key], now)
    books.subscriptions.end([known], now)
    _recorded(books, "unsubscribed", [known], by, now)


def _recorded(
    books: Books,
    kind: str,
    changed: Iterable[Subscription],
    by: tuple[str, str],
    now: datetime,
    source: str = "",
) -> None:
    """One record for each group, with the keys it is about; the group is looked at."""
    author, why = by
    of_group: dict[GroupId, list[Subscription]] = {}
    for one in changed:
        of_group.setdefault(one.group, []).append(one)
    for group, some in of_group.items():
        books.audit.append(
            at=now, kind=kind, group=group,
            person=some[0].person if len(some) == 1 else None,
            reason=Reason.SUBSCRIPTION, origin=origin_of(author),
            detail={"why": why, "subscriptions": [one.key for one in some],
                    **({"source": source} if source else {})},
        )  # fmt: skip
    if of_group:
        books.groups.wake(now, of_group)

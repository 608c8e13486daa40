"""What the oracles know: each group as it truly is and was shown, and what was found wrong."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from rotation.core.facts import Grant
from rotation.core.roster import AccountId, GroupId, PersonId, Roster
from rotation.ledger import Books, Ledger
from rotation.sandbox.chat import Change, Move
from rotation.wiring.oracles.finding import Violation
from rotation.wiring.oracles.granted import with_grants
from rotation.wiring.oracles.resting import Over, resting
from rotation.wiring.oracles.right import Names, Right
from rotation.wiring.oracles.silent import Silences

TRUSTED = timedelta(seconds=61)
"""A machine's clock that is wrong by less is taken for right, by both sides."""
NEWS = timedelta(minutes=2)
"""How long after a step of the clock something may still be done by the time before it."""
KEPT_STEPS = 20
_NO_ERROR = timedelta(0)
Gone: TypeAlias = tuple[str, str]
"""Whose number, and out of which team's groups; "" for every group."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of members as its caller got it.

    `true`: no fault had a hand in it. `believable`: our own account is on it.
    """

    began: datetime
    ended: datetime
    people: frozenset[str]
    true: bool
    believable: bool


@dataclass(slots=True)
class Room:
    """One group as it truly is.

    `evidence` is the last list since our last call to change the group, `last` the last at all.
    `visible`: since when a true list has shown somebody as they have been since their last change.
    `lied_about`: when a list that could be believed last showed somebody as they were not.
    """

    right: Right
    creator: str
    inside: dict[str, datetime]
    last: Listing | None = None
    evidence: Listing | None = None
    visible: dict[str, datetime] = field(default_factory=dict)
    changed: dict[str, Change] = field(default_factory=dict)
    lied_about: dict[str, datetime] = field(default_factory=dict)
    absent: dict[str, datetime] = field(default_factory=dict)
    """When the last list was asked for on which somebody who left is not."""
    leavers: Mapping[str, datetime] = field(default_factory=dict)
    """Who may not be in, by number, as of the last look at the ledger."""
    came_back: Counter[str] = field(default_factory=Counter)
    """How often somebody was let in by others after we had removed them, since we added them."""
    by_roster: Right | None = None
    grants: list[Grant] = field(default_factory=list)
    """What `right` is made of, once somebody was let in by hand."""
    over: Over | None = None
    turned_at: datetime | None = None
    """When a person last closed it, or opened it again."""

    def __post_init__(self) -> None:
        self.by_roster = self.right

    @property
    def team(self) -> str:
        return self.right.group.team or ""

    @property
    def waits_for_words(self) -> bool:
        """Whether it is closed, and nobody goes for that before its message is said."""
        return self.over is not None and self.over.said_at is None

    def changes(self, change: Change) -> None:
        before = self.changed.get(change.phone)
        if change.move is Move.JOIN and change.by is not None:
            self.came_back.pop(change.phone, None)
        elif change.move is Move.JOIN and before is not None and before.by is not None:
            self.came_back[change.phone] += before.move is Move.LEAVE
        self.changed[change.phone] = change
        self.visible.pop(change.phone, None)
        if change.move is Move.JOIN:
            self.inside[change.phone] = change.at
        elif change.move is Move.LEAVE:
            self.inside.pop(change.phone, None)

    def shows(self, listing: Listing, leavers: Collection[str]) -> None:
        self.last = self.evidence = listing
        self.absent |= dict.fromkeys(set(leavers) - listing.people, listing.began)
        for phone in self.right.managed.union(leavers, self.changed):
            if (phone in listing.people) != (phone in self.inside):
                if listing.believable:
                    self.lied_about[phone] = listing.ended
            elif listing.true:
                self.visible.setdefault(phone, listing.ended)

    def covering(self, at: datetime) -> frozenset[str]:
        """Those on duty who are truly inside."""
        return self.right.duty.at(at).intersection(self.inside).difference(self.leavers)


@dataclass(slots=True)
class Clock:
    """By how much the machine's clock is wrong, and was a short while ago."""

    error: timedelta = _NO_ERROR
    before: timedelta = _NO_ERROR
    stepped_at: datetime | None = None
    _steps: list[tuple[datetime, timedelta]] = field(default_factory=list)
    """Since when it was wrong by how much, newest first."""

    def steps(self, error: timedelta, at: datetime) -> None:
        self._steps = [(at, error), *self._steps[:KEPT_STEPS]]
        self.before, self.error, self.stepped_at = self.error, error, at

    def is_right(self, at: datetime, since: timedelta) -> bool:
        """Whether it is about right, and was not set for so long."""
        still = self.stepped_at is None or at - self.stepped_at >= since
        return still and abs(self.error) <= TRUSTED

    def told(self, at: datetime) -> datetime:
        return at + self.error

    def meant(self, told: datetime, since: datetime, until: datetime) -> datetime:
        """When it truly was, between two instants, that the clock told this: the last time."""
        ends = until
        for begins, error in (*self._steps, (since, _NO_ERROR)):
            at = told - error
            if max(begins, since) <= at <= ends:
                return at
            ends = min(ends, begins)
        return min(max(told - self.error, since), until)

    def could_tell(self, at: datetime, most: timedelta | None = None) -> Iterator[datetime]:
        """The instants that may have been taken for `at`, with errors cut down to `most`."""
        recent = self.stepped_at is not None and at - self.stepped_at <= NEWS
        for error in (self.error, *([self.before] if recent else []), _NO_ERROR):
            yield at + (error if most is None else max(-most, min(most, error)))


@dataclass(slots=True)
class Life:
    """When there was a daemon."""

    _gone_at: datetime | None = None
    _gaps: list[tuple[datetime, datetime]] = field(default_factory=list)

    def dies(self, at: datetime) -> None:
        self._gone_at = at

    def goes_on(self, at: datetime) -> None:
        if self._gone_at is not None:
            self._gaps.append((self._gone_at, at))
        self._gone_at = None

    def lived(self, since: datetime, until: datetime) -> timedelta:
        """For how long there was one between two instants."""
        dead = (min(ends, until) - max(begins, since) for begins, ends in self._gaps)
        return until - since - sum((gap for gap in dead if gap > _NO_ERROR), start=_NO_ERROR)


@dataclass(slots=True)
class Scene:
    """Shared by all oracles of one account."""

    account: AccountId
    roster: Roster
    names: Names
    rooms: dict[str, Room]
    own: frozenset[str]
    ledger: Ledger
    clock: Clock = field(default_factory=Clock)
    life: Life = field(default_factory=Life)
    strangers: dict[PersonId | None, str] = field(default_factory=dict)
    guests: dict[PersonId | None, str] = field(default_factory=dict)
    left: dict[Gone, datetime] = field(default_factory=dict)
    """When a person said of somebody that they may be in no group, or in none of a team."""
    lists: dict[GroupId, str] = field(default_factory=dict)
    """The chats of groups that are known by their account's list."""
    woken_at: datetime | None = None
    """When the daemon last came back after it was gone."""
    found: list[Violation] = field(default_factory=list)
    silences: Silences = field(init=False)

    def __post_init__(self) -> None:
        self.silences = Silences(self.roster)

    def wrong(self, rule: str, at: datetime, where: str, phone: str, text: str) -> None:
        group = self.names.groups.get(where, GroupId(""))
        self.found.append(Violation(rule, at, str(group), self.names.person(phone), text))

    def gone(self, room: Room) -> frozenset[str]:
        """Whom a person has said may not be in there."""
        return frozenset(phone for phone, team in self.left if team in {"", room.team})

    def room_of(self, group: GroupId | None) -> Room | None:
        known = self.roster.groups.get(group) if group is not None else None
        chat = known.chat if known is not None else self.lists.get(group or GroupId(""), "")
        return self.rooms.get(chat)

    def known_as(self, room: Room) -> GroupId:
        """What the ledger calls a group."""
        chat = room.right.group.chat
        listed = (group for group, where in self.lists.items() if where == chat)
        return next(listed, room.right.group.id) if room.right.is_watched else room.right.group.id

    def phone(self, person: PersonId | None) -> str:
        known = self.roster.people.get(person) if person is not None else None
        if known is not None:
            return str(known.phone)
        return self.guests.get(person) or self.strangers.get(person, "")

    def person(self, phone: str) -> PersonId:
        """Whose number it is, by the roster, or of those let in by hand or met in a group."""
        found = self.names.people.get(phone)
        others = {known: p for p, known in (*self.strangers.items(), *self.guests.items())}
        return found or others.get(phone) or PersonId("")

    def learn_grants(self, books: Books, room: Room) -> None:
        """Who was let into a group by hand, if that is another than it was."""
        grants = books.grants.of(room.right.group.id)
        if grants == room.grants:
            return
        known = books.people.all()
        for grant in grants:
            who = known.get(grant.person)
            if grant.person not in self.roster.people and who is not None:
                self.guests[grant.person] = str(who.phone or "")
        room.grants = grants
        self.lay_out(room)

    def lay_out(self, room: Room) -> None:
        """Who may be in a group by the roster and by grants, unless it is closed."""
        room.right = with_grants(room.by_roster or room.right, room.grants, self.phone)
        if room.over is not None:
            known = {*self.names.people, *self.guests.values()}
            stay = {room.creator, *self.own}
            room.right = resting(room.right, room.over, room.inside, known, stay)

    def learn(self, books: Books) -> None:
        """Who is a leaver now, and by which numbers strangers go whom a strict group has met."""
        if any(room.right.is_strict or room.right.group.policy.silent is not None
               for room in self.rooms.values()):  # fmt: skip
            known = books.people.all().items()
            self.strangers = {p: str(who.phone or "") for p, who in known if who.stranger}
        self.lists = {found.group: found.chat for found in books.found.all()}
        marked = books.leavers.by_team()
        for room in self.rooms.values():
            theirs = marked.get(room.team, marked[""])
            room.leavers = {self.phone(p): leaver.since for p, leaver in theirs.items()}

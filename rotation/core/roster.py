"""What people wrote down: who works, when, in whose turn, and in which groups."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType, TypeAlias

from rotation.core.reason import Reason

PersonId = NewType("PersonId", str)
"""The key under `people:`; the only name of a person outside the identity table."""
GroupId = NewType("GroupId", str)
"""The key under `groups:`."""
ShiftId = NewType("ShiftId", str)
"""The key under `shifts:`."""
AccountId = NewType("AccountId", str)
"""The key of a provider account in the operator's settings: one login, one WhatsApp number."""
ChatId = NewType("ChatId", str)
"""How the provider names a group, for example `120363041234567890@g.us`."""
Phone = NewType("Phone", str)
"""A number in E.164 form with the plus: `+351912345678`."""

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Person:
    """Someone the roster names. `zone` is where they read clocks, not where a shift is told.

    `core` people may be silent anywhere for as long as they like.
    """

    id: PersonId
    name: str
    phone: Phone
    zone: str | None = None
    language: str | None = None
    role: str | None = None
    core: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall-clock hours, half-open, told in the shift's zone.

    `starts` and `ends` are minutes after local midnight (0 to 1440, where 1440 is the next
    day's 00:00); `days_later` counts local dates from the starting date to the ending one.
    """

    starts: int
    ends: int
    days_later: int = 0


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Pick(StrEnum):
    """Whose the next turn is: the next in order's, or of whoever was on duty least lately."""

    ORDER = "order"
    LEAST_LOADED = "least-loaded"


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose turn it is: the next `on_duty` people of `order` after every `count` x `unit`.

    Counted in local dates from `anchor`, never in seconds and never by ISO week. Day turns count
    the dates the shift is served on, week and month turns count the calendar. Before `anchor`
    nobody is on duty. `pick`: whether they are the next, or found anew for each turn.
    """

    order: tuple[PersonId, ...]
    unit: Every
    count: int
    anchor: date
    on_duty: int = 1
    pick: Pick = Pick.ORDER


@dataclass(frozen=True, slots=True)
class Everyone:
    """All of these people are on duty in every occurrence of the shift."""

    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Season:
    """Other hours of a shift on the local dates from `first` to `last`, both of them included.

    Without `hours` the shift is not served then. `weekdays` are as those of a shift.
    """

    first: date
    last: date
    hours: Hours | None
    weekdays: frozenset[int]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a country or of a region of it, by date, and how each is called.

    `by` says where they are from: resolved once, they are the same for whoever has the roster.
    """

    days: tuple[tuple[date, str], ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class OnHolidays:
    """The hours of a shift on public holidays; None where it is not served on them.

    `calendar` is a key of the roster's `holidays`.
    """

    calendar: str
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Later:
    """Whose turns they are in what starts on the local date `first` or later."""

    first: date
    turns: Turns | Everyone


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours that come back on some weekdays, in one zone.

    `weekdays` are those it *starts* on (Monday is 0). No date lies in two of the `seasons`. `then`,
    by date, is who comes after the people of `turns`.
    """

    id: ShiftId
    zone: str
    hours: Hours
    weekdays: frozenset[int]
    turns: Turns | Everyone
    seasons: tuple[Season, ...] = ()
    holidays: OnHolidays | None = None
    then: tuple[Later, ...] = ()

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Everyone who has turns at any time."""
        found = _named(self.turns)
        later = (person for one in self.then for person in _named(one.turns))
        return tuple(dict.fromkeys((*found, *later))) if self.then else found

    def turns_on(self, day: date) -> Turns | Everyone:
        """Whose turns those are that start on the local date."""
        found = (later.turns for later in reversed(self.then) if later.first <= day)
        return next(found, self.turns) if self.then else self.turns

    def orders(self) -> Iterator[tuple[Turns | Everyone, date, date]]:
        """All there are, each from its first date to the one before which it holds."""
        firsts = (date.min, *(later.first for later in self.then), date.max)
        turns = (self.turns, *(later.turns for later in self.then))
        yield from zip(turns, firsts, firsts[1:], strict=False)


def _named(turns: Turns | Everyone) -> tuple[PersonId, ...]:
    return turns.people if isinstance(turns, Everyone) else turns.order


class Doing(StrEnum):
    """What a change of duty does."""

    OFF = "off"
    COVER = "cover"
    SWAP = "swap"
    EXTRA = "extra"


class WhileOff(StrEnum):
    """Whose the turn of somebody is who is off: the next in order, a trade, or nobody's."""

    SKIP = "skip"
    SWAP = "swap"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of who is on duty, on top of what shifts and turns say.

    `OFF`: the person is off, and `turn` says whose their turn is. `COVER`: `other` stands in for
    the person. `EXTRA`: the person is on duty as well. These are for whole occurrences, the ones
    that start on the local dates `first` to `last`, or for the UTC stretch `[starts, ends)`; of one
    `shift` or of all that the person has. `SWAP`: the person's duty in `occurrence` and that of
    `other` in `for_occurrence` are exchanged; it is void where either has not got it.

    It holds from `made_at` until `ended_at`, so that no change alters what has been. `id` is 0 for
    one that stands in a roster file.
    """

    kind: Doing
    person: PersonId
    other: PersonId | None = None
    shift: ShiftId | None = None
    first: date | None = None
    last: date | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    turn: WhileOff = WhileOff.SKIP
    occurrence: str = ""
    for_occurrence: str = ""
    reason: str = ""
    author: str = ""
    id: int = 0
    made_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def name(self) -> str:
        """What `rotation undo` calls it; empty for one of a file."""
        return f"c{self.id}" if self.id else ""

    @property
    def told(self) -> str:
        """What it is called where somebody asks why a person is on duty."""
        by = f" by {self.author}" if self.author else ""
        return f"{self.kind} {self.name or 'of the files'}{by}"

    def serves(self) -> Iterator[tuple[PersonId, ShiftId | None]]:
        """Whom it may put on duty, and in which shift (None: in those of `person`)."""
        if self.kind is Doing.EXTRA:
            yield self.person, self.shift
        elif self.kind is Doing.COVER and self.other is not None:
            yield self.other, self.shift
        elif self.kind is Doing.SWAP and self.other is not None:
            yield self.other, shift_of(self.occurrence)
            yield self.person, shift_of(self.for_occurrence)


def shift_of(occurrence: str) -> ShiftId:
    """The shift of an occurrence's key: `asia/2027-01-04/0` is of `asia`."""
    return ShiftId(occurrence.rsplit("/", 2)[0])


class Mode(StrEnum):
    """How far rotation may go in a group: report only, the people it manages, everybody."""

    WATCH = "watch"
    MANAGED = "managed"
    STRICT = "strict"


class Uncovered(StrEnum):
    """What to do while nobody is on duty: the last agents stay, or the group empties."""

    HOLD = "hold"
    EMPTY = "empty"


class WhenClosed(StrEnum):
    """What becomes of whoever is inside while it is closed on purpose: they stay, or they go."""

    STAY = "stay"
    EMPTY = "empty"


class IfAddFails(StrEnum):
    INVITE = "invite"
    NEXT = "next"
    TELL = "tell"


class Admins(StrEnum):
    """Whether an agent who is a group admin may be removed."""

    PROTECT = "protect"
    REMOVE = "remove"


class NoticeTo(StrEnum):
    GROUP = "group"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of every day, by clocks in `zone`, in which nothing is said."""

    hours: Hours
    zone: str


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The exit notice: what is said, to whom, how long before the removal, and when it is not.

    `texts` is keyed by (reason, language); "" stands for any reason or any language.
    Variables: {names} {group} {next} {back} {until}.
    """

    texts: Mapping[tuple[str, str], str]
    before: timedelta = timedelta(0)
    to: NoticeTo = NoticeTo.GROUP
    quiet: Quiet | None = None


class BriefTo(StrEnum):
    GROUP = "group"
    PERSON = "person"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Brief:
    """What is said once whoever comes is in: who leaves, who arrives, when it changes next.

    `texts` is keyed by language; "" stands for any.
    Variables: {arriving} {leaving} {group} {until}.
    """

    texts: Mapping[str, str]
    to: BriefTo = BriefTo.PERSON


class WhenSilent(StrEnum):
    """What becomes of the silent: a person hears of them, or they leave after their notice."""

    REPORT = "report"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Silent:
    """Who is called silent in a group: whoever was inside and not heard of for the time `after`.

    Never anybody whose role has one of `keep_roles` in it.
    """

    after: timedelta = timedelta(days=30)
    do: WhenSilent = WhenSilent.REPORT
    keep_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """Hours in which nobody is to be on duty, by clocks in `zone`. `weekdays`: of their start."""

    hours: Hours
    weekdays: frozenset[int]
    zone: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a group is treated; `defaults:` and then the group's own words.

    `fallback` people are on duty while nobody has a shift, unless it is closed.
    """

    join_early: timedelta = timedelta(0)
    stay_late: timedelta = timedelta(0)
    keep_at_least: int = 1
    uncovered: Uncovered = Uncovered.HOLD
    if_add_fails: tuple[IfAddFails, ...] = (IfAddFails.INVITE, IfAddFails.TELL)
    admins: Admins = Admins.PROTECT
    goodbye: Goodbye | None = None
    strangers_after: timedelta = timedelta(hours=24)
    silent: Silent | None = None
    brief: Brief | None = None
    reset_link_after: tuple[Reason, ...] = ()
    closed: tuple[ClosedHours, ...] = ()
    when_closed: WhenClosed = WhenClosed.STAY
    fallback: tuple[PersonId, ...] = ()


DutyOf: TypeAlias = tuple[tuple[ShiftId, ...], tuple[PersonId, ...], tuple[ClosedHours, ...]]
"""All that it follows from who is on duty in a group, but for what is done by hand."""


@dataclass(frozen=True, slots=True)
class Group:
    """A chat group kept covered.

    `always_in` people are never removed and never added, and reported when missing; `pins` are
    wanted whatever the shifts say. A group without shifts is legal: it only has pins and grants.
    """

    id: GroupId
    account: AccountId
    chat: ChatId
    shifts: tuple[ShiftId, ...]
    mode: Mode = Mode.WATCH
    policy: Policy = field(default_factory=Policy)
    always_in: tuple[PersonId, ...] = ()
    pins: tuple[PersonId, ...] = ()
    tell: tuple[PersonId, ...] = ()
    team: str | None = None
    language: str | None = None

    @property
    def fallback(self) -> tuple[PersonId, ...]:
        """Who is on duty while nobody has a shift; in a group without shifts nobody is missing."""
        return self.policy.fallback if self.shifts else ()

    @property
    def duty_of(self) -> DutyOf:
        """In groups in which this is the same, the same people are on duty at every instant."""
        fallback = self.fallback
        return self.shifts, fallback, self.policy.closed if fallback else ()


@dataclass(frozen=True, slots=True)
class Weekly:
    """When, by clocks in `zone`, the week is summed up for those in `tell`.

    `weekday` counts from Monday, 0; `minute` from midnight. `agents` are told of their own week.
    """

    weekday: int
    minute: int
    zone: str
    agents: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Roster:
    """Everything the files in `schedules/` say together; immutable and already validated."""

    people: Mapping[PersonId, Person]
    shifts: Mapping[ShiftId, Shift]
    groups: Mapping[GroupId, Group]
    tell: tuple[PersonId, ...] = ()
    weekly: Weekly | None = None
    changes: tuple[Change, ...] = ()
    """In the order they were made in: of two that meet, the later one is done."""
    holidays: Mapping[str, PublicHolidays] = field(default_factory=dict)
    tell_agents: bool = False
    """Whether those whose duty an edit of the files moves are told, each of their own."""

    def groups_of(self, account: AccountId) -> tuple[Group, ...]:
        return tuple(g for g in self.groups.values() if g.account == account)

    def rostered(self, group: GroupId) -> frozenset[PersonId]:
        """Everyone the roster manages in `group`: on duty at times or pinned, but not always_in."""
        found = self.groups[group]
        people = {p for s in found.shifts for p in self.served_by(s)}
        people |= {*found.pins, *self.standing_by(group)}
        return frozenset(people) - frozenset(found.always_in)

    def served_by(self, shift: ShiftId) -> set[PersonId]:
        """Everyone who may be on duty in a shift: by turn, and by changes of duty."""
        return self._with_stand_ins(self.shifts[shift].people, shift)

    def standing_by(self, group: GroupId) -> set[PersonId]:
        """Everyone who may be on duty in a group while nobody has a shift."""
        fallback = self.groups[group].fallback
        return self._with_stand_ins(fallback, None) if fallback else set()

    def _with_stand_ins(self, people: Iterable[PersonId], shift: ShiftId | None) -> set[PersonId]:
        found = set(people)
        for change in self.changes:  # in their order: whoever stands in may be covered as well
            for person, only in change.serves():
                named = only is not None and only == shift
                if named or (only is None and change.person in found):
                    found.add(person)
        return found


EMPTY = Roster(people={}, shifts={}, groups={})

Ids: TypeAlias = frozenset[str]

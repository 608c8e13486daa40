"""What is known: the values the ledger keeps and the engine decides from. All instants are UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from rotation.core.holds import Hold
from rotation.core.outcome import Outcome, Refusal
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, ChatId, GroupId, PersonId, Phone


class Moment(NamedTuple):
    """An instant, and the same instant on the machine's boot clock, which no clock step moves.

    `boot` names the boot; `uptime` is in seconds since then.
    """

    at: datetime
    boot: str
    uptime: float

    def when(self, uptime: float) -> datetime:
        """The instant at which the boot clock shows `uptime`, and never one shortly before it.

        Seconds since a boot are told less exactly than instants are: whoever comes back at an
        instant that was rounded down finds that it is not time yet, for ever if clocks stand still.
        """
        return self.at + timedelta(microseconds=ceil((uptime - self.uptime) * 1e6))


class Seen(StrEnum):
    """What the last believed read says of a seat."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"
    CREATOR = "creator"


class Kind(StrEnum):
    """What an attempt sends.

    ADD and REMOVE change who is in a group, RESET its invite link; the others only speak. BRIEF
    tells who hands over to whom.
    """

    ADD = "add"
    REMOVE = "remove"
    NOTICE = "notice"
    BRIEF = "brief"
    INVITE = "invite"
    TELL = "tell"
    RESET = "reset"


class Because(NamedTuple):
    """Why a seat is wanted, or no longer is.

    `key` names the occurrence (`asia/2026-01-05/0`, `grant/12`): a notice is sent once per key,
    a refused add is not repeated within it. `starts` is when the right began, `ends` when it
    ends or ended (None: open). `origin` says who decided (`roster 3f9c12`, `mara by hand`).
    """

    reason: Reason
    key: str
    origin: str
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in one group: what was last seen, and the difference being worked on.

    `op` is the open difference (ADD or REMOVE) with `key`, the occurrence it belongs to.
    `retry_at`: no attempt before (back-off). `settle_at`: quiet time after an attempt, no repeat
    before. `in_doubt`: the last attempt may still take effect; watched until `watch_until`.
    `refused` holds for `refused_key` only. `proven` names the difference last proven settled
    (`add asia/2026-01-05/0`); a later contradiction is an outsider's doing: a strike within it.
    """

    group: GroupId
    person: PersonId
    seen: Seen = Seen.UNKNOWN
    role: Role | None = None
    seen_at: datetime | None = None
    managed_since: datetime | None = None
    op: Kind | None = None
    op_since: datetime | None = None
    key: str = ""
    tries: int = 0
    retry_at: datetime | None = None
    settle_at: datetime | None = None
    in_doubt: bool = False
    watch_until: datetime | None = None
    refused: Refusal | None = None
    refused_key: str = ""
    proven: str = ""
    strikes: int = 0


@dataclass(frozen=True, slots=True)
class GroupState:
    """What is known of a group as a whole.

    `read_began_at`/`read_ended_at`: the last believed read of its members. `mutated_at`: the end
    of our last attempt to change it. `due`/`rank`: when the engine looks at it next, and how
    urgent that is (0 wipe, 1 add, 2 shift end, 3 enforce, 4 sweep). `recorded_until`: handovers
    up to here have their row. `suspicious_since`: an unbelievable read waits for a second one.
    """

    group: GroupId
    account: AccountId
    due: datetime
    rank: int = 4
    read_began_at: datetime | None = None
    read_ended_at: datetime | None = None
    mutated_at: datetime | None = None
    we_are_admin: bool | None = None
    size: int | None = None
    unresolved: int = 0
    suspicious_since: datetime | None = None
    hold: Hold | None = None
    hold_since: datetime | None = None
    hold_detail: str = ""
    probe_at: datetime | None = None
    recorded_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountState:
    """What is known of a provider account. `own` is every id the chat knows our number by.

    `clock_offset` is seconds the provider's clock is ahead of ours, None while unknown.
    `throttles`: how often in a row we were asked for fewer calls; while any count, and nothing is
    paused, `paused_until` says since when all has been calm.
    """

    account: AccountId
    paused_until: datetime | None = None
    paused_why: Hold | None = None
    paused_since: datetime | None = None
    detail: str = ""
    session: str = ""
    own: frozenset[str] = frozenset()
    own_checked_at: datetime | None = None
    clock_offset: float | None = None
    throttles: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that left, or was about to.

    Written before it is sent, and never changed afterwards but for its end.

    `boot` and `uptime` place it on the machine's boot clock, which no clock step moves; by that
    clock it `took` so many seconds to its end. `outcome` None: still open, or lost by a crash.
    """

    id: int
    account: AccountId
    kind: Kind
    group: GroupId | None
    person: PersonId | None
    because: Because
    roster: str
    zone_data: str
    boot: str
    uptime: float
    sent_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    took: float | None = None

    @property
    def ended(self) -> bool:
        return self.ended_at is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """A believed read of a group's members, in our own names.

    `unresolved` counts members known only by an id that matches no number.
    """

    group: GroupId
    began_at: datetime
    ended_at: datetime
    present: Mapping[PersonId, Role]
    unresolved: int
    we_are_admin: bool


class Effect(StrEnum):
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Grant:
    """Someone in, or out, of a group by hand from `starts` to `until` (half-open; None: open).

    `duty` says that the person stands in for the shift and counts for cover. OUT cuts the
    person's shift spans in the window. `ended_at` is set by undo. `ticket` or `subscription` names
    what the person is in for, where it is one of these; neither ever counts for cover.
    """

    id: int
    group: GroupId
    person: PersonId
    effect: Effect
    starts: datetime
    until: datetime | None
    duty: bool
    reason: str
    author: str
    made_at: datetime
    ended_at: datetime | None = None
    together: str = ""
    ticket: str = ""
    subscription: str = ""

    def covers(self, at: datetime) -> bool:
        ends = min((t for t in (self.until, self.ended_at) if t is not None), default=None)
        return self.starts <= at and (ends is None or at < ends)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case of one group. While it is open people may be in for it; resolved, they go.

    Resolved, it takes along everybody of this `role` whom the next read shows (`swept_at`).
    """

    ticket: str
    group: GroupId
    opened_at: datetime
    author: str
    resolved_at: datetime | None = None
    resolved_by: str = ""
    why: str = ""
    role: str = ""
    swept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody of no roster who may be in a group until an instant, under a key of their own.

    `agreed` is the end that was last imported, and `until` the one that holds: later than that
    once it was extended. A warning is owed at `warn_at`, None when none is (any more).
    """

    key: str
    group: GroupId
    person: PersonId
    agreed: datetime
    until: datetime
    author: str
    changed_at: datetime
    warn_days: int = 0
    warn_at: datetime | None = None
    language: str | None = None
    ended_at: datetime | None = None

    @property
    def is_extended(self) -> bool:
        return self.until != self.agreed

    def covers(self, at: datetime) -> bool:
        return at < self.until and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True, slots=True)
class Closing:
    """A group that is over: its message is said (`said_at`), then whoever is not kept leaves.

    `everyone`: also whom nobody wrote down. `done_at`: all had left by then.
    """

    group: GroupId
    message: str
    everyone: bool
    author: str
    why: str
    closed_at: datetime
    said_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody was found silent where the silent leave, with no sign of them since `sign_at`.

    They leave at `leaves_at`; None: they wait for a person's word, as there are many at once.
    """

    group: GroupId
    person: PersonId
    sign_at: datetime
    found_at: datetime
    leaves_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leaver:
    """Someone who may be in no group any more, until an admin reinstates them with a reason.

    `done_at`: since when all that is left needs a person. `proven_at`: when reads of every group,
    each begun after `since`, showed them in none. `team`: only the groups of that team are meant,
    those that will be among them; "" for every group there is.
    """

    person: PersonId
    since: datetime
    author: str
    reason: str
    done_at: datetime | None = None
    proven_at: datetime | None = None
    team: str = ""


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group that an account's list named; `group` is what it is called if no roster does.

    `listed_at`: when the newest list that names it was begun.
    """

    account: AccountId
    chat: ChatId
    group: GroupId
    subject: str
    listed_at: datetime


LISTED = "~"
"""What the names of groups begin with that are in no roster, which no roster's name can."""


def in_no_roster(group: GroupId) -> bool:
    return group.startswith(LISTED)


@dataclass(frozen=True, slots=True)
class Listing:
    """How far the list of an account's groups is read, page by page.

    `began_at`, `so_far` and `quiet`: of the list being read now, its first page, how many groups it
    named, and how many pages in a row named none that is new on it.
    `listed_at`: when the newest whole list was begun. `again_at`: no page is asked for before.
    `trouble`: why no list can be had, since `trouble_since`.
    """

    account: AccountId
    began_at: datetime | None = None
    so_far: int = 0
    quiet: int = 0
    listed_at: datetime | None = None
    again_at: datetime | None = None
    trouble: str = ""
    trouble_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A person and every id a chat knows them by. The only place where numbers stand in full.

    `former_of` is set for a number somebody used before: it is a person of its own, off the
    roster, and leaves the normal way. `stranger` marks someone no roster ever named. `hashed`: they
    were forgotten, and of their hidden ids the hash is known.
    """

    person: PersonId
    phone: Phone | None
    lids: frozenset[str] = frozenset()
    name: str = ""
    former_of: PersonId | None = None
    stranger: bool = False
    hashed: bool = False


@dataclass(frozen=True, slots=True)
class HeldItem:
    """A hold in force. `person` None: the group; `group` None: the account or the whole roster."""

    hold: Hold
    account: AccountId | None = None
    group: GroupId | None = None
    person: PersonId | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A boundary that passed: who came, who went, by which roster and zone data, proven when."""

    group: GroupId
    at: datetime
    incoming: tuple[PersonId, ...]
    outgoing: tuple[PersonId, ...]
    roster: str
    zone_data: str
    recorded_at: datetime
    proven_at: datetime | None = None
    missed: bool = False

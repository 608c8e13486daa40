"""The ledger: what was decided, seen, tried and proven, kept in SQL.

`Ledger` opens it, `Books` are one transaction over it with one attribute per fact. Only values of
the core go in and come out; no row, connection or SQL leaves this package.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from weakref import finalize

from rotation.core.roster import GroupId
from rotation.ledger.accounts import Accounts
from rotation.ledger.activity import Activity, LastActive
from rotation.ledger.alarms import Alarm, Alarms
from rotation.ledger.attempts import Attempts, MadeCall, outcome_word
from rotation.ledger.audit import AUDIT_ACCEPTED, AUDIT_BROKEN, Audit, AuditRecord
from rotation.ledger.backup import RESTORED_AT, backup, restore
from rotation.ledger.calendar_covers import CalendarCover, CalendarCovers
from rotation.ledger.census import Census, Passed, SeatCount
from rotation.ledger.chain import Anchor, BrokenChain, Cut, Verified
from rotation.ledger.changes import DutyChanges, News
from rotation.ledger.closings import Closings
from rotation.ledger.copying import image_of
from rotation.ledger.damage import Damage
from rotation.ledger.deliveries import Deliveries, Delivery
from rotation.ledger.errors import (
    AlreadyEnded,
    AlreadySaid,
    IdentityClash,
    LeaseLost,
    LedgerHeld,
    LedgerTrouble,
    LedgerUnavailable,
    NoFile,
    NotEmpty,
    NotHeld,
    UnknownSchema,
    Unreadable,
)
from rotation.ledger.forgetting import FORGOTTEN, Forgetting, Forgotten
from rotation.ledger.found import Found
from rotation.ledger.grants import Grants
from rotation.ledger.groups import Groups
from rotation.ledger.handovers import Handovers
from rotation.ledger.holds import Holds, OpenHold
from rotation.ledger.inspection import ServerFacts, server_facts
from rotation.ledger.intents import Intent, Intents
from rotation.ledger.leases import HOUSE, NOBODY, Lease, Leases, Replica
from rotation.ledger.leavers import Leavers, Mark
from rotation.ledger.lock import Lock, file_lock
from rotation.ledger.meta import Meta
from rotation.ledger.moving import Moved, move
from rotation.ledger.notices import Notices
from rotation.ledger.opening import UNHEARD, opened
from rotation.ledger.people import People
from rotation.ledger.places import name_of, on_server, path_of
from rotation.ledger.reads import Reads
from rotation.ledger.replies import Replies, Reply
from rotation.ledger.retention import LetGo, Retention
from rotation.ledger.rosters import Rosters, RosterVersion, Standing
from rotation.ledger.schema import current, head, require_known, upgrade
from rotation.ledger.seats import Seats
from rotation.ledger.sqlite import PATIENCE
from rotation.ledger.subscriptions import Subscriptions
from rotation.ledger.tables import Ending, Rights
from rotation.ledger.tickets import Tickets
from rotation.ledger.tokens import Token, Tokens
from rotation.ledger.transaction import Transaction
from rotation.ledger.webhooks import Webhooks, WebhookState, digest_of

__all__ = [
    "AUDIT_ACCEPTED",
    "AUDIT_BROKEN",
    "FORGOTTEN",
    "HOUSE",
    "NOBODY",
    "RESTORED_AT",
    "Alarm",
    "AlreadyEnded",
    "AlreadySaid",
    "Anchor",
    "AuditRecord",
    "Books",
    "BrokenChain",
    "CalendarCover",
    "Cut",
    "Delivery",
    "Ending",
    "Forgotten",
    "IdentityClash",
    "Intent",
    "LastActive",
    "Lease",
    "LeaseLost",
    "Ledger",
    "LedgerHeld",
    "LedgerTrouble",
    "LedgerUnavailable",
    "LetGo",
    "Lock",
    "MadeCall",
    "Mark",
    "Moved",
    "News",
    "NoFile",
    "NotEmpty",
    "NotHeld",
    "OpenHold",
    "Passed",
    "Replica",
    "Replies",
    "Reply",
    "Rights",
    "RosterVersion",
    "SeatCount",
    "ServerFacts",
    "Standing",
    "Token",
    "UnknownSchema",
    "Unreadable",
    "Verified",
    "WebhookState",
    "backup",
    "current",
    "digest_of",
    "file_lock",
    "head",
    "image_of",
    "in_memory",
    "move",
    "name_of",
    "on_server",
    "outcome_word",
    "path_of",
    "restore",
    "server_facts",
    "upgrade",
]


_F = TypeVar("_F")


class _Fact(Generic[_F]):
    """A kind of fact, made for a transaction when it is first asked for: most ask for a few."""

    def __init__(self, made: Callable[[Transaction], _F]) -> None:
        self._made = made
        self._name = ""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, books: "Books", _owner: type) -> _F:
        found = books.__dict__[self._name] = self._made(books._conn)  # noqa: SLF001 - a part of it
        return found


class Books:
    """One transaction over the ledger, good for as long as its `with` lasts."""

    rosters = _Fact(Rosters)
    people = _Fact(People)
    leavers = _Fact(Leavers)
    found = _Fact(Found)
    changes = _Fact(DutyChanges)
    calendar_covers = _Fact(CalendarCovers)
    grants = _Fact(Grants)
    tickets = _Fact(Tickets)
    subscriptions = _Fact(Subscriptions)
    closings = _Fact(Closings)
    seats = _Fact(Seats)
    groups = _Fact(Groups)
    accounts = _Fact(Accounts)
    reads = _Fact(Reads)
    attempts = _Fact(Attempts)
    notices = _Fact(Notices)
    handovers = _Fact(Handovers)
    holds = _Fact(Holds)
    alarms = _Fact(Alarms)
    leases = _Fact(Leases)
    intents = _Fact(Intents)
    deliveries = _Fact(Deliveries)
    audit = _Fact(Audit)
    webhooks = _Fact(Webhooks)
    activity = _Fact(Activity)
    meta = _Fact(Meta)
    damage = _Fact(Damage)
    census = _Fact(Census)
    tokens = _Fact(Tokens)
    replies = _Fact(Replies)
    retention = _Fact(Retention)
    forgetting = _Fact(Forgetting)

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def foresee(self, groups: Sequence[GroupId], since: datetime) -> None:
        """Ask for many groups together what a look at each of them asks for, so that it is known.

        Of their grants without those that ended before `since`.
        """
        facts = (self.seats, self.holds, self.notices, self.activity, self.handovers)
        self._conn.make_room(2 * len(groups) * (1 + len(facts)))  # they may be written as well
        self.grants.foresee(groups, since)
        for fact in facts:
            fact.foresee(groups)

    def heard(self, *, by_others: bool) -> None:
        """Whether those who listen are to hear that this transaction wrote something (they do)."""
        self._conn.conn.info[UNHEARD] = not by_others


class Ledger:
    """A ledger by its URL: `sqlite:///PATH`, `postgresql://USER@HOST/NAME`, or `sqlite://`.

    The last is in memory, with its schema, and has one transaction at a time. Opens its connections
    when first asked and never creates a file; `upgrade` does. May be used from several threads, and
    by several processes at once. Every transaction may raise LedgerUnavailable; none of it stays
    then. `patience` is how long to wait for another writer. With the `lock` of `file_lock` nothing
    is written once the lock was lost. One in memory begins with the `image` of another.
    """

    def __init__(
        self,
        url: str,
        *,
        patience: timedelta = PATIENCE,
        lock: Lock = None,
        image: bytes | None = None,
    ) -> None:
        self._url = url
        self._database = opened(url, patience, lock, image)
        # A ledger that is dropped lets go of its connections, as one that is closed.
        self._let_go = finalize(self, self._database.close)

    def beside(self) -> "Ledger":
        """The same ledger with connections of its own: what it writes is by others to this one.

        One in memory has nobody beside it.
        """
        return Ledger(self._url) if on_server(self._url) or path_of(self._url) else self

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """One consistent view, in which nothing can be written."""
        with self._database.reading() as found:
            yield Books(found)

    @contextmanager
    def writing(self) -> Iterator[Books]:
        """All of it is committed at the end, durably; nothing of it after any exception."""
        with self._database.writing() as found:
            yield Books(found)

    def verified(self) -> BrokenChain | None:
        """What breaks the audit, read in many short transactions, so that nobody waits for it."""
        so_far: Verified | None = None
        while so_far is None or not so_far.whole:
            with self.reading() as books:
                found = books.audit.verified_on(so_far)
            if isinstance(found, BrokenChain):
                return found
            so_far = found
        return None

    def changed(self) -> bool:
        """Whether anyone but this ledger's own `writing` committed since the last call.

        The first call says yes. In memory there is nobody else; from a server the word comes a
        moment after the commit.
        """
        return self._database.changed()

    def pulse(self) -> str:
        """Another one once anybody, this ledger included, has committed something.

        From a server it may be another one although nothing was committed here.
        """
        return self._database.pulse()

    def scrub(self) -> None:
        """Leave nothing of what was erased in the ledger's files, as far as that is ours to do."""
        self._database.scrub()

    def require_schema(self) -> None:
        """Raise UnknownSchema, with what to do, unless the ledger has the schema known here."""
        require_known(current(self._url), name_of(self._url))

    def close(self) -> None:
        self._let_go()


def in_memory(image: bytes | None = None) -> Ledger:
    """A ledger in memory, empty or as an image has it; two of them share nothing."""
    return Ledger("sqlite://", image=image)

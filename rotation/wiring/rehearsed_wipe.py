"""A wipe carried out on a copy of the ledger, in a world as the ledger remembers the real one.

Engine, ledger and provider are the real ones; nothing leaves the process, and the ledger that was
copied never hears of it. Each account has a copy of its own, as accounts don't wait for each other.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Kind, Moment
from rotation.core.holds import Hold
from rotation.core.roster import EMPTY, AccountId, GroupId, PersonId, Phone, Roster
from rotation.engine import AccountRules, Engine, wipes
from rotation.engine.tenure import Alone, Tenure, Tenures
from rotation.ledger import HOUSE, Books, Ledger, in_memory
from rotation.sandbox.wire import Kind as Call
from rotation.sandbox.witness import Nobody
from rotation.wiring.rehearsal import Rehearsal
from rotation.wiring.remembered import remembered

AUTHOR = "rehearsal"
LONGEST, LINKS = timedelta(hours=24), timedelta(minutes=5)
"""For so long a wipe is rehearsed; so long after its end invite links may still be reset."""
_LOOK = timedelta(seconds=5)
_READS = (Call.GROUP, Call.DETAIL, Call.MEMBERS, Call.MEMBERS_V2)


@dataclass(frozen=True, slots=True)
class Wished:
    """Who would be wiped, by key or by a number that nobody has, when, from whose groups."""

    who: PersonId | Phone
    team: str
    at: datetime
    zone_data: str

    @property
    def is_number(self) -> bool:
        return self.who.startswith("+")


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls a wipe took; `others` are for whatever else fell due meanwhile."""

    reads: int = 0
    removals: int = 0
    resets: int = 0
    lists: int = 0
    others: int = 0

    def __add__(self, more: "Calls") -> "Calls":
        return Calls(
            self.reads + more.reads,
            self.removals + more.removals,
            self.resets + more.resets,
            self.lists + more.lists,
            self.others + more.others,
        )


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it for one account. `ledger` is its copy as the wipe left it, at `ended_at`.

    `uncovered` are the groups in which nobody on duty is left by it.
    """

    ledger: Ledger
    person: PersonId
    took: timedelta
    ended_at: datetime
    calls: Calls
    uncovered: tuple[GroupId, ...]


def rehearsed_wipe(
    image: bytes,
    account: AccountId,
    rules: AccountRules,
    wished: Wished,
    passed: Callable[[AccountId, timedelta], None],
) -> Came:
    """The wipe on a ledger that begins as `image`, until nothing is left that needs no person.

    `passed` is told how much time of the account's rehearsal has passed, now and then.
    """
    ledger = in_memory(image)
    with ledger.reading() as books:
        _, roster = books.rosters.in_force() or ("", EMPTY)
        world = remembered(books, roster, account, wished.at)
        newest = books.reads.recent(account, 1)
        before = _uncovered(books)
    daemon = _OnACopy(world, wished, account, rules, ledger, newest)
    with ledger.writing() as books:
        person = _marked(books, roster, wished)
        people = books.leavers.known_as(person)
    took = _carried_out(daemon, person, wished, passed)
    with ledger.reading() as books:
        calls = _calls(books, daemon, people, wished.at)
        left = sorted(_uncovered(books) - before)
    return Came(ledger, person, took, daemon.now, calls, tuple(left))


class _OnACopy(Rehearsal):
    """A daemon that goes on where the copied one was: by its boot clock, and with its calls."""

    def __init__(
        self,
        world: dict[str, object],
        wished: Wished,
        account: AccountId,
        rules: AccountRules,
        ledger: Ledger,
        newest: list[tuple[str, float, datetime]],
    ) -> None:
        self._newest = newest
        super().__init__(
            world, wished.at, account=account, rules=rules, ledger=ledger,
            zone_data=wished.zone_data,
        )  # fmt: skip
        self.calls = _Counted()
        self.world.attend(self.calls)

    def moment(self) -> Moment:
        for boot, uptime, ended_at in self._newest:
            return Moment(self.now, boot, uptime + (self.now - ended_at).total_seconds())
        return super().moment()

    def _engine(self, tenures: Tenures | None = None) -> Engine:
        return super()._engine(tenures or _Accounts(self.moment().uptime))


class _Accounts(Alone):
    """The accounts are ours, but nobody keeps house: a long trail is not verified for a wipe."""

    def of(self, account: AccountId) -> Tenure | None:
        return None if account == HOUSE else super().of(account)


class _Counted(Nobody):
    def __init__(self) -> None:
        self.made: Counter[Call] = Counter()

    def arrives(self, kind: Call, *_of_whom: object, **_when: object) -> None:
        self.made[kind] += 1


def _marked(books: Books, roster: Roster, wished: Wished) -> PersonId:
    who, at = wished.who, wished.at
    known = not wished.is_number
    person = PersonId(who) if known else books.people.stranger(Phone(who), None, at)
    of = wipes.Team.of(roster, wished.team) if wished.team else None
    wipes.begin(books, person, AUTHOR, AUTHOR, at, of=of)
    return person


def _carried_out(
    daemon: _OnACopy,
    person: PersonId,
    wished: Wished,
    passed: Callable[[AccountId, timedelta], None],
) -> timedelta:
    """Until it is done, and then until the links are reset; how long it took to be done."""
    ends = wished.at + LONGEST
    done_at = None
    while done_at is None and daemon.now < ends:
        daemon.run(min(daemon.now + _LOOK, ends))
        passed(daemon.account, daemon.now - wished.at)
        done_at = _done_at(daemon.ledger, person, wished.team)
    took = (done_at or daemon.now) - wished.at
    ends = daemon.now + LINKS
    while daemon.now < ends and daemon.engine.unfinished(_left(daemon.ledger, person, wished.at)):
        daemon.run(min(daemon.now + _LOOK, ends))
    return took


def _done_at(ledger: Ledger, person: PersonId, team: str) -> datetime | None:
    with ledger.reading() as books:
        theirs = books.leavers.known_as(person)
        ends = [
            m.done_at for m in books.leavers.standing() if m.person in theirs and m.team == team
        ]
    return max((at for at in ends if at is not None), default=None) if None not in ends else None


def _left(ledger: Ledger, person: PersonId, since: datetime) -> set[GroupId]:
    """The groups they were removed from."""
    with ledger.reading() as books:
        theirs = books.leavers.known_as(person)
        records = [r for one in theirs for r in books.audit.list(person=one, since=since)]
    return {r.group for r in records if r.kind in wipes.GONE and r.group is not None}


def _uncovered(books: Books) -> set[GroupId]:
    held = (one.item for one in books.holds.in_force())
    return {i.group for i in held if i.hold is Hold.UNCOVERED and i.group is not None}


def _calls(books: Books, daemon: _OnACopy, people: Collection[PersonId], since: datetime) -> Calls:
    made = daemon.calls.made
    mine = [a for a in books.attempts.since(daemon.account, since) if a.person in people]
    removals = sum(a.kind is Kind.REMOVE for a in mine)
    resets = sum(a.kind is Kind.RESET for a in mine)
    reads, lists = sum(made[kind] for kind in _READS), made[Call.GROUPS]
    return Calls(reads, removals, resets, lists, made.total() - reads - lists - removals - resets)

"""Webhooks in: taken at the door, gathered, and written down a few times a second.

What a webhook tells is only that there is something to look at, so losing what was gathered costs
no more than losing the webhook. Taking one asks no database; a burst of them is one transaction.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from threading import Lock

from rotation.core import silence
from rotation.core.facts import Moment
from rotation.core.roster import AccountId, ChatId, GroupId
from rotation.engine.look import BURST
from rotation.ledger import Books, LastActive, Ledger, LedgerTrouble
from rotation.providers import Active, Ear, Said, Tidings, Unheard

LARGEST = 64 * 1024
"""Bytes of a body; a longer one is not looked at."""
OLDEST, AHEAD = timedelta(minutes=20), timedelta(minutes=5)
"""When an authentic webhook may have been sent: a provider tries again for a quarter of an hour,
and clocks differ by five minutes."""
FLUSH_EVERY = timedelta(seconds=0.5)
HEARD_EVERY = timedelta(minutes=1)
"""How exactly it is known when the last webhook arrived; and how often one may ask for a probe."""
OPEN_EVERY = timedelta(minutes=2)
"""How exactly it is known until when the door was open; less than what makes a silence unknown."""
MOST_SAID = 50
"""Messages that are kept until somebody answers them."""
MOST_NAMES, MOST_KEPT = 4096, 2000
"""Names of events by which a second one is known; and groups, or people, kept until the flush."""


class Taken(IntEnum):
    """What a sender is answered, as HTTP says it."""

    TAKEN = 202
    MALFORMED = 400
    NOT_AUTHENTIC = 401
    NO_SUCH_ACCOUNT = 404
    TOO_LARGE = 413


@dataclass(slots=True)
class _Heard:
    """What webhooks told of one account since it was last written down."""

    any: bool = False
    lost: bool = False
    session: bool = False
    changed: set[ChatId] = field(default_factory=set)
    active: dict[tuple[ChatId, str, str], tuple[datetime, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Door:
    """Where the webhooks of one account come in. `names` are of events that came lately."""

    ear: Ear
    names: OrderedDict[str, None] = field(default_factory=OrderedDict)
    heard: _Heard = field(default_factory=_Heard)
    asked_at: datetime | None = None
    open_at: datetime | None = None
    lost: bool = False
    """Something that was gathered was not written down."""


class Intake:
    """Takes webhooks, from any thread, and marks groups to be read soon.

    `ears` has one for each account. Whoever runs it calls `flush` every half second, and lets the
    accounts tick that it returns.
    """

    def __init__(
        self, ledger: Ledger, ears: Mapping[AccountId, Ear], clock: Callable[[], Moment]
    ) -> None:
        self._ledger = ledger
        self.clock = clock
        self._doors = {account: _Door(ear) for account, ear in ears.items()}
        self._lock = Lock()
        self._chats: tuple[str, dict[tuple[AccountId, ChatId], GroupId]] = ("", {})
        self._listens_to: frozenset[AccountId] = frozenset()
        """The accounts of groups in which silence is judged."""
        self._woken: set[AccountId] = set()
        self._said: list[Said] = []
        self.stumbles = 0
        """Bodies that a bug of ours stumbled over; the tests want none."""
        self.answered: Counter[Taken] = Counter()
        """How often each answer was given, for whoever watches; nearly exact."""

    def take(
        self, account: str, headers: Mapping[str, str], body: bytes, key: str | None = None
    ) -> int:
        """Take one webhook; the HTTP status to answer with. Never raises, and waits for nothing.

        `headers` have names in small letters; `key` is what follows the account in the address.
        """
        found = self._judged(account, headers, body, key)
        self.answered[found] += 1
        return found

    def _judged(
        self, account: str, headers: Mapping[str, str], body: bytes, key: str | None
    ) -> Taken:
        door = self._doors.get(AccountId(account))
        if door is None:
            return Taken.NO_SUCH_ACCOUNT
        if len(body) > LARGEST:
            return Taken.TOO_LARGE
        try:
            told, now = door.ear.hear(headers, body, key), self.clock().at
        except Exception:  # noqa: BLE001 - nobody outside may bring the listener down
            self.stumbles += 1
            return Taken.MALFORMED
        match told:
            case Unheard.NOT_AUTHENTIC:
                return Taken.NOT_AUTHENTIC
            case Unheard.MALFORMED:
                return Taken.MALFORMED
            case Tidings():
                return self._taken(door, told, now)

    def _taken(self, door: _Door, told: Tidings, now: datetime) -> Taken:
        if told.at is not None and not now - OLDEST <= told.at <= now + AHEAD:
            door.lost = True
            return Taken.NOT_AUTHENTIC
        with self._lock:
            door.heard.any = True
            if not _is_new(door.names, told.event):
                return Taken.TAKEN
            door.heard.session |= told.session
            if len(door.heard.changed) < MOST_KEPT:
                door.heard.changed |= told.changed
            if told.said is not None and len(self._said) < MOST_SAID:
                self._said.append(told.said)
            for one in told.active:
                door.heard.lost |= not _keep(door.heard, one, now)
        return Taken.TAKEN

    def wake(self, accounts: Iterable[AccountId]) -> None:
        """Others who let something in beside webhooks: these accounts have something to do."""
        with self._lock:
            self._woken |= set(accounts)

    def said(self) -> list[Said]:
        """What was written where commands are listened to, since this was last asked."""
        with self._lock:
            found, self._said = self._said, []
        return found

    def has_news(self, now: datetime | None = None) -> bool:
        """Whether there is anything to flush, or it is time to note that the doors are open.

        `now` where it is known already; otherwise the clock is asked.
        """
        if self._woken or self._said or any(door.heard.any for door in self._doors.values()):
            return True
        return bool(self._to_note(now or self.clock().at))

    def flush(self) -> frozenset[AccountId]:
        """Write down what was gathered; the accounts that have something new to do.

        Raises LedgerTrouble; what was gathered is lost then, as webhooks are now and then.
        """
        with self._lock:
            woken, self._woken = frozenset(self._woken), set()
        return woken | self._flushed()

    def _flushed(self) -> frozenset[AccountId]:
        heard, open_ = dict(self._gathered()), self._to_note(self.clock().at)
        if open_ and not heard:
            with self._ledger.reading() as books:
                self._groups(books)
        if not heard and self._listens_to.isdisjoint(open_):
            self._noted_open(open_, self.clock().at)
            return frozenset()
        try:
            with self._ledger.writing() as books:
                groups = self._groups(books)
                now = self.clock().at
                news = [a for a, one in heard.items() if self._written(books, a, one, groups, now)]
                for account in self._listens_to.intersection((*heard, *open_)):
                    self._hears(books, account, heard.get(account), now)
                books.heard(by_others=bool(news))
        except LedgerTrouble:
            for account in heard:
                self._doors[account].lost = True
            raise
        self._noted_open({*heard, *open_}, now)
        return frozenset(news)

    def _to_note(self, now: datetime) -> set[AccountId]:
        """Whose door has not been said to be open for a while."""
        return {a for a, door in self._doors.items() if _is_old(door.open_at, now)}

    def _noted_open(self, accounts: Iterable[AccountId], at: datetime) -> None:
        for account in accounts:
            door = self._doors[account]
            door.lost = False
            if _is_old(door.open_at, at):
                door.open_at = at

    def _hears(self, books: Books, account: AccountId, told: _Heard | None, now: datetime) -> None:
        """How far the account's webhooks are heard: silence is what was listened to."""
        door, known = self._doors[account], books.activity.hearing(account)
        after = known
        if _is_old(door.open_at, now):
            most = silence.DEAF if door.open_at is None else silence.LATE
            after = silence.opened(after, now, most)
        if door.lost or (told is not None and told.lost):
            after = silence.broken(after, now)
        if told is not None:
            is_new = after.heard_at is None or abs(now - after.heard_at) >= HEARD_EVERY
            after = silence.heard(after, now) if is_new or after.owed_at is not None else after
        if after != known:
            books.activity.hears(account, after)

    def _gathered(self) -> Iterator[tuple[AccountId, _Heard]]:
        with self._lock:
            for account, door in self._doors.items():
                if door.heard.any:
                    heard, door.heard = door.heard, _Heard()
                    yield account, heard

    def _written(
        self,
        books: Books,
        account: AccountId,
        heard: _Heard,
        groups: Mapping[tuple[AccountId, ChatId], GroupId],
        now: datetime,
    ) -> bool:
        known = books.webhooks.of(account)
        if known.heard_at is None or abs(now - known.heard_at) >= HEARD_EVERY:
            books.webhooks.save(replace(known, heard_at=now))
        ours = {groups[account, chat] for chat in heard.changed if (account, chat) in groups}
        new = books.webhooks.mark(account, ours, now) if ours else set()
        if new:
            books.groups.wake(now + BURST, new)
        _note(books, account, heard, groups)
        return bool(new) | self._asks(books, account, heard, now)

    def _asks(self, books: Books, account: AccountId, heard: _Heard, now: datetime) -> bool:
        """Whether the session is to be asked for, now and not once more within a minute."""
        door = self._doors[account]
        if not heard.session or (
            door.asked_at is not None and abs(now - door.asked_at) < HEARD_EVERY
        ):
            return False
        door.asked_at = now
        return books.webhooks.session_told(account, now)

    def _groups(self, books: Books) -> Mapping[tuple[AccountId, ChatId], GroupId]:
        """Every group of the roster in force by its chat; read anew when that is another one."""
        digest = books.rosters.digest() or ""
        if digest != self._chats[0]:
            found = books.rosters.in_force()
            groups = found[1].groups.values() if found is not None else ()
            self._listens_to = frozenset(g.account for g in groups if g.policy.silent is not None)
            self._chats = (digest, {(g.account, g.chat): g.id for g in groups})
        return self._chats[1]


def _is_new(names: OrderedDict[str, None], event: str) -> bool:
    """Whether no event of this name came lately; one without a name is always new."""
    if not event:
        return True
    if event in names:
        names.move_to_end(event)
        return False
    names[event] = None
    if len(names) > MOST_NAMES:
        names.popitem(last=False)
    return True


def _keep(heard: _Heard, one: Active, now: datetime) -> bool:
    """Of each person in each group the newest; what is told of the future is told of now.

    Returns whether there was room for it.
    """
    key = (one.chat, one.who.phone or "", one.who.lid or "")
    if key not in heard.active and len(heard.active) >= MOST_KEPT:
        return False
    found = (min(one.at or now, now), one.doing.value)
    heard.active[key] = max(found, heard.active.get(key, found))
    return True


def _is_old(at: datetime | None, now: datetime) -> bool:
    return at is None or abs(now - at) >= OPEN_EVERY


def _note(
    books: Books,
    account: AccountId,
    heard: _Heard,
    groups: Mapping[tuple[AccountId, ChatId], GroupId],
) -> None:
    """Who was active, of those who have a name in the ledger; of others nothing is kept."""
    told = [(chat, ids, what) for (chat, *ids), what in heard.active.items()
            if (account, chat) in groups]  # fmt: skip
    if not told:
        return
    people = books.people.by_id()
    seen = (
        LastActive(groups[account, chat], person, doing, at)
        for chat, ids, (at, doing) in told
        if (person := next((people[i] for i in ids if i in people), None)) is not None
    )
    books.activity.note(seen)

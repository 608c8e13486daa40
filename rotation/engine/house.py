"""House is kept once a day: is the trail whole, and what nobody needs any more is let go.

Only the daemon that has the lease on it does that, whichever of its accounts is looked at first.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rotation.core.decide import SKEW
from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine.gather import doubt
from rotation.engine.rules import Event
from rotation.engine.tenure import Tenures
from rotation.ledger import (
    AUDIT_ACCEPTED,
    AUDIT_BROKEN,
    HOUSE,
    Books,
    BrokenChain,
    Unreadable,
    Verified,
)

KEEP = timedelta(days=400)
"""How long what has ended is kept, unless the settings say otherwise; nothing asks for it later
than 90 days."""
KEEP_READS = timedelta(days=7)
KEEP_NOTICES = timedelta(days=90)
A_DAY = timedelta(days=1)
FIRST = timedelta(hours=1)
"""By then every clock has been compared with somebody else's."""
AT_MOST = 1000
"""So many rows of a table go in one tick, so that no call waits for it."""
AGAIN = timedelta(seconds=5)
NEXT_PIECE = timedelta(seconds=0.2)
"""Between two pieces of the trail: five thousand records are verified in a second."""


class House:
    def __init__(self, tenures: Tenures, keep: timedelta) -> None:
        self._tenures = tenures
        self._keep = keep
        self._kept_at: datetime | None = None
        self._let_go_at: float | None = None
        """By the boot clock: one that is set may not let years go."""
        self._is_behind = False
        self._verified: Verified | None = None
        self._verify_at: float | None = None
        """By the boot clock: when the next piece of the trail is to be looked at, if any is."""

    def kept(self, books: Books, account: AccountId, now: Moment) -> Iterator[Event]:
        """Keep it, if that is due and ours to do."""
        if self._let_go_at is None:
            self._let_go_at = now.uptime + FIRST.total_seconds()
        is_day = self._kept_at is None or abs(now.at - self._kept_at) >= A_DAY
        verifies = self._verify_at is not None and now.uptime >= self._verify_at
        if not (is_day or verifies or now.uptime >= self._let_go_at):
            return
        if self._tenures.of(HOUSE) is None:
            self._is_behind, self._verify_at = False, None  # whoever has it now goes on with that
            return
        if is_day:
            self._kept_at, self._verified = now.at, None
        if is_day or verifies:
            yield from self._verify(books, account, now)
        if is_day:
            books.reads.prune(now.at - KEEP_READS)
            books.replies.let_go(now.at)
            books.notices.forget(now.at - min(KEEP_NOTICES, self._keep))
        if now.uptime >= self._let_go_at:
            yield from self._let_go(books, account, now)

    def next(self, now: Moment, until: datetime) -> datetime:
        """When to come back: `until`, or earlier where there is more to verify or to let go."""
        soon = (self._verify_at, self._let_go_at if self._is_behind else None)
        return min([until, *(max(now.at, now.when(at)) for at in soon if at is not None)])

    def _verify(self, books: Books, account: AccountId, now: Moment) -> Iterator[Event]:
        """A piece of the trail: all of it at once would keep everybody else from writing."""
        found, self._verify_at = books.audit.verified_on(self._verified), None
        if isinstance(found, BrokenChain):
            text = f"record {found.seq}: {found.why}"
            if text != books.meta.get(AUDIT_ACCEPTED):
                books.meta.put(AUDIT_BROKEN, text)
            yield Event(now.at, "audit_broken", account, text=text)
        elif not found.whole:
            self._verified, self._verify_at = found, now.uptime + NEXT_PIECE.total_seconds()

    def _let_go(self, books: Books, account: AccountId, now: Moment) -> Iterator[Event]:
        self._is_behind = False
        self._let_go_at = now.uptime + FIRST.total_seconds()
        if _is_doubtful(books, account):
            return
        try:
            gone = books.retention.let_go(now.at - self._keep, now.at, AT_MOST, self._origin)
        except Unreadable:  # nothing goes; the trail says what is wrong, and people hear of that
            return
        self._is_behind = gone.more
        self._let_go_at = now.uptime + (AGAIN if gone.more else A_DAY).total_seconds()
        if gone.rows:
            text = ", ".join(f"{name} {count}" for name, count in gone.rows.items())
            yield Event(now.at, "let_go", account, text=text)

    @property
    def _origin(self) -> str:
        return f"keep {self._keep.days} days"


def _is_doubtful(books: Books, account: AccountId) -> bool:
    """Whether the ledger may have to be evidence, or our clock may be wrong."""
    offset = books.accounts.state(account).clock_offset
    return doubt(books, account) is not None or (offset is not None and abs(offset) > SKEW)

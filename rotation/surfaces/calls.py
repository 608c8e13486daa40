"""Calls of a command: counted in the ledger like the daemon's, and never more than fit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from rotation.core import budget
from rotation.core.facts import Kind, Moment
from rotation.ledger import Ledger, LedgerTrouble
from rotation.providers.wawp import Exchanged
from rotation.settings import Account

A_MOMENT = timedelta(milliseconds=1)


@dataclass(slots=True)
class Calls:
    """What one account may still be asked within this minute.

    `spared` calls of its minute are left to a daemon. Without a ledger only the command's own calls
    count. `who` makes them, as the ledger calls it. `uncounted` are those that it could not be told
    of.
    """

    account: Account
    clock: Callable[[], Moment]
    ledger: Ledger | None
    spared: int
    who: str
    uncounted: int = 0
    _made: list[budget.Call] = field(default_factory=list, init=False)
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock().uptime

    def fit(self, count: int = 1) -> bool:
        """Whether `count` more calls stay within the account's requests in any 60 s."""
        recent = sum(age < budget.WINDOW + budget.GUARD for age in self._ages())
        return recent + count <= self._limit

    def wait(self) -> timedelta:
        """How long until one more call fits, and a moment, so that rounding can't fall short."""
        return budget.wait(list(self._ages()), budget.Rule(self._limit)) + A_MOMENT

    @property
    def _limit(self) -> int:
        return self.account.requests_per_minute - self.spared

    def _ages(self) -> Iterator[float]:
        now = self.clock()
        return budget.ages(self._recent(now), now, self._started)

    def note(self, exchanged: Exchanged) -> None:
        """One call was made just now: it only read."""
        ended = self.clock()
        self._made.append(budget.Call(ended.boot, ended.uptime))
        outcome = self.who if exchanged.status is None else f"{self.who} {exchanged.status}"
        began_at = ended.at - timedelta(milliseconds=exchanged.milliseconds)
        name, boot, uptime = self.account.id, ended.boot, ended.uptime
        if self.ledger is None:
            return
        try:
            with self.ledger.writing() as books:
                books.reads.note(name, None, began_at, ended.at, outcome, boot, uptime)
        except LedgerTrouble:
            self.uncounted += 1

    def _recent(self, now: Moment) -> list[budget.Call]:
        """The daemon's calls and ours, as the ledger has them; ours alone without one."""
        limit = self.account.requests_per_minute
        try:
            if self.ledger is None:
                return self._made
            with self.ledger.reading() as books:
                attempts = books.attempts.recent(self.account.id, list(Kind), limit)
                reads = books.reads.recent(self.account.id, limit)
        except LedgerTrouble:
            return self._made
        return [
            *(budget.call_of(attempt, now) for attempt in attempts),
            *(budget.Call(boot, uptime) for boot, uptime, _ in reads),
        ]


DAEMONS_SHARE = 4
"""A running daemon keeps one call in so many of an account's minute for itself."""


def spared(account: Account, *, beside_a_daemon: bool) -> int:
    return account.requests_per_minute // DAEMONS_SHARE if beside_a_daemon else 0

"""How long until an account may make its next call, counted from the ledger's own history."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from functools import cached_property

from rotation.core import budget
from rotation.core.facts import Kind, Moment
from rotation.core.holds import Hold
from rotation.engine.line import Line
from rotation.engine.pauses import is_held, slowed
from rotation.engine.rules import AccountRules
from rotation.ledger import Books, MadeCall

DAY = timedelta(days=1)
FEW = 16
"""Calls of a minute in which an account has little to do."""
AHEAD = timedelta(seconds=5)
"""How long before its slot a step's group is read, so that the slot is not spent on reading."""


class Drip:
    """The budget of one account as the ledger shows it at one moment; asked for when needed."""

    def __init__(self, books: Books, line: Line, now: Moment) -> None:
        self._books = books
        self._line = line
        self._now = now

    @cached_property
    def rules(self) -> AccountRules:
        """The account's rules, halved while the provider wants fewer calls."""
        state = self._books.accounts.state(self._line.account)
        return self._line.rules.slowed(slowed(state, self._now.at))

    def wait(self, kind: Kind | None) -> timedelta:
        """Until one more call of `kind` fits (None: a read); zero when it fits now."""
        waits = [self.wait_for(2 if kind is Kind.INVITE else 1)]  # its link is asked for first
        rule = self.rules.of(kind) if kind is not None else None
        if kind is not None and rule is not None:
            made = self._calls([kind], self._line.rules.drip)
            waits.append(budget.wait(self._ages(made), rule, self._since(made[:1])))
            waits.append((self.spent_until or self._now.at) - self._now.at)
        return max(waits)

    @cached_property
    def spent_until(self) -> datetime | None:
        """When the account may change anything again, if it has used up its changes of a day.

        Once it has, not before a tenth of them is a day old: nobody is told of every single one.
        """
        account, most = self._line.account, self._line.rules.daily
        if is_held(self._books, account, Hold.SPENT):
            most -= most // 10
        oldest = self._books.attempts.nth_change(account, most, self._now.at)
        return None if oldest is None else oldest + DAY

    def wait_for(self, count: int) -> timedelta:
        """Until `count` calls fit, one right after the other."""
        rule = budget.Rule(max(1, self.rules.requests - count + 1))
        return budget.wait(self.request_ages, rule)

    def wait_for_sweep(self) -> timedelta:
        """Until a read fits that no step waits for; it leaves the rest of the requests to steps."""
        return budget.wait(self.request_ages, self.rules.all_sweeps)

    def wait_for_asked(self) -> timedelta:
        """Until a read fits that a person waits for; most of the rest is left to steps."""
        return budget.wait(self.request_ages, self.rules.all_asked)

    def ages(self, kind: Kind) -> list[float]:
        return self._ages(self._calls([kind], self._line.rules.drip))

    @cached_property
    def request_ages(self) -> list[float]:
        return [*self._newest(self._read_ages), *self._newest(self._attempt_ages)]

    def _newest(self, ages: Callable[[int], list[float]]) -> list[float]:
        """Those of the last calls that count.

        A few are asked for first: mostly all others are too old.
        """
        few, limit = FEW, self._line.rules.requests
        found = ages(min(few, limit))
        return found if few >= limit or len(found) < few else ages(limit)

    def _read_ages(self, limit: int) -> list[float]:
        reads = self._books.reads.calls(self._line.account, limit)
        return self._counting(budget.Call(boot, uptime) for boot, uptime in reads)

    def _attempt_ages(self, limit: int) -> list[float]:
        return self._ages(self._calls(list(Kind), limit))

    def _calls(self, kinds: Collection[Kind], limit: int) -> list[MadeCall]:
        return self._books.attempts.calls(self._line.account, kinds, limit)

    def _ages(self, made: Iterable[MadeCall]) -> list[float]:
        return self._counting(budget.call_of(a, self._now) for a in made)

    def _counting(self, newest_first: Iterable[budget.Call]) -> list[float]:
        """The ages of the calls that may still count.

        Calls hardly overlap: what was made before one that is too old by as much as a call may
        last is too old as well.
        """
        started, most = self._line.life.started, budget.WINDOW + budget.GUARD
        most += self._line.rules.deadline.total_seconds()
        counting: list[float] = []
        for age in budget.ages(newest_first, self._now, started):
            if age > most:
                break
            counting.append(age)
        return counting

    def _since(self, last: Iterable[MadeCall]) -> float | None:
        """How long ago the last call left, when that was in this boot."""
        left = (self._now.uptime - a.uptime for a in last if a.boot == self._now.boot)
        return next(left, None)

"""When the groups of an account hand over next, by the roster in force."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heapreplace
from typing import TypeAlias

from rotation.core.roster import EMPTY, AccountId, GroupId
from rotation.core.timeline import Timeline
from rotation.ledger import Ledger

NONE_IN_SIGHT = timedelta(days=30)
"""When to look again at groups of which nobody changes for as far as a timeline looks."""
_Ahead: TypeAlias = list[tuple[datetime, GroupId]]


@dataclass(slots=True)
class Boundaries:
    """The soonest boundary of each account; each is worked out once, and again when it has passed.

    Groups with the same shifts have the same boundaries, so one of them stands for all.
    """

    ledger: Ledger
    _digest: str | None = field(default=None, init=False)
    _timeline: Timeline = field(default_factory=lambda: Timeline(EMPTY), init=False)
    _ahead: dict[AccountId, _Ahead] = field(default_factory=dict, init=False)
    _asked_at: dict[AccountId, datetime] = field(default_factory=dict, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    def soonest(self, account: AccountId, now: datetime) -> datetime | None:
        """The first boundary later than `now`, if any; from any thread. Raises LedgerUnavailable.

        It may be one at which nobody changes: where none is in sight, that is looked at again.
        """
        with self._turn:
            self._read_anew()
            ahead = self._ahead.get(account)
            if ahead is None or now < self._asked_at[account]:  # a clock was put back
                ahead = self._ahead[account] = self._laid_out(account, now)
            self._asked_at[account] = now
            while ahead and ahead[0][0] <= now:
                group = ahead[0][1]
                heapreplace(ahead, (self._after(group, now), group))
            return ahead[0][0] if ahead else None

    def _read_anew(self) -> None:
        """When another roster came into force nothing is known any more."""
        with self.ledger.reading() as books:
            digest = books.rosters.digest()
            if digest != self._digest:
                found = books.rosters.in_force()
                self._timeline = Timeline(EMPTY if found is None else found[1])
                self._ahead.clear()
                self._digest = digest

    def _laid_out(self, account: AccountId, now: datetime) -> _Ahead:
        alike = {g.duty_of: g.id for g in self._timeline.roster.groups_of(account)}
        ahead = [(self._after(group, now), group) for group in alike.values()]
        heapify(ahead)
        return ahead

    def _after(self, group: GroupId, now: datetime) -> datetime:
        found = self._timeline.next_handover(group, now)
        return now + NONE_IN_SIGHT if found is None else found.at

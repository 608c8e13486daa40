"""The line to one account: its chat and rules, the ledger everything is written to, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine.rules import AccountRules
from rotation.engine.tenure import Fenced, trusted_until
from rotation.providers import Chat


@dataclass(frozen=True, slots=True)
class Life:
    """What stays the same for as long as an account is ours.

    `started` is the boot second at which it became so; `zone_data` the time zone data in force.
    """

    started: float
    zone_data: str


@dataclass(frozen=True, slots=True)
class Line:
    """What every errand on an account works with.

    Its chat makes no call that could outlive our right to the account, its ledger takes nothing
    once that is lost.
    """

    account: AccountId
    chat: Chat
    rules: AccountRules
    ledger: Fenced
    clock: Callable[[], Moment]
    life: Life

    def trusted_until(self, now: Moment) -> datetime | None:
        """The instant before which every call has to be over; None: as long as we live."""
        until = trusted_until(self.ledger.tenures, self.ledger.tenure)
        if until is None:
            return None
        return now.at + timedelta(seconds=max(until - now.uptime, 0.0))

"""The line to one account: its chat and rules, the ledger everything is written to, the clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine.rules import AccountRules
from rotation.engine.tenure import Fenced, Tenure, Tenures, Trusted, trusted_until
from rotation.ledger import Ledger
from rotation.providers import DEAF, Chat, Ear


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
    ear: Ear = DEAF

    def trusted_until(self, now: Moment) -> datetime | None:
        """The instant before which every call has to be over; None: as long as we live."""
        until = trusted_until(self.ledger.tenures, self.ledger.tenure)
        if until is None:
            return None
        return now.at + timedelta(seconds=max(until - now.uptime, 0.0))


@dataclass(frozen=True, slots=True)
class Lines:
    """Makes the lines to all accounts, each by the right we have to it now."""

    ledger: Ledger
    tenures: Tenures
    chats: Mapping[AccountId, Chat]
    rules: Mapping[AccountId, AccountRules]
    clock: Callable[[], Moment]
    zone_data: str
    ears: Mapping[AccountId, Ear] = field(default_factory=dict)

    def fenced(self, tenure: Tenure) -> Fenced:
        return Fenced(self.ledger, self.tenures, tenure)

    def line(self, tenure: Tenure, started: float) -> Line:
        """The line to an account whose calls of other boots count as made at second `started`."""
        return Line(
            tenure.account,
            Trusted(self.chats[tenure.account], lambda: self.lasts(tenure)),
            self._rules_of(tenure.account),
            self.fenced(tenure),
            self.clock,
            Life(started, self.zone_data),
            self.ears.get(tenure.account, DEAF),
        )

    def lasts(self, tenure: Tenure) -> bool:
        """Whether a call that began now would be over before our term can be."""
        until = trusted_until(self.tenures, tenure)
        deadline = self._rules_of(tenure.account).deadline.total_seconds()
        return until is None or self.clock().uptime + deadline < until

    def _rules_of(self, account: AccountId) -> AccountRules:
        return self.rules.get(account, AccountRules())

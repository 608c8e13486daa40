"""What the engine is told about an account, and what it tells whoever watches it work."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rotation.core import budget
from rotation.core.budget import Rule
from rotation.core.facts import Kind
from rotation.core.roster import AccountId, GroupId, PersonId


@dataclass(frozen=True, slots=True)
class AccountRules:
    """How many calls an account may make in any 60 s, and how long one may take.

    `drip` bounds additions and removals, each on its own; `requests` bounds every call together.
    `daily` bounds additions and removals together, in any 24 hours.
    """

    drip: int = 8
    paced: bool = False
    requests: int = 60
    deadline: timedelta = timedelta(seconds=20)
    daily: int = 2000

    def slowed(self, times: int) -> "AccountRules":
        """The rules of an account whose calls are halved so often."""
        if not times:
            return self
        requests = budget.halved(self.requests, times, budget.LEAST_REQUESTS)
        return replace(self, drip=budget.halved(self.drip, times), requests=requests)

    def of(self, kind: Kind) -> Rule | None:
        """The drip for a kind of attempt; None where only the cap over all requests counts."""
        return Rule(self.drip, self.paced) if kind in (Kind.ADD, Kind.REMOVE) else None

    @property
    def all_requests(self) -> Rule:
        return Rule(self.requests)

    @property
    def all_sweeps(self) -> Rule:
        """What reads may use that no step waits for.

        A minute of additions and removals costs about five requests for each of the drip: a read
        before and after each, and the calls. The sweep never gets less than a quarter.
        """
        return Rule(max(1, self.requests // 4, self.requests - 5 * self.drip))

    @property
    def all_asked(self) -> Rule:
        """What reads may use that a person waits for: a quarter of what sweeps leave as well."""
        sweeps = self.all_sweeps.calls
        return Rule(sweeps + (self.requests - sweeps) // 4)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, for a log line or a live view: never a number, only names."""

    at: datetime
    kind: str
    account: AccountId
    group: GroupId | None = None
    person: PersonId | None = None
    text: str = ""

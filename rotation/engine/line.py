"""The line to one account: its chat and rules, the ledger everything is written to, the clock."""

from collections.abc import Callable
from dataclasses import dataclass

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine.rules import AccountRules
from rotation.ledger import Ledger
from rotation.providers import Chat


@dataclass(frozen=True, slots=True)
class Life:
    """What stays the same from the start of this process to its end.

    `started` is the boot second at which it began; `zone_data` the time zone data in force.
    """

    started: float
    zone_data: str


@dataclass(frozen=True, slots=True)
class Line:
    """What every errand on an account works with."""

    account: AccountId
    chat: Chat
    rules: AccountRules
    ledger: Ledger
    clock: Callable[[], Moment]
    life: Life

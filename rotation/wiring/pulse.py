"""The daemon's pulse: which ticks move, which failed, and what was done since it started.

It is kept in memory and asked by whoever wants to know whether the daemon lives: systemd, an
outside watch, a monitor. Real seconds count, also in a stepped world.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from rotation.core.roster import AccountId
from rotation.engine import Event

LONGEST_TICK = timedelta(minutes=5)
"""A tick under way for longer is stuck: a dozen calls that nobody answers end in this time."""
LATEST_TICK = timedelta(minutes=1)
"""A tick that should have begun this long ago: nobody is woken any more."""


@dataclass(frozen=True, slots=True)
class Beat:
    """How one account is doing. `begun`: since when a tick is under way; `due`: when the next is.

    Both by the steady clock. `failures` counts those in a row; `ticks` and `failed` all of them.
    """

    account: AccountId
    begun: float | None = None
    due: float | None = None
    failures: int = 0
    ticks: int = 0
    failed: int = 0


@dataclass(slots=True)
class Pulse:
    """Written by the daemon's loop, and by its threads for what was done; read from any thread."""

    accounts: Iterable[AccountId]
    steady: Callable[[], float] = time.monotonic
    done: Counter[tuple[AccountId, str]] = field(default_factory=Counter, init=False)
    """How often each kind of event happened."""
    _beats: dict[AccountId, Beat] = field(init=False)

    def __post_init__(self) -> None:
        self._beats = {account: Beat(account) for account in sorted(self.accounts)}

    @property
    def beats(self) -> tuple[Beat, ...]:
        return tuple(self._beats.values())

    def heard(self, event: Event) -> None:
        """One thing that happened."""
        self.done[event.account, event.kind] += 1

    def begins(self, account: AccountId) -> None:
        was = self._beats[account]
        self._beats[account] = replace(was, begun=self.steady(), due=None)

    def ends(self, account: AccountId, pause: timedelta | None, *, well: bool) -> None:
        """A tick ended; the next is due after `pause` (None: nobody knows in real seconds)."""
        was = self._beats[account]
        self._beats[account] = replace(
            was,
            begun=None,
            due=None if pause is None else self.steady() + pause.total_seconds(),
            failures=0 if well else was.failures + 1,
            ticks=was.ticks + 1,
            failed=was.failed + (not well),
        )

    def late(self) -> dict[AccountId, timedelta]:
        """The accounts that nobody looks after any more, and for how long."""
        now = self.steady()
        found = {beat.account: _late(beat, now) for beat in self._beats.values()}
        return {account: late for account, late in found.items() if late is not None}


def _late(beat: Beat, now: float) -> timedelta | None:
    for since, allowed in ((beat.begun, LONGEST_TICK), (beat.due, LATEST_TICK)):
        if since is not None and now - since > allowed.total_seconds():
            return timedelta(seconds=now - since)
    return None

"""The outside watch that operators have: it hears pings, and tells a person when they stay away."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.core.roster import AccountId
from rotation.wiring.pulse import Pulse

PING_EVERY = timedelta(minutes=1)
SILENCE = timedelta(minutes=5)
"""How long no ping has come when somebody is told: one is due each minute, four may be lost."""


@dataclass(slots=True)
class Monitor:
    """Tells once in each silence, at the very instant; `heard_at` is when a ping came last."""

    tells: Callable[[datetime], None]
    heard_at: datetime
    _is_told: bool = field(default=False, init=False)

    def hears(self, at: datetime) -> None:
        self.passes(at)
        self.heard_at, self._is_told = at, False

    def passes(self, at: datetime) -> None:
        """Time has passed until `at`."""
        if not self._is_told and at - self.heard_at >= SILENCE:
            self._is_told = True
            self.tells(self.heard_at + SILENCE)


@dataclass(slots=True)
class Heart:
    """The pings of a daemon in rehearsed time, which stop when the real one's would."""

    account: AccountId
    now: Callable[[], datetime]
    ping: Callable[[datetime], None]
    pulse: Pulse = field(init=False)
    _at: datetime = field(init=False)
    _next: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.starts()

    def starts(self) -> None:
        """A new life, which says so at once."""
        self._at = self._next = self.now()
        self.pulse = Pulse((self.account,), self._steady)
        self.beats()

    def _steady(self) -> float:
        return self._at.timestamp()

    def beats(self) -> None:
        """All pings that are due by now; none is sent for a minute in which an account is stuck."""
        now = self.now()
        while self._next <= now:
            self._at = self._next
            if not self.pulse.late():
                self.ping(self._at)
            self._next += PING_EVERY
        self._at = now

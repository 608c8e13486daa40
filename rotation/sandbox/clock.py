"""The clock of the world: the real one, or one that stands still while anybody works."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class WorldClock(Protocol):
    """Tells the world's time in UTC, never backwards."""

    @property
    def mode(self) -> str: ...

    def now(self) -> datetime: ...

    def spend(self, seconds: float) -> None:
        """A call took this long. The real clock has seen to that by itself."""
        ...


class RealClock:
    """Somebody else's clock. `tell` may be exchanged, which is how a journal is replayed."""

    mode = "real"

    def __init__(self, tell: Callable[[], datetime]) -> None:
        self.tell = tell
        self._last: datetime | None = None

    def now(self) -> datetime:
        told = self.tell()
        self._last = told if self._last is None else max(self._last, told)
        return self._last

    def spend(self, seconds: float) -> None:
        """Nothing: the caller waits."""


class SteppedClock:
    """Stands still while work runs, and jumps to the next due instant once everybody is idle.

    A participant registers by its first `idle`. Whoever has been given an instant it asked for is
    at work until it asks for a later one, and time stands still for all: so a participant killed
    at work stops the world until it is back under the same name, or is taken out by `leave`.
    """

    mode = "stepped"

    def __init__(self, starts: datetime) -> None:
        self._now = starts
        self._asleep_until: dict[str, datetime] = {}
        self._looks: dict[str, int] = {}

    def now(self) -> datetime:
        return self._now

    def spend(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def idle(self, until: datetime, who: str, wake: datetime | None = None) -> datetime:
        """`who` has nothing to do before `until`; `wake` is when the world itself acts next.

        Returns the instant it is now. Before `until` it means: others are at work or something
        happened in the world; look around, then ask again.
        """
        self._asleep_until[who] = until
        self._looks[who] = self._looks.get(who, 0) + 1
        ahead = [*self._asleep_until.values(), *([] if wake is None else [wake])]
        self._now = max(self._now, min(ahead))
        return self._now

    def leave(self, who: str) -> None:
        self._asleep_until.pop(who, None)
        self._looks.pop(who, None)

    @property
    def participants(self) -> dict[str, datetime]:
        return dict(self._asleep_until)

    @property
    def looks(self) -> dict[str, int]:
        """How often each participant has asked, and so has looked around before.

        Who asked twice since something was done, in a file or in a ledger, has seen it by now.
        """
        return dict(self._looks)

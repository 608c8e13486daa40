"""The oracle over the silent, S1: out for silence goes only who was there, heard, and said nothing.

It knows from the post what reached the daemon's door, from the world since when somebody is in, and
from whoever runs the daemon when there was none; of the ledger it reads nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.core.roster import Roster, WhenSilent
from rotation.wiring.oracles.right import Right

CLOCKS = timedelta(minutes=35)
"""By so much a wrong clock may go unnoticed, together with the time between two reads."""
A_MOMENT = timedelta(seconds=2)
"""What reached the door while the call was under way is nothing that was known."""
TOO_LATE = timedelta(minutes=19)
"""Whatever is so late is not taken."""


@dataclass(slots=True)
class Silences:
    """`signs`: when somebody did something and when that was told, by group and number."""

    roster: Roster
    signs: dict[tuple[str, str], tuple[datetime, datetime]] = field(default_factory=dict)
    _gone_at: datetime | None = None
    _gaps: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When no daemon was there for long."""

    def told(self, chat: str, phone: str, at: datetime, now: datetime) -> None:
        """A webhook reached the door at `now`: somebody said something at `at`."""
        if now - at < TOO_LATE:
            self.signs[chat, phone] = max((at, now), self.signs.get((chat, phone), (at, now)))

    def dies(self, at: datetime) -> None:
        """What had just reached it is nothing that was written down."""
        self._gone_at = at
        self.signs = {who: sign for who, sign in self.signs.items() if at - sign[1] > A_MOMENT}

    def lives(self, at: datetime) -> None:
        if self._gone_at is not None and at - self._gone_at > CLOCKS:
            self._gaps.append((self._gone_at, at))
        self._gone_at = None

    def removal(
        self, right: Right, phone: str, came_at: datetime | None, at: datetime
    ) -> Iterator[tuple[str, str]]:
        """What is wrong with removing somebody at `at` because they were silent."""
        policy, people = right.group.policy.silent, self.roster.people.values()
        if policy is None or policy.do is not WhenSilent.REMOVE:
            yield "S1", "somebody was to be removed as silent where the roster does not say so"
            return
        if any(known.core and known.phone == phone for known in people) or phone in right.managed:
            yield "S1", "somebody was to be removed as silent who may be that"
        since = at - policy.after + CLOCKS
        sign = self.signs.get((right.group.chat, phone))
        if sign is not None and since < sign[0] and sign[1] < at - A_MOMENT:
            yield "S1", "somebody was to be removed as silent who was not"
        if came_at is not None and came_at > since:
            yield "S1", "somebody was to be removed as silent who had not been there for so long"
        if any(until > since for _, until in self._gaps):
            yield "S1", "somebody was to be removed as silent though nobody listened for a while"

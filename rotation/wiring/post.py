"""The post that brings a pretend world's webhooks: as bad as it is told to be, and by chance."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from rotation.sandbox import Delivery

FAR_OFF = datetime.max.replace(tzinfo=UTC)
AT_ONCE = timedelta(seconds=0.2)


@dataclass(frozen=True, slots=True)
class Mail:
    """How webhooks travel: the chances to be lost, to come twice, and to come late by `longest`.

    What comes late comes after others that were sent later.
    """

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    longest: timedelta = timedelta(0)


class Post:
    """Carries webhooks for one account."""

    def __init__(
        self, seed: int, watch: Callable[[Delivery, datetime], None] | None = None
    ) -> None:
        """`watch` is told of each webhook as it arrives, and when that is."""
        self.mail = Mail()
        self._watch = watch or (lambda _sent, _at: None)
        self._dice = Random(f"post {seed}")  # noqa: S311 - the post keeps no secret
        self._numbers = count()
        self._under_way: list[tuple[datetime, int, Delivery]] = []

    def next_at(self, outbox: deque[Delivery], now: datetime) -> datetime:
        """When the next webhook arrives; takes those along that were sent meanwhile."""
        while outbox:
            self._send(outbox.popleft(), now)
        return self._under_way[0][0] if self._under_way else FAR_OFF

    def _send(self, sent: Delivery, now: datetime) -> None:
        mail, falls = self.mail, self._dice.random
        if falls() < mail.lost:
            return
        for _copy in range(2 if falls() < mail.doubled else 1):
            delay = mail.longest * falls() if falls() < mail.late else AT_ONCE
            heapq.heappush(self._under_way, (now + delay, next(self._numbers), sent))

    def arrived(self, now: datetime) -> list[Delivery]:
        """What has arrived by now, in the order of arrival."""
        found = []
        while self._under_way and self._under_way[0][0] <= now:
            found.append(heapq.heappop(self._under_way)[-1])
            self._watch(found[-1], now)
        return found

"""S9 among replicas: a call is made by whoever has the account, and over before that can pass.

Judged from the rows of the leases as they were seen to change, on the world's own clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.ledger import Lease
from rotation.wiring.oracles.scene import Scene


@dataclass(slots=True)
class Claims:
    """`length` is how long others wait for a lease that is not counted up any more."""

    scene: Scene
    length: timedelta
    _lease: Lease | None = None
    _counted_at: datetime | None = None

    def look(self, at: datetime) -> None:
        """To be asked after every step of anybody, so that no change is seen late."""
        with self.scene.ledger.reading() as books:
            leases = (x for x in books.leases.all() if x.account == self.scene.account)
            lease = next(leases, None)
        if lease != self._lease:
            self._lease, self._counted_at = lease, at

    def called(self, replica: str, began: datetime, ended: datetime) -> None:
        """A call was on its way from `began` to `ended`."""
        lease, counted_at = self._lease, self._counted_at
        if lease is None or counted_at is None or lease.holder != replica:
            self.scene.wrong("S9", began, "", "", "a call by one who does not have the account")
        elif ended - counted_at >= self.length:
            self.scene.wrong("S9", began, "", "", "a call lasted for longer than its lease may")

"""Whether the daemon lives, and whether it is fit for work: what monitors and balancers ask.

Each reason is one line for an operator: it may name an account or a machine, and never a person or
a group.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rotation.ledger import LedgerUnavailable, UnknownSchema
from rotation.wiring import Parts
from rotation.wiring.pulse import Pulse
from rotation.zone_data import ZoneData


@dataclass(frozen=True, slots=True)
class Fitness:
    """What there is to know of a daemon that runs with `parts` and `zone_data`."""

    parts: Parts
    pulse: Pulse
    zone_data: ZoneData

    def lifeless(self) -> tuple[str, ...]:
        """Why the daemon is better restarted; empty while it lives. Asks nothing but memory."""
        return tuple(
            f"account {account}: no tick moves, for {late.seconds} s"
            for account, late in self.pulse.late().items()
        )

    def unfit(self) -> tuple[str, ...]:
        """Why it can't do its work now, or take work over; empty while it can.

        That an account's session is lost, or a group is held, is no reason: people are told.
        """
        return (*self.lifeless(), *self._failing(), *self._of_ledger(), *self._of_leases())

    def _failing(self) -> Iterator[str]:
        for beat in self.pulse.beats:
            if beat.failures:
                yield f"account {beat.account}: its last ticks failed, {beat.failures} in a row"

    def _of_ledger(self) -> Iterator[str]:
        try:
            with self.parts.ledger.reading() as books:
                books.leases.timeline()
                if books.rosters.digest() is None:
                    yield "no roster is in force: see `rotation check`"
        except LedgerUnavailable:
            yield "the ledger does not answer: see the log"
        except UnknownSchema:
            yield "the ledger has a schema that this rotation does not know"

    def _of_leases(self) -> Iterator[str]:
        shared = self.parts.shared
        if shared is None:
            return
        if shared.me.standby:
            yield f"takes no account: {shared.me.standby}"
        uptime = self.parts.clock().uptime
        for account in sorted(shared.held):
            tenure = shared.of(account)
            if tenure is not None and tenure.until is not None and tenure.until <= uptime:
                yield f"account {account}: its lease could not be renewed"

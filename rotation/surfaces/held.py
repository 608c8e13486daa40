"""Holds in the log: said once they are somebody's business, and again when they are lifted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from rotation.core.alarm import said
from rotation.core.facts import HeldItem
from rotation.core.holds import LASTING, MEANING
from rotation.ledger import Ledger

log = structlog.get_logger("rotation.held")

LOOK_EVERY = timedelta(seconds=15)


@dataclass(slots=True)
class HoldsInLog:
    """What an operator reads of holds where nobody else can be told, as in a lost session."""

    ledger: Ledger
    _said: dict[int, HeldItem] = field(default_factory=dict, init=False)
    _looked_at: datetime | None = field(default=None, init=False)

    def say(self, now: datetime) -> None:
        """Say what changed; looks at least every LOOK_EVERY. Raises LedgerUnavailable."""
        looked_at = self._looked_at
        if not self._said and looked_at and timedelta(0) <= now - looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        with self.ledger.reading() as books:
            held = {h.id: h for h in books.holds.in_force() if MEANING[h.item.hold].alarm}
        for number in self._said.keys() - held.keys():
            log.info("lifted", **_told(self._said.pop(number)))
        for number, hold in held.items():
            if number not in self._said and now - hold.since >= LASTING:
                self._said[number] = hold.item
                log.warning("held", **_told(hold.item), about=said(hold.item))


def _told(item: HeldItem) -> dict[str, str]:
    about = {"account": item.account, "group": item.group, "person": item.person}
    return {"hold": item.hold.value, **{key: value for key, value in about.items() if value}}

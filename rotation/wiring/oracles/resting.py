"""Rights that rest while a group is closed, laid over those of the roster and of grants."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from rotation.core.facts import Kind
from rotation.core.reason import Reason
from rotation.core.roster import Mode
from rotation.ledger import Books
from rotation.sandbox.calendar import Calendar
from rotation.wiring.oracles.right import Right

_NOBODY = Calendar(())


@dataclass(slots=True)
class Over:
    """One closing, by a person's hand at `at`; `told` is what the daemon's clock said then.

    `last` was the newest attempt by then. `words` have arrived in the group since, and at `said_at`
    it was known how the try to say its message had ended.
    """

    at: datetime
    told: datetime
    everyone: bool
    last: int
    words: int = 0
    said_at: datetime | None = None
    is_judged: bool = False

    def is_said(self, books: Books, at: datetime) -> bool:
        """Whether it is known by now how the try to say its message ended."""
        tried = books.attempts.after(self.last) if self.said_at is None else ()
        for attempt in tried:
            is_it = attempt.kind is Kind.TELL and attempt.because.reason is Reason.CLOSED
            if is_it and attempt.because.ends == self.told and attempt.ended_at is not None:
                self.said_at = at
        return self.said_at is not None


def resting(
    right: Right, over: Over, inside: Collection[str], known: Collection[str], stay: Collection[str]
) -> Right:
    """The rights of a closed group: nobody is wanted, and whom anybody wrote down has to go.

    `known` are their numbers, and `stay` those that are kept because of what they are.
    """
    mode = Mode.STRICT if over.everyone and not right.is_watched else right.group.mode
    kept = right.kept.union(stay)
    return replace(
        right,
        group=replace(right.group, shifts=(), pins=(), mode=mode),
        duty=_NOBODY,
        allowed=_NOBODY,
        entitled=_NOBODY,
        managed=right.managed.union(known, inside if over.everyone else ()) - kept,
        kept=kept,
        stood_in=False,
        closed=_NOBODY,
    )

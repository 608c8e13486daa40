"""The cover rule: nobody leaves before enough of those on duty are seen in the group."""

from collections.abc import Collection, Mapping

from rotation.core.facts import Seat, Seen
from rotation.core.roster import PersonId


def counted(on_duty: Collection[PersonId], seats: Mapping[PersonId, Seat]) -> frozenset[PersonId]:
    """Those on duty who count: seen in the group, and not about to vanish by a removal in doubt."""
    return frozenset(p for p in on_duty if p in seats and _counts(seats[p]))


def missing(
    on_duty: Collection[PersonId],
    seats: Mapping[PersonId, Seat],
    keep_at_least: int,
    leaving: PersonId,
) -> int:
    """How many on-duty people must still be seen before `leaving` may go; 0 means covered."""
    need = min(keep_at_least, len(on_duty))
    return max(0, need - len(counted(on_duty, seats) - {leaving}))


def _counts(seat: Seat) -> bool:
    """Doubt about someone seen inside is always about a removal that may yet take effect."""
    return seat.seen is Seen.IN and not seat.in_doubt

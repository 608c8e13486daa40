"""How a group is treated that is over: nobody is wanted, and whoever is not kept leaves by drip.

Kept are the always-in, our own account, the creator, admins where the policy protects them, and
whom nobody wrote down, unless everyone was meant. Cover yields: a person said so.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from rotation.core.facts import Because, Closing, Identity, Role, Seat, Seen
from rotation.core.reason import Reason
from rotation.core.roster import Admins, Group, Mode, PersonId


def as_closed(group: Group, closing: Closing) -> Group:
    """The group as it is treated from now on: without shifts and pins, and without grace."""
    mode = Mode.STRICT if closing.everyone and group.mode is not Mode.WATCH else group.mode
    policy = replace(group.policy, strangers_after=timedelta(0))
    return replace(group, shifts=(), pins=(), mode=mode, policy=policy)


def kept(group: Group, seats: Mapping[PersonId, Seat]) -> frozenset[PersonId]:
    """Who stays because of what they are in the group."""
    stays = {Role.CREATOR} if group.policy.admins is Admins.REMOVE else {Role.CREATOR, Role.ADMIN}
    return frozenset(p for p, seat in seats.items() if seat.role in stays)


def going(
    closing: Closing, seats: Mapping[PersonId, Seat], identities: Mapping[PersonId, Identity]
) -> frozenset[PersonId]:
    """Whoever is seen in and was written down by somebody; with `everyone` all who are seen in."""

    def is_meant(person: PersonId) -> bool:
        known = identities.get(person)
        return known is not None and (closing.everyone or not known.stranger)

    inside = (p for p, seat in seats.items() if seat.seen is Seen.IN)
    return frozenset(p for p in inside if is_meant(p))


def because(closing: Closing) -> Because:
    key = f"closed/{closing.closed_at:%Y%m%dT%H%M%SZ}"
    return Because(Reason.CLOSED, key, f"{closing.author} by hand", None, closing.closed_at)

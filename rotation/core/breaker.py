"""The breaker: a new roster that would suddenly remove many people waits for a person's word."""

from collections.abc import Collection

from rotation.core.roster import GroupId, PersonId

FEW = 5
"""So many people may always become removable by one edit."""
SHARE = 0.2
"""Beyond that, this part of an account's managed memberships."""


def too_many(leaving: int, of: int) -> bool:
    """Whether so many `leaving` of so many are more than may leave without a person's word."""
    return leaving > max(FEW, int(of * SHARE))


def trips(
    removable_before: Collection[tuple[GroupId, PersonId]],
    removable_after: Collection[tuple[GroupId, PersonId]],
    memberships: int,
) -> tuple[tuple[GroupId, PersonId], ...]:
    """Who makes the breaker trip: newly removable seats, if they are more than max(5, 20 %).

    `memberships` counts the managed people seen in the account's groups. Scheduled boundaries of
    a roster already in force are no edit and never come here.
    """
    newly = sorted(set(removable_after) - set(removable_before))
    return tuple(newly) if too_many(len(newly), memberships) else ()

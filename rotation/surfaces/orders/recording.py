"""Records of what was written down by hand."""

from rotation.core.facts import Grant
from rotation.core.reason import Reason
from rotation.surfaces.orders.order import By
from rotation.surfaces.sight import Sight


def record(sight: Sight, kind: str, grant: Grant, by: By) -> None:
    author, reason = by.told
    sight.books.audit.append(
        at=sight.now, kind=kind, group=grant.group, person=grant.person, reason=Reason.MANUAL,
        origin=f"{author} by hand",
        detail={"effect": grant.effect.value, "grant": grant.id, "why": reason},
    )  # fmt: skip

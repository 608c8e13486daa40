"""What orders have in common: records of what was done by hand, and what there is not to undo."""

from typing import NoReturn

from rotation.core.facts import Grant
from rotation.core.reason import Reason
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders.order import By, Undo
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Unknown


def record(sight: Sight, kind: str, grant: Grant, by: By) -> None:
    author, reason = by.told
    sight.books.audit.append(
        at=sight.now, kind=kind, group=grant.group, person=grant.person, reason=Reason.MANUAL,
        origin=f"{author} by hand",
        detail={"effect": grant.effect.value, "grant": grant.id, "why": reason},
    )  # fmt: skip


def nothing_called(name: str) -> NoReturn:
    shown = masked(on_one_line(name[:80]))
    raise Unknown(f"there is nothing called `{shown}` to undo", "See `rotation undo`")


def undo_of(name: str) -> Undo:
    return Undo("undo", {"name": name}, f"rotation undo {name}")


def written_down(name: str, already_by: str = "") -> str:
    """What is said of something made now, or of what was made when it was asked for before."""
    if already_by:
        return f"The same was asked for already by {already_by}, so nothing is new: {name}."
    return f"Written down as {name}; `rotation undo {name}` ends it."

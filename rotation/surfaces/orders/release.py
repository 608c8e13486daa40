"""Releasing a hold: what waits goes on by a person's word."""

from dataclasses import dataclass

from rotation.core.facts import HeldItem
from rotation.core.holds import MEANING, Hold
from rotation.engine.intents import RELEASE as ASK
from rotation.ledger import OpenHold, Rights
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Unknown

_FOR_ADMINS = frozenset({Hold.AUDIT, Hold.RESTORED})
"""About the ledger itself, and so about everything it says."""


@dataclass(frozen=True, slots=True)
class Wish:
    hold: int = asks("Number of the hold", Kind.NUMBER)


def weigh(_counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    found = sight.books.holds.get(wish.hold)
    if found is None:
        raise Unknown(f"there is no hold {wish.hold}", "See `rotation holds`")
    item, number = found.item, wish.hold
    asked = {"hold": str(number)}
    pending = any(i.kind == ASK and i.payload == asked for i in sight.books.intents.pending())
    groups = () if item.group is None else (item.group,)
    again = Made(str(number), (f"Hold {number} is being released already.",), False, groups=groups)
    about, cause = _about(sight, item), MEANING[item.hold].cause
    return Weighed(
        said=(f"Hold {number}{about} ends; it waited because {cause}.",),
        write=lambda by: _asked(sight, number, item, by),
        rows=(Row(f"hold {number}: {item.hold}", "waits", "goes on", groups),),
        problems=tuple(_problems(found, number)),
        groups=groups,
        people=() if item.person is None else (item.person,),
        already=again if pending and found.closed_at is None else None,
        everywhere=item.group is None,
        needs=Rights.ADMIN if item.hold in _FOR_ADMINS else None,
        agreed=(number,),
    )  # fmt: skip


def _about(sight: Sight, item: HeldItem) -> str:
    of = "" if item.person is None else f" of {on_one_line(sight.namer()(item.person))}"
    where = item.group or (f"account {item.account}" if item.account is not None else "")
    return f"{of} in {masked(where)}" if where else of


def _problems(found: OpenHold, number: int) -> list[Problem]:
    hold, meaning = found.item.hold, MEANING[found.item.hold]
    if found.closed_at is not None:
        return [Problem(f"hold {number} ({hold}) is over already")]
    if not meaning.releasable:
        why = f"hold {number} ({hold}) is lifted by {meaning.lifted_by}"
        return [Problem(why, fix=f"To do: {meaning.what_to_do}")]
    return []


def _asked(sight: Sight, number: int, item: HeldItem, by: By) -> Made:
    author, reason = by.told
    sight.books.intents.ask(ASK, {"hold": str(number)}, author, reason, sight.now)
    groups = () if item.group is None else (item.group,)
    return Made(str(number), (f"Hold {number} will be released.",), new=True, groups=groups)


RELEASE = Order("release", "Release a hold", Rights.OPERATOR, Wish, weigh)

"""Undoing: what was done by hand ends now, all of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rotation.core.facts import Effect, Grant
from rotation.ledger import Rights
from rotation.surfaces.by_hand import undone
from rotation.surfaces.orders import roster
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.change import CHANGE, unchanging
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.orders.recording import nothing_called, record
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Wrong


@dataclass(frozen=True, slots=True)
class Wish:
    name: str = asks("What is undone", Kind.NAME, hint="h12, c3, r7, as it was called")


def weigh(counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    name = wish.name.strip()
    if roster.SAVE.fullmatch(name):
        return roster.put_back(counter, sight, name)
    if CHANGE.fullmatch(name):
        return unchanging(sight, name)
    found = together(sight.books.grants.all(), name)
    if subscribed := next((g.subscription for g in found if g.subscription), ""):
        raise Wrong(
            f"{name} is of the subscription {subscribed}",
            f"End it: `rotation subscriptions end {subscribed}`",
        )
    if not found:
        nothing_called(name)
    live = tuple(g for g in found if not is_over(g, sight.now))
    effects = tuple(_effects(sight, live))
    groups = tuple(dict.fromkeys(g.group for g in found))
    gone = Made(name, (f"{name} has ended already, so nothing is new.",), new=False, groups=groups,
                data={"undone": name, "grants": [], "effects": ()})  # fmt: skip
    return Weighed(
        said=effects,
        write=lambda by: _ended(sight, name, live, effects, by),
        rows=tuple(_row(sight, grant) for grant in live),
        groups=groups,
        people=tuple(dict.fromkeys(grant.person for grant in found)),
        already=None if live else gone,
        agreed=tuple(grant.id for grant in live),
    )


def is_over(grant: Grant, now: datetime) -> bool:
    return grant.ended_at is not None or (grant.until is not None and grant.until <= now)


def together(grants: Sequence[Grant], name: str) -> list[Grant]:
    """The grants that `name` stands for: a handover's, or the one with this number."""
    return [g for g in grants if name == (g.together or str(g.id))] or [
        g for g in grants if name == str(g.id)
    ]


def _effects(sight: Sight, ending: Sequence[Grant]) -> Iterable[str]:
    for group in dict.fromkeys(grant.group for grant in ending):
        if group in sight.roster.groups:
            of = [g for g in ending if g.group == group]
            yield undone(sight.view(group), of, sight.now)


def _row(sight: Sight, grant: Grant) -> Row:
    before = "to be in" if grant.effect is Effect.IN else "to be out"
    return Row(sight.namer()(grant.person), before, "as the roster says", (grant.group,))


def _ended(
    sight: Sight, name: str, ending: Sequence[Grant], effects: Sequence[str], by: By
) -> Made:
    groups = tuple(dict.fromkeys(grant.group for grant in ending))
    sight.books.groups.wake(sight.now, groups)
    for grant in ending:
        if sight.books.grants.end(grant.id, sight.now):
            record(sight, "undone", grant, by)
    return Made(
        name,
        (f"{name} is ended.",),
        new=True,
        groups=groups,
        people=tuple(dict.fromkeys(grant.person for grant in ending)),
        data={"undone": name, "grants": [grant.id for grant in ending], "effects": effects},
    )


UNDO = Order("undo", "Undo", Rights.OPERATOR, Wish, weigh)

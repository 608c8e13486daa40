"""What comes next in a group: handovers by the roster together with what was done by hand."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from rotation.core.facts import Effect, Grant
from rotation.core.roster import GroupId, PersonId
from rotation.core.timeline import MOMENT, Handover, Timeline
from rotation.engine import GroupView

_MOST = 400
"""Instants looked at for one handover; a roster by which nobody ever changes has none."""


def on_duty(
    timeline: Timeline,
    group: GroupId,
    grants: Iterable[Grant],
    leavers: Collection[PersonId],
    at: datetime,
) -> frozenset[PersonId]:
    """Who is on duty at the UTC instant `at`: the roster, cut and filled by hand, less leavers."""
    by_hand = [g for g in grants if g.group == group and g.covers(at)]
    cut = {g.person for g in by_hand if g.effect is Effect.OUT}
    filled = {g.person for g in by_hand if g.effect is Effect.IN and g.duty}
    return frozenset(((timeline.on_duty(group, at) - cut) | filled) - set(leavers))


def handovers_of(view: GroupView, after: datetime) -> Iterator[Handover]:
    """The same of a group as it was gathered; a closed one hands over no more."""
    if view.closing is not None:
        return iter(())
    return handovers(view.timeline, view.group.id, view.grants, view.leavers, after)


def handovers(
    timeline: Timeline,
    group: GroupId,
    grants: Collection[Grant],
    leavers: Collection[PersonId],
    after: datetime,
) -> Iterator[Handover]:
    """Every change of who is on duty later than `after`, as it will truly be, in order."""

    def duty_at(at: datetime) -> frozenset[PersonId]:
        return on_duty(timeline, group, grants, leavers, at)

    grants = [g for g in grants if g.duty or g.effect is Effect.OUT]
    by_hand = sorted(
        {t for g in grants for t in (g.starts, g.until, g.ended_at) if t is not None and t > after}
    )
    at, quiet = after, 0
    while quiet < _MOST:
        scheduled = timeline.next_handover(group, at)
        edges = [t for t in by_hand if t > at]
        nexts = [*edges[:1], *([scheduled.at] if scheduled is not None else [])]
        if not nexts:
            return
        at = min(nexts)
        before, then = duty_at(at - MOMENT), duty_at(at)
        quiet = quiet + 1 if before == then else 0
        if before != then:
            yield Handover(group, at, then - before, before - then, then)

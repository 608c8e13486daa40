"""New zone data: what was carried out stands until its new instant, and all else moves with it.

What is to come needs no help: the timeline is laid out anew, and the next tick acts on it. A
boundary that new rules put into the past is carried out now, and said to be late because of them.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from rotation.core.facts import Effect, HandoverRow
from rotation.core.roster import Group, Mode, Roster
from rotation.core.timeline import MOMENT, Handover, Timeline
from rotation.engine import rezoned
from rotation.ledger import Books, Unreadable

AUTHOR = "zone data"
_FARTHEST = timedelta(hours=3)
"""By how much a change of rules may move a boundary that is still known as the same one."""


def without_again(
    books: Books, timeline: Timeline, passed: tuple[Handover, ...], zone_data: str
) -> tuple[Handover, ...]:
    """The boundaries that passed, without the one that was carried out before its rules changed."""
    carried_out = books.handovers.newest(passed[0].group) if passed else None
    if carried_out is None or carried_out.zone_data == zone_data:
        return passed
    again = _moved_to(timeline, carried_out)
    return tuple(h for h in passed if h.at != again)


def settle(books: Books, roster: Roster, now: datetime, zone_data: str) -> str:
    """Make what was carried out under other zone data stand; what that changes, in words."""
    before = books.rosters.zone_data()
    if before in (None, zone_data):
        return ""
    timeline = Timeline(roster)
    told = [_settled_if_sound(books, timeline, g, now) for g in roster.groups.values()]
    moves = rezoned.moved(books, timeline, now)
    said = [*filter(None, told), *rezoned.summed_up(moves)]
    text = "; ".join([f"zone data {zone_data} instead of {before}", *said])
    books.audit.append(
        at=now, kind="zone_data_changed", group=None, person=None, reason=None,
        origin=f"zone data {zone_data}", detail={"text": text, "moves": [*moves]},
    )  # fmt: skip
    books.groups.wake(now)
    if said:
        rezoned.to_tell(books, f"{text.removeprefix('zone data ')}.", now)
    return text


def _settled_if_sound(books: Books, timeline: Timeline, group: Group, now: datetime) -> str:
    try:
        return _settled(books, timeline, group, now)
    except Unreadable:
        return f"{group.id} cannot be read, so nothing of it is settled"


def _settled(books: Books, timeline: Timeline, group: Group, now: datetime) -> str:
    """What the change means for one group, in words; nothing if it means nothing yet."""
    newest, state = books.handovers.newest(group.id), books.groups.state(group.id)
    if newest is None or state is None or newest.at > now:
        return ""
    again = _moved_to(timeline, newest)
    if again is not None and again > now:
        if newest.proven_at is None or group.mode is Mode.WATCH:
            return ""
        _keep(books, newest, again, now)
        return f"in {group.id} the handover of {newest.at:%d %b %H:%M}Z stands until it is due"
    if state.recorded_until is None:
        return ""
    books.groups.save(replace(state, recorded_until=min(newest.at, state.recorded_until)))
    late = [h.at for h in timeline.handovers(group.id, newest.at, now) if h.at != again]
    return f"{group.id} hands over late, for {late[-1]:%d %b %H:%M}Z" if late else ""


def _keep(books: Books, row: HandoverRow, until: datetime, now: datetime) -> None:
    """Who came stays on duty and who went stays out; a person may undo it."""
    sides = ((row.incoming, Effect.IN), (row.outgoing, Effect.OUT))
    for person, effect in ((p, effect) for people, effect in sides for p in people):
        books.grants.make(
            group=row.group, person=person, effect=effect, starts=now, until=until,
            duty=effect is Effect.IN, reason=f"was handed over at {row.at:%H:%M}Z",
            author=AUTHOR, now=now, together=f"zone-data-{row.group}-{now:%Y%m%d%H%M}",
        )  # fmt: skip


def _moved_to(timeline: Timeline, row: HandoverRow) -> datetime | None:
    """The later instant that the rules now give a boundary that passed; None if they agree."""
    found = timeline.handovers(row.group, row.at - MOMENT, row.at + _FARTHEST)
    sides = frozenset(row.incoming), frozenset(row.outgoing)
    same = [h.at for h in found if (h.incoming, h.outgoing) == sides]
    return None if row.at in same else next(iter(same), None)

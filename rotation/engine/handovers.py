"""Handovers as rows: each boundary recorded once when it passed, and proven by a later read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rotation.core.facts import GroupState, HandoverRow, Seen
from rotation.core.roster import Mode, PersonId
from rotation.core.timeline import MOMENT, Handover, is_jump
from rotation.core.wanted import BEHIND
from rotation.engine import moved
from rotation.engine.gather import GroupView
from rotation.engine.rules import Event
from rotation.ledger import Books

_AT_ONCE = timedelta(minutes=1)
"""Whoever records a boundary later than this was not there when it passed."""
_RECORD = timedelta(hours=1)
"""How long the ledger may lag in knowing up to when boundaries were looked for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a look at a group's boundaries left behind.

    The group's state as it now is, what happened, and whether a boundary has just passed that no
    read has looked at yet.
    """

    state: GroupState
    events: list[Event]
    awaits_read: bool


def kept(books: Books, found: GroupView, at: datetime, zone_data: str) -> Kept:
    """Write down the boundaries that passed up to `at`, and the last one as proven if it is."""
    state, events = _recorded(books, found, at, zone_data)
    row = _unproven(books, found, at)
    if row is None:
        return Kept(state, events, awaits_read=False)
    if not _read_since(found, row):
        return Kept(state, events, awaits_read=True)
    return Kept(state, [*events, *_proven(books, found, row, at)], awaits_read=False)


def _recorded(
    books: Books, found: GroupView, at: datetime, zone_data: str
) -> tuple[GroupState, list[Event]]:
    state, account = found.facts.state, found.group.account
    since = state.recorded_until
    passed = moved.without_again(books, found.timeline, _passed(found, since, at), zone_data)
    rows = list(_rows(found, passed, at, zone_data))
    books.handovers.record(*rows)
    gone = list(_vanished(found, since, at))
    if rows or gone or since is None or at - since > _RECORD:
        state = replace(state, recorded_until=at)
        books.groups.save(state)
    said = [Event(r.at, "handover", account, r.group, None, _announced(found, r)) for r in rows]
    return state, [*said, *gone]


def _vanished(found: GroupView, since: datetime | None, at: datetime) -> Iterator[Event]:
    """Shifts that just passed without any length, because clocks jumped over all of them."""
    for gone in found.timeline.vanished(found.group.id, since or at, at):
        text = f"{gone.key}: clocks jumped over all of it, so nobody comes or goes for it"
        yield Event(gone.at, "vanished", found.group.account, found.group.id, None, text)


def _announced(found: GroupView, row: HandoverRow) -> str:
    """The handover in words, with the wall time that did not exist and so was moved, if one was."""
    near = found.timeline.spans(found.group.id, row.at - MOMENT, row.at + MOMENT)
    zones = {s.zone for s in near if s.moved and row.at in (s.starts, s.ends)}
    jumped = sorted(zone for zone in zones if is_jump(row.at, zone))
    moved = f" (moved to the jump of clocks in {', '.join(jumped)})" if jumped else ""
    return f"{_in_words(found, row)}{moved}"


def _unproven(books: Books, found: GroupView, at: datetime) -> HandoverRow | None:
    """The last boundary. What was not carried out until the next one never was.

    One that lies ahead was passed by a clock that has been put back since; it comes again.
    """
    if found.group.mode is Mode.WATCH:
        return None
    newest = books.handovers.newest(found.group.id)
    if newest is None or newest.proven_at is not None or newest.at > at:
        return None
    return newest


def _proven(books: Books, found: GroupView, row: HandoverRow, at: datetime) -> list[Event]:
    """Proven is what a later read shows: who came, and not who went."""
    if not _is_carried_out(found, row):
        return []
    books.handovers.prove(row.group, row.at, at)
    late = found.group.policy.stay_late if row.outgoing else timedelta(0)
    due = max(row.at + late, row.recorded_at)
    took = max(0, int((at - due).total_seconds()))
    books.audit.append(
        at=at, kind="handover_done", group=row.group, person=None, reason=None,
        origin=f"roster {row.roster}",
        detail={"at": row.at.isoformat(), "in": list(map(str, row.incoming)),
                "out": list(map(str, row.outgoing)), "took": took},
    )  # fmt: skip
    since = "was due" if due - (row.at + late) < _AT_ONCE else "was seen to be due"
    text = f"{_in_words(found, row)}, proven {took} s after it {since}"
    return [Event(at, "proven", found.group.account, row.group, None, text)]


def _read_since(found: GroupView, row: HandoverRow) -> bool:
    read_at = found.facts.state.read_began_at
    return read_at is not None and read_at >= row.at


def _passed(found: GroupView, since: datetime | None, until: datetime) -> tuple[Handover, ...]:
    """The boundaries passed since the last look; at the first look, the one that still stands."""
    if since is not None:
        return found.timeline.handovers(found.group.id, since, until)
    return found.timeline.handovers(found.group.id, until - BEHIND, until)[-1:]


def _rows(
    found: GroupView, passed: tuple[Handover, ...], at: datetime, zone_data: str
) -> Iterator[HandoverRow]:
    for number, handover in enumerate(passed, start=1):
        yield HandoverRow(
            group=found.group.id,
            at=handover.at,
            incoming=tuple(sorted(handover.incoming)),
            outgoing=tuple(sorted(handover.outgoing)),
            roster=found.digest,
            zone_data=zone_data,
            recorded_at=at,
            missed=number < len(passed),
        )


def _is_carried_out(found: GroupView, row: HandoverRow) -> bool:
    """Who came is seen inside, and who went is not - unless they are wanted for other reasons."""
    wanted, kept = found.facts.wanted.people, found.facts.kept
    here = {p for p, s in found.facts.seats.items() if s.seen is Seen.IN}
    until = row.at + found.group.policy.stay_late

    def stays(person: PersonId) -> bool:
        because = wanted.get(person)
        return because is not None and (because.ends is None or because.ends > until)

    came = all(p in here or p not in wanted for p in row.incoming if p not in kept)
    return came and not any(p in here and not stays(p) for p in row.outgoing if p not in kept)


def _in_words(found: GroupView, row: HandoverRow) -> str:
    people = found.roster.people

    def names(ids: tuple[PersonId, ...]) -> str:
        return ", ".join(people[p].name if p in people else str(p) for p in ids)

    only = " (only watched)" if found.group.mode is Mode.WATCH else ""
    sides = ((row.incoming, "in"), (row.outgoing, "out"))
    return ", ".join(f"{names(ids)} {way}" for ids, way in sides if ids) + only

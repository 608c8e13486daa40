"""Who was in a group, from when till when, as the audit's records of coming and going tell it.

What no record tells is told as not known, with the instants between which it lies: somebody may
have been in before rotation read the group, or have gone while no list could be read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from rotation.core.facts import Seat, Seen
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import AuditRecord

CAME = frozenset({"added", "late_add", "seen_in"})
WENT = frozenset({"removed", "late_removal", "seen_out"})
RENUMBERED = "number_changed"
"""The kinds of records that stays are told by."""

Place: TypeAlias = tuple[GroupId, PersonId]


@dataclass(frozen=True, slots=True)
class Unknown:
    """That somebody came or went at an instant that nobody knows; `after` and `before` bound it."""

    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """One person's time in a group. `went` is None while the last read shows them in."""

    group: GroupId
    person: PersonId
    came: AuditRecord | Unknown
    went: AuditRecord | Unknown | None = None

    def touches(self, since: datetime | None, until: datetime | None) -> bool:
        """Whether they were in, or may have been, at any instant of `[since, until)`."""
        began, ended = _at(self.came), None if self.went is None else _latest(self.went)
        is_over = since is not None and ended is not None and ended <= since
        is_ahead = until is not None and began is not None and began >= until
        return not is_over and not is_ahead


def stays(
    records: Iterable[AuditRecord],
    seats: Mapping[Place, Seat],
    became: Mapping[PersonId, PersonId],
) -> list[Stay]:
    """Every stay that the records (oldest first) and the seats as they are now tell of.

    `became`: whom those turned out to be who went by another name before.
    """
    told = _Told()
    for record in records:
        told.hear(record, became)
    return sorted(told.ended(seats), key=_order)


def _order(stay: Stay) -> tuple[bool, float, int, str]:
    """By when they came; where that is not known, by what bounds it, and before all else."""
    if isinstance(stay.came, Unknown):
        after = stay.came.after
        return after is not None, after.timestamp() if after else 0.0, 0, stay.person
    return True, stay.came.at.timestamp(), stay.came.seq, stay.person


@dataclass
class _Told:
    """The stays so far: those that are over, who is in since when, and who went last when."""

    over: list[Stay] = field(default_factory=list)
    inside: dict[Place, Stay] = field(default_factory=dict)
    gone: dict[Place, datetime] = field(default_factory=dict)

    def hear(self, record: AuditRecord, became: Mapping[PersonId, PersonId]) -> None:
        if record.person is None:
            return
        person = whoever(record.person, became)
        if record.kind == RENUMBERED:
            former = PersonId(str(record.detail["former"]))
            self._renumber(person, whoever(former, became))
        elif record.group is not None and record.kind in CAME:
            self._come(Stay(record.group, person, record))
        elif record.group is not None and record.kind in WENT:
            self._go((record.group, person), record)

    def _renumber(self, person: PersonId, former: PersonId) -> None:
        """Whoever is in is so by the number that they have no more."""
        for group, who in [place for place in self.inside if place[1] == person]:
            stay = self.inside.pop((group, who))
            self.inside[group, former] = replace(stay, person=former)

    def _come(self, stay: Stay) -> None:
        place, record = (stay.group, stay.person), stay.came
        before = self.inside.pop(place, None)
        if before is not None:
            self.over.append(replace(before, went=Unknown(_at(before.came), _at(record))))
        self.inside[place] = stay

    def _go(self, place: Place, record: AuditRecord) -> None:
        unseen = Stay(*place, Unknown(self.gone.get(place), record.at))
        self.over.append(replace(self.inside.pop(place, unseen), went=record))
        self.gone[place] = record.at

    def ended(self, seats: Mapping[Place, Seat]) -> Iterator[Stay]:
        yield from self.over
        for place, stay in self.inside.items():
            yield replace(stay, went=_left(stay, seats.get(place)))
        for place, seat in seats.items():
            if seat.seen is Seen.IN and place not in self.inside:
                yield Stay(*place, Unknown(self.gone.get(place), seat.seen_at))


def whoever(person: PersonId, became: Mapping[PersonId, PersonId]) -> PersonId:
    """Who somebody turned out to be, if they did."""
    known = {person}
    while (person := became.get(person, person)) not in known:
        known.add(person)
    return person


def _left(stay: Stay, seat: Seat | None) -> Unknown | None:
    """How a stay ended of which no record tells the end."""
    if seat is not None and seat.seen is Seen.IN:
        return None
    is_out = seat is not None and seat.seen is Seen.OUT
    return Unknown(_at(stay.came), seat.seen_at if seat is not None and is_out else None)


def _at(edge: AuditRecord | Unknown) -> datetime | None:
    return edge.after if isinstance(edge, Unknown) else edge.at


def _latest(edge: AuditRecord | Unknown) -> datetime | None:
    return edge.before if isinstance(edge, Unknown) else edge.at


def oldest_first(*several: Sequence[AuditRecord]) -> list[AuditRecord]:
    """Records of several askings, each once, in the order of the chain."""
    return sorted({r.seq: r for some in several for r in some}.values(), key=lambda r: r.seq)

"""What a believed read of a group proves about its seats, and whose doing each change was."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rotation.core.facts import Attempt, Kind, Reading, Role, Seat, Seen
from rotation.core.outcome import Accepted, InDoubt, Refusal
from rotation.core.roster import PersonId

SECOND_LOOK = timedelta(seconds=60)
"""How long after an unbelievable list the second one must come to be believed."""


class Change(StrEnum):
    """Whose doing a change of membership was, as far as anybody can know.

    PROVEN: we tried, and the read shows the effect. PROBABLY_OURS: our attempt ended in doubt.
    OBSERVED: somebody else did it. LATE: an old attempt of ours took effect after all.
    """

    PROVEN = "proven"
    PROBABLY_OURS = "probably_ours"
    OBSERVED = "observed"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Proof:
    """One seat that a read shows changed: the seat as it now is, and how it came to be."""

    seat: Seat
    change: Change
    now_in: bool
    attempts: tuple[int, ...] = ()
    strike: bool = False


@dataclass(frozen=True, slots=True)
class Proven:
    """Every seat after the read, and the changes worth a record."""

    seats: Mapping[PersonId, Seat]
    changes: tuple[Proof, ...]


def prove(
    seats: Mapping[PersonId, Seat],
    reading: Reading,
    resolvable: Collection[PersonId],
    attempts: Mapping[PersonId, tuple[Attempt, ...]],
    *,
    fewer: bool = False,
) -> Proven:
    """Lay `reading` over the seats of its group.

    `resolvable`: people known by every id they have, so that not being listed means being out;
    while a list holds ids without a number, nobody else is "absent". `attempts`: for each person,
    the attempts on this group since the last read that showed them otherwise, oldest first.
    `fewer`: the list is shorter than the last one, so a group that was full has room again.
    """
    after: dict[PersonId, Seat] = {}
    changes: list[Proof] = []
    for person in {**seats, **reading.present}:
        seat = seats.get(person) or Seat(reading.group, person)
        tried = attempts.get(person, ())
        if _is_outdated(seat, reading) or not all(_ended_before(a, reading) for a in tried):
            after[person] = seat
            continue
        seen = _seen(person, reading, resolvable)
        proof = _laid_over(seat, seen, reading, tried)
        after[person] = _with_room(proof.seat) if fewer else proof.seat
        first_sight = Seen.UNKNOWN in (seen, seat.seen)
        if proof.attempts if first_sight else seat.seen is not seen:
            changes.append(proof)
    return Proven(after, tuple(changes))


def believable(
    members: int, last_size: int | None, suspicious_since: datetime | None, began_at: datetime
) -> bool:
    """Whether a well-formed list may be acted upon.

    A list that lost half of the members we knew or more needs a second one a minute later that
    says the same; an empty list is never believed (our own account would be on it).
    """
    if members == 0:
        return False
    if last_size is None or members * 2 > last_size:
        return True
    return suspicious_since is not None and began_at - suspicious_since >= SECOND_LOOK


def _is_outdated(seat: Seat, reading: Reading) -> bool:
    """Whether a newer read was laid over the seat already.

    One from the future is not newer: the clock was put back since.
    """
    return seat.seen_at is not None and reading.began_at <= seat.seen_at <= reading.ended_at


def _ended_before(attempt: Attempt, reading: Reading) -> bool:
    """Whether the read began after the attempt was over.

    One that ended after the read did was made before the clock was put back.
    """
    ended_at = attempt.ended_at
    return ended_at is not None and not reading.began_at < ended_at <= reading.ended_at


def _with_room(seat: Seat) -> Seat:
    if seat.refused is not Refusal.FULL:
        return seat
    return replace(seat, refused=None, refused_key="")


def _seen(person: PersonId, reading: Reading, resolvable: Collection[PersonId]) -> Seen:
    if person in reading.present:
        return Seen.IN
    if reading.unresolved and person not in resolvable:
        return Seen.UNKNOWN
    return Seen.OUT


def _laid_over(seat: Seat, seen: Seen, reading: Reading, tried: tuple[Attempt, ...]) -> Proof:
    role: Role | None = reading.present.get(seat.person)
    now = replace(seat, seen=seen, role=role, seen_at=reading.began_at)
    if seen is Seen.UNKNOWN:
        return Proof(now, Change.OBSERVED, now_in=False)
    now = _calmed(now, reading)
    wished = Kind.ADD if seen is Seen.IN else Kind.REMOVE
    ours = tuple(a for a in tried if a.kind is wished and _may_have_landed(a))
    ids = tuple(a.id for a in ours)
    if ours and seat.op is wished:
        return Proof(_settled(now, seat, ours), _ours(ours), seen is Seen.IN, ids)
    watched = seat.watch_until is not None and reading.began_at <= seat.watch_until
    if ours or (watched and not tried and seat.op is None):
        return Proof(_landed(now, seat), Change.LATE, seen is Seen.IN, ids)
    return _by_others(now, seat, seen)


def _may_have_landed(attempt: Attempt) -> bool:
    """What was refused or throttled did nothing, so nothing that happened is its doing."""
    return attempt.outcome is None or isinstance(attempt.outcome, Accepted | InDoubt)


def _ours(attempts: tuple[Attempt, ...]) -> Change:
    if any(isinstance(a.outcome, Accepted) for a in attempts):
        return Change.PROVEN
    return Change.PROBABLY_OURS


def _landed(now: Seat, before: Seat) -> Seat:
    """A late effect ends the doubt about it, so that it can be repaired at once."""
    if before.seen in (Seen.UNKNOWN, now.seen):
        return now
    return replace(now, in_doubt=False)


def _settled(now: Seat, before: Seat, ours: tuple[Attempt, ...]) -> Seat:
    """The difference is gone, and with it the doubt.

    One attempt in doubt has landed, and what happens next is somebody else's doing. Of several,
    one may still land late, and so may one of an earlier difference: the watch for them goes on.
    """
    if len(ours) == 1 and not isinstance(ours[0].outcome, Accepted):
        now = replace(now, watch_until=None)
    return replace(
        now,
        proven=f"{before.op} {before.key}",
        in_doubt=False,
        settle_at=None,
        retry_at=None,
        refused=None,
        refused_key="",
    )


def _by_others(now: Seat, seat: Seat, seen: Seen) -> Proof:
    """Left by themselves, or put back by an outsider: a strike if it undoes what we had proven."""
    undone = f"{Kind.ADD if seen is Seen.OUT else Kind.REMOVE} "
    strike = seat.seen is not Seen.UNKNOWN and seat.seen is not seen
    strike = strike and seat.proven.startswith(undone)
    if seen is Seen.IN and now.refused is not None:
        now = replace(now, refused=None, refused_key="")
    if strike:
        now = replace(now, strikes=seat.strikes + 1)
    return Proof(now, Change.OBSERVED, seen is Seen.IN, strike=strike)


def _calmed(seat: Seat, reading: Reading) -> Seat:
    """A read after the quiet time ends the doubt; the watch for late effects goes on to its end."""
    if seat.in_doubt and (seat.settle_at is None or reading.began_at >= seat.settle_at):
        seat = replace(seat, in_doubt=False)
    if seat.watch_until is not None and reading.began_at > seat.watch_until:
        seat = replace(seat, watch_until=None)
    return seat

"""A seat's open difference: what is wanted against what was seen, as it is now.

A difference belongs to one occurrence. One that is new starts from zero, and one that is gone is
closed, though what was sent for it may still land.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rotation.core import answer, notice
from rotation.core.facts import AccountState, Because, GroupState, Kind, Seat, Seen
from rotation.core.holds import Hold
from rotation.core.reason import WIPED
from rotation.core.roster import Group, Mode, PersonId, WhenClosed
from rotation.core.wanted import Wanted

LATE_LOOK = timedelta(minutes=2)
"""By so much a group is looked at late at most where its account has a lot to do at once."""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """Everything that is known of one group, gathered at one instant.

    `managed`: whom rotation may remove here. `said`: notices and invites concluded, by person and
    occurrence. `kept`: always-in people and our own number, whom no step may touch.
    """

    group: Group
    mode: Mode
    wanted: Wanted
    seats: Mapping[PersonId, Seat]
    state: GroupState
    account: AccountState
    managed: frozenset[PersonId]
    kept: frozenset[PersonId]
    said: Mapping[tuple[Kind, PersonId, str], datetime]
    gone: Mapping[PersonId, Because]
    """Why each managed person who is inside and not wanted has to go."""
    doubted: Hold | None = None
    """Why the whole account changes nothing, though it could: its ledger, or its day's changes."""
    resets: Mapping[PersonId, Because] = field(default_factory=dict)
    """The leavers who were removed here by us: the invite link they know is to lead nowhere."""
    marked_at: datetime | None = None
    """When somebody became a leaver of whom it is not proven yet that they are in no group: what
    was read before says nothing about them."""
    many_silent: int = 0
    """So many wait for a person's word, as unusually many would leave at once for being silent."""
    read_every: timedelta | None = None
    """How often it is read though nothing changed; None: as often as any group of the roster."""


def difference(facts: GroupFacts, person: PersonId) -> tuple[Kind, Because] | None:
    """How a seat differs from what is wanted: to be added, to be removed, or not at all."""
    if person in facts.kept:
        return None
    seat = facts.seats.get(person)
    seen = seat.seen if seat else Seen.UNKNOWN
    if person in facts.wanted.people:
        if seen is Seen.IN or person not in facts.wanted.entitled:
            return None
        return Kind.ADD, facts.wanted.people[person]
    if person in facts.managed and seen is Seen.IN:
        return Kind.REMOVE, _exit(facts, facts.gone[person])
    return None


def _exit(facts: GroupFacts, because: Because) -> Because:
    """The exit as it is carried out: put off for quiet hours, and where closed hours keep all in.

    Those keep nobody who was wiped.
    """
    because, until = notice.put_off(facts.group.policy, because), facts.wanted.closed_until
    stays = facts.group.policy.when_closed is WhenClosed.STAY and because.reason not in WIPED
    if until is None or not stays:
        return because
    return because._replace(ends=max(because.ends or until, until))


def waits(facts: GroupFacts, person: PersonId, because: Because, now: datetime) -> bool:
    """Whether an exit was put off, and is not due yet."""
    put_off = because.ends is not None and because != facts.gone.get(person)
    return put_off and because.ends is not None and because.ends > now


def may_touch(facts: GroupFacts, person: PersonId) -> bool:
    """Whether the group's mode lets them be added or removed: leavers go from any group."""
    return facts.mode is not Mode.WATCH or person in facts.wanted.leavers


def as_it_is_now(facts: GroupFacts, person: PersonId, now: datetime) -> Seat:
    """The seat with its open difference as it is now; a new difference starts from zero.

    But what was accepted for the one before, and not seen yet, may still happen.
    """
    seat = facts.seats.get(person) or Seat(facts.group.id, person)
    found = difference(facts, person) if may_touch(facts, person) else None
    if found is None:
        return seat if seat.op is None else _closed(seat)
    kind, because = found
    if kind is Kind.REMOVE and waits(facts, person, because, now):
        return seat if seat.op is None else _closed(seat)
    if seat.op is kind and seat.key == because.key:
        return _within_reach(seat, now)
    quiet = seat.settle_at if seat.in_doubt or seat.op is kind else None
    opened = replace(
        seat, op=kind, op_since=_since(seat, kind, because, now), key=because.key, tries=0,
        retry_at=None, settle_at=quiet, watch_until=_watched_until(seat),
    )  # fmt: skip
    if seat.proven != f"{kind} {because.key}":
        opened = replace(opened, strikes=0)
    if opened.refused_key != because.key:
        opened = replace(opened, refused=None, refused_key="")
    return opened


def _since(seat: Seat, kind: Kind, because: Because, now: datetime) -> datetime:
    """Since when it differs: whoever had to go a little earlier had to, though nobody looked then.

    What is found later was nobody's business before: a clock was set, or there was no daemon.
    """
    if kind is not Kind.REMOVE or because.ends is None or seat.seen_at is None:
        return now
    since = max(because.ends, seat.seen_at)
    return since if timedelta(0) <= now - since <= LATE_LOOK else now


def _closed(seat: Seat) -> Seat:
    """Nothing differs any more; but what was accepted and not seen yet may still happen."""
    in_doubt = seat.in_doubt
    if seat.settle_at is not None:
        still_inside = seat.op is Kind.REMOVE and seat.seen is Seen.IN
        in_doubt = in_doubt or (still_inside and _is_quiet(seat))
    return replace(
        seat,
        op=None,
        op_since=None,
        tries=0,
        retry_at=None,
        in_doubt=in_doubt,
        watch_until=_watched_until(seat),
        settle_at=seat.settle_at if in_doubt else None,
    )


def _watched_until(seat: Seat) -> datetime | None:
    """Until when an effect may come of what was tried last; None when all of it was seen."""
    if seat.watch_until is not None or seat.settle_at is None:
        return seat.watch_until
    return seat.settle_at - answer.QUIET + answer.LONGEST_WAIT


def _is_quiet(seat: Seat) -> bool:
    """Whether no read was made yet after the quiet time of the last attempt."""
    return seat.settle_at is not None and (seat.seen_at is None or seat.seen_at < seat.settle_at)


def _within_reach(seat: Seat, now: datetime) -> Seat:
    """No wait reaches farther than it was made for, also when the clock was put back meanwhile."""
    return replace(
        seat,
        op_since=_at_most(seat.op_since, now),
        retry_at=_at_most(seat.retry_at, now + answer.LONGEST_WAIT),
        settle_at=_at_most(seat.settle_at, now + answer.QUIET),
    )


def _at_most(at: datetime | None, latest: datetime) -> datetime | None:
    return None if at is None else min(at, latest)

"""Who is wanted in a group now, because of what, and until when.

Every right to be in a group is a span of time with a reason; they are united, and the leavers are
taken away. The answer holds until the next edge of a span, so it is not worked out again before;
spans are looked at from the full hour on, and therefore at least once an hour.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from rotation.core.changes import away_at
from rotation.core.claims import AHEAD, BEHIND, Claim, claims
from rotation.core.closed_hours import Closed, closed_hours
from rotation.core.facts import Because, Effect, Grant, Leaver
from rotation.core.reason import Reason
from rotation.core.roster import Group, GroupId, IfAddFails, PersonId, Roster, ShiftId, Turns
from rotation.core.timeline import Timeline

__all__ = ["AHEAD", "BEHIND", "Claim", "Wanted", "last_wanted", "nobody", "wanted"]

FAR_BEHIND = timedelta(days=400)
_HOUR = timedelta(hours=1)
_MOST_KEPT = 256
"""Groups of a timeline whose answers are kept; with more all are worked out anew."""
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The answer for one group at one instant.

    `people`: who is wanted, by the claim that holds them longest now, with `ends` the end of their
    unbroken stay (None: open; never later than the next two days show). `gone`: by which claim
    somebody was last wanted. `leavers` are in neither. `stand_ins`: for whom somebody stands in.
    `changes_at`: the next instant at which any of this can change by itself. `closed` are the
    stretches that are so on purpose; `closed_until`: nobody is on duty now, and that is meant.
    """

    people: Mapping[PersonId, Because]
    on_duty: frozenset[PersonId]
    entitled: frozenset[PersonId]
    gone: Mapping[PersonId, Because]
    leavers: frozenset[PersonId]
    claims: tuple[Claim, ...]
    stand_ins: Mapping[PersonId, PersonId]
    changes_at: datetime
    closed: tuple[Closed, ...] = ()
    closed_until: datetime | None = None
    _on_duty: dict[datetime, frozenset[PersonId]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was worked out before: every removal of a handover asks for the same instant."""

    def on_duty_at(self, at: datetime) -> frozenset[PersonId]:
        if at not in self._on_duty:
            found = frozenset(c.person for c in self.claims if c.on_duty(at))
            self._on_duty[at] = found - self.leavers
        return self._on_duty[at]

    def is_closed_at(self, at: datetime) -> bool:
        return any(one.starts <= at < one.ends for one in self.closed)


def wanted(  # noqa: PLR0913 - each is a separate source of truth, and all are needed
    timeline: Timeline,
    group: Group,
    grants: Iterable[Grant],
    leavers: Mapping[PersonId, Leaver],
    at: datetime,
    *,
    origin: str = "",
    refused: Mapping[PersonId, str] | None = None,
) -> Wanted:
    """Who is wanted in `group` at the UTC instant `at`.

    `refused` maps people whose add was refused to the occurrence it was refused in; where the
    group says `if_add_fails: next`, the next in order stands in for them.
    """
    asked = group, tuple(grants), frozenset(leavers), origin, refused or {}
    of_groups = _WORKED_OUT.setdefault(timeline, {})
    known = of_groups.get(group.id)
    if known is None or known.asked != asked or not known.since <= at < known.until:
        hour = at.replace(minute=0, second=0, microsecond=0)
        alike = _alike(asked)
        of_alike = _OF_ALIKE.setdefault(timeline, {})
        same = of_alike.get(alike) if alike is not None else None
        if same is not None and same.hour == hour and same.since <= at < same.until:
            _keep(of_groups, group.id, replace(same, asked=asked))
            return same.found
        if known is not None and known.lays_out(asked, hour):
            rights, closed = known.rights, known.found.closed
        else:
            rights = tuple(_of_use(claims(timeline, group, asked[1], hour, origin), hour - _HOUR))
            closed = closed_hours(timeline, group, hour, hour + AHEAD)
        found = _with_closed(_united(timeline.roster, rights, *asked, at), closed, at)
        until = min(found.changes_at, hour + _HOUR)
        known = _WorkedOut(asked, hour, rights, found, at, until)
        _keep(of_groups, group.id, known)
        if alike is not None:
            _keep(of_alike, alike, known)
    return known.found


def _with_closed(found: Wanted, closed: tuple[Closed, ...], at: datetime) -> Wanted:
    if not closed:
        return found
    edges = (t for one in closed for t in (one.starts, one.ends) if t > at)
    until = (
        None if found.on_duty else next((c.ends for c in closed if c.starts <= at < c.ends), None)
    )
    changes_at = min(found.changes_at, *edges)
    return replace(found, closed=closed, closed_until=until, changes_at=changes_at)


_Asked: TypeAlias = tuple[
    Group, tuple[Grant, ...], frozenset[PersonId], str, Mapping[PersonId, str]
]
"""Group, grants, leavers, origin and who was refused: all that an answer follows from but time."""


@dataclass(frozen=True, slots=True)
class _WorkedOut:
    """An answer, to what it is one, and the stretch `[since, until)` in which it is.

    `rights` are what it was made of, and the same in all of its hour.
    """

    asked: _Asked
    hour: datetime
    rights: tuple[Claim, ...]
    found: Wanted
    since: datetime
    until: datetime

    def lays_out(self, asked: _Asked, hour: datetime) -> bool:
        (group, grants, _, origin, _), mine = asked, self.asked
        return hour == self.hour and (group, grants, origin) == (mine[0], mine[1], mine[3])


_Key = TypeVar("_Key", bound=Hashable)


def _keep(kept: dict[_Key, _WorkedOut], key: _Key, answer: _WorkedOut) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = answer


_Alike: TypeAlias = tuple[object, ...]


def _alike(asked: _Asked) -> _Alike | None:
    """What the answer follows from in a group of which only its shifts say who is wanted.

    It is the same for all groups in which this is the same. None: the group has more that says so.
    """
    group, grants, leavers, origin, refused = asked
    if grants or refused or group.pins or group.fallback:
        return None
    policy = group.policy
    return group.shifts, policy.join_early, policy.stay_late, policy.closed, leavers, origin


def _of_use(rights: Iterable[Claim], since: datetime) -> Iterator[Claim]:
    """Those that hold at `since` or later, and of each person the last one that ended before."""
    ended: dict[PersonId, Claim] = {}
    for claim in rights:
        if claim.ends is None or claim.ends > since:
            yield claim
            continue
        known = ended.get(claim.person)
        if known is None or known.ends is None or claim.ends > known.ends:
            ended[claim.person] = claim
    yield from ended.values()


_WORKED_OUT: WeakKeyDictionary[Timeline, dict[GroupId, _WorkedOut]] = WeakKeyDictionary()
_OF_ALIKE: WeakKeyDictionary[Timeline, dict[_Alike, _WorkedOut]] = WeakKeyDictionary()


def _united(  # noqa: PLR0913, PLR0917 - as above
    roster: Roster,
    rights: tuple[Claim, ...],
    group: Group,
    grants: tuple[Grant, ...],
    gone_for_good: frozenset[PersonId],
    _origin: str,
    refused: Mapping[PersonId, str],
    at: datetime,
) -> Wanted:
    live = tuple(c for c in rights if c.person not in gone_for_good)
    absent = gone_for_good | _never_standing_in(group, grants, at)
    stood_in = tuple(_stand_ins(roster, group, live, refused, absent, at))
    rights, live = ((*some, *(claim for claim, _ in stood_in)) for some in (rights, live))
    holding = [c for c in live if c.wants(at)]  # nobody is on duty or entitled but by these
    of_theirs = _by_person(live)
    return Wanted(
        people={p: _longest(of_theirs[p], at) for p in _people(holding)},
        on_duty=frozenset(c.person for c in holding if c.on_duty(at)),
        entitled=frozenset(c.person for c in holding if c.entitles(at)),
        gone=_gone(live, at),
        leavers=gone_for_good,
        claims=rights,
        stand_ins={claim.person: for_whom for claim, for_whom in stood_in},
        changes_at=_next_edge(rights, at),
    )


def nobody(leavers: Mapping[PersonId, Leaver], at: datetime) -> Wanted:
    """The answer for a group that is over: nobody is wanted, whatever gave them a right."""
    none: frozenset[PersonId] = frozenset()
    return Wanted({}, none, none, {}, frozenset(leavers), (), {}, at + AHEAD)


def last_wanted(
    timeline: Timeline, group: Group, person: PersonId, at: datetime, *, origin: str = ""
) -> Because | None:
    """The last shift of `person` in `group` that ended before `at`, looking back over a year."""
    spans = [
        s
        for s in timeline.spans(group.id, at - FAR_BEHIND, at)
        if s.person == person and s.ends <= at
    ]
    if not spans:
        return None
    last = max(spans, key=lambda s: s.ends)
    return Because(Reason.SHIFT_END, last.key, origin, last.starts, last.ends)


def _never_standing_in(group: Group, grants: Iterable[Grant], at: datetime) -> frozenset[PersonId]:
    """Whoever is off now cannot stand in, and nobody may add those who are always in."""
    off = {g.person for g in grants if g.effect is Effect.OUT and g.covers(at)}
    return frozenset(off) | frozenset(group.always_in)


def _stand_ins(
    roster: Roster,
    group: Group,
    claims: tuple[Claim, ...],
    refused: Mapping[PersonId, str],
    absent: frozenset[PersonId],
    at: datetime,
) -> Iterator[tuple[Claim, PersonId]]:
    if not refused or IfAddFails.NEXT not in group.policy.if_add_fails:
        return
    now = {c.because.key for c in claims if c.entitles(at)}
    turned_away = {p for p, key in refused.items() if key in now}
    busy = {c.person for c in claims if c.on_duty(at)} | turned_away | absent
    for claim in claims:
        if claim.because.reason is not Reason.SHIFT or not claim.entitles(at):
            continue
        if refused.get(claim.person) != claim.because.key:
            continue
        away = away_at(roster, claim.because.key, at)
        follower = _next_in_order(roster, claim, busy | away)
        if follower is None:
            continue
        busy.add(follower)
        because = claim.because._replace(origin=f"stands in for {claim.person}")
        then = claim.then._replace(ends=claim.off_duty)
        stand_in = claim._replace(person=follower, because=because, then=then, ends=claim.off_duty)
        yield stand_in, claim.person


def _next_in_order(roster: Roster, claim: Claim, busy: set[PersonId]) -> PersonId | None:
    name, day, _ = claim.because.key.rsplit("/", 2)
    shift = roster.shifts.get(ShiftId(name))  # none: whoever stands by, all do
    turns = None if shift is None else shift.turns_on(date.fromisoformat(day))
    if not isinstance(turns, Turns):
        return None
    order = turns.order
    # who stands in by a change of duty may be in no order: then the first of it follows
    here = order.index(claim.person) if claim.person in order else -1
    following = (*order[here + 1 :], *order[: here + 1])
    return next((p for p in following if p not in busy), None)


def _people(claims: Iterable[Claim]) -> list[PersonId]:
    return list(dict.fromkeys(c.person for c in claims))


def _by_person(claims: Iterable[Claim]) -> dict[PersonId, list[Claim]]:
    found: dict[PersonId, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.person, []).append(claim)
    return found


def _longest(mine: list[Claim], at: datetime) -> Because:
    """The claim that holds a person longest now, with the end of the unbroken stay."""
    holding = [c for c in mine if c.wants(at)]
    longest = max(holding, key=lambda c: c.ends or _END)
    starts = min((c.starts for c in holding if c.starts is not None), default=None)
    return longest.because._replace(starts=starts, ends=_unbroken_until(mine, at))


def _unbroken_until(claims: Iterable[Claim], at: datetime) -> datetime | None:
    """The end of the last claim that follows without a gap; None when the stay is open."""
    until = at
    for claim in sorted(claims, key=lambda c: c.starts or _BEGINNING):
        if (claim.starts or _BEGINNING) <= until:
            until = max(until, claim.ends or _END)
    return None if until == _END else until


def _gone(claims: tuple[Claim, ...], at: datetime) -> dict[PersonId, Because]:
    """Who is no longer wanted, and by which claim they last were; `ends` is when it ended."""
    present = {c.person for c in claims if c.wants(at)}
    latest: dict[PersonId, Claim] = {}
    for claim in claims:
        if claim.person in present or claim.ends is None or claim.ends > at:
            continue
        known = latest.get(claim.person)
        if known is None or known.ends is None or claim.ends > known.ends:
            latest[claim.person] = claim
    return {person: c.then._replace(ends=c.ends) for person, c in latest.items()}


def _next_edge(rights: Iterable[Claim], at: datetime) -> datetime:
    edges = (t for c in rights for t in (c.starts, c.duty, c.off_duty, c.ends))
    later = (t for t in edges if t is not None and t > at)
    return min(later, default=at.replace(minute=0, second=0, microsecond=0) + AHEAD)

"""Who is wanted in a group now, because of what, and until when.

Every right to be in a group is a span of time with a reason. Overrides first cut shift spans;
then everything is united; then the leavers are taken away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from rotation.core.facts import Because, Effect, Grant, Leaver
from rotation.core.reason import Reason
from rotation.core.roster import Group, IfAddFails, PersonId, Roster, ShiftId, Turns
from rotation.core.timeline import Span, Timeline

BEHIND = timedelta(days=8)
AHEAD = timedelta(days=2)
FAR_BEHIND = timedelta(days=400)
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """One right to be in a group: wanted in `[starts, ends)`, on duty in `[duty, off_duty)`.

    A claim without duty (a pin, a ticket) has both duty ends None and never counts for cover.
    `ends` None is open. `because` says why the person is in, `then` why they go afterwards.
    """

    person: PersonId
    because: Because
    then: Because
    starts: datetime | None
    ends: datetime | None
    duty: datetime | None = None
    off_duty: datetime | None = None

    def wants(self, at: datetime) -> bool:
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)

    def on_duty(self, at: datetime) -> bool:
        return (
            self.duty is not None
            and self.duty <= at
            and (self.off_duty is None or at < self.off_duty)
        )

    def entitles(self, at: datetime) -> bool:
        """Whether the person may still be *added*: the tail after a shift only lets them stay."""
        return self.wants(at) and (self.off_duty is None or at < self.off_duty)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The answer for one group at one instant.

    `people`: who is wanted, by the claim that holds them longest now, with `ends` the end of their
    unbroken stay (None: open; never later than the next two days show). `gone`: by which claim
    somebody was last wanted. `leavers` are in neither. `stand_ins`: for whom somebody stands in.
    `changes_at`: the next instant at which any of this can change by itself.
    """

    people: Mapping[PersonId, Because]
    on_duty: frozenset[PersonId]
    entitled: frozenset[PersonId]
    gone: Mapping[PersonId, Because]
    leavers: frozenset[PersonId]
    claims: tuple[Claim, ...]
    stand_ins: Mapping[PersonId, PersonId]
    changes_at: datetime
    _on_duty: dict[datetime, frozenset[PersonId]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was worked out before: every removal of a handover asks for the same instant."""

    def on_duty_at(self, at: datetime) -> frozenset[PersonId]:
        if at not in self._on_duty:
            found = frozenset(c.person for c in self.claims if c.on_duty(at))
            self._on_duty[at] = found - self.leavers
        return self._on_duty[at]


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
    grants = tuple(grants)
    gone_for_good = frozenset(leavers)
    claims = (
        *_shift_claims(timeline, group, grants, at, origin),
        *_grant_claims(grants),
        *_pin_claims(group, origin),
    )
    live = tuple(c for c in claims if c.person not in gone_for_good)
    absent = gone_for_good | _never_standing_in(group, grants, at)
    stood_in = tuple(_stand_ins(timeline.roster, group, live, refused or {}, absent, at))
    claims, live = ((*some, *(claim for claim, _ in stood_in)) for some in (claims, live))
    now_wanted = [c for c in live if c.wants(at)]
    of_theirs = _by_person(live)
    return Wanted(
        people={p: _longest(of_theirs[p], at) for p in _people(now_wanted)},
        on_duty=frozenset(c.person for c in live if c.on_duty(at)),
        entitled=frozenset(c.person for c in live if c.entitles(at)),
        gone=_gone(live, at),
        leavers=gone_for_good,
        claims=claims,
        stand_ins={claim.person: for_whom for claim, for_whom in stood_in},
        changes_at=_next_edge(claims, at),
    )


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


def _shift_claims(
    timeline: Timeline, group: Group, grants: tuple[Grant, ...], at: datetime, origin: str
) -> Iterator[Claim]:
    early = group.policy.join_early
    for span in timeline.spans(group.id, at - BEHIND, at + AHEAD):
        outs = [g for g in grants if g.effect is Effect.OUT and g.person == span.person]
        for starts, ends, cut in _cut(span, outs):
            late = group.policy.stay_late if cut is None else timedelta(0)
            because = Because(Reason.SHIFT, span.key, origin, starts, ends)
            then = Because(Reason.SHIFT_END, span.key, origin, starts, ends + late)
            if cut is not None:
                then = _by_hand(cut, span, starts, ends)
            yield Claim(span.person, because, then, starts - early, ends + late, starts, ends)
        yield from _called_off(span, outs, early)


def _by_hand(out: Grant, span: Span, starts: datetime, ends: datetime) -> Because:
    return Because(Reason.MANUAL, span.key, f"{out.author} by hand", starts, ends)


def _called_off(span: Span, outs: Iterable[Grant], early: timedelta) -> Iterator[Claim]:
    """Why somebody goes who joined early for a shift that was then cut from its beginning.

    A claim without any length: it wants nobody, and says how the last wish ended.
    """
    joins_at = span.starts - early
    for out in outs:
        if joins_at < out.starts <= span.starts < _until(out, span):
            why = _by_hand(out, span, joins_at, out.starts)
            yield Claim(span.person, why, why, out.starts, out.starts)


def _cut(span: Span, outs: Iterable[Grant]) -> list[tuple[datetime, datetime, Grant | None]]:
    """The pieces of a span that overrides leave, each with the override that ends it."""
    pieces: list[tuple[datetime, datetime, Grant | None]] = [(span.starts, span.ends, None)]
    for out in outs:
        until = _until(out, span)
        pieces = [left for piece in pieces for left in _without(piece, out, until)]
    return pieces


def _until(out: Grant, span: Span) -> datetime:
    return min(t for t in (out.until, out.ended_at, span.ends) if t is not None)


def _without(
    piece: tuple[datetime, datetime, Grant | None], out: Grant, until: datetime
) -> Iterator[tuple[datetime, datetime, Grant | None]]:
    starts, ends, cut = piece
    if until <= starts or out.starts >= ends or until <= out.starts:
        yield piece
        return
    if starts < out.starts:
        yield starts, out.starts, out
    if until < ends:
        yield until, ends, cut


def _grant_claims(grants: Iterable[Grant]) -> Iterator[Claim]:
    for grant in grants:
        if grant.effect is not Effect.IN:
            continue
        ends = min((t for t in (grant.until, grant.ended_at) if t is not None), default=None)
        if ends is not None and ends <= grant.starts:
            continue
        key, who = f"grant/{grant.id}", f"{grant.author} by hand"
        because = Because(Reason.GRANT, key, who, grant.starts, ends)
        then = Because(Reason.OVERRIDE_END, key, who, grant.starts, ends)
        duty, off = (grant.starts, ends) if grant.duty else (None, None)
        yield Claim(grant.person, because, then, grant.starts, ends, duty, off)


def _pin_claims(group: Group, origin: str) -> Iterator[Claim]:
    for person in group.pins:
        because = Because(Reason.PIN, f"pin/{group.id}", origin)
        yield Claim(person, because, because, None, None)


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
    if IfAddFails.NEXT not in group.policy.if_add_fails:
        return
    now = {c.because.key for c in claims if c.entitles(at)}
    turned_away = {p for p, key in refused.items() if key in now}
    busy = {c.person for c in claims if c.on_duty(at)} | turned_away | absent
    for claim in claims:
        if claim.because.reason is not Reason.SHIFT or not claim.entitles(at):
            continue
        if refused.get(claim.person) != claim.because.key:
            continue
        follower = _next_in_order(roster, claim, busy)
        if follower is None:
            continue
        busy.add(follower)
        because = replace(claim.because, origin=f"stands in for {claim.person}")
        then = replace(claim.then, ends=claim.off_duty)
        stand_in = replace(claim, person=follower, because=because, then=then, ends=claim.off_duty)
        yield stand_in, claim.person


def _next_in_order(roster: Roster, claim: Claim, busy: set[PersonId]) -> PersonId | None:
    turns = roster.shifts[ShiftId(claim.because.key.rsplit("/", 2)[0])].turns
    if not isinstance(turns, Turns):
        return None
    order = turns.order
    here = order.index(claim.person)
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
    return replace(longest.because, starts=starts, ends=_unbroken_until(mine, at))


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
    return {person: replace(c.then, ends=c.ends) for person, c in latest.items()}


def _next_edge(claims: Iterable[Claim], at: datetime) -> datetime:
    edges = (t for c in claims for t in (c.starts, c.duty, c.off_duty, c.ends))
    return min((t for t in edges if t is not None and t > at), default=at + AHEAD)

"""Every right to be in a group, as a span of time with a reason.

Shifts give spans, and overrides cut them; grants and pins are spans of their own.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from rotation.core.facts import Because, Effect, Grant
from rotation.core.reason import Reason
from rotation.core.roster import Group, PersonId
from rotation.core.timeline import Span, Timeline

BEHIND = timedelta(days=8)
AHEAD = timedelta(days=2)
CHANGED = "changed: "
"""What the origin of a shift's claim begins with that is somebody's by a change of duty."""


class Claim(NamedTuple):
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


def claims(
    timeline: Timeline, group: Group, grants: tuple[Grant, ...], at: datetime, origin: str
) -> Iterator[Claim]:
    """Every right in `group`: shifts from some days before `at` to some after, all else whole."""
    yield from _shift_claims(timeline, group, grants, at, origin)
    yield from _grant_claims(grants)
    yield from _pin_claims(group, origin)


def _shift_claims(
    timeline: Timeline, group: Group, grants: tuple[Grant, ...], at: datetime, origin: str
) -> Iterator[Claim]:
    early = group.policy.join_early
    cut_by: dict[PersonId, list[Grant]] = {}
    for grant in grants:
        if grant.effect is Effect.OUT:
            cut_by.setdefault(grant.person, []).append(grant)
    for span in timeline.spans(group.id, at - BEHIND, at + AHEAD):
        outs = cut_by.get(span.person, ())
        of = origin if span.change is None else f"{CHANGED}{span.change.told}"
        for starts, ends, cut in _cut(span, outs):
            late = group.policy.stay_late if cut is None else timedelta(0)
            because = Because(Reason.SHIFT, span.key, of, starts, ends)
            then = Because(Reason.SHIFT_END, span.key, of, starts, ends + late)
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
        ends = _end(grant)
        if ends is not None and ends < grant.starts:
            continue
        because, then = _of_grant(grant, ends)
        duty, off = (grant.starts, ends) if grant.duty else (None, None)
        yield Claim(grant.person, because, then, grant.starts, ends, duty, off)


def _of_grant(grant: Grant, ends: datetime | None) -> tuple[Because, Because]:
    """Why somebody is in by a grant, and why they go afterwards.

    One without any length wants nobody: it says why somebody goes whom a resolved ticket found in.
    """
    over, who = Reason.OVERRIDE_END, f"{grant.author} by hand"
    if grant.ticket:
        over, who = Reason.TICKET, f"ticket {grant.ticket} by {grant.author}"
    elif grant.subscription:
        over, who = Reason.SUBSCRIPTION, f"subscription {grant.subscription} by {grant.author}"
    because = Because(Reason.GRANT, f"grant/{grant.id}", who, grant.starts, ends)
    return because, because._replace(reason=over)


def last_grant(grants: Iterable[Grant], person: PersonId) -> Because | None:
    """Why `person` goes, by the grant that ended last."""
    ended = [(_end(g), g) for g in grants if g.person == person and g.effect is Effect.IN]
    over = [(ends, g) for ends, g in ended if ends is not None and ends >= g.starts]
    if not over:
        return None
    ends, last = max(over, key=lambda one: one[0])
    return _of_grant(last, ends)[1]


def _end(grant: Grant) -> datetime | None:
    return min((t for t in (grant.until, grant.ended_at) if t is not None), default=None)


def _pin_claims(group: Group, origin: str) -> Iterator[Claim]:
    for person in group.pins:
        because = Because(Reason.PIN, f"pin/{group.id}", origin)
        yield Claim(person, because, because, None, None)

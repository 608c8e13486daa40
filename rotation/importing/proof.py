"""What the service itself rendered, beside the timeline of the roster that was made of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from rotation.core.roster import AccountId, ChatId, Group, GroupId, Person, PersonId, Roster, Shift
from rotation.core.timeline import Timeline
from rotation.importing.part import Rendered

_GROUP = GroupId("compared")


class Difference(NamedTuple):
    """A stretch in which the two do not say the same. People by their keys."""

    starts: datetime
    ends: datetime
    theirs: frozenset[str]
    ours: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proof:
    """How much of `[starts, ends)` was compared, and what differs."""

    title: str
    starts: datetime
    ends: datetime
    entries: int
    differences: tuple[Difference, ...]


class _Edge(NamedTuple):
    at: datetime
    whose: str
    who: str
    by: int


def compared(
    title: str,
    shifts: Sequence[Shift],
    rendered: Sequence[Rendered],
    hidden: Iterable[tuple[datetime, datetime]],
    since: datetime,
) -> Proof | None:
    """The roster beside what was rendered, but not before `since` nor in what is `hidden`.

    None where nothing was rendered in that time.
    """
    theirs = [one._replace(starts=max(one.starts, since)) for one in rendered if one.ends > since]
    if not theirs:
        return None
    starts, ends = min(one.starts for one in theirs), max(one.ends for one in theirs)
    found = _differing(
        [
            *_edges("theirs", theirs),
            *_edges("ours", _ours(shifts, starts, ends)),
            *_edges("hidden", (Rendered(a, b, "") for a, b in hidden)),
        ]
    )
    inside = (
        one._replace(starts=max(one.starts, starts), ends=min(one.ends, ends)) for one in found
    )
    differences = tuple(one for one in inside if one.starts < one.ends)
    return Proof(title, starts, ends, len(theirs), differences)


def _ours(shifts: Sequence[Shift], starts: datetime, ends: datetime) -> Iterator[Rendered]:
    names = {shift.id: shift for shift in shifts}
    people: dict[PersonId, Person] = {}
    group = Group(_GROUP, AccountId(""), ChatId(""), tuple(names))
    timeline = Timeline(Roster(people, names, {_GROUP: group}))
    for span in timeline.spans(_GROUP, starts, ends):
        yield Rendered(span.starts, span.ends, span.person)


def _edges(whose: str, spans: Iterable[Rendered]) -> Iterator[_Edge]:
    for starts, ends, who in spans:
        yield _Edge(starts, whose, who, 1)
        yield _Edge(ends, whose, who, -1)


def _differing(edges: Sequence[_Edge]) -> Iterator[Difference]:
    """The stretches in which the sides differ, each as long as they differ in the same way."""
    at: defaultdict[datetime, list[_Edge]] = defaultdict(list)
    for edge in edges:
        at[edge.at].append(edge)
    held: dict[str, Counter[str]] = {"theirs": Counter(), "ours": Counter(), "hidden": Counter()}
    last: Difference | None = None
    for starts, ends in pairwise(sorted(at)):
        for edge in at[starts]:
            held[edge.whose][edge.who] += edge.by
        theirs, ours, hidden = (frozenset(+held[side]) for side in ("theirs", "ours", "hidden"))
        if theirs == ours or hidden:
            continue
        if last is not None and (last.ends, last.theirs, last.ours) == (starts, theirs, ours):
            last = last._replace(ends=ends)
            continue
        if last is not None:
            yield last
        last = Difference(starts, ends, theirs, ours)
    if last is not None:
        yield last

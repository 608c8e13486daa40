"""A change of duty, weighed before it is made: whose duty it moves, and what speaks against it.

The same for undoing one. Nothing is written here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from rotation.core.changes import void
from rotation.core.moves import Move, Shifted, of_groups, shifted
from rotation.core.roster import (
    Change,
    Doing,
    GroupId,
    PersonId,
    Roster,
    ShiftId,
    WhileOff,
    shift_of,
)
from rotation.core.timeline import MOMENT, Span, Timeline, local_date
from rotation.core.trades import days_of

LONGEST = timedelta(days=400)
"""How long one change may last, and how far ahead it may begin."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a change would do, at an instant. With `problems` it may not be made.

    `moves` are by group, in the stretch `[since, until)`. `already`: the same, as it stands.
    """

    change: Change
    since: datetime
    until: datetime
    moves: Mapping[GroupId, tuple[Move, ...]]
    problems: tuple[str, ...] = ()
    already: Change | None = None

    @property
    def people(self) -> tuple[Shifted, ...]:
        return shifted(tuple(self.moves.values()))

    @property
    def empty(self) -> tuple[tuple[GroupId, Move], ...]:
        """Where nobody would come for whoever goes."""
        return tuple((g, m) for g, all_ in self.moves.items() for m in all_ if m.off and not m.on)


def weigh(roster: Roster, leavers: Iterable[PersonId], change: Change, now: datetime) -> Weighed:
    """What `change` would do if it were made at the UTC instant `now`."""
    if wrong := tuple(_of_time(change, now)):  # a century of it would take minutes to lay out
        return Weighed(change, now, now + MOMENT, {}, wrong)
    since, until = _stretch(change, now)
    made = replace(change, made_at=now)
    found = _moved(roster, (*roster.changes, made), [change], since, until)
    weighed = Weighed(change, since, until, found)
    already = next((c for c in roster.changes if _is_the_same(c, change, now)), None)
    if already is not None:
        return replace(weighed, already=already)
    return replace(weighed, problems=tuple(_problems(roster, frozenset(leavers), weighed, now)))


def undone(roster: Roster, change: Change, now: datetime) -> Weighed:
    """What it would do to undo `change` at the UTC instant `now`."""
    since, until = _stretch(change, now)
    without = tuple(replace(c, ended_at=now) if c.id == change.id else c for c in roster.changes)
    return Weighed(change, since, until, _moved(roster, without, [change], since, until))


def is_over(change: Change, now: datetime) -> bool:
    """Whether nothing of it lies ahead: it was undone, or its time has passed."""
    if change.ended_at is not None:
        return True
    if change.kind is Doing.SWAP:
        return max(_days_of_swap(change)) < now.toordinal() - 1
    if change.ends is not None:
        return change.ends <= now
    return change.last is not None and change.last < (now - _DAY).date()


def occurrences(
    roster: Roster, person: PersonId, day: date, shift: ShiftId | None
) -> tuple[Span, ...]:
    """What `person` has of duty that starts on a local date, in one shift or in any."""
    starts = _midnight(day)
    return tuple(
        span
        for span in _spans(roster, person, starts - _DAY, starts + 2 * _DAY)
        if span.key == f"{span.shift}/{day.isoformat()}/0" and shift in {None, span.shift}
    )


def without(roster: Roster, kind: Doing, person: PersonId) -> Roster:
    """The roster as it would be without changes of this kind by command for this person."""

    def is_theirs(c: Change) -> bool:
        exchanged = kind is Doing.SWAP and c.other == person
        return bool(c.id) and c.kind is kind and (c.person == person or exchanged)

    return replace(roster, changes=tuple(c for c in roster.changes if not is_theirs(c)))


def now_or_next(
    roster: Roster, person: PersonId, shift: ShiftId | None, now: datetime
) -> Span | None:
    """The duty of `person` that goes on, else their next one within a month."""
    for reach in (_DAY, 31 * _DAY):
        found = [
            s
            for s in _spans(roster, person, now, now + reach)
            if s.ends > now and shift in {None, s.shift}
        ]
        if found:
            return min(found, key=lambda span: (span.starts, span.key))
    return None


def about(roster: Roster, people: Collection[PersonId], shifts: Collection[ShiftId] = ()) -> Roster:
    """The roster with only those groups in which these people or shifts may have duty.

    To lay all of a thousand groups out takes seconds, and almost none of them have anything to do
    with one change. Whoever stands in for somebody may have duty wherever that one has.
    """
    whose, named, before = set(people), set(shifts), -1
    while before != (before := len(whose) + len(named)):
        for change in roster.changes:
            for person, only in change.serves():
                if person in whose and only is None:
                    whose.add(change.person)
                elif person in whose and only is not None:
                    named.add(only)
    named.update(name for name, one in roster.shifts.items() if not whose.isdisjoint(one.people))
    groups = {
        name: group
        for name, group in roster.groups.items()
        if not named.isdisjoint(group.shifts) or not whose.isdisjoint(group.fallback)
    }
    return replace(roster, groups=groups)


def _spans(roster: Roster, person: PersonId, since: datetime, until: datetime) -> Iterator[Span]:
    """A person's spans, each once, though many groups have its shift."""
    seen: set[tuple[str, datetime]] = set()
    for spans in Timeline(about(roster, [person])).all_spans(since, until).values():
        for span in spans:
            if span.person == person and (span.key, span.starts) not in seen:
                seen.add((span.key, span.starts))
                yield span


def moved(
    roster: Roster, changes: tuple[Change, ...], of: Sequence[Change], now: datetime
) -> Mapping[GroupId, tuple[Move, ...]]:
    """Whose duty moves if the roster had these changes; it has others by all that `of` is about."""
    if not of:
        return {}
    until = max(_stretch(change, now)[1] for change in of)
    return _moved(roster, changes, of, now, until)


def _moved(
    roster: Roster,
    changes: tuple[Change, ...],
    of: Sequence[Change],
    since: datetime,
    until: datetime,
) -> Mapping[GroupId, tuple[Move, ...]]:
    people = {p for change in of for p in (change.person, change.other) if p is not None}
    shifts = {change.shift for change in of if change.shift is not None}
    before = about(replace(roster, changes=(*roster.changes, *changes)), people, shifts)
    before = replace(before, changes=roster.changes)
    after = replace(before, changes=changes)
    return of_groups(Timeline(before), Timeline(after), since, until)


def days(change: Change) -> Collection[int]:
    """The dates it is about, with one around where these depend on the clocks."""
    return days_of(change) if change.kind is not Doing.SWAP else _days_of_swap(change)


def _stretch(change: Change, now: datetime) -> tuple[datetime, datetime]:
    """Where anything of it can lie. A trade reaches on to the end of the other's turn."""
    theirs = days(change)
    if not theirs:
        return now, now + MOMENT
    until = datetime.fromordinal(max(theirs)).replace(tzinfo=now.tzinfo) + 9 * _DAY
    if change.turn is WhileOff.SWAP:
        until += _LONGEST_TRADE
    return now, max(until, now + MOMENT)


_LONGEST_TRADE = timedelta(days=120)


def _days_of_swap(change: Change) -> list[int]:
    found = []
    for key in (change.occurrence, change.for_occurrence):
        try:
            found.append(date.fromisoformat(key.rsplit("/", 2)[1]).toordinal())
        except (ValueError, IndexError):
            continue
    return found or [1]


def _is_the_same(known: Change, asked: Change, now: datetime) -> bool:
    if known.ended_at is not None or not known.id:
        return False
    begins_now = asked.starts is not None and asked.starts == now
    starts = known.starts if begins_now and known.starts is not None else asked.starts
    as_known = replace(
        asked, id=known.id, made_at=known.made_at, reason=known.reason, author=known.author,
        starts=starts,
    )  # fmt: skip
    return as_known == known and (starts is None or starts <= now or not begins_now)


# -- what speaks against it -----------------------------------------------------------------


def _problems(
    roster: Roster, leavers: frozenset[PersonId], weighed: Weighed, now: datetime
) -> Iterator[str]:
    """At least one of them where nobody's duty would change."""
    change = weighed.change
    name = {p: one.name for p, one in roster.people.items()}
    found = [*_of_people(change, leavers, name)]
    if change.kind is Doing.SWAP:
        found += _of_swap(roster, change, now, name)
    if not found and not weighed.moves:
        found.append(f"nobody's duty would change: {_why_nothing(roster, change, now, name)}")
    yield from found


def _of_people(
    change: Change, leavers: frozenset[PersonId], name: Mapping[PersonId, str]
) -> Iterator[str]:
    if change.other == change.person:
        yield f"{name[change.person]} cannot stand in for themselves"
    for person, _ in change.serves():
        if person in leavers:
            yield f"{name[person]} is a leaver: never added"


def _of_time(change: Change, now: datetime) -> Iterator[str]:
    if change.kind is Doing.SWAP:
        return
    starts, ends = change.starts or now, change.ends or now
    if change.first is not None and change.last is not None:
        # a date is another stretch in each zone; this holds all of it
        starts, ends = _midnight(change.first), _midnight(change.last) + 2 * _DAY
    if ends <= starts or (change.last or date.max) < (change.first or date.min):
        yield "it would end before it begins"
    elif ends <= now:
        yield "all of it is in the past"
    elif ends - starts > LONGEST + 2 * _DAY or starts - now > LONGEST:
        yield f"a change is for {LONGEST.days} days at most, and no more ahead"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _of_swap(
    roster: Roster, change: Change, now: datetime, name: Mapping[PersonId, str]
) -> Iterator[str]:
    why = void(roster, change)
    if why:
        person, _, rest = why.partition(" ")
        yield f"{name.get(PersonId(person), person)} {rest}"
        return
    for key in (change.occurrence, change.for_occurrence):
        shift = roster.shifts[shift_of(key)]
        day = date.fromisoformat(key.rsplit("/", 2)[1])
        if local_date(now, shift.zone) > day:
            yield f"{shift.id} of {day} has passed"


def _why_nothing(
    roster: Roster, change: Change, now: datetime, name: Mapping[PersonId, str]
) -> str:
    if change.kind is Doing.EXTRA:
        return f"{name[change.person]} is on duty then, or {change.shift} is not served"
    coming = now_or_next(roster, change.person, change.shift, now)
    if coming is None:
        return f"{name[change.person]} is on no duty in the coming month"
    return (
        f"{name[change.person]} is not on duty then; their next duty begins"
        f" {max(coming.starts, now):%a %Y-%m-%d %H:%M}Z"
    )

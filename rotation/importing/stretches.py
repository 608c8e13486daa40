"""Times in which somebody is said to be on duty, as covers of those whom the roster has then.

The source is a calendar or a service's overrides: who, from when, until when. What a roster can say
of it is who stands in for whom, in which occurrences or between which times; it is said exactly, or
the stretch is named with the reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    Doing,
    Group,
    GroupId,
    PersonId,
    Roster,
    ShiftId,
)
from rotation.core.timeline import Span, Timeline
from rotation.importing.found import MisfitError
from rotation.importing.series import series_of
from rotation.roster_file.problems import did_you_mean
from rotation.roster_file.tree import Data

_ONLY = GroupId("~")
_A_DAY = timedelta(days=1)
LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Stretch:
    """`who` is on duty in `[starts, ends)`; or, of dates, in what starts on `[first, end)`.

    `where` names it for people. `who` is a text with somebody's name or key in it. `uid` is what
    the calendar calls it, and `line` where it begins there.
    """

    where: str
    who: str
    starts: datetime | None = None
    ends: datetime | None = None
    first: date | None = None
    end: date | None = None
    uid: str = ""
    line: int = 0

    @property
    def window(self) -> tuple[datetime, datetime]:
        """When it is in UTC. Of dates: wide enough for whatever starts on them in any zone."""
        if self.starts is not None and self.ends is not None:
            return self.starts.astimezone(UTC), self.ends.astimezone(UTC)
        first, end = self.first or date.min, self.end or date.min
        begins, until = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (first, end))
        return begins, until


class UnservedError(MisfitError):
    """No shift is served then."""


class Covering:
    """Makes covers of stretches, for the shifts named, or for the only one that has their time.

    What is over at the UTC instant `now` is left out.
    """

    def __init__(self, roster: Roster, now: datetime, shifts: Sequence[ShiftId]) -> None:
        self._roster, self._now, self._shifts = roster, now, shifts
        self._timelines: dict[ShiftId, Timeline] = {}

    def all_covers(
        self, stretches: Sequence[Stretch]
    ) -> tuple[list[tuple[Stretch, list[Change]]], list[tuple[Stretch, MisfitError]]]:
        """The covers of each, and those that cannot be carried over.

        Of a series what falls on days without service is nothing, as long as the rest does not.
        """
        made, refused = list[tuple[Stretch, list[Change]]](), list[tuple[Stretch, MisfitError]]()
        for one in stretches:
            try:
                made.append((one, self.covers(one)))
            except MisfitError as wrong:
                refused.append((one, wrong))
        served = {series_of(one.uid) for one, _ in made if one.window[1] > self._now} - {""}
        nothing = [
            one
            for one, why in refused
            if isinstance(why, UnservedError) and series_of(one.uid) in served
        ]
        made += [(one, []) for one in nothing]
        return made, [(one, why) for one, why in refused if one not in nothing]

    def covers(self, stretch: Stretch) -> list[Change]:
        """The covers that it comes to; none where it has passed, or is so already.

        Raises MisfitError.
        """
        starts, ends = self._window(stretch)
        if ends <= starts:
            self._refuse(stretch, "it ends before it begins", "Mend it where it is from")
        if ends - starts > LONGEST:
            self._refuse(stretch, f"it is longer than {LONGEST.days} days", "Mend it there")
        if ends <= self._now:
            return []
        who = self._person(stretch)
        found = self._spans(stretch, starts, ends)
        return [
            change
            for name, spans in found.items()
            for change in self._covered(stretch, name, who, spans, (starts, ends))
        ]

    def _covered(
        self,
        stretch: Stretch,
        name: ShiftId,
        who: PersonId,
        spans: list[Span],
        window: tuple[datetime, datetime],
    ) -> Iterator[Change]:
        starts, ends = window
        if stretch.first is not None:  # whole occurrences, whatever zone they are told in
            starts, ends = spans[0].starts, max(span.ends for span in spans)
        spans = [span for span in spans if span.ends > self._now]
        alike: dict[str, list[Span]] = {
            key: list(some) for key, some in groupby(spans, key=lambda span: span.key)
        }
        for key, some in alike.items():
            if len(some) > 1 and who not in {span.person for span in some}:
                self._refuse(
                    stretch, f"{len(some)} are on duty together in {key.rpartition('/')[0]}",
                    f"Say by hand for whom {who} stands in",
                )  # fmt: skip
        others = [some[0] for some in alike.values() if who not in {span.person for span in some}]
        return _covers(name, who, others, starts, ends)

    def _refuse(self, stretch: Stretch, why: str, fix: str) -> None:
        raise MisfitError(stretch.where, why, fix)

    def _window(self, stretch: Stretch) -> tuple[datetime, datetime]:
        for at in (stretch.starts, stretch.ends):
            if at is not None and (at.second or at.microsecond):
                self._refuse(stretch, "its times have seconds", "Mend it where it is from")
        return stretch.window

    def _person(self, stretch: Stretch) -> PersonId:
        """Whose whole name or key stands in the text; the longest, where one is part of another."""
        told = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in stretch.who).split())} "
        told = told.casefold()
        found: dict[str, set[PersonId]] = {}
        for person in self._roster.people.values():
            for name in (person.name, str(person.id)):
                plain = " ".join("".join(c if c.isalnum() else " " for c in name).split())
                if plain and f" {plain.casefold()} " in told:
                    found.setdefault(plain.casefold(), set()).add(person.id)
        whole = [n for n in found if not any(n != o and f" {n} " in f" {o} " for o in found)]
        people = set().union(*(found[name] for name in whole)) if whole else set()
        if len(people) == 1:
            return people.pop()
        names = [p.name for p in self._roster.people.values()]
        shown = stretch.who[:60]
        if people:
            self._refuse(stretch, f"`{shown}` may be {' or '.join(sorted(people))}",
                         "Name one person in each")  # fmt: skip
        raise MisfitError(
            stretch.where, f"`{shown}` names nobody of the roster", did_you_mean(shown, names)
        )

    def _spans(
        self, stretch: Stretch, starts: datetime, ends: datetime
    ) -> dict[ShiftId, list[Span]]:
        found = {}
        for name in self._shifts or self._roster.shifts:
            spans = self._of_shift(name, stretch, starts, ends)
            if spans:
                found[name] = spans
        if not found:
            fix = "Take it out, or name another shift"
            raise UnservedError(stretch.where, "no shift is served then", fix)
        if len(found) > 1 and not self._shifts:
            told = ", ".join(found)
            self._refuse(stretch, f"several shifts are on then: {told}", "Say which shift it is of")
        return found

    def _of_shift(
        self, name: ShiftId, stretch: Stretch, starts: datetime, ends: datetime
    ) -> list[Span]:
        if name not in self._timelines:
            self._timelines[name] = Timeline(_alone(self._roster, name))
        timeline = self._timelines[name]
        if stretch.first is None:
            return list(timeline.spans(_ONLY, starts, ends))
        around = timeline.spans(_ONLY, starts - 2 * _A_DAY, ends + 2 * _A_DAY)
        days = (stretch.first, stretch.end or date.max)
        return [span for span in around if days[0] <= _day(span) < days[1]]


def _alone(roster: Roster, shift: ShiftId) -> Roster:
    group = Group(_ONLY, AccountId("~"), ChatId("~"), (shift,))
    return replace(roster, groups={_ONLY: group})


def _day(span: Span) -> date:
    return date.fromisoformat(span.key.rsplit("/", 2)[1])


def _covers(
    shift: ShiftId, who: PersonId, spans: Sequence[Span], starts: datetime, ends: datetime
) -> Iterator[Change]:
    """Whole occurrences by their dates, those in a row together; and parts by their times."""
    run: list[Span] = []
    for span in spans:
        whole = starts <= span.starts and span.ends <= ends
        follows = run and run[-1].person == span.person and _day(span) - _day(run[-1]) == _A_DAY
        if run and not (whole and follows):
            yield _of_dates(run, who, shift)
            run = []
        if whole:
            run.append(span)
        else:
            begins, until = max(span.starts, starts), min(span.ends, ends)
            yield Change(Doing.COVER, span.person, who, shift, starts=begins, ends=until)
    if run:
        yield _of_dates(run, who, shift)


def _of_dates(run: Sequence[Span], who: PersonId, shift: ShiftId) -> Change:
    return Change(Doing.COVER, run[0].person, who, shift, _day(run[0]), _day(run[-1]))


def written(cover: Change) -> Data:
    """As a roster file says it."""
    about = {"cover": str(cover.person), "by": str(cover.other), "shift": str(cover.shift)}
    if cover.starts is not None and cover.ends is not None:
        times = {"from": f"{cover.starts:%Y-%m-%d %H:%M}", "to": f"{cover.ends:%Y-%m-%d %H:%M}"}
        return {**about, **times, "zone": "UTC"}
    to = {} if cover.last == cover.first else {"to": str(cover.last)}
    return {**about, "from": str(cover.first), **to}

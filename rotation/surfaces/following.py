"""A calendar that is followed: what becomes of its covers by what it says now, and doing it.

Its covers are changes of duty by command, made and undone by the calendar. What a person undoes
stays undone for as long as the event says the same; what is over stays as history.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from hashlib import sha256

from rotation.core.moves import Move, news
from rotation.core.reason import Reason
from rotation.core.roster import EMPTY, Change, GroupId, PersonId, Roster
from rotation.engine.feeds import Refusal
from rotation.importing.followed import Followed, Meant, followed
from rotation.importing.series import series_of
from rotation.ledger import Books, CalendarCover
from rotation.roster_file import Problem, RosterErrors
from rotation.surfaces.change_said import on_record, voided
from rotation.surfaces.changing import days, moved
from rotation.surfaces.counting import counted
from rotation.surfaces.feed import By, OutOfDate
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.naming import shift_called
from rotation.surfaces.wrong import Wrong

USUAL = 5
"""So many events may be gone, or say something else, at once; with more it may be a mistake.

A series is one of them, of which any part may be: people move or end it as one.
"""
_FORESEEN = timedelta(days=366)
"""What a known series comes to so far ahead, as time passes, is not told: it was to be expected."""
_NOTHING = Followed((), {}, 0, None, is_empty=False)
_MEND = "Mend the calendar where it is written"


class Becomes(StrEnum):
    """What an event is to its calendar as it was taken before."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    """It says the same, and the roster has others on duty then."""
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Step:
    """What is done for one event: some covers end, and others are made, each with its end.

    `lets_go` are the numbers of all that it asked for before.
    """

    becomes: Becomes
    event: str
    says: str = ""
    told: str = ""
    ends: tuple[Change, ...] = ()
    makes: tuple[tuple[Change, datetime], ...] = ()
    lets_go: tuple[int, ...] = ()
    line: int = 0

    @property
    def is_loss(self) -> bool:
        """Whether a cover goes because of what the calendar says."""
        return bool(self.ends) and self.becomes in {Becomes.GONE, Becomes.CHANGED}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a calendar comes to, by the roster of this `digest`.

    `as_is` events stand as they are, `by_hand` as a person decided, and `later` begin too far ahead
    to be looked at before `reread_at`. `renamed`: new names of events, with the numbers of their
    changes. `moves`: whose duty moves, by group, and `news` what each of them is to hear; `touched`
    are all groups that it is about.
    """

    calendar: str
    digest: str
    steps: tuple[Step, ...]
    as_is: int = 0
    by_hand: int = 0
    later: int = 0
    reread_at: datetime | None = None
    renamed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    moves: Mapping[GroupId, tuple[Move, ...]] = field(default_factory=dict)
    news: tuple[tuple[PersonId, str], ...] = ()
    touched: tuple[GroupId, ...] = ()

    @property
    def is_new(self) -> bool:
        return any(step.ends or step.makes for step in self.steps)

    @property
    def said(self) -> str:
        count = dict.fromkeys(Becomes, 0)
        for step in self.steps:
            count[step.becomes] += bool(step.ends or step.makes)
        told = [f"{n} {kind}" for kind, n in count.items() if n] or ["nothing new"]
        told += [f"{self.as_is} as they are"] if self.as_is else []
        told += [f"{self.by_hand} as a person decided"] if self.by_hand else []
        told += [f"{self.later} too far ahead"] if self.later else []
        return f"events: {', '.join(told)}"


# -- weighing ---------------------------------------------------------------------------------


def planned(
    books: Books,
    calendar: str,
    content: bytes,
    shifts: Sequence[str],
    most: int | None,
    now: datetime,
) -> Plan | Refusal:
    """What the calendar in `content` comes to at the UTC instant `now`, all of it or nothing.

    `most` events may be gone or changed by a person's word; without one it is as many as usual, and
    a calendar without events is taken for a mistake where it had covers to come.
    """
    _, files = books.rosters.written() or ("", EMPTY)
    try:
        about = [shift_called(files, one) for one in shifts]
        found = followed(f"the calendar {calendar}", content, files, about, now)
    except Wrong as wrong:
        return Refusal("wrong", f"calendars.{calendar}.shifts: {wrong}", wrong.fix)
    except RosterErrors as wrong:
        return _wrong([str(_unlisted(problem)) for problem in wrong.problems])
    plan = _plan(books, calendar, found, now)
    if problems := list(_of_leavers(books, files, plan)):
        return _wrong(problems)
    lost = len({series_of(step.event) or step.event for step in plan.steps if step.is_loss})
    by_hand = f"If it is meant, say rotation calendars {calendar} --most {lost}"
    if most is None and found.is_empty and lost:
        why = f"the calendar {calendar} is empty, and had {counted(lost, 'event')} with cover"
        return Refusal("empty", f"{why}: nothing was done", by_hand)
    if lost > (USUAL if most is None else most):
        why = f"in the calendar {calendar} {lost} events with cover are gone or changed at once"
        return Refusal("many", f"{why}, which may be a mistake: nothing was done", by_hand)
    return plan


def dropped(books: Books, calendar: str, now: datetime) -> Plan:
    """What it comes to that a calendar is followed no more: all that it asked for is taken back."""
    return _plan(books, calendar, _NOTHING, now)


def _wrong(problems: list[str]) -> Refusal:
    told = tuple(masked(on_one_line(text)) for text in problems)
    why = f"nothing was done, for {counted(len(told), 'event or line', 'events or lines')}"
    return Refusal("wrong", f"{why} that cannot be read exactly", _MEND, told)


def _unlisted(problem: Problem) -> Problem:
    """Without a list of everybody there is: what is refused is on record, and told in a chat."""
    is_list = problem.fix.startswith("Known here")
    return replace(problem, fix="Name somebody of the roster") if is_list else problem


def _of_leavers(books: Books, roster: Roster, plan: Plan) -> Iterator[str]:
    leavers = books.leavers.everywhere()
    for step in plan.steps:
        for other in dict.fromkeys(change.other for change, _ in step.makes):
            if other in leavers:
                name = roster.people[other].name
                where = f"the calendar {plan.calendar}:{step.line}:1"
                yield f"{where}: {step.told}: {name} is a leaver: never added. Name somebody else"


def _plan(books: Books, calendar: str, found: Followed, now: datetime) -> Plan:
    digest, roster = books.rosters.in_force() or ("", EMPTY)
    kept: dict[str, list[CalendarCover]] = defaultdict(list)
    for row in books.calendar_covers.ahead(calendar, now):
        kept[row.event].append(row)
    meant = {event(one.event): one for one in found.meant}
    passed = {event(uid): says for uid, says in found.passed.items()}
    gone = {
        name: rows
        for name, rows in kept.items()
        if name not in meant and passed.get(name) != rows[0].says
    }
    renamed = _renamed(meant, kept, gone)
    known = _Known({c.id: c for c in books.changes.all()}, roster, now)
    steps, left = list[Step](), Counter[_Stays]()
    for name, one in meant.items():
        become = known.becomes(name, one, kept.get(name))
        if isinstance(become, Step):
            steps.append(become)
        else:
            left[become] += 1
    steps += [known.step(Becomes.GONE, name, rows) for name, rows in gone.items()]
    moves = _moves(roster, steps, now)
    series = {series_of(name) for name in kept} - {""}
    surprising = [step for step in steps if not _is_foreseen(step, series, now)]
    told = moves if len(surprising) == len(steps) else _moves(roster, surprising, now)
    return Plan(
        calendar, digest, tuple(steps), left[_Stays.AS_IT_IS], left[_Stays.BY_HAND], found.later,
        found.reread_at, renamed, moves, tuple(news(roster.people, told, f"calendar {calendar}")),
        _touched(roster, steps),
    )  # fmt: skip


def _is_foreseen(step: Step, series: Collection[str], now: datetime) -> bool:
    """Whether it is only because time passed that one of these series comes to it."""
    is_far = all(over - now > _FORESEEN for _, over in step.makes)
    return step.becomes is Becomes.NEW and is_far and series_of(step.event) in series


def _renamed(
    meant: Mapping[str, Meant],
    kept: dict[str, list[CalendarCover]],
    gone: dict[str, list[CalendarCover]],
) -> dict[str, tuple[int, ...]]:
    """What came back under another name, as where a program gives out new ones at each export."""
    by_says: dict[str, list[str]] = defaultdict(list)
    for name, rows in gone.items():
        by_says[rows[0].says].append(name)
    renamed = {}
    for name, one in meant.items():
        if name not in kept and by_says[one.says]:
            kept[name] = gone.pop(by_says[one.says].pop())
            renamed[name] = tuple(row.change for row in kept[name])
    return renamed


class _Stays(Enum):
    """Why nothing is done for an event."""

    NOTHING = 0
    AS_IT_IS = 1
    BY_HAND = 2


@dataclass(frozen=True, slots=True)
class _Known:
    """All changes of duty by command, by number, and the roster in force."""

    changes: Mapping[int, Change]
    roster: Roster
    now: datetime

    def becomes(
        self, name: str, meant: Meant, rows: Sequence[CalendarCover] | None
    ) -> Step | _Stays:
        makes = tuple(one for one in meant.covers if one[1] > self.now)
        if rows is None:
            return self.step(Becomes.NEW, name, (), meant, makes) if makes else _Stays.NOTHING
        if rows[0].says != meant.says:
            return self.step(Becomes.CHANGED, name, rows, meant, makes)
        if len(self._live(rows)) < len(rows):
            return _Stays.BY_HAND
        if {_plain(c) for c in self._live(rows)} == {_plain(c) for c, _ in makes}:
            return _Stays.AS_IT_IS
        if self._is_overruled(rows, [c for c, _ in makes]):
            return _Stays.BY_HAND
        return self.step(Becomes.MOVED, name, rows, meant, makes)

    def step(
        self,
        becomes: Becomes,
        name: str,
        rows: Sequence[CalendarCover],
        meant: Meant | None = None,
        makes: tuple[tuple[Change, datetime], ...] = (),
    ) -> Step:
        says, told, line = ("", "", 0) if meant is None else (meant.says, meant.told, meant.line)
        lets_go = tuple(row.change for row in rows)
        return Step(becomes, name, says, told, self._live(rows), makes, lets_go, line)

    def _live(self, rows: Iterable[CalendarCover]) -> tuple[Change, ...]:
        """Those of them that nobody has undone."""
        found = (self.changes.get(row.change) for row in rows)
        return tuple(c for c in found if c is not None and c.ended_at is None)

    def _is_overruled(self, rows: Sequence[CalendarCover], makes: Sequence[Change]) -> bool:
        """Whether somebody changed the same duty after the calendar did."""
        since, ours = max(row.change for row in rows), [*self._live(rows), *makes]
        return any(
            change.id > since
            and change.ended_at is None
            and not voided(self.roster, change)
            and any(_meet(change, c) for c in ours)
            for change in self.roster.changes
        )


def _plain(change: Change) -> Change:
    """What it does, whoever said so."""
    return replace(change, id=0, made_at=None, reason="", author="")


def _meet(one: Change, other: Change) -> bool:
    if {one.person, one.other}.isdisjoint({other.person, other.other}):
        return False
    theirs = days(other)
    return any(day in theirs for day in days(one))


def _touched(roster: Roster, steps: Iterable[Step]) -> tuple[GroupId, ...]:
    shifts = {c.shift for step in steps for c in (*step.ends, *(c for c, _ in step.makes))}
    return tuple(g.id for g in roster.groups.values() if not shifts.isdisjoint(g.shifts))


def _moves(
    roster: Roster, steps: Iterable[Step], now: datetime
) -> Mapping[GroupId, tuple[Move, ...]]:
    ends = [change for step in steps for change in step.ends]
    makes = [replace(change, made_at=now) for step in steps for change, _ in step.makes]
    over = {change.id for change in ends}
    changes = [replace(c, ended_at=now) if c.id in over else c for c in roster.changes]
    return moved(roster, (*changes, *makes), [*ends, *makes], now)


def event(uid: str) -> str:
    """What an event is called in the ledger; a number in it would be somebody's."""
    name = series_of(uid) or uid
    shown = masked(name)
    if shown == name:
        return uid
    return f"{shown[:200]}~{sha256(name.encode()).hexdigest()[:12]}{uid.removeprefix(name)}"


# -- doing it -----------------------------------------------------------------------------------


def carry_out(books: Books, plan: Plan, by: By, now: datetime) -> None:
    """Write it all down, and whom to tell. Raises OutOfDate where the roster is another by now."""
    if books.rosters.digest() != plan.digest:
        raise OutOfDate
    kept = [one for step in plan.steps for one in _done(books, plan.calendar, step, by, now)]
    books.calendar_covers.let_go([one for step in plan.steps for one in step.lets_go], now)
    books.calendar_covers.keep(kept)
    for name, changes in plan.renamed.items():
        books.calendar_covers.call(changes, name)
    for person, text in plan.news:
        books.changes.to_tell(person, text, now)
    books.groups.wake(now, plan.touched)


def _done(
    books: Books, calendar: str, step: Step, by: By, now: datetime
) -> Iterator[CalendarCover]:
    """End and make its changes; what the calendar asks for by now."""
    why = f"event {masked(step.event)}"
    for change in step.ends:
        books.changes.end(change.id, now)
        _record(books, "unchanged", change, f"{why} is {step.becomes}", by, now)
    for change, over_at in step.makes:
        asked = replace(change, author=f"calendar {calendar}", reason=why)
        made = books.changes.make(asked, now)
        _record(books, "changed", made, why, by, now)
        yield CalendarCover(made.id, calendar, step.event, step.says, over_at)


def _record(books: Books, kind: str, change: Change, why: str, by: By, now: datetime) -> None:
    books.audit.append(
        at=now, kind=kind, group=None, person=change.person, reason=Reason.MANUAL,
        origin=by.origin, detail=on_record(change, why),
    )  # fmt: skip

"""Rows copied from a spreadsheet, as an edit of the roster: people, or who has a shift on a date.

Every row means something, or all of them are refused, each with its line and what is wrong there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from rotation.core.roster import PersonId, Roster, Shift, ShiftId, Turns
from rotation.core.served import Served
from rotation.core.timeline import Span, Timeline, local_date
from rotation.importing.events import stretches_in, zone_of
from rotation.importing.pattern import best, differs_later
from rotation.importing.series import series_of
from rotation.importing.stretches import LONGEST, Covering, Stretch, written
from rotation.importing.table import day_written
from rotation.roster_file import forms
from rotation.roster_file.csv_text import Line, UncountableError, cells, plain_phone, unspread
from rotation.roster_file.naming import free, slug
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError, did_you_mean
from rotation.roster_file.rows import Rows
from rotation.roster_file.tree import Data

_NAMES = {
    "date": "date", "day": "date", "shift": "shift",
    "name": "name", "person": "name", "agent": "name", "who": "name",
    "key": "key", "id": "key",
    "phone": "phone", "number": "phone", "mobile": "phone", "whatsapp": "phone",
    "zone": "zone", "timezone": "zone", "language": "language", "role": "role",
}  # fmt: skip
_HOW = "Begin with name,phone for people, or with date,name for who has a shift"
_MOST_ROWS = 2000
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pasted:
    """An edit, empty where nothing is new; and what of the table is not in it, in sentences."""

    edit: dict[str, Data]
    left: tuple[str, ...] = ()


def pasted(
    name: str, content: bytes, roster: Roster, now: datetime, shifts: Sequence[ShiftId] = ()
) -> Pasted:
    """The edit that a table means for `roster` at the UTC instant `now`.

    `shifts` are what it is about, where it does not say; of rows just one. A calendar and overrides
    of PagerDuty mean covers: those stand in whom they name.

    Of dates it is the turns behind them, if the table begins before today and nothing else could be
    meant; otherwise a cover for each row that is another way than the roster has it. Raises
    RosterErrors.
    """
    stretches = stretches_in(name, content, zone_of(roster, shifts), now)
    if stretches is not None:
        return _covers(name, stretches, Covering(roster, now, shifts), now)
    try:
        header, *lines = cells(name, content).lines
    except UncountableError as wrong:
        raise RosterErrors([wrong.problem]) from None
    columns = _columns(name, header)
    if not lines or len(lines) > _MOST_ROWS:
        text = f"there are {len(lines)} rows under the first line"
        raise RosterErrors([Problem(name, 0, 0, text, f"Give 1 to {_MOST_ROWS}")])
    kind = _Dates if "date" in columns else _People
    reader = kind(name, columns, len(header.cells), roster, now, shifts)
    for line in lines:
        if reader.fits(line):
            reader.take(line)
    found = {} if reader.problems else reader.edit()
    if reader.problems:
        raise RosterErrors(reader.problems)
    return Pasted(found)


def _covers(name: str, stretches: Sequence[Stretch], covering: Covering, now: datetime) -> Pasted:
    later = [s for s in stretches if series_of(s.uid) and s.window[0] - now > LONGEST]
    made, refused = covering.all_covers([s for s in stretches if s not in later])
    if refused:
        raise RosterErrors([wrong.problem(name, one.line) for one, wrong in refused])
    changes: list[Data] = [written(cover) for _, covers in made for cover in covers]
    left = {series_of(s.uid): s.where for s in reversed(later)}
    return Pasted({"changes": changes} if changes else {}, tuple(map(_goes_on, left.values())))


def _goes_on(where: str) -> str:
    what = f"Of a series only what begins within {LONGEST.days} days is in it, and not `{where}`"
    return f"{what}: follow the calendar, or read it again then."


def _columns(name: str, header: Line) -> dict[str, int]:
    found: dict[str, int] = {}
    problems = []
    for place, cell in enumerate(header.cells):
        told = unspread(cell)
        column = _NAMES.get("".join(told.casefold().split()))
        if column is None and told:
            text = f"the column `{told[:40]}` is not known"
            fix = f"{did_you_mean(told, _NAMES)} Else take the column out"
        elif column in found:
            text, fix = f"the column `{column}` is there twice", "Keep one of them"
        else:
            found |= {column: place} if column else {}
            continue
        problems.append(Problem(name, header.number, place + 1, text, fix))
    needed = ("date", "name") if "date" in found else ("name", "phone")
    if any(column not in found for column in needed):
        text = f"the first line does not name `{needed[0]}` and `{needed[1]}`"
        problems.append(Problem(name, header.number, 1, text, _HOW))
    if problems:
        raise RosterErrors(problems)
    return found


class _Table(Rows):
    def __init__(
        self,
        name: str,
        columns: Mapping[str, int],
        width: int,
        roster: Roster,
        now: datetime,
        shifts: Sequence[ShiftId],
    ) -> None:
        super().__init__(name, columns, width)
        self._roster, self._now = roster, now
        self._of = shifts or tuple(roster.shifts)


class _People(_Table):
    """A row is somebody new, or what is said anew of somebody known by key, number or name."""

    def __init__(self, *about: object) -> None:
        super().__init__(*about)  # type: ignore[arg-type] # as they are above
        self._edit: dict[str, Data] = {}
        self._above: set[str] = set()
        self._taken = {str(p) for p in self._roster.people}
        self._by_phone = {p.phone: str(p.id) for p in self._roster.people.values()}

    def take(self, line: Line) -> None:
        before = len(self.problems)
        name = self.cell(line, "name", forms.line, as_is=True)
        phone = self.cell(line, "phone", plain_phone)
        told = {
            "name": name,
            "phone": phone,
            "zone": self.cell(line, "zone", lambda text: forms.zone(text) if text else None),
            "language": self.cell(
                line, "language", lambda text: forms.language(text) if text else None
            ),
            "role": self.cell(line, "role", lambda text: text or None, as_is=True),
        }
        key = self.cell(line, "key", lambda text: forms.name(text) if text else None)
        if len(self.problems) > before or name is None or phone is None:
            return
        if phone in self._above:
            self.wrong(
                line, "phone", "the number stands in a row above as well", "Keep one of them"
            )
            return
        self._above.add(phone)
        who = key or self._by_phone.get(phone) or self._by_name(name) or self._new(name)
        if who in self._edit:
            self.wrong(line, "name", f"`{who}` stands in a row above as well", "Keep one of them")
            return
        known = self._roster.people.get(PersonId(who))
        same = {"phone": phone} if known is not None and known.phone == phone else {}
        self._edit[who] = {k: v for k, v in told.items() if v is not None and k not in same}

    def _by_name(self, name: str) -> str | None:
        found = [p for p in self._roster.people.values() if p.name.casefold() == name.casefold()]
        return str(found[0].id) if len(found) == 1 else None

    def _new(self, name: str) -> str:
        made = slug(name)
        return free(made if made[:1].isalpha() else f"person-{made}".strip("-"), self._taken)

    def edit(self) -> dict[str, Data]:
        return {"people": self._edit}


class _Dates(_Table):
    """A row says that somebody has a shift on a date. Several of a shift and date are together."""

    def __init__(self, *about: object) -> None:
        super().__init__(*about)  # type: ignore[arg-type] # as they are above
        self._who: dict[tuple[ShiftId, date], dict[PersonId, Line]] = defaultdict(dict)

    def take(self, line: Line) -> None:
        day = self.cell(line, "date", day_written)
        who = self.cell(line, "name", self._person, as_is=True)
        shift = self.cell(line, "shift", self._shift, as_is=True)
        if "shift" not in self._columns:
            shift = self._only_shift(line)
        if day is None or who is None or shift is None:
            return
        if who in self._who[shift, day]:
            self.wrong(line, "name", "the row stands above as well", "Keep one of them")
        self._who[shift, day][who] = line

    def _person(self, text: str) -> PersonId:
        folded = " ".join(text.casefold().split())
        people = self._roster.people.values()
        found = [p.id for p in people if folded == p.id.casefold()]
        found = found or [p.id for p in people if folded == p.name.casefold()]
        if len(found) != 1:
            known = [*map(str, self._roster.people), *(p.name for p in people)]
            raise UnreadableError(f"nobody is called `{text[:80]}`", did_you_mean(text, known))
        return found[0]

    def _shift(self, text: str) -> ShiftId:
        found = [s for s in self._roster.shifts if s.casefold() == text.casefold()]
        if len(found) != 1:
            raise UnreadableError(
                f"there is no shift `{text[:80]}`",
                did_you_mean(text, map(str, self._roster.shifts)),
            )
        return found[0]

    def _only_shift(self, line: Line) -> ShiftId | None:
        if len(self._of) == 1:
            return self._of[0]
        self.wrong(line, "date", "it does not say which shift", "Add a column `shift`")
        return None

    def edit(self) -> dict[str, Data]:
        by_shift: dict[ShiftId, dict[date, dict[PersonId, Line]]] = defaultdict(dict)
        for (shift, day), who in self._who.items():
            by_shift[shift][day] = who
        shifts: dict[str, Data] = {}
        changes: list[Data] = []
        for name, days in by_shift.items():
            turns = self._turns(self._roster.shifts[name], days)
            if turns is not None:
                shifts[name] = {"turns": _written(turns)}
            else:
                changes += self._changes(name, dict(sorted(days.items())))
        edit: dict[str, Data] = {"shifts": shifts} if shifts else {}
        return edit | ({"changes": changes} if changes else {})

    def _turns(self, shift: Shift, days: Mapping[date, Mapping[PersonId, Line]]) -> Turns | None:
        """The turns that give every row, where they could be meant and nothing else could."""
        today = local_date(self._now, shift.zone)
        alone = isinstance(shift.turns, Turns) and shift.turns.on_duty == 1
        served = Served.of(self._roster, shift.id)
        first, last = min(days).toordinal(), max(days).toordinal()
        whole = [d for d in range(first, last + 1) if served.hours(d) is not None]
        is_whole = whole == sorted(day.toordinal() for day in days)
        plain = not shift.seasons and shift.holidays is None
        if not (alone and plain and is_whole and min(days) < today):
            return None
        who = {day: next(iter(days[day])) for day in sorted(days) if len(days[day]) == 1}
        found = best(shift, who) if len(who) == len(days) else None
        if found is None or found.wrong or differs_later(shift, found, who):
            return None
        return None if replace(found.turns, anchor=date.min) == shift.turns else found.turns

    def _changes(
        self, name: ShiftId, days: Mapping[date, Mapping[PersonId, Line]]
    ) -> Iterator[Data]:
        shift, on_duty = self._roster.shifts[name], self._on_duty(name, days)
        served, today = Served.of(self._roster, name), local_date(self._now, shift.zone)
        for day, who in days.items():
            line = next(iter(who.values()))
            if day < today:
                continue
            if served.hours(day.toordinal()) is None:
                self.wrong(line, "date", f"{name} is not served on {day}", "Take the row out")
                continue
            turn, now = served.on_turn(day), on_duty.get(day, set())
            if now == set(who):
                continue
            yield from self._changed(name, day, who, [p for p in turn if p not in who])

    def _on_duty(self, name: ShiftId, days: Mapping[date, object]) -> dict[date, set[PersonId]]:
        """Who has the shift on each date by now, changes of duty and all."""
        group = next((g.id for g in self._roster.groups.values() if name in g.shifts), None)
        if group is None:
            served = Served.of(self._roster, name)
            return {day: set(served.on_turn(day)) for day in days}
        since = datetime.combine(min(days), datetime.min.time(), self._now.tzinfo) - 2 * _A_DAY
        until = datetime.combine(max(days), datetime.min.time(), self._now.tzinfo) + 2 * _A_DAY
        found: dict[date, set[PersonId]] = defaultdict(set)
        for span in Timeline(self._roster).spans(group, since, until):
            if span.shift == name:
                found[_day_of(span)].add(span.person)
        return found

    def _changed(
        self, name: ShiftId, day: date, who: Mapping[PersonId, Line], absent: list[PersonId]
    ) -> Iterator[Data]:
        """Covers for those whose turn it is, by those named; who is named beyond that is extra."""
        turn = Served.of(self._roster, name).on_turn(day)
        come = [person for person in who if person not in turn]
        about = {"shift": str(name), "from": day.isoformat()}
        if len(absent) > len(come):
            told = f"{len(who)} have {name} on {day}, and it takes {len(turn)}"
            self.wrong(next(iter(who.values())), "name", told, "Add a row for each of them")
            return
        if not come:
            told = f"by turn it is so on {day}, and a change of duty says otherwise"
            self.wrong(next(iter(who.values())), "date", told, "Undo that: see `rotation changes`")
            return
        for gone, comes in zip(absent, come, strict=False):
            yield {"cover": str(gone), "by": str(comes), **about}
        for comes in come[len(absent) :]:
            yield {"extra": str(comes), **about}


def _day_of(span: Span) -> date:
    return date.fromisoformat(span.key.rsplit("/", 2)[1])


def _written(turns: Turns) -> Data:
    every = f"every {turns.unit}" if turns.count == 1 else f"every {turns.count} {turns.unit}s"
    return {"change": every, "from": turns.anchor.isoformat(), "order": [*map(str, turns.order)]}
